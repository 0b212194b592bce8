"""What comes out is right: beside plain formulas in long double, for arrays in every guise.

The dtype follows the input, no argument changes, nothing warns, and nothing is NaN.
"""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from labutils import experiments, report
from labutils.data import Dataset
from labutils.exercises import check_layer, check_loss, reference
from labutils.layers import Linear, ReLU, Sigmoid, Softmax
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.training import TrainingOptions, evaluate

from .values import dtypes, floats, labels, layouts, sizes

some = settings(max_examples=30)
reductions = st.sampled_from(["mean", "sum"])


@pytest.fixture(autouse=True)
def strict():
    """Overflow, division by zero and NaN raise; a number that is too small for the dtype may become 0."""
    with np.errstate(all="raise", under="ignore"):
        yield


# Where long double is no longer than double (Windows, macOS), the exponential overflows earlier.
TOP = min(11000.0, float(np.log(np.finfo(np.longdouble).max)) - 1)


def exact(array):
    """The same numbers in long double."""
    return np.asarray(array).astype(np.longdouble)


def assert_right(got, expected, eps=8.0, atol=0.0, dtype=None):
    """`got` is `expected` within so many roundings of its dtype, and finite."""
    info = np.finfo(dtype or got.dtype)
    assert np.isfinite(got).all(), got
    slack = eps * float(info.eps) * np.abs(expected) + atol + 4 * float(info.tiny)
    assert (np.abs(exact(got) - expected) <= slack).all(), (got, expected)


def called(method, *arrays):
    """The result of the call, in which no argument changed."""
    before = copy.deepcopy(arrays)
    result = method(*arrays)
    for array, as_it_was in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, as_it_was)
    return result


def moderate(draw, rows, columns, dtype, part=16):
    """An array whose sums over a few entries do not overflow."""
    high = float(np.finfo(dtype).max) / part
    return draw(floats(st.just(rows), st.just(columns), st.just(dtype), -high, high))


@some
@given(data=st.data(), dtype=dtypes, n=sizes, d=sizes, m=sizes)
def test_linear(data, dtype, n, d, m):
    layer = Linear(d, m, np.random.default_rng(0))
    layer.params["b"] = np.linspace(-1, 1, m)
    part = 4 * float(np.finfo(dtype).max) ** 0.5  # so that their product does not overflow
    x, dy = moderate(data.draw, n, d, dtype, part), moderate(data.draw, n, m, dtype, part)
    eps = float(np.finfo(dtype).eps)
    W, b = (exact(layer.params[name].astype(dtype)) for name in "Wb")
    y, dx = called(layer.forward, x), called(layer.backward, dy)
    assert y.dtype == dx.dtype == dtype
    assert_right(y, exact(x) @ W + b, atol=(d + 4) * eps * (np.abs(exact(x)) @ np.abs(W) + 1))
    assert_right(dx, exact(dy) @ W.T, atol=(m + 4) * eps * (np.abs(exact(dy)) @ np.abs(W.T)))
    db = np.abs(exact(dy)).sum(axis=0)
    assert_right(layer.grads["b"], exact(dy).sum(axis=0), atol=(n + 4) * eps * db, dtype=dtype)
    size = np.abs(exact(x)).T @ np.abs(exact(dy))
    assert_right(layer.grads["W"], exact(x).T @ exact(dy), atol=(n + 4) * eps * size, dtype=dtype)


@some
@given(data=st.data(), x=floats())
def test_sigmoid(data, x):
    layer, dy = Sigmoid(), moderate(data.draw, *x.shape, x.dtype)
    y = called(layer.forward, x)
    # where exp(-x) overflows the sigmoid is 0 in every dtype
    expected = 1 / (1 + np.exp(np.clip(-exact(x), None, TOP)))
    assert_right(y, expected)
    dx = called(layer.backward, dy)
    assert y.dtype == dx.dtype == x.dtype
    assert_right(
        dx, exact(dy) * exact(y) * (1 - exact(y)), atol=np.abs(exact(dy)) * float(np.finfo(x.dtype).tiny)
    )


@some
@given(data=st.data(), x=floats(), slope=st.just(0.0) | st.floats(0, 1, exclude_max=True))
def test_relu(data, x, slope):
    layer, dy = ReLU(slope), data.draw(floats(st.just(x.shape[0]), st.just(x.shape[1]), st.just(x.dtype)))
    y, dx = called(layer.forward, x), called(layer.backward, dy)
    assert y.dtype == dx.dtype == x.dtype
    slope = x.dtype.type(slope)
    assert (y == np.where(x > 0, x, slope * x)).all()
    assert (dx == np.where(x > 0, dy, slope * dy)).all()


