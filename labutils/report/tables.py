"""The report: its ten runs, their rows and its claims, and where this workbook's runs stand beside them."""

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd

from labutils._internal import arguments
from labutils._internal.data_files import read

VALIDATION = ("validation_accuracy_pct", "validation_loss")
Tables = Mapping[str, pd.DataFrame]  # {run: table of `load_rows`}


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

    Chance: two standard errors of the difference of two shares, each of `images` images, chosen independently.
    """
    for name, value in (("error", error), ("other", other)):
        arguments.number(name, value)
        arguments.expect(value <= 100, name, "a percentage, 0 to 100", value)
    arguments.whole_number("images", images)
    error, other = float(error), float(other)
    share = (error + other) / 200
    chance = 200 * (2 * share * (1 - share) / int(images)) ** 0.5
    return None if abs(error - other) <= chance else error < other


def distances(histories: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Each run of the report beside the band of our seeds, lowest to highest: one row per run.

    histories: as `experiments.load_histories` returns them; tables: the report's rows, by run. Columns: run; seeds; for
    validation accuracy and loss the number of rows that both have, and the share of them inside the band (%); and
    accuracy_distance, the mean over these rows of |mean over our seeds - report| in accuracy (percentage points).
    """
    arguments.data_frame(("configuration", "seed", "iteration", *VALIDATION), histories=histories)
    arguments.data_frame(("iteration", *VALIDATION), **arguments.entries("tables", tables))
    rows = []
    for run, table in tables.items():
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
