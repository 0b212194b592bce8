"""Mistakes in what is done with the results, by themselves and together with another mistake."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from labutils.exercises.cases import Parts

_Change = Callable[[np.ndarray], Any]
CaseChange = Callable[[int, np.ndarray], Any]  # the number of the case, and a result
CORE = (
    "hand",
    "drop",
    "sign",
    "reduction",
    "axis",
    "swap",
    "other_operation",
    "power",
    "twice",
    "function",
    "argument",
)


def changes(number: bool) -> list[tuple[str, _Change]]:
    """What is done with a result: (sentence, change). number: it is one number; else it has a column a sample."""
    made: list[tuple[str, _Change]] = []
    if not number:
        made += [
            ("The sum over the samples is taken; each sample has its own column.", _sum_of_samples),
            ("The sum over everything is taken; each entry has its own value.", lambda a: a.sum()),
            ("The first sample is left out.", lambda a: np.where(_places(a) > 0, a, 0)),
            ("The last sample is left out.", lambda a: np.where(_places(a) < a.shape[1] - 1, a, 0)),
            ("There is a division by the number of samples.", lambda a: a / a.shape[1]),
            ("The sign is wrong.", lambda a: -a),
            ("The sum over the samples is taken; each sample has its own column.", lambda a: a.sum(axis=1)),
            ("The mean over the samples is taken; each sample has its own column.", _mean_of_samples),
            ("The mean over everything is taken; each entry has its own value.", lambda a: a.mean()),
        ]
    for digits in (2, 1, 3, 0):
        text = f"{digits} decimal{'s' * (digits != 1)}" if digits else "whole numbers"
        made.append((f"The values are rounded to {text}.", _rounding(digits)))
    return made


def by_size(sizes: Sequence[int]) -> Iterator[tuple[str, CaseChange]]:
    """A single number that is multiplied or divided by the number of samples, which is given for each case."""
    yield (
        "There is a division by the number of samples; the loss is the sum.",
        lambda case, a: a * sizes[case],
    )
    yield "The bound itself is divided by the number of samples.", lambda case, a: a / sizes[case]


def applied(made: Sequence[Parts | str], change: CaseChange) -> list[Parts | str] | None:
    """The results after a change of each array; None if it cannot be made."""
    found: list[Parts | str] = []
    for case, parts in enumerate(made):
        if isinstance(parts, str) or any(part.dtype.kind not in "fiu" for part in parts):
            found.append("ValueError" if isinstance(parts, str) else parts)
            continue
        try:
            found.append(tuple(np.asarray(change(case, part)) for part in parts))
        except (ValueError, IndexError, np.exceptions.AxisError):
            return None
    return found


def _rounding(digits: int) -> _Change:
    return lambda a: np.round(a, digits)


def _places(a: np.ndarray) -> np.ndarray:
    return np.arange(a.shape[1])


def _sum_of_samples(a: np.ndarray) -> np.ndarray:
    return a.sum(axis=1, keepdims=True)


def _mean_of_samples(a: np.ndarray) -> np.ndarray:
    return a.mean(axis=1, keepdims=True)
