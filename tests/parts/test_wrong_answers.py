"""Notebooks with wrong answers: the run reaches its end, and its checks and its page of results say what is wrong."""

import ast
import re

import nbformat
import pytest

from labutils.instructor.cells import exercise_of
from labutils.report import verdicts

from .conftest import PARTS, code_cells, read
from .quick_run import answers, printed, run

# What becomes of a right answer: `right(*given)` calls it.
SPOILED = {
    "flipped": "value = right(*given)\n    flip = lambda one: -np.asarray(one)\n"
    "    return tuple(map(flip, value)) if isinstance(value, tuple) else flip(value)",
    "not a number": "value = right(*given)\n    spoil = lambda one: np.nan * np.asarray(one)\n"
    "    return tuple(map(spoil, value)) if isinstance(value, tuple) else spoil(value)",
    "of another shape": "return right(*given), 1",
    "failing": "raise ValueError('no such thing')",
    "ascending": "return right(*given[:4], -given[4], *given[5:])",
}


def spoil(cell, how: str) -> None:
    """Replace the function of an answer by one that does this with it."""
    function = ast.parse(cell.source).body[0].name
    cell.source += f"\n\n\ndef {function}(*given, right={function}):\n    {how}"


@pytest.mark.notebook
@pytest.mark.parametrize(
    ("part", "kind"),
    [(part, kind) for part in PARTS for kind in SPOILED if "_a_" in part or kind != "ascending"],
)
def test_wrong_answers_do_not_break_the_run(part, kind):
    notebook, names = read(part), []
    for cell in answers(notebook):
        name = exercise_of(cell)
        if kind != "ascending" or name == "A6":
            spoil(cell, SPOILED[kind])
            names.append(name)
    outputs = run(notebook)
    page = outputs[-1].data["text/markdown"]
    assert re.findall(r"\| (\S+) \| not right yet \|", page) == names
    # A result that needs an answer is marked if the library's solution was used, and only then.
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", page.partition("| result |")[2], re.MULTILINE)
    of_exercises = {row.split(",")[0] for row, _ in rows} & {exercise_of(cell) for cell in answers(notebook)}
    marked = {row.split(",")[0] for row, value in rows if value.endswith("(by the library)")}
    assert marked == of_exercises & replaced_in_the_end(notebook)
    if kind in STOPPING:
        assert marked == of_exercises


STOPPING = ("of another shape", "failing")  # there are no results to show


def replaced_in_the_end(notebook) -> set[str]:
    """The exercises for which the last cell that may use the library's solution says that it does."""
    found = set()
    for cell in code_cells(notebook):
        for name in re.findall(r'exercises\.replace_if_\w+\("(.+?)"', cell.source):
            found.discard(name)
            if f"Exercise {name} " in printed(cell.outputs):
                found.add(name)
    return found


RECORDER = """
from labutils import exercises
seen, whole_check = {}, exercises.check_gradient
def check_gradient(name, *given):
    seen[name] = whole_check(name, *given)
    return seen[name]
exercises.check_gradient = check_gradient
"""


@pytest.mark.notebook
@pytest.mark.parametrize(
    ("part", "exercise", "builds_on_it"), [(PARTS[0], "A3.1", "A6"), (PARTS[1], "B3", "B4")]
)
def test_the_gradient_check_sees_one_flipped_gradient_and_other_answers_do_not_suffer(
    part, exercise, builds_on_it
):
    """The student's own backward pass is checked. What builds on it uses the library's, and no claim rests on it."""
    notebook = read(part)
    for cell in answers(notebook):
        if exercise_of(cell) == exercise:
            spoil(cell, "first, *others = right(*given)\n    return -first, *others")
    notebook.cells.insert(0, nbformat.v4.new_code_cell(RECORDER))
    probe = nbformat.v4.new_code_cell("print({name: bool(result) for name, result in seen.items()})")
    notebook.cells.insert(len(notebook.cells) - 1, probe)
    outputs = run(notebook)
    seen = ast.literal_eval(probe.outputs[0].text)
    failed = {name for name, passed in seen.items() if not passed}
    assert len(failed) == 1
    assert "W" in failed.pop()
    assert sum(seen.values()) >= 2
    page = outputs[-1].data["text/markdown"]
    assert f"| {exercise} | not right yet |" in page
    assert f"| {builds_on_it} | public checks passed |" in page
    assert exercise in replaced_in_the_end(notebook)
    shown = "\n".join(o.data.get("text/markdown", "") for o in outputs if "data" in o)
    claim = exercise.partition(".")[0]
    not_yet = re.escape(verdicts.implemented(claim, False, "").evidence)
    assert re.search(rf"^\| {claim} \|.*{not_yet}", shown, re.MULTILINE)
    assert not re.search(rf"^\| {builds_on_it} \|.*{not_yet}", shown, re.MULTILINE)
