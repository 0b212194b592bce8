"""How the runs of a study decide a claim, and the verdicts on the size of the hidden layer (B6 and C4)."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import COLUMNS
from labutils.experiments.statistics import PairedDifference, interaction, paired_difference
from labutils.report.claims import FAILS, HOLDS, OPEN, Statement, Verdict
from labutils.report.tables import place

_SIZES = ("hidden-200", "hidden-500", "hidden-700", "hidden-1000")
_CENTRED = ("centred", "centred slope 0.1")
NEEDED = (*_SIZES, *(f"hidden-{units} {how}" for units in (200, 1000) for how in _CENTRED))
NEEDED += ("hidden-200 slope 0.1", "hidden-200 slope 0.1 few", "hidden-200 centred slope 0.1 few")


def finished(study: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The runs of the study that did not diverge. The last numbers of the others are not the result of a full run.
    Raises ValueError unless each of the configurations `names` has at least two such runs, with finite results."""
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
    """The mean validation error of a configuration as text, such as "6.1 %", over the seeds that did not diverge."""
    arguments.data_frame(COLUMNS, study=study)
    arguments.one_of("name", name, list(study["configuration"].unique()))
    runs = finished(study, name)
    return f"{runs.loc[runs['configuration'] == name, 'validation_error_pct'].mean():.1f} %"


def judge(*differences: PairedDifference, below: bool = False, limit: float = 0.0) -> str:
    """The outcome of "each difference is above (or below) the limit". It is open if an interval includes the limit."""
    if any(d.low > limit if below else d.high < limit for d in differences):
        return FAILS
    return HOLDS if all(d.high < limit if below else d.low > limit for d in differences) else OPEN


def shared(*outcomes: str) -> str:
    """The common outcome. If the outcomes differ, the verdict is open."""
    return outcomes[0] if len(set(outcomes)) == 1 else OPEN


def in_words(difference: PairedDifference, what: str = "Our error") -> str:
    """The difference of two runs in words, with its interval and the number of seeds."""
    return difference.sentence(f"{what} {place(difference.a)}", f"that {place(difference.b)}")


def in_points(difference: PairedDifference) -> str:
    """A difference without the names of the runs: "+1.20 points (95 % interval +0.83 to +1.57, 10 seeds)"."""
    return "{:+.2f} points (95 % interval {:+.2f} to {:+.2f}, {} seeds)".format(*difference[:4])


def larger_layer(study: pd.DataFrame) -> Verdict:
    """The verdict on B6, from the runs "mnist-..." of the stored study: does the error fall with the size, then rise?

    Memory and time are not judged.
    """
    runs = finished(study)
    sizes = runs[runs["configuration"].str.fullmatch(r"mnist-\d+")].drop_duplicates("configuration")
    names = sizes.sort_values("hidden_units")["configuration"].tolist()
    arguments.expect(len(names) > 2, "study", "runs of at least three sizes 'mnist-...'", names)
    runs = finished(study, *names)
    steps = [paired_difference(runs, b, a) for a, b in pairwise(names[:-1])]
    shown = ", ".join(f"{error(runs, name)} {place(name)}" for name in names)
    turn = paired_difference(runs, names[-1], names[-2])
    rises = Statement("Then the validation error rises", judge(turn), in_words(turn))
    statements = (rises, _over_fitting(runs, names[-1], names[-2], rises.outcome))
    about = f"that accuracy rises, up to {names[-2].removeprefix('mnist-')} units"
    return Verdict("B6", judge(*steps, below=True), f"Our errors are {shown}", about, statements)


def judge_sizes(runs: pd.DataFrame, printed: pd.Series) -> Iterator[Verdict]:
    """C4.1: the error falls from 200 to 500 to 700 units. C4.2: it is higher with 1,000. Each with its reason."""
    steps = [paired_difference(runs, b, a) for a, b in pairwise(_SIZES[:3])]
    evidence, reasons = ". ".join(map(in_words, steps)), (_more_parameters(runs), _both_causes(runs))
    yield Verdict("C4.1", judge(*steps, below=True), evidence, "that the error falls", reasons)
    worse = paired_difference(runs, "hidden-1000", "hidden-700")
    images = round(1000 * (printed["hidden-1000"] - printed["hidden-700"]) / 100)
    plural = "s" * (abs(images) != 1)
    evidence = f"{in_words(worse)}. In the report the difference is {images} image{plural} of 1,000"
    reason = _over_fitting(runs, "hidden-1000", "hidden-700", judge(worse))
    yield Verdict("C4.2", judge(worse), evidence, "that the error is higher", (reason,))


def _more_parameters(runs: pd.DataFrame) -> Statement:
    """The gain of 1,000 units over 200. If the number of parameters is the reason, at least half of it remains with
    the mean image subtracted, both with ReLU and with a slope of 0.1."""
    raw = paired_difference(runs, "hidden-200", "hidden-1000")
    centred = [paired_difference(runs, f"hidden-200 {how}", f"hidden-1000 {how}") for how in _CENTRED]
    outcome = shared(*(judge(d, limit=raw.mean / 2) for d in centred)) if raw.low > 0 else OPEN
    evidence = "With 200 units instead of 1,000, our error differs by {} on raw pixels, by {} when the mean image is "
    evidence += "subtracted, and by {} when it is subtracted and the ReLU has a slope of 0.1"
    text = "Reason: more parameters (our test: half of the gain remains when the mean image is subtracted)"
    return Statement(text, outcome, evidence.format(*map(in_points, (raw, *centred))))


def _both_causes(runs: pd.DataFrame) -> Statement:
    """The interaction of raw pixels and few units, all with a slope of 0.1, with which no unit dies. Also the
    difference between both together and the run with ReLU, whose units die during training."""
    raw, neither = "hidden-200 slope 0.1", "hidden-200 centred slope 0.1"
    both, few = f"{raw} few", f"{neither} few"
    extra = interaction(runs, both, raw, few, neither)
    costs = [f"{paired_difference(runs, name, neither).mean:+.2f}" for name in (raw, few, both)]
    relu = in_points(paired_difference(runs, "hidden-200", both))
    evidence = (
        "With slope 0.1, raw pixels change the error by {}, few working units by {}, and both by {} points. "
    )
    evidence = (
        f"{evidence.format(*costs)}The last change differs from the sum of the others by {in_points(extra)}. "
    )
    evidence += f"The run with ReLU, whose units die, differs from the run with both causes by {relu}. "
    evidence += "This difference depends on the slope"
    text = "Not in the report: with 200 units, raw pixels and few working units together cost more than their sum"
    return Statement(text, judge(extra), evidence)


def _over_fitting(runs: pd.DataFrame, larger: str, smaller: str, rises: str) -> Statement:
    """Over-fitting as the reason for a higher error, in which case the gap grows. rises: is the error higher?"""
    gaps = runs.assign(gap_pct=runs["validation_error_pct"] - runs["training_error_pct"])
    growth = paired_difference(gaps, larger, smaller, "gap_pct")
    evidence, outcome = f"The gap changes by {in_points(growth)}", judge(growth)
    if outcome == HOLDS and rises != HOLDS:  # nothing to explain
        evidence, outcome = f"{evidence}, but the runs do not show a higher validation error", OPEN
    text = "Reason: over-fitting (our test: the gap between validation error and training error grows)"
    return Statement(text, outcome, evidence)
