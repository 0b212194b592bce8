"""What answers are worth: found from values alone, with partial credit, and whatever a student's process displayed."""

import copy
import json

import nbformat
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labutils.exercises.answers import results_as_arrays
from labutils.instructor import bank, measuring, partial, probe
from labutils.instructor.bank.running import compiled
from tests.exercises.measure import function_of
from tests.exercises.student_answers import ANSWERS

LINEAR = bank.EXERCISES["A3.1"].right


def check_cell(name, role="check"):
    meaning = {"exercise": name, "role": role, "function": bank.EXERCISES[name].function}
    grader = {"grade_id": name, "grade": True, "solution": False}
    return nbformat.v4.new_code_cell("", metadata={"labutils": meaning, "nbgrader": grader})


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def shown(name, text):
    """A notebook whose probe displayed a text."""
    cell = check_cell(name, "probe")
    cell.outputs = [nbformat.v4.new_output("display_data", {probe.KIND: text})]
    return notebook(cell)


def packed(value):
    array = np.asarray(value)
    return probe._packed(array) if array.dtype != object else {"odd": "something"}


def text_of(name, answer, **last):
    """What a probe displays about an answer."""
    lines = []
    for number, case in enumerate(probe.tried(name)):
        arguments = copy.deepcopy(case.given)
        try:
            with np.errstate(all="ignore"):
                value = answer(*arguments.values())
                if value is not None:
                    value = results_as_arrays(value, len(case.expected))
            line = {"one": None} if value is None else {"parts": [packed(part) for part in value]}
            if value is not None and len(case.expected) == 1 and len(value) == 1:
                line = {"one": packed(value[0])}
        except Exception as error:
            line = {"error": type(error).__name__, "said": str(error)}
        changed = [key for key, old in case.given.items() if not np.array_equal(old, arguments[key])]
        lines.append({"case": number, "changed": changed} | line)
    lines += [{"end": True, "drawn": False, "used": []} | last, {"ended": "well"}]
    return "\n".join(map(json.dumps, lines))


def measured(name, answer, **last):
    return one(name, text_of(name, answer, **last))


def one(name, text):
    return measuring.measure(shown(name, text), notebook(check_cell(name)))[name]


@pytest.mark.parametrize("name", bank.EXERCISES)
def test_right_answers_earn_all_points(name):
    for source in bank.EXERCISES[name].writings:
        assert measured(name, compiled(source)).share == 1, source


@pytest.mark.slow
@pytest.mark.parametrize("name", bank.EXERCISES)
def test_wrong_answers_earn_less_than_all_points(name):
    for mistake in bank.EXERCISES[name].mistakes:
        assert measured(name, mistake.wrong).share < 1, mistake.sentence


@pytest.mark.slow
def test_the_wrong_answers_of_students_earn_less_than_all_points():
    for answer in ANSWERS:
        function = function_of(answer)
        is_function = callable(function) and not isinstance(function, Exception)
        if answer.kind == "wrong" and is_function and "while" not in answer.source:
            assert measured(answer.exercise, function).share < 1, answer.source


def test_kinds_of_partial_credit_are_known_and_leave_a_difference():
    kinds = {partial.IN_PLACE, partial.SINGLE, partial.FACTOR, partial.OUTPUTS}
    for name, entry in bank.EXERCISES.items():
        assert set(entry.partial) <= kinds, name
        assert all(0 < share < 1 for share in entry.partial.values()), name
        if partial.SINGLE in entry.partial:
            counts = [partial._samples(entry, measuring.Try(case)) for case in bank.hidden(name)]
            assert counts.count(1) > 1, name


def in_place(W, x, dz):
    results = LINEAR(W, x, dz)
    x += 1
    return results


def for_one_sample(W, x, dz):
    return x[:, :1] @ dz[:, :1].T, dz[:, :1], W @ dz


PARTIAL = {
    "in place": (in_place, 0.75),
    "single sample": (for_one_sample, 0.5),
    "factor": (lambda W, x, dz: tuple(-3 * part for part in LINEAR(W, x, dz)), 0.5),
    "by the number of samples": (lambda W, x, dz: tuple(part / x.shape[1] for part in LINEAR(W, x, dz)), 0.5),
    "one of three": (lambda W, x, dz: (x @ dz.T, dz.sum() * np.ones((len(dz), 1)), 0 * x), 1 / 3),
    "two of three": (lambda W, x, dz: (x @ dz.T, dz.sum(axis=1, keepdims=True), 0 * x + 1), 2 / 3),
    "open results": (lambda W, x, dz: (x @ dz.T, np.array(None), np.array(None)), 0),
    "nothing right": (lambda W, x, dz: (W, W, W), 0),
    "zeros": (lambda W, x, dz: tuple(0 * part for part in LINEAR(W, x, dz)), 0),
    "an exception on some inputs": (lambda W, x, dz: LINEAR(W, x, dz) if x.shape[1] > 1 else 1 / 0, 0),
}


