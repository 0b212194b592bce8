import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labutils import report
from labutils.losses import SoftmaxNLL
from labutils.report import audit, audit_runs
from labutils.training import TrainingOptions, TrainingRecord, train

from .helpers import changed_table, of, one

RUNS = report.load_runs().index


class TestTheTenLogs:
    @pytest.mark.parametrize("run", RUNS)
    def test_sizes_and_epochs_are_in_every_log(self, run):
        found = audit(report.load_rows(run))
        assert one(found, "batch-size").numbers == (128,)
        assert one(found, "validation-size").numbers == (1000,)
        assert one(found, "iterations-per-epoch").numbers == (70, 70)
        assert "70 or 71" in one(found, "iterations-per-epoch").sentence
        assert one(found, "images").numbers == (70 * 128, 71 * 128 - 1)
        for number in ("70", "128", "8,960", "9,087", "9,960", "10,087"):
            assert number in one(found, "images").sentence

    def test_the_divergent_run(self):
        found = audit(report.load_rows("learn-rate-too-high"))
        assert one(found, "nan").rows == tuple(range(300, 701, 50))
        constant = one(found, "constant-class").sentence
        assert "10.00 %" in constant
        assert "100 of the 1,000" in constant
        assert one(found, "reshuffled").rows == (300, 350, 650, 700)
        for number in ("9.38", "3.91", "11.72", "10.16"):
            assert number in one(found, "reshuffled").sentence

    def test_the_most_important_comes_first(self):
        kinds = [finding.kind for finding in audit(report.load_rows("learn-rate-too-high"))]
        assert kinds[:3] == ["batch-size", "images", "reshuffled"]

    def test_loss_and_accuracy_fall_together(self):
        found = one(audit(report.load_rows("learn-rate-5e-4")), "falling-together")
        assert found.rows == (250, 300)
        for number in ("0.20", "0.19", "96.20", "96.00"):
            assert number in found.sentence
        assert one(audit(report.load_rows("learn-rate-5e-5")), "falling-together").rows == (550, 600)
        assert not of(audit(report.load_rows("learn-rate-3e-3")), "falling-together")


class TestOneNumberChanged:
    """Nothing is typed in: a finding goes or comes with one number of the CSV."""

    @pytest.mark.parametrize(
        ("run", "row", "change", "gone", "comes"),
        [
            ("hidden-200", 3, {"training_accuracy_pct": 71.13}, "batch-size", "none"),
            ("hidden-200", 3, {"validation_accuracy_pct": 71.23}, "validation-size", "none"),
            ("hidden-200", 3, {"epoch": 4}, "iterations-per-epoch", "none"),
            ("hidden-200", 14, {"iteration": 750, "epoch": 11}, "images", "none"),
            ("hidden-200", 14, {"validation_loss": 0.1}, "images", "none"),
            ("learn-rate-5e-4", 5, {"validation_loss": 0.20}, "falling-together", "none"),
            ("hidden-200", 6, {"validation_accuracy_pct": 80.2}, "none", "falling-together"),
            ("learn-rate-too-high", 7, {"validation_accuracy_pct": 9.9}, "constant-class", "none"),
            ("learn-rate-too-high", 7, {"validation_accuracy_pct": 9.9}, "reshuffled", "none"),
        ],
    )
    def test_of_one_table(self, run, row, change, gone, comes):
        before, after = audit(changed_table(run)), audit(changed_table(run, row, **change))
        assert of(before, gone) or gone == "none"
        assert not of(after, gone)
        assert not of(before, comes)
        assert of(after, comes) or comes == "none"

    def test_a_fixed_order_is_not_called_reshuffled(self):
        rows = changed_table("learn-rate-too-high", 12, training_accuracy_pct=9.38)
        assert one(audit(rows), "reshuffled").rows == (350, 700)
        rows.loc[[13, 14], "training_accuracy_pct"] = 11.72
        assert not of(audit(rows), "reshuffled")


