"""The code exercises: what each asks for, three hints, and a check that says what is probably wrong.

A check tries an answer on inputs of several shapes, in the lecture's column form and with summed losses. It looks at
the type, then the shape, then the values. A wrong value is compared with what known mistakes give on the same inputs;
the mistake that gives the same is named. Inputs and results are numbers in `data/exercises.json`, made at random.
"""

import copy
import functools
import json
import re
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from labutils import arguments
from labutils.data import read

Answer = Callable[..., Any]
Parts = tuple[np.ndarray, ...]
CHECKED: list[str] = []  # the exercise whose answer is being tried
SECONDS = 10  # that the answer may take for all of its inputs; it needs a few thousandths


@dataclass(frozen=True)
class Case:
    """Arguments by name, what is right for them, and what each known mistake gives (None: it cannot be made here)."""

    given: dict[str, Any]
    expected: Parts
    wrong: tuple[Parts | None, ...]


Tries = Sequence[tuple[Case, Parts]]  # and what came


@dataclass(frozen=True)
class Stand:
    """The library's own version of an answer, for the cells that need one where there is none (yet)."""

    name: str
    version: Answer
    answered: Any  # what stands in the exercise's cell

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.version(*given, **named)


@dataclass(frozen=True)
class Exercise:
    """One exercise. names: of what an answer returns; mistakes: a sentence for each known one."""

    about: str
    names: tuple[str, ...]
    hints: tuple[str, ...]
    mistakes: tuple[str, ...]
    cases: tuple[Case, ...]
    whole: bool  # the answer is a whole number


@dataclass(frozen=True)
class Result:
    """Whether an answer passed, and the sentences that say so or what is wrong. `print` it."""

    passed: bool
    message: str
    done: bool = True

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.message


@functools.cache
def load() -> dict[str, Exercise]:
    """The exercises by name: "A3.1", "A3.2", ..."""
    return {
        name: Exercise(
            e["about"],
            tuple(e["names"]),
            tuple(e["hints"]),
            tuple(e["mistakes"]),
            tuple(map(unpacked, e["cases"])),
            e["whole"],
        )
        for name, e in json.loads(read("exercises.json")).items()
    }


def check(name: str, answer: Any, cases: Sequence[Case] | None = None) -> Result:
    """Try an answer to an exercise, on the public cases or on others. What the answer does never raises or warns.

    Nor does a damaged file of exercises raise: nothing passes then, and the result names the file and the way back.
    """
    try:
        known = tuple(load())
    except (OSError, ValueError) as error:
        return Result(False, f"{name} cannot be checked. {error}", done=False)
    arguments.one_of("name", name, known)
    answer = answer.answered if isinstance(answer, Stand) else answer
    if answer is None or answer is ...:
        return not_done(name)
    if not callable(answer):
        return Result(False, f"{name}: expected a function, got {arguments.describe(answer)}.")
    kept = np.random.get_state()  # noqa: NPY002  put back below
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), time_limit(SECONDS):
            warnings.simplefilter("ignore")
            np.random.seed(20240229)  # noqa: NPY002  a state that no answer will seed by chance
            CHECKED.append(name)
            return checked(name, answer, load()[name].cases if cases is None else cases)
    except TakesTooLong:
        words = f"the answer takes longer than {SECONDS} seconds. Does a loop in it never end?"
        return Result(False, f"{name}: {words}")
    finally:
        CHECKED.clear()
        np.random.set_state(kept)  # noqa: NPY002  as it was before


class TakesTooLong(BaseException):
    """An answer ran into the time limit. No `Exception`, so that no answer catches it by chance."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TakesTooLong` in what takes longer. Where there is no alarm (Windows, a thread) it may take forever."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise TakesTooLong

    before = signal.signal(signal.SIGALRM, stop)
    try:  # from here on, or an interrupt would leave an alarm that goes off in some later cell
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def checked(name: str, answer: Answer, cases: Sequence[Case]) -> Result:
    """`check` of a function, without the precautions."""
    exercise, state = load()[name], global_state()
    tries: list[tuple[Case, Parts]] = []
    for case in cases:
        got = run(name, exercise, answer, copy.deepcopy(case.given))
        if isinstance(got, Result):
            if got.done or not tries:
                return got
            words = f"{name}: the answer returns nothing for some inputs ({shapes_of(case.given)})."
            return Result(False, words + " Does no size fit? What is printed is rounded." * exercise.whole)
        if trouble := shapes_differ(exercise, case, got):
            return Result(False, f"{name}: {trouble}")
        tries.append((case, got))
    if trouble := values_differ(exercise, tries):
        return Result(False, f"{name}: {trouble}")
    if global_state() != state:
        return Result(
            False,
            f"{name}: the values are right, but the answer draws from or seeds NumPy's global generator.",
        )
    return Result(True, f"{name}: all public checks passed ({len(tries)} inputs of different shapes).")


def global_state() -> tuple[Any, ...]:
    """The state of NumPy's global generator, to compare."""
    _, keys, *rest = np.random.get_state()  # noqa: NPY002  the generator that answers should leave alone
    return (np.asarray(keys).tobytes(), *rest)


