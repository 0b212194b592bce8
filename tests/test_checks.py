import signal

import numpy as np
import pytest

from labutils import checks, exercises
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
        (np.ones(2), r"function: expected one that gives one number, got an array of shape \(2,\)"),
        (np.nan, "function: expected finite numbers, got NaN"),
        (None, "function: expected an array of numbers, got None"),
    ],
)
def test_what_a_function_gives_otherwise_is_named(given, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_gradient("dx", lambda a: given, np.ones(2), np.ones(2))


def test_a_layer_that_forgets_a_gradient_is_told_which(rng):
    class Forgetful(Linear):
        def backward(self, dy, input_gradient=True):
            self.grads = {"b": dy.sum(axis=0)}
            return dy @ self.params["W"].T

    result = check_layer(Forgetful(3, 2, rng), rng.normal(size=(5, 3)))
    assert not result
    assert "backward must fill grads['W']" in str(result)


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


class TestExercise:
    @staticmethod
    def right(p, dp):
        return dp * p * (1 - p)

    def test_a_right_answer_comes_back(self, capsys):
        assert checks.exercise("A3.2", self.right) is self.right
        assert capsys.readouterr().out == "A3.2: all public checks passed (6 inputs of different shapes).\n"

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (None, "Exercise A3.2 is not done yet."),
            (lambda p, dp: None, "Exercise A3.2 is not done yet."),
            (lambda p, dp: dp * p, "A3.2: The factor (1 - p) of the sigmoid's derivative is missing."),
            (lambda p, dp: 1 / 0, "A3.2: the answer stops with ZeroDivisionError"),
            ("dp * p * (1 - p)", "A3.2: expected a function, got"),
        ],
    )
    def test_for_any_other_the_librarys_version_stands_in(self, capsys, answer, said):
        stand = checks.exercise("A3.2", answer)
        printed = capsys.readouterr()
        assert printed.out.startswith(said)
        assert printed.out.endswith("The cells below go on with the library's own version.\n")
        assert printed.err == ""
        p, dp = np.array([[0.2, 0.5]]), np.array([[1.0, -2.0]])
        np.testing.assert_allclose(stand(p, dp), self.right(p, dp))
        checks.exercise("A3.2", stand)  # the cell is run a second time
        assert capsys.readouterr().out == printed.out

    def test_an_interrupt_is_a_result(self, capsys, monkeypatch):
        def interrupted(p, dp):
            raise KeyboardInterrupt

        stand = checks.exercise("A3.2", interrupted)
        assert "interrupted" in capsys.readouterr().out
        assert stand.answered is interrupted

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarm on this system")
    def test_an_endless_loop_ends(self, capsys, monkeypatch):
        monkeypatch.setattr(exercises, "SECONDS", 0.2)

        def endless(p, dp):
            while True:
                pass

        checks.exercise("A3.2", endless)
        assert "takes longer than 0.2 seconds. Does a loop in it never end?" in capsys.readouterr().out


class TestHint:
    def test_of_one_and_of_all_of_a_question(self, capsys):
        checks.hint("A6", 1)
        assert capsys.readouterr().out.startswith("A6, hint 1 of 3: ")
        checks.hint("A3", 2)
        lines = capsys.readouterr().out.splitlines()
        assert [line[:17] for line in lines] == [f"A3.{i}, hint 2 of 3" for i in (1, 2, 3)]

    @pytest.mark.parametrize(
        ("name", "number", "said"), [("A4", 1, "name"), ("A6", 0, "number"), ("A6", 4, "number")]
    )
    def test_what_is_not_there_is_an_error(self, name, number, said):
        with pytest.raises(ValueError, match=f"{said}: expected one of"):
            checks.hint(name, number)


class TestResults:
    def test_who_and_how_and_what(self, monkeypatch):
        monkeypatch.setattr(checks, "RESULTS", {})
        checks.exercise("A3.2", TestExercise.right)
        checks.exercise("A6", None)
        page = checks.results(
            "A", ["Ada", "Grace"], ["1"], {"A6, weights": 1.5, "A3.2, slope": 2, "error": "3 %"}
        )
        assert page.startswith("**Part A, handed in by:** Ada (1), Grace\n")
        for line in (
            "| A3.1 | check not run |",
            "| A3.2 | public checks passed |",
            "| A6 | not done yet |",
            "| A6, weights | 1.5 (by the library) |",
            "| A3.2, slope | 2 |",
            "| error | 3 % |",
            f"Data: {checks.fingerprint()}.",
        ):
            assert line in page.splitlines()

    def test_nobody_is_said_loudly(self):
        assert "**nobody yet: fill in the names cell" in checks.results("B", ["", ""], ["", ""], {})

    def test_the_fingerprint_changes_with_any_data_file(self, monkeypatch, tmp_path):
        before = checks.fingerprint()
        (tmp_path / "points.csv").write_text("x")
        real = checks.path_of
        monkeypatch.setattr(checks, "path_of", lambda n: tmp_path / n if n == "points.csv" else real(n))
        assert checks.fingerprint() != before
        monkeypatch.setattr(checks, "path_of", lambda n: tmp_path if n == "points.csv" else real(n))
        assert checks.fingerprint() != before
