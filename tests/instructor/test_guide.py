"""The guide says what the notebooks and the bank say."""

import re

from labutils.instructor import bank, cells, flags

from ..parts.conftest import PARTS, ROOT, read

FOLDER = ROOT / "labutils" / "instructor"
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")
REFERENCE = (FOLDER / "REFERENCE.md").read_text(encoding="utf-8")
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
KINDS = ("in place", "single sample", "factor", "outputs")  # of partial credit, in the order of the guide
RAISING = ("collecting", "examining", "flags", "originality", "copies")
BUILT = (  # flags that are no text in a call of `append`
    *(
        "made from another release",
        "made from a release that it does not name",
        "saved without having been run",
    ),
    *("saved outputs are not what a re-run gives", "more than one file", "changed data", "calls the library"),
    *("tokens in a row of the library's source", "cells had lost their metadata", "read as "),
    *(
        "characters that are not valid in UTF-8 were replaced",
        "saved outputs that are not valid were left out",
    ),
    *("a merge conflict of git, the same on both sides", "a merge conflict of git was left in the file"),
    *("missing; in its place: ", "too large to be read", "protected with a password", "handed in nothing"),
    *("our own code stops at it", "not on the roster", "not graded: "),
)


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
    """Those that modules append to a list of flags, and those that they build in another way."""
    appended = re.compile(r'(?:found|flags)(?:\[\w+\])?\.append\(\s*f?"([^"]*)"')
    said = [text for name in RAISING for text in appended.findall(SOURCES[name])]
    pieces = [[piece.strip(" :;,(") for piece in re.split(r"\{[^}]*\}", text)] for text in said]
    words = [piece for text in pieces if (piece := next((p for p in text if " " in p or ":" in p), ""))]
    events = [
        re.split("[;,]", text.removeprefix("and what comes after it were not run: "))[0]
        for text in flags._EVENTS.values()
    ]
    assert len(words) > 10
    assert [text for text in (*words, *events, *BUILT) if text not in REFERENCE] == []


def test_no_flag_is_explained_that_cannot_occur():
    code = " ".join(SOURCES.values())
    assert [text for text in BUILT if text not in code] == []


def test_partial_credit_is_that_of_the_bank():
    table = GUIDE.split("| what is right | share | exercises |\n|---|---|---|\n")[1].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    said = {
        (name, kind, int(re.findall(r"(\d+) %", share)[0]))
        for kind, (_, share, names) in zip((*KINDS, "outputs"), rows, strict=True)
        for name in (bank.EXERCISES if names == "all" else names.split(", "))
    }
    assert said == {
        (name, kind, round(100 * share))
        for name, entry in bank.EXERCISES.items()
        for kind, share in entry.partial.items()
    }


def test_the_limits_are_those_of_the_code():
    from labutils.instructor.execute import Limits

    limits = Limits()
    assert f"{limits.memory / 1e9:g} GB of memory a process, {limits.cell:g} s a cell" in GUIDE
    assert (
        f"{limits.notebook / 60:g} minutes a notebook, {limits.output / 1e6:g} MB of output a cell" in GUIDE
    )
    assert f"and {8 * limits.output / 1e6:g} MB a notebook, {limits.file / 1e6:g} MB a file" in GUIDE
    assert f"{limits.disk / 1e6:g} MB of files, {limits.processes} processes" in " ".join(GUIDE.split())
