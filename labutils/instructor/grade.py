"""Grade what lies in grading/submitted: run it, measure the answers, raise flags, and write the results.

`grade` calls the steps in their order; each step is a module of its own. A submission that is broken gets a row that
says so.
"""

import argparse
import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import nbformat
from nbformat import NotebookNode
from nbformat.warnings import DuplicateCellId
from sqlalchemy.exc import SAWarning

from labutils.instructor import cells, exports, flags, history, originality, sandbox, sheet
from labutils.instructor.collecting import Collection, collect
from labutils.instructor.copies import write_copies
from labutils.instructor.course import ASSIGNMENT, PARTS, Course
from labutils.instructor.execute import Limits
from labutils.instructor.feedback import render_feedback
from labutils.instructor.kept import Kept, digest
from labutils.instructor.marking import mark
from labutils.instructor.measuring import measure
from labutils.instructor.names import describe_people, find_people
from labutils.instructor.preparing import prepare_notebook
from labutils.instructor.rendering import write_page
from labutils.instructor.roster import Roster, read_roster
from labutils.instructor.running import key_of, loader, package_digest, run_all
from labutils.instructor.submission import ExerciseScore, Measured, Submission, Written
from labutils.instructor.written import find_written

_OfStudent = TypeVar("_OfStudent", Submission, ExerciseScore)
_PLAIN = ("flags", "broken", "seconds")
_Notebooks = Mapping[str, NotebookNode]  # by part


def grade(course: Course, limits: Limits | None = None, workers: int | None = None) -> sheet.Report:
    """Grade every submission, and write points, marks, exports, feedback and the grader's sheet; what the sheet shows.

    Raises `RuntimeError` that says what to do if there is no release, no submission, or a mark that cannot be read.
    """
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's use of its database causes them
    warnings.filterwarnings("ignore", category=DuplicateCellId)  # in a student's file
    limits, workers = limits or Limits(), workers or min(os.cpu_count() or 1, 8)
    if not (course.grading / "release.json").exists() or not (course.grading / "gradebook.db").exists():
        raise RuntimeError(f"{course.folder}/release.json is missing: run `make release` first")
    if not any(course.submitted.glob("*")):
        raise RuntimeError(
            f"nothing to grade: expected {course.folder}/submitted/<student>/{ASSIGNMENT}/*.ipynb, or zips"
        )
    release = history.present(course)
    released = _read_release(course)
    roster = read_roster(course)
    collection = collect(course, released, roster)
    submissions = collection.submissions
    _find_out(submissions, course, released, release, limits, workers)
    for part in PARTS:
        _flag_shared_answers(part, submissions, course, released[part])
    _flag_numbers(submissions)
    marking = mark(course, released, submissions)
    write_copies(course, submissions, released)
    summary = _summarise(submissions, released, marking.scores)
    left_out = _write_tables(course, summary, collection, roster)
    _write_feedback(course, submissions, released, marking.scores)
    report = sheet.Report(
        release,
        released,
        summary,
        submissions,
        marking.scores,
        collection.notes,
        [*(roster.problems if roster else []), *collection.matching.problems, *left_out, *marking.problems],
        marking.differences,
        marking.changed,
        sandbox.protections(),
        collection.matching.absent,
        marking.replaced,
        len(roster.people) if roster else None,
    )
    sheet.write_sheet(course, report)
    return report


def _find_out(
    submissions: Sequence[Submission],
    course: Course,
    released: _Notebooks,
    release: str,
    limits: Limits,
    workers: int,
) -> None:
    """Fill in what each submission gives by itself. What was found out earlier is taken from grading/executed."""
    kept, fresh = Kept(course.grading / "executed"), []
    made_from = [{part: digest(notebook) for part, notebook in released.items()}, release, asdict(limits)]
    for submission in submissions:
        if (notebook := submission.submitted) is None:
            continue
        submission.made_from = digest(made_from, package_digest(), notebook, submission.flags)
        if (found := kept.read(submission.made_from)) is None:
            fresh.append(submission)
            continue
        submission.flags, submission.broken, submission.seconds = (found[name] for name in _PLAIN)
        submission.measured = {name: Measured(**fields) for name, fields in found["measured"].items()}
        submission.written = {name: Written(**fields) for name, fields in found["written"].items()}
        if submission.seconds:
            prepare = partial(prepare_notebook, notebook, released[submission.part])
            submission.load = loader(prepare, limits, kept)
            kept.path(found["run"])
    for submission in fresh:
        _examine(submission, released[submission.part], release, course)
    run_all(fresh, course, limits, workers, kept)
    for submission in fresh:
        if submission.executed is not None:
            _measure(submission, released[submission.part])
        found = {name: getattr(submission, name) for name in _PLAIN}
        found["measured"] = {name: asdict(measured) for name, measured in submission.measured.items()}
        found["written"] = {name: asdict(written) for name, written in submission.written.items()}
        found["run"] = key_of(submission.prepared, limits) if submission.prepared is not None else ""
        kept.write(submission.made_from, found)
    kept.forget_others()


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


