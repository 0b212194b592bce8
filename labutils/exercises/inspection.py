"""What a student's code shows without being run: the names that it reads, and cells that Python cannot read."""

import ast
import difflib
import dis
import linecache
import re
import traceback
import warnings
from collections.abc import Collection, Sequence
from types import CodeType
from typing import Any

import numpy as np


def argument_names(answer: Any) -> Sequence[str]:
    """The names of a function's arguments; none if it takes any number of them, or is not written in Python."""
    code = getattr(answer, "__code__", None)
    if not isinstance(code, CodeType) or code.co_flags & 0x04:  # *args
        return ()
    return code.co_varnames[: code.co_argcount]


def unread_arguments(answer: Any) -> list[str]:
    """The names of the arguments that a function never reads."""
    read: set[str] = set()
    for step in dis.get_instructions(answer) if argument_names(answer) else ():
        if step.opname == "STORE_FAST_LOAD_FAST":
            read.add(step.argval[1])
        elif step.opname.startswith("LOAD_"):
            read |= set(step.argval) if isinstance(step.argval, tuple) else {str(step.argval)}
    return [name for name in argument_names(answer) if name not in read]


def notebook_variables(answer: Any) -> list[str]:
    """The arrays and numbers of the notebook that a function reads."""
    codes = [answer.__code__] if hasattr(answer, "__code__") else []
    found = []
    for code in codes:
        codes += [const for const in code.co_consts if isinstance(const, CodeType)]  # functions inside it
        found += [step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"]
    kinds = np.ndarray | np.number | int | float
    return [name for name in dict.fromkeys(found) if isinstance(answer.__globals__.get(name), kinds)]


def suggestion(error: BaseException, variables: Collection[str]) -> str:
    """The name that was perhaps meant where a name or an attribute is not known, as a question; "" if none is close."""
    if not isinstance(error, NameError | AttributeError) or len(str(error.name)) < 2:
        return ""
    names = dir(error.obj) if isinstance(error, AttributeError) else variables
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(str(error.name).lower(), lower, 1, 0.83)
    return f" Is `{lower[close[0]]}` meant?" if close and lower[close[0]] != error.name else ""


def failing_line(error: BaseException, answer: Any) -> tuple[str, dict[str, Any], bool]:
    """The line of an answer that failed, its variables, and whether the exception is of a function called there."""
    file = getattr(getattr(answer, "__code__", None), "co_filename", "")
    frames = [*traceback.walk_tb(error.__traceback__)]
    frames = [pair for pair in frames if str(pair[0].f_globals.get("__name__")).split(".")[0] != "numpy"]
    for frame, number in frames[::-1]:
        if frame.f_code.co_filename == file:
            return linecache.getline(file, number).strip(), dict(frame.f_locals), frame is not frames[-1][0]
    return "", {}, False


def describe_syntax_error(function: str, cells: Sequence[str]) -> str:
    """What is wrong with the last cell that defines this function, if Python cannot read it; else ""."""
    place = _definition(function, cells)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile("" if place < 0 else cells[place], "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return f"Python cannot read the cell that defines `{function}`: {error.msg} in line {error.lineno}."
    return ""


def similar_function(function: str, cells: Sequence[str], others: Collection[str]) -> str:
    """A function with a similar name that was defined after this one; "" if there is none. others: known functions."""
    later = "\n".join(cells[_definition(function, cells) + 1 :])
    defined = [name for name in re.findall(r"(?m)^def\s+(\w+)", later) if name not in others]
    return next(iter(difflib.get_close_matches(function, defined, 1, 0.8)), "")


def _definition(function: str, cells: Sequence[str]) -> int:
    """The place of the last cell that defines this function; -1 if there is none."""
    start = re.compile(rf"(?m)^\s*def\s+{function}\b")
    return max((place for place, cell in enumerate(cells) if start.search(cell)), default=-1)