def softmax(x):
    with np.errstate(over="ignore"):  # a difference of the largest is infinite, which is as good
        shifted = exact(x) - exact(x).max(axis=1, keepdims=True)
    e = np.exp(np.clip(shifted, -TOP, None))
    return e / e.sum(axis=1, keepdims=True)


@some
@given(data=st.data(), x=floats())
def test_softmax(data, x):
    layer, dy = Softmax(), moderate(data.draw, *x.shape, x.dtype)
    info = np.finfo(x.dtype)
    y, dx = called(layer.forward, x), called(layer.backward, dy)
    assert y.dtype == dx.dtype == x.dtype
    assert_right(
        y, softmax(x), eps=x.shape[1] + 8 - np.log(float(info.tiny))
    )  # the roundings of a score, made large by exp
    p, g = exact(y), exact(dy)
    expected = p * (g - (g * p).sum(axis=1, keepdims=True))
    size = np.abs(g).max(axis=1, keepdims=True)
    assert_right(dx, expected, atol=(x.shape[1] + 8) * (float(info.eps) * p + float(info.tiny)) * size)


def summed(terms, reduction):
    return terms.sum() / (len(terms) if reduction == "mean" else 1)


@some
@given(data=st.data(), n=sizes, k=sizes, dtype=dtypes, reduction=reductions)
def test_nll(data, n, k, dtype, reduction):
    info = np.finfo(dtype)
    p = data.draw(
        floats(st.just(n), st.just(k), st.just(dtype), float(info.smallest_subnormal), 1 - float(info.eps))
    )
    t = data.draw(labels(n, max(k, 2)))
    loss = NLL(reduction)
    with np.errstate(over="ignore"):
        if k == 1:
            right = np.where(t[:, None] == 1, exact(p), 1 - exact(p))[:, 0]
            expected = np.where(t[:, None] == 1, -1 / exact(p), 1 / (1 - exact(p)))
        else:
            right = exact(p)[np.arange(n), t]
            expected = np.where(np.arange(k) == t[:, None], -1 / exact(p), 0)
    terms = -np.log(right)
    got = called(loss.forward, p, t)
    assert got == pytest.approx(
        float(summed(terms, reduction)), rel=(n + 8) * float(info.eps), abs=n * float(info.eps)
    )
    dp = loss.backward()
    assert dp.dtype == dtype
    assert not np.isnan(dp).any()
    representable = (
        np.abs(expected) <= float(info.max) / 2
    )  # 1 / p may be larger than its dtype has numbers for
    divisor = n if reduction == "mean" else 1
    assert_right(dp[representable], (expected / divisor)[representable])
    assert (np.abs(dp[~representable]) >= float(info.max) / 4 / divisor).all()
    assert (loss.predict(p) == (p.argmax(axis=1) if k > 1 else p[:, 0] > 0.5)).all()


@some
@given(data=st.data(), n=sizes, dtype=dtypes, reduction=reductions)
def test_sigmoid_nll(data, n, dtype, reduction):
    z, t = moderate(data.draw, n, 1, dtype), data.draw(labels(n, 2))
    loss, eps = SigmoidNLL(reduction), float(np.finfo(dtype).eps)
    terms = np.logaddexp(np.longdouble(0), (1 - 2 * exact(t)) * exact(z)[:, 0])
    expected = float(summed(terms, reduction))
    assert called(loss.forward, z, t) == pytest.approx(
        expected, rel=(n + 8) * eps, abs=float(np.finfo(dtype).tiny)
    )
    dz = loss.backward()
    assert dz.dtype == dtype
    sigmoid = 1 / (1 + np.exp(np.clip(-exact(z), None, TOP)))
    assert_right(dz, (sigmoid - exact(t)[:, None]) / loss.divisor, atol=8 * eps / loss.divisor)
    assert (loss.predict(z) == (z[:, 0] > 0)).all()


@some
@given(data=st.data(), n=sizes, k=sizes, dtype=dtypes, reduction=reductions)
def test_softmax_nll(data, n, k, dtype, reduction):
    z, t = moderate(data.draw, n, k, dtype, part=32), data.draw(labels(n, k))
    loss, eps = SoftmaxNLL(reduction), float(np.finfo(dtype).eps)
    shifted = exact(z) - exact(z).max(axis=1, keepdims=True)
    terms = np.log(np.exp(np.clip(shifted, -TOP, None)).sum(axis=1)) - shifted[np.arange(n), t]
    expected = float(summed(terms, reduction))
    assert called(loss.forward, z, t) == pytest.approx(expected, rel=(n + 8) * eps, abs=(n + k + 8) * eps)
    dz = loss.backward()
    assert dz.dtype == dtype
    assert_right(dz, (softmax(z) - (np.arange(k) == t[:, None])) / loss.divisor, atol=(k + 8) * eps)
    assert (loss.predict(z) == z.argmax(axis=1)).all()


