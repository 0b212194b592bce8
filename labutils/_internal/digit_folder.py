"""Digits in ten folders named 0 to 9, as in the DigitDataset of MATLAB's Deep Learning Toolbox."""

import io
import os
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from labutils._internal import arguments

LEAST = 10  # images of each digit: a tenth of them is for validation
SIZE = 28  # pixels, both ways
_EXPECTED = f"a folder with ten folders 0, 1, ... 9 of grey PNG images of {SIZE} x {SIZE} pixels"
_SYSTEM_FILES = ("thumbs.db", "desktop.ini")  # of Windows; those of other systems begin with a full stop


def read_digits(folder: str | os.PathLike[str]) -> tuple[str, np.ndarray, np.ndarray]:
    """A title, the images (N, 784) and the labels (N,), both uint8: digit by digit, by the names of the files.
    What lies beside the ten folders, and hidden files inside them, is ignored. Errors name the file that is wrong."""
    arguments.path("folder", folder, "folder")
    source = Path(folder).expanduser()
    files = [_image_files(source / str(digit)) for digit in range(10)]
    counts = [len(of_digit) for of_digit in files]
    few, many = np.argmin(counts), np.argmax(counts)
    if counts[few] < LEAST or counts[few] < counts[many]:
        expected = f"the same number of images of each digit, at least {LEAST}"
        got = f"{counts[few]} of {few} and {counts[many]} of {many} in {str(source)!r}"
        raise ValueError(f"folder: expected {expected}, got {got}")
    images = [_read_image(path) for of_digit in files for path in of_digit]
    labels = np.repeat(np.arange(10, dtype=np.uint8), counts[0])
    return f"digits in {source.resolve().name}", np.array(images), labels


def _image_files(place: Path) -> list[Path]:
    """The files of one digit, in the order of the names. All of them must be called .png."""
    try:
        paths = sorted(place.iterdir(), key=lambda path: path.name)
    except OSError as error:
        got = f"{str(place)!r}, which cannot be read as a folder ({error.strerror})"
        raise type(error)(f"folder: expected {_EXPECTED}, got {got}") from None
    paths = [p for p in paths if not p.name.startswith(".") and p.name.lower() not in _SYSTEM_FILES]
    for path in paths:
        if path.suffix.lower() != ".png":
            raise ValueError(f"folder: expected only PNG files in {str(place)!r}, got {path.name!r}")
    return paths


def _read_image(path: Path) -> np.ndarray:
    """The grey values of an image, (784,) uint8, 0 for black."""
    try:
        return _grey_values(path.read_bytes())
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)
        raise ValueError(f"folder: expected {_EXPECTED}, got {str(path)!r}, which {problem}") from None


def _grey_values(content: bytes) -> np.ndarray:
    """The grey values in a PNG file; a `ValueError` says what is wrong. The size is checked before any unpacking."""
    if len(content) < 26 or not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("is not a PNG file")
    width, height, bits = struct.unpack(">IIB", content[16:25])
    if (width, height) != (SIZE, SIZE) or bits > 8:
        raise ValueError(f"has {width} x {height} pixels of {bits} bits")
    try:
        Image.open(io.BytesIO(content), formats=["PNG"]).verify()  # its checksums; it has to be opened again
        rgba = np.asarray(Image.open(io.BytesIO(content), formats=["PNG"]).convert("RGBA")).reshape(-1, 4)
    except (OSError, SyntaxError, ValueError):  # which of them Pillow raises depends on the damage
        raise ValueError("is damaged") from None
    if (rgba[:, 3] < 255).any() or (rgba[:, :3] != rgba[:, :1]).any():
        raise ValueError("has colours or transparent pixels")
    return rgba[:, 0]
