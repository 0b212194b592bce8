"""marks.csv: however a spreadsheet saves it, every mark counts or is named, and nothing is lost from the file."""

import pytest

from labutils.instructor import marks, tables

from . import small_course

STUDENTS = ["dana", "noa", "012345678", "דנה"]
NEW = "student,exercise,of,agreed,points,comment,points Noa,comment Noa\n"


@pytest.fixture
def read(tmp_path):
    """A function that reads marks from the content of marks.csv, text or bytes."""

    def read_content(content):
        course = small_course.Course(tmp_path)
        course.grading.mkdir(exist_ok=True)
        if content is not None:
            raw = content if isinstance(content, bytes) else content.encode()
            (course.grading / "marks.csv").write_bytes(raw)
        return marks.read_marks(course, small_course.released_notebooks().values(), STUDENTS)

    return read_content


def given(table):
    """{student: {grader: points}} of the rows that count."""
    return {row.key[0]: row.points for row in table.rows if not row.problem}


def test_without_a_file_there_are_no_marks_and_no_problems(read):
    table = read(None)
    assert (table.rows, table.problems) == ([], [])


def test_the_table_of_earlier_versions_is_read_as_it_is(read):
    table = read("student,exercise,points,of,comment\ndana,A1-written,2.5,3,good\nnoa,A1-written,,3,\n")
    assert table.problems == []
    assert given(table) == {"dana": {marks.UNNAMED: 2.5}, "noa": {}}
    assert table.columns == ["student", "exercise", "of", "agreed", "points", "comment", "note"]


def test_two_graders_have_columns_of_their_own(read):
    table = read(f"{NEW}dana,A1-written,3,,1,short,2,fine\n")
    assert table.graders == [marks.UNNAMED, "Noa"]
    (row,) = table.rows
    assert row.points == {marks.UNNAMED: 1, "Noa": 2}
    assert row.comments == {marks.UNNAMED: "short", "Noa": "fine"}


TEXT = NEW + "דנה,A1-written,3,,2.5,טוב מאוד,,\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("cp1255"),
        TEXT.replace(",", ";").encode("cp1255"),
        TEXT.replace("2.5", '"2,5"').encode(),
        TEXT.replace(",", ";").replace("2.5", "2,5").encode("utf-8-sig"),
        TEXT.replace(",", "\t").encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\n,,,,,,,\n").encode(),
        TEXT.replace("student", " Student ").replace("comment Noa", "Comment Noa").encode(),
    ],
    ids=range(10),
)
def test_whatever_a_spreadsheet_saves_is_read(read, content):
    table = read(content)
    assert table.problems == []
    (row,) = table.rows
    assert (row.key, row.points) == (("דנה", "A1-written"), {marks.UNNAMED: 2.5})
    assert row.comments == {marks.UNNAMED: "טוב מאוד"}


def test_umlauts_of_a_western_spreadsheet_are_not_read_as_hebrew(read):
    table = read(f"{NEW}dana,A1-written,3,,2,schön erklärt,,\n".encode("cp1252"))
    assert table.rows[0].comments == {marks.UNNAMED: "schön erklärt"}


@pytest.mark.parametrize("number", ["12345678", " 012345678 "])
def test_a_number_that_has_lost_its_zero_is_found(read, number):
    assert given(read(f"{NEW}{number},A1-written,3,,2,,,\n")) == {"012345678": {marks.UNNAMED: 2}}


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("dana,A1-written,3,,two,,,", "two"),
        ("dana,A1-written,3,,3.5,,,", "3.5"),
        ("dana,A1-written,3,,-1,,,", "-1"),
        ("dana,A1-written,3,,nan,,,", "nan"),
        ("dana,A1-written,3,,1_0,,,", "1_0"),
        ("dana,A1-written,100,,50,,,", "50"),
        ("dana,A1-written,3,x,2,,,", "agreed"),
        ("dana,A1-written,3,,2,,x,", "points Noa"),
        ("dana,A9,3,,2,,,", "A9"),
        (",A1-written,3,,2,,,", "student"),
        ("dana,A1-written,3,,2,,,,surplus", "cells"),
        ("noa,A1-written,3,,2,,,", "number 2"),  # a second row
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_all_others_count(read, line, named):
    table = read(f"{NEW}noa,A1-written,3,,1,,,\n{line}\ndana,B1-written,3,,2,,,\n")
    (problem,) = table.problems
    assert "row 3" in problem
    assert named in problem
    assert given(table) == {"noa": {marks.UNNAMED: 1}, "dana": {marks.UNNAMED: 2}}


