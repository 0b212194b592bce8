"""Every file that is read, damaged in every way: the error names the file and what to do, and no number is wrong.

(For the runs of a study see tests/experiments/test_storage.py.)
"""

import functools
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from labutils import data, exercises, experiments, report
from labutils._internal import data_files
from labutils.exercises import predictions
from labutils.exercises.cases import load_exercises
from labutils.instructor.studies import make_study
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
    "study.csv": [experiments.load_study],
    "study_histories.csv": [experiments.load_histories],
    "sharpness.csv": [experiments.load_sharpness],
    "bands.csv": [lambda: experiments.in_bands({"B4 validation error (%)": 6.0})],
    "predictions.json": [predictions._load],
    "exercises.json": [
        load_exercises,
        lambda: exercises.hint("A3.1", 1),
        lambda: exercises.results_page("A", [], [], {}),
    ],
    "targets.csv": [lambda: exercises.target("B", [6.0, 7.0, 8.0], hidden_units=100, epochs=20)],
    "report/runs.csv": [report.load_runs],
    "report/training_progress.csv": [report.load_rows, lambda: report.load_rows("learn-rate-5e-5")],
}


@pytest.fixture
def at(place, monkeypatch):
    """A function that puts a copy of a data file where labutils looks for it: its path."""
    (place / "labutils").mkdir()
    monkeypatch.setattr(data_files, "__file__", str(place / "labutils" / "_internal" / "data_files.py"))
    load_exercises.cache_clear()

    def copy(name: str) -> Path:
        path = place / "data" / name
        path.parent.mkdir(parents=True)
        return Path(shutil.copy(DATA / name, path))

    yield copy
    load_exercises.cache_clear()


def test_every_file_has_its_loaders():
    assert set(LOADERS) == set(data_files._checksums())


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", LOADERS)
def test_a_damaged_data_file_is_named_with_the_way_back(at, name, damage, words):
    path = at(name)
    damage(path)
    way_back = f"or in a clone run `git checkout -- data/{name}`."
    expected = rf"^{re.escape(str(path))}: this file {words}.* {way_back}$"
    for load in LOADERS[name]:
        with nobody(), pytest.raises((OSError, ValueError), match=expected) as caught:
            load()
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("name", LOADERS)
def test_an_undamaged_data_file_is_read(at, name):
    at(name)
    for load in LOADERS[name]:
        load()  # as root, too, so that every module is imported, wherever it is
        load_exercises.cache_clear()
        with nobody():
            load()


@pytest.mark.parametrize("name", ["empty", "cut in the middle", "missing", "a folder", "not readable"])
def test_damaged_checksums_are_named_with_the_way_back(at, monkeypatch, name):
    damage, words = DAMAGES[name]
    path = at("SHA256SUMS")
    last = path.read_text(encoding="ascii").split()[-1]
    damage(path)
    expected = rf"^{re.escape(str(path))}: this file {words}.* `git checkout -- data/SHA256SUMS`.$"

    def read_again():
        monkeypatch.setattr(data_files, "_checksums", functools.cache(data_files._checksums.__wrapped__))
        data_files.read(last)

    with nobody(), pytest.raises((OSError, ValueError), match=expected):
        read_again()


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
class TestTheSession:
    """What a student has open goes on: a check says what is wrong, and the cells below have what they need."""

    def test_an_exercise_is_not_checked_and_nothing_passes(self, at, capsys, damage, words):
        path = at("exercises.json")
        damage(path)
        with nobody():
            result = exercises.check("B2.1", softmax)
        assert not result.passed
        expected = rf"B2.1 cannot be checked. {re.escape(str(path))}: this file {words}.*git checkout -- data"
        assert re.match(expected, result.message)
        assert " ".join(result.message.split()) in " ".join(capsys.readouterr().out.split())

        path.parent.chmod(0o755)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.copy(DATA / "exercises.json", path)
        assert exercises.check("B2.1", softmax).passed

    def test_the_fingerprint_of_the_data_is_another(self, at, damage, words):
        path = at("points.csv")
        whole = data_files.fingerprint()
        damage(path)
        with nobody():
            assert data_files.fingerprint() != whole

    def test_a_study_has_no_numbers_of_such_runs(self, at, damage, words):
        path = at("digits_10k.npz")
        damage(path)
        small = experiments.Configuration("small", 1e-3, 2, epochs=1)
        with nobody():
            row = make_study([small], [12345]).iloc[0]  # a split that is not in memory
        assert row["status"] == "failed"
        assert re.search(f"Error: {re.escape(str(path))}: this file {words}", row["error"])
        assert np.isnan(row["validation_error_pct"])


def softmax(z):
    """A right answer to B2.1."""
    scaled = np.exp(z - z.max(axis=0))
    return scaled / scaled.sum(axis=0)


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
