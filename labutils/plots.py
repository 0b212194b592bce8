"""Every figure: a function takes results and returns a figure that shows itself in a notebook.

Each takes `alt`, the sentence that stands for the figure where no picture is shown: a screen reader, a page
without images, the comparison of a notebook with its stored run.
"""

import io
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from labutils import arguments
from labutils.data import Dataset
from labutils.report import VALIDATION
from labutils.study import half_width
from labutils.training import TrainingRecord

# Okabe and Ito's palette (2008), told apart by colour-blind readers too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = "os^Dv<>"
STYLES = ["-", "--", "-.", ":"]  # so that a line under another one still shows
DRAWING = threading.Lock()
OF_A_RUN = ("configuration", "data", "learning_rate", "centred", "dead_units_pct", "validation_error_pct")


class LabFigure(Figure):
    """A matplotlib figure that shows itself as a PNG with its alt text beside it."""

    def __init__(self, alt: str, width: float, height: float, layout: Any = "constrained") -> None:
        if not isinstance(alt, str) or len(alt) < 20:
            raise ValueError(
                f"alt: expected a sentence that says what the figure shows, got {arguments.describe(alt)}"
            )
        super().__init__(figsize=(width, height), dpi=100, layout=layout)
        self.alt = alt
        self.frames: list[dict[str, str]] = []  # of an explorer: label, and PNG in base64

    def png(self) -> bytes:
        """The picture. One at a time: fonts are shared, and knobs may be turned in a thread while a cell runs."""
        content = io.BytesIO()
        with DRAWING:
            self.savefig(content, format="png", metadata={"Software": None})
        return content.getvalue()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        metadata: dict[str, Any] = {"image/png": {"alt": self.alt}}
        if self.frames:
            metadata["labutils"] = {"frames": self.frames}
        return {"image/png": self.png(), "text/plain": self.alt}, metadata


def points(data: Dataset, lines: Mapping[str, tuple[np.ndarray, float]], alt: str) -> LabFigure:
    """Points of two groups (held-out ones hollow) and the lines w.x + b = 0. lines: {label: (w of (2,), b)}."""
    arguments.instance(Dataset, data=data)
    arguments.floats("data", data.x_train, 2)
    arguments.pairs("lines", lines)
    found = {
        name: (
            arguments.numbers(f"lines[{name!r}]", w, 2),
            float(arguments.numbers(f"lines[{name!r}]", b, *())),
        )
        for name, (w, b) in lines.items()
    }
    figure = LabFigure(alt, 6.4, 4.4)
    axes = figure.subplots()
    for group in (0, 1):
        for part, x, y in (
            ("train", data.x_train, data.y_train),
            ("test", data.x_validation, data.y_validation),
        ):
            axes.scatter(
                x[y == group, 0],
                x[y == group, 1],
                marker=MARKERS[group],
                facecolors=COLOURS[group] if part == "train" else "none",
                edgecolors=COLOURS[group],
                label=f"group {group}, {part}",
            )
    axes.autoscale_view()
    axes.autoscale(False)
    for i, (name, (w, b)) in enumerate(found.items()):
        draw_line(axes, w, b, COLOURS[(i + 2) % 7], name)
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=9)
    return figure


def curves(
    series: Mapping[str, tuple[np.ndarray, np.ndarray]],
    xlabel: str,
    ylabel: str,
    alt: str,
    log: str = "",
    across: Mapping[str, float] | None = None,
) -> LabFigure:
    """Lines over one axis. series: {label: (x, y)}; log: "x", "y" or "xy"; across: horizontal lines {label: y}."""
    arguments.one_of("log", log, ("", "x", "y", "xy"))
    arguments.instance(str, xlabel=xlabel, ylabel=ylabel)
    arguments.pairs("series", series)
    for label, (x, y) in series.items():
        arguments.numbers(f"series[{label!r}]", y, len(arguments.numbers(f"series[{label!r}]", x, "N")))
    figure = LabFigure(alt, 7.2, 3.8)
    axes = figure.subplots()
    for i, (label, (x, y)) in enumerate(series.items()):
        marker = MARKERS[i % 7] if len(x) <= 30 else ""
        axes.plot(x, y, color=COLOURS[i % 7], ls=STYLES[i % 4], marker=marker, ms=5, lw=1.8, label=label)
    draw_across(axes, across)
    axes.set(
        xlabel=xlabel,
        ylabel=ylabel,
        xscale="log" if "x" in log else "linear",
        yscale="log" if "y" in log and any(np.max(y) > 0 for _, y in series.values()) else "linear",
    )
    if "x" in log and series:
        ticks = np.unique(np.concatenate([x for x, _ in series.values()]))
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    elif all(float(x).is_integer() for xs, _ in series.values() for x in xs):
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.grid(alpha=0.3)
    if len(series) + len(across or {}) > 1:
        axes.legend(fontsize=9)
    return figure


