"""Functions that return a figure of results."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from labutils._internal import arguments
from labutils.data import Dataset
from labutils.experiments.statistics import half_width
from labutils.notebook.live import COLOURS, MARKERS, STYLES, LabFigure
from labutils.record import TrainingRecord
from labutils.report.tables import VALIDATION, Tables

__all__ = ["bars", "confusion", "curves", "images", "learning_curves", "points", "seed_bands", "seeds"]

_Data = Mapping[str, Sequence[Any]]  # {label: what is drawn under this label}
_Ys = Mapping[str, float] | None  # horizontal lines {label: y}


def draw_decision_line(axes: Axes, w: np.ndarray, b: float, colour: str, label: str | None = None) -> None:
    """Draw the line w.x + b = 0, w: (2,), within the present limits, unless w is zero or a number is not finite."""
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())  # no longer adapted to what is drawn
    if np.isfinite([*w, b]).all() and np.any(w):
        foot = -b * w / (w @ w)  # the point of the line that is nearest to the origin
        axes.axline(foot, foot + np.array([-w[1], w[0]]), color=colour, lw=2, label=label)


def _draw_horizontal_lines(axes: Axes, across: _Ys) -> None:
    """Draw horizontal lines {label: y}, or none."""
    arguments.instance(Mapping | None, across=across)
    for i, (label, value) in enumerate((across or {}).items()):
        arguments.number(f"across[{label!r}]", value, low=-np.inf)
        axes.axhline(value, color="0.35", ls=("--", ":", "-.")[i % 3], lw=1.2, label=label)


def points(data: Dataset, lines: Mapping[str, tuple[np.ndarray, float]]) -> LabFigure:
    """A figure of points (N, 2) in two groups, test points hollow, and lines {label: (w, b)}, w.x + b = 0, w: (2,)."""
    arguments.instance(Dataset, data=data)
    arguments.floats("data", data.x_train, 2)
    arguments.pairs("lines", lines)
    figure = LabFigure("Points and lines" if lines else "Points", 6.4, 4.4)
    axes = figure.subplots(subplot_kw={"xlabel": "$x_1$", "ylabel": "$x_2$", "aspect": "equal"})
    for group, (marker, colour) in enumerate(zip(MARKERS[:2], COLOURS[:2], strict=True)):
        train, test = data.x_train[data.y_train == group], data.x_validation[data.y_validation == group]
        axes.scatter(*train.T, marker=marker, color=colour, label=f"group {group}, train")
        axes.scatter(*test.T, marker=marker, fc="none", ec=colour, label=f"group {group}, test")
    for i, (label, (w, b)) in enumerate(lines.items()):
        w, b = arguments.numbers(f"lines[{label!r}]", w, 2), float(arguments.numbers(f"lines[{label!r}]", b))
        draw_decision_line(axes, w, b, COLOURS[(i + 2) % 7], label)
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=9)
    return figure


def curves(series: _Data, xlabel: str, ylabel: str, log: str = "", across: _Ys = None) -> LabFigure:
    """A figure of lines {label: (x, y)}. log: the logarithmic axes, "x", "y" or "xy"; across: horizontal {label: y}."""
    arguments.one_of("log", log, ("", "x", "y", "xy"))
    arguments.instance(str, xlabel=xlabel, ylabel=ylabel)
    arguments.pairs("series", series)
    figure = LabFigure("Curves", 7.2, 3.8)
    axes = figure.subplots(subplot_kw={"xlabel": xlabel, "ylabel": ylabel})
    for i, (label, (x, y)) in enumerate(series.items()):
        x = arguments.numbers(f"series[{label!r}]", x, "N")
        y = arguments.numbers(f"series[{label!r}]", y, len(x))
        marker = MARKERS[i % 7] if len(x) <= 30 else ""
        axes.plot(x, y, color=COLOURS[i % 7], ls=STYLES[i % 4], marker=marker, ms=5, lw=1.8, label=label)
    every_x = np.unique(np.concatenate([[], *(line.get_xdata() for line in axes.get_lines())]))
    if "y" in log and np.isfinite(axes.dataLim.minposy):  # matplotlib warns if there is nothing above zero
        axes.set_yscale("log")
    _draw_horizontal_lines(axes, across)
    axes.set_xscale("log" if "x" in log else "linear")
    if "x" in log and every_x.size:
        axes.set_xticks(every_x, [f"{x:g}" for x in every_x])
        axes.minorticks_off()
    elif (every_x == np.round(every_x)).all():
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.grid(alpha=0.3)
    if len(series) + len(across or {}) > 1:
        axes.legend(fontsize=9)
    return figure


def images(pixels: np.ndarray, titles: Sequence[str] = (), signed: bool = False) -> LabFigure:
    """A figure of square images (N, D) in rows of ten. signed: show numbers below zero in blue, above zero in red."""
    arguments.squares("pixels", pixels)
    arguments.instance(list | tuple, titles=titles)
    arguments.flag("signed", signed)
    kind = f"{len(pixels)} images in rows of ten" + (", each under a title" if titles else "")
    kind += ", blue below zero and red above" if signed else ""
    side, rows = round(pixels.shape[1] ** 0.5), -(-len(pixels) // 10)
    figure = LabFigure(kind, 8.0, (1.0 if len(titles) else 0.8) * rows)
    limit = float(np.abs(pixels).max()) or 1.0
    low, colours = (-limit, "RdBu_r") if signed else (min(0.0, float(pixels.min())), "gray")
    for i, axes in enumerate(figure.subplots(rows, 10, squeeze=False).flat):
        axes.axis("off")
        if i < len(pixels):
            axes.imshow(pixels[i].reshape(side, side), cmap=colours, vmin=low, vmax=limit)
            axes.set_title(titles[i] if i < len(titles) else "", fontsize=9)
    return figure


def confusion(labels: np.ndarray, predicted: np.ndarray) -> LabFigure:
    """A figure of how often each true label (row) was predicted as each label (column), from integers 0 to 9, (N,)."""
    arguments.instance(np.ndarray, labels=labels)
    arguments.labels("labels", labels, labels.size, 10)
    arguments.labels("predicted", predicted, len(labels), 10)
    counts = np.histogram2d(labels, predicted, bins=range(11))[0].astype(int)
    mistakes = counts * (1 - np.eye(10, dtype=int))
    figure = LabFigure("Table of counts, with the mistakes shaded", 5.2, 4.6)
    axes = figure.subplots()
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(mistakes.max(), 1))
    for row, column in np.argwhere(counts):
        colour = "white" if mistakes[row, column] > 0.6 * mistakes.max() else "black"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=8, color=colour)
    axes.set(xlabel="predicted", ylabel="true", title="shaded: mistakes", xticks=range(10), yticks=range(10))
    return figure


def bars(names: Sequence[str], series: _Data, ylabel: str) -> LabFigure:
    """A figure of groups of bars with their values on top. series: {label: one value per name}."""
    figure, axes = _groups("Bars", names, series, ylabel, 3.6)
    for i, (label, values) in enumerate(series.items()):
        heights = arguments.numbers(f"series[{label!r}]", values, len(names))
        places = np.arange(len(names)) + (i - (len(series) - 1) / 2) * 0.8 / len(series)
        drawn = axes.bar(places, heights, 0.8 / len(series), color=COLOURS[i % 7], label=label)
        axes.bar_label(drawn, fmt="%.1f", fontsize=8)
    axes.margins(y=0.12)
    if len(series) > 1:
        axes.legend(fontsize=9)
    return figure


def _groups(kind: str, names: Any, series: Any, ylabel: Any, height: float) -> tuple[LabFigure, Axes]:
    """An empty figure with one group on the x axis per name."""
    arguments.instance(list | tuple, names=names)
    arguments.instance(str, ylabel=ylabel)
    arguments.entries("series", series, least=1)
    figure = LabFigure(f"{kind} for {'; '.join(map(str, names))}", 8.0, height)
    axes = figure.subplots(subplot_kw={"ylabel": ylabel})
    axes.set_xticks(range(len(names)), names, fontsize=9)
    return figure, axes


def seeds(names: Sequence[str], series: _Data, ylabel: str, across: _Ys = None) -> LabFigure:
    """A figure with a dot per seed, and the mean over the seeds with its 95 % confidence interval (Student's t).

    series: {label: one array (seeds,) per name; an empty one leaves its place free}; across: horizontal {label: y}.
    """
    figure, axes = _groups("One dot per seed", names, series, ylabel, 3.8)
    for i, (label, groups) in enumerate(series.items()):
        arguments.instance(list | tuple, **{f"series[{label!r}]": groups})
        arguments.expect(len(groups) == len(names), f"series[{label!r}]", f"{len(names)} arrays", len(groups))
        colour, marker = COLOURS[i % 7], MARKERS[i % 7]
        for n, values in enumerate(groups):
            if not np.size(values):
                continue
            place = n + (i - (len(series) - 1) / 2) * 0.8 / len(series)
            values = arguments.numbers(f"series[{label!r}]", values, "S", finite=True)
            jitter = np.linspace(-0.08, 0.08, len(values)) / len(series)
            axes.plot(place + jitter, values, marker, color=colour, ms=3.5, alpha=0.5)
            mean, width = values.mean(), 0.28 / len(series)
            axes.hlines(mean, place - width, place + width, color=colour, lw=2)
            if len(values) > 1:  # a single seed has no interval
                axes.errorbar(place, mean, half_width(values), color=colour, elinewidth=2, capsize=4)
        axes.plot([], [], marker, color=colour, ms=5, label=label)
    axes.plot([], [], "_", color="0.3", ms=12, label="mean, and its 95 % interval")
    _draw_horizontal_lines(axes, across)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=9)
    return figure


def learning_curves(
    records: Mapping[str, TrainingRecord], report_rows: Tables | None = None, loss_limit: float | None = None
) -> LabFigure:
    """A figure with one column per run: accuracy above and loss below, against the iteration.

    report_rows: {run: table of `report.load_rows`}, in black; loss_limit: end of the loss axis, for runs that diverge.
    """
    arguments.instance(TrainingRecord, **arguments.entries("records", records, least=1))
    if loss_limit is not None:
        arguments.number("loss_limit", loss_limit, positive=True)

    def draw(axes: Axes, name: str, quantity: str) -> None:
        columns = "iteration", f"training_{quantity}", f"validation_{quantity}"
        x, batch, y = (records[name].column(column) for column in columns)
        axes.plot(x, batch, color=COLOURS[5], lw=1.3, label="training (one batch)")
        axes.plot(x, y, color=COLOURS[1], marker="o", ms=3.5, label="validation")
        if quantity == "loss" and loss_limit is not None and not (y <= loss_limit).any():
            axes.text(0.5, 0.5, "ours: off the scale\nor NaN", ha="center", transform=axes.transAxes)

    return _draw_runs(list(records), draw, {} if report_rows is None else report_rows, loss_limit, False)


def seed_bands(histories: pd.DataFrame, report_rows: Tables, loss_limit: float) -> LabFigure:
    """A figure with one column per run: validation error (%) above and loss below, from our lowest to highest seed.

    histories: from `load_histories`; report_rows: {run: `load_rows(run)`}, in black; loss_limit: of the loss axis.
    """
    arguments.data_frame(("configuration", "iteration", *VALIDATION), histories=histories)
    arguments.entries("report_rows", report_rows, least=1)
    arguments.number("loss_limit", loss_limit, positive=True)

    def draw(axes: Axes, name: str, quantity: str) -> None:
        seeds = histories[histories["configuration"] == name].groupby("iteration")
        band = seeds[f"validation_{quantity}"].agg(["min", "median", "max"])
        band = 100 - band if quantity == "accuracy_pct" else band
        label = "our seeds, lowest to highest"
        axes.fill_between(band.index, band["min"], band["max"], color=COLOURS[1], alpha=0.3, label=label)
        axes.plot(band.index, band["median"], color=COLOURS[1], lw=1.3, label="their median")

    figure = _draw_runs(list(report_rows), draw, report_rows, loss_limit, True)
    errors, ticks = figure.axes[0], (2, 5, 10, 20, 50, 90)
    errors.set_ylim(1.5, 100)  # first, because matplotlib warns of a logarithmic axis that shows only zeros
    errors.set_yscale("log")
    errors.set_yticks(ticks, [f"{tick}" for tick in ticks])
    errors.yaxis.set_minor_formatter("")
    return figure


def _draw_runs(names: list[str], draw: Any, rows: Tables, limit: Any, as_error: bool) -> LabFigure:
    """A figure with one column per run: accuracy (or error) above and loss below, by `draw`, and the report's curve."""
    arguments.data_frame(("iteration", *VALIDATION), **arguments.entries("report_rows", rows))
    kind = f"Learning curves, one column per run ({'; '.join(map(str, names))})"
    figure = LabFigure(kind, max((2.6 if len(names) < 5 else 2.1) * len(names), 6.4), 4.8)
    grid = figure.subplots(2, len(names), squeeze=False, sharex="col", sharey="row")
    for name, (upper, lower) in zip(names, grid.T, strict=True):
        for axes, quantity in ((upper, "accuracy_pct"), (lower, "loss")):
            axes.grid(alpha=0.3)
            draw(axes, name, quantity)
            if name in rows:
                theirs = rows[name][f"validation_{quantity}"]
                theirs = 100 - theirs if as_error and axes is upper else theirs
                label = "the report's validation"
                axes.plot(rows[name]["iteration"], theirs, "kx--", ms=4, lw=1, label=label)
        upper.set_title(name, fontsize=10)
        lower.set_xlabel("iteration")
    grid[0, 0].set_ylabel("error (%)" if as_error else "accuracy (%)")
    grid[1, 0].set_ylabel("loss (nats)")
    if limit is not None:
        grid[1, 0].set_ylim(0, float(limit))
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    return figure
