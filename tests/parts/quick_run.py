"""A notebook with other answers in its cells, run quickly."""

import re

import nbformat
from nbclient import NotebookClient

from labutils.instructor.cells import exercise_of, role_of

from . import hurry
from .conftest import ROOT, code_cells

SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$", re.MULTILINE | re.DOTALL)
HIDDEN = re.compile(r"\n### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS$", re.DOTALL)


def answers(notebook) -> list:
    """The cells with code to fill in."""
    return [cell for cell in code_cells(notebook) if role_of(cell) == "answer"]


def blank(source: str) -> str:
    """A solution cell as students get it."""
    return SOLUTION.sub(r"\1...", source)


def run(notebook) -> list:
    """The outputs of a notebook without its hidden tests, quickly. Nothing is raised or printed to stderr."""
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.source = HIDDEN.sub("", cell.source)
    in_part_a = any(exercise_of(cell).startswith("A") for cell in answers(notebook))
    training = hurry.TRAINING if in_part_a else hurry.GLIMPSE  # Part A looks at whole paths
    notebook.cells.insert(0, nbformat.v4.new_code_cell(training + hurry.FIGURES))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": ROOT}}).execute()
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    return outputs


def printed(outputs) -> str:
    """What is printed, and each message in one line."""
    messages = [output.data["text/plain"] for output in outputs if "text/html" in output.get("data", {})]
    streams = [output.get("text", "") for output in outputs]
    return "".join(streams) + "\n".join(message.replace("\n", " ") for message in messages)
