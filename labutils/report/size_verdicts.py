"""How the runs of a study decide a claim, and the verdicts on the size of the hidden layer (B6 and C4)."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import COLUMNS
from labutils.experiments.statistics import PairedDifference, paired_difference
from labutils.report.claims import FAILS, HOLDS, OPEN, Statement, Verdict
from labutils.report.tables import place

NEEDED = ("hidden-200", "hidden-500", "hidden-700", "hidden-1000")


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


def judge(*differences: PairedDifference, below: bool = False) -> str:
    """The outcome of "each difference is above (or below) zero". It is open if an interval includes zero."""
    if any(d.low > 0 if below else d.high < 0 for d in differences):
        return FAILS
    return HOLDS if all(d.high < 0 if below else d.low > 0 for d in differences) else OPEN


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
    fit = paired_difference(runs, names[-1], names[-2], "training_loss")
    outcome = OPEN if rises.outcome == HOLDS and fit.high >= 0 else rises.outcome
    text = "Reason: over-fitting (the training loss falls and the validation error rises)"
    evidence = f"The training loss changes by {fit.mean:+.4f} ({fit.low:+.4f} to {fit.high:+.4f})"
    statements = (rises, Statement(text, outcome, evidence))
    about = f"that accuracy rises, up to {names[-2].removeprefix('mnist-')} units"
    return Verdict("B6", judge(*steps, below=True), f"Our errors are {shown}", about, statements)


def judge_sizes(runs: pd.DataFrame, printed: pd.Series) -> Iterator[Verdict]:
    """C4.1: the error falls from 200 to 500 to 700 units. C4.2: it is higher with 1,000."""
    steps = [paired_difference(runs, b, a) for a, b in pairwise(NEEDED[:3])]
    text = "that the error is lower {} than {}"
    parts = [Statement(text.format(place(d.a), place(d.b)), judge(d, below=True), in_words(d)) for d in steps]
    evidence = ". ".join(part.evidence for part in parts)
    yield Verdict("C4.1", judge(*steps, below=True), evidence, "that the error falls", parts)
    worse = paired_difference(runs, "hidden-1000", "hidden-700")
    images = round(1000 * (printed["hidden-1000"] - printed["hidden-700"]) / 100)
    plural = "s" * (abs(images) != 1)
    evidence = f"{in_words(worse)}. In the report the difference is {images} image{plural} of 1,000"
    yield Verdict("C4.2", judge(worse), evidence, "that the error is higher")
