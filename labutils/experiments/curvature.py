"""The curvature of the loss, and the largest curvature at which gradient descent with momentum is stable."""

from collections.abc import Callable
from typing import Any

import numpy as np

from labutils._internal import arguments
from labutils._internal.threads import one_blas_thread
from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network

SHARPNESS_COLUMNS: dict[str, Any] = {
    "configuration": str,
    "seed": int,
    "iteration": int,  # 0 is before the first step
    "sharpness": float,
    "first_layer_sharpness": float,
    "loss": float,  # of all training images
}


def largest_second_moment(x: np.ndarray) -> float:
    """The largest eigenvalue of x^T x / N: the largest mean square of the inputs along any direction. x: (N, D).

    The curvature with respect to the weights of the first layer grows with it (LeCun, Kanter and Solla, 1990).
    """
    arguments.floats("x", x)
    x = x.astype(np.float64)
    with one_blas_thread(), np.errstate(all="ignore"):
        second_moment = x.T @ x / len(x)
        if not np.isfinite(second_moment).all():
            raise ValueError("x: expected finite numbers with finite squares, got NaN, infinity or larger")
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
) -> float:
    """The sharpness: the largest eigenvalue of the Hessian of the mean loss on these images, NaN if that is not finite.

    network: Linear, ReLU, Linear, with the loss SoftmaxNLL, without L2. x: (N, D), labels: (N,). rng: draws the vector
    from which the power iteration starts. The estimate is never above the eigenvalue. first_layer: only its parameters
    vary.
    """
    arguments.instance(Network, network=network)
    fits = [type(layer) for layer in network.layers] == [Linear, ReLU, Linear]
    arguments.expect(fits, "network", "the layers Linear, ReLU, Linear", list(network.layers))
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


def _largest_eigenvalue(product: _Product, start: np.ndarray, iterations: int) -> float:
    """The largest eigenvalue of a symmetric matrix H, of which `product(v)` is H v.

    Power iteration multiplies a vector by H again and again. Here all its vectors are kept, made orthogonal, and
    combined so that v^T H v is largest (Lanczos, 1950), also if a negative eigenvalue has a larger magnitude.
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


def _hessian(network: Network, x: np.ndarray, labels: np.ndarray, free: int) -> _Product:
    """A function that multiplies the Hessian of the mean loss with a vector, exactly (Pearlmutter, 1994).

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
