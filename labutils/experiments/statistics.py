"""Comparisons of configurations seed by seed, in which the effect of the split and of the initial weights cancels."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special  # scipy.stats takes a second to load, and only one function is needed

from labutils._internal import arguments


class PairedDifference(NamedTuple):
    """The mean of `a` minus `b` over the seeds that both have, and the 95 % interval around it."""

    mean: float  # as low and high in the unit of the column: percentage points for "..._pct", nats for losses
    low: float
    high: float
    pairs: int
    a: str
    b: str
    column: str

    def __str__(self) -> str:
        unit, digits = (" points", 1) if self.column.endswith("_pct") else ("", 3)
        mean, low, high = (f"{round(value, digits) + 0.0:+.{digits}f}" for value in self[:3])
        interval = f"(95 % interval {low} to {high}, {self.pairs} seeds)"
        return f"{self.a} differs from {self.b} by {mean}{unit} {interval}"


def half_width(values: np.ndarray) -> float:
    """Half the width of Student's 95 % interval of a mean: t times the standard error (Student, Biometrika 6, 1908).

    values: (S,), at least two, independent and about normal. Raises `ValueError` or `TypeError` for other values.
    """
    values = arguments.numbers("values", values, "S", finite=True)
    arguments.expect(len(values) > 1, "values", "at least two", len(values))
    error = values.std(ddof=1) / len(values) ** 0.5
    return float(special.stdtrit(len(values) - 1, 0.975) * error)


def paired_difference(
    table: pd.DataFrame, a: str, b: str, column: str = "validation_error_pct"
) -> PairedDifference:
    """The mean of `a` minus `b` over the seeds that both have, with Student's 95 % interval of the paired differences.

    table: as `run_study` returns it, with each run once. The differences are assumed to be independent and about
    normal. Raises `ValueError` for an unknown name, fewer than two shared seeds, and values that are not finite.
    """
    runs = _values_by_seed(table, column, a=a, b=b)
    return _mean_with_interval(runs["a"] - runs["b"], a, b, column)


def interaction(table: pd.DataFrame, both: str, first: str, second: str, neither: str) -> PairedDifference:
    """What two causes add to the error beyond the sum of what each adds alone: (both - first) - (second - neither).

    both, first, second, neither: the configurations with these causes. The rest is as for `paired_difference`.
    """
    column = "validation_error_pct"
    runs = _values_by_seed(table, column, both=both, first=first, second=second, neither=neither)
    added = (runs["both"] - runs["first"]) - (runs["second"] - runs["neither"])
    return _mean_with_interval(added, f"{both} - {first}", f"{second} - {neither}", column)


def _values_by_seed(table: pd.DataFrame, column: str, **configurations: str) -> pd.DataFrame:
    """A column of these configurations, by the names of the arguments; a row for each seed that all of them have."""
    arguments.data_frame(("configuration", "seed"), table=table)
    arguments.one_of("column", column, [name for name in table.select_dtypes("number") if name != "seed"])
    by_seed = {}
    for name, configuration in configurations.items():
        arguments.one_of(name, configuration, list(table["configuration"].unique()))
        runs = table[table["configuration"] == configuration].set_index("seed")
        if not runs.index.is_unique:
            raise ValueError(f"table: expected each seed once, got {configuration!r} with a seed twice")
        by_seed[name] = runs[column].astype(float)
    shared = pd.concat(by_seed, axis=1, join="inner")
    words = " and ".join(map(repr, configurations.values()))
    arguments.expect(len(shared) > 1, "table", f"at least two seeds that {words} share", len(shared))
    for name, configuration in configurations.items():
        for seed, value in shared.loc[~np.isfinite(shared[name]), name].items():
            got = f"{value} for {configuration!r}, seed {seed}"
            raise ValueError(f"table: expected finite numbers in {column}, got {got}")
    return shared


def _mean_with_interval(differences: pd.Series, a: str, b: str, column: str) -> PairedDifference:
    """The mean of these differences and Student's 95 % interval around it."""
    mean, half = float(differences.mean()), half_width(differences.to_numpy())
    return PairedDifference(mean, mean - half, mean + half, len(differences), a, b, column)
