"""What nbval does not look at: how the notebooks are saved, how long a cell is, and what may go uncompared."""

import ast
import functools
import inspect
import itertools
import re

import numpy as np
import pandas as pd
import pytest

from labutils import data, exercises, experiments, report, training
from labutils._internal import mnist_download
from labutils.layers import Linear
from labutils.losses import SigmoidNLL
from labutils.network import Network
from labutils.notebook import figures
from labutils.record import DIVERGED_ABOVE

from ..conftest import DATA, data_script
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

    def test_the_next_cell_says_in_words_whether_the_numbers_are_right(self, notebook):
        cells = code_cells(notebook)
        for cell, following in itertools.pairwise(cells):
            if "nbval-ignore-output" in tags(cell) and "exercises.target(" not in cell.source:
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


# Comparisons with the report that need tests of their own, and the rows that they are made with.
FOR_ONE_TABLE = {"distances", "load_rows"}


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
        if inspect.isfunction(getattr(room, name)) and name not in FOR_ONE_TABLE:
            in_cells = sum(name in cell for cell in cells)
            assert name in names_used_in_labutils() or in_cells > 1, f"{room.__name__}.{name}"


NUMBER = re.compile(r"(?<![\w.])((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e-?\d+)?)(?!\d)(\s?%)?")


def numbers(text: str) -> set[float]:
    return {float(token.replace(",", "")) for token, _ in NUMBER.findall(text)}


def telling(text: str) -> set[float]:
    """The numbers that a text gives: all but whole ones up to 12 without a percent sign, which count and name."""
    found = [(token.replace(",", ""), percent) for token, percent in NUMBER.findall(text)]
    return {float(n) for n, percent in found if percent or not n.isdigit() or int(n) > 12}


