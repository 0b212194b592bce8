"""How the runs of a study decide a claim; and the verdicts on the hidden layer, B6 and C4, with their reasons."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import COLUMNS
from labutils.experiments.statistics import PairedDifference, interaction, paired_difference
from labutils.report.claims import FAILS, HOLDS, OPEN, Statement, Verdict

DIVERGENT = "learn-rate-too-high"
_SIZES = ("hidden-200", "hidden-500", "hidden-700", "hidden-1000")
_CENTRED = ("centred", "centred slope 0.1")
NEEDED = (*_SIZES, *(f"hidden-{units} {how}" for units in (200, 1000) for how in _CENTRED))
NEEDED += ("hidden-200 slope 0.1", "hidden-200 slope 0.1 few", "hidden-200 centred slope 0.1 few")


def finished(study: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The runs that did not diverge: the last numbers of a run that did are not those of a full run. Raises ValueError
    unless each of the configurations `names` has at least two of them, with finite results."""
    arguments.data_frame(COLUMNS, study=study)
    runs = study[study["diverged_at"].isna()]
    for name in names:
        results = runs.loc[runs["configuration"] == name, ["validation_error_pct", "training_loss"]]
        if len(results) < 2:
            got = f"{len(results)} of {(study['configuration'] == name).sum()}"
            raise ValueError(f"study: expected at least two runs of {name!r} that did not diverge, got {got}")
        if not np.isfinite(results.to_numpy(float)).all():
            raise ValueError(f"study: expected finite errors and losses of {name!r}, got NaN or infinity")
    return runs


def error(study: pd.DataFrame, name: str) -> str:
    """The mean validation error of a configuration over the seeds with which it did not diverge: "6.1 %"."""
    arguments.data_frame(COLUMNS, study=study)
    arguments.one_of("name", name, list(study["configuration"].unique()))
    runs = finished(study, name)
    return f"{runs.loc[runs['configuration'] == name, 'validation_error_pct'].mean():.1f} %"


def judge(*differences: PairedDifference, below: bool = False, limit: float = 0.0) -> str:
    """The outcome of "a - b is above the limit", or of "below", for all; if the limit is in an interval, it is open."""
    if any(d.low > limit if below else d.high < limit for d in differences):
        return FAILS
    return HOLDS if all(d.high < limit if below else d.low > limit for d in differences) else OPEN


def shared(*outcomes: str) -> str:
    """The outcome that all of these are; if they differ, it is open."""
    return outcomes[0] if len(set(outcomes)) == 1 else OPEN


def label(run: str) -> str:
    """The name of a run in words: "rate 1e-3", "700 units"."""
    run = run.replace(DIVERGENT, "the divergent run").replace("learn-rate-", "rate ")
    units = run.removeprefix("hidden-").removeprefix("mnist-")
    return run if units == run else f"{units} units"


def in_words(difference: PairedDifference) -> str:
    """The difference of two runs in words, with its interval and the number of seeds."""
    a, b = label(difference.a), label(difference.b)
    return difference.sentence(a, b, "are" if a.endswith(" units") else "is")


def in_points(difference: PairedDifference) -> str:
    """A difference without the names of the runs: "+1.20 points (+0.83 to +1.57, 10 seeds)"."""
    return "{:+.2f} points ({:+.2f} to {:+.2f}, {} seeds)".format(*difference[:4])


def larger_layer(study: pd.DataFrame) -> Verdict:
    """B6: from the runs "mnist-..." with default options: does the error fall with the size, and turn? Not the cost."""
    runs = finished(study)
    sizes = runs[runs["configuration"].str.fullmatch(r"mnist-\d+")].drop_duplicates("configuration")
    names = sizes.sort_values("hidden_units")["configuration"].tolist()
    arguments.expect(len(names) > 2, "study", "runs of at least three sizes 'mnist-...'", names)
    runs = finished(study, *names)
    steps = [paired_difference(runs, b, a) for a, b in pairwise(names[:-1])]
    shown = ", ".join(f"{error(runs, name)} ({name.removeprefix('mnist-')})" for name in names)
    turn = paired_difference(runs, names[-1], names[-2])
    rises = Statement("Then the validation error rises", judge(turn), in_words(turn))
    statements = (rises, _over_fitting(runs, names[-1], names[-2], rises.outcome))
    about = f"that accuracy rises, up to {names[-2].removeprefix('mnist-')} units"
    return Verdict("B6", judge(*steps, below=True), f"the errors (units) are {shown}", about, statements)


def judge_sizes(runs: pd.DataFrame, printed: pd.Series) -> Iterator[Verdict]:
    """C4.1: the error falls from 200 to 500 to 700 units. C4.2: 1,000 are worse than 700. Each with its reason."""
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
    evidence = "200 units minus 1,000: {} with the pixels as they are, {} with the mean image subtracted, "
    evidence += "{} with a slope of 0.1 as well"
    text = "Reason: more parameters, so at least half of the gain remains when the mean image is subtracted"
    return Statement(text, outcome, evidence.format(*map(in_points, (raw, *centred))))


def _both_causes(runs: pd.DataFrame) -> Statement:
    """The interaction of raw pixels and few units, all with a slope of 0.1, with which no unit dies; and how far the
    run with ReLU, whose units die during training, is from both together."""
    raw, neither = "hidden-200 slope 0.1", "hidden-200 centred slope 0.1"
    both, few = f"{raw} few", f"{neither} few"
    extra = interaction(runs, both, raw, few, neither)
    costs = [in_points(paired_difference(runs, name, neither)) for name in (raw, few, both)]
    evidence = "200 units, slope 0.1: the pixels cost {}, few units {}, both {}; ".format(*costs)
    relu = in_points(paired_difference(runs, "hidden-200", both))
    barely = ", barely above zero" if 0 < extra.low < 0.05 else ""  # the end of the interval rounds to 0.0
    evidence += f"beyond the sum {in_points(extra)}{barely}. The run with ReLU, whose units die, "
    evidence += f"differs from both by {relu}, which depends on the slope"
    text = "Not in the report: for 200 units with slope 0.1, both causes together cost more than their sum"
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
