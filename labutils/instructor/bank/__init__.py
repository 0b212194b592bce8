"""The bank of the code exercises: inputs, right answers, and the mistakes that are made, each with its sentence.

Students do not get this package: they get `data/exercises.json`, which `python -m labutils.instructor.bank` makes from
it, with inputs and results as numbers. Most mistakes are generated from the right answers (`mutants`), the others are
written by hand, beside the exercise. At grading, `require` tries an answer on other inputs than those.
"""

import copy
import functools
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

from labutils.exercises.answers import check_answer, results_as_arrays
from labutils.exercises.cases import Case, Parts
from labutils.instructor.bank import part_a, part_b, part_c, solutions
from labutils.instructor.bank.descriptions import sentences
from labutils.instructor.bank.entry import Answer, BankEntry, WrongAnswer
from labutils.instructor.bank.generate import known

PUBLIC_SEED = 0  # of the inputs in data/exercises.json
HIDDEN_SEEDS = (20, 21)  # of those that are tried at grading
EXERCISES: dict[str, BankEntry] = {**part_a.EXERCISES, **part_b.EXERCISES, **part_c.EXERCISES}
Twin = tuple[int, str] | None  # another input, by its number, and the argument in which the two differ

__all__ = ["EXERCISES", "HIDDEN_SEEDS", "PUBLIC_SEED", "Answer", "BankEntry", "WrongAnswer"]
__all__ += [
    "cases",
    "hidden",
    "inputs",
    "known_mistakes",
    "require",
    "right_results",
    "standalone",
    "stored",
    "stored_exercise",
    "twins",
]


def inputs(name: str, seed: int) -> list[dict[str, Any]]:
    """Inputs of an exercise from a seed: some of different shapes, then a twin of the first for each argument."""
    return [given for given, _ in twins(name, seed)]


@functools.cache
def twins(name: str, seed: int) -> list[tuple[dict[str, Any], Twin]]:
    """Inputs of an exercise from a seed. A twin equals the first one except for one argument."""
    entry, rng = EXERCISES[name], np.random.default_rng(seed)
    made: list[tuple[dict[str, Any], Twin]] = [(entry.inputs(rng, case), None) for case in range(entry.bases)]
    first = made[0][0]
    for argument in first if len(first) > 1 else ():
        while np.array_equal(other := entry.inputs(rng, 0)[argument], first[argument]):
            pass
        made.append((first | {argument: other}, (0, argument)))
    return made


def right_results(name: str, seed: int) -> list[Parts]:
    """What the right answer gives on the inputs from a seed."""
    entry = EXERCISES[name]
    with np.errstate(all="ignore"):
        return [
            results_as_arrays(entry.right(*copy.deepcopy(list(given.values()))), len(entry.names))
            for given in inputs(name, seed)
        ]


def known_mistakes(name: str, seed: int) -> list[dict[str, Any]]:
    """The mistakes with their numbers on the inputs from a seed, as data/exercises.json holds them."""
    found = known(EXERCISES[name], inputs(name, seed), right_results(name, seed))
    made = zip(sentences(found), found, strict=True)
    return [{"sentence": sentence, "numbers": mistake.numbers} for sentence, mistake in made]


def cases(name: str, seed: int) -> list[Case]:
    """Inputs of an exercise from a seed, with the right results."""
    made = zip(twins(name, seed), right_results(name, seed), strict=True)
    return [Case(given, expected, twin) for (given, twin), expected in made]


def require(name: str, answer: Any) -> None:
    """Raise `AssertionError` unless the answer is right on inputs that the student has not seen. For hidden tests."""
    result = check_answer(name, answer, hidden(name))
    if not result:  # more is said about the public inputs; an answer without an end is not called again
        again = result if result.state == "too slow" else check_answer(name, answer)
        raise AssertionError((result if again else again).message)


def standalone(name: str) -> str:
    """The first of the right answers as a text that needs nothing but NumPy as `np`."""
    return solutions.with_dependencies(EXERCISES[name].writings[0])


@functools.cache
def hidden(name: str) -> list[Case]:
    """What is tried at grading, one after the other."""
    every: list[Case] = []
    for seed in HIDDEN_SEEDS:
        before = len(every)
        for case in cases(name, seed):
            twin = (case.twin[0] + before, case.twin[1]) if case.twin else None
            every.append(Case(case.given, case.expected, twin))
    return every


def stored() -> dict[str, Any]:
    """The content of data/exercises.json. The exercises are made in parallel."""
    with ProcessPoolExecutor() as pool:
        return dict(zip(EXERCISES, pool.map(stored_exercise, EXERCISES), strict=True))


def stored_exercise(name: str) -> dict[str, Any]:
    """What data/exercises.json holds about one exercise."""
    entry = EXERCISES[name]
    return {
        "about": entry.about,
        "names": entry.names,
        "hints": entry.hints,
        "whole": entry.whole,
        "function": entry.function,
        "sizes": entry.sizes,
        "cases": [
            {
                "given": _packed(case.given),
                "expected": [_packed(part) for part in case.expected],
                "twin": case.twin,
            }
            for case in cases(name, PUBLIC_SEED)
        ],
        "mistakes": known_mistakes(name, PUBLIC_SEED),
    }


def _packed(value: Any) -> Any:
    """An array as {dtype: rows}, a dictionary with its values packed, or a number as it is."""
    if isinstance(value, dict):
        return {name: _packed(one) for name, one in value.items()}
    if isinstance(value, np.ndarray):
        numbers = value.ravel().tolist()
        short = [float(f"{number:.8g}") for number in numbers] if value.dtype.kind == "f" else numbers
        return {str(value.dtype): np.reshape(short, value.shape).tolist()}
    return value
