"""What the curves of one run show: whether it learns and over-fits, and what changed on the way."""

from collections.abc import Iterator
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
import pandas as pd

from labutils.report.sentences import Finding, join_words, make_finding, number_text

_CHECKED = ["validation_loss", "validation_accuracy_pct"]


def find_in_curves(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """The findings on one run. steps: a row for each iteration, as `findings.audit` makes them."""
    yield from _both_fall_or_rise(steps, run)
    yield from _over_fitting(steps, run)
    if steps[["training_accuracy_pct", "validation_accuracy_pct"]].notna().any(axis=None):  # a classification
        yield from _nothing_learnt(steps, run)
    yield from _spikes(steps, run)
    yield from _rate_changes(steps, run)
    both = steps.dropna(subset=["training_accuracy_pct", "validation_accuracy_pct"])
    signs = np.sign(both["validation_accuracy_pct"] - both["training_accuracy_pct"])
    if (signs != 0).sum() >= 10 and signs.sum() > 3.1 * (signs != 0).sum() ** 0.5:  # a sign test, at 0.001
        words = f"the validation accuracy is above the training accuracy in {(signs > 0).sum()} of {len(both)} rows, "
        words += "more often than by chance, as with dropout, augmentation or easier validation images."
        yield make_finding("better-on-validation", both["iteration"], words, run)
    rows = steps.dropna(subset=["training_rmse", "training_loss"])
    rmse, digits = rows["training_rmse"], rows["training_rmse_digits"]
    rounding = rmse / 10**digits + 1 / 10 ** rows["training_loss_digits"]
    if len(rows) and ((rows["training_loss"] - rmse**2 / 2).abs() <= 0.51 * rounding).all():
        words = "in every row the loss is half the square of the RMSE, so this is a regression."
        yield make_finding("half-square", rows["iteration"], words, run)


def _both_fall_or_rise(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """From row to row, the validation loss and the validation accuracy both fall, or both rise."""
    checked: list[Any] = list(steps.dropna(subset=_CHECKED).itertuples())
    for kind, verb, sign in (("falling-together", "fall", -1), ("rising-together", "rise", 1)):
        pairs, shown = [], []
        for a, b in pairwise(checked):
            if all(sign * (getattr(b, column) - getattr(a, column)) > 0 for column in _CHECKED):
                pairs += [a.iteration, b.iteration]
                loss, accuracy = (f"{number_text(a, name)} to {number_text(b, name)}" for name in _CHECKED)
                shown.append(f"{a.iteration} to {b.iteration} (loss {loss}, accuracy {accuracy} %)")
        if pairs:
            words = f"validation loss and validation accuracy both {verb} from iteration {join_words(shown)}."
            yield make_finding(kind, pairs, words, run)


def _over_fitting(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """After its minimum the validation loss rises by a tenth, in at least four rows, while the training loss falls."""
    checked = steps[np.isfinite(steps[["training_loss", "validation_loss"]]).all(axis=1)]
    if len(checked) < 5:
        return
    low, last = checked.iloc[checked["validation_loss"].argmin()], checked.iloc[-1]
    later = checked.loc[checked["iteration"] > low["iteration"], "training_loss"]
    falls = len(later) > 3 and max(later.median(), last["training_loss"]) < low["training_loss"]
    if falls and last["validation_loss"] > 1.1 * low["validation_loss"]:
        words = f"the validation loss is lowest at iteration {low['iteration']:.0f} "
        words += (
            f"({number_text(low, 'validation_loss')}) and rises to {number_text(last, 'validation_loss')} at "
        )
        words += f"iteration {last['iteration']:.0f}. The training loss falls from {number_text(low, 'training_loss')} "
        words += f"to {number_text(last, 'training_loss')}, so this is over-fitting."
        yield make_finding("over-fitting", [low["iteration"], last["iteration"]], words, run)


def _nothing_learnt(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """The loss stays at ln K, that of even guesses among K classes, or every row has the same validation accuracy."""
    losses = steps["training_loss"].fillna(np.inf)
    classes = int(np.exp(np.clip(losses.mean(), 0, 5)).round())
    share = steps["training_accuracy_pct"].mean() * classes
    if len(losses) > 3 and classes > 1 and (losses - log(classes)).abs().max() < 0.05 and 50 < share < 200:
        words = f"the training loss stays between {losses.min():.4f} and {losses.max():.4f}. With {classes} classes, "
        words += f"even guesses have the loss ln {classes} = {log(classes):.4f}. If there are {classes} classes, the "
        words += "network has learnt nothing."
        yield make_finding("even-guesses", steps["iteration"], words, run)
    checked = steps.dropna(subset=_CHECKED)
    losses, shares = (checked[column] for column in _CHECKED)
    if len(checked) > 3 and losses.nunique() > 1 == shares.nunique() and shares.iloc[0] <= 60:
        constant = number_text(checked.iloc[0], "validation_accuracy_pct")
        words = f"the validation accuracy is {constant} % in all {len(checked)} rows, "
        words += "although the loss changes, as if every image were assigned to the same class."
        yield make_finding("one-class", checked["iteration"], words, run)


def _spikes(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """A training loss above the first one, and at least ten times as large as in the rows before and after it."""
    losses = steps["training_loss"].to_numpy()
    for i in range(1, len(losses) - 1):
        times = losses[i] / max(losses[i - 1], losses[i + 1], 1e-9)
        if losses[i] > losses[0] and 10 <= times < np.inf:
            row, unit = steps.iloc[i], 10 ** int(np.log10(times))
            words = f"at iteration {row['iteration']:.0f} the training loss is {number_text(row, 'training_loss')}, at "
            words += f"least {int(times // unit) * unit:,} times as large as in the rows before and after it."
            yield make_finding("spike", steps["iteration"].iloc[[i - 1, i, i + 1]], words, run)


def _rate_changes(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """Where the learning rate changes; of more than three changes, the first and the last value."""
    known: list[Any] = list(steps.dropna(subset="learning_rate").itertuples())
    pairs = [(a, b) for a, b in pairwise(known) if a.learning_rate != b.learning_rate]
    pairs = pairs if len(pairs) <= 3 else [(known[0], known[-1])]
    shown = []
    for a, b in pairs:
        change = f"{'falls' if b.learning_rate < a.learning_rate else 'rises'} from {a.learning_rate:g} to "
        place = f"between iterations {a.iteration} and {b.iteration}"
        place += f" (epochs {a.epoch} and {b.epoch})" * (b.epoch > a.epoch)
        shown.append(f"{change}{b.learning_rate:g} {place}")
    if shown:
        found = [row.iteration for pair in pairs for row in pair]
        yield make_finding("rate-change", found, f"the learning rate {join_words(shown)}.", run)
