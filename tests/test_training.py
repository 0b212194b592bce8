import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from labutils._internal.threads import BLAS
from labutils.data import Dataset, load_points
from labutils.layers import Linear, ReLU, Sigmoid
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL
from labutils.network import Network
from labutils.notebook.live import print_table
from labutils.training import TrainingOptions, TrainingRecord, evaluate, mini_batches, train

OPTIONS = TrainingOptions(0.05, batch_size=32, epochs=4, validation_every=5)


def options(**changes):
    return dataclasses.replace(OPTIONS, **changes)


def test_it_learns_and_the_record_says_how(small_network, blobs):
    network = small_network()
    record = train(network, SoftmaxNLL(), blobs, OPTIONS)
    assert record.status == "finished"
    assert record.iterations == 36
    assert record.diverged_at is None
    assert record.column("iteration").tolist() == [5, 10, 15, 20, 25, 30, 35, 36]
    assert record.column("epoch").tolist() == [1, 2, 2, 3, 3, 4, 4, 4]
    assert record.validation_error_pct < 20
    accuracy, loss = evaluate(network, SoftmaxNLL(), blobs.x_validation, blobs.y_validation)
    assert (accuracy, loss) == (
        record.history[-1].validation_accuracy_pct,
        record.history[-1].validation_loss,
    )


def test_training_figures_precede_the_update_and_validation_follows_it(small_network, blobs):
    once = options(epochs=1, shuffle="never", validation_every=1)
    untrained = small_network()
    batch = blobs.x_train[:32], blobs.y_train[:32]
    accuracy, loss = evaluate(untrained, SoftmaxNLL(), *batch)
    network, after_one = small_network(), []

    def stop_after_one(step):
        after_one.append(evaluate(step.network, SoftmaxNLL(), blobs.x_validation, blobs.y_validation))
        return True

    record = train(network, SoftmaxNLL(), blobs, once, [stop_after_one])
    row = record.history[0]
    assert row.training_loss == pytest.approx(loss, rel=1e-12)
    assert row.training_accuracy_pct == accuracy
    assert (row.validation_accuracy_pct, row.validation_loss) == after_one[0]
    assert record.status == "stopped"
    assert record.iterations == 1


@pytest.mark.parametrize("loss", [SoftmaxNLL, lambda: SoftmaxNLL("sum")])
def test_what_is_evaluated_in_parts_is_that_of_the_whole(small_network, loss, rng):
    network, x, labels = small_network(), rng.normal(size=(2500, 5)), rng.integers(3, size=2500)
    scores = network.forward(x)
    accuracy, value = evaluate(network, loss(), x, labels)
    assert accuracy == 100 * (scores.argmax(axis=1) == labels).sum() / 2500
    assert value == pytest.approx(loss().forward(scores, labels), rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"network": ReLU()}, TypeError, r"network: expected a Network, got ReLU\(\)"),
        ({"loss": ReLU()}, TypeError, r"loss: expected a loss such as SoftmaxNLL\(\), got ReLU\(\)"),
        ({"x": [0.5]}, TypeError, r"x: expected a float array of shape \(N, D\), got \[0\.5\]"),
        ({"labels": [0, 1]}, TypeError, r"labels: expected 50 integer labels of .*, got \[0, 1\]"),
        ({"labels": np.array([0, 1])}, ValueError, r"labels: expected 50 integer labels of .*, got \(2,\)"),
    ],
)
def test_what_cannot_be_evaluated_is_named(small_network, blobs, changes, error, words):
    fitting = {"network": small_network(), "loss": SoftmaxNLL()}
    fitting |= {"x": blobs.x_validation, "labels": blobs.y_validation}
    with pytest.raises(error, match=f"^{words}$"):
        evaluate(**fitting | changes)


def test_the_first_layer_of_a_network_in_training_computes_no_input_gradient(blobs, monkeypatch):
    """A step omits the matrix product that nothing uses."""
    calls = []

    class Watched(Linear):
        def parameter_gradients(self, dy):
            calls.append(dy.shape)
            super().parameter_gradients(dy)

    def fail(self, dy):
        raise AssertionError("the input gradient was computed")

    monkeypatch.setattr(Linear, "backward", fail)
    monkeypatch.setattr("labutils._internal.fit.check_custom_layers", lambda network, x: None)
    train(Network(Watched(5, 3, np.random.default_rng(0))), SoftmaxNLL(), blobs, options(epochs=1))
    assert calls == [(32, 3)] * 9


