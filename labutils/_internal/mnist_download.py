"""All 70,000 images of MNIST, which scikit-learn downloads once, compares with OpenML's checksum and stores."""

import numpy as np

TRAIN = 60_000  # images of the training set, which OpenML has before those of the test set


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
    x, y = x.astype(np.float32), y.astype(int)
    return [x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:]]
