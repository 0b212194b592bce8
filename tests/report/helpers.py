"""Tables with one thing changed, and a search in findings."""

import numpy as np
import pandas as pd

from labutils import report
from labutils.experiments.runs import COLUMNS
from labutils.report import Finding


def changed_table(run: str, row: int | None = None, **numbers: float) -> pd.DataFrame:
    """The log of a run, with numbers of one row changed."""
    rows = report.load_rows(run)
    for column, number in numbers.items():
        rows.loc[row, column] = number
    return rows


def of(findings: list[Finding], kind: str, *runs: str) -> list[Finding]:
    return [f for f in findings if f.kind == kind and f.runs[: len(runs)] == runs]


def one(findings: list[Finding], kind: str, *runs: str) -> Finding:
    (finding,) = of(findings, kind, *runs)
    return finding


def simulated_table(seed: int, images: int, rows: int, final: float, batch: int = 128) -> pd.DataFrame:
    """The exact rows of a made-up run whose validation accuracy rises from 60 % to about `final` %."""
    rng = np.random.default_rng(seed)
    iteration = 50 * np.arange(1, rows + 1)
    expected = (final - (final - 60) * np.exp(-np.linspace(0, 4, rows))) / 100
    return pd.DataFrame(
        {
            "epoch": -(-iteration // 70),
            "iteration": iteration,
            "training_accuracy_pct": 100 * rng.binomial(batch, expected) / batch,
            "validation_accuracy_pct": 100 * rng.binomial(images, expected) / images,
            "training_loss": rng.random(rows),
            "validation_loss": rng.random(rows),
        }
    )


def shifted(table, name, points, column="validation_error_pct"):
    """The study with the results of a configuration moved by so many points."""
    table = table.copy()
    table.loc[table["configuration"] == name, column] += points
    return table


def level(table, value, *names):
    """The study with the errors of these configurations about a value, with a little spread over the seeds."""
    table = table.copy()
    for name in names:
        rows = table["configuration"] == name
        table.loc[rows, "validation_error_pct"] = value + 0.01 * table.loc[rows, "seed"]
    return table


# Validation error, training error and training loss of a made-up study.
MADE_UP = {
    "learn-rate-5e-4": (6.0, 0.4, 0.03),
    "learn-rate-8e-4": (5.5, 0.4, 0.03),
    "learn-rate-1e-3": (6.0, 0.4, 0.03),
    "learn-rate-3e-3": (30.0, 28.0, 0.8),
    "learn-rate-5e-5": (9.5, 0.7, 0.05),
    "learn-rate-too-high": (90.0, 90.0, 2.5),
    "hidden-200": (19.0, 12.0, 0.4),
    "hidden-500": (6.0, 0.4, 0.03),
    "hidden-700": (4.0, 0.1, 0.01),
    "hidden-1000": (3.9, 0.1, 0.01),
    "mnist-10": (11.0, 2.0, 0.1),
    "mnist-30": (7.5, 0.5, 0.02),
    "mnist-100": (6.5, 0.2, 0.01),
    "mnist-300": (6.4, 0.2, 0.01),
    "mnist-100 full batch": (16.0, 15.0, 0.5),
    "mnist-100 half": (8.7, 0.2, 0.02),
    "mnist-100 quarter": (11.0, 0.2, 0.02),
    "mnist-100 10 epochs": (7.5, 0.5, 0.05),
    "mnist-100 2 epochs": (9.5, 7.0, 0.25),
}


def made_up_study(seeds: int = 10) -> pd.DataFrame:
    """A study of these configurations, in which the results of the seeds differ by about a tenth of a point."""
    rows = []
    for number, (name, (error, training_error, loss)) in enumerate(MADE_UP.items()):
        diverges = name == "learn-rate-too-high"
        units = name.split()[0].rpartition("-")[2]
        for seed in range(seeds):
            noise = np.cos(seed) + 0.1 * np.sin(
                1 + 7 * seed + number
            )  # the first is common to all configurations
            rows.append(
                dict.fromkeys(COLUMNS)
                | {"configuration": name, "seed": seed, "status": "finished", "learning_rate": 1e-3}
                | {
                    "validation_error_pct": error + 0.3 * noise,
                    "training_error_pct": training_error + 0.02 * noise,
                }
                | {"training_loss": loss * (1 + 0.01 * noise), "dead_in_training_pct": 60.0}
                | {"diverged_at": 2 + seed if diverges else None}
                | {"hidden_units": int(units) if units.isdigit() else 500}
            )
    return pd.DataFrame(rows).astype({"diverged_at": "Int64"})


def diverging(table, name, *seeds):
    """The study in which the runs of a configuration with these seeds diverge, and their results are NaN."""
    table = table.copy()
    rows = (table["configuration"] == name) & table["seed"].isin(seeds)
    table.loc[rows, "diverged_at"] = 3
    table.loc[rows, ["validation_error_pct", "training_error_pct", "training_loss"]] = np.nan
    return table
