"""The copies of submissions that formgrader shows, in grading/autograded: what a student wrote is cleaned before.

Formgrader renders Markdown and passes HTML through. Therefore a copy holds Markdown that is rendered and cleaned
already, in a form that formgrader leaves as it is, and outputs that are text or cleaned HTML. Metadata are ours alone.
"""

import hashlib
import html
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from labutils.instructor import cells, preparing
from labutils.instructor.course import ASSIGNMENT, Course
from labutils.instructor.gradebook import escape_name
from labutils.instructor.pictures import SIGNATURES, data_address
from labutils.instructor.safe_html import clean_html, render_markdown, shorten_text, text_of
from labutils.instructor.submission import Submission
from labutils.instructor.tables import replace_file

_FORM = 1  # of a copy; another one is written again
_MOST_CHARACTERS = 20_000  # of a cell or an output
_MOST_PICTURE = 200_000  # bytes of a figure
_MOST_PICTURES = 250_000  # bytes of all figures of a notebook
_MOST_OUTPUTS = 30  # of a cell
_DATA = re.compile(r"<img[^>]* src=\"data:[^\"]*\"[^>]*>")


def write_copies(
    course: Course, submissions: Iterable[Submission], released: Mapping[str, NotebookNode]
) -> int:
    """Write the copies that formgrader shows, and remove those of submissions that are gone; how many were written.

    A copy is written only if the submission has changed. A submission that cannot be shown gets a flag.
    """
    folder = course.grading / "autograded"
    wanted, written = set(), 0
    ours = {part: _digest(_FORM, notebook) for part, notebook in released.items()}
    for submission in submissions:
        if submission.submitted is None:
            continue
        path = folder / escape_name(submission.student) / ASSIGNMENT / f"{submission.stem}.ipynb"
        wanted.add(path)
        made_from = _digest_sources(submission, ours[submission.part])
        if _read_digest(path) != made_from:
            try:
                copy = make_copy(submission, released[submission.part])
            except Exception as error:  # a student's notebook can have any shape
                submission.flags.append(f"cannot be shown in formgrader ({type(error).__name__})")
                wanted.remove(path)
                continue
            copy.metadata["made_from"] = made_from
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, nbformat.writes(copy).encode(errors="replace").decode())
            written += 1
    for path in folder.glob("*/*/*.ipynb"):
        if path not in wanted:
            path.unlink()
    for path in folder.glob("*"):
        if path.is_dir() and not any(path.rglob("*.ipynb")):
            shutil.rmtree(path, ignore_errors=True)
    return written


def make_copy(submission: Submission, released: NotebookNode) -> NotebookNode:
    """A notebook with what a student wrote and what its run gave, in which nothing can act."""
    assert submission.submitted is not None
    theirs = preparing.without_additions(
        submission.read_executed() or submission.prepared or submission.submitted
    )
    ours = {name: cell for cell in released.cells if (name := cells.grade_id(cell))}
    copy = nbformat.v4.new_notebook(metadata={"language_info": {"name": "python"}})
    cleaner = _Cleaner(f"/files/feedback/{quote(os.fsencode(submission.student))}/{submission.stem}.html")
    for cell in theirs.cells:
        name = cells.grade_id(cell)
        copy.cells += cleaner.clean_cell(cell, ours.pop(name, None) if name else None, submission)
    for cell in ours.values():  # a place for the points, if the cell is missing
        if cells.nbgrader_of(cell).get("grade"):
            copy.cells += cleaner.clean_cell(cell, cell, submission)
    for number, cell in enumerate(copy.cells):
        cell.id = f"cell-{number}"
    return copy