def not_done(name: str, missing: str = "") -> Result:
    return Result(False, f"Exercise {name} is not done yet{missing}.", done=False)


def run(name: str, exercise: Exercise, answer: Answer, given: Mapping[str, Any]) -> Parts | Result:
    """What the answer gives, as arrays; or what went wrong, in words."""
    untouched = copy.deepcopy(dict(given))
    try:
        value = answer(*given.values())
    except NotImplementedError:
        return not_done(name)
    except (Exception, SystemExit) as error:
        said = re.sub(r", with gufunc signature \S+", "", str(error))[:200]
        words = f"{type(error).__name__}: {said} ({shapes_of(untouched)}).{advice(error)}"
        return Result(False, f"{name}: the answer stops with {words}")
    for argument, before in untouched.items():
        if not np.array_equal(before, given[argument]):
            return Result(
                False,
                f"{name}: the answer changes its argument {argument} in place (an operator such as += or an "
                "assignment to part of it); whoever passed it in still needs it. Work on a new array.",
            )
    values = split(value, len(exercise.names))
    if all(single is None or single is ... for single in values):
        return not_done(name)
    if len(values) != len(exercise.names):
        names = ", ".join(exercise.names)
        many = f"{len(exercise.names)} result{'s' * (len(exercise.names) > 1)}"
        return Result(
            False, f"{name}: expected {many} ({names}), got {len(values)}: {arguments.describe(value)}."
        )
    for part, single in zip(exercise.names, values, strict=True):
        if single is None or single is ...:
            return not_done(name, f": {part} is still {single}")
        if not numbers(single):
            return Result(False, f"{name}: expected numbers for {part}, got {arguments.describe(single)}.")
    parts = in_parts(value, len(exercise.names))
    if exercise.whole and any(p.ndim == 0 and not float(p).is_integer() for p in parts):
        return Result(False, f"{name}: expected a whole number, got {parts[0]} (for {shapes_of(given)}).")
    return parts


def advice(error: BaseException) -> str:
    """What an error often comes from; "" if that is not known."""
    if isinstance(error, IndexError):
        return " Indices and labels begin at 0, and the first index is the row."
    if any(word in str(error) for word in ("matmul", "aligned", "broadcast")):
        return " Two shapes do not fit: is a transpose missing, or one too many, or keepdims, or is the order wrong?"
    return ""


def split(value: Any, count: int) -> Sequence[Any]:
    """A result in its parts; a list is one result where one is asked (rows of numbers)."""
    several = isinstance(value, tuple) or (isinstance(value, list) and count > 1)
    return value if several else (value,)


def numbers(value: Any) -> bool:
    """Whether NumPy sees an array of real numbers."""
    try:
        return np.real_if_close(value).dtype.kind in "fiub"
    except Exception:  # rows of different lengths, or an object that does not want to be an array
        return False


def in_parts(value: Any, count: int) -> Parts:
    """The parts of a result as arrays; what is complex without need (of eigvals) is real."""
    return tuple(np.asarray(np.real_if_close(v)) for v in split(value, count))


def shapes_of(given: Mapping[str, Any]) -> str:
    """The shapes of the arguments, in words."""
    return ", ".join(
        f"{name} of {np.shape(value)}" if np.ndim(value) else f"{name} = {value}"
        for name, value in given.items()
    )


def shapes_differ(exercise: Exercise, case: Case, got: Parts) -> str:
    """In words, which result has another shape than it should; "" if none."""
    shapes, wanted = [part.shape for part in got], [part.shape for part in case.expected]
    if shapes != wanted and sorted(shapes) == sorted(wanted):
        names = ", ".join(exercise.names)
        return (
            f"the results seem to come in another order: expected {names}, of shapes {wanted}, got {shapes}."
        )
    for part, g, e in zip(exercise.names, got, case.expected, strict=True):
        if g.shape != e.shape:
            words = f"expected {part} of shape {e.shape}, got {g.shape} (for {shapes_of(case.given)})."
            return f"{words} {what_shape(part, g, e)}"
    return ""


def what_shape(part: str, g: np.ndarray, e: np.ndarray) -> str:
    """What a wrong shape often comes from."""
    if e.ndim == 0:
        return "One number is asked."
    if g.ndim == e.ndim == 2 and g.shape == e.shape[::-1]:
        return "It is the other way round: a transpose is missing, or one too many."
    if g.size == e.size:
        return "The numbers are as many, so perhaps keepdims=True or a column is missing."
    if part in ("b", "db"):
        return "The bias is shared by all columns: is its gradient summed over them, and over nothing else?"
    if g.size > e.size:
        return "It is larger: were two shapes broadcast against each other, or is a sum missing?"
    return "It is smaller: is there a sum or a mean too many, or over the wrong axis?"


def first_difference(got: np.ndarray, expected: np.ndarray) -> tuple[int, ...] | None:
    """The index of the first entry that is not within 1e-4 of what it should be, or 1e-5 of the largest."""
    exact = expected.astype(np.float64)
    largest = float(np.abs(exact[np.isfinite(exact)]).max(initial=0.0))
    close = np.isclose(
        got.astype(np.float64), exact, rtol=1e-4, atol=1e-5 * max(largest, 1e-3), equal_nan=True
    )
    return None if close.all() else tuple(int(i) for i in np.argwhere(~close)[0])


