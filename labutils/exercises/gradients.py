"""Gradient checks by finite differences in float64. They leave the layers, losses and networks as they were."""

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labutils._internal import arguments
from labutils._internal.fit import check_custom_layers, check_kinds
from labutils.layers import Layer
from labutils.losses import Loss
from labutils.network import Network

_TOLERANCE = 1e-6  # of a difference, relative to the largest entry of the gradient (at least 1e-3)
_UNCERTAIN = 1e-4  # also relative: finite differences that are less certain than this decide nothing
_STEPS = 10.0 ** -np.arange(3, 15)  # large steps suffer from curvature, small ones from rounding


@dataclass(frozen=True)
class Result:
    """Whether a check passed, and a message that says so or what is wrong. `print` it."""

    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.message


def check_gradient(name: str, function: Callable, x: np.ndarray, gradient: np.ndarray) -> Result:
    """Whether `gradient` is the gradient of a function of one array at x, by finite differences in float64.

    x: any shape; gradient: the same shape. At a kink (a ReLU whose input is 0) every slope between the left and the
    right one is accepted. Raises `TypeError` or `ValueError` if the function does not return a finite number at x.
    """
    arguments.instance(str, name=name)
    arguments.function("function", function)
    x, gradient = arguments.numbers("x", x, finite=True), arguments.numbers("gradient", gradient)
    if gradient.shape != x.shape:
        return Result(False, f"{name}: the gradient has shape {gradient.shape}, expected {x.shape}.")
    for index in np.argwhere(~np.isfinite(gradient))[:1]:
        return Result(False, f"{name}{index.tolist()}: the gradient is {gradient[tuple(index)]}.")
    here = function(x.copy())
    if arguments.numbers("function", here, finite=True).size != 1:
        raise ValueError(f"function: expected one that returns one number, got {arguments.describe(here)}")
    entries, given = list(np.ndindex(x.shape)), gradient.ravel()
    with np.errstate(all="ignore"):  # beside x the function may have no value
        low, high, error = np.transpose([_slope(function, np.asarray(here), x, i) for i in entries])
    numerical, kinks = np.clip(given, low, high), int((low < high).sum())
    scale = max(1e-3, np.abs(numerical).max())
    if error.max() > _UNCERTAIN * scale:
        words = "finite differences with different steps disagree. Does the function calculate in float64?"
        return Result(False, f"{name}{list(entries[error.argmax()])}: {words}")
    difference = np.maximum(np.abs(given - numerical) - error, 0) / scale
    wrong, worst = int((difference >= _TOLERANCE).sum()), difference.argmax()
    at_kinks = f" ({kinks} at a kink, where any slope between the two sides is right)" if kinks else ""
    if not wrong:
        return Result(True, f"{name}: all {x.size} entries agree with finite differences{at_kinks}.")
    words = f"{wrong} of {x.size} entries differ from finite differences{at_kinks}. The worst is {name}"
    numbers = f"got {given[worst]:.6g}, expected {numerical[worst]:.6g}"
    return Result(False, f"{name}: {words}{list(entries[worst])}: {numbers}.")


def check_layer(layer: Layer, x: np.ndarray, seed: int = 0) -> Result:
    """Whether a layer's gradients with respect to its input and parameters are right.

    x: (N, D). Each forward pass runs on a copy, so a layer with a random generator of its own (Dropout) can be checked.
    """
    check_kinds(layer=layer)
    arguments.whole_number("seed", seed, low=0)
    x = arguments.numbers("x", x, "N", "D", finite=True)

    def weights(y: np.ndarray) -> np.ndarray:  # they turn the output into one number
        return np.random.default_rng(seed).normal(size=np.shape(y))

    return _check_layers(type(layer).__name__, Network(layer), x, lambda y: (y * weights(y)).sum(), weights)