def draw_line(axes: Axes, w: np.ndarray, b: float, colour: str, label: str | None = None) -> None:
    """The line w.x + b = 0, if there is one. w: (2,)."""
    if np.isfinite([*w, b]).all() and np.any(w):
        foot = -b * w / (w @ w)  # the point of the line that is nearest to the origin
        axes.axline(foot, foot + np.array([-w[1], w[0]]), color=colour, lw=2, label=label)


def draw_across(axes: Axes, across: Mapping[str, float] | None) -> None:
    """Horizontal lines {label: y}."""
    arguments.instance(Mapping | None, across=across)
    for i, (label, value) in enumerate((across or {}).items()):
        arguments.number(f"across[{label!r}]", value, low=-np.inf)
        axes.axhline(value, color="0.35", ls=("--", ":", "-.")[i % 3], lw=1.2, label=label)


def errors_on_a_log_axis(axes: Axes, ticks: Sequence[int], limits: tuple[float, float]) -> None:
    """Errors in percent on a logarithmic y axis, with these ticks and no others."""
    axes.set_ylim(limits)  # first: an axis that has only zeros to show would complain
    axes.set_yscale("log")
    axes.set_yticks(ticks, [f"{tick}" for tick in ticks], minor=False)
    axes.yaxis.set_minor_formatter("")


def learning_curves(
    records: Mapping[str, TrainingRecord],
    alt: str,
    report_rows: Mapping[str, pd.DataFrame] | None = None,
    loss_limit: float | None = None,
) -> LabFigure:
    """Accuracy above, loss below, a column per run; the report's rows of the same name in black over them.

    report_rows: a table of `report.load_rows` for each run; loss_limit: the top of the loss axis, for a run that
    diverges.
    """
    some("records", records)
    arguments.instance(TrainingRecord, **{f"records[{name!r}]": record for name, record in records.items()})
    check_rows({} if report_rows is None else report_rows)
    if loss_limit is not None:
        arguments.number("loss_limit", loss_limit, positive=True)
    figure, grid = accuracy_and_loss(list(records), alt)
    for (name, record), column in zip(records.items(), grid.T, strict=True):
        for axes, quantity in zip(column, ("accuracy_pct", "loss"), strict=True):
            iteration = record.column("iteration")
            batch, validation = record.column(f"training_{quantity}"), record.column(f"validation_{quantity}")
            axes.plot(iteration, batch, color=COLOURS[5], lw=1.3, label="training (one batch)")
            axes.plot(iteration, validation, color=COLOURS[1], marker="o", ms=3.5, label="validation")
            if report_rows and name in report_rows:
                rows = report_rows[name]
                in_black(axes, rows["iteration"], rows[f"validation_{quantity}"])
    if loss_limit is not None:
        grid[1, 0].set_ylim(0, float(loss_limit))
        for axes, record in zip(grid[1], records.values(), strict=True):
            if not (record.column("validation_loss") <= loss_limit).any():  # NaN is not either
                axes.text(0.5, 0.5, "ours: off the scale\nor NaN", ha="center", transform=axes.transAxes)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    return figure


