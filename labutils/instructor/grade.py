"""Grade what lies in grading/submitted/<student>/notebooks/: run it, give points, raise flags, and write the results.

`grade` calls the steps in their order; each step is a module of its own. A submission that is broken gets a row that
says so.
"""

import argparse
import json
import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.warnings import DuplicateCellId
from sqlalchemy.exc import SAWarning

from labutils.instructor import cells, flags, gradebook, marks, originality, sandbox, sheet
from labutils.instructor.collecting import read_submission
from labutils.instructor.course import ASSIGNMENT, PARTS, Course
from labutils.instructor.execute import Limits
from labutils.instructor.preparing import confirm_checks, prepare_notebook
from labutils.instructor.running import run_all
from labutils.instructor.submission import ExerciseScore, Submission

_Notebooks = Mapping[str, NotebookNode]  # by part


def grade(course: Course, limits: Limits | None = None, workers: int | None = None) -> list[Submission]:
    """Grade every submission, write points.csv, marks.csv, feedback and the grader's sheet; the submissions.

    Raises `RuntimeError` that says what to do if there is no release, no submission, or a mark that cannot be read.
    """
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's use of its database causes them
    warnings.filterwarnings("ignore", category=DuplicateCellId)  # in a student's file
    limits, workers = limits or Limits(), workers or min(os.cpu_count() or 1, 8)
    if not (course.grading / "release.json").exists() or not (course.grading / "gradebook.db").exists():
        raise RuntimeError(f"{course.folder}/release.json is missing: run `make release` first")
    release = json.loads((course.grading / "release.json").read_text(encoding="utf-8"))["release"]
    students = _find_students(course)
    released = _read_release(course)
    given_marks = marks.read_marks(course, released.values(), students)
    submissions = [read_submission(course, student, part) for student in students for part in PARTS]
    sources = gradebook.read_sources(course)
    for submission in submissions:
        if submission.submitted is not None:
            _examine(submission, course, released[submission.part], release)
            with submission.fail_alone():
                submission.prepared = prepare_notebook(
                    submission.submitted, released[submission.part], sources
                )
    run_all(submissions, course, limits, workers)
    gradebook.register_students(course, students)
    for submission in submissions:
        if submission.executed is not None and submission.submitted is not None:
            with submission.fail_alone():
                unconfirmed = confirm_checks(submission.executed)
                submission.flags += flags.flag_run(
                    submission.submitted, submission.executed, released[submission.part]
                )
                submission.flags += unconfirmed
        gradebook.record_points(submission, course)
    for part in PARTS:
        _flag_shared_answers(part, submissions, course, released[part])
    with gradebook.open_gradebook(course) as book:
        gradebook.apply_marks(given_marks, book)
        scores = gradebook.read_scores(book, submissions, given_marks)
    summary = _summarise(submissions, released, scores)
    marks.write_table(course.grading / "points.csv", list(summary[0]), summary)
    marks.write_marks(course, given_marks, scores)
    _write_feedback(course, submissions, released, scores)
    page = sheet.render_sheet(
        summary, _group_by_student(submissions), released, course, release, isolated=sandbox.isolates()
    )
    marks.replace_file(course.grading / "sheet.html", page)
    return submissions


def _find_students(course: Course) -> list[str]:
    """The names of the folders in grading/submitted. Raises `RuntimeError` if there is none."""
    students = []
    if course.submitted.exists():
        students = sorted(path.name for path in course.submitted.glob("*") if path.is_dir())
    if not students:
        raise RuntimeError(
            f"nothing to grade: expected {course.folder}/submitted/<student>/{ASSIGNMENT}/*.ipynb"
        )
    return students


def _read_release(course: Course) -> dict[str, NotebookNode]:
    """The released notebooks by part. Raises `RuntimeError` if they do not say which cells belong to an exercise."""
    released = {part: nbformat.read(course.release / f"{stem}.ipynb", 4) for part, stem in PARTS.items()}
    try:
        for notebook in released.values():
            cells.check_metadata(notebook)
    except RuntimeError as error:
        raise RuntimeError(
            f"the release was made by another version of labutils ({error}): run `make release` again"
        ) from None
    return released