@some
@given(data=st.data(), z=floats(), reduction=reductions)
def test_the_largest_scores_give_no_nan(data, z, reduction):
    """A loss that is larger than every number of the dtype is infinite, and its gradient is right all the same."""
    for loss, scores in ((SoftmaxNLL(reduction), z), (SigmoidNLL(reduction), z[:, :1])):
        t = data.draw(labels(len(z), max(scores.shape[1], 1 if isinstance(loss, SoftmaxNLL) else 2)))
        assert loss.forward(scores, t) >= 0
        assert np.isfinite(loss.backward()).all()


def test_half_precision_adds_up_many_losses():
    """5,000 losses of 16 are 80,000, and float16 ends at 65,504."""
    z, t = np.full((5000, 1), 16, np.float16), np.zeros(5000, dtype=int)
    assert SigmoidNLL("sum").forward(z, t) == pytest.approx(80_000)
    assert SigmoidNLL().forward(z, t) == pytest.approx(16)
    assert NLL().forward(np.full((5000, 2), 2**-20, np.float16), t) == pytest.approx(20 * np.log(2), rel=1e-3)
    scores = np.tile(np.array([0, 16], np.float16), (5000, 1))
    assert SoftmaxNLL().forward(scores, t) == pytest.approx(16, rel=1e-3)


def dataset(x, x_validation):
    return Dataset(
        "some", 2, x, np.zeros(len(x), dtype=int), x_validation, np.zeros(len(x_validation), dtype=int)
    )


@some
@given(data=st.data(), n=sizes, d=sizes, dtype=dtypes, factor=st.floats(1e-4, 4))
def test_datasets(data, n, d, dtype, factor):
    x, v = moderate(data.draw, n, d, dtype), moderate(data.draw, 2, d, dtype)
    before = x.copy(), v.copy()
    data, eps = dataset(x, v), float(np.finfo(dtype).eps)
    scaled, centred = data.scaled(factor), data.centred()
    for got, raw in ((scaled.x_train, x), (scaled.x_validation, v)):
        assert got.dtype == dtype
        assert_right(got, exact(raw) * exact(dtype(factor)))
    mean = exact(x).mean(axis=0)
    for got, raw in ((centred.x_train, x), (centred.x_validation, v)):
        assert got.dtype == dtype
        assert_right(
            got, exact(raw) - mean, atol=(8 * eps + 1e-14) * (np.abs(exact(raw)) + np.abs(exact(x)).max())
        )
    for array, as_it_was in zip((x, v), before, strict=True):
        np.testing.assert_array_equal(array, as_it_was)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_factor_that_is_too_large_is_refused(dtype):
    for largest, factor in (
        (1.0, 1e300 if dtype != np.float64 else 1.7e308),
        (float(np.finfo(dtype).max), 2.0),
    ):
        data = dataset(
            np.full((2, 3), 1.5 * largest if largest == 1 else largest, dtype), np.ones((1, 3), dtype)
        )
        with pytest.raises(ValueError, match=r"(factor|x_train): expected"):
            data.scaled(factor)


@some
@given(
    data=st.data(),
    dtype=dtypes,
    rate=st.floats(1e-3, 10),
    momentum=st.floats(0, 0.99),
    l2=st.floats(0, 1),
)
def test_sgdm_is_its_formula(data, dtype, rate, momentum, l2):
    network, optimiser = (
        Network(Linear(3, 2, np.random.default_rng(0))).astype(dtype),
        SGDM(TrainingOptions(rate, momentum, l2)),
    )
    (layer,), eps = network.layers, float(np.finfo(dtype).eps)
    velocity = {name: np.zeros(value.shape, np.longdouble) for name, value in layer.params.items()}
    expected = {name: exact(value) for name, value in layer.params.items()}
    for _ in range(3):
        for name, parameter in layer.params.items():
            change = data.draw(floats(st.just(parameter.size), st.just(1), st.just(dtype), -100, 100))
            layer.grads[name] = change.reshape(parameter.shape).copy()
            velocity[name] = momentum * velocity[name] - rate * exact(layer.grads[name])
            velocity[name] -= rate * l2 * expected[name] * (name == "W")
            expected[name] = expected[name] + velocity[name]
        optimiser.step(network)
    for name, parameter in layer.params.items():
        assert parameter.dtype == dtype
        assert_right(
            parameter, expected[name], eps=64, atol=1000 * 64 * eps * (1 + rate) * (1 + rate * l2) ** 3
        )


