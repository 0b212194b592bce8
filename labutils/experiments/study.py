"""A study trains every configuration with every seed. Also the runs that are stored with the workbook."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils._internal.data_files import read
from labutils.experiments.runs import COLUMNS, HISTORY_COLUMNS, Configuration, run_with_history

SHARPNESS_COLUMNS: dict[str, Any] = {"configuration": str, "seed": int, "iteration": int}
SHARPNESS_COLUMNS |= {"sharpness": float, "first_layer_sharpness": float, "loss": float}


def run_study(configurations: Sequence[Configuration], seeds: Iterable[int]) -> pd.DataFrame:
    """A table with one row for each run, after training every configuration with every seed. Columns: `COLUMNS`.

    The runs follow one another; `labutils.instructor.studies` stores them. Raises `ValueError`, or what a run raises.
    """
    configurations, seeds = check_study(configurations, seeds)
    runs = [(configuration, seed) for configuration in configurations for seed in seeds]
    return as_table([run_with_history(*run)[0] for run in runs], COLUMNS)


def check_study(configurations: Iterable[Any], seeds: Iterable[Any]) -> tuple[list[Configuration], list[int]]:
    """The configurations and the seeds as lists, at least one of each and each once."""
    configurations = arguments.items("configurations", configurations, Configuration)
    seeds = arguments.items("seeds", seeds)
    for seed in seeds:
        arguments.whole_number("seeds", seed, low=0)
    for name, values in (("configurations", [c.name for c in configurations]), ("seeds", seeds)):
        arguments.expect(0 < len(values) == len(set(values)), name, "at least one, each once", values)
    return configurations, seeds


def load_study() -> pd.DataFrame:
    """The results of all runs that are stored with the workbook, one row per run. Errors are in %, losses in nats."""
    return _read_csv("study.csv", COLUMNS)


def load_histories() -> pd.DataFrame:
    """The learning curves of the stored runs on the rendered digits, one row per recorded iteration of a run."""
    return _read_csv("study_histories.csv", HISTORY_COLUMNS)


def load_sharpness() -> pd.DataFrame:
    """The largest curvature of the loss, and the loss, along some stored runs: one row per iteration, from 0 on."""
    return _read_csv("sharpness.csv", SHARPNESS_COLUMNS)


def in_bands(values: Mapping[str, float]) -> str:
    """A line of text for each value that says whether it lies in the range that we measured, which is called its band.

    values: by quantity, named as in data/bands.csv. Raises `ValueError` for a quantity that is not there.
    """
    arguments.instance(float | int | np.number, **arguments.entries("values", values))
    bands = pd.read_csv(io.BytesIO(read("bands.csv")), index_col="quantity")
    lines = []
    for name, value in values.items():
        arguments.one_of("values", name, list(bands.index))
        low, high = float(bands["low"][name]), float(bands["high"][name])
        side, given = ("inside", "") if low <= value <= high else ("out of", f": {value:.4g}")
        lines.append(f"{name}: {side} its band, {low:g} to {high:g}{given}")
    return "\n".join(lines)


def _read_csv(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    """The table in a data file. pandas' own reader of floats is not exact to the last digit in every version."""
    numeric = [column for column, kind in columns.items() if kind in (float, "Int64")]
    exact = dict.fromkeys(numeric, lambda cell: float(cell or "nan"))
    return as_table(pd.read_csv(io.BytesIO(read(name)), converters=exact, na_filter=False), columns)


def as_table(rows: pd.DataFrame | Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> pd.DataFrame:
    """Rows as a DataFrame with these columns and types."""
    types = {name: np.int64 if kind is int else kind for name, kind in columns.items()}
    return pd.DataFrame(rows, columns=list(columns)).astype(types)
