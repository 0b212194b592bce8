"""Gradient checks: right gradients pass, wrong ones do not, and a layer that breaks its contract is told how."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labutils.exercises.gradients import check_gradient, check_layer, check_loss, check_network
from labutils.layers import Linear, ReLU, Sigmoid
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL
from labutils.network import Network

from ..test_custom_layers import Tanh


class FlippedBias(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = -self.grads["b"]
        return dx


class MeanBias(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = dy.mean(axis=0)
        return dx


class OneWeight(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"][2, 1] += 0.5
        return dx


class ForgottenTranspose(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.grads["W"].T
        return dx


class WrongInput(Linear):
    def backward(self, dy):
        return 2 * super().backward(dy)


class LeakyBackward(ReLU):
    def backward(self, dy):
        return dy * np.where(self.y > 0, 1, 0.1)


class NotANumber(ReLU):
    def backward(self, dy):
        return dy * np.nan


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FlippedBias, ["db: 2 of 2 entries differ", "dW: all 6 entries agree"]),
        (MeanBias, ["db: 2 of 2"]),
        (OneWeight, ["dW: 1 of 6 entries differ", "The worst is dW[2, 1]: got", "expected"]),
        (ForgottenTranspose, ["gradient with respect to W", "of shape (3, 2)"]),
        (WrongInput, ["dx: 15 of 15", "dW: all 6 entries agree"]),
    ],
)
def test_a_wrong_linear_layer_is_told_where_and_by_how_much(kind, words, rng):
    result = check_layer(kind(3, 2, rng), rng.normal(size=(5, 3)))
    assert not result
    for phrase in words:
        assert phrase in str(result)


@pytest.mark.parametrize("kind", [LeakyBackward, NotANumber])
def test_a_wrong_relu_is_noticed(kind, rng):
    assert not check_layer(kind(), rng.normal(size=(5, 4)))


def test_the_kink_of_relu_is_known(rng):
    x = rng.normal(size=(3, 4))
    x[1, 2], x[0, 0], x[2, 3] = 0.0, 3e-6, -8e-8  # at the kink, and nearer to it than a large step
    result = check_layer(ReLU(), x)
    assert result, result
    assert "at a kink" in str(result)
    wrong = check_gradient(
        "dx", lambda a: np.maximum(a, 0).sum(), x, np.where(x > 0, 1.0, 0.0) + 2 * (x == 0)
    )
    assert not wrong
    assert "dx[1, 2]: got 2, expected 1" in str(wrong)


@pytest.mark.parametrize("seed", range(10, 36, 2))
def test_a_right_network_passes_however_near_its_kinks_are(seed):
    """Before, a kink inside the step of the finite differences was taken for a wrong gradient (6 of 60 networks)."""
    rng = np.random.default_rng(seed)
    network = Network(Linear(4, 5, rng), ReLU(), Linear(5, 3, rng))
    x = 10.0 ** rng.integers(-4, -1) * rng.normal(size=(6, 4))
    result = check_network(network, SoftmaxNLL(), x, rng.integers(3, size=6))
    assert result, result


def test_a_curved_function_is_no_kink():
    x = np.array([[0.01, 0.5]])
    assert check_gradient("dx", lambda a: np.log(a).sum(), x, 1 / x)
    assert not check_gradient("dx", lambda a: np.log(a).sum(), x, 1.001 / x)


def minus_log(p):
    return -np.log(p).sum()


@given(st.floats(-10, -0.05), st.floats(-0.05, 0.05))
def test_the_gradient_of_a_logarithm_is_judged_right_however_small_its_argument(exponent, error):
    """Near 0 the logarithm is so curved that a large step has no value on one side."""
    p = np.array([10.0**exponent])
    assert check_gradient("dp", minus_log, p, -1 / p)
    if abs(error) >= 2e-3:
        assert not check_gradient("dp", minus_log, p, -(1 + error) / p)


@given(st.floats(1e-8, 0.5), st.sampled_from([0, 1]))
def test_the_loss_of_a_small_probability_passes(p, label):
    class Wrong(NLL):
        def backward(self):
            return 1.002 * super().backward()

    assert check_loss(NLL(), np.array([[p]]), np.array([label]))
    assert not check_loss(Wrong(), np.array([[p]]), np.array([label]))


@given(st.floats(0.1, 1e3), st.floats(-2, 2))
def test_a_wave_is_judged_right_however_short_it_is(frequency, x):
    """Its slopes on the two sides agree at its zeros, although a large step is far too large there."""
    x = np.array([x, 0.0])
    gradient = frequency * np.cos(frequency * x)
    assert check_gradient("dx", lambda a: np.sin(frequency * a).sum(), x, gradient)
    assert not check_gradient("dx", lambda a: np.sin(frequency * a).sum(), x, 1.002 * gradient)


@given(st.sampled_from([0.0, 1e-9, -1e-8, 1e-7, -1e-6, 1e-5, -1e-4, 1e-3]), st.floats(0, 1))
def test_a_kink_allows_what_lies_between_its_slopes_and_nothing_else(x, share):
    x = np.array([x])
    at_kink = abs(x[0]) < 1e-12
    gradient = np.array([share]) if at_kink else (x > 0).astype(float)
    assert check_gradient("dx", lambda a: np.maximum(a, 0).sum(), x, gradient)
    for wrong in (-0.002, 1.002):
        assert not check_gradient("dx", lambda a: np.maximum(a, 0).sum(), x, np.array([wrong]))


def test_a_function_that_has_no_value_beside_x_is_not_decided():
    result = check_gradient("dx", lambda a: 0.0 if a[0] == 1 else np.nan, np.ones(1), np.zeros(1))
    assert not result


def in_place(W):
    W *= 2
    return (W**2).sum()


def test_a_function_that_changes_what_it_is_given_is_checked_all_the_same():
    assert check_gradient("dW", in_place, np.ones(3), np.full(3, 8.0))
    assert not check_gradient("dW", in_place, np.ones(3), np.full(3, -77.0))


def test_noise_is_no_kink(rng):
    """Sums in half the digits: their slopes grow apart as the step becomes smaller, and would let anything pass."""
    x = rng.normal(size=3)
    result = check_gradient("dx", lambda a: np.float32(1e3) + np.float32((a**2).sum()), x, x)
    assert not result
    assert "kink" not in str(result)


def test_large_inputs_are_no_mistake(rng):
    result = check_layer(Linear(5, 4, rng), 1e5 * rng.normal(size=(5, 5)))
    assert result, result


def test_one_number_in_an_array_is_one_number():
    assert check_gradient("dx", lambda a: (a**2).sum(keepdims=True), np.ones((2, 1)), np.full((2, 1), 2.0))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.ones(2), r"function: expected one that returns one number, got an array of shape \(2,\)"),
        (np.nan, "function: expected finite numbers"),
        (None, "function: expected an array of numbers, got None"),
    ],
)
def test_what_a_function_gives_otherwise_is_named(given, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_gradient("dx", lambda a: given, np.ones(2), np.ones(2))


def test_a_layer_that_forgets_a_gradient_is_told_which(rng):
    class Forgetful(Linear):
        def backward(self, dy):
            self.grads = {"b": dy.sum(axis=0)}
            return dy @ self.params["W"].T

    result = check_layer(Forgetful(3, 2, rng), rng.normal(size=(5, 3)))
    assert not result
    assert "gradient with respect to W" in str(result)


def test_a_wrong_loss_is_noticed(rng):
    class MissingDivision(SoftmaxNLL):
        def backward(self):
            return super().backward() * self.divisor

    result = check_loss(MissingDivision(), rng.normal(size=(5, 3)), np.array([0, 1, 2, 1, 0]))
    assert not result
    assert check_loss(SigmoidNLL(), rng.normal(size=(5, 1)), np.array([0, 1, 0, 1, 0]))


class TestNothingIsChanged:
    def snapshot(self, network):
        return [array.copy() for layer in network.layers for array in layer.params.values()]

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_parameters_stay_as_they_were(self, rng, dtype):
        network = Network(Linear(3, 4, rng), ReLU(), Linear(4, 2, rng)).astype(dtype)
        before, x = self.snapshot(network), rng.normal(size=(5, 3))
        assert check_network(network, SoftmaxNLL(), x, np.array([0, 1, 0, 1, 0]))
        assert check_layer(network.layers[0], x)
        for a, b in zip(before, self.snapshot(network), strict=True):
            assert a.dtype == b.dtype == dtype
            np.testing.assert_array_equal(a, b)

    def test_also_when_a_layer_raises(self, rng):
        class Broken(ReLU):
            calls = 0

            def forward(self, x):
                Broken.calls += 1
                if Broken.calls > 5:
                    raise ZeroDivisionError
                return super().forward(x)

        network = Network(Linear(3, 4, rng), Broken(), Linear(4, 2, rng))
        before = self.snapshot(network)
        with pytest.raises(ZeroDivisionError):
            check_network(network, SoftmaxNLL(), rng.normal(size=(5, 3)), np.array([0, 1, 0, 1, 0]))
        for a, b in zip(before, self.snapshot(network), strict=True):
            np.testing.assert_array_equal(a, b)


class Custom:
    """A linear layer without a bias, as a student may write it: an object of no class of the library."""

    def __init__(self, rng, dtype=np.float64):
        self.W = rng.normal(size=(3, 2)).astype(dtype)
        self.params, self.grads = {"W": self.W}, {"W": np.zeros_like(self.W)}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"]

    def backward(self, dy):
        self.grads["W"] = self.x.T @ dy
        return dy @ self.params["W"].T


class Alias(Custom):
    """It reads its own name of the array."""

    def forward(self, x):
        self.x = x
        return x @ self.W


class Dropout(Tanh):
    def __init__(self, rng, training=True):
        super().__init__()
        self.rng, self.training = rng, training

    def forward(self, x):
        self.mask = (self.rng.random(x.shape) < 0.5) * 2.0 if self.training else np.ones(x.shape)
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class Unfilled(Custom):
    def backward(self, dy):
        return dy @ self.params["W"].T


class Accumulating(Custom):
    def backward(self, dy):
        self.grads["W"] += self.x.T @ dy
        return dy @ self.params["W"].T


class NothingBack(Custom):
    def backward(self, dy):
        super().backward(dy)


class ScalarParameter(Custom):
    """y = s x."""

    def __init__(self, value):
        self.params, self.grads = {"W": value}, {"W": np.zeros(())}

    def forward(self, x):
        self.x = x
        return x * np.asarray(self.params["W"])

    def backward(self, dy):
        self.grads["W"] = np.asarray((self.x * dy).sum())
        return dy * np.asarray(self.params["W"])


class TestLayersOfOnesOwn:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_right_one_passes_alone_and_in_a_network(self, rng, dtype):
        x, labels = rng.normal(size=(5, 3)), np.array([0, 1, 0, 1, 0])
        for layers in ([Custom(rng, dtype)], [Tanh(), Custom(rng, dtype)], [Custom(rng, dtype), Tanh()]):
            assert check_network(Network(*layers), SoftmaxNLL(), x, labels)
        assert check_layer(Custom(rng, dtype), x)
        assert check_layer(Tanh(), x)

    def test_one_that_reads_its_own_name_of_the_array_passes(self, rng):
        assert check_layer(Alias(rng), rng.normal(size=(5, 3)))

    def test_one_whose_own_name_is_another_array_in_float64_is_told_what_to_read(self, rng):
        result = check_layer(Alias(rng, np.float32), rng.normal(size=(5, 3)))
        assert not result
        assert "self.params['W']" in str(result)

    @pytest.mark.parametrize("training", [True, False])
    def test_dropout_with_a_generator_of_its_own_passes_and_stays_as_it_is(self, rng, training):
        layer, x = Dropout(np.random.default_rng(1), training), rng.normal(size=(5, 3))
        assert check_layer(layer, x)
        assert layer.training == training
        assert layer.rng.random() == np.random.default_rng(1).random()
        network = Network(layer, Custom(rng))
        assert check_network(network, SoftmaxNLL(), x, np.array([0, 1, 0, 1, 0]))
        assert layer.training == training

    def test_dropout_with_a_generator_of_others_is_told_to_keep_it(self, rng):
        class Shared(Dropout):
            rng = property(lambda self: generator, lambda self, value: None)

        generator = np.random.default_rng(1)
        result = check_layer(Shared(None), rng.normal(size=(5, 3)))
        assert not result
        assert "two forward passes on the same input differ" in str(result)

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (Unfilled, "gradient with respect to W into grads['W']"),
            (Accumulating, "in place of the last one"),
            (NothingBack, "expected backward to return"),
        ],
    )
    def test_a_backward_that_breaks_the_contract_is_told_how(self, rng, kind, words):
        x, labels = rng.normal(size=(5, 3)), np.array([0, 1, 0, 1, 0])
        for result in (check_layer(kind(rng), x), check_network(Network(kind(rng)), SoftmaxNLL(), x, labels)):
            assert not result
            assert words in str(result)
            assert kind.__name__ in str(result)

    @pytest.mark.parametrize("value", [np.float64(0.5), 0.5, [0.5], np.array(1)])
    def test_a_parameter_that_is_no_float_array_is_refused(self, rng, value):
        result = check_layer(ScalarParameter(value), rng.normal(size=(5, 3)))
        assert not result
        assert "expected a float array as params['W']" in str(result)

    def test_a_float_array_without_dimensions_is_one(self, rng):
        assert check_layer(ScalarParameter(np.array(0.5)), rng.normal(size=(5, 3)))

    def test_the_name_of_a_class_is_its_title(self, rng):
        assert str(check_layer(Tanh(), rng.normal(size=(5, 3)))).startswith("Tanh: dx: all 15 entries")
        assert str(check_layer(Sigmoid(), rng.normal(size=(5, 3)))).startswith("Sigmoid: dx: all 15")
