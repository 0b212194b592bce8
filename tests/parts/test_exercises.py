"""The exercises as they stand in the notebooks: their cells, their points, and what a blank does to a run."""

import ast
import itertools
import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from labutils.exercises.answers import check_answer
from labutils.exercises.cases import load_exercises
from labutils.instructor.cells import exercise_of, grade_id, nbgrader_of, role_of
from labutils.instructor.originality import describe_library_use

from . import hurry
from .conftest import PARTS, ROOT, code_cells, read, tags

POINTS = {"part_a_logistic_regression": 35, "part_b_two_layer_network": 35, "part_c_learning_rate_study": 30}
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$", re.MULTILINE | re.DOTALL)
HIDDEN = re.compile(r"\n### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS$", re.DOTALL)


def answers(notebook) -> list:
    """The cells with code to fill in."""
    return [cell for cell in code_cells(notebook) if role_of(cell) == "answer"]


def written(notebook) -> list:
    """The cells with words to fill in."""
    return [cell for cell in notebook.cells if role_of(cell) == "written"]


def blank(source: str) -> str:
    """A solution cell as students get it."""
    return SOLUTION.sub(r"\1...", source)


class TestCells:
    @pytest.mark.parametrize("part", PARTS)
    def test_the_points(self, part):
        notebook = read(part)
        points = sum(nbgrader_of(cell).get("points", 0) for cell in notebook.cells)
        assert points == POINTS[part]
        assert f"has {points} of the 100 points" in notebook.cells[0].source
        assert sum(POINTS.values()) == 100

    def test_enough_of_each(self):
        notebooks = [read(part) for part in PARTS]
        assert sum(len(answers(notebook)) for notebook in notebooks) >= 8
        assert sum(len(written(notebook)) for notebook in notebooks) >= 8
        assert {exercise_of(c) for n in notebooks for c in answers(n)} == set(load_exercises())

    def test_the_text_before_says_the_points(self, notebook):
        text = ""
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and not nbgrader_of(cell):
                text = cell.source
            points = nbgrader_of(cell).get("points")
            if points:
                assert f"({points} points)" in text, grade_id(cell)

    def test_names_first_and_results_last(self, notebook):
        cells = code_cells(notebook)
        assert "students" in tags(cells[1])
        assert "exercises.results_page(" in cells[-1].source
        assert "**Objectives.**" in notebook.cells[0].source

    def test_an_answer_is_preset_and_its_blank_is_python(self, notebook):
        for cell in answers(notebook):
            assert re.search(r"= None( +#.*)?\n +### BEGIN SOLUTION", cell.source), cell.source
            space = {}
            exec(compile(blank(cell.source), "blank", "exec"), space)  # noqa: S102  our own cells
            (function,) = (value for name, value in space.items() if name != "__builtins__")
            assert check_answer(exercise_of(cell), function).state == "not done yet"

    def test_a_check_follows_each_answer(self, notebook):
        cells = notebook.cells
        for cell, check in itertools.pairwise(cells):
            if cell in answers(notebook):
                name, function = exercise_of(cell), ast.parse(cell.source).body[0].name
                *before, shown = HIDDEN.sub("", check.source).splitlines()
                assert shown == f'exercises.check("{name}", {function})'
                assert all("exercises.replace_if_wrong(" in line for line in before)
                assert f'bank.require("{name}", {function})' in HIDDEN.search(check.source).group()
                assert nbgrader_of(check)["locked"]
                assert exercise_of(check) == name

    def test_no_answer_uses_the_library(self, notebook):
        for cell in answers(notebook):
            assert describe_library_use(cell.source) == ""

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
    for every in [[exercise_of(cell) for cell in answers(read(part))]]
    for names in [every, *([name] for name in every)]
]


def run(notebook) -> list:
    """The outputs of a notebook without its hidden tests, quickly. Nothing is raised or printed to stderr."""
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.source = HIDDEN.sub("", cell.source)
    training = (
        hurry.TRAINING if "# Part A" in notebook.cells[0].source else hurry.GLIMPSE
    )  # it looks at whole paths
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
            function = ast.parse(cell.source).body[0].name
            cell.source += f"\n\n\ndef {function}(*given, right={function}):\n    {SPOILED[kind]}"
            names.append(name)
    outputs = run(notebook)
    page = outputs[-1].data["text/markdown"]
    assert re.findall(r"\| (\S+) \| not right yet \|", page) == names
    assert page.count("(by the library)") == (
        {"A": 2, "B": 0, "C": 1}[part[5].upper()] if kind in STOPPING else 0
    )


