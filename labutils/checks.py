"""Checks that say in words what is wrong: gradients by finite differences, results by their bands, exercises."""

import copy
import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np

from labutils import arguments, exercises
from labutils.data import SHA256, path_of, read
from labutils.layers import Layer
from labutils.losses import Loss
from labutils.network import Network
from labutils.versions import VERSIONS

TOLERANCE = (
    1e-6  # of a difference, relative to the largest entry of the gradient (or to 1e-3, if that is larger)
)
STEP = 1e-5  # of the finite differences


@dataclass(frozen=True)
class GradientCheck:
    """Whether a gradient passed, and the sentence that says so. `print` it."""

    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.message


def check_gradient(
    name: str, function: Callable[[np.ndarray], float], x: np.ndarray, gradient: np.ndarray
) -> GradientCheck:
    """Compare `gradient` with central differences (f(x + h) - f(x - h)) / 2h of a function of one array.

    x: any shape, turned to float64; gradient: the same shape. Entries at a kink (a ReLU whose input is 0) have no
    derivative: there, every slope between the left and the right one is accepted.
    """
    arguments.instance(str, name=name)
    arguments.function("function", function)
    x, gradient = arguments.numbers("x", x, finite=True), arguments.numbers("gradient", gradient)
    if gradient.shape != x.shape:
        return GradientCheck(False, f"{name}: the gradient has shape {gradient.shape}, expected {x.shape}.")
    if not np.isfinite(gradient).all():
        where = index(np.argwhere(~np.isfinite(gradient))[0])
        return GradientCheck(False, f"{name}{where}: the gradient is {gradient[~np.isfinite(gradient)][0]}.")
    numerical, kinks, here = np.empty_like(x), 0, number_of(function(x.copy()))
    for i in np.ndindex(x.shape):
        left, right = slopes(function, here, x, i, STEP)
        numerical[i] = (left + right) / 2
        if bent(left, right):  # curved, or a kink nearby: look closer
            bend = abs(right - left)
            left, right = slopes(function, here, x, i, STEP / 100)
            if not bent(left, right):
                numerical[i] = (left + right) / 2
            elif abs(right - left) < 10 * bend:  # else it is noise, which a smaller step makes larger
                kinks += 1
                numerical[i] = np.clip(gradient[i], min(left, right), max(left, right))
    noise = 10 * np.finfo(np.float64).eps * abs(here) / STEP  # of the slopes, by rounding
    scale = max(np.abs(numerical).max(), 1e-3)
    difference = np.maximum(np.abs(gradient - numerical) - noise, 0) / scale
    worst = np.unravel_index(np.argmax(difference), x.shape)
    at_kinks = f" ({kinks} at a kink, where any slope between the two sides is right)" if kinks else ""
    if difference[worst] < TOLERANCE:
        return GradientCheck(True, f"{name}: all {x.size} entries agree with finite differences{at_kinks}.")
    wrong = int((difference >= TOLERANCE).sum())
    return GradientCheck(
        False,
        f"{name}: {wrong} of {x.size} entries differ from finite differences{at_kinks}. The worst is {name}"
        f"{index(worst)}: got {gradient[worst]:.6g}, expected {numerical[worst]:.6g}{likely(gradient, numerical)}.",
    )


def check_layer(layer: Layer, x: np.ndarray, seed: int = 0) -> GradientCheck:
    """Check, in float64, a layer's gradients of its input and its parameters. x: (N, D). The layer stays as it was."""
    arguments.like("a layer such as Sigmoid()", arguments.LAYER, layer=layer)
    arguments.whole_number("seed", seed, low=0)
    layer, x = copy.deepcopy(layer), arguments.numbers("x", x, "N", "D", finite=True)
    for name in layer.params:
        layer.params[name] = layer.params[name].astype(np.float64)
    weights = np.random.default_rng(seed).normal(
        size=layer.forward(x).shape
    )  # turn the output into one number

    def value(name: str, array: np.ndarray) -> float:
        changed = copy.deepcopy(layer)
        if name == "x":
            return float((changed.forward(array) * weights).sum())
        changed.params[name] = array
        return float((changed.forward(x) * weights).sum())

    dx = layer.backward(weights)
    if missing := [name for name in layer.params if name not in layer.grads]:
        return GradientCheck(
            False, f"{layer}: backward must fill grads[{missing[0]!r}], the gradient of params."
        )
    results = [check_gradient("dx", partial(value, "x"), x, np.asarray(dx))]
    for name, parameter in layer.params.items():
        results.append(check_gradient(f"d{name}", partial(value, name), parameter, layer.grads[name]))
    return join(str(layer), results)


