"""The explorers without a browser: at every setting of every knob a figure and no warning."""

import base64
import functools
import html
import io
import re
import warnings

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from labutils.data import load_mnist, load_points
from labutils.layers import Linear, ReLU, Sigmoid, Softmax
from labutils.losses import SigmoidNLL
from labutils.network import Network
from labutils.notebook import explorers, figures

RNG = np.random.default_rng(0)
VIEW = "application/vnd.jupyter.widget-view+json"


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
            "line": lambda: explorers.line(load_points()),
            "descent": lambda: explorers.descent(
                load_points(), path_of, lambda w: 1 + float(w @ w), [0.0003, 0.02, 0.3, 2.0, 1e6]
            ),
            "image_stages": lambda: explorers.image_stages(mnist_network, mnist()),
            "hidden_units": lambda: explorers.hidden_units(mnist_network, mnist()),
        }[name]()

    return make


NAMES = ["line", "descent", "image_stages", "hidden_units"]


def picture(explorer):
    """What the widget of the figure shows: the alt text, the size on the page and the PNG."""
    (tag,) = re.findall("<img [^>]+>", explorer.picture.value)
    width, height = (int(re.search(rf'{side}="(\d+)"', tag)[1]) for side in ("width", "height"))
    png = base64.b64decode(re.search('src="data:image/png;base64,([^"]+)"', tag)[1])
    return re.search('alt="([^"]+)"', tag)[1], (width, height), png


def words(axes):
    return [text.get_text() for text in axes.texts]


