"""The curvature of the loss, and the largest curvature at which gradient descent with momentum is stable."""

from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np

from labutils._internal import arguments
from labutils._internal.threads import one_blas_thread
from labutils.experiments.runs import Configuration
from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.training import evaluate, train

SHARPNESS_COLUMNS: dict[str, Any] = {
    "configuration": str,
    "seed": int,
    "iteration": int,  # 0 is before the first step
    "sharpness": float,
    "first_layer_sharpness": float,
    "loss": float,  # of all training images
}


class Sharpness(NamedTuple):
    """An estimate of the largest eigenvalue of a Hessian H: v^T H v for the unit vector v, which is never above it.

    An eigenvalue lies within `residual` of `value`; this is the length of H v - value v.
    """

    value: float
    vector: np.ndarray
    residual: float


def largest_second_moment(x: np.ndarray) -> float:
    """The largest eigenvalue of x^T x / N: the largest mean square of the inputs along any direction. x: (N, D).

    The curvature with respect to the weights of the first layer grows with it (LeCun, Kanter and Solla, 1990).
    """
    arguments.floats("x", x)
    x = x.astype(np.float64)
    with one_blas_thread(), np.errstate(all="ignore"):
        second_moment = x.T @ x / len(x)
        if not np.isfinite(second_moment).all():
            raise ValueError(
                "x: expected finite numbers with finite squares, got NaN, infinity or larger ones"
            )
        return float(np.linalg.eigvalsh(second_moment)[-1])


def largest_stable_curvature(rate: float, momentum: float) -> float:
    """The largest curvature at which gradient descent on a parabola does not grow: 2 (1 + momentum) / rate.

    Exact for a quadratic loss and steps that use all images (Polyak, 1964). Without momentum it is Part A's bound.
    """
    arguments.number("rate", rate, positive=True)
    arguments.number("momentum", momentum, high=1)
    return 2 * (1 + momentum) / rate


def sharpness(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    iterations: int = 12,
    first_layer: bool = False,
) -> Sharpness:
    """The largest eigenvalue of the Hessian of the mean loss on these images, by power iteration: the sharpness.

    network: Linear, ReLU, Linear, with the loss SoftmaxNLL. x: (N, D), labels: (N,). L2 regularisation is left out.
    first_layer: only the parameters of the first layer vary; the other entries of the vector are 0. `rng` draws the
    vector from which the iteration starts. The value is NaN if the loss is not finite.
    """
    arguments.instance(Network, network=network)
    if [type(layer) for layer in network.layers] != [Linear, ReLU, Linear]:
        raise ValueError(f"network: expected the layers Linear, ReLU, Linear, got {list(network.layers)}")
    hidden, output = network.layers[0].params, network.layers[2].params
    arguments.floats("x", x, len(hidden["W"]))
    arguments.labels("labels", labels, len(x), len(output["b"]))
    arguments.instance(np.random.Generator, rng=rng)
    arguments.whole_number("iterations", iterations)
    arguments.flag("first_layer", first_layer)
    count = network.parameter_count
    free = hidden["W"].size + hidden["b"].size if first_layer else count
    start = rng.standard_normal(count).astype(x.dtype)
    start[free:] = 0
    with one_blas_thread(), np.errstate(all="ignore"):
        return _largest_eigenvalue(_hessian(network, x, labels, free), start, iterations)


_Product = Callable[[np.ndarray], np.ndarray]


def _largest_eigenvalue(product: _Product, start: np.ndarray, iterations: int) -> Sharpness:
    """The largest eigenvalue of a symmetric matrix H, of which `product(v)` is H v.

    Power iteration multiplies a vector by H again and again. Here all its vectors are kept, made orthogonal, and
    combined so that v^T H v is largest (Lanczos, 1950). This needs fewer products, and it also finds the largest
    eigenvalue if a negative one has a larger magnitude.
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
        return Sharpness(np.nan, basis[0], np.nan)
    inner = beside[:-1]
    values, shares = np.linalg.eigh(np.diag(diagonal) + np.diag(inner, 1) + np.diag(inner, -1))
    vector = sum(
        share * vector for share, vector in zip(shares[:, -1].astype(start.dtype), basis, strict=False)
    )
    return Sharpness(float(values[-1]), vector, float(beside[-1] * abs(shares[-1, -1])))


def _hessian(network: Network, x: np.ndarray, labels: np.ndarray, free: int) -> _Product:
    """A function that multiplies the Hessian of the mean loss with a vector, exactly (Pearlmutter, 1994).

    The product is the derivative of the gradient in the direction of the vector. What does not depend on the vector is
    computed once, which leaves two large matrix products. Only the first `free` parameters vary.
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


def sharpness_along(
    configuration: Configuration, seed: int, at: Iterable[int], iterations: int = 12
) -> list[dict[str, Any]]:
    """A row for each of the iterations `at` of a run, with the keys `SHARPNESS_COLUMNS`; 0 is before the first step.

    The sharpness and the loss are those of all training images. A part of them is not enough: on the digits, 2,000 of
    9,000 gave up to three times as much, because few images determine the sharpness while the loss is large.
    `iterations` is the number of power iterations; 12 came within 1 % of the limit. The rows end where the run ends, or
    where a number in them is not finite.
    """
    arguments.instance(Configuration, configuration=configuration)
    arguments.whole_number("iterations", iterations)
    wanted = arguments.items("at", at)
    for iteration in wanted:
        arguments.whole_number("at", iteration, low=0)
    data = configuration.dataset(seed)
    x, labels = data.x_train, data.y_train
    network = configuration.network(x.shape[1], data.classes, seed).astype(x.dtype)
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []

    def measure(iteration: int) -> None:
        if iteration in wanted:
            values = [sharpness(network, x, labels, rng, iterations, part).value for part in (False, True)]
            loss = evaluate(network, SoftmaxNLL(), x, labels)[1]
            row = (configuration.name, int(seed), iteration, *values, loss)
            rows.append(dict(zip(SHARPNESS_COLUMNS, row, strict=True)))

    with one_blas_thread(), np.errstate(all="ignore"):
        measure(0)
        options, callbacks = configuration.training_options(seed), [lambda step: measure(step.iteration)]
        train(network, SoftmaxNLL(), data, options, callbacks).unless_stopped()
    return list(takewhile(lambda row: np.isfinite(row["sharpness"] + row["loss"]), rows))
