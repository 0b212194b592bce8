"""Files are read as a whole and written as a whole; an error names the file, the reason and what to do."""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from labutils._internal import arguments


def content(path: Path, way_out: str) -> bytes:
    """The bytes of a file. If it cannot be read, an `OSError` of the same kind says why and what to do."""
    try:
        return path.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "is missing" if missing else f"cannot be read ({error.strerror})"
        raise type(error)(f"{path}: this file {reason}. {way_out}") from None


def replace(path: Path, content: bytes, way_out: str) -> None:
    """Replace the file's content by these bytes, or leave it as it was and raise an `OSError` that says why."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")  # another for each process
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise type(error)(f"{path}: this file cannot be written ({error.strerror}). {way_out}") from None


def write_json(path: str | os.PathLike[str], values: dict[str, Any], way_out: str) -> None:
    """Write a dictionary as standard JSON, together with its checksum; the file is replaced as a whole."""
    arguments.path("path", path)
    values = json.loads(json.dumps(values), parse_constant=lambda name: {"float": name})  # JSON has no NaN
    text = json.dumps(values | {"sha256": _checksum(values)}, indent=1, allow_nan=False)
    replace(Path(path), text.encode(), way_out)


def read_json(path: str | os.PathLike[str], build: Callable[..., Any], expected: str, way_out: str) -> Any:
    """What `build(**values)` makes of a dictionary that `write_json` wrote. expected: for the error, if it is not."""
    arguments.path("path", path)
    text = content(Path(path), way_out)
    try:
        values = json.loads(text)
        if values.pop("sha256") != _checksum(values):
            raise ValueError("its checksum does not match")
        return build(**json.loads(json.dumps(values), object_hook=_number))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"path: expected {expected}, got {path} ({error}). {way_out}") from error


def _checksum(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _number(values: dict[str, Any]) -> Any:
    """NaN or an infinity in place of {"float": "NaN"} and the like; any other dictionary as it is."""
    return float(values["float"]) if set(values) == {"float"} else values
