"""The library's own versions of what the exercises ask for: what a notebook goes on with while one is open.

They turn columns into rows, ask the library's layers and optimiser, and turn the result back. While an exercise is
checked, its own version does not work.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

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


def linear(W: np.ndarray, b: np.ndarray) -> Linear:
    """A linear layer with weights (m, n) and a bias (n, 1), in copies."""
    layer = Linear(len(W), W.shape[1], np.random.default_rng(0), init="zeros")
    layer.params = {"W": np.array(W, dtype=float), "b": np.array(b, dtype=float)[:, 0]}
    return layer


@version_of("A3.1")
def linear_backward(W: Any, x: Any, dz: Any) -> tuple[Any, Any, Any]:
    layer = linear(W, np.zeros((W.shape[1], 1)))
    layer.forward(np.asarray(x, dtype=float).T)
    dx = layer.backward(np.asarray(dz, dtype=float).T)
    assert dx is not None
    return layer.grads["W"], layer.grads["b"][:, None], dx.T


@version_of("A3.2")
def sigmoid_backward(p: Any, dp: Any) -> Any:
    layer = Sigmoid()
    layer.y = np.asarray(p, dtype=float)
    return layer.backward(np.asarray(dp, dtype=float))


@version_of("A3.3")
def nll_backward(p: Any, t: Any) -> Any:
    loss = NLL("sum")
    loss.forward(
        np.asarray(p, dtype=float).reshape(-1, 1), np.broadcast_to(t, np.shape(p)).astype(int).ravel()
    )
    return loss.backward().reshape(np.shape(p))


@version_of("A6")
def descend(x: Any, t: Any, W: Any, b: Any, rate: float, steps: int) -> tuple[Any, Any]:
    layer, rows, labels = linear(W, b), np.asarray(x, dtype=float).T, np.asarray(t).astype(int).ravel()
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
    loss, step = SigmoidNLL("sum"), 1e-3

    def gradient(w: np.ndarray) -> np.ndarray:
        loss.forward((X @ w)[:, None], np.zeros(len(X), dtype=int))
        return X.T @ loss.backward()[:, 0]

    nudges = step * np.eye(X.shape[1])
    hessian = np.stack([gradient(nudge) - gradient(-nudge) for nudge in nudges]) / (2 * step)
    return float(2 / np.linalg.eigvalsh(hessian)[-1])


@version_of("B2.1")
def softmax(z: Any) -> Any:
    return Softmax().forward(np.asarray(z, dtype=float).T).T


@version_of("B2.2")
def softmax_backward(y: Any, dy: Any) -> Any:
    layer = Softmax()
    layer.y = np.asarray(y, dtype=float).T
    return layer.backward(np.asarray(dy, dtype=float).T).T


@version_of("B2.3")
def scores_gradient(y: Any, labels: Any) -> Any:
    loss = SoftmaxNLL("sum")
    loss.forward(np.log(np.maximum(y, np.finfo(float).tiny)).T, np.asarray(labels))
    return loss.backward().T


@version_of("C2")
def momentum_step(
    W: Any, b: Any, vW: Any, vb: Any, gW: Any, gb: Any, rate: float, momentum: float, l2: float
) -> tuple[Any, Any, Any, Any]:
    layer, optimiser = linear(W, b), SGDM(rate, momentum, l2)
    layer.grads = {"W": rate * np.asarray(gW, dtype=float), "b": rate * np.asarray(gb, dtype=float)[:, 0]}
    velocities = {"W": np.array(vW, dtype=float), "b": np.array(vb, dtype=float)[:, 0]}
    optimiser.velocities = {(0, name): velocity for name, velocity in velocities.items()}
    optimiser.step(Network(layer))
    return layer.params["W"], layer.params["b"][:, None], velocities["W"], velocities["b"][:, None]


@version_of("C8")
def batch_size(accuracies: Any) -> int:
    sizes = np.arange(1, 10_001)[:, None]
    return int(sizes[fits(np.asarray(accuracies, dtype=float), sizes, 0.0051).all(axis=1)][0, 0])


@version_of("C9")
def centre(train: Any, validation: Any) -> tuple[Any, Any]:
    rows = [np.asarray(images, dtype=float).T for images in (train, validation)]
    labels = [np.zeros(len(images), dtype=int) for images in rows]
    centred = Dataset("columns", 2, rows[0], labels[0], rows[1], labels[1]).centred()
    return centred.x_train.T, centred.x_validation.T