@given(
    count=st.integers(1, 50),
    size=st.integers(1, 50),
    epochs=st.integers(1, 3),
    shuffle=st.sampled_from(["every-epoch", "once", "never"]),
    drop=st.booleans(),
)
def test_mini_batches_cover_each_epoch_once(count, size, epochs, shuffle, drop):
    size = min(size, count)
    chosen = options(batch_size=size, epochs=epochs, shuffle=shuffle, drop_incomplete=drop)
    batches = list(mini_batches(count, chosen))
    per_epoch = count // size if drop else -(-count // size)
    assert len(batches) == epochs * per_epoch
    seen = [np.concatenate(batches[i * per_epoch : (i + 1) * per_epoch]) for i in range(epochs)]
    for order in seen:
        assert len(set(order.tolist())) == len(order) == (per_epoch * size if drop else count)
        if shuffle == "never":
            assert order.tolist() == list(range(len(order)))
        if shuffle == "once":
            assert order.tolist() == seen[0].tolist()


@pytest.mark.parametrize("shuffle", ["every-epoch", "once"])
def test_the_order_is_that_of_the_seeds_generator(shuffle):
    rng = np.random.default_rng(4)
    first, second = rng.permutation(7), rng.permutation(7)
    batches = list(mini_batches(7, options(batch_size=7, epochs=2, shuffle=shuffle, seed=4)))
    np.testing.assert_array_equal(batches, [first, second if shuffle == "every-epoch" else first])


def test_every_epoch_is_shuffled_anew_by_the_seed():
    a, b = (np.array(list(mini_batches(60, options(batch_size=60, epochs=2, seed=seed)))) for seed in (0, 1))
    assert not (a[0] == a[1]).all()
    assert not (a == b).all()
    np.testing.assert_array_equal(a, list(mini_batches(60, options(batch_size=60, epochs=2, seed=0))))


def test_the_same_seed_gives_the_same_run_bit_for_bit(small_network, blobs):
    runs = [train(small_network(), SoftmaxNLL(), blobs, OPTIONS) for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0] != train(small_network(), SoftmaxNLL(), blobs, options(seed=1))


def print_nothing(step):
    """A callback without an end."""


UNKNOWN_BLAS = "threadpoolctl does not know this BLAS: Accelerate, on macOS"


@pytest.mark.skipif(not BLAS.lib_controllers, reason=UNKNOWN_BLAS)
def test_training_uses_one_blas_thread_and_gives_the_others_back(small_network, blobs):
    def threads():
        return {pool["num_threads"] for pool in BLAS.info()}

    during = set()
    with BLAS.limit(limits=2):  # whatever the machine and its surroundings say
        before = threads()
        train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [lambda step: during.update(threads())])
        assert threads() == before
    assert during == {1}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_network_takes_the_dtype_of_the_data(small_network, blobs, dtype):
    data = dataclasses.replace(
        blobs, x_train=blobs.x_train.astype(dtype), x_validation=blobs.x_validation.astype(dtype)
    )
    network = small_network()
    train(network, SoftmaxNLL(), data, OPTIONS)
    assert {array.dtype for layer in network.layers for array in layer.params.values()} == {np.dtype(dtype)}


def test_logistic_regression_ends_where_scikit_learn_does():
    data = load_points()
    network = Network(Linear(2, 1, np.random.default_rng(0), "zeros"), Sigmoid())
    full = TrainingOptions(0.03, momentum=0.0, l2=0.0, batch_size=80, epochs=3000, shuffle="never")
    train(network, NLL("sum"), data, full)
    oracle = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(data.x_train, data.y_train)
    np.testing.assert_allclose(network.layers[0].params["W"][:, 0], oracle.coef_[0], rtol=1e-5)
    np.testing.assert_allclose(network.layers[0].params["b"], oracle.intercept_, rtol=1e-5)


