"""The functions of the notebooks that the answers to later exercises use, all of them right."""

import ast
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def linear(W: Any, b: Any, x: Any) -> Any:
    return W.T @ x + b


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def linear_backward(W: Any, x: Any, dz: Any) -> tuple[Any, Any, Any]:
    return x @ dz.T, dz.sum(axis=1, keepdims=True), W @ dz


def sigmoid_backward(p: Any, dp: Any) -> Any:
    return dp * p * (1 - p)


def nll_backward(p: Any, t: Any) -> Any:
    return (p - t) / (p * (1 - p))


def scores_gradient(y: Any, labels: Any) -> Any:
    dz = y.copy()
    dz[labels, np.arange(len(labels))] -= 1
    return dz


def forward(W1: Any, b1: Any, W2: Any, b2: Any, x: Any) -> tuple[Any, Any]:
    a1 = sigmoid(linear(W1, b1, x))
    return a1, softmax(linear(W2, b2, a1))


def backward(x: Any, a1: Any, y: Any, labels: Any, W2: Any) -> tuple[Any, Any, Any, Any]:
    dW2, db2, da1 = linear_backward(W2, a1, scores_gradient(y, labels))
    dz1 = sigmoid_backward(a1, da1)
    return x @ dz1.T, dz1.sum(axis=1, keepdims=True), dW2, db2


_FUNCTIONS: Sequence[Callable[..., Any]] = (
    linear,
    sigmoid,
    softmax,
    linear_backward,
    sigmoid_backward,
    nll_backward,
    scores_gradient,
    forward,
    backward,
)
NOTEBOOK = {function.__name__: function for function in _FUNCTIONS}  # what an answer finds in the notebook


def with_dependencies(source: str) -> str:
    """The source of an answer after all functions of the notebook that it uses: it needs NumPy as `np` alone."""
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    own = source.partition("def ")[2].partition("(")[0]
    needed: dict[str, str] = {}

    def need(name: str) -> None:
        text = inspect.getsource(NOTEBOOK[name])
        for one in NOTEBOOK:
            if one != name and one in NOTEBOOK[name].__code__.co_names:
                need(one)
        needed.setdefault(name, text)

    for name in NOTEBOOK:
        if name in used and name != own:
            need(name)
    return "\n\n".join(["from typing import Any", *needed.values(), source.strip()]) + "\n"
