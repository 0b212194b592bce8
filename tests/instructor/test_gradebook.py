"""The gradebook, marks.csv, its log and formgrader agree; nothing that a grader gave is lost or settled in silence."""

import csv
import io
import multiprocessing
import re
import shutil
import threading
from types import SimpleNamespace

import pytest

from . import small_course

pytestmark = [pytest.mark.instructor, pytest.mark.usefixtures("nbgrader")]

A, B = ("dana", "A1-written"), ("dana", "A1")


@pytest.fixture(scope="module")
def made(nbgrader, tmp_path_factory):
    return small_course.make_course(tmp_path_factory.mktemp("made"))


@pytest.fixture
def course(made, tmp_path):
    """A course of its own for each test."""
    shutil.copytree(made.root, tmp_path / "course")
    return small_course.Course(tmp_path / "course")


def mark(course, submissions=None):
    """Mark as `make grade` does; the result, with its scores by student and exercise."""
    from labutils.instructor import marking

    if submissions is None:
        submissions = small_course.submit_all(["dana", "noa"])
    result = marking.mark(course, small_course.released_notebooks(), submissions)
    return result, {(score.student, score.exercise): score for score in result.scores}


def carry(course, grader=None):
    """What `make mark` does when it starts (with a grader) and when it ends."""
    from labutils.instructor import marking

    return marking.carry_marks(course, small_course.released_notebooks(), grader)