def test_marks_of_a_student_who_has_left_are_named_once_and_the_others_count(read):
    table = read(f"{NEW}gone,A1-written,3,,1,,,\ngone,B1-written,3,,1,,,\ndana,A1-written,3,,2,,,\n")
    (problem,) = table.problems
    assert "'gone'" in problem
    assert "2, 3" in problem
    assert given(table)["dana"] == {marks.UNNAMED: 2}


def test_a_column_that_nobody_knows_is_named_and_kept(read):
    table = read("student,exercise,points,of,comment,point Noa\ndana,A1-written,2,3,,1\n")
    (problem,) = table.problems
    assert "'point noa'" in problem
    assert table.rows[0].cells["point noa"] == "1"
    assert given(table) == {"dana": {marks.UNNAMED: 2}}


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x00\x00xlsx", b"a,b\n1,2\n", "name;mark\nx;1\n".encode("utf-16")]
)
def test_a_file_that_is_no_table_of_marks_is_named_and_left_alone(read, content):
    table = read(content)
    assert not table.writable
    assert table.rows == []
    assert len(table.problems) == 1
    assert "marks.csv" in table.problems[0]


def test_a_mark_that_is_given_is_entered_beside_the_others(read):
    table = read(f"{NEW}dana,A1-written,3,,1,short,,\n")
    table.give("Amir", ("dana", "A1-written"), (2.5, "more"))
    table.give("Amir", ("noa", "B1"), (4, ""))
    table.interpret()
    assert table.graders == [marks.UNNAMED, "Noa", "Amir"]
    assert given(table) == {"dana": {marks.UNNAMED: 1, "Amir": 2.5}, "noa": {"Amir": 4}}
    assert table.given_by("Amir", ("dana", "A1-written")) == (2.5, "more")


def test_a_file_that_another_program_holds_is_explained(read, monkeypatch, tmp_path):
    read(NEW)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "read_bytes", refuse)
    with pytest.raises(RuntimeError, match=r"marks\.csv"):
        read(None)


# ---- Tables


@pytest.mark.parametrize(
    "text", ["=1", "'=1", "a;=2,'+3", "\t=1", "x;=1+1", "''@", "- a\n- b", ",;=", "plain", "a, -b", "x\r\n=y"]
)
def test_no_cell_is_a_formula_for_any_spreadsheet_and_every_text_comes_back(tmp_path, text):
    tables.write_table(tmp_path / "x.csv", ["a", "b"], [{"a": text, "b": text}])
    raw = (tmp_path / "x.csv").read_text(encoding="utf-8-sig")
    for delimiter in ",;\t":
        for line in raw.splitlines():
            for cell in line.split(delimiter):
                assert cell.lstrip('"')[:1] not in tuple("=+-@"), (delimiter, cell)
    (row,) = tables.read_table(tmp_path / "x.csv").rows
    assert row == [text, text]


def test_a_table_begins_with_the_mark_by_which_spreadsheets_know_utf_8(tmp_path):
    tables.write_table(tmp_path / "x.csv", ["שם"], [])
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_table_that_has_not_changed_is_not_written(tmp_path):
    path = tmp_path / "x.csv"
    tables.write_table(path, ["a"], [{"a": 1}])
    before = path.stat()
    tables.write_table(path, ["a"], [{"a": 1}])
    assert path.stat().st_ino == before.st_ino
    tables.write_table(path, ["a"], [{"a": 2}])
    assert path.stat().st_ino != before.st_ino
