"""Every figure: a function takes results and returns a figure that shows itself in a notebook.

Each takes `alt`, the sentence that stands for the figure where no picture is shown: a screen reader, a page
without images, the comparison of a notebook with its stored run.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from labutils import arguments
from labutils.data import Dataset
from labutils.training import TrainingRecord

# Okabe and Ito's palette (2008), told apart by colour-blind readers too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = "os^Dv<>"
STYLES = ["-", "--", "-.", ":"]  # so that a line under another one still shows


class LabFigure(Figure):
    """A matplotlib figure that shows itself as a PNG with its alt text beside it."""

    def __init__(self, alt: str, width: float, height: float) -> None:
        if not isinstance(alt, str) or len(alt) < 20:
            raise ValueError(f"alt: expected a sentence that says what the figure shows, got {alt!r}")
        super().__init__(figsize=(width, height), dpi=100, layout="constrained")
        self.alt = alt

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        png = io.BytesIO()
        self.savefig(png, format="png", metadata={"Software": None})
        return {"image/png": png.getvalue(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def points(data: Dataset, lines: Mapping[str, tuple[np.ndarray, float]], alt: str) -> LabFigure:
    """Points of two groups (held-out ones hollow) and the lines w.x + b = 0. lines: {label: (w of (2,), b)}."""
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
    axes.autoscale(False)
    for i, (name, (w, b)) in enumerate(lines.items()):
        if np.isfinite(w).all() and np.any(w):
            foot = -b * w / (w @ w)  # the point of the line that is nearest to the origin
            axes.axline(foot, foot + np.array([-w[1], w[0]]), color=COLOURS[(i + 2) % 7], lw=2, label=name)
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
    figure = LabFigure(alt, 7.2, 3.8)
    axes = figure.subplots()
    for i, (label, (x, y)) in enumerate(series.items()):
        marker = MARKERS[i % 7] if len(x) <= 30 else ""
        axes.plot(x, y, color=COLOURS[i % 7], ls=STYLES[i % 4], marker=marker, ms=5, lw=1.8, label=label)
    for i, (label, value) in enumerate((across or {}).items()):
        axes.axhline(value, color="0.35", ls=("--", ":", "-.")[i % 3], lw=1.2, label=label)
    axes.set(
        xlabel=xlabel,
        ylabel=ylabel,
        xscale="log" if "x" in log else "linear",
        yscale="log" if "y" in log else "linear",
    )
    if "x" in log:
        ticks = np.unique(np.concatenate([x for x, _ in series.values()]))
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    elif all(float(x) == int(x) for xs, _ in series.values() for x in xs):
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.grid(alpha=0.3)
    if len(series) + len(across or {}) > 1:
        axes.legend(fontsize=9)
    return figure


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
    figure, grid = accuracy_and_loss(list(records), alt)
    for (name, record), column in zip(records.items(), grid.T, strict=True):
        for axes, quantity in zip(column, ("accuracy_pct", "loss"), strict=True):
            iteration = record.column("iteration")
            batch, validation = record.column(f"training_{quantity}"), record.column(f"validation_{quantity}")
            axes.plot(iteration, batch, color=COLOURS[5], lw=1.3, label="training (one batch)")
            axes.plot(iteration, validation, color=COLOURS[1], marker="o", ms=3.5, label="validation")
            if report_rows and name in report_rows:
                in_black(axes, report_rows[name], quantity)
    if loss_limit is not None:
        grid[1, 0].set_ylim(0, loss_limit)
        for axes, record in zip(grid[1], records.values(), strict=True):
            if not (record.column("validation_loss") <= loss_limit).any():  # NaN is not either
                axes.text(0.5, 0.5, "ours: off the scale\nor NaN", ha="center", transform=axes.transAxes)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    return figure


def seed_bands(
    histories: pd.DataFrame, report_rows: Mapping[str, pd.DataFrame], alt: str, loss_limit: float
) -> LabFigure:
    """Validation accuracy and loss of each run: the band of our seeds, lowest to highest, and the report's in black.

    histories: as `study.load_histories` gives them; report_rows: the runs to draw; loss_limit: the top of
    the loss axis.
    """
    figure, grid = accuracy_and_loss(list(report_rows), alt)
    for (name, rows), column in zip(report_rows.items(), grid.T, strict=True):
        seeds = histories[histories["configuration"] == name].groupby("iteration")
        for axes, quantity in zip(column, ("accuracy_pct", "loss"), strict=True):
            values = seeds[f"validation_{quantity}"]
            low, middle, high = values.min(), values.median(), values.max()
            axes.fill_between(
                low.index, low, high, color=COLOURS[1], alpha=0.3, label="our seeds, lowest to highest"
            )
            axes.plot(middle.index, middle, color=COLOURS[1], lw=1.3, label="their median")
            in_black(axes, rows, quantity)
    grid[1, 0].set_ylim(0, loss_limit)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    return figure


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


def in_black(axes: Axes, rows: pd.DataFrame, quantity: str) -> None:
    """The report's validation curve over others."""
    x, y = rows["iteration"], rows[f"validation_{quantity}"]
    axes.plot(x, y, color="black", marker="x", ms=4, ls="--", lw=1, label="the report's validation")


def images(
    pixels: np.ndarray, alt: str, titles: Sequence[str] = (), columns: int = 10, signed: bool = False
) -> LabFigure:
    """A gallery of square images. pixels: (N, D), D a square number; signed: blue below zero, red above."""
    arguments.floats("pixels", pixels)
    side = round(pixels.shape[1] ** 0.5)
    if side * side != pixels.shape[1]:
        raise ValueError(f"pixels: expected square images such as (N, 784), got {pixels.shape}")
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
    arguments.labels("predicted", predicted, len(labels), classes)
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
    figure = LabFigure(alt, 8.0, 3.8)
    axes = figure.subplots()
    for i, (label, groups) in enumerate(series.items()):
        colour, shift = COLOURS[i % 7], (i - (len(series) - 1) / 2) * 0.8 / len(series)
        for place, values in enumerate(groups):
            if len(values):
                jitter = np.linspace(-0.08, 0.08, len(values)) / len(series)
                axes.plot(place + shift + jitter, values, MARKERS[i % 7], color=colour, ms=3.5, alpha=0.5)
                half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
                mean, width = float(np.mean(values)), 0.28 / len(series)
                axes.hlines(mean, place + shift - width, place + shift + width, color=colour, lw=2)
                axes.errorbar(place + shift, mean, half, color=colour, elinewidth=2, capsize=4)
        axes.plot([], [], MARKERS[i % 7], color=colour, ms=5, label=label)
    for i, (label, value) in enumerate((across or {}).items()):
        axes.axhline(value, color="0.35", ls=("--", ":", "-.")[i % 3], lw=1.2, label=label)
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.set_ylabel(ylabel)
    axes.grid(axis="y", alpha=0.3)
    if len(series) + len(across or {}) > 1:
        axes.legend(fontsize=9)
    return figure
