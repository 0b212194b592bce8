"""The verdicts on the size of the hidden layer: claims B6 and C4, with the reasons that they give."""

from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

from labutils.experiments.statistics import interaction, paired_difference
from labutils.report.claims import HOLDS, OPEN, Statement, Verdict
from labutils.report.judging import error, finished, in_points, in_words, judge, shared

_SIZES = ("hidden-200", "hidden-500", "hidden-700", "hidden-1000")
_CENTRED = ("centred", "centred slope 0.1")
NEEDED = (*_SIZES, *(f"hidden-{units} {how}" for units in (200, 1000) for how in _CENTRED))
NEEDED += ("hidden-200 slope 0.1", "hidden-200 slope 0.1 few", "hidden-200 centred slope 0.1 few")


def larger_layer(study: pd.DataFrame) -> Verdict:
    """B6: from the runs "mnist-..." with default options: does the error fall with the size, and turn? Not the cost."""
    runs = finished(study)
    sizes = runs[runs["configuration"].str.fullmatch(r"mnist-\d+")].drop_duplicates("configuration")
    names = sizes.sort_values("hidden_units")["configuration"].tolist()
    if len(names) < 3:
        raise ValueError(f"study: expected runs of at least three sizes 'mnist-...', got {names or 'none'}")
    runs = finished(study, *names)
    steps = [paired_difference(runs, b, a) for a, b in pairwise(names[:-1])]
    shown = ", ".join(f"{error(runs, name)} ({name.removeprefix('mnist-')})" for name in names)
    turn = paired_difference(runs, names[-1], names[-2])
    rises = Statement("Then the validation error rises", judge(turn), in_words(turn))
    statements = (rises, _over_fitting(runs, names[-1], names[-2], rises.outcome))
    about = f"that accuracy rises, up to {names[-2].removeprefix('mnist-')} units"
    return Verdict("B6", judge(*steps, below=True), f"the errors (units) are {shown}", about, statements)


def judge_sizes(runs: pd.DataFrame, printed: pd.Series) -> Iterator[Verdict]:
    """C4.1: the error falls from 200 to 500 to 700 units. C4.2: 1,000 units are worse than 700. Each with its reason.

    runs: those that did not diverge; printed: the report's validation errors (%) by run.
    """
    steps = [paired_difference(runs, b, a) for a, b in pairwise(_SIZES[:3])]
    evidence, reasons = "; ".join(map(in_words, steps)), (_more_parameters(runs), _both_causes(runs))
    yield Verdict("C4.1", judge(*steps, below=True), evidence, "that the error falls", reasons)
    worse = paired_difference(runs, "hidden-1000", "hidden-700")
    images = round(1000 * (printed["hidden-1000"] - printed["hidden-700"]) / 100)
    plural = "" if abs(images) == 1 else "s"
    evidence = f"{in_words(worse)}; in the report it is {images} image{plural} of 1,000"
    reason = _over_fitting(runs, "hidden-1000", "hidden-700", judge(worse))
    yield Verdict("C4.2", judge(worse), evidence, "that the error is higher", (reason,))


def _more_parameters(runs: pd.DataFrame) -> Statement:
    """What 1,000 units gain on 200. If the number of parameters is the reason, at least half of it remains with the
    mean image subtracted, both with ReLU and with a slope of 0.1."""
    raw = paired_difference(runs, "hidden-200", "hidden-1000")
    centred = [paired_difference(runs, f"hidden-200 {how}", f"hidden-1000 {how}") for how in _CENTRED]
    outcome = shared(*(judge(d, limit=raw.mean / 2) for d in centred)) if raw.low > 0 else OPEN
    evidence = (
        f"200 units minus 1,000: {in_points(raw)} with the pixels as they are, {in_points(centred[0])} "
    )
    evidence += f"with the mean image subtracted, {in_points(centred[1])} with a slope of 0.1 as well"
    text = "Reason: more parameters, so at least half of the gain remains when the mean image is subtracted"
    return Statement(text, outcome, evidence)


def _both_causes(runs: pd.DataFrame) -> Statement:
    """The interaction of raw pixels and few units, all with a slope of 0.1, with which no unit dies; and how far the
    run with ReLU, whose units die during training, is from both together."""
    raw, neither = "hidden-200 slope 0.1", "hidden-200 centred slope 0.1"
    both, few = f"{raw} few", f"{neither} few"
    extra = interaction(runs, both, raw, few, neither)
    costs = [in_points(paired_difference(runs, name, neither)) for name in (raw, few, both)]
    evidence = "200 units, slope 0.1: the pixels cost {}, few units {}, both {}; ".format(*costs)
    evidence += (
        f"beyond the sum {in_points(extra)}. The run with ReLU, whose units die, differs from both by "
    )
    evidence += f"{in_points(paired_difference(runs, 'hidden-200', both))}, which depends on the slope"
    text = "Not in the report: pixels as they are and few units cost more together than the sum of both alone"
    return Statement(text, judge(extra), evidence)


def _over_fitting(runs: pd.DataFrame, larger: str, smaller: str, rises: str) -> Statement:
    """Over-fitting as the reason for a higher error: the gap grows too. rises: the outcome of "the error is higher"."""
    gaps = runs.assign(gap_pct=runs["validation_error_pct"] - runs["training_error_pct"])
    growth = paired_difference(gaps, larger, smaller, "gap_pct")
    evidence, outcome = f"the gap changes by {in_points(growth)}", judge(growth)
    if outcome == HOLDS and rises != HOLDS:  # nothing to explain
        evidence, outcome = f"{evidence}, but no higher validation error is established", OPEN
    text = "Reason: over-fitting (our test: the gap between validation error and training error grows)"
    return Statement(text, outcome, evidence)
