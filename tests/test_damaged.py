"""Every file that is read, damaged in every way: an error that names it and the way back, and never a wrong number."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labutils import checks, data, exercises, report, study
from labutils.training import Row, TrainingOptions, TrainingRecord

from .conftest import DATA, nobody


def flipped(position: float):
    """A function that flips a bit of a file: of the first byte at 0, of the last at 1."""

    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[round(position * (len(content) - 1))] ^= 1 << round(7 * position)
        path.write_bytes(content)

    return flip


def cut(share: float):
    """A function that leaves the first share of a file."""
    return lambda path: path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def shorter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = {
    "first bit flipped": (flipped(0), "is damaged"),
    "a bit flipped": (flipped(0.4), "is damaged"),
    "last bit flipped": (flipped(1), "is damaged"),
    "last byte missing": (shorter, "is damaged"),
    "cut in the middle": (cut(0.5), "is damaged"),
    "empty": (cut(0), "is damaged"),
    "missing": (Path.unlink, "is missing"),
    "a folder": (folder, r"cannot be read \((Is a directory|Permission denied)\)"),
    "not readable": (lambda path: path.chmod(0), r"cannot be read \(Permission denied\)"),
    "in a folder that is not readable": (
        lambda path: path.parent.chmod(0),
        r"cannot be read \(Permission denied\)",
    ),
}
LOADERS = {
    "points.csv": [data.load_points],
    "mnist_5k.npz": [data.load_mnist],
    "digits_10k.npz": [data.load_digits],
    "study.csv": [study.load_study],
    "study_histories.csv": [study.load_histories],
    "bands.csv": [lambda: checks.in_bands({"B4 validation error (%)": 6.0})],
    "exercises.json": [
        exercises.load,
        lambda: checks.hint("A3.1", 1),
        lambda: checks.results("A", [], [], {}),
    ],
    "report/runs.csv": [report.load_runs],
    "report/training_progress.csv": [report.load_rows, lambda: report.load_rows("learn-rate-5e-5")],
}


@pytest.fixture
def at(place, monkeypatch):
    """A function that puts a copy of a data file where labutils looks for it: its path."""
    (place / "labutils").mkdir()
    monkeypatch.setattr(data, "__file__", str(place / "labutils" / "data.py"))
    exercises.load.cache_clear()

    def copy(name: str) -> Path:
        path = place / "data" / name
        path.parent.mkdir(parents=True)
        return Path(shutil.copy(DATA / name, path))

    yield copy
    exercises.load.cache_clear()


def test_every_file_has_its_loaders():
    assert set(LOADERS) == set(data.SHA256)


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", LOADERS)
def test_a_damaged_data_file_is_named_with_the_way_back(at, name, damage, words):
    path = at(name)
    damage(path)
    way_back = f"Bring it back .* unpack the zip again, or in a clone run `git checkout -- data/{name}`."
    expected = rf"^{re.escape(str(path))}: this file {words}.* {way_back}$"
    for load in LOADERS[name]:
        with nobody(), pytest.raises((OSError, ValueError), match=expected) as caught:
            load()
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("name", LOADERS)
def test_a_whole_one_is_read(at, name):
    """The damage is what the test above sees."""
    at(name)
    for load in LOADERS[name]:
        load()  # as root, too, so that every module is imported, wherever it is
        exercises.load.cache_clear()
        with nobody():
            load()


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
class TestTheSession:
    """What a student has open goes on: a check says what is wrong, and the cells below have what they need."""

    def test_an_exercise_is_not_checked_and_nothing_passes(self, at, capsys, monkeypatch, damage, words):
        monkeypatch.setattr(checks, "RESULTS", {})
        path = at("exercises.json")
        damage(path)
        with nobody():
            answer = checks.exercise("B2.1", np.exp)
            answer = checks.exercise("B2.1", answer)  # the cell is run again
        said = capsys.readouterr().out.splitlines()
        assert len(said) == 2
        start, end = f"B2.1 cannot be checked. {path}: this file ", "go on with the library's own version."
        assert re.match(rf"{re.escape(start)}{words}.*Bring it back.*{re.escape(end)}", said[0])
        assert answer(np.zeros((2, 3))).tolist() == [[0.5] * 3] * 2

        path.parent.chmod(0o755)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.copy(DATA / "exercises.json", path)
        checks.exercise("B2.1", answer)
        assert not checks.RESULTS["B2.1"]  # it was np.exp that was looked at
        assert checks.exercise("B2.1", softmax) is softmax

    def test_the_fingerprint_of_the_data_is_another(self, at, damage, words):
        path = at("points.csv")
        whole = checks.fingerprint()
        damage(path)
        with nobody():
            assert checks.fingerprint() != whole

    def test_a_study_has_no_numbers_of_such_runs(self, at, damage, words):
        path = at("digits_10k.npz")
        damage(path)
        study.split.cache_clear()
        with nobody():
            row = study.run_study([study.Configuration("small", 1e-3, 2, epochs=1)], [0]).iloc[0]
        assert row["status"] == "failed"
        assert re.search(f"Error: {re.escape(str(path))}: this file {words}", row["error"])
        assert np.isnan(row["validation_error_pct"])


def softmax(z):
    """A right answer to B2.1."""
    scaled = np.exp(z - z.max(axis=0))
    return scaled / scaled.sum(axis=0)


# ---- What a user's own work writes and reads back

RECORD = TrainingRecord(
    TrainingOptions(1e-3), [Row(1, 50, 90.625, 88.5, 0.25, float("nan"))], "stopped", 60, None
)
UNREADABLE = {
    "a folder": (folder, r"cannot be read \((Is a directory|Permission denied)\)"),
    "not readable": (lambda path: path.chmod(0), r"cannot be read \(Permission denied\)"),
    "missing": (Path.unlink, "is missing"),
}


class TestARecord:
    @pytest.fixture
    def path(self, place):
        RECORD.save(place / "run.json")
        return place / "run.json"

    @pytest.mark.parametrize(("damage", "words"), UNREADABLE.values(), ids=UNREADABLE)
    def test_that_cannot_be_read(self, path, damage, words):
        damage(path)
        with (
            nobody(),
            pytest.raises(OSError, match=rf"{re.escape(str(path))}: this file {words}\. .*train again"),
        ):
            TrainingRecord.load(path)

    def test_of_which_a_bit_is_flipped_or_the_end_is_missing(self, path):
        whole = path.read_bytes()
        for place in range(len(whole)):
            changed = [
                whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :] for bit in (0, 2)
            ]
            for content in [whole[:place], *changed]:
                path.write_bytes(content)
                said, loaded = "", RECORD
                try:
                    loaded = TrainingRecord.load(path)
                except ValueError as error:
                    said = str(error)
                assert repr(loaded) == repr(RECORD)  # a bit of white space may be another
                assert not said or re.match(
                    rf"path: expected a .*{re.escape(str(path))} \(.*train again", said, re.DOTALL
                )


class TestAStudy:
    """Its file has no checksum: a digit that was changed is believed (see labutils/study.py). All else is seen."""

    CONFIGURATION = study.Configuration("small", 1e-3, 2, epochs=1)

    @pytest.fixture
    def path(self, place, monkeypatch):
        place.chmod(0o777)  # whoever reads may write
        row = study.blank_row(self.CONFIGURATION, 0) | {"status": "finished", "validation_error_pct": 12.5}
        monkeypatch.setattr(study, "run_with_history", lambda c, seed: (row | {"seed": seed}, []))
        study.run_study([self.CONFIGURATION], [0, 1], path=place / "study.csv")
        return place / "study.csv"

    @pytest.mark.parametrize(("damage", "words"), UNREADABLE.values(), ids=UNREADABLE)
    def test_that_cannot_be_read(self, path, damage, words):
        damage(path)
        expected = rf"{re.escape(str(path))}: this file {words}\. Take another name or another file\."
        with nobody(), pytest.raises(OSError, match=expected):
            study.read_table(path)
        if "missing" not in words:
            with nobody(), pytest.raises(OSError, match=expected):
                study.run_study([self.CONFIGURATION], [0, 1], path=path)

    def test_that_cannot_be_written_is_said_before_the_first_run(self, path, monkeypatch):
        monkeypatch.setattr(study, "run_with_history", None)
        for target in (path, path.parent / "no folder" / "study.csv"):
            path.chmod(0o444)
            with (
                nobody(),
                pytest.raises(
                    OSError, match=rf"{re.escape(str(target))}: .* cannot be written .*Take another name"
                ),
            ):
                study.run_study([self.CONFIGURATION], [2], path=target)
        with nobody():
            assert (
                len(study.run_study([self.CONFIGURATION], [0, 1], path=path)) == 2
            )  # nothing is to be written
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1])
        path.chmod(0o444)
        with nobody(), pytest.raises(PermissionError, match=rf"{re.escape(str(path))}: .* cannot be written"):
            study.run_study([self.CONFIGURATION], [0, 1], path=path)

    def test_an_empty_one_is_no_table(self, path):
        for content in (b"", study.line(study.COLUMNS)[:-1]):
            path.write_bytes(content)
            with pytest.raises(
                ValueError, match=rf"path: .* got {re.escape(str(path))}, without a whole line\. Take another"
            ):
                study.read_table(path)

    @given(st.data())
    def test_of_which_a_bit_is_flipped(self, data):
        """Two rows, or the line is named with the way back."""
        row = study.blank_row(self.CONFIGURATION, 0) | {"status": "finished", "validation_error_pct": 12.5}
        content = bytearray(study.line(study.COLUMNS) + study.line(row.values()) * 2)
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
        said, rows = "", []
        try:
            rows, _ = study.parse(bytes(content), study.COLUMNS, "my_study.csv")
        except ValueError as error:
            said = str(error)
        ways = "Take (another name or another file|out every line of its run)"
        torn = place == len(content) - 1  # a line is whole once its end is there
        assert len(rows) == 2 - torn if not said else re.search(f"my_study.csv.* {ways}", said, re.DOTALL)
