"""The graders' marks, grading/marks.csv: a row for each answer, and two columns for each grader, points and comment.

A mark counts if all graders who gave one agree, or if the column `agreed` is filled in. A row that cannot be used
stays in the file as it is, is named with its number, and changes nothing else.
"""

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from labutils.instructor import cells, tables
from labutils.instructor.course import Course
from labutils.instructor.submission import ExerciseScore

UNNAMED = "marks.csv"  # who gives the marks of the columns `points` and `comment`
CHANGED = "the answer has changed since it was marked; clear this cell when you have seen it"
FIRST = ["student", "exercise", "of", "agreed", "points", "comment"]
NOTE = "note"
_PAIR = re.compile(r"(points|comment) (.+)")
_NUMBER = re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+")

Key = tuple[str, str]  # student, exercise
Given = tuple[float | None, str]  # points, comment


@dataclass
class MarkRow:
    """A row of marks.csv. cells: by column, as they are in the file; extra: cells beyond the last column.

    key, points, comments, agreed: what the cells mean. problem: why the row does not count, or "".
    """

    number: int
    cells: dict[str, str]
    extra: list[str] = field(default_factory=list)
    key: Key = ("", "")
    points: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    agreed: float | None = None
    problem: str = ""

    @property
    def differs(self) -> bool:
        """Whether graders gave different points."""
        return len(set(self.points.values())) > 1


@dataclass(frozen=True)
class Replaced:
    """A mark that counts instead of the points without it. graders: who gave it."""

    student: str
    exercise: str
    measured: float
    mark: float
    graders: str


class Marks:
    """The rows of marks.csv, what is wrong with them, and the names of the graders.

    most: the points of each exercise; students: those who have a submission. writable: False if the file is no table
    of marks, which is then left as it is.
    """

    def __init__(self, most: Mapping[str, float], students: Iterable[str]) -> None:
        self.most, self.delimiter, self.writable = most, ",", True
        self.rows: list[MarkRow] = []
        self.columns = [*FIRST, NOTE]
        self.notes: list[str] = []  # problems of the file as a whole
        self._students = {_plain(student): student for student in students}
        self._by_number = defaultdict[str, list[str]](list)
        for student in self._students.values():
            self._by_number[student.lstrip("0")].append(student)
        self._by_key: dict[Key, MarkRow] = {}

    @property
    def graders(self) -> list[str]:
        """The names of the graders, in the order of their columns."""
        named = [
            match[2] for name in self.columns if (match := _PAIR.fullmatch(name)) and match[1] == "points"
        ]
        return [UNNAMED, *named]

    @property
    def problems(self) -> list[str]:
        """What is wrong with the file and its rows, a sentence for each."""
        wrong = [f"marks.csv, row {row.number}: {row.problem}" for row in self.rows if row.problem]
        rows = defaultdict[str, list[str]](list)
        for row in self.rows:
            if not row.problem and not self.knows(row.key[0]) and (row.points or row.agreed is not None):
                rows[row.key[0]].append(str(row.number))
        gone = [
            f"marks.csv, row {', '.join(numbers)}: there is no submission of {student!r}. The marks stay in the file."
            for student, numbers in rows.items()
        ]
        return self.notes + wrong + gone

    def knows(self, student: str) -> bool:
        """Whether a student has a submission."""
        return _plain(student) in self._students

    def row_of(self, key: Key) -> MarkRow | None:
        """The row of an answer, or None."""
        return self._by_key.get(key)

    def given_by(self, grader: str, key: Key) -> Given:
        """The points and the comment of a grader for an answer: (None, "") if there are none."""
        row = self.row_of(key)
        return (row.points.get(grader), row.comments.get(grader, "")) if row else (None, "")

    def give(self, grader: str, key: Key, given: Given) -> None:
        """Enter the points and the comment of a grader into the cells. Call `interpret` afterwards."""
        points, comment = columns_of(grader)
        if points not in self.columns:
            self.columns[-1:-1] = [points, comment]
        row = self.row_of(key) or self.add(key)
        row.cells |= {points: "" if given[0] is None else f"{given[0]:g}", comment: given[1]}

    def find_replaced(self, measured: Iterable[ExerciseScore]) -> list[Replaced]:
        """The answers that got other points by a mark than without one. measured: the scores before the marks."""
        found = []
        for score in measured:
            row = self.row_of((score.student, score.exercise))
            if score.waits or row is None or row.problem or (row.agreed is None and row.differs):
                continue
            points = row.agreed if row.agreed is not None else next(iter(row.points.values()), score.points)
            if points != score.points:
                graders = ", ".join(row.points if row.agreed is None else [*row.points, "agreed"])
                found.append(Replaced(*row.key, score.points, points, graders))
        return found

    def add(self, key: Key) -> MarkRow:
        """A new, empty row for an answer."""
        number = max((row.number for row in self.rows), default=1) + 1
        row = MarkRow(
            number, {"student": key[0], "exercise": key[1], "of": f"{self.most[key[1]]:g}"}, key=key
        )
        self.rows.append(row)
        self._by_key[key] = row
        return row

    def interpret(self) -> None:
        """Work out what the cells of every row mean."""
        self._by_key = {}
        for row in self.rows:
            row.points, row.comments, row.agreed, row.problem = {}, {}, None, ""
            row.key = (
                self._find_student(row.cells.get("student", "")),
                row.cells.get("exercise", "").strip(),
            )
            try:
                self._interpret_row(row)
            except ValueError as error:
                row.points, row.comments, row.agreed, row.problem = {}, {}, None, str(error)
            self._by_key.setdefault(row.key, row)

    def _interpret_row(self, row: MarkRow) -> None:
        """Work out what a row means. Raises `ValueError` that says what is wrong."""
        student, exercise = row.key
        if row.extra:
            raise ValueError(
                f"expected {len(self.columns)} cells at most, got more. Is a comma outside quotes?"
            )
        if not student:
            raise ValueError("expected the name of a student in the column `student`, got an empty cell")
        if exercise not in self.most:
            raise ValueError(f"expected an exercise such as {next(iter(self.most))}, got {exercise!r}")
        if (first := self.row_of(row.key)) is not None:
            raise ValueError(
                f"{student!r}, {exercise} has a row already, number {first.number}. That one counts. Delete one."
            )
        for grader in self.graders:
            points, comment = (row.cells.get(name, "").strip() for name in columns_of(grader))
            if points:
                row.points[grader] = self._points(points, exercise, columns_of(grader)[0])
            if comment:
                row.comments[grader] = comment
        if agreed := row.cells.get("agreed", "").strip():
            row.agreed = self._points(agreed, exercise, "agreed")

    def _points(self, text: str, exercise: str, column: str) -> float:
        """The number in a cell, which may have a decimal comma."""
        most = self.most[exercise]
        if _NUMBER.fullmatch(text) and (points := float(text.replace(",", "."))) <= most:
            return points
        raise ValueError(f"expected a number from 0 to {most:g} in the column `{column}`, got {text[:40]!r}")

    def _find_student(self, text: str) -> str:
        """The student whom a cell names. Spreadsheets remove the zeros at the beginning of a number."""
        text = text.strip()
        if (
            text
            and _plain(text) not in self._students
            and len(found := self._by_number[text.lstrip("0")]) == 1
        ):
            return found[0]
        return self._students.get(_plain(text), text)


