"""data/sharpness_of_runs.py, with dense Hessians, PyTorch and SciPy as oracles, and the bound that goes with it."""

import dataclasses
import functools

import numpy as np
import pytest
import scipy.sparse.linalg
from hypothesis import given
from hypothesis import strategies as st

from labutils.experiments import load_sharpness
from labutils.experiments.study import SHARPNESS_COLUMNS
from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.training import TrainingOptions, evaluate, train

from ..conftest import data_script
from .conftest import TINY, tiny

D, M, K = 4, 5, 3
FIRST = D * M + M  # parameters of the first layer


@functools.cache
def script():
    return data_script("sharpness_of_runs")


def sharpness(*given, **named):
    return script().sharpness(*given, **named)


def sharpness_along(*given, **named):
    return script().sharpness_along(*given, **named)


def example(seed=0, slope=0.0, size=1.0, count=12):
    """A small network in float64, with inputs and labels: where ReLU bends, none of the inputs are."""
    rng = np.random.default_rng(seed)
    network = Network(Linear(D, M, rng), ReLU(slope), Linear(M, K, rng))
    for layer in network.layers:
        for name in layer.params:
            layer.params[name] = size * rng.normal(size=layer.params[name].shape)
    return network, rng.normal(size=(count, D)), rng.integers(K, size=count)


def flat(network, what="params"):
    return np.concatenate([a.ravel() for layer in network.layers for a in getattr(layer, what).values()])


def gradient_at(network, x, labels, parameters):
    """The gradient of the mean loss at these parameters, by the backward pass."""
    position = 0
    for layer in network.layers:
        for name, array in layer.params.items():
            layer.params[name] = parameters[position : position + array.size].reshape(array.shape)
            position += array.size
    loss = SoftmaxNLL()
    loss.forward(network.forward(x), labels)
    network.backward(loss.backward())
    return flat(network, "grads").copy()


def dense_hessian(network, x, labels, step=1e-6):
    """By central differences of the gradient."""
    start = flat(network).copy()
    rows = [
        (
            gradient_at(network, x, labels, start + step * unit)
            - gradient_at(network, x, labels, start - step * unit)
        )
        / (2 * step)
        for unit in np.eye(len(start))
    ]
    gradient_at(network, x, labels, start)  # the parameters are what they were
    return np.array(rows)


@pytest.mark.parametrize("slope", [0.0, 0.1])
@pytest.mark.parametrize("seed", range(5))
class TestSharpness:
    def test_is_the_largest_eigenvalue_of_the_dense_hessian(self, seed, slope):
        network, x, labels = example(seed, slope)
        hessian = dense_hessian(network, x, labels)
        found = sharpness(network, x, labels, np.random.default_rng(1), 2000)
        assert found == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-6)

    def test_of_the_first_layer_is_that_of_its_block(self, seed, slope):
        network, x, labels = example(seed, slope)
        block = dense_hessian(network, x, labels)[:FIRST, :FIRST]
        found = sharpness(network, x, labels, np.random.default_rng(1), 2000, first_layer=True)
        assert found == pytest.approx(np.linalg.eigvalsh(block)[-1], rel=1e-6)

    def test_the_product_is_that_of_pytorch(self, torch, seed, slope):
        network, x, labels = example(seed, slope)
        shapes = [a.shape for layer in network.layers for a in layer.params.values()]

        def loss(parameters):
            parts = torch.split(parameters, [int(np.prod(shape)) for shape in shapes])
            W1, b1, W2, b2 = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
            hidden = torch.nn.functional.leaky_relu(torch.tensor(x) @ W1 + b1, slope)
            return torch.nn.functional.cross_entropy(hidden @ W2 + b2, torch.tensor(labels))

        vector = np.random.default_rng(seed).normal(size=network.parameter_count)
        at = torch.tensor(flat(network))
        _, expected = torch.autograd.functional.hvp(loss, at, torch.tensor(vector))
        got = script().hessian(network, x, labels, network.parameter_count)(vector)
        np.testing.assert_allclose(got, expected.numpy(), rtol=1e-10, atol=1e-12)
        largest = np.linalg.eigvalsh(torch.autograd.functional.hessian(loss, at).numpy())[-1]
        assert sharpness(network, x, labels, np.random.default_rng(1), 2000) == pytest.approx(largest)

    def test_in_single_precision_is_about_the_same(self, seed, slope):
        network, x, labels = example(seed, slope)
        exact = sharpness(network, x, labels, np.random.default_rng(1), 300)
        single = sharpness(network, x.astype(np.float32), labels, np.random.default_rng(1), 300)
        assert single == pytest.approx(exact, rel=1e-4)


