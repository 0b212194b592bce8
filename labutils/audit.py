"""The audit of a progress table: what its numbers give away, found by arithmetic alone, in sentences."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import exp, lgamma, log
from typing import Any

import numpy as np
import pandas as pd

from labutils import arguments
from labutils.training import Row, TrainingRecord

COLUMNS = Row._fields
REQUIRED = ("epoch", "iteration", "training_loss")
MAX_CHARACTERS, MAX_ROWS, MAX_COLUMNS, MAX_ITERATION = 1_000_000, 10_000, 100, 10**9
LARGEST_BATCH, LARGEST_VALIDATION = 1024, 10_000  # sizes that are tried
CHANCE = 0.05  # a size is named if fewer than this many would be expected to fit by chance
RULE = re.compile(r"[\s|=_+:-]*")


@dataclass(frozen=True)
class Finding:
    """What the numbers say. kind: one word or two, for programs; rows: the *iterations* it rests on, each once;
    sentence: for people; runs: the names of the runs, for `audit_runs` only."""

    kind: str
    rows: tuple[int, ...]
    sentence: str
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A progress table that was read. rows: the columns of `Row`; decimals: of its accuracies (%), as printed."""

    rows: pd.DataFrame
    decimals: int

    @property
    def steps(self) -> pd.DataFrame:
        """One row for each iteration, in their order."""
        return self.rows.drop_duplicates("iteration", keep="last").sort_values("iteration")

    @property
    def without_loss(self) -> pd.DataFrame:
        """The steps in which no loss is a number: the scores were NaN or infinite."""
        losses = self.steps[["training_loss", "validation_loss"]].to_numpy()
        return self.steps.loc[~np.isfinite(losses).any(axis=1) & (self.steps["iteration"] > 0)]


def audit(table: pd.DataFrame | TrainingRecord | str, classes: int = 10) -> list[Finding]:
    """What one table gives away: sizes, epochs, odd rows, shuffling.

    table: one run, as a DataFrame with the report's columns, as a record, or as text (CSV, MATLAB's, or our own
    printed table). classes: to judge the loss at iteration 1. Raises TypeError or ValueError, with the line.
    """
    arguments.whole_number("classes", classes, low=2)
    return audited(read_table(table), classes)


def audited(table: Table, classes: int) -> list[Finding]:
    """The findings of a table that was read."""
    findings, validation, per_epoch = sizes(table)
    findings += first_loss(table.steps, classes) + odd_rows(table)
    return findings + constant_class(table, validation, per_epoch) + rising_together(table.steps)


def audit_runs(
    tables: Mapping[str, pd.DataFrame | TrainingRecord | str],
    runs: pd.DataFrame,
    seed_spread: Mapping[str, float] | float | None = None,
) -> list[Finding]:
    """What several tables give away together, and beside what is printed of the runs; `audit` sees each alone.

    tables: by run; runs: as `report.load_runs` gives them. seed_spread: the standard deviation of the validation
    error over seeds (in points), for all runs or by run; a difference within two of its own is named.
    """
    read = read_tables(tables, runs)
    runs = runs.loc[list(read)]
    spread = seed_spreads(seed_spread, list(read))
    rows = pd.concat([table.rows for table in read.values()], ignore_index=True)
    joint, images, _ = sizes(Table(rows, min(table.decimals for table in read.values())))
    findings = [replace(finding, runs=tuple(read)) for finding in joint if finding.kind != "end-of-run"]
    errors = runs["validation_error_pct"].to_dict()
    for run, table in read.items():
        findings += error_sum(run, table, float(errors[run]))
        findings += zero_training_error(run, table) + ends_and_gaps(run, read)
    for question, group in runs.groupby("question", sort=False):
        findings += order(str(question), group) + small_differences(group, images, spread)
        findings += unlike(group.index.to_list(), read)
    return findings


# ---- What one table gives away