class TestOtherForms:
    def test_a_record_and_a_table(self, small_network, blobs):
        options = TrainingOptions(0.1, batch_size=16, epochs=3, validation_every=2)
        record = train(small_network(), SoftmaxNLL(), blobs, options)
        for form in (record, pd.DataFrame(record.history), pd.DataFrame(record.history).round(2)):
            found = audit(form)
            assert one(found, "batch-size").numbers == (16,)
            assert one(found, "validation-size").numbers == (50,)
            assert one(found, "iterations-per-epoch").numbers == (18, 18)
            assert one(found, "images").numbers == (288, 303)

    def test_columns_may_be_missing(self):
        columns = ["epoch", "iteration", "training_loss"]
        found = audit(report.load_rows("learn-rate-5e-4")[columns])
        assert {f.kind for f in found} == {"iterations-per-epoch"}

    @pytest.mark.parametrize("order", [slice(None, None, -1), [3, 0, 1, 2, *range(4, 15)]])
    def test_the_index_of_the_table_does_not_matter(self, order):
        rows = report.load_rows("hidden-200")
        mixed = rows.set_index(pd.Index([7] * len(rows)))
        assert audit(mixed) == audit(rows)
        assert one(audit(rows.iloc[order]), "batch-size").kind == "batch-size"


class TestErrors:
    @pytest.mark.parametrize("value", [None, 3, b"epoch", ["epoch"], object()])
    def test_no_table(self, value):
        with pytest.raises(TypeError, match=r"table: expected a str .*DataFrame .*TrainingRecord, got "):
            audit(value)

    def test_frames(self):
        with pytest.raises(ValueError, match="table: expected the rows of one run, got 10 runs"):
            audit(report.load_rows())
        with pytest.raises(ValueError, match="table: expected a column 'epoch', got "):
            audit(report.load_rows("hidden-200").drop(columns="epoch"))
        with pytest.raises(ValueError, match="table, row 3: expected a whole number for iteration, got -5"):
            audit(changed_table("hidden-200", 3, iteration=-5))
        rows = report.load_rows("hidden-200").astype({"epoch": float, "training_loss": object})
        rows.loc[2, "epoch"] = 1.5
        with pytest.raises(ValueError, match=r"table, row 2: expected a whole number for epoch, got 1\.5"):
            audit(rows)
        rows.loc[2, "training_loss"] = "x"
        with pytest.raises(ValueError, match=r"table: expected numbers in epoch, .*'x'"):
            audit(rows)
        with pytest.raises(
            ValueError, match=r"table, row 3: expected 0 to 100 % for training_accuracy_pct, got 178\.13"
        ):
            audit(changed_table("hidden-200", 3, training_accuracy_pct=178.13))
        with pytest.raises(ValueError, match=r"table: expected numbers in epoch, .* each once .*duplicate"):
            audit(pd.concat([report.load_rows("hidden-200")] * 2, axis=1))
        with pytest.raises(ValueError, match="table: expected at least one row, got "):
            audit(TrainingRecord(TrainingOptions(0.1)))


class TestFuzz:
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 12),
                st.integers(0, 800),
                *[st.one_of(st.floats(0, 100), st.just(float("nan")))] * 2,
                *[st.floats()] * 2,
            ),
            min_size=1,
            max_size=20,
        )
    )
    @settings(deadline=None, max_examples=30)
    def test_any_numbers(self, rows):
        frame = pd.DataFrame(rows, columns=report.load_rows().columns[1:])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            audit(frame)
            tables = {"hidden-200": frame, "hidden-500": frame, "hidden-700": report.load_rows("hidden-700")}
            audit_runs(tables, report.load_runs())

    def test_a_large_table(self):
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({"iteration": np.arange(1, 10_001), "training_loss": rng.random(10_000)})
        frame["epoch"] = -(-frame["iteration"] // 70)
        frame["training_accuracy_pct"], frame["validation_accuracy_pct"] = 100 * rng.random((2, 10_000))
        assert one(audit(frame), "iterations-per-epoch").numbers == (70, 70)
