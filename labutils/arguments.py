"""What comes in is checked where it enters: the error names the argument, what came and what was expected."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def describe(value: Any) -> str:
    """A value in few words: the shape and dtype of an array, else its repr, cut at 60 characters."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def whole_number(name: str, value: Any, low: int = 1) -> None:
    """`value` is an int of at least `low`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: expected a whole number, got {describe(value)}")
    if value < low:
        raise ValueError(f"{name}: expected a whole number of at least {low}, got {value}")


def number(name: str, value: Any, low: float = 0.0, high: float = np.inf, positive: bool = False) -> None:
    """`value` is a finite number, low <= value < high, and above zero if `positive`."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name}: expected a number, got {describe(value)}")
    if not (np.isfinite(value) and low <= value < high) or (positive and value == 0):
        span = "above 0" if positive else f"from {low:g}"
        span += f" to below {high:g}" if np.isfinite(high) else ""
        raise ValueError(f"{name}: expected a finite number {span}, got {value}")


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """`value` is one of `choices`."""
    if not any(value is choice or value == choice for choice in choices):
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {describe(value)}")


def floats(name: str, value: Any, columns: int | str = "D", rows: int | str = "N", of: Any = None) -> None:
    """`value` is a float array of shape (rows, columns), not empty; a letter stands for any number.

    `of` is the layer or loss whose argument it is. Training comes here in every step: words are made for errors alone.
    """
    if (
        isinstance(value, np.ndarray)
        and value.dtype.kind == "f"
        and value.ndim == 2
        and columns in (value.shape[1], "D", "K", "M")
        and rows in (value.shape[0], "N")
        and value.size > 0
    ):
        return
    expected = f"{owner(of)}{name}: expected a float array of shape ({rows}, {columns})"
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{expected}, got {describe(value)}")
    if value.dtype.kind != "f":
        raise TypeError(f"{expected}, got dtype {value.dtype}")
    raise ValueError(f"{expected}{' that is not empty' if value.size == 0 else ''}, got {value.shape}")


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
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.shape == (count,):
        low, high = value.min(), value.max()
        if low >= 0 and high < classes:
            return
        raise ValueError(
            f"{owner(of)}{name}: expected labels of 0 to {classes - 1}, got {low if low < 0 else high}"
        )
    expected = f"{owner(of)}{name}: expected {count} integer labels of shape ({count},)"
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{expected}, got {describe(value)}")
    if value.dtype.kind not in "iu":
        raise TypeError(f"{expected}, got dtype {value.dtype}")
    raise ValueError(f"{expected}, got {value.shape}")
