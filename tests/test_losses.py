import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from labutils.exercises.gradients import check_loss
from labutils.layers import Sigmoid, Softmax
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL

sizes = st.integers(1, 6)
EVERY = [NLL, SigmoidNLL, SoftmaxNLL]


@given(n=sizes, k=st.integers(2, 6), seed=st.integers(0, 1000), reduction=st.sampled_from(["mean", "sum"]))
def test_many_classes_agree_with_scikit_learn_apart_and_together(n, k, seed, reduction):
    rng = np.random.default_rng(seed)
    z, labels = rng.normal(size=(n, k)), rng.integers(k, size=n)
    p = Softmax().forward(z)
    expected = log_loss(labels, p, labels=range(k), normalize=reduction == "mean")
    assert NLL(reduction).forward(p, labels) == pytest.approx(expected, rel=1e-12)
    assert SoftmaxNLL(reduction).forward(z, labels) == pytest.approx(expected, rel=1e-12)
    for result in (check_loss(NLL(reduction), p, labels), check_loss(SoftmaxNLL(reduction), z, labels)):
        assert result, result


@given(n=sizes, seed=st.integers(0, 1000), reduction=st.sampled_from(["mean", "sum"]))
def test_two_classes_agree_with_scikit_learn_apart_and_together(n, seed, reduction):
    rng = np.random.default_rng(seed)
    z, labels = rng.normal(size=(n, 1)), rng.integers(2, size=n)
    p = Sigmoid().forward(z)
    expected = log_loss(labels, p[:, 0], labels=[0, 1], normalize=reduction == "mean")
    assert NLL(reduction).forward(p, labels) == pytest.approx(expected, rel=1e-12)
    assert SigmoidNLL(reduction).forward(z, labels) == pytest.approx(expected, rel=1e-12)
    for result in (check_loss(NLL(reduction), p, labels), check_loss(SigmoidNLL(reduction), z, labels)):
        assert result, result


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("score", [1e4, -1e4])
def test_the_stable_losses_survive_scores_of_ten_thousand(score, dtype):
    for loss, z, label in (
        (SigmoidNLL(), np.array([[score]], dtype), 0),
        (SigmoidNLL(), np.array([[score]], dtype), 1),
        (SoftmaxNLL(), np.array([[score, 0, -score]], dtype), 0),
        (SoftmaxNLL(), np.array([[score, 0, -score]], dtype), 2),
    ):
        value = loss.forward(z, np.array([label]))
        wrong_side = (
            (score > 0) == (label == 0) if isinstance(loss, SigmoidNLL) else (score > 0) == (label == 2)
        )
        size = 1e4 if isinstance(loss, SigmoidNLL) else 2e4
        assert value == pytest.approx(size if wrong_side else 0)
        assert np.isfinite(loss.backward()).all()
        assert loss.backward().dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("kind", "signs"), [(SigmoidNLL, [-1]), (SoftmaxNLL, [1, -1])])
def test_a_sum_above_the_largest_number_is_infinite_and_its_gradient_right(kind, signs, dtype):
    loss, z = kind("sum"), np.finfo(dtype).max * np.array([signs, signs], dtype)
    assert loss.forward(z, np.array([1, 1])) == np.inf
    assert loss.backward().tolist() == [signs, signs]


def test_losses_in_half_precision_are_added_up_in_single():
    z = np.full((4, 1), 20_000, np.float16)
    assert SigmoidNLL("sum").forward(z, np.zeros(4, int)) == 80_000


def test_each_row_of_scores_is_on_its_own():
    """The largest score of another row would leave nothing of the second: log 0."""
    z = np.array([[1000.0, 1000.0], [-1000.0, -1000.0]])
    assert SoftmaxNLL().forward(z, np.array([0, 1])) == pytest.approx(np.log(2))


def test_nll_is_never_clipped():
    """Exactly the report's chain: log 0 is infinite, and 0 times it NaN."""
    certain = np.array([[1.0]])
    loss = NLL()
    assert loss.forward(certain, np.array([0])) == np.inf
    assert np.isnan(loss.forward(certain, np.array([1])))
    assert np.isnan(loss.backward()).all()
    assert loss.forward(np.array([[1.0, 0.0]]), np.array([1])) == np.inf
    assert loss.backward().tolist() == [[0, -np.inf]]


