"""Written answers, wherever students write them: in their place, in a cell beside it, or in the question's own cell."""

import ast
import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from labutils.instructor import cells
from labutils.instructor.safe_html import take_out_pictures, text_of
from labutils.instructor.submission import Written

_LONGEST = 2_000  # words of a changed passage that are compared one by one
_QUESTION = "in the question's cell"
_WORDS = 3  # so many new words in a passage of ours are an answer; fewer are a corrected word


@dataclass
class _Found:
    """A piece of an answer. place: where in the notebook it was, "" if where it should be."""

    text: str
    attachments: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""


class _Release:
    """The cells of a release, and how a student's cells are recognised among them."""

    def __init__(self, released: NotebookNode) -> None:
        self.cells = list(released.cells)
        self.written = {cells.exercise_of(cell): cell for cell in self.cells if cells.is_written(cell)}
        self._by_grade_id = {name: i for i, cell in enumerate(self.cells) if (name := cells.grade_id(cell))}
        self._questions = {
            cells.exercise_of(cell): i
            for i, cell in enumerate(self.cells)
            if cells.role_of(cell) == "question"
        }
        self._plain = [_plain(cell.source) for cell in self.cells]
        self._by_text = {text: i for i, text in enumerate(self._plain) if not cells.is_written(self.cells[i])}
        self._by_id = {cell.get("id"): i for i, cell in enumerate(self.cells)}

    def find(self, cell: NotebookNode) -> int | None:
        """Which cell a student's cell is, by its metadata, its text or its id; None if it is the student's own."""
        name, plain = cells.grade_id(cell), _plain(cell.source)
        if name in self._by_grade_id:
            return self._by_grade_id[name]
        if cells.role_of(cell) == "question" and cells.exercise_of(cell) in self._questions:
            return self._questions[cells.exercise_of(cell)]
        if plain and plain in self._by_text:
            return self._by_text[plain]
        place = self._by_id.get(cell["id"]) if cell.get("id") else None
        if place is None or self.cells[place].cell_type != cell.cell_type:
            return None
        return place if _resembles(plain, self._plain[place]) else None

    def exercise_asked(self, place: int) -> str:
        """The written exercise that a cell asks for or is the place of; "" if there is none."""
        cell = self.cells[place] if 0 <= place < len(self.cells) else None
        if cell is None or cells.role_of(cell) not in ("question", "written"):
            return ""
        return cells.exercise_of(cell) if cells.exercise_of(cell) in self.written else ""

    def exercise_beside(self, place: int) -> str:
        """The written exercise whose question a cell is, or whose place is directly above it."""
        if (exercise := self.exercise_asked(place)) or cells.role_of(self.cells[place]) or not place:
            return exercise
        above = self.cells[place - 1]
        return cells.exercise_of(above) if cells.is_written(above) else ""


def find_written(submitted: NotebookNode, released: NotebookNode) -> dict[str, Written]:
    """The written answers of a notebook by grade id. Answers that were not begun are left out."""
    release = _Release(released)
    known = [release.find(cell) for cell in submitted.cells]
    pieces: dict[str, list[_Found]] = defaultdict(list)
    changed: dict[int, list[NotebookNode]] = defaultdict(list)  # our cells that are not answers, as handed in
    left, gaps = Counter(known), _find_gaps(known, len(release.cells))
    for number, (cell, place) in enumerate(zip(submitted.cells, known, strict=True)):
        if place is None:
            exercise = next((asked for i in gaps[number] if (asked := release.exercise_asked(i))), "")
            if exercise and (text := _words_of(cell)):
                pieces[exercise].append(_Found(text, _attachments_of(cell), f"in a new cell ({number + 1})"))
            continue
        our = release.cells[place]
        if cells.is_written(our):
            text = _without_blank(cell.source, our.source)
            pieces[cells.exercise_of(our)].append(_Found(text, _attachments_of(cell)))
            continue
        changed[place].append(cell)
        left[place] -= 1
        if not left[place] and (exercise := release.exercise_beside(place)):
            pieces[exercise] += _added_text(changed[place], our)
    other = submitted.metadata.get("labutils") != released.metadata.get("labutils")
    written = {}
    for exercise, cell in release.written.items():
        found = [piece for piece in pieces[exercise] if piece.text.strip()]
        if other and any(not piece.place for piece in found):  # its questions may have other words
            found = [piece for piece in found if piece.place != _QUESTION]
        if (name := cells.grade_id(cell)) and found:
            written[name] = _join(found)
    return written