@given(seed=st.integers(0, 10**6), slope=st.sampled_from([0.0, 0.1]))
def test_the_product_is_linear_and_symmetric(seed, slope):
    network, x, labels = example(seed, slope)
    product = script().hessian(network, x, labels, network.parameter_count)
    rng = np.random.default_rng(seed)
    u, v = rng.normal(size=(2, network.parameter_count))
    assert u @ product(v) == pytest.approx(v @ product(u), abs=1e-9)
    np.testing.assert_allclose(product(u + 2 * v), product(u) + 2 * product(v), atol=1e-9)


def stretched(eigenvalues):
    """The product with a symmetric matrix of these eigenvalues."""
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(len(eigenvalues),) * 2))[0]
    return lambda vector: basis @ (eigenvalues * (basis.T @ vector))


@pytest.mark.parametrize("lowest", [-0.5, -0.99, -1.0, -1.01, -2.0, -50.0])
def test_a_negative_eigenvalue_of_larger_magnitude_is_not_what_is_returned(lowest):
    eigenvalues, start = np.append(np.linspace(0, 0.5, 40), [1.0, lowest]), np.ones(42)
    found = script().largest_eigenvalue(stretched(eigenvalues), start, 500)
    assert found == pytest.approx(1.0)
    values = [script().largest_eigenvalue(stretched(eigenvalues), start, n) for n in range(1, 20)]
    assert np.diff(values).min() > -1e-12


def test_of_negative_eigenvalues_the_largest_is_returned():
    eigenvalues = np.linspace(-5, -1, 9)
    assert script().largest_eigenvalue(stretched(eigenvalues), np.ones(9), 500) == pytest.approx(-1)


def test_the_value_is_a_lower_limit():
    network, x, labels = example()
    largest = np.linalg.eigvalsh(dense_hessian(network, x, labels))[-1]
    for iterations in (1, 2, 5, 10):
        assert sharpness(network, x, labels, np.random.default_rng(1), iterations) <= largest + 1e-6


def test_of_a_loss_that_is_flat_it_is_zero():
    """If no hidden unit has an outgoing weight, the loss is flat in the first layer."""
    network, x, labels = example()
    network.layers[2].params["W"][...] = 0
    assert sharpness(network, x, labels, np.random.default_rng(0), first_layer=True) == 0


def test_a_loss_that_is_not_finite_gives_nan_without_a_warning():
    network, x, labels = example()
    network.layers[0].params["W"][0, 0] = np.nan
    found = sharpness(network, x, labels, np.random.default_rng(0))
    assert np.isnan(found)


def test_the_network_and_its_gradients_stay_as_they_are():
    network, x, labels = example()
    gradient_at(network, x, labels, flat(network).copy())
    before = flat(network).copy(), flat(network, "grads").copy()
    sharpness(network, x, labels, np.random.default_rng(0))
    np.testing.assert_array_equal(flat(network), before[0])
    np.testing.assert_array_equal(flat(network, "grads"), before[1])


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("rate", [1e-3, 0.5])
def test_descent_on_a_parabola_grows_only_above_the_largest_stable_curvature(rate, momentum):
    """With the library's own update rule, on curvature w^2 / 2."""

    def distance(bend):
        line = Linear(1, 1, np.random.default_rng(0))
        line.params["W"][...] = 1
        optimiser = SGDM(TrainingOptions(rate, momentum, 0.0))
        for _ in range(2000):
            line.grads["W"][...] = bend * line.params["W"]
            optimiser.step(Network(line))
            optimiser.velocities[0, "b"][...] = 0
        return abs(line.params["W"].item())

    limit = 2 * (1 + momentum) / rate
    assert distance(0.98 * limit) < 1e-2
    assert distance(1.02 * limit) > 1e2


