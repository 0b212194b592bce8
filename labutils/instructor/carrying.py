"""Carry a student's work from a notebook of an earlier release into one of a new release, cell by cell.

Cells are matched by nbgrader's `grade_id`, then by what they are (a prediction, the names), by their id, and by their
text. A cell that was not handed out is the student's own, and goes to the same place in the new notebook.
"""

import ast
import copy
import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from labutils.instructor import cells

_GUESS = re.compile(r"exercises\.predict\(\s*(['\"])([^'\"\n]+)\1")
_KEPT = (
    "## Kept from an earlier release\n\nThis release has no place for these cells, and they give no points."
)


@dataclass
class Carried:
    """A notebook of the new release with a student's work. carried, left: what of it was carried over, and what not."""

    notebook: NotebookNode
    carried: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def carry_over(old: NotebookNode, new: NotebookNode, base: NotebookNode | None = None) -> Carried:
    """The new notebook with the answers, predictions, names and own cells of the old one. Outputs are left behind.

    base: the notebook as it was handed out to the student. Without it, a change to a cell that is no answer may be the
    student's or the release's, so such cells are named and not carried over.
    """
    done = Carried(copy.deepcopy(new))
    here, handed_out = _index(done.notebook.cells), _index((base or new).cells)
    pairs = [(cell, _find(cell, handed_out)) for cell in old.cells]
    copies: dict[str, list[NotebookNode]] = defaultdict(list)  # of an answer, if an editor has split its cell
    for cell, given in pairs:
        if given is not None and cells.role_of(given) in ("answer", "written"):
            copies[cells.exercise_of(given)].append(cell)
    own: dict[str, list[NotebookNode]] = defaultdict(
        list
    )  # the student's own cells by the id of the cell before them
    last: list[NotebookNode] = []  # cells for which the new release has no place
    place = ""
    for cell, given in pairs:
        target = None if given is None else _find(given, here)
        changed = (
            given is None or cell.source.strip() != given.source.strip() or bool(cell.get("attachments"))
        )
        if given is None:
            if not cells.grade_id(cell):
                own[place] += [_new_cell(cell)] if cell.source.strip() else []
            elif cells.nbgrader_of(cell).get("solution"):
                last.append(_new_cell(cell))
                done.left.append(f"{_name(cell)} is not in the new release: kept at the end")
        elif target is not None and cells.role_of(given) in ("answer", "written"):
            own[place] += _carry_answer(cell, given, target, copies[cells.exercise_of(given)], done)
        elif changed and cells.role_of(given) == "check":
            done.left.append(f"{_name(given)} was edited: the check of the new release is used")
        elif changed and target is None:
            last.append(_new_cell(cell))
            done.left.append(f"{_name(given)} is not in the new release: kept at the end")
        elif changed and target is not None:
            own[target.id] += _carry_edit(cell, given, target, base is not None, done)
        place = target.id if target is not None else place
    if count := sum(map(len, own.values())):
        done.carried.append(f"{count} {'cell' if count == 1 else 'cells'} of the student's own")
    heading = [nbformat.v4.new_markdown_cell(_KEPT)] if last else []
    placed = [c for cell in done.notebook.cells for c in (cell, *own[cell.id])]
    done.notebook.cells = [*own[""], *placed, *heading, *last]
    return done


def _carry_answer(
    cell: NotebookNode, given: NotebookNode, target: NotebookNode, copies: list[NotebookNode], done: Carried
) -> list[NotebookNode]:
    """Fill in an answer; the cells to be kept before it. Of several cells, texts are joined; the last code counts."""
    answered = [theirs for theirs in copies if theirs.source.strip() != given.source.strip()]
    if target.cell_type == "markdown":
        if cell is not copies[0] or not (answered or cell.get("attachments")):
            return []
        parts = answered or [cell]
        target.source = "\n\n".join(part.source for part in parts)
        target.attachments = {k: v for theirs in copies for k, v in theirs.get("attachments", {}).items()}
        if not target.attachments:
            del target["attachments"]
    elif cell is not copies[-1]:
        return [_new_cell(cell)] if cell in answered else []
    elif cell not in answered:
        return []
    else:
        changed = target.source != given.source
        target.source = cell.source
        if changed:
            done.left.append(
                f"{_name(given)}: the cell to fill in has changed, so compare it with the answer"
            )
    done.carried.append(_name(given))
    return []