def seed_bands(
    histories: pd.DataFrame, report_rows: Mapping[str, pd.DataFrame], alt: str, loss_limit: float
) -> LabFigure:
    """Validation error and loss of each run: from the lowest to the highest of our seeds, and the report's in black.

    histories: as `study.load_histories` gives them; report_rows: the runs to draw; loss_limit: the top of the loss
    axis. The error, 100 % minus the accuracy, is on a logarithmic axis.
    """
    arguments.table(("configuration", "iteration", *VALIDATION), histories=histories)
    some("report_rows", report_rows)
    check_rows(report_rows)
    arguments.number("loss_limit", loss_limit, positive=True)
    figure, grid = accuracy_and_loss(list(report_rows), alt)
    for (name, rows), column in zip(report_rows.items(), grid.T, strict=True):
        seeds = histories[histories["configuration"] == name].groupby("iteration")
        for axes, of in zip(column, ("validation_accuracy_pct", "validation_loss"), strict=True):
            low, middle, high = (getattr(seeds[of], what)() for what in ("min", "median", "max"))
            theirs = rows[of]
            if axes is column[0]:
                low, middle, high, theirs = (100 - values for values in (low, middle, high, theirs))
            axes.fill_between(
                low.index, low, high, color=COLOURS[1], alpha=0.3, label="our seeds, lowest to highest"
            )
            axes.plot(middle.index, middle, color=COLOURS[1], lw=1.3, label="their median")
            in_black(axes, rows["iteration"], theirs)
    grid[0, 0].set_ylabel("error (%)")
    errors_on_a_log_axis(grid[0, 0], [2, 5, 10, 20, 50, 90], (1.5, 100))
    grid[1, 0].set_ylim(0, float(loss_limit))
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    return figure


def some(name: str, value: Any) -> None:
    """`value` is a mapping that is not empty."""
    arguments.instance(Mapping, **{name: value})
    if not value:
        raise ValueError(f"{name}: expected at least one run, got none")


def check_rows(report_rows: Any) -> None:
    """Each of them is a table of `report.load_rows`."""
    arguments.instance(Mapping, report_rows=report_rows)
    arguments.table(
        ("iteration", *VALIDATION), **{f"report_rows[{name!r}]": rows for name, rows in report_rows.items()}
    )


def accuracy_and_loss(names: Sequence[str], alt: str) -> tuple[LabFigure, np.ndarray]:
    """A figure and its axes (2, N): accuracy above, loss below, a column per name."""
    figure = LabFigure(alt, max((2.6 if len(names) < 5 else 2.1) * len(names), 6.4), 4.8)
    grid = figure.subplots(2, len(names), squeeze=False, sharex="col", sharey="row")
    for name, column in zip(names, grid.T, strict=True):
        column[0].set_title(name, fontsize=10)
        column[1].set_xlabel("iteration")
        for axes in column:
            axes.grid(alpha=0.3)
    grid[0, 0].set_ylabel("accuracy (%)")
    grid[1, 0].set_ylabel("loss (nats)")
    return figure, grid


def in_black(axes: Axes, x: pd.Series, y: pd.Series) -> None:
    """The report's validation curve over others."""
    axes.plot(x, y, color="black", marker="x", ms=4, ls="--", lw=1, label="the report's validation")


def images(
    pixels: np.ndarray, alt: str, titles: Sequence[str] = (), columns: int = 10, signed: bool = False
) -> LabFigure:
    """A gallery of square images. pixels: (N, D), D a square number; signed: blue below zero, red above."""
    arguments.squares("pixels", pixels)
    arguments.instance(list | tuple, titles=titles)
    arguments.whole_number("columns", columns)
    arguments.flag("signed", signed)
    columns = int(columns)
    side = round(pixels.shape[1] ** 0.5)
    rows = -(-len(pixels) // columns)
    figure = LabFigure(alt, 0.8 * columns, (1.0 if len(titles) else 0.8) * rows)
    limit = float(np.abs(pixels).max()) or 1.0
    for i, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.axis("off")
        if i < len(pixels):
            low, colours = (-limit, "RdBu_r") if signed else (min(0.0, float(pixels.min())), "gray")
            axes.imshow(pixels[i].reshape(side, side), cmap=colours, vmin=low, vmax=limit)
            axes.set_title(titles[i] if i < len(titles) else "", fontsize=9)
    return figure


def confusion(labels: np.ndarray, predicted: np.ndarray, alt: str, classes: int = 10) -> LabFigure:
    """How often each true label (rows) was predicted as which (columns); only mistakes are shaded. Both: (N,)."""
    arguments.whole_number("classes", classes, low=2)
    count = len(labels) if isinstance(labels, np.ndarray) and labels.ndim else 1
    arguments.labels("labels", labels, count, classes)
    arguments.labels("predicted", predicted, count, classes)
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (labels, predicted), 1)
    figure = LabFigure(alt, 5.2, 4.6)
    axes = figure.subplots()
    mistakes = counts * (1 - np.eye(classes, dtype=int))
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(mistakes.max(), 1))
    for row, column in np.argwhere(counts):
        dark = mistakes[row, column] > 0.6 * mistakes.max()
        colour = "white" if dark else "black"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=8, color=colour)
    axes.set(
        xlabel="predicted",
        ylabel="true",
        title="shaded: mistakes",
        xticks=range(classes),
        yticks=range(classes),
    )
    return figure


