"""Functions that return a figure of results."""

import itertools
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

from labutils._internal import arguments
from labutils.data import Dataset
from labutils.experiments.statistics import half_width
from labutils.notebook.live import LabFigure, Look, looks

__all__ = ["confusion", "curves", "images", "panels", "points", "seeds"]

_Data = Mapping[str, Sequence[Any]]  # {label: what is drawn under this label}
_Ys = Mapping[str, float] | None  # horizontal lines {label: y}


def draw_decision_line(axes: Axes, w: np.ndarray, b: float, colour: str, **style: Any) -> None:
    """Draw the line w.x + b = 0, w: (2,), within the present limits, unless w is zero or a number is not finite."""
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())  # no longer adapted to what is drawn
    if np.isfinite([*w, b]).all() and np.any(w):
        foot = -b * w / (w @ w)  # the point of the line that is nearest to the origin
        axes.axline(foot, foot + np.array([-w[1], w[0]]), color=colour, lw=2, **style)


def _draw_horizontal_lines(axes: Axes, across: _Ys) -> None:
    """Draw horizontal lines {label: y}, or none."""
    arguments.instance(Mapping | None, across=across)
    for label, value in (across or {}).items():
        arguments.number(f"across[{label!r}]", value, low=-np.inf)
        axes.axhline(value, color="0.35", ls="--", lw=1.2, label=label)


def points(data: Dataset, lines: Mapping[str, tuple[np.ndarray, float]]) -> LabFigure:
    """A figure of points (N, 2) in two groups, test points hollow, and lines {label: (w, b)}, w.x + b = 0, w: (2,)."""
    arguments.instance(Dataset, data=data)
    arguments.floats("data", data.x_train, 2)
    arguments.pairs("lines", lines)
    figure = LabFigure("Points and lines" if lines else "Points", 6.6, 4.4)
    axes = figure.subplots(subplot_kw={"xlabel": "$x_1$", "ylabel": "$x_2$", "aspect": "equal"})
    for group, look in enumerate(looks(["group 0", "group 1"])):
        train, test = data.x_train[data.y_train == group], data.x_validation[data.y_validation == group]
        axes.scatter(*train.T, marker=look.marker, color=look.colour, label=f"group {group}, training")
        if not np.shares_memory(data.x_train, data.x_validation):  # else there are no test points
            axes.scatter(*test.T, marker=look.marker, fc="none", ec=look.colour, label=f"group {group}, test")
    for look, (label, (w, b)) in zip(looks(lines), lines.items(), strict=True):
        w, b = arguments.numbers(f"lines[{label!r}]", w, 2), float(arguments.numbers(f"lines[{label!r}]", b))
        draw_decision_line(axes, w, b, look.colour, label=label, ls=look.line)
    figure.draw_legend("outside right upper", 1)
    return figure


def curves(series: _Data, xlabel: str, ylabel: str, log: str = "", across: _Ys = None) -> LabFigure:
    """A figure of lines {label: (x, y)}. log: the logarithmic axes, "x", "y" or "xy"; across: horizontal {label: y}."""
    arguments.pairs("series", series)
    return panels({"": series}, xlabel, ylabel, log, across=across)