def _examine(submission: Submission, released: NotebookNode, release: str, course: Course) -> None:
    """Find the written answers, raise the flags that need no run, and prepare the run."""
    assert submission.submitted is not None
    with submission.fail_alone():
        theirs, named = released, flags.release_of(submission.submitted)
        if named != release and named in history.read_history(course):
            theirs = history.read_released(course, named).get(submission.part, released)
        submission.written = find_written(submission.submitted, theirs)
        submission.flags += flags.flag_notebook(submission.submitted, theirs, release)
        submission.flags += flags.flag_data(submission.submitted)
        submission.prepared = prepare_notebook(submission.submitted, released)


def _measure(submission: Submission, released: NotebookNode) -> None:
    """Measure what the answers are worth, and raise the flags that need the run."""
    assert submission.submitted is not None
    assert submission.executed is not None
    with submission.fail_alone():
        submission.measured = measure(submission.executed, released)
        submission.flags += flags.flag_run(submission.submitted, submission.executed, released)
        submission.flags += flags.flag_measured(submission.measured)


def _flag_shared_answers(
    part: str, submissions: Sequence[Submission], course: Course, released: NotebookNode
) -> None:
    """Raise flags for the same unusual answer in a few submissions."""
    these = {s.student: s for s in submissions if s.part == part}
    notebooks = {student: s.submitted for student, s in these.items() if s.submitted is not None}
    solved = nbformat.read(course.source / f"{PARTS[part]}.ipynb", 4)
    for student, found in originality.find_shared_answers(notebooks, released, solved).items():
        these[student].flags += found


def _flag_numbers(submissions: Sequence[Submission]) -> None:
    """Raise flags for student numbers that stand in several submissions."""
    by_student = _group_by_student(submissions)
    numbers = {student: [number for _, number in find_people(own)] for student, own in by_student.items()}
    for student, found in flags.flag_numbers(numbers).items():
        by_student[student][0].flags += found


def _group_by_student(these: Iterable[_OfStudent]) -> dict[str, list[_OfStudent]]:
    """Submissions or scores by student, in their order."""
    by_student: dict[str, list[_OfStudent]] = defaultdict(list)
    for one in these:
        by_student[one.student].append(one)
    return by_student


def _summarise(
    submissions: Sequence[Submission], released: _Notebooks, scores: Sequence[ExerciseScore]
) -> list[dict[str, Any]]:
    """A row for each student: names, points by exercise and in total, what waits for a grader, and flags."""
    order = cells.exercise_names(released.values())
    of_student = _group_by_student(scores)
    summary = []
    for student, own in _group_by_student(submissions).items():
        given = {score.exercise: score for score in of_student[student]}
        notes = [f"{s.part}: {note}" for s in own for note in ([s.broken] if s.broken else []) + s.flags]
        row: dict[str, Any] = {"student": student, "names": describe_people(find_people(own))}
        row |= {name: given[name].points for name in order}
        row["total"] = sum(score.points for score in given.values())
        row["of"] = sum(score.of for score in given.values())
        row["to_mark"] = sum(score.of for score in given.values() if score.waits)
        summary.append(row | {"flags": "; ".join(notes)})
    return summary


def _write_tables(
    course: Course, summary: Sequence[Mapping[str, Any]], collection: Collection, roster: Roster | None
) -> list[str]:
    """Write points.csv and the tables for Moodle and Canvas; who could not be written into them, in sentences."""
    rows = exports.points_rows(summary, collection, roster)
    exports.write_points(course.grading / "points.csv", rows)
    exports.write_canvas(course.grading / "canvas.csv", rows, collection)
    left_out = exports.write_moodle(course.grading / "moodle.csv", rows, collection)
    if not left_out:
        return []
    who = originality.shorten_list(left_out)
    return [f"not in moodle.csv, because there is neither a number nor an address: {who}"]


def _write_feedback(
    course: Course, submissions: Sequence[Submission], released: _Notebooks, scores: Sequence[ExerciseScore]
) -> None:
    """Write the page of feedback for each notebook, unless it is there as it would be written."""
    by_student, ours = _group_by_student(scores), digest(package_digest(), released)
    for submission in submissions:
        page = course.grading / "feedback" / submission.student / f"{submission.stem}.html"
        own = by_student[submission.student]
        made_from = digest(ours, submission.made_from, submission.broken, [asdict(score) for score in own])
        stamp = f"<!-- made from {made_from} -->\n"
        if not (page.is_file() and page.read_bytes().endswith(stamp.encode())):
            write_page(page, render_feedback(submission, released[submission.part], own) + stamp)


def _describe_outcome(report: sheet.Report) -> list[str]:
    """What a grader should know at the end, a line each, where it applies."""
    waiting = sum(one.agreed is None for one in report.differences)
    broken = sum(bool(submission.broken) for submission in report.submissions)
    lines = {
        f"graders differ, answers: {waiting} (enter their points in `agreed`)": waiting,
        f"points of a test or of an empty answer that a mark replaces: {len(report.replaced)}": report.replaced,
        f"parts that were not graded: {broken}": broken,
        f"people on the roster: {report.people}; handed in nothing: {len(report.absent)}": report.people
        is not None,
    }
    return [line for line, applies in lines.items() if applies]


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
        report = grade(course, Limits(**given), workers)
    except RuntimeError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("stopped. What was run is kept: run `make grade` again to go on")
    for line in [*report.problems, *_describe_outcome(report)]:
        print(line)
    print(
        f"{len(report.summary)} submissions: open {course.folder}/sheet.html; "
        f"points in {course.folder}/points.csv"
    )


if __name__ == "__main__":
    _main()