def bars(names: Sequence[str], series: Mapping[str, Sequence[float]], ylabel: str, alt: str) -> LabFigure:
    """Groups of bars with their values on top. series: {label: one value per name}."""
    arguments.instance(list | tuple, names=names)
    arguments.instance(str, ylabel=ylabel)
    some("series", series)
    for label, values in series.items():
        arguments.numbers(f"series[{label!r}]", values, len(names))
    figure = LabFigure(alt, 8.0, 3.6)
    axes: Axes = figure.subplots()
    width = 0.8 / len(series)
    for i, (label, values) in enumerate(series.items()):
        places = np.arange(len(names)) + (i - (len(series) - 1) / 2) * width
        drawn = axes.bar(places, values, width, color=COLOURS[i % 7], label=label)
        axes.bar_label(drawn, fmt="%.1f", fontsize=8)
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.set_ylabel(ylabel)
    axes.margins(y=0.12)
    if len(series) > 1:
        axes.legend(fontsize=9)
    return figure


def seeds(
    names: Sequence[str],
    series: Mapping[str, Sequence[np.ndarray]],
    ylabel: str,
    alt: str,
    across: Mapping[str, float] | None = None,
) -> LabFigure:
    """A dot per seed, and the mean over the seeds as a bar with its 95 % interval (Student's t).

    series: {label: an array of shape (seeds,) for each name; an empty one leaves its place free};
    across: horizontal lines {label: y}.
    """
    arguments.instance(list | tuple, names=names)
    arguments.instance(str, ylabel=ylabel)
    some("series", series)
    for label, groups in series.items():
        arguments.instance(list | tuple, **{f"series[{label!r}]": groups})
        if len(groups) != len(names):
            raise ValueError(f"series[{label!r}]: expected {len(names)} arrays, got {len(groups)}")
        for values in groups:
            if np.size(values):
                arguments.numbers(f"series[{label!r}]", values, "S", finite=True)
    figure = LabFigure(alt, 8.0, 3.8)
    axes = figure.subplots()
    for i, (label, groups) in enumerate(series.items()):
        colour, shift = COLOURS[i % 7], (i - (len(series) - 1) / 2) * 0.8 / len(series)
        for place, values in enumerate(groups):
            if len(values):
                jitter = np.linspace(-0.08, 0.08, len(values)) / len(series)
                axes.plot(place + shift + jitter, values, MARKERS[i % 7], color=colour, ms=3.5, alpha=0.5)
                mean, width = float(np.mean(values)), 0.28 / len(series)
                axes.hlines(mean, place + shift - width, place + shift + width, color=colour, lw=2)
                if len(values) > 1:  # one seed has no interval
                    axes.errorbar(
                        place + shift, mean, half_width(values), color=colour, elinewidth=2, capsize=4
                    )
        axes.plot([], [], MARKERS[i % 7], color=colour, ms=5, label=label)
    axes.plot([], [], "_", color="0.3", ms=12, label="mean, and its 95 % interval")
    draw_across(axes, across)
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.set_ylabel(ylabel)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=9)
    return figure


