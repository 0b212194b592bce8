"""What comes in is checked where it enters: the error names the argument, what came and what was expected."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

LAYER = ("forward", "backward", "params", "grads")
LOSS = ("forward", "backward", "predict", "reduction", "divisor")
ARRAYS = (np.ndarray, np.memmap)  # np.matrix and masked arrays are arrays, too, but calculate in another way


def describe(value: Any) -> str:
    """A value in few words: the shape and dtype of an array, else its repr, cut at 60 characters."""
    if isinstance(value, np.ndarray):
        kind = "an array" if type(value) in ARRAYS else f"a {type(value).__name__}"
        return f"{kind} of shape {value.shape} and dtype {value.dtype}"
    try:
        text = repr(value)
    except Exception:  # of an int with more than 4,300 digits, for one
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def whole_number(name: str, value: Any, low: int = 1) -> None:
    """`value` is an int of at least `low`, and one that fits into 64 bits."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: expected a whole number, got {describe(value)}")
    if value < low:
        raise ValueError(f"{name}: expected a whole number of at least {low}, got {describe(value)}")
    if value >= 2**63:
        raise ValueError(f"{name}: expected a whole number below 2**63, got {describe(value)}")


def number(name: str, value: Any, low: float = 0.0, high: float = np.inf, positive: bool = False) -> None:
    """`value` is a finite number, low <= value < high, and above zero if `positive`."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name}: expected a number, got {describe(value)}")
    try:
        exact = float(value)
    except OverflowError:  # an int that no float is near to
        exact = np.inf
    if not (np.isfinite(exact) and low <= exact < high) or (positive and exact == 0):
        span = "above 0" if positive else f"from {low:g}"
        span += f" to below {high:g}" if np.isfinite(high) else ""
        raise ValueError(f"{name}: expected a finite number {span}, got {describe(value)}")


def percentage(name: str, value: Any) -> None:
    """`value` is a number of 0 to 100."""
    number(name, value)
    if value > 100:
        raise ValueError(f"{name}: expected a percentage, 0 to 100, got {value}")


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """`value` is one of `choices`."""
    try:
        known = value in set(choices)
    except TypeError:  # it cannot be in a set: a list, an array
        known = False
    if not known:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {describe(value)}")


def instance(kind: Any, **values: Any) -> None:
    """Each of the values, by the names of the arguments, is of this class, or of one of several (A | B)."""
    for name, value in values.items():
        if not isinstance(value, kind):
            expected = kind.__name__ if isinstance(kind, type) else str(kind).replace("labutils.", "")
            raise TypeError(f"{name}: expected a {expected}, got {describe(value)}")


def like(example: str, attributes: Sequence[str], **values: Any) -> None:
    """Each of the values, by the names of the arguments, has these attributes."""
    for name, value in values.items():
        if not all(hasattr(value, attribute) for attribute in attributes):
            raise TypeError(f"{name}: expected {example}, got {describe(value)}")


def items(name: str, value: Any) -> list[Any]:
    """`value` as a list: anything that gives its items one by one, but text."""
    try:
        if not isinstance(value, str):
            return list(value)
    except TypeError:
        pass
    raise TypeError(f"{name}: expected a list of them, got {describe(value)}")


def flag(name: str, value: Any) -> None:
    """`value` is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {describe(value)}")


