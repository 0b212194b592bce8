"""What the numbers of progress tables reveal by arithmetic alone, about one run or about several, in sentences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.record import Row, TrainingRecord
from labutils.report.tables import place

_COLUMNS = list(Row._fields)
_MAX_ITERATION = 10**9
_SIZES = {"training": np.arange(1, 1025), "validation": np.r_[1:10_001, 10_500:100_001:500]}  # that are tried
# The kinds of findings, the most important first.
_ORDER = ["batch-size", "images", "reshuffled", "error-sum", "printed-errors", "falling-together", "nan"]
_ORDER += ["constant-class", "validation-size", "iterations-per-epoch"]


@dataclass(frozen=True)
class Finding:
    """One thing that the numbers reveal, as a sentence."""

    kind: str  # what it is about, such as "batch-size"
    rows: tuple[int, ...]  # the iterations that it is based on, each once
    sentence: str
    runs: tuple[str, ...] = ()  # their names, from `audit_runs` only
    numbers: tuple[float, ...] = ()  # what was found, such as the size


def audit(table: pd.DataFrame | TrainingRecord) -> list[Finding]:
    """What one progress table reveals about its run, such as the size of a mini-batch. The most important comes first.

    table: a `TrainingRecord`, or a DataFrame with the columns epoch, iteration and training_loss. The columns
    training_accuracy_pct, validation_accuracy_pct (both in percent) and validation_loss may be missing. Any accuracy or
    loss may be NaN. Raises TypeError or ValueError that names the column or the row that is wrong.
    """
    rows = _read_rows(table)
    findings, validation, per_epoch = _find_sizes(rows)
    findings += _within_run(rows, validation, per_epoch)
    return sorted(findings, key=lambda one: _ORDER.index(one.kind))


def audit_runs(tables: Mapping[str, pd.DataFrame | TrainingRecord], runs: pd.DataFrame) -> list[Finding]:
    """What several progress tables reveal together, and next to the printed errors. The most important comes first.

    tables: by run, each as for `audit`; runs: as `report.load_runs` returns them. For the report's ten runs, the first
    five findings are the ones that matter. Raises TypeError or ValueError that names what is wrong.
    """
    arguments.data_frame(("validation_error_pct",), runs=runs)
    arguments.numbers("runs['validation_error_pct']", runs["validation_error_pct"], "R")
    arguments.expect(runs.index.is_unique, "runs", "each run once in the index", list(runs.index))
    arguments.instance(Mapping, tables=tables)
    arguments.expect(tables, "tables", "at least one table", tables)
    for run in tables:
        arguments.one_of("tables", run, list(runs.index))
    rows = {run: _read_rows(tables[run], f"tables[{run!r}]") for run in runs.index if run in tables}
    joint, validation, per_epoch = _find_sizes(pd.concat(rows.values(), ignore_index=True))
    findings = [replace(one, runs=tuple(rows)) for one in joint]
    for run in rows:
        findings += _within_run(rows[run], validation, per_epoch, run)
        findings += _compare_run(run, rows, runs["validation_error_pct"][run])
    findings += _compare_errors(runs.loc[list(rows)], validation)
    return sorted(findings, key=lambda one: _ORDER.index(one.kind))


def _read_rows(table: pd.DataFrame | TrainingRecord, name: str = "table") -> pd.DataFrame:
    """The rows of one run as numbers. "lost" is True where no loss is finite. The last two columns are the number of
    decimals of each accuracy, 2 to 4, or 5 if it is exact. `name` is the argument that an error names."""
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
    """A list in words, with at most ten entries: "a, b and c"."""
    texts = [str(item) for item in items]
    if len(texts) > 10:
        texts = [*texts[:8], f"{len(texts) - 8} more"]
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _find_sizes(rows: pd.DataFrame) -> tuple[list[Finding], int | None, int | None]:
    """Findings on sizes; the number of validation images and that of iterations per epoch, None if it is not known."""
    findings, batch = _size(rows, "training", "mini-batch")
    more, validation = _size(rows, "validation", "validation set")
    epochs, per_epoch = _iterations_per_epoch(rows)
    findings += more + epochs
    if batch and per_epoch:
        low, high = per_epoch * batch, (per_epoch + 1) * batch - 1
        sentence = f"If an epoch has {per_epoch} mini-batches of {batch} images, without an incomplete one, "
        sentence += f"there are {low:,} to {high:,} training images."
        if validation:
            sentence += f" With {validation:,} validation images, which fits every validation accuracy, "
            sentence += f"there are {low + validation:,} to {high + validation:,} images in all."
        findings.append(Finding("images", iterations(rows), sentence, numbers=(low, high)))
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
    kind, words = "validation-size", "Any multiple of it would print the same numbers."
    if data == "training":
        larger = join_words(
            [*(f"{other:,}" for other in sizes if other > size), "some larger numbers of"], "or"
        )
        kind, words = "batch-size", f"Mini-batches of {larger} images would also fit."
    words = f"the {'smallest' if size == sizes[0] else 'most likely'} {name} that fits. {words}"
    words = f"Every {data} accuracy is a whole number of images out of {size:,}, {words}"
    return [Finding(kind, iterations(rows), words, numbers=(size,))], size


def _iterations_per_epoch(rows: pd.DataFrame) -> tuple[list[Finding], int | None]:
    """The numbers m for which epoch = ceil(iteration / m) in all rows, as a finding, and m if there is only one."""
    rows = rows[rows["iteration"] > 0]  # the others are before the first step
    epoch, iteration = rows["epoch"].to_numpy(), rows["iteration"].to_numpy()
    if rows.empty or epoch.min() == 0:
        return [], None
    least = int((-(-iteration // epoch)).max())
    most = int(np.where(epoch > 1, (iteration - 1) // np.maximum(epoch - 1, 1), _MAX_ITERATION).min())
    if least > most:  # such as epoch 3 at iteration 4
        return [], None
    values = f"{least}" if least == most else f"{least} {'or' if most == least + 1 else 'to'} {most}"
    values = f"at least {least}" if most == _MAX_ITERATION else values
    sentence = f"According to the epoch column, an epoch has {values} iterations"
    per_epoch, rest = divmod(int(iteration[-1]), int(epoch[-1]))
    if rows.tail(2).duplicated().any() and rest == 0 and least <= per_epoch <= most:
        least = most = per_epoch
        sentence += f". It has {per_epoch} if the repeated last row is the end of epoch {epoch[-1]}"
    finding = Finding("iterations-per-epoch", iterations(rows), f"{sentence}.", numbers=(least, most))
    return [finding], least if least == most else None


def _within_run(
    rows: pd.DataFrame, validation: int | None, per_epoch: int | None, run: str = ""
) -> Iterator[Finding]:
    """Iterations without a finite loss, what the accuracies show there, and steps in which loss and accuracy fall."""
    steps = rows.groupby("iteration").tail(1).sort_values("iteration")
    values = steps[["iteration", "validation_loss", "validation_accuracy_pct"]].dropna().to_numpy(float)
    if falling := [(a, b) for a, b in pairwise(values) if (b < a)[1:].all()]:
        words = "{:.0f} to {:.0f} (loss {:.2f} to {:.2f}, accuracy {:.2f} to {:.2f} %)"
        shown = join_words(words.format(*np.stack(pair, axis=1).ravel()) for pair in falling)
        found = tuple(sorted({int(row[0]) for pair in falling for row in pair}))
        words = f"validation loss and validation accuracy both fall from iteration {shown}."
        yield _finding("falling-together", found, words, run)
    lost = steps[steps["lost"]]
    if no_loss := iterations(lost):
        words = f"no loss is a finite number at {iteration_words(no_loss)}, so the run has diverged."
        yield _finding("nan", no_loss, words, run)
    shares = lost["validation_accuracy_pct"].dropna()
    if len(shares) < 2 or shares.nunique() > 1:
        return
    share = float(shares.iloc[0])
    words = f"the validation accuracy is {share:.2f} % wherever no loss is a finite number, so every image is assigned "
    words += "to the same class"
    if validation:
        words += f". This class has {share * validation / 100:.0f} of the {validation:,} validation images"
    yield _finding("constant-class", no_loss, f"{words}.", run)
    accuracies = lost[["iteration", "training_accuracy_pct"]].dropna()
    if per_epoch is None:
        return
    places = accuracies.groupby(accuracies["iteration"] % per_epoch, sort=False)
    pairs = [pair for _, place in places for pair in pairwise(place.itertuples(index=False))]
    if differ := [(a, b) for a, b in pairs if a[1] != b[1]]:
        shown = join_words(f"iterations {a[0]} and {b[0]} ({a[1]:.2f} and {b[1]:.2f} %)" for a, b in differ)
        found = tuple(sorted({row[0] for pair in differ for row in pair}))
        words = f"the training accuracy differs between {shown}, at the same places in different epochs. "
        words += "Every image is assigned to the same class there, so these mini-batches hold different images. The "
        words += f"order differs between epochs {join_words(dict.fromkeys(-(-row // per_epoch) for row in found))}."
        yield _finding("reshuffled", found, words, run)


def _compare_run(run: str, tables: Mapping[str, pd.DataFrame], error: float) -> Iterator[Finding]:
    """The last accuracy next to the printed error, and a table that continues after NaN."""
    steps = tables[run].sort_values("iteration", kind="stable")
    no_loss, end = iterations(steps[steps["lost"]]), int(steps["iteration"].max())
    others = [table["iteration"].max() for name, table in tables.items() if name != run]
    ending = ""
    if no_loss and others and end >= np.median(others):
        ending = f"No loss is a number from iteration {no_loss[0]} on, but the table continues to {end}."
    validated = steps.dropna(subset="validation_accuracy_pct").tail(1)
    last = validated["validation_accuracy_pct"].sum()
    if len(validated) and 0.0101 <= abs(last + error - 100) < np.inf:
        words = f"the last validation accuracy is {last:.2f} % and the printed error is {error:.2f} %, "
        words += f"together {last + error:.2f} % instead of 100 %. {ending}"
        yield _finding("error-sum", iterations(validated), words.rstrip(), run)


def _compare_errors(runs: pd.DataFrame, validation: int | None) -> Iterator[Finding]:
    """The two printed errors that are closest, and an error that is higher than at both neighbouring rates."""
    errors = runs["validation_error_pct"].dropna().sort_values()
    if len(errors) < 2:
        return
    gaps = np.diff(errors)
    a, b = errors.index[gaps.argmin() : gaps.argmin() + 2]
    words = f"the printed errors {place(a)} and {place(b)} differ by {gaps.min():.2f} points"
    if validation:
        images = round(gaps.min() * validation / 100)
        words += f", which is {images} image{'s' * (images != 1)} of {validation:,}"
    if "question" in runs:  # its runs are in the order of the rate or of the size
        groups = runs.groupby("question")["validation_error_pct"]
        for run, before, after in zip(runs.index, groups.shift(1), groups.shift(-1), strict=True):
            if before < errors.get(run, np.nan) > after:
                words += f". The error {place(run)} ({errors[run]:.2f} %) is higher than at the next lower "
                words += f"value ({before:.2f} %) and at the next higher value ({after:.2f} %)"
    yield replace(_finding("printed-errors", (), f"{words}."), runs=(a, b))


def _finding(kind: str, rows: tuple[int, ...], words: str, run: str = "") -> Finding:
    """A finding on one run. The sentence names the run, if it has a name."""
    words = f"{place(run)}, {words}" if run else words
    return Finding(kind, rows, words[0].upper() + words[1:], (run,) if run else ())
