"""All 70,000 images of MNIST, which scikit-learn downloads from OpenML once and stores."""

import hashlib
import struct

import numpy as np

TRAIN = 60_000  # images of the training set, which OpenML has before those of the test set
MD5 = [  # of the published files: images and labels of the training set, then of the test set
    "6bbc9ace898e44ae57da46a324031adb",
    "a25bea736e30d166cdddb491f175f624",
    "2646ac647ad5339dbf082846283269ea",
    "27ae3e4e09519cfbb04c329615203637",
]


def load_arrays() -> list[np.ndarray]:
    """Return training images (60000, 784) as float32 and labels (60000,) as integers, then those of the test set."""
    try:
        from sklearn.datasets import fetch_openml
    except ImportError:
        install = 'run `pip install -e ".[full-mnist]"` in the workbook\'s folder'
        raise ModuleNotFoundError(f'load_mnist("full") needs scikit-learn: {install}') from None
    try:
        x, y = fetch_openml("mnist_784", version=1, as_frame=False, return_X_y=True, parser="liac-arff")
    except Exception as error:  # of the network, of OpenML or of the folder, and so of many classes
        way_out = "Try again later. The 5,000 images of load_mnist() need no network."
        raise OSError(f"MNIST could not be downloaded and stored ({error}). {way_out}") from None
    x, y = x.astype(np.uint8), y.astype(np.uint8)
    arrays = [x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:]]
    if [_md5_of_file(array) for array in arrays] != MD5:
        way_out = "delete the folder `openml` in `scikit_learn_data` in your home folder, and try again"
        raise ValueError(f"The images that were downloaded are not the published ones of MNIST: {way_out}")
    return [a.astype(int) if a.ndim == 1 else a.astype(np.float32) for a in arrays]


def _md5_of_file(array: np.ndarray) -> str:
    """Return the MD5 of the file in MNIST's format (a header, then bytes) that has these images or labels."""
    numbers = (0x801, len(array)) if array.ndim == 1 else (0x803, len(array), 28, 28)
    content = struct.pack(f">{len(numbers)}I", *numbers) + array.tobytes()
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
