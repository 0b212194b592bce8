"""load_mnist("full"), with a few small images in place of what scikit-learn downloads."""

import sys
from http.client import IncompleteRead
from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets

from labutils._internal import mnist_download
from labutils.data import load_mnist

TRAIN, TEST = 60, 10
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(256, size=(TRAIN + TEST, 28, 28), dtype=np.uint8)
LABELS = RNG.integers(10, size=TRAIN + TEST, dtype=np.uint8)


def as_downloaded() -> tuple[np.ndarray, np.ndarray]:
    """As fetch_openml returns them: the pixels as float64 and the labels as text."""
    return IMAGES.reshape(-1, 784).astype(float), LABELS.astype(str).astype(object)


@pytest.fixture
def openml(monkeypatch):
    """A function that says what fetch_openml returns, or which error it raises."""
    monkeypatch.setattr(mnist_download, "TRAIN", TRAIN)

    def answer(result):
        def fetch_openml(name, *, version, as_frame, return_X_y, parser):
            assert (name, version, as_frame, return_X_y, parser) == ("mnist_784", 1, False, True, "liac-arff")
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch_openml)

    return answer


def test_gives_the_published_split_in_the_published_order(openml):
    openml(as_downloaded())
    data = load_mnist("full")
    assert data.x_train.dtype == data.x_validation.dtype == np.float32
    np.testing.assert_array_equal(data.x_train, IMAGES[:TRAIN].reshape(-1, 784))
    np.testing.assert_array_equal(data.x_validation, IMAGES[TRAIN:].reshape(-1, 784))
    np.testing.assert_array_equal(data.y_train, LABELS[:TRAIN])
    np.testing.assert_array_equal(data.y_validation, LABELS[TRAIN:])


@pytest.mark.parametrize(
    "error",
    [
        URLError("no network"),
        TimeoutError("no answer"),
        IncompleteRead(b""),
        ValueError("MD5 differs"),
        EOFError(),
    ],
)
def test_a_download_that_fails_gives_one_error_that_says_what_to_do(openml, error):
    openml(error)
    with pytest.raises(OSError, match=r"could not be downloaded.*Try again later.*load_mnist\(\)") as caught:
        load_mnist("full")
    assert str(error) in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install -e \"\.\[full-mnist\]\"") as caught:
        load_mnist("full")
    assert caught.value.__suppress_context__


def test_another_text_is_a_wrong_seed():
    with pytest.raises(TypeError, match=r"split_seed: expected a whole number.* got 'ful'"):
        load_mnist("ful")