def descent(
    data: Dataset,
    path: np.ndarray,
    step: int,
    loss: Callable[[np.ndarray], float],
    span: tuple[float, float],
    alt: str,
) -> LabFigure:
    """Left the points and the line after `step` steps; right the loss surface and the path of descent up to there.

    path: (steps + 1, 3), the weights w1, w2 and the bias b; loss: of (w1, w2, b). The surface is that over w1 and w2,
    both in `span`, at the bias that the path has reached; if the path has left the picture, words say so.
    """
    arguments.instance(Dataset, data=data)
    arguments.floats("data", data.x_train, 2)
    arguments.floats("path", path, 3)
    arguments.whole_number("step", step, low=0)
    arguments.one_of("step", step, range(len(path)))
    arguments.function("loss", loss)
    arguments.numbers("span", span, 2)
    figure = LabFigure(alt, 9.2, 4.0, layout="none")
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.06, right=0.98, top=0.91, bottom=0.12)
    w, b = path[step, :2], float(path[step, 2])
    for group in (0, 1):
        x = data.x_train[data.y_train == group]
        left.scatter(*x.T, marker=MARKERS[group], color=COLOURS[group], s=20, label=f"group {group}")
    left.autoscale_view()
    left.autoscale(False)
    corners = np.array([[x, y] for x in left.get_xlim() for y in left.get_ylim()])
    draw_line(left, w, b, COLOURS[2])
    if len({bool(side) for side in corners @ w + b > 0}) == 1:
        left.text(0.5, 0.5, "the line is outside", ha="center", transform=left.transAxes)
    left.set(xlabel="$x_1$", ylabel="$x_2$", title=f"the line after {step} steps")
    left.legend(loc="upper left", fontsize=8)
    ticks = np.linspace(*span, 45)
    surface = np.array([[loss(np.array([w1, w2, b])) for w1 in ticks] for w2 in ticks])
    low, high = surface.min(), surface.max()
    levels = np.geomspace(1.01 * low, high, 12) if high > 1.1 * low else 5
    right.contour(ticks, ticks, surface, levels=levels, cmap="Greys", vmin=low - 0.5 * (high - low))
    lowest = np.unravel_index(surface.argmin(), surface.shape)
    right.plot(ticks[lowest[1]], ticks[lowest[0]], "kx", ms=8, mew=2, label="lowest at this bias")
    right.legend(loc="upper right", fontsize=8)
    right.plot(*path[: step + 1, :2].T, color=COLOURS[1], marker="o", ms=3, lw=1)
    right.plot(*path[step, :2], marker="o", ms=9, color=COLOURS[1], mec="black")
    value = loss(path[step])
    right.set(xlim=span, ylim=span, xlabel="$w_1$", ylabel="$w_2$", title=f"loss {value:.4g}")
    if not ((w >= span[0]) & (w <= span[1])).all():
        words = f"$w$ = ({w[0]:.3g}, {w[1]:.3g})\nis outside"
        right.text(0.5, 0.5, words, ha="center", transform=right.transAxes, bbox={"fc": "white", "ec": "0.5"})
    return figure


def stages(values: Mapping[str, np.ndarray], label: int, limits: tuple[float, float], alt: str) -> LabFigure:
    """An image on its way through a two-layer network: pixels, two stages of hidden numbers, scores, probabilities.

    values: {title: array} in that order: (D,), (H,), (H,), (K,), (K,), D and H square numbers; label: the true class;
    limits: of the colours of the first stage, and of the scores' axis.
    """
    arguments.instance(Mapping, values=values)
    if len(values) != 5:
        raise ValueError(f"values: expected five stages, got {len(values)}")
    titles = list(values)
    arrays = [arguments.numbers(f"values[{title!r}]", values[title], "D") for title in titles]
    for title, pixels in zip(titles[:3], arrays, strict=False):
        arguments.squares(f"values[{title!r}]", pixels[None])
    arguments.whole_number("label", label, low=0)
    first, scores = arguments.numbers("limits", limits, 2)
    figure = LabFigure(alt, 10.4, 2.7, layout="none")
    figure.subplots_adjust(left=0.01, right=0.98, top=0.88, bottom=0.12, wspace=0.15)
    for i, axes in enumerate(figure.subplots(1, 5)):
        axes.set_title(titles[i], fontsize=9)
        if i < 3:
            side = round(arrays[i].size ** 0.5)
            look = (
                {"cmap": "RdBu_r", "vmin": -first, "vmax": first}
                if i == 1
                else {"cmap": "gray", "vmin": 0, "vmax": 1}
            )
            axes.imshow(arrays[i].reshape(side, side), **look)
            axes.set_xticks([])
            axes.set_yticks([])
        else:
            right = arrays[i].argmax() == label
            colours = [
                COLOURS[2 if right else 1] if k == arrays[i].argmax() else "0.7"
                for k in range(arrays[i].size)
            ]
            axes.barh(range(arrays[i].size), arrays[i], color=colours)
            axes.set_yticks(range(arrays[i].size), [str(k) for k in range(arrays[i].size)], fontsize=8)
            axes.invert_yaxis()
            axes.set_xlim(*((-scores, scores) if i == 3 else (0, 1)))
    return figure