def differ(got: Parts, expected: Parts) -> bool:
    """Whether a shape or a value differs."""
    return any(
        g.shape != e.shape or first_difference(g, e) is not None for g, e in zip(got, expected, strict=True)
    )


def values_differ(exercise: Exercise, tries: Tries) -> str:
    """In words: the known mistake that gives the same values, and where the first difference is; "" if none."""
    for case, got in tries:
        for i, (part, g, e) in enumerate(zip(exercise.names, got, case.expected, strict=True)):
            if (place := first_difference(g, e)) is not None:
                at = f"{part}[{', '.join(map(str, place))}]" if place else part
                known = (sentence for k, sentence in enumerate(exercise.mistakes) if makes(k, tries))
                return (
                    f"{next(known, '') or in_general(exercise, tries, i)} First difference: {at} is "
                    f"{float(g[place]):.6g}, expected {float(e[place]):.6g} (for {shapes_of(case.given)})."
                )
    return ""


def makes(mistake: int, tries: Tries) -> bool:
    """Whether the mistake gives on all inputs what the answer gave, and on one of them not what is right."""
    seen = False
    for case, got in tries:
        wrong = case.wrong[mistake]
        if wrong is None:
            continue  # this mistake cannot be made on these inputs
        if differ(got, wrong):
            return False
        seen |= differ(wrong, case.expected)
    return seen


def in_general(exercise: Exercise, tries: Tries, index: int) -> str:
    """What can be said of a result with wrong values without knowing the mistake."""
    part = exercise.names[index]
    values = [(got[index].astype(float), case.expected[index].astype(float)) for case, got in tries]
    if any(not np.isfinite(g).all() for g, _ in values):
        return f"{part} is not finite: something overflows, or 0 is divided by or its logarithm taken."
    if all(np.allclose(g, 0, atol=1e-12) for g, _ in values):
        return f"{part} is 0 everywhere."
    if all(np.allclose(g, -e, rtol=1e-4, atol=1e-6) for g, e in values):
        return f"{part} has the opposite sign."
    if all(np.allclose(np.abs(g), np.abs(e), rtol=1e-4, atol=1e-6) for g, e in values):
        return f"{part} has some signs wrong; without them it is right."
    if all(g.ndim == 0 and g == values[0][0] for g, _ in values):
        return f"{part} is the same for all inputs: does it come from the arguments?"
    for j, other in enumerate(exercise.names):
        if j != index and not any(differ((got[index],), (case.expected[j],)) for case, got in tries):
            return (
                f"{part} is what {other} should be: the order of the results is {', '.join(exercise.names)}."
            )
    if exercise.whole and len(too := {bool(g > e) for g, e in values if g != e}) == 1:
        return f"{part} is too {'large' if too.pop() else 'small'}, where it is not right."
    ratios = [float((g * e).sum() / (e * e).sum()) if e.any() else 1.0 for g, e in values]
    fits = all(np.allclose(g, r * e, rtol=1e-3, atol=1e-6) for (g, e), r in zip(values, ratios, strict=True))
    if fits and (any(e.ndim for _, e in values) or np.allclose(ratios, ratios[0], rtol=1e-3)):
        shown = ", ".join(f"{ratio:.4g}" for ratio in ratios[:3])
        return (
            f"{part} is right but for a factor ({shown} times on the first inputs): one too many, or missing."
        )
    off = sum(differ((got[index],), (case.expected[index],)) for case, got in tries)
    others = [
        name
        for i, name in enumerate(exercise.names)
        if not any(differ((got[i],), (case.expected[i],)) for case, got in tries)
    ]
    rest = f" {' and '.join(others)} {'is' if len(others) == 1 else 'are'} right." if others else ""
    return f"{part} differs on {off} of {len(tries)} inputs.{rest}"


# ---- Cases as they are stored: an array is {its dtype: its numbers in rows}


def packed(case: Case) -> dict[str, Any]:
    """A case as JSON holds it."""
    return {
        "given": {name: stored(value) for name, value in case.given.items()},
        "expected": [stored(part) for part in case.expected],
        "wrong": [None if parts is None else [stored(part) for part in parts] for parts in case.wrong],
    }


def stored(value: Any) -> Any:
    """An array with its dtype; a number as it is."""
    return {str(value.dtype): value.tolist()} if isinstance(value, np.ndarray) else value


def unpacked(case: Mapping[str, Any]) -> Case:
    """A case from what `packed` made of it."""
    wrong = (None if parts is None else tuple(map(array, parts)) for parts in case["wrong"])
    given = {name: array(value) for name, value in case["given"].items()}
    return Case(given, tuple(map(array, case["expected"])), tuple(wrong))


def array(value: Any) -> Any:
    """What `stored` took apart."""
    if not isinstance(value, dict):
        return value
    ((kind, numbers),) = value.items()
    return np.array(numbers, dtype=kind)
