"""The verdicts on claim B7 and on Part C, from the stored study, its histories and the report's own tables."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import HISTORY_COLUMNS
from labutils.experiments.statistics import PairedDifference, half_width, paired_difference
from labutils.record import Row
from labutils.report import size_verdicts
from labutils.report.claims import CONTRADICTED, FAILS, HOLDS, OPEN, UNTESTED, Statement, Verdict
from labutils.report.findings import Finding, audit_runs, iteration_words, join_words
from labutils.report.size_verdicts import finished, in_points, in_words, judge, shared
from labutils.report.tables import DIVERGENT, Tables, lower, place

_RATES = ("learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-3e-3")
_SLOWEST = "learn-rate-5e-5"
_VARIANTS = tuple(f"{_RATES[3]} {how}" for how in ("slope 0.1", "slope 0.01", "centred"))  # these may diverge


def fewer_stages(study: pd.DataFrame) -> Verdict:
    """The verdict on B7 in three readings: mini-batches, a quarter of the images, or a tenth of the epochs.

    A reading fits if the error is higher. Speed is not judged. If only some fit, the claim cannot be decided.
    """
    readings = {
        "mini-batches instead of the full batch": ("mnist-100", "mnist-100 full batch"),
        "a quarter of the images": ("mnist-100 quarter", "mnist-100"),
        "a tenth of the epochs": ("mnist-100 2 epochs", "mnist-100"),
    }
    runs, statements = finished(study, *{name for pair in readings.values() for name in pair}), []
    for name, pair in readings.items():
        d = paired_difference(runs, *pair)
        words = f"Our error changes by {in_points(d)}"
        statements.append(Statement(f"With {name}, accuracy is lower", judge(d), words))
    outcome = shared(*(statement.outcome for statement in statements))
    part = "it depends on what the question was" if outcome == OPEN else "that accuracy is lower"
    evidence = "We do not know the question, so we test three readings of it"
    return Verdict("B7", outcome, evidence, part, statements)


def part_c(study: pd.DataFrame, histories: pd.DataFrame, tables: Tables, runs: pd.DataFrame) -> list[Verdict]:
    """The verdicts on the claims C3.1 to C7.1, which our runs or the report's own tables decide.

    study, histories, runs: as `load_study`, `load_histories` and `load_runs` return them; tables: the report's rows by
    run. Runs that diverged are not compared. Raises ValueError that names the run of which something is missing.
    """
    ours = finished(study, *_RATES, _SLOWEST, *size_verdicts.NEEDED)
    for name, least in ((DIVERGENT, 2), *((variant, 1) for variant in _VARIANTS)):
        count = int((study["configuration"] == name).sum())
        arguments.expect(count >= least, "study", f"at least {least} runs of {name!r}", count)
    arguments.data_frame(HISTORY_COLUMNS, histories=histories)
    findings = audit_runs(tables, runs)
    arguments.data_frame(Row._fields, **arguments.entries("tables", tables))
    printed, rates = runs["validation_error_pct"], _RATES[:3]
    first = histories[histories["configuration"].isin(rates)]
    first = first[first["iteration"] == first["iteration"].min()]
    accuracies = first.groupby("configuration")["validation_accuracy_pct"].min(skipna=False)
    theirs = {run: rows["validation_accuracy_pct"].iloc[0] for run, rows in tables.items()}
    best = {run: rows["training_accuracy_pct"].max() for run, rows in tables.items()}
    for expected, numbers, names in (
        ("tables: expected a validation accuracy in the first row", theirs, rates),
        ("tables: expected a training accuracy", best, (_SLOWEST, DIVERGENT)),
        ("histories: expected a validation accuracy in the first row", accuracies, rates),
        ("runs: expected a validation error", printed, (*rates, "hidden-700", "hidden-1000")),
    ):
        for name in names:
            if not np.isfinite(numbers.get(name, np.nan)):
                raise ValueError(f"{expected} of {name!r}, got none")
    return [
        _judge_slow(ours, theirs, first),
        _judge_best(ours, printed),
        _judge_too_high(ours, study),
        *size_verdicts.judge_sizes(ours, printed),
        *_judge_slowest(ours, findings),
        *_judge_divergent(study, findings, tables),
        _judge_loss(histories, findings, tables),
    ]


def _judge_slow(runs: pd.DataFrame, theirs: Mapping[str, float], first: pd.DataFrame) -> Verdict:
    """C3.1. "Reasonable": a mean error below 10 %, its interval included. "Slowish": less accurate than 1e-3 in the
    first row, of the report (theirs: accuracy by run) and of our runs (first)."""
    names, best = _RATES[:2], _RATES[2]
    errors = [runs.loc[runs["configuration"] == name, "validation_error_pct"].to_numpy() for name in names]
    outcome = HOLDS if all(e.mean() + half_width(e) < 10 for e in errors) else OPEN
    outcome = FAILS if any(e.mean() - half_width(e) >= 10 for e in errors) else outcome
    evidence = " and ".join(f"{e.mean():.1f} ± {half_width(e):.1f} %" for e in errors)
    early = [paired_difference(first, name, best, "validation_accuracy_pct") for name in names]
    ahead = [place(name) for name in names if lower(100 - theirs[name], 100 - theirs[best])]
    printed = join_words(f"{theirs[name]:.1f} % {place(name)}" for name in _RATES[:3])
    words = f"At iteration {first['iteration'].iloc[0]}, the report's accuracy is {printed}. "
    words += ". ".join(in_words(d, "Our accuracy") for d in early)
    text = "They are slowish" + (f" ({' and '.join(ahead)})" if ahead else "")
    slowish = Statement(text, CONTRADICTED if ahead else judge(*early, below=True), words)
    return Verdict("C3.1", outcome, f"Our errors are {evidence}", "that the error is reasonable", (slowish,))


def _judge_best(runs: pd.DataFrame, printed: pd.Series) -> Verdict:
    """C3.2: 1e-3 has the lowest error, and the training loss falls from 5e-4 to 8e-4 to 1e-3. The report's own errors
    contradict it if that of another rate is lower by more than chance."""
    slow, middle, best = _RATES[:3]
    differences = [paired_difference(runs, best, other) for other in (slow, middle)]
    is_lower = {other: lower(printed[best], printed[other]) for other in (slow, middle)}
    chance = [place(other) for other, found in is_lower.items() if found is None]
    shown = join_words(f"{printed[name]:g} % {place(name)}" for name in _RATES[:3])
    evidence = f"{'. '.join(map(in_words, differences))}. The report's errors are {shown}"
    if chance:
        evidence += f". The difference from that {' and from that '.join(chance)} is within chance"
    losses = [paired_difference(runs, b, a, "training_loss") for a, b in ((slow, middle), (middle, best))]
    changes = ("{:+.4f} (95 % interval {:+.4f} to {:+.4f})".format(*loss[:3]) for loss in losses)
    words = "Our training loss changes by {} from 5e-4 to 8e-4, and by {} from 8e-4 to 1e-3".format(*changes)
    text = "Reason: a higher rate comes closer to the minimum (our test: the training loss is lower)"
    closer = Statement(text, judge(*losses, below=True), words)
    outcome = CONTRADICTED if False in is_lower.values() else judge(*differences, below=True)
    return Verdict("C3.2", outcome, evidence, "that 1e-3 is best", (closer,))


def _judge_too_high(runs: pd.DataFrame, study: pd.DataFrame) -> Verdict:
    """C3.3: the error at 3e-3 is higher than at 1e-3. Of the reason only one thing is tested: a training loss at 3e-3
    that ends lower than at 1e-3 would refute it."""
    high, best = _RATES[3], _RATES[2]
    worse = paired_difference(runs, high, best)
    loss = paired_difference(runs, high, best, "training_loss")
    training = runs.loc[runs["configuration"] == high, "training_error_pct"].mean()
    evidence = f"No run shows where the global minimum is. At 3e-3, our training error is {training:.1f} % at the end. "
    evidence += in_words(loss, "Our training loss")
    misses = Statement("Reason: it misses the global minimum", FAILS if loss.high < 0 else UNTESTED, evidence)
    reasons = (misses, _dead_units(study, worse))
    return Verdict("C3.3", judge(worse), in_words(worse), "that the error is higher", reasons)


def _dead_units(study: pd.DataFrame, worse: PairedDifference) -> Statement:
    """Another explanation of `worse`: dead units. Then a slope, with which no unit is dead, removes half of it or more.
    A variant does not remove it if at least half of its runs diverge."""
    dead = study.loc[study["configuration"] == _RATES[3], "dead_in_training_pct"].mean()
    evidence, outcomes = f"{dead:.0f} % of the units are dead", []
    for name in _VARIANTS:
        lost = study.loc[study["configuration"] == name, "diverged_at"].notna()
        how = name.removeprefix(f"{_RATES[3]} ").replace("centred", "the mean image subtracted")
        evidence += f". With {how}, {lost.sum()} of {len(lost)} runs diverge"
        outcomes.append(FAILS)
        if lost.mean() < 0.5:
            change = paired_difference(finished(study, name), name, _RATES[3])
            evidence += f", and the error of the others changes by {in_points(change)}"
            outcomes[-1] = judge(change, below=True, limit=-worse.mean / 2)
    text = "Not in the report: dead units are the reason (our test: a slope removes half of the difference)"
    return Statement(text, shared(*outcomes[:2]) if worse.low > 0 else OPEN, evidence)


def _judge_slowest(runs: pd.DataFrame, findings: list[Finding]) -> Iterator[Verdict]:
    """C5.1: the error at 5e-5 is higher than at 1e-3 with as many units. C5.2: by the report's tables, its training
    error is first 0 % in the second half, and that of the other runs in the first half."""
    difference = paired_difference(runs, _SLOWEST, "hidden-700")
    training = runs.loc[runs["configuration"] == _SLOWEST, "training_error_pct"].mean()
    words = difference.sentence("With 700 units, our error at rate 5e-5", "that at rate 1e-3")
    evidence = f"{words}. At 5e-5, our training error is {training:.1f} % at the end"
    yield Verdict("C5.1", judge(difference), evidence, "that it ends worse")
    zero = {f.runs[0]: f.rows[0] for f in findings if f.kind == "zero-training-error"}
    never = [f.runs[0] for f in findings if f.kind == "never-zero"]
    shown = join_words(f"{place(run)} (iteration {row})" for run, row in zero.items())
    evidence = f"In the report's tables, the training error reaches 0 % {shown or 'in no run'}"
    evidence += f", but not {join_words(map(place, never), 'or')}" if never else ""
    others = set(never) - {_SLOWEST}
    late = [run for run, row in zero.items() if row > 350]  # of 700 iterations
    fits = not others and late == ([] if never else [_SLOWEST])
    yield Verdict("C5.2", HOLDS if fits else CONTRADICTED, evidence, "there alone" if others else "")


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
        return Verdict("C7.1", CONTRADICTED, f"In the report both fall {where}. {evidence}", "directly")
    outcome = FAILS if both else HOLDS if len(falling) else UNTESTED
    return Verdict("C7.1", outcome, evidence, "directly" if both else "")
