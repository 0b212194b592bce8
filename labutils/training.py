"""Training: stochastic gradient descent with momentum, mini-batch by mini-batch, and the record of how it went."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from labutils import arguments, files
from labutils.data import Dataset
from labutils.losses import Loss
from labutils.network import Network
from labutils.threads import one_blas_thread

DIVERGED_ABOVE = 1e6  # a batch loss above this, or one that is not finite, ends the hope for a run


@dataclass(frozen=True)
class TrainingOptions:
    """The options of a run; every one is checked here. Part C maps the toolbox's names to these."""

    learning_rate: float
    momentum: float = 0.9
    l2: float = 1e-4
    batch_size: int = 128
    epochs: int = 10
    shuffle: str = "every-epoch"
    validation_every: int = 50
    drop_incomplete: bool = True
    stop_on_divergence: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        arguments.number("learning_rate", self.learning_rate, positive=True)
        arguments.number("momentum", self.momentum, high=1)
        arguments.number("l2", self.l2)
        for name in ("batch_size", "epochs", "validation_every"):
            arguments.whole_number(name, getattr(self, name))
        arguments.one_of("shuffle", self.shuffle, ("every-epoch", "once", "never"))
        for name in ("drop_incomplete", "stop_on_divergence"):
            arguments.flag(name, getattr(self, name))
        arguments.whole_number("seed", self.seed, low=0)
        for option in fields(self):  # NumPy's numbers become Python's, which do not overflow and can be saved
            object.__setattr__(self, option.name, option.type(getattr(self, option.name)))  # type: ignore


class SGDM:
    """Stochastic gradient descent with momentum: v <- momentum v - rate (gradient + l2 W), W <- W + v.

    As MATLAB's `sgdm` defines it (`trainingOptions`); `l2` is on weights only, never on biases.
    """

    def __init__(self, learning_rate: float, momentum: float = 0.9, l2: float = 1e-4) -> None:
        arguments.number("learning_rate", learning_rate, positive=True)
        arguments.number("momentum", momentum, high=1)
        arguments.number("l2", l2)
        self.learning_rate, self.momentum, self.l2 = float(learning_rate), float(momentum), float(l2)
        self.velocities: dict[tuple[int, str], np.ndarray] = {}

    def step(self, network: Network) -> None:
        """Move every parameter of the network once. Its `grads` must hold rate times gradient, and are used up.

        The chain rule is linear: scale the gradient of the scores, a small array, and every gradient comes out scaled.
        """
        arguments.instance(Network, network=network)
        for i, layer in enumerate(network.layers):
            for name, parameter in layer.params.items():
                if (i, name) not in self.velocities:
                    self.velocities[i, name] = np.zeros_like(parameter)
                velocity, change = self.velocities[i, name], layer.grads[name]
                velocity *= self.momentum
                velocity -= change
                if name == "W" and self.l2 > 0:
                    np.multiply(parameter, self.learning_rate * self.l2, out=change)
                    velocity -= change
                parameter += velocity


class Row(NamedTuple):
    """A row of the training progress: the report's columns, in the report's units."""

    epoch: int
    iteration: int
    training_accuracy_pct: float
    validation_accuracy_pct: float
    training_loss: float
    validation_loss: float


class Step(NamedTuple):
    """What a callback is told after each iteration; `row` is None between validations."""

    epoch: int
    iteration: int
    iterations: int
    training_accuracy_pct: float
    training_loss: float
    row: Row | None
    network: Network
    options: TrainingOptions


