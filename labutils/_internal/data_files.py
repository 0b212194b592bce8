"""The data files of the workbook: where they are, and whether they are what they should be."""

import functools
import hashlib
import io
import os
import re
from pathlib import Path

import numpy as np

from labutils._internal import files


def path_of(name: str) -> Path:
    """Where a data file is: in the installed package, which contains all of them, or in the checkout."""
    package = Path(__file__).parents[1]
    folder = package / "_data" if os.path.isdir(package / "_data") else package.parent / "data"
    return folder / name


def _way_out(name: str) -> str:
    return f"Unpack the workbook again, or in a clone run `git checkout -- data/{name}`."


@functools.cache
def _checksums() -> dict[str, str]:
    """The SHA-256 of each data file, by its name, from a file as `sha256sum` writes it. Other lines are left out."""
    text = files.content(path_of("SHA256SUMS"), _way_out("SHA256SUMS")).decode("ascii", "replace")
    return {name: sha for sha, name in re.findall(r"^([0-9a-f]{64})  (\S+)$", text, re.MULTILINE)}


def read(name: str) -> bytes:
    """The bytes of a data file with the right checksum; else an `OSError` or `ValueError` says how to restore it."""
    if name not in _checksums():
        problem = f"this file is damaged (it has no checksum of {name})"
        raise ValueError(f"{path_of('SHA256SUMS')}: {problem}. {_way_out('SHA256SUMS')}")
    path, way_out = path_of(name), _way_out(name)
    content = files.content(path, way_out)
    sha = hashlib.sha256(content).hexdigest()
    if sha != (expected := _checksums()[name]):
        raise ValueError(f"{path}: this file is damaged (SHA-256 {sha}, expected {expected}). {way_out}")
    return content


def read_images(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The images (N, D) and their labels (N,) in a data file, both uint8."""
    with np.load(io.BytesIO(read(name)), allow_pickle=False) as arrays:
        return arrays["x"], arrays["y"]


def fingerprint() -> str:
    """Eight digits that change when a data file does, whatever its checksum says."""
    whole = hashlib.sha256()
    for name in sorted(_checksums()):
        try:
            whole.update(path_of(name).read_bytes())
        except OSError:
            whole.update(b"missing")
    return whole.hexdigest()[:8]
