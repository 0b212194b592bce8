"""The tables of grading: points.csv, and marks.csv, in which graders enter their marks."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from labutils._internal import files
from labutils.instructor import cells
from labutils.instructor.course import Course
from labutils.instructor.submission import ExerciseScore

_COLUMNS = ["student", "exercise", "points", "of", "comment"]


def read_marks(
    course: Course, released: Iterable[NotebookNode], students: Sequence[str]
) -> list[dict[str, str]]:
    """The rows of grading/marks.csv. Raises `RuntimeError` that names the row and says what is wrong with it."""
    path = course.grading / "marks.csv"
    if not path.exists():
        return []
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    except UnicodeDecodeError:
        raise RuntimeError(f"{path.name}: expected a CSV in UTF-8, as it was written") from None
    marks = list(reader)
    if reader.fieldnames != _COLUMNS:
        found = ", ".join(reader.fieldnames or [])
        raise RuntimeError(f"{path.name}: expected the columns {', '.join(_COLUMNS)}, got {found}")
    most = {
        name: cells.nbgrader_of(cell)["points"]
        for notebook in released
        for name, cell in cells.graded_cells(notebook).items()
    }
    for row, mark in enumerate(marks, start=2):
        if trouble := _describe_trouble(mark, most, students):
            raise RuntimeError(f"{path.name}, row {row}: {trouble}")
    return [{name: _undo_escape(value) for name, value in mark.items()} for mark in marks]


def _describe_trouble(mark: Mapping[str, Any], most: Mapping[str, float], students: Sequence[str]) -> str:
    """What is wrong with a row of marks.csv, in words; "" if nothing is."""
    if set(mark) != set(_COLUMNS) or None in mark.values():
        return f"expected {len(_COLUMNS)} cells"
    if mark["exercise"] not in most:
        return f"no exercise is called {mark['exercise']!r}"
    if not mark["points"].strip():
        return ""
    student = _undo_escape(mark["student"])
    if student not in students:
        return f"there is no submission of {student!r}"
    highest = most[mark["exercise"]]
    try:
        right = 0 <= float(mark["points"]) <= highest
    except ValueError:
        right = False
    return "" if right else f"points {mark['points']!r}, expected a number from 0 to {highest:g}"


def write_marks(course: Course, marks: Sequence[dict[str, str]], scores: Iterable[ExerciseScore]) -> None:
    """Write marks.csv: the rows that are there, and an empty row for each answer that waits for a grader."""
    there = {(mark["student"], mark["exercise"]) for mark in marks}
    rows = list(marks)
    for score in scores:
        if score.waits and (score.student, score.exercise) not in there:
            row = {"student": score.student, "exercise": score.exercise, "points": "", "comment": ""}
            rows.append(row | {"of": f"{score.of:g}"})
    write_table(course.grading / "marks.csv", _COLUMNS, rows)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV file in which no cell is a formula for a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _escape_formula(value) for name, value in row.items()} for row in rows)
    replace_file(path, text.getvalue())


def _escape_formula(value: Any) -> Any:
    """The value, with an apostrophe before a text that a spreadsheet would read as a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _undo_escape(text: str) -> str:
    """The text that `_escape_formula` was given."""
    return text[1:] if text.startswith("'") and _escape_formula(text[1:]) == text else text


def replace_file(path: Path, text: str) -> None:
    """Write a file completely or not at all."""
    files.replace(
        path, text.encode(), "Close it where it is open, make room for it, and run `make grade` again."
    )
