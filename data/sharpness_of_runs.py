"""The sharpness of the loss along a run of the study; `make_study.py` writes it into data/sharpness.csv.

The sharpness is the largest eigenvalue of the Hessian, the matrix of second derivatives of the loss with respect to all
weights and biases. Gradient descent with a momentum on a parabola is stable up to the curvature
2 (1 + momentum) / rate (Polyak, 1964), so the two can be compared.
"""

from collections.abc import Callable, Collection
from itertools import takewhile
from typing import Any

import numpy as np

from labutils._internal.threads import one_blas_thread
from labutils.experiments import Configuration
from labutils.experiments.study import SHARPNESS_COLUMNS
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.training import evaluate, train

Product = Callable[[np.ndarray], np.ndarray]


def sharpness_along(
    configuration: Configuration, seed: int, at: Collection[int], iterations: int = 12
) -> list[dict[str, Any]]:
    """A row for each of the iterations `at` of a run, with the keys `SHARPNESS_COLUMNS`; 0 is before the first step.

    The sharpness and the loss are those of all training images. With 2,000 of the 9,000 digits, the sharpness was up to
    three times as large. iterations: of the search for the eigenvalue; 12 came within 1 % of the limit. The rows end
    where the sharpness or the loss is not finite.
    """
    data = configuration.dataset(seed)
    x, labels = data.x_train, data.y_train
    network = configuration.network(x.shape[1], data.classes, seed).astype(x.dtype)
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []

    def measure(iteration: int) -> None:
        if iteration in at:
            values = [sharpness(network, x, labels, rng, iterations, part) for part in (False, True)]
            loss = evaluate(network, SoftmaxNLL(), x, labels)[1]
            row = (configuration.name, seed, iteration, *values, loss)
            rows.append(dict(zip(SHARPNESS_COLUMNS, row, strict=True)))

    with one_blas_thread(), np.errstate(all="ignore"):
        measure(0)
        options, callbacks = configuration.training_options(seed), [lambda step: measure(step.iteration)]
        train(network, SoftmaxNLL(), data, options, callbacks).unless_stopped()
    return list(takewhile(lambda row: np.isfinite(row["sharpness"] + row["loss"]), rows))


def sharpness(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    iterations: int = 12,
    first_layer: bool = False,
) -> float:
    """The largest eigenvalue of the Hessian of the mean loss on these images, or NaN if it is not finite.

    network: the layers Linear, ReLU, Linear, for the loss SoftmaxNLL without L2. x: (N, D), labels: (N,). rng draws the
    first vector of the search. The estimate never exceeds the eigenvalue. first_layer: only the parameters of the first
    layer vary.
    """
    hidden, count = network.layers[0].params, network.parameter_count
    free = hidden["W"].size + hidden["b"].size if first_layer else count
    start = rng.standard_normal(count).astype(x.dtype)
    start[free:] = 0
    with one_blas_thread(), np.errstate(all="ignore"):
        return largest_eigenvalue(hessian(network, x, labels, free), start, iterations)


def largest_eigenvalue(product: Product, start: np.ndarray, iterations: int) -> float:
    """The largest eigenvalue of a symmetric matrix H, of which `product(v)` is H v.

    Power iteration multiplies a vector by H again and again. Here all its vectors are kept, made orthogonal, and
    combined so that v^T H v is largest (Lanczos, 1950). A negative eigenvalue of larger magnitude does no harm.
    """
    basis, diagonal, beside = [start / np.linalg.norm(start)], [], []  # H is tridiagonal in this basis
    for _ in range(iterations):
        w = product(basis[-1])
        diagonal.append(float(w @ basis[-1]))
        for vector in basis:
            w = w - (w @ vector) * vector
        beside.append(float(np.linalg.norm(w)))
        if not beside[-1] > 1e-6 * max(map(abs, diagonal)):  # nothing is left, or it is NaN
            break
        basis.append(w / beside[-1])
    if not np.isfinite([*diagonal, *beside]).all():
        return float("nan")
    inner = beside[:-1]
    return float(np.linalg.eigvalsh(np.diag(diagonal) + np.diag(inner, 1) + np.diag(inner, -1))[-1])


def hessian(network: Network, x: np.ndarray, labels: np.ndarray, free: int) -> Product:
    """A function that multiplies the Hessian of the mean loss by a vector, exactly (Pearlmutter, 1994).

    The product is the derivative of the gradient in the direction of the vector. Only the first `free` parameters vary.
    """
    hidden, relu, output = network.layers
    loss = SoftmaxNLL()
    y = relu.forward(hidden.forward(x))
    slope = relu.backward(np.ones_like(y))
    loss.forward(output.forward(y), labels)
    p, dz = loss.softmax, loss.backward()
    W = output.params["W"].astype(x.dtype, copy=False)
    shapes = [layer.params[name].shape for layer in (hidden, output) for name in "Wb"]
    ends = np.cumsum([np.prod(shape) for shape in shapes])

    def product(vector: np.ndarray) -> np.ndarray:
        """Names that begin with v are parts of the vector; those that begin with r, derivatives in its direction."""
        parts = np.split(vector, ends[:-1])
        vW1, vb1, vW2, vb2 = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
        ry = slope * (x @ vW1 + vb1)
        rz = ry @ W + y @ vW2 + vb2
        rdz = p * (rz - (p * rz).sum(axis=1, keepdims=True)) / len(x)
        rdy = slope * (rdz @ W.T + dz @ vW2.T)
        gradients = (x.T @ rdy, rdy.sum(axis=0), y.T @ rdz + ry.T @ dz, rdz.sum(axis=0))
        result = np.concatenate([gradient.ravel() for gradient in gradients])
        result[free:] = 0
        return result

    return product
