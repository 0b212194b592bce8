"""Figures with sliders that change what they show. Without a kernel, `make html` shows images of a few settings."""

import base64
import html
import io
import itertools
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from IPython.display import publish_display_data
from ipywidgets import HTML, FloatSlider, IntSlider, SelectionSlider, VBox
from matplotlib.axes import Axes
from PIL import Image
from scipy import ndimage

from labutils._internal import arguments
from labutils.data import Dataset
from labutils.layers import Linear
from labutils.losses import SigmoidNLL
from labutils.network import Network
from labutils.notebook import figures
from labutils.notebook.live import MEANINGS, ORDERED, LabFigure

__all__ = ["descent", "hidden_units", "image_stages", "line"]

_LOOK: Any = {"style": {"description_width": "130px"}, "layout": {"width": "460px"}}  # of a slider
_TITLE: Any = {"y": 1.02, "fontsize": 10}  # a given height saves a fifth of the drawing time
_BOX = {"fc": "white", "ec": "0.5"}  # behind a text
_MARGINS = {"left": 0.07, "right": 0.98, "top": 0.9, "bottom": 0.15, "wspace": 0.15}
# A page gives widgets the class jupyter-widgets-disconnected when their kernel has stopped.
_NOTE = """<style>
.lab-explorer .lab-stopped, .lab-explorer.jupyter-widgets-disconnected > :not(:last-child) { display: none; }
.lab-explorer.jupyter-widgets-disconnected .lab-stopped { display: block; }
</style><p class="lab-stopped">The kernel of these sliders has stopped. Run this cell again.</p>"""
_Function = Callable[..., Any]


