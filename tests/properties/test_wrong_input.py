"""Whatever is passed to a public function: it is taken and the result is right, or an error names the argument."""

import functools
import importlib
import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from enum import EnumType
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import labutils
from labutils._internal import arguments
from labutils.data import Dataset
from labutils.notebook import explorers

from .cases import CASES, RESULTS
from .kinds import Case
from .values import anything, typical

PACKAGE = Path(labutils.__file__).parent


def student_modules() -> Iterator[str]:
    """The name of each module of labutils that students may import from."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "instructor" not in parts and "_internal" not in parts:
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def methods_of(kind: type) -> Iterator[tuple[str, object]]:
    """The public methods and properties of a class, also of its base classes in labutils, by name."""
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("labutils"):
            for name, member in vars(base).items():
                described = isinstance(member, property | classmethod | staticmethod)
                if not name.startswith("_") and (inspect.isfunction(member) or described):
                    yield f"{kind.__name__}.{name}", getattr(kind, name)


@functools.cache
def public() -> dict[str, object]:
    """Every function and class in an `__all__`, and the methods of the classes, by name: "Linear.forward"."""
    found: dict[str, object] = {}
    for module in map(importlib.import_module, [*student_modules(), "labutils.instructor.studies"]):
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if not callable(thing) or isinstance(thing, EnumType) or getattr(thing, "_is_protocol", False):
                continue  # a constant, or a class that is not called
            assert found.setdefault(name, thing) is thing, f"two objects are called {name}"
            if inspect.isclass(thing):
                found |= dict(methods_of(thing))
    return found


def function_of(case: str) -> str:
    """The name of the function that a case is about: "load_mnist" of "load_mnist (full)"."""
    return case.split(" ")[0]


def test_every_public_function_has_a_case():
    known = {function_of(case) for case in CASES} | RESULTS
    missing, left_over = sorted(set(public()) - known), sorted(known - set(public()))
    assert not missing, "these need a case in cases.py"
    assert not left_over, "these are in cases.py, but not public"
    assert not RESULTS & set(CASES)


@pytest.mark.parametrize("name", [name for name in CASES if " " not in name])
def test_every_argument_has_a_kind(name):
    function = public()[name]
    if not isinstance(function, property):
        parameters = set(inspect.signature(function).parameters) - {"self", "args", "kwargs"}
        assert set(CASES[name].given) == parameters


def snapshot(value):
    """What can be compared later."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes() if value.dtype != object else repr(value)
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.to_json(), str(value.index)
    if isinstance(value, Dataset):
        return snapshot(vars(value))
    if isinstance(value, dict):
        return [(key, snapshot(inner)) for key, inner in value.items()]
    return [snapshot(inner) for inner in value] if isinstance(value, list | tuple) else None


def has_nan(value):
    """Whether a number in it is NaN."""
    if isinstance(value, dict | list | tuple | set):
        return any(map(has_nan, value.values() if isinstance(value, dict) else value))
    if isinstance(value, np.ndarray | float | np.floating):
        return np.asarray(value).dtype.kind == "f" and bool(np.isnan(value).any())
    return False


def is_finite(value):
    """Whether every number in it is finite."""
    if isinstance(value, dict | list | tuple | set):
        return all(map(is_finite, value.values() if isinstance(value, dict) else value))
    if isinstance(value, np.ndarray | float | np.floating):
        return np.asarray(value).dtype.kind != "f" or bool(np.isfinite(value).all())
    return True


def call(case, given, watched, finite=True):
    """The result of the call, under the rules: no argument changed, and no warning unless the caller passed NaN."""
    before = {name: snapshot(given[name]) for name in watched}
    with warnings.catch_warnings(), np.errstate(all="warn" if finite else "ignore", under="ignore"):
        warnings.simplefilter("error")
        try:
            result = case.call(**given)
        finally:
            changed = [name for name in watched if snapshot(given[name]) != before[name]]
    assert not changed, f"changed: {changed}"
    return result


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """Files are written elsewhere, and an explorer's frames are made, not drawn, which would take most of the time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(explorers._Explorer, "_frame", lambda self, settings: {})


@pytest.mark.parametrize("name", CASES)
def test_what_is_right_is_taken(name):
    case = CASES[name]
    result = call(case, case.make(), watched=case.given)
    assert not has_nan(result), result


def problems_with(case: Case, values: Callable[[], list[Any]]) -> Iterator[str]:
    """A line for each wrong value that is taken, or refused without the name of its argument."""
    for argument, kind in case.given.items():
        for value in [*values(), *kind.wrong]:
            if not kind.tried(value):
                continue
            what = f"{argument} = {type(value).__name__} {arguments.describe(value)}"
            finite = is_finite(value)
            try:
                result = call(case, case.make() | {argument: value}, [argument], finite)
            except (TypeError, ValueError, *kind.errors) as error:
                # A value of the right kind may not fit to another argument, which may be the one that is named.
                names = list(case.given) if kind.takes(value) else [argument]
                said = str(error).split("got")[0]
                named = any(re.search(rf"\b{name}\b", said) for name in names)
                if not named and not isinstance(error, OSError):
                    yield f"{what}: not named: {type(error).__name__}: {error}"
            except Exception as error:
                yield f"{what}: {type(error).__name__}: {error}"
            else:
                if not kind.takes(value):
                    yield f"{what}: taken"
                elif finite and has_nan(result):
                    yield f"{what}: gives NaN"


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named(name):
    problems = list(problems_with(CASES[name], typical))
    assert not problems, "\n" + "\n".join(problem[:230] for problem in problems)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_whatever_is_wrong_is_named(name):
    problems = list(problems_with(CASES[name], anything))
    assert not problems, "\n" + "\n".join(problem[:230] for problem in problems)
