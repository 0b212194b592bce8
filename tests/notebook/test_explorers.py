"""The explorers without a browser: at every setting of every knob a figure, no warning; one drawing at a time."""

import asyncio
import base64
import functools
import io
import time
import warnings

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from labutils.data import load_mnist, load_points
from labutils.layers import Linear, ReLU, Sigmoid, Softmax
from labutils.network import Network
from labutils.notebook import explorers, figures

from ..server import PATIENCE

RNG = np.random.default_rng(0)


def path_of(rate):
    return np.cumsum(np.full((11, 3), rate), axis=0) - rate


@pytest.fixture(scope="module")
def mnist_network():
    rng = np.random.default_rng(0)
    return Network(Linear(784, 16, rng), Sigmoid(), Linear(16, 10, rng), Softmax())


@functools.cache
def mnist():
    return load_mnist().scaled(1 / 255)


@pytest.fixture
def explore(shown, mnist_network):
    """A function that shows an explorer by its name."""

    def make(name):
        return {
            "descent": lambda: explorers.descent(
                load_points(), path_of, lambda w: 1 + float(w @ w), [0.0003, 0.02, 0.3, 2.0, 1e6]
            ),
            "image_stages": lambda: explorers.image_stages(mnist_network, mnist()),
            "hidden_units": lambda: explorers.hidden_units(mnist_network, mnist()),
        }[name]()

    return make


NAMES = ["descent", "image_stages", "hidden_units"]


def settings(knob):
    """The values of a knob that are tried: all of a choice, and the ends and some between of a slider."""
    if hasattr(knob, "options"):
        return [option[1] if isinstance(option, tuple) else option for option in knob.options]
    return sorted({knob.min, knob.max, knob.value, knob.min + (knob.max - knob.min) // 3})


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_setting_of_every_knob_gives_a_figure(explore, no_frames, name):
    explorer = explore(name)
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
def test_the_ends_of_every_slider_give_a_figure(explore, no_frames, name):
    explorer = explore(name)
    for settings_of_all in zip(
        *(settings(knob)[:: len(settings(knob)) - 1] for knob in explorer.knobs.values()), strict=True
    ):
        assert explorer.draw(*settings_of_all).png()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "descent")) for name in NAMES]
)
def test_a_strip_of_frames_travels_with_the_figure(explore, shown, name):
    explorer = explore(name)
    view, handle = shown
    assert list(view) == ["application/vnd.jupyter.widget-view+json"]
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
        return figures.curves({"a": (np.arange(3), np.arange(3))}, "x", "y")

    async def move():
        explorer = explorers._Explorer(draw, {"rate": ipywidgets.IntSlider(min=0, max=100, value=0)}, [])
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


def test_every_point_is_in_the_picture(explore, no_frames):
    left = explore("descent").draw(0.02, 3).axes[0]
    x = load_points().x_train
    for low, high, values in ((*left.get_xlim(), x[:, 0]), (*left.get_ylim(), x[:, 1])):
        assert low < values.min()
        assert values.max() < high


def test_a_line_that_has_left_the_picture(shown, no_frames):
    path = np.array([[1.0, 1.0, -2.0], [1.0, 1.0, 200.0]])
    explorer = explorers.descent(load_points(), lambda rate: path, lambda w: 1 + float(w @ w), [0.1])
    for step, words in ((0, []), (1, ["the line is outside"])):
        left, right = explorer.draw(0.1, step).axes
        assert [text.get_text() for text in left.texts] == words
        assert right.get_title() == f"loss {1 + float(path[step] @ path[step]):.4g}"


def test_weights_that_have_left_the_picture(explore, no_frames):
    _, right = explore("descent").draw(2.0, 9).axes
    assert ["is outside" in text.get_text() for text in right.texts] == [True]


def test_the_stages_are_those_of_the_network(explore, no_frames, mnist_network):
    explorer = explore("image_stages")

    def stages(**changed):
        figure = explorer.draw(**explorer.values() | changed)
        images = [axes.images[0].get_array() for axes in figure.axes[:3]]
        return figure, *images, *([bar.get_width() for bar in axes.patches] for axes in figure.axes[3:])

    figure, pixels, linear, sigmoid, scores, probabilities = stages()
    x = mnist().x_validation[4:5].astype(np.float32)
    np.testing.assert_allclose(pixels.ravel(), x[0])
    for layer, values in zip(mnist_network.layers, (linear, sigmoid, scores, probabilities), strict=True):
        x = layer.forward(x)
        np.testing.assert_allclose(np.ravel(values), x[0], rtol=1e-5)
    label = mnist().y_validation[4]
    assert figure.axes[0].get_title() == f"the image, label {label}"
    assert figure.axes[-1].get_title() == f"4 softmax; 5 loss {-np.log(probabilities[label]):.2f}"
    assert not stages(light=0.0)[1].any()
    shifted = stages(down=3)[1]
    np.testing.assert_allclose(shifted[3:], pixels[:-3], atol=1e-6)


def test_the_images_with_the_largest_outputs_of_a_unit(explore, no_frames, mnist_network):
    left, right = explore("hidden_units").draw(3).axes
    hidden = mnist_network.layers[1].forward(mnist_network.layers[0].forward(mnist().x_validation))[:, 3]
    expected = [f"{output:.2f}" for output in np.sort(hidden)[::-1][:12]]
    assert [text.get_text() for text in right.texts] == expected
    weights = mnist_network.layers[0].params["W"][:, 3].reshape(28, 28)
    np.testing.assert_array_equal(left.images[0].get_array(), weights)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((ReLU(), Linear(784, 16, RNG)), "network: expected 4 layers, the first of them linear"),
        ((Linear(784, 16, RNG), Sigmoid()), "network: expected 4 layers, the first of them linear"),
        (
            (Linear(784, 10, RNG), Sigmoid(), Linear(10, 10, RNG), Softmax()),
            r"network: expected square images such as",
        ),
    ],
)
def test_a_network_that_cannot_be_drawn_is_refused(shown, layers, message):
    with pytest.raises(ValueError, match=message):
        explorers.image_stages(Network(*layers), mnist())
    assert shown == []
