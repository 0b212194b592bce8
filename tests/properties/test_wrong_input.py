"""Whatever is passed to a public function: it is taken and the result is right, or an error names the argument."""

import importlib
import inspect
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import labutils
from labutils import arguments, widgets
from labutils.data import Dataset

from .cases import CASES, INTERNAL, RESULTS
from .values import anything

MODULES = sorted(path.stem for path in Path(labutils.__file__).parent.glob("[a-z]*.py"))


def public():
    """The name of every public function, class and method of a module of labutils: "layers.Linear.forward"."""
    for module in MODULES:
        for name, thing in vars(importlib.import_module(f"labutils.{module}")).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != f"labutils.{module}":
                continue
            if inspect.isclass(thing):
                methods = [
                    m
                    for m, f in vars(thing).items()
                    if callable(getattr(thing, m)) or isinstance(f, property)
                ]
                yield from (f"{module}.{name}.{method}" for method in methods if not method.startswith("_"))
            if callable(thing):
                yield f"{module}.{name}"


def test_every_public_function_has_a_case_or_is_known_to_need_none():
    known = set(CASES) | INTERNAL | RESULTS
    assert not [name for name in public() if name not in known], "a case in cases.py is missing"
    assert not [name for name in known if name not in set(public())], "these are in cases.py and nowhere else"


@pytest.mark.parametrize(
    "name", [name for name in CASES if name.count(".") == 1 or name.split(".")[-1][0] != "_"]
)
def test_every_argument_has_a_case(name):
    """A new argument needs one, too."""
    function = importlib.import_module(f"labutils.{name.split('.')[0]}")
    for part in name.split(".")[1:]:
        function = getattr(function, part)
    if not isinstance(function, property):
        assert set(CASES[name].given) == set(inspect.signature(function).parameters) - {
            "self",
            "args",
            "kwargs",
        }


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
    monkeypatch.setattr(widgets.Explorer, "frame", lambda self, settings: {})


@pytest.mark.parametrize("name", CASES)
def test_what_is_right_is_taken(name):
    case = CASES[name]
    result = call(case, case.make(), watched=case.given)
    assert not has_nan(result), result


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named(name):
    case, problems = CASES[name], []
    for argument, kind in case.given.items():
        for value in anything():
            if not kind.tried(value):
                continue
            what, finite = (
                f"{argument} = {type(value).__name__} {arguments.describe(value)}",
                is_finite(value),
            )
            try:
                result = call(case, case.make() | {argument: value}, [argument], finite)
            except (TypeError, ValueError, *kind.errors) as error:
                named = [argument] if not kind.takes(value) else list(case.given)  # they do not fit together
                said = str(error).split("got")[0]
                if not isinstance(error, OSError) and not any(
                    re.search(rf"\b{name}\b", said) for name in named
                ):
                    problems.append(f"{what}: not named: {type(error).__name__}: {error}")
            except Exception as error:
                problems.append(f"{what}: {type(error).__name__}: {error}")
            else:
                if not kind.takes(value):
                    problems.append(f"{what}: taken")
                elif finite and has_nan(result):
                    problems.append(f"{what}: gives NaN")
    assert not problems, "\n" + "\n".join(problem[:230] for problem in problems)
