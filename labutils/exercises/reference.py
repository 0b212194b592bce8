"""The library's solutions of the exercises, with a column per sample. Each is locked while an answer to it is tried."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from labutils._internal.arguments import expect, number, numbers, whole_number
from labutils.data import Dataset
from labutils.exercises.answers import refuse_own_solution
from labutils.layers import Linear, Sigmoid, Softmax
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.training import TrainingOptions


def linear_backward(W: Any, x: Any, dz: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A3.1: the gradients dW (m, n), db (n, 1) and dx (m, N). W: (m, n), x: (m, N), dz: (n, N)."""
    W, x, dz = _arrays("A3.1", "m n, m N, n N", W=W, x=x, dz=dz)
    layer = _linear_layer(W, np.zeros((len(dz), 1)))
    layer.forward(x.T)
    dx = layer.backward(dz.T)
    return layer.grads["W"], layer.grads["b"][:, None], dx.T


def sigmoid_backward(p: Any, dp: Any) -> np.ndarray:
    """A3.2: the gradient dz (n, N) of a sigmoid with output p (n, N). dp: (n, N)."""
    layer = Sigmoid()
    layer.y, dp = _arrays("A3.2", "n N, n N", p=p, dp=dp)
    return layer.backward(dp)


def nll_backward(p: Any, t: Any) -> np.ndarray:
    """A3.3: the gradient dp, of the shape of p, of the summed loss. t: 0 or 1 for each p."""
    refuse_own_solution("A3.3")
    p, t, loss = numbers("p", p), numbers("t", t), NLL("sum")
    expect(t.size in (1, p.size), "t", f"one label, or one for each p, {p.shape}", t)
    expect(set(t.flat) <= {0, 1}, "t", "labels 0 and 1", t)
    loss.forward(p.reshape(-1, 1), np.resize(t.astype(int), p.size))
    return loss.backward().reshape(p.shape)


