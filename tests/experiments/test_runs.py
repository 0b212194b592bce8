import dataclasses

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import labutils
from labutils._internal.threads import BLAS
from labutils.data import load_mnist
from labutils.experiments import runs
from labutils.experiments.runs import _dead_units_pct, run_with_history
from labutils.layers import Linear, ReLU, Sigmoid
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.training import TrainingOptions, TrainingRecord, train

from .conftest import KINDS, TINY, run_one, tiny


def test_its_row_is_what_training_by_hand_gives():
    data, rng = load_mnist(3).centred(), np.random.default_rng(3)
    network, loss = Network(Linear(784, 20, rng), ReLU(), Linear(20, 10, rng)), SoftmaxNLL()
    options = TrainingOptions(1e-3, batch_size=100, epochs=2, validation_every=7, seed=3)
    record = train(network, loss, data, options)
    row = run_one(tiny("by hand", hidden_units=20, batch_size=100, epochs=2, validation_every=7), np.int64(3))

    scores = network.forward(data.x_train)
    hidden = network.layers[1].forward(network.layers[0].forward(data.x_validation))
    assert row["training_error_pct"] == pytest.approx(100 * (scores.argmax(axis=1) != data.y_train).mean())
    assert row["training_loss"] == pytest.approx(loss.forward(scores, data.y_train), rel=1e-5)
    assert row["dead_units_pct"] == 100 * np.mean(hidden.max(axis=0) == 0)
    hidden = network.layers[1].forward(network.layers[0].forward(data.x_train))
    assert row["dead_in_training_pct"] == 100 * np.mean(hidden.max(axis=0) == 0)
    assert row["validation_error_pct"] == record.validation_error_pct
    assert row["best_validation_error_pct"] == 100 - record.column("validation_accuracy_pct").max()
    assert row["validation_loss"] == record.history[-1].validation_loss
    assert (row["status"], row["iterations"]) == ("finished", 80)
    assert (row["diverged_at"], row["error"]) == (None, "")
    assert (row["configuration"], row["seed"], row["hidden_units"]) == ("by hand", 3, 20)
    assert (row["labutils"], row["numpy"]) == (labutils.__version__, np.__version__)
    assert list(row) == list(runs.COLUMNS)
    assert 0 < row["seconds"] < 60


def test_its_history_is_the_record():
    record_every_second = tiny("tiny", validation_every=2)
    row, history = run_with_history(record_every_second, 1)
    assert [line["iteration"] for line in history] == [2, 4, 6, 8]
    assert all(list(line) == list(runs.HISTORY_COLUMNS) for line in history)
    assert {(line["configuration"], line["seed"]) for line in history} == {("tiny", 1)}
    assert 100 - history[-1]["validation_accuracy_pct"] == row["validation_error_pct"]


@pytest.mark.parametrize("configuration", KINDS[:4], ids=lambda configuration: configuration.name)
def test_the_same_seed_gives_the_same_row(configuration):
    rows = [run_one(configuration, 0) | {"seconds": 0} for _ in range(2)]
    assert repr(rows[0]) == repr(rows[1])


def test_every_option_counts():
    """Each option changed alone changes the run: none is left on the way to it."""
    changes = {
        "learning_rate": 2e-3,
        "hidden_units": 6,
        "data": "digits",
        "centred": False,
        "scale": 0.5,
        "left_out": 0.5,
        "activation": "sigmoid",
        "init": "normal",
        "negative_slope": 0.1,
        "switched_off": 2,
        "momentum": 0.5,
        "l2": 0.1,
        "batch_size": 300,
        "epochs": 2,
        "shuffle": "never",
        "validation_every": 3,
        "drop_incomplete": False,
        "stop_on_divergence": False,
    }
    assert set(changes) == set(runs._OPTIONS)

    def results(configuration):
        row, history = run_with_history(configuration, 0)
        row = {name: row[name] for name in row if name not in {"seconds", *runs._OPTIONS}}
        return repr(row), repr(history)

    for option, value in changes.items():
        base = TINY
        if option == "drop_incomplete":
            base = tiny("tiny", batch_size=300)
        if option == "stop_on_divergence":
            base = tiny("tiny", learning_rate=1e30)
        assert results(base) != results(dataclasses.replace(base, **{option: value})), option