def sections(notebook) -> list[tuple[str, str]]:
    """From heading to heading: what the text says, and what the cells hold and give."""
    found = [["", ""]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            before, *headed = re.split(r"^(?=#+ )", cell.source, flags=re.MULTILINE)
            found[-1][0] += f"{before}\n"
            found += [[text, ""] for text in headed]
        elif cell.cell_type == "code":
            outputs = (text_of(o) + o.get("data", {}).get("text/markdown", "") for o in cell.outputs)
            found[-1][1] += "\n".join([cell.source, *outputs, ""])
    return [(text, cells) for text, cells in found]


TRAIN, TEST = mnist_download.TRAIN, 70_000 - mnist_download.TRAIN  # images of all of MNIST
BATCH = training.TrainingOptions(1e-3).batch_size
MOMENTUM = training.TrainingOptions(1e-3).momentum

# Data are loaded and runs are made when a test first needs them.
report_runs = functools.cache(report.load_runs)
points, mnist, digits = map(functools.cache, (data.load_points, data.load_mnist, data.load_digits))
study, histories = map(functools.cache, (experiments.load_study, experiments.load_histories))
make_study = functools.cache(lambda: data_script("make_study"))


@functools.cache
def claimed() -> set[float]:
    """The numbers that the report gives."""
    return set(report_runs().select_dtypes("number").stack().dropna()) | numbers(
        " ".join(report.CLAIMS.values())
    )


@functools.cache
def report_tables() -> dict[str, pd.DataFrame]:
    """The report's rows by run."""
    return {name: report.load_rows(name) for name in report_runs().index}


def images(dataset: data.Dataset) -> int:
    return len(dataset.x_train) + len(dataset.x_validation)


def band(quantity: str) -> np.ndarray:
    """The lowest and the highest value of a quantity in data/bands.csv."""
    return (
        pd.read_csv(DATA / "bands.csv").set_index("quantity").loc[quantity, ["low", "high"]].to_numpy(float)
    )


@functools.cache
def held() -> dict[str, dict[float, str]]:
    """Numbers that are in a text and in no cell of its section, by part, each from its source or with it."""
    runs, pixels = report_runs(), digits().x_train.shape[1]
    return {
        "part_a_logistic_regression": {
            35: "points (test_exercises)",
            60: "minutes, a guide",
            90: "minutes, a guide",
            len(points().x_train): "points to train on",
            round(0.175 * len(points().x_train)): "of them are the report's 17.5 %",
        },
        "part_b_two_layer_network": {
            35: "points (test_exercises)",
            90: "minutes, a guide",
            pixels**0.5: "pixels of an image, each way",
            float(mnist().x_train.max()): "a pixel",
            2000: "epochs to try",
            images(mnist()): "the two numbers that a cell prints, together",
            20 * len(mnist().x_train) // 100: "in twenty epochs",
            TRAIN + TEST: "images of all of MNIST",
            TRAIN // 100: "mini-batches in an epoch of all of MNIST",
            2 * TRAIN // 100: "in two epochs",
            TEST: "validation images of all of MNIST",
        },
        "part_c_learning_rate_study": {
            30: "points (test_exercises)",
            35: "the largest rotation (test_documents), and minutes, a guide",
            len(digits().x_train): "images to train on",
            images(
                digits()
            ): "the two numbers that a cell prints, together; a set of images, and of sizes, to try",
            float(digits().x_train.max()): "a pixel",
            round(10 * runs.loc["hidden-700", "validation_error_pct"]): "wrong images with 700 units",
            round(10 * runs.loc["hidden-1000", "validation_error_pct"]): "wrong images with 1000 units",
            BATCH: "the toolbox's mini-batch",
            24: "renderings (test_make_digits)",
            1990: "a year",
            pixels * 200 + 200 + 200 * 10 + 10: "parameters with 200 units",
        },
    }


def crossings(after: int) -> int:
    """How often a training point of Part A changes sides after so many steps at 0.02, in 100 steps."""
    network, sides = Network(Linear(2, 1, np.random.default_rng(0), init="zeros")), []
    options = training.TrainingOptions(0.02, 0.0, 0.0, len(points().x_train), 100)
    loss = SigmoidNLL("sum")
    training.train(
        network, loss, points(), options, [lambda _: sides.append(network.forward(points().x_train) > 0)]
    )
    return int((np.diff(np.hstack(sides).astype(int), axis=1) != 0)[:, after:].sum())


@functools.cache
def in_words() -> dict[str, tuple[float, float, float]]:
    """What is said in words, or with a number that other cells hold as well: what is meant, and its lowest and highest
    value for which the words are true."""
    training_error = study().groupby("configuration")["training_error_pct"].mean()
    tables, late = report_tables(), report.load_rows().groupby("run")["training_accuracy_pct"].max() < 100
    hundred = {c.name: c for c in make_study().MNIST}
    nine = [f"{name} centred" for name in tables if name != "learn-rate-too-high"]
    centred = study()[study()["configuration"].isin(nine) & (study()["seed"] == 0)]
    return {
        # Part A
        "After some twenty steps hardly any point changes sides": (crossings(after=20), 0, 5),
        "a step is only a seventh": (0.02 / 0.003, 6.5, 7.5),
        "or a seventieth as long": (0.02 / 0.0003, 65, 75),
        "0.03, which is half as much again": (0.03 / 0.02, 1.499, 1.501),
        "0.07 is more than three times a rate that works": (0.07 / 0.02, 3, 4),
        # Part B
        "a validation error of six or seven percent": (band("B4 validation error (%)").mean(), 6, 7),
        "a training error of next to nothing": (band("B4 training error (%)").max(), 0, 0.1),
        "which keeps nine tenths of the last step": (MOMENTUM, 0.9, 0.9),
        "mini-batches take forty rough ones": (len(mnist().x_train) / 100, 40, 40),
        "from 30 units on, the training error is nearly zero": (training_error["mnist-30"], 0, 1),
        "these sizes with five seeds each": ((study()["configuration"] == "mnist-300").sum(), 5, 5),
        "a quarter of the images": (1 - hundred["mnist-100 quarter"].left_out, 0.25, 0.25),
        "a tenth of the epochs": (
            hundred["mnist-100 2 epochs"].epochs / hundred["mnist-100"].epochs,
            0.1,
            0.1,
        ),
        "takes at least fifteen times as long": (
            TRAIN / len(mnist().x_train),
            15,
            15,
        ),
        "is about a third ($1/\\sqrt{10}$)": ((1000 / TEST) ** 0.5, 0.3, 0.35),
        # Part C
        "becomes ten times as long as without momentum": (1 / (1 - MOMENTUM), 9.99, 10.01),
        "makes a count of 20 vary by four or five either way": ((1000 * 0.02 * 0.98) ** 0.5, 4, 5),
        "three other runs never reach 0 %": (late.drop("learn-rate-5e-5").sum(), 3, 3),
        "a batch loss is above a million within five iterations": (DIVERGED_ABOVE, 1e6, 1e6),
        "and one tenth of the validation images belong to it": (
            (digits().y_validation == 0).mean(),
            0.1,
            0.1,
        ),
        "the figure has eight runs and not nine": ((centred["status"] == "finished").sum(), 8, 8),
        "momentum makes the steps ten times as long in the end": (1 / (1 - MOMENTUM), 9.99, 10.01),
        "would be about a third as wide": (1 / 10**0.5, 0.3, 0.35),
        "Training errors near zero for the three larger sizes": (
            training_error[["hidden-500", "hidden-700", "hidden-1000"]].max(),
            *(0, 1.5),
        ),
    }


@functools.cache
def all_texts() -> str:
    return "\n".join(text for part in PARTS for text, _ in sections(read(part)))


def test_what_is_said_in_words_is_what_is_meant():
    missing = [phrase for phrase in in_words() if phrase not in all_texts()]
    wrong = {phrase: value for phrase, (value, low, high) in in_words().items() if not low <= value <= high}
    assert not missing
    assert not wrong


SMALL = re.compile(
    r"\b(zero|once|twice|hal(?:f|ves)|thirds?|quarters?|fifth|seventh|tenths?|seventieth|hundredth|two|three|four|five|"
    r"six|seven|eight|nine|ten|twelve|fifteen|twenty|forty|fifty|hundreds?|thousands?|million|dozen)\b",
    re.IGNORECASE,
)


def small_numbers(part: str) -> str:
    """Section by section, the numbers that `telling` leaves out: whole ones up to 12, and those in words."""
    lines = []
    for text, _ in sections(read(part)):
        shown = re.sub(r"\$[^$]*\$|`[^`]*`|\]\(.*?\)", "", text)
        found = [(m.start(), m[0].lower()) for m in SMALL.finditer(shown)]
        for match in NUMBER.finditer(shown):
            if match[1].isdigit() and int(match[1]) <= 12 and not match[2]:
                found.append((match.start(), match[1]))
        lines.append(
            f"{text.splitlines()[0][:40] if text else ''}: {' '.join(word for _, word in sorted(found))}".rstrip()
        )
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("part", PARTS)
def test_every_small_number_was_read(part):
    """Three layers, one of the two, exercise 3: no cell gives them. They are as they were when somebody read the text
    beside its cells; whoever changes one reads it again, and then runs `python -m tests.parts.small_numbers`."""
    known = (ROOT / "tests" / "parts" / "small_numbers" / f"{part}.txt").read_text(encoding="utf-8")
    assert small_numbers(part) == known


@pytest.mark.parametrize("part", PARTS)
class TestNumbers:
    def test_each_is_given_in_its_section_or_by_the_report_or_held(self, part):
        for text, cells in sections(read(part)):
            alone = telling(text) - numbers(cells) - claimed() - set(held()[part])
            assert not alone, f"{text.splitlines()[0]}: {sorted(alone)}"

    def test_what_is_held_stands_somewhere_alone(self, part):
        alone = [telling(text) - numbers(cells) - claimed() for text, cells in sections(read(part))]
        assert set(held()[part]) <= set().union(*alone)


def test_the_glossary_says_where_a_term_is_used():
    """Its last column names parts and sections, such as A7.2. The first seven letters of a term are found there."""
    in_section = {}
    for part in PARTS:
        for text, cells in sections(read(part)):
            letter = part.split("_")[1].upper()
            in_section[f"Part {letter} {text.splitlines()[0] if text else ''}"] = (text + cells).lower()
    glossary = read(PARTS[-1]).cells[-1].source
    rows = re.findall(r"^\| ([a-zA-Z].*?) \| .* \| (.*) \|$", glossary, re.MULTILINE)[1:]  # without the heads
    assert len(rows) > 40
    for names, where in rows:
        terms = [term.lower()[:7] for term in re.split(r", | \(.*?\)", names) if term]
        places = [p if p.startswith("Part ") else f"Part {p[0]} ## {p}" for p in where.split(", ")]
        texts = [
            "".join(text for name, text in in_section.items() if name.startswith(place)) for place in places
        ]
        assert all(any(term in text for term in terms) for text in texts), names
        assert all(any(term in text for text in texts) for term in terms), names


def test_the_picture_in_the_readme_is_a_figure_of_part_c():
    path, png = picture()
    assert path.read_bytes() == png, "the figure has changed: `make notebooks` takes the picture again"
