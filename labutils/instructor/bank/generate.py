"""The known mistakes of an exercise: what each gives on its inputs, in short numbers, and one sentence for each."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from labutils.exercises.cases import Parts, agree, condense, is_close
from labutils.instructor.bank import combined
from labutils.instructor.bank.descriptions import KINDS, PER_CHANGE, Known, Numbers, joined, length, units
from labutils.instructor.bank.entry import BankEntry
from labutils.instructor.bank.mutants import Mutant, mutants
from labutils.instructor.bank.running import PASSES, compiled, results


class Wrong(NamedTuple):
    """A wrong answer. first: the source of the first of two changes, and the sentence about the second one."""

    rank: int
    sentence: str
    precise: str
    answer: Callable[..., Any]
    source: str = ""
    first: str = ""
    second: str = ""


def functions(entry: BankEntry) -> Iterator[Wrong]:
    """All wrong answers of an exercise. Those by hand come first, and those with one change before those with two."""
    for mistake in entry.mistakes:
        yield Wrong(0, mistake.sentence, mistake.sentence, mistake.wrong)
    for mutant in mutants(entry):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python, about odd syntax
            answer = compiled(mutant.source, PASSES)
        yield Wrong(
            _rank(mutant), mutant.sentence, mutant.precise, answer, mutant.source, mutant.first, mutant.second
        )


def _rank(mutant: Mutant) -> int:
    """How far a description is preferred: the kind, after the number of changes."""
    return KINDS.index(mutant.kind) + PER_CHANGE * (mutant.order - 1)


def known(entry: BankEntry, given: Sequence[dict[str, Any]], right: Sequence[Parts]) -> list[Known]:
    """The mistakes on some inputs, each once. Those that are right, or fail on all inputs, are left out."""
    found: dict[Numbers, Known] = {}
    seen: dict[bytes, Known | None] = {}
    by_source: dict[str, Known] = {}

    def enter(made: Sequence[Parts | str]) -> Known | None:
        key = _bytes_of(made)
        if key not in seen:
            numbers = compared(made, right)
            seen[key] = None if numbers is None else found.setdefault(numbers, Known(numbers, made))
        return seen[key]

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for wrong in functions(entry):
            made = outcome(wrong.answer, given, right, patient=not wrong.source)
            mistake = None if made is None else enter(made)
            if mistake is None:
                continue
            text, precise = wrong.sentence, wrong.precise
            if wrong.first and (first := by_source.get(wrong.first)) is not None:
                text, precise = (joined(said, wrong.second) for said in first.best[1:])
            if wrong.source:
                by_source.setdefault(wrong.source, mistake)
            mistake.said.append((wrong.rank, text, precise))
        for rank, text, precise, made in _combined(entry, list(found.values()), given, right):
            if (mistake := enter(made)) is not None:
                mistake.said.append((rank, text, precise))
    return fitting(list(found.values()), entry.room)


def _combined(
    entry: BankEntry, mistakes: list[Known], given: Sequence[dict[str, Any]], right: Sequence[Parts]
) -> Iterator[tuple[int, str, str, list[Parts | str]]]:
    """The right result changed at the end, and the results of the usual single mistakes changed in the same way."""
    if len(entry.names) > 1 or entry.whole:
        return
    (argument, axis), number = next(iter(entry.sizes.values())), all(parts[0].ndim == 0 for parts in right)
    every: list[tuple[str, combined.CaseChange]] = []
    if number:
        every += combined.by_size([np.shape(one[argument])[axis] for one in given])
    every += [(text, partial(_on_each, change)) for text, change in combined.changes(number)]
    for place, (text, change) in enumerate(every):
        if (made := combined.applied(right, change)) is not None:
            yield KINDS.index("drop"), text, text, made
        for mistake in mistakes if place < 5 else ():
            rank, first, precise = mistake.best
            if rank >= PER_CHANGE or KINDS[rank] not in combined.CORE or "Also" in first:
                continue
            if (made := combined.applied(mistake.made, change)) is not None:
                yield (
                    KINDS.index("combined") + PER_CHANGE,
                    joined(first, text),
                    joined(precise, text),
                    made,
                )


def _on_each(change: Callable[[np.ndarray], Any], case: int, result: np.ndarray) -> Any:
    """A change that is the same in every case."""
    return change(result)


def fitting(mistakes: list[Known], room: int) -> list[Known]:
    """The mistakes, the likely kinds first, as far as there is room."""
    kept, used = [], 0
    for mistake in sorted(mistakes, key=lambda mistake: mistake.rank):
        used += length(mistake)
        if used < room:
            kept.append(mistake)
    return kept


def outcome(
    function: Any,
    given: Sequence[dict[str, Any]],
    right: Sequence[Parts],
    only_right: bool = False,
    patient: bool = False,
) -> list[Parts | str] | None:
    """What an answer gives on all inputs; None if that cannot be compared, or fails on all of them.

    only_right: None also if one is wrong; patient: try all inputs even if it fails on the first two.
    """
    made: list[Parts | str] = []
    for arguments, expected in zip(given, right, strict=True):
        parts = results(function, arguments, expected)
        if parts is None:
            return None
        if only_right and (isinstance(parts, str) or not agree(parts, expected)):
            return None
        made.append(parts)
        if len(made) == (len(given) if patient else 2) and all(isinstance(some, str) for some in made):
            return None  # it fails everywhere, and the message of the exception says why
    return made


def _bytes_of(made: Sequence[Parts | str]) -> bytes:
    """Bytes that are the same for the same results."""
    parts = [
        some.encode()
        if isinstance(some, str)
        else b"".join(str(p.shape).encode() + p.astype(float).tobytes() for p in some)
        for some in made
    ]
    return b"|".join(parts)


def compared(made: Sequence[Parts | str], right: Sequence[Parts]) -> Numbers | None:
    """The numbers of the results that are wrong on some input; None if all are right."""
    columns: list[tuple[int, ...] | None] = []
    condensed = [condense(some, expected) for some, expected in zip(made, right, strict=True)]
    for i in range(len(right[0])):
        wrong = any(
            isinstance(some, str) or not is_close(some[i], expected[i])
            for some, expected in zip(made, right, strict=True)
        )
        columns.append(tuple(units(numbers[i]) for numbers in condensed) if wrong else None)
    return None if all(column is None for column in columns) else tuple(columns)


def accepted(entry: BankEntry, given: Sequence[dict[str, Any]], right: Sequence[Parts]) -> list[str]:
    """The sources of generated mistakes that give the right results on all of these inputs."""
    found = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for mutant in mutants(entry):
            made = outcome(compiled(mutant.source, PASSES), given, right, only_right=True)
            if made is not None:
                found.append(mutant.source)
    return found
