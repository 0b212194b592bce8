"""The grader's sheet: a page with points, flags and files, and a page for each written exercise with all answers."""

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat import NotebookNode

from labutils.instructor import answers_page, cells
from labutils.instructor.answers_page import Answers
from labutils.instructor.course import PARTS, Course
from labutils.instructor.feedback import feedback_address
from labutils.instructor.rendering import Markup, build_link, build_page, build_table, write_page
from labutils.instructor.safe_html import OUR_ANCHOR
from labutils.instructor.statistics import render_statistics
from labutils.instructor.submission import ExerciseScore, Person, Submission

if TYPE_CHECKING:  # they need nbgrader
    from labutils.instructor.collecting import FileNote
    from labutils.instructor.marking import Difference
    from labutils.instructor.marks import Replaced


@dataclass(frozen=True)
class Report:
    """What the sheet shows.

    summary: a row for each student, with the keys student, names, total, of, to_mark and the grade ids; released: by
    part; notes: on every file; problems: of the roster and of the marks, in sentences; changed: answers (student,
    grade id) that have changed since they were marked; protections: what holds while students' code runs;
    absent: people on the roster who handed in nothing; replaced: points that a mark has replaced; people: how many are
    on the roster, None if there is none.
    """

    release: str
    released: Mapping[str, NotebookNode]
    summary: Sequence[Mapping[str, Any]]
    submissions: Sequence[Submission]
    scores: Sequence[ExerciseScore]
    notes: Sequence["FileNote"] = ()
    problems: Sequence[str] = ()
    differences: Sequence["Difference"] = ()
    changed: Collection[tuple[str, str]] = ()
    protections: Sequence[str] = ()
    absent: Sequence[Person] = ()
    replaced: Sequence["Replaced"] = ()
    people: int | None = None


def write_sheet(course: Course, report: Report) -> list[Path]:
    """Write grading/sheet.html, a page in grading/sheet for each written exercise, and statistics.html; their paths."""
    solved = {part: nbformat.read(course.source / f"{PARTS[part]}.ipynb", 4) for part in report.released}
    answers = Answers(
        report.released, solved, report.submissions, report.scores, report.differences, set(report.changed)
    )
    pages = {
        course.grading / "sheet" / f"{name}.html": page for name, page in answers_page.render_all(answers)
    }
    for path in (course.grading / "sheet").glob("*.html"):
        if path not in pages:  # of an exercise that is gone
            path.unlink()
    pages[course.grading / "statistics.html"] = render_statistics(
        report.submissions, report.scores, report.released
    )
    pages[course.grading / "sheet.html"] = _render_sheet(report, answers)
    for path, page in pages.items():
        write_page(path, page)
    return list(pages)


def _render_sheet(report: Report, answers: Answers) -> str:
    """The first page."""
    sections = {
        "Written answers": _list_written(answers),
        "Points": _tabulate_points(report, answers),
        "Flags": _list_flags(report),
        "Marks and problems": _list_marks(report, answers),
        "People who handed in nothing": _list_sentences([_describe(one) for one in report.absent]),
        "Files": _list_files(report),
        "How the notebooks were run": _list_sentences(report.protections),
    }
    contents = "".join(f'<li><a href="#{_anchor(title)}">{title}</a></li>' for title in sections)
    students = " · ".join(build_link(f"#{answers.anchor(student)}", student) for student in answers.students)
    parts = [
        "<main class='sheet'><h1>The grader's sheet</h1>",
        f"<p>{len(answers.students)} submissions, release {html.escape(report.release)}. Points for written answers go "
        "into <code>marks.csv</code>; then run <code>make grade</code> again. Flags say what can be seen, not why: "
        "look before you conclude. <a href='statistics.html'>Statistics of the class</a></p>",
        f'<nav aria-label="contents"><h2>Contents</h2><ol>{contents}</ol><p>{students}</p></nav>',
    ]
    for title, content in sections.items():
        parts.append(f'<h2 id="{_anchor(title)}">{title}</h2>{content}')
    return build_page("The grader's sheet", "".join(parts) + "</main>")


def _anchor(title: str) -> str:
    return OUR_ANCHOR + title.lower().replace(" ", "-")


def _list_written(answers: Answers) -> str:
    """Links to the pages of the written exercises."""
    rows = []
    for name, exercise in answers.exercises.items():
        scores = [score for score in answers.scores.values() if score.exercise == name]
        given, waiting = len(answers.given(name)), sum(score.waits for score in scores)
        rows.append(
            [build_link(f"sheet/{answers.page(name)}", exercise), f"{answers.of(name):g}", given, waiting]
        )
    return (
        "<p>Each page shows all answers to one exercise. The table of points leads to the answers of one student.</p>"
        + build_table(["exercise", "points", "answers", "to mark"], rows)
    )