def hidden_unit(
    weights: np.ndarray, pixels: np.ndarray, outputs: np.ndarray, title: str, alt: str
) -> LabFigure:
    """The weights of a hidden unit (D,), and the twelve images (12, D) that excite it, under its outputs (12,)."""
    weights = arguments.numbers("weights", weights, "D")
    arguments.squares("weights", weights[None])
    pixels = arguments.numbers("pixels", pixels, "N", weights.size)
    outputs = arguments.numbers("outputs", outputs, len(pixels))
    if len(pixels) > 12:
        raise ValueError(f"pixels: expected at most 12 images, got {len(pixels)}")
    arguments.instance(str, title=title)
    side, limit = round(weights.size**0.5), float(np.abs(weights).max()) or 1.0
    figure = LabFigure(alt, 9.6, 2.8, layout="none")
    left, right = figure.subplots(1, 2, width_ratios=(1, 2.6))
    figure.subplots_adjust(left=0.01, right=0.99, top=0.9, bottom=0.02, wspace=0.05)
    left.imshow(weights.reshape(side, side), cmap="RdBu_r", vmin=-limit, vmax=limit)
    left.set_title(title, fontsize=10)
    cell = side + 8  # room for a number above each image
    mosaic = np.ones((2 * cell, 6 * cell))
    for i, (image, output) in enumerate(zip(pixels, outputs, strict=True)):
        top, start = cell * (i // 6) + 8, cell * (i % 6) + 4
        mosaic[top : top + side, start : start + side] = image.reshape(side, side) / (image.max() or 1.0)
        right.text(start + side / 2, top - 1, f"{output:.2f}", ha="center", va="bottom", fontsize=9)
    right.imshow(mosaic, cmap="gray", vmin=0, vmax=1)
    for axes in (left, right):
        axes.axis("off")
    return figure


def stored_run(
    study: pd.DataFrame,
    histories: pd.DataFrame,
    report_rows: Mapping[str, pd.DataFrame],
    names: Sequence[str],
    ending: str,
    alt: str,
) -> LabFigure:
    """A run of the stored study: its curve over the seeds with the report's, and all runs, this one marked.

    report_rows: the runs there are, with the report's rows of each; names: the run to mark, by all its names;
    ending: "" or " centred". A bar is hatched where a run did not finish.
    """
    arguments.table((*OF_A_RUN, "status", "hidden_units"), study=study)
    arguments.table(("configuration", "iteration", "seed", VALIDATION[0]), histories=histories)
    some("report_rows", report_rows)
    check_rows(report_rows)
    arguments.instance(list | tuple, names=names)
    for name in names or [""]:
        arguments.one_of("names", name, list(report_rows))
    arguments.one_of("ending", ending, ("", " centred"))
    figure = LabFigure(alt, 10.0, 3.6, layout="none")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.2, 1, 1))
    figure.subplots_adjust(left=0.06, right=0.98, top=0.9, bottom=0.14, wspace=0.3)
    of_run = histories[histories["configuration"] == names[0] + ending]
    accuracy = of_run.pivot_table(index="iteration", columns="seed", values="validation_accuracy_pct")
    seeds = 100 - accuracy.dropna()
    left.fill_between(seeds.index, seeds.min(axis=1), seeds.max(axis=1), color=COLOURS[1], alpha=0.3)
    left.plot(seeds.index, seeds.median(axis=1), color=COLOURS[1], label="our ten seeds")
    for name in names:
        rows = report_rows[name]
        in_black(left, rows["iteration"], 100 - rows["validation_accuracy_pct"])
    run = study[study["configuration"] == names[0]].iloc[0]
    title = f"rate {run['learning_rate']:g}, {run['hidden_units']} units{ending.replace(' ', ', ')}"
    left.set(xlabel="iteration", ylabel="validation error (%)", ylim=(0, 80), title=title)
    left.legend(*(list(each[:2]) for each in left.get_legend_handles_labels()), fontsize=8)
    by_name = study[study["configuration"].isin([name + ending for name in report_rows])].groupby(
        "configuration"
    )
    means, done = by_name[["validation_error_pct", "dead_units_pct"]].mean(), by_name["status"].agg(set)
    finished = [done[name + ending] == {"finished"} for name in report_rows]
    for axes, column, head in (
        (middle, "validation_error_pct", "validation error (%)"),
        (right, "dead_units_pct", "dead hidden units (%)"),
    ):
        values = means[column][[name + ending for name in report_rows]].to_numpy()
        drawn = axes.barh(range(len(values)), np.nan_to_num(values))
        for bar, name, whole in zip(drawn, report_rows, finished, strict=True):
            bar.set(facecolor=COLOURS[1] if name in names else "0.75", hatch="" if whole else "///")
        words = [f"{v:.1f}" if whole else "diverged" for v, whole in zip(values, finished, strict=True)]
        axes.bar_label(drawn, words, fontsize=8)
        short = [name.replace("learn-", "").replace("hidden", "units") for name in report_rows]
        axes.set_yticks(range(len(values)), short if axes is middle else [""] * len(short), fontsize=8)
        axes.invert_yaxis()
        axes.set_title(head, fontsize=10)
        axes.set_xlim(0, 40 if axes is middle else 115)
    return figure


