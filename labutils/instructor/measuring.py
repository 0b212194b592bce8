"""What the answers to the code exercises are worth, found from what they gave on the hidden inputs.

The comparison runs here, in the grader's own process. What a student's process displayed are values, of any shape.
"""

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from nbformat import NotebookNode

from labutils.exercises.answers import AnswerCheck, check_answer
from labutils.exercises.cases import Case, Try, load_exercises
from labutils.instructor import bank, cells, partial, probe
from labutils.instructor.submission import Measured

_NUMBERS = re.compile(r"[<|][fiub][1248]")  # the dtypes of results
_OWN_FILE = re.compile(r"\(\S+\.py, (?=line \d)")  # Jupyter's name for the cell in a SyntaxError
_Line = Mapping[str, Any]  # what an answer gave on one input


def measure(executed: NotebookNode, released: NotebookNode) -> dict[str, Measured]:
    """What the answer to each code exercise is worth, by grade id. No content of `executed` raises an error."""
    found = {}
    for cell in released.cells:
        name = cells.grade_id(cell)
        if name and cells.is_check(cell) and "function" in cells.labutils_of(cell):
            try:
                found[name] = _measure_one(cell, executed)
            except Exception as error:  # of our own, at something that nobody foresaw
                words = f"its test left something that our own code stops at ({type(error).__name__})."
                found[name] = Measured(0, "wrong", f"{cells.exercise_of(cell)}: {words}")
    return found


def _measure_one(check: NotebookNode, executed: NotebookNode) -> Measured:
    """What the answer of one exercise is worth."""
    name = cells.exercise_of(check)
    text, problem = _displayed(name, executed)
    if problem:
        return Measured(0, "not run", problem)
    lines, last = _read_lines(text)
    used = tuple(str(one)[:60] for one in _list_of(last.get("used"))[:20])
    if "not a function" in last:
        return _judge_other(name, last["not a function"], check, executed)
    if last.get("copied"):
        words = f"the answer calls the library's own {str(last['copied'])[:60]}, so it is no answer of yours."
        return Measured(0, "wrong", f"{name}: {words}", (*used, str(last["copied"])[:60]))
    if len(lines) < len(probe.tried(name)):
        return _judge_unfinished(name, last, used)
    if all(_is_open(line) for line in lines):
        return Measured(0, *_why_open(check, executed), used)
    return _judge(name, lines[: len(probe.tried(name))], bool(last.get("drawn")), used)


def _displayed(name: str, executed: NotebookNode) -> tuple[str, str]:
    """What the probe of an exercise displayed, and why there is nothing, in words."""
    for cell in executed.cells:
        meaning = cells.labutils_of(cell)
        if meaning.get("role") == "probe" and meaning.get("exercise") == name:
            outputs = cell.get("outputs", [])
            kept = [output.get("data") for output in outputs if isinstance(output, Mapping)]
            shown = [data[probe.KIND] for data in kept if isinstance(data, Mapping) and probe.KIND in data]
            if len(shown) == 1 and isinstance(shown[0], str):
                return shown[0], ""
            if any(isinstance(output, Mapping) and output.get("ename") == "NotRun" for output in outputs):
                return "", f"{name}: its test was not run, because the notebook had ended before."
            return "", f"{name}: its test left nothing that can be read."
    return "", f"{name}: its test was not run."


def _read_lines(text: str) -> tuple[list[_Line], dict[str, Any]]:
    """What an answer gave on the inputs, as far as it came, and what else the lines say."""
    given, other = list[_Line](), dict[str, Any]()
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "case" in found:
            if found["case"] == len(given):
                given.append(found)
        elif isinstance(found, dict):
            other |= found
    return given, other


def _judge_other(name: str, value: Any, check: NotebookNode, executed: NotebookNode) -> Measured:
    """What is said if the name of the answer stands for something else than a function, or for nothing."""
    if value is None:
        return Measured(0, *_why_open(check, executed))
    function = cells.labutils_of(check)["function"]
    return Measured(0, "wrong", f"{name}: `{function}` is no function, but {_unpacked(value)!r}.")


def _judge_unfinished(name: str, last: Mapping[str, Any], used: tuple[str, ...]) -> Measured:
    """What is said if an answer did not come to its last input."""
    if last.get("ended") in ("late", "stopped"):
        words = "the answer takes too long or was stopped. Does a loop in it never end?"
        return Measured(0, "too slow", f"{name}: {words}", used)
    return Measured(0, "wrong", f"{name}: the answer ends the process that tests it.", used)


def _judge(name: str, lines: Sequence[_Line], drawn: bool, used: tuple[str, ...]) -> Measured:
    """What an answer is worth that was called on all inputs. drawn: it draws from NumPy's global generator."""
    hidden = bank.hidden(name)
    result = _replay(name, lines[: len(hidden)], hidden)
    if result and not drawn:
        return Measured(1, "right", f"{name}: right on all {len(hidden)} inputs of its test.", used)
    public = _replay(name, lines[len(hidden) :], None)
    tries = [_try(case, line, name) for case, line in zip(hidden, lines, strict=False)]
    message = _describe_failure(name, tries) if public else public.message
    if drawn and result:
        message = f"{name}: the values are right, but the answer uses NumPy's global random generator."
    share, why = partial.share_of(bank.EXERCISES[name], tries, drawn)
    state = "partly right" if share else "wrong"
    return Measured(share, state, f"{message} {why}".strip(), used)


