"""From what was measured and what graders gave to the points that count.

`mark` is the step of `make grade`; `carry_marks` is what `make mark` does when it starts and ends.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook

from labutils.instructor import cells, gradebook, marks_log, tables
from labutils.instructor.course import Course
from labutils.instructor.marks import CHANGED, NOTE, UNNAMED, Given, Key, Marks, Replaced, read_marks
from labutils.instructor.submission import ExerciseScore, Submission

_Notebooks = Mapping[str, NotebookNode]  # the released ones, by part


@dataclass(frozen=True)
class Difference:
    """Graders gave different points for an answer. given, comments: by grader; agreed: None if it still waits."""

    student: str
    exercise: str
    of: float
    given: dict[str, float]
    comments: dict[str, str]
    agreed: float | None


@dataclass(frozen=True)
class Marking:
    """The points that count, and what the graders should know.

    differences: between graders; changed: answers that have changed since they were marked; problems: in words;
    replaced: points that a mark has replaced.
    """

    scores: list[ExerciseScore]
    differences: list[Difference]
    changed: set[Key]
    problems: list[str]
    replaced: list[Replaced]


def mark(course: Course, released: _Notebooks, submissions: Sequence[Submission]) -> Marking:
    """The points of every student and exercise. Writes the gradebook, marks.csv, the log and the differences.

    Raises `RuntimeError` that says what to do if marks.csv or the gradebook cannot be read.
    """
    measured = count_points(submissions, released)
    marks = read_marks(course, released.values(), list(dict.fromkeys(s.student for s in submissions)))
    now = digest_answers(submissions, released)
    with gradebook.open_gradebook(course) as book:
        gradebook.record(book, measured)
        changed, problems = _exchange(course, book, marks, released, measured, now)
    digests = [[*key, digest] for key, digest in now.items()]
    tables.replace_file(course.grading / "answers.json", json.dumps(digests))
    replaced = marks.find_replaced(measured)
    return Marking(settle(marks, measured), find_differences(marks), changed, problems, replaced)


def carry_marks(course: Course, released: _Notebooks, grader: str | None = None) -> list[str]:
    """Carry marks from formgrader to marks.csv. What is wrong, in words.

    grader: whose marks formgrader shows from now on. Raises `RuntimeError` that says what to do if nothing has been
    graded, if a file cannot be read, or if not all marks of the grader before this one could be carried.
    """
    shown = _read_shown(course)
    if not shown:
        raise RuntimeError("there is nothing to mark yet: run `make grade` first")
    marks = read_marks(course, released.values(), list(dict.fromkeys(student for student, _ in shown)))
    with gradebook.open_gradebook(course) as book:
        return _exchange(course, book, marks, released, [], shown, grader)[1]


def _exchange(
    course: Course,
    book: Gradebook,
    marks: Marks,
    released: _Notebooks,
    measured: Sequence[ExerciseScore],
    now: Mapping[Key, str],
    grader: str | None = None,
) -> tuple[set[Key], list[str]]:
    """Bring together marks.csv, its log and formgrader; the answers that have changed, and what is wrong.

    grader: whose marks formgrader shows from now on, if it is another one. Formgrader's marks are forgotten only
    after they were written into marks.csv.
    """
    state, answers = _read_state(course, book), answer_cells(released)
    there, before = gradebook.read_manual(book, answers), {(s, e): (p, c) for s, e, p, c in state["marks"]}
    problems, refused = _take_from_formgrader(marks, state["grader"], there, before)
    problems += marks.problems
    log = marks_log.read_log(course)
    changed = marks_log.compare_marks(log, marks, _read_shown(course), now)
    failed = write_marks(course, marks, measured, changed)
    if grader is not None and (refused or failed or not marks.writable):
        raise RuntimeError("\n".join([*problems, *failed, "Correct this first, then repeat the command."]))
    if failed or not marks.writable:
        return changed, problems + failed
    problems += marks_log.append(course, log)
    state["grader"] = state["grader"] if grader is None else grader
    given = {row.key: marks.given_by(state["grader"], row.key) for row in marks.rows if not row.problem}
    shown = {key: given.get(key, (None, "")) for key in given.keys() | there.keys()}
    gradebook.write_manual(book, answers, shown | {key: there[key] for key in refused & there.keys()}, there)
    book.db.commit()
    known = given | {key: before.get(key, (None, "")) for key in refused}
    state |= {
        "gradebook": gradebook.identify(book),
        "marks": [[*key, *mark] for key, mark in known.items() if mark != (None, "")],
    }
    tables.replace_file(course.grading / "formgrader.json", json.dumps(state))
    return changed, problems


def _read_state(course: Course, book: Gradebook) -> dict[str, Any]:
    """Whose marks formgrader shows, and which of them marks.csv had when they were last brought together."""
    state: dict[str, Any] = {"grader": UNNAMED, "marks": []}
    try:
        found = json.loads((course.grading / "formgrader.json").read_text(encoding="utf-8"))
        state["grader"] = str(found["grader"])
        if found["gradebook"] == gradebook.identify(book):
            state["marks"] = [[str(s), str(e), p, str(c)] for s, e, p, c in found["marks"]]
    except (OSError, ValueError, TypeError, KeyError):
        pass
    return state


def _take_from_formgrader(
    marks: Marks, grader: str, there: Mapping[Key, Given], before: Mapping[Key, Given]
) -> tuple[list[str], set[Key]]:
    """Enter what has been given in formgrader since `before`; what is wrong in words, and what was not taken.

    Where marks.csv was changed, too, it is kept and named.
    """
    nothing: Given = (None, "")
    problems, refused = [], set()
    for key in sorted({**there, **before}):
        given, table = there.get(key, nothing), marks.given_by(grader, key)
        if given in (before.get(key, nothing), table) or not marks.knows(key[0]) or key[1] not in marks.most:
            continue
        row, what = marks.row_of(key), f"{key[0]}, {key[1]}: {grader} gave {_describe(given)} in formgrader"
        if given[0] is not None and not 0 <= given[0] <= marks.most[key[1]]:
            problems.append(f"{what}, expected 0 to {marks.most[key[1]]:g}. It does not count.")
            refused.add(key)
        elif row and row.problem:
            problems.append(f"{what}, but row {row.number} of marks.csv cannot be used. Correct it first.")
            refused.add(key)
        elif table != before.get(key, nothing):
            problems.append(f"{what} and {_describe(table)} in marks.csv. The entry in marks.csv was kept.")
        else:
            marks.give(grader, key, given)
    marks.interpret()
    return problems, refused


def _describe(given: Given) -> str:
    """Points and comment in words."""
    points = "no points" if given[0] is None else f"{given[0]:g} points"
    return f"{points} ({given[1][:60]})" if given[1] else points


def _read_shown(course: Course) -> dict[Key, str]:
    """The digests of the answers that the last run has shown to the graders."""
    try:
        found = json.loads((course.grading / "answers.json").read_text(encoding="utf-8"))
        return {(str(student), str(exercise)): str(digest) for student, exercise, digest in found}
    except (OSError, ValueError, TypeError):
        return {}


def count_points(submissions: Iterable[Submission], released: _Notebooks) -> list[ExerciseScore]:
    """The points of every student and exercise before anybody has marked. A written answer waits unless it is empty."""
    scores = []
    for submission in submissions:
        for name, cell in cells.graded_cells(released[submission.part]).items():
            of = float(cells.nbgrader_of(cell)["points"])
            score = ExerciseScore(submission.student, name, 0.0, of, waits=False, comment="")
            if cells.is_written(cell):
                written = submission.written.get(name)
                text = written.text.strip() if written else ""
                waits = bool(written and written.attachments) or text not in ("", cell.source.strip())
                score = replace(score, waits=waits)
            elif measured := submission.measured.get(name):
                share = min(max(measured.share, 0.0), 1.0)
                points = math.floor(2 * share * of + 1e-9) / 2  # half points
                score = replace(score, points=points, message=measured.message)
            scores.append(score)
    return scores


def digest_answers(submissions: Iterable[Submission], released: _Notebooks) -> dict[Key, str]:
    """A digest of every student's answer to every exercise, "" where there is none."""
    digests = {}
    for submission in submissions:
        notebook = released[submission.part]
        sources = cells.answers_in(submission.submitted, notebook) if submission.submitted is not None else {}
        for cell, exercise in answer_cells({submission.part: notebook}).items():
            answer: list[Any] = [sources[cell].strip()] if sources.get(cell, "").strip() else []
            if written := submission.written.get(exercise):
                answer = [written.text.strip(), dict(written.attachments)]
            text = json.dumps(answer, sort_keys=True, default=str)
            key = submission.student, exercise
            digests[key] = hashlib.sha256(text.encode()).hexdigest()[:12] if answer else ""
    return digests