def settings(knob):
    """The values of a knob that are tried: all of a choice, and the ends and some between of a slider."""
    if hasattr(knob, "options"):
        return [option[1] if isinstance(option, tuple) else option for option in knob.options]
    return sorted({knob.min, knob.max, knob.value, knob.min + (knob.max - knob.min) // 3})


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_setting_of_every_knob_gives_a_figure(explore, no_frames, name):
    explorer = explore(name)
    seen = {picture(explorer)[:2]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)  # an old matplotlib's, of a new pyparsing
        for knob in explorer.knobs.values():
            for value in settings(knob):
                knob.value = value
                seen.add(picture(explorer)[:2])
            assert picture(explorer)[2] == explorer.draw(**explorer.values()).png()
    assert len(seen) == 1, "neither the alt text nor the size may depend on the knobs"


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
def test_a_strip_of_frames_travels_with_the_figure(explore, shown, with_frames, name):
    explorer = explore(name)
    ((_, metadata),) = shown
    frames = metadata["labutils"]["frames"]
    assert 5 <= len(frames) <= 9
    assert len({frame["label"] for frame in frames}) == len(frames)
    pictures = [Image.open(io.BytesIO(base64.b64decode(frame["png"]))) for frame in frames]
    assert all(picture.width > 500 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) > 1
    assert explorer.knobs[next(iter(explorer.frames[0]))].description in frames[0]["label"]
    assert [frame["shown"] for frame in frames].count(True) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_one_output_holds_the_sliders_with_their_figure_and_the_same_figure_as_an_image(
    explore, shown, no_frames, name
):
    explorer = explore(name)
    ((content, metadata),) = shown
    assert set(content) == {VIEW, "image/png", "text/plain"}
    box = next(w for w in all_widgets() if w.model_id == content[VIEW]["model_id"])
    assert box.children == (*explorer.knobs.values(), explorer.picture)
    alt, size, png = picture(explorer)
    assert png == base64.b64decode(content["image/png"])
    assert alt == html.escape(content["text/plain"]) == html.escape(metadata["image/png"]["alt"])
    assert size == Image.open(io.BytesIO(png)).size
    assert size[1] <= 330, "sliders and figure must fit on the screen of a laptop"


def all_widgets():
    """All widgets of this process, in ipywidgets 8 and 7."""
    registry = getattr(ipywidgets.widgets.widget, "_instances", None)
    return list((ipywidgets.Widget.widgets if registry is None else registry).values())


def test_values_without_a_figure_show_the_error_and_not_the_last_figure(shown):
    def draw(rate):
        return figures.curves({"a": ([0, 1], [0, 1 / rate])}, "x", "y")

    explorer = explorers._Explorer(draw, {"rate": ipywidgets.IntSlider(min=0, max=100, value=1)}, [])
    explorer.knobs["rate"].value = 0
    assert "<img" not in explorer.picture.value
    assert "ZeroDivisionError" in explorer.picture.value
    explorer.knobs["rate"].value = 2
    assert "<img" in explorer.picture.value


@pytest.mark.parametrize("name", ["line", "descent"])
def test_every_point_is_in_the_picture(explore, no_frames, name):
    explorer = explore(name)
    left = explorer.draw(**explorer.values()).axes[0]
    x = load_points().x_train
    for low, high, values in ((*left.get_xlim(), x[:, 0]), (*left.get_ylim(), x[:, 1])):
        assert low < values.min()
        assert values.max() < high


@pytest.mark.parametrize(("name", "start"), [("line", {"w1": 0.0}), ("descent", {"step": 0})])
def test_without_weights_the_figure_says_that_there_is_no_line(explore, no_frames, name, start):
    explorer = explore(name)
    axes = explorer.draw(**explorer.values() | start).axes[0]
    (note,) = axes.texts
    assert "0" in note.get_text()
    assert note.get_bbox_patch().get_facecolor() == (1, 1, 1, 1), "a text over points needs a background"
    assert not axes.get_lines()
    moved = {"line": {"w1": 0.1}, "descent": {"step": 1}}[name]
    assert explorer.draw(**explorer.values() | moved).axes[0].get_lines()
    assert words(explorer.draw(**explorer.values() | moved).axes[0]) == []


def test_loss_and_error_of_a_line(explore, no_frames):
    x, y = load_points().x_train, load_points().y_train
    title = explore("line").draw(0.8, 1.1, -2.0).axes[0].get_title()
    z = x @ [[0.8], [1.1]] - 2
    error = 100 * np.mean((z[:, 0] > 0) != y)
    assert f"{SigmoidNLL().forward(z, y):.3f}" in title
    assert f"{error:.1f} %" in title


def test_a_line_that_has_left_the_picture(shown, no_frames):
    path = np.array([[1.0, 1.0, -2.0], [1.0, 1.0, 200.0]])
    explorer = explorers.descent(load_points(), lambda rate: path, lambda w: 1 + float(w @ w), [0.1])
    for step, notes in ((0, 0), (1, 1)):
        left, right = explorer.draw(0.1, step).axes
        assert len(left.texts) == notes
        assert f"{1 + float(path[step] @ path[step]):.4g}" in right.get_title()


def test_contours_carry_their_loss_and_the_last_step_does_not_hide_the_minimum(explore, no_frames):
    _, right = explore("descent").draw(0.02, 3).axes
    losses = [float(label) for label in words(right)]
    assert len(set(losses)) > 3
    path, last = (line for line in right.get_lines() if line.get_marker() == "o")
    assert last.get_markerfacecolor() == "none"
    assert path.get_label() in [text.get_text() for text in right.get_legend().get_texts()]


def test_a_line_and_a_rate_of_choice_are_shown_first(explore, no_frames):
    assert explore("line").draw(**explore("line").values()).axes[0].get_lines()
    path = np.ones((3, 3))
    explorer = explorers.descent(load_points(), lambda rate: path, lambda w: 1.0, [0.01, 0.02, 0.07], 0.07)
    assert explorer.values()["rate"] == 0.07
    assert explore("descent").values()["rate"] == 0.02


def test_weights_that_have_left_the_picture(explore, no_frames):
    _, right = explore("descent").draw(2.0, 9).axes
    assert ["is outside" in text for text in words(right)].count(True) == 1


def test_the_stages_are_those_of_the_network(explore, no_frames, mnist_network):
    explorer = explore("image_stages")

    def stages(**changed):
        figure = explorer.draw(**explorer.values() | changed)
        image, linear, sigmoid = figure.axes[:3]
        units = [axes.collections[0].get_array() for axes in (linear, sigmoid)]
        bars = ([bar.get_width() for bar in axes.patches] for axes in figure.axes[3:])
        return figure, image.images[0].get_array(), *units, *bars

    figure, pixels, linear, sigmoid, scores, probabilities = stages()
    x = mnist().x_validation[4:5].astype(np.float32)
    np.testing.assert_allclose(pixels.ravel(), x[0])
    for layer, values in zip(mnist_network.layers, (linear, sigmoid, scores, probabilities), strict=True):
        x = layer.forward(x)
        np.testing.assert_allclose(np.ravel(values), x[0], rtol=1e-5)
    label, titles = mnist().y_validation[4], [axes.get_title() for axes in figure.axes]
    assert str(label) in titles[0]
    assert "16 hidden units (4 x 4)" in titles[1]
    assert "16 hidden units (4 x 4)" in titles[2]
    assert f"loss {-np.log(probabilities[label]):.2f}" in figure.texts[0].get_text()
    assert not stages(light=0.0)[1].any()
    shifted = stages(down=3)[1]
    np.testing.assert_allclose(shifted[3:], pixels[:-3], atol=1e-6)


@pytest.mark.parametrize(("name", "panels"), [("image_stages", (1, 2)), ("hidden_units", (0,))])
def test_a_scale_says_which_numbers_the_colours_stand_for(explore, no_frames, name, panels):
    explorer = explore(name)
    figure = explorer.draw(**explorer.values())
    for panel in panels:
        axes = figure.axes[panel]
        coloured = axes.collections[0] if axes.collections else axes.images[0]
        assert words(axes) == [f"{end:.2g}" for end in coloured.get_clim()]
        assert axes.images[-1].get_cmap().name == coloured.get_cmap().name


def test_the_images_with_the_largest_z_of_a_unit(explore, no_frames, mnist_network):
    left, right = explore("hidden_units").draw(3).axes
    z = mnist_network.layers[0].forward(mnist().x_validation)[:, 3]
    expected = [f"{value:.1f}" for value in np.sort(z)[::-1][:12]]
    assert [text.get_text() for text in right.texts] == expected
    weights = mnist_network.layers[0].params["W"][:, 3].reshape(28, 28)
    np.testing.assert_array_equal(left.images[0].get_array(), weights)


def test_the_unit_that_is_shown_first(no_frames, mnist_network):
    assert explorers.hidden_units(mnist_network, mnist(), 5).values() == {"unit": 5}
    with pytest.raises(ValueError, match="unit: expected a whole number from 0 to 15, got 16"):
        explorers.hidden_units(mnist_network, mnist(), 16)


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
