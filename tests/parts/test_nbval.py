"""nbval must be able to fail: a stored output that is not what the cell gives is caught."""

import re
import subprocess
import sys

import nbformat
import pytest

from .conftest import code_cells, read, tags

NUMBER = re.compile(r"[0-9]")


@pytest.fixture
def beginning(tmp_path):
    """The first code cells of Part A as a notebook of their own, up to the first that prints a number: its path."""
    notebook, cells = read("part_a_logistic_regression"), []
    for cell in code_cells(notebook):
        cells.append(cell)
        if not tags(cell) and NUMBER.search(printed(cell)):
            break
    notebook.cells = cells
    path = tmp_path / "beginning.ipynb"
    nbformat.write(notebook, path)
    return path


def printed(cell) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


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
    (stream,) = (output for output in notebook.cells[-1].outputs if output.output_type == "stream")
    stream.text = NUMBER.sub(lambda digit: str((int(digit[0]) + 1) % 10), stream.text, count=1)
    nbformat.write(notebook, beginning)
    run = nbval(beginning)
    assert run.returncode == 1, run.stdout
    assert f"1 failed, {len(notebook.cells) - 1} passed" in run.stdout
