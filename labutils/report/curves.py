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
    yield from _nothing_learnt(steps, run)
    yield from _spikes(steps, run)
    yield from _rate_changes(steps, run)
    both = steps.dropna(subset=["training_accuracy_pct", "validation_accuracy_pct"])
    signs = np.sign(both["validation_accuracy_pct"] - both["training_accuracy_pct"])
    count = (signs != 0).sum() * both[
        "epoch"
    ].any()  # a row that is an epoch shows its mean training accuracy
    if count >= 10 and signs.sum() > 3.1 * count**0.5:  # a sign test, at 0.001
        words = f"the validation accuracy is above the training accuracy in {(signs > 0).sum()} of {len(both)} rows, "
        words += "more often than by chance, as with dropout, augmentation or easier validation images."
        yield make_finding("better-on-validation", both["iteration"], words, run)
    rows = steps.dropna(subset=["training_rmse", "training_loss"])
    if len(rows) > 1 and np.allclose(rows["training_loss"], rows["training_rmse"] ** 2 / 2, rtol=1e-3):
        words = "in every row the loss is half the square of the RMSE, so this is a regression."
        yield make_finding("half-square", rows["iteration"], words, run)


def _trend(values: pd.Series) -> float:
    """By how many standard deviations of chance more pairs of values rise than fall (Mann, Econometrica 13, 1945)."""
    some = values.to_numpy()[:: 1 + len(values) // 200]
    n, rises = len(some), np.sign(some - some[:, None])[np.triu_indices(len(some), 1)].sum()
    return float(rises / max(1.0, n * (n - 1) * (2 * n + 5) / 18) ** 0.5)


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
    """After its minimum the validation loss rises by a tenth, beyond chance (at 0.01), and the training loss falls."""
    checked = steps[np.isfinite(steps[["training_loss", "validation_loss"]]).all(axis=1)]
    if checked.empty:
        return
    low, last = checked.iloc[checked["validation_loss"].argmin()], checked.iloc[-1]
    later = checked[checked["iteration"] > low["iteration"]]
    rises = later["validation_loss"].tail(3).median() > 1.1 * low["validation_loss"]
    falls = max(later["training_loss"].median(), last["training_loss"]) < low["training_loss"]
    if rises and falls and _trend(later["validation_loss"]) > 2.33:
        words = f"the validation loss is lowest at iteration {low['iteration']:.0f} "
        words += (
            f"({number_text(low, 'validation_loss')}) and rises to {number_text(last, 'validation_loss')} at "
        )
        words += f"iteration {last['iteration']:.0f}. The training loss falls from {number_text(low, 'training_loss')} "
        words += f"to {number_text(last, 'training_loss')}, so this is over-fitting."
        yield make_finding("over-fitting", [low["iteration"], last["iteration"]], words, run)


def _nothing_learnt(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """The loss stays at ln K, that of even guesses among K classes, or every row has the same validation accuracy."""
    losses, accuracies = steps["training_loss"].fillna(np.inf), steps["training_accuracy_pct"].dropna()
    classes = int(np.exp(np.clip(losses.mean(), 0, 5)).round())
    near = len(losses) > 3 and classes > 1 and (losses - log(classes)).abs().max() < 0.05
    learns = _trend(losses) < -2.33 or _trend(accuracies) > 2.33
    if near and not learns and 50 < accuracies.mean() * classes < 200:
        words = f"the training loss stays between {losses.min():.4f} and {losses.max():.4f}. With {classes} classes, "
        words += f"even guesses have the loss ln {classes} = {log(classes):.4f}. If there are {classes} classes, the "
        words += "network has learnt nothing."
        yield make_finding("even-guesses", steps["iteration"], words, run)
    checked = steps.dropna(subset=_CHECKED)
    losses, shares = (checked[column] for column in _CHECKED)
    if len(checked) > 3 and losses.nunique() > 1 == shares.nunique() and shares.iloc[0] <= 60:
        words = f"the validation accuracy is {shares.iloc[0]:.2f} % in all {len(checked)} rows, "
        words += "although the loss changes, as if every image were assigned to the same class."
        yield make_finding("one-class", checked["iteration"], words, run)


def _spikes(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """The highest training loss, if it is above the first one and ten times those of the rows before and after it."""
    losses = steps["training_loss"].where(np.isfinite(steps["training_loss"]), 0.0).to_numpy()
    i = int(losses.argmax())
    if 0 < i < len(losses) - 1 and losses[i] >= 10 * (beside := max(losses[i - 1], losses[i + 1])) > 0:
        high = f"{float(f'{losses[i] / beside:.1g}'):,.0f} times as large as in the rows before and after it"
        loss = f"the training loss is {number_text(steps.iloc[i], 'training_loss')}"
        words = f"at iteration {steps['iteration'].iloc[i]} {loss}, about {high}."
        yield make_finding("spike", steps["iteration"].iloc[[i - 1, i, i + 1]], words, run)


def _rate_changes(steps: pd.DataFrame, run: str) -> Iterator[Finding]:
    """Where the learning rate changes; of more than three changes, how many there are, and the range."""
    known: list[Any] = list(steps.dropna(subset="learning_rate").itertuples())
    pairs = [(a, b) for a, b in pairwise(known) if a.learning_rate != b.learning_rate]
    shown = []
    for a, b in pairs:
        change = f"{'falls' if b.learning_rate < a.learning_rate else 'rises'} from {a.learning_rate:g} to "
        place = f"between iterations {a.iteration} and {b.iteration}"
        place += f" (epochs {a.epoch} and {b.epoch})" * (b.epoch > a.epoch)
        shown.append(f"{change}{b.learning_rate:g} {place}")
    if len(pairs) > 3:
        ends = [f"{row.learning_rate:g} at iteration {row.iteration}" for row in (known[0], known[-1])]
        shown, pairs = [f"changes {len(pairs)} times, from {ends[0]} to {ends[1]}"], [(known[0], known[-1])]
    if shown:
        found = [row.iteration for pair in pairs for row in pair]
        yield make_finding("rate-change", found, f"the learning rate {join_words(shown)}.", run)
