"""The pages of grading: feedback for a student, and the grader's sheet. Everything that a student wrote is cleaned."""

import ast
import copy
import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from labutils.instructor import flags, pages
from labutils.instructor.course import PARTS, Course

if TYPE_CHECKING:
    from labutils.instructor.grade import Given, Paper

MOST = 6_000  # characters of a written answer that are shown


def names_of(papers: Sequence["Paper"]) -> str:
    """The names and numbers in the names cells, as they stand there."""
    found: dict[str, None] = {}
    for paper in papers:
        for cell in paper.submitted.cells if paper.submitted is not None else []:
            if cell.cell_type == "code" and "students" in (cell.metadata.get("tags") or []):
                values = assigned(cell.source)
                names, numbers = values.get("students", []), values.get("student_numbers", [])
                for i, name in enumerate(names):
                    number = numbers[i] if i < len(numbers) else ""
                    words = f"{name} ({number})" if number else name
                    if words.strip():
                        found[words[:80]] = None
    return ", ".join(list(found)[:6])


def assigned(source: str) -> dict[str, list[str]]:
    """The lists of texts that a cell assigns to names; what is no such list is left out."""
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


def exercise(grade_id: str) -> str:
    """ "A3-1" as it is called in the text: A3.1; "A7-1-written": A7.1 written."""
    *place, kind = grade_id.split("-")
    if kind in ("written", "prediction"):
        return f"{'.'.join(place)} {kind}"
    return grade_id.replace("-", ".")


def feedback(paper: "Paper", released: NotebookNode, rows: Sequence["Given"]) -> str:
    """A notebook as it was graded, with its points. rows: of this student, of any part."""
    given = {row.exercise: row for row in rows if row.exercise in flags.graded(released)}
    title = f"Part {paper.part}: {paper.student}"
    parts = [f"<h1>{html.escape(title)}</h1>"]
    if paper.broken:
        parts.append(
            f"<p><strong>This notebook could not be graded: {html.escape(paper.broken)}.</strong></p>"
        )
    waiting = sum(row.waits for row in given.values())
    total, of = sum(row.points for row in given.values()), sum(row.of for row in given.values())
    wait = f" so far; answers that wait for a grader: {waiting}" if waiting else ""
    parts.append(f"<p>{total:g} of {of:g} points{wait}.</p>")
    lines = [[exercise(name), words(row), row.comment] for name, row in given.items()]
    parts.append(table(["exercise", "points", "comment"], lines))
    notebook = paper.executed or nbformat.v4.new_notebook()
    return pages.render(with_points(notebook, released, given), title, f"<header>{''.join(parts)}</header>")


def words(row: "Given") -> str:
    """The points of an exercise."""
    return "to be marked" if row.waits else f"{row.points:g} of {row.of:g}"


def with_points(notebook: NotebookNode, released: NotebookNode, given: Mapping[str, "Given"]) -> NotebookNode:
    """A notebook without its hidden tests: of a check that failed, its words and nothing of its code."""
    notebook, ours = copy.deepcopy(notebook), flags.graded(released)
    cells = []
    for cell in notebook.cells:
        name = flags.grade_id(cell)
        if flags.locked(cell) and name in ours:
            cell.source = ours[name].source
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [f"Not passed at grading. {output.evalue}"]
        cells.append(cell)
        if name and name in given and flags.grader(cell).get("grade"):
            row = given[name]
            text = f"**{exercise(name)}: {words(row)}{'' if row.waits else ' points'}**\n\n{row.comment}"
            cells.append(nbformat.v4.new_markdown_cell(text))
    notebook.cells = cells
    return notebook


def sheet(
    summary: Sequence[Mapping[str, Any]],
    exercises: Sequence[str],
    by_student: Mapping[str, Sequence["Paper"]],
    released: Mapping[str, NotebookNode],
    course: Course,
    release: str,
    isolated: bool,
) -> str:
    """The grader's sheet: points, flags, and the written answers of all students beside each other."""
    where = (
        "without a network" if isolated else "<strong>with a network: it could not be cut off here</strong>"
    )
    parts = [
        "<main class='sheet'><h1>The grader's sheet</h1>",
        f"<p>{len(summary)} submissions, release {html.escape(release)}, run {where}. Points for written answers go "
        "into <code>marks.csv</code>; then run <code>make grade</code> again. Flags say what can be seen, not why: "
        "look before you conclude.</p><h2>Points</h2>",
    ]
    columns = ["total", "of", "to_mark", *exercises]
    lines = [[row["student"], row["names"], *(f"{row[name]:g}" for name in columns)] for row in summary]
    parts.append(
        table(["student", "names", "total", "of", "points to mark", *map(exercise, exercises)], lines)
    )
    parts.append("<h2>Flags</h2>")
    flagged = []
    for student, papers in by_student.items():
        for paper in papers:
            notes = ([f"not graded: {paper.broken}"] if paper.broken else []) + paper.flags
            flagged += [[student, paper.part, note] for note in notes]
    parts.append(table(["student", "part", "what was seen"], flagged) if flagged else "<p>None.</p>")
    parts.append("<h2>Feedback</h2><ul>")
    for student, papers in by_student.items():
        links = (f'<a href="{address(student, paper.stem)}">Part {paper.part}</a>' for paper in papers)
        parts.append(f"<li>{html.escape(student)}: {' · '.join(links)}</li>")
    parts.append("</ul><h2>Written answers</h2>")
    for part in PARTS:
        parts.append(written(part, by_student, released[part], course))
    return pages.document("The grader's sheet", "".join(parts) + "</main>")


def written(
    part: str, by_student: Mapping[str, Sequence["Paper"]], released: NotebookNode, course: Course
) -> str:
    """The written answers of one part: the question, a model answer, and what each student wrote."""
    solved = flags.answers(nbformat.read(course.source / f"{PARTS[part]}.ipynb", 4), released)
    shown = []
    for before, cell in zip(released.cells, released.cells[1:], strict=False):
        name = flags.grade_id(cell)
        if not (name and flags.grader(cell).get("grade") and flags.grader(cell).get("solution")):
            continue
        question = pages.markdown("\n\n".join(p for p in before.source.split("\n\n") if "ritten" in p))[0]
        cards = [f"<div class='card model'><h4>model answer</h4>{pages.markdown(solved[name])[0]}</div>"]
        for student, papers in by_student.items():
            (paper,) = (p for p in papers if p.part == part)
            answer = (
                flags.answers(paper.submitted, released).get(name) if paper.submitted is not None else None
            )
            if answer is None or answer.strip() == cell.source.strip():
                continue
            cards.append(
                f"<div class='card'><h4>{html.escape(student)}</h4>{pages.markdown(pages.short(answer, MOST))[0]}</div>"
            )
        points = f"{flags.grader(cell)['points']:g} points"
        shown.append(
            f"<h3>{exercise(name)} ({points})</h3>{question}<div class='cards'>{''.join(cards)}</div>"
        )
    return "".join(shown)


def table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """A table of texts, escaped."""
    first = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in head)
    rest = "".join(
        f"<tr>{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in line)}</tr>" for line in lines
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="table"><table><thead><tr>'
        f"{first}</tr></thead><tbody>{rest}</tbody></table></div>"
    )


def address(student: str, stem: str) -> str:
    """The address of a feedback page, from the sheet."""
    return html.escape(f"feedback/{quote(student)}/{stem}.html")
