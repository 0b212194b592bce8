"""Flags that need no class: files that came along, answers that are not a student's own."""

import json

import nbformat
import pytest

from labutils.instructor.flags import flag_files, flag_notebook
from labutils.instructor.originality import (
    _normalise_answer,
    describe_library_use,
    find_shared_answers,
)

from ..parts.conftest import ROOT


@pytest.mark.parametrize("name", ["data", "labutils"])
def test_a_link_that_came_along_is_not_followed(tmp_path, name):
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "student"
    for place in (elsewhere, folder):
        place.mkdir()
    (elsewhere / "secret.csv").write_text("1")
    (folder / name).symlink_to(elsewhere)
    (found,) = flag_files(folder, tmp_path)
    assert found == f"changed {'data' if name == 'data' else 'package'}: {name} is a link"


ANSWER = "def f(a, b):\n    c = None\n    ...\n    return c"


def test_the_shape_of_an_answer():
    shape = _normalise_answer
    one = "def f(a, b):\n    total = 0\n    for i in range(len(a)):\n"
    one += "        total += a[i] * b[i] + np.sum(a) / 2\n    return total"
    renamed = one.replace("total", "summe").replace("    for", "    # a loop\n    for").replace(" * ", "*")
    assert shape(one, ANSWER) == shape(renamed, ANSWER) != ""
    assert shape(one, ANSWER) != shape(one.replace("np.sum", "np.max"), ANSWER)
    assert shape(ANSWER, ANSWER) == ""
    assert shape(ANSWER.replace("...", "c = a + b"), ANSWER) == ""  # too little to be anyone's own
    words = "The loss falls since every step goes downhill and the steps are short enough."
    assert shape(words, "x") == shape(words.upper().replace(" ", "  "), "x") != ""
    assert shape("It falls.", "x") == ""


@pytest.mark.parametrize(
    "source", ["-" * 100_000 + "1", "x = '\x00'", "(" * 5000, "1" + "+1" * 50_000, "def"]
)
def test_code_that_python_cannot_read_is_read_as_words(source):
    assert isinstance(_normalise_answer(source, ANSWER), str)
    assert describe_library_use(source) == ""


def test_what_counts_as_the_library():
    found = describe_library_use
    assert "exercises" in found("def f(W):\n    return exercises.check('A3.1', None)")
    assert "importlib" in found("def f(W):\n    return importlib.import_module('lab' + 'utils')")
    assert "from labutils import layers" in found(
        "def f(W):\n    from labutils import layers as l\n    return l"
    )
    assert found("def f(Network, eval):\n    return Network + eval") == ""  # its own arguments
    solved = (nbformat.read(p, 4) for p in (ROOT / "notebooks").glob("part_*.ipynb"))
    cells = [c for n in solved for c in n.cells if c.cell_type == "code" and "BEGIN SOLUTION" in c.source]
    assert len(cells) == 14
    assert not [c.source for c in cells if found(c.source)]


def test_a_usual_answer_is_not_flagged():
    """The model's, one that many have, and one that stands alone."""
    released = nbformat.v4.new_notebook()
    meta = {
        "nbgrader": {"grade_id": "x", "solution": True, "grade": False},
        "labutils": {"exercise": "X", "role": "answer"},
    }
    released.cells = [nbformat.v4.new_code_cell(ANSWER, metadata=meta)]

    def saying(text):
        notebook = json.loads(json.dumps(released))
        notebook["cells"][0]["source"] = ANSWER.replace("...", f"c = {text}")
        return nbformat.from_dict(notebook)

    model, usual, alone, copied = ("+".join([name] * 40) for name in ("a", "np.exp(a)", "a * b", "b / 3"))
    many = {f"m{i}": saying(model) for i in range(3)} | {f"u{i}": saying(usual) for i in range(10)}
    few = {"alone": saying(alone), "c1": saying(copied), "c2": saying(copied)}
    found = find_shared_answers(many | few, released, saying(model))
    assert set(found) == {"c1", "c2"}
    assert found["c1"] == ["x: the same unusual answer as c2 (there may be a good reason)"]


@pytest.mark.parametrize(
    "source",
    [
        "from labutils.instructor import bank",
        "import sys\nsys.modules['x'] = None",
        "exercises.check = print",
        "from labutils.exercises import answers\n\nanswers.SECONDS = 1000",
        "if True:\n    exercises.answers.SECONDS=1000",
        "bank.require = lambda name, answer: None",
    ],
)
def test_a_cell_that_reaches_into_the_checks_is_flagged(source):
    assert "reaches into the checks: cell 1" in flags_of(source)


@pytest.mark.parametrize(
    "source",
    ["exercises.check('A3.1', f)", "same = exercises.check == print", "answers['a'] = 3", "answers = 3"],
)
def test_a_cell_that_calls_a_check_is_not_flagged(source):
    assert not [flag for flag in flags_of(source) if "reaches into" in flag]


def flags_of(source):
    """The flags of a notebook with one cell of a student's own."""
    own = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    return flag_notebook(own, nbformat.v4.new_notebook(), "x")
