"""The record of a training run: its options, its rows, and how it ended."""

from dataclasses import asdict, dataclass, field
from functools import partial
from os import PathLike
from typing import Annotated, Any, NamedTuple

import numpy as np

from labutils._internal import arguments, files
from labutils._internal.arguments import number, one_of, whole_number

__all__ = ["TrainingOptions", "TrainingRecord"]

DIVERGED_ABOVE = 1e6  # a run has diverged if the loss per image exceeds this or is not finite
TABLE_HEAD = "epoch  iteration  training acc.  validation acc.  training loss  validation loss"


@dataclass(frozen=True)
class TrainingOptions:
    """The options of a training run, as MATLAB's `trainingOptions` has them under other names."""

    learning_rate: Annotated[float, partial(number, positive=True)]
    momentum: Annotated[float, partial(number, high=1)] = 0.9
    l2: Annotated[float, number] = 1e-4
    batch_size: Annotated[int, whole_number] = 128
    epochs: Annotated[int, whole_number] = 10
    shuffle: Annotated[str, partial(one_of, choices=("every-epoch", "once", "never"))] = "every-epoch"
    validation_every: Annotated[int, whole_number] = 50  # iterations between two rows of the record
    drop_incomplete: bool = True  # leave out the last mini-batch of an epoch if it is smaller
    stop_on_divergence: bool = True
    seed: Annotated[int, partial(whole_number, low=0)] = 0  # of the order of the images

    def __post_init__(self) -> None:
        arguments.check_options(self)

    def batches_per_epoch(self, count: int) -> int:
        """The number of mini-batches in an epoch of `count` images."""
        arguments.whole_number("count", count)
        return count // self.batch_size if self.drop_incomplete else -(-count // self.batch_size)


class Row(NamedTuple):
    """A row of the training progress, with the columns and units of the report."""

    epoch: int
    iteration: int
    training_accuracy_pct: float
    validation_accuracy_pct: float
    training_loss: float
    validation_loss: float

    def __str__(self) -> str:
        losses = [f"{loss:.2e}" if loss > DIVERGED_ABOVE else f"{loss:.4f}" for loss in self[4:]]
        return (
            f"{self.epoch:>5}  {self.iteration:>9}  {self.training_accuracy_pct:>11.2f} %  "
            f"{self.validation_accuracy_pct:>13.2f} %  {losses[0]:>13}  {losses[1]:>15}"
        )


@dataclass
class TrainingRecord:
    """The options of a run, its rows, and how it ended, in two separate facts.

    `status` is why the loop stopped: "finished" (every iteration was run), "stopped" (by a callback, an interrupt or
    an error) or "diverged". `diverged_at` is the first iteration with a loss per image above 1e6 or NaN, or None.
    """

    options: TrainingOptions
    history: list[Row] = field(default_factory=list)
    status: str = "finished"
    iterations: int = 0  # that were run
    diverged_at: int | None = None

    @property
    def validation_error_pct(self) -> float:
        """100 % minus the validation accuracy of the last row; NaN if there is none."""
        return 100 - self.history[-1].validation_accuracy_pct if self.history else float("nan")

    def column(self, name: str) -> np.ndarray:
        """One column of the history, by its name in `Row`: (rows,)."""
        arguments.one_of("name", name, Row._fields)
        return np.array([getattr(row, name) for row in self.history])

    @property
    def ending(self) -> str:
        """How the run ended, in words: "finished", "stopped, diverged at iteration 3"."""
        diverged = [f"diverged at iteration {self.diverged_at}"] if self.diverged_at is not None else []
        return ", ".join((["stopped"] if self.status == "stopped" else []) + diverged) or self.status

    def __str__(self) -> str:
        ending = f"{self.ending} ({self.iterations} iterations)"
        return "\n".join([TABLE_HEAD, *map(str, self.history), ending])

    def unless_stopped(self) -> "TrainingRecord":
        """This record; raises `KeyboardInterrupt` if the run was stopped, where an incomplete run is of no use."""
        if self.status == "stopped":
            raise KeyboardInterrupt(f"the run was stopped after {self.iterations} iterations")
        return self

    def save(self, path: str | PathLike[str]) -> None:
        """Write the record as JSON with a checksum; the file is replaced as a whole or not at all."""
        content = asdict(self) | {"history": [row._asdict() for row in self.history]}
        files.write_json(path, content, "Take another name.")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "TrainingRecord":
        """The record in a file that `save` wrote. Raises `OSError` or `ValueError` if there is none."""

        def build(options: dict[str, Any], history: list[dict[str, Any]], **facts: Any) -> "TrainingRecord":
            return cls(TrainingOptions(**options), [Row(**row) for row in history], **facts)

        way_out = "Take another file, or train again: the same seed gives the same run."
        return files.read_json(path, build, "a record that save() wrote", way_out)
