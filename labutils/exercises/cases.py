"""The code exercises, which `python -m labutils.instructor.bank` writes, and sentences about results of answers."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labutils._internal.data_files import read

Parts = Sequence[np.ndarray]  # the results of an answer, for example dW, db and dx
Tries = Sequence[tuple["Case", Parts]]  # each case with the results of the answer
_DTYPES = {"bool", "float32", "float64", "int32", "int64", "uint8", "uint64"}


@dataclass(frozen=True)
class Case:
    """Arguments by name, the right results, and those of each mistake (None if it cannot be made on them)."""

    given: dict[str, Any]
    expected: Parts
    wrong: Sequence[Parts | None]

    @property
    def shapes(self) -> str:
        """The shapes of the arguments, in words."""
        given = [f"{k} of {np.shape(v)}" if np.ndim(v) else f"{k} = {v}" for k, v in self.given.items()]
        return ", ".join(given)


@dataclass(frozen=True)
class Exercise:
    """One exercise. names: what an answer returns; mistakes: a sentence for each known mistake."""

    about: str
    names: Sequence[str]
    hints: Sequence[str]
    mistakes: Sequence[str]
    cases: Sequence[Case]
    whole: bool  # whether the answer is a whole number

    def describe_shape_difference(self, case: Case, got: Parts) -> str:
        """A sentence about the first result whose shape is wrong; "" if all shapes are right."""
        shapes, expected = [part.shape for part in got], [part.shape for part in case.expected]
        if shapes != expected and sorted(shapes) == sorted(expected):
            wanted = f"expected {', '.join(self.names)}, of shapes {expected}, got {shapes}"
            return f"the results seem to be in another order: {wanted}."
        for part, g, e in zip(self.names, got, case.expected, strict=True):
            if g.shape != e.shape:
                words = f"expected {part} of shape {e.shape}, got {g.shape}"
                return f"{words} (for {case.shapes}). {_likely_cause(part, g, e)}"
        return ""

    def describe_value_difference(self, tries: Tries) -> str:
        """A sentence that names the mistake and the first wrong entry; "" if all values are right."""
        for case, (value, *_) in tries:
            if self.whole and not float(value).is_integer():
                return f"expected a whole number, got {value} (for {case.shapes})."
        for case, got in tries:
            for i, (part, g, e) in enumerate(zip(self.names, got, case.expected, strict=True)):
                if (place := _first_difference(g, e)) is not None:
                    at = f"{part}[{', '.join(map(str, place))}]" if place else part
                    known = (sentence for k, sentence in enumerate(self.mistakes) if _explains(k, tries))
                    words = next(known, "") or f"{part} {self._describe_in_general(tries, i)}"
                    numbers = f"{at} is {float(g[place]):.6g}, expected {float(e[place]):.6g}"
                    return f"{words} First difference: {numbers} (for {case.shapes})."
        return ""

    def _describe_in_general(self, tries: Tries, index: int) -> str:
        """The end of a sentence about a result with wrong values, which no known mistake explains."""
        values = [(got[index].astype(float), case.expected[index].astype(float)) for case, got in tries]
        if any(not np.isfinite(g).all() for g, _ in values):
            return "is not finite: a value overflows, or there is a division by 0 or a logarithm of 0."
        if all(np.allclose(g, 0, atol=1e-12) for g, _ in values):
            return "is 0 everywhere."
        if all(np.allclose(g, -e, rtol=1e-4, atol=1e-6) for g, e in values):
            return "has the opposite sign."
        if all(np.allclose(np.abs(g), np.abs(e), rtol=1e-4, atol=1e-6) for g, e in values):
            return "has the right magnitudes, but some signs are wrong."
        if all(g.ndim == 0 and g == values[0][0] for g, _ in values):
            return "is the same for all inputs: is it computed from the arguments?"
        for j, other in enumerate(self.names):
            if not _count_differences(tries, index, j):
                return f"has the value of {other}: return the results in the order {', '.join(self.names)}."
        if self.whole and len(too := {bool(g > e) for g, e in values if g != e}) == 1:
            return f"is too {'large' if too.pop() else 'small'} on the inputs on which it is wrong."
        ratios = [float((g * e).sum() / (e * e).sum()) if e.any() else 1.0 for g, e in values]
        fits = all(np.allclose(g, r * e, 1e-3, 1e-6) for (g, e), r in zip(values, ratios, strict=True))
        if fits and (any(e.ndim for _, e in values) or np.allclose(ratios, ratios[0], rtol=1e-3)):
            shown = ", ".join(f"{ratio:.4g}" for ratio in ratios[:3])
            return f"is right except for a factor ({shown} on the first inputs)."
        right = ", ".join(name for i, name in enumerate(self.names) if not _count_differences(tries, i, i))
        rest = f" Right on all inputs: {right}." if right else ""
        return f"differs on {_count_differences(tries, index, index)} of {len(tries)} inputs.{rest}"


@functools.cache
def load_exercises() -> dict[str, Exercise]:
    """The exercises by name: "A3.1", "A3.2", ... Raises `OSError` or `ValueError` if their file is damaged."""
    return json.loads(read("exercises.json"), object_hook=_decode)


def _decode(stored: dict[str, Any]) -> Any:
    """An exercise, a case, or an array, which is stored as {dtype: rows}. Any other JSON object stays as it is."""
    for kind in (Exercise, Case):
        if stored.keys() == kind.__annotations__.keys():
            return kind(**stored)
    for dtype in stored.keys() & _DTYPES:
        return np.array(stored[dtype], dtype)
    return stored


def _likely_cause(part: str, g: np.ndarray, e: np.ndarray) -> str:
    """The usual cause of a wrong shape."""
    if e.ndim == 0:
        return "Return a single number."
    if g.ndim == e.ndim == 2 and g.shape == e.shape[::-1]:
        return "The shape is transposed: a transpose is missing, or there is one too many."
    if g.size == e.size:
        return "The number of entries is right, so perhaps keepdims=True or a column is missing."
    if part in ("b", "db"):
        return "All columns share the bias: is its gradient summed over the columns, and over nothing else?"
    if g.size > e.size:
        return "The result is too large: were two shapes broadcast against each other, or is a sum missing?"
    return "The result is too small: is there a sum or a mean too many, or over the wrong axis?"


def _first_difference(got: np.ndarray, expected: np.ndarray) -> tuple[int, ...] | None:
    """The index of the first wrong entry. An entry may differ by 1e-4 of its value, or 1e-5 of the largest one."""
    exact = expected.astype(np.float64)
    largest = float(np.abs(exact[np.isfinite(exact)]).max(initial=1e-3))
    close = np.isclose(got.astype(np.float64), exact, rtol=1e-4, atol=1e-5 * largest, equal_nan=True)
    return None if close.all() else tuple(np.argwhere(~close)[0].tolist())


def _differ(a: Parts, b: Parts) -> bool:
    """Whether a shape or a value of `a` differs from that of `b`."""
    return any(g.shape != e.shape or _first_difference(g, e) is not None for g, e in zip(a, b, strict=True))


def _explains(mistake: int, tries: Tries) -> bool:
    """Whether this mistake gives the same results as the answer on all inputs, and wrong ones on some input."""
    made = [(case, got, wrong) for case, got in tries if (wrong := case.wrong[mistake]) is not None]
    is_same = not any(_differ(got, wrong) for _, got, wrong in made)
    return is_same and any(_differ(wrong, case.expected) for case, _, wrong in made)


def _count_differences(tries: Tries, i: int, j: int) -> int:
    """The number of inputs on which result i of the answer differs from the right result j."""
    return sum(_differ(got[i : i + 1], case.expected[j : j + 1]) for case, got in tries)
