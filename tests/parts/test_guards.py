"""What nbval does not look at: how the notebooks are saved, how long a cell is, and what may go uncompared."""

import ast
import functools
import inspect
import itertools
import re

import nbformat
import pytest

from labutils import exercises, report
from labutils.notebook import figures

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
    def test_no_cell_has_over_25_lines_of_code(self, notebook):
        """A text with numbers stands in a cell too, as `Markdown(f"...")`; it is no code."""
        for cell in code_cells(notebook):
            code = re.sub(r'f""".*?"""', 'f""', cell.source, flags=re.DOTALL)
            assert len(code.splitlines()) <= 25, cell.source

    def test_no_cell_is_empty_or_installs_anything(self, notebook):
        for cell in code_cells(notebook):
            assert cell.source.strip()
            assert not re.search(r"^\s*[!%]", cell.source, re.MULTILINE), cell.source

    def test_the_first_cell_checks_the_installation(self, notebook):
        assert "check_installation()" in code_cells(notebook)[0].source

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
    """A cell whose numbers depend on the machine may opt out of comparison; the next one says if they are right.

    The open task does not need this: its settings are the student's (tests/exercises/test_targets.py).
    """

    def test_at_most_a_quarter_of_the_cells(self, notebook):
        cells = code_cells(notebook)
        assert sum("nbval-ignore-output" in tags(cell) for cell in cells) <= len(cells) / 4

    def test_no_cell_is_skipped(self, notebook):
        for cell in code_cells(notebook):
            assert tags(cell) <= {"nbval-ignore-output", "students"}, cell.source

    def test_the_next_cell_is_compared(self, notebook):
        """It prints whether the numbers lie in their bands, or sentences that are computed from them."""
        cells = code_cells(notebook)
        for cell, following in itertools.pairwise(cells):
            if "nbval-ignore-output" in tags(cell) and "exercises.target(" not in cell.source:
                assert "nbval-ignore-output" not in tags(following), following.source
                assert following.outputs, following.source

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


# What is there for one cell on purpose: the report's rows, the audit of a student's table, the checks of layers, losses
# and networks of one's own, and a figure.
FOR_ONE_CELL = {"load_rows", "load_runs", "audit", "confusion"}
FOR_ONE_CELL |= {"check_layer", "check_loss", "check_network"}


@functools.cache
def names_used_in_labutils() -> frozenset[str]:
    """Every name that the code of labutils uses, apart from where it is defined or imported."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "labutils").rglob("*.py"))
    return frozenset().union(*map(names_used, sources))


@pytest.mark.parametrize("room", [exercises, figures, report], ids=lambda room: room.__name__)
def test_no_function_of_labutils_is_there_for_one_cell(room):
    """A cell's code must not be hidden in labutils: what one cell alone needs stays in that cell."""
    cells = [names_used(cell.source) for part in PARTS for cell in code_cells(read(part))]
    for name in room.__all__:
        if inspect.isfunction(getattr(room, name)) and name not in FOR_ONE_CELL:
            in_cells = sum(name in cell for cell in cells)
            assert name in names_used_in_labutils() or in_cells > 1, f"{room.__name__}.{name}"


NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(e-?\d+)?(?!\d)(\s?%)?")


def numbers(text: str) -> set[float]:
    """The numbers of a text: all that have decimals, an exponent or a percent sign, and whole ones above 12."""
    found = set()
    for whole, decimals, exponent, percent in NUMBER.findall(text):
        value = float(whole.replace(",", "") + decimals + exponent)
        if decimals or exponent or percent or value > 12:
            found.add(value)
    return found