@some
@given(data=st.data(), n=sizes, dtype=dtypes, rows=st.sampled_from([1, 7, 1000, 1001]))
def test_evaluate_is_the_loss_and_accuracy_of_all(data, n, dtype, rows):
    rng = np.random.default_rng(n)
    network, x = Network(Linear(3, 4, rng)).astype(dtype), rng.normal(size=(rows, 3)).astype(dtype)
    x, t = data.draw(st.sampled_from(list(layouts(x).values()))), rng.integers(4, size=rows)
    accuracy, loss = evaluate(network, SoftmaxNLL(), x, t)
    scores = network.forward(x)
    assert accuracy == pytest.approx(100 * (scores.argmax(axis=1) == t).mean())
    probabilities = softmax(scores)[np.arange(rows), t]
    assert loss == pytest.approx(float(-np.log(probabilities).mean()), rel=100 * float(np.finfo(dtype).eps))


@settings(max_examples=5)  # each takes a while: two forward passes for every entry
@given(n=sizes, d=sizes, dtype=dtypes, seed=st.integers(0, 100))
def test_gradient_checks_take_every_guise(n, d, dtype, seed):
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(n, d)).astype(dtype), rng.integers(d, size=n)
    for guise in layouts(x).values():
        for part in (Linear(d, 2, rng), Sigmoid(), ReLU(), Softmax()):
            assert called(lambda array, part=part: check_layer(part, array), guise)
        assert called(lambda array: check_loss(SoftmaxNLL(), array, t), guise)


@some
@given(
    error=st.floats(0, 100),
    other=st.floats(0, 100),
    images=st.integers(1, 10**6),
)
def test_lower(error, other, images):
    share = (error + other) / 200
    chance = 200 * np.sqrt(2 * share * (1 - share) / images)
    assume(abs(abs(error - other) - chance) > 1e-9)
    assert report.lower(error, other, images) == (None if abs(error - other) <= chance else error < other)


def test_a_factor_that_is_0_in_the_dtype_is_named():
    data = dataset(np.full((2, 3), 6e4, np.float16), np.ones((1, 3), np.float16))
    with pytest.raises(ValueError, match=r"factor: expected .* got (np.float16\()?0"):
        data.scaled(1e-8)


@pytest.mark.parametrize("unit", [1e-14, 1.0, 255.0, 1e4, 1e150])
def test_the_bound_of_stability_whatever_the_unit_of_its_inputs(unit):
    X = unit * np.abs(np.random.default_rng(0).normal(50, 5, size=(8, 3)))
    expected = 8 / np.linalg.eigvalsh((X / unit).T @ (X / unit))[-1] / unit / unit
    assert reference.stability_bound(X) == pytest.approx(expected, rel=1e-4)
    assert reference.stability_bound(0 * X) == np.inf


@some
@given(values=st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=12))
def test_paired_difference_is_the_paired_t_test(values):
    a, b = np.array(values).T
    assume((a - b).std() > 1e-6)
    rows = [("one", seed, value) for seed, value in enumerate(a)] + [
        ("two", seed, value) for seed, value in enumerate(b)
    ]
    table = pd.DataFrame(rows, columns=["configuration", "seed", "validation_error_pct"])
    got = experiments.paired_difference(table, "one", "two")
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert (got.low, got.high) == pytest.approx((expected.low, expected.high), rel=1e-6, abs=1e-6)


@some
@given(n=sizes, d=sizes, m=sizes, dtype=dtypes, seed=st.integers(0, 100))
def test_the_solutions_of_the_exercises(n, d, m, dtype, seed):
    rng = np.random.default_rng(seed)
    W, x, dz = (rng.normal(size=shape).astype(dtype) for shape in ((d, m), (d, n), (m, n)))
    W, x, dz = (list(layouts(array).values())[(seed + i) % 6] for i, array in enumerate((W, x, dz)))
    dW, db, dx = called(reference.linear_backward, W, x, dz)
    W, x, dz = W.astype(float), x.astype(float), dz.astype(float)
    for got, expected in ((dW, x @ dz.T), (db, dz.sum(axis=1, keepdims=True)), (dx, W @ dz)):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
    y = called(reference.softmax, dz)
    np.testing.assert_allclose(y, np.exp(dz) / np.exp(dz).sum(axis=0), rtol=1e-12)
    p = 1 / (1 + np.exp(-x))
    np.testing.assert_allclose(called(reference.sigmoid_backward, p, x), x * p * (1 - p), rtol=1e-12)
    dy = rng.normal(size=y.shape)
    expected = y * (dy - (dy * y).sum(axis=0))
    np.testing.assert_allclose(called(reference.softmax_backward, y, dy), expected, rtol=1e-9, atol=1e-12)
    t = rng.integers(m, size=n)
    np.testing.assert_allclose(
        called(reference.scores_gradient, y, t), y - np.eye(m)[:, t], rtol=1e-9, atol=1e-12
    )
    train, validation = called(reference.centre, x, x[:, :1])
    np.testing.assert_allclose(train, x - x.mean(axis=1, keepdims=True), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(validation, x[:, :1] - x.mean(axis=1, keepdims=True), rtol=1e-9, atol=1e-12)