def _examine(submission: Submission, course: Course, released: NotebookNode, release: str) -> None:
    """Raise the flags that need no run."""
    assert submission.submitted is not None
    try:
        submission.flags += flags.flag_notebook(submission.submitted, released, release)
        submission.flags += flags.flag_data(submission.submitted)
        if submission.part == min(PARTS):
            submission.flags += flags.flag_files(course.submitted / submission.student, course.root)
    except Exception as error:  # metadata can have any shape
        submission.flags.append(f"could not be examined: {type(error).__name__}")


def _flag_shared_answers(
    part: str, submissions: Sequence[Submission], course: Course, released: NotebookNode
) -> None:
    """Raise flags for the same unusual answer in a few submissions."""
    these = {s.student: s for s in submissions if s.part == part}
    notebooks = {student: s.submitted for student, s in these.items() if s.submitted is not None}
    solved = nbformat.read(course.source / f"{PARTS[part]}.ipynb", 4)
    for student, found in originality.find_shared_answers(notebooks, released, solved).items():
        these[student].flags += found


def _group_by_student(submissions: Sequence[Submission]) -> dict[str, list[Submission]]:
    """The submissions of each student, in their order."""
    by_student: dict[str, list[Submission]] = defaultdict(list)
    for submission in submissions:
        by_student[submission.student].append(submission)
    return by_student


def _summarise(
    submissions: Sequence[Submission], released: _Notebooks, scores: Sequence[ExerciseScore]
) -> list[dict[str, Any]]:
    """A row for each student: names, points by exercise and in total, what waits for a grader, and flags."""
    order = cells.exercise_names(released.values())
    summary = []
    for student, own in _group_by_student(submissions).items():
        given = {score.exercise: score for score in scores if score.student == student}
        notes = [f"{s.part}: {note}" for s in own for note in ([s.broken] if s.broken else []) + s.flags]
        row: dict[str, Any] = {"student": student, "names": sheet.find_names(own)}
        row |= {name: given[name].points for name in order}
        row["total"] = sum(score.points for score in given.values())
        row["of"] = sum(score.of for score in given.values())
        row["to_mark"] = sum(score.of for score in given.values() if score.waits)
        summary.append(row | {"flags": "; ".join(notes)})
    return summary


def _write_feedback(
    course: Course,
    submissions: Sequence[Submission],
    released: _Notebooks,
    scores: Sequence[ExerciseScore],
) -> None:
    """Write the page of feedback for each notebook."""
    for submission in submissions:
        page = course.grading / "feedback" / submission.student / f"{submission.stem}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        own = [score for score in scores if score.student == submission.student]
        marks.replace_file(page, sheet.render_feedback(submission, released[submission.part], own))


def _main() -> None:
    """Grade as the command line says."""
    parser = argparse.ArgumentParser(description="Grade grading/submitted/<student>/notebooks/*.ipynb.")
    parser.add_argument("--workers", type=int, help="notebooks that run at a time (default: one a core)")
    for name, value in asdict(Limits()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"limit (default {value})")
    given = vars(parser.parse_args())
    workers = given.pop("workers")
    course = Course(Path(__file__).resolve().parents[2])
    try:
        submissions = grade(course, Limits(**given), workers)
    except RuntimeError as error:
        sys.exit(str(error))
    for path in sorted(course.submitted.iterdir()):
        if not path.is_dir():
            print(
                f"not graded: {path.name} is no folder; unpack it into {course.folder}/submitted/<student>/"
            )
    print(
        f"{len(_group_by_student(submissions))} submissions: open {course.folder}/sheet.html; "
        f"points in {course.folder}/points.csv"
    )


if __name__ == "__main__":
    _main()
