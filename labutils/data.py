"""The data of the three parts, checked against its checksums and split into training and validation."""

import io
import os
from dataclasses import dataclass, replace

import numpy as np

from labutils._internal import arguments
from labutils._internal.data_files import read, read_images
from labutils._internal.fit import check_dataset

__all__ = ["Dataset", "load_digits", "load_mnist", "load_points"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Float inputs (N, D) and integer labels (N,), for training and for validation; the arrays are read-only views."""

    name: str
    classes: int
    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray

    def __post_init__(self) -> None:
        check_dataset(self)
        for name in ("x_train", "y_train", "x_validation", "y_validation"):
            object.__setattr__(self, name, arguments.read_only(getattr(self, name)))

    def scaled(self, factor: float) -> "Dataset":
        """The same data with every input multiplied by `factor`: 1/255 brings pixels into 0 to 1."""
        arguments.number("factor", factor, positive=True)
        with np.errstate(over="ignore"):  # an infinite product is refused by the new Dataset
            exact = self.x_train.dtype.type(factor)
            arguments.number("factor", exact, positive=True)  # it may be 0 in this dtype
            return replace(self, x_train=self.x_train * exact, x_validation=self.x_validation * exact)

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


def load_mnist(split_seed: int | str = 0) -> Dataset:
    """5,000 MNIST images of Part B, float32 (N, 784), pixels 0 to 255: 4,000 / 1,000, split by class by the seed.

    `load_mnist("full")` has all 70,000: 60,000 / 10,000, the published split in the published order, without a seed.
    They are downloaded once (about 15 MB) and stored. This needs the extra `full-mnist`.
    """
    if isinstance(split_seed, str) and split_seed == "full":
        from labutils._internal import mnist_download

        return Dataset("MNIST", 10, *mnist_download.load_arrays())
    arguments.whole_number("split_seed", split_seed, low=0)
    return split_by_class("MNIST", *read_images("mnist_5k.npz"), 100, int(split_seed))


def load_digits(split_seed: int = 0, *, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """10,000 rendered digits of Part C, float32 (N, 784), pixels 0 to 255: 9,000 / 1,000, by class, by the seed.

    `folder` replaces them, for example by MATLAB's DigitDataset: ten folders named 0 to 9 with equally many PNG files
    of 28 x 28 pixels, white (255) on black (0). A tenth of each digit is for validation.
    """
    arguments.whole_number("split_seed", split_seed, low=0)
    if folder is None:
        return split_by_class("rendered digits", *read_images("digits_10k.npz"), 100, split_seed)
    from labutils._internal import digit_folder

    title, x, y = digit_folder.read_digits(folder)
    return split_by_class(title, x, y, len(y) // 100, split_seed)


def split_by_class(title: str, x: np.ndarray, y: np.ndarray, per_class: int, seed: int) -> Dataset:
    """`per_class` images of each digit to validate with and the rest to train on, both in random order, float32."""
    y, rng, single = y.astype(int), np.random.default_rng(seed), np.float32
    by_class = [rng.permutation(np.flatnonzero(y == digit)) for digit in range(10)]
    validation = rng.permutation(np.concatenate([rows[:per_class] for rows in by_class]))
    train = rng.permutation(np.concatenate([rows[per_class:] for rows in by_class]))
    return Dataset(title, 10, x[train].astype(single), y[train], x[validation].astype(single), y[validation])
