"""Training: forward, loss, backward, update, one mini-batch after the other."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from labutils._internal import arguments
from labutils._internal.ending import ends_with
from labutils._internal.fit import check_fit, check_kinds
from labutils._internal.threads import one_blas_thread
from labutils.data import Dataset
from labutils.losses import Loss
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.record import DIVERGED_ABOVE, Row, TrainingOptions, TrainingRecord

__all__ = ["Step", "TrainingOptions", "TrainingRecord", "evaluate", "mini_batches", "train"]


class Step(NamedTuple):
    """What a callback receives after each iteration; `row` is None between validations."""

    epoch: int
    iteration: int
    iterations: int
    training_accuracy_pct: float
    training_loss: float
    row: Row | None
    network: Network
    options: TrainingOptions


Callback = Callable[[Step], bool | None]


def train(
    network: Network, loss: Loss, data: Dataset, options: TrainingOptions, callbacks: Sequence[Callback] = ()
) -> TrainingRecord:
    """Train the network, in place and in the dtype of the data, and return the record of the run.

    A row is recorded every `validation_every` iterations and at the last one: accuracy and loss of the mini-batch
    before its update, and of the validation images after it. Callbacks are called after every iteration. If one
    returns True, or the kernel is interrupted, the run stops, and the record keeps its rows. (In a loop over
    runs write `train(...).unless_stopped()`, or only one of them ends.) If a callback has a method `end`, it receives
    the record, however the run ended. An error in a callback or a layer has an attribute `record`. BLAS uses one
    thread, so the same seed gives the same run, bit for bit.
    """
    check_fit(network, loss, data, options, callbacks)
    network.astype(data.x_train.dtype)
    record = TrainingRecord(options, status="stopped")  # until the loop ends by itself
    with ends_with(record, network, callbacks), one_blas_thread(), np.errstate(all="ignore"):
        _run(network, loss, data, record, callbacks)
    return record


def _run(
    network: Network, loss: Loss, data: Dataset, record: TrainingRecord, callbacks: Sequence[Callback]
) -> None:
    """The training loop; it fills the record."""
    options, optimiser = record.options, SGDM(record.options)
    per_epoch = options.batches_per_epoch(len(data.x_train))
    iterations = options.epochs * per_epoch
    for iteration, rows in enumerate(mini_batches(len(data.x_train), options), start=1):
        x, labels = data.x_train.take(rows, axis=0), data.y_train[rows]  # take is faster than x_train[rows]
        network.set_training(True)
        prediction = network.forward(x)
        batch_loss = float(loss.forward(prediction, labels))
        per_image = batch_loss * loss.divisor / len(labels)
        if record.diverged_at is None and not per_image <= DIVERGED_ABOVE:  # also true for NaN
            record.diverged_at = iteration
        diverged = record.diverged_at is not None and options.stop_on_divergence
        if not diverged:
            network.backward(loss.backward(), input_gradient=False)
            optimiser.step(network)
        record.iterations = iteration

        row_is_due = iteration % options.validation_every == 0 or iteration == iterations or diverged
        if not row_is_due and not callbacks:
            continue
        epoch = 1 + (iteration - 1) // per_epoch
        accuracy = 100 * float((loss.predict(prediction) == labels).mean())
        row = None
        if row_is_due:
            validation = evaluate(network, loss, data.x_validation, data.y_validation)
            row = Row(epoch, iteration, accuracy, validation[0], batch_loss, validation[1])
            record.history.append(row)
        step = Step(epoch, iteration, iterations, accuracy, batch_loss, row, network, options)
        answers = [callback(step) for callback in callbacks]
        if diverged:
            record.status = "diverged"
            return
        if iteration < iterations and any(isinstance(a, bool | np.bool_) and a for a in answers):
            return
    record.status = "finished"


def mini_batches(count: int, options: TrainingOptions) -> Iterator[np.ndarray]:
    """The rows of each mini-batch, epoch after epoch, in the order of `shuffle` and `seed`: (batch_size,) or fewer."""
    check_kinds(options=options)
    starts = range(0, options.batches_per_epoch(count) * options.batch_size, options.batch_size)
    rng = np.random.default_rng(options.seed)
    order = np.arange(count)
    for epoch in range(options.epochs):
        if options.shuffle == "every-epoch" or (options.shuffle == "once" and epoch == 0):
            order = rng.permutation(count)
        for start in starts:
            yield order[start : start + options.batch_size]


def evaluate(network: Network, loss: Loss, x: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy (%) and loss of the network on these inputs, 1,000 at a time."""
    check_kinds(network=network, loss=loss)
    arguments.floats("x", x)
    arguments.labels("labels", labels, len(x), classes=2**31)  # the loss knows how many there are
    network.set_training(False)
    right, total = 0, 0.0
    for start in range(0, len(x), 1000):
        part = slice(start, start + 1000)
        prediction = network.forward(x[part])
        total += float(loss.forward(prediction, labels[part])) * loss.divisor
        right += int((loss.predict(prediction) == labels[part]).sum())
    return 100 * right / len(x), total / (len(x) if loss.reduction == "mean" else 1)
