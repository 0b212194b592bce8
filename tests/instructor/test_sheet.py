"""The grader's sheet and the feedback, from submissions that are made here: nothing is run."""

import copy

import nbformat
import pytest

from labutils.instructor import cells, sheet
from labutils.instructor.course import PARTS, Course
from labutils.instructor.submission import ExerciseScore, Submission

from ..parts.conftest import ROOT, read
from .test_pages import check_harmless


@pytest.fixture(scope="module")
def released():
    return {part: read(stem) for part, stem in PARTS.items()}


def test_each_written_answer_stands_under_its_question(released):
    page = sheet.render_sheet([], {}, released, Course(ROOT), "x", isolated=True)
    soup = check_harmless(page)
    written = [c for notebook in released.values() for c in notebook.cells if cells.is_written(c)]
    headings = soup.find_all("h3")
    assert [heading.get_text() for heading in headings] == [
        f"{cells.exercise_of(cell)} ({cells.nbgrader_of(cell)['points']} points)" for cell in written
    ]
    for cell, heading in zip(written, headings, strict=True):
        cards = heading.find_next_sibling("div", class_="cards")
        between = " ".join(
            tag.get_text() for tag in heading.find_next_siblings() if tag in cards.find_all_previous()
        )
        points = cells.nbgrader_of(cell)["points"]
        assert f"({points} points)" in between
        assert cards.find("div", class_="model") is not None
    assert [heading.get_text() for heading in soup.find_all("h2")] == [
        *("Points", "Flags", "Feedback", "Written answers")
    ]


def test_names_are_read_without_running_the_cell():
    sources = [
        'students = ["Dana", 5]\nstudent_numbers = ("012",)',
        'students = ["Dana", open("x")]',
        "students = [",
        "students = 3",
    ]
    submissions = []
    for source in sources:
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["students"]})
        submissions.append(Submission("s", "A", nbformat.v4.new_notebook(cells=[cell])))
    assert sheet.find_names(submissions) == "Dana (012), 5"
    assert sheet.find_names([Submission("s", "A", broken="missing")]) == ""


def test_feedback_shows_points_after_each_exercise_and_no_code_of_a_hidden_test(released):
    executed = copy.deepcopy(released["A"])
    check = cells.graded_cells(executed)["A3-1"]
    check.source = "bank.require('A3.1', linear_backward)"
    check.outputs = [nbformat.v4.new_output("error", ename="E", evalue="dW is wrong", traceback=["bank.py"])]
    blank = copy.deepcopy(released["A"])
    cells.graded_cells(blank)["A3-1"].source = "exercises.check('A3.1', linear_backward)"
    scores = [
        ExerciseScore("s", "A3-1", 0, 6, False, ""),
        ExerciseScore("s", "A3-2", 3, 4, False, "nearly"),
        ExerciseScore("s", "A7-1-written", 0, 3, True, ""),
        ExerciseScore("s", "C2", 5, 5, False, ""),
    ]
    submission = Submission("s", "A", executed, executed=executed)
    words = check_harmless(sheet.render_feedback(submission, blank, scores)).get_text()
    assert "3 of 13 points so far; answers that wait for a grader: 1." in words
    for shown in ("A3.1: 0 of 6 points", "A3.2: 3 of 4 points", "nearly", "A7.1 written: to be marked"):
        assert shown in words
    assert "Not passed at grading. dW is wrong" in words
    assert "bank.require('A3.1'" not in words
    assert "bank.py" not in words


def test_feedback_on_a_broken_notebook_says_why(released):
    page = sheet.render_feedback(Submission("<b>", "B", broken="no JSON"), released["B"], [])
    assert "This notebook could not be graded: no JSON." in check_harmless(page).get_text()
