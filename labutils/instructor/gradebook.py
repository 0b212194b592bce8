"""nbgrader's gradebook, which formgrader shows: the points that were measured, and the marks of one grader.

Everything is read with a few queries and written in one transaction. Students' names are escaped here, because
formgrader puts them into its pages as they are.
"""

import contextlib
import re
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from labutils.instructor.course import ASSIGNMENT, Course
from labutils.instructor.marks import Given, Key
from labutils.instructor.submission import ExerciseScore

try:
    import fcntl
except ImportError:  # Windows, where the database alone keeps two graders apart
    fcntl = None  # type: ignore[assignment]

_PATIENCE = 60.0  # seconds for another `make grade` to be done with the gradebook


def escape_name(student: str) -> str:
    """The name of a student as the gradebook has it: what HTML or a path could misread is written as %3C."""
    return re.sub(r"[^\w .@,()+-]", lambda m: quote(m[0], safe="", errors="surrogatepass"), student)


def unescape_name(name: str) -> str:
    """The name that `escape_name` was given."""
    return unquote(name, errors="surrogatepass")


@contextlib.contextmanager
def open_gradebook(course: Course, patience: float = _PATIENCE) -> Iterator[Gradebook]:
    """The gradebook of the course, in which one process at a time works. Changes are kept if no error is raised.

    Raises `RuntimeError` that says what to do if another process has it for longer than `patience` seconds, or if
    it cannot be used.
    """
    with _alone(course, patience):
        try:
            with Gradebook(course.config().CourseDirectory.db_url) as book:
                yield book
                book.db.commit()
        except DBAPIError as error:
            raise RuntimeError(
                f"{course.folder}/gradebook.db cannot be used ({error.orig}). If another program has it open, close "
                "it there. If the file is damaged, move it away and run `make release` and then `make grade`."
            ) from None


@contextlib.contextmanager
def _alone(course: Course, patience: float) -> Iterator[None]:
    """Wait until no other process works in the gradebook, and keep others waiting meanwhile."""
    if fcntl is None:
        yield
        return
    with (course.grading / "gradebook.lock").open("w") as lock:
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > end:
                    raise RuntimeError(
                        f"another process has been working in {course.folder}/gradebook.db for {patience:g} s. Wait "
                        "until the other `make grade` or `make mark` has ended, and repeat the command."
                    ) from None
                time.sleep(0.1)
        yield


def identify(book: Gradebook) -> str:
    """A name of this gradebook that no other one has: a new release may begin a new gradebook."""
    return str(book.find_assignment(ASSIGNMENT).id)


def record(book: Gradebook, scores: Iterable[ExerciseScore]) -> None:
    """Enter the measured points of every student and exercise. Answers that wait have no points yet."""
    points = {(score.student, score.exercise): score for score in scores}
    _add_missing(book, list(dict.fromkeys(student for student, _ in points)))
    changes = []
    for grade in book.db.execute(_GRADES):
        score = points.get((unescape_name(grade.student), grade.exercise))
        if score is None:
            continue
        found = {
            "auto_score": None if score.waits else float(score.points),
            "needs_manual_grade": score.waits and grade.manual_score is None,
        }
        if any(getattr(grade, name) != value for name, value in found.items()):
            changes.append({"id": grade.id} | found)
    book.db.bulk_update_mappings(Grade, changes)


_GRADES = (
    select(
        *(Grade.id, Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade),
        *(SubmittedAssignment.student_id.label("student"), BaseCell.name.label("exercise")),
    )
    .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
    .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .join(BaseCell, Grade.cell_id == BaseCell.id)
)
_COMMENTS = (
    select(
        *(Comment.id, Comment.manual_comment),
        *(SubmittedAssignment.student_id.label("student"), BaseCell.name.label("cell")),
    )
    .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
    .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .join(BaseCell, Comment.cell_id == BaseCell.id)
)


