"""What nbval does not look at: how the notebooks are saved, how long a cell is, and what may go uncompared."""

import ast
import inspect
import itertools
import math
import re

import pytest

from labutils import checks, full_mnist, plots, report

from .after_a_run import picture
from .conftest import PARTS, ROOT, code_cells, read, tags


def text_of(output) -> str:
    return output.get("text", "") + output.get("data", {}).get("text/plain", "")


class TestSaved:
    def test_executed_in_order_from_a_fresh_kernel(self, notebook):
        counts = [cell.execution_count for cell in code_cells(notebook)]
        assert counts == list(range(1, len(counts) + 1))

    def test_no_error_and_nothing_on_stderr(self, notebook):
        for cell in code_cells(notebook):
            for output in cell.outputs:
                assert output.output_type != "error", cell.source
                assert output.get("name") != "stderr", cell.source

    def test_printed_lines_are_in_one_piece(self, notebook):
        for cell in code_cells(notebook):
            assert sum(output.output_type == "stream" for output in cell.outputs) <= 1, cell.source

    def test_no_widget_state(self, notebook):
        assert "widgets" not in notebook.metadata
        for cell in code_cells(notebook):
            for output in cell.outputs:
                assert not any("widget" in kind for kind in output.get("data", {})), cell.source

    def test_no_path_of_a_machine(self, notebook):
        outputs = "".join(text_of(output) for cell in code_cells(notebook) for output in cell.outputs)
        assert not re.search(r"/(home|Users|root|tmp|work)/|[A-Z]:\\", outputs)


class TestCells:
    def test_no_cell_is_over_25_lines(self, notebook):
        for cell in code_cells(notebook):
            assert len(cell.source.splitlines()) <= 25, cell.source

    def test_no_cell_is_empty_or_installs_anything(self, notebook):
        for cell in code_cells(notebook):
            assert cell.source.strip()
            assert not re.search(r"^\s*[!%]", cell.source, re.MULTILINE), cell.source

    def test_the_first_cell_checks_the_surroundings(self, notebook):
        assert "check_surroundings()" in code_cells(notebook)[0].source

    def test_every_figure_has_an_alt_text(self, notebook):
        figures = [
            output
            for cell in code_cells(notebook)
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]
        assert figures
        for output in figures:
            alt = output["data"]["text/plain"]
            assert len(alt) > 40, alt
            assert "object at 0x" not in alt
            assert "Figure(" not in alt


class TestUncompared:
    """A cell whose numbers depend on the machine may opt out of comparison; the next one says if they are right."""

    def test_at_most_a_quarter_of_the_cells(self, notebook):
        cells = code_cells(notebook)
        assert sum("nbval-ignore-output" in tags(cell) for cell in cells) <= len(cells) / 4

    def test_no_cell_is_skipped(self, notebook):
        for cell in code_cells(notebook):
            assert tags(cell) <= {"nbval-ignore-output", "students"}, cell.source

    def test_the_next_cell_says_in_words_whether_the_numbers_are_right(self, notebook):
        cells = code_cells(notebook)
        for cell, following in itertools.pairwise(cells):
            if "nbval-ignore-output" in tags(cell):
                assert "nbval-ignore-output" not in tags(following), following.source
                printed = "".join(map(text_of, following.outputs))
                assert "inside its band" in printed, following.source

    def test_every_number_that_was_measured_lies_in_its_band(self, notebook):
        printed = "".join(text_of(output) for cell in code_cells(notebook) for output in cell.outputs)
        assert "out of its band" not in printed


def names_used(source: str) -> set[str]:
    """Every name and every attribute that a cell uses, without what it imports."""
    nodes = ast.walk(ast.parse(source))
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in nodes
        if isinstance(node, ast.Name | ast.Attribute)
    }


FOR_ONE_TABLE = {"distances", "rate_bracket"}  # comparisons with the report that need tests of their own


@pytest.mark.parametrize("room", [checks, plots, report], ids=lambda room: room.__name__)
def test_no_function_of_labutils_is_there_for_one_cell(room):
    """A cell's code must not be hidden in labutils: what one cell alone needs stays in that cell."""
    cells = [names_used(cell.source) for part in PARTS for cell in code_cells(read(part))]
    used_in_the_house = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "labutils").glob("*.py"))
    for name, function in inspect.getmembers(room, inspect.isfunction):
        if function.__module__ == room.__name__ and name not in FOR_ONE_TABLE:
            inside = len(re.findall(rf"\b{name}\b", used_in_the_house)) > 1  # once is its own definition
            assert inside or sum(name in cell for cell in cells) > 1, f"{room.__name__}.{name}"


NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e-?\d+)?(?!\d)")


def numbers(text: str) -> set[float]:
    return {float(token.replace(",", "")) for token in NUMBER.findall(text)}


UPDATES = full_mnist.SHAPES["train-labels-idx1-ubyte"][0] // 100

# Numbers that stand in a text alone, and what holds each of them.
HELD = {
    "part_a_logistic_regression": {90: "minutes, a guide", 35: "points (test_exercises)"},
    "part_b_two_layer_network": {
        90: "minutes, a guide",
        0.5: "0.005 times the batch of 100",
        28: "an image has 28 x 28 = 784 pixels (test_data)",
        round(math.log(10), 2): "ln 10",
        5000: "4,000 and 1,000, which a cell prints (test_data)",
        sum(shape[0] for shape in full_mnist.SHAPES.values()) // 2: "images and labels of all of MNIST",
        12: "MB of the four files, as the mirrors have them",
        UPDATES: "of 100 images in an epoch of all of MNIST",
        2 * UPDATES: "in two epochs",
        full_mnist.SHAPES["t10k-labels-idx1-ubyte"][0]: "validation images of all of MNIST",
    },
    "part_c_learning_rate_study": {
        45: "the largest rotation (data/make_digits_10k.py)",
        35: "points (test_exercises)",
        10000: "9,000 and 1,000, which a cell prints (test_data)",
    },
}


@pytest.mark.parametrize("part", PARTS)
def test_every_number_in_a_text_is_in_a_cell_or_held(part):
    notebook = read(part)
    code = "\n".join(cell.source for cell in code_cells(notebook))
    printed = "\n".join(
        text_of(output) + output.get("data", {}).get("text/markdown", "")
        for cell in code_cells(notebook)
        for output in cell.outputs
    )
    logs = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "data" / "report").glob("*.csv"))
    texts = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    allowed = numbers(code) | numbers(printed) | numbers(logs)
    alone = numbers(texts) - allowed
    assert alone <= set(HELD[part]), sorted(alone - set(HELD[part]))
    assert set(HELD[part]) <= numbers(texts), "HELD names a number that no text has any more"


def test_the_picture_in_the_readme_is_a_figure_of_part_c():
    path, png = picture()
    assert path.read_bytes() == png, "the figure has changed: `make notebooks` takes the picture again"
