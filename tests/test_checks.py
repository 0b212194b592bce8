import numpy as np
import pytest

from labutils.checks import check_gradient, check_layer, check_loss, check_network, in_bands
from labutils.layers import Linear, ReLU
from labutils.losses import SigmoidNLL, SoftmaxNLL
from labutils.network import Network


class FlippedBias(Linear):
    def backward(self, dy, input_gradient=True):
        dx = super().backward(dy, input_gradient)
        self.grads["b"] = -self.grads["b"]
        return dx


class MeanBias(Linear):
    def backward(self, dy, input_gradient=True):
        dx = super().backward(dy, input_gradient)
        self.grads["b"] = dy.mean(axis=0)
        return dx


class OneWeight(Linear):
    def backward(self, dy, input_gradient=True):
        dx = super().backward(dy, input_gradient)
        self.grads["W"][2, 1] += 0.5
        return dx


class ForgottenTranspose(Linear):
    def backward(self, dy, input_gradient=True):
        dx = super().backward(dy, input_gradient)
        self.grads["W"] = self.grads["W"].T
        return dx


class WrongInput(Linear):
    def backward(self, dy, input_gradient=True):
        return 2 * super().backward(dy, input_gradient)


class LeakyBackward(ReLU):
    def backward(self, dy):
        return dy * np.where(self.y > 0, 1, 0.1)


class NotANumber(ReLU):
    def backward(self, dy):
        return dy * np.nan


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FlippedBias, ["db: 2 of 2 entries differ", "the sign is flipped", "dW: all 6 entries agree"]),
        (MeanBias, ["db: 2 of 2", "0.2 times what they should be"]),
        (OneWeight, ["dW: 1 of 6 entries differ", "The worst is dW[2, 1]: got", "expected"]),
        (ForgottenTranspose, ["dW: the gradient has shape (2, 3), expected (3, 2)"]),
        (WrongInput, ["dx: 15 of 15", "2 times what they should be", "dW: all 6 entries agree"]),
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
    x[1, 2], x[0, 0], x[2, 3] = 0.0, 3e-6, -8e-8  # at the kink, and nearer to it than a step
    result = check_layer(ReLU(), x)
    assert result, result
    assert "at a kink" in str(result)
    wrong = check_gradient(
        "dx", lambda a: np.maximum(a, 0).sum(), x, np.where(x > 0, 1.0, 0.0) + 2 * (x == 0)
    )
    assert not wrong
    assert "dx[1, 2]: got 2, expected 1" in str(wrong)


def test_a_curved_function_is_no_kink():
    x = np.array([[0.01, 0.5]])
    assert check_gradient("dx", lambda a: np.log(a).sum(), x, 1 / x)
    assert not check_gradient("dx", lambda a: np.log(a).sum(), x, 1.001 / x)


def test_a_wrong_loss_is_noticed(rng):
    class MissingDivision(SoftmaxNLL):
        def backward(self):
            return super().backward() * self.divisor

    result = check_loss(MissingDivision(), rng.normal(size=(5, 3)), np.array([0, 1, 2, 1, 0]))
    assert "5 times what they should be" in str(result)
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


def test_bands_say_inside_or_out():
    name = "B4 validation error (%)"
    assert in_bands({name: 6.5}).startswith(f"{name}: inside its band")
    assert "out of its band" in in_bands({name: 60.0})
    assert "out of its band" in in_bands({name: float("nan")})
    with pytest.raises(ValueError, match="values: expected one of 'B4"):
        in_bands({"an error that nobody measured": 1.0})
