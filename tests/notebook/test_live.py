"""The live figure: what it draws, how often, and how a run that ends in any way leaves it."""

import warnings

import numpy as np
import pytest

from labutils.losses import SoftmaxNLL
from labutils.notebook import live
from labutils.notebook.live import LabFigure, TrainingProgress
from labutils.training import TrainingOptions, train


class Notebook:
    """A display handle that asks a figure for its image, as a notebook does, and keeps the figures in order."""

    def __init__(self):
        self.figures = []

    def update(self, figure):
        figure.png()
        self.figures.append(figure)


@pytest.fixture
def in_a_notebook(monkeypatch):
    """As in a notebook, with a clock that goes on by 0.01 s when it is looked at."""
    handle, now = Notebook(), [0.0]

    def display(figure, display_id):
        assert display_id is True
        handle.update(figure)
        return handle

    def clock():
        now[0] += 0.01
        return now[0]

    monkeypatch.setattr(live, "display", display)

    def make():
        progress = TrainingProgress()
        progress.in_notebook, progress.clock = True, clock
        return progress, handle

    return make


def options(**changes):
    return TrainingOptions(
        **{"learning_rate": 0.1, "batch_size": 30, "epochs": 4, "validation_every": 10} | changes
    )


def drawn(figure, quantity):
    """The lines in the panel "accuracy" or "loss" by their labels, the marks of the ends, and the numbers there."""
    axes = next(axes for axes in figure.axes if quantity in axes.get_ylabel())
    lines = {line.get_label(): line for line in axes.get_lines()}
    ends = [line for line in axes.get_lines() if line.get_markersize() == 8]
    return lines, ends, [text.get_text() for text in axes.texts]


def words(progress):
    (text,) = progress.figure.texts
    return text.get_text().split("   ")


def run(network, blobs, progress, *others, **changes):
    return train(network, SoftmaxNLL(), blobs, options(**changes), [progress, *others])


def test_the_curves_are_what_the_run_gave(in_a_notebook, blobs, small_network):
    progress, handle = in_a_notebook()
    seen = []
    record = run(small_network(), blobs, progress, lambda step: seen.append(step.training_loss))
    lines, (end,), numbers = drawn(progress.figure, "loss")
    np.testing.assert_array_equal(lines["training, one mini-batch"].get_ydata(), seen)
    np.testing.assert_array_equal(lines["validation"].get_xdata(), record.column("iteration"))
    np.testing.assert_array_equal(lines["validation"].get_ydata(), record.column("validation_loss"))
    assert end.get_xydata().tolist() == [[40, record.history[-1].validation_loss]]
    assert numbers == [f"{record.history[-1].validation_loss:.4g}"]
    mean, values = 0.0, []
    for n, loss in enumerate(seen, start=1):  # Kingma and Ba (2015), section 3
        mean = 0.9 * mean + 0.1 * loss
        values.append(mean / (1 - 0.9**n))
    np.testing.assert_allclose(lines["training, running mean"].get_ydata(), values)
    assert words(progress)[:3] == ["finished", "epoch 4 of 4", "iteration 40 of 40"]
    assert words(progress)[-1] == "learning rate 0.1"
    for shown in ("accuracy (%) against iteration", "loss against iteration"):
        assert shown in handle.figures[0].alt


def test_drawing_takes_less_than_a_twentieth_of_the_time(in_a_notebook, blobs, small_network):
    progress, handle = in_a_notebook()
    run(small_network(), blobs, progress, epochs=60)
    assert len(handle.figures) > 3
    assert progress.drawing < 0.05 * (progress.clock() - progress.start)


def test_remaining_time_while_it_runs(in_a_notebook, blobs, small_network):
    progress, _ = in_a_notebook()
    seen = []

    def look(step):
        progress.due = 0.0
        seen.append(words(progress) if progress.figure else [])

    run(small_network(), blobs, progress, look, epochs=1)
    assert seen[5][0] == "running"
    assert any(word.startswith("remaining") for word in seen[5])


