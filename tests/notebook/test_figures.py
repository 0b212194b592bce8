"""Each plot's data, read back from its artists, is what went in."""

import base64
import io
import itertools
from dataclasses import replace

import matplotlib.colors
import matplotlib.image
import numpy as np
import pytest

from labutils.data import load_points
from labutils.notebook import figures, live


def line(axes, label):
    return next(artist for artist in axes.get_lines() if artist.get_label() == label)


def test_a_figure_shows_itself_as_a_picture_and_its_alt_text():
    figure = figures.curves({"a": (np.array([0, 1]), np.array([2, 3]))}, "steps", "error (%)")
    content, metadata = figure._repr_mimebundle_()
    assert content["text/plain"] == metadata["image/png"]["alt"] == figure.alt
    height, width, _ = matplotlib.image.imread(io.BytesIO(base64.b64decode(content["image/png"]))).shape
    assert (width, height) == (720, 360)


def test_the_alt_text_names_the_axes_and_everything_drawn():
    """It depends on what is shown, and not on the values: a notebook's outputs are compared to the letter."""
    x = np.array([1.0, 10.0])
    for y in (x, 100 * x):
        figure = figures.curves({"one": (x, y), "two": (x, y)}, "units", "$w_1$", "x", {"bound": y[0]})
        assert figure.alt == "Curves: w1 against units (log scale). Shown: one; two; bound."
    assert figures.images(np.ones((12, 4)), ["5 as 3"]).alt == "12 images in rows of ten, each under a title."
    seeds = figures.seeds(["few\nunits", "many"], {"raw": [x, x]}, "error (%)").alt
    assert seeds == "One mark per seed for few units; many: error (%). Shown: raw; mean with 95 % interval."


def test_points_and_lines():
    data = load_points()
    w, b = np.array([1.0, 2.0]), -3.0
    (axes,) = figures.points(data, {"a line": (w, b), "no line": (np.zeros(2), 1.0)}).axes
    drawn = {scatter.get_label(): scatter.get_offsets() for scatter in axes.collections}
    assert len(drawn) == 4
    np.testing.assert_array_equal(drawn["group 1, training"], data.x_train[data.y_train == 1])
    np.testing.assert_array_equal(drawn["group 0, test"], data.x_validation[data.y_validation == 0])
    (axline,) = axes.get_lines()
    for point in (axline.get_xy1(), axline.get_xy2()):
        assert w @ np.array(point) + b == pytest.approx(0)


def test_without_test_points_none_are_drawn():
    data = load_points()
    data = replace(data, x_validation=data.x_train, y_validation=data.y_train)
    (axes,) = figures.points(data, {}).axes
    assert [scatter.get_label() for scatter in axes.collections] == ["group 0, training", "group 1, training"]


def test_every_point_is_in_the_picture():
    data = load_points()
    (axes,) = figures.points(data, {}).axes
    x = np.vstack([data.x_train, data.x_validation])
    for low, high, values in ((*axes.get_xlim(), x[:, 0]), (*axes.get_ylim(), x[:, 1])):
        assert low < values.min()
        assert values.max() < high


def test_curves():
    x, y = np.array([1.0, 10.0, 100.0]), np.array([3.0, 2.0, 1.0])
    (axes,) = figures.curves({"a": (x, y), "b": (x, 2 * y)}, "units", "error", "x", {"best": 0.5}).axes
    np.testing.assert_array_equal(line(axes, "b").get_xydata(), np.column_stack([x, 2 * y]))
    assert line(axes, "best").get_ydata()[0] == 0.5
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert axes.get_xlabel() == "units (log scale)"
    assert {"1", "10", "100"} <= {label.get_text() for label in axes.get_xticklabels()}
    with pytest.raises(ValueError, match="log: expected one of"):
        figures.curves({"a": (x, y)}, "x", "y", "z")


def texts_beside(axes):
    return {text.get_text(): text for text in axes.texts}


def test_lines_are_named_at_their_ends():
    x = np.arange(5)
    figure = figures.curves(
        {"training error": (x, x), "test error": (x, 2 * x)}, "step", "y", across={"best": 9}
    )
    (axes,) = figure.axes
    named = texts_beside(axes)
    assert set(named) == {"training error", "test error", "best"}
    assert not figure.legends
    assert named["training error"].get_color() == live.MEANINGS["training"].colour
    for label, end in (("training error", 4), ("test error", 8), ("best", 9)):
        place = axes.transAxes.transform(named[label].get_position())
        assert place[1] == pytest.approx(axes.transData.transform((0, end))[1], abs=12)
        assert place[0] > axes.bbox.x1


def test_names_at_the_ends_do_not_overlap():
    x = np.arange(50)
    (axes,) = figures.curves({f"rate {i}": (x, x + i / 10) for i in range(3)}, "step", "loss").axes
    axes.figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert len(boxes) == 3
    for lower, upper in itertools.pairwise(boxes):
        assert upper.y0 >= lower.y1 - 3  # a line of text has some space above and below its letters


