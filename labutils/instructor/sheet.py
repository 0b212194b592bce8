"""The pages of grading: feedback for a student, and the grader's sheet. Everything that a student wrote is cleaned."""

import ast
import copy
import html
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from labutils.instructor import cells, rendering
from labutils.instructor.course import PARTS, Course
from labutils.instructor.safe_html import render_markdown, shorten_text
from labutils.instructor.submission import ExerciseScore, Submission

_MOST = 6_000  # characters of a written answer that are shown


def find_names(submissions: Sequence[Submission]) -> str:
    """The names and numbers in the names cells of a student's notebooks, as they are written there."""
    found: dict[str, None] = {}
    for submission in submissions:
        for cell in submission.submitted.cells if submission.submitted is not None else []:
            if cell.cell_type == "code" and "students" in (cell.metadata.get("tags") or []):
                values = _assigned_lists(cell.source)
                names, numbers = values.get("students", []), values.get("student_numbers", [])
                for i, name in enumerate(names):
                    number = numbers[i] if i < len(numbers) else ""
                    words = f"{name} ({number})" if number else name
                    if words.strip():
                        found[words[:80]] = None
    return ", ".join(list(found)[:6])


def _assigned_lists(source: str) -> dict[str, list[str]]:
    """The lists that a cell assigns to names, with their items as text. Everything else is left out."""
    found = {}
    try:
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = ast.literal_eval(node.value)
                if isinstance(value, list | tuple):
                    found[node.targets[0].id] = [str(item) for item in value]
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        pass
    return found


def render_feedback(submission: Submission, released: NotebookNode, scores: Sequence[ExerciseScore]) -> str:
    """The page with a notebook as it was graded, and its points. scores: those of this student, of any part."""
    graded, names = cells.graded_cells(released), cells.exercise_names([released])
    given = {score.exercise: score for score in scores if score.exercise in graded}
    title = f"Part {submission.part}: {submission.student}"
    parts = [f"<h1>{html.escape(title)}</h1>"]
    if submission.broken:
        parts.append(
            f"<p><strong>This notebook could not be graded: {html.escape(submission.broken)}.</strong></p>"
        )
    waiting = sum(score.waits for score in given.values())
    total, of = sum(score.points for score in given.values()), sum(score.of for score in given.values())
    wait = f" so far; answers that wait for a grader: {waiting}" if waiting else ""
    parts.append(f"<p>{total:g} of {of:g} points{wait}.</p>")
    lines = [[names[name], _describe_points(score), score.comment] for name, score in given.items()]
    parts.append(_build_table(["exercise", "points", "comment"], lines))
    notebook = submission.executed or nbformat.v4.new_notebook()
    return rendering.render_notebook(
        _insert_points(notebook, released, given), title, f"<header>{''.join(parts)}</header>"
    )


def _describe_points(score: ExerciseScore) -> str:
    """The points for an exercise, in words."""
    return "to be marked" if score.waits else f"{score.points:g} of {score.of:g}"


def _insert_points(
    notebook: NotebookNode, released: NotebookNode, given: Mapping[str, ExerciseScore]
) -> NotebookNode:
    """A copy of a notebook with the points after each exercise, and without the hidden tests and their code."""
    notebook = copy.deepcopy(notebook)
    ours, names = cells.graded_cells(released), cells.exercise_names([released])
    shown = []
    for cell in notebook.cells:
        name = cells.grade_id(cell)
        if cells.is_check(cell) and name in ours:
            cell.source = ours[name].source
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [f"Not passed at grading. {output.evalue}"]
        shown.append(cell)
        if name and name in given and cells.nbgrader_of(cell).get("grade"):
            score = given[name]
            points = f"{_describe_points(score)}{'' if score.waits else ' points'}"
            text = f"**{names[name]}: {points}**\n\n{score.comment}"
            shown.append(nbformat.v4.new_markdown_cell(text))
    notebook.cells = shown
    return notebook


