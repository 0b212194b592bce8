"""The explorers without a browser: at every setting of every knob a figure, no warning; one drawing at a time."""

import asyncio
import base64
import io
import itertools
import time
import warnings

import numpy as np
import pytest
from PIL import Image

from labutils import plots, study, widgets
from labutils.data import load_mnist, load_points
from labutils.layers import Linear, Sigmoid, Softmax
from labutils.network import Network
from labutils.study import Configuration

from .server import PATIENCE


@pytest.fixture
def shown(monkeypatch):
    """What is shown: widgets and figures, in order."""
    things = []

    class Handle:
        def __init__(self, figure):
            self.figures = [figure]

        def update(self, figure):
            self.figures.append(figure)

    def display(figure, display_id):
        things.append(Handle(figure))
        return things[-1]

    monkeypatch.setattr(widgets, "display", display)
    monkeypatch.setattr(widgets, "publish_display_data", lambda data: things.append(data))
    return things


def path_of(rate):
    return np.cumsum(np.full((11, 3), rate), axis=0) - rate


def losses_of(rate, together):
    return np.linspace(60, 10, 30) if together or rate < 1 else np.where(np.arange(30) < 3, 50.0, np.nan)


@pytest.fixture(scope="module")
def mnist_network():
    rng = np.random.default_rng(0)
    return Network(Linear(784, 16, rng), Sigmoid(), Linear(16, 10, rng), Softmax())


@pytest.fixture
def explorers(shown, mnist_network, monkeypatch):
    """A function that makes each explorer by its name; its frames, which take seconds, only where asked for."""

    def make(name, frames=False):
        if not frames:
            monkeypatch.setattr(widgets.Explorer, "frame", lambda self, settings: {})
        mnist = load_mnist().scaled(1 / 255)
        return {
            "descent": lambda: widgets.descent(
                load_points(), path_of, lambda w: 1 + float(w @ w), [0.0003, 0.02, 0.3, 2.0, 1e6]
            ),
            "two_losses": lambda: widgets.two_losses(losses_of, [0.02, 0.07, 0.5, 1.0, 2.0]),
            "image_stages": lambda: widgets.image_stages(mnist_network, mnist),
            "hidden_units": lambda: widgets.hidden_units(mnist_network, mnist),
            "stored_runs": lambda: widgets.stored_runs(study.load_study(), study.load_histories()),
        }[name]()

    return make


NAMES = ["descent", "two_losses", "image_stages", "hidden_units", "stored_runs"]


def settings(knob):
    """The values of a knob that are tried: all of a choice, and the ends and some between of a slider."""
    if hasattr(knob, "options"):
        return [option[1] if isinstance(option, tuple) else option for option in knob.options]
    if hasattr(knob, "min"):
        return sorted({knob.min, knob.max, knob.value, knob.min + (knob.max - knob.min) // 3})
    return [False, True]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_of_every_knob_gives_a_figure(explorers, name):
    explorer = explorers(name)
    drawn = explorer.handle.figures
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)  # an old matplotlib's, of a new pyparsing
        for knob in explorer.knobs.values():
            for value in settings(knob):
                before = len(drawn)
                changed = knob.value != value
                knob.value = value
                assert len(drawn) - before >= changed
                assert drawn[-1].png()
    assert len({figure.alt for figure in drawn}) == 1, "the alt text must not depend on the knobs"


@pytest.mark.parametrize("name", NAMES)
def test_a_strip_of_frames_travels_with_the_figure(explorers, shown, name):
    explorer = explorers(name, frames=True)
    view, handle = shown
    assert list(view) == [widgets.VIEW]
    frames = handle.figures[0].frames
    assert 5 <= len(frames) <= 9
    assert len({frame["label"] for frame in frames}) == len(frames)
    pictures = [Image.open(io.BytesIO(base64.b64decode(frame["png"]))) for frame in frames]
    assert all(picture.width > 500 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) > 1
    assert explorer.knobs[next(iter(explorer.frames[0]))].description in frames[0]["label"]
    assert [frame["shown"] for frame in frames].count(True) <= 1
    content, metadata = handle.figures[0]._repr_mimebundle_()
    assert metadata["labutils"]["frames"] == frames
    assert set(content) == {"image/png", "text/plain"}
    assert not explorer.draw(**explorer.values()).frames


def test_moves_faster_than_drawing_lead_to_one_drawing_of_the_last(shown):
    drawn = []

    def draw(rate):
        drawn.append(rate)
        time.sleep(0.05)
        return plots.curves({"a": (np.arange(3), np.arange(3))}, "x", "y", "A figure for a test of speed.")

    async def move():
        explorer = widgets.Explorer(draw, {"rate": widgets.slider("rate", 0, 100, 0)})
        explorer.show()
        drawn.clear()
        for value in range(1, 31):
            explorer.knobs["rate"].value = value
        await pause_after(1)
        explorer.knobs["rate"].value = 50
        await pause_after(2)

    async def pause_after(drawings):
        async with asyncio.timeout(PATIENCE):
            while len(drawn) < drawings:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)

    asyncio.run(move())
    assert drawn == [30, 50]


