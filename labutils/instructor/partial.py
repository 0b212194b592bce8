"""Partial credit for code: which share of the points an answer gets that is right except for one thing."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from labutils.exercises.cases import Try, is_close
from labutils.instructor.bank.entry import BankEntry

IN_PLACE, SINGLE, FACTOR, OUTPUTS = "in place", "single sample", "factor", "outputs"


def share_of(entry: BankEntry, tries: Sequence[Try], drawn: bool = False) -> tuple[float, str]:
    """The share of the points from 0 to below 1, and a sentence that says for what; 0 and "" if there is none.

    tries: what the answer gave on the hidden inputs; drawn: whether it uses NumPy's global random generator.
    """
    found = [(share, words) for share, words in _shares(entry, tries, drawn) if share > 0]
    share, words = max(found, default=(0.0, ""))
    return share, f"Partial credit of {100 * share:.0f} %: {words}." if found else ""


def _shares(entry: BankEntry, tries: Sequence[Try], drawn: bool) -> Iterator[tuple[float, str]]:
    """The share for each kind of partial credit that an answer earns, and what is right about it."""
    results, declared = range(len(entry.names)), entry.partial
    if not tries:
        return
    right = [all(one.is_right(i) for one in tries) for i in results]
    touches = drawn or any(one.changed for one in tries)
    if all(right) and touches:
        yield declared.get(IN_PLACE, 0), "all values are right"
    if 0 < sum(right) < len(right):
        names = ", ".join(f"`{entry.names[i]}`" for i in results if right[i])
        share = min(sum(right) / len(right), declared.get(OUTPUTS, 0))
        yield share, f"{names} {'is' if sum(right) == 1 else 'are'} right"
    if not touches and not all(right) and all(right[i] or _is_scaled(entry, tries, i) for i in results):
        yield declared.get(FACTOR, 0), "the results are right up to a factor"
    single = [one for one in tries if entry.samples and _samples(entry, one) == 1]
    is_right = all(one.is_right(i) for one in single for i in results)
    if not touches and is_right and 1 < len(single) < len(tries):
        yield declared.get(SINGLE, 0), "the results are right for a single sample"


def _samples(entry: BankEntry, one: Try) -> int:
    """How many samples an input has."""
    argument, axis = next(iter(entry.samples.items()))
    return int(np.shape(one.case.given[argument])[axis])


def _is_scaled(entry: BankEntry, tries: Sequence[Try], i: int) -> bool:
    """Whether a result is the right one times a constant, also times or by the number of samples."""
    if not all(one.has_right_shapes() for one in tries):
        return False
    return any(_is_scaled_by(entry, tries, i, power) for power in ((0, 1, -1) if entry.samples else (0,)))


def _is_scaled_by(entry: BankEntry, tries: Sequence[Try], i: int, power: int) -> bool:
    """Whether a result is the right one times a constant and this power of the number of samples."""
    constant = None
    for one in tries:
        assert one.parts is not None
        got, expected = one.parts[i].astype(float), one.case.expected[i].astype(float)
        by = float(_samples(entry, one)) ** power if power else 1.0
        largest = np.unravel_index(np.abs(expected).argmax(), expected.shape) if expected.size else ()
        if constant is None and expected.size and expected[largest] != 0:
            constant = float(got[largest] / expected[largest]) / by
            if not math.isfinite(constant) or constant == 0:
                return False
        if not is_close(got, expected * (constant or 1) * by):
            return False
    return constant is not None
