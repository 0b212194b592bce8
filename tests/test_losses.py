import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from labutils.checks import check_loss
from labutils.layers import Sigmoid, Softmax
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL

sizes = st.integers(1, 6)


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


def test_nll_is_never_clipped():
    """Exactly the report's chain: log 0 is infinite, and 0 times it NaN."""
    certain = np.array([[1.0]])
    loss = NLL()
    assert loss.forward(certain, np.array([0])) == np.inf
    assert np.isnan(loss.forward(certain, np.array([1])))
    assert np.isnan(loss.backward()).all()
    assert loss.forward(np.array([[1.0, 0.0]]), np.array([1])) == np.inf
    assert loss.backward().tolist() == [[0, -np.inf]]


@pytest.mark.parametrize("loss", [NLL("sum"), SigmoidNLL("sum")])
def test_columns_are_never_broadcast_against_labels(loss, rng):
    """(N, 1) against (N,) would give (N, N): the sum over 5 points would be a sum over 25."""
    p = np.full((5, 1), 0.5) if isinstance(loss, NLL) else np.zeros((5, 1))
    assert loss.forward(p, np.array([0, 1, 0, 1, 1])) == pytest.approx(5 * np.log(2))
    assert loss.backward().shape == (5, 1)


def test_predictions():
    assert NLL().predict(np.array([[0.4], [0.6]])).tolist() == [0, 1]
    assert SigmoidNLL().predict(np.array([[-1.0], [2.0]])).tolist() == [0, 1]
    assert NLL().predict(np.array([[0.2, 0.8], [0.9, 0.1]])).tolist() == [1, 0]
    assert SoftmaxNLL().predict(np.array([[1.0, 3.0, 2.0], [np.nan] * 3])).tolist() == [1, 0]


@pytest.mark.parametrize("loss", [NLL(), SigmoidNLL(), SoftmaxNLL()])
@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        (np.array([0, 1, 7]), ValueError, "got 7"),
        (np.array([0, -1, 1]), ValueError, "got -1"),
        (np.array([0, 1]), ValueError, r"shape \(3,\), got \(2,\)"),
        (np.array([[0], [1], [0]]), ValueError, r"got \(3, 1\)"),
        (np.array([0.0, 1.0, 0.0]), TypeError, "integer labels.*got dtype float64"),
        ([0, 1, 0], TypeError, "labels: expected 3 integer labels"),
    ],
)
def test_wrong_labels_are_named(loss, labels, error, words):
    prediction = np.full((3, 1), 0.5) if not isinstance(loss, SoftmaxNLL) else np.zeros((3, 2))
    with pytest.raises(error, match=words):
        loss.forward(prediction, labels)


def test_wrong_predictions_and_options_are_named():
    with pytest.raises(ValueError, match=r"z: expected a float array of shape \(N, 1\), got \(3, 2\)"):
        SigmoidNLL().forward(np.zeros((3, 2)), np.array([0, 1, 0]))
    with pytest.raises(ValueError, match="reduction: expected one of 'mean', 'sum', got 'average'"):
        NLL("average")
    with pytest.raises(RuntimeError, match="needs a forward"):
        SoftmaxNLL().backward()
