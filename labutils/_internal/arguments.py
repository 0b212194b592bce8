"""Checks of arguments: an error names the argument, the value received and what was expected."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np

LAYER = ("forward", "backward", "params", "grads")
ARRAYS = (np.ndarray, np.memmap)  # not np.matrix or masked arrays, whose arithmetic is different


def describe(value: Any) -> str:
    """A value in few words: the shape and dtype of an array, else its repr, cut at 60 characters."""
    if isinstance(value, np.ndarray):
        kind = "an array" if type(value) in ARRAYS else f"a {type(value).__name__}"
        return f"{kind} of shape {value.shape} and dtype {value.dtype}"
    try:
        text = repr(value)
    except Exception:  # for example of an int with more than 4,300 digits
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def expect(condition: Any, name: str, expected: str, value: Any, error: type[Exception] = ValueError) -> None:
    """Raise the error unless the condition is true."""
    if not condition:
        raise error(f"{name}: expected {expected}, got {describe(value)}")


def whole_number(name: str, value: Any, low: int = 1) -> None:
    """A whole number of at least `low` that fits into 64 bits."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    expect(is_whole, name, "a whole number", value, TypeError)
    expect(value >= low, name, f"a whole number of at least {low}", value)
    expect(value < 2**63, name, "a whole number below 2**63", value)


def number(name: str, value: Any, low: float = 0.0, high: float = np.inf, positive: bool = False) -> None:
    """A finite number, low <= value < high, and above 0 if `positive`."""
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    expect(is_number, name, "a number", value, TypeError)
    try:
        exact = float(value)
    except OverflowError:  # an int beyond the largest float
        exact = np.inf
    span = "above 0" if positive else f"from {low:g}"
    span += f" to below {high:g}" if np.isfinite(high) else ""
    inside = np.isfinite(exact) and low <= exact < high and not (positive and exact == 0)
    expect(inside, name, f"a finite number {span}", value)


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """One of `choices`."""
    known = any(isinstance(value, type(choice)) and value == choice for choice in choices)
    expect(known, name, f"one of {', '.join(map(repr, choices))}", value)


def declared_checks(kind: Any) -> dict[str, tuple[type, Any]]:
    """The type and the check (or None) of each field of a dataclass of options.

    A check is declared beside its option: `epochs: Annotated[int, partial(whole_number, low=1)] = 10`.
    """
    hints = get_type_hints(kind, include_extras=True).items()
    return {
        name: get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, None) for name, hint in hints
    }


def check_options(options: Any) -> None:
    """Check each field of a frozen dataclass, and turn NumPy's numbers, which may overflow, into Python's."""
    for name, (kind, check) in declared_checks(type(options)).items():
        value = getattr(options, name)
        if check is not None:
            check(name, value)
        elif kind is bool:
            flag(name, value)
        object.__setattr__(options, name, kind(value))


def instance(kind: Any, **values: Any) -> None:
    """Each of the values, by the names of the arguments, is of this class, or of one of several (A | B)."""
    expected = kind.__name__ if isinstance(kind, type) else str(kind).replace("labutils.", "")
    for name, value in values.items():
        expect(isinstance(value, kind), name, f"a {expected}", value, TypeError)


def flag(name: str, value: Any) -> None:
    expect(isinstance(value, bool), name, "True or False", value, TypeError)


def function(name: str, value: Any) -> None:
    expect(callable(value), name, "a function", value, TypeError)


def items(name: str, value: Any, kind: Any = object) -> list[Any]:
    """The items, all of this class, of anything that is iterable, except text. An array of shape () has no items."""
    is_list = isinstance(value, Iterable) and not isinstance(value, str) and getattr(value, "ndim", 1) > 0
    expect(is_list, name, "a list", value, TypeError)
    found = list(value)
    for item in found:
        instance(kind, **{name: item})
    return found


def entries(name: str, value: Any, least: int = 0) -> dict[str, Any]:
    """The entries, at least so many, of a mapping, by their names in errors, such as "series['a']"."""
    instance(Mapping, **{name: value})
    expect(len(value) >= least, name, "at least one entry", value)
    return {f"{name}[{key!r}]": entry for key, entry in value.items()}


def pairs(name: str, value: Any) -> None:
    """`value` is a mapping to pairs."""
    for entry, pair in entries(name, value).items():
        expect(isinstance(pair, tuple | list) and len(pair) == 2, entry, "a pair", pair, TypeError)


