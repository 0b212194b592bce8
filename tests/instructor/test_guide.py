"""The guide says what the notebooks and the bank say."""

import re

from labutils.instructor import bank, cells, flags

from ..parts.conftest import PARTS, ROOT, read

GUIDE = (ROOT / "labutils" / "instructor" / "README.md").read_text(encoding="utf-8")


def test_every_exercise_has_its_points():
    said = dict(re.findall(r"^\| ([A-Z]\d\S*|\S+ (?:written|prediction)) \| (\d+) \|", GUIDE, re.MULTILINE))
    graded = [cell for part in PARTS for cell in cells.graded_cells(read(part)).values()]
    assert {name: int(points) for name, points in said.items()} == {
        cells.exercise_of(cell): cells.nbgrader_of(cell)["points"] for cell in graded
    }


def test_every_exercise_has_its_minutes():
    said = re.findall(r"^\| (\S+(?: written| prediction)?) \| \d+ \| (\d+) \|", GUIDE, re.MULTILINE)
    graded = [cell for part in PARTS for cell in cells.graded_cells(read(part)).values()]
    assert {name for name, _ in said} == {cells.exercise_of(cell) for cell in graded}
    assert all(5 <= int(minutes) <= 30 for _, minutes in said)


def test_the_parts_have_their_points():
    said = re.findall(r"^\| [ABC], [^|]* \| (\d+) \|", GUIDE, re.MULTILINE)
    graded = [cells.graded_cells(read(part)).values() for part in PARTS]
    assert [int(points) for points in said] == [
        sum(cells.nbgrader_of(cell)["points"] for cell in of_part) for of_part in graded
    ]


def test_the_mistakes_are_those_of_the_bank():
    rows = re.findall(r"^\| (\S+) \| \d+ \| .* \| \*(.*)\* \|$", GUIDE, re.MULTILINE)
    assert [name for name, _ in rows] == list(bank.EXERCISES)
    for name, sentence in rows:
        assert sentence in [mistake.sentence for mistake in bank.EXERCISES[name].mistakes]


def test_every_flag_is_explained():
    for words in (
        *("not what a re-run gives", "out of order", "check cells edited", "cells deleted", "there twice"),
        *(
            "changed data",
            "calls the library",
            "the same unusual answer as",
            "another release",
            "kind or points of cells changed",
            "reaches into the checks",
            "its check was passed, but not by what the answer gives",
            "ran out of memory",
            "not graded:",
        ),
        *flags._EVENTS.values(),
    ):
        first = re.split("[;,]", words)[0].removeprefix("and what comes after it were not run: ")
        assert first in GUIDE, words


def test_the_limits_are_those_of_the_code():
    from labutils.instructor.execute import Limits

    limits = Limits()
    assert f"{limits.memory / 1e9:g} GB of memory a process, {limits.cell:g} s a cell" in GUIDE
    assert (
        f"{limits.notebook / 60:g} minutes a notebook, {limits.output / 1e6:g} MB of output a cell" in GUIDE
    )
    assert f"{limits.file / 1e6:g} MB a file" in GUIDE
