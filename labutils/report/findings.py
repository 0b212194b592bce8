"""What the numbers of progress tables reveal by arithmetic alone, about one run or about several, in sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from math import log

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.record import Row, TrainingRecord
from labutils.report.curves import find_in_curves
from labutils.report.pasted import METRICS, read_tables
from labutils.report.sentences import Finding, join_words, make_finding

_COLUMNS = list(Row._fields)
_MAX_ITERATION = 10**9
_SIZES = {"training": np.arange(1, 513), "validation": np.r_[1:10_001, 10_500:100_001:500]}  # that are tried
# The kinds of findings, the most important first.
_ORDER = ["batch-size", "images", "reshuffled", "error-sum", "falling-together"]
_ORDER += ["over-fitting", "even-guesses", "one-class", "nan", "spike", "rising-together"]
_ORDER += ["better-on-validation", "constant-class", "validation-size", "iterations-per-epoch", "rate-change"]
_ORDER += ["half-square", "ending"]


def audit(table: str | pd.DataFrame | TrainingRecord) -> list[Finding]:
    """What one progress table reveals about its run, such as the size of a mini-batch. The most important comes first.

    table: a text that contains the table, from MATLAB, Keras, the report or this workbook, or as CSV; or a
    `TrainingRecord`; or a DataFrame with the columns epoch, iteration and training_loss. Its columns
    training_accuracy_pct, validation_accuracy_pct (both in percent) and validation_loss may be missing. Any accuracy or
    loss may be NaN. If a text contains several tables, each is judged alone, and `runs` of a finding is its number.
    Raises TypeError or ValueError that names the column, the row or the line that is wrong.
    """
    arguments.instance(str | pd.DataFrame | TrainingRecord, table=table)
    if not isinstance(table, str):
        return _audit_one(_read_rows(table))
    found = [_audit_one(_prepare(numbers), *how) for numbers, *how in read_tables(table)]
    if len(found) == 1:
        return found[0]
    named = [(f"table {i}", one) for i, findings in enumerate(found, start=1) for one in findings]
    return [replace(one, runs=(run,), sentence=f"{run.capitalize()}: {one.sentence}") for run, one in named]


def _audit_one(rows: pd.DataFrame, ending: str = "", counted: str = "iteration") -> list[Finding]:
    """The findings on one run. ending: what a text says about its end; counted: what the rows are numbered by."""
    findings, validation, per_epoch = _find_sizes(rows, ending)
    findings += _within_run(rows, validation, per_epoch)
    if ending:
        epoch, last = rows[["epoch", "iteration"]].iloc[-1]
        words = f"the run {ending}, according to the text next to the table. Its last row is iteration {last}"
        findings.append(make_finding("ending", [last], words + f", in epoch {epoch}" * (epoch > 0) + "."))
    findings = [replace(one, sentence=one.sentence.replace("iteration", counted)) for one in findings]
    return sorted(findings, key=lambda one: _ORDER.index(one.kind))


def audit_runs(tables: Mapping[str, pd.DataFrame | TrainingRecord], runs: pd.DataFrame) -> list[Finding]:
    """What several progress tables reveal together, and next to the printed errors. The most important comes first.

    tables: by run, each as for `audit`; runs: as `report.load_runs` returns them. For the report's ten runs, the first
    five findings are the ones that matter. Raises TypeError or ValueError that names what is wrong.
    """
    arguments.data_frame(("validation_error_pct",), runs=runs)
    arguments.numbers("runs['validation_error_pct']", runs["validation_error_pct"], "R")
    arguments.expect(runs.index.is_unique, "runs", "each run once in the index", list(runs.index))
    arguments.entries("tables", tables, least=1)
    for run in tables:
        arguments.one_of("tables", run, list(runs.index))
    rows = {run: _read_rows(tables[run], f"tables[{run!r}]") for run in runs.index if run in tables}
    joint, validation, per_epoch = _find_sizes(pd.concat(rows.values(), ignore_index=True))
    findings = [replace(one, runs=tuple(rows)) for one in joint]
    for run in rows:
        findings += _within_run(rows[run], validation, per_epoch, run)
        findings += _compare_run(run, rows, runs["validation_error_pct"][run])
    return sorted(findings, key=lambda one: _ORDER.index(one.kind))


def _read_rows(table: pd.DataFrame | TrainingRecord, name: str = "table") -> pd.DataFrame:
    """The numbers of one run, as `_prepare` returns them. `name` is the argument that an error names."""
    arguments.instance(TrainingRecord | pd.DataFrame, **{name: table})
    if isinstance(table, TrainingRecord):
        table = pd.DataFrame(table.history, columns=_COLUMNS)
    arguments.data_frame(("epoch", "iteration", "training_loss"), **{name: table})
    rows = _prepare(table, name)
    if "run" in table and table["run"].nunique() > 1:
        raise ValueError(f"{name}: expected the rows of one run, got {table['run'].nunique()} runs")
    return rows


def _prepare(table: pd.DataFrame, name: str = "table") -> pd.DataFrame:
    """The numbers of one run, NaN where there is none. "lost" is True where no loss is finite, and "..._digits" is how
    many digits after the point are known, 5 if a number is exact. Rows without iterations are numbered by epochs."""
    if "iteration" not in table:
        table = table.rename(columns={"epoch": "iteration"})
    table = table if "epoch" in table else table.assign(epoch=0)
    try:
        columns = [*_COLUMNS, "training_rmse", "learning_rate"]
        rows = table.reindex(columns=columns).reset_index(drop=True).astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected numbers in {', '.join(_COLUMNS)}, each once ({error})") from error
    for column in _COLUMNS[:4]:
        values, expected = rows[column], "a whole number"
        allowed = values.between(0, _MAX_ITERATION) & (values % 1 == 0)
        if column.endswith("_pct"):
            allowed, expected = values.isna() | values.between(0, 100), "0 to 100 %"
        if not allowed.all():
            row = int(allowed.argmin())
            raise ValueError(f"{name}, row {row}: expected {expected} for {column}, got {values[row]:g}")
    numbers, digits = rows[METRICS].to_numpy(), np.full((len(rows), len(METRICS)), 5)
    with np.errstate(all="ignore"):
        for count in (4, 3, 2):
            digits[~(np.abs(numbers - numbers.round(count)) > 1e-5)] = count
    digits[:, 2:] = digits[:, 2:].max(axis=0).clip(max=4)  # the same for all rows
    if (digits[:, :2] == 5).any():
        digits[:, :2] = 5
    known = pd.DataFrame(digits, columns=[f"{column}_digits" for column in METRICS])
    rows = rows.join(known).assign(**table.filter(regex="_digits$"))
    no_loss = table.get("is_lost", pd.Series(~np.isfinite(numbers[:, 2:4]).any(axis=1))).to_numpy()
    rows["lost"] = no_loss & (rows["iteration"] > 0).to_numpy()  # iteration 0 is the untrained network
    return rows.astype({"epoch": int, "iteration": int})


def _find_sizes(rows: pd.DataFrame, ending: str = "") -> tuple[list[Finding], int | None, int | None]:
    """Findings on sizes; the number of validation images and that of iterations per epoch, None if it is not known."""
    findings, per_epoch = _iterations_per_epoch(rows, ending)
    if rows["training_rmse"].notna().any():  # a regression, or a detector, whose accuracy is one of boxes
        return findings, None, per_epoch
    more, validation = _size(rows, "validation", "validation set")
    found, batch = ([], None) if not rows["epoch"].any() else _size(rows, "training", "mini-batch")
    findings += found + more
    if batch and per_epoch:
        low, high = per_epoch * batch, (per_epoch + 1) * batch - 1
        batches = f"{per_epoch} mini-batch{'es' * (per_epoch > 1)} of {batch}"
        sentence = f"If an epoch has {batches}, and an incomplete one is left out, there are "
        sentence += f"{low:,} to {high:,} training examples."
        if validation:
            sentence += f" With {validation:,} validation examples, which fits every validation accuracy, "
            sentence += f"there are {low + validation:,} to {high + validation:,} in all."
        findings.append(make_finding("images", rows["iteration"], sentence, numbers=(low, high)))
    return findings, validation, per_epoch


def _size(rows: pd.DataFrame, data: str, name: str) -> tuple[list[Finding], int | None]:
    """The size n that is least likely by chance among those for which every accuracy is k / n within its rounding.
    If n fits a share q of all values, n q^v / (v + 1) sizes up to n would be expected to fit v values by chance."""
    column = f"{data}_accuracy_pct"
    rows = rows[rows[column].between(0, 100, inclusive="neither")]  # 0 and 100 % fit every size
    values = rows.drop_duplicates(column)[[column, f"{column}_digits"]].to_numpy()
    misfits = np.zeros(len(_SIZES[data]), int)
    for value, decimals in values:
        nearest = 100 * np.rint(value * _SIZES[data] / 100) / _SIZES[data]
        misfits += np.abs(value - nearest) > 0.5 * 10.0**-decimals + 1e-5
    sizes = _SIZES[data][misfits == 0]
    parts = (1000, 500, 100, 50)  # their multiples are more likely sizes
    tried = np.select([sizes % part == 0 for part in parts], [sizes / part for part in parts], sizes)
    expected = np.log(tried / (len(values) + 1))
    for decimals, count in zip(*np.unique(values[:, 1], return_counts=True), strict=True):
        printed = 10 ** (int(decimals) + 2)  # values of 0 to 100 % with so many decimals
        common = np.gcd(sizes, 2 * printed)
        odd = 2 * printed // common % 2 == 1
        ties = np.where(odd, common / 2, 0)  # shares that can be rounded up or down
        expected += count * np.log(np.minimum(1, (sizes + ties) / printed))
    if len(values) < 2 or min(expected, default=0) > log(
        0.003
    ):  # sizes that fit as well are likely to exist by chance
        return [], None
    size = int(sizes[expected.argmin()])
    rivals = expected[sizes % size > 0] < min(expected) + log(30)  # nearly as unlikely by chance
    almost = _SIZES[data][(misfits > 0) & (misfits <= len(values) // 10)]
    if (
        rivals.any() or (size % almost == 0).any()
    ):  # or a part of it fits all but a few, which may be misprints
        return [], None
    kind, words = "validation-size", "Its multiples fit, too"
    others = [other for other in sizes.tolist() if other <= 10_000 and other % size]
    if others:
        words += f", and so do {len(others):,} of the other sizes up to 10,000, from {min(others):,} on"
    words += "."
    if data == "training":
        larger = join_words([*(f"{other}" for other in sizes if other > size), "some above 512"])
        kind, words = "batch-size", f"The sizes {larger} fit, too."
    words = f"{'smallest' if size == sizes[0] else 'most likely'} {name} that fits. {words}"
    words = f"Every {data} accuracy is k/{size:,} for a whole number k, so {size:,} is the {words}"
    return [make_finding(kind, rows["iteration"], words, numbers=(size,))], size


def _iterations_per_epoch(rows: pd.DataFrame, ending: str) -> tuple[list[Finding], int | None]:
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
    sentence = f"According to the epoch column, an epoch has {values} iteration{'s' * (values[-2:] not in ('1', ' 1'))}"
    per_epoch, rest = divmod(int(iteration[-1]), int(epoch[-1]))
    interval = int(np.gcd.reduce(iteration[1:-1])) if len(rows) > 3 else 1  # between two rows, as a rule
    reason = ""
    if ending.startswith("finished"):
        reason = "because the run finished its epochs"
    elif rows.tail(2).duplicated().any():
        reason = f"if the repeated last row is the end of epoch {epoch[-1]}"
    elif iteration[-1] % interval and not ending:
        reason = f"if the run ended with its last row, because the others are multiples of {interval}"
    if reason and rest == 0 and least <= per_epoch <= most:
        sentence += f". It has exactly {per_epoch} {reason}" * (least < most)
        least = most = per_epoch
    found = make_finding("iterations-per-epoch", iteration, f"{sentence}.", numbers=(least, most))
    return [found], least if least == most else None


def _within_run(
    rows: pd.DataFrame, validation: int | None, per_epoch: int | None, run: str = ""
) -> Iterator[Finding]:
    """What the curves show, iterations without a finite loss, and what the accuracies show there."""
    steps = rows.groupby("iteration").tail(1).sort_values("iteration")
    with np.errstate(all="ignore"):  # a loss may be infinite
        yield from list(find_in_curves(steps, run))
    lost = steps[steps["lost"]]
    if no_loss := lost["iteration"].tolist():
        at = f"iteration{'s' * (len(no_loss) > 1)} {join_words(no_loss)}"
        end = ", so the run has diverged" * bool(lost["iteration"].iloc[-1] == steps["iteration"].iloc[-1])
        words = f"no loss is a finite number at {at}{end}."
        yield make_finding("nan", no_loss, words, run)
    shares = lost["validation_accuracy_pct"].dropna()
    if len(shares) < 2 or shares.nunique() > 1:
        return
    share = float(shares.iloc[0])
    words = f"the validation accuracy is {share:.2f} % wherever no loss is a finite number, so every image is assigned "
    words += "to the same class"
    if validation:
        words += f". This class has {share * validation / 100:.0f} of the {validation:,} validation images"
    yield make_finding("constant-class", no_loss, f"{words}.", run)
    accuracies = lost[["iteration", "training_accuracy_pct"]].dropna()
    if per_epoch is None:
        return
    places = accuracies.groupby(accuracies["iteration"] % per_epoch, sort=False)
    pairs = [pair for _, place in places for pair in pairwise(place.itertuples(index=False))]
    if differ := [(a, b) for a, b in pairs if a[1] != b[1]]:
        shown = join_words(f"iterations {a[0]} and {b[0]} ({a[1]:.2f} and {b[1]:.2f} %)" for a, b in differ)
        found = tuple(sorted({row[0] for pair in differ for row in pair}))
        words = f"the training accuracy differs between {shown}, at the same places in different epochs. "
        words += "If all images get the same class there, these mini-batches hold different images, and the "
        words += f"order differs between epochs {join_words(dict.fromkeys(-(-row // per_epoch) for row in found))}."
        yield make_finding("reshuffled", found, words, run)


def _compare_run(run: str, tables: Mapping[str, pd.DataFrame], error: float) -> Iterator[Finding]:
    """The last accuracy next to the printed error, and a table that continues after NaN."""
    steps = tables[run].sort_values("iteration", kind="stable")
    no_loss, end = steps.loc[steps["lost"], "iteration"].tolist(), int(steps["iteration"].max())
    others = [table["iteration"].max() for name, table in tables.items() if name != run]
    ending = ""
    if no_loss and others and end >= np.median(others):
        ending = f"No loss is a number from iteration {no_loss[0]} on, but the table continues to {end}."
    validated = steps.dropna(subset="validation_accuracy_pct").tail(1)
    last = validated["validation_accuracy_pct"].sum()
    if len(validated) and 0.0101 <= abs(last + error - 100) < np.inf:
        words = f"the last validation accuracy is {last:.2f} % and the printed error is {error:.2f} %, "
        words += f"together {last + error:.2f} % instead of 100 %. {ending}"
        yield make_finding("error-sum", validated["iteration"], words.rstrip(), run)
