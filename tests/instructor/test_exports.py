"""The tables for records, Moodle and Canvas: nobody is lost, and no cell is a formula wherever a program splits."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labutils.instructor import exports, tables
from labutils.instructor.collecting import Collection
from labutils.instructor.roster import Matching, Roster
from labutils.instructor.submission import Person

DANA = Person("012", 'Cohen, "Dana"', "dana@uni.ac", "1")
NOA = Person("023", "נועה לוי", "", "1")
RON = Person("", "=cmd|' /C calc'!A0", "ron@uni.ac", "2")
ELI = Person("", "Eli", "", "2")
ROSTER = Roster([DANA, NOA, RON, ELI], [])


def summary_row(student, total, **more):
    exercises = {"A3-1": total / 2, "A3-2": total / 2}
    row = {
        "student": student,
        "names": "",
        **exercises,
        "total": total,
        "of": 10.0,
        "to_mark": 0.0,
        "flags": "",
    }
    return row | more


SUMMARY = [
    summary_row("pair", 9.5, to_mark=3.0),
    summary_row("late", 4.0),
    summary_row("stranger", 1.0, names="X"),
]
COLLECTION = Collection(
    [], ["pair", "late", "stranger"], [], Matching({"pair": [DANA, NOA], "late": [DANA], "stranger": []})
)


def read(path):
    """The rows of a CSV, as a program that knows its form reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def formulas(text):
    """The cells that would begin as a formula, if a program split the text at commas, semicolons or tabs."""
    found = []
    for delimiter in ",;\t":
        lines = text.removeprefix("\ufeff").splitlines(keepends=True)
        for line in csv.reader(lines, delimiter=delimiter):
            found += [
                cell
                for cell in line
                if cell.lstrip("\"'").startswith(("=", "+", "-", "@")) and cell[0] != "'"
            ]
    return found


@pytest.fixture
def rows():
    return exports.points_rows(SUMMARY, COLLECTION, ROSTER)


class TestPoints:
    def test_each_person_has_one_row_and_a_submission_of_nobody_has_one(self, rows):
        assert [(row["name"], row["student"], row["total"]) for row in rows] == [
            (DANA.name, "pair", 9.5),
            (NOA.name, "pair", 9.5),
            (RON.name, "", 0.0),
            ("Eli", "", 0.0),
            ("X", "stranger", 1.0),
        ]
        assert all(row["of"] == 10 for row in rows)
        assert "late" in rows[0]["flags"]
        assert rows[2]["flags"]
        assert rows[4]["flags"]

    def test_without_a_roster_each_submission_has_one(self):
        assert exports.points_rows(SUMMARY, COLLECTION, None) == SUMMARY

    def test_nothing_was_handed_in_at_all(self):
        empty = Collection([], [], [], Matching())
        assert [row["total"] for row in exports.points_rows([], empty, ROSTER)] == [0, 0, 0, 0]
        assert exports.points_rows([], empty, None) == []

    def test_are_written_with_all_names_and_no_formula(self, rows, tmp_path):
        exports.write_points(path := tmp_path / "points.csv", rows)
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        back = read(path)
        assert [row["name"] for row in back] == [DANA.name, NOA.name, f"'{RON.name}", "Eli", "X"]
        assert [row["number"] for row in back] == ["012", "023", "", "", ""]
        assert formulas(path.read_text(encoding="utf-8")) == []


class TestMoodle:
    def test_holds_those_who_can_be_known_there_with_points_and_feedback(self, rows, tmp_path):
        left_out = exports.write_moodle(path := tmp_path / "moodle.csv", rows, COLLECTION)
        assert left_out == ["Eli", "X"]
        back = read(path)
        assert [(r["ID number"], r["Email address"]) for r in back] == [
            *((DANA.number, DANA.email), (NOA.number, ""), ("", RON.email))
        ]
        assert [r["Deep Learning Lab (Real)"] for r in back] == ["9.5", "9.5", "0"]
        assert "A3-1" in back[0]["Deep Learning Lab (Feedback)"]
        assert all(r["Deep Learning Lab (Feedback)"] for r in back)
        assert formulas(path.read_text(encoding="utf-8")) == []

    def test_takes_other_feedback(self, rows, tmp_path):
        exports.write_moodle(
            path := tmp_path / "moodle.csv", rows, COLLECTION, {"pair": "Well done,\n=really"}
        )
        assert [r["Deep Learning Lab (Feedback)"] for r in read(path)][:2] == ["Well done,\n'=really"] * 2

    def test_without_a_roster_holds_the_people_of_the_names_cells(self, tmp_path):
        exports.write_moodle(path := tmp_path / "moodle.csv", SUMMARY, COLLECTION)
        assert [r["ID number"] for r in read(path)] == ["012", "023", "012"]


class TestCanvas:
    def test_has_its_columns_the_highest_points_and_everybody(self, rows, tmp_path):
        exports.write_canvas(path := tmp_path / "canvas.csv", rows, COLLECTION)
        first = path.read_bytes().partition(b"\n")[0]
        # Canvas takes a quotation mark behind the byte order mark for an error.
        assert first == b"\xef\xbb\xbfStudent,ID,SIS User ID,SIS Login ID,Section,Deep Learning Lab"
        back = read(path)
        assert back[0]["Student"] == "Points Possible"
        assert back[0]["Deep Learning Lab"] == "10"
        assert [(r["Student"], r["SIS User ID"], r["Deep Learning Lab"]) for r in back[1:]] == [
            (DANA.name, "012", "9.5"),
            (NOA.name, "023", "9.5"),
            (f"'{RON.name}", "", "0"),
            ("Eli", "", "0"),
            ("X", "", "1"),
        ]
        assert formulas(path.read_text(encoding="utf-8")) == []


@given(st.lists(st.text("a=+-@;,\t\"' \n\r", max_size=8), min_size=1, max_size=3))
def test_no_text_becomes_a_formula_and_every_text_comes_back(texts):
    written = tables.format_lines([["name", *"abc"[: len(texts)]], ["x", *texts]])
    assert formulas(written) == []
    assert [tables.undo_escape(tables.escape_formula(text)) for text in texts] == texts