def _describe_failure(name: str, tries: Sequence[Try]) -> str:
    """What is said of an answer that passes the public checks and fails on hidden inputs."""
    bad = [one for one in tries if one.changed or not all(map(one.is_right, range(len(one.case.expected))))]
    words = f"{name}: right on the inputs of the check in the notebook, but not on {len(bad)} of {len(tries)} others"
    if not bad:
        return f"{words}."
    error = f"There it stops with {bad[0].said}." if bad[0].error else ""
    return f"{words}, for example with {bad[0].case.shapes}. {error}".strip()


def _why_open(check: NotebookNode, executed: NotebookNode) -> tuple[str, str]:
    """The state of an exercise without an answer, and why there is none, as far as the notebook shows it."""
    name, function = cells.exercise_of(check), cells.labutils_of(check)["function"]
    code = [cell for cell in executed.cells if cell.cell_type == "code" and "submitted_as" in cell.metadata]
    own = [cell for cell in code if cells.exercise_of(cell) == name and cells.role_of(cell) == "answer"]
    for output in (output for cell in own for output in cell.get("outputs", [])):
        if isinstance(output, Mapping) and output.get("output_type") == "error":
            said = _OWN_FILE.sub("(", f"{output.get('ename')}: {output.get('evalue')}"[:200])
            words = f"the cell with the answer stops with {said}. So there is no `{function}` to test."
            return "wrong", f"{name}: {words}"
    if not any(
        re.search(rf"(?m)^\s*(async )?def {function}\b|^\s*{function}\s*=", cell.source) for cell in code
    ):
        return "not done", f"{name}: no cell defines `{function}`. Was it renamed, or deleted?"
    return "not done", f"{name}: not done yet. `{function}` returns None or has an open result."


class _Odd:
    """Something else than numbers, which was described as this text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class _Replay:
    """An answer that gives again what it gave elsewhere, one input after the other."""

    def __init__(self, name: str, lines: Sequence[_Line]) -> None:
        self._name, self._lines = name, iter(lines)

    def __call__(self, *given: Any) -> Any:
        line = next(self._lines)
        for argument, value in zip(load_exercises()[self._name].cases[0].given, given, strict=True):
            if argument in _list_of(line.get("changed")) and isinstance(value, np.ndarray):
                value += 1
        if "error" in line:
            raise _exception(line)
        if "parts" in line:
            return tuple(_unpacked(part) for part in _list_of(line["parts"]))
        return _unpacked(line.get("one"))


def _replay(name: str, lines: Sequence[_Line], cases: Sequence[Case] | None) -> AnswerCheck:
    """The check of an answer, from what it gave. cases: None for the public ones."""
    return check_answer(name, _Replay(name, lines), cases)


def _exception(line: _Line) -> Exception:
    """An exception with the name and the text of another one, and nothing else of it."""
    name, said = str(line["error"])[:100], str(line.get("said", ""))[:300]
    if name == "NotImplementedError":
        return NotImplementedError()
    return type(name if name.isidentifier() else "Exception", (Exception,), {})(said)


def _try(case: Case, line: _Line, name: str) -> Try:
    """What an answer gave on a case, as far as it can be compared with the right results."""
    changed = [one for one in _list_of(line.get("changed")) if isinstance(one, str) and one in case.given]
    if "error" in line:
        said = f"{line['error']}: {line.get('said', '')}"[:200].strip(" :.")
        return Try(case, None, "error", said, changed)
    given = _list_of(line["parts"]) if "parts" in line else [line.get("one")]
    parts = [np.array(np.nan) if part is None else _unpacked(part) for part in given]
    if len(parts) != len(case.expected) or not all(isinstance(part, np.ndarray) for part in parts):
        return Try(case, None, "other", "results of another kind", changed)
    return Try(case, parts, changed=changed)


def _unpacked(part: Any) -> Any:
    """A result as an array; None if it was open; an `_Odd` if it is something else, or was tampered with."""
    if part is None:
        return None
    if not isinstance(part, dict):
        return _Odd("something else")
    if "odd" in part:
        return _Odd(str(part["odd"])[:150])
    try:
        kind, shape, data = part["dtype"], part["shape"], part["data"]
        is_known = (
            isinstance(kind, str) and _NUMBERS.fullmatch(kind) and kind[1:] not in ("b2", "b4", "b8", "f1")
        )
        sizes = all(type(size) is int and 0 <= size <= probe.LARGEST for size in shape) and len(shape) <= 8
        if not is_known or not sizes or not isinstance(data, str):
            return _Odd("numbers that cannot be read")
        raw = base64.b64decode(data, validate=True)
        if len(raw) > probe.LARGEST or len(raw) != math.prod(shape) * np.dtype(kind).itemsize:
            return _Odd("numbers that cannot be read")
        return np.frombuffer(raw, kind).reshape(shape).astype(np.dtype(kind).newbyteorder("="))
    except (ValueError, TypeError, KeyError):
        return _Odd("numbers that cannot be read")


def _is_open(line: _Line) -> bool:
    """Whether all results of an input are open."""
    given = _list_of(line["parts"]) if "parts" in line else [line.get("one")]
    return line.get("error") == "NotImplementedError" or (
        "error" not in line and given == [None] * len(given)
    )


def _list_of(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []
