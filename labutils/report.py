"""The report: its ten runs, their rows and its claims, and where this workbook's runs stand beside them."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from labutils import arguments
from labutils.audit import Finding as Finding
from labutils.audit import audit as audit
from labutils.audit import audit_runs as audit_runs
from labutils.data import read

VALIDATION = ("validation_accuracy_pct", "validation_loss")
CLAIMS = {
    "A1": "Outputs: the linear layer gives n numbers, the sigmoid keeps the shape, the NLL gives one number.",
    "A2": "Gradients: of the NLL a vector, n×n; of the sigmoid a scalar; of the linear layer m×n.",
    "A3": "The three layers can be written in a few lines of code.",
    "A4": "Forward runs linear, sigmoid, NLL; backward runs NLL, sigmoid, linear.",
    "A5": "A straight line should separate the two groups.",
    "A6": "The training loop can be written in a few lines of code.",
    "A7.1": "At rate 0.02 the run converges well and the line settles.",
    "A7.2": "At rate 0.03 it is too slow: training error 17.5 %, test error 15 %.",
    "A7.3": "At rate 2 it diverges, and no error can be computed.",
    "B1": "The network has five stages: linear, sigmoid, linear, softmax, loss.",
    "B2": "The new layers can be written in a few lines of code.",
    "B3": "The network can be written in a few lines of code.",
    "B4": "Its training can be written in a few lines of code.",
    "B5": "The validation results on MNIST (the report's figures are not available).",
    "B6": "More hidden units cost memory and time; accuracy rises until over-fitting raises the validation error.",
    "B7": "Learning gets faster, but with fewer stages, so accuracy is slightly lower.",
    "C1": "A toolbox builds and trains the network in a few lines.",
    "C2": "sgdm is gradient descent with momentum; the rate is the step size; epochs count the passes.",
    "C3.1": "5e-4 and 8e-4 are slowish but reach a reasonable validation error (3.6 % and 4.8 %).",
    "C3.2": "A higher rate comes closer to the minimum; 1e-3 is best (2.4 %).",
    "C3.3": "3e-3 is too high and misses the minimum (23.2 %).",
    "C4.1": "At 1e-3 the error falls with the hidden units (200, 500, 700: 8.1, 3.8, 2.0 %): finer resolution.",
    "C4.2": "1000 units (2.1 %) are worse than 700 because of over-fitting.",
    "C5.1": "5e-5 is far too small: 9.0 % after the same number of epochs.",
    "C5.2": "There alone the training error reaches 0 % late; other runs need a few epochs.",
    "C6.1": "An exaggerated rate diverges: NaN from iteration 300 on, validation error 100 %.",
    "C6.2": "That run does not reach its end.",
    "C7.1": "Lowering the loss directly raises the accuracy.",
}


def load_runs() -> pd.DataFrame:
    """One row per run: run, question, learn_rate, hidden_units (NaN: not stated), validation_error_pct."""
    return pd.read_csv(io.BytesIO(read("report/runs.csv"))).set_index("run")


def load_rows(run: str | None = None) -> pd.DataFrame:
    """The rows of the ten logs, or of one; percentages in percent, losses in nats, NaN where unreadable or NaN."""
    rows = pd.read_csv(io.BytesIO(read("report/training_progress.csv")))
    if run is None:
        return rows
    arguments.one_of("run", run, list(rows["run"].unique()))
    return rows[rows["run"] == run].reset_index(drop=True)


def lower(error: float, other: float, images: int = 1000) -> bool | None:
    """Is a validation error (%) lower than another? True, False, or None where chance alone could give the difference.

    Chance: two standard errors of the difference of two shares, each counted on `images` images.
    """
    arguments.percentage("error", error)
    arguments.percentage("other", other)
    arguments.whole_number("images", images)
    error, other, images = float(error), float(other), int(images)
    share = (error + other) / 200
    chance = 2 * 100 * (2 * share * (1 - share) / images) ** 0.5
    return None if abs(error - other) <= chance else error < other


def distances(histories: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each run of the report beside the band of our seeds, lowest to highest: one row per run.

    histories: as `study.load_histories` gives them; tables: the report's rows, by run. Columns: run; seeds; for
    validation accuracy and loss the number of rows that both have, and the share of them inside the band (%); and
    accuracy_distance, how far the report's accuracy is from the median of our seeds, in the mean (points).
    """
    arguments.table(("configuration", "seed", "iteration", *VALIDATION), histories=histories)
    arguments.instance(Mapping, tables=tables)
    rows = []
    for run, table in tables.items():
        arguments.table(("iteration", *VALIDATION), **{f"tables[{run!r}]": table})
        ours = histories[histories["configuration"] == run]
        if ours.empty:
            raise ValueError(f"histories: expected runs of {run!r}, got none")
        row: dict[str, Any] = {"run": run, "seeds": ours["seed"].nunique()}
        theirs = table.drop_duplicates("iteration").set_index("iteration")
        for name, column in (("accuracy", "validation_accuracy_pct"), ("loss", "validation_loss")):
            band = ours.groupby("iteration")[column].agg(["min", "median", "max"])
            both = band.join(theirs[column], how="inner").dropna()
            row[f"{name}_rows"] = len(both)
            row[f"{name}_inside_pct"] = 100 * float(both[column].between(both["min"], both["max"]).mean())
            if name == "accuracy":
                row["accuracy_distance"] = float((both[column] - both["median"]).abs().mean())
        rows.append(row)
    return pd.DataFrame(rows)


def rate_bracket(
    histories: pd.DataFrame, rates: Mapping[str, float], table: pd.DataFrame
) -> tuple[float, float]:
    """Between which two rates a divergent run lies, by the level of its loss before it is NaN.

    rates: {configuration: learning rate} in `histories`; table: the report's rows of the run. A rate is too low if the
    median of the training loss over those rows is below the report's for each seed, and too high if it is above it
    for each. (Of the training loss: the validation loss of such a run can hang on a single image.) Gives the
    highest rate that is too low and the lowest that is too high; 0 and infinity if none is.
    """
    arguments.table(("configuration", "seed", "iteration", "training_loss"), histories=histories)
    arguments.table(("iteration", "training_loss"), table=table)
    arguments.instance(Mapping, rates=rates)
    for name, rate in rates.items():
        arguments.one_of("rates", name, list(histories["configuration"].unique()))
        arguments.number(f"rates[{name!r}]", rate)
    rows = table[np.isfinite(table["training_loss"])]
    same_rows = histories[histories["iteration"].isin(rows["iteration"])]
    if missing := set(rates) - set(same_rows["configuration"]):
        raise ValueError(
            f"histories: expected iterations of table, with finite losses there, for {missing.pop()!r}, got none"
        )
    level = same_rows.groupby(["configuration", "seed"])["training_loss"].median()
    theirs = float(rows["training_loss"].median())
    low = [rate for name, rate in rates.items() if (level[name] < theirs).all()]
    high = [rate for name, rate in rates.items() if (level[name] > theirs).all()]
    return max(low, default=0.0), min(high, default=float("inf"))