def _find_gaps(known: Sequence[int | None], count: int) -> list[list[int]]:
    """For each of a student's own cells, our cells that may ask for it: the one above, those that are gone, the next.

    known: which of our `count` cells each cell is.
    """
    there = set(known)
    below, following = [count] * len(known), count
    for number in reversed(range(len(known))):
        below[number] = following
        place = known[number]
        following = following if place is None else place
    gaps, above, now = list[list[int]](), -1, list[int]()
    for number, place in enumerate(known):
        if place is not None:
            above = place
        elif number == 0 or known[number - 1] is not None:
            missing = [i for i in range(above + 1, below[number]) if i not in there]
            now = [above, *missing, below[number]]
        gaps.append(now if place is None else [])
    return gaps


def _resembles(text: str, our: str) -> bool:
    """Whether a text was made from one of ours."""
    if not text or our in text or text in our:
        return True
    return len(set(our.split()) & set(text.split())) >= len(set(our.split())) / 2


def _plain(text: str) -> str:
    """A text without its layout."""
    return " ".join(text.split())


def _without_blank(text: str, blank: str) -> str:
    """An answer without the words that stood in its place before."""
    return text.replace(blank.strip(), "", 1).strip() if blank.strip() else text


def _words_of(cell: NotebookNode) -> str:
    """What a student's own cell says in words; "" for a cell with code that does something."""
    if cell.cell_type != "code":
        return str(cell.source)
    lines = [line.strip() for line in cell.source.splitlines() if line.strip()]
    if lines and all(line.startswith("#") for line in lines):
        return "\n".join(line.lstrip("# ") for line in lines)
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        signs = re.sub(r"[\w\s.,:;'\"?!()%/*-]", "", cell.source)
        prose = len(lines) > 0 and len(signs) < len(cell.source) / 12 and len(cell.source.split()) >= 5
        return str(cell.source) if prose else ""
    said = [_string_of(node) for node in body]
    return "\n\n".join(said) if said and all(said) else ""


def _string_of(node: ast.stmt) -> str:
    """The text that a statement consists of, assigns or prints; "" if it does anything else."""
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
        value = value.args[0] if len(value.args) == 1 else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _added_text(theirs: Sequence[NotebookNode], our: NotebookNode) -> list[_Found]:
    """What students have added to one of our cells, which may have been split; code may gain comments only."""
    full = "\n\n".join(str(cell.source) for cell in theirs)
    plain, _ = take_out_pictures(full)
    added = "\n".join(_new_passages(our.source, plain)).strip()
    if our.cell_type == "code":
        lines = [line.split("#", 1)[1] for line in added.splitlines() if "#" in line]
        added = "\n".join(line.strip("# ") for line in lines)
    attachments: dict[str, Any] = {}
    for cell in theirs:
        attachments |= _attachments_of(cell)
    new = {name for name in attachments if f"attachment:{name}" in added} or "attachment:picture" in added
    if not new and len(re.findall(r"\w+", added)) < _WORDS:
        return []
    _, pictures = take_out_pictures(full)
    place = _QUESTION if cells.role_of(our) == "question" else "in the cell below its place"
    return [_Found(added, {**attachments, **pictures}, place)]


def _new_passages(ours: str, theirs: str) -> Iterator[str]:
    """The passages of a text that are not in ours, by lines, and where a line was changed, by words."""
    if ours.strip() and ours.strip() in theirs:
        yield theirs.replace(ours.strip(), "", 1)
        return
    old, new = ours.strip().splitlines(), theirs.strip().splitlines()
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "insert":
            yield "\n".join(new[c:d])
        elif kind == "replace":
            before, after = (re.split(r"(\s+)", "\n".join(lines)) for lines in (old[a:b], new[c:d]))
            if max(len(before), len(after)) > _LONGEST:
                yield "".join(after)
                continue
            words = difflib.SequenceMatcher(None, before, after, autojunk=False)
            for step, _, _, e, f in words.get_opcodes():
                passage = "".join(after[e:f])
                if step in ("insert", "replace") and len(re.findall(r"\w+", passage)) >= _WORDS:
                    yield passage


def _join(found: Sequence[_Found]) -> Written:
    """The pieces of an answer in their order, each once, with pictures of the same name kept apart."""
    texts: list[str] = []
    attachments: dict[str, Any] = {}
    for number, piece in enumerate(found):
        text = piece.text.strip()
        for name, content in piece.attachments.items():
            free = name
            if name in attachments and attachments[name] != content:
                free = f"{number}-{name}"
                text = text.replace(f"attachment:{name}", f"attachment:{free}")
            attachments[free] = content
        if text not in texts:
            texts.append(text)
    places = list(dict.fromkeys(piece.place for piece in found if piece.place))
    if len([piece for piece in found if not piece.place]) > 1 and len(texts) > 1:
        places.insert(0, "in more than one cell")
    return Written("\n\n".join(texts), attachments, ", ".join(places))


def _attachments_of(cell: NotebookNode) -> dict[str, Any]:
    """The pictures of a cell, by name."""
    found = cell.get("attachments")
    return {text_of(name): content for name, content in found.items()} if isinstance(found, Mapping) else {}