def check_loss(loss: Loss, prediction: np.ndarray, labels: np.ndarray) -> GradientCheck:
    """Check a loss's gradient of its prediction, in float64. prediction: (N, 1) or (N, K), labels: (N,)."""
    arguments.like("a loss such as SoftmaxNLL()", arguments.LOSS, loss=loss)
    loss, prediction = copy.deepcopy(loss), arguments.numbers("prediction", prediction, "N", "K", finite=True)
    loss.forward(prediction, labels)
    gradient = loss.backward()
    return join(
        str(loss), [check_gradient("gradient", lambda p: loss.forward(p, labels), prediction, gradient)]
    )


def check_network(network: Network, loss: Loss, x: np.ndarray, labels: np.ndarray) -> GradientCheck:
    """Check, in float64, the gradients of the loss in a network's input and parameters. The network stays as it was."""
    arguments.instance(Network, network=network)
    arguments.like("a loss such as SoftmaxNLL()", arguments.LOSS, loss=loss)
    x = arguments.numbers("x", x, "N", "D", finite=True)
    network, loss = copy.deepcopy(network).astype(np.float64), copy.deepcopy(loss)
    loss.forward(network.forward(x), labels)
    dx = network.backward(loss.backward())
    results = [check_gradient("dx", lambda a: loss.forward(network.forward(a), labels), x, np.asarray(dx))]
    for i, layer in enumerate(network.layers, start=1):
        for name, parameter in layer.params.items():

            def value(array: np.ndarray, layer: Layer = layer, name: str = name) -> float:
                kept, layer.params[name] = layer.params[name], array
                result = loss.forward(network.forward(x), labels)
                layer.params[name] = kept
                return result

            gradient = layer.grads[name].copy()
            results.append(check_gradient(f"layer {i} {layer}, d{name}", value, parameter, gradient))
    return join("the network", results)


def slopes(
    function: Callable[[np.ndarray], float], here: float, x: np.ndarray, i: tuple[int, ...], step: float
) -> tuple[float, float]:
    """The slope of the function, which is `here` at x, to the left and to the right, in the direction of entry i."""
    left, right = x.copy(), x.copy()  # the function may change what it is given
    left[i] -= step * max(1.0, abs(x[i]))
    right[i] += step * max(1.0, abs(x[i]))
    widths = x[i] - left[i], right[i] - x[i]
    return (here - number_of(function(left))) / widths[0], (number_of(function(right)) - here) / widths[1]


def bent(left: float, right: float) -> bool:
    """Are the slopes on the two sides different?"""
    return abs(right - left) > 1e-3 * max(1.0, abs(left), abs(right))


def number_of(value: Any) -> float:
    """What `function` gave: one finite number, or an array of one."""
    arguments.numbers("function", value, finite=True)
    if np.size(value) != 1:
        raise ValueError(f"function: expected one that gives one number, got {arguments.describe(value)}")
    return float(np.asarray(value).item())


def likely(gradient: np.ndarray, numerical: np.ndarray) -> str:
    """A guess at the mistake, if the whole gradient is off by one factor."""
    factor = float((gradient * numerical).sum() / max((numerical**2).sum(), 1e-30))
    if np.abs(gradient - factor * numerical).max() > 1e-3 * np.abs(gradient).max() or factor == 0:
        return ""
    if abs(factor + 1) < 1e-3:
        return " (the sign is flipped)"
    return f" (all of them are {factor:.4g} times what they should be)"


def index(where: np.ndarray | tuple) -> str:
    """An index as it is written in code: [3, 2]."""
    return "[" + ", ".join(str(int(i)) for i in where) + "]"


def join(title: str, results: list[GradientCheck]) -> GradientCheck:
    """One result of several: their sentences below each other."""
    return GradientCheck(all(results), "\n".join(f"{title}: {result}" for result in results))


