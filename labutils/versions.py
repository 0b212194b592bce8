"""The library's own versions of what the exercises ask for: what a notebook goes on with while one is open.

They turn columns into rows, ask the library's layers and optimiser, and turn the result back. While an exercise is
checked, its own version does not work.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from labutils.arguments import number, numbers, whole_number
from labutils.audit import fits
from labutils.data import Dataset
from labutils.exercises import CHECKED
from labutils.layers import Linear, Sigmoid, Softmax
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL
from labutils.network import Network
from labutils.training import SGDM, TrainingOptions, train

VERSIONS: dict[str, Callable[..., Any]] = {}


def version_of(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function as the version of an exercise, and keep it from being the answer to it."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def version(*given: Any, **named: Any) -> Any:
            if name in CHECKED:
                raise RuntimeError(f"the library's own version is no answer to {name}")
            return function(*given, **named)

        VERSIONS[name] = version
        return version

    return enter


def linear(W: Any, b: Any) -> Linear:
    """A linear layer with weights (m, n) and a bias (n, 1), in copies."""
    W = numbers("W", W, "m", "n")
    layer = Linear(len(W), W.shape[1], np.random.default_rng(0), init="zeros")
    layer.params = {"W": W, "b": numbers("b", b, W.shape[1], 1)[:, 0]}
    return layer


def label_numbers(name: str, value: Any, *shape: int | str, classes: int) -> np.ndarray:
    """`value` as an int array of this shape: labels of 0 to classes - 1."""
    labels = numbers(name, value, *shape)
    if not np.isin(labels, np.arange(classes)).all():
        raise ValueError(f"{name}: expected labels of 0 to {classes - 1}")
    return labels.astype(int)


@version_of("A3.1")
def linear_backward(W: Any, x: Any, dz: Any) -> tuple[Any, Any, Any]:
    W = numbers("W", W, "m", "n")
    layer, x = linear(W, np.zeros((W.shape[1], 1))), numbers("x", x, len(W), "N")
    layer.forward(x.T)
    dx = layer.backward(numbers("dz", dz, W.shape[1], x.shape[1]).T)
    assert dx is not None
    return layer.grads["W"], layer.grads["b"][:, None], dx.T


@version_of("A3.2")
def sigmoid_backward(p: Any, dp: Any) -> Any:
    layer = Sigmoid()
    layer.y = numbers("p", p, "n", "N")
    return layer.backward(numbers("dp", dp, *layer.y.shape))


@version_of("A3.3")
def nll_backward(p: Any, t: Any) -> Any:
    loss = NLL("sum")
    p = numbers("p", p)
    t = label_numbers("t", t, classes=2)
    if t.size not in (1, p.size):
        raise ValueError(f"t: expected a label for each p, {p.shape}, got {t.shape}")
    loss.forward(p.reshape(-1, 1), np.resize(t, p.size))
    return loss.backward().reshape(p.shape)


@version_of("A6")
def descend(x: Any, t: Any, W: Any, b: Any, rate: float, steps: int) -> tuple[Any, Any]:
    x = numbers("x", x, "m", "N")
    layer, labels = linear(numbers("W", W, len(x), 1), b), label_numbers("t", t, 1, x.shape[1], classes=2)
    number("rate", rate, positive=True)
    whole_number("steps", steps)
    rows, labels = x.T, labels.ravel()
    options = TrainingOptions(
        rate,
        momentum=0.0,
        l2=0.0,
        batch_size=len(rows),
        epochs=steps,
        shuffle="never",
        validation_every=steps,
    )
    train(Network(layer), SigmoidNLL("sum"), Dataset("columns", 2, rows, labels, rows, labels), options)
    return layer.params["W"], layer.params["b"][:, None]


@version_of("A7.2")
def stability_bound(X: Any) -> float:
    """From the slope of the library's gradient at zero weights, where every p is 1/2 and the curvature largest."""
    X = numbers("X", X, "N", "D", finite=True)
    loss, step, unit = SigmoidNLL("sum"), 1e-3, float(np.abs(X).max())
    X = X / (unit or 1.0)  # so that a step is small for every X

    def gradient(w: np.ndarray) -> np.ndarray:
        loss.forward((X @ w)[:, None], np.zeros(len(X), dtype=int))
        return X.T @ loss.backward()[:, 0]

    nudges = step * np.eye(X.shape[1])
    hessian = np.stack([gradient(nudge) - gradient(-nudge) for nudge in nudges]) / (2 * step)
    curvature = float(np.linalg.eigvalsh(hessian)[-1])
    return 2 / curvature / unit / unit if curvature > 0 else float("inf")


@version_of("B2.1")
def softmax(z: Any) -> Any:
    return Softmax().forward(numbers("z", z, "K", "N").T).T


@version_of("B2.2")
def softmax_backward(y: Any, dy: Any) -> Any:
    layer = Softmax()
    layer.y = numbers("y", y, "K", "N").T
    return layer.backward(numbers("dy", dy, *np.shape(y)).T).T


@version_of("B2.3")
def scores_gradient(y: Any, labels: Any) -> Any:
    loss = SoftmaxNLL("sum")
    y = numbers("y", y, "K", "N")
    labels = label_numbers("labels", labels, y.shape[1], classes=len(y))
    loss.forward(np.log(np.maximum(y, np.finfo(float).tiny)).T, labels)
    return loss.backward().T


@version_of("C2")
def momentum_step(
    W: Any, b: Any, vW: Any, vb: Any, gW: Any, gb: Any, rate: float, momentum: float, l2: float
) -> tuple[Any, Any, Any, Any]:
    number("rate", rate, positive=True)
    layer, optimiser, rate = linear(W, b), SGDM(rate, momentum, l2), float(rate)
    m, n = layer.params["W"].shape
    layer.grads = {"W": rate * numbers("gW", gW, m, n), "b": rate * numbers("gb", gb, n, 1)[:, 0]}
    velocities = {"W": numbers("vW", vW, m, n), "b": numbers("vb", vb, n, 1)[:, 0]}
    optimiser.velocities = {(0, name): velocity for name, velocity in velocities.items()}
    optimiser.step(Network(layer))
    return layer.params["W"], layer.params["b"][:, None], velocities["W"], velocities["b"][:, None]


@version_of("C8")
def batch_size(accuracies: Any) -> int:
    sizes = np.arange(1, 10_001)[:, None]
    fit = sizes[fits(numbers("accuracies", accuracies, "R"), sizes, 0.0051).all(axis=1)]
    if not len(fit):
        raise ValueError("accuracies: expected percentages of a size up to 10,000, got some that fit none")
    return int(fit[0, 0])


@version_of("C9")
def centre(train: Any, validation: Any) -> tuple[Any, Any]:
    train = numbers("train", train, "D", "N", finite=True)
    rows = [train.T, numbers("validation", validation, len(train), "N", finite=True).T]
    labels = [np.zeros(len(images), dtype=int) for images in rows]
    centred = Dataset("columns", 2, rows[0], labels[0], rows[1], labels[1]).centred()
    return centred.x_train.T, centred.x_validation.T