class _Explorer:
    """A figure that `draw` returns for the values of `knobs`, {argument: widget}, and images of it at some settings."""

    def __init__(self, draw: _Function, knobs: dict[str, Any], frames: Sequence[dict[str, Any]]) -> None:
        self.draw, self.knobs, self.frames = draw, knobs, frames
        figure = draw(**self.values())
        content, metadata = figure._repr_mimebundle_()
        self.picture = HTML(_as_html(figure, content["image/png"]))  # after F5 a page restores only widgets
        box = VBox([*knobs.values(), self.picture]).add_class("lab-explorer")
        for knob in knobs.values():
            knob.observe(self._redraw, names="value")
        view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
        if os.environ.get("LABUTILS_FRAMES"):  # set by `make notebooks`, for the pages of `make html`
            metadata["labutils"] = {"frames": [self._frame(settings) for settings in frames]}
        publish_display_data({"application/vnd.jupyter.widget-view+json": view} | content, metadata)

    def values(self) -> dict[str, Any]:
        """The values of the widgets, by name."""
        return {name: knob.value for name, knob in self.knobs.items()}

    def _frame(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The figure for these settings: a label, a small PNG in base64, and whether these are the present values."""
        figure, small = self.draw(**self.values() | settings), io.BytesIO()
        image = Image.open(io.BytesIO(figure.png())).convert("RGB")
        image.quantize(96, Image.Quantize.FASTOCTREE).save(small, "png", compress_level=9)
        label = ", ".join(f"{self.knobs[name].description} {value}" for name, value in settings.items())
        shown = settings.items() <= self.values().items()
        return {"label": label, "png": base64.b64encode(small.getvalue()).decode(), "shown": shown}

    def _redraw(self, change: Any) -> None:
        """Show the figure for the present values, or the error instead, never the figure for other values.

        A page sends the next move of a slider when this has returned, and of several moves only the last.
        """
        try:
            figure = self.draw(**self.values())
            self.picture.value = _as_html(figure, base64.b64encode(figure.png()).decode())
        except Exception as error:  # the page does not show the traceback of an error in a callback
            self.picture.value = html.escape(f"No figure for these values: {type(error).__name__}: {error}")


def _as_html(figure: LabFigure, png: str) -> str:
    """The figure, and its image in base64, of known size, which a page replaces without flicker; a note in reserve."""
    width, height = (round(side * figure.dpi) for side in figure.get_size_inches())
    size = f'width="{width}" height="{height}" style="max-width: 100%; height: auto; display: block"'
    source = f"data:image/png;base64,{png}"
    return f'{_NOTE}<img alt="{html.escape(figure.alt)}" {size} decoding="sync" src="{source}">'


def _draw_line(axes: Axes, data: Dataset, w: np.ndarray, b: float) -> None:
    """Draw the points, the line w.x + b = 0 and the predicted group on either side, or why there is no line."""
    arguments.instance(Dataset, data=data)
    arguments.floats("data", data.x_train, 2)
    looks = MEANINGS["group 0"], MEANINGS["group 1"]
    for group, look in enumerate(looks):
        x1, x2 = data.x_train[data.y_train == group].T
        style: Any = {"marker": look.marker, "s": 22, "ec": "0.3", "lw": 0.5}
        axes.scatter(x1, x2, color=look.colour, label=f"group {group}", **style)
    figures.draw_decision_line(axes, w, b, "0.15")
    ends = axes.get_xlim(), axes.get_ylim()
    scores = np.array([[w @ (x1, x2) + b for x1 in ends[0]] for x2 in ends[1]])  # at the corners
    if np.any(w) and np.isfinite(limit := np.abs(scores).max()):
        colours = [look.colour for look in looks]
        axes.contourf(*ends, scores, [-limit, 0, limit], colors=colours, alpha=0.15, zorder=0)
    if not scores.min() < 0 < scores.max():
        note = "the line is outside" if np.any(w) else "no line: both weights are 0"
        axes.text(0.62, 0.08, note, ha="center", transform=axes.transAxes, bbox=_BOX)
    axes.set(xlabel="$x_1$", ylabel="$x_2$")
    axes.locator_params(nbins=6)
    axes.legend(loc="lower left", fontsize=9)


def line(data: Dataset) -> _Explorer:
    """An explorer of a line w.x + b = 0 between two groups of points, with its mean loss and its training error.

    data: points (N, 2) with labels 0 and 1. The loss is the negative log-likelihood of `losses.SigmoidNLL`.
    """
    loss = SigmoidNLL()

    def draw(w1: float, w2: float, b: float) -> LabFigure:
        figure = LabFigure("Points and a line", 7.0, 3.3, **_MARGINS)
        axes, w = figure.subplots(), np.array([w1, w2])
        _draw_line(axes, data, w, b)
        z = data.x_train @ w[:, None] + b
        error = 100 * np.mean(loss.predict(z) != data.y_train)
        words = f"mean loss (negative log-likelihood) {loss.forward(z, data.y_train):.3f}, training error {error:.1f} %"
        axes.set_title(words, **_TITLE)
        return figure

    ends = (("w1", 1, 3), ("w2", 0, 3), ("b", 0, 6))  # the start of each, with a line, and its end
    knobs = {k: FloatSlider(at, min=-end, max=end, step=0.1, description=k, **_LOOK) for k, at, end in ends}
    return _Explorer(draw, knobs, [{"w1": 1.0, "w2": 1.0, "b": float(b)} for b in range(-4, 1)])


def descent(
    data: Dataset, path_of: _Function, loss: _Function, rates: Sequence[float], rate: float = 0.02
) -> _Explorer:
    """An explorer of gradient descent: the decision line beside the loss surface with the path of the weights.

    data: points (N, 2); path_of: the path for a learning rate, (steps + 1, 3), of rows (w1, w2, b); loss: of a row;
    rate: the nearest of the rates is shown first.
    """
    arguments.function("path_of", path_of)
    arguments.function("loss", loss)
    arguments.numbers("rates", rates, "R")
    arguments.number("rate", rate)
    paths, span, colour = cache(path_of), (-1.0, 4.0), ORDERED(0.6)

    def draw(rate: float, step: int) -> LabFigure:
        figure = LabFigure("Gradient descent", 9.2, 3.3, **_MARGINS)
        left, right = figure.subplots(1, 2)
        path = paths(rate)[: step + 1]
        w, b = path[-1, :2], path[-1, 2]
        _draw_line(left, data, w, b)
        left.set_title(f"learning rate {rate:g}: the line after step {step}", **_TITLE)
        coarse, fine = np.linspace(-1.5, 4.5, 19), np.linspace(*span, 61)  # of w1 and w2, at this step's bias
        losses = np.array([[loss(np.array([w1, w2, b])) for w1 in coarse] for w2 in coarse])
        surface = ndimage.zoom(losses, 73 / 19)[6:-6, 6:-6]  # smooth, and without the inexact margin
        right.clabel(right.contour(fine, fine, surface, 6, colors="0.65", linewidths=1), fontsize=9)
        row, column = divmod(int(surface.argmin()), 61)
        if 0 < row < 60 and 0 < column < 60:  # else the minimum is probably outside
            right.plot(fine[column], fine[row], "kx", ms=8, mew=2, label="lowest loss for this b")
        right.plot(*path[:, :2].T, "o-", color="0.5", ms=3, lw=1, label="the weights after each step")
        right.plot(*path[-11:, :2].T, "o-", color=colour, ms=6, mfc="none", lw=2, label="the last ten steps")
        right.set(xlim=span, ylim=span, xlabel="$w_1$", ylabel="$w_2$")
        right.set_title(f"loss {loss(path[-1]):.4g}, and its contours for b = {b:.3g}", **_TITLE)
        right.legend(loc="lower right", fontsize=9)
        if not (w.min() >= span[0] and w.max() <= span[1]):
            note = f"$w$ = ({w[0]:.3g}, {w[1]:.3g})\nis outside"
            right.text(0.5, 0.5, note, ha="center", transform=right.transAxes, bbox=_BOX)
        return figure

    start, steps = min(rates, key=lambda each: abs(each - rate)), len(paths(rates[0])) - 1
    knob = SelectionSlider(options=rates, value=start, description="learning rate", **_LOOK)
    step = IntSlider(max=steps, value=steps, description="step", **_LOOK)
    return _Explorer(draw, {"rate": knob, "step": step}, [{"rate": each} for each in rates])


def _side_of_images(network: Network, data: Dataset, layers: int) -> int:
    """The side of the images. Raises an error unless they are square, and the first layer linear and of their size."""
    arguments.instance(Network, network=network)
    arguments.instance(Dataset, data=data)
    fits = len(network.layers) >= layers and isinstance(network.layers[0], Linear)
    arguments.expect(fits, "network", f"{layers} layers, the first of them linear", network.layers)
    arguments.squares("data", data.x_validation)
    return round(data.x_validation.shape[1] ** 0.5)


def _draw_scale(axes: Axes, side: int, limits: Sequence[float], colours: str) -> None:
    """Draw the scale of the colours below a square of this side, with the numbers at its ends."""
    place = (0, side - 1, 1.07 * side, 1.01 * side)
    axes.imshow(np.linspace(0, 1, 64)[None], extent=place, cmap=colours)
    for x, number, align in zip((0, side - 1), limits, ("left", "right"), strict=True):
        axes.text(x, 1.09 * side, f"{number:.2g}", ha=align, va="top", fontsize=9)
    axes.set(xlim=(-0.7, side - 0.3), ylim=(1.2 * side, -0.7))
    axes.set_axis_off()


def image_stages(network: Network, data: Dataset) -> _Explorer:
    """An explorer of a validation image on its way through the network: it can be turned, shifted and dimmed.

    network: Linear, Sigmoid, Linear, Softmax, with a square number of hidden units; data: pixels from 0 to 1.
    """
    side = _side_of_images(network, data, 4)
    first = network.layers[0].forward(data.x_validation)
    arguments.squares("network", first)
    scores = network.layers[2].forward(network.layers[1].forward(first))
    reach, highest, size = np.quantile(np.abs(first), 0.99), np.abs(scores).max(), first.shape[1]
    grid = round(size**0.5)
    row, column = np.divmod(np.arange(size), grid)

    def draw(image: int, turn: int, right: int, down: int, light: float) -> LabFigure:
        picture = ndimage.rotate(data.x_validation[image].reshape(side, side), -turn, reshape=False, order=1)
        picture = ndimage.shift(picture, (down, right), order=1)
        x = np.clip(light * picture, 0, 1).reshape(1, -1).astype(np.float32)
        results = itertools.accumulate(network.layers, lambda x, layer: layer.forward(x), initial=x)
        stages = [result[0].astype(float) for result in results]
        label, units = int(data.y_validation[image]), f"{size} hidden units ({grid} x {grid})"
        loss = -np.log(max(stages[4][label], 1e-300))
        titles = [f"label {label}", f"1 linear\n{units}", f"2 sigmoid\n{units}", "3 linear\n10 scores"]
        titles.append(f"4 softmax\nprediction {stages[4].argmax()}")
        kind = "An image, the hidden units before and after the sigmoid, the ten scores and the ten probabilities"
        figure = LabFigure(kind, 10.4, 3.1, left=0.01, right=0.98, top=0.86, bottom=0.22, wspace=0.15)
        panels = figure.subplots(1, 5)
        for axes, title in zip(panels, titles, strict=True):
            axes.set_title(title, y=1.02, fontsize=9)
        panels[0].imshow(stages[0].reshape(side, side), cmap="gray", vmin=0, vmax=1)
        panels[0].set_axis_off()
        for i, low, high, colours in ((1, -reach, reach, "RdBu_r"), (2, 0, 1, "Greys")):
            look: Any = {"cmap": colours, "vmin": low, "vmax": high, "ec": "0.4", "lw": 0.5}
            panels[i].scatter(column, row, (105 / grid) ** 2, stages[i], **look)
            _draw_scale(panels[i], grid, (low, high), colours)
        figure.text(0.9, 0.02, f"stage 5: loss {loss:.2f}", ha="center", fontsize=10)
        for i, low, high, name in ((3, -highest, highest, "score"), (4, 0, 1, "probability")):
            classes = range(len(stages[i]))
            bars = panels[i].barh(classes, stages[i], color="0.75")
            bars[stages[i].argmax()].set_facecolor("0.3")
            panels[i].set(xlim=(low, high), ylim=(len(classes) - 0.5, -0.5), yticks=classes, xlabel=name)
            panels[i].locator_params("x", nbins=4)
        return figure

    knobs = {
        "image": IntSlider(value=4, max=len(data.x_validation) - 1, description="image no.", **_LOOK),
        "turn": IntSlider(min=-180, max=180, step=5, description="turn clockwise (°)", **_LOOK),
        "right": IntSlider(min=-14, max=14, description="to the right (pixels)", **_LOOK),
        "down": IntSlider(min=-14, max=14, description="down (pixels)", **_LOOK),
        "light": FloatSlider(value=1.0, max=2, step=0.05, description="brightness", **_LOOK),
    }
    return _Explorer(draw, knobs, [{"turn": turn} for turn in (-90, -60, -30, 0, 30, 60, 90)])


def hidden_units(network: Network, data: Dataset, unit: int = 0) -> _Explorer:
    """An explorer of a hidden unit, at first of `unit`: its weights, and the images for which its z is largest."""
    side = _side_of_images(network, data, 2)
    weights = network.layers[0].params["W"].T
    z = network.layers[0].forward(data.x_validation)
    fits = type(unit) is int and 0 <= unit < len(weights)
    arguments.expect(fits, "unit", f"a whole number from 0 to {len(weights) - 1}", unit)

    def draw(unit: int) -> LabFigure:
        kind = "The weights of a hidden unit, and the twelve images for which its z is largest"
        figure = LabFigure(kind, 9.6, 3.0, left=0.01, right=0.99, top=0.9, bottom=0.02, wspace=0.05)
        bare = {"frame_on": False, "xticks": [], "yticks": [], "anchor": "N"}
        left, right = figure.subplots(1, 2, width_ratios=(1, 2.6), subplot_kw=bare)
        limit = float(np.abs(weights[unit]).max()) or 1.0
        left.imshow(weights[unit].reshape(side, side), cmap="RdBu_r", vmin=-limit, vmax=limit)
        _draw_scale(left, side, (-limit, limit), "RdBu_r")
        left.set_title(f"the weights of unit {unit}", **_TITLE)
        right.set_title("the images with its largest $z$", **_TITLE)
        best = np.argsort(-z[:, unit], kind="stable")[:12]
        for i, (image, value) in enumerate(zip(data.x_validation[best], z[best, unit], strict=True)):
            row, column = divmod(i, 6)
            place = (column, column + 0.8, row + 0.8, row)
            right.imshow(image.reshape(side, side), cmap="gray", vmin=0, extent=place)
            right.text(column + 0.4, row - 0.03, f"{value:.1f}", ha="center", fontsize=9)
        right.set(xlim=(-0.1, 5.9), ylim=(1.9, -0.2))
        return figure

    knobs = {"unit": IntSlider(value=unit, max=len(weights) - 1, description="hidden unit", **_LOOK)}
    return _Explorer(draw, knobs, [{"unit": each} for each in sorted({unit, *range(min(6, len(weights)))})])
