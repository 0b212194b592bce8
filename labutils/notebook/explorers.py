"""Figures with sliders that change what they show. Without a kernel, `make html` shows images of a few settings."""

import asyncio
import base64
import io
import itertools
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import display, publish_display_data
from ipywidgets import Button, Checkbox, FloatSlider, IntSlider, Label, SelectionSlider, VBox
from PIL import Image
from scipy import ndimage

from labutils._internal import arguments
from labutils.data import Dataset
from labutils.experiments.runs import COLUMNS, Configuration, dead_units_pct
from labutils.layers import Linear
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.notebook import figures
from labutils.notebook.live import COLOURS, MARKERS, STYLES, LabFigure, TrainingProgress
from labutils.record import TrainingRecord
from labutils.report.tables import load_rows
from labutils.training import train

__all__ = ["descent", "hidden_units", "image_stages", "own_run", "stored_runs", "two_losses"]

_PAUSE = 0.05  # seconds without a move before the figure is drawn again
_LOOK: Any = {"style": {"description_width": "130px"}, "layout": {"width": "460px"}}  # of a slider
_ALT = {
    "descent": "The points with the line after some steps, and beside it the loss surface with the path of "
    "descent at this learning rate.",
    "losses": "The loss of each step at this learning rate, with sigmoid and NLL apart and together. The line "
    "of the separate layers ends early if their loss is no number any more.",
    "pass": "An image on its way through the network: its pixels, the hidden units before and after "
    "the sigmoid, the ten scores and the ten probabilities, with the highest in colour.",
    "units": "The weights of a hidden unit, red above zero and blue below, and the twelve validation "
    "images that excite it most, each under the unit's output.",
    "stored": "Validation error against the iteration, our ten seeds and the report's run; and the "
    "error and the share of dead units (on the training images) after training beside those of the other runs.",
    "own_run": "Dead hidden units against validation error: the stored runs that finished, on raw pixels and with "
    "the mean image subtracted, and runs of one's own, which are marked with stars.",
}
_Function = Callable[..., Any]


class _Explorer:
    """A figure that `draw` returns for the values of `knobs`, {argument: widget}, and images of it at some settings."""

    def __init__(self, draw: _Function, knobs: dict[str, Any], frames: Sequence[dict[str, Any]]) -> None:
        self.draw, self.knobs, self.frames = draw, knobs, frames
        self.waiting: asyncio.TimerHandle | None = None
        for knob in knobs.values():
            knob.observe(self._moved, names="value")
        _show_widgets(*knobs.values())
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
        words = [f"{self.knobs[name].description} {value}" for name, value in settings.items()]
        label = ", ".join(word.removesuffix(" True") for word in words)
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


def _show_widgets(*widgets: Any) -> None:
    """Show widgets below each other, without the text that would replace them in a saved notebook."""
    view = {"version_major": 2, "version_minor": 0, "model_id": VBox(widgets).model_id}
    publish_display_data({"application/vnd.jupyter.widget-view+json": view})


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
        figure = LabFigure(_ALT["descent"], 9.2, 4.0, left=0.06, right=0.98, top=0.91, bottom=0.12)
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


def two_losses(losses_of: _Function, rates: Sequence[float]) -> _Explorer:
    """An explorer of the losses, (steps,), of `losses_of(rate, combined)`: sigmoid and NLL separate and combined."""
    arguments.function("losses_of", losses_of)
    arguments.numbers("rates", rates, "R")
    runs = cache(losses_of)

    def draw(rate: float) -> LabFigure:
        series = {}
        for name, together in {"together (stable)": True, "apart": False}.items():
            losses = runs(rate, together)
            finite = np.isfinite(losses)
            ends = "" if finite.all() else f": no number from step {int(np.argmin(finite)) + 1} on"
            series[name + ends] = (np.arange(1, len(losses) + 1), np.where(finite, losses, np.nan))
        figure = figures.curves(series, "step", "summed loss (nats)", _ALT["losses"], log="y")
        figure.axes[0].set_ylim(20, 2e4)
        figure.axes[0].legend(loc="upper right", fontsize=9)
        return figure

    start = min(rates, key=lambda rate: abs(rate - 2))
    knobs = {"rate": SelectionSlider(value=start, options=rates, description="learning rate", **_LOOK)}
    return _Explorer(draw, knobs, [{"rate": rate} for rate in rates])


def _side_of_images(network: Network, data: Dataset, layers: int) -> int:
    """The side of the images. Raises an error unless they are square, and the first layer linear and of their size."""
    arguments.instance(Network, network=network)
    arguments.instance(Dataset, data=data)
    if len(network.layers) < layers or not isinstance(network.layers[0], Linear):
        raise ValueError(f"network: expected {layers} layers, the first of them linear, got {network.layers}")
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
        figure = LabFigure(_ALT["pass"], 10.4, 2.7, left=0.01, right=0.98, top=0.88, bottom=0.12, wspace=0.15)
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
        figure = LabFigure(_ALT["units"], 9.6, 2.8, left=0.01, right=0.99, top=0.9, bottom=0.02, wspace=0.05)
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


