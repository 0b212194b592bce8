"""Findings, and the words that their sentences have in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labutils.report.tables import place


@dataclass(frozen=True)
class Finding:
    """One thing that the numbers reveal, as a sentence."""

    kind: str  # what it is about, such as "batch-size"
    rows: tuple[int, ...]  # the iterations that it is based on, each once
    sentence: str
    runs: tuple[str, ...] = ()  # their names, if there are several
    numbers: tuple[float, ...] = ()  # what was found, such as the size


def make_finding(kind: str, rows: Iterable[float], words: str, run: str = "", numbers: Any = ()) -> Finding:
    """A finding on one run. The sentence names the run, if it has a name."""
    words = f"{place(run)}, {words}" if run else words
    found = tuple(sorted({int(row) for row in rows}))
    return Finding(kind, found, words[0].upper() + words[1:], (run,) if run else (), numbers)


def join_words(items: Iterable[Any]) -> str:
    """A list in words, with at most ten entries: "a, b and c"."""
    texts = [str(item) for item in items]
    if len(texts) > 10:
        texts = [*texts[:8], f"{len(texts) - 8} more"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def number_text(row: Any, column: str) -> str:
    """A number of a row with the digits that its table has: "89.40", "0.5811"."""
    value, digits = float(getattr(row, column)), int(getattr(row, f"{column}_digits"))
    return f"{value:,.{digits}f}" if abs(value) < 1e6 else f"{value:.3g}"