class TestDivergence:
    def test_the_first_bad_batch_loss_ends_the_run(self, small_network, blobs):
        record = train(small_network(), SoftmaxNLL(), blobs, options(learning_rate=1e9))
        assert record.status == "diverged"
        assert record.diverged_at == record.iterations == record.history[-1].iteration == 2
        assert not record.history[-1].training_loss <= 1e6

    @pytest.mark.parametrize(("loss", "status"), [(1e6, "finished"), (np.nextafter(1e6, 2e6), "diverged")])
    def test_it_begins_above_a_million(self, small_network, blobs, loss, status):
        class Fixed(SoftmaxNLL):
            def forward(self, z, labels):
                super().forward(z, labels)
                return loss

        assert train(small_network(), Fixed(), blobs, OPTIONS).status == status

    def test_a_run_may_go_on_and_keep_its_rows(self, small_network, blobs):
        record = train(
            small_network(), SoftmaxNLL(), blobs, options(learning_rate=1e30, stop_on_divergence=False)
        )
        assert record.status == "finished"
        assert record.diverged_at == 2
        assert record.iterations == 36
        assert len(record.history) == 8
        assert np.isnan(record.history[-1].training_loss)

    def test_nan_scores_count_as_the_first_class(self, small_network, blobs):
        record = train(
            small_network(), SoftmaxNLL(), blobs, options(learning_rate=1e30, stop_on_divergence=False)
        )
        share = 100 * np.mean(blobs.y_validation == 0)
        assert record.history[-1].validation_accuracy_pct == pytest.approx(share)

    def test_separate_layers_give_nan_where_the_stable_loss_stays_finite(self):
        data, full = load_points(), TrainingOptions(2, 0.0, 0.0, 80, 20, "never", 1)
        apart = Network(Linear(2, 1, np.random.default_rng(0), "zeros"), Sigmoid())
        assert train(apart, NLL("sum"), data, full).status == "diverged"
        together = Network(Linear(2, 1, np.random.default_rng(0), "zeros"))
        record = train(together, SigmoidNLL("sum"), data, full)
        assert record.status == "finished"
        assert np.isfinite(record.column("training_loss")).all()


class TestCallbacks:
    def test_each_is_told_of_every_iteration(self, small_network, blobs):
        steps = []
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [steps.append])
        assert [step.iteration for step in steps] == list(range(1, 37))
        assert [step.row for step in steps if step.row] == record.history
        assert {step.iterations for step in steps} == {36}
        assert [step.epoch for step in steps] == [epoch for epoch in (1, 2, 3, 4) for _ in range(9)]
        for step in steps:
            assert step.options is OPTIONS
            assert (step.row is None) == (step.iteration not in (5, 10, 15, 20, 25, 30, 35, 36))
            if step.row:
                assert step[:2] == step.row[:2]
                assert step.training_accuracy_pct == step.row.training_accuracy_pct
                assert step.training_loss == step.row.training_loss

    @pytest.mark.parametrize("status", ["finished", "stopped", "diverged", "interrupted"])
    def test_one_with_an_end_is_given_the_record_however_the_run_ended(self, small_network, blobs, status):
        class Ending:
            def __call__(self, step):
                if status == "interrupted":
                    raise KeyboardInterrupt
                return status == "stopped"

            def end(self, record):
                self.record = record

        callbacks = [lambda step: None, Ending()]
        chosen = options(learning_rate=1e9 if status == "diverged" else 0.05)
        record = train(small_network(), SoftmaxNLL(), blobs, chosen, callbacks)
        assert callbacks[1].record is record
        assert record.status == ("stopped" if status == "interrupted" else status)

    def test_one_may_stop_the_run(self, small_network, blobs):
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [lambda step: step.iteration == 12])
        assert (record.status, record.iterations) == ("stopped", 12)
        assert record.column("iteration").tolist() == [5, 10]

    def test_an_interrupt_stops_the_run_and_keeps_the_rows(self, small_network, blobs):
        def interrupt(step):
            if step.iteration == 12:
                raise KeyboardInterrupt

        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [interrupt])
        assert (record.status, record.iterations) == ("stopped", 12)
        assert record.column("iteration").tolist() == [5, 10]

    def test_where_half_a_run_is_of_no_use_the_interrupt_goes_on(self, small_network, blobs):
        def outcome(record):
            try:
                return record.unless_stopped()
            except KeyboardInterrupt as interrupt:  # out of a test it would end them all
                return str(interrupt)

        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS)
        assert outcome(record) is record
        stopped = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [lambda step: step.iteration == 12])
        assert outcome(stopped) == "the run was stopped after 12 iterations"

    @pytest.mark.skipif(not BLAS.lib_controllers, reason=UNKNOWN_BLAS)
    @pytest.mark.parametrize("at", range(4))
    def test_an_interrupt_while_blas_threads_are_set_leaves_them_as_they_were(
        self, small_network, blobs, monkeypatch, at
    ):
        """Each setting of a number of threads is interrupted once, right after it was set."""
        library, calls = type(BLAS.lib_controllers[0]), []
        real = library.set_num_threads

        def interrupted(self, number):
            real(self, number)
            calls.append(number)
            if len(calls) == at + 1:
                raise KeyboardInterrupt

        with BLAS.limit(limits=2):
            before = BLAS.info()
            with monkeypatch.context() as patched:
                patched.setattr(library, "set_num_threads", interrupted)
                record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS)
            assert BLAS.info() == before
        assert record.status == ("stopped" if len(calls) > at else "finished")

    @pytest.mark.parametrize("said", [1, 0.5, "no", np.ones(3)])
    def test_only_true_stops_a_run(self, small_network, blobs, said):
        """A callback may return what it likes: how many letters it has written, the loss."""
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [lambda step: said])
        assert record.status == "finished"
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [lambda step: np.bool_(True)])
        assert record.status == "stopped"

    def test_an_interrupt_of_the_last_picture_keeps_the_record(self, small_network, blobs):
        class Picture:
            told = ()

            def __call__(self, step):
                pass

            def end(self, record):
                self.told += (record.status,)
                if len(self.told) == 1:
                    raise KeyboardInterrupt

        picture = Picture()
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [picture, print_nothing])
        assert picture.told == ("finished", "stopped")
        assert record.status == "stopped"
        assert record.history == train(small_network(), SoftmaxNLL(), blobs, OPTIONS).history

    def test_the_table_is_printed_row_by_row(self, small_network, blobs, capsys):
        record = train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [print_table])
        printed = capsys.readouterr().out.splitlines()
        assert printed == str(record).splitlines()[:-1]
        assert len(printed) == 9
        assert str(record).endswith("\nfinished (36 iterations)")

    def test_the_head_of_the_table_comes_before_its_first_row(self, small_network, blobs, capsys):
        train(small_network(), SoftmaxNLL(), blobs, options(validation_every=1), [print_table])
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[:3]] == ["epoch", "1", "1"]