def panels(
    panels: Mapping[str, Any], xlabel: str, ylabel: str, log: str = "", share: bool = True, across: _Ys = None
) -> LabFigure:
    """A figure of up to four panels {title: series}, each as in `curves`. share: whether they have the same axes."""
    for name, series in arguments.entries("panels", panels, least=1).items():
        arguments.pairs(name, series)
    arguments.expect(len(panels) <= 4, "panels", "at most four panels", list(panels))
    arguments.one_of("log", log, ("", "x", "y", "xy"))
    arguments.instance(str, xlabel=xlabel, ylabel=ylabel)
    arguments.flag("share", share)
    kind = "Curves" if list(panels) == [""] else f"Curves in panels ({'; '.join(map(str, panels))})"
    figure = LabFigure(kind, 7.2, 3.6 if len(panels) == 1 else 3.0)
    labels = list(dict.fromkeys(itertools.chain(*panels.values())))
    look_of = dict(zip(labels, looks(labels), strict=True))
    grid = figure.subplots(1, len(panels), squeeze=False, sharex=share, sharey=share)[0]
    for axes, (title, series) in zip(grid, panels.items(), strict=True):
        axes.set_title(title, fontsize=10)
        _draw_lines(axes, series, look_of)
        _draw_horizontal_lines(axes, across)
    for axes in grid:  # now that all lines are there
        _arrange_axes(axes, log)
        axes.set_xlabel(xlabel + " (log scale)" * ("x" in log))
        axes.set_ylabel(textwrap.fill(ylabel, 30) + "\n(log scale)" * ("y" in log))
        axes.yaxis.label.set_visible(not share or axes is grid[0])
    same = share and all(list(series) == labels for series in panels.values())
    if len(labels) + len(across or {}) > 1 and not (same and figure.name_ends(grid[-1])):
        figure.draw_legend()
    return figure


def _draw_lines(axes: Axes, series: _Data, look_of: Mapping[str, Look]) -> None:
    """Draw lines {label: (x, y)}, with a dot where one ends before the others."""
    ends = []
    for i, (label, (x, y)) in enumerate(series.items()):
        x = arguments.numbers(f"series[{label!r}]", x, "N")
        y = arguments.numbers(f"series[{label!r}]", y, len(x))
        look, width = look_of[label], 2.6 - i / len(series)  # so that a line is visible beneath the next one
        marker = look.marker if len(x) <= 30 else ""
        axes.plot(x, y, color=look.colour, ls=look.line, marker=marker, ms=5, lw=width, label=label)
        ends += [(x[k], y[k], look.colour) for k in np.flatnonzero(np.isfinite(y))[-1:]]
    for x, y, colour in ends:
        if x < max(end[0] for end in ends):
            axes.plot(x, y, "o", ms=8, color=colour)


def _arrange_axes(axes: Axes, log: str) -> None:
    """Set the scales and the ticks. A linear y axis without negative values begins at zero."""
    axes.margins(x=0.02)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if "y" in log and np.isfinite(axes.dataLim.minposy):  # matplotlib warns if there is nothing above zero
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 1000 * low else (1,)))
        axes.yaxis.set_major_formatter("{x:,g}")
    elif "y" not in log:
        axes.yaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
        _begin_at_zero(axes)
    if "x" in log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,g}")
    else:  # epochs and iterations are whole numbers
        whole = bool(np.ptp(axes.get_xlim()) >= 4)
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=whole))
    axes.minorticks_off()


def _begin_at_zero(axes: Axes) -> None:
    """Let the y axis begin just below zero, so that lines at zero are visible, unless there are negative values."""
    if min(panel.dataLim.ymin for panel in axes.get_shared_y_axes().get_siblings(axes)) >= 0:
        axes.set_ylim(bottom=-0.02 * axes.get_ylim()[1])