@pytest.mark.parametrize("kind", PARTIAL)
def test_partial_credit(kind):
    answer, share = PARTIAL[kind]
    found = measured("A3.1", answer)
    assert found.share == pytest.approx(share), found.message
    assert found.state == ("partly right" if share else "wrong")
    assert ("Partial credit" in found.message) == bool(share)


def test_no_partial_credit_where_none_is_declared():
    right = bank.EXERCISES["C8"].right
    assert measured("C8", lambda accuracies: 2 * right(accuracies)).share == 0
    assert measured("B2.1", lambda z: 2 * bank.EXERCISES["B2.1"].right(z)).share == 0


def test_a_result_that_is_open_does_not_cost_the_others():
    line = json.loads(text_of("A3.1", LINEAR).splitlines()[0])
    lines = [json.loads(text) for text in text_of("A3.1", LINEAR).splitlines()]
    for line in lines[:-2]:
        line["parts"][1] = None
    found = one("A3.1", "\n".join(map(json.dumps, lines)))
    assert found.share == pytest.approx(2 / 3)


def test_states_and_messages():
    assert measured("A3.1", lambda *given: None).state == "not done"
    assert measured("A3.1", LINEAR, drawn=True).state == "partly right"
    assert measured("A3.1", LINEAR, used=["backward"]).used == ("backward",)
    assert one("A3.1", '{"copied": "linear_backward"}').share == 0
    assert one("A3.1", '{"ended": "late"}').state == "too slow"
    assert one("A3.1", '{"ended": "well"}').state == "wrong"
    found = one("A3.1", '{"not a function": {"odd": "6.0 of type float"}}')
    assert (found.state, "6.0" in found.message) == ("wrong", True)
    assert one("A3.1", '{"not a function": null}').state == "not done"
    assert measuring.measure(notebook(), notebook(check_cell("A3.1")))["A3.1"].state == "not run"


def test_an_answer_that_learned_the_public_inputs_is_wrong_and_no_hidden_number_is_said():
    public = [(*case.given.values(), *case.expected) for case in probe.tried("A3.2")[-8:]]
    stored = {p.tobytes() + dp.tobytes(): dz for p, dp, dz in public}
    found = measured("A3.2", lambda p, dp: stored.get(p.tobytes() + dp.tobytes(), 0 * p))
    assert (found.share, found.state) == (0, "wrong")
    numbers = [f"{number:.6g}" for case in bank.hidden("A3.2") for number in case.expected[0].ravel()]
    assert not [number for number in numbers if number in found.message and len(number) > 6], found.message


@pytest.mark.parametrize(
    ("error", "said"),
    [("ModuleNotFoundError", "torch"), ("SyntaxError", "'(' was never closed (1090635383.py, line 4)")],
)
def test_a_cell_that_stops_is_a_mistake_and_named_as_the_reason(error, said):
    answer = check_cell("A3.1", "answer")
    answer.metadata["submitted_as"] = 3
    answer.outputs = [nbformat.v4.new_output("error", ename=error, evalue=said, traceback=[])]
    executed = shown("A3.1", '{"not a function": null}')
    executed.cells.append(answer)
    found = measuring.measure(executed, notebook(check_cell("A3.1")))["A3.1"]
    assert (found.share, found.state, error in found.message) == (0, "wrong", True)
    assert "1090635383" not in found.message
    assert ("line 4" in found.message) == ("line 4" in said)


def test_two_results_of_a_probe_count_as_none():
    executed = shown("A3.1", text_of("A3.1", LINEAR))
    executed.cells[0].outputs *= 2
    assert measuring.measure(executed, notebook(check_cell("A3.1")))["A3.1"].share == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
PART = st.fixed_dictionaries(
    {"dtype": st.sampled_from(["<f8", "<i8", "|b1", "|O", "<U3", 3]), "shape": JSON, "data": JSON}
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, 30),
            st.sampled_from(
                [
                    "case",
                    "parts",
                    "one",
                    "error",
                    "said",
                    "changed",
                    "used",
                    "end",
                    "copied",
                    "not a function",
                ]
            ),
            JSON | PART | st.lists(PART),
        ),
        max_size=4,
    ),
    extra=st.text(),
)
def test_nothing_that_arrives_raises_an_error_or_earns_more(changes, extra):
    lines = [json.loads(text) for text in text_of("A3.2", lambda p, dp: p).splitlines()]
    for place, key, value in changes:
        lines[place % len(lines)][key] = value
    text = "\n".join([*map(json.dumps, lines), extra])
    assert measuring._measure_one(check_cell("A3.2"), shown("A3.2", text)).share == 0


@settings(max_examples=100, deadline=None)
@given(value=JSON)
def test_no_output_raises_an_error(value):
    executed = notebook(check_cell("A3.2", "probe"))
    executed.cells[0]["outputs"] = [{"data": {probe.KIND: value}}, value]
    assert measuring._measure_one(check_cell("A3.2"), executed).share == 0
