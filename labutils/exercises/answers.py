"""Checks of answers to the code exercises: a function is called on several inputs, and its results are compared."""

import copy
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np

from labutils._internal import arguments
from labutils.exercises import inspection
from labutils.exercises.cases import Case, Exercise, Parts, Try, load_exercises
from labutils.exercises.clock import OutOfTime, run_limited
from labutils.exercises.diagnosis import diagnose
from labutils.exercises.gradients import Result

SECONDS = 10  # the CPU time for all inputs of an answer, which needs a few milliseconds
_SEED = 20240229  # no answer will take it by accident
_ADVICE = {  # on an exception, by words of its message
    "truth value": "`max`, `min`, `if` and `and` of Python take single numbers; NumPy has functions for arrays.",
    "matmul|aligned": "Two shapes do not fit for a matrix product. Is one meant here, and in this order?",
    "broadcast": "Two shapes do not fit for an operation entry by entry. Is one meant here?",
    "bitwise_xor": "A power is written `**`.",
}
_exercise_in_progress: str | None = None  # the exercise whose answer is tried: its solution is locked
_standing_in = False  # whether a stand-in is called now


@dataclass(frozen=True)
class AnswerCheck(Result):
    """The result of a check of an answer. usable: all results have the right shapes, whatever their values."""

    state: str = "not right yet"  # as the page to hand in shows it
    usable: bool = False

    def _ipython_display_(self) -> None:
        """Display nothing, because the message was displayed already."""


@dataclass(frozen=True)
class StandIn:
    """The library's solution in place of an answer. `answered` is the answer, which a check still judges."""

    solution: Callable[..., Any]
    answered: Any

    def __call__(self, *given: Any, **named: Any) -> Any:
        global _standing_in
        before, _standing_in = _standing_in, True
        try:
            return self.solution(*given, **named)
        finally:
            _standing_in = before


class _Unusable(Exception):
    """Why an answer cannot be compared with the right one."""


def refuse_solution(name: str) -> None:
    """Raise `RuntimeError` if an answer calls this solution and must not. The library's solutions call it first.

    An answer may call the solutions of earlier parts, and the notebook's stand-ins for other exercises.
    """
    now = _exercise_in_progress
    if now is not None and (name == now or (name[0] >= now[0] and not _standing_in)):
        raise RuntimeError(f"the library's own version of {name} is no answer to {now}")


def check_answer(name: str, answer: Any, cases: Sequence[Case] | None = None) -> AnswerCheck:
    """Try an answer on the public cases of an exercise, or on others. Whatever it raises stays inside.

    Raises `ValueError` for an unknown name, and `RuntimeError` if it is called inside an answer that is being tried.
    """
    try:
        known = load_exercises()
    except (OSError, ValueError) as error:
        return AnswerCheck(False, f"{name} cannot be checked. {error}", "cannot be checked")
    arguments.one_of("name", name, tuple(known))
    if _exercise_in_progress is not None:
        raise RuntimeError(f"a check of {name} cannot run inside the answer to {_exercise_in_progress}")
    exercise, answer = known[name], answer.answered if isinstance(answer, StandIn) else answer
    return _check(name, exercise, answer, exercise.cases if cases is None else cases, public=cases is None)


def _check(name: str, exercise: Exercise, answer: Any, cases: Sequence[Case], public: bool) -> AnswerCheck:
    """The result of a check on these cases."""
    global _exercise_in_progress
    random, output, tries = np.random.get_state(), sys.stdout, []  # noqa: NPY002  put back below
    try:
        if answer is None or answer is ...:
            raise NotImplementedError
        if not callable(answer):
            raise _Unusable(f"expected a function, got {arguments.describe(answer)}.")
        np.random.seed(_SEED)  # noqa: NPY002
        with warnings.catch_warnings(), np.errstate(all="ignore"), open(os.devnull, "w") as nowhere:
            warnings.simplefilter("ignore")
            _exercise_in_progress = name
            tries = run_limited(SECONDS, lambda: list(_try_all(exercise, answer, cases, nowhere)))
        if _exercise_in_progress != name:
            raise _Unusable("the answer interferes with its check.")
        nothing = all(one.error == "None" for one in tries)
        if nothing and inspection.unread_arguments(answer) == list(inspection.argument_names(answer)):
            raise NotImplementedError
        problem = diagnose(name, exercise, tries, answer, public)
        untouched = np.random.random() == np.random.RandomState(_SEED).random()  # noqa: NPY002
        if not problem and not untouched:
            problem = "the values are right, but the answer draws from or seeds NumPy's global generator."
    except NotImplementedError as part:
        return AnswerCheck(False, f"Exercise {name} is not done yet{part}.", "not done yet")
    except OutOfTime:
        words = f"the answer takes longer than {SECONDS} seconds. Does a loop in it never end?"
        return AnswerCheck(False, f"{name}: {words}", "too slow")
    except _Unusable as reason:
        problem = str(reason)
    finally:
        _exercise_in_progress, sys.stdout = None, output
        np.random.set_state(random)  # noqa: NPY002
    usable = bool(tries) and all(one.has_right_shapes() and not one.changed for one in tries)
    if problem:
        return AnswerCheck(False, f"{name}: {problem}", usable=usable)
    words = f"all public checks passed ({len(tries)} inputs)."
    return AnswerCheck(True, f"{name}: {words}", "public checks passed", usable)


