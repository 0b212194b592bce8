"""The exercises as they stand in the notebooks: their cells, their points, and what a blank does to a run."""

import ast
import itertools
import re

import nbformat
import pytest
from nbclient import NotebookClient

from labutils import exercises
from labutils.instructor import flags

from . import hurry
from .conftest import PARTS, ROOT, code_cells, read, tags

POINTS = {"part_a_logistic_regression": 35, "part_b_two_layer_network": 30, "part_c_learning_rate_study": 35}
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$", re.MULTILINE | re.DOTALL)
HIDDEN = re.compile(r"\n### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS$", re.DOTALL)


def name_of(cell) -> str:
    """The exercise of an answer's cell or a check's: A3.1."""
    return flags.grade_id(cell).removesuffix("-answer").replace("-", ".")


def answers(notebook) -> list:
    """The cells with code to fill in."""
    return [cell for cell in code_cells(notebook) if flags.grader(cell).get("solution")]


def written(notebook) -> list:
    """The cells with words to fill in."""
    return [c for c in notebook.cells if c.cell_type == "markdown" and flags.grader(c).get("solution")]


def blank(source: str) -> str:
    """A solution cell as students get it."""
    return SOLUTION.sub(r"\1...", source)


class TestCells:
    @pytest.mark.parametrize("part", PARTS)
    def test_the_points(self, part):
        notebook = read(part)
        points = sum(flags.grader(cell).get("points", 0) for cell in notebook.cells)
        assert points == POINTS[part]
        assert f"has {points} of the 100 points" in notebook.cells[0].source
        assert sum(POINTS.values()) == 100

    def test_enough_of_each(self):
        notebooks = [read(part) for part in PARTS]
        assert sum(len(answers(notebook)) for notebook in notebooks) >= 8
        assert sum(len(written(notebook)) for notebook in notebooks) >= 8
        assert {name_of(c) for n in notebooks for c in answers(n)} == set(exercises.load())

    def test_the_text_before_says_the_points(self, notebook):
        text = ""
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and not flags.grader(cell):
                text = cell.source
            points = flags.grader(cell).get("points")
            if points:
                assert f"({points} points)" in text, flags.grade_id(cell)

    def test_names_first_and_results_last(self, notebook):
        cells = code_cells(notebook)
        assert "students" in tags(cells[1])
        assert "checks.results(" in cells[-1].source
        assert "**Objectives.**" in notebook.cells[0].source

    def test_an_answer_is_preset_and_its_blank_is_python(self, notebook):
        for cell in answers(notebook):
            assert re.search(r"= None( +#.*)?\n +### BEGIN SOLUTION", cell.source), cell.source
            space = {}
            exec(compile(blank(cell.source), "blank", "exec"), space)  # noqa: S102  our own cells
            (function,) = (value for name, value in space.items() if name != "__builtins__")
            assert exercises.check(name_of(cell), function).message.startswith("Exercise")

    def test_a_check_follows_each_answer(self, notebook):
        cells = notebook.cells
        for cell, check in itertools.pairwise(cells):
            if cell in answers(notebook):
                name, function = name_of(cell), ast.parse(cell.source).body[0].name
                shown = f'{function} = checks.exercise("{name}", {function})'
                assert HIDDEN.sub("", check.source) == shown
                assert f'bank.require("{name}", {function})' in HIDDEN.search(check.source).group()
                assert flags.grader(check)["locked"]
                assert name_of(check) == name

    def test_no_answer_uses_the_library(self, notebook):
        for cell in answers(notebook):
            assert flags.library_in(cell.source) == ""

    def test_no_bare_except(self, notebook):
        for cell in code_cells(notebook):
            for node in ast.walk(ast.parse(cell.source)):
                assert not (isinstance(node, ast.ExceptHandler) and node.type is None)

    def test_the_glossary(self):
        text = read("part_c_learning_rate_study").cells[-1].source
        rows = [line.split("|")[1:4] for line in text.splitlines() if line.startswith("| ")][1:]
        assert len(rows) >= 40
        for english, hebrew, _ in rows:
            assert re.search(r"[A-Za-z]", english)
            assert re.search(r"[\u05d0-\u05ea]", hebrew), english
        assert [row[0].lower() for row in rows] == sorted(row[0].lower() for row in rows)


ONE_OPEN = [
    pytest.param(part, names, id=f"{part[:6]} {'all' if len(names) > 1 else names[0]}")
    for part in PARTS
    for every in [[name_of(cell) for cell in answers(read(part))]]
    for names in [every, *([name] for name in every)]
]


@pytest.mark.parametrize(("part", "still_open"), ONE_OPEN)
def test_open_blanks_do_not_break_the_run(part, still_open):
    """Every blank of a part open, and each alone. (All filled is what nbval runs.)"""
    notebook = read(part)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.source = HIDDEN.sub("", cell.source)
        if cell in answers(notebook) and name_of(cell) in still_open:
            cell.source = blank(cell.source)
    training = hurry.TRAINING if "_a_" in part else hurry.GLIMPSE  # Part A looks at whole paths
    notebook.cells.insert(0, nbformat.v4.new_code_cell(training + hurry.FIGURES))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": ROOT}}).execute()
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    printed = "".join(output.get("text", "") for output in outputs)
    said = re.findall(
        r"Exercise (\S+) is not done yet\. The cells below go on with the library's own", printed
    )
    assert said == still_open
    page = outputs[-1].data["text/markdown"]
    assert [name for name in re.findall(r"\| (\S+) \| not done yet \|", page)] == still_open