STOPPING = ("of another shape", "failing")  # there are no results to show


@pytest.mark.notebook
def test_the_gradient_check_of_part_a_sees_a_flipped_sign():
    """Before, it saw the library's solution, and all entries agreed."""
    notebook = read(PARTS[0])
    for cell in answers(notebook):
        if exercise_of(cell) == "A3.1":
            cell.source = cell.source.replace("return dW, db, dx", "return -dW, db, dx")
    outputs = run(notebook)
    text = printed(outputs)
    assert "dW: 12 of 12 entries differ from finite differences." in text
    assert "(the sign is flipped)" in text
    assert "backward agrees with labutils: False" in text
    assert "db: all 3 entries agree with finite differences." in text
    assert "Exercise A3.1 is not right yet. This cell uses the library's solution instead." in text
    assert "A6: all public checks passed" in text
    verdicts = next(
        o.data["text/markdown"] for o in reversed(outputs[:-1]) if "data" in o and "text/markdown" in o.data
    )
    assert re.search(r"\| A3 \|.*\*\*cannot be told .*does not pass its check yet \|", verdicts)
    assert re.search(r"\| A6 \|.*\*\*a matter of definition\*\*", verdicts)


@pytest.mark.notebook
def test_the_gradient_check_of_part_b_sees_a_missing_factor():
    """It is the student's own backward pass that is checked; training goes on with the library's."""
    notebook = read(PARTS[1])
    for cell in answers(notebook):
        if exercise_of(cell) == "B3":
            cell.source = cell.source.replace("* a1 * (1 - a1)", "* a1")
    outputs = run(notebook)
    text = printed(outputs)
    assert "dW1: 24 of 24 entries differ from finite differences." in text
    assert "db2: all 10 entries agree with finite differences." in text
    assert "dW1 agrees with labutils: False" in text
    assert "Exercise B3 is not right yet. This cell uses the library's solution instead." in text
    assert "B4: all public checks passed" in text
    assert "the same weights by hand and by the library: True" in text


def guess(notebook, letter: str) -> int:
    """Make the same guess at each prediction of a notebook: their number."""
    found = 0
    for cell in code_cells(notebook):
        if "exercises.predict(" in cell.source:
            cell.source = cell.source.replace(", None)", f', "{letter}")')
            found += 1
    return found


@pytest.mark.parametrize("part", PARTS)
def test_each_prediction_is_asked_once_without_a_guess_and_compared_later(part):
    sources = [cell.source for cell in code_cells(read(part))]
    asked = [re.fullmatch(r'(guess_\w+) = exercises\.predict\("(.+)", None\)', s) for s in sources]
    asked = {match[1]: match[2] for match in asked if match}
    assert sum(source.count("exercises.predict(") for source in sources) == len(asked)
    assert sorted(asked.values()) == sorted(name for name in predictions() if name[0] == part[5].upper())
    for variable in asked:
        first = next(i for i, source in enumerate(sources) if source.startswith(f"{variable} = "))
        later = [i for i, source in enumerate(sources) if f"exercises.compare({variable}, " in source]
        assert len(later) == 1
        assert first < later[0] <= first + 5


def predictions() -> dict:
    return json.loads((ROOT / "data" / "predictions.json").read_text(encoding="utf-8"))


def test_predictions_have_a_few_choices_of_about_the_same_length():
    for name, stored in predictions().items():
        lengths = [len(choice) for choice in stored["choices"]]
        assert 2 <= len(set(stored["choices"])) == len(lengths) <= 5, name
        assert max(lengths) <= 3 * sorted(lengths)[-2], f"{name}: one choice stands out"


@pytest.mark.notebook
def test_guesses_are_shown_beside_the_results_and_on_the_page():
    notebook = read(PARTS[0])
    number = guess(notebook, "b")
    outputs = run(notebook)
    text, page = printed(outputs), outputs[-1].data["text/markdown"]
    assert len(re.findall(r"Your guess: b\) .*? The result: ", text)) == number
    assert len(re.findall(r"^\| A\S* \| b\) .* \|$", page, re.MULTILINE)) == number
    assert "none was made" not in text
