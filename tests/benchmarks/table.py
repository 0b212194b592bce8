"""The table of README.md, in Markdown, from measured.json: `python -m tests.benchmarks.table`."""

import json
from pathlib import Path
from typing import Any

from . import steps

MEASURED = Path(__file__).with_name("measured.json")
SIZES = [f"{units} units, not validated" for units in steps.EPOCHS]
EXPLORERS = ("line", "descent", "image_stages", "hidden_units")
STEMS = ("part_a_logistic_regression", "part_b_two_layer_network", "part_c_learning_rate_study")
# what: the names of the figures, their digits and the unit
ROWS: dict[str, tuple[list[str], int, str]] = {
    "PyTorch's time for a step / ours, with 100, 200, 700 and 1,000 hidden units": (
        [f"{size}: PyTorch's best / train" for size in SIZES],
        2,
        "",
    ),
    "scikit-learn's time / ours": ([f"{size}: scikit-learn / train" for size in SIZES], 2, ""),
    "our time / that of the five matrix products alone": (
        [f"{size}: train / bare products" for size in SIZES],
        2,
        "",
    ),
    "a study on two cores / the matrix products of its steps": (
        ["a study of 8 runs on two workers / the bare products of its steps"],
        2,
        "",
    ),
    "`make lab` from a fresh clone, with pip and with uv": (
        [f"make lab from a fresh clone, with {tool}" for tool in ("pip", "uv")],
        0,
        "s",
    ),
    "the first cells of Parts A, B and C, up to the imports": (
        [f"{stem}: the cells up to the imports" for stem in STEMS],
        2,
        "s",
    ),
    "Run All of Parts A, B and C": ([f"{stem}: Run All, the whole process" for stem in STEMS], 0, "s"),
    "memory of the kernels of Parts A, B and C": (
        [f"{stem}: memory of its kernel" for stem in STEMS],
        0,
        "MB",
    ),
    "a new figure after a slider moves, median of 20 moves, four explorers": (
        [f"explorer {name}: from a key press to the figure" for name in EXPLORERS],
        0,
        "ms",
    ),
    "the same, slowest of 20 moves": ([f"explorer {name}: the slowest" for name in EXPLORERS], 0, "ms"),
    "the live figure's share of a training": (["the live figure's share of training"], 1, "%"),
    "from the stop button to the end of the run": (["from the stop button to the end of the run"], 1, "s"),
    "a check of an answer, median": (["a check, the median"], 2, "s"),
    "the slowest check of 609 answers": (["the slowest check"], 1, "s"),
    "`make html`": (["make html"], 1, "s"),
    "`make test`, after set-up": (["make test, after set-up"], 0, "s"),
}


def rows() -> list[str]:
    """The rows of the table: what, the measured values, the targets, how many are met; those that were measured."""
    figures: list[dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))["figures"]
    lines = []
    for what, (names, digits, unit) in ROWS.items():
        found = [next((f for f in figures if f["what"].startswith(name)), None) for name in names]
        known = [figure for figure in found if figure]
        if known:
            values = joined([f"{figure['value']:.{digits}f}" for figure in known], unit)
            limits = [figure.get("most", figure.get("least")) for figure in known]
            word = "at most " if "most" in known[0] else "at least "
            targets = (
                word
                + joined([f"{limit:g}" for limit in (limits if len(set(limits)) > 1 else limits[:1])], unit)
                if any(limits)
                else ""
            )
            judged = [is_met(figure) for figure in known if {"most", "least"} & figure.keys()]
            met = "yes" if all(judged) else f"{sum(judged)} of {len(judged)}" if any(judged) else "no"
            lines.append(f"| {what} | {values} | {targets} | {met if judged else ''} |")
    return lines


def is_met(figure: dict[str, Any]) -> bool:
    """Whether a measured value is within its target."""
    return figure.get("least", float("-inf")) <= figure["value"] <= figure.get("most", float("inf"))


def summary() -> str:
    """How many of the rows with a target are met."""
    verdicts = [row.rsplit(" | ", 1)[1].removesuffix(" |") for row in rows()]
    judged = [verdict for verdict in verdicts if verdict.strip(" |")]
    return f"Of {len(judged)} rows with a target, {judged.count('yes')} meet it completely."


def joined(values: list[str], unit: str) -> str:
    *first, last = values
    return f"{', '.join(first)} and {last} {unit}".rstrip() if first else f"{last} {unit}".rstrip()


if __name__ == "__main__":
    print(summary(), "", "| | measured | target | met |", "|---|---|---|---|", *rows(), sep="\n")