class _Cleaner:
    """Cleans the cells of one notebook. page: the address of the page of feedback, which has every figure."""

    def __init__(self, page: str) -> None:
        self._page, self._left = page, _MOST_PICTURES

    def clean_cell(
        self, cell: NotebookNode, ours: NotebookNode | None, submission: Submission
    ) -> list[NotebookNode]:
        """A cell as formgrader may show it. ours: the released cell of the same id, which gives the metadata."""
        metadata = {} if ours is None else {"nbgrader": dict(cells.nbgrader_of(ours))}
        name, source = cells.grade_id(ours) if ours is not None else None, text_of(cell.get("source", ""))
        if cell.cell_type == "code" and (ours is None or ours.cell_type == "code"):
            outputs = [self._clean_output(output) for output in list(cell.get("outputs", []))[:_MOST_OUTPUTS]]
            shown = [output for output in outputs if output is not None]
            if name in submission.measured:
                measured = submission.measured[name]
                shown.append(_html(f"<p><strong>At grading: {html.escape(measured.state)}.</strong></p>"))
                shown.append(_html(self._render(measured.message)))
            source = shorten_text(source, _MOST_CHARACTERS)
            return [_cell("code", source, metadata, execution_count=None, outputs=shown)]
        if cell.cell_type == "markdown" or ours is not None:
            fragment = self._render(source, cell.get("attachments"))
            if name in submission.written:
                written = submission.written[name]
                note = f"<p><em>{html.escape(written.note)}</em></p>" if written.note else ""
                fragment = note + self._render(written.text, dict(written.attachments))
        else:
            fragment = f"<pre>{html.escape(shorten_text(source, _MOST_CHARACTERS))}</pre>"
        return [_cell("markdown", _as_one_line(fragment), metadata)]

    def _render(self, source: str, attachments: Any = None) -> str:
        """Markdown as safe HTML."""
        return self._limit_pictures(render_markdown(source, attachments)[0])

    def _limit_pictures(self, fragment: str) -> str:
        """Safe HTML without the pictures that are too large. Its headings have no ids, which formgrader uses itself."""
        fragment = re.sub(r'(<h[1-6][^>]*?) id="[^"]*"', r"\1", fragment)
        return _DATA.sub(lambda match: match[0] if self._fits(match[0]) else self._refer("picture"), fragment)

    def _fits(self, address: str) -> bool:
        """Whether there is room for a picture."""
        size = len(address) * 3 // 4
        if size > min(_MOST_PICTURE, self._left):
            return False
        self._left -= size
        return True

    def _refer(self, what: str) -> str:
        """A link to the page that has what is left out here."""
        page = html.escape(self._page)
        return f'<p>(This {what} is too large for this page. It is on <a href="{page}">the page of feedback</a>.)</p>'

    def _clean_output(self, output: Mapping[str, Any]) -> NotebookNode | None:
        """An output as text, cleaned HTML or a small picture; None if there is none of these."""
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            return _stream(name, output.get("text", ""))
        if kind == "error":
            lines = "\n".join(map(str, output.get("traceback") or []))
            lines = lines or f"{output.get('ename')}: {output.get('evalue')}"
            return _stream("stderr", lines)
        data = output.get("data")
        if not isinstance(data, Mapping):
            return None
        for picture in SIGNATURES:
            if picture in data and (address := data_address(picture, data[picture])):
                alt = html.escape(_plain(data.get("text/plain", "a figure"))[:500])
                shown = f'<img src="{address}" alt="{alt}">' if self._fits(address) else self._refer("figure")
                return _html(shown)
        if "text/markdown" in data:
            return _html(self._render(text_of(data["text/markdown"])))
        if "text/html" in data:
            return _html(self._limit_pictures(clean_html(text_of(data["text/html"]))))
        if "text/plain" in data:
            return _stream("stdout", data["text/plain"])
        return None


def _cell(kind: str, source: str, metadata: dict[str, Any], **more: Any) -> NotebookNode:
    """A cell. (nbformat's own functions validate each one, which takes as long as everything else.)"""
    cell: NotebookNode = nbformat.from_dict(
        {"cell_type": kind, "source": source, "metadata": metadata, **more}
    )
    return cell


def _html(fragment: str) -> NotebookNode:
    """An output that is safe HTML."""
    data = {"text/html": fragment}
    output: NotebookNode = nbformat.from_dict({"output_type": "display_data", "data": data, "metadata": {}})
    return output


def _stream(name: str, text: Any) -> NotebookNode:
    """An output that is printed text."""
    output: NotebookNode = nbformat.from_dict({"output_type": "stream", "name": name, "text": _plain(text)})
    return output


def _plain(text: Any) -> str:
    """Printed text without the colours of a terminal, shortened."""
    return shorten_text(str(strip_ansi(text_of(text))), _MOST_CHARACTERS)


def _as_one_line(fragment: str) -> str:
    """Safe HTML as Markdown that stays as it is when it is rendered: one block on one line, without formulas."""
    for mark in "\n\r$\\":
        fragment = fragment.replace(mark, f"&#{ord(mark)};")
    return f"<div>{fragment}</div>"


def _digest_sources(submission: Submission, ours: str) -> str:
    """A digest of everything that a copy is made from. ours: that of the release."""
    return _digest(
        ours,
        submission.made_from or submission.executed or submission.prepared or submission.submitted,
        {name: [m.state, m.message] for name, m in submission.measured.items()},
        {name: [w.text, dict(w.attachments), w.note] for name, w in submission.written.items()},
    )


def _digest(*parts: Any) -> str:
    """A digest of values as JSON has them."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def _read_digest(path: Path) -> str:
    """The digest that a copy was made from, or ""."""
    try:
        found = re.search(r'"made_from": "([0-9a-f]{64})"', path.read_text(encoding="utf-8")[-2_000:])
    except (OSError, ValueError):
        return ""
    return found[1] if found else ""
