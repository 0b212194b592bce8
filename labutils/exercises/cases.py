"""The code exercises, which `python -m labutils.instructor.bank` writes, and how results of answers are compared."""

import functools
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labutils._internal.data_files import read

Parts = Sequence[np.ndarray]  # the results of an answer, for example dW, db and dx
EXCEPTION = 1000.0  # the condensed number of an exception is at least this one


@dataclass(frozen=True)
class Case:
    """Arguments by name, and the right results. twin: a case that differs from this one in one argument alone."""

    given: dict[str, Any]
    expected: Parts
    twin: tuple[int, str] | None = None  # the index of that case, and the argument

    @property
    def shapes(self) -> str:
        """The shapes of the arguments, in words."""
        words = {k: f"of shape {np.shape(v)}" if np.ndim(v) else f"= {v}" for k, v in self.given.items()}
        return ", ".join(f"`{name}` {text}" for name, text in words.items())


@dataclass(frozen=True)
class _Mistake:
    """A known mistake. numbers: for each result None if it stays right, or its condensed number on each case."""

    sentence: str
    numbers: Sequence[Sequence[float] | None]


@dataclass(frozen=True)
class Exercise:
    """One exercise. names: what an answer returns; function: its name in the notebook; whole: whether it is a count.

    sizes: words for the dimensions, such as "the number of samples", each with an argument and an axis of it.
    """

    about: str
    names: Sequence[str]
    hints: Sequence[str]
    whole: bool
    function: str
    sizes: Mapping[str, tuple[str, int]]
    cases: Sequence[Case]
    mistakes: Sequence[_Mistake]


@dataclass(frozen=True)
class Try:
    """What an answer gave on a case: results, or an exception and a sentence; the arguments it changed in place."""

    case: Case
    parts: Parts | None = None
    error: str = ""
    said: str = ""
    changed: Sequence[str] = ()

    def is_right(self, i: int) -> bool:
        """Whether result number i is right."""
        return self.parts is not None and is_close(self.parts[i], self.case.expected[i])

    def has_right_shapes(self) -> bool:
        """Whether there are results, all of the right shapes."""
        return [np.shape(part) for part in self.parts or ()] == [part.shape for part in self.case.expected]


@functools.cache
def load_exercises() -> dict[str, Exercise]:
    """The exercises by name: "A3.1", "A3.2", ... Raises `OSError` or `ValueError` if their file is damaged."""
    return json.loads(read("exercises.json"), object_hook=_decode)


def _decode(stored: dict[str, Any]) -> Any:
    """An exercise, a case, a mistake, or an array, which is stored as {dtype: rows}. Other objects stay as they are."""
    for kind in (Exercise, Case):
        if stored.keys() == kind.__annotations__.keys():
            return kind(**stored)
    if stored.keys() == {"sentence", "numbers"}:  # in units of 1e-4
        numbers = [column and [number / 1e4 for number in column] for column in stored["numbers"]]
        return _Mistake(stored["sentence"], numbers)
    for dtype in stored.keys() & {"float64", "int64"}:
        return np.array(stored[dtype], dtype)
    return stored


def is_close(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two results agree: the same shape, and no entry that differs."""
    return a.shape == b.shape and first_difference(a, b) is None


def agree(some: Parts, others: Parts) -> bool:
    """Whether all results agree with those of the other list."""
    return all(map(is_close, some, others))


def first_difference(got: np.ndarray, expected: np.ndarray) -> tuple[int, ...] | None:
    """The index of the first wrong entry, or None. An entry may differ by 1e-4 of its value, or 1e-5 of the largest."""
    exact = expected.astype(np.float64)
    largest = float(np.abs(exact[np.isfinite(exact)]).max(initial=1e-3))
    close = np.isclose(got.astype(np.float64), exact, rtol=1e-4, atol=1e-5 * largest, equal_nan=True)
    return None if close.all() else tuple(np.argwhere(~close)[0].tolist())


def condense(results: Parts | str, expected: Parts) -> list[float]:
    """One number per result, for comparison with those of known mistakes. results: a string names an exception."""
    if isinstance(results, str):  # the class of the exception that the answer raises on this input
        return [EXCEPTION + zlib.crc32(results.encode()) % 1000] * len(expected)
    numbers = []
    for i, (got, right) in enumerate(zip(results, expected, strict=True)):
        scale = np.abs(right[np.isfinite(right)].astype(float)).max(initial=0) or 1.0
        with np.errstate(all="ignore"):
            values = np.nan_to_num(np.arcsinh(got.astype(float) / scale), nan=100, posinf=200, neginf=-200)
        weights = np.random.default_rng([i, got.ndim, *got.shape]).uniform(0.5, 1.5, got.shape)
        numbers.append(float((weights * values).sum() / max(got.size, 1)))
    return numbers