FAR = {"learning_rate": 1e30}
ON = FAR | {"stop_on_divergence": False}  # the run continues after it has diverged


@pytest.mark.parametrize(
    ("changes", "stop", "expected"),
    [
        ({}, None, "finished"),
        ({}, KeyboardInterrupt, "stopped"),
        ({}, True, "stopped"),
        (FAR, None, "diverged at iteration 2"),
        (ON, None, "diverged at iteration 2"),
        (ON, KeyboardInterrupt, "stopped, diverged at iteration 2"),
        (ON, True, "stopped, diverged at iteration 2"),
    ],
)
def test_the_last_picture_says_how_the_run_ended(
    in_a_notebook, blobs, small_network, changes, stop, expected
):
    progress, handle = in_a_notebook()

    def interrupt(step):
        if step.iteration == 15 and stop is KeyboardInterrupt:
            raise KeyboardInterrupt
        return step.iteration == 15 and stop is True

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = run(small_network(), blobs, progress, interrupt, **changes)
    assert words(progress)[0] == expected
    assert len(progress.steps) == record.iterations
    assert handle.figures


def test_an_error_in_another_callback_leaves_a_figure_that_says_stopped(in_a_notebook, blobs, small_network):
    progress, handle = in_a_notebook()

    def fail(step):
        if step.iteration == 15:
            raise ValueError("a mistake in a callback")

    with pytest.raises(ValueError, match="a mistake in a callback"):
        run(small_network(), blobs, progress, fail)
    assert words(progress)[0] == "stopped"
    assert len(progress.steps) == 15
    assert handle.figures


def test_the_last_finite_validation_is_marked(in_a_notebook, blobs, small_network):
    progress, _ = in_a_notebook()

    def explode(step):
        if step.iteration == 15:
            step.network.layers[0].params["W"][:] = np.nan

    record = run(small_network(), blobs, progress, explode, stop_on_divergence=False)
    lines, (end,), numbers = drawn(progress.figure, "loss")
    assert np.isnan(lines["validation"].get_ydata()[1:]).all()
    assert end.get_xydata().tolist() == [[10.0, record.history[0].validation_loss]]
    assert numbers == [f"{record.history[0].validation_loss:.4g}"]


def test_an_interrupt_before_the_first_iteration_is_no_crash(in_a_notebook, blobs, small_network):
    progress, handle = in_a_notebook()

    def interrupt(step):
        raise KeyboardInterrupt

    record = train(small_network(), SoftmaxNLL(), blobs, options(), [interrupt, progress])
    assert record.status == "stopped"
    assert handle.figures == []


def test_an_interrupt_while_the_figure_is_built_leaves_a_whole_one(
    in_a_notebook, blobs, small_network, monkeypatch
):
    progress, handle = in_a_notebook()
    real, calls = LabFigure.text, []

    def interrupted(self, *arguments, **options):
        calls.append(self)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(self, *arguments, **options)

    monkeypatch.setattr(LabFigure, "text", interrupted)
    assert run(small_network(), blobs, progress).status == "stopped"
    assert len(handle.figures) == 1
    assert words(progress)[0] == "stopped"


def test_it_can_be_used_again(in_a_notebook, blobs, small_network):
    progress, _ = in_a_notebook()
    run(small_network(), blobs, progress)
    first = progress.figure
    run(small_network(), blobs, progress, epochs=2)
    assert progress.figure is not first
    assert len(progress.steps) == 20


def test_a_plain_terminal_gets_the_table(blobs, small_network, capsys):
    record = run(small_network(), blobs, TrainingProgress())
    lines = capsys.readouterr().out.splitlines()
    assert lines == str(record).splitlines()[:-1]
    run(small_network(), blobs, TrainingProgress(), lambda step: step.iteration == 15)
    assert capsys.readouterr().out.endswith("stopped (15 iterations)\n")
