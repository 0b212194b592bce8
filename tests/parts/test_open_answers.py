"""Notebooks of which some answers are open, and guesses: the run reaches its end and says what is missing."""

import re

import pytest

from labutils.instructor.cells import exercise_of

from .conftest import PARTS, code_cells, read
from .quick_run import answers, blank, printed, run

ONE_OPEN = [
    pytest.param(part, names, id=f"{part[:6]} {'all' if len(names) > 1 else names[0]}")
    for part in PARTS
    for every in [[exercise_of(cell) for cell in answers(read(part))]]
    for names in [every, *([name] for name in every)]
]


@pytest.mark.notebook
@pytest.mark.parametrize(("part", "still_open"), ONE_OPEN)
def test_open_blanks_do_not_break_the_run(part, still_open):
    """Every blank of a part open, and each alone. (All filled is what nbval runs.)"""
    notebook = read(part)
    for cell in answers(notebook):
        if exercise_of(cell) in still_open:
            cell.source = blank(cell.source)
    outputs = run(notebook)
    said = re.findall(r"Exercise (\S+) is not done yet\.", printed(outputs))
    assert list(dict.fromkeys(said)) == still_open
    page = outputs[-1].data["text/markdown"]
    assert [name for name in re.findall(r"\| (\S+) \| not done yet \|", page)] == still_open


def guess(notebook, letter: str) -> int:
    """Make the same guess at each prediction of a notebook: their number."""
    found = 0
    for cell in code_cells(notebook):
        if "exercises.predict(" in cell.source:
            cell.source = cell.source.replace(", None)", f', "{letter}")')
            found += 1
    return found


@pytest.mark.notebook
def test_guesses_are_shown_beside_the_results_and_on_the_page():
    notebook = read(PARTS[0])
    number = guess(notebook, "b")
    outputs = run(notebook)
    page = outputs[-1].data["text/markdown"]
    compared = [cell for cell in code_cells(notebook) if "exercises.compare(" in cell.source]
    assert len(compared) == number
    assert all("b) " in printed(cell.outputs) for cell in compared)
    assert len(re.findall(r"^\| A\S* \| b\) .* \|$", page, re.MULTILINE)) == number
