import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labutils.exercises.gradients import check_layer
from labutils.layers import Linear, ReLU, Sigmoid, Softmax

sizes = st.integers(1, 6)


def leaky():
    return ReLU(0.1)


ELEMENTWISE = [Sigmoid, ReLU, leaky, Softmax]
EVERY = [lambda: Linear(3, 2, np.random.default_rng(0)), *ELEMENTWISE]  # made anew by each test


@given(n=sizes, d=sizes, m=sizes, seed=st.integers(0, 1000))
def test_linear_is_the_formula_and_its_gradients_agree(n, d, m, seed):
    rng = np.random.default_rng(seed)
    layer, x = Linear(d, m, rng), rng.normal(size=(n, d))
    layer.params["b"] = rng.normal(size=m)
    expected = [[sum(x[i, k] * layer.params["W"][k, j] for k in range(d)) + layer.params["b"][j] for j in range(m)]
                for i in range(n)]  # fmt: skip
    np.testing.assert_allclose(layer.forward(x), expected, atol=1e-12)
    result = check_layer(layer, x)
    assert result, result


@pytest.mark.parametrize("kind", ELEMENTWISE)
@given(n=sizes, m=sizes, seed=st.integers(0, 1000))
def test_gradients_of_the_other_layers_agree(kind, n, m, seed):
    result = check_layer(kind(), np.random.default_rng(seed).normal(size=(n, m)))
    assert result, result


def test_values_by_hand():
    np.testing.assert_allclose(Sigmoid().forward(np.array([[0.0, np.log(3)]])), [[0.5, 0.75]], rtol=1e-15)
    assert ReLU().forward(np.array([[-1.0, 0.0, 2.0]])).tolist() == [[0, 0, 2]]
    assert ReLU(0.25).forward(np.array([[-1.0, 0.0, 2.0]])).tolist() == [[-0.25, 0, 2]]
    np.testing.assert_allclose(Softmax().forward(np.log([[1.0, 2.0, 5.0]])), [[1 / 8, 2 / 8, 5 / 8]])


def test_relu_hands_no_gradient_down_at_or_below_zero():
    layer = ReLU()
    layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    assert layer.backward(np.ones((1, 3))).tolist() == [[0, 0, 1]]


def test_a_leaky_relu_hands_a_part_of_the_gradient_down_at_or_below_zero():
    layer = ReLU(0.25)
    layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    assert layer.backward(np.array([[4.0, 4.0, 4.0]])).tolist() == [[1, 1, 4]]


def special(dtype):
    """Zeros and infinities of both signs, NaN, the smallest and the largest numbers, in rows of many lengths."""
    info = np.finfo(dtype)
    sizes = [0, 1, 0.3, info.smallest_subnormal, info.tiny, info.max, np.inf]
    values = np.array([sign * size for size in sizes for sign in (1, -1)] + [np.nan], dtype)
    for columns in (1, 3, 16, 33, 100):
        yield np.random.default_rng(columns).choice(values, size=(50, columns))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_relu_without_a_slope_is_the_plain_formula_bit_for_bit(dtype):
    for x in special(dtype):
        layer, dy = ReLU(), x[::-1].copy()
        assert layer.forward(x).tobytes() == np.maximum(x, 0).tobytes()
        with np.errstate(invalid="ignore"):  # infinity times 0
            assert layer.backward(dy).tobytes() == (dy * (x > 0)).tobytes()


@pytest.mark.parametrize("slope", [0.01, 0.1, np.float64(0.5), 0.99])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_leaky_relu_is_the_formula_with_two_cases_bit_for_bit(dtype, slope):
    for x in special(dtype):
        layer, dy = ReLU(slope), x[::-1].copy()
        y, dx = layer.forward(x), layer.backward(dy)
        assert y.dtype == dx.dtype == dtype
        assert y.tobytes() == np.where(x > 0, x, dtype(slope) * x).tobytes()
        assert dx.tobytes() == np.where(x > 0, dy, dtype(slope) * dy).tobytes()


def test_a_relu_shows_its_slope():
    assert [str(ReLU()), str(ReLU(0)), str(ReLU(np.float32(0.25)))] == [
        "ReLU()", "ReLU()", "ReLU(negative_slope=0.25)",
    ]  # fmt: skip


@pytest.mark.parametrize("slope", [-0.1, 1, 1.5, float("nan"), float("inf"), True, None, "0.1", [0.1]])
def test_a_slope_is_a_number_of_0_to_below_1(slope):
    with pytest.raises((TypeError, ValueError), match=r"^negative_slope: expected a .*number"):
        ReLU(slope)