def read_marks(course: Course, released: Iterable[NotebookNode], students: Sequence[str]) -> Marks:
    """The marks in grading/marks.csv. Nothing in the file raises an error; `problems` names what cannot be used.

    Raises `RuntimeError` if the file is there and the system does not let it be read.
    """
    most = {
        name: float(cells.nbgrader_of(cell)["points"])
        for notebook in released
        for name, cell in cells.graded_cells(notebook).items()
    }
    marks = Marks(most, students)
    path = course.grading / "marks.csv"
    if not path.exists():
        return marks
    try:
        table = tables.read_table(path)
    except OSError as error:
        raise RuntimeError(str(error)) from None
    except ValueError as error:
        table = tables.Table([str(error)], [], [])
    columns = [_name_of(column) for column in table.columns]
    if not {"student", "exercise"} <= set(columns):
        if columns:
            marks.writable = False
            found = ", ".join(table.columns)[:200]
            marks.notes.append(
                f"marks.csv: expected the columns {', '.join(FIRST)}, got {found}. Nothing in the file was used, and "
                "it was left as it is. Correct it, or rename it to have a new one made."
            )
        return marks
    marks.delimiter = table.delimiter
    _take_columns(marks, columns)
    for number, line in zip(table.numbers, table.rows, strict=True):
        row = MarkRow(number, {})
        for name, cell in itertools.zip_longest(columns, line[: len(columns)], fillvalue=""):
            row.cells.setdefault(name, cell)
        unnamed = [cell for name, cell in zip(columns, line, strict=False) if not name]
        row.extra = [cell for cell in [*unnamed, *line[len(columns) :]] if cell.strip()]
        marks.rows.append(row)
    marks.interpret()
    return marks


def _take_columns(marks: Marks, columns: Sequence[str]) -> None:
    """Let the marks have these columns too, each grader's pair beside each other; note the ones that are not used."""
    named = dict.fromkeys(match[2] for name in columns if (match := _PAIR.fullmatch(name)))
    pairs = [column for grader in named for column in columns_of(grader)]
    known = [*FIRST, *pairs, NOTE]
    others = [name for name in dict.fromkeys(columns) if name and name not in known]
    marks.columns = [*FIRST, *pairs, *others, NOTE]
    for name in others:
        marks.notes.append(
            f"marks.csv: the column {name!r} is not used. Expected {', '.join(FIRST)}, or `points NAME` and "
            "`comment NAME` for a further grader."
        )
    for name in sorted({name for name in columns if name and columns.count(name) > 1}):
        marks.notes.append(f"marks.csv: there are two columns {name!r}. Only the first one is used.")


def columns_of(grader: str) -> tuple[str, str]:
    """The names of the columns with the points and the comments of a grader."""
    return ("points", "comment") if grader == UNNAMED else (f"points {grader}", f"comment {grader}")


def _name_of(column: str) -> str:
    """The name of a column: words in lower case, the name of a grader as it is."""
    words = column.split()
    if len(words) > 1 and words[0].lower() in ("points", "comment"):
        return " ".join([words[0].lower(), *words[1:]])
    return " ".join(words).lower()


def _plain(text: str) -> str:
    """A name in the form in which names are compared: macOS stores letters with accents in another one."""
    return unicodedata.normalize("NFC", text.strip())