class TestWrongCalls:
    def test_a_batch_larger_than_the_data(self, small_network, blobs):
        with pytest.raises(ValueError, match=r"^batch_size: expected at most 300, .* got 301"):
            train(small_network(), SoftmaxNLL(), blobs, options(batch_size=301))
        assert train(small_network(), SoftmaxNLL(), blobs, options(batch_size=300)).iterations == 4

    def test_a_network_that_does_not_fit_the_data(self, blobs, rng):
        with pytest.raises(ValueError, match=r"Linear\(4, 3\): x: expected .*\(N, 4\), got \(2, 5\)"):
            train(Network(Linear(4, 3, rng)), SoftmaxNLL(), blobs, OPTIONS)
        with pytest.raises(ValueError, match=r"^network: expected one output for each of 3 classes, got 4"):
            train(Network(Linear(5, 4, rng)), SoftmaxNLL(), blobs, OPTIONS)
        with pytest.raises(ValueError, match=r"SigmoidNLL\('mean'\): z: expected"):
            train(Network(Linear(5, 3, rng)), SigmoidNLL(), blobs, OPTIONS)

    def test_things_of_another_kind(self, small_network, blobs):
        with pytest.raises(TypeError, match=r"^options: expected TrainingOptions\(\.\.\.\), got 0\.1"):
            train(small_network(), SoftmaxNLL(), blobs, 0.1)
        with pytest.raises(TypeError, match=r"^data: expected a Dataset, got an array of shape \(300, 5\)"):
            train(small_network(), SoftmaxNLL(), blobs.x_train, OPTIONS)
        with pytest.raises(TypeError, match=r"^network: expected a Network, got ReLU\(\)"):
            train(ReLU(), SoftmaxNLL(), blobs, OPTIONS)
        with pytest.raises(TypeError, match=r"^loss: expected a loss such as SoftmaxNLL\(\), got ReLU\(\)$"):
            train(small_network(), ReLU(), blobs, OPTIONS)
        with pytest.raises(TypeError, match=r"^callbacks: expected a list \| tuple, got <function"):
            train(small_network(), SoftmaxNLL(), blobs, OPTIONS, print_table)
        with pytest.raises(TypeError, match=r"^callbacks: expected a function, got 3$"):
            train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [print_table, 3])

    def test_nothing_was_touched_before_the_error(self, small_network, blobs):
        network = small_network()
        before = network.layers[0].params["W"].copy()
        with pytest.raises(ValueError, match="batch_size"):
            train(network, SoftmaxNLL(), blobs, options(batch_size=301))
        np.testing.assert_array_equal(network.layers[0].params["W"], before)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"x_train": np.full((300, 5), np.nan)}, ValueError, "x_train: expected finite numbers, .* in row 0"),
        ({"x_train": np.zeros((0, 5))}, ValueError, "x_train: .* not empty"),
        ({"x_train": np.zeros((300, 5), np.int64)}, TypeError, "x_train: .* got .*dtype int64"),
        ({"x_validation": np.zeros((50, 6))}, ValueError, r"x_validation: .*\(N, 5\), got \(50, 6\)"),
        ({"y_train": np.zeros(299, int)}, ValueError, r"y_train: .*\(300,\), got \(299,\)"),
        ({"y_train": np.full(300, 3)}, ValueError, "y_train: expected labels of 0 to 2, got 3"),
        ({"y_validation": np.zeros(50)}, TypeError, "y_validation: .* got .*dtype float64"),
        ({"classes": 1}, ValueError, "classes"),
    ],
)
def test_wrong_data_is_named(blobs, changes, error, words):
    with pytest.raises(error, match=words):
        dataclasses.replace(blobs, **changes)