def check_loss(loss: Loss, prediction: np.ndarray, labels: np.ndarray) -> Result:
    """Whether a loss's gradient with respect to the prediction is right. prediction: (N, 1) or (N, K), labels: (N,)."""
    check_kinds(loss=loss)
    loss, prediction = copy.deepcopy(loss), arguments.numbers("prediction", prediction, "N", "K", finite=True)
    loss.forward(prediction, labels)
    result = check_gradient("gradient", lambda p: loss.forward(p, labels), prediction, loss.backward())
    return Result(result.passed, f"{loss}: {result}")


def check_network(network: Network, loss: Loss, x: np.ndarray, labels: np.ndarray) -> Result:
    """Whether a network's gradients with respect to its input and parameters are right. x: (N, D), labels: (N,)."""
    arguments.instance(Network, network=network)
    check_kinds(loss=loss)
    x, loss = arguments.numbers("x", x, "N", "D", finite=True), copy.deepcopy(loss)
    return _check_layers(
        "the network", network, x, lambda y: loss.forward(y, labels), lambda y: loss.backward()
    )


def _check_layers(title: str, network: Network, x: np.ndarray, value: Callable, gradient: Callable) -> Result:
    """Check the gradients of `value`, a number that depends on a network's output. Its own gradient is `gradient`."""
    network = copy.deepcopy(network)
    try:
        check_custom_layers(network, x)
    except (TypeError, ValueError) as error:
        return Result(False, f"{error}.")
    network.astype(np.float64).set_training(True)  # the backward pass is the one of training

    def value_with(array: np.ndarray, layer: int = 0, name: str = "") -> float:
        """The value if this array replaces x, or a parameter of a layer."""
        changed = copy.deepcopy(network)
        if name:
            changed.layers[layer].params[name][...] = array
        return value(changed.forward(x.copy() if name else array))

    used = copy.deepcopy(network)
    y = used.forward(x.copy())
    if not np.array_equal(value(y), value_with(x.copy()), equal_nan=True):
        words = "two forward passes on the same input differ. Keep the random generator in the layer, as self.rng."
        return Result(False, f"{title}: {words}")
    dx: Any = used.backward(gradient(y))
    results = [check_gradient("dx", value_with, x, dx)]
    for i, layer in enumerate(used.layers):
        place = f"layer {i + 1} {type(layer).__name__}, " if len(used.layers) > 1 else ""
        for name, array in network.layers[i].params.items():
            function = functools.partial(value_with, layer=i, name=name)
            results.append(check_gradient(f"{place}d{name}", function, array, layer.grads[name]))
    return Result(all(results), "\n".join(f"{title}: {result}" for result in results))


def _slope(function: Callable, here: np.ndarray, x: np.ndarray, i: tuple) -> tuple[float, float, float]:
    """The lower and the upper slope in the direction of entry i, which differ at a kink, and their estimated error."""
    steps = _STEPS * max(1.0, abs(x[i]))
    slopes = np.empty((len(steps), 2))
    for place, step in np.ndenumerate(steps[:, None] * [-1, 1]):
        moved = x.copy()
        moved[i] += step
        width = moved[i] - x[i]
        slopes[place] = (np.asarray(function(moved)).item() - here.item()) / width
    better = (10 * slopes[1:] - slopes[:-1]) / 9  # Richardson: removes the error proportional to the step
    changes = np.fmin(np.abs(better - slopes[1:]), np.abs(np.diff(better, axis=0, prepend=np.nan)))
    rounding = 4 * np.finfo(np.result_type(here.dtype, np.float32)).eps * abs(here.item())
    errors = np.nan_to_num(changes.max(axis=1) + rounding / steps[1:], nan=np.inf)
    (low, high), error = np.sort(better[errors.argmin()]), errors.min()  # at the step with the smallest error
    if high - low < 10 * error + _TOLERANCE * max(abs(low), abs(high)):
        low = high = (low + high) / 2  # no kink
    return low, high, error
