"""Checks of answers to the code exercises: the type, the shape and the values of the results on several inputs."""

import copy
import re
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from labutils._internal import arguments
from labutils.exercises.cases import Case, Exercise, Parts, load_exercises
from labutils.exercises.gradients import Result

_SHAPE_ADVICE = "is a transpose missing, or one too many, or keepdims, or is the order wrong?"
SECONDS = 10  # the time for all inputs of an answer, which needs a few milliseconds
_exercise_in_progress: str | None = None  # the exercise whose answer is tried: its solution is locked


@dataclass(frozen=True)
class AnswerCheck(Result):
    """The result of a check of an answer. usable: all results have the right shapes, whatever their values."""

    state: str = "not right yet"  # as the page to hand in shows it
    usable: bool = False

    def _ipython_display_(self) -> None:
        """Display nothing, because the message was printed already."""


@dataclass(frozen=True)
class StandIn:
    """The library's solution in place of an answer. `answered` is the answer, which a check still judges."""

    solution: Callable[..., Any]
    answered: Any

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.solution(*given, **named)


class _Unusable(BaseException):
    """Why an answer cannot be compared. It is not an `Exception`, so that no answer catches it by accident."""


def refuse_own_solution(name: str) -> None:
    """Raise `RuntimeError` while an answer to this exercise is tried. The library's solutions call this first."""
    if _exercise_in_progress == name:
        raise RuntimeError(f"the library's own version is no answer to {name}")


def check_answer(name: str, answer: Any, cases: Sequence[Case] | None = None) -> AnswerCheck:
    """Try an answer on the public cases of an exercise, or on others. Errors and warnings of the answer stay inside.

    Raises `ValueError` for an unknown name, and `RuntimeError` if it is called inside an answer that is being tried.
    """
    global _exercise_in_progress
    try:
        known = load_exercises()
    except (OSError, ValueError) as error:
        return AnswerCheck(False, f"{name} cannot be checked. {error}", "cannot be checked")
    arguments.one_of("name", name, tuple(known))
    if _exercise_in_progress is not None:
        raise RuntimeError(f"a check of {name} cannot run inside the answer to {_exercise_in_progress}")
    answer = answer.answered if isinstance(answer, StandIn) else answer
    if answer is not None and answer is not ... and not callable(answer):
        return AnswerCheck(False, f"{name}: expected a function, got {arguments.describe(answer)}.")
    exercise = known[name]
    tries: list[tuple[Case, Parts]] = []
    kept = np.random.get_state()  # noqa: NPY002  put back below
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), time_limit(SECONDS) as clock_is_running:
            warnings.simplefilter("ignore")
            np.random.seed(20240229)  # noqa: NPY002  a state that no answer will seed by accident
            before = np.random.get_state(legacy=False)["state"]["key"]  # noqa: NPY002  any number drawn changes it
            _exercise_in_progress = name
            for case in exercise.cases if cases is None else cases:
                got = _call(exercise, answer, case, first=not tries)
                if _exercise_in_progress != name or not clock_is_running():
                    raise _Unusable("the answer interferes with its check: it uses signal or edits labutils.")
                if trouble := exercise.describe_shape_difference(case, got):
                    raise _Unusable(trouble)
                tries.append((case, got))
            trouble = exercise.describe_value_difference(tries)
            if not trouble and not np.array_equal(before, np.random.get_state(legacy=False)["state"]["key"]):  # noqa: NPY002
                trouble = "the values are right, but the answer draws from or seeds NumPy's global generator."
    except NotImplementedError as part:
        return AnswerCheck(False, f"Exercise {name} is not done yet{part}.", "not done yet")
    except _Unusable as reason:
        return AnswerCheck(False, f"{name}: {reason}")
    finally:
        _exercise_in_progress = None
        np.random.set_state(kept)  # noqa: NPY002  as it was before
    if trouble:
        return AnswerCheck(False, f"{name}: {trouble}", usable=True)
    words = f"all public checks passed ({len(tries)} inputs of different shapes)."
    return AnswerCheck(True, f"{name}: {words}", "public checks passed", usable=True)


@contextmanager
def time_limit(seconds: float) -> Iterator[Callable[[], bool]]:
    """Raise `_Unusable` in a block that takes longer. Gives a function that says whether this clock still runs."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield lambda: True  # without an alarm (on Windows, or in a thread) the block may take any time
        return

    def stop(*_: Any) -> None:
        raise _Unusable(f"the answer takes longer than {seconds} seconds. Does a loop in it never end?")

    def is_running() -> bool:
        left = signal.getitimer(signal.ITIMER_REAL)[0]
        return signal.getsignal(signal.SIGALRM) is stop and 0 < left <= seconds

    before = signal.signal(signal.SIGALRM, stop)
    try:  # from here on, or an interrupt would leave an alarm that goes off in some later cell
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield is_running
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def results_as_arrays(value: Any, count: int) -> Parts:
    """The results of an answer as arrays. Complex numbers without an imaginary part (of eigvals) become real."""
    return tuple(np.asarray(np.real_if_close(part)) for part in _split(value, count))


def _call(exercise: Exercise, answer: Any, case: Case, first: bool) -> Parts:
    """The results of the answer as arrays. Raises `_Unusable`, or `NotImplementedError` if there are none."""
    given, names = copy.deepcopy(case.given), exercise.names
    try:
        value = answer(*given.values()) if callable(answer) else answer
    except NotImplementedError:
        value = None
    except (Exception, SystemExit) as error:
        said = re.sub(r", with gufunc signature \S+", "", str(error))[:200]
        words = f"the answer stops with {type(error).__name__}: {said} ({case.shapes})."
        if isinstance(error, IndexError):
            words += " Indices and labels begin at 0, and the first index is the row."
        elif re.search("matmul|aligned|broadcast", str(error)):
            words += f" Two shapes do not fit: {_SHAPE_ADVICE}"
        raise _Unusable(words) from None
    for argument, before in case.given.items():
        if not np.array_equal(before, given[argument]):
            words = f"the answer changes its argument {argument} in place (by += or by assigning to a part)"
            raise _Unusable(f"{words}, but the caller still needs it. Work on a new array.")
    values = _split(value, len(names))
    missing = [part is None or part is ... for part in values]
    if all(missing) or (any(missing) and len(values) == len(names)):
        if not first:
            rounded = " Does no size fit? The printed accuracies are rounded." if exercise.whole else ""
            raise _Unusable(f"the answer returns nothing for some inputs ({case.shapes}).{rounded}")
        place = 0 if all(missing) else missing.index(True)
        raise NotImplementedError("" if all(missing) else f": {names[place]} is still {values[place]}")
    if len(values) != len(names):
        many = f"{len(names)} result{'s' if len(names) > 1 else ''} ({', '.join(names)})"
        raise _Unusable(f"expected {many}, got {len(values)}: {arguments.describe(value)}.")
    for name, part in zip(names, values, strict=True):
        with suppress(Exception):  # rows of different lengths, or an object that cannot become an array
            if np.real_if_close(part).dtype.kind in "fiub":
                continue
        raise _Unusable(f"expected numbers for {name}, got {arguments.describe(part)}.")
    return results_as_arrays(value, len(names))


def _split(value: Any, count: int) -> Sequence[Any]:
    """The results as a sequence. A list is one result (rows of numbers) if one is expected."""
    several = isinstance(value, tuple) or (isinstance(value, list) and count > 1)
    return value if several else (value,)
