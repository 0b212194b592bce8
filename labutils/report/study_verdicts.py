"""The verdicts on Parts B and C, from the stored study, its histories and the report's own tables."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import COLUMNS, HISTORY_COLUMNS
from labutils.experiments.statistics import PairedDifference, half_width, paired_difference
from labutils.record import Row
from labutils.report.claims import CONTRADICTED, FAILS, HOLDS, OPEN, Verdict
from labutils.report.findings import audit, audit_runs
from labutils.report.progress import Finding, FindingKind, join_words

_RATES = ("learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-3e-3")
_SLOWEST, _DIVERGENT = "learn-rate-5e-5", "learn-rate-too-high"


def error(study: pd.DataFrame, name: str) -> str:
    """The mean validation error of a configuration over its seeds, as text such as "6.1 %"."""
    _check_study(study)
    arguments.one_of("name", name, list(study["configuration"].unique()))
    _check_study(study, name)
    return f"{study.loc[study['configuration'] == name, 'validation_error_pct'].mean():.1f} %"


def larger_layer(study: pd.DataFrame) -> Verdict:
    """B6: from the runs "mnist-..." with default options: does the error fall with the size, and turn at its end?"""
    _check_study(study)
    sizes = study[study["configuration"].str.fullmatch(r"mnist-\d+")].drop_duplicates("configuration")
    names = sizes.sort_values("hidden_units")["configuration"].tolist()
    if len(names) < 3:
        raise ValueError(f"study: expected runs of at least three sizes 'mnist-...', got {names or 'none'}")
    falls = _judge(*[paired_difference(study, b, a) for a, b in pairwise(names[:-1])], below=True)
    turn = paired_difference(study, names[-1], names[-2])
    first, before = (f"{error(study, name)} ({_label(name)})" for name in (names[0], names[-2]))
    evidence = f"the error falls from {first} to {before}; then {_describe(turn)}"
    if falls != HOLDS:
        return Verdict("B6", falls, evidence)
    return Verdict("B6", _judge(turn), evidence, "" if turn.low > 0 else "that over-fitting raises it")


def fewer_stages(study: pd.DataFrame) -> Verdict:
    """B7, in three readings: mini-batches, a quarter of the images, a tenth of the epochs, each with what it replaces.

    A reading fits the claim if it makes the error higher. If only some readings fit, the claim cannot be decided.
    """
    _check_study(study)
    readings = {
        "mini-batches": paired_difference(study, "mnist-100", "mnist-100 full batch"),
        "a quarter of the images": paired_difference(study, "mnist-100 quarter", "mnist-100"),
        "a tenth of the epochs": paired_difference(study, "mnist-100 2 epochs", "mnist-100"),
    }
    outcomes = {_judge(difference) for difference in readings.values()}
    words = "{}: error {:+.1f} points ({:+.1f} to {:+.1f})"
    shown = "; ".join(words.format(name, *difference[:3]) for name, difference in readings.items())
    evidence = f"each compared with the full setting (mini-batches with the full batch): {shown}"
    if len(outcomes) == 1:
        return Verdict("B7", outcomes.pop(), evidence)
    return Verdict("B7", OPEN, evidence, "it depends on what the question was")


def part_c(
    study: pd.DataFrame, histories: pd.DataFrame, tables: Mapping[str, pd.DataFrame], runs: pd.DataFrame
) -> list[Verdict]:
    """The verdicts on C3.1 to C7.1, which runs decide; C1 and C2 are matters of definition.

    study, histories: as `experiments.load_study` and `load_histories` return them; tables: the report's rows by run;
    runs: as `report.load_runs` returns them. Raises ValueError and names the run of which something is missing.
    """
    sizes = [f"hidden-{units}" for units in (200, 500, 700, 1000)]
    alive = [f"hidden-{units} {how}" for units in (200, 700) for how in ("centred", "scaled")]
    _check_study(study, *_RATES, _SLOWEST, _DIVERGENT, *sizes, *alive)
    arguments.data_frame(HISTORY_COLUMNS, histories=histories)
    findings = audit_runs(tables, runs)
    arguments.data_frame(Row._fields, **{f"tables[{run!r}]": table for run, table in tables.items()})
    first = histories[histories["iteration"] == histories["iteration"].min()]
    ours = first.groupby("configuration")["validation_accuracy_pct"].mean()
    theirs = {run: rows["validation_accuracy_pct"].iloc[0] for run, rows in tables.items()}
    best = {run: rows["training_accuracy_pct"].max() for run, rows in tables.items()}
    printed, rates = runs["validation_error_pct"], _RATES[:3]
    for expected, numbers, names in (
        ("tables: expected a validation accuracy in the first row", theirs, rates),
        ("tables: expected a training accuracy", best, (_SLOWEST, _DIVERGENT)),
        ("histories: expected a validation accuracy in the first row", ours, rates),
        ("runs: expected a validation error", printed, (*rates, "hidden-700", "hidden-1000")),
    ):
        for name in names:
            if not np.isfinite(numbers.get(name, np.nan)):
                raise ValueError(f"{expected} of {name!r}, got none")
    return [
        _judge_slow(study, int(first["iteration"].iloc[0]), theirs, ours),
        *_judge_rates(study, printed, findings),
        *_judge_sizes(study, printed),
        *_judge_slowest(study, findings),
        *_judge_divergent(study, [*findings, *audit(tables[_DIVERGENT])]),
        _judge_loss(histories, tables),
    ]


def _check_study(study: pd.DataFrame, *names: str) -> None:
    """Raise an error unless the study has its columns and at least two runs of each of these configurations."""
    arguments.data_frame(COLUMNS, study=study)
    for name in names:
        if (count := (study["configuration"] == name).sum()) < 2:
            raise ValueError(f"study: expected at least two runs of {name!r}, got {count}")


def _judge(*differences: PairedDifference, below: bool = False) -> str:
    """The outcome of "a is above b", or of "below", for all of these; an interval that includes zero leaves it open."""
    if any(d.low > 0 if below else d.high < 0 for d in differences):
        return FAILS
    return HOLDS if all(d.high < 0 if below else d.low > 0 for d in differences) else OPEN


def _label(run: str) -> str:
    """The name of a run in words: "rate 1e-3", "700 units"."""
    run = run.replace(_DIVERGENT, "the divergent run").replace("learn-rate-", "rate ")
    units = run.removeprefix("hidden-").removeprefix("mnist-")
    return run if units == run else f"{units} units"


def _describe(difference: PairedDifference) -> str:
    """A difference of two runs in words."""
    a, b = _label(difference.a), _label(difference.b)
    return difference.sentence(a, b, "are" if a.endswith(" units") else "is")


def _judge_slow(study: pd.DataFrame, iteration: int, theirs: dict[str, float], ours: pd.Series) -> Verdict:
    """C3.1. "Reasonable": a mean error below 10 %, its interval included. "Slowish": early less accurate than 1e-3."""
    names, best = _RATES[:2], _RATES[2]
    evidence = f"the errors here are {' and '.join(error(study, name) for name in names)}"
    errors = study.groupby("configuration")["validation_error_pct"]
    if any(errors.mean()[name] + half_width(errors.get_group(name).to_numpy()) >= 10 for name in names):
        return Verdict("C3.1", FAILS, evidence, "reasonable")
    shown = (join_words(f"{of[name]:.1f}" for name in _RATES[:3]) for of in (theirs, ours))
    evidence += f"; at iteration {iteration} the accuracies of 5e-4, 8e-4 and 1e-3 are "
    evidence += "{} % in the report, {} % here".format(*shown)
    if ahead := [_label(name) for name in names if theirs[name] > theirs[best]]:
        return Verdict("C3.1", CONTRADICTED, evidence, f"slowish, for {' and '.join(ahead)}")
    slow = all(ours[name] < ours[best] for name in names)
    return Verdict("C3.1", HOLDS if slow else FAILS, evidence, "" if slow else "slowish")


def _judge_rates(study: pd.DataFrame, printed: pd.Series, findings: list[Finding]) -> Iterator[Verdict]:
    """C3.2: the report's own errors fall up to 1e-3 (`audit_runs`), and 1e-3 is lower than both others here. C3.3: the
    error at 3e-3 is higher than at 1e-3."""
    differences = [paired_difference(study, _RATES[2], other) for other in _RATES[:2]]
    outcome, evidence, part = _judge(*differences, below=True), "; ".join(map(_describe, differences)), ""
    if any(f.kind == FindingKind.ORDER and set(f.runs) <= set(_RATES) for f in findings):
        outcome, part = CONTRADICTED, "that a higher rate comes closer"
        errors = ", ".join(f"{printed[name]:g} %" for name in _RATES[:3])
        evidence = f"the report's errors are {errors}, not in order; here {evidence}"
    yield Verdict("C3.2", outcome, evidence, part)
    difference = paired_difference(study, _RATES[3], _RATES[2])
    runs = study[study["configuration"] == _RATES[3]]
    evidence = f"{_describe(difference)}, with a training error of {runs['training_error_pct'].mean():.0f} % "
    evidence += f"and {runs['dead_units_pct'].mean():.0f} % of its units dead"
    yield Verdict("C3.3", _judge(difference), evidence)


def _judge_sizes(study: pd.DataFrame, printed: pd.Series) -> Iterator[Verdict]:
    """C4.1: the error falls from 200 to 500 to 700 units, and by at least half as much where no unit dies. C4.2: 1,000
    units are worse than 700, and it is over-fitting: the gap to the training error grows too."""
    steps = [paired_difference(study, f"hidden-{b}", f"hidden-{a}") for a, b in pairwise((200, 500, 700))]
    gain = -sum(step.mean for step in steps)
    alive = [paired_difference(study, f"hidden-700 {x}", f"hidden-200 {x}") for x in ("centred", "scaled")]
    least, most = -max(d.high for d in alive), -min(d.low for d in alive)
    evidence = f"{'; '.join(map(_describe, steps))}; where no unit dies, 700 units gain at most "
    evidence += f"{max(most, 0):.1f} of those {gain:.1f} points on 200 "
    evidence += "(with the mean image subtracted, and with scaled pixels)"
    outcome, part = _judge(*steps, below=True), ""
    if outcome == HOLDS and least < gain / 2:
        outcome, part = FAILS if most < gain / 2 else OPEN, "the reason; the error does fall"
    yield Verdict("C4.1", outcome, evidence, part)
    difference = paired_difference(study, "hidden-1000", "hidden-700")
    images = round(1000 * (printed["hidden-1000"] - printed["hidden-700"]) / 100)
    gaps = study["validation_error_pct"] - study["training_error_pct"]
    before, after = gaps.groupby(study["configuration"]).mean()[["hidden-700", "hidden-1000"]]
    evidence = f"{_describe(difference)}; in the report it is {images} "
    evidence += f"image{'s' if abs(images) != 1 else ''} of 1,000; validation error lies {before:.1f} points "
    evidence += f"above training error with 700 units, {after:.1f} with 1,000"
    outcome, part = _judge(difference), ""
    if outcome == HOLDS and after <= before:
        outcome, part = FAILS, "the reason; the error is higher"
    yield Verdict("C4.2", outcome, evidence, part)


def _judge_slowest(study: pd.DataFrame, findings: list[Finding]) -> Iterator[Verdict]:
    """C5.1: the error at 5e-5 is higher than at 1e-3 with as many units. C5.2: by the report's tables, its training
    error is first 0 % in the second half, and that of the other runs in the first half."""
    difference = paired_difference(study, _SLOWEST, "hidden-700")
    training = study.loc[study["configuration"] == _SLOWEST, "training_error_pct"].mean()
    evidence = f"{_describe(difference)}, both with 700; "
    evidence += f"its training error is {training:.1f} %, little is left to learn"
    outcome = _judge(difference)
    yield Verdict("C5.1", outcome, evidence, "that it ends worse" if outcome == HOLDS else "")
    zero = {f.runs[0]: f.rows[0] for f in findings if f.kind == FindingKind.ZERO_TRAINING_ERROR}
    never = [f.runs[0] for f in findings if f.kind == FindingKind.NEVER_ZERO]
    shown = ", ".join(f"{_label(run)} at iteration {row}" for run, row in zero.items())
    evidence = f"0 % is reached by {shown or 'no run'}; never by {', '.join(map(_label, never)) or 'none'}"
    others = set(never) - {_SLOWEST}
    late = [run for run, row in zero.items() if row > 350]  # of 700 iterations
    fits = not others and late == ([] if never else [_SLOWEST])
    yield Verdict("C5.2", HOLDS if fits else CONTRADICTED, evidence, "there alone" if others else "")


def _judge_divergent(study: pd.DataFrame, findings: list[Finding]) -> Iterator[Verdict]:
    """C6.1: runs at an exaggerated rate diverge, here and in the report. C6.2: the log of that run ends early."""
    runs = study[study["configuration"] == _DIVERGENT]
    count, lost = int(runs["diverged_at"].notna().sum()), int(runs["training_loss"].isna().sum())
    rows = {f.kind: f.rows[0] for f in findings if f.runs in ((), (_DIVERGENT,))}
    nan = f"NaN from iteration {rows[FindingKind.NAN]} on" if FindingKind.NAN in rows else "no NaN"
    evidence = f"{count} of {len(runs)} runs diverge at a rate of {runs['learning_rate'].iloc[0]:g}; "
    evidence += f"the report prints {nan}, {lost} of ours end in NaN"
    if FindingKind.ERROR_SUM in rows:
        evidence += "; its error and its accuracy do not add up to 100 %"
    outcome = HOLDS if count == len(runs) else FAILS if count == 0 else OPEN
    part = "that it diverges" if FindingKind.ERROR_SUM in rows or not lost else ""
    if FindingKind.NAN not in rows:
        outcome, part = CONTRADICTED, ""
    yield Verdict("C6.1", outcome, evidence, part)
    early, end = rows.get(FindingKind.ENDS_EARLY), rows.get(FindingKind.REACHES_ITS_END)
    outcome, evidence = FAILS, "its log runs as far as the others, and has no NaN"
    if early is not None:
        outcome, evidence = HOLDS, f"its log ends at iteration {early}, before the others"
    elif end is not None:
        outcome, evidence = CONTRADICTED, f"its log runs to iteration {end}, as the others do"
    yield Verdict("C6.2", outcome, evidence)


def _judge_loss(histories: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Verdict:
    """C7.1: a lower loss always comes with a higher accuracy: from row to row both never rise together."""
    found = {name: f for name in tables for f in audit(tables[name]) if f.kind == FindingKind.RISING_TOGETHER}
    ours = histories[histories["configuration"].isin(set(tables) - {_DIVERGENT})]
    ours = ours.drop_duplicates(["seed", "iteration", "training_loss"])  # a run that has two names
    runs = ours.groupby(["configuration", "seed"])[["validation_loss", "validation_accuracy_pct"]]
    pairs, both = len(ours) - runs.ngroups, int((runs.diff() > 0).all(axis=1).sum())
    if pairs == 0:
        raise ValueError("histories: expected at least two rows of a run that is in tables, got none")
    evidence = f"in our runs both rise in {both} of {pairs:,} steps from row to row"
    if found:
        where = "; ".join(f"{_label(name)} ({f.rows[0]} to {f.rows[-1]})" for name, f in found.items())
        return Verdict("C7.1", CONTRADICTED, f"in the report both rise in {where}; {evidence}", "directly")
    return Verdict("C7.1", FAILS if both else HOLDS, evidence, "directly" if both else "")