def answer_cells(released: _Notebooks) -> dict[str, str]:
    """The exercise of each cell that a student fills in, both by their grade ids."""
    found = {}
    for notebook in released.values():
        graded = {exercise: name for name, exercise in cells.exercise_names([notebook]).items()}
        for cell in notebook.cells:
            if cells.role_of(cell) in ("answer", "written") and cells.exercise_of(cell) in graded:
                found[str(cells.grade_id(cell))] = graded[cells.exercise_of(cell)]
    return found


def settle(marks: Marks, scores: Iterable[ExerciseScore]) -> list[ExerciseScore]:
    """The scores with the marks that count, and the graders' comments. Where graders differ, the answer waits."""
    settled = []
    for score in scores:
        row = marks.row_of((score.student, score.exercise))
        if row is None or row.problem:
            settled.append(score)
        elif row.agreed is None and row.differs:
            settled.append(replace(score, points=0.0, waits=True))
        else:
            points = row.agreed if row.agreed is not None else next(iter(row.points.values()), None)
            comment = "\n\n".join(dict.fromkeys(row.comments.values()))
            if points is None:
                settled.append(replace(score, comment=comment))
            else:
                settled.append(replace(score, points=points, waits=False, comment=comment))
    return settled


def find_differences(marks: Marks) -> list[Difference]:
    """The answers for which graders gave different points."""
    return [
        Difference(*row.key, marks.most[row.key[1]], dict(row.points), dict(row.comments), row.agreed)
        for row in marks.rows
        if row.differs and not row.problem and marks.knows(row.key[0])
    ]


