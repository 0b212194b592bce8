import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from labutils._internal.arguments import declared_checks
from labutils.layers import Linear
from labutils.losses import SoftmaxNLL
from labutils.record import Row, TrainingOptions, TrainingRecord
from labutils.training import train

from .properties.kinds import declared_limits

OPTIONS = TrainingOptions(0.05, batch_size=32, epochs=4, validation_every=5)
WAY_OUT = r"Take another file, or train again: the same seed gives the same run\.$"


def options(**changes):
    return dataclasses.replace(OPTIONS, **changes)


class TestRecord:
    def test_numbers_of_numpy_are_as_good(self, small_network, blobs, tmp_path):
        """Eight bits would overflow at the 256th iteration, and JSON knows none of them."""
        plain = options(epochs=30, validation_every=7, seed=3)
        of_numpy = options(
            learning_rate=np.float64(plain.learning_rate),
            epochs=np.uint8(30),
            batch_size=np.uint8(plain.batch_size),
            validation_every=np.int8(7),
            seed=np.int64(3),
        )
        assert repr(of_numpy) == repr(plain)
        record = train(small_network(), SoftmaxNLL(), blobs, of_numpy)
        record.save(tmp_path / "run.json")
        assert TrainingRecord.load(tmp_path / "run.json") == record
        assert record == train(small_network(), SoftmaxNLL(), blobs, plain)
        assert Linear(np.uint8(200), np.int8(100), np.random.default_rng(0)).params["W"].std() < 0.09

    def test_where_nothing_can_be_saved_nothing_is_left(self, small_network, blobs, tmp_path):
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS)
        (tmp_path / "runs").mkdir()
        for path in (tmp_path / "runs", tmp_path / "nowhere" / "run.json"):
            with pytest.raises(
                OSError, match=rf"^{re.escape(str(path))}: .* cannot be written .*\. Take another name\.$"
            ):
                record.save(path)
        with pytest.raises(ValueError, match=r"^path: expected the path of a file, got '.'"):
            record.save(".")
        assert [path.name for path in tmp_path.iterdir()] == ["runs"]

    def test_a_file_that_is_nested_too_deeply_is_no_record(self, tmp_path):
        (tmp_path / "run.json").write_text("[" * 100_000)
        with pytest.raises(ValueError, match="path: expected a record that save"):
            TrainingRecord.load(tmp_path / "run.json")

    @pytest.mark.parametrize("learning_rate", [0.05, 1e30])
    def test_it_is_saved_and_read_back(self, small_network, blobs, tmp_path, learning_rate):
        chosen = options(learning_rate=learning_rate, stop_on_divergence=False)
        record = train(small_network(), SoftmaxNLL(), blobs, chosen)
        record.save(tmp_path / "run.json")
        assert repr(TrainingRecord.load(tmp_path / "run.json")) == repr(record)  # repr: NaN equals NaN there

    def test_saving_that_breaks_off_leaves_the_record_of_before(
        self, small_network, blobs, tmp_path, monkeypatch
    ):
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS)
        record.save(tmp_path / "run.json")

        def write_half(self, content):
            with self.open("wb") as file:
                file.write(content[: len(content) // 2])
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "write_bytes", write_half)
        with pytest.raises(KeyboardInterrupt):
            record.save(tmp_path / "run.json")
        assert TrainingRecord.load(tmp_path / "run.json") == record
        left = {path.name for path in tmp_path.iterdir()} - {"run.json"}
        assert left
        assert all(name.startswith("run.json.") and name.endswith(".part") for name in left)

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "{}", '{"options": 3}', '{"options": {"learning_rate": -1}}']
    )
    def test_a_file_that_is_no_record_is_named(self, tmp_path, text):
        path = tmp_path / "broken.json"
        path.write_text(text)
        words = r"^path: expected a record that save\(\) wrote, got .*broken\.json \(.+\)\. "
        with pytest.raises(ValueError, match=words + WAY_OUT):
            TrainingRecord.load(path)

    def test_a_file_that_is_missing_is_named(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"gone\.json: this file is missing\. " + WAY_OUT):
            TrainingRecord.load(tmp_path / "gone.json")

    def test_a_file_that_was_changed_is_named(self, tmp_path):
        path = tmp_path / "run.json"
        TrainingRecord(OPTIONS, [Row(1, 50, 90.0, 80.0, 0.5, 0.75)]).save(path)
        path.write_text(path.read_text(encoding="utf-8").replace("80.0", "88.0"), encoding="utf-8")
        with pytest.raises(ValueError, match=r"run\.json \(its checksum does not match\)\. " + WAY_OUT):
            TrainingRecord.load(path)

    @pytest.mark.parametrize("method", [TrainingRecord(OPTIONS).save, TrainingRecord.load])
    def test_what_is_no_path_is_named(self, method):
        with pytest.raises(TypeError, match=r"^path: expected the path of a file, got 3$"):
            method(3)

    def test_its_file_has_one_thing_a_line(self, tmp_path):
        TrainingRecord(OPTIONS, [Row(1, 50, 90.0, 80.0, 0.5, 0.75)]).save(tmp_path / "run.json")
        lines = (tmp_path / "run.json").read_text(encoding="utf-8").splitlines()
        assert lines[:3] == ["{", ' "options": {', '  "learning_rate": 0.05,']

    def test_it_prints_how_it_ended_and_a_loss_above_a_million_in_short(self):
        rows = [Row(1, 50, 90, 80, 1e6, np.nan), Row(2, 100, 10, 9.5, 2e6, np.inf)]
        assert str(TrainingRecord(OPTIONS, rows, "diverged", 100, 73)).splitlines() == [
            "epoch  iteration  training acc.  validation acc.  training loss  validation loss",
            "    1         50        90.00 %          80.00 %   1000000.0000              nan",
            "    2        100        10.00 %           9.50 %       2.00e+06              inf",
            "diverged at iteration 73 (100 iterations)",
        ]
        assert str(rows[0]) == str(TrainingRecord(OPTIONS, rows)).splitlines()[1]

    def test_its_columns_are_the_reports(self):
        record = TrainingRecord(OPTIONS, [Row(1, 50, 90.0, 80.0, 0.5, 0.75)])
        assert record.column("validation_loss").tolist() == [0.75]
        assert record.validation_error_pct == 20
        assert np.isnan(TrainingRecord(OPTIONS).validation_error_pct)
        with pytest.raises(ValueError, match=r"^name: expected one of 'epoch'"):
            record.column("accuracy")


