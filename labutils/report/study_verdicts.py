"""The verdicts on claim B7 and on Part C, from the stored study, its histories and the report's own tables."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import HISTORY_COLUMNS
from labutils.experiments.statistics import half_width, paired_difference
from labutils.record import Row
from labutils.report import size_verdicts
from labutils.report.claims import CONTRADICTED, FAILS, HOLDS, OPEN, UNTESTED, Statement, Verdict
from labutils.report.findings import Finding, audit_runs, iteration_words, join_words
from labutils.report.size_verdicts import finished, in_points, in_words, judge
from labutils.report.tables import DIVERGENT, Tables, lower, place

_RATES = ("learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-3e-3")
_SLOWEST = "learn-rate-5e-5"


def fewer_stages(study: pd.DataFrame) -> Verdict:
    """The verdict on B7 in three readings: mini-batches, fewer images, or fewer epochs.

    Half and a quarter of the images are tested, and half and a tenth of the epochs. A reading fits if the error is
    higher. Speed is not judged. If only some fit, the claim cannot be decided.
    """
    readings = {
        "mini-batches instead of the full batch": ("mnist-100", "mnist-100 full batch"),
        "half of the images": ("mnist-100 half", "mnist-100"),
        "a quarter of the images": ("mnist-100 quarter", "mnist-100"),
        "half of the epochs": ("mnist-100 10 epochs", "mnist-100"),
        "a tenth of the epochs": ("mnist-100 2 epochs", "mnist-100"),
    }
    runs = finished(study, *{name for pair in readings.values() for name in pair})
    found = {how: paired_difference(runs, *pair) for how, pair in readings.items()}
    statements = [
        Statement(f"With {how}, accuracy is lower", judge(d), f"Our error changes by {in_points(d)}")
        for how, d in found.items()
    ]
    outcomes = {statement.outcome for statement in statements}
    clear = join_words(how for how, d in found.items() if d.low * d.high > 0)
    evidence = "We do not know the question, so we test three readings of it. "
    evidence += f"The error changes by more than chance with {clear or 'none of them'}"
    agree = len(outcomes) == 1
    part = "that accuracy is lower" if agree else "it depends on what the question was"
    return Verdict("B7", outcomes.pop() if agree else OPEN, evidence, part, statements)


def part_c(study: pd.DataFrame, histories: pd.DataFrame, tables: Tables, runs: pd.DataFrame) -> list[Verdict]:
    """The verdicts on the claims C3.1 to C7.1, which our runs or the report's own tables decide.

    study, histories, runs: as `load_study`, `load_histories` and `load_runs` return them; tables: the report's rows by
    run. Runs that diverged are not compared. Raises ValueError that names the run of which something is missing.
    """
    ours = finished(study, *_RATES, _SLOWEST, *size_verdicts.NEEDED)
    count = int((study["configuration"] == DIVERGENT).sum())
    arguments.expect(count > 1, "study", f"at least 2 runs of {DIVERGENT!r}", count)
    arguments.data_frame(HISTORY_COLUMNS, histories=histories)
    findings = audit_runs(tables, runs)
    arguments.data_frame(Row._fields, **arguments.entries("tables", tables))
    printed, rates = runs["validation_error_pct"], _RATES[:3]
    best = {run: rows["training_accuracy_pct"].max() for run, rows in tables.items()}
    for expected, numbers, names in (
        ("tables: expected a training accuracy", best, (*rates, _SLOWEST, DIVERGENT)),
        ("runs: expected a validation error", printed, (*rates, "hidden-700", "hidden-1000")),
    ):
        for name in names:
            if not np.isfinite(numbers.get(name, np.nan)):
                raise ValueError(f"{expected} of {name!r}, got none")
    return [
        _judge_slow(ours),
        _judge_best(ours, printed),
        _judge_too_high(ours),
        *size_verdicts.judge_sizes(ours, printed),
        *_judge_slowest(ours, tables),
        *_judge_divergent(study, findings, tables),
        _judge_loss(histories, findings, tables),
    ]


def _judge_slow(runs: pd.DataFrame) -> Verdict:
    """C3.1. "Reasonable" means a mean error below 10 % with the whole of its interval, both at 5e-4 and at 8e-4."""
    errors = [
        runs.loc[runs["configuration"] == name, "validation_error_pct"].to_numpy() for name in _RATES[:2]
    ]
    outcome = HOLDS if all(e.mean() + half_width(e) < 10 for e in errors) else OPEN
    outcome = FAILS if any(e.mean() - half_width(e) >= 10 for e in errors) else outcome
    evidence = " and ".join(f"{e.mean():.1f} ± {half_width(e):.1f} %" for e in errors)
    return Verdict("C3.1", outcome, f"Our errors are {evidence}", "that the error is reasonable")


def _judge_best(runs: pd.DataFrame, printed: pd.Series) -> Verdict:
    """C3.2: 1e-3 has the lowest error. The report's own errors contradict it if that of another rate is lower by more
    than chance."""
    *others, best = _RATES[:3]
    differences = [paired_difference(runs, best, other) for other in others]
    is_lower = {other: lower(printed[best], printed[other]) for other in others}
    chance = [place(other) for other, found in is_lower.items() if found is None]
    shown = join_words(f"{printed[name]:g} % {place(name)}" for name in _RATES[:3])
    evidence = f"{'. '.join(map(in_words, differences))}. The report's errors are {shown}"
    if chance:
        evidence += f". The difference from that {' and from that '.join(chance)} is within chance"
    outcome = CONTRADICTED if False in is_lower.values() else judge(*differences, below=True)
    return Verdict("C3.2", outcome, evidence, "that 1e-3 is best")


def _judge_too_high(runs: pd.DataFrame) -> Verdict:
    """C3.3: the error at 3e-3 is higher than at 1e-3. No run shows where the global minimum is."""
    worse = paired_difference(runs, _RATES[3], _RATES[2])
    return Verdict("C3.3", judge(worse), in_words(worse), "that the error is higher")


def _judge_slowest(runs: pd.DataFrame, tables: Tables) -> Iterator[Verdict]:
    """C5.1: the error at 5e-5 is higher than at 1e-3 with as many units. C5.2: by the report's tables, its training
    error is first 0 % in the second half, and that of the other runs in the first half."""
    difference = paired_difference(runs, _SLOWEST, "hidden-700")
    training = runs.loc[runs["configuration"] == _SLOWEST, "training_error_pct"].mean()
    words = difference.sentence("With 700 units, our error at rate 5e-5", "that at rate 1e-3")
    evidence = f"{words}. At 5e-5, our training error is {training:.1f} % at the end"
    yield Verdict("C5.1", judge(difference), evidence, "that it ends worse")
    right = {run: rows.loc[rows["training_accuracy_pct"] >= 100, "iteration"] for run, rows in tables.items()}
    zero = {run: int(found.min()) for run, found in right.items() if len(found)}
    never = [run for run in tables if run not in zero]
    shown = join_words(f"{place(run)} (iteration {row})" for run, row in zero.items())
    evidence = f"In the report's tables, the training error reaches 0 % {shown or 'in no run'}"
    evidence += f", but not {join_words(map(place, never), 'or')}" if never else ""
    others = set(never) - {_SLOWEST}
    late = [run for run, row in zero.items() if row > 350]  # of 700 iterations
    fits = not others and late == ([] if never else [_SLOWEST])
    about = "that only 5e-5 is late" if others else ""
    yield Verdict("C5.2", HOLDS if fits else CONTRADICTED, evidence, about)


def _judge_divergent(study: pd.DataFrame, findings: list[Finding], tables: Tables) -> Iterator[Verdict]:
    """C6.1: runs at an exaggerated rate diverge, here and in the report. C6.2: the log of that run ends early."""
    runs = study[study["configuration"] == DIVERGENT]
    count, lost = int(runs["diverged_at"].notna().sum()), int(runs["training_loss"].isna().sum())
    theirs = {f.kind: f for f in findings if f.runs == (DIVERGENT,)}
    evidence = f"{count} of {len(runs)} runs diverge at rate {runs['learning_rate'].iloc[0]:g}, and {lost} end in NaN. "
    nan = f"NaN from iteration {theirs['nan'].rows[0]} on" if "nan" in theirs else "no NaN"
    evidence += f"The report prints {nan}"
    outcome = HOLDS if count == len(runs) else FAILS if count == 0 else OPEN
    part = "" if lost else "that it diverges"
    if "error-sum" in theirs:
        evidence, part = f"{evidence}. Its error and its accuracy do not add up to 100 %", "that it diverges"
    if "nan" not in theirs:
        outcome, part = CONTRADICTED, ""
    yield Verdict("C6.1", outcome, evidence, part)
    ends = {run: int(rows["iteration"].max()) for run, rows in tables.items()}
    end = ends.pop(DIVERGENT)
    outcome, evidence = FAILS, "Its table is as long as the others and has no NaN"
    if end < np.median(list(ends.values())):
        outcome, evidence = HOLDS, f"Its table ends at iteration {end}, before the others"
    elif "nan" in theirs:
        outcome, evidence = CONTRADICTED, f"Its table continues to iteration {end}, as the others do"
    yield Verdict("C6.2", outcome, evidence)


def _judge_loss(histories: pd.DataFrame, findings: list[Finding], tables: Tables) -> Verdict:
    """C7.1. Steps from row to row in which validation loss and accuracy both fall refute it, as both are of the same
    images. The divergent run, which learns nothing, is left out."""
    found = [f for f in findings if f.kind == "falling-together" and f.runs != (DIVERGENT,)]
    ours = histories[histories["configuration"].isin(set(tables) - {DIVERGENT})]
    ours = ours.drop_duplicates(ours.columns.drop("configuration"))  # a run that has two names
    runs = ours.groupby(["configuration", "seed"])[["validation_loss", "validation_accuracy_pct"]]
    if len(ours) == runs.ngroups:
        raise ValueError("histories: expected at least two rows of a run that is in tables, got none")
    changes = runs.diff()
    falling = changes[changes["validation_loss"] < 0]
    both = int((falling["validation_accuracy_pct"] < 0).sum())
    evidence = f"In our runs that do not diverge, the loss falls in {len(falling):,} steps from row to row. "
    evidence += f"In {both} of these steps, the accuracy falls too"
    if found:
        where = join_words(f"{place(f.runs[0])} ({iteration_words(f.rows)})" for f in found)
        evidence = f"In the report both fall {where}. {evidence}"
        return Verdict("C7.1", CONTRADICTED, evidence, "if directly means always")
    outcome = FAILS if both else HOLDS if len(falling) else UNTESTED
    return Verdict("C7.1", outcome, evidence, "if directly means always" if both else "")
