"""Flags that need no class: files that came along, answers that are not a student's own."""

import json

import nbformat
import pytest

from labutils.instructor.flags import (
    flag_events,
    flag_measured,
    flag_notebook,
    flag_numbers,
    flag_run,
)
from labutils.instructor.originality import (
    _normalise_answer,
    describe_library_use,
    find_shared_answers,
    names_of_the_library,
)
from labutils.instructor.submission import Measured

from ..parts.conftest import ROOT

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


def test_a_method_counts_only_where_the_library_is_used():
    """PyTorch has a `backward` as well."""
    torch = "def f(x):\n    loss = x.sum()\n    loss.backward()\n    return x.grad"
    assert describe_library_use(torch) == ""
    assert ".backward" in describe_library_use(torch.replace("x.sum()", "NLL()"))
    renamed = nbformat.v4.new_code_cell(
        "from labutils.data import Dataset as D\nimport labutils.layers as ll"
    )
    names = names_of_the_library(nbformat.v4.new_notebook(cells=[renamed]))
    assert names == {"D", "ll"}
    assert ".centred" in describe_library_use("def f(x):\n    return D(x).centred()", names)


def run_cell(source="x", count=None, outputs=()):
    return nbformat.v4.new_code_cell(source, execution_count=count, outputs=list(outputs))


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def counts(*cells):
    found = flag_notebook(nbformat.v4.new_notebook(cells=list(cells)), nbformat.v4.new_notebook(), "x")
    return [flag for flag in found if "run" in flag]


def test_what_colab_saves_was_run():
    shown = [printed("1")]
    assert counts(run_cell(outputs=shown), run_cell(outputs=shown), run_cell()) == []
    assert counts(run_cell(), run_cell()) != []
    assert counts(run_cell(count=1), run_cell(outputs=shown)) == []
    assert counts(run_cell(count=1), run_cell()) != []
    assert counts(run_cell(count=2), run_cell(count=1)) != []


def rerun(saved, again, source="x"):
    """The flags of a cell with these saved outputs, and others from the new run."""
    submitted = nbformat.v4.new_notebook(cells=[run_cell(source, 1, saved)])
    executed = nbformat.v4.new_notebook(cells=[run_cell(source, 1, again)])
    executed.cells[0].metadata["submitted_as"] = 0
    return flag_run(submitted, executed, nbformat.v4.new_notebook())


def test_other_outputs_are_flagged_and_a_message_about_fonts_is_not():
    fonts = printed("Matplotlib is building the font cache; this may take a moment.\n", "stderr")
    assert rerun([printed("1")], [printed("2")]) != []
    assert rerun([fonts, printed("1")], [printed("1")]) == []
    assert rerun([printed("1")], [fonts, printed("1")]) == []
    assert rerun([fonts, printed("1")], [printed("2")]) != []


def test_what_was_measured_is_flagged():
    found = flag_measured(
        {
            "A3-1": Measured(0, "too slow", "any words"),
            "A3-2": Measured(1, "right", "", used=("Linear.forward", "Linear.backward")),
            "A3-3": Measured(0, "wrong", "longer than 10 seconds"),
        }
    )
    assert [flag.split(":")[0] for flag in found] == ["A3-1", "A3-2"]
    assert "Linear.backward" in found[1]


def test_a_check_that_is_interrupted_is_not_flagged_twice():
    """`flag_measured` says it."""
    check = run_cell()
    check.metadata["labutils"] = {"exercise": "A3.1", "role": "check"}
    executed = nbformat.v4.new_notebook(cells=[check, run_cell()])
    events = [{"cell": 0, "what": "time"}, {"cell": 1, "what": "time"}, {"cell": 0, "what": "output"}]
    found = flag_events(events, executed)
    assert [flag.split(" ")[1] for flag in found] == ["2", "1"]


def test_one_number_in_many_submissions_is_flagged():
    found = flag_numbers({"a": ["012-3", ""], "b": ["0123", "0123"], "c": ["9"], "d": ["", " "]})
    assert set(found) == {"a", "b"}
    assert "0123" in found["a"][0]
    assert "b" in found["a"][0]
    many = flag_numbers({f"s{i}": ["7"] for i in range(31)})
    assert len(many) == 31
    assert all(len(flags) == 1 and len(flags[0]) < 200 for flags in many.values())