def _add_missing(book: Gradebook, students: Sequence[str]) -> None:
    """Enter students, their notebooks, and a place for the points and the comment of each cell, if they are missing."""
    assignment = identify(book)
    names = [escape_name(student) for student in students]
    there = set(book.db.scalars(select(Student.id)))
    _insert(book, Student, [{"id": name} for name in names if name not in there])
    handed_in = _ids(book, SubmittedAssignment.student_id, SubmittedAssignment.id)
    new = {name: _new_id() for name in names if (name,) not in handed_in}
    _insert(
        book,
        SubmittedAssignment,
        [{"id": key, "assignment_id": assignment, "student_id": name} for name, key in new.items()],
    )
    kinds = book.db.execute(select(BaseCell.notebook_id, BaseCell.id, BaseCell.type)).all()
    notebooks = list(book.db.scalars(select(Notebook.id).where(Notebook.assignment_id == assignment)))
    handed_in |= {(name,): key for name, key in new.items()}
    mine = [handed_in[(name,)] for name in names]
    own = _ids(book, SubmittedNotebook.assignment_id, SubmittedNotebook.notebook_id, SubmittedNotebook.id)
    pages = {(key, notebook): own.get((key, notebook)) for key in mine for notebook in notebooks}
    rows = [
        {"id": _new_id(), "assignment_id": key, "notebook_id": notebook}
        for (key, notebook), page in pages.items()
        if page is None
    ]
    _insert(book, SubmittedNotebook, rows)
    pages |= {(row["assignment_id"], row["notebook_id"]): row["id"] for row in rows}
    for table, kind in ((Grade, "GradeCell"), (Comment, "SolutionCell")):
        known = _ids(book, table.notebook_id, table.cell_id, table.id)
        wanted = [
            (page, cell)
            for (_, notebook), page in pages.items()
            for n, cell, k in kinds
            if (n, k) == (notebook, kind)
        ]
        _insert(
            book,
            table,
            [{"id": _new_id(), "notebook_id": p, "cell_id": c} for p, c in wanted if (p, c) not in known],
        )


def _ids(book: Gradebook, *columns: Any) -> dict[tuple[str, ...], str]:
    """The last of the columns by the others."""
    return {tuple(row[:-1]): row[-1] for row in book.db.execute(select(*columns))}


def _insert(book: Gradebook, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows to a table."""
    book.db.bulk_insert_mappings(table, rows)
    book.db.flush()


def _new_id() -> str:
    """An id as nbgrader makes them; formgrader shows submissions in the order of their ids, which is by chance."""
    return uuid.uuid4().hex


def read_manual(book: Gradebook, answers: Mapping[str, str]) -> dict[Key, Given]:
    """The points and comments that were given in formgrader. answers: the exercise of each cell that has a comment."""
    points: dict[Key, float] = {}
    for grade in book.db.execute(_GRADES):
        if grade.manual_score is not None or grade.extra_credit:
            most = grade.manual_score if grade.manual_score is not None else grade.auto_score or 0.0
            points[unescape_name(grade.student), grade.exercise] = most + (grade.extra_credit or 0.0)
    comments = {
        (unescape_name(comment.student), answers[comment.cell]): comment.manual_comment.strip()
        for comment in book.db.execute(_COMMENTS)
        if comment.cell in answers and (comment.manual_comment or "").strip()
    }
    return {key: (points.get(key), comments.get(key, "")) for key in points | comments}


def write_manual(
    book: Gradebook, answers: Mapping[str, str], given: Mapping[Key, Given], there: Mapping[Key, Given]
) -> None:
    """Let the points and comments of formgrader be these. answers: as in `read_manual`.

    there: what `read_manual` returned. What somebody has entered in formgrader since then stays.
    """
    nothing: Given = (None, "")
    changes = {
        k: given.get(k, nothing) for k in {**given, **there} if given.get(k, nothing) != there.get(k, nothing)
    }
    grades, comments = [], []
    for grade in book.db.execute(_GRADES):
        key = unescape_name(grade.student), grade.exercise
        if key in changes:
            points = changes[key][0]
            waits = points is None and grade.auto_score is None
            change = {"manual_score": points, "extra_credit": None, "needs_manual_grade": waits}
            grades.append({"id": grade.id} | change)
    for comment in book.db.execute(_COMMENTS):
        key = unescape_name(comment.student), answers.get(comment.cell, "")
        if key in changes:
            comments.append({"id": comment.id, "manual_comment": changes[key][1] or None})
    book.db.bulk_update_mappings(Grade, grades)
    book.db.bulk_update_mappings(Comment, comments)
