"""Kinds of arguments: how to make a good value, which other values may be taken, and which are certainly wrong."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

ALT = "A sentence that says what the figure shows."


class Kind(NamedTuple):
    """A kind of argument.

    make: returns a good value, a new one in each call. takes: whether a value may be taken; it may also be refused by
    name. tried: whether a value is tried. errors: what may be raised besides TypeError and ValueError. wrong: values
    next to the limits that must be refused.
    """

    make: Callable[[], Any]
    takes: Callable[[Any], bool] = lambda value: False
    tried: Callable[[Any], bool] = lambda value: True
    errors: tuple[type[Exception], ...] = ()
    wrong: Sequence[Any] = ()


class Case:
    """A function with the kind of each of its arguments."""

    def __init__(self, call: Callable[..., Any], **given: Kind) -> None:
        self.call, self.given = call, given

    def make(self) -> dict[str, Any]:
        """The arguments of a good call."""
        return {name: kind.make() for name, kind in self.given.items()}


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


# ---- What a value is


def is_plain(value: Any) -> bool:
    """A NumPy array, and not a subclass that calculates in another way."""
    return type(value) is np.ndarray


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_row(value: Any) -> bool:
    return isinstance(value, list | tuple | range | pd.Series) or (
        isinstance(value, np.ndarray) and value.ndim == 1
    )


def is_path(value: Any) -> bool:
    return isinstance(value, str | Path) and str(value) not in ("", ".")


# ---- Numbers


def count(value: int, low: int = 1) -> Kind:
    """A whole number of at least `low`."""
    return Kind(lambda: value, lambda other: is_whole(other) and other >= low, wrong=(low - 1, low + 0.5))


def number(value: float, low: float = -np.inf, high: float = np.inf, positive: bool = False) -> Kind:
    """A finite number, low <= number < high, and above 0 if `positive`."""

    def takes(other: Any) -> bool:
        return is_number(other) and low <= other < high and -np.inf < other and (other > 0 or not positive)

    low, high = float(low), float(high)  # a long int cannot be compared with NumPy's floats
    wrong = [high, float("nan"), *([0.0] if positive else []), float(np.nextafter(low, -np.inf))]
    return Kind(lambda: value, takes, wrong=wrong)


def flag(value: bool) -> Kind:
    return Kind(lambda: value, lambda other: isinstance(other, bool))


# ---- Arrays


def floats(rows: int, columns: int) -> Kind:
    """A float array (N, D)."""
    return Kind(
        lambda: rng().uniform(0.1, 0.9, (rows, columns)),
        lambda value: is_plain(value) and value.dtype.kind == "f" and value.ndim == 2 and value.size > 0,
    )


def labels(*values: int) -> Kind:
    """Labels (N,)."""
    return Kind(
        lambda: np.array(values),
        lambda value: is_plain(value) and value.dtype.kind in "iu" and value.shape == (len(values),),
        wrong=[np.array([*values[1:], -1]), np.array([*values[1:], 100])],
    )


def matrix(rows: int, columns: int) -> Kind:
    """An array that the lecture writes (D, N), of any numbers; lists of numbers are taken as well."""
    accepted = list | tuple | range | pd.DataFrame | pd.Series | np.ndarray
    return Kind(
        lambda: rng().uniform(0.1, 0.9, (rows, columns)),
        lambda value: isinstance(value, accepted) and not isinstance(value, np.ma.MaskedArray),
    )


def numbers(make: Callable[[], np.ndarray], tried: Callable[[Any], bool] = lambda value: True) -> Kind:
    """An array of numbers, or lists of them, of a shape that other arguments determine."""
    return Kind(make, lambda value: not isinstance(value, str | np.ma.MaskedArray), tried)


# ---- Other objects


def exactly(make: Callable[[], Any], *also: Any) -> Kind:
    """This value, or one of some others, and nothing else."""
    return Kind(make, lambda value: any(value is other for other in also))


def text(value: str = ALT) -> Kind:
    return Kind(lambda: value, lambda other: isinstance(other, str))


def words(value: str) -> Kind:
    """Text that becomes part of a sentence. Other objects are not tried, because they are formatted as they are."""
    return Kind(lambda: value, lambda other: True, lambda other: isinstance(other, str))


def label(value: str) -> Kind:
    """Any text. Other texts would only be drawn, so they are not tried."""
    return Kind(lambda: value, tried=lambda other: not isinstance(other, str))


def function(make: Callable[..., Any]) -> Kind:
    """A function. Other functions are not tried, because what they return decides."""
    return Kind(lambda: make, callable, lambda other: not callable(other))


def free(make: Callable[[], Any]) -> Kind:
    """Every value is taken."""
    return Kind(make, lambda value: True)


def sequence(make: Callable[[], Any], empty_only: bool = False) -> Kind:
    """A list or tuple; with `empty_only`, of the values that are tried only an empty one may be taken."""
    return Kind(make, lambda value: isinstance(value, list | tuple) and not (empty_only and value))


def mapping(make: Callable[[], Any], empty: bool = False) -> Kind:
    """A mapping to values of one kind, none of which is tried; perhaps an empty one."""
    return Kind(make, lambda value: empty and isinstance(value, Mapping) and not value)


def path(make: Callable[[], Any], none: bool = False) -> Kind:
    """A path. What is there may not be readable."""
    return Kind(make, lambda value: is_path(value) or (none and value is None), errors=(OSError,))


# ---- Options, from the checks that are declared beside them


def declared_limits(check: Callable[..., None] | None) -> dict[str, Any]:
    """The limits that a check of an option has, by name: "low", "high" and "positive", or "choices"."""
    parameters = inspect.signature(check).parameters if check else {}
    return {name: one.default for name, one in parameters.items() if one.default is not one.empty}


def option_kinds(good: Any, declared: Mapping[str, tuple[type, Any]]) -> dict[str, Kind]:
    """The kind of each option of the dataclass instance `good`, from its declared type and check."""
    return {name: _option_kind(value, *declared[name]) for name, value in vars(good).items()}


def _option_kind(value: Any, declared_type: type, check: Callable[..., None] | None) -> Kind:
    match declared_limits(check):
        case {"low": low, "high": high, "positive": positive}:
            return number(value, low, high, positive)
        case {"low": low}:
            return count(value, low)
        case {"choices": choices}:
            wrong = [choices, *(f"{choice} " for choice in choices)]
            return Kind(lambda: value, lambda other: any(other is choice for choice in choices), wrong=wrong)
    if declared_type is bool:
        return flag(value)
    assert declared_type is str, f"no check is declared for an option of type {declared_type}"
    return text(value)