def descend(x: Any, t: Any, W: Any, b: Any, rate: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """A6: W (m, 1) and b (1, 1) after some steps of full-batch gradient descent. x: (m, N), t: (1, N)."""
    x, t, W, b = _arrays("A6", "m N, 1 N, m 1, 1 1", x=x, t=t, W=W, b=b)
    number("rate", rate, positive=True)
    whole_number("steps", steps)
    expect(set(t.flat) <= {0, 1}, "t", "labels 0 and 1", t)
    layer, loss = _linear_layer(W, b), SigmoidNLL("sum")
    for _ in range(steps):
        loss.forward(layer.forward(x.T), t[0].astype(int))
        layer.backward(loss.backward())
        for name, gradient in layer.grads.items():
            layer.params[name] -= rate * gradient
    return layer.params["W"], layer.params["b"][:, None]


def stability_bound(X: Any) -> float:
    """A7.2: the largest stable learning rate. X: (N, D), whose last column is 1."""
    (X,) = _arrays("A7.2", "N D", finite=True, X=X)
    largest, steepest = float(np.linalg.norm(X, 2)), float(sigmoid_backward([[0.5]], [[1]])[0, 0])
    return 2 / steepest / largest / largest if largest > 0 else float("inf")


def softmax(z: Any) -> np.ndarray:
    """B2.1: the probabilities (K, N) of scores z (K, N)."""
    (z,) = _arrays("B2.1", "K N", z=z)
    return Softmax().forward(z.T).T


def softmax_backward(y: Any, dy: Any) -> np.ndarray:
    """B2.2: the gradient dz (K, N) of a softmax with output y (K, N). dy: (K, N)."""
    layer, (y, dy) = Softmax(), _arrays("B2.2", "K N, K N", y=y, dy=dy)
    layer.y = y.T
    return layer.backward(dy.T).T


def scores_gradient(y: Any, labels: Any) -> np.ndarray:
    """B2.3: the gradient of the summed loss with respect to the scores, (K, N). y: (K, N), labels: (N,)."""
    loss, (y, labels) = SoftmaxNLL("sum"), _arrays("B2.3", "K N, N", y=y, labels=labels)
    expect(set(labels) <= set(range(len(y))), "labels", f"labels of 0 to {len(y) - 1}", labels)
    loss.forward(np.log(np.maximum(y, np.finfo(float).tiny)).T, labels.astype(int))
    return loss.backward().T


def momentum_step(
    W: Any, b: Any, vW: Any, vb: Any, gW: Any, gb: Any, rate: float, momentum: float, l2: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """C2: W (m, n), b (n, 1) and their velocities after one step with the gradients gW and gb."""
    W, b, vW, vb, gW, gb = _arrays("C2", "m n, n 1, m n, n 1, m n, n 1", W=W, b=b, vW=vW, vb=vb, gW=gW, gb=gb)
    number("rate", rate, positive=True)
    layer, optimiser = _linear_layer(W, b), SGDM(TrainingOptions(rate, momentum=momentum, l2=l2))
    layer.grads = {"W": gW, "b": gb[:, 0]}
    optimiser.velocities = {(0, "W"): vW, (0, "b"): vb[:, 0]}
    optimiser.step(Network(layer))
    return layer.params["W"], layer.params["b"][:, None], vW, vb


def batch_size(accuracies: Any) -> int:
    """C8: the smallest batch that gives all these accuracies (%, two decimals), up to 10,000. accuracies: (R,)."""
    (accuracies,) = _arrays("C8", "R", accuracies=accuracies)
    sizes = np.arange(1, 10_001)[:, None]
    nearest = 100 * np.round(accuracies / 100 * sizes) / sizes
    fitting = sizes[(np.abs(nearest - accuracies) <= 0.0051).all(axis=1)]
    expect(len(fitting) > 0, "accuracies", "percentages of one size up to 10,000", accuracies.tolist())
    return int(fitting[0, 0])


def centre(train: Any, validation: Any) -> tuple[np.ndarray, np.ndarray]:
    """C9: both sets of images (D, N), with the mean training image subtracted."""
    train, validation = _arrays("C9", "D N, D M", finite=True, train=train, validation=validation)
    labels = [np.zeros(images.shape[1], dtype=int) for images in (train, validation)]
    centred = Dataset("columns", 2, train.T, labels[0], validation.T, labels[1]).centred()
    return centred.x_train.T, centred.x_validation.T


def _arrays(exercise: str, shapes: str, finite: bool = False, **given: Any) -> Iterable[np.ndarray]:
    """The arguments of a solution as new arrays. shapes: of each one; "m n, n 1" has the same n twice."""
    refuse_own_solution(exercise)
    sizes: dict[str, Any] = {"1": 1}
    for letters, (name, value) in zip(shapes.split(", "), given.items(), strict=True):
        shape = letters.split()
        given[name] = numbers(name, value, *(sizes.get(size, size) for size in shape), finite=finite)
        sizes.update(zip(shape, given[name].shape, strict=True))
    return given.values()


def _linear_layer(W: np.ndarray, b: np.ndarray) -> Linear:
    """A linear layer with weights W (m, n) and a bias b (n, 1)."""
    layer = Linear(len(W), len(b), np.random.default_rng(0), init="zeros")
    layer.params = {"W": W, "b": b[:, 0]}
    return layer


REFERENCE: dict[str, Callable[..., Any]] = {
    "A3.1": linear_backward,
    "A3.2": sigmoid_backward,
    "A3.3": nll_backward,
    "A6": descend,
    "A7.2": stability_bound,
    "B2.1": softmax,
    "B2.2": softmax_backward,
    "B2.3": scores_gradient,
    "C2": momentum_step,
    "C8": batch_size,
    "C9": centre,
}

__all__ = ["REFERENCE", *(solution.__name__ for solution in REFERENCE.values())]