def function(name: str, value: Any) -> None:
    """`value` can be called."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function, got {describe(value)}")


def float_type(name: str, value: Any) -> None:
    """`value` is a float type of NumPy."""
    try:
        known = isinstance(value, (type, np.dtype, str)) and np.dtype(value).kind == "f"
    except TypeError:
        known = False
    if not known:
        raise TypeError(f"{name}: expected a float type such as np.float32, got {describe(value)}")


def path(name: str, value: Any, to: str = "file") -> None:
    """`value` is the path of a file, or of a folder."""
    if not isinstance(value, (str, os.PathLike)) or str(value) == "" or "\0" in str(value):
        raise TypeError(f"{name}: expected the path of a {to}, got {describe(value)}")
    if to == "file" and not Path(value).name:
        raise ValueError(f"{name}: expected the path of a file, got {describe(value)}")


def table(columns: Iterable[str], **values: Any) -> None:
    """Each of the values, by the names of the arguments, is a DataFrame that has these columns, and rows."""
    import pandas as pd  # for those who have a table; layers do without

    for name, value in values.items():
        instance(pd.DataFrame, **{name: value})
        if missing := [column for column in columns if column not in value]:
            raise ValueError(f"{name}: expected a column {missing[0]!r}, got {describe(list(value.columns))}")
        if value.empty:
            raise ValueError(f"{name}: expected at least one row, got none")


def numbers(name: str, value: Any, *shape: int | str, finite: bool = False) -> np.ndarray:
    """`value`, an array of numbers or lists of them, as a new float64 array, not empty.

    shape: what it should be, a letter stands for any number; without it any shape will do. finite: all of them are.
    """
    expected = f"{name}: expected an array of numbers" + f" of shape {shape_of(shape)}" * bool(shape)
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{expected}, got {describe(value)}") from None
    if array.dtype.kind not in "fiub" or isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{expected}, got {describe(value)}")
    fits = len(shape) == array.ndim and all(
        isinstance(s, str) or s == n for s, n in zip(shape, array.shape, strict=True)
    )
    if array.size == 0 or (shape and not fits):
        raise ValueError(f"{expected}{' that is not empty' * (array.size == 0)}, got {describe(value)}")
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    return np.array(array, dtype=np.float64)


def shape_of(shape: Sequence[int | str]) -> str:
    """A shape as NumPy writes it: (3,), (N, 10)."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def floats(name: str, value: Any, columns: int | str = "D", rows: int | str = "N", of: Any = None) -> None:
    """`value` is a float array of shape (rows, columns), not empty; a letter stands for any number.

    `of` is the layer or loss whose argument it is. Training comes here in every step: words are made for errors alone.
    """
    if (
        type(value) in ARRAYS
        and value.dtype.kind == "f"
        and value.ndim == 2
        and columns in (value.shape[1], "D", "K", "M")
        and rows in (value.shape[0], "N")
        and value.size > 0
    ):
        return
    expected = f"{owner(of)}{name}: expected a float array of shape ({rows}, {columns})"
    if type(value) not in ARRAYS:
        raise TypeError(f"{expected}, got {describe(value)}")
    if value.dtype.kind != "f":
        raise TypeError(f"{expected}, got dtype {value.dtype}")
    raise ValueError(f"{expected}{' that is not empty' if value.size == 0 else ''}, got {value.shape}")


def squares(name: str, value: Any) -> None:
    """`value` is a float array (N, D) of square images, D pixels each."""
    floats(name, value)
    if round(value.shape[1] ** 0.5) ** 2 != value.shape[1]:
        raise ValueError(f"{name}: expected square images such as (N, 784), got {value.shape}")


def pairs(name: str, value: Any) -> None:
    """`value` is a mapping to pairs."""
    instance(Mapping, **{name: value})
    for key, pair in value.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"{name}[{key!r}]: expected a pair, got {describe(pair)}")


def owner(of: Any) -> str:
    """What an error about an argument of the layer or loss `of` begins with."""
    return "" if of is None else f"{of}: "


def after_forward(part: Any, rows: int) -> None:
    """`part`, a layer or a loss, has seen a batch: `rows`, of its last forward, is not 0."""
    if rows == 0:
        raise RuntimeError(f"{part}: backward needs a forward before it")


def gradient(layer: Any, dy: Any, shape: tuple[int, ...]) -> None:
    """`dy` has the shape of what the layer's last forward returned."""
    after_forward(layer, shape[0])
    floats("dy", dy, rows=shape[0], columns=shape[1], of=layer)


def labels(name: str, value: Any, count: int, classes: int, of: Any = None) -> None:
    """`value` holds `count` integer labels of 0 to classes - 1, shape (N,); `of` is the loss whose argument it is."""
    if count == 0:
        raise ValueError(f"{owner(of)}{name}: expected at least one label, got none")
    if type(value) in ARRAYS and value.dtype.kind in "iu" and value.shape == (count,):
        low, high = value.min(), value.max()
        if low >= 0 and high < classes:
            return
        raise ValueError(
            f"{owner(of)}{name}: expected labels of 0 to {classes - 1}, got {low if low < 0 else high}"
        )
    expected = f"{owner(of)}{name}: expected {count} integer labels of shape ({count},)"
    if type(value) not in ARRAYS:
        raise TypeError(f"{expected}, got {describe(value)}")
    if value.dtype.kind not in "iu":
        raise TypeError(f"{expected}, got dtype {value.dtype}")
    raise ValueError(f"{expected}, got {value.shape}")
