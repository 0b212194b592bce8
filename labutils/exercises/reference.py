"""The library's solutions of the exercises, with a column per sample. They are locked while an answer is tried."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from labutils._internal.arguments import expect, number, numbers, whole_number
from labutils.data import Dataset
from labutils.exercises.answers import refuse_solution
from labutils.layers import Linear, ReLU, Sigmoid, Softmax
from labutils.losses import NLL, Loss, SigmoidNLL, SoftmaxNLL
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.training import TrainingOptions, mini_batches

_FINITE = ("X", "train", "validation")  # other arrays may come from a run that diverged


def linear_backward(W: Any, x: Any, dz: Any) -> tuple[np.ndarray, ...]:
    """A3.1: the gradients dW (m, n), db (n, 1) and dx (m, N). W: (m, n), x: (m, N), dz: (n, N)."""
    W, x, dz = _arrays("A3.1", "m n, m N, n N", W=W, x=x, dz=dz)
    layer = _linear(W)
    layer.forward(x.T)
    dx = layer.backward(dz.T)
    return layer.grads["W"], layer.grads["b"][:, None], dx.T


def sigmoid_backward(p: Any, dp: Any) -> np.ndarray:
    """A3.2: the gradient dz (n, N) of a sigmoid with output p (n, N). dp: (n, N)."""
    layer = Sigmoid()
    layer.y, dp = _arrays("A3.2", "n N, n N", p=p, dp=dp)
    return layer.backward(dp)


def nll_backward(p: Any, t: Any) -> np.ndarray:
    """A3.3: the gradient dp (n, N) of the summed loss. p: (n, N), t: (n, N), 0 or 1."""
    (p, t), loss = _arrays("A3.3", "n N, n N", p=p, t=t), NLL("sum")
    loss.forward(p.reshape(-1, 1), t.ravel())
    return loss.backward().reshape(p.shape)


def descend(x: Any, t: Any, W: Any, b: Any, rate: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """A6: W (m, 1) and b (1, 1) after some steps of full-batch gradient descent. x: (m, N), t: (1, N)."""
    x, t, W, b = _arrays("A6", "m N, 1 N, m 1, 1 1", x=x, t=t, W=W, b=b)
    whole_number("steps", steps)
    layer = _linear(W, b)
    _descend(Network(layer), SigmoidNLL("sum"), x, t[0], rate, batch_size=t.size, epochs=steps)
    return layer.params["W"], layer.params["b"][:, None]


def stability_bound(X: Any) -> float:
    """A7.2: the largest stable learning rate. X: (N, D), whose last column is 1."""
    (X,) = _arrays("A7.2", "N D", X=X)
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
    y, labels = _arrays("B2.3", "K N, N", y=y, labels=labels)
    loss = SoftmaxNLL("sum")
    loss.forward(np.zeros_like(y.T), labels)
    loss.softmax = y.T  # in place of the probabilities of this forward pass
    return loss.backward().T


def sigmoid_network_backward(x: Any, a1: Any, y: Any, labels: Any, W2: Any) -> tuple[np.ndarray, ...]:
    """B3: dW1, db1, dW2, db2 of a two-layer network. x: (m, N), a1: (h, N), y: (K, N), labels: (N,), W2: (h, K)."""
    return _network_backward("B3", Sigmoid(), x=x, a1=a1, y=y, labels=labels, W2=W2)


def train_epoch(
    W1: Any, b1: Any, W2: Any, b2: Any, x: Any, labels: Any, rate: float, batch_size: int
) -> tuple[np.ndarray, ...]:
    """B4: W1 (m, h), b1 (h, 1), W2 (h, K) and b2 (K, 1) after one epoch. x: (m, N), labels: (N,)."""
    shapes = "m h, h 1, h K, K 1, m N, N"
    W1, b1, W2, b2, x, labels = _arrays("B4", shapes, W1=W1, b1=b1, W2=W2, b2=b2, x=x, labels=labels)
    first, second = _linear(W1, b1), _linear(W2, b2)
    _descend(Network(first, Sigmoid(), second), SoftmaxNLL("sum"), x, labels, rate, batch_size, epochs=1)
    return first.params["W"], first.params["b"][:, None], second.params["W"], second.params["b"][:, None]


def relu_network_backward(x: Any, a1: Any, y: Any, labels: Any, W2: Any) -> tuple[np.ndarray, ...]:
    """C1: as `sigmoid_network_backward`, of a network whose hidden layer ends with a ReLU."""
    return _network_backward("C1", ReLU(), x=x, a1=a1, y=y, labels=labels, W2=W2)


def momentum_step(
    W: Any, b: Any, vW: Any, vb: Any, gW: Any, gb: Any, rate: float, momentum: float, l2: float
) -> tuple[np.ndarray, ...]:
    """C2: W (m, n), b (n, 1) and their velocities after one step with the gradients gW and gb."""
    W, b, vW, vb, gW, gb = _arrays("C2", "m n, n 1, m n, n 1, m n, n 1", W=W, b=b, vW=vW, vb=vb, gW=gW, gb=gb)
    number("rate", rate, positive=True)
    layer, optimiser = _linear(W, b), SGDM(TrainingOptions(rate, momentum, l2))
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
    train, validation = _arrays("C9", "D N, D M", train=train, validation=validation)
    labels = [np.zeros(images.shape[1], dtype=int) for images in (train, validation)]
    centred = Dataset("columns", 2, train.T, labels[0], validation.T, labels[1]).centred()
    return centred.x_train.T, centred.x_validation.T


def _arrays(exercise: str, shapes: str, **given: Any) -> Iterable[np.ndarray]:
    """The arguments of a solution as new arrays. shapes: of each one; "m n, n 1" has the same n twice."""
    refuse_solution(exercise)
    sizes: dict[str, Any] = {"1": 1}
    for letters, (name, value) in zip(shapes.split(", "), given.items(), strict=True):
        shape = letters.split()
        array = numbers(name, value, *(sizes.get(size, size) for size in shape), finite=name in _FINITE)
        if name in ("t", "labels"):
            classes = 2 if name == "t" else sizes["K"]
            expect(set(array.flat) <= set(range(classes)), name, f"labels of 0 to {classes - 1}", value)
            array = array.astype(int)
        sizes.update(zip(shape, array.shape, strict=True))
        given[name] = array
    return given.values()


def _linear(W: np.ndarray, b: np.ndarray | None = None) -> Linear:
    """A linear layer with weights W (m, n) and a bias b (n, 1), 0 if it is not given."""
    layer = Linear(len(W), W.shape[1], np.random.default_rng(0), init="zeros")
    layer.params = {"W": W, "b": layer.params["b"] if b is None else b[:, 0]}
    return layer


def _network_backward(exercise: str, activation: ReLU | Sigmoid, **given: Any) -> tuple[np.ndarray, ...]:
    """The gradients of a two-layer network, for the arguments of B3 and C1."""
    x, a1, y, labels, W2 = _arrays(exercise, "m N, h N, K N, N, h K", **given)
    hidden, output = _linear(np.zeros((len(x), len(a1)))), _linear(W2)
    hidden.forward(x.T)
    activation.y = a1.T
    output.forward(a1.T)
    Network(hidden, activation, output).backward(scores_gradient(y, labels).T)
    return hidden.grads["W"], hidden.grads["b"][:, None], output.grads["W"], output.grads["b"][:, None]


def _descend(
    network: Network, loss: Loss, x: np.ndarray, labels: np.ndarray, rate: float, batch_size: int, epochs: int
) -> None:
    """Gradient descent, in place, on mini-batches in the given order. x: (m, N), labels: (N,)."""
    number("rate", rate, positive=True)
    options = TrainingOptions(rate, 0, 0, batch_size, epochs, "never", drop_incomplete=False)
    optimiser = SGDM(options)
    for rows in mini_batches(len(labels), options):
        loss.forward(network.forward(x.T[rows]), labels[rows])
        network.backward(loss.backward())
        optimiser.step(network)


REFERENCE: dict[str, Callable[..., Any]] = {
    "A3.1": linear_backward,
    "A3.2": sigmoid_backward,
    "A3.3": nll_backward,
    "A6": descend,
    "A7.2": stability_bound,
    "B2.1": softmax,
    "B2.2": softmax_backward,
    "B2.3": scores_gradient,
    "B3": sigmoid_network_backward,
    "B4": train_epoch,
    "C1": relu_network_backward,
    "C2": momentum_step,
    "C8": batch_size,
    "C9": centre,
}

__all__ = ["REFERENCE", *(solution.__name__ for solution in REFERENCE.values())]