def in_bands(values: Mapping[str, float]) -> str:
    """Say of each value whether it lies where ours lay, over seeds and processors: a line per value.

    Last digits of a float32 training depend on the machine. The bands are in data/bands.csv, and how they were
    measured is in data/make_bands.py.
    """
    bands = {row["quantity"]: row for row in csv.DictReader(io.StringIO(read("bands.csv").decode()))}
    lines = []
    arguments.instance(Mapping, values=values)
    for name, value in values.items():
        arguments.one_of("values", name, list(bands))
        arguments.instance(float | int | np.number, **{f"values[{name!r}]": value})
        low, high = float(bands[name]["low"]), float(bands[name]["high"])
        inside = f"inside its band, {low:g} to {high:g}"
        lines.append(
            f"{name}: {inside if low <= value <= high else f'out of its band, {low:g} to {high:g}: {value:.4g}'}"
        )
    return "\n".join(lines)


RESULTS: dict[str, exercises.Result] = {}  # of the exercises that were checked in this session


def exercise(name: str, answer: Any) -> Any:
    """Check an answer and print what comes of it; never raises for what the answer does, or for a damaged data file.

    Gives the answer back if it passes, and else the library's own version, for the cells that depend on it.
    """
    try:
        RESULTS[name] = result = exercises.check(name, answer)
    except KeyboardInterrupt:
        words = (
            f"{name}: interrupted. If the answer takes longer than a second, a loop in it may have no end."
        )
        RESULTS[name] = result = exercises.Result(False, words)
    if result:
        print(result)
        return answer
    print(f"{result} The cells below go on with the library's own version.")
    answered = answer.answered if isinstance(answer, exercises.Stand) else answer
    return exercises.Stand(name, VERSIONS[name], answered)


def hint(name: str, number: int) -> None:
    """Print a hint on an exercise, number 1 to 3, from a nudge to nearly all; of "A3" those of A3.1, A3.2 and A3.3."""
    arguments.instance(str, name=name)
    known = exercises.load()
    of = [full for full in known if full == name or full.startswith(f"{name}.")]
    if not of:
        arguments.one_of("name", name, tuple(known))
    arguments.instance(int | np.integer, number=number)
    arguments.one_of("number", number, (1, 2, 3))
    for full in of:
        print(f"{full}, hint {number} of 3: {known[full].hints[number - 1]}")


def results(part: str, names: Sequence[str], numbers: Sequence[str], found: Mapping[str, Any]) -> str:
    """The page to hand in, as Markdown: who, how the exercises of this part stand, what was found, on which data.

    found: a result by its name. One that begins with an exercise ("A6, ...") is marked where that is not right yet.
    """
    arguments.one_of("part", part, ("A", "B", "C"))
    arguments.instance(list | tuple, names=names, numbers=numbers)
    arguments.instance(Mapping, found=found)
    pairs = zip_longest(names, numbers, fillvalue="")
    who = [f"{name} ({number})" if number else str(name) for name, number in pairs if name or number]
    missing = "**nobody yet: fill in the names cell at the top**"
    lines = [f"**Part {part}, handed in by:** {', '.join(who) or missing}", ""]
    lines += ["| exercise | so far |", "|---|---|"]
    for name in exercises.load():
        if name.startswith(part):
            result = RESULTS.get(name)
            state = (
                "check not run" if result is None else "not done yet" if not result.done else "not right yet"
            )
            lines.append(f"| {name} | {'public checks passed' if result else state} |")
    lines += ["", "| result | here |", "|---|---|"]
    for what, value in found.items():
        exercise_of = str(what).split(",")[0]
        mine = exercise_of not in exercises.load() or RESULTS.get(exercise_of)
        lines.append(f"| {what} | {value}{'' if mine else ' (by the library)'} |")
    lines += ["", "Written answers are graded by a person, code again on other inputs."]
    return "\n".join([*lines, "", f"Data: {fingerprint()}."])


def fingerprint() -> str:
    """Eight digits that change when a data file does, whatever its checksum says."""
    whole = hashlib.sha256()
    for name in sorted(SHA256):
        try:
            whole.update(path_of(name).read_bytes())
        except OSError:
            whole.update(b"missing")
    return whole.hexdigest()[:8]
