"""The class and the colours of all figures, and the figure of a training run, redrawn while the run continues."""

import io
import time
from typing import Any

import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labutils._internal import arguments
from labutils.record import TABLE_HEAD, Row, TrainingRecord
from labutils.training import Step

__all__ = ["TrainingProgress", "print_table"]

# The palette of Okabe and Ito (2008). Readers with a colour vision deficiency can distinguish these colours as well.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = "os^Dv<>"
STYLES = ["-", "--", "-.", ":"]  # where two lines coincide, both remain visible
_SHORTEST_WAIT = 0.2  # seconds
COSTS = 20  # the next redraw waits this many times as long as the last one took


class LabFigure(Figure):
    """A matplotlib figure that a notebook shows as a PNG image with its alt text.

    kind: what the figure shows, without its results, such as "Curves"; margins: as in `subplots_adjust`.
    """

    def __init__(self, kind: str, width: float, height: float, **margins: float) -> None:
        super().__init__(figsize=(width, height), dpi=100, layout=None if margins else "constrained")
        if margins:
            self.subplots_adjust(**margins)
        self.kind = kind
        self.frames: list[dict[str, Any]] = []  # of an explorer: see `explorers`

    @property
    def alt(self) -> str:
        """What replaces the image in a screen reader: the kind of figure, its axes and the names of what is drawn."""
        panels, names = [], []
        for axes in self.axes:
            x, y = _axis_label(axes, "x"), _axis_label(axes, "y")
            panels.append(f"{y} against {x}" if x and y else x or y)
            names += axes.get_legend_handles_labels()[1]
        relations = ", and ".join(filter(None, dict.fromkeys(panels)))
        text = f"{self.kind}: {relations}." if relations else f"{self.kind}."
        shown = f" Shown: {'; '.join(dict.fromkeys(names))}." if names else ""
        return " ".join((text + shown).split())  # without line breaks

    def png(self) -> bytes:
        """The figure as a PNG image."""
        content = io.BytesIO()
        self.savefig(content, format="png", metadata={"Software": None})
        return content.getvalue()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        frames = {"labutils": {"frames": self.frames}} if self.frames else {}
        return {"image/png": self.png(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}, **frames}


def _axis_label(axes: Axes, name: str) -> str:
    """The label of the axis "x" or "y", which panels that share this axis may show only once."""
    panels = getattr(axes, f"get_shared_{name}_axes")().get_siblings(axes)
    label = next(filter(None, (getattr(panel, f"get_{name}label")() for panel in panels)), "")
    logarithmic = label and getattr(axes, f"get_{name}scale")() == "log"
    return label.replace("$", "").replace("_", "") + (" (logarithmic)" if logarithmic else "")


def print_table(step: Step) -> None:
    """A callback for `train` that prints the report's table, row by row, during the run."""
    arguments.instance(Step, step=step)
    if step.iteration == 1:
        print(TABLE_HEAD)
    if step.row:
        print(step.row)