@dataclass
class TrainingRecord:
    """The options of a run, its rows, and how it ended: "finished", "diverged" or "stopped".

    `iterations` counts those that were run; `diverged_at` is the first whose batch loss was not finite or above 1e6.
    """

    options: TrainingOptions
    history: list[Row] = field(default_factory=list)
    status: str = "finished"
    iterations: int = 0
    diverged_at: int | None = None

    @property
    def validation_error_pct(self) -> float:
        """100 % minus the validation accuracy of the last row; NaN if there is none."""
        return 100 - self.history[-1].validation_accuracy_pct if self.history else float("nan")

    def column(self, name: str) -> np.ndarray:
        """One column of the history, by its name in `Row`: (rows,)."""
        arguments.one_of("name", name, Row._fields)
        return np.array([getattr(row, name) for row in self.history])

    def __str__(self) -> str:
        end = f"diverged at iteration {self.diverged_at}" if self.diverged_at else self.status
        return "\n".join(
            [TABLE_HEAD, *map(table_line, self.history), f"{end} ({self.iterations} iterations)"]
        )

    def unless_stopped(self) -> "TrainingRecord":
        """This record; raises `KeyboardInterrupt` if the run was stopped, where half a run is of no use."""
        if self.status == "stopped":
            raise KeyboardInterrupt(f"the run was stopped after {self.iterations} iterations")
        return self

    def save(self, path: str | Path) -> None:
        """Write the record as JSON, with a checksum; the file is replaced in one piece."""
        arguments.path("path", path)
        content = asdict(self) | {"history": [row._asdict() for row in self.history]}
        content["sha256"] = checksum(content)
        files.replace(Path(path), json.dumps(content, indent=1).encode(), "Take another name.")

    @classmethod
    def load(cls, path: str | Path) -> "TrainingRecord":
        """Read a record that `save` wrote. Raises `OSError` or `ValueError` if there is none that can be read."""
        arguments.path("path", path)
        way_back = "Take another file, or train again: the same seed gives the same run."
        text = files.content(Path(path), way_back)
        try:
            content = json.loads(text)
            if content.pop("sha256") != checksum(content):
                raise ValueError("its checksum is another")
            content["options"] = TrainingOptions(**content["options"])
            content["history"] = [Row(**row) for row in content["history"]]
            return cls(**content)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise ValueError(
                f"path: expected a record that save() wrote, got {path} ({error}). {way_back}"
            ) from error


def checksum(content: dict[str, Any]) -> str:
    """The SHA-256 of the content of a saved record."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


TABLE_HEAD = "epoch  iteration  training acc.  validation acc.  training loss  validation loss"


def table_line(row: Row) -> str:
    """A row of the report's table: accuracies in percent, losses in nats."""
    training_loss, validation_loss = (
        f"{loss:.4f}" if not loss > DIVERGED_ABOVE else f"{loss:.2e}"
        for loss in (row.training_loss, row.validation_loss)
    )
    return (
        f"{row.epoch:>5}  {row.iteration:>9}  {row.training_accuracy_pct:>11.2f} %  "
        f"{row.validation_accuracy_pct:>13.2f} %  {training_loss:>13}  {validation_loss:>15}"
    )


def print_table(step: Step) -> None:
    """A callback for `train`: prints the report's table, row by row, while the run goes on."""
    if step.iteration == 1:
        print(TABLE_HEAD)
    if step.row:
        print(table_line(step.row))


def train(
    network: Network,
    loss: Loss,
    data: Dataset,
    options: TrainingOptions,
    callbacks: Sequence[Callable[[Step], bool | None]] = (),
) -> TrainingRecord:
    """Train the network, in place and in the dtype of the data, and return the record of the run.

    The training figures of a batch precede its update; validation follows it. A row is recorded every
    `validation_every` iterations and at the last one. Each callback is told of every iteration; one that returns
    True stops the run, and so does an interrupt (Jupyter's stop button): what was recorded is kept. (In a loop over
    runs say `train(...).unless_stopped()`: else the interrupt ends one of them, and the next begins.) A callback that
    has a method `end` is given the record when the run is over, however it ended.
    BLAS works on one thread, so that the same seed gives the same run, bit for bit.
    """
    check_fit(network, loss, data, options, callbacks)
    network.astype(data.x_train.dtype)
    optimiser = SGDM(options.learning_rate, options.momentum, options.l2)
    record = TrainingRecord(options)
    try:
        with one_blas_thread(), np.errstate(all="ignore"):
            run(network, loss, data, optimiser, record, callbacks)
    except KeyboardInterrupt:
        record.status = "stopped"
    if record.diverged_at:
        record.status = "diverged"
    for end in (callback.end for callback in callbacks if hasattr(callback, "end")):
        try:
            end(record)
        except KeyboardInterrupt:  # the record is kept, and what was being said is said again
            record.status = "stopped"
            end(record)
    return record