def path(name: str, value: Any, to: str = "file") -> None:
    """`value` is the path of a file, or of a folder."""
    is_path = isinstance(value, str | os.PathLike) and str(value) != "" and "\0" not in str(value)
    expect(is_path, name, f"the path of a {to}", value, TypeError)
    expect(to != "file" or Path(value).name != "", name, "the path of a file", value)


def data_frame(columns: Iterable[str], **values: Any) -> None:
    """Each of the values, by the names of the arguments, is a DataFrame that has these columns, and rows."""
    import pandas as pd  # only for those who have a table

    for name, value in values.items():
        instance(pd.DataFrame, **{name: value})
        for column in columns:
            expect(column in value, name, f"a column {column!r}", list(value.columns))
        expect(len(value) > 0, name, "at least one row", value)


def float_type(name: str, value: Any) -> None:
    """`value` is a float type of NumPy."""
    try:
        known = isinstance(value, type | np.dtype | str) and np.dtype(value).kind == "f"
    except TypeError:
        known = False
    expect(known, name, "a float type such as np.float32", value, TypeError)


def numbers(name: str, value: Any, *shape: int | str, finite: bool = False) -> np.ndarray:
    """`value`, an array or lists of numbers, as a new float64 array. shape: as expected; a letter is any number."""
    expected = "an array of numbers" + f" of shape {shape}".replace("'", "") * bool(shape)
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name}: expected {expected}, got {describe(value)}") from None
    is_numeric = array.dtype.kind in "fiub" and not isinstance(value, np.ma.MaskedArray)
    expect(is_numeric, name, expected, value, TypeError)
    expect(array.size > 0, name, f"{expected} that is not empty", value)
    fits = len(shape) == array.ndim and all(s in (n, str(s)) for s, n in zip(shape, array.shape, strict=True))
    expect(fits or not shape, name, expected, value)
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    return np.array(array, dtype=np.float64)


def floats(name: str, value: Any, columns: int | str = "D", rows: int | str = "N", of: Any = None) -> None:
    """`value` is a float array (rows, columns); a letter is any number. of: the layer or loss whose argument it is."""
    is_matrix = type(value) in ARRAYS and value.dtype.kind == "f" and value.size > 0 and value.ndim == 2
    if is_matrix and columns in (value.shape[1], "D", "K", "M") and rows in (value.shape[0], "N"):
        return  # before the words, which take longer than the check, in every layer and step
    name, expected = name if of is None else f"{of}: {name}", f"a float array of shape ({rows}, {columns})"
    expect(type(value) in ARRAYS and value.dtype.kind == "f", name, expected, value, TypeError)
    raise ValueError(f"{name}: expected {expected}{'' if value.size else ', not empty'}, got {value.shape}")


def labels(name: str, value: Any, count: int, classes: int, of: Any = None) -> None:
    """`value` holds `count` integer labels of 0 to classes - 1, shape (N,); `of` is the loss whose argument it is."""
    is_integer = type(value) in ARRAYS and value.dtype.kind in "iu"
    if is_integer and value.shape == (count,) != (0,) and value.min() >= 0 and value.max() < classes:
        return  # before the words, as above
    name, expected = name if of is None else f"{of}: {name}", f"{count} integer labels of shape ({count},)"
    expect(count > 0, name, "at least one label", value)
    expect(is_integer, name, expected, value, TypeError)
    expect(value.shape == (count,), name, expected, value.shape)
    for label in (value.min(), value.max()):
        expect(0 <= label < classes, name, f"labels of 0 to {classes - 1}", int(label))


def squares(name: str, value: Any) -> None:
    """`value` is a float array (N, D) of square images, D pixels each."""
    floats(name, value)
    expect(round(value.shape[1] ** 0.5) ** 2 == value.shape[1], name, "square images such as (N, 784)", value)


def after_forward(part: Any, rows: int) -> None:
    """A layer or a loss has seen a batch: `rows`, of its last forward, is not 0."""
    if rows == 0:
        raise RuntimeError(f"{part}: backward needs a forward before it")


def gradient(layer: Any, dy: Any, shape: tuple[int, ...]) -> None:
    """`dy` has the shape of the output of the layer's last forward."""
    after_forward(layer, shape[0])
    floats("dy", dy, rows=shape[0], columns=shape[1], of=layer)


def read_only(array: np.ndarray) -> np.ndarray:
    """A view of the array that cannot be written to; the array itself stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view