_RATES = {rate: f"learn-rate-{rate}" for rate in ("5e-5", "5e-4", "8e-4", "1e-3", "3e-3")}
_SIZES = {"200": "hidden-200", "500": "hidden-500", "700": "hidden-700", "1,000": "hidden-1000"}


def stored_runs(study: pd.DataFrame, histories: pd.DataFrame) -> _Explorer:
    """An explorer of the stored study by learning rate, hidden units and centring, beside the report's curves.

    Rates are stored with 500 units (5e-5 with 700) and sizes at rate 1e-3, so a change of one slider resets the other.
    """
    arguments.data_frame(COLUMNS, study=study)
    columns = ("configuration", "iteration", "seed", "validation_accuracy_pct")
    arguments.data_frame(columns, histories=histories)
    every = [*_RATES.values(), *_SIZES.values()]
    short = [name.replace("learn-", "").replace("hidden", "units") for name in every]
    complete = study["status"].eq("finished") & study["diverged_at"].isna()
    groups = study.assign(complete=complete).groupby("configuration")
    means = groups[["validation_error_pct", "dead_in_training_pct", "complete"]].mean()
    knobs = {
        "rate": SelectionSlider(value="1e-3", options=list(_RATES), description="learning rate", **_LOOK),
        "size": SelectionSlider(value="500", options=list(_SIZES), description="hidden units", **_LOOK),
        "centring": Checkbox(False, description="mean image subtracted", indent=False),
    }

    def draw(rate: str, size: str, centring: bool) -> LabFigure:
        names = [_RATES[rate]] if size == "500" or rate != "1e-3" else []
        names += [_SIZES[size]] if rate == "1e-3" else []
        figure = LabFigure(_ALT["stored"], 10.0, 3.6, left=0.06, right=0.98, top=0.9, bottom=0.14, wspace=0.3)
        left, *others = figure.subplots(1, 3, width_ratios=(1.2, 1, 1))
        ending = " centred" if centring else ""
        of_run = histories[histories["configuration"] == names[0] + ending]
        errors = 100 - of_run.pivot_table("validation_accuracy_pct", "iteration", "seed").dropna()
        left.fill_between(errors.index, errors.min(axis=1), errors.max(axis=1), color=COLOURS[1], alpha=0.3)
        left.plot(errors.index, errors.median(axis=1), color=COLOURS[1], label="our ten seeds")
        for name in names:
            rows = load_rows(name)
            left.plot(rows["iteration"], 100 - rows["validation_accuracy_pct"], **figures.REPORT)
        run = study[study["configuration"] == names[0]].iloc[0]
        title = f"rate {run['learning_rate']:g}, {run['hidden_units']} units{ending.replace(' ', ', ')}"
        left.set(xlabel="iteration", ylabel="validation error (%)", ylim=(0, 80), title=title)
        left.legend(*(list(each[:2]) for each in left.get_legend_handles_labels()), fontsize=8)
        bars = means.loc[[name + ending for name in every]]
        whole = bars["complete"] == 1
        colours = [COLOURS[1] if name in names else "0.75" for name in every]
        hatches = ["" if each else "///" for each in whole]
        titles = ("validation error (%)", "dead hidden units (%)")
        for axes, column, title, limit in zip(others, bars, titles, (40, 115), strict=False):
            drawn = axes.barh(range(len(bars)), bars[column].fillna(0), color=colours, hatch=hatches)
            axes.bar_label(drawn, bars[column].map("{:.1f}".format).where(whole, "diverged"), fontsize=8)
            axes.set_yticks(range(len(bars)), short if axes is others[0] else [""] * len(bars), fontsize=8)
            axes.invert_yaxis()
            axes.set_title(title, fontsize=10)
            axes.set_xlim(0, limit)
        return figure

    def reset_other(change: Any) -> None:
        other, start = ("size", "500") if change["owner"] is knobs["rate"] else ("rate", "1e-3")
        if change["new"] not in ("1e-3", "500"):
            knobs[other].value = start

    for name in ("rate", "size"):
        knobs[name].observe(reset_other, names="value")
    settings = [("1e-3", "200"), ("1e-3", "500"), ("1e-3", "1,000"), ("3e-3", "500")]
    frames = [{"rate": r, "size": s} | centring for r, s in settings for centring in ({}, {"centring": True})]
    return _Explorer(draw, knobs, frames)


def own_run(study: pd.DataFrame) -> "_OwnRun":
    """Widgets for a training run of your own, and a figure that compares it with the stored study."""
    arguments.data_frame(COLUMNS, study=study)
    return _OwnRun(study)