def _carry_edit(
    cell: NotebookNode, given: NotebookNode, target: NotebookNode, knows_base: bool, done: Carried
) -> list[NotebookNode]:
    """Carry over a change to a cell that is no answer; the cells to be kept behind it."""
    guess = _guess_of(cell)
    whole = (
        target.source.strip() != "" and target.source.strip() in cell.source
    )  # the student has only added to it
    if whole or _is_names(given) or (knows_base and target.source == given.source):
        target.source = cell.source
        if cell.get("attachments") and target.cell_type == "markdown":
            target.attachments = copy.deepcopy(cell.attachments)
        done.carried.append(f"{_name(given)}: {guess}" if guess else _name(given))
    elif guess:
        target.source = re.sub(r"\bNone\b(?=\s*\))", lambda _: guess, target.source, count=1)
        done.carried.append(f"{_name(given)}: {guess}")
    elif not knows_base:
        done.left.append(f"{_name(given)} differs from the one in the new release")
    else:
        done.left.append(f"{_name(given)} has changed in the new release: what the student wrote is below it")
        if cell.cell_type == "code":
            return [nbformat.v4.new_raw_cell(cell.source)]
        kept = _new_cell(cell)
        kept.source = _added_lines(given.source, cell.source)
        return [kept]
    return []


def _index(handed_out: Iterable[NotebookNode]) -> Mapping[str, NotebookNode]:
    """The cells of a release by everything that they can be recognised by."""
    found: dict[str, NotebookNode] = {}
    for cell in handed_out:
        for key in _keys(cell):
            found.setdefault(key, cell)
    return found


def _find(cell: NotebookNode, index: Mapping[str, NotebookNode]) -> NotebookNode | None:
    """The cell of a release that this cell was, or None."""
    return next((index[key] for key in _keys(cell) if key in index), None)


def _keys(cell: NotebookNode) -> Iterator[str]:
    """What a cell can be recognised by, the surest first. A cell of an exercise has its grade id alone."""
    if name := cells.grade_id(cell):
        yield f"exercise {name}"
        return
    if cell.cell_type == "code" and (match := _GUESS.search(cell.source)):
        yield f"prediction {match.group(2)}"
    if _is_names(cell):
        yield "names"
    yield f"id {cell.get('id')}"
    if text := re.sub(r"\s", "", cell.source):
        yield f"text {text}"


def _is_names(cell: NotebookNode) -> bool:
    """Whether this is the cell in which students write their names."""
    return cell.cell_type == "code" and bool(re.search(r"^students *=", cell.source, re.MULTILINE))


def _guess_of(cell: NotebookNode) -> str:
    """The guess at a prediction as code, such as "'b'"; "" if there is none."""
    if cell.cell_type != "code" or not _GUESS.search(cell.source):
        return ""
    try:
        calls = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    given = [
        call.args[1] for call in calls if ast.unparse(call.func) == "exercises.predict" and call.args[1:]
    ]
    return ast.unparse(given[0]) if given and ast.unparse(given[0]) not in ("None", "...") else ""


def _name(cell: NotebookNode) -> str:
    """What a cell of a release is called in a report."""
    exercise, role = cells.exercise_of(cell), cells.role_of(cell)
    if exercise:
        return exercise if role in ("answer", "written") else f"the {role} of {exercise}"
    if match := _GUESS.search(cell.source):
        return f"prediction {match.group(2)}"
    if _is_names(cell):
        return "the names"
    first = cell.source.strip().splitlines() or [""]
    return cells.grade_id(cell) or f'the cell "{first[0][:50]}"'


def _added_lines(before: str, after: str) -> str:
    """The lines of a text that are not in the one before it."""
    old, new = before.splitlines(), after.splitlines()
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return "\n".join(line for kind, _, _, i, j in steps if kind in ("insert", "replace") for line in new[i:j])


def _new_cell(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: its source and its images, without metadata and outputs."""
    made: NotebookNode = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")(cell.source)
    if cell.get("attachments") and cell.cell_type != "code":
        made.attachments = copy.deepcopy(cell.attachments)
    return made
