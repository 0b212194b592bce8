"""The whole of MNIST: four IDX files, fetched once from public mirrors and kept, or read from a folder."""

import gzip
import hashlib
import os
import time
import zlib
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from labutils import arguments, files

MIRRORS = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
]
SHAPES: dict[str, tuple[int, ...]] = {
    "train-images-idx3-ubyte": (60_000, 28, 28),
    "train-labels-idx1-ubyte": (60_000,),
    "t10k-images-idx3-ubyte": (10_000, 28, 28),
    "t10k-labels-idx1-ubyte": (10_000,),
}
MD5 = {  # as the mirrors have the files, and unpacked
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
SILENCE = 15.0  # seconds without a word after which a mirror is given up
PATIENCE = 300.0  # seconds after which a file that is still coming is given up
WAY_OUT = (
    f"Or put {', '.join(f'{name}.gz' for name in SHAPES)} (unpacked or not) into a folder and name it: "
    'load_mnist("full", folder="..."). The 5,000 images of load_mnist() need no network.'
)


def load(folder: str | os.PathLike[str] | None = None) -> list[np.ndarray]:
    """Images (N, 28, 28) and labels (N,) to train with, then to test with: bytes, in the published order.

    Read from `folder`, unpacked or not, or else from the cache folder after what is not there yet was fetched.
    Raises `OSError` (`ConnectionError`, `FileNotFoundError`) or `ValueError` with the file or folder and the way out.
    """
    if folder is not None:
        arguments.path("folder", folder, "folder")
    source = fetch() if folder is None else Path(folder).expanduser()
    found = {
        name: [p for p in (source / f"{name}.gz", source / name) if os.path.isfile(p)] for name in SHAPES
    }
    if missing := [name for name, paths in found.items() if not paths]:
        raise FileNotFoundError(
            f"folder: expected the four files of MNIST, unpacked or as .gz, got {str(source)!r}, "
            f"which has no {' and no '.join(missing)}. They are at {' and at '.join(MIRRORS)}"
        )
    return [read_idx(name, paths[0]) for name, paths in found.items()]


def fetch() -> Path:
    """The user's cache folder with the four files in it, from the first mirror that gives all that are not there yet.

    A file gets its name when it is complete and its MD5 is right; what killed processes left is removed the next time.
    """
    try:
        import pooch
        import requests
    except ImportError:
        raise ModuleNotFoundError(
            'load_mnist("full") fetches the images with pooch, which is not installed: '
            f'run `pip install -e ".[full-mnist]"` in the workbook\'s folder. {WAY_OUT}'
        ) from None
    cache, said = Path(pooch.os_cache("labutils")) / "mnist", []
    with suppress(OSError):
        for left in cache.glob("tmp*"):
            if time.time() - left.stat().st_mtime > 2 * PATIENCE:
                left.unlink()
    for mirror in MIRRORS:
        try:
            for file in (f"{name}.gz" for name in SHAPES):
                pooch.retrieve(mirror + file, f"md5:{MD5[file]}", file, cache, downloader=download)
            return cache
        except (requests.RequestException, ValueError) as error:
            said.append(f"{mirror}{file}: {in_words(error)}")
        except OSError as error:
            raise OSError(
                f"{cache}: the images of MNIST (12 MB) cannot be kept in this folder "
                f"({error.strerror or 'Permission denied'}). It must be writable and have room. {WAY_OUT}"
            ) from None
    raise ConnectionError(
        f"The 70,000 images of MNIST could not be fetched ({'; '.join(said)}). Try again later. {WAY_OUT}"
    )


def download(url: str, path: str, _: Any) -> None:
    """Write what `url` gives to `path`, for pooch. Raises `requests.RequestException` if the mirror fails."""
    import requests

    end, headers = time.monotonic() + PATIENCE, {"Accept-Encoding": "identity"}  # the .gz itself
    with requests.get(url, stream=True, timeout=SILENCE, headers=headers) as answer, open(path, "wb") as file:
        if answer.status_code != 200:
            raise requests.HTTPError(f"{answer.status_code} {answer.reason}")
        for chunk in answer.iter_content(1024):
            file.write(chunk)
            if time.monotonic() > end:
                raise requests.Timeout(f"not through after {PATIENCE:g} seconds")


def in_words(error: Exception) -> str:
    """What a mirror said, or failed to say, in a few words."""
    import requests

    if not isinstance(error, requests.RequestException):
        return "not the published file: another MD5"
    if isinstance(error, requests.HTTPError):
        return str(error)
    if "timed out" in str(error):
        return f"silent for {SILENCE:g} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return {"SSLError": "no secure connection", "ProxyError": "no connection to the proxy"}.get(
            type(error).__name__, "no connection"
        )
    return str(error)


def read_idx(name: str, path: Path) -> np.ndarray:
    """The array of bytes in an IDX file, unpacked or gzipped: of the shape and content that `name` stands for."""
    replace = f"Replace it by {MIRRORS[0]}{name}.gz"
    content, shape = files.content(path, replace), SHAPES[name]
    try:
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error):
        raise ValueError(f"{path}: this gzipped file is damaged. {replace}") from None
    magic, *lengths = (int.from_bytes(content[i : i + 4], "big") for i in range(0, 4 + 4 * len(shape), 4))
    start, md5 = 4 + 4 * len(shape), hashlib.md5(content, usedforsecurity=False).hexdigest()
    for what, got, expected in [
        ("the magic number", magic, 0x800 + len(shape)),  # 8: unsigned bytes
        ("the dimensions", tuple(lengths), shape),
        ("a length in bytes of", len(content), start + prod(shape)),
        ("the MD5", md5, MD5[name]),
    ]:
        if got != expected:
            raise ValueError(f"{path}: expected {what} {expected}, got {got}. {replace}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
