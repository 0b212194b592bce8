"""The page that a student gets back: the notebook as it was run, with points, what the tests found, and comments."""

import copy
import html
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from labutils.instructor import cells
from labutils.instructor.preparing import without_additions
from labutils.instructor.rendering import Markup, build_table, render_notebook
from labutils.instructor.safe_html import OUR_ANCHOR
from labutils.instructor.submission import ExerciseScore, Submission


def render_feedback(submission: Submission, released: NotebookNode, scores: Sequence[ExerciseScore]) -> str:
    """The page with a notebook as it was graded, and its points. scores: those of this student, of any part."""
    names = cells.exercise_names([released])
    given = {score.exercise: score for score in scores if score.exercise in names}
    notebook = _without_frames(without_additions(submission.read_executed() or nbformat.v4.new_notebook()))
    inserted, placed = _insert_points(notebook, submission, given, names)
    title = f"Part {submission.part}: {submission.student}"
    parts = [f"<h1>{html.escape(title)}</h1>"]
    if submission.broken:
        parts.append(f"<p><strong>{html.escape(_explain_broken(submission))}</strong></p>")
    waiting = sum(score.waits for score in given.values())
    total, of = sum(score.points for score in given.values()), sum(score.of for score in given.values())
    wait = f" so far; answers that wait for a grader: {waiting}" if waiting else ""
    parts.append(f"<p>{total:g} of {of:g} points{wait}.</p>")
    rows = [
        [
            *(_link(name, names[name], placed), describe_points(score)),
            *(_message(submission, score, names[name]), score.comment),
        ]
        for name, score in given.items()
    ]
    parts.append(build_table(["exercise", "points", "what the test found", "comment"], rows))
    return render_notebook(notebook, title, f"<header>{''.join(parts)}</header>", inserted=inserted)


def feedback_address(submission: Submission, exercise: str = "") -> str:
    """The address of a feedback page from grading/. exercise: a grade id, to which the page opens."""
    place = f"#{OUR_ANCHOR}{exercise}" if exercise else ""
    return f"feedback/{quote(submission.student, safe='')}/{submission.stem}.html{place}"


def describe_points(score: ExerciseScore) -> str:
    """The points for an exercise, in words."""
    return "to be marked" if score.waits else f"{score.points:g} of {score.of:g}"


def _explain_broken(submission: Submission) -> str:
    """Why a notebook could not be graded, in words for the student."""
    if not submission.broken.startswith("missing"):
        return f"This notebook could not be graded: {submission.broken}."
    words = f"No notebook of Part {submission.part} was found in what you handed in."
    if submission.instead:
        names = ", ".join(submission.instead)
        words += f" In its place was found: {names}. A notebook is a file with the ending .ipynb."
    return words


def _message(submission: Submission, score: ExerciseScore, exercise: str) -> Markup:
    """What the grader's test found, without the name of the exercise; "" for a written answer."""
    measured = submission.measured.get(score.exercise)
    message = score.message or (measured.message if measured else "")
    if message.startswith(f"{exercise}: "):
        message = message.removeprefix(f"{exercise}: ")
        message = message[:1].upper() + message[1:]
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(message)))


def _link(name: str, words: str, placed: set[str]) -> Markup:
    """The name of an exercise in the table: a link to its place, or its place if the notebook has none."""
    anchor, words = html.escape(f"{OUR_ANCHOR}{name}"), html.escape(words)
    return Markup(
        f'<a href="#{anchor}">{words}</a>' if name in placed else f'<span id="{anchor}">{words}</span>'
    )


def _without_frames(notebook: NotebookNode) -> NotebookNode:
    """A copy of a notebook in which an explorer is one picture. The notebook itself stays as it is."""
    shown: NotebookNode = copy.copy(notebook)
    shown.cells = [copy.copy(cell) for cell in notebook.cells]
    for cell in shown.cells:
        if "outputs" in cell:
            cell.outputs = [
                {**output, "metadata": {**output.get("metadata", {}), "labutils": None}}
                for output in cell.outputs
            ]
    return shown


def _insert_points(
    notebook: NotebookNode,
    submission: Submission,
    given: Mapping[str, ExerciseScore],
    names: Mapping[str, str],
) -> tuple[dict[int, str], set[str]]:
    """HTML to insert behind cells, by their number, and the exercises that have a place in the notebook.

    The place of an exercise is above the cell before its answer, which usually asks the question. The points stand
    below the last of its cells.
    """
    ids, first, last = (
        {exercise: name for name, exercise in names.items()},
        dict[str, int](),
        dict[str, int](),
    )
    for number, cell in enumerate(notebook.cells):
        name = ids.get(cells.exercise_of(cell), "")
        if name in given and cells.role_of(cell) in ("answer", "check", "written"):
            first.setdefault(name, number)
            last[name] = number
    inserted: dict[int, str] = {}
    for name, number in first.items():
        anchor = f'<div id="{html.escape(OUR_ANCHOR + name)}"></div>'
        inserted[max(number - 2, -1)] = inserted.get(max(number - 2, -1), "") + anchor
    for name, number in last.items():
        score = given[name]
        points = f"{describe_points(score)}{'' if score.waits else ' points'}"
        words = [f"<strong>{html.escape(names[name])}: {points}.</strong>"]
        written = submission.written.get(name)
        words += filter(None, (_message(submission, score, names[name]), html.escape(score.comment)))
        if written and written.note:
            words.append(html.escape(f"This answer was found {written.note}."))
        section = f'<section class="points">{"".join(f"<p>{line}</p>" for line in words)}</section>'
        inserted[number] = section + inserted.get(number, "")
    return inserted, set(first)
