"""What the numbers of progress tables, of one run or of several, reveal by arithmetic alone, in sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, pairwise
from math import exp, log

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.record import TrainingRecord
from labutils.report import progress
from labutils.report.progress import Finding, FindingKind, iteration_words, iterations, join_words

_Found = Iterator[tuple[FindingKind, tuple[int, ...], str]]  # what a finding consists of, without the runs


def audit(table: pd.DataFrame | TrainingRecord, classes: int = 10) -> list[Finding]:
    """What one progress table reveals about its run: sizes, epochs, unusual rows, shuffling.

    table: the rows of one run, as a record or as a DataFrame with the columns of `Row`. classes: the number of
    classes, to judge the loss at iteration 1. Raises TypeError or ValueError and names the row that is wrong.
    """
    arguments.whole_number("classes", classes, low=2)
    rows = progress.read_rows(table)
    findings, validation, per_epoch = progress.find_sizes(rows)
    steps = rows.groupby("iteration").tail(1).sort_values("iteration")
    further = [*_unusual_rows(rows, steps, classes), *_constant_class(steps, validation, per_epoch)]
    return findings + [Finding(*found) for found in (*further, *_moving_together(steps))]


def audit_runs(tables: Mapping[str, pd.DataFrame | TrainingRecord], runs: pd.DataFrame) -> list[Finding]:
    """What several tables reveal together and beside the printed results; `audit` looks at each table alone.

    tables: by run; runs: as `report.load_runs` returns them. Raises TypeError or ValueError and names what is wrong.
    """
    numbers = ("learn_rate", "hidden_units", "validation_error_pct")
    arguments.data_frame(("question", *numbers), runs=runs)
    for column in numbers:
        arguments.numbers(f"runs[{column!r}]", runs[column], "R")
    if not runs.index.is_unique:
        raise ValueError("runs: expected each run once in the index")
    arguments.instance(Mapping, tables=tables)
    if not tables:
        raise ValueError("tables: expected at least one table, got none")
    for run in tables:
        arguments.one_of("tables", run, list(runs.index))
    runs = runs[runs.index.isin(list(tables))]
    rows = {run: progress.read_rows(tables[run], f"tables[{run!r}]") for run in runs.index}
    joint, images, _ = progress.find_sizes(pd.concat(rows.values(), ignore_index=True))
    findings = [replace(one, runs=tuple(rows)) for one in joint if one.kind != FindingKind.END_OF_RUN]
    steps = {run: table.groupby("iteration").tail(1).sort_values("iteration") for run, table in rows.items()}
    for run in steps:
        for kind, found, words in _compare_run(run, steps, runs["validation_error_pct"][run]):
            findings.append(Finding(kind, found, f"{run}: {words}.", (run,)))
    for question, group in runs.groupby("question", sort=False):
        findings += [*_compare_errors(str(question), group, images), *_unlike(list(group.index), steps)]
    return findings


def _unusual_rows(rows: pd.DataFrame, steps: pd.DataFrame, classes: int) -> _Found:
    """The loss at iteration 1 beside ln K for K classes, repeated iterations, rows without a loss, missing numbers."""
    for loss in steps.loc[(steps["iteration"] == 1) & np.isfinite(steps["training_loss"]), "training_loss"]:
        even = log(classes)
        start = "so the first scores are not even guesses"
        if abs(loss - even) < 0.1 * even:
            start = "as it should at the start"
        elif loss < even:
            start += f" among {classes} classes (among {exp(loss):.1f} they would be)"
        numbers = f"the loss is {loss:.4f}, ln {classes} is {even:.4f}: {loss - even:+.4f}"
        yield FindingKind.FIRST_LOSS, (1,), f"At iteration 1 {numbers}, {start}."
    versions = rows[rows["iteration"].duplicated(keep=False)].drop_duplicates().groupby("iteration").size()
    for several, group in versions.groupby(versions > 1):
        found = tuple(group.index.tolist())
        kind, how = FindingKind.REPEATED, "with the same numbers"
        if several:
            kind, how = FindingKind.CONFLICT, "with other numbers"
        yield kind, found, f"{iteration_words(found).capitalize()} stands more than once, {how}."
    if no_loss := iterations(steps[steps["lost"]]):
        where = iteration_words(no_loss)
        yield FindingKind.NAN, no_loss, f"No loss is a number at {where}: the run has diverged."
    rest = steps[~steps["lost"] & (steps["iteration"] > 0)]
    validated = rest[["validation_accuracy_pct", "validation_loss"]].notna().any(axis=1)
    for column in progress.COLUMNS[2:]:
        gaps = iterations(rest[rest[column].isna() & (validated | column.startswith("training"))])
        if gaps and rest[column].notna().any():
            name = column.removesuffix("_pct").replace("_", " ").capitalize()
            sentence = f"{name} is not given at {iteration_words(gaps)}, though the row stands there."
            yield FindingKind.MISSING_NUMBER, gaps, sentence


def _constant_class(steps: pd.DataFrame, validation: int | None, per_epoch: tuple[int, int] | None) -> _Found:
    """Scores that are NaN assign one class to every image, so accuracies are shares of that class. Its share in a batch
    shows whether the same place of two epochs holds the same images."""
    lost = steps[steps["lost"]]
    shares = lost["validation_accuracy_pct"].dropna()
    if len(shares) < 2 or shares.nunique() > 1:
        return
    share = float(shares.iloc[0])
    sentence = f"While no loss is a number, validation accuracy stays at {share:.2f} %: every image is given one class"
    if validation:
        sentence += f", and {share * validation / 100:.0f} of {validation:,} images are of it"
    if share > 0 and abs(100 / share - round(100 / share)) < 1e-9 < share < 100:
        sentence += f", as with {100 / share:.0f} classes of equal size"
    yield FindingKind.CONSTANT_CLASS, iterations(lost), sentence + "."
    accuracies = lost[["iteration", "training_accuracy_pct"]].dropna()
    low, high = per_epoch or (1, 0)
    for length in range(low, min(high, low + 1000, lost["iteration"].max()) + 1):
        places = accuracies.groupby(accuracies["iteration"] % length, sort=False)
        pairs = [pair for _, place in places for pair in pairwise(place.itertuples(index=False))]
        if not pairs:
            continue
        kind, result = FindingKind.SAME_ORDER, "as if the images were not reshuffled"
        if differ := [(a, b) for a, b in pairs if a[1] != b[1]]:
            kind, result = FindingKind.RESHUFFLED, "other images: reshuffled every epoch"
            pairs = differ
        shown = join_words(f"{a[0]} and {b[0]} ({a[1]:.2f} and {b[1]:.2f} %)" for a, b in pairs)
        found = tuple(sorted({row[0] for pair in pairs for row in pair}))
        yield kind, found, f"Iterations {shown} are the same places of epochs of {length}, with {result}."
        return


def _moving_together(steps: pd.DataFrame) -> _Found:
    """Steps from one validation to the next in which loss and accuracy both rise, or both fall."""
    values = steps[["iteration", "validation_loss", "validation_accuracy_pct"]].dropna().to_numpy(float)
    words = "{:.0f} to {:.0f} (loss {:.2f} to {:.2f}, accuracy {:.2f} to {:.2f} %)"
    for kind, sign in ((FindingKind.RISING_TOGETHER, 1), (FindingKind.FALLING_TOGETHER, -1)):
        pairs = [(a, b) for a, b in pairwise(values) if (sign * (b - a)[1:] > 0).all()]
        if pairs:
            shown = join_words(words.format(*np.stack(pair, axis=1).ravel()) for pair in pairs)
            found = tuple(sorted({int(row[0]) for pair in pairs for row in pair}))
            verb = "rise" if sign > 0 else "fall"
            yield kind, found, f"Validation loss and accuracy {verb} together from {shown}."


def _compare_run(run: str, tables: Mapping[str, pd.DataFrame], error: float) -> _Found:
    """The last accuracy beside the printed error, the first row of the best training accuracy, and where the log ends
    and what rows it lacks beside those of the others."""
    steps = tables[run]
    validated = steps.dropna(subset="validation_accuracy_pct").tail(1)
    last = validated["validation_accuracy_pct"].sum()
    if len(validated) and 0.0101 <= abs(last + error - 100) < np.inf:
        words = f"the last validation accuracy is {last:.2f} % and the printed error {error:.2f} %, "
        words += f"together {last + error:.2f} %, not 100 %"
        words += ": two rules for what NaN scores predict" if steps["lost"].any() else ""
        yield FindingKind.ERROR_SUM, iterations(validated), words
    best = steps.dropna(subset="training_accuracy_pct").nlargest(1, "training_accuracy_pct")
    for iteration, epoch, accuracy in best[["iteration", "epoch", "training_accuracy_pct"]].to_numpy():
        kind, words = FindingKind.ZERO_TRAINING_ERROR, "is 0 % for the first time"
        if accuracy < 100:
            kind, words = FindingKind.NEVER_ZERO, f"never reaches 0 %; the best accuracy is {accuracy:.2f} %,"
        where = f"at iteration {iteration:.0f}, epoch {epoch:.0f}"
        yield kind, iterations(best), f"the training error {words} {where}"
    others = [table["iteration"] for name, table in tables.items() if name != run]
    if not others:
        return
    last, usual = int(steps["iteration"].max()), int(np.median([other.max() for other in others]))
    if last < usual:
        yield FindingKind.ENDS_EARLY, (last,), f"the log ends at iteration {last}; the others run to {usual}"
    elif no_loss := iterations(steps[steps["lost"]]):
        words = f"no loss is a number from iteration {no_loss[0]} on, yet the log runs to {last}, as the others do"
        yield FindingKind.REACHES_ITS_END, (last,), words
    counts = pd.concat(others).value_counts()
    expected = counts.index[2 * counts > len(others)]
    if gaps := tuple(sorted(i for i in set(expected) - set(steps["iteration"]) if i < last)):
        words = f"{iteration_words(gaps)} {'is' if len(gaps) == 1 else 'are'} missing"
        yield FindingKind.MISSING_ROWS, gaps, f"{words}; the other logs have such rows"


def _compare_errors(question: str, runs: pd.DataFrame, images: int | None) -> Iterator[Finding]:
    """Steps of the rate or the size that do not follow "the error falls to the best run, then rises"; and pairs of runs
    whose errors differ by one image at most."""
    for column in ("learn_rate", "hidden_units"):
        errors = runs.dropna(subset=[column]).sort_values(column)["validation_error_pct"].dropna()
        if len(errors) < 3 or runs[column].nunique() < len(errors):
            continue
        best = int(errors.argmin())
        for i, ((a, before), (b, after)) in enumerate(pairwise(errors.items())):
            if after > before if i < best else after < before:
                words = f"{question}: by {column.replace('_', ' ')} the error should fall to its best, "
                words += f"{errors.index[best]}, and rise after it, but from {a} to {b} it goes "
                words += f"from {before:.2f} to {after:.2f} %."
                yield Finding(FindingKind.ORDER, (), words, (str(a), str(b)))
    for (a, first), (b, second) in combinations(runs["validation_error_pct"].dropna().items(), 2):
        if images and abs(first - second) <= 100 / images + 1e-9:
            count = f"one image in {images:,}" if abs(first - second) > 1e-9 else "nothing"
            sentence = f"{a} and {b}, with errors of {first:.2f} and {second:.2f} %, differ by {count}."
            yield Finding(FindingKind.ONE_IMAGE, (), sentence, (str(a), str(b)))


def _unlike(group: list[str], steps: Mapping[str, pd.DataFrame]) -> Iterator[Finding]:
    """The run of a question that is further from each of the others than they are from one another, by mean absolute
    difference of accuracy; and the runs elsewhere nearest to it in level and in pace, the changes from row to row."""
    column = "validation_accuracy_pct"
    curves = {name: rows.set_index("iteration")[column].dropna() for name, rows in steps.items()}
    group = [run for run in group if not curves[run].empty]

    def distance(a: str, b: str, pace: bool = False) -> float:
        apart = curves[a] - curves[b]
        return float((apart.diff() if pace else apart).abs().mean())  # NaN if they share no iteration

    for run in group if len(group) > 2 else []:
        others = [other for other in group if other != run]
        gap = min(distance(run, other) for other in others)
        if not gap > max(distance(a, b) for a, b in combinations(others, 2)) + 1e-9:
            continue
        start, starts = curves[run].iloc[0], [curves[other].iloc[0] for other in others]
        words = f"{run} is unlike the others of its question: {gap:.1f} points or more from each (mean "
        words += f"difference of validation accuracy); it starts at {start:.1f} %, "
        words += f"they at {min(starts):.1f} to {max(starts):.1f} %."
        names = [run]
        for how, pace in (("level", False), ("steps from row to row", True)):
            gaps = pd.Series({b: distance(run, b, pace) for b in steps if b not in group}).dropna()
            if len(gaps):
                names.append(str(gaps.idxmin()))
                words += f" In its {how} {names[-1]}, of another question, is nearest ({gaps.min():.1f})."
        yield Finding(FindingKind.UNLIKE, (int(curves[run].index[0]),), words, tuple(names))
        return