class TestAlong:
    def test_a_row_for_each_iteration_asked_for(self):
        rows = sharpness_along(TINY, 3, [8, 0, 2], iterations=2)
        assert [list(row) for row in rows] == 3 * [list(SHARPNESS_COLUMNS)]
        assert [(row["configuration"], row["seed"], row["iteration"]) for row in rows] == [
            ("tiny", 3, iteration) for iteration in (0, 2, 8)
        ]

    def test_the_first_row_is_that_of_the_untrained_network(self):
        row = sharpness_along(TINY, 3, [0], iterations=60)[0]
        data, network = TINY.dataset(3), TINY.network(784, 10, 3).astype(np.float32)
        x, labels = data.x_train, data.y_train
        assert row["loss"] == evaluate(network, SoftmaxNLL(), x, labels)[1]
        for column, part in (("sharpness", False), ("first_layer_sharpness", True)):
            found = sharpness(network, x, labels, np.random.default_rng(9), 60, first_layer=part)
            assert row[column] == pytest.approx(found, rel=1e-3)

    def test_a_later_row_is_that_of_the_network_after_this_iteration(self):
        row = sharpness_along(TINY, 0, [3], iterations=60)[0]
        data, network = TINY.dataset(0), TINY.network(784, 10, 0)
        train(network, SoftmaxNLL(), data, TINY.training_options(0), [lambda step: step.iteration == 3])
        found = sharpness(network, data.x_train, data.y_train, np.random.default_rng(9), 60)
        assert row["sharpness"] == pytest.approx(found, rel=1e-3)
        assert row["loss"] == evaluate(network, SoftmaxNLL(), data.x_train, data.y_train)[1]

    def test_measuring_does_not_change_the_run(self):
        often, once = (sharpness_along(TINY, 0, at, iterations=2)[-1] for at in (range(9), [8]))
        assert often["loss"] == once["loss"]

    def test_rows_end_where_the_run_ends(self):
        short = tiny("short", batch_size=4000)
        assert [row["iteration"] for row in sharpness_along(short, 0, [0, 1, 2], iterations=2)] == [0, 1]

    @pytest.mark.parametrize("goes_on", [False, True])
    def test_rows_end_where_the_numbers_are_no_longer_finite(self, goes_on):
        run = tiny("diverges", learning_rate=1e30, stop_on_divergence=not goes_on)
        rows = sharpness_along(run, 0, range(9), iterations=5)
        assert [row["iteration"] for row in rows] == [0]

    def test_the_same_call_gives_the_same_rows(self):
        first, second = (sharpness_along(TINY, 0, [0, 4], iterations=5) for _ in range(2))
        assert first == second

    def test_an_interrupt_is_not_the_end_of_a_run(self, monkeypatch):
        def interrupted(*given):
            raise KeyboardInterrupt

        monkeypatch.setattr(script(), "evaluate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sharpness_along(TINY, 0, [2], iterations=2)


class TestStored:
    def test_it_has_its_columns_and_types(self):
        table = load_sharpness()
        assert list(table.columns) == list(SHARPNESS_COLUMNS)
        assert table.dtypes["iteration"] == table.dtypes["seed"] == np.int64
        assert set(table.dtypes.iloc[3:]) == {np.dtype(float)}

    def test_the_first_layer_is_a_part_whose_sharpness_is_not_negative(self):
        """It is 0 if no gradient reaches the first layer. 2 % is for the last power iterations."""
        table = load_sharpness()
        assert np.isfinite(table[["sharpness", "first_layer_sharpness", "loss"]]).all(axis=None)
        assert (table["first_layer_sharpness"] >= 0).all()
        assert (table["first_layer_sharpness"] <= 1.02 * table["sharpness"]).all()

    def test_each_run_begins_before_its_first_step(self):
        table = load_sharpness()
        assert (table.groupby(["configuration", "seed"])["iteration"].min() == 0).all()
        assert (table.loc[table["iteration"] == 0, "loss"] > 0).all()

    def test_each_point_is_there_once(self):
        table = load_sharpness()
        assert not table.duplicated(["configuration", "seed", "iteration"]).any()


@pytest.mark.slow
def test_the_iterations_are_enough_on_the_digits():
    """Against SciPy's Lanczos method, with the network and the images of Part C."""
    run = dataclasses.replace(TINY, data="digits", hidden_units=500, centred=False)
    data = run.dataset(0)
    x, labels = data.x_train[:500], data.y_train[:500]
    network = run.network(784, 10, 0).astype(np.float32)
    product = script().hessian(network, x, labels, network.parameter_count)
    size = network.parameter_count
    operator = scipy.sparse.linalg.LinearOperator(
        (size, size), matvec=lambda v: product(v.astype(np.float32).ravel()), dtype=np.float32
    )
    exact = scipy.sparse.linalg.eigsh(operator, k=1, which="LA", tol=1e-4, return_eigenvectors=False)[0]
    found = sharpness(network, x, labels, np.random.default_rng(0))
    assert isinstance(found, float)
    assert found == pytest.approx(exact, rel=0.01)
