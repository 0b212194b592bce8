"""Every cell of an exercise says which exercise it belongs to and what it is for. Grading trusts the release alone."""

import ast
import copy

import nbformat
import pytest

from labutils.instructor import bank, cells, preparing

from ..parts.conftest import PARTS, read


def with_role(notebook, role):
    """The cells of a notebook with this role, by exercise."""
    return {cells.exercise_of(cell): cell for cell in notebook.cells if cells.role_of(cell) == role}


@pytest.mark.parametrize("part", PARTS)
def test_the_cells_of_the_notebooks_have_metadata_that_fit_nbgrader(part):
    cells.check_metadata(read(part))


@pytest.mark.parametrize("part", PARTS)
def test_each_exercise_has_one_cell_of_each_role(part):
    notebook = read(part)
    found = [(cells.exercise_of(c), cells.role_of(c)) for c in notebook.cells if cells.role_of(c)]
    assert len(found) == len(set(found))
    code, written = with_role(notebook, "answer"), with_role(notebook, "written")
    assert set(with_role(notebook, "check")) == set(code)
    assert set(with_role(notebook, "question")) == {*code, *written}


@pytest.mark.parametrize("part", PARTS)
def test_a_question_is_a_text_with_the_points_before_its_answer(part):
    notebook = read(part)
    questions = with_role(notebook, "question")
    for exercise, cell in (with_role(notebook, "answer") | with_role(notebook, "written")).items():
        question = questions[exercise]
        assert question.cell_type == "markdown"
        assert notebook.cells.index(question) < notebook.cells.index(cell)
        graded = with_role(notebook, "check").get(exercise, cell)
        assert f"({cells.nbgrader_of(graded)['points']} points)" in cells.question_of(exercise, notebook)


def test_the_code_exercises_are_those_of_the_bank():
    named = [exercise for part in PARTS for exercise in with_role(read(part), "answer")]
    assert named == list(bank.EXERCISES)


@pytest.mark.parametrize("part", PARTS)
def test_a_check_names_the_function_of_its_answer(part):
    notebook = read(part)
    for exercise, check in with_role(notebook, "check").items():
        function = cells.labutils_of(check)["function"]
        (defined,) = ast.parse(with_role(notebook, "answer")[exercise].source).body
        assert defined.name == function
        calls = [ast.unparse(node) for node in ast.parse(check.source).body if isinstance(node, ast.Expr)]
        given = f"({exercise!r}, {function})"
        assert calls == [f"exercises.check{given}", f"bank.require{given}"]  # the second is the hidden test


def nbgrader(grade, solution):
    return {"grade_id": "x", "grade": grade, "solution": solution}


@pytest.mark.parametrize(
    "metadata",
    [
        {"nbgrader": nbgrader(False, True)},
        {"nbgrader": nbgrader(False, True), "labutils": ["A3.1", "answer"]},
        {"nbgrader": nbgrader(False, True), "labutils": {"role": "answer"}},
        {"nbgrader": nbgrader(False, True), "labutils": {"exercise": "A3.1"}},
        {"nbgrader": nbgrader(False, True), "labutils": {"exercise": "A3.1", "role": "check"}},
        {"nbgrader": nbgrader(True, False), "labutils": {"exercise": "A3.1", "role": "answer"}},
        {"nbgrader": nbgrader(True, True), "labutils": {"exercise": "A3.1", "role": "question"}},
    ],
)
def test_metadata_that_are_missing_or_do_not_fit_are_named(metadata):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", metadata=metadata)])
    with pytest.raises(RuntimeError, match="cell x: expected metadata such as"):
        cells.check_metadata(notebook)


@pytest.mark.parametrize("shape", [None, 5, "check", ["check"], {"role": ["check"]}, {"role": None}])
def test_metadata_of_any_shape_are_read(shape):
    cell = nbformat.v4.new_code_cell("1", metadata={"labutils": shape, "nbgrader": shape})
    assert isinstance(cells.role_of(cell), str)
    assert not cells.is_check(cell)
    assert cells.exercise_of(cell) == ""
    assert cells.grade_id(cell) is None


# ---- What a student changes in the metadata has no effect


@pytest.fixture(scope="module")
def released():
    """Part A as the source of a release: its checks still have their hidden tests."""
    return read(PARTS[0])


def prepare(released, submitted):
    return preparing.prepare_notebook(submitted, released)


@pytest.mark.parametrize(
    "change",
    [
        lambda metadata: metadata.pop("labutils"),
        lambda metadata: metadata.update(labutils={"exercise": "A3.2", "role": "answer"}),
        lambda metadata: metadata["labutils"].update(role="written"),
        lambda metadata: metadata["labutils"].update(exercise="A3.2"),
        lambda metadata: metadata["labutils"].update(function="print"),
        lambda metadata: metadata["labutils"].pop("function"),
        lambda metadata: metadata.update(labutils=5),
        lambda metadata: metadata.pop("nbgrader"),
        lambda metadata: metadata.update(nbgrader={"grade_id": "own"}),
    ],
)
def test_an_edited_check_is_restored(released, change):
    submitted = copy.deepcopy(released)
    check = with_role(submitted, "check")["A3.1"]
    check.source = "print('passed')"
    change(check.metadata)
    (restored,) = (cell for cell in prepare(released, submitted).cells if cells.grade_id(cell) == "A3-1")
    ours = with_role(released, "check")["A3.1"]
    assert restored.source == ours.source
    assert restored.metadata["nbgrader"] == ours.metadata["nbgrader"]
    assert restored.metadata["labutils"] == ours.metadata["labutils"]


def test_a_cell_of_the_students_own_is_no_check(released):
    submitted = copy.deepcopy(released)
    own = {"labutils": {"exercise": "A3.1", "role": "check", "function": "print"}, "tags": ["own"]}
    submitted.cells.append(nbformat.v4.new_code_cell("1", metadata=own))
    prepared = prepare(released, submitted).cells[-1]
    assert (prepared.source, prepared.metadata) == ("1", {"submitted_as": len(submitted.cells) - 1})


def test_blanks_and_probes_are_added_and_removed_again(released):
    submitted = copy.deepcopy(released)
    answer = with_role(submitted, "answer")["A3.1"]
    answer.source = "def linear_backward(W, x, dz:"
    prepared = prepare(released, submitted)
    added = [cell for cell in prepared.cells if cells.role_of(cell) in ("blank", "probe")]
    names = list(with_role(released, "check"))
    assert [cells.exercise_of(cell) for cell in added] == 2 * names
    blanks = [cell.source for cell in prepared.cells[: len(names)]]
    assert blanks == [cell.source for cell in with_role(released, "answer").values()]
    for number, cell in enumerate(prepared.cells):
        if cells.role_of(cell) == "probe":
            assert cells.is_check(prepared.cells[number - 1])
            assert cells.exercise_of(prepared.cells[number - 1]) == cells.exercise_of(cell)
    kept = preparing.without_additions(prepared)
    assert [cell.source for cell in kept.cells] == [cell.source for cell in submitted.cells]
