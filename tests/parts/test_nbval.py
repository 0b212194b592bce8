"""nbval must be able to fail: a stored output that is not what the cell gives is caught."""

import subprocess
import sys

import nbformat
import pytest

from .conftest import read


@pytest.fixture
def beginning(tmp_path):
    """The first pages of Part A as a notebook of their own."""
    notebook = read("part_a_logistic_regression")
    end = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("## A2"))
    notebook.cells = notebook.cells[:end]
    path = tmp_path / "beginning.ipynb"
    nbformat.write(notebook, path)
    return path


def nbval(path) -> subprocess.CompletedProcess:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        path.name,
    ]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)


@pytest.mark.notebook
def test_nbval_passes_what_was_stored_and_catches_one_changed_number(beginning):
    notebook = nbformat.read(beginning, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    changed = next(cell for cell in code if "one number" in cell.source)
    assert "(3, 1)" in changed.outputs[0].text
    changed.outputs[0].text = changed.outputs[0].text.replace("(3, 1)", "(3, 2)", 1)
    nbformat.write(notebook, beginning)
    run = nbval(beginning)
    assert run.returncode == 1, run.stdout
    assert f"1 failed, {len(code) - 1} passed" in run.stdout
