"""Knobs beside a figure: turn one, and the figure follows.

The figure is an output of its own, so it stays in the saved notebook; the knobs are extras. With it travel frames, one
for each of a few settings of the main knob, for a page that no kernel stands behind.
"""

import asyncio
import base64
import io
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd
from IPython.display import display, publish_display_data
from PIL import Image
from scipy import ndimage

from labutils import arguments, plots, report
from labutils.data import Dataset
from labutils.layers import Linear
from labutils.live import TrainingProgress
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.study import Configuration, dead_units_pct
from labutils.training import TrainingRecord, train

PAUSE = 0.05  # seconds without a move before the figure is drawn again
VIEW = "application/vnd.jupyter.widget-view+json"
LOOK = {"style": {"description_width": "130px"}, "layout": {"width": "460px"}}


class Explorer:
    """Knobs, and a figure on a display handle that follows them.

    draw: takes the values of the knobs by name, and returns the figure; knobs: widgets with a `value`, by that name;
    frames: settings that the page shows, 5 to 9 or none, each the values of some knobs by name. Moves that come while
    the figure is being drawn, or faster than it can be, lead to one drawing of the last of them.
    """

    def __init__(
        self,
        draw: Callable[..., plots.LabFigure],
        knobs: Mapping[str, Any],
        frames: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        arguments.function("draw", draw)
        arguments.instance(Mapping, knobs=knobs)
        arguments.instance(list | tuple, frames=frames)
        arguments.instance(ipywidgets.Widget, **{f"knobs[{name!r}]": knob for name, knob in knobs.items()})
        arguments.instance(Mapping, **{f"frames[{i}]": frame for i, frame in enumerate(frames)})
        self.draw, self.knobs, self.frames = draw, dict(knobs), list(frames)
        self.waiting: asyncio.TimerHandle | None = None
        self.handle: Any = None
        for knob in self.knobs.values():
            knob.observe(self.moved, names="value")

    def values(self) -> dict[str, Any]:
        """The values of the knobs, by name."""
        return {name: knob.value for name, knob in self.knobs.items()}

    def show(self) -> "Explorer":
        """Show the knobs and, as an output of its own, the figure; the explorer itself."""
        show_widgets(*self.knobs.values())
        figure = self.draw(**self.values())
        figure.frames = [self.frame(settings) for settings in self.frames]
        self.handle = display(figure, display_id=True)
        return self

    def frame(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The figure at these settings, as a small PNG in base64, with its label, and whether it is the present one."""
        figure, small = self.draw(**self.values() | dict(settings)), io.BytesIO()
        Image.open(io.BytesIO(figure.png())).convert("RGB").quantize(96).save(small, "png", optimize=True)
        return {
            "label": ", ".join(
                filter(None, (label_of(self.knobs[name], value) for name, value in settings.items()))
            ),
            "png": base64.b64encode(small.getvalue()).decode("ascii"),
            "shown": settings.items() <= self.values().items(),
        }

    def moved(self, change: Any = None) -> None:
        """Draw again after a short pause; a later move starts the pause anew."""
        if self.waiting is not None:
            self.waiting.cancel()
        try:
            self.waiting = asyncio.get_running_loop().call_later(PAUSE, self.redraw)
        except RuntimeError:  # no loop: a script or a test
            self.redraw()

    def redraw(self) -> None:
        """Draw the figure for the present values."""
        self.waiting = None
        if self.handle is not None:
            self.handle.update(self.draw(**self.values()))


def show_widgets(*widgets: Any) -> None:
    """Show widgets under each other, without the text that would stand for them in a saved notebook."""
    box = ipywidgets.VBox(widgets)
    publish_display_data({VIEW: {"version_major": 2, "version_minor": 0, "model_id": box.model_id}})


def label_of(knob: Any, value: Any) -> str:
    """What a knob says at a value: "learning rate 0.02"; of a box its name if it is ticked."""
    if isinstance(value, bool):
        return str(knob.description) if value else ""
    return f"{knob.description} {value}"


def choice(description: str, options: Sequence[Any], value: Any) -> ipywidgets.SelectionSlider:
    """A slider over a few values."""
    return ipywidgets.SelectionSlider(description=description, options=options, value=value, **LOOK)


def slider(description: str, low: float, high: float, value: float, step: float = 1) -> Any:
    """A slider over numbers: whole ones if all of these are."""
    kind = (
        ipywidgets.IntSlider
        if all(isinstance(v, int) for v in (low, high, value, step))
        else ipywidgets.FloatSlider
    )
    return kind(description=description, min=low, max=high, value=value, step=step, **LOOK)


def nearest(values: Sequence[float], wanted: float) -> float:
    """The value to begin with: the one that is nearest."""
    return min(values, key=lambda value: abs(float(value) - wanted))


# ---- Part A


def descent(
    data: Dataset,
    path_of: Callable[[float], np.ndarray],
    loss: Callable[[np.ndarray], float],
    rates: Sequence[float],
) -> Explorer:
    """The line and the loss surface with the path of descent. path_of: a learning rate -> (steps + 1, 3)."""
    arguments.instance(Dataset, data=data)
    for name, given in (("path_of", path_of), ("loss", loss)):
        arguments.function(name, given)
    arguments.numbers("rates", rates, "R")
    paths = lru_cache(maxsize=None)(path_of)
    alt = (
        "The points with the line after some steps, and beside it the loss surface with the path of descent: slow "
        "at small rates, quick at middle ones, zigzagging and out of the picture at large ones."
    )

    def draw(rate: float, step: int) -> plots.LabFigure:
        return plots.descent(data, paths(rate), step, loss, (-1.0, 4.0), alt)

    steps = len(paths(rates[0])) - 1
    knobs = {
        "rate": choice("learning rate", rates, nearest(rates, 0.02)),
        "step": slider("step", 0, steps, steps),
    }
    return Explorer(draw, knobs, [{"rate": rate} for rate in rates]).show()


def two_losses(losses_of: Callable[[float, bool], np.ndarray], rates: Sequence[float]) -> Explorer:
    """The loss of each step with sigmoid and NLL apart and together. losses_of: rate, together -> (steps,)."""
    arguments.function("losses_of", losses_of)
    arguments.numbers("rates", rates, "R")
    runs = lru_cache(maxsize=None)(losses_of)
    alt = (
        "The loss of each step, with sigmoid and NLL apart and together: one line while the rate is small; at large "
        "rates the line of the separate layers ends where its loss is no number any more."
    )

    def draw(rate: float) -> plots.LabFigure:
        series = {}
        for name, together in {"together (stable)": True, "apart": False}.items():
            losses = runs(rate, together)
            finite = np.isfinite(losses)
            ends = "" if finite.all() else f": no number from step {int(np.argmin(finite)) + 1} on"
            series[name + ends] = (np.arange(1, len(losses) + 1), np.where(finite, losses, np.nan))
        figure = plots.curves(series, "step", "summed loss (nats)", alt, log="y")
        figure.axes[0].set_ylim(20, 2e4)
        figure.axes[0].legend(loc="upper right", fontsize=9)
        return figure

    return Explorer(
        draw, {"rate": choice("learning rate", rates, nearest(rates, 2))}, [{"rate": rate} for rate in rates]
    ).show()


# ---- Part B


def check_images(network: Network, data: Dataset, layers: int) -> None:
    """The network has so many layers, the first of them linear, and the data are square images of its size."""
    arguments.instance(Network, network=network)
    arguments.instance(Dataset, data=data)
    if len(network.layers) < layers or not isinstance(network.layers[0], Linear):
        raise ValueError(f"network: expected {layers} layers, the first of them linear, got {network.layers}")
    arguments.squares("data", data.x_validation)


def image_stages(network: Network, data: Dataset) -> Explorer:
    """A validation image that can be picked, turned, shifted and dimmed, and its five stages through the network.

    network: Linear, Sigmoid, Linear, Softmax; data: pixels of 0 to 1.
    """
    check_images(network, data, 4)
    alt = (
        "An image on its way through the network: its pixels, the hidden units before and after the sigmoid, the ten "
        "scores and the ten probabilities, with the highest in colour."
    )

    first = network.layers[0].forward(data.x_validation)
    scores = network.layers[2].forward(network.layers[1].forward(first))
    limits = float(np.quantile(np.abs(first), 0.99)), float(np.abs(scores).max())

    def draw(image: int, turn: int, right: int, down: int, light: float) -> plots.LabFigure:
        side = round(data.x_validation.shape[1] ** 0.5)
        picture = ndimage.rotate(data.x_validation[image].reshape(side, side), -turn, reshape=False, order=1)
        picture = ndimage.shift(picture, (down, right), order=1)
        x = np.clip(light * picture, 0, 1).reshape(1, -1).astype(np.float32)
        label = int(data.y_validation[image])
        *hidden, probabilities = itertools.accumulate(
            network.layers, lambda x, layer: layer.forward(x), initial=x
        )
        loss = -np.log(max(float(probabilities[0, label]), 1e-300))
        titles = [f"the image, label {label}", "1 linear", "2 sigmoid", "3 linear: scores"]
        titles.append(f"4 softmax; 5 loss {loss:.2f}")
        values = {title: row[0] for title, row in zip(titles, [*hidden, probabilities], strict=True)}
        return plots.stages(values, label, limits, alt)

    knobs = {
        "image": slider("image", 0, len(data.x_validation) - 1, 4),
        "turn": slider("turn clockwise (°)", -180, 180, 0, 5),
        "right": slider("to the right (pixels)", -14, 14, 0),
        "down": slider("down (pixels)", -14, 14, 0),
        "light": slider("brightness", 0.0, 2.0, 1.0, 0.05),
    }
    return Explorer(draw, knobs, [{"turn": turn} for turn in (-90, -60, -30, 0, 30, 60, 90)]).show()


def hidden_units(network: Network, data: Dataset) -> Explorer:
    """The weights of a hidden unit, and the twelve validation images that excite it most."""
    check_images(network, data, 2)
    weights = network.layers[0].params["W"].T
    outputs = network.layers[1].forward(network.layers[0].forward(data.x_validation))
    alt = (
        "The weights of a hidden unit, red above zero and blue below, and the twelve validation images that excite it "
        "most, each under the unit's output."
    )

    def draw(unit: int) -> plots.LabFigure:
        best = np.argsort(-outputs[:, unit], kind="stable")[:12]
        return plots.hidden_unit(
            weights[unit], data.x_validation[best], outputs[best, unit], f"unit {unit}", alt
        )

    return Explorer(
        draw,
        {"unit": slider("hidden unit", 0, len(weights) - 1, 0)},
        [{"unit": unit} for unit in range(min(7, len(weights)))],
    ).show()


# ---- Part C

RATES = {"5e-5": "learn-rate-5e-5", "5e-4": "learn-rate-5e-4", "8e-4": "learn-rate-8e-4"}
RATES |= {"1e-3": "learn-rate-1e-3", "3e-3": "learn-rate-3e-3"}
SIZES = {"200": "hidden-200", "500": "hidden-500", "700": "hidden-700", "1,000": "hidden-1000"}


def stored_runs(study: pd.DataFrame, histories: pd.DataFrame) -> Explorer:
    """The stored study by rate, size and centring, with the report's curve beside it and the dead units in view.

    The study varies one at a time: rates with 500 units (5e-5: 700), sizes at 1e-3. Turning one knob sets the other
    back.
    """
    arguments.table((*plots.OF_A_RUN, "status", "hidden_units"), study=study)
    arguments.table(("configuration", "iteration", "seed", "validation_accuracy_pct"), histories=histories)
    tables = {name: report.load_rows(name) for name in (*RATES.values(), *SIZES.values())}
    alt = (
        "Validation error against the iteration, our ten seeds and the report's run; and the error and the share of "
        "dead units after training beside those of the other runs. With the mean subtracted no unit is dead."
    )
    rate, size = choice("learning rate", list(RATES), "1e-3"), choice("hidden units", list(SIZES), "500")
    centring = ipywidgets.Checkbox(description="mean image subtracted", value=False, indent=False)

    def draw(rate: str, size: str, centring: bool) -> plots.LabFigure:
        names = [RATES[rate]] if size == "500" or rate != "1e-3" else []
        names += [SIZES[size]] if rate == "1e-3" else []
        return plots.stored_run(study, histories, tables, names, " centred" if centring else "", alt)

    def back_to_500(change: Any) -> None:
        if change["new"] != "1e-3":
            size.value = "500"

    def back_to_1e3(change: Any) -> None:
        if change["new"] != "500":
            rate.value = "1e-3"

    rate.observe(back_to_500, names="value")
    size.observe(back_to_1e3, names="value")
    settings = [{"rate": "1e-3", "size": size} for size in ("200", "500", "1,000")] + [
        {"rate": "3e-3", "size": "500"}
    ]
    frames = [some | {"centring": how} for some in settings for how in (False, True)]
    return Explorer(draw, {"rate": rate, "size": size, "centring": centring}, frames).show()


class OwnRun:
    """Set the options, press the button, watch the run; it joins the comparison with the stored study."""

    def __init__(self, study: pd.DataFrame) -> None:
        arguments.table(plots.OF_A_RUN, study=study)
        self.study = study
        self.runs: list[tuple[str, TrainingRecord, float]] = []
        rates = [1e-5, 5e-5, 2e-4, 5e-4, 1e-3, 3e-3, 1e-2, 0.1, 1.0, 10.0]
        self.knobs = {
            "learning_rate": choice("learning rate", rates, 1e-3),
            "hidden_units": choice("hidden units", [10, 50, 100, 200, 500, 700, 1000], 200),
            "momentum": choice("momentum", [0.0, 0.5, 0.9, 0.99], 0.9),
            "epochs": slider("epochs", 1, 10, 5),
            "seed": slider("seed", 0, 20, 0),
            "centred": ipywidgets.Checkbox(description="mean image subtracted", value=True, indent=False),
        }
        self.button = ipywidgets.Button(description="Train", button_style="primary")
        self.button.on_click(self.clicked)
        self.said = ipywidgets.Label()  # what went wrong, if something did
        self.training: threading.Thread | None = None
        self.stop = False

    def show(self) -> "OwnRun":
        """Show the knobs, the button and the comparison; the run itself."""
        show_widgets(*self.knobs.values(), self.button, self.said)
        self.handle = display(self.figure(), display_id=True)
        return self

    def clicked(self, button: Any = None) -> None:
        """Train in a thread, so that a second click is heard, and stops it."""
        if self.training is not None and self.training.is_alive():
            self.stop = True
        else:
            self.training = threading.Thread(target=self.train, daemon=True)
            self.training.start()

    def train(self) -> None:
        """One run with the options of the knobs; it is kept however it ends."""
        options = {name: knob.value for name, knob in self.knobs.items()}
        seed, self.stop = options.pop("seed"), False
        centred = ", centred" if options["centred"] else ""
        name = f"{len(self.runs) + 1}: rate {options['learning_rate']:g}, {options['hidden_units']} units{centred}"
        configuration = Configuration(name, **options)
        self.button.description, self.said.value = "Stop", ""
        try:
            data = configuration.dataset(seed)
            network = configuration.network(data.x_train.shape[1], data.classes, seed)
            watch: list[Any] = [TrainingProgress(handle=self.handle), lambda step: self.stop]
            record = train(network, SoftmaxNLL(), data, configuration.training_options(seed), watch)
            if record.history:
                self.runs.append((name, record, dead_units_pct(network, data.x_validation)))
            self.handle.update(self.figure())
        except Exception as error:  # nobody would see it: this is a thread
            self.said.value = str(error)
        finally:
            self.button.description = "Train"

    def figure(self) -> plots.LabFigure:
        """The runs of one's own beside the means of the stored study."""
        alt = (
            "Dead hidden units against validation error: the stored runs on raw pixels lie from few to many dead units "
            "and from low to high error, the centred ones at no dead units; runs of one's own are marked with stars."
        )
        return plots.comparison(self.study, self.runs, alt)


def own_run(study: pd.DataFrame) -> OwnRun:
    """Show an `OwnRun`."""
    return OwnRun(study).show()