def images(pixels: np.ndarray, titles: Sequence[str] = (), signed: bool = False) -> LabFigure:
    """A figure of square images (N, D) in rows of ten. signed: rows of seven, blue below zero and red above."""
    arguments.squares("pixels", pixels)
    arguments.instance(list | tuple, titles=titles)
    arguments.flag("signed", signed)
    columns, number, meaning = (7, "seven", ", blue below zero and red above") if signed else (10, "ten", "")
    kind = f"{len(pixels)} images in rows of {number}" + ", each under a title" * bool(titles) + meaning
    side, rows = round(pixels.shape[1] ** 0.5), -(-len(pixels) // columns)
    figure = LabFigure(kind, 7.2, (6.8 / columns + (0.2 if titles else 0.02)) * rows)
    limit = float(np.abs(pixels).max()) or 1.0
    low, colours = (-limit, "RdBu_r") if signed else (min(0.0, float(pixels.min())), "gray")
    grid = figure.subplots(rows, columns, squeeze=False)
    for i, axes in enumerate(grid.flat):
        axes.axis("off")
        if i < len(pixels):
            picture = pixels[i].reshape(side, side)
            shown = axes.imshow(picture, cmap=colours, vmin=low, vmax=limit, interpolation="nearest")
            axes.set_title(titles[i] if i < len(titles) else "", fontsize=9, pad=3)
    if signed:
        figure.colorbar(shown, ax=grid, aspect=30, pad=0.01).ax.tick_params(labelsize=9)
    return figure


def confusion(labels: np.ndarray, predicted: np.ndarray) -> LabFigure:
    """A figure of how often each true label (row) was predicted as each label (column), from integers 0 to 9, (N,)."""
    arguments.instance(np.ndarray, labels=labels)
    arguments.labels("labels", labels, labels.size, 10)
    arguments.labels("predicted", predicted, len(labels), 10)
    counts = np.histogram2d(labels, predicted, bins=range(11))[0].astype(int)
    mistakes = counts * (1 - np.eye(10, dtype=int))
    figure = LabFigure("Table of counts, with the mistakes shaded", 5.6, 5.0)
    axes = figure.subplots()
    axes.imshow(mistakes, cmap="Purples", vmin=0, vmax=2.2 * max(mistakes.max(), 1))
    for row, column in np.argwhere(counts):
        right: Any = {"color": "0.5"} if row == column else {"weight": "bold"}
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=9, **right)
    axes.set(xticks=range(10), yticks=range(10), xlabel="predicted label", ylabel="true label")
    axes.set_title("grey: correct; shaded: mistakes, darker if more frequent", fontsize=10)
    return figure


def seeds(
    names: Sequence[str], series: _Data, ylabel: str, across: _Ys = None, marks: _Data | None = None
) -> LabFigure:
    """A figure with a mark per seed, and the mean over the seeds with its 95 % confidence interval (Student's t).

    series: {label: one array (seeds,) per name; an empty one leaves its place free}; across: horizontal {label: y};
    marks: {label: one value, or None, per name}.
    """
    arguments.instance(list | tuple, names=names)
    arguments.instance(str, ylabel=ylabel)
    arguments.entries("series", series, least=1)
    figure = LabFigure(f"One mark per seed for {'; '.join(map(str, names))}", 7.2, 3.6)
    axes = figure.subplots(subplot_kw={"ylabel": textwrap.fill(ylabel, 30)})
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    for i, (look, (label, groups)) in enumerate(zip(looks(series), series.items(), strict=True)):
        arguments.instance(list | tuple, **{f"series[{label!r}]": groups})
        arguments.expect(len(groups) == len(names), f"series[{label!r}]", f"{len(names)} arrays", len(groups))
        for n, values in enumerate(groups):
            if not np.size(values):
                continue
            place = n + (i - (len(series) - 1) / 2) * 0.8 / len(series)
            values = arguments.numbers(f"series[{label!r}]", values, "S", finite=True)
            spread = np.linspace(-0.24, 0.24, len(values)) / len(series)
            axes.plot(place + spread, values, look.marker, color=look.colour, ms=4, alpha=0.4, mew=0)
            mean, width = values.mean(), 0.3 / len(series)
            axes.hlines(mean, place - width, place + width, color=look.colour, lw=2)
            if len(values) > 1:  # a single seed has no interval
                axes.errorbar(place, mean, half_width(values), color=look.colour, elinewidth=2, capsize=4)
        axes.plot([], [], look.marker, color=look.colour, ms=5, label=label)
    axes.errorbar([], [], [], color="0.3", fmt="_", ms=12, capsize=4, label="mean with 95 % interval")
    arguments.instance(Mapping | None, marks=marks)
    for label, values in (marks or {}).items():
        name = f"marks[{label!r}]"
        given = [np.nan if value is None else value for value in arguments.items(name, values)]
        heights = arguments.numbers(name, given, len(names))
        axes.plot(range(len(names)), heights, "kx", ms=8, mew=2, label=label)
    _draw_horizontal_lines(axes, across)
    _begin_at_zero(axes)
    axes.grid(axis="y", alpha=0.3)
    figure.draw_legend()
    return figure