def test_the_stages_are_those_of_the_network(explorers, mnist_network, monkeypatch):
    seen = []
    real = plots.stages
    monkeypatch.setattr(
        plots, "stages", lambda values, *rest: seen.append((values, rest[0])) or real(values, *rest)
    )
    explorer = explorers("image_stages")
    mnist = load_mnist().scaled(1 / 255)
    values, label = seen[0]
    *_, probabilities = values.values()
    np.testing.assert_allclose(probabilities, mnist_network.forward(mnist.x_validation[4:5])[0], rtol=1e-5)
    assert label == mnist.y_validation[4] == 6
    loss = -np.log(probabilities[label])
    assert list(values)[-1] == f"4 softmax; 5 loss {loss:.2f}"
    explorer.knobs["light"].value = 0.0
    assert not next(iter(seen[-1][0].values())).any()
    explorer.knobs["light"].value = 1.0
    explorer.knobs["down"].value = 3
    shifted = next(iter(seen[-1][0].values())).reshape(28, 28)
    np.testing.assert_allclose(shifted[3:], mnist.x_validation[4].reshape(28, 28)[:-3], atol=1e-6)


def test_the_images_that_excite_a_unit_most(explorers, mnist_network, monkeypatch):
    seen = []
    real = plots.hidden_unit
    monkeypatch.setattr(plots, "hidden_unit", lambda *values: seen.append(values) or real(*values))
    explorers("hidden_units")
    mnist = load_mnist().scaled(1 / 255)
    outputs = mnist_network.layers[1].forward(mnist_network.layers[0].forward(mnist.x_validation))[:, 0]
    np.testing.assert_allclose(seen[0][2], np.sort(outputs)[::-1][:12])


def test_turning_one_knob_of_the_study_sets_the_other_back(explorers):
    explorer = explorers("stored_runs")
    rate, size = explorer.knobs["rate"], explorer.knobs["size"]
    rate.value = "3e-3"
    size.value = "200"
    assert rate.value == "1e-3"
    rate.value = "5e-5"
    assert size.value == "500"
    for r, s, centring in itertools.product(("3e-3", "5e-4"), ("200", "500"), (False, True)):
        assert explorer.draw(r, s, centring).png()


class TestOwnRun:
    @pytest.fixture
    def own(self, shown):
        own = widgets.own_run(study.load_study())
        own.knobs["epochs"].value, own.knobs["hidden_units"].value = 1, 10
        return own

    def test_it_joins_the_comparison(self, own):
        own.train()
        own.knobs["learning_rate"].value = 10.0
        own.train()
        assert [name for name, _, _ in own.runs] == [
            "1: rate 0.001, 10 units, centred",
            "2: rate 10, 10 units, centred",
        ]
        assert own.runs[1][1].status == "diverged"
        labels = [text.get_text() for text in own.handle.figures[-1].legends[0].get_texts()][2:]
        assert labels == ["1: rate 0.001, 10 units, centred", "2: rate 10, 10 units, centred (diverged)"]

    def test_a_second_click_stops_it_and_keeps_the_run(self, own, monkeypatch):
        rows = []

        class Watched(widgets.TrainingProgress):
            def __call__(self, step):
                rows.append(step.row)
                return super().__call__(step)

        monkeypatch.setattr(widgets, "TrainingProgress", Watched)
        own.knobs["epochs"].value, own.knobs["hidden_units"].value = 10, 500
        own.clicked()
        while not any(rows):  # a run without a row is not kept
            assert own.training.is_alive()
            time.sleep(0.01)
        assert own.button.description == "Stop"
        own.clicked()
        own.training.join()
        assert own.runs[0][1].status == "stopped"
        assert own.button.description == "Train"
        own.knobs["epochs"].value = 1
        own.clicked()
        own.training.join()
        assert own.runs[1][1].status == "finished"

    def test_what_goes_wrong_is_said_below_the_button(self, own, monkeypatch):
        """A damaged data file, for one: in a thread nobody would see it."""

        def damaged(self, seed):
            raise ValueError("digits_10k.npz: this file is damaged")

        with monkeypatch.context() as patched:
            patched.setattr(Configuration, "dataset", damaged)
            own.train()
        assert own.said.value == "digits_10k.npz: this file is damaged"
        assert own.button.description == "Train"
        own.train()
        assert own.said.value == ""
        assert len(own.runs) == 1


def test_a_run_that_diverged_says_so(explorers):
    figure = explorers("stored_runs").draw("3e-3", "500", True)
    _, middle, right = figure.axes
    for axes in (middle, right):
        words = [text.get_text() for text in axes.texts]
        assert words[4] == "diverged"
        assert words.count("diverged") == 1
        assert [bool(bar.get_hatch()) for bar in axes.patches] == [i == 4 for i in range(9)]


def test_a_run_with_two_names_is_marked_twice(explorers):
    figure = explorers("stored_runs").draw("1e-3", "500", False)
    left, middle, _ = figure.axes
    assert left.get_title() == "rate 0.001, 500 units"
    assert len([line for line in left.get_lines() if line.get_label() == "the report's validation"]) == 2
    colours = [bar.get_facecolor() for bar in middle.patches]
    assert [colour == colours[3] for colour in colours].count(True) == 2
