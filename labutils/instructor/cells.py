"""What the metadata of a notebook's cells say: which cells belong to an exercise, and what each of them is for.

A cell of an exercise carries `{"labutils": {"exercise": "A3.1", "role": "answer"}}`. The roles are

- `question`: the text that asks for the answer,
- `answer`: the code that a student fills in,
- `check`: the code that checks it; with `"function": "linear_backward"`, the name of the function that is checked,
- `written`: the text that a student fills in.

nbgrader adds its own metadata, with a `grade_id` for each cell, the points, and whether a cell is graded.
Students can edit metadata, so roles and names are taken from the release. Submitted cells are matched by `grade_id`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from nbformat import NotebookNode

# A role, and what nbgrader calls such a cell: is it graded, and does it hold a solution?
_ROLES = {"answer": (False, True), "check": (True, False), "written": (True, True)}


def nbgrader_of(cell: NotebookNode) -> Mapping[str, Any]:
    """nbgrader's metadata of a cell, empty if it has none."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, Mapping) else {}


def grade_id(cell: NotebookNode) -> str | None:
    """nbgrader's name of a cell, such as "A3-1-answer"."""
    found = nbgrader_of(cell).get("grade_id")
    return found if isinstance(found, str) else None


def labutils_of(cell: NotebookNode) -> Mapping[str, Any]:
    """The metadata that this project gives to the cells of an exercise, empty if the cell has none."""
    found = cell.metadata.get("labutils")
    return found if isinstance(found, Mapping) else {}


def exercise_of(cell: NotebookNode) -> str:
    """The name of the exercise that a cell belongs to, such as "A3.1" or "A7.1 written"; "" if it has none."""
    return str(labutils_of(cell).get("exercise", ""))


def role_of(cell: NotebookNode) -> str:
    """The role of a cell in its exercise: question, answer, check or written; "" if it has none."""
    return str(labutils_of(cell).get("role", ""))


def is_check(cell: NotebookNode) -> bool:
    """Whether a cell checks an answer. Students should leave such cells as they are."""
    return role_of(cell) == "check"


def is_written(cell: NotebookNode) -> bool:
    """Whether a cell is a written answer."""
    return role_of(cell) == "written"


def graded_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that have points, by grade id, in the order of the notebook."""
    return {
        name: cell for cell in notebook.cells if (name := grade_id(cell)) and nbgrader_of(cell).get("grade")
    }


def exercise_names(notebooks: Iterable[NotebookNode]) -> dict[str, str]:
    """The name of the exercise for each grade id of the graded cells: {"A3-1": "A3.1", ...}."""
    return {
        name: exercise_of(cell) for notebook in notebooks for name, cell in graded_cells(notebook).items()
    }


def answers_in(notebook: NotebookNode, released: NotebookNode) -> dict[str, str]:
    """The sources of the cells that students fill in, by grade id. The release says which cells these are."""
    asked = {grade_id(cell) for cell in released.cells if role_of(cell) in ("answer", "written")}
    return {str(name): cell.source for cell in notebook.cells if (name := grade_id(cell)) in asked}


def question_of(exercise: str, released: NotebookNode) -> str:
    """The text that asks for an exercise, as Markdown; "" if no cell has that role."""
    for cell in released.cells:
        if role_of(cell) == "question" and exercise_of(cell) == exercise:
            return str(cell.source)
    return ""


def check_metadata(notebook: NotebookNode) -> None:
    """Raise `RuntimeError` if a cell of nbgrader's has no exercise, or a role that does not fit nbgrader's metadata."""
    for cell in notebook.cells:
        name, grader = grade_id(cell), nbgrader_of(cell)
        if name is None:
            continue
        kind = bool(grader.get("grade")), bool(grader.get("solution"))
        if not exercise_of(cell) or _ROLES.get(role_of(cell)) != kind:
            raise RuntimeError(
                f"cell {name}: expected metadata such as "
                '{"labutils": {"exercise": "A3.1", "role": "answer"}} that fits nbgrader\'s, '
                f"got {dict(labutils_of(cell))}"
            )
