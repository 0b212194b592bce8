"""What a student calls about an exercise: its check, its hints, a stand-in for its answer, the page to hand in."""

import json
import os
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from IPython import get_ipython

from labutils._internal import arguments
from labutils._internal.data_files import fingerprint
from labutils.exercises import inspection
from labutils.exercises.answers import AnswerCheck, StandIn, check_answer
from labutils.exercises.cases import load_exercises
from labutils.exercises.display import show
from labutils.exercises.predictions import guesses
from labutils.exercises.reference import REFERENCE

_results: dict[str, str] = {}  # how the last check ended, of each exercise in this session
_hints_seen: dict[str, int] = {}  # the number of the last hint that was shown on each exercise
_replaced: set[str] = set()  # the exercises in whose place the library's solution was used last


def check(name: str, answer: Any) -> AnswerCheck:
    """Display and return whether an answer is right, and what is wrong with it otherwise. The answer stays as it is."""
    result = _check(name, answer)
    is_open = result.state in ("not done yet", "cannot be checked")
    show(result.message, "right" if result.passed else "open" if is_open else "wrong")
    return result


def replace_if_wrong(name: str, answer: Any) -> Any:
    """Return the answer if it is right, or else the library's solution. Prints a sentence if it replaces."""
    return _replace(name, answer, needed="passed")


def replace_if_missing(name: str, answer: Any) -> Any:
    """Return the answer, right or wrong, or the library's solution if it fails or returns nothing or wrong shapes."""
    return _replace(name, answer, needed="usable")


def hint(name: str, number: int | None = None) -> None:
    """Print the next hint on an exercise, or hint 1, 2 or 3 of them. "A3" stands for A3.1, A3.2 and A3.3.

    For an unknown name or number a sentence says which ones there are. Raises `OSError` or `ValueError` if the file of
    the exercises is damaged.
    """
    exercises = load_exercises()
    wanted = name.strip().upper() if isinstance(name, str) else ""
    meant = [full for full in exercises if wanted in (full, full.partition(".")[0])]
    try:
        arguments.one_of("name", meant[0] if meant else name, tuple(exercises))
        arguments.one_of("number", number, (None, 1, 2, 3))
    except ValueError as error:
        show(f"There is no such hint. {error}.")
        return
    for full in meant:
        place = number or _hints_seen.get(full, 0) + 1
        _hints_seen[full] = place % 4
        more = [*exercises[full].hints, "there are no more hints. The next call shows the first one again."]
        show(f"{full}, hint {place} of 3: {more[place - 1]}" if place <= 3 else f"{full}: {more[3]}")


def results_page(part: str, names: Sequence[str], numbers: Sequence[str], found: Mapping[str, Any]) -> str:
    """The page to hand in, as Markdown: the students, what is missing, the exercises, guesses and results of this part.

    found: results by name. A name such as "A6, ..." is marked if the library's solution replaced the answer to A6.
    """
    arguments.one_of("part", part, ("A", "B", "C"))
    arguments.instance(list | tuple, names=names, numbers=numbers)
    arguments.instance(Mapping, found=found)
    pairs = [(name, number) for name, number in zip_longest(names, numbers, fillvalue="") if name or number]
    students = [f"{name} ({number})" if number else str(name) for name, number in pairs]
    nobody = "**nobody yet: fill in the names cell at the top**"
    lines = [f"**Part {part}, handed in by:** {', '.join(students) or nobody}"]
    if without := [str(name) for name, number in pairs if not number]:
        lines += ["", f"**The student number is missing:** {', '.join(without)}"]
    if unanswered := _unanswered_questions():
        lines += ["", f"**Written answers that are missing, as last saved:** {', '.join(unanswered)}"]
    exercises = [name for name in load_exercises() if name.startswith(part)]
    by_library = {name: " (by the library)" for name in found if str(name).split(",")[0] in _replaced}
    rows = {name: f"{value}{by_library.get(name, '')}" for name, value in found.items()}
    lines += _table("exercise | so far", {name: _results.get(name, "check not run") for name in exercises})
    lines += _table("prediction | guess", guesses(part))
    lines += _table("result | here", rows)
    lines += ["", "Written answers are graded by a person, code again on other inputs."]
    return "\n".join([*lines, "", f"Data: {fingerprint()}."])


def _table(head: str, rows: Mapping[str, str]) -> list[str]:
    """The lines of a table with two columns in Markdown; none without rows."""
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return ["", f"| {head} |", "|---|---|", *lines] if rows else []


def _notebook() -> Mapping[str, Any]:
    """The variables of the notebook, among them `In`, its cells; none outside of IPython."""
    return getattr(get_ipython(), "user_ns", {})


def _unanswered_questions() -> list[str]:
    """The written questions without an answer in the file of this notebook, as last saved; none if it is not found.

    JupyterLab and Notebook name the file in an environment variable, and VS Code in a variable of the notebook.
    """
    path = _notebook().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        blank = [cell for cell in cells if "".join(cell["source"]).strip() == "*Your answer:*"]
        ids = [cell["metadata"]["nbgrader"]["grade_id"].rpartition("-") for cell in blank]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [f"{name.replace('-', '.')} ({kind})" for name, _, kind in ids]


def _check(name: str, answer: Any) -> AnswerCheck:
    """The result of a check, which is kept for the page to hand in. An interrupt is a result, too."""
    try:
        result = check_answer(name, answer)
        problem = "" if result.state == "cannot be checked" else _describe_cells(name, result)
    except KeyboardInterrupt:
        problem = "interrupted. If the answer takes longer than a second, a loop in it may have no end."
    if problem:
        result = AnswerCheck(False, f"{name}: {problem}")
    _results[name] = result.state
    return result


def _describe_cells(name: str, result: AnswerCheck) -> str:
    """A sentence if the last attempt is not the function that was checked, because of its name or syntax; else ""."""
    exercises, cells = load_exercises(), [str(cell) for cell in _notebook().get("In", [])]
    function, others = exercises[name].function, {exercise.function for exercise in exercises.values()}
    if problem := inspection.describe_syntax_error(function, cells):
        return f"{problem} Correct the cell and run it again."
    if result.state == "not done yet" and (similar := inspection.similar_function(function, cells, others)):
        return f"`{function}` is still open, but a cell defines `{similar}`. Is the name misspelt?"
    return ""


def _replace(name: str, answer: Any, needed: str) -> Any:
    """The answer if its result is "passed" or "usable", as needed, or else a stand-in, with a sentence that says so."""
    answered = answer.answered if isinstance(answer, StandIn) else answer
    result = _check(name, answered)
    if getattr(result, needed):
        _replaced.discard(name)
        return answered
    _replaced.add(name)
    verb = "" if result.state.startswith("cannot") else "is "
    show(f"Exercise {name} {verb}{result.state}. This cell uses the library's solution instead.", "open")
    return StandIn(REFERENCE[name], answered)
