"""What a student calls about an exercise: its check, its hints, a stand-in for its answer, the page to hand in."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from labutils._internal import arguments
from labutils._internal.data_files import fingerprint
from labutils.exercises.answers import AnswerCheck, StandIn, check_answer
from labutils.exercises.cases import load_exercises
from labutils.exercises.reference import REFERENCE

_results: dict[str, str] = {}  # how the last check ended, of each exercise in this session
_replaced: set[str] = set()  # the exercises in whose place the library's solution was used last


def check(name: str, answer: Any) -> AnswerCheck:
    """Print and return whether an answer is right, and what is wrong with it otherwise. The answer stays as it is."""
    result = _check(name, answer)
    print(result)
    return result


def replace_if_wrong(name: str, answer: Any) -> Any:
    """Return the answer if it is right, or else the library's solution. Prints a sentence if it replaces."""
    return _replace(name, answer, needed="passed")


def replace_if_missing(name: str, answer: Any) -> Any:
    """Return the answer, right or wrong, or the library's solution if it fails or returns nothing or wrong shapes."""
    return _replace(name, answer, needed="usable")


def hint(name: str, number: int) -> None:
    """Print hint 1, 2 or 3 on an exercise. Hint 3 says the most. "A3" stands for A3.1, A3.2 and A3.3."""
    arguments.instance(str, name=name)
    exercises = load_exercises()
    meant = [full for full in exercises if name in (full, full.partition(".")[0])]
    if not meant:
        arguments.one_of("name", name, tuple(exercises))
    arguments.one_of("number", number, (1, 2, 3))
    for full in meant:
        print(f"{full}, hint {number} of 3: {exercises[full].hints[number - 1]}")


def results_page(part: str, names: Sequence[str], numbers: Sequence[str], found: Mapping[str, Any]) -> str:
    """The page to hand in, as Markdown: the students, the state of the exercises of this part, and the results found.

    found: results by name. A name such as "A6, ..." is marked if the library's solution replaced the answer to A6.
    """
    arguments.one_of("part", part, ("A", "B", "C"))
    arguments.instance(list | tuple, names=names, numbers=numbers)
    arguments.instance(Mapping, found=found)
    pairs = zip_longest(names, numbers, fillvalue="")
    students = [f"{name} ({number})" if number else str(name) for name, number in pairs if name or number]
    authors = ", ".join(students) or "**nobody yet: fill in the names cell at the top**"
    lines = [f"**Part {part}, handed in by:** {authors}", "", "| exercise | so far |", "|---|---|"]
    exercises = [name for name in load_exercises() if name.startswith(part)]
    lines += [f"| {name} | {_results.get(name, 'check not run')} |" for name in exercises]
    lines += ["", "| result | here |", "|---|---|"]
    for what, value in found.items():
        by_library = str(what).split(",")[0] in _replaced
        lines.append(f"| {what} | {value}{' (by the library)' if by_library else ''} |")
    lines += ["", "Written answers are graded by a person, code again on other inputs."]
    return "\n".join([*lines, "", f"Data: {fingerprint()}."])


def _check(name: str, answer: Any) -> AnswerCheck:
    """The result of a check, which is kept for the page to hand in. An interrupt is a result, too."""
    try:
        result = check_answer(name, answer)
    except KeyboardInterrupt:
        words = "interrupted. If the answer takes longer than a second, a loop in it may have no end."
        result = AnswerCheck(False, f"{name}: {words}")
    _results[name] = result.state
    return result


def _replace(name: str, answer: Any, needed: str) -> Any:
    """The answer if its result is "passed" or "usable", as needed, or else a stand-in, with a sentence that says so."""
    answered = answer.answered if isinstance(answer, StandIn) else answer
    result = _check(name, answered)
    if getattr(result, needed):
        _replaced.discard(name)
        return answered
    _replaced.add(name)
    verb = "" if result.state.startswith("cannot") else "is "
    print(f"Exercise {name} {verb}{result.state}. This cell uses the library's solution instead.")
    return StandIn(REFERENCE[name], answered)