@pytest.mark.parametrize(
    "series",
    [
        {f"rate {i}": ([0, 1], [0, i]) for i in range(7)},  # too many names
        {f"rate {i}": ([0, 1], [9, i / 100]) for i in range(6)},  # no room
        {"short": ([0, 1], [0, 1]), "long": ([0, 4], [0, 3])},  # one ends inside the figure
        {"nothing": ([0, 1], [np.nan, np.nan]), "something": ([0, 1], [0, 1])},
    ],
)
def test_a_legend_replaces_names_that_have_no_room(series):
    figure = figures.curves(series, "x", "y")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(series)
    assert not figure.axes[0].texts


def test_the_end_of_a_line_is_marked_if_others_continue():
    y = np.array([0.0, 1.0, 2.0, np.inf, np.nan])
    figure = figures.curves({"stable": (range(5), range(5)), "apart": (range(5), y)}, "score", "loss")
    dots = [drawn for drawn in figure.axes[0].get_lines() if len(drawn.get_xdata()) == 1]
    assert [dot.get_xydata().tolist() for dot in dots] == [[[2.0, 2.0]]]


def test_ticks_of_epochs_are_whole_numbers():
    epochs = np.arange(1, 19) / 4
    (axes,) = figures.curves({"a": (epochs, epochs)}, "epoch", "error (%)").axes
    assert all(tick == round(tick) for tick in axes.get_xticks())


@pytest.mark.parametrize(("lowest", "from_zero"), [(40.0, True), (0.0, True), (-1.0, False)])
def test_an_axis_without_negative_values_begins_at_zero(lowest, from_zero):
    (axes,) = figures.curves({"a": ([1, 2], [lowest, 50])}, "x", "error (%)").axes
    bottom = axes.get_ylim()[0]
    assert (-2 < bottom < 0) if from_zero else (bottom < -2)


def test_a_logarithmic_axis_has_plain_numbers():
    (axes,) = figures.curves({"a": ([1, 2], [0.3, 40])}, "x", "error (%)", log="y").axes
    axes.figure.draw_without_rendering()
    assert axes.get_ylabel() == "error (%)\n(log scale)"
    assert {"1", "10"} <= {label.get_text() for label in axes.get_yticklabels()}


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_panels(count, share):
    x = np.arange(5)
    series = {f"run {i}": {"training": (x, x * i), "the report": (x, x + i)} for i in range(count)}
    figure = figures.panels(series, "step", "error (%)", share=share)
    assert [axes.get_title() for axes in figure.axes] == list(series)
    for i, axes in enumerate(figure.axes):
        np.testing.assert_array_equal(line(axes, "the report").get_ydata(), x + i)
        assert line(axes, "training").get_color() == live.MEANINGS["training"].colour
    highest = {axes.get_ylim() for axes in figure.axes}
    assert len(highest) == 1 if share or count == 1 else len(highest) > 1
    named = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert sorted(named + list(texts_beside(figure.axes[-1]))) == ["the report", "training"]


def test_panels_with_one_axis_include_every_line():
    (left, right) = figures.panels(
        {"a": {"a": ([0, 1], [0, 1])}, "b": {"a": ([0, 9], [0, 99])}}, "x", "y"
    ).axes
    for axes in (left, right):
        assert axes.get_xlim()[1] > 9
        assert axes.get_ylim()[1] > 99
    with pytest.raises(ValueError, match="panels: expected at most four panels"):
        figures.panels({str(i): {} for i in range(5)}, "x", "y")


def test_nothing_but_zeros_on_a_logarithmic_axis(recwarn):
    """A logarithmic axis without a positive number would give a warning of matplotlib."""
    assert figures.curves({"zeros": (np.arange(5), np.zeros(5))}, "x", "y", log="y").png()
    assert not [str(warning.message) for warning in recwarn]


def test_lists_are_accepted_as_arrays():
    assert figures.points(load_points(), {"a line": ([1, 2], 0)}).png()
    assert figures.curves({"a": ([1, 2], [3, 4])}, "x", "y").png()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.points(load_points(), {"a": 1}), r"lines\['a'\]: expected a pair"),
        (lambda: figures.points(load_points(), {"a": ([1], 0)}), r"lines\['a'\]: expected .* \(2,\)"),
        (lambda: figures.curves({"a": ([1, 2], [1])}, "x", "y"), r"series\['a'\]: expected .* \(2,\)"),
        (lambda: figures.curves({}, "x", "y", across={"a": "b"}), r"across\['a'\]: expected a number"),
        (lambda: figures.seeds(["a"], {}, "y"), "series: expected at least one entry, got {}"),
        (lambda: figures.seeds(["a"], {"b": []}, "y"), r"series\['b'\]: expected 1 arrays, got 0"),
        (lambda: figures.seeds(["a"], {"b": [[1]]}, "y", marks={"c": [1, 2]}), r"marks\['c'\]: .* \(1,\)"),
        (lambda: figures.panels({}, "x", "y"), "panels: expected at least one entry, got {}"),
        (lambda: figures.panels({"a": {"b": 1}}, "x", "y"), r"panels\['a'\]\['b'\]: expected a pair"),
    ],
)
def test_an_error_names_the_argument(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


@pytest.mark.parametrize("signed", [False, True])
def test_images(signed, rng):
    pixels = rng.normal(size=(7, 16)) if signed else rng.uniform(0, 255, size=(7, 16))
    figure = figures.images(pixels, titles=list("abcdefg"), signed=signed)
    shown = [axes.images[0] for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in figure.axes][:7] == list("abcdefg")
    assert any(axes.get_label() == "<colorbar>" for axes in figure.axes) == signed
    for image, row in zip(shown, pixels, strict=True):
        np.testing.assert_array_equal(image.get_array().ravel(), row)
        if signed:
            assert image.norm.vmin == -image.norm.vmax
    with pytest.raises(
        ValueError, match=r"pixels: expected square images such as \(N, 784\), got .*\(2, 15\)"
    ):
        figures.images(np.zeros((2, 15)))


def test_confusion():
    labels, predicted = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 0])
    (axes,) = figures.confusion(labels, predicted).axes
    written = {text.get_position()[::-1]: int(text.get_text()) for text in axes.texts}
    assert written == {(0, 0): 1, (0, 1): 1, (1, 1): 1, (2, 2): 1, (2, 0): 2}
    shaded = axes.images[0].get_array()
    assert shaded[:3, :3].tolist() == [[0, 1, 0], [0, 0, 0], [2, 0, 0]]
    assert shaded.sum() == 3
    with pytest.raises(ValueError, match="predicted: expected labels of 0 to 9, got 10"):
        figures.confusion(labels, predicted + 8)


# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
# severity 1: what is left of linear RGB.
LEFT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(colours, seen_by):
    """CIE L*a*b* (D65) of sRGB colours, as such a reader sees them: (N, 3)."""
    rgb = np.array([matplotlib.colors.to_rgb(colour) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(LEFT[seen_by]).T, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.column_stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])])


@pytest.mark.parametrize("reader", LEFT)
def test_colours_are_told_apart_by_colour_blind_readers(reader):
    """Every two differ by more than 10 in L*a*b* (about 2 is just noticeable), and from the white behind them."""
    places = lab([*(look.colour for look in live.MEANINGS.values()), "white"], reader)
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert distances[np.triu_indices(len(places), 1)].min() > 10


def test_labels_without_a_meaning_go_from_light_to_dark_with_different_lines():
    labels = ["5e-4", "one", "1e-3", "3e-3"]
    assert len({look.line for look in live.looks(labels)}) == 4
    lightness = lab([look.colour for look in live.looks(labels)], "normal")[:, 0]
    assert (np.diff(lightness) < -10).all()
    assert lightness[0] < 62  # a contrast of 3 : 1 to white, as WCAG 2 asks for parts of a figure


def test_a_meaning_has_the_same_colour_wherever_it_stands():
    alone = {words: live.looks([words])[0].colour for words in ("training", "validation", "raw")}
    beside = live.looks(["5e-4", "raw pixels, 5e-4", "validation error (%)", "training error", "drawn later"])
    assert [look.colour for look in beside[1:4]] == [alone["raw"], alone["validation"], alone["training"]]
    assert len({look.colour for look in beside}) == 5
    assert live.looks(["raw, training"])[0].colour == alone["training"]  # the first of the meanings counts


def test_two_labels_of_one_meaning_have_different_lines():
    first, second = live.looks(["raw, 200 units", "raw, 1,000 units"])
    assert first.colour == second.colour
    assert first.line != second.line


def test_two_colours_that_are_one_to_some_readers_are_found():
    red, green = lab(["#d62728", "#2ca02c"], "deuteranopia")
    assert np.linalg.norm(red - green) < 30
    assert np.linalg.norm(np.subtract(*lab(["#d62728", "#2ca02c"], "normal"))) > 100


def test_seeds():
    values = [np.array([1.0, 2.0, 4.0]), np.array([])]
    figure = figures.seeds(["a", "b"], {"raw": values, "centred": values[::-1]}, "error (%)", {"none": 0.0})
    (axes,) = figure.axes
    dots = [drawn for drawn in axes.get_lines() if len(drawn.get_ydata()) == 3]
    for drawn in dots:
        np.testing.assert_array_equal(drawn.get_ydata(), values[0])
    assert [round(float(np.mean(drawn.get_xdata())), 3) for drawn in dots] == [-0.2, 1.2]
    mean, half = (
        7 / 3,
        4.3027 * np.sqrt(7 / 9),
    )  # t(0.975, 2), from a table; the deviation is sqrt(7/3), of 3 seeds
    (segment,) = axes.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose(segment[:, 1], [mean - half, mean + half], rtol=1e-4)
    assert line(axes, "none").get_ydata()[0] == 0
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b"]


def test_marks_are_black_crosses_where_there_is_a_value():
    groups = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    (axes,) = figures.seeds(["a", "b"], {"raw": groups}, "y", marks={"the report": [None, 5.5]}).axes
    crosses = line(axes, "the report")
    assert (crosses.get_marker(), crosses.get_color()) == ("x", "k")
    np.testing.assert_array_equal(crosses.get_xydata()[1], [1, 5.5])
    assert np.isnan(crosses.get_ydata()[0])
    assert axes.get_ylim()[1] > 5.5
