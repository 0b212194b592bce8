"""Tables with one thing changed, and a search in findings."""

import numpy as np
import pandas as pd

from labutils import report
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
