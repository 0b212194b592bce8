"""The cells that call an answer on hidden inputs while a notebook is run, and what such a cell displays."""

import base64
import functools
import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

import labutils
from labutils.exercises import reference
from labutils.exercises.cases import Case, load_exercises
from labutils.instructor import bank

KIND = "application/vnd.labutils.answer+json"  # of the output
LARGEST = 1_000_000  # bytes of a result; those of the exercises have a few hundred
_SECONDS = 20  # of CPU time for all inputs, of which right answers need a few hundredths
_WALL = 40  # seconds that may pass meanwhile
_LIMIT = 4_000_000  # characters of what the cell displays
_SEED = 20240229  # no answer will take it by accident
_TEXT = Path(__file__).with_name("probe_cell.py")


def tried(name: str) -> list[Case]:
    """What an answer is called on: the hidden inputs, then the public ones, from which mistakes are recognised."""
    return [*bank.hidden(name), *load_exercises()[name].cases]


@functools.cache
def source(name: str, function: str) -> str:
    """The source of the cell that calls the answer to an exercise. function: its name in the notebook."""
    request = {
        "kind": KIND,
        "package": f"{Path(labutils.__file__).parent}{os.sep}",
        "module": reference.__name__,
        "solutions": reference.__file__,
        "seed": _SEED,
        "bytes": LARGEST,
        "seconds": _SECONDS,
        "wall": _WALL,
        "limit": _LIMIT,
        "count": len(bank.EXERCISES[name].names),
        "earlier": _earlier(name),
        "inputs": [{key: _packed(value) for key, value in case.given.items()} for case in tried(name)],
    }
    packed = base64.b64encode(zlib.compress(json.dumps(request).encode())).decode()
    text = _TEXT.read_text(encoding="utf-8")
    return "\n".join(
        [
            '_probe = {"__name__": "_probe"}',
            f"exec({text!r}, _probe)",
            f'_probe["show_results"]("{packed}", globals().get("{function}"))',
            "del _probe",
        ]
    )


def _earlier(name: str) -> dict[str, str]:
    """Solutions of the exercises before this one, as texts that need NumPy alone, by the names of the library's."""
    names = list(bank.EXERCISES)
    return {reference.REFERENCE[one].__name__: bank.standalone(one) for one in names[: names.index(name)]}


def _packed(value: Any) -> Any:
    """An array as dtype, shape and bytes; a number as it is."""
    if not isinstance(value, np.ndarray):
        return value
    array = value.astype(value.dtype.newbyteorder("<"))
    data = base64.b64encode(array.tobytes()).decode()
    return {"dtype": array.dtype.str, "shape": array.shape, "data": data}
