"""How the runs of a study decide a claim: which runs are compared, what an interval shows, and runs in words."""

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import COLUMNS
from labutils.experiments.statistics import PairedDifference
from labutils.report.claims import FAILS, HOLDS, OPEN

DIVERGENT = "learn-rate-too-high"


def finished(study: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The runs that did not diverge, because the last numbers of a run that did are not those of a full run.

    Raises ValueError unless each of the configurations `names` has at least two of them, with finite results.
    """
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
