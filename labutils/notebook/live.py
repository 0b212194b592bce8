"""The class and the colours of all figures, and the figure of a training run, redrawn while the run continues."""

import base64
import io
import itertools
import re
import textwrap
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from labutils._internal import arguments
from labutils.record import TABLE_HEAD, Row, TrainingRecord
from labutils.training import Step

__all__ = ["TrainingProgress", "print_table"]

MARKERS = "os^Dv<>"
STYLES = ["-", "--", "-.", ":"]


class Look(NamedTuple):
    """How the line or the points of a label are drawn."""

    colour: str
    marker: str = "o"
    line: str = "-"


# Words in a label and what they look like in all figures. Most colours are those of Okabe and Ito (2008), which readers
# with a colour vision deficiency can distinguish as well.
MEANINGS = {
    "training": Look("#0072B2"),
    "validation|test": Look("#D55E00", "s"),
    "the report": Look("#000000", "x", "--"),
    "raw|as they are": Look("#8C510A"),
    "mean subtracted|mean image subtracted|centred": Look("#009E73", "s"),
    "group 0": Look("#56B4E9"),
    "group 1": Look("#CC79A7", "s"),
}
ORDERED = LinearSegmentedColormap.from_list("ordered", ["#9384BD", "#62509A", "#1F0E38"])  # grey-violet


def looks(labels: Iterable[str]) -> list[Look]:
    """How to draw each of these labels: as the first of the meanings it contains, or else from light to dark violet.

    Labels of the same meaning, and those in violet, have different lines.
    """
    meanings = [
        next((look for words, look in MEANINGS.items() if re.search(rf"\b({words})\b", str(label))), None)
        for label in labels
    ]
    chosen = []
    for i, meaning in enumerate(meanings):
        before, last = meanings[:i].count(meaning), meanings.count(meaning) - 1
        line = STYLES[before % len(STYLES)]
        if meaning is None:
            colour = to_hex(ORDERED(before / last if last else 0.5))
            chosen.append(Look(colour, MARKERS[before % len(MARKERS)], line))
        else:
            chosen.append(meaning._replace(line=line) if before else meaning)
    return chosen


_SHORTEST_WAIT = 0.2  # seconds
COSTS = 80  # the next redraw waits this many times as long as the last one took