def comparison(study: pd.DataFrame, runs: Sequence[tuple[str, TrainingRecord, float]], alt: str) -> LabFigure:
    """Left, error against dead units: the means of the stored runs, and one's own as stars; right their curves.

    runs: (name, record, share of dead units in percent) of each run of one's own.
    """
    arguments.table(OF_A_RUN, study=study)
    arguments.instance(list | tuple, runs=runs)
    for run in runs:
        if not isinstance(run, tuple) or len(run) != 3 or not isinstance(run[1], TrainingRecord):
            raise TypeError(f"runs: expected (name, record, dead units), got {arguments.describe(run)}")
    figure = LabFigure(alt, 8.6, 4.6)
    left, right = figure.subplots(1, 2)
    digits = study[(study["data"] == "digits") & (study["learning_rate"] < 1)]
    for i, (centred, label) in enumerate(((False, "stored, raw pixels"), (True, "stored, mean subtracted"))):
        means = digits[digits["centred"] == centred].groupby("configuration")
        left.plot(
            means["dead_units_pct"].mean(),
            means["validation_error_pct"].mean(),
            MARKERS[i],
            color=COLOURS[i],
            label=label,
        )
    for i, (name, record, dead) in enumerate(runs):
        colour, end = COLOURS[2:][i % 5], "" if record.status == "finished" else f" ({record.status})"
        place = (
            0.0 if np.isnan(dead) else dead,
            max(record.validation_error_pct, 0.8),
        )  # no error: at the rim
        left.plot(*place, "*", ms=13, color=colour, mec="black", label=name + end)
        x, y = record.column("iteration"), 100 - record.column("validation_accuracy_pct")
        right.plot(x, y, STYLES[i % 4], color=colour, marker=MARKERS[i % 7], ms=4, label=name + end)
    left.set(xlabel="dead hidden units (%)", ylabel="validation error (%)", xlim=(-4, 104))
    right.set(xlabel="iteration", ylabel="validation error (%)")
    for axes in (left, right):
        errors_on_a_log_axis(axes, [1, 2, 5, 10, 20, 50, 90], (0.8, 110))
        axes.grid(alpha=0.3)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=8)
    if not runs:
        right.text(
            0.5, 0.5, "your own runs will stand here", ha="center", transform=right.transAxes, color="0.4"
        )
    return figure
