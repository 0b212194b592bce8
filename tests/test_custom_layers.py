"""Layers of a student's own: trained correctly, or refused with a sentence that says what is missing."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.training import TrainingOptions, evaluate, train

OPTIONS = TrainingOptions(0.05, batch_size=32, epochs=4, validation_every=5)


class Tanh:
    def __init__(self):
        self.params, self.grads = {}, {}

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class LeakyReLU:
    params, grads = {}, {}

    def forward(self, x):
        self.slope = np.where(x > 0, 1.0, 0.01).astype(x.dtype)
        return x * self.slope

    def backward(self, dy):
        return dy * self.slope


class BatchNorm:
    """Batch statistics in training, running ones otherwise; gamma and beta are learned."""

    def __init__(self, width):
        self.params = {"gamma": np.ones(width), "beta": np.zeros(width)}
        self.grads = {name: np.zeros(width) for name in self.params}
        self.mean, self.variance, self.training = np.zeros(width), np.ones(width), True

    def forward(self, x):
        if self.training:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            self.mean, self.variance = 0.5 * self.mean + 0.5 * mean, 0.5 * self.variance + 0.5 * variance
        else:
            mean, variance = self.mean, self.variance
        self.scale = 1 / np.sqrt(variance + 1e-5)
        self.normalised = (x - mean) * self.scale
        return (self.params["gamma"] * self.normalised + self.params["beta"]).astype(x.dtype)

    def backward(self, dy):
        self.grads["gamma"] = (dy * self.normalised).sum(axis=0)
        self.grads["beta"] = dy.sum(axis=0)
        g = dy * self.params["gamma"]
        return self.scale * (g - g.mean(axis=0) - self.normalised * (g * self.normalised).mean(axis=0))


class Dropout:
    def __init__(self, p, seed=0):
        self.p, self.rng, self.training = p, np.random.default_rng(seed), True
        self.params, self.grads = {}, {}

    def forward(self, x):
        self.mask = np.ones_like(x)
        if self.training:
            self.mask = (self.rng.random(x.shape) >= self.p).astype(x.dtype) / (1 - self.p)
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class OwnLinear:
    """Keeps its arrays under other names too, as students do; forward reads them there."""

    def __init__(self, d, m, rng):
        self.W, self.b = rng.normal(size=(d, m)) / np.sqrt(d), np.zeros(m)
        self.params = {"W": self.W, "b": self.b}
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.W.astype(x.dtype) + self.b.astype(x.dtype)

    def backward(self, dy):
        self.grads["W"], self.grads["b"] = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.W.T.astype(dy.dtype)


class ShortLinear(Linear):
    """A subclass with a backward of its own, which takes dy alone."""

    def backward(self, dy):
        self.grads["W"], self.grads["b"] = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.params["W"].T


def final_error(blobs, *layers, options=OPTIONS):
    return train(Network(*layers), SoftmaxNLL(), blobs, options).validation_error_pct


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [Tanh, LeakyReLU, lambda: BatchNorm(8), lambda: Dropout(0.2)])
def test_a_correct_activation_or_normalisation_is_trained(blobs, rng, make, dtype):
    data = dataclasses.replace(
        blobs, x_train=blobs.x_train.astype(dtype), x_validation=blobs.x_validation.astype(dtype)
    )
    assert final_error(data, Linear(5, 8, rng), make(), Linear(8, 3, rng)) < 20


def test_a_subclass_of_linear_with_its_own_backward_may_come_first(blobs, rng):
    expected = final_error(blobs, Linear(5, 8, np.random.default_rng(1)), ReLU(), Linear(8, 3, rng))
    rng = np.random.default_rng(0)
    assert (
        final_error(blobs, ShortLinear(5, 8, np.random.default_rng(1)), ReLU(), Linear(8, 3, rng)) == expected
    )


def test_a_layer_with_its_own_names_for_its_arrays_is_trained_or_refused(blobs, rng):
    """In float64 nothing is converted, so the names stay the same arrays; in float32 they do not."""
    assert final_error(blobs, OwnLinear(5, 8, rng), ReLU(), OwnLinear(8, 3, rng)) < 20
    single = dataclasses.replace(
        blobs, x_train=blobs.x_train.astype(np.float32), x_validation=blobs.x_validation.astype(np.float32)
    )
    with pytest.raises(ValueError, match=r"^OwnLinear: forward does not use params\['W'\]"):
        final_error(single, OwnLinear(5, 3, rng))


def test_weights_of_any_name_are_regularised_and_biases_of_any_name_are_not(blobs, rng):
    """With a momentum of 0, a rate of 1 and gradients of zero, only the L2 term moves a parameter."""

    class Renamed:
        def __init__(self):
            self.params = {"kernel": np.full((5, 3), 2.0), "offset": np.full(3, 2.0)}
            self.grads = {}

        def forward(self, x):
            self.x = x
            return x @ self.params["kernel"] + self.params["offset"]

        def backward(self, dy):
            self.grads = {"kernel": 0 * self.x.T @ dy, "offset": 0 * dy.sum(axis=0)}
            return dy @ self.params["kernel"].T

    layer = Renamed()
    options = TrainingOptions(1.0, momentum=0.0, l2=0.1, batch_size=300, epochs=1)
    train(Network(layer), SoftmaxNLL(), blobs, options)
    np.testing.assert_allclose(layer.params["kernel"], 1.8)
    np.testing.assert_array_equal(layer.params["offset"], 2.0)


def test_dropout_is_on_in_training_and_off_in_evaluation(blobs, rng):
    class Watched(Dropout):
        modes = ()

        def forward(self, x):
            self.modes += ((self.training, len(x)),)
            return super().forward(x)

    layer = Watched(0.5)
    network = Network(Linear(5, 8, rng), layer, Linear(8, 3, rng))
    train(network, SoftmaxNLL(), blobs, OPTIONS)
    assert {mode for mode in layer.modes if mode[1] in (32, 50)} == {(True, 32), (False, 50)}
    assert layer.training is False
    first, second = (evaluate(network, SoftmaxNLL(), blobs.x_train, blobs.y_train) for _ in range(2))
    assert first == second


def linear_with(**methods):
    """A Linear layer of a student's own with some of its methods replaced."""
    return type("Mine", (Linear,), methods)(5, 3, np.random.default_rng(0))