def sizes(table: Table) -> tuple[list[Finding], int | None, tuple[int, int] | None]:
    """Findings on batch, validation set and epoch; the number of validation images; the least and most iterations
    per epoch (None: not found)."""
    found, batch = quantised(table, "training", "batch", LARGEST_BATCH)
    more, validation = quantised(table, "validation", "validation set", LARGEST_VALIDATION)
    epochs, per_epoch = iterations_per_epoch(table.rows)
    found += more + epochs
    if batch and per_epoch and per_epoch[0] == per_epoch[1]:
        low, high = per_epoch[0] * batch, (per_epoch[0] + 1) * batch - 1
        sentence = f"{per_epoch[0]} batches of {batch}, an incomplete one left out: {low:,} to {high:,} training images"
        if validation:
            sentence += (
                f"; with {validation:,} validation images {low + validation:,} to {high + validation:,}"
            )
        found.append(Finding("images", iterations(table.rows), sentence + "."))
    return found, validation, per_epoch


def quantised(table: Table, what: str, name: str, largest: int) -> tuple[list[Finding], int | None]:
    """The smallest size n of which every accuracy is k / n within rounding; or of which nearly every one is.

    Of the sizes up to n, n (n q)^v / (v + 1) are expected to fit v accuracies by chance, q the width of the rounding
    as a share. What is as likely as that is not reported, and accuracies of 0 and 100 % alone tell nothing. A size
    that all but a tenth of the rows fit is believed before one that fits all if it is 1,000 times less likely.
    """
    rows = table.rows[table.rows[f"{what}_accuracy_pct"].between(0, 100, inclusive="neither")]
    values = rows[f"{what}_accuracy_pct"].unique()
    tolerance = 0.5 * 10.0**-table.decimals + 1e-5
    n = np.arange(1, largest + 1)
    parts = np.array_split(n, 100)
    misfits = np.concatenate([(~fits(values, part[:, None], tolerance)).sum(axis=1) for part in parts])

    def expected(size: int) -> float:
        """The logarithm of how many sizes would fit as many accuracies by chance."""
        odd = int(misfits[size - 1])
        fit = len(values) - odd
        ways = lgamma(len(values) + 1) - lgamma(odd + 1) - lgamma(fit + 1)
        return ways + log(size / (fit + 1)) + fit * log(min(1, size * tolerance / 50))

    candidates = n[misfits <= max(len(values) // 10, len(values) >= 4)].tolist()
    exact = n[misfits == 0].tolist()
    if not len(values) or not candidates:
        return [], None
    size = min(candidates, key=expected)
    if exact and expected(exact[0]) < expected(size) + log(1000):
        size = exact[0]
    if expected(size) > log(CHANCE):
        return [], None
    if size not in exact:
        odd = rows[~fits(rows[f"{what}_accuracy_pct"].to_numpy(), np.array(size), tolerance)]
        numbers = listed(f"{value:.2f} %" for value in odd[f"{what}_accuracy_pct"])
        sentence = f"A {name} of {size:,} fits every {what} accuracy but {numbers} at {at(odd)}."
        return [Finding(f"{name.split()[0]}-misfit", iterations(odd), sentence)], None
    others = listed([f"{other:,}" for other in exact if other > size], "or") or "larger than tried"
    others = "any multiple of it, which would print the same" if what == "validation" else others
    sentence = f"Every {what} accuracy is a whole number of images out of {size:,}: a {name} of {size:,}, or {others}."
    return [Finding(f"{name.split()[0]}-size", iterations(rows), sentence)], size


def fits(values: np.ndarray, size: np.ndarray, tolerance: float) -> np.ndarray:
    """Which of the values (%) are a whole number of `size` images, within the tolerance: (N,), (S, 1) -> (S, N)."""
    return np.abs(values - 100 * np.rint(values * size / 100) / size) <= tolerance


def iterations_per_epoch(rows: pd.DataFrame) -> tuple[list[Finding], tuple[int, int] | None]:
    """Every m for which epoch = ceil(iteration / m) in all rows, or in most; and which rows do not fit."""
    rows = rows[(rows["iteration"] > 0) | (rows["epoch"] > 0)]  # a row before the first step tells nothing
    epoch, iteration = rows["epoch"].to_numpy(int), rows["iteration"].to_numpy(int)
    low = -(-iteration // np.maximum(epoch, 1))
    high = np.where(epoch > 1, (iteration - 1) // np.maximum(epoch - 1, 1), MAX_ITERATION)
    possible = (epoch > 0) & (iteration >= epoch) & (low <= high)  # epoch 3 at iteration 4: for no number
    if not possible.any():
        return [], None
    lows = np.sort(low[possible])
    count = np.searchsorted(lows, lows, "right") - np.searchsorted(np.sort(high[possible]), lows, "left")
    least = int(lows[np.argmax(count)])
    fit = possible & (low <= least) & (least <= high)
    most = int(high[fit].min())
    values = f"{least}" if least == most else f"{least} {'or' if most == least + 1 else 'to'} {most}"
    values = f"at least {least}" if most == MAX_ITERATION else values
    findings = [
        Finding(
            "iterations-per-epoch",
            iterations(rows[fit]),
            f"By the epoch column an epoch has {values} iterations.",
        )
    ]
    if not fit.all():
        odd = rows[~fit]
        numbers = listed([f"epoch {row.epoch} at iteration {row.iteration}" for row in odd.itertuples()])
        sentence = (
            f"No number of iterations per epoch fits every row: with {values} the odd ones are {numbers}."
        )
        findings.append(Finding("epoch-misfit", iterations(odd), sentence))
    last = rows.iloc[-1]
    per_epoch, rest = divmod(int(last["iteration"]), max(int(last["epoch"]), 1))
    if len(rows) > 1 and same(rows.iloc[-2:]) and rest == 0 and least <= per_epoch <= most:
        sentence = (
            f"The row of iteration {last['iteration']:.0f} is printed again at the end, so the run ended there; "
            f"if that is the end of epoch {last['epoch']:.0f}, an epoch has {per_epoch} iterations."
        )
        findings.append(Finding("end-of-run", (int(last["iteration"]),), sentence))
        least = most = per_epoch
    return findings, (least, most)


def first_loss(steps: pd.DataFrame, classes: int) -> list[Finding]:
    """The loss at iteration 1 beside ln K, the loss of even guesses among K classes."""
    loss = steps.loc[steps["iteration"] == 1, "training_loss"]
    if loss.empty or not np.isfinite(loss.iloc[0]):
        return []
    value, even = float(loss.iloc[0]), log(classes)
    far = (
        "as it should at the start"
        if abs(value - even) < 0.1 * even
        else "so the first scores are not even guesses"
    )
    if value < 0.9 * even:
        far += f" among {classes} classes (among {exp(value):.1f} they would be)"
    sentence = (
        f"At iteration 1 the loss is {value:.4f}, ln {classes} is {even:.4f}: {value - even:+.4f}, {far}."
    )
    return [Finding("first-loss", (1,), sentence)]


def odd_rows(table: Table) -> list[Finding]:
    """Iterations that stand more than once, rows whose losses are NaN, and single numbers that are not there."""
    findings, rows = [], table.rows
    again = rows[rows["iteration"].duplicated(keep=False)]
    equal = {int(str(iteration)): same(group) for iteration, group in again.groupby("iteration")}
    for kind, wanted, how in (
        ("repeated", True, "with the same numbers"),
        ("conflict", False, "with other numbers"),
    ):
        if found := tuple(iteration for iteration, is_same in equal.items() if is_same is wanted):
            findings.append(Finding(kind, found, f"{at(found).capitalize()} stands more than once, {how}."))
    no_loss = table.without_loss
    if len(no_loss):
        sentence = f"No loss is a number at {at(no_loss)}: the run has diverged."
        findings.append(Finding("nan", iterations(no_loss), sentence))
    rest = table.steps[~table.steps["iteration"].isin([0, *no_loss["iteration"]])]  # 0: untrained
    validated = rest[["validation_accuracy_pct", "validation_loss"]].notna().any(axis=1)
    for column in COLUMNS[2:]:
        gaps = rest[rest[column].isna() & (validated | column.startswith("training"))]
        if len(gaps) and rest[column].notna().any():
            sentence = (
                f"{words(column).capitalize()} is not given at {at(gaps)}, though the row stands there."
            )
            findings.append(Finding("missing-number", iterations(gaps), sentence))
    return findings


def constant_class(table: Table, validation: int | None, per_epoch: tuple[int, int] | None) -> list[Finding]:
    """Scores that are NaN give every image one class: accuracies are then the share of a class, nothing else."""
    rows = table.without_loss
    shares = rows["validation_accuracy_pct"].dropna()
    if len(shares) < 2 or shares.nunique() > 1:
        return []
    share = float(shares.iloc[0])
    sentence = f"While no loss is a number, validation accuracy stays at {share:.2f} %: every image is given one class"
    if validation:
        sentence += f", and {share * validation / 100:.0f} of {validation:,} images are of it"
    if share > 0 and abs(100 / share - round(100 / share)) < 1e-9 < share < 100:
        sentence += f", as with {100 / share:.0f} classes of equal size"
    findings = [Finding("constant-class", iterations(rows), sentence + ".")]
    accuracy = dict(zip(rows["iteration"].astype(int), rows["training_accuracy_pct"], strict=True))
    low, high = per_epoch or (1, 0)
    for length in range(low, min(high, low + 1000, max(accuracy)) + 1):
        places: dict[int, list[int]] = {}
        for iteration in accuracy:
            if np.isfinite(accuracy[iteration]):
                places.setdefault(iteration % length, []).append(iteration)
        pairs = [pair for place in places.values() for pair in pairwise(place)]
        differ = [pair for pair in pairs if accuracy[pair[0]] != accuracy[pair[1]]]
        if pairs:
            shown = [f"{a} and {b} ({accuracy[a]:.2f} and {accuracy[b]:.2f} %)" for a, b in differ or pairs]
            verdict = (
                "other images: reshuffled every epoch" if differ else "as if the images were not reshuffled"
            )
            sentence = (
                f"Iterations {listed(shown)} are the same places of epochs of {length}, with {verdict}."
            )
            kind = "reshuffled" if differ else "same-order"
            return [
                *findings,
                Finding(kind, tuple(sorted({i for pair in differ or pairs for i in pair})), sentence),
            ]
    return findings


def rising_together(steps: pd.DataFrame) -> list[Finding]:
    """Steps from one validation to the next in which loss and accuracy both rise."""
    rows = steps.dropna(subset=["validation_accuracy_pct", "validation_loss"])
    values = rows[["iteration", "validation_loss", "validation_accuracy_pct"]].to_numpy(float)
    pairs = [(a, b) for a, b in pairwise(values) if b[1] > a[1] and b[2] > a[2]]
    if not pairs:
        return []
    shown = [
        f"{a[0]:.0f} to {b[0]:.0f} (loss {a[1]:.2f} to {b[1]:.2f}, accuracy {a[2]:.2f} to {b[2]:.2f} %)"
        for a, b in pairs
    ]
    found = tuple(sorted({int(row[0]) for pair in pairs for row in pair}))
    sentence = f"Validation loss and accuracy rise together from {listed(shown)}."
    return [Finding("rising-together", found, sentence)]


# ---- What several tables give away


def error_sum(run: str, table: Table, error: float) -> list[Finding]:
    """The last validation accuracy and the printed validation error should make 100 %."""
    accuracy = table.steps["validation_accuracy_pct"].dropna()
    if accuracy.empty or not np.isfinite(error) or abs(accuracy.iloc[-1] + error - 100) < 0.0101:
        return []
    row = int(table.steps.loc[accuracy.index[-1], "iteration"])
    total = accuracy.iloc[-1] + error
    sentence = (
        f"{run}: the last validation accuracy is {accuracy.iloc[-1]:.2f} % and the printed error {error:.2f} %, "
        f"together {total:.2f} %, not 100 %"
    )
    if len(table.without_loss):
        sentence += ": two rules for what NaN scores predict"
    return [Finding("error-sum", (row,), sentence + ".", (run,))]


def zero_training_error(run: str, table: Table) -> list[Finding]:
    """The first row with a training error of 0 %, or the best one."""
    rows = table.steps.dropna(subset=["training_accuracy_pct"])
    if rows.empty:
        return []
    best = rows.iloc[int(rows["training_accuracy_pct"].to_numpy().argmax())]  # the first of the best
    accuracy = float(best["training_accuracy_pct"])
    place = f"at iteration {best['iteration']:.0f}, epoch {best['epoch']:.0f}"
    if accuracy == 100:
        kind, sentence = (
            "zero-training-error",
            f"{run}: the training error is 0 % for the first time {place}.",
        )
    else:
        kind = "never-zero"
        sentence = (
            f"{run}: the training error never reaches 0 %; the best accuracy is {accuracy:.2f} %, {place}."
        )
    return [Finding(kind, (int(best["iteration"]),), sentence, (run,))]


def ends_and_gaps(run: str, tables: Mapping[str, Table]) -> list[Finding]:
    """Where the run ends beside the others, and the rows that most others have and it has not."""
    others = [set(table.rows["iteration"]) for name, table in tables.items() if name != run]
    if not others:
        return []
    own, findings = set(tables[run].rows["iteration"]), []
    last, usual = max(own), int(np.median([max(other) for other in others]))
    no_loss = tables[run].without_loss["iteration"]
    if last < usual:
        sentence = f"{run}: the log ends at iteration {last}; the others run to {usual}."
        findings.append(Finding("ends-early", (last,), sentence, (run,)))
    elif len(no_loss):
        sentence = (
            f"{run}: no loss is a number from iteration {no_loss.min()} on, "
            f"yet the log runs to {last}, as the others do."
        )
        findings.append(Finding("reaches-its-end", (last,), sentence, (run,)))
    expected = {i for other in others for i in other if 2 * sum(i in rows for rows in others) > len(others)}
    if gaps := tuple(sorted(i for i in expected - own if i < last)):
        sentence = (
            f"{run}: {at(gaps)} {'is' if len(gaps) == 1 else 'are'} missing; the other logs have such rows."
        )
        findings.append(Finding("missing-rows", gaps, sentence, (run,)))
    return findings


def order(question: str, runs: pd.DataFrame) -> list[Finding]:
    """Steps of the rate or the size in which the error goes against "it falls to the best run, then rises"."""
    findings = []
    for column in ("learn_rate", "hidden_units"):
        errors = runs.dropna(subset=[column]).sort_values(column)["validation_error_pct"].dropna()
        if len(errors) < 3 or runs[column].nunique() < len(errors):
            continue
        best = int(errors.argmin())
        for i, (before, after) in enumerate(pairwise(errors)):
            if after > before if i < best else after < before:
                a, b = str(errors.index[i]), str(errors.index[i + 1])
                sentence = (
                    f"{question}: by {words(column)} the error should fall to its best, {errors.index[best]}, and rise "
                    f"after it, but from {a} to {b} it goes from {before:.2f} to {after:.2f} %."
                )
                findings.append(Finding("order", (), sentence, (a, b)))
    return findings


def small_differences(
    runs: pd.DataFrame, images: int | None, spread: Mapping[str, float] | None
) -> list[Finding]:
    """Pairs of runs whose errors differ by one image at most, or by no more than seeds do."""
    findings = []
    errors = runs["validation_error_pct"].dropna()
    for a, b in combinations(errors.index, 2):
        difference = abs(errors[a] - errors[b])
        pair = f"{a} and {b}, with errors of {errors[a]:.2f} and {errors[b]:.2f} %, differ by"
        if images and difference <= 100 / images + 1e-9:
            count = f"one image in {images:,}" if difference > 1e-9 else "nothing"
            findings.append(Finding("one-image", (), f"{pair} {count}.", (a, b)))
        if spread is not None:
            chance = 2 * float(np.hypot(spread[a], spread[b]))
            if difference <= chance:
                sentence = (
                    f"{pair} {difference:.2f} points: two seeds of one setting can differ by {chance:.2f}."
                )
                findings.append(Finding("seed-spread", (), sentence, (a, b)))
    return findings


def unlike(group: list[str], tables: Mapping[str, Table]) -> list[Finding]:
    """The run of a question that is further from each of the others than they are from one another.

    Distance: the mean absolute difference of validation accuracy (points) over the iterations both have. Its
    nearest runs elsewhere are named by that level, and by pace: the changes of accuracy from row to row.
    """
    curves = {
        run: table.steps.set_index("iteration")["validation_accuracy_pct"].dropna()
        for run, table in tables.items()
    }

    def level(a: str, b: str) -> float:
        return float((curves[a] - curves[b]).abs().mean())  # NaN if they share no iteration

    def pace(a: str, b: str) -> float:
        return float((curves[a] - curves[b]).diff().abs().mean())

    for run in group if len(group) > 2 else []:
        others = [other for other in group if other != run]
        gap = min(level(run, other) for other in others)
        if not gap > max(level(a, b) for a, b in combinations(others, 2)) + 1e-9:
            continue
        starts = [curves[other].iloc[0] for other in others]
        sentence = (
            f"{run} is unlike the others of its question: {gap:.1f} points or more from each (mean difference "
            f"of validation accuracy); it starts at {curves[run].iloc[0]:.1f} %, "
            f"they at {min(starts):.1f} to {max(starts):.1f} %."
        )
        names = [run]
        for how, distance in (("level", level), ("steps from row to row", pace)):
            elsewhere = {b: d for b in tables if b not in group and (d := distance(run, b)) >= 0}
            if elsewhere:
                nearest = min(elsewhere, key=elsewhere.__getitem__)
                names.append(nearest)
                sentence += (
                    f" In its {how} {nearest}, of another question, is nearest ({elsewhere[nearest]:.1f})."
                )
        return [Finding("unlike", (int(curves[run].index[0]),), sentence, tuple(names))]
    return []


# ---- Reading a table


def read_tables(tables: Any, runs: Any) -> dict[str, Table]:
    """The tables by run, in the order of `runs`; an error says in whose table it is."""
    if not isinstance(runs, pd.DataFrame):
        raise TypeError(f"runs: expected the DataFrame of report.load_runs(), got {arguments.describe(runs)}")
    for column in ("question", "learn_rate", "hidden_units", "validation_error_pct"):
        if column not in runs:
            raise ValueError(
                f"runs: expected a column {column!r}, got {arguments.describe(list(runs.columns))}"
            )
        if column != "question" and not pd.api.types.is_numeric_dtype(runs[column]):
            raise ValueError(f"runs: expected numbers in the column {column!r}")
    if not runs.index.is_unique:
        raise ValueError("runs: expected each run once in the index")
    if not isinstance(tables, Mapping):
        raise TypeError(f"tables: expected a mapping of runs to tables, got {arguments.describe(tables)}")
    if not tables:
        raise ValueError("tables: expected at least one table, got none")
    for run in tables:
        arguments.one_of("tables", run, list(runs.index))
    return {run: read_table(tables[run], f"tables[{run!r}]") for run in runs.index if run in tables}


def seed_spreads(spread: Any, runs: list[str]) -> dict[str, float] | None:
    """The standard deviation (points) of each run."""
    if spread is None:
        return None
    by_run = spread if isinstance(spread, Mapping) else dict.fromkeys(runs, spread)
    for run in runs:
        if run not in by_run:
            raise ValueError(f"seed_spread: expected a number for each run, got none for {run!r}")
        arguments.number("seed_spread", by_run[run])
    return dict(by_run)


def read_table(table: Any, name: str = "table") -> Table:
    """A table in any of the forms that `audit` takes."""
    if isinstance(table, str):
        return read_text(table, name)
    if isinstance(table, TrainingRecord):
        table = pd.DataFrame(table.history, columns=list(COLUMNS))
    if not isinstance(table, pd.DataFrame):
        expected = "a DataFrame with the report's columns, a TrainingRecord or the text of a progress table"
        raise TypeError(f"{name}: expected {expected}, got {arguments.describe(table)}")
    if missing := [column for column in REQUIRED if column not in table]:
        raise ValueError(
            f"{name}, line 1: expected a column {missing[0]!r}, got {arguments.describe(list(table.columns))}"
        )
    if not table.columns.is_unique:
        raise ValueError(f"{name}, line 1: expected each column once")
    if "run" in table and table["run"].nunique() > 1:
        raise ValueError(f"{name}: expected the rows of one run, got {table['run'].nunique()} runs")
    lines = [
        (number, {column: row[column] for column in COLUMNS if column in row})
        for number, row in enumerate(
            table.head(MAX_ROWS + 1).to_dict("records"), start=2
        )  # line 1 has the names
    ]
    rows = checked(lines, name)
    accuracies = rows[["training_accuracy_pct", "validation_accuracy_pct"]].to_numpy()
    exact = (d for d in range(2, 5) if not (np.abs(accuracies - np.round(accuracies, d)) > 1e-5).any())
    return Table(rows, next(exact, 5))


def read_text(text: str, name: str) -> Table:
    """A table in text: a line of column names, then rows; cells between | or commas, or under their names."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{name}: expected at most {MAX_CHARACTERS:,} characters, got {len(text):,}")
    lines = text.splitlines()
    heads = (i for i, line in enumerate(lines) if "epoch" in line.lower() and "iteration" in line.lower())
    head = next(heads, None)
    if head is None:
        first = next((i for i, line in enumerate(lines) if line.strip()), 0)
        got = repr(lines[first][:60]) if lines else "no text"
        hint = " (it reads from right to left)" if "hcope" in text.lower() else ""
        raise ValueError(
            f"{name}, line {first + 1}: expected column names with epoch and iteration, got {got}{hint}"
        )
    separator = next((mark for mark in "|,;\t" if mark in lines[head]), None)
    cells = split(lines[head], separator)
    spans, start = [(cell.start, cell.end) for cell in cells], head + 1
    labels = [cell.text for cell in cells]
    if len(labels) > MAX_COLUMNS:
        raise ValueError(
            f"{name}, line {head + 1}: expected at most {MAX_COLUMNS} columns, got {len(labels):,}"
        )
    while (
        start < len(lines)
        and not re.search(r"\d", lines[start])
        and (separator == "|" or RULE.fullmatch(lines[start]))
    ):
        under = split(lines[start], separator)  # the names go on below, or a rule is drawn
        if RULE.fullmatch(lines[start]):
            spans = [(cell.start, cell.end) for cell in under] if len(under) == len(spans) else spans
        elif len(under) == len(labels):
            labels = [f"{label} {cell.text}" for label, cell in zip(labels, under, strict=True)]
        start += 1
    columns = [column_of(label) for label in labels]
    for column in COLUMNS:
        if columns.count(column) > 1 or (column in REQUIRED and column not in columns):
            how = "twice" if column in columns else "nowhere"
            raise ValueError(
                f"{name}, line {head + 1}: expected one column for {words(column)}, got it {how}"
            )
    rows: list[tuple[int, dict[str, str]]] = []
    ended = False
    for number, line in enumerate(lines[start:], start=start + 1):
        if RULE.fullmatch(line):
            continue
        if line.strip()[0].isalpha() and (separator is None or separator not in line):
            ended = True  # "Training finished: ..."
            continue
        if ended or len(rows) == MAX_ROWS:
            limit = "the end of the table" if ended else f"at most {MAX_ROWS:,} rows"
            raise ValueError(f"{name}, line {number}: expected {limit}, got {line[:60]!r}")
        texts = row_cells(line, separator, spans, f"{name}, line {number}")
        rows.append((number, {c: text for c, text in zip(columns, texts, strict=True) if c}))
    percents = [str(row[c]).strip(" %") for _, row in rows for c in row if c.endswith("_pct") and row[c]]
    decimals = max(
        (len(re.split("[.,]", text)[-1]) for text in percents if re.search("[.,]", text)), default=0
    )
    five_digits = (
        separator is None and "%" not in text
    )  # 9.7656, 78.125, 100: two decimals hold for all of them
    return Table(checked(rows, name), 2 if five_digits else min(decimals, 5))


@dataclass(frozen=True)
class Cell:
    """A piece of a line and where it stands."""

    text: str
    start: int
    end: int


def split(line: str, separator: str | None) -> list[Cell]:
    """The cells of a line: between separators, or words that two spaces or more keep apart."""
    if separator is None:
        return [Cell(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+(?: \S+)*", line)]
    line = line.strip()
    line = line.removeprefix("|").removesuffix("|") if separator == "|" else line
    return [Cell(text.strip(), 0, 0) for text in line.split(separator)]


def row_cells(line: str, separator: str | None, spans: list[tuple[int, int]], where: str) -> list[str]:
    """The cells of a row, one for each column; without separators an empty one is known by its place."""
    if separator is not None:
        cells = [cell.text for cell in split(line, separator)]
    else:
        found = [Cell(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+(?: %)?", line)]
        cells = [cell.text for cell in found]
        if len(found) < len(spans):
            cells = [""] * len(spans)
            for cell in found:
                overlaps = [min(cell.end, end) - max(cell.start, start) for start, end in spans]
                column = int(np.argmax(overlaps))
                if overlaps[column] <= 0 or cells[column]:
                    raise ValueError(
                        f"{where}: expected each cell under a column's name, got {cell.text[:60]!r}"
                    )
                cells[column] = cell.text
    if len(cells) != len(spans):
        raise ValueError(f"{where}: expected {len(spans)} cells, got {len(cells)}")
    return cells


def column_of(label: str) -> str | None:
    """The column of `Row` that a name in a table stands for, if any."""
    label = label.lower()
    part = "validation" if "validation" in label else "training"
    for word, column in (
        ("iteration", "iteration"),
        ("epoch", "epoch"),
        ("acc", f"{part}_accuracy_pct"),
        ("loss", f"{part}_loss"),
    ):
        if word in label:
            return column
    return None


def checked(lines: Iterable[tuple[int, Mapping[str, Any]]], name: str) -> pd.DataFrame:
    """Rows of cells as numbers: the columns of `Row`. Raises ValueError with the line of a cell that is none."""
    rows = []
    for line, cells in lines:
        row: dict[str, float] = {}
        for column in COLUMNS:
            cell = cells.get(column)
            expected = words(column)
            try:
                text = str(cell).strip().removesuffix("%").replace(",", ".").strip()
                empty = cell is None or cell is pd.NA or text == ""
                row[column] = value = float("nan") if empty else float(text)
            except ValueError:
                raise ValueError(
                    f"{name}, line {line}: expected a number for {expected}, got {arguments.describe(cell)}"
                ) from None
            if column in ("epoch", "iteration"):
                wrong, span = not (0 <= value <= MAX_ITERATION and value == int(value)), "a whole number"
            else:
                wrong, span = (
                    column.endswith("_pct") and not (np.isnan(value) or 0 <= value <= 100),
                    "0 to 100 %",
                )
            if wrong:
                raise ValueError(
                    f"{name}, line {line}: expected {span} for {expected}, got {arguments.describe(cell)}"
                )
        rows.append(row)
    if not 0 < len(rows) <= MAX_ROWS:
        raise ValueError(f"{name}: expected 1 to {MAX_ROWS:,} rows, got {'none' if not rows else 'more'}")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"epoch": int, "iteration": int})


# ---- Words


def words(column: str) -> str:
    """A column's name in words."""
    return column.removesuffix("_pct").replace("_", " ")


def same(rows: pd.DataFrame) -> bool:
    """All these rows hold the same numbers; NaN counts as one."""
    return len(rows.drop_duplicates()) == 1


def iterations(rows: pd.DataFrame) -> tuple[int, ...]:
    """The iterations of these rows, each once."""
    return tuple(int(i) for i in rows["iteration"].unique())


def at(rows: pd.DataFrame | tuple[int, ...]) -> str:
    """The iterations in words."""
    found = rows if isinstance(rows, tuple) else iterations(rows)
    return f"iteration{'s' if len(found) > 1 else ''} {listed(found)}"


def listed(items: Iterable[Any], last: str = "and") -> str:
    """Things in a row, at most ten of them: a, b and c."""
    texts = [str(item) for item in items]
    if len(texts) > 10:
        texts = [*texts[:8], f"{len(texts) - 8} more"]
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
