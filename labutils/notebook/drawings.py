"""Functions that return a drawing: a computational graph, a network, and gradient descent on a parabola."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from labutils._internal import arguments
from labutils.notebook.live import ORDERED, LabFigure

__all__ = ["chain", "network", "parabola_steps"]

_Texts = Sequence[str]
_VALUE, _GRADIENT = "#222222", "#A6123F"  # the colours of the forward and the backward pass


def _check_texts(count: int, **texts: _Texts) -> None:
    """Check that each of these arguments is a list of so many strings."""
    for name, value in texts.items():
        arguments.instance(list | tuple, **{name: value})
        arguments.expect(len(arguments.items(name, value, str)) == count, name, f"{count} strings", value)


def _canvas(kind: str, height: float) -> tuple[LabFigure, Axes]:
    """A figure of 7.2 x `height` inches, and axes over all of it that measure in inches from the lower left."""
    figure = LabFigure(kind.replace("$", "").replace("\\", ""), 7.2, height, left=0, right=1, bottom=0, top=1)
    axes = figure.subplots(subplot_kw={"xlim": (0, 7.2), "ylim": (0, height)})
    axes.axis("off")
    return figure, axes


def chain(
    names: _Texts,
    values: _Texts,
    operations: _Texts,
    gradients: _Texts = (),
    factors: _Texts = (),
    branches: _Texts = (),
) -> LabFigure:
    """A drawing of a computational graph from left to right: a box for each quantity, with its name and its value.

    operations: from each quantity to the next. gradients: of the last quantity with respect to each one, drawn below
    from right to left. factors: the local derivatives by which they are multiplied on the way. branches: the gradients
    that branch off from this way, such as those of weights.
    """
    arguments.instance(list | tuple, names=names, gradients=gradients, factors=factors, branches=branches)
    arguments.expect(2 <= len(names) <= 6, "names", "two to six names", names)
    _check_texts(len(names), names=names, values=values, gradients=gradients or names)
    _check_texts(len(names) - 1, operations=operations, factors=factors or operations)
    _check_texts(len(names) - 1, branches=branches or operations)
    quantities = ", ".join(map(" = ".join, zip(names, values, strict=True)))
    kind = f"A computational graph: {quantities}; operations: {', '.join(operations)}"
    if gradients:
        shown = ", ".join(filter(None, [*gradients[::-1], *branches[::-1]]))
        kind += f"; gradients from right to left: {shown}"
    figure, axes = _canvas(kind, 2.9 if gradients else 1.4)
    places, y = np.linspace(0.62, 6.58, len(names)), 2.0 if gradients else 0.5
    axes.text(0.1, y + 0.72, "forward pass: values", color=_VALUE, style="italic", va="center")
    for place, name in zip(places, names, strict=True):
        axes.text(place, y + 0.36, name, ha="center", fontsize=13)
    _draw_pass(axes, places, y, values, operations, _VALUE)
    if gradients:
        axes.vlines(places, 0.8, y, color="0.8", ls=":", zorder=0)
        contents = [f"gradient\n{gradient}" for gradient in reversed(gradients)]
        _draw_pass(axes, places[::-1], 0.8, contents, factors[::-1] or [""] * len(operations), _GRADIENT)
        words = f"backward pass: gradient of {names[-1]} with respect to each quantity"
        axes.text(7.1, 0.28, words, color=_GRADIENT, style="italic", va="center", ha="right")
        for x, branch in zip((places[:-1] + places[1:]) / 2, branches, strict=False):
            look = {"arrowstyle": "<|-", "color": _GRADIENT, "lw": 1.4} if branch else None
            axes.annotate(branch, (x, 0.78), (x, 1.34), color=_GRADIENT, ha="center", arrowprops=look)
    return figure


def _draw_pass(
    axes: Axes, places: np.ndarray, y: float, contents: _Texts, labels: _Texts, colour: str
) -> None:
    """Draw a box at each place, with its content, and an arrow with a label from each box to the next."""
    half, size, above = (0.52, 11, 0.12) if len(places) <= 4 else (0.42, 9, 0.36)  # half a box, text, labels
    for place, content in zip(places, contents, strict=True):
        box = FancyBboxPatch((place - half, y - 0.27), 2 * half, 0.54, "round,pad=0,rounding_size=0.1")
        axes.add_patch(box).set(fc="white", ec=colour, lw=1.6)
        text = content if "$" in content else content.replace("-", "−")
        axes.text(place, y - 0.02, text, color=colour, ha="center", va="center", fontsize=size)
    arrow: Any = {"arrowstyle": "-|>", "color": colour, "lw": 1.8, "mutation_scale": 16}
    arrow |= {"shrinkA": 72 * half + 1, "shrinkB": 72 * half + 1}  # in points, from the middle of a box
    for start, end, label in zip(places[:-1], places[1:], labels, strict=True):
        axes.annotate("", (end, y), (start, y), arrowprops=arrow)
        axes.text((start + end) / 2, y + above, label, color=colour, ha="center", fontsize=size)


def network(sizes: Sequence[int], names: _Texts) -> LabFigure:
    """A drawing of a fully connected network: a column of circles for each layer, with its size and its name below.

    sizes: the numbers of units, from the inputs on. A column of more than ten units is shortened.
    """
    arguments.instance(list | tuple, sizes=sizes)
    for size in sizes:
        arguments.whole_number("sizes", size)
    arguments.expect(2 <= len(sizes) <= 6, "sizes", "two to six sizes", sizes)
    _check_texts(len(sizes), names=names)
    layers = [f"{size:,} {name}" for size, name in zip(sizes, names, strict=True)]
    counts = [n if n <= 10 else min(2 * int(np.ceil(2 * np.log10(n))) + 5, 19) for n in sizes]  # of places
    gap = min(0.38, 2.8 / max(counts))
    middle = 0.95 + gap * (max(counts) - 1) / 2
    figure, axes = _canvas(f"A fully connected network: {', then '.join(layers)}", 2 * middle - 0.35)
    columns = []
    for x, size, count, layer in zip(np.linspace(0.9, 6.3, len(sizes)), sizes, counts, layers, strict=True):
        heights = middle + gap * (np.arange(count) - (count - 1) / 2)
        if size > count:  # an ellipsis in the place of the middle circle
            axes.text(x, middle, "$\\vdots$", ha="center", va="center", fontsize=16)
            heights = np.delete(heights, count // 2)
        axes.scatter([x] * len(heights), heights, s=(38 * gap) ** 2, fc="white", ec=_VALUE, lw=1.4, zorder=2)
        axes.text(x, 0.35, layer.replace(" ", "\n", 1), ha="center", va="center", fontsize=11)
        columns.append((x, heights))
    for i, ((x, heights), (next_x, next_heights)) in enumerate(itertools.pairwise(columns), start=1):
        for y, next_y in itertools.product(heights, next_heights):
            axes.plot([x, next_x], [y, next_y], color="0.75", lw=0.7, zorder=1)
        axes.text((x + next_x) / 2, 2 * middle - 0.55, f"$W_{i}$, $b_{i}$", ha="center", fontsize=12)
    return figure


def parabola_steps(curvature: float, rates: Sequence[float]) -> LabFigure:
    """A figure of eight steps of gradient descent on the loss curvature / 2 * w^2, with one panel for each rate.

    rates: up to four. The start is w = 1, and a step multiplies w by 1 - rate * curvature. Steps that leave the picture
    are cut off at its edge.
    """
    arguments.number("curvature", curvature, 1e-4, 1e4)
    every_rate = arguments.numbers("rates", rates, "R", finite=True)
    arguments.expect(len(every_rate) <= 4, "rates", "at most four rates", rates)
    shown = ", ".join(f"{rate:g}" for rate in every_rate)
    figure = LabFigure(f"Gradient descent on a parabola with the learning rates {shown}", 7.2, 2.9)
    w = np.linspace(-2.2, 2.2, 201)
    loss = curvature / 2 * w**2
    panels = figure.subplots(1, len(every_rate), squeeze=False, sharey=True)[0]
    for axes, rate in zip(panels, every_rate, strict=True):
        factor = 1 - rate * curvature
        path = factor ** np.arange(9)
        axes.plot(w, loss, color="0.7", lw=2)
        axes.plot(path, curvature / 2 * path**2, color="0.4", lw=1)
        axes.scatter(path, curvature / 2 * path**2, c=range(9), cmap=ORDERED, s=32, zorder=3)
        axes.set_title(f"learning rate {rate:g}\nfactor {factor:.4g}".replace("-", "−"), fontsize=10)
        axes.set(xlim=(w[0], w[-1]), ylim=(-0.06 * loss[0], loss[0]), xlabel="$w$")
    panels[0].text(1, curvature / 2, "start   ", ha="right", va="center")
    panels[0].set_ylabel("loss")
    return figure
