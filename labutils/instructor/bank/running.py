"""Answers from source text, and what they give on the inputs of an exercise."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from labutils.exercises.answers import results_as_arrays
from labutils.exercises.cases import Parts
from labutils.instructor.bank.solutions import NOTEBOOK

PASSES = 3_000  # of loops with `while`, on all inputs; more of them count as an endless loop


class Endless(Exception):
    """A loop of a generated answer does not end."""


def compiled(source: str, passes: float = math.inf) -> Callable[..., Any]:
    """The function of a source text, which may use NumPy and the functions of the notebooks. passes: of its loops."""
    names: dict[str, Any] = {"np": np, **NOTEBOOK}
    lines, guarded = source.splitlines(), []
    for line in lines:
        guarded.append(line)
        if line.lstrip().startswith("while ") and line.endswith(":"):
            guarded.append(f"{line[: len(line) - len(line.lstrip())]}    _tick()")
    names["_tick"] = _ticks(passes)
    exec("\n".join(guarded), names)  # noqa: S102  the texts are those of the bank
    return names[source.split("(")[0].split()[-1]]


def _ticks(passes: float) -> Callable[[], None]:
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count > passes:
            raise Endless

    return tick


def results(answer: Callable[..., Any], given: dict[str, Any], expected: Parts) -> Parts | str | None:
    """The results as arrays, or the name of the exception; None for what cannot be compared with the right ones."""
    try:
        value = answer(*copy.deepcopy(list(given.values())))
        if value is None:
            return "None"
        parts = results_as_arrays(value, len(expected))
    except Endless:
        return None
    except Exception as error:  # a mistake may fail in any way
        return type(error).__name__
    if len(parts) != len(expected) or any(part.dtype.kind not in "fiub" for part in parts):
        return None
    return parts
