"""The whole of MNIST: four IDX files, downloaded once from public mirrors, or read from a folder."""

import gzip
import hashlib
import os
import zlib
from pathlib import Path
from textwrap import shorten

import numpy as np

from labutils._internal import arguments, files

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
MD5 = {  # of the files of the mirrors, and of the same files unpacked
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
TIMEOUT = 15.0  # seconds without an answer after which the next mirror is tried
_WAY_OUT = (
    f"Or put {', '.join(f'{name}.gz' for name in SHAPES)} (unpacked or not) into a folder and name it: "
    'load_mnist("full", folder="..."). The 5,000 images of load_mnist() need no network.'
)


def load_arrays(folder: str | os.PathLike[str] | None = None) -> list[np.ndarray]:
    """Return training images (60000, 784) as float32 and labels (60000,) as integers, then those of the test set.

    They come from `folder`, unpacked or not, or from a download. `OSError` and `ValueError` say what to do.
    """
    if folder is not None:
        arguments.path("folder", folder, "folder")
    source = _download_files() if folder is None else Path(folder).expanduser()
    found = {name: [p for p in (source / f"{name}.gz", source / name) if p.is_file()] for name in SHAPES}
    if missing := [name for name, paths in found.items() if not paths]:
        raise FileNotFoundError(
            f"folder: expected the four files of MNIST, unpacked or as .gz, got {str(source)!r} "
            f"without {' and '.join(missing)}. They are at {' and at '.join(MIRRORS)}"
        )
    arrays = [_read_idx(name, paths[0]) for name, paths in found.items()]
    return [a.astype(int) if a.ndim == 1 else a.reshape(len(a), -1).astype(np.float32) for a in arrays]


def _download_files() -> Path:
    """Return the cache folder, after the download of the files that are not in it yet."""
    try:
        import pooch
        import tqdm  # noqa: F401  (pooch's progress bar needs it)
        from requests import RequestException
    except ImportError:
        needed = (
            'load_mnist("full") needs pooch: run `pip install -e ".[full-mnist]"` in the workbook\'s folder.'
        )
        raise ModuleNotFoundError(f"{needed} {_WAY_OUT}") from None
    cache, failures = Path(pooch.os_cache("labutils")) / "mnist", []
    headers = {"Accept-Encoding": "identity"}  # otherwise requests unpacks the .gz
    downloader = pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT, headers=headers)
    for mirror in MIRRORS:
        try:
            for file in (f"{name}.gz" for name in SHAPES):
                pooch.retrieve(mirror + file, f"md5:{MD5[file]}", file, cache, downloader=downloader)
            return cache
        except (RequestException, ValueError) as error:  # the mirror fails, or its file has another MD5
            failures.append(f"{mirror}{file}: {shorten(str(error), 120)}")
        except OSError as error:
            raise OSError(f"{cache}: this folder cannot hold MNIST's 12 MB ({error}). {_WAY_OUT}") from None
    reasons = "; ".join(failures)
    raise ConnectionError(f"MNIST could not be downloaded ({reasons}). Try again later. {_WAY_OUT}")


def _read_idx(name: str, path: Path) -> np.ndarray:
    """Return the array of bytes in the published IDX file `name`, unpacked or gzipped."""
    replace = f"Replace it by {MIRRORS[0]}{name}.gz"
    content, shape = files.content(path, replace), SHAPES[name]
    try:
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error):
        raise ValueError(f"{path}: this gzipped file is damaged. {replace}") from None
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != MD5[name]:
        raise ValueError(f"{path}: expected the published file (MD5 {MD5[name]}), got MD5 {found}. {replace}")
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
