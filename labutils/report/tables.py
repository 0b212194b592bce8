"""The numbers of the report: its ten runs and their progress tables, and how close our runs come to them."""

import io
from collections.abc import Mapping

import pandas as pd

from labutils._internal import arguments
from labutils._internal.data_files import read

DIVERGENT = "learn-rate-too-high"
Tables = Mapping[str, pd.DataFrame]  # {run: table of `load_rows`}


def load_runs() -> pd.DataFrame:
    """The ten runs of the report, one row each, with the validation error that it prints (%). NaN: not stated."""
    return pd.read_csv(io.BytesIO(read("report/runs.csv")), index_col="run")


def load_rows(run: str | None = None) -> pd.DataFrame:
    """The report's progress table of a run, or of all ten, one row per printed line. NaN: unreadable or printed NaN."""
    rows = pd.read_csv(io.BytesIO(read("report/training_progress.csv")))
    if run is None:
        return rows
    arguments.one_of("run", run, list(rows["run"].unique()))
    return rows[rows["run"] == run].reset_index(drop=True)


def lower(error: float, other: float, images: int = 1000) -> bool | None:
    """True if an error (%) is lower than another, False if it is higher, and None if the difference is within chance.

    Within chance: at most two standard errors of the difference of two shares, each of `images` independent images.
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
    """How close the report's curves are to ours, one row per run of the report.

    histories: as `experiments.load_histories` returns them; tables: the report's rows, by run. Columns: run;
    accuracy_inside_pct, the share of the report's rows (%) whose validation accuracy lies between our lowest and our
    highest seed; and accuracy_distance, the mean of |mean of our seeds - report| (percentage points). Rows that only
    one of the two has are left out.
    """
    column = "validation_accuracy_pct"
    arguments.data_frame(("configuration", "iteration", column), histories=histories)
    arguments.data_frame(("iteration", column), **arguments.entries("tables", tables))
    rows = []
    for run, table in tables.items():
        ours = histories[histories["configuration"] == run]
        if ours.empty:
            raise ValueError(f"histories: expected runs of {run!r}, got none")
        band = ours.groupby("iteration")[column].agg(["min", "mean", "max"])
        theirs = table.drop_duplicates("iteration").set_index("iteration")[column]
        both = band.join(theirs, how="inner").dropna()
        inside, apart = both[column].between(both["min"], both["max"]), (both[column] - both["mean"]).abs()
        rows.append((run, 100 * inside.mean(), apart.mean()))
    return pd.DataFrame(rows, columns=["run", "accuracy_inside_pct", "accuracy_distance"])


def place(run: str) -> str:
    """Where a result was found, in words: "at rate 1e-3", "with 700 units", "in the divergent run"."""
    name = str(run).replace(DIVERGENT, "the divergent run").removeprefix("mnist-").removeprefix("hidden-")
    if name.isdecimal():
        return f"with {int(name):,} units"
    return f"at rate {name.removeprefix('learn-rate-')}" if name.startswith("learn-rate-") else f"in {name}"
