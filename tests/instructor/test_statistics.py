"""The statistics of a class, against numbers that are found by hand."""

import pytest

from labutils.instructor.course import PARTS
from labutils.instructor.statistics import render_statistics, tally_mistakes, tally_points, tally_times
from labutils.instructor.submission import ExerciseScore, Measured, Submission

from ..parts.conftest import read
from .test_pages import check_harmless


@pytest.fixture(scope="module")
def released():
    return {part: read(stem) for part, stem in PARTS.items()}


@pytest.fixture
def submissions(released):
    found = [
        Submission(name, "A", submitted=released["A"], executed=released["A"], seconds=seconds)
        for name, seconds in (("a", 10.0), ("b", 20.0), ("c", 60.0))
    ]
    for one, (state, message) in zip(
        found, [("right", "well"), ("wrong", "got 3"), ("wrong", "got 45")], strict=True
    ):
        one.measured = {
            "A3-1": Measured(0, state, message),
            "A3-2": Measured(0, "not done", "not done yet"),
            "A3-3": Measured(0, "too slow" if one.student == "b" else "wrong", f"of {one.student}"),
        }
    return [*found, Submission("d", "A", broken="missing")]


SCORES = [
    *(
        ExerciseScore(name, "A3-1", points, 6, False, "")
        for name, points in zip("abcd", (6, 3, 0, 0), strict=True)
    ),
    *(
        ExerciseScore(name, "A7-1-written", points, 3, points == 0, "")
        for name, points in zip("abc", (3, 0, 0), strict=True)
    ),
]


def test_points_by_exercise(released, submissions):
    tally = tally_points(SCORES, submissions, released)
    assert list(tally.index) == ["A3-1", "A7-1-written"]
    code, written = tally.loc["A3-1"], tally.loc["A7-1-written"]
    assert (code["handed in"], code["of"], code["mean"], code["open"]) == (3, 6, 3, 0)  # d handed in nothing
    assert code["spread"] == pytest.approx(6**0.5)
    assert code["full"] == pytest.approx(1 / 3)
    assert (written["handed in"], written["mean"], written["open"], written["full"]) == (3, 3, 2, 1)


def test_mistakes_that_differ_in_a_number_are_one(submissions):
    tally = tally_mistakes(submissions)
    counts = [(row["exercise"], row["students"]) for _, row in tally.iterrows()]
    assert counts[0] == ("A3-1", 2)
    assert sorted(counts[1:]) == [("A3-3", 1)] * 3
    assert "A3-2" not in set(tally.exercise)


def test_times(submissions):
    row = tally_times(submissions).loc["A"]
    assert (row["notebooks"], row["median"], row["longest"], row["all"]) == (3, 20, 60, 90)


def test_the_page_shows_them(released, submissions):
    words = check_harmless(render_statistics(submissions, SCORES, released)).get_text()
    assert "got 3" in words
    assert "33%" in words


def test_a_class_that_handed_in_nothing_has_a_page(released):
    for submissions in ([], [Submission("d", "A", broken="missing")]):
        check_harmless(render_statistics(submissions, [], released))