def test_an_incomplete_run_has_no_row(monkeypatch):
    stopped = TrainingRecord(TrainingOptions(0.1), status="stopped", diverged_at=2)
    monkeypatch.setattr(runs, "train", lambda *arguments: stopped)
    with pytest.raises(KeyboardInterrupt):
        run_one(TINY, 0)


def test_dead_units_are_counted(rng):
    network = Network(Linear(3, 4, rng), ReLU(), Linear(4, 2, rng))
    network.layers[0].params["b"][:3] = [-1e3, 1e3, -1e3]
    network.layers[0].params["W"][:, 3] = [1, 0, 0]
    x = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert _dead_units_pct(network, x) == 75
    x[1, 0] = 1e-3  # enough for the fourth unit
    assert _dead_units_pct(network, x) == 50


def test_no_gradient_reaches_a_unit_that_is_dead_on_the_training_images():
    configuration = tiny("tiny", hidden_units=30, batch_size=100, centred=False, learning_rate=3e-3)
    data, network, loss = configuration.dataset(0), configuration.network(784, 10, 0), SoftmaxNLL()
    train(network, loss, data, configuration.training_options(0))
    loss.forward(network.forward(data.x_train), data.y_train)
    network.backward(loss.backward())
    untouched = (network.layers[0].grads["W"] == 0).all(axis=0)
    assert 0 < untouched.sum() < 30
    assert _dead_units_pct(network, data.x_train) == 100 * untouched.mean()


def test_a_leaky_unit_is_never_dead():
    assert (
        run_one(tiny("leaky", centred=False, learning_rate=3e-3, negative_slope=0.1), 0)[
            "dead_in_training_pct"
        ]
        == 0
    )


def test_units_that_are_switched_off_learn_nothing_and_are_not_dead():
    configuration = tiny("few", hidden_units=6, switched_off=4)
    network = configuration.network(784, 10, 0)
    first = network.layers[0].params["W"].copy(), network.layers[-1].params["W"].copy()
    network.layers[0].params["b"][:] = [-1e6, 1, -1e6, 1, 1, 1]
    data = configuration.dataset(0)
    options = dataclasses.replace(configuration.training_options(0), l2=0)
    train(network, SoftmaxNLL(), data, options)
    assert (network.layers[0].params["W"][:, 2:] == first[0][:, 2:].astype(np.float32)).all()
    assert (network.layers[-1].params["W"][2:] == first[1][2:].astype(np.float32)).all()
    assert (network.layers[-1].params["W"][1] != first[1][1].astype(np.float32)).any()
    assert _dead_units_pct(network, data.x_train) == pytest.approx(100 / 6)


def test_without_its_hidden_units_a_network_can_only_guess():
    network = tiny("none", hidden_units=6, switched_off=6).network(784, 10, 0)
    assert (network.forward(np.ones((2, 784))) == 0).all()


def test_where_dead_units_make_no_sense(rng):
    first, second = Linear(3, 4, rng), Linear(4, 2, rng)
    assert np.isnan(_dead_units_pct(Network(first, Sigmoid(), second), np.ones((2, 3))))
    first.params["W"][0, 0] = np.nan
    assert np.isnan(_dead_units_pct(Network(first, ReLU(), second), np.ones((2, 3))))


@pytest.mark.skipif(not BLAS.lib_controllers, reason="threadpoolctl does not know this BLAS")
def test_everything_is_computed_on_one_blas_thread(monkeypatch):
    counts = []

    def spy(*arguments):
        counts.extend(pool["num_threads"] for pool in BLAS.info())
        return 50.0, 1.0

    monkeypatch.setattr(runs, "evaluate", spy)
    with threadpool_limits(2, user_api="blas"):
        run_one(TINY, 0)
    assert set(counts) == {1}