def render_sheet(
    summary: Sequence[Mapping[str, Any]],
    by_student: Mapping[str, Sequence[Submission]],
    released: Mapping[str, NotebookNode],
    course: Course,
    release: str,
    isolated: bool,
) -> str:
    """The grader's sheet: points, flags, and the written answers of all students beside each other.

    summary: a row for each student; released: by part; isolated: whether the notebooks ran without a network.
    """
    where = (
        "without a network" if isolated else "<strong>with a network: it could not be cut off here</strong>"
    )
    exercises = cells.exercise_names(released.values())
    parts = [
        "<main class='sheet'><h1>The grader's sheet</h1>",
        f"<p>{len(summary)} submissions, release {html.escape(release)}, run {where}. Points for written answers go "
        "into <code>marks.csv</code>; then run <code>make grade</code> again. Flags say what can be seen, not why: "
        "look before you conclude.</p><h2>Points</h2>",
    ]
    columns = ["total", "of", "to_mark", *exercises]
    lines = [[row["student"], row["names"], *(f"{row[name]:g}" for name in columns)] for row in summary]
    heads = ["student", "names", "total", "of", "points to mark", *exercises.values()]
    parts.append(_build_table(heads, lines))
    parts.append("<h2>Flags</h2>")
    flagged = []
    for student, submissions in by_student.items():
        for submission in submissions:
            broken = [f"not graded: {submission.broken}"] if submission.broken else []
            flagged += [[student, submission.part, note] for note in broken + submission.flags]
    parts.append(_build_table(["student", "part", "what was seen"], flagged) if flagged else "<p>None.</p>")
    parts.append("<h2>Feedback</h2><ul>")
    for student, submissions in by_student.items():
        links = (f'<a href="{_address_of(s)}">Part {s.part}</a>' for s in submissions)
        parts.append(f"<li>{html.escape(student)}: {' · '.join(links)}</li>")
    parts.append("</ul><h2>Written answers</h2>")
    for part in PARTS:
        parts.append(_render_written(part, by_student, released[part], course))
    return rendering.build_page("The grader's sheet", "".join(parts) + "</main>")


def _render_written(
    part: str, by_student: Mapping[str, Sequence[Submission]], released: NotebookNode, course: Course
) -> str:
    """The written answers of one part: the question, a model answer, and what each student wrote."""
    solved = cells.answers_in(nbformat.read(course.source / f"{PARTS[part]}.ipynb", 4), released)
    these = {student: s for student, own in by_student.items() for s in own if s.part == part}
    shown = []
    for name, cell in cells.graded_cells(released).items():
        if not cells.is_written(cell):
            continue
        exercise, points = cells.exercise_of(cell), cells.nbgrader_of(cell)["points"]
        question = render_markdown(cells.question_of(exercise, released), deeper=2)[0]
        cards = [f"<div class='card model'><h4>model answer</h4>{render_markdown(solved[name])[0]}</div>"]
        for student, submission in these.items():
            if submission.submitted is None:
                continue
            answer = cells.answers_in(submission.submitted, released).get(name)
            if answer is None or answer.strip() == cell.source.strip():
                continue
            text = render_markdown(shorten_text(answer, _MOST))[0]
            cards.append(f"<div class='card'><h4>{html.escape(student)}</h4>{text}</div>")
        shown.append(
            f"<h3>{exercise} ({points:g} points)</h3>{question}<div class='cards'>{''.join(cards)}</div>"
        )
    return "".join(shown)


def _build_table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """A table of texts, escaped."""
    first = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in head)
    rest = "".join(
        f"<tr>{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in line)}</tr>" for line in lines
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="table"><table><thead><tr>'
        f"{first}</tr></thead><tbody>{rest}</tbody></table></div>"
    )


def _address_of(submission: Submission) -> str:
    """The address of a feedback page, from the sheet."""
    return html.escape(f"feedback/{quote(submission.student)}/{submission.stem}.html")
