"""Build the notebook that is run at grading."""

import copy

import nbformat
from nbformat import NotebookNode

from labutils.instructor import cells, probe


def prepare_notebook(submitted: NotebookNode, released: NotebookNode) -> NotebookNode:
    """The notebook to be run: the student's cells, with the checks as they were handed out.

    No metadata of the student's are kept. If a cell occurs twice, the last one counts. Graded cells that are missing
    are put back. Two kinds of cells are added, which `without_additions` removes: before all others the released blanks
    of the code answers, so that an answer that fails costs itself alone; and after each check its probe.
    """
    ours = {name: cell for cell in released.cells if (name := cells.grade_id(cell))}
    notebook = copy.deepcopy(released)
    notebook.cells, there = [], dict[str, NotebookNode]()
    for number, theirs in reversed(list(enumerate(submitted.cells))):
        name = cells.grade_id(theirs)
        known = name in ours and name not in there
        cell = _new_cell(
            ours[name].cell_type if known and name else theirs.cell_type, theirs.source, theirs.get("id")
        )
        cell.metadata["submitted_as"] = number
        if theirs.get("attachments") and cell.cell_type == "markdown":
            cell.attachments = copy.deepcopy(theirs.attachments)
        if known and name:
            there[name] = _as_handed_out(cell, ours[name])
        notebook.cells.insert(0, cell)
    before = None
    for name, cell in ours.items():
        if name not in there and cells.nbgrader_of(cell).get("grade"):
            there[name] = _as_handed_out(_new_cell(cell.cell_type, cell.source), cell)
            place = notebook.cells.index(before) + 1 if before is not None else len(notebook.cells)
            notebook.cells.insert(place, there[name])
        before = there.get(name, before)
    for name, cell in ours.items():
        if cells.is_check(cell) and (function := cells.labutils_of(cell).get("function")):
            exercise = cells.exercise_of(cell)
            added = _addition("probe", exercise, probe.source(exercise, function))
            notebook.cells.insert(notebook.cells.index(there[name]) + 1, added)
    blanks = [cell for cell in ours.values() if cells.role_of(cell) == "answer"]
    notebook.cells[:0] = [_addition("blank", cells.exercise_of(cell), cell.source) for cell in blanks]
    return notebook


def without_additions(notebook: NotebookNode) -> NotebookNode:
    """A prepared notebook without the cells that were added to it. Its other cells are the same objects."""
    kept: NotebookNode = copy.copy(notebook)
    kept.cells = [cell for cell in notebook.cells if cells.role_of(cell) not in ("blank", "probe")]
    return kept


def _addition(role: str, exercise: str, source: str) -> NotebookNode:
    """A cell of the grader's. It is not counted, and a student's code does not find it in `In`."""
    cell = _new_cell("code", source)
    cell.metadata |= {"labutils": {"exercise": exercise, "role": role}, "uncounted": True}
    return cell


def _new_cell(kind: str, source: str, name: str | None = None) -> NotebookNode:
    """A cell without outputs. name: its id; cells of older notebooks have none."""
    cell: NotebookNode = getattr(nbformat.v4, f"new_{kind}_cell")(source)
    cell.id = name or cell.id
    return cell


def _as_handed_out(cell: NotebookNode, ours: NotebookNode) -> NotebookNode:
    """A cell with the metadata of the release. A check also gets its source back."""
    cell.metadata["nbgrader"] = copy.deepcopy(cells.nbgrader_of(ours))
    cell.metadata["labutils"] = copy.deepcopy(cells.labutils_of(ours))
    if cells.is_check(ours):
        cell.source = ours.source
    return cell