def test_a_dataset_prints_its_size(blobs):
    assert isinstance(blobs, Dataset)
    assert str(blobs) == "blobs: 300 to train on, 50 to validate with, 5 numbers each, 3 classes"


def test_a_rate_from_numpy_leaves_float32_as_it_is(blobs, small_network):
    """np.float64 times a float32 array would be float64."""
    data = dataclasses.replace(
        blobs, x_train=blobs.x_train.astype(np.float32), x_validation=blobs.x_validation.astype(np.float32)
    )
    weights = []
    for rate in (np.float64(0.1), 0.1):
        network = small_network()
        train(network, SoftmaxNLL(), data, TrainingOptions(rate, batch_size=50, epochs=2))
        weights.append(network.layers[0].params["W"])
    assert weights[0].dtype == np.float32
    np.testing.assert_array_equal(*weights)


LAST = 36  # iterations of OPTIONS


@pytest.mark.parametrize("at", [12, LAST])
@pytest.mark.parametrize("event", ["nothing", "interrupt", "callback", "error"])
@pytest.mark.parametrize("diverges", [False, True])
@pytest.mark.parametrize("stop_on_divergence", [False, True])
def test_why_a_run_stopped_and_whether_it_had_diverged_are_two_facts(
    small_network, blobs, at, event, diverges, stop_on_divergence
):
    """Every combination of what can end a run; an incomplete one never passes for a complete one."""

    class Event:
        record = None

        def __call__(self, step):
            if step.iteration == at and event == "interrupt":
                raise KeyboardInterrupt
            if step.iteration == at and event == "error":
                raise RuntimeError("a bug in a callback")
            return step.iteration == at and event == "callback"

        def end(self, record):
            self.record = record

    chosen = options(learning_rate=1e9 if diverges else 0.05, stop_on_divergence=stop_on_divergence)
    watcher = Event()
    ended_early = diverges and stop_on_divergence
    if event == "error" and not ended_early:
        with pytest.raises(RuntimeError, match="a bug in a callback") as raised:
            train(small_network(), SoftmaxNLL(), blobs, chosen, [watcher])
        record = raised.value.record
    else:
        record = train(small_network(), SoftmaxNLL(), blobs, chosen, [watcher])
    assert watcher.record is record
    assert record.diverged_at == (2 if diverges else None)
    cut = {"nothing": False, "interrupt": True, "error": True, "callback": at < LAST}[event]
    expected = "diverged" if ended_early else "stopped" if cut else "finished"
    assert record.status == expected
    assert record.iterations == (2 if ended_early else at if cut else LAST)
    if expected == "finished":
        assert record.history[-1].iteration == LAST
    if expected == "stopped":
        with pytest.raises(KeyboardInterrupt):
            record.unless_stopped()
    else:
        assert record.unless_stopped() is record


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_limit_of_divergence_is_per_image(blobs, small_network, reduction):
    """A sum over a large batch is no divergence."""

    class Far(SoftmaxNLL):
        def forward(self, z, labels):
            return super().forward(z, labels) + 4e4 * len(z) / self.divisor

    assert train(small_network(), Far(reduction), blobs, options(learning_rate=1e-9)).diverged_at is None
    assert options().batch_size * 4e4 > 1e6


def test_a_loss_that_returns_a_number_of_numpy_can_be_saved(blobs, small_network, tmp_path):
    class Single(SoftmaxNLL):
        def forward(self, z, labels):
            return np.float32(super().forward(z, labels))

    record = train(small_network(), Single(), blobs, OPTIONS)
    record.save(tmp_path / "run.json")
    assert TrainingRecord.load(tmp_path / "run.json") == record


def test_an_error_of_an_end_has_the_record(blobs, small_network):
    class Broken:
        def __call__(self, step):
            pass

        def end(self, record):
            raise RuntimeError("no display")

    with pytest.raises(RuntimeError, match="no display") as raised:
        train(small_network(), SoftmaxNLL(), blobs, OPTIONS, [Broken()])
    assert raised.value.record == train(small_network(), SoftmaxNLL(), blobs, OPTIONS)
