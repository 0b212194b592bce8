"""Comparisons of configurations seed by seed, in which the effect of the split and of the initial weights cancels."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special  # scipy.stats takes a second to load, and only one function is needed

from labutils._internal import arguments


class PairedDifference(NamedTuple):
    """The mean of `a` minus `b` over the seeds that both have, and the interval around it.

    `mean`, `low` and `high` are in the unit of the column: percentage points for "..._pct", nats for losses.
    """

    mean: float
    low: float
    high: float
    pairs: int
    a: str
    b: str
    column: str
    confidence: float

    def sentence(self, a: str, b: str, verb: str = "is") -> str:
        """The difference in words, with these labels in place of the names of the configurations."""
        unit, digits = (" points", 1) if self.column.endswith("_pct") else ("", 3)
        low, high = sorted((abs(self.low), abs(self.high)))
        if self.low * self.high > 0:
            interval = f"{low:.{digits}f} to {high:.{digits}f}"
        else:
            interval = f"{abs(self.low):.{digits}f} below to {abs(self.high):.{digits}f} above"
        side = "below" if self.mean < 0 else "above"
        return (
            f"{a} {verb} {abs(self.mean):.{digits}f}{unit} {side} {b} "
            f"({100 * self.confidence:g} % interval {interval}, {self.pairs} seeds)"
        )

    def __str__(self) -> str:
        return self.sentence(self.a, self.b)


def half_width(values: np.ndarray, confidence: float = 0.95) -> float:
    """Half the width of Student's t interval of a mean: t times the standard error (Student, Biometrika 6, 1908).

    values: (S,), at least two, independent and about normal. Raises `ValueError` or `TypeError` for other values.
    """
    values = arguments.numbers("values", values, "S", finite=True)
    arguments.number("confidence", confidence, high=1, positive=True)
    if len(values) < 2:
        raise ValueError(f"values: expected at least two, got {len(values)}")
    error = values.std(ddof=1) / len(values) ** 0.5
    return float(special.stdtrit(len(values) - 1, (1 + confidence) / 2) * error)


def paired_difference(
    table: pd.DataFrame, a: str, b: str, column: str = "validation_error_pct", confidence: float = 0.95
) -> PairedDifference:
    """The mean of `a` minus `b` over the seeds that both have, with Student's t interval of the paired differences.

    table: as `run_study` returns it. The differences are assumed to be independent and about normal. Raises
    `ValueError` for an unknown configuration or column, fewer than two shared seeds, a run that is in the table twice,
    and values that are not finite.
    """
    arguments.data_frame(("configuration", "seed"), table=table)
    arguments.one_of("column", column, [name for name in table.select_dtypes("number") if name != "seed"])
    by_seed = []
    for name, configuration in (("a", a), ("b", b)):
        arguments.one_of(name, configuration, list(table["configuration"].unique()))
        runs = table[table["configuration"] == configuration].set_index("seed")
        if not runs.index.is_unique:
            raise ValueError(f"table: expected each seed once, got {configuration!r} with a seed twice")
        by_seed.append(runs[column].astype(float))
    pairs = pd.concat(by_seed, axis=1, join="inner")
    if len(pairs) < 2:
        raise ValueError(f"table: expected at least two seeds that {a!r} and {b!r} share, got {len(pairs)}")
    for seed, of_a, of_b in pairs.itertuples():
        if not np.isfinite([of_a, of_b]).all():
            got = f"{of_a} for {a!r} and {of_b} for {b!r}, seed {seed}"
            raise ValueError(f"table: expected finite numbers in {column}, got {got}")
    differences = (pairs.iloc[:, 0] - pairs.iloc[:, 1]).to_numpy()
    mean, half = float(differences.mean()), half_width(differences, confidence)
    return PairedDifference(mean, mean - half, mean + half, len(pairs), a, b, column, float(confidence))