def _try_all(exercise: Exercise, answer: Any, cases: Sequence[Case], nowhere: TextIO) -> Iterator[Try]:
    """What the answer gives on each case. What it prints is shown for the first one only."""
    for case in cases:
        yield _try(exercise, answer, case)
        sys.stdout = nowhere


def _try(exercise: Exercise, answer: Any, case: Case) -> Try:
    """What the answer gives on a case. Raises `_Unusable`, or `NotImplementedError` if a result is still open."""
    given = copy.deepcopy(case.given)
    try:
        parts = _parts(exercise, answer(*given.values()))
    except (OutOfTime, KeyboardInterrupt, NotImplementedError, _Unusable):
        raise
    except BaseException as error:
        return Try(case, None, type(error).__name__, _describe_exception(error, answer, case))
    if not parts:
        words = "Either `return` is missing or not reached, or the name after `return` is still None."
        return Try(case, None, "None", f"the answer returns nothing (None). {words}")
    changed = [name for name, before in case.given.items() if not np.array_equal(before, given[name])]
    return Try(case, parts, changed=changed)


def _parts(exercise: Exercise, value: Any) -> Parts:
    """The results as arrays; none if the value is None. Raises `_Unusable` or `NotImplementedError`."""
    names = exercise.names
    values = _split(value, len(names))
    if all(part is None or part is ... for part in values):
        return ()
    if len(values) != len(names):
        expected = f"{len(names)} result{'s' * (len(names) > 1)} ({', '.join(names)})"
        shapes = ", ".join(f"{np.shape(part)}" for part in values)
        raise _Unusable(f"expected {expected}, got {len(values)}, of shapes {shapes}.")
    for name, part in zip(names, values, strict=True):
        if part is None or part is ...:
            raise NotImplementedError(f": `{name}` is still {part}")
        if not _is_numeric(part):
            raise _Unusable(f"expected numbers for `{name}`, got {arguments.describe(part)}.")
    parts = results_as_arrays(value, len(names))
    if exercise.whole and parts[0].ndim == 0 and not float(parts[0]).is_integer():
        raise _Unusable(f"expected a whole number for `{names[0]}`, got {parts[0]}.")
    return parts


def _is_numeric(part: Any) -> bool:
    """Whether a result is real numbers, and not a masked array or something that cannot become an array."""
    try:
        return np.real_if_close(part).dtype.kind in "fiub" and not isinstance(part, np.ma.MaskedArray)
    except Exception:  # rows of different lengths, or an object of another kind
        return False


def results_as_arrays(value: Any, count: int) -> Parts:
    """The results of an answer as arrays. Complex numbers without an imaginary part (of eigvals) become real."""
    return tuple(np.asarray(np.real_if_close(part)) for part in _split(value, count))


def _split(value: Any, count: int) -> Sequence[Any]:
    """The results as a sequence. A list is one result (rows of numbers) if one is expected."""
    several = isinstance(value, tuple) or (isinstance(value, list) and count > 1)
    return value if several else (value,)


def _describe_exception(error: BaseException, answer: Any, case: Case) -> str:
    """Which exception an answer raises, in which line, and what to look at."""
    try:
        said = re.sub(r", with gufunc signature \S+", "", str(error))[:200].strip().rstrip(".")
    except Exception:  # an exception whose text cannot be made
        said = ""
    words = f"the answer stops with {type(error).__name__}{': ' * bool(said)}{said}."
    line, variables, is_inside = inspection.failing_line(error, answer)
    known = [*variables, *getattr(answer, "__globals__", ())]
    words += f" The line is `{line}`." * bool(line) + inspection.suggestion(error, known)
    used = re.findall(r"(?<![.\w])[^\W\d]\w*", line.partition(" = ")[2] or line)
    arrays = {name: variables.get(name) for name in used}
    shapes = [f"`{name}` {array.shape}" for name, array in arrays.items() if type(array) is np.ndarray]
    if shapes and isinstance(error, ValueError | IndexError):
        words += f" The shapes in it are {', '.join(shapes)}."
        if is_inside:
            return f"{words} A function that this line calls raises the exception. Do its arguments fit together?"
    if not line and "positional argument" in said:  # of the answer itself
        words += f" It is called with {', '.join(case.given)}."
    return " ".join([words, *(text for kind, text in _ADVICE.items() if re.search(kind, said))])
