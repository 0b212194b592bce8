"""The training-progress figure, drawn while a run goes on.

In a notebook the figure stands on one display handle and is redrawn in place. The next redraw waits 0.2 s or 20
times what the last one took, whichever is longer, and until the last picture fits into a twentieth of the time too,
if a run is not over in a few seconds.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.display import display

from labutils import arguments, plots
from labutils.training import Row, Step, TrainingRecord, print_table

SHORTEST_WAIT, COSTS = 0.2, 20  # seconds; times the cost of drawing
MEMORY = 0.9  # of the running means, per iteration: they reach back about ten


class TrainingProgress:
    """A callback for `train`: accuracy above, loss below, while the run goes on; in a plain terminal the table.

    Training values (of one mini-batch each) are pale, their running mean is bold, validation is dashed in black.
    table: print the report's table too, row by row; alt: the sentence that stands for the figure where no picture
    is shown; handle: a display handle to draw on, else each run gets one of its own. The notebook's stop
    button (■) ends the run and keeps all of it. (A button here would not do: only where widgets have a thread of their
    own, in the newest JupyterLab, is it told of a click while a cell runs.)
    """

    def __init__(self, table: bool = False, alt: str = "", handle: Any = None) -> None:
        arguments.flag("table", table)
        arguments.instance(str, alt=alt)
        self.in_notebook = hasattr(get_ipython(), "kernel")
        self.table = table or not self.in_notebook
        self.alt = alt or (
            "Training progress against the iteration: accuracy above, loss below; training values of one "
            "mini-batch each, their running mean, and validation."
        )
        self.given = handle
        self.clock: Callable[[], float] = time.perf_counter
        self.reset()

    def reset(self) -> None:
        """Forget the last run."""
        self.batches: list[tuple[int, float, float]] = []  # iteration, accuracy (%), loss
        self.rows: list[Row] = []
        self.step: Any = None
        self.handle: Any = self.given
        self.figure: plots.LabFigure | None = None
        self.drawing, self.pictures = 0.0, 0  # seconds spent on it; how many there were
        self.start = self.clock()
        self.due = self.start + SHORTEST_WAIT

    def __call__(self, step: Step) -> None:
        """Told of every iteration by `train`."""
        if step.iteration == 1:
            self.reset()
        self.step = step
        self.batches.append((step.iteration, step.training_accuracy_pct, step.training_loss))
        if step.row:
            self.rows.append(step.row)
        if self.in_notebook and (step.iteration == 1 or self.clock() >= self.due):
            self.draw("running")  # at once, so that the table comes below it
        if self.table:
            print_table(step)

    def end(self, record: TrainingRecord) -> None:
        """Told by `train` how the run ended: the last picture says why it stopped."""
        at = f" at iteration {record.diverged_at}" if record.diverged_at else ""
        if self.in_notebook and self.step is not None:
            self.draw(f"{record.status}{at}")
        if self.table and record.status != "finished":
            print(f"{record.status}{at} ({record.iterations} iterations)")

    def draw(self, status: str) -> None:
        """Draw the run as far as it is, in place of the last picture."""
        if self.figure is None:
            self.build()
        before = self.clock()
        self.fill(status)
        if self.handle is None:
            self.handle = display(self.figure, display_id=True)
        else:
            self.handle.update(self.figure)
        now = self.clock()
        cost, self.pictures = now - before, self.pictures + 1
        self.drawing += cost
        # The first takes longer than those that follow, and a student waits for the second.
        self.due = now + (SHORTEST_WAIT if self.pictures == 1 else max(SHORTEST_WAIT, COSTS * cost))
        if self.pictures > 2:  # the next and the last have to fit in, too
            self.due = max(self.due, self.start + COSTS * (self.drawing + 2 * cost))

    def build(self) -> None:
        """What stays as it is while the run goes on: axes, epochs, legend."""
        step, figure = self.step, plots.LabFigure(self.alt, 8.6, 4.6, layout="none")
        self.axes = figure.subplots(2, 1, sharex=True)
        figure.subplots_adjust(left=0.08, right=0.78, top=0.97, bottom=0.11, hspace=0.1)
        self.text = figure.text(0.8, 0.95, "", va="top", fontsize=9, linespacing=1.6)
        per_epoch = step.iterations // step.options.epochs
        together = -(-step.options.epochs // 40)  # epochs in a shaded strip: more than twenty strips are slow
        self.lines, self.marks = [], []
        for axes, colour, ylabel in zip(
            self.axes, plots.COLOURS[:2], ("accuracy (%)", "loss (nats)"), strict=True
        ):
            (pale,) = axes.plot([], [], color=colour, alpha=0.3, lw=1, label="training, one mini-batch")
            (bold,) = axes.plot([], [], color=colour, lw=2, label="their running mean")
            (dashed,) = axes.plot([], [], "k--o", ms=3.5, lw=1.2, label="validation")
            (final,) = axes.plot([], [], "ko", ms=8, mfc="none")
            self.lines.append((pale, bold, dashed))
            self.marks.append(
                (final, axes.annotate("", (0, 0), (7, 0), textcoords="offset points", va="center"))
            )
            for epoch in range(together, step.options.epochs, 2 * together):
                axes.axvspan(epoch * per_epoch, (epoch + together) * per_epoch, color="0.94", lw=0)
            axes.set(ylabel=ylabel, xlim=(0, 1.12 * step.iterations))
            axes.grid(alpha=0.3)
        self.axes[0].set_ylim(0, 104)
        self.axes[0].legend(loc="lower right", fontsize=8)
        strips = "every second epoch" if together == 1 else f"{together} epochs in turn"
        self.axes[1].set_xlabel(f"iteration ({strips} shaded)")
        self.figure = figure  # last: an interrupt before this leaves no half of one

    def fill(self, status: str) -> None:
        """What changes: the curves, the marks on their last validation, and the words beside them."""
        iteration, *training = np.array(self.batches).T
        places = [row.iteration for row in self.rows]
        validation = [
            np.array([row.validation_accuracy_pct for row in self.rows]),
            np.array([row.validation_loss for row in self.rows]),
        ]
        means = [pd.Series(values).ewm(alpha=1 - MEMORY).mean().to_numpy() for values in training]
        for lines, marks, values, mean, dots in zip(
            self.lines, self.marks, training, means, validation, strict=True
        ):
            lines[0].set_data(iteration, values)
            lines[1].set_data(iteration, mean)
            lines[2].set_data(places, dots)
            if len(dots) and np.isfinite(dots[-1]):
                marks[0].set_data(places[-1:], dots[-1:])
                marks[1].xy = places[-1], dots[-1]
                marks[1].set_text(f"{dots[-1]:.4g}")
        since = self.rows[0].iteration if self.rows else 0  # the first losses would squeeze the others
        seen = np.concatenate([means[1][iteration >= since], validation[1]])
        highest = max(seen[np.isfinite(seen) & (seen < 1e3)], default=1.0)
        self.axes[1].set_ylim(0, 1.05 * highest or 1.0)
        self.text.set_text(self.words(status))

    def words(self, status: str) -> str:
        """What a student wants to know beside the curves."""
        step, elapsed = self.step, self.clock() - self.start
        lines = [
            status,
            "",
            f"epoch {step.epoch} of {step.options.epochs}",
            f"iteration {step.iteration:,} of {step.iterations:,}",
            f"learning rate {step.options.learning_rate:g}",
            f"elapsed {elapsed:.0f} s",
        ]
        if status == "running" and 20 * step.iteration > step.iterations:
            lines.append(f"remaining {elapsed * (step.iterations / step.iteration - 1):.0f} s")
        if self.rows:
            last = self.rows[-1]
            lines += ["", "validation", f"accuracy {last.validation_accuracy_pct:.2f} %"]
            lines.append(f"loss {last.validation_loss:.4g}")
        return "\n".join(lines)