class LabFigure(Figure):
    """A matplotlib figure that a notebook shows as a PNG image with its alt text.

    kind: what the figure shows, without its results, such as "Curves"; margins: as in `subplots_adjust`.
    """

    def __init__(self, kind: str, width: float, height: float, **margins: float) -> None:
        super().__init__(figsize=(width, height), dpi=100, layout=None if margins else "constrained")
        if margins:
            self.subplots_adjust(**margins)
        self.kind = kind

    @property
    def alt(self) -> str:
        """What replaces the image in a screen reader: the kind of figure, its axes and the names of what is drawn."""
        relations, names = [], []
        for axes in self.axes:
            relations.append(" against ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel()))))
            names += axes.get_legend_handles_labels()[1]
        found = ", and ".join(filter(None, dict.fromkeys(relations))).replace("$", "").replace("_", "")
        text = ": ".join(filter(None, (self.kind, found))) + "."
        text += f" Shown: {'; '.join(dict.fromkeys(names))}." if names else ""
        return " ".join(text.split())  # without line breaks

    def name_ends(self, axes: Axes) -> bool:
        """Write the label of each line beside its right end, if there is room for all of them; whether there was."""
        self.draw_without_rendering()  # only now is the height of the axes known
        ends = []
        lines: Any = axes.get_legend_handles_labels()
        for line, label in zip(*lines, strict=True):
            drawn = line.get_xydata()[np.isfinite(line.get_ydata())]
            if not len(drawn):
                return False
            x, y = (line.get_transform() - axes.transAxes).transform(drawn[-1])  # from 0 to 1
            ends.append((y, textwrap.fill(label, 20), line.get_color(), x))
        heights, texts, colours, xs = zip(*sorted(ends), strict=True)
        rows = np.array([1 + text.count("\n") for text in texts]) * 16 / axes.bbox.height
        places = np.array(heights)
        for _, i in itertools.product(range(50), range(len(ends) - 1)):  # move neighbours apart
            overlap = (rows[i] + rows[i + 1]) / 2 - (places[i + 1] - places[i])
            places[i : i + 2] += np.array([-0.5, 0.5]) * max(overlap, 0)
        if len(ends) > 6 or min(xs) < 0.95 or np.abs(places - heights).max() * axes.bbox.height > 35:
            return False
        right = 1 + 6 / axes.bbox.width
        for place, text, colour in zip(places, texts, colours, strict=True):
            axes.text(right, place, text, color=colour, fontsize=9, va="center", transform=axes.transAxes)
        return True

    def draw_legend(self, loc: Any = "outside upper center", columns: int = 0) -> None:
        """Draw a legend of everything in the figure above its axes, where it covers nothing."""
        named: dict[str, Any] = {}
        for axes in self.axes:
            named |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
        columns = columns or min(len(named), 100 // max(len(label) + 6 for label in named) or 1)
        self.legend(list(named.values()), list(named), loc=loc, ncols=columns, fontsize=9, frameon=False)

    def png(self) -> bytes:
        """The figure as a PNG image."""
        content = io.BytesIO()
        self.savefig(content, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 3})
        return content.getvalue()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        image = base64.b64encode(self.png()).decode()  # text, because JupyterLite does not encode bytes
        return {"image/png": image, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def print_table(step: Step) -> None:
    """A callback for `train` that prints the report's table, row by row, during the run."""
    arguments.instance(Step, step=step)
    if step.iteration == 1:
        print(TABLE_HEAD)
    if step.row:
        print(step.row)


class TrainingProgress:
    """A callback for `train` that draws accuracy and loss during the run; in a plain terminal it prints the table.
    The stop button (■) ends the run and keeps its record."""

    def __init__(self) -> None:
        self.in_notebook = hasattr(get_ipython(), "kernel")
        self.clock = time.perf_counter
        self.steps: list[Step] = []  # of the last run
        self.figure: LabFigure | None = None

    def __call__(self, step: Step) -> None:
        """Record an iteration, and redraw the figure if that is due."""
        if step.iteration == 1:
            self.steps, self.figure, self.handle = [], None, None
            self.drawing = 0.0  # the seconds spent on drawing
            self.start = self.clock()
            self.due = self.start + _SHORTEST_WAIT
        self.steps.append(step)
        if self.in_notebook and self.clock() >= self.due:
            self._show("running")
        if not self.in_notebook:
            print_table(step)

    def end(self, record: TrainingRecord) -> None:
        """Draw the figure for the last time, with the reason why the run ended."""
        arguments.instance(TrainingRecord, record=record)
        if self.in_notebook and self.steps and record.iterations:
            self._show(record.ending)
        if not self.in_notebook and record.ending != "finished":
            print(f"{record.ending} ({record.iterations} iterations)")

    def _show(self, status: str) -> None:
        """Show the run as far as it has come, in place of the last figure."""
        before = self.clock()
        self.figure = self._draw(status)
        costs = COSTS if self.handle else 0  # the first drawing takes longer than the others
        if self.handle is None:
            self.handle = display(self.figure, display_id=True)
        else:
            self.handle.update(self.figure)
        now = self.clock()
        self.drawing += now - before
        self.due = now + max(_SHORTEST_WAIT, costs * (now - before))

    def _draw(self, status: str) -> LabFigure:
        """The figure of the run as far as it has come: the curves, numbers at their ends and a text above them."""
        step, recorded = self.steps[-1], [step.row for step in self.steps if step.row]
        batches = pd.DataFrame(self.steps, columns=Step._fields).set_index("iteration")
        rows = pd.DataFrame(recorded, columns=Row._fields, dtype=float).set_index("iteration")
        figure = LabFigure("A training run", 7.2, 4.4, left=0.09, right=0.9, top=0.92, bottom=0.11)
        upper, lower = figure.subplots(2, 1, sharex=True)
        training, validation = (look.colour for look in looks(["training", "validation"]))
        for axes, quantity in ((upper, "accuracy_pct"), (lower, "loss")):
            batch, checked = batches[f"training_{quantity}"], rows[f"validation_{quantity}"]
            means = batch.ewm(alpha=0.1).mean()
            axes.plot(batch, color=training, alpha=0.3, lw=1, label="training, one mini-batch")
            axes.plot(means, color=training, lw=2, label="training, running mean")
            axes.plot(checked, color=validation, marker="s", ms=3.5, lw=1.2, label="validation")
            for place, value in checked[np.isfinite(checked)].tail(1).items():
                axes.plot(place, value, "s", ms=8, mfc="none", color=validation)
                end: Any = {"xytext": (10, 0), "textcoords": "offset points", "va": "center"}
                axes.annotate(f"{value:.4g}", (place, value), **end)
            values = pd.concat([means, checked])
            highest = max(values[values < 1e3], default=0.0)  # without what a diverging run may reach
            axes.set(xlabel="iteration", xlim=(0, 1.02 * step.iterations), ylim=(0, 1.05 * highest or 1.0))
            axes.grid(alpha=0.3)
        upper.set(ylabel="accuracy (%)", ylim=(0, 104))
        upper.xaxis.label.set_visible(False)
        upper.legend(loc="lower right", fontsize=9)
        lower.set_ylabel("loss")
        elapsed = self.clock() - self.start
        words = [status, f"epoch {step.epoch} of {step.options.epochs}"]
        words += [f"iteration {step.iteration:,} of {step.iterations:,}", f"elapsed {elapsed:.0f} s"]
        if status == "running" and 20 * step.iteration > step.iterations:
            words.append(f"remaining {elapsed * (step.iterations / step.iteration - 1):.0f} s")
        words.append(f"learning rate {step.options.learning_rate:g}")
        figure.text(0.09, 0.985, "   ".join(words), va="top", fontsize=9)
        return figure
