"""Values to try: good arrays in every guise, and what nobody should pass."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

DTYPES = (np.float16, np.float32, np.float64)
dtypes = st.sampled_from(DTYPES)
sizes = st.integers(1, 6)


def layouts(array: np.ndarray) -> dict[str, np.ndarray]:
    """The same numbers as they may lie in memory."""
    read_only = array.copy()
    read_only.flags.writeable = False
    return {
        "C": np.ascontiguousarray(array),
        "Fortran": np.asfortranarray(array),
        "every second": np.repeat(array, 2, axis=-1)[..., ::2],
        "every second row": np.repeat(array, 2, axis=0)[::2],
        "backwards": np.flip(np.flip(array).copy()),
        "read-only": read_only,
    }


@st.composite
def floats(draw, rows=sizes, columns=sizes, dtype=dtypes, low=None, high=None):
    """A float array (N, D): values of all sizes between `low` and `high`, or of one kind, in any layout.

    Without limits they reach from one end of the dtype to the other, zeros, subnormals and both signs included.
    """
    dtype, shape = np.dtype(draw(dtype)), (draw(rows), draw(columns))
    info = np.finfo(dtype)
    low, high = (float(info.min) if low is None else low), (float(info.max) if high is None else high)
    special = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        low,
        high,
        *(float(v) for v in (info.tiny, info.smallest_subnormal, info.eps)),
    ]
    special = [value for value in special if low <= value <= high]
    between = st.floats(low, high)
    one_kind = st.sampled_from([*special, float(np.clip(draw(st.floats(-5, 5)), low, high))]).map(st.just)
    entries = draw(st.one_of(st.just(st.sampled_from(special)), st.just(between), one_kind))
    numbers = draw(st.lists(entries, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    array = np.clip(np.array(numbers, dtype=np.float64), low, high).astype(dtype).reshape(shape)
    return draw(st.sampled_from(list(layouts(array).values())))


def labels(count: int, classes: int) -> st.SearchStrategy:
    """Labels (N,) of 0 to classes - 1, of any integer dtype and layout."""
    arrays = st.tuples(
        st.lists(st.integers(0, classes - 1), min_size=count, max_size=count),
        st.sampled_from([np.int64, np.int32, np.uint8, np.int8, np.uint64]),
    ).map(lambda drawn: np.array(drawn[0], dtype=drawn[1]))
    return arrays.flatmap(lambda array: st.sampled_from(list(layouts(array).values())))


def typical() -> list[Any]:
    """A few of the values of `anything`, of the kinds that are passed by mistake most often."""
    objects = [None, object(), True, -1, 2.5, 10**30, float("nan"), float("inf"), "", "no such thing"]
    arrays = [np.zeros((0, 3)), np.ones((4, 3), int), np.full((4, 3), np.nan), np.array([None, 1])]
    return [*objects, [], [1.0, 2.0], ["a", None], {}, {"a": None}, pd.DataFrame(), *arrays]


def anything() -> list[Any]:
    """Values that may be passed in place of the right one. They are new in each call, as a function may change one."""
    masked = np.ma.masked_array(np.ones((4, 3)), mask=np.eye(4, 3, dtype=bool))
    numbers = [True, 0, 1, 2, -1, 2.5, 0.0, 1e-320, 1e300, 10**30, 10**400, 10**5000, 1j]
    numbers += [
        float("nan"),
        float("inf"),
        np.float16(2),
        np.float32("inf"),
        np.int8(3),
        np.bool_(True),
        pd.NA,
    ]
    texts = ["", "x", "no such thing", "a\nb", "1", b"bytes", Path("no/such/file")]
    lists = [
        [],
        [1.0, 2.0],
        [[1.0], [2.0]],
        ["a", None],
        [[1.0], [2.0, 3.0]],
        [None],
        (),
        (1, 2),
        ([],),
        set(),
        range(3),
    ]
    mappings = [{}, {"a": 1}, {"a": None}, {"a": []}, {1: "a"}, {"a": np.ones(3)}, {"a": (np.ones(3), 0.0)}]
    arrays = [np.array(1.0), np.array([]), np.zeros((0, 3)), np.zeros((3, 0)), np.zeros(3), np.ones((4, 3))]
    arrays += [
        np.ones((4, 3), dtype)
        for dtype in (np.float16, np.float32, np.longdouble, int, bool, complex, object)
    ]
    arrays += [
        np.zeros((1, 7)),
        np.zeros((2, 3, 4)),
        np.full((4, 3), np.nan),
        np.full((4, 3), np.inf),
        masked,
    ]
    arrays += [
        np.arange(36, dtype=np.uint8).reshape(4, 9),
        np.array(["a", "b"]),
        np.array([None, 1]),
        np.ones((4, 3)).view(np.matrix),
    ]
    arrays += [
        np.array([0, 1, -1, 0]),
        np.array([0, 1, 99, 0]),
        np.array([0, 2**62, 1, 0]),
        np.array([0, 1, 1, 0], np.uint8),
    ]
    tables = [
        pd.DataFrame(),
        pd.DataFrame({"x": [1.0, 2.0]}),
        pd.DataFrame(np.ones((4, 3))),
        pd.Series([1.0, 2.0]),
    ]
    others = [None, ..., object(), object, lambda *given: None, iter([1]), np.random]
    return [*others, *numbers, *texts, *lists, *mappings, *arrays, *tables]