@pytest.mark.parametrize("make", EVERY)
def test_a_later_batch_leaves_what_was_returned_as_it_was(make, rng):
    layer = make()
    y = layer.forward(rng.normal(size=(4, 3)))
    dx = layer.backward(rng.normal(size=y.shape))
    before = y.copy(), dx.copy()
    layer.backward(rng.normal(size=layer.forward(rng.normal(size=(4, 3))).shape))
    np.testing.assert_array_equal(y, before[0])
    np.testing.assert_array_equal(dx, before[1])


@pytest.mark.parametrize("score", [-1e4, -1000.0, 1000.0, 1e4])
def test_large_scores_neither_overflow_nor_warn(score):
    x = np.array([[score, 0.0]])
    for kind in ELEMENTWISE:
        assert np.isfinite(kind().forward(x)).all()
        assert np.isfinite(kind().forward(x.astype(np.float32))).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_scores_further_apart_than_the_largest_number_do_not_warn(dtype):
    largest = np.finfo(dtype).max
    assert Softmax().forward(np.array([[largest, -largest]], dtype)).tolist() == [[1, 0]]


def test_a_product_warns_of_overflow_alone():
    """OpenBLAS 0.3.31 for AVX-512 says "invalid value" of right products: of single precision, five columns, a row.

    It reads memory it never wrote, which is seldom what sets the flag, so what is tried here is that nobody hears
    of that flag. Finite numbers make no NaN without an overflow, of which one hears wherever NumPy's product tells.
    """
    layer = Linear(2, 2, np.random.default_rng(0))
    W = layer.params["W"] = np.ones((2, 2))
    infinite, largest = np.array([[np.inf, -np.inf]]), np.full((1, 2), np.finfo(np.float64).max)

    def overflows(product, *arrays):
        with np.errstate(over="raise"):
            try:
                product(*arrays)
            except FloatingPointError:
                return True
        return False

    with np.errstate(all="raise"):
        assert np.isnan(layer.forward(infinite)).all()
        assert np.isnan(layer.backward(infinite)).all()
        layer.forward(infinite.T @ np.ones((1, 2)))
        layer.backward(np.ones((2, 2)))
        assert np.isnan(layer.grads["W"]).all()
    layer.forward(np.ones((1, 2)))
    told = overflows(np.matmul, largest, W)  # not by Apple's BLAS on its newest processors
    assert told == overflows(layer.backward, largest) == overflows(layer.forward, largest)


