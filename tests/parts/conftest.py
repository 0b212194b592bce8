"""What the guards of the notebooks share."""

from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["part_a_logistic_regression", "part_b_two_layer_network", "part_c_learning_rate_study"]


def read(part: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "notebooks" / f"{part}.ipynb", as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


@pytest.fixture(params=PARTS)
def notebook(request):
    return read(request.param)
