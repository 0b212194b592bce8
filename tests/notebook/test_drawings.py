"""What the drawings show, read back from their artists."""

import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from labutils.notebook import drawings

GRAPH = (["$x$", "$z$", "$L$"], ["2.0", "-1.0", "0.3"], ["$wx+b$", r"$\sigma$"])


def words(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def arrows(axes):
    """(from, to) of each arrow, in inches."""
    return [(text.xyann, text.xy) for text in axes.texts if getattr(text, "arrow_patch", None)]


def test_a_chain_goes_from_left_to_right():
    (axes,) = drawings.chain(*GRAPH).axes
    assert {"$x$", "$z$", "$L$", "2.0", "\u22121.0", "0.3", *GRAPH[2]} <= set(words(axes))
    assert len([patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]) == 3
    assert [start[0] < end[0] for start, end in arrows(axes)] == [True, True]


def test_gradients_stand_below_their_quantities_with_arrows_back():
    (axes,) = drawings.chain(*GRAPH, ["-0.2", "0.1", "1"], ["$w$", "0.5"]).axes
    place = {text.get_text(): text.get_position() for text in axes.texts}
    for value, gradient in (("2.0", "gradient\n\u22120.2"), ("0.3", "gradient\n1")):
        assert place[gradient][0] == place[value][0]
        assert place[gradient][1] < place[value][1]
    assert [start[0] < end[0] for start, end in arrows(axes)] == [True, True, False, False]
    assert {"$w$", "0.5"} <= set(place)


def test_what_branches_off_starts_at_an_arrow_of_the_backward_pass():
    figure = drawings.chain(*GRAPH, ["-0.2", "0.1", "1"], branches=["$dW$", ""])
    (axes,) = figure.axes
    (branch,) = [text for text in axes.texts if text.get_text() == "$dW$"]
    start, end = arrows(axes)[3]  # the last arrow of the backward pass
    assert end[0] < branch.xy[0] < start[0]
    assert branch.arrow_patch
    assert figure.alt.endswith("1, 0.1, -0.2, dW.")


@pytest.mark.parametrize("count", range(2, 7))
def test_no_text_of_a_chain_overlaps_another(count):
    names, values = [f"$z_{i}$" for i in range(count)], ["-1.25"] * count
    operations = ["$W_1x$"] * (count - 1)
    figure = drawings.chain(names, values, operations, values, operations)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    for i, one in enumerate(boxes):
        assert one.x0 >= 0
        assert one.x1 <= figure.bbox.x1
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def test_the_alt_texts_contain_what_is_drawn():
    alt = drawings.chain(*GRAPH, ["-0.2", "0.1", "1"]).alt
    for shown in ("x = 2.0", "z = -1.0", "wx+b", "sigma", "1, 0.1, -0.2"):
        assert shown in alt
    assert not set("$\\") & set(alt)
    assert "784 pixels, then 10 classes" in drawings.network([784, 10], ["pixels", "classes"]).alt
    assert "0.1, 2.5" in drawings.parabola_steps(1.0, [0.1, 2.5]).alt


def test_a_network_has_a_circle_per_unit_and_shortens_long_columns():
    (axes,) = drawings.network([784, 7, 1], ["pixels", "hidden units", "output"]).axes
    assert [len(column.get_offsets()) for column in axes.collections] == [16, 7, 1]
    assert len(axes.get_lines()) == 16 * 7 + 7 * 1
    shown = words(axes)
    assert {"784\npixels", "7\nhidden units", "1\noutput", "$W_1$, $b_1$", "$W_2$, $b_2$"} <= set(shown)
    assert shown.count(r"$\vdots$") == 1


def test_a_larger_layer_is_a_higher_column():
    (axes,) = drawings.network([784, 100, 10], ["pixels", "hidden units", "classes"]).axes
    heights = [float(np.ptp(column.get_offsets()[:, 1])) for column in axes.collections]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == 3


def test_the_steps_on_a_parabola_are_those_of_gradient_descent():
    curvature = 2.0
    figure = drawings.parabola_steps(curvature, [0.1, 1.1])
    for axes, rate in zip(figure.axes, (0.1, 1.1), strict=True):
        w, expected = 1.0, []
        for _ in range(9):
            expected.append((w, curvature / 2 * w**2))
            w -= rate * curvature * w  # the gradient of the loss with respect to w
        np.testing.assert_allclose(axes.collections[0].get_offsets(), expected)
        assert f"learning rate {rate}" in axes.get_title()
    assert figure.axes[1].get_title().endswith("factor \u22121.2")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drawings.chain(["x"], ["1"], []), "names: expected two to six names"),
        (lambda: drawings.chain(["x", "y"], ["1"], ["f"]), "values: expected 2 strings"),
        (lambda: drawings.chain(["x", "y"], ["1", 2], ["f"]), "values: expected a str"),
        (lambda: drawings.chain(["x", "y"], ["1", "2"], []), "operations: expected 1 strings"),
        (lambda: drawings.chain(["x", "y"], ["1", "2"], ["f"], ["1"]), "gradients: expected 2 strings"),
        (lambda: drawings.network([3], ["a"]), "sizes: expected two to six sizes"),
        (lambda: drawings.network([3, 0], ["a", "b"]), "sizes: expected a whole number of at least 1"),
        (lambda: drawings.network([3, 2], ["a"]), "names: expected 2 strings"),
        (lambda: drawings.parabola_steps(0.0, [1.0]), "curvature: expected a finite number from 0.0001"),
        (lambda: drawings.parabola_steps(1.0, [1.0] * 5), "rates: expected at most four rates"),
    ],
)
def test_an_error_names_the_argument(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