def test_the_gradient_of_a_probability_next_to_0_is_infinite():
    loss = NLL()
    loss.forward(np.array([[5e-324, 1.0]]), np.array([0]))
    assert loss.backward().tolist() == [[-np.inf, 0]]


@pytest.mark.parametrize("kind", [NLL, SigmoidNLL])
def test_columns_are_never_broadcast_against_labels(kind):
    """(N, 1) against (N,) would give (N, N): the sum over 5 points would be a sum over 25."""
    loss, p = kind("sum"), np.full((5, 1), 0.5 if kind is NLL else 0.0)
    assert loss.forward(p, np.array([0, 1, 0, 1, 1])) == pytest.approx(5 * np.log(2))
    assert loss.backward().shape == (5, 1)


def test_predictions():
    assert NLL().predict(np.array([[0.4], [0.6]])).tolist() == [0, 1]
    assert SigmoidNLL().predict(np.array([[-1.0], [2.0]])).tolist() == [0, 1]
    assert NLL().predict(np.array([[0.2, 0.8], [0.9, 0.1]])).tolist() == [1, 0]
    assert SoftmaxNLL().predict(np.array([[1.0, 3.0, 2.0], [np.nan] * 3])).tolist() == [1, 0]


def test_predictions_are_whole_numbers_and_a_tie_is_label_0():
    for loss, halfway in ((NLL(), 0.5), (SigmoidNLL(), 0.0)):
        predicted = loss.predict(np.array([[halfway], [np.nextafter(halfway, 1)]]))
        assert predicted.tolist() == [0, 1]
        assert predicted.dtype == int


@pytest.mark.parametrize(("kind", "columns"), [(NLL, 1), (NLL, 3), (SigmoidNLL, 1), (SoftmaxNLL, 3)])
def test_nothing_of_float32_is_computed_in_float64(kind, columns, rng):
    p = Softmax().forward(rng.normal(size=(8, 3)).astype(np.float32))[:, :columns]
    loss = kind("sum")
    value = loss.forward(p, rng.integers(2, size=8))
    assert value == float(np.float32(value))  # a sum in float64 has more digits than float32 holds
    assert loss.backward().dtype == np.float32


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        (np.array([0, 1, 2]), ValueError, "labels of 0 to 1, got 2"),
        (np.array([0, -1, 1]), ValueError, "labels of 0 to 1, got -1"),
        (np.array([0, 1]), ValueError, r"shape \(3,\), got \(2,\)"),
        (np.array([[0], [1], [0]]), ValueError, r"got \(3, 1\)"),
        (np.array([0.0, 1.0, 0.0]), TypeError, "integer labels.*got .*dtype float64"),
        ([0, 1, 0], TypeError, "3 integer labels"),
    ],
)
def test_wrong_labels_are_named(kind, labels, error, words):
    prediction = np.zeros((3, 2)) if kind is SoftmaxNLL else np.full((3, 1), 0.5)
    with pytest.raises(error, match=rf"^{kind.__name__}\('mean'\): labels: expected .*{words}"):
        kind().forward(prediction, labels)


def test_wrong_predictions_and_options_are_named():
    with pytest.raises(ValueError, match=r"z: expected a float array of shape \(N, 1\), got \(3, 2\)"):
        SigmoidNLL().forward(np.zeros((3, 2)), np.array([0, 1, 0]))
    for kind, name in zip(EVERY, ("p: .*K", "z: .*1", "z: .*K"), strict=True):
        with pytest.raises(TypeError, match=rf"^{kind.__name__}\('sum'\): {name}\), got \[0\.5\]"):
            kind("sum").forward([0.5], np.array([0]))
        with pytest.raises(TypeError, match=rf"^{kind.__name__}\('sum'\): prediction: .*K\), got \[0\.5\]"):
            kind("sum").predict([0.5])
        with pytest.raises(ValueError, match=r"^reduction: expected one of 'mean', 'sum', got 'average'"):
            kind("average")
        with pytest.raises(RuntimeError, match=rf"^{kind.__name__}\('mean'\): backward needs a forward"):
            kind().backward()