class _OwnRun:
    """Sliders for the options of a run, a button that starts and stops it, and the figure that compares the runs."""

    def __init__(self, study: pd.DataFrame) -> None:
        self.study = study
        self.runs: list[tuple[str, TrainingRecord, float]] = []  # name, record, dead units (%)
        sizes, momenta = [10, 50, 100, 200, 500, 700, 1000], [0.0, 0.5, 0.9, 0.99]
        rates = [1e-5, 5e-5, 2e-4, 5e-4, 1e-3, 3e-3, 1e-2, 0.1, 1.0, 10.0]
        self.knobs = {
            "learning_rate": SelectionSlider(value=1e-3, options=rates, description="learning rate", **_LOOK),
            "hidden_units": SelectionSlider(value=200, options=sizes, description="hidden units", **_LOOK),
            "momentum": SelectionSlider(value=0.9, options=momenta, description="momentum", **_LOOK),
            "epochs": IntSlider(value=5, min=1, max=10, description="epochs", **_LOOK),
            "seed": IntSlider(max=20, description="seed", **_LOOK),
            "centred": Checkbox(True, description="mean image subtracted", indent=False),
        }
        self.button = Button(description="Train", button_style="primary")
        self.button.on_click(self._clicked)
        self.message = Label()
        self.training = threading.Thread()  # of the present run; this one never starts
        _show_widgets(*self.knobs.values(), self.button, self.message)
        self.handle = display(_compare_runs(study, []), display_id=True)

    def _clicked(self, button: Any = None) -> None:
        """Start a run, or stop the present one. The run has its own thread, so that the button still reacts."""
        if self.training.is_alive():
            self.stop = True
        else:
            self.training = threading.Thread(target=self._train, daemon=True)
            self.training.start()

    def _train(self) -> None:
        """Run the training that the sliders describe, and add it to the comparison however it ends."""
        options = {name: knob.value for name, knob in self.knobs.items()}
        seed, self.stop = options.pop("seed"), False
        centred = ", centred" if options["centred"] else ""
        name = f"{len(self.runs) + 1}: rate {options['learning_rate']:g}, {options['hidden_units']} units{centred}"
        configuration = Configuration(name, **options)
        self.button.description, self.message.value = "Stop", ""
        try:
            data = configuration.dataset(seed)
            network = configuration.network(data.x_train.shape[1], data.classes, seed)
            callbacks: list[Any] = [TrainingProgress(handle=self.handle), lambda step: self.stop]
            record = train(network, SoftmaxNLL(), data, configuration.training_options(seed), callbacks)
            if record.history:
                self.runs.append((name, record, dead_units_pct(network, data.x_train)))
            self.handle.update(_compare_runs(self.study, self.runs))
        except Exception as error:  # in a thread it would otherwise remain unseen
            self.message.value = str(error)
        finally:
            self.button.description = "Train"


def _compare_runs(study: pd.DataFrame, runs: Sequence[tuple[str, TrainingRecord, float]]) -> LabFigure:
    """A figure of error against dead units, with the student's own runs as stars, and of their curves."""
    figure = LabFigure(_ALT["own_run"], 8.6, 4.6)
    left, right = figure.subplots(1, 2)
    plain = (study[["scale", "negative_slope", "switched_off"]] == [1, 0, 0]).all(axis=1)
    digits = study[plain & (study["data"] == "digits") & (study["status"] == "finished")]
    digits = digits[digits["learning_rate"] < 1]
    for i, (centred, label) in enumerate(((False, "stored, raw pixels"), (True, "stored, mean subtracted"))):
        groups = digits[digits["centred"] == centred].groupby("configuration")
        means = groups[["dead_in_training_pct", "validation_error_pct"]].mean()
        left.plot(*means.to_numpy().T, MARKERS[i], color=COLOURS[i], label=label)
    for i, (name, record, dead) in enumerate(runs):
        ended = "diverged" if record.diverged_at is not None else record.status
        label, colour = name if ended == "finished" else f"{name} ({ended})", COLOURS[2:][i % 5]
        place = np.nan_to_num(dead), max(record.validation_error_pct, 0.8)  # 0.8: the end of the log axis
        left.plot(*place, "*", ms=13, color=colour, mec="black", label=label)
        x, y = record.column("iteration"), 100 - record.column("validation_accuracy_pct")
        right.plot(x, y, STYLES[i % 4], color=colour, marker=MARKERS[i % 7], ms=4)
    left.set_xlim(-4, 104)
    for axes, xlabel in ((left, "dead hidden units (%)"), (right, "iteration")):
        axes.set(xlabel=xlabel, ylabel="validation error (%)")
        figures.use_log_error_axis(axes, [1, 2, 5, 10, 20, 50, 90], (0.8, 110))
        axes.grid(alpha=0.3)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=8)
    note = "" if runs else "your own runs will stand here"
    right.text(0.5, 0.5, note, ha="center", transform=right.transAxes, color="0.4")
    return figure
