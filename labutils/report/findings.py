"""What the numbers of progress tables, of one run or of several, reveal by arithmetic alone, in sentences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.record import Row, TrainingRecord

_COLUMNS = list(Row._fields)
_MAX_ITERATION = 10**9
_SIZES = {"training": np.arange(1, 1025), "validation": np.r_[1:10_001, 10_500:100_001:500]}  # that are tried


@dataclass(frozen=True)
class Finding:
    """One thing that the numbers reveal, as a sentence."""

    kind: str  # what it is about, such as "batch-size"
    rows: tuple[int, ...]  # the iterations that it is based on, each once
    sentence: str
    runs: tuple[str, ...] = ()  # their names, from `audit_runs` only


def audit(table: pd.DataFrame | TrainingRecord) -> list[Finding]:
    """What one progress table reveals about its run: sizes, epochs, divergence, shuffling.

    table: the rows of one run, as a record or as a DataFrame with the columns of `Row`. Errors name the wrong row.
    """
    rows = _read_rows(table)
    findings, validation, per_epoch = _find_sizes(rows)
    steps = rows.groupby("iteration").tail(1).sort_values("iteration")
    return [*findings, *_divergence(steps, validation, per_epoch), *_falling_together(steps)]


def audit_runs(tables: Mapping[str, pd.DataFrame | TrainingRecord], runs: pd.DataFrame) -> list[Finding]:
    """What several tables reveal together and beside the printed results; `audit` looks at each table alone.

    tables: by run; runs: as `report.load_runs` returns them. Raises TypeError or ValueError and names what is wrong.
    """
    arguments.data_frame(("validation_error_pct",), runs=runs)
    arguments.numbers("runs['validation_error_pct']", runs["validation_error_pct"], "R")
    arguments.expect(runs.index.is_unique, "runs", "each run once in the index", list(runs.index))
    arguments.instance(Mapping, tables=tables)
    arguments.expect(tables, "tables", "at least one table", tables)
    for run in tables:
        arguments.one_of("tables", run, list(runs.index))
    rows = {run: _read_rows(tables[run], f"tables[{run!r}]") for run in runs.index if run in tables}
    joint, _, _ = _find_sizes(pd.concat(rows.values(), ignore_index=True))
    findings = [replace(one, runs=tuple(rows)) for one in joint]
    steps = {run: table.groupby("iteration").tail(1).sort_values("iteration") for run, table in rows.items()}
    for run in steps:
        findings += _compare_run(run, steps, runs["validation_error_pct"][run])
    return findings


def _read_rows(table: pd.DataFrame | TrainingRecord, name: str = "table") -> pd.DataFrame:
    """The rows of one run as numbers, with "lost", whether no loss is finite, and the decimals each accuracy may have,
    2 to 4, or 5 if they are exact. `name` is the argument that an error names."""
    arguments.instance(TrainingRecord | pd.DataFrame, **{name: table})
    if isinstance(table, TrainingRecord):
        table = pd.DataFrame(table.history, columns=_COLUMNS)
    arguments.data_frame(("epoch", "iteration", "training_loss"), **{name: table})
    try:
        rows = table.reindex(columns=_COLUMNS).reset_index(drop=True).astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected numbers in {', '.join(_COLUMNS)}, each once ({error})") from error
    if "run" in table and table["run"].nunique() > 1:
        raise ValueError(f"{name}: expected the rows of one run, got {table['run'].nunique()} runs")
    for column in _COLUMNS[:4]:
        values, expected = rows[column], "a whole number"
        allowed = values.between(0, _MAX_ITERATION) & (values % 1 == 0)
        if column.endswith("_pct"):
            allowed, expected = values.isna() | values.between(0, 100), "0 to 100 %"
        if not allowed.all():
            row = int(allowed.argmin())
            raise ValueError(f"{name}, row {row}: expected {expected} for {column}, got {values[row]:g}")
    accuracies = rows[_COLUMNS[2:4]].to_numpy()
    decimals = np.full(accuracies.shape, 5)
    for count in (4, 3, 2):
        decimals[~(np.abs(accuracies - accuracies.round(count)) > 1e-5)] = count
    rows[["training_decimals", "validation_decimals"]] = 5 if (decimals == 5).any() else decimals
    no_loss = ~np.isfinite(rows[_COLUMNS[4:]].to_numpy()).any(axis=1)
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


def _find_sizes(rows: pd.DataFrame) -> tuple[list[Finding], int | None, int | None]:
    """Findings on sizes; the number of validation images and that of iterations per epoch, None if it is not known."""
    findings, batch = _size(rows, "training", "batch")
    more, validation = _size(rows, "validation", "validation set")
    epochs, per_epoch = _iterations_per_epoch(rows)
    findings += more + epochs
    if batch and per_epoch:
        low, high = per_epoch * batch, (per_epoch + 1) * batch - 1
        sentence = f"{per_epoch} batches of {batch}, an incomplete one left out: "
        sentence += f"{low:,} to {high:,} training images"
        if validation:
            low, high = low + validation, high + validation
            sentence += f"; with {validation:,} validation images {low:,} to {high:,}"
        findings.append(Finding("images", iterations(rows), sentence + "."))
    return findings, validation, per_epoch


def _size(rows: pd.DataFrame, data: str, name: str) -> tuple[list[Finding], int | None]:
    """The size n that is least likely by chance among those for which every accuracy is k / n within its rounding.
    If n fits a share q of all values, n q^v / (v + 1) sizes up to n would be expected to fit v values by chance."""
    column = f"{data}_accuracy_pct"
    rows = rows[rows[column].between(0, 100, inclusive="neither")]  # 0 and 100 % fit every size
    values = rows.drop_duplicates(column)[[column, f"{data}_decimals"]].to_numpy()
    misfits = np.zeros(len(_SIZES[data]), int)
    for value, decimals in values:
        nearest = 100 * np.rint(value * _SIZES[data] / 100) / _SIZES[data]
        misfits += np.abs(value - nearest) > 0.5 * 10.0**-decimals + 1e-5
    sizes = _SIZES[data][misfits == 0]
    tried = np.where(sizes % 100 == 0, sizes / 100, sizes)  # multiples of 100 are more likely sizes
    expected = np.log(tried / (len(values) + 1))
    for decimals, count in zip(*np.unique(values[:, 1], return_counts=True), strict=True):
        printed = 10 ** (int(decimals) + 2)  # values of 0 to 100 % with so many decimals
        common = np.gcd(sizes, 2 * printed)
        odd = 2 * printed // common % 2 == 1
        ties = np.where(odd, common / 2, 0)  # shares that can be rounded up or down
        expected += count * np.log(np.minimum(1, (sizes + ties) / printed))
    if min(expected, default=0) > log(1e-4):  # so many sizes would fit by chance
        return [], None
    size = int(sizes[expected.argmin()])
    almost = _SIZES[data][(misfits > 0) & (misfits <= len(values) // 10)]
    if (size % almost == 0).any():  # a part of it fits all accuracies but a few, which may be misprints
        return [], None
    others = "any multiple of it, which would print the same"
    if data == "training":
        others = join_words([f"{other:,}" for other in sizes if other > size], "or") or "larger"
        others += " (or more than the 1,024 that were tried)"
    sentence = f"Every {data} accuracy is a whole number of images out of {size:,}: a {name} of {size:,}, or {others}."
    return [Finding(f"{name.split()[0]}-size", iterations(rows), sentence)], size


def _iterations_per_epoch(rows: pd.DataFrame) -> tuple[list[Finding], int | None]:
    """Every m for which epoch = ceil(iteration / m) in all rows, as a finding; and m if there is only one."""
    rows = rows[rows["iteration"] > 0]  # a row before the first step tells nothing
    epoch, iteration = rows["epoch"].to_numpy(), rows["iteration"].to_numpy()
    if rows.empty or epoch.min() == 0:
        return [], None
    least = int((-(-iteration // epoch)).max())
    most = int(np.where(epoch > 1, (iteration - 1) // np.maximum(epoch - 1, 1), _MAX_ITERATION).min())
    if least > most:  # such as epoch 3 at iteration 4
        return [], None
    values = f"{least}" if least == most else f"{least} {'or' if most == least + 1 else 'to'} {most}"
    values = f"at least {least}" if most == _MAX_ITERATION else values
    sentence = f"By the epoch column an epoch has {values} iterations"
    per_epoch, rest = divmod(int(iteration[-1]), int(epoch[-1]))
    if rows.tail(2).duplicated().any() and rest == 0 and least <= per_epoch <= most:
        least = most = per_epoch
        sentence += f", and {per_epoch} if the last row, printed twice, is the end of epoch {epoch[-1]}"
    finding = Finding("iterations-per-epoch", iterations(rows), f"{sentence}.")
    return [finding], least if least == most else None


def _divergence(steps: pd.DataFrame, validation: int | None, per_epoch: int | None) -> Iterator[Finding]:
    """Iterations without a loss, the one class that NaN scores assign, and whether epochs differ in their order."""
    lost = steps[steps["lost"]]
    if no_loss := iterations(lost):
        words = f"No loss is a number at {iteration_words(no_loss)}: the run has diverged."
        yield Finding("nan", no_loss, words)
    shares = lost["validation_accuracy_pct"].dropna()
    if len(shares) < 2 or shares.nunique() > 1:
        return
    share = float(shares.iloc[0])
    sentence = f"While no loss is a number, validation accuracy stays at {share:.2f} %: every image is given one class"
    if validation:
        sentence += f", and {share * validation / 100:.0f} of {validation:,} images are of it"
    if share > 0 and abs(100 / share - round(100 / share)) < 1e-9 < share < 100:
        sentence += f", as with {100 / share:.0f} classes of equal size"
    yield Finding("constant-class", no_loss, sentence + ".")
    accuracies = lost[["iteration", "training_accuracy_pct"]].dropna()
    if per_epoch is None:
        return
    places = accuracies.groupby(accuracies["iteration"] % per_epoch, sort=False)
    pairs = [pair for _, place in places for pair in pairwise(place.itertuples(index=False))]
    if differ := [(a, b) for a, b in pairs if a[1] != b[1]]:
        shown = join_words(f"{a[0]} and {b[0]} ({a[1]:.2f} and {b[1]:.2f} %)" for a, b in differ)
        found = tuple(sorted({row[0] for pair in differ for row in pair}))
        words = f"the same places of epochs of {per_epoch}, with other images: reshuffled every epoch"
        yield Finding("reshuffled", found, f"Iterations {shown} are {words}.")


def _falling_together(steps: pd.DataFrame) -> Iterator[Finding]:
    """Steps from one validation to the next in which loss and accuracy both fall."""
    values = steps[["iteration", "validation_loss", "validation_accuracy_pct"]].dropna().to_numpy(float)
    words = "{:.0f} to {:.0f} (loss {:.2f} to {:.2f}, accuracy {:.2f} to {:.2f} %)"
    if pairs := [(a, b) for a, b in pairwise(values) if (b < a)[1:].all()]:
        shown = join_words(words.format(*np.stack(pair, axis=1).ravel()) for pair in pairs)
        found = tuple(sorted({int(row[0]) for pair in pairs for row in pair}))
        sentence = f"Validation loss and accuracy fall together from {shown}."
        yield Finding("falling-together", found, sentence)


def _compare_run(run: str, tables: Mapping[str, pd.DataFrame], error: float) -> Iterator[Finding]:
    """The last accuracy beside the printed error, the best training accuracy, and a log that goes on after NaN."""
    steps = tables[run]
    validated = steps.dropna(subset="validation_accuracy_pct").tail(1)
    last = validated["validation_accuracy_pct"].sum()
    if len(validated) and 0.0101 <= abs(last + error - 100) < np.inf:
        words = f"{run}: the last validation accuracy is {last:.2f} % and the printed error {error:.2f} %, "
        words += f"together {last + error:.2f} %, not 100 %"
        words += ": two rules for what NaN scores predict." if steps["lost"].any() else "."
        yield Finding("error-sum", iterations(validated), words, (run,))
    best = steps.dropna(subset="training_accuracy_pct").nlargest(1, "training_accuracy_pct")
    for iteration, epoch, accuracy in best[["iteration", "epoch", "training_accuracy_pct"]].to_numpy():
        kind, words = "zero-training-error", "is 0 % for the first time"
        if accuracy < 100:
            kind, words = "never-zero", f"never reaches 0 %; the best accuracy is {accuracy:.2f} %,"
        words = f"{run}: the training error {words} at iteration {iteration:.0f}, epoch {epoch:.0f}."
        yield Finding(kind, iterations(best), words, (run,))
    no_loss, last = iterations(steps[steps["lost"]]), int(steps["iteration"].max())
    others = [table["iteration"].max() for name, table in tables.items() if name != run]
    if no_loss and others and last >= np.median(others):
        words = f"{run}: no loss is a number from iteration {no_loss[0]} on, "
        words += f"yet the log runs to {last}, as the others do."
        yield Finding("reaches-its-end", (last,), words, (run,))
