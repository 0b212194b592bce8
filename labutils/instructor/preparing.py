"""Build the notebook that is run at grading, and confirm afterwards that what passed there is right."""

import copy
import json
from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode

from labutils.instructor import bank, cells


def prepare_notebook(
    submitted: NotebookNode, released: NotebookNode, sources: Mapping[str, str]
) -> NotebookNode:
    """The notebook to be run: the student's cells, and the checks as they were handed out, with their hidden tests.

    No metadata of the student's are kept. If a cell occurs twice, the last one counts. Graded cells that are missing
    are put back. sources: the sources of nbgrader's cells, by grade id, with the hidden tests.
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
            there[name] = _as_handed_out(cell, ours[name], sources[name])
        notebook.cells.insert(0, cell)
    before = None
    for name, cell in ours.items():
        if name not in there and cells.nbgrader_of(cell).get("grade"):
            there[name] = _as_handed_out(_new_cell(cell.cell_type, cell.source), cell, sources[name])
            place = notebook.cells.index(before) + 1 if before is not None else len(notebook.cells)
            notebook.cells.insert(place, there[name])
        before = there.get(name, before)
    return notebook


def _new_cell(kind: str, source: str, name: str | None = None) -> NotebookNode:
    """A cell without outputs. name: its id; cells of older notebooks have none."""
    cell: NotebookNode = getattr(nbformat.v4, f"new_{kind}_cell")(source)
    cell.id = name or cell.id
    return cell


def _as_handed_out(cell: NotebookNode, ours: NotebookNode, source: str) -> NotebookNode:
    """A cell with the metadata of the release. A check also gets its source back, and displays the answer's results."""
    cell.metadata["nbgrader"] = copy.deepcopy(cells.nbgrader_of(ours))
    cell.metadata["labutils"] = copy.deepcopy(cells.labutils_of(ours))
    if cells.is_check(ours):
        cell.source = source
        if function := cells.labutils_of(ours).get("function"):
            cell.source += f"\nbank.show_results({json.dumps(cells.exercise_of(ours))}, {function})"
    return cell


def confirm_checks(executed: NotebookNode) -> list[str]:
    """Compare what the answers gave with what is right, outside of the student's process; a flag for each difference.

    A check that passed although its answer is wrong gets an error, which costs its points. The outputs of
    `bank.show_results` are removed.
    """
    found = []
    for cell in filter(cells.is_check, executed.cells):
        shown = [output for output in cell.outputs if bank.KIND in (output.get("data") or {})]
        cell.outputs = [output for output in cell.outputs if output not in shown]
        if any(output.output_type == "error" for output in cell.outputs):
            continue
        if "function" not in cells.labutils_of(cell):
            continue  # a check without inputs of the bank
        if not bank.confirms(cells.exercise_of(cell), shown[-1].data[bank.KIND] if shown else None):
            words = "The check was passed, but not by what the answer gives."
            cell.outputs.append(nbformat.v4.new_output("error", ename="NotConfirmed", evalue=words))
            found.append(f"{cells.grade_id(cell)}: its check was passed, but not by what the answer gives")
    return found
