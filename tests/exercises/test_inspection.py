"""What code shows without being run."""

import linecache

import numpy as np
import pytest

from labutils.exercises import inspection
from labutils.exercises.inspection import (
    argument_names,
    describe_syntax_error,
    failing_line,
    notebook_variables,
    similar_function,
    suggestion,
    unread_arguments,
)


def function(source, **variables):
    """The only function of a source text, in a notebook with these variables."""
    space = {"np": np, **variables}
    before = set(space)
    exec(source, space)  # noqa: S102  our own text
    (name,) = set(space) - before - {"__builtins__"}
    return space[name]


class TestArguments:
    @pytest.mark.parametrize(
        ("source", "unread"),
        [
            ("def f(a, b): return a + b", []),
            ("def f(a, b): return a", ["b"]),
            ("def f(a, b): return [a for _ in range(3)]", ["b"]),
            ("def f(a, b): return [a * b for _ in range(3)]", []),
            ("def f(a, b): return (lambda: a * b)()", []),
            ("def f(a, b):\n    a = 3\n    return b", ["a"]),
            ("def f(a, b):\n    a += b\n    return 1", []),
            ("def f(a, b):\n    c = a; d = b; return c, d", []),
            ("def f(*given): return 0", []),
        ],
    )
    def test_those_that_are_never_read(self, source, unread):
        assert unread_arguments(function(source)) == unread

    @pytest.mark.parametrize("answer", [np.exp, len, 3, None, np.add.outer])
    def test_of_what_is_not_written_in_python(self, answer):
        assert list(argument_names(answer)) == unread_arguments(answer) == []


class TestNames:
    def test_the_variables_of_the_notebook(self):
        answer = function("def f(a): return a @ W + [N for _ in range(2)]", W=np.ones(3), N=4, other=5)
        assert notebook_variables(answer) == ["W", "N"]


class TestSuggestions:
    def raised(self, source, **variables):
        answer = function(source, **variables)
        try:
            answer(1)
        except Exception as error:
            return suggestion(error, [*failing_line(error, answer)[1], *answer.__globals__])

    def test_a_name_that_is_close(self):
        assert "`dz`" in self.raised("def f(x):\n    dz = 1\n    return dZ")
        assert "`sigmoid`" in self.raised("def f(x): return sigmiod(x)", sigmoid=np.exp)
        assert "`exp`" in self.raised("def f(x): return np.exps(x)")

    def test_no_name_that_has_no_value_yet(self):
        assert self.raised("def f(x):\n    scores = score + x\n    return scores") == ""

    def test_no_name_that_is_not(self):
        assert self.raised("def f(x): return completely_different") == ""
        assert self.raised("def f(x): return x / N", n=3) == ""
        assert self.raised("def f(x): return sigmoid_backward(x)", softmax_backward=np.exp) == ""


def test_the_line_that_fails():
    source = "def f(x):\n    y = 1\n    return y / x\n"
    linecache.cache["a cell"] = (len(source), None, source.splitlines(keepends=True), "a cell")
    space = {}
    exec(compile(source, "a cell", "exec"), space)  # noqa: S102
    with pytest.raises(ZeroDivisionError) as caught:
        space["f"](0)
    line, variables, is_inside = failing_line(caught.value, space["f"])
    assert line == "return y / x"
    assert (variables["x"], variables["y"]) == (0, 1)
    assert not is_inside
    assert failing_line(caught.value, len) == ("", {}, False)
    del linecache.cache["a cell"]


@pytest.mark.parametrize(
    ("line", "is_inside"),
    [("product(x, y)", True), ("total(x)", True), ("x @ y", False), ("np.sum(x, 5)", False)],
)
def test_an_exception_in_a_function_of_the_notebook_that_the_line_calls(line, is_inside):
    space = {"np": np}
    cells = (
        "def product(x, y): return x @ y",
        "def total(x): return np.sum(x, 5)",
        f"def f(x, y): return {line}",
    )
    for number, cell in enumerate(cells):
        exec(compile(cell, f"cell {number}", "exec"), space)  # noqa: S102
    with pytest.raises(ValueError, match=r"mismatch|out of bounds") as caught:
        space["f"](np.ones((2, 2)), np.ones(3))
    assert failing_line(caught.value, space["f"])[2] == is_inside


class TestCells:
    def test_a_cell_that_python_cannot_read(self):
        cells = ["def f(x):\n    return x", "x = 1", "def f(x):\n    return (x\n"]
        assert "line 2" in describe_syntax_error("f", cells)
        assert describe_syntax_error("f", cells[:2]) == ""
        assert describe_syntax_error("g", cells) == ""
        assert describe_syntax_error("f", ["def f(x):\nreturn x"])
        assert describe_syntax_error("f", [*cells, "def f(x):\n    return (x)"]) == ""

    def test_a_function_with_a_similar_name(self):
        cells = ["def linear_backward(W): pass", "def linear_backwards(W): pass", "x = 1"]
        assert similar_function("linear_backward", cells, ()) == "linear_backwards"
        assert similar_function("linear_backward", cells, {"linear_backwards"}) == ""
        assert similar_function("linear_backward", cells[::-1], ()) == ""
        assert similar_function("linear_backward", ["def softmax(z): pass"], ()) == ""


def test_nothing_is_imported_by_looking():
    answer = function("def f(a):\n    import no_such_module\n    return a")
    assert inspection.notebook_variables(answer) == []
