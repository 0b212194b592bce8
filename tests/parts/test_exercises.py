"""The exercises as they stand in the notebooks: their cells, their points, and their predictions."""

import ast
import itertools
import json
import re

import pytest

from labutils.exercises.answers import check_answer
from labutils.exercises.cases import load_exercises
from labutils.instructor.cells import exercise_of, grade_id, nbgrader_of, role_of
from labutils.instructor.originality import describe_library_use

from .conftest import PARTS, ROOT, code_cells, read, tags
from .quick_run import HIDDEN, answers, blank

POINTS = {"part_a_logistic_regression": 35, "part_b_two_layer_network": 35, "part_c_learning_rate_study": 30}


def written(notebook) -> list:
    """The cells with words to fill in."""
    return [cell for cell in notebook.cells if role_of(cell) == "written"]


class TestCells:
    @pytest.mark.parametrize("part", PARTS)
    def test_the_points(self, part):
        notebook = read(part)
        points = sum(nbgrader_of(cell).get("points", 0) for cell in notebook.cells)
        assert points == POINTS[part]
        assert {str(points), "100"} <= set(re.findall(r"\d+", notebook.cells[0].source))
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
        assert notebook.cells[0].source.startswith("# Part ")

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
