"""Progress tables: reading the rows of a run, what a finding is, and the sizes that accuracies and epochs reveal."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaln

from labutils._internal import arguments
from labutils.record import Row, TrainingRecord

COLUMNS = list(Row._fields)
_MAX_ITERATION = 10**9
_SIZES = {"training": np.arange(1, 1025), "validation": np.r_[1:10_001, 10_500:100_001:500]}  # that are tried


class FindingKind(StrEnum):
    """What a finding is about. The last ten kinds compare several tables."""

    BATCH_SIZE = "batch-size"
    BATCH_MISFIT = "batch-misfit"
    VALIDATION_SIZE = "validation-size"
    VALIDATION_MISFIT = "validation-misfit"
    ITERATIONS_PER_EPOCH = "iterations-per-epoch"
    EPOCH_MISFIT = "epoch-misfit"
    IMAGES = "images"
    END_OF_RUN = "end-of-run"
    FIRST_LOSS = "first-loss"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    NAN = "nan"
    MISSING_NUMBER = "missing-number"
    CONSTANT_CLASS = "constant-class"
    RISING_TOGETHER = "rising-together"
    FALLING_TOGETHER = "falling-together"
    RESHUFFLED = "reshuffled"
    SAME_ORDER = "same-order"
    ERROR_SUM = "error-sum"
    MISSING_ROWS = "missing-rows"
    ZERO_TRAINING_ERROR = "zero-training-error"
    NEVER_ZERO = "never-zero"
    ENDS_EARLY = "ends-early"
    REACHES_ITS_END = "reaches-its-end"
    ORDER = "order"
    ONE_IMAGE = "one-image"
    UNLIKE = "unlike"


@dataclass(frozen=True)
class Finding:
    """One thing that the numbers reveal, as a sentence.

    rows: the iterations that it is based on, each once. runs: the names of the runs, given by `audit_runs` only.
    """

    kind: FindingKind
    rows: tuple[int, ...]
    sentence: str
    runs: tuple[str, ...] = ()


def read_rows(table: pd.DataFrame | TrainingRecord, name: str = "table") -> pd.DataFrame:
    """The rows of one run as numbers, NaN where the table has none; with "lost", whether no loss is finite, and the
    decimals each accuracy may have, 2 to 4, or 5 if they are exact. `name` is the argument that an error names."""
    arguments.instance(TrainingRecord | pd.DataFrame, **{name: table})
    if isinstance(table, TrainingRecord):
        table = pd.DataFrame(table.history, columns=COLUMNS)
    arguments.data_frame(("epoch", "iteration", "training_loss"), **{name: table})
    try:
        rows = table.reindex(columns=COLUMNS).reset_index(drop=True).astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected numbers in {', '.join(COLUMNS)}, each once ({error})") from error
    if "run" in table and table["run"].nunique() > 1:
        raise ValueError(f"{name}: expected the rows of one run, got {table['run'].nunique()} runs")
    for column in COLUMNS[:4]:
        values, expected = rows[column], "a whole number"
        allowed = values.between(0, _MAX_ITERATION) & (values % 1 == 0)
        if column.endswith("_pct"):
            allowed, expected = values.isna() | values.between(0, 100), "0 to 100 %"
        if not allowed.all():
            row = int(allowed.argmin())
            raise ValueError(f"{name}, row {row}: expected {expected} for {column}, got {values[row]:g}")
    accuracies = rows[COLUMNS[2:4]].to_numpy()
    decimals = np.full(accuracies.shape, 5)
    for count in (4, 3, 2):
        decimals[~(np.abs(accuracies - accuracies.round(count)) > 1e-5)] = count
    rows[["training_decimals", "validation_decimals"]] = 5 if (decimals == 5).any() else decimals
    no_loss = ~np.isfinite(rows[COLUMNS[4:]].to_numpy()).any(axis=1)
    rows["lost"] = no_loss & (rows["iteration"] > 0)  # iteration 0 is the untrained network
    return rows.astype({"epoch": int, "iteration": int})


def iterations(rows: pd.DataFrame) -> tuple[int, ...]:
    """The iterations of these rows, each once."""
    return tuple(rows["iteration"].unique().tolist())


def iteration_words(found: tuple[int, ...]) -> str:
    """Iterations in words: "iteration 50", "iterations 50 and 100"."""
    return f"iteration{'s' if len(found) > 1 else ''} {join_words(found)}"


def join_words(items: Iterable[Any], last: str = "and") -> str:
    """Things in a row, at most ten of them: "a, b and c"."""
    texts = [str(item) for item in items]
    if len(texts) > 10:
        texts = [*texts[:8], f"{len(texts) - 8} more"]
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def find_sizes(rows: pd.DataFrame) -> tuple[list[Finding], int | None, tuple[int, int] | None]:
    """Findings on batch, validation set and epoch; the number of validation images; and the lowest and highest
    number of iterations per epoch. A number that was not found is None."""
    findings, batch = _size(rows, "training", "batch")
    more, validation = _size(rows, "validation", "validation set")
    epochs, per_epoch = _iterations_per_epoch(rows)
    findings += more + epochs
    if batch and per_epoch and per_epoch[0] == per_epoch[1]:
        low, high = per_epoch[0] * batch, (per_epoch[0] + 1) * batch - 1
        sentence = f"{per_epoch[0]} batches of {batch}, an incomplete one left out: {low:,} to {high:,} training images"
        if validation:
            low, high = low + validation, high + validation
            sentence += f"; with {validation:,} validation images {low:,} to {high:,}"
        findings.append(Finding(FindingKind.IMAGES, iterations(rows), sentence + "."))
    return findings, validation, per_epoch


def _size(rows: pd.DataFrame, data: str, name: str) -> tuple[list[Finding], int | None]:
    """The size n that is least likely by chance among those for which every accuracy is k / n within its rounding. One
    that up to a tenth of the accuracies do not fit is preferred if it is 1,000 times less likely."""
    column = f"{data}_accuracy_pct"
    rows = rows[rows[column].between(0, 100, inclusive="neither")]  # 0 and 100 % fit every size
    if rows.empty:
        return [], None
    distinct, sizes = rows.drop_duplicates(column), _SIZES[data]
    values, decimals = distinct[column].to_numpy(), distinct[f"{data}_decimals"].to_numpy()
    parts = np.array_split(sizes, 1 + len(values) // 10)  # for less memory
    misfits, expected = np.hstack([_expected_by_chance(values, decimals, part) for part in parts])
    expected[misfits > max(len(values) // 10, len(values) >= 4)] = np.inf
    best, exact = int((expected - log(1000) * (misfits == 0)).argmin()), sizes[misfits == 0].tolist()
    if expected[best] > log(1e-4):  # so many sizes would fit by chance
        return [], None
    size = int(sizes[best])
    if size not in exact:
        odd = rows[rows[column].isin(values[~_fits(values, size, decimals)])]
        numbers, at = join_words(f"{value:.2f} %" for value in odd[column]), iteration_words(iterations(odd))
        sentence = f"A {name} of {size:,} fits every {data} accuracy but {numbers} at {at}."
        kind = FindingKind.BATCH_MISFIT if data == "training" else FindingKind.VALIDATION_MISFIT
        return [Finding(kind, iterations(odd), sentence)], None
    kind, others = FindingKind.VALIDATION_SIZE, "any multiple of it, which would print the same"
    if data == "training":
        kind = FindingKind.BATCH_SIZE
        others = join_words([f"{other:,}" for other in exact if other > size], "or") or "larger than tried"
    sentence = f"Every {data} accuracy is a whole number of images out of {size:,}: a {name} of {size:,}, or {others}."
    return [Finding(kind, iterations(rows), sentence)], size


def _expected_by_chance(values: np.ndarray, decimals: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """For each size the number of values (%) that do not fit it, and the logarithm of how many sizes would be expected
    to fit as many by chance: (2, S). If n fits a share q of all values, n q^v / (v + 1) sizes up to n fit v of them."""
    printed = 10 ** np.arange(4, 8)  # values from 0 to 100 % with 2, 3, 4 and 5 decimals
    common = np.gcd(sizes[:, None], 2 * printed)
    ties = np.where(2 * printed // common % 2 == 1, common / 2, 0)  # shares that can be rounded up or down
    chances = np.log(np.minimum(1, (sizes[:, None] + ties) / printed))[:, decimals - 2]
    fits = _fits(values, sizes[:, None], decimals)
    fit = fits.sum(axis=1)
    odd = len(values) - fit
    ways = gammaln(len(values) + 1) - gammaln(odd + 1) - gammaln(fit + 1)
    tried = np.where(sizes % 100 == 0, sizes / 100, sizes)  # multiples of 100 are more likely sizes
    return np.stack([odd, ways + np.log(tried / (fit + 1)) + (fits * chances).sum(axis=1)])


def _fits(values: np.ndarray, size: np.ndarray | int, decimals: np.ndarray) -> np.ndarray:
    """Which values (%) are a whole number of `size` images, but for their rounding: (N,), (S, 1) -> (S, N)."""
    return np.abs(values - 100 * np.rint(values * size / 100) / size) <= 0.5 * 10.0**-decimals + 1e-5


def _iterations_per_epoch(rows: pd.DataFrame) -> tuple[list[Finding], tuple[int, int] | None]:
    """Every m for which epoch = ceil(iteration / m) in all rows, or in most; and which rows do not fit."""
    rows = rows[(rows["iteration"] > 0) | (rows["epoch"] > 0)]  # a row before the first step tells nothing
    epoch, iteration = rows["epoch"].to_numpy(), rows["iteration"].to_numpy()
    low = -(-iteration // np.maximum(epoch, 1))
    high = np.where(epoch > 1, (iteration - 1) // np.maximum(epoch - 1, 1), _MAX_ITERATION)
    possible = (epoch > 0) & (iteration >= epoch) & (low <= high)  # epoch 3 at iteration 4: for no number
    if not possible.any():
        return [], None
    lows = np.sort(low[possible])
    count = np.searchsorted(lows, lows, "right") - np.searchsorted(np.sort(high[possible]), lows, "left")
    least = int(lows[count.argmax()])
    fit = possible & (low <= least) & (least <= high)
    most = int(high[fit].min())
    values = f"{least}" if least == most else f"{least} {'or' if most == least + 1 else 'to'} {most}"
    values = f"at least {least}" if most == _MAX_ITERATION else values
    sentence = f"By the epoch column an epoch has {values} iterations."
    findings = [Finding(FindingKind.ITERATIONS_PER_EPOCH, iterations(rows[fit]), sentence)]
    if not fit.all():
        odd = rows[~fit]
        where = join_words(f"epoch {row.epoch} at iteration {row.iteration}" for row in odd.itertuples())
        words = f"No number of iterations per epoch fits every row: with {values} the odd ones are {where}."
        findings.append(Finding(FindingKind.EPOCH_MISFIT, iterations(odd), words))
    per_epoch, rest = divmod(int(iteration[-1]), max(int(epoch[-1]), 1))
    if rows.tail(2).duplicated().any() and rest == 0 and least <= per_epoch <= most:
        words = f"The row of iteration {iteration[-1]} is printed again at the end, so the run ended "
        words += f"there; if that is the end of epoch {epoch[-1]}, an epoch has {per_epoch} iterations."
        findings.append(Finding(FindingKind.END_OF_RUN, (int(iteration[-1]),), words))
        least = most = per_epoch
    return findings, (least, most)