def _tabulate_points(report: Report, answers: Answers) -> str:
    """The points of all students. Each leads to the answer on the sheet or in the feedback."""
    exercises = cells.exercise_names(report.released.values())
    rows = []
    for row in report.summary:
        student = str(row["student"])
        points = []
        for name in exercises:
            score = answers.scores.get((student, name))
            text = "mark" if score and score.waits else f"{row[name]:g}"
            points.append(_link_answer(answers, student, name, text))
        place = Markup(f'<span id="{answers.anchor(student)}">{html.escape(student)}</span>')
        feedback = Markup(
            " ".join(
                build_link(feedback_address(s), s.part) for s in report.submissions if s.student == student
            )
        )
        counts = [f"{row[name]:g}" for name in ("total", "of", "to_mark")]
        rows.append([place, row["names"], feedback, *counts, *points])
    heads = ["student", "names", "feedback", "total", "of", "points to mark", *exercises.values()]
    return build_table(heads, rows, "points")


def _link_answer(answers: Answers, student: str, name: str, words: str) -> Markup:
    """A link to an answer on the sheet or in the feedback; the words alone if it is on neither."""
    if name in answers.exercises and student in answers.given(name):
        return build_link(f"sheet/{answers.page(name)}#{answers.anchor(student)}", words)
    if submission := answers.submission_of.get((student, name)):
        return build_link(feedback_address(submission, name), words)
    return Markup(html.escape(words))


def _list_flags(report: Report) -> str:
    """What graders should look at, by student and part."""
    rows = []
    for submission in report.submissions:
        broken = [f"not graded: {submission.broken}"] if submission.broken else []
        link = build_link(feedback_address(submission), f"Part {submission.part}")
        rows += [[submission.student, link, note] for note in broken + list(dict.fromkeys(submission.flags))]
    return build_table(["student", "part", "what was seen"], rows) if rows else "<p>None.</p>"


def _list_marks(report: Report, answers: Answers) -> str:
    """Marks that differ, that replace a result, that are older than their answer, or that cannot be read."""
    names = cells.exercise_names(report.released.values())
    parts = []
    if report.differences:
        rows = [
            [
                *(one.student, _link_answer(answers, one.student, one.exercise, names[one.exercise])),
                Markup("<br>".join(map(html.escape, answers_page.describe_difference(one)))),
                "still empty" if one.agreed is None else f"{one.agreed:g}",
            ]
            for one in report.differences
        ]
        parts.append(
            "<h3>Graders differ</h3><p>An answer counts 0 until <code>agreed</code> in <code>marks.csv</code> has its "
            "points.</p>" + build_table(["student", "exercise", "points and comments", "agreed"], rows)
        )
    if report.replaced:
        rows = [
            [
                *(one.student, _link_answer(answers, one.student, one.exercise, names[one.exercise])),
                *(f"{one.measured:g}", f"{one.mark:g}", one.graders),
            ]
            for one in report.replaced
        ]
        parts.append(
            "<h3>Results that a mark replaces</h3><p>Of the tests of code, and of answers that were left empty.</p>"
            + build_table(["student", "exercise", "points without the mark", "mark", "given by"], rows)
        )
    if report.changed:
        rows = [[student, names.get(name, name)] for student, name in sorted(report.changed)]
        parts.append(
            "<h3>Answers that have changed since they were marked</h3>"
            + build_table(["student", "exercise"], rows)
        )
    if report.problems:
        parts.append("<h3>What cannot be used as it is</h3>" + _list_sentences(report.problems))
    return "".join(parts) or "<p>Nothing to report.</p>"


def _list_files(report: Report) -> str:
    """The files that are not used, and why; and which file each part was read from."""
    rows = [
        [note.student or "(nobody)", note.path, note.use]
        for note in report.notes
        if not note.use.startswith("used as")
    ]
    table = (
        build_table(["student", "file", "why it is not used"], rows) if rows else "<p>All files are used.</p>"
    )
    used = [[s.student, f"Part {s.part}", s.path] for s in report.submissions if s.submitted is not None]
    files = len({path for *_, path in used})
    return (
        f"<h3>Files that are not used: {len(rows)}</h3>{table}<h3>Files that are used: {files}</h3>"
        f"{build_table(['student', 'part', 'file'], used)}"
    )


def _describe(person: Person) -> str:
    """A person in a line."""
    return ", ".join(filter(None, (person.name, person.number, person.email, person.group)))


def _list_sentences(sentences: Sequence[str]) -> str:
    """A list of sentences."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else "<p>Nothing to report.</p>"