def sections(notebook) -> list[tuple[str, str]]:
    """From heading to heading: the text of its Markdown cells, and what its code shows."""
    found = [["", ""]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            before, *headed = re.split(r"^(?=#+ )", cell.source, flags=re.MULTILINE)
            found[-1][0] += f"{before}\n"
            found += [[text, ""] for text in headed]
        else:
            outputs = (text_of(o) + o.get("data", {}).get("text/markdown", "") for o in cell.outputs)
            if not re.search(r"exercises\.(predict|target)\(", cell.source):  # these print what is given
                found[-1][1] += "\n".join(outputs)
    return [tuple(section) for section in found]


def without_formulas(text: str) -> str:
    """A text without formulas (calculations by hand), code and the addresses of links."""
    return re.sub(r"(?s:\$\$.*?\$\$)|\$[^$\n]+\$|(?s:```.*?```)|`[^`]*`|\]\(.*?\)", " ", text)


def measured_in_text(notebook) -> list[str]:
    """Numbers in Markdown cells that an output of the same section shows, and neither code nor the report gives."""
    claimed = report.load_runs().select_dtypes("number").stack().dropna()
    known = {95, *claimed} | numbers(" ".join(report.CLAIMS.values()))  # all intervals are 95 % intervals
    known |= numbers("\n".join(cell.source for cell in code_cells(notebook)))
    found = []
    for text, shown in sections(notebook):
        both = numbers(without_formulas(text)) & numbers(shown) - known
        found += [f"{text.splitlines()[0] if text else ''}: {number:g}" for number in sorted(both)]
    return found


def test_no_measured_number_stands_in_a_markdown_cell(notebook):
    """It would not change with the run. A code cell inserts it: `Markdown(f"...")`."""
    assert measured_in_text(notebook) == []


def test_a_measured_number_would_be_found():
    output = nbformat.v4.new_output("stream", text="validation error 6.4 %, 79,510 parameters, 3 layers")
    code = nbformat.v4.new_code_cell("print(error)", outputs=[output])
    text = nbformat.v4.new_markdown_cell(
        "## B4\nThe error is 6.4 %, with 79,510 parameters and 3 layers, $x = 6.4$."
    )
    assert measured_in_text(nbformat.v4.new_notebook(cells=[text, code])) == ["## B4: 6.4", "## B4: 79510"]


def prose(notebook) -> list[str]:
    """The paragraphs of a notebook, in Markdown cells and in Markdown that cells show, without the glossary."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell in code_cells(notebook):
        texts += [o.data["text/markdown"] for o in cell.outputs if "text/markdown" in o.get("data", {})]
    return [paragraph for text in texts if "## Glossary" not in text for paragraph in text.split("\n\n")]


def test_paragraphs_are_short(notebook):
    """A list or a table may be longer, and so may the model answer to a written question."""
    for paragraph in prose(notebook):
        listed = re.search(r"^(\||[-*] |\d+\. |\$\$|```)", paragraph, re.MULTILINE)
        if not listed and not paragraph.startswith("*A model answer.*"):
            assert len(without_formulas(paragraph).split()) <= 85, paragraph


def test_part_c_is_short():
    notebook = read(PARTS[-1])
    assert len(notebook.cells) <= 75
    assert sum(len(paragraph.split()) for paragraph in prose(notebook)) <= 3500


def test_every_part_leads_to_the_glossary():
    """A table of English terms, Hebrew terms and meanings, at the end of Part C."""
    glossary = read(PARTS[-1]).cells[-1].source
    assert glossary.startswith("## Glossary")
    rows = [line.strip("| ").split(" | ") for line in glossary.splitlines() if line.startswith("|")][2:]
    assert len(rows) > 40
    for english, hebrew, meaning in rows:
        assert english.isascii(), english
        assert re.search("[א-ת]", hebrew) or "ReLU" in hebrew, hebrew
        assert len(meaning) > 10, english
    for part in PARTS:
        assert re.search(
            r"\]\((part_c_\w+\.ipynb)?#Glossary\)", "".join(c.source for c in read(part).cells)
        ), part


def test_the_picture_in_the_readme_is_a_figure_of_part_c():
    path, png = picture()
    assert path.read_bytes() == png, "the figure has changed: `make notebooks` takes the picture again"
