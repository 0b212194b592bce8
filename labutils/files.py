"""Files are read whole and written whole; where that fails the error names the file, the reason and a way back."""

import os
from contextlib import suppress
from pathlib import Path


def content(path: Path, way_back: str) -> bytes:
    """The bytes of a file. If it cannot be read, an `OSError` of the same kind says so in words, with the way back."""
    try:
        return path.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "is missing" if missing else f"cannot be read ({error.strerror})"
        raise type(error)(f"{path}: this file {reason}. {way_back}") from None


def replace(path: Path, content: bytes, way_back: str) -> None:
    """Make these bytes the file's content, or leave it as it was: then an `OSError` says why, with the way back."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise type(error)(f"{path}: this file cannot be written ({error.strerror}). {way_back}") from None
