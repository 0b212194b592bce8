"""The data of the three parts, checked against its checksums and split into training and validation."""

import hashlib
import io
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labutils import arguments, files

SHA256 = {
    "bands.csv": "2ee341ca1e8b6596b456b7b33619a319de702b0379d357a57c588bb4e2387fad",
    "exercises.json": "af4584f2efcd3ee3f31aee218b64702364917907f4ab2b111d4e8774fa9ae72c",
    "points.csv": "d834a8ece47964f2d014b4cb86509460682ae6eb891e7b330b1655839306fe5e",
    "mnist_5k.npz": "d9a574df079423f92bed4b219780e351cc558b2156187a0d355ca0350721b935",
    "digits_10k.npz": "419c0b763d3582b824046f3078fb6b5f8170f6c06d87cd94393da790af6bca0e",
    "study.csv": "9ad2948663b4d4cc2f43fb7dae1989c15e6ae33deefa592473999ba946338486",
    "study_histories.csv": "ab983a485df7a3c8c92f3d720154292178e06c25e32c4cd1f4becc750ab74946",
    "report/runs.csv": "d8041d402f2c486a90261129918a4e32f40c854d7b5591adbc4164e14f97eca4",
    "report/training_progress.csv": "7d1fb242f4e12d350d38b8a1f8f10d7c4fe23cbc4d3e08d564be28c1aa542c0e",
}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs (N, D) as floats and labels (N,) as integers, to train on and to validate with."""

    name: str
    classes: int
    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray

    def __post_init__(self) -> None:
        arguments.instance(str, name=self.name)
        arguments.whole_number("classes", self.classes, low=2)
        columns = (
            self.x_train.shape[-1] if isinstance(self.x_train, np.ndarray) and self.x_train.ndim else "D"
        )
        for part in ("train", "validation"):
            x, y = getattr(self, f"x_{part}"), getattr(self, f"y_{part}")
            arguments.floats(f"x_{part}", x, columns)
            if not np.isfinite(x).all():
                row = int(np.argmin(np.isfinite(x).all(axis=1)))
                raise ValueError(f"x_{part}: expected finite numbers, got NaN or infinity in row {row}")
            arguments.labels(f"y_{part}", y, len(x), self.classes)

    def scaled(self, factor: float) -> "Dataset":
        """The same data with every input multiplied by `factor`: 1/255 brings pixels into 0 to 1."""
        arguments.number("factor", factor, positive=True)
        given = factor = float(factor)
        kind, largest = self.x_train.dtype, max(np.abs(x).max() for x in (self.x_train, self.x_validation))
        if factor * max(float(largest), 1.0) > float(np.finfo(kind).max):
            raise ValueError(f"factor: expected one that keeps {kind} finite, got {factor}")
        factor = kind.type(factor)
        if factor == 0:
            raise ValueError(f"factor: expected one that {kind} can tell from 0, got {given}")
        return replace(self, x_train=self.x_train * factor, x_validation=self.x_validation * factor)

    def centred(self) -> "Dataset":
        """The same data with the mean training input (D,) subtracted from every input."""
        mean = self.x_train.mean(axis=0, dtype=np.float64).astype(self.x_train.dtype)
        return replace(self, x_train=self.x_train - mean, x_validation=self.x_validation - mean)

    def __repr__(self) -> str:
        (n, d), v = self.x_train.shape, len(self.x_validation)
        return f"{self.name}: {n:,} to train on, {v:,} to validate with, {d} numbers each, {self.classes} classes"


def load_points() -> Dataset:
    """The 100 points of Part A, float64 (N, 2), labels 0 and 1: 80 to train on, 20 held out (the report's test set)."""
    x1, x2, label, held_out = np.loadtxt(io.BytesIO(read("points.csv")), delimiter=",", skiprows=1).T
    x, y, held_out = np.column_stack([x1, x2]), label.astype(int), held_out == 1
    return Dataset("points", 2, x[~held_out], y[~held_out], x[held_out], y[held_out])


def load_mnist(split_seed: int | str = 0, *, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """5,000 MNIST images of Part B, float32 (N, 784), pixels 0 to 255: 4,000 / 1,000, split by class by the seed.

    `load_mnist("full")` has all 70,000: 60,000 / 10,000, the published split in the published order, without a seed.
    It fetches them once (12 MB, with the extra `full-mnist`), or reads MNIST's four files in `folder`, gzipped or not.
    """
    if not isinstance(split_seed, str):
        if folder is not None:
            raise ValueError(
                f'folder: expected only with load_mnist("full"), got {arguments.describe(folder)}'
            )
        return _load_images("MNIST", "mnist_5k.npz", 100, split_seed)
    if split_seed != "full":
        raise TypeError(
            f"split_seed: expected a whole number or 'full', got {arguments.describe(split_seed)}"
        )
    from labutils import full_mnist

    x_train, y_train, x_test, y_test = full_mnist.load(folder)
    x, x_validation = (images.reshape(len(images), -1).astype(np.float32) for images in (x_train, x_test))
    return Dataset("MNIST", 10, x, y_train.astype(int), x_validation, y_test.astype(int))


def load_digits(split_seed: int = 0) -> Dataset:
    """10,000 rendered digits of Part C, float32 (N, 784), pixels 0 to 255: 9,000 / 1,000, by class, by the seed."""
    return _load_images("rendered digits", "digits_10k.npz", 100, split_seed)


def read(name: str) -> bytes:
    """The bytes of a data file, from the installed package or the checkout, once they match their checksum.

    Raises `OSError` (it is missing or cannot be read) or `ValueError` with the file's name and the way back.
    """
    path = path_of(name)
    way_back = (
        "Bring it back from where the workbook came from: unpack the zip again, "
        f"or in a clone run `git checkout -- data/{name}`."
    )
    content = files.content(path, way_back)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise ValueError(
            f"{path}: this file is damaged (SHA-256 {found}, expected {SHA256[name]}). {way_back}"
        )
    return content


def path_of(name: str) -> Path:
    """Where a data file is, or should be: in the installed package, which carries them all, or in the checkout."""
    package = Path(__file__).parent
    folder = package / "_data" if os.path.isdir(package / "_data") else package.parent / "data"
    return folder / name


def _load_images(title: str, file: str, per_class: int, split_seed: int) -> Dataset:
    """`per_class` images of each digit to validate with and the rest to train on, both in random order."""
    arguments.whole_number("split_seed", split_seed, low=0)
    with np.load(io.BytesIO(read(file)), allow_pickle=False) as arrays:
        x, y = arrays["x"].astype(np.float32), arrays["y"].astype(int)
    rng = np.random.default_rng(split_seed)
    by_class = [rng.permutation(np.flatnonzero(y == digit)) for digit in range(10)]
    validation = rng.permutation(np.concatenate([rows[:per_class] for rows in by_class]))
    train = rng.permutation(np.concatenate([rows[per_class:] for rows in by_class]))
    return Dataset(title, 10, x[train], y[train], x[validation], y[validation])