def test_the_defaults_are_the_reports_and_options_stay_as_they_were():
    assert TrainingOptions(5e-4) == TrainingOptions(
        5e-4, 0.9, 1e-4, 128, 10, "every-epoch", 50, drop_incomplete=True, stop_on_divergence=True, seed=0
    )
    assert TrainingRecord(OPTIONS) == TrainingRecord(OPTIONS, [], "finished", 0, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        OPTIONS.epochs = 5


def wrong_values():
    """For every option the values that its declared check refuses, and the error of each."""
    for name, (kind, check) in declared_checks(TrainingOptions).items():
        match declared_limits(check):
            case {"low": low, "high": high, "positive": positive}:
                wrong = [low - 1, float("nan"), np.inf, *[0] * positive]
                wrong += [high] if np.isfinite(high) else []
                yield from ((name, value, ValueError) for value in wrong)
                yield from ((name, value, TypeError) for value in ("0.1", True, None, np.ones(2)))
            case {"low": low}:
                yield from ((name, value, ValueError) for value in (low - 1, 2**63))
                yield from ((name, value, TypeError) for value in (12.5, True, "3", None))
            case {"choices": _}:
                yield from ((name, value, ValueError) for value in ("another", True, None, ["never"]))
            case _:
                assert kind is bool, f"{name} has no check"
                yield from ((name, value, TypeError) for value in (1, "yes", None))


@pytest.mark.parametrize(("name", "value", "error"), list(wrong_values()), ids=repr)
def test_a_value_that_a_declared_check_refuses_is_named(name, value, error):
    with pytest.raises(error, match=rf"^{name}: expected .*, got .+"):
        options(**{name: value})