def write_marks(
    course: Course, marks: Marks, scores: Iterable[ExerciseScore], changed: Iterable[Key] = ()
) -> list[str]:
    """Write marks.csv, with an empty row for each answer that waits and has none, and differences.csv.

    changed: answers that have changed since they were marked, which get a note. What could not be written, in words.
    """
    order = list(marks.most)
    for score in sorted(scores, key=lambda score: order.index(score.exercise)):
        if score.waits and marks.row_of((score.student, score.exercise)) is None:
            marks.add((score.student, score.exercise))
    for marked in marks.rows:
        if marked.cells.get(NOTE) == CHANGED:
            marked.cells[NOTE] = ""
    for key in changed:
        if row := marks.row_of(key):
            row.cells[NOTE] = CHANGED
    extra = max((len(row.extra) for row in marks.rows), default=0)
    lines = [[row.cells.get(name, "") for name in marks.columns] + row.extra for row in marks.rows]
    failed = []
    try:
        if marks.writable:
            head = marks.columns + [""] * extra
            tables.write_lines(course.grading / "marks.csv", [head, *lines], marks.delimiter)
        _write_differences(course, marks)
    except OSError as error:
        failed.append(str(error))
    return failed


def _write_differences(course: Course, marks: Marks) -> None:
    """Write differences.csv: who gave what, and on what they agreed."""
    rows = [
        {"student": found.student, "exercise": found.exercise, "of": f"{found.of:g}"}
        | {grader: f"{points:g}" for grader, points in found.given.items()}
        | {"agreed": "" if found.agreed is None else f"{found.agreed:g}"}
        for found in find_differences(marks)
    ]
    columns = ["student", "exercise", "of", *marks.graders, "agreed"]
    tables.write_table(course.grading / "differences.csv", columns, rows, marks.delimiter)
