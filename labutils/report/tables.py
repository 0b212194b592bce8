"""The report: its ten runs, their rows and its claims, and where this workbook's runs stand beside them."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils._internal.data_files import read

VALIDATION = ("validation_accuracy_pct", "validation_loss")


def load_runs() -> pd.DataFrame:
    """One row per run: run, question, learn_rate, hidden_units (NaN: not stated), validation_error_pct."""
    return pd.read_csv(io.BytesIO(read("report/runs.csv")), index_col="run")


def load_rows(run: str | None = None) -> pd.DataFrame:
    """The rows of the ten logs, or of one; percentages in percent, losses in nats, NaN where unreadable or NaN."""
    rows = pd.read_csv(io.BytesIO(read("report/training_progress.csv")))
    if run is None:
        return rows
    arguments.one_of("run", run, list(rows["run"].unique()))
    return rows[rows["run"] == run].reset_index(drop=True)


def lower(error: float, other: float, images: int = 1000) -> bool | None:
    """Is a validation error (%) lower than another? True, False, or None where chance alone could give the difference.

    Chance: two standard errors of the difference of two shares, each of `images` images that are chosen independently.
    The difference of two shares of the same images usually varies less; for these, None comes a little too often.
    """
    arguments.percentage("error", error)
    arguments.percentage("other", other)
    arguments.whole_number("images", images)
    error, other, images = float(error), float(other), int(images)
    share = (error + other) / 200
    chance = 200 * (2 * share * (1 - share) / images) ** 0.5
    return None if abs(error - other) <= chance else error < other


def distances(histories: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each run of the report beside the band of our seeds, lowest to highest: one row per run.

    histories: as `experiments.load_histories` returns them; tables: the report's rows, by run. Columns: run; seeds; for
    validation accuracy and loss the number of rows that both have, and the share of them inside the band (%); and
    accuracy_distance, the mean over these rows of |mean over our seeds - report| in accuracy (percentage points).
    """
    arguments.data_frame(("configuration", "seed", "iteration", *VALIDATION), histories=histories)
    arguments.instance(Mapping, tables=tables)
    rows = []
    for run, table in tables.items():
        arguments.data_frame(("iteration", *VALIDATION), **{f"tables[{run!r}]": table})
        ours = histories[histories["configuration"] == run]
        if ours.empty:
            raise ValueError(f"histories: expected runs of {run!r}, got none")
        row: dict[str, Any] = {"run": run, "seeds": ours["seed"].nunique()}
        theirs = table.drop_duplicates("iteration").set_index("iteration")
        for name, column in (("accuracy", "validation_accuracy_pct"), ("loss", "validation_loss")):
            band = ours.groupby("iteration")[column].agg(["min", "mean", "max"])
            both = band.join(theirs[column], how="inner").dropna()
            row[f"{name}_rows"] = len(both)
            row[f"{name}_inside_pct"] = 100 * float(both[column].between(both["min"], both["max"]).mean())
            if name == "accuracy":
                row["accuracy_distance"] = float((both[column] - both["mean"]).abs().mean())
        rows.append(row)
    return pd.DataFrame(rows)


def rate_bracket(
    histories: pd.DataFrame, rates: Mapping[str, float], table: pd.DataFrame
) -> tuple[float, float]:
    """Between which two rates a divergent run lies, by the level of its loss before it is NaN.

    rates: {configuration: learning rate} in `histories`; table: the report's rows of the run. A rate is too low if the
    median of the training loss over those rows is below the report's for each seed, and too high if it is above it for
    each. Returns the highest rate that is too low and the lowest that is too high; 0 and infinity if none is.
    """
    arguments.data_frame(("configuration", "seed", "iteration", "training_loss"), histories=histories)
    arguments.data_frame(("iteration", "training_loss"), table=table)
    arguments.instance(Mapping, rates=rates)
    for name, rate in rates.items():
        arguments.number(f"rates[{name!r}]", rate)
    rows = table[np.isfinite(table["training_loss"])]
    same_rows = histories[histories["iteration"].isin(rows["iteration"])]
    if missing := set(rates) - set(same_rows["configuration"]):
        raise ValueError(f"histories: expected rows where table has losses, for {missing.pop()!r}, got none")
    level = same_rows.groupby(["configuration", "seed"])["training_loss"].median()
    theirs = float(rows["training_loss"].median())
    low = [rate for name, rate in rates.items() if (level[name] < theirs).all()]
    high = [rate for name, rate in rates.items() if (level[name] > theirs).all()]
    return max(low, default=0.0), min(high, default=float("inf"))
