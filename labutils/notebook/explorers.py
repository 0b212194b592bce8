"""Figures with sliders that change what they show. Without a kernel, `make html` shows images of a few settings."""

import asyncio
import base64
import io
import itertools
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from IPython.display import display, publish_display_data
from ipywidgets import FloatSlider, IntSlider, SelectionSlider, VBox
from PIL import Image
from scipy import ndimage

from labutils._internal import arguments
from labutils.data import Dataset
from labutils.layers import Linear
from labutils.network import Network
from labutils.notebook import figures
from labutils.notebook.live import COLOURS, MARKERS, LabFigure

__all__ = ["descent", "hidden_units", "image_stages"]

_PAUSE = 0.05  # seconds without a move before the figure is drawn again
_LOOK: Any = {"style": {"description_width": "130px"}, "layout": {"width": "460px"}}  # of a slider
_Function = Callable[..., Any]


class _Explorer:
    """A figure that `draw` returns for the values of `knobs`, {argument: widget}, and images of it at some settings."""

    def __init__(self, draw: _Function, knobs: dict[str, Any], frames: Sequence[dict[str, Any]]) -> None:
        self.draw, self.knobs, self.frames = draw, knobs, frames
        self.waiting: asyncio.TimerHandle | None = None
        for knob in knobs.values():
            knob.observe(self._moved, names="value")
        view = {"version_major": 2, "version_minor": 0, "model_id": VBox(list(knobs.values())).model_id}
        # Nothing but the widgets, so that no text replaces them in a saved notebook.
        publish_display_data({"application/vnd.jupyter.widget-view+json": view})
        figure = draw(**self.values())
        figure.frames = [self._frame(settings) for settings in frames]
        self.handle = display(figure, display_id=True)

    def values(self) -> dict[str, Any]:
        """The values of the widgets, by name."""
        return {name: knob.value for name, knob in self.knobs.items()}

    def _frame(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The figure for these settings: a label, a small PNG in base64, and whether these are the present values."""
        figure, small = self.draw(**self.values() | settings), io.BytesIO()
        Image.open(io.BytesIO(figure.png())).convert("RGB").quantize(96).save(small, "png", optimize=True)
        label = ", ".join(f"{self.knobs[name].description} {value}" for name, value in settings.items())
        shown = settings.items() <= self.values().items()
        return {"label": label, "png": base64.b64encode(small.getvalue()).decode(), "shown": shown}

    def _moved(self, change: Any) -> None:
        """Draw again after a short pause, which each further move restarts, so that only the last position is drawn."""
        if self.waiting is not None:
            self.waiting.cancel()
        try:
            self.waiting = asyncio.get_running_loop().call_later(_PAUSE, self._redraw)
        except RuntimeError:  # without an event loop, in a script or a test, draw at once
            self._redraw()

    def _redraw(self) -> None:
        self.handle.update(self.draw(**self.values()))


def descent(data: Dataset, path_of: _Function, loss: _Function, rates: Sequence[float]) -> _Explorer:
    """An explorer of gradient descent: the decision line beside the loss surface with the path of the weights.

    data: points (N, 2); path_of: the path for a learning rate, (steps + 1, 3), of rows (w1, w2, b); loss: of a row.
    """
    arguments.instance(Dataset, data=data)
    arguments.floats("data", data.x_train, 2)
    arguments.function("path_of", path_of)
    arguments.function("loss", loss)
    arguments.numbers("rates", rates, "R")
    paths, span = cache(path_of), (-1.0, 4.0)

    def draw(rate: float, step: int) -> LabFigure:
        figure = LabFigure("Gradient descent", 9.2, 4.0, left=0.06, right=0.98, top=0.91, bottom=0.12)
        left, right = figure.subplots(1, 2)
        path = paths(rate)[: step + 1]
        w, b = path[-1, :2], path[-1, 2]
        for group in (0, 1):
            x = data.x_train[data.y_train == group]
            left.scatter(*x.T, marker=MARKERS[group], color=COLOURS[group], s=20, label=f"group {group}")
        figures.draw_decision_line(left, w, b, COLOURS[2])
        corners = np.array([[x, y] for x in left.get_xlim() for y in left.get_ylim()])
        if abs(np.where(corners @ w + b > 0, 1, -1).sum()) == 4:
            left.text(0.5, 0.5, "the line is outside", ha="center", transform=left.transAxes)
        left.set(xlabel="$x_1$", ylabel="$x_2$", title=f"the line after {step} steps")
        left.legend(loc="upper left", fontsize=8)
        ticks = np.linspace(*span, 45)  # of w1 and w2; the bias is the one that the path has reached
        surface = np.array([[loss(np.array([w1, w2, b])) for w1 in ticks] for w2 in ticks])
        low, high = surface.min(), surface.max()
        levels = np.geomspace(1.01 * low, high, 12) if high > 1.1 * low else 5
        right.contour(ticks, ticks, surface, levels=levels, cmap="Greys", vmin=low - 0.5 * (high - low))
        row, column = np.unravel_index(surface.argmin(), surface.shape)
        if 0 < row < len(ticks) - 1 and 0 < column < len(ticks) - 1:  # else the minimum is probably outside
            right.plot(ticks[column], ticks[row], "kx", ms=8, mew=2, label="lowest at this bias")
            right.legend(loc="upper right", fontsize=8)
        right.plot(*path[:, :2].T, color=COLOURS[1], marker="o", ms=3, lw=1)
        right.plot(*w, marker="o", ms=9, color=COLOURS[1], mec="black")
        right.set(xlim=span, ylim=span, xlabel="$w_1$", ylabel="$w_2$", title=f"loss {loss(path[-1]):.4g}")
        if not (w.min() >= span[0] and w.max() <= span[1]):
            note = f"$w$ = ({w[0]:.3g}, {w[1]:.3g})\nis outside"
            box = {"fc": "white", "ec": "0.5"}
            right.text(0.5, 0.5, note, ha="center", transform=right.transAxes, bbox=box)
        return figure

    start, steps = min(rates, key=lambda rate: abs(rate - 0.02)), len(paths(rates[0])) - 1
    rate = SelectionSlider(options=rates, value=start, description="learning rate", **_LOOK)
    step = IntSlider(max=steps, value=steps, description="step", **_LOOK)
    return _Explorer(draw, {"rate": rate, "step": step}, [{"rate": rate} for rate in rates])


def _side_of_images(network: Network, data: Dataset, layers: int) -> int:
    """The side of the images. Raises an error unless they are square, and the first layer linear and of their size."""
    arguments.instance(Network, network=network)
    arguments.instance(Dataset, data=data)
    fits = len(network.layers) >= layers and isinstance(network.layers[0], Linear)
    arguments.expect(fits, "network", f"{layers} layers, the first of them linear", network.layers)
    arguments.squares("data", data.x_validation)
    return round(data.x_validation.shape[1] ** 0.5)


def image_stages(network: Network, data: Dataset) -> _Explorer:
    """An explorer of a validation image on its way through the network: it can be turned, shifted and dimmed.

    network: Linear, Sigmoid, Linear, Softmax, with a square number of hidden units; data: pixels from 0 to 1.
    """
    side = _side_of_images(network, data, 4)
    first = network.layers[0].forward(data.x_validation)
    scores = network.layers[2].forward(network.layers[1].forward(first))
    arguments.squares("network", first)
    limits = [1, float(np.quantile(np.abs(first), 0.99)), 1, float(np.abs(scores).max()), 1]

    def draw(image: int, turn: int, right: int, down: int, light: float) -> LabFigure:
        picture = ndimage.rotate(data.x_validation[image].reshape(side, side), -turn, reshape=False, order=1)
        picture = ndimage.shift(picture, (down, right), order=1)
        x = np.clip(light * picture, 0, 1).reshape(1, -1).astype(np.float32)
        stages = list(itertools.accumulate(network.layers, lambda x, layer: layer.forward(x), initial=x))
        label = int(data.y_validation[image])
        softmax = f"4 softmax; 5 loss {-np.log(max(float(stages[4][0, label]), 1e-300)):.2f}"
        titles = [f"the image, label {label}", "1 linear", "2 sigmoid", "3 linear: scores", softmax]
        kind = "An image, the hidden units before and after the sigmoid, the ten scores and the ten probabilities"
        figure = LabFigure(kind, 10.4, 2.7, left=0.01, right=0.98, top=0.88, bottom=0.12, wspace=0.15)
        for i, axes in enumerate(figure.subplots(1, 5)):
            values, low = stages[i][0].astype(float), -limits[i] if i in (1, 3) else 0
            axes.set_title(titles[i], fontsize=9)
            if i < 3:
                square = values.reshape(round(values.size**0.5), -1)
                axes.imshow(square, cmap="RdBu_r" if i == 1 else "gray", vmin=low, vmax=limits[i])
                axes.set(xticks=[], yticks=[])
            else:
                bars = axes.barh(range(values.size), values, color="0.7")
                bars[values.argmax()].set_facecolor(COLOURS[2 if values.argmax() == label else 1])
                axes.set_yticks(range(values.size), [str(k) for k in range(values.size)], fontsize=8)
                axes.invert_yaxis()
                axes.set_xlim(low, limits[i])
        return figure

    knobs = {
        "image": IntSlider(value=4, max=len(data.x_validation) - 1, description="image", **_LOOK),
        "turn": IntSlider(min=-180, max=180, step=5, description="turn clockwise (°)", **_LOOK),
        "right": IntSlider(min=-14, max=14, description="to the right (pixels)", **_LOOK),
        "down": IntSlider(min=-14, max=14, description="down (pixels)", **_LOOK),
        "light": FloatSlider(value=1.0, max=2, step=0.05, description="brightness", **_LOOK),
    }
    return _Explorer(draw, knobs, [{"turn": turn} for turn in (-90, -60, -30, 0, 30, 60, 90)])


def hidden_units(network: Network, data: Dataset) -> _Explorer:
    """An explorer of the first layer: the weights of a hidden unit, and the images for which its output is largest."""
    side = _side_of_images(network, data, 2)
    weights = network.layers[0].params["W"].T
    outputs = network.layers[1].forward(network.layers[0].forward(data.x_validation))

    def draw(unit: int) -> LabFigure:
        kind = "The weights of a hidden unit, and the twelve images for which its output is largest"
        figure = LabFigure(kind, 9.6, 2.8, left=0.01, right=0.99, top=0.9, bottom=0.02, wspace=0.05)
        bare = {"frame_on": False, "xticks": [], "yticks": []}
        left, right = figure.subplots(1, 2, width_ratios=(1, 2.6), subplot_kw=bare)
        limit = float(np.abs(weights[unit]).max()) or 1.0
        left.imshow(weights[unit].reshape(side, side), cmap="RdBu_r", vmin=-limit, vmax=limit)
        left.set_title(f"unit {unit}", fontsize=10)
        cell = side + 8  # leaves space for a number above each image
        mosaic = np.ones((2 * cell, 6 * cell))
        best = np.argsort(-outputs[:, unit], kind="stable")[:12]
        for i, (image, output) in enumerate(zip(data.x_validation[best], outputs[best, unit], strict=True)):
            top, start = cell * (i // 6) + 8, cell * (i % 6) + 4
            mosaic[top : top + side, start : start + side] = image.reshape(side, side) / (image.max() or 1.0)
            right.text(start + side / 2, top - 1, f"{output:.2f}", ha="center", va="bottom", fontsize=9)
        right.imshow(mosaic, cmap="gray", vmin=0, vmax=1)
        return figure

    knobs = {"unit": IntSlider(max=len(weights) - 1, description="hidden unit", **_LOOK)}
    return _Explorer(draw, knobs, [{"unit": unit} for unit in range(min(7, len(weights)))])