def table(course, name="marks.csv"):
    text = (course.grading / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def edit(course, key, **cells):
    """Enter cells into the row of an answer, as a grader does in a spreadsheet; new columns are added."""
    rows = table(course)
    if not any((row["student"], row["exercise"]) == key for row in rows):
        rows.append(dict.fromkeys(rows[0], "") | {"student": key[0], "exercise": key[1]})
    for row in rows:
        for name in cells:
            row.setdefault(name, "")
        if (row["student"], row["exercise"]) == key:
            row |= cells
    with (course.grading / "marks.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def row_of(course, key):
    (row,) = [row for row in table(course) if (row["student"], row["exercise"]) == key]
    return row


def in_formgrader(course, key, points=None, comment=None, extra=None):
    """Give points and a comment as formgrader does."""
    from nbgrader.api import Gradebook

    from labutils.instructor.course import ASSIGNMENT, PARTS
    from labutils.instructor.gradebook import escape_name

    place = (PARTS[key[1][0]], ASSIGNMENT, escape_name(key[0]))
    with Gradebook(course.config().CourseDirectory.db_url) as book:
        grade = book.find_grade(key[1], *place)
        grade.manual_score, grade.extra_credit = points, extra
        cell = key[1] if key[1].endswith("written") else f"{key[1]}-answer"
        book.find_comment(cell, *place).manual_comment = comment
        book.db.commit()


def shown_in_formgrader(course, key):
    """The points, the comment, and whether formgrader says that the answer needs a mark."""
    from nbgrader.api import Gradebook

    from labutils.instructor.course import ASSIGNMENT, PARTS
    from labutils.instructor.gradebook import escape_name

    place = (PARTS[key[1][0]], ASSIGNMENT, escape_name(key[0]))
    with Gradebook(course.config().CourseDirectory.db_url) as book:
        grade = book.find_grade(key[1], *place)
        cell = key[1] if key[1].endswith("written") else f"{key[1]}-answer"
        comment = book.find_comment(cell, *place).manual_comment
        return grade.manual_score, comment, grade.needs_manual_grade, grade.auto_score


# ---- Points before anybody has marked


@pytest.mark.parametrize(("share", "points"), [(1, 4), (0.5, 2), (0, 0), (1 / 3, 1), (7, 4), (-1, 0)])
def test_code_has_its_share_of_the_points_and_nothing_else_counts(course, share, points):
    submission = small_course.submit("dana", share=share)
    submission.executed.cells[2].outputs = [{"output_type": "execute_result", "data": {"text/plain": "4"}}]
    _, scores = mark(course, [submission])
    assert (scores[B].points, scores[B].of, scores[B].waits) == (points, 4, False)
    assert shown_in_formgrader(course, B)[3] == points


def test_a_written_answer_waits_unless_it_is_empty(course):
    from labutils.instructor.submission import Submission, Written

    empty, same, missing = (
        small_course.submit("empty", written=""),
        small_course.submit("same"),
        Submission("missing", "A", broken="missing"),
    )
    same.written["A1-written"] = Written(f" {small_course.PLACEHOLDER}\n")
    picture = small_course.submit("picture", written="")
    picture.written["A1-written"] = Written("", {"x.png": {"image/png": ""}})
    _, scores = mark(course, [empty, same, missing, picture, small_course.submit("dana")])
    waits = {student for (student, _), score in scores.items() if score.waits}
    assert waits == {"dana", "picture"}
    assert {row["student"] for row in table(course)} == waits
    assert shown_in_formgrader(course, A)[2]
    assert not shown_in_formgrader(course, ("empty", "A1-written"))[2]


def test_a_notebook_that_did_not_run_keeps_its_written_answers(course):
    submission = small_course.submit("dana")
    submission.executed, submission.measured, submission.broken = None, {}, "its run was ended from outside"
    _, scores = mark(course, [submission])
    assert scores[A].waits
    assert scores[B].points == 0


# ---- Marks


def test_a_mark_counts_and_stays(course):
    mark(course)
    edit(course, A, points="2,5", comment="- nearly")
    edit(course, B, points="1")
    for _ in range(2):
        result, scores = mark(course)
        assert (scores[A].points, scores[A].waits, scores[A].comment) == (2.5, False, "- nearly")
        assert scores[B].points == 1
        assert result.problems == []
    assert row_of(course, A)["points"] == "2,5"


def test_graders_who_agree_settle_an_answer_and_graders_who_differ_do_not(course):
    mark(course)
    edit(course, A, points="2", **{"points Noa": "2", "comment Noa": "good"})
    edit(course, ("noa", "A1-written"), points="1", **{"points Noa": "3", "comment Noa": "why"})
    result, scores = mark(course)
    assert scores[A].points == 2
    assert scores[A].comment == "good"
    other = scores["noa", "A1-written"]
    assert (other.points, other.waits) == (0, True)
    (found,) = result.differences
    assert (found.student, found.exercise, found.given) == ("noa", "A1-written", {"marks.csv": 1, "Noa": 3})
    assert found.comments == {"Noa": "why"}
    (row,) = table(course, "differences.csv")
    assert (row["student"], row["marks.csv"], row["Noa"], row["agreed"]) == ("noa", "1", "3", "")

    edit(course, ("noa", "A1-written"), agreed="2,5")
    result, scores = mark(course)
    assert (scores["noa", "A1-written"].points, scores["noa", "A1-written"].waits) == (2.5, False)
    assert [found.agreed for found in result.differences] == [2.5]


def test_a_mark_that_replaces_a_result_is_listed_with_its_grader(course):
    mark(course)
    edit(course, A, points="2")
    assert mark(course)[0].replaced == []
    edit(course, B, **{"points Noa": "0.5"})
    result, scores = mark(course)
    (found,) = result.replaced
    assert (found.student, found.exercise, found.mark, found.graders) == (*B, 0.5, "Noa")
    assert found.measured not in (0.5, scores[B].points)
    edit(course, B, agreed=f"{found.measured:g}")
    assert mark(course)[0].replaced == []


def test_the_last_lines_name_what_applies_and_nothing_else():
    from labutils.instructor.grade import _describe_outcome

    nothing = {"differences": [], "submissions": [SimpleNamespace(broken="")], "replaced": [], "absent": []}
    assert _describe_outcome(SimpleNamespace(**nothing, people=None)) == []
    some = {
        "differences": [SimpleNamespace(agreed=None)] * 2 + [SimpleNamespace(agreed=1.0)],
        "submissions": [SimpleNamespace(broken="missing")] * 3 + [SimpleNamespace(broken="")],
        "replaced": [object()] * 4,
        "absent": [object()] * 5,
    }
    said = " ".join(_describe_outcome(SimpleNamespace(**some, people=60)))
    assert [int(word) for word in re.findall(r"\d+", said)] == [2, 4, 3, 60, 5]


def test_the_table_of_earlier_versions_becomes_the_new_one(course):
    (course.grading / "marks.csv").write_text(
        "student,exercise,points,of,comment\ndana,A1-written,2,3,fine\ngone,A1-written,9,3,odd\n"
    )
    result, scores = mark(course)
    assert scores[A].points == 2
    assert len(result.problems) == 1
    assert list(table(course)[0]) == ["student", "exercise", "of", "agreed", "points", "comment", "note"]
    assert row_of(course, ("gone", "A1-written"))["points"] == "9"


def test_rows_that_cannot_be_used_stay_as_they_are(course):
    mark(course)
    edit(course, A, points="two", comment="see me", **{"helper": "x"})
    path = course.grading / "marks.csv"
    path.write_text(path.read_text(encoding="utf-8-sig") + "dana,Z9,3,,1,,surplus,cells,here\n")
    for _ in range(3):
        result, scores = mark(course)
        assert scores[A].waits
        assert sum("row" in problem for problem in result.problems) == 2
        row = row_of(course, A)
        assert (row["points"], row["comment"], row["helper"]) == ("two", "see me", "x")
        assert "cells" in path.read_text(encoding="utf-8-sig").splitlines()[-1]


def test_semicolons_stay_semicolons(course):
    mark(course)
    path = course.grading / "marks.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",", ";"))
    mark(course)
    assert path.read_text(encoding="utf-8-sig").startswith("student;exercise;")


def test_a_file_that_is_no_table_stays_and_all_are_graded(course):
    path = course.grading / "marks.csv"
    path.write_text("name;mark\ndana;3\n")
    result, scores = mark(course)
    assert path.read_text() == "name;mark\ndana;3\n"
    assert len(scores) == 12
    assert any("marks.csv" in problem for problem in result.problems)


def test_a_table_that_is_open_elsewhere_stops_nothing_and_is_explained(course, monkeypatch):
    from labutils._internal import files

    mark(course)
    replace = files.replace

    def refuse(path, content, way_out):
        if path.name == "marks.csv":
            raise PermissionError(f"{path}: this file cannot be written (Permission denied). {way_out}")
        replace(path, content, way_out)

    in_formgrader(course, A, 2)
    monkeypatch.setattr(files, "replace", refuse)
    result, scores = mark(course)
    assert any("marks.csv" in problem for problem in result.problems)
    assert scores[A].points == 2
    monkeypatch.undo()
    mark(course)
    assert row_of(course, A)["points"] == "2"


# ---- The log


def test_the_log_says_who_gave_what_and_is_only_added_to(course):
    mark(course)
    edit(course, A, points="2")
    mark(course)
    first = (course.grading / "marks_log.csv").read_bytes()
    edit(course, A, agreed="1", **{"points Noa": "3", "comment Noa": "good"})
    mark(course)
    mark(course)
    assert (course.grading / "marks_log.csv").read_bytes().startswith(first)
    rows = table(course, "marks_log.csv")
    assert [(row["who"], row["points"], row["comment"]) for row in rows] == [
        ("marks.csv", "2", ""),
        ("Noa", "3", "good"),
        ("agreed", "1", ""),
    ]
    assert all(row["when"].endswith("+00:00") for row in rows)
    assert len({row["answer"] for row in rows}) == 1


def test_a_mark_on_an_answer_that_has_changed_is_flagged_until_somebody_has_seen_it(course):
    first, second = small_course.submit("dana"), small_course.submit("dana", written="because not")
    mark(course, [first])
    edit(course, A, points="2")
    assert mark(course, [first])[0].changed == set()
    for _ in range(2):
        result, scores = mark(course, [second])
        assert result.changed == {A}
        assert scores[A].points == 2
        assert row_of(course, A)["note"]
    assert mark(course, [first])[0].changed == set()
    assert not row_of(course, A)["note"]
    mark(course, [second])
    edit(course, A, note="")
    assert mark(course, [second])[0].changed == set()
    assert mark(course, [second])[0].changed == set()
    assert mark(course, [first])[0].changed == {A}
    edit(course, A, points="3")
    assert mark(course, [first])[0].changed == set()


def test_a_mark_belongs_to_the_answer_that_was_shown_when_it_was_given(course):
    mark(course, [small_course.submit("dana")])
    edit(course, A, points="2")
    in_formgrader(course, B, 1)
    result, _ = mark(course, [small_course.submit("dana", written="another", share=0.5)])
    assert result.changed == {A, B}


# ---- Formgrader


def test_marks_of_formgrader_are_carried_when_it_ends_and_by_the_next_run_if_it_was_killed(course):
    mark(course)
    carry(course, "Noa")
    in_formgrader(course, A, 2.5, "good")
    in_formgrader(course, B, 1, "see the sign")
    assert carry(course) == []
    row = row_of(course, A)
    assert (row["points"], row["points Noa"], row["comment Noa"]) == ("", "2.5", "good")
    in_formgrader(course, A, 1)
    _, scores = mark(course)
    assert scores[A].points == 1
    assert (scores[B].points, scores[B].comment) == (1, "see the sign")
    assert {row["who"] for row in table(course, "marks_log.csv")} == {"Noa"}


def test_two_graders_do_not_see_each_others_marks_as_their_own(course):
    mark(course)
    carry(course, "Noa")
    in_formgrader(course, A, 2, "by Noa")
    carry(course, "Amir")
    assert shown_in_formgrader(course, A)[:3] == (None, None, True)
    in_formgrader(course, A, 3)
    carry(course, "Noa")
    assert shown_in_formgrader(course, A)[:3] == (2, "by Noa", False)
    row = row_of(course, A)
    assert (row["points Noa"], row["points Amir"]) == ("2", "3")
    result, scores = mark(course)
    assert scores[A].waits
    assert result.differences[0].given == {"Noa": 2, "Amir": 3}


def test_what_is_changed_in_the_table_is_shown_in_formgrader(course):
    mark(course)
    carry(course, "Noa")
    in_formgrader(course, A, 2)
    mark(course)
    edit(course, A, **{"points Noa": "1"})
    mark(course)
    assert shown_in_formgrader(course, A)[0] == 1
    in_formgrader(course, A, None)
    mark(course)
    assert row_of(course, A)["points Noa"] == ""


def test_a_mark_that_was_changed_in_both_places_is_named(course):
    mark(course)
    carry(course, "Noa")
    in_formgrader(course, A, 2)
    mark(course)
    in_formgrader(course, A, 3)
    edit(course, A, **{"points Noa": "1"})
    result, scores = mark(course)
    assert any("Noa" in p and "dana" in p and "3" in p and "1" in p for p in result.problems)
    assert scores[A].points == 1
    assert mark(course)[0].problems == []


def test_more_points_than_there_are_do_not_count_and_are_not_lost(course):
    mark(course)
    carry(course, "Noa")
    in_formgrader(course, A, 3, extra=1)
    for _ in range(2):
        result, scores = mark(course)
        assert any("Noa" in p and "4" in p for p in result.problems)
        assert scores[A].waits
    with pytest.raises(RuntimeError, match="Noa"):
        carry(course, "Amir")
    in_formgrader(course, A, 3)
    assert mark(course)[0].problems == []
    assert row_of(course, A)["points Noa"] == "3"


def test_a_new_gradebook_takes_no_mark_away(course, tmp_path):
    mark(course)
    carry(course, "Noa")
    in_formgrader(course, A, 2)
    mark(course)
    (course.grading / "gradebook.db").unlink()
    again = small_course.make_course(tmp_path / "again")
    shutil.copy(again.grading / "gradebook.db", course.grading)
    result, scores = mark(course)
    assert scores[A].points == 2
    assert result.problems == []
    assert shown_in_formgrader(course, A)[0] == 2


def test_without_grades_there_is_nothing_to_mark(course):
    with pytest.raises(RuntimeError, match="make grade"):
        carry(course, "Noa")


# ---- The database


NAMES = ["=1+1", "<img src=x onerror=1>", "100%", "%3C", "דנה כהן", "a/b", "o'neil", "\udce9t\udce9", 'x"y']


def test_names_are_harmless_in_the_gradebook_and_come_back(course):
    from labutils.instructor.gradebook import escape_name, unescape_name

    for name in NAMES:
        assert not set(escape_name(name)) & set("<>&\"'/")
        escape_name(name).encode()
        assert unescape_name(escape_name(name)) == name
    assert escape_name("דנה כהן") == "דנה כהן"
    submissions = small_course.submit_all(NAMES)
    mark(course, submissions)
    carry(course, "Noa")
    in_formgrader(course, (NAMES[1], "A1-written"), 2)
    _, scores = mark(course, submissions)
    assert scores[NAMES[1], "A1-written"].points == 2


def test_nothing_is_written_if_nothing_has_changed(course):
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    submissions = small_course.submit_all([f"{i:03d}" for i in range(60)])
    mark(course, submissions)
    statements = []

    def note(connection, cursor, statement, *_):
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        mark(course, submissions)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert not [s for s in statements if s.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(statements) < 60


def _mark_often(root):
    from labutils.instructor.course import Course

    for _ in range(5):
        mark(Course(root), small_course.submit_all(["dana", "noa", "amir"]))


def test_two_graders_at_once_do_not_disturb_each_other(course):
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_mark_often, args=(course.root,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert len(table(course)) == 9


def test_a_gradebook_that_stays_in_use_is_explained(course):
    from labutils.instructor.gradebook import open_gradebook

    begun, done = threading.Event(), threading.Event()

    def hold():
        with open_gradebook(course):
            begun.set()
            done.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert begun.wait(60)
    try:
        with pytest.raises(RuntimeError, match=r"gradebook\.db"), open_gradebook(course, patience=0.2):
            pass
    finally:
        done.set()
        holder.join()


def test_a_damaged_gradebook_is_explained(course):
    (course.grading / "gradebook.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(RuntimeError, match=r"gradebook\.db"):
        mark(course)