def test_each_row_of_a_softmax_is_on_its_own():
    """The largest score of another row would leave nothing of the second: 0 / 0."""
    y = Softmax().forward(np.array([[1000.0, 1000.0], [-1000.0, -1000.0 + np.log(3)]]))
    np.testing.assert_allclose(y, [[0.5, 0.5], [0.25, 0.75]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", EVERY)
def test_dtype_follows_the_input_and_arguments_stay_as_they_were(make, dtype, rng):
    layer, x = make(), rng.normal(size=(4, 3)).astype(dtype)
    x_before = x.copy()
    y = layer.forward(x)
    dy = np.ones_like(y)
    dx = layer.backward(dy)
    assert y.dtype == dx.dtype == dtype
    assert (x == x_before).all()
    assert (dy == 1).all()


@pytest.mark.parametrize("init", ["glorot", "normal"])
def test_the_first_units_are_the_same_draws_for_every_size(init):
    def weights(inputs, outputs):
        W = Linear(inputs, outputs, np.random.default_rng(7), init).params["W"]
        return W / np.sqrt(6 / (inputs + outputs)) if init == "glorot" else W

    np.testing.assert_allclose(weights(5, 4)[:, :3], weights(5, 3), rtol=1e-15)
    np.testing.assert_allclose(weights(9, 3)[:5], weights(5, 3), rtol=1e-15)


def test_the_second_layer_does_not_depend_on_the_size_of_the_first():
    def second(hidden):
        rng = np.random.default_rng(3)
        Linear(6, hidden, rng)
        return Linear(hidden, 10, rng, "normal").params["W"]

    np.testing.assert_array_equal(second(8)[:5], second(5))


def test_every_unit_draws_from_a_generator_of_its_own():
    """The seeds behind the notebooks' numbers: one for each layer, and from it one for each unit."""
    rng = np.random.default_rng(5)
    glorot, normal = Linear(3, 2, rng), Linear(2, 4, rng, "normal")
    first, second = np.random.SeedSequence(5).spawn(2)
    for j, seed in enumerate(first.spawn(2)):
        expected = np.sqrt(6 / 5) * np.random.default_rng(seed).uniform(-1, 1, 3)
        np.testing.assert_allclose(glorot.params["W"][:, j], expected, rtol=1e-15)
    for j, seed in enumerate(second.spawn(4)):
        np.testing.assert_array_equal(
            normal.params["W"][:, j], np.random.default_rng(seed).normal(0, 0.01, 2)
        )


def test_first_weights_have_the_stated_distribution():
    glorot = Linear(300, 200, np.random.default_rng(0)).params["W"]
    limit = np.sqrt(6 / 500)
    assert np.abs(glorot).max() < limit
    assert glorot.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    normal = Linear(300, 200, np.random.default_rng(0), "normal").params["W"]
    assert normal.std() == pytest.approx(0.01, rel=0.01)
    assert normal.mean() == pytest.approx(0, abs=2e-4)
    layer = Linear(300, 200, np.random.default_rng(0), "zeros")
    assert not layer.params["W"].any()
    assert not layer.params["b"].any()


def test_the_gradients_of_the_parameters_alone_are_those_of_backward(rng):
    layer, x, dy = Linear(3, 2, rng), rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    layer.forward(x)
    layer.backward(dy)
    grads = {name: grad.copy() for name, grad in layer.grads.items()}
    for grad in layer.grads.values():
        grad[...] = 0
    assert layer.parameter_gradients(dy) is None
    for name, grad in grads.items():
        np.testing.assert_array_equal(layer.grads[name], grad)


def test_a_step_copies_no_weights(rng):
    layer, x = Linear(400, 400, rng, "zeros"), np.ones((1, 400))
    tracemalloc.start()
    try:
        layer.backward(layer.forward(x))
        assert tracemalloc.get_traced_memory()[1] < layer.params["W"].nbytes / 4
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (np.zeros((128, 785)), ValueError, r"Linear\(784, 100\): x: expected .*\(N, 784\), got \(128, 785\)"),
        (np.zeros(784), ValueError, r"\(N, 784\), got \(784,\)"),
        (np.zeros((0, 784)), ValueError, "not empty"),
        (np.zeros((2, 784), dtype=np.uint8), TypeError, "got .*dtype uint8"),
        ([[0.0] * 784], TypeError, "expected a float array"),
    ],
)
def test_wrong_input_is_named(x, error, words):
    with pytest.raises(error, match=words):
        Linear(784, 100, np.random.default_rng(0)).forward(x)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((0, 3), ValueError, "inputs: expected a whole number of at least 1, got 0"),
        ((3, 2.5), TypeError, "outputs: expected a whole number, got 2.5"),
        ((3, True), TypeError, "outputs: expected a whole number, got True"),
        ((3, 2, 17), TypeError, "rng: expected a Generator, got 17"),
        ((3, 2, None, "he"), ValueError, "init: expected one of 'glorot', 'normal', 'zeros', got 'he'"),
    ],
)
def test_wrong_sizes_are_named(arguments, error, words):
    inputs, outputs, *rest = arguments
    generator = rest[0] if rest and rest[0] is not None else np.random.default_rng(0)
    with pytest.raises(error, match=f"^{words}"):
        Linear(inputs, outputs, generator, *rest[1:])


@pytest.mark.parametrize("make", EVERY)
def test_backward_says_that_it_needs_a_forward_and_its_shape(make):
    layer = make()
    name = f"^{re.escape(str(layer))}: "
    with pytest.raises(RuntimeError, match=name + "backward needs a forward before it"):
        layer.backward(np.ones((4, 2)))
    columns = layer.forward(np.ones((4, 3))).shape[1]
    with pytest.raises(ValueError, match=rf"{name}dy: expected .*\(4, {columns}\), got \(4, 1\)"):
        layer.backward(np.ones((4, 1)))


def test_every_layer_names_itself_and_its_input():
    starts = "Linear(3, 2): x", "Sigmoid(): x", "ReLU(): x", "ReLU(negative_slope=0.1): x", "Softmax(): x"
    shapes = "(N, 3)", "(N, D)", "(N, D)", "(N, D)", "(N, K)"
    for make, start, shape in zip(EVERY, starts, shapes, strict=True):
        with pytest.raises(TypeError) as error:
            make().forward(np.ones((4, 3), dtype=np.int64))
        assert str(error.value).startswith(f"{start}: expected a float array of shape {shape}, got ")
        assert str(error.value).endswith("dtype int64")