def run(
    network: Network,
    loss: Loss,
    data: Dataset,
    optimiser: SGDM,
    record: TrainingRecord,
    callbacks: Sequence[Callable[[Step], bool | None]],
) -> None:
    """The training loop: forward, loss, backward, update, batch after batch."""
    options = record.options
    per_epoch = batches_per_epoch(len(data.x_train), options)
    iterations = options.epochs * per_epoch
    for iteration, rows in enumerate(mini_batches(len(data.x_train), options), start=1):
        x, labels = data.x_train[rows], data.y_train[rows]
        prediction = network.forward(x)
        batch_loss = loss.forward(prediction, labels)

        if not batch_loss <= DIVERGED_ABOVE and record.diverged_at is None:  # true for NaN too
            record.diverged_at = iteration
        stop = record.diverged_at is not None and options.stop_on_divergence
        if not stop:
            network.backward(optimiser.learning_rate * loss.backward(), input_gradient=False)
            optimiser.step(network)
        record.iterations = iteration

        row_is_due = iteration % options.validation_every == 0 or iteration == iterations or stop
        if row_is_due or callbacks:
            epoch = 1 + (iteration - 1) // per_epoch
            accuracy = accuracy_pct(loss.predict(prediction), labels)
        row = None
        if row_is_due:
            validation = evaluate(network, loss, data.x_validation, data.y_validation)
            row = Row(epoch, iteration, accuracy, validation[0], batch_loss, validation[1])
            record.history.append(row)
        for callback in callbacks:
            said = callback(Step(epoch, iteration, iterations, accuracy, batch_loss, row, network, options))
            if isinstance(said, bool | np.bool_) and said:
                record.status, stop = "stopped", True
        if stop:
            return


def batches_per_epoch(count: int, options: TrainingOptions) -> int:
    """How many mini-batches an epoch of `count` images has; the last, incomplete one counts unless it is dropped."""
    return count // options.batch_size if options.drop_incomplete else -(-count // options.batch_size)


def mini_batches(count: int, options: TrainingOptions) -> Iterator[np.ndarray]:
    """The rows of each mini-batch, epoch after epoch, in the order that `shuffle` and `seed` give: (batch_size,)."""
    rng = np.random.default_rng(options.seed)
    order = np.arange(count)
    for epoch in range(options.epochs):
        if options.shuffle == "every-epoch" or (options.shuffle == "once" and epoch == 0):
            order = rng.permutation(count)
        for batch in range(batches_per_epoch(count, options)):
            yield order[batch * options.batch_size : (batch + 1) * options.batch_size]


def evaluate(network: Network, loss: Loss, x: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy (%) and loss of the network on these inputs, 1,000 at a time."""
    arguments.instance(Network, network=network)
    arguments.like("a loss such as SoftmaxNLL()", arguments.LOSS, loss=loss)
    arguments.floats("x", x)
    if not isinstance(labels, np.ndarray) or labels.shape != (len(x),):
        arguments.labels("labels", labels, len(x), classes=0)  # finds the words
    right, total = 0, 0.0
    for start in range(0, len(x), 1000):
        part = slice(start, start + 1000)
        prediction = network.forward(x[part])
        total += loss.forward(prediction, labels[part]) * loss.divisor
        right += int((loss.predict(prediction) == labels[part]).sum())
    return 100 * right / len(x), total / (len(x) if loss.reduction == "mean" else 1)


def accuracy_pct(predicted: np.ndarray, labels: np.ndarray) -> float:
    """The share of predictions that are right, in percent. (N,), (N,) -> a float."""
    return 100 * float((predicted == labels).mean())


def check_fit(
    network: Network, loss: Loss, data: Dataset, options: TrainingOptions, callbacks: Sequence[Any] = ()
) -> None:
    """All of these fit together; else a `TypeError` or `ValueError`, before any work is done."""
    arguments.instance(Network, network=network)
    arguments.like("a loss such as SoftmaxNLL()", arguments.LOSS, loss=loss)
    arguments.instance(Dataset, data=data)
    arguments.instance(TrainingOptions, options=options)
    arguments.instance(list | tuple, callbacks=callbacks)
    for callback in callbacks:
        arguments.function("callbacks", callback)
    if options.batch_size > len(data.x_train):
        raise ValueError(
            f"batch_size: expected at most {len(data.x_train)}, the training data, got {options.batch_size}"
        )
    prediction = network.forward(data.x_train[:1])
    loss.forward(prediction, np.zeros(1, dtype=int))
    if max(prediction.shape[1], 2) != data.classes:
        raise ValueError(
            f"network: expected one output for each of {data.classes} classes, got {prediction.shape[1]}"
        )
