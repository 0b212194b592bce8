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
_DIGITS = [str(digit) for digit in range(10)]
_SYSTEM_FILES = ("thumbs.db", "desktop.ini")  # of Windows; those of other systems begin with a full stop


def read_digits(folder: str | os.PathLike[str]) -> tuple[str, np.ndarray, np.ndarray]:
    """A title, the images (N, 784) and the labels (N,), both uint8: digit by digit, in the order of the file names.

    What lies beside the ten folders, and hidden files inside them, is ignored. `OSError` and `ValueError` name the
    file or folder that is wrong, and what was expected.
    """
    arguments.path("folder", folder, "folder")
    source = Path(folder).expanduser()
    _check_ten_folders(source)
    files = [_image_files(source / digit) for digit in _DIGITS]
    counts = [len(of_digit) for of_digit in files]
    few, many = np.argmin(counts), np.argmax(counts)
    if counts[few] < LEAST or counts[few] < counts[many]:
        raise ValueError(
            f"folder: expected the same number of images of each digit, at least {LEAST}, "
            f"got {counts[few]} of {few} and {counts[many]} of {many} in {str(source)!r}"
        )
    images = [_read_image(path) for of_digit in files for path in of_digit]
    labels = np.repeat(np.arange(10, dtype=np.uint8), counts[0])
    return f"digits in {source.resolve().name}", np.array(images), labels


def _entries(place: Path, expected: str) -> list[Path]:
    """What is in a folder, in the order of the names, whatever the order on the disk."""
    try:
        return sorted(place.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise type(error)(
            f"folder: expected {expected}, got {str(place)!r}, which cannot be read as a folder ({error.strerror})"
        ) from None


def _check_ten_folders(source: Path) -> None:
    """`source` contains the ten folders; otherwise an error says which are missing, and where all of them are."""
    expected = f"a folder that contains the ten folders {', '.join(_DIGITS)}"
    inside = _entries(source, expected)
    missing = _missing_folders(source)
    if missing:
        right = [place for place in (source.resolve().parent, *inside) if not _missing_folders(place)]
        hint = f". They are in {str(right[0])!r}" if right else ""
        raise ValueError(
            f"folder: expected {expected}, got {str(source)!r} without {', '.join(missing)}{hint}"
        )


def _missing_folders(place: Path) -> list[str]:
    """The digits that have no folder in this place."""
    return [digit for digit in _DIGITS if not os.path.isdir(place / digit)]


def _image_files(place: Path) -> list[Path]:
    """The files of one digit, all of which must be called .png."""
    expected = f"a folder of PNG files of {SIZE} x {SIZE} pixels"
    found = [path for path in _entries(place, expected) if not path.name.startswith(".")]
    found = [path for path in found if path.name.lower() not in _SYSTEM_FILES]
    for path in found:
        if path.suffix.lower() != ".png":
            raise ValueError(f"folder: expected only PNG files in {str(place)!r}, got {path.name!r}")
    return found


def _read_image(path: Path) -> np.ndarray:
    """The grey values of an image, (784,) uint8, 0 for black."""
    try:
        return _grey_values(path.read_bytes())
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except ValueError as error:
        problem = str(error)
    raise ValueError(
        f"folder: expected grey PNG images of {SIZE} x {SIZE} pixels, got {str(path)!r}, which {problem}"
    )


def _grey_values(content: bytes) -> np.ndarray:
    """The grey values in a PNG file; a `ValueError` says what is wrong. The size is checked before any unpacking."""
    if len(content) < 26 or not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("is not a PNG file")
    width, height, bits = struct.unpack(">IIB", content[16:25])
    if (width, height) != (SIZE, SIZE):
        raise ValueError(f"has {width} x {height} pixels")
    if bits > 8:
        raise ValueError(f"has {bits} bits for each value, not 8")
    try:
        Image.open(io.BytesIO(content), formats=["PNG"]).verify()  # its checksums; it has to be opened again
        rgba = np.asarray(Image.open(io.BytesIO(content), formats=["PNG"]).convert("RGBA")).reshape(-1, 4)
    except (OSError, SyntaxError, ValueError):  # which of them Pillow raises depends on the damage
        raise ValueError("is damaged") from None
    if (rgba[:, 3] < 255).any():
        raise ValueError("has transparent pixels")
    if (rgba[:, :3] != rgba[:, :1]).any():
        raise ValueError("has colours")
    return rgba[:, 0]