class TrainingProgress:
    """A callback for `train` that draws accuracy and loss during the run; in a plain terminal it prints the table.

    The stop button (■) ends the run and keeps its record. table: print the table in a notebook too.
    """

    def __init__(self, table: bool = False) -> None:
        arguments.flag("table", table)
        self.in_notebook = hasattr(get_ipython(), "kernel")
        self.table = table or not self.in_notebook
        self.clock = time.perf_counter
        self.steps: list[Step] = []  # of the last run
        self.figure: LabFigure | None = None

    def __call__(self, step: Step) -> None:
        """Record an iteration, and redraw the figure if that is due."""
        if step.iteration == 1:
            self.steps, self.figure, self.handle = [], None, None
            self.drawing, self.pictures = 0.0, 0  # the seconds spent on drawing, and the number of drawings
            self.start = self.clock()
            self.due = self.start + _SHORTEST_WAIT
        self.steps.append(step)
        if self.in_notebook and (step.iteration == 1 or self.clock() >= self.due):
            self._show("running")  # at the first iteration, so that the table appears below the figure
        if self.table:
            print_table(step)

    def end(self, record: TrainingRecord) -> None:
        """Draw the figure for the last time, with the reason why the run ended."""
        arguments.instance(TrainingRecord, record=record)
        if self.in_notebook and self.steps and record.iterations:
            self._show(record.ending)
        if self.table and record.ending != "finished":
            print(f"{record.ending} ({record.iterations} iterations)")

    def _show(self, status: str) -> None:
        """Show the run as far as it has come, in place of the last figure."""
        if self.figure is None:
            self._build()
        before = self.clock()
        self._fill(status)
        if self.handle is None:
            self.handle = display(self.figure, display_id=True)
        else:
            self.handle.update(self.figure)
        now = self.clock()
        cost, self.pictures = now - before, self.pictures + 1
        self.drawing += cost
        # The first drawing takes longer than the others, so it does not delay the second.
        self.due = now + (_SHORTEST_WAIT if self.pictures == 1 else max(_SHORTEST_WAIT, COSTS * cost))
        if self.pictures > 2:  # leave time for the next drawing and the last one
            self.due = max(self.due, self.start + COSTS * (self.drawing + 2 * cost))

    def _build(self) -> None:
        """Make the figure with everything that stays the same during the run."""
        epochs, iterations = self.steps[0].options.epochs, self.steps[0].iterations
        together = -(-epochs // 40)  # the epochs of a shaded strip, so that there are at most twenty strips
        width = together * (iterations // epochs)
        strips = [(start, width) for start in range(width, iterations, 2 * width)]
        figure = LabFigure(
            "A training run", 8.6, 4.6, left=0.08, right=0.78, top=0.97, bottom=0.11, hspace=0.1
        )
        upper, self.lower = figure.subplots(2, 1, sharex=True)
        self.text = figure.text(0.8, 0.95, "", va="top", fontsize=9, linespacing=1.6)
        self.lines: dict[str, Any] = {}
        for axes, quantity, colour in ((upper, "accuracy_pct", COLOURS[0]), (self.lower, "loss", COLOURS[1])):
            (pale,) = axes.plot([], [], color=colour, alpha=0.3, lw=1, label="training, one mini-batch")
            (bold,) = axes.plot([], [], color=colour, lw=2, label="their running mean")
            (dashed,) = axes.plot([], [], "k--o", ms=3.5, lw=1.2, label="validation")
            (last,) = axes.plot([], [], "ko", ms=8, mfc="none")
            number = axes.annotate("", (0, 0), (7, 0), textcoords="offset points", va="center")
            self.lines[quantity] = pale, bold, dashed, last, number
            axes.broken_barh(strips, (0, 1), transform=axes.get_xaxis_transform(), color="0.94", lw=0)
            axes.set_xlim(0, 1.12 * iterations)
            axes.grid(alpha=0.3)
        upper.set(ylabel="accuracy (%)", ylim=(0, 104))
        upper.legend(loc="lower right", fontsize=8)
        shaded = "every second epoch" if together == 1 else f"{together} epochs in turn"
        self.lower.set(ylabel="loss (nats)", xlabel=f"iteration ({shaded} shaded)")
        self.figure = figure  # last, so that an interrupt before this line leaves no incomplete figure

    def _fill(self, status: str) -> None:
        """Update the curves, the numbers at their ends and the text beside them."""
        step, columns = self.steps[-1], ["iteration", "training_accuracy_pct", "training_loss"]
        batches = pd.DataFrame(self.steps, columns=Step._fields)[columns].set_index("iteration")
        means = batches.ewm(alpha=0.1).mean()
        recorded = [each.row for each in self.steps if each.row]
        rows = pd.DataFrame(recorded, columns=Row._fields, dtype=float).set_index("iteration")
        for quantity, (pale, bold, dashed, last, number) in self.lines.items():
            validation = rows[f"validation_{quantity}"]
            pale.set_data(batches.index, batches[f"training_{quantity}"])
            bold.set_data(batches.index, means[f"training_{quantity}"])
            dashed.set_data(validation.index, validation)
            for place, value in validation[np.isfinite(validation)].tail(1).items():
                last.set_data([place], [value])
                number.xy = place, value
                number.set_text(f"{value:.4g}")
        # The first losses are so high that the rest of the curve would be flat beside them.
        first = recorded[0].iteration if recorded else 0
        losses = pd.concat([means.loc[first:, "training_loss"], rows["validation_loss"]])
        self.lower.set_ylim(0, 1.05 * (max(losses[losses.between(0, 1e3, "left")], default=1.0) or 1.0))
        elapsed = self.clock() - self.start
        words = [status, "", f"epoch {step.epoch} of {step.options.epochs}"]
        words += [f"iteration {step.iteration:,} of {step.iterations:,}"]
        words += [f"learning rate {step.options.learning_rate:g}", f"elapsed {elapsed:.0f} s"]
        if status == "running" and 20 * step.iteration > step.iterations:
            words.append(f"remaining {elapsed * (step.iterations / step.iteration - 1):.0f} s")
        if recorded:
            words += ["", "validation", f"accuracy {recorded[-1].validation_accuracy_pct:.2f} %"]
            words.append(f"loss {recorded[-1].validation_loss:.4g}")
        self.text.set_text("\n".join(words))