def scalar_parameter():
    layer = Tanh()
    layer.params, layer.grads = {"a": np.float64(0.25)}, {"a": np.float64(0)}
    return layer


def in_place(self, x):
    x *= 2
    return Linear.forward(self, x)


def accumulating(self, dy):
    self.grads["W"] += self.x.T @ dy
    self.grads["b"] += dy.sum(axis=0)
    return dy @ self.params["W"].T


def without_bias(self, dy):
    self.grads["W"] = self.x.T @ dy
    return dy @ self.params["W"].T


@pytest.mark.parametrize(
    ("layer", "error", "words"),
    [
        (linear_with(forward=in_place), ValueError, "Mine: forward changes its input in place"),
        (
            linear_with(backward=accumulating),
            ValueError,
            r"Mine: expected backward to write .* into grads\['W'\]",
        ),
        (
            linear_with(backward=without_bias),
            ValueError,
            r"Mine: expected backward to write .* into grads\['b'\]",
        ),
        (
            linear_with(backward=lambda self, dy: None),
            ValueError,
            r"Mine: expected backward to return an array of",
        ),
        (
            linear_with(forward=lambda self, x: [1.0]),
            TypeError,
            r"Mine: output: expected a float array of shape",
        ),
        (scalar_parameter(), TypeError, r"Tanh: expected a float array as params\['a'\], got .*0\.25"),
    ],
    ids=["in place", "accumulates", "no bias", "returns nothing", "a list", "a number as parameter"],
)
def test_a_layer_that_would_fail_silently_is_refused_before_any_training(blobs, rng, layer, error, words):
    network = (
        Network(layer, Linear(3, 3, rng)) if "a" not in layer.params else Network(Linear(5, 3, rng), layer)
    )
    before = blobs.x_validation.copy()
    with pytest.raises(error, match=f"^{words}"):
        train(network, SoftmaxNLL(), blobs, OPTIONS)
    np.testing.assert_array_equal(blobs.x_validation, before)


TYPED = """
import numpy as np
from labutils.layers import Layer, Linear
from labutils.network import Network


class Tanh:
    def __init__(self) -> None:
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.y = np.zeros((0, 0))

    def forward(self, values: np.ndarray) -> np.ndarray:
        self.y = np.tanh(values)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * (1 - self.y**2)


class NoBackward:
    params: dict[str, np.ndarray] = {}
    grads: dict[str, np.ndarray] = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x


layer: Layer = Tanh()
network = Network(Linear(2, 2, np.random.default_rng(0)), Tanh())
wrong: Layer = NoBackward()  # line 31
"""


@pytest.mark.slow
def test_mypy_accepts_a_layer_of_the_protocol_and_refuses_one_without_backward(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "mine.py").write_text(TYPED)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), str(tmp_path / "mine.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if "mine.py" in line and ": error:" in line]
    assert len(errors) == 1, done.stdout
    assert '"NoBackward"' in errors[0]


def test_a_change_in_place_is_refused_even_where_it_changes_no_value(blobs, rng):
    """A ReLU in place leaves the positive inputs of the check as they are."""

    class InPlace(ReLU):
        def forward(self, x):
            x[x < 0] = 0
            return super().forward(x)

    with pytest.raises(ValueError, match="InPlace: forward changes its input in place"):
        train(Network(InPlace(), Linear(5, 3, rng)), SoftmaxNLL(), blobs, OPTIONS)
