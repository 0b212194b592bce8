"""data/make_digits_10k.py, which draws the digits of Part C, and data/choose_digits.py, which compares renderings."""

import functools
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from labutils import report

from .conftest import DATA, data_script


@functools.cache
def script() -> ModuleType:
    return data_script("make_digits_10k")


@functools.cache
def choice() -> ModuleType:
    """choose_digits, which imports the other scripts as its neighbours."""
    sys.path.insert(0, str(DATA))
    try:
        return data_script("choose_digits")
    finally:
        sys.path.remove(str(DATA))


RENDERINGS = list(enumerate(script().RENDERINGS))
SHARP, SMOOTH = 1, 4
shifts = st.tuples(st.floats(-1.2, 1.2), st.floats(-1.2, 1.2)).map(np.array)
angles = st.floats(-45, 45)
digits = st.integers(0, 9)
faces = st.sampled_from(script().FACES)
sizes = st.integers(16, 22)


def picture(digit, face, size, angle, shift, drawn) -> np.ndarray:
    """What `draw` returns for these, as (28, 28) floats."""
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", face)
    font = ImageFont.truetype(str(path), size * drawn)
    return script().draw(digit, font, angle, np.asarray(shift), drawn).reshape(28, 28).astype(float)


def centre(image: np.ndarray) -> np.ndarray:
    """The centre of mass: column, row."""
    places = np.arange(28)
    return np.array([image.sum(axis=0) @ places, image.sum(axis=1) @ places]) / image.sum()


class TestRenderings:
    def test_are_24_different_ones_and_one_of_them_is_chosen(self):
        renderings = script().RENDERINGS
        assert len(renderings) == len(set(renderings)) == len(set(map(str, renderings))) == 24
        assert script().CHOSEN in renderings

    @pytest.mark.parametrize(("i", "rendering"), RENDERINGS)
    def test_lie_within_the_grid_that_was_declared(self, i, rendering):
        assert 16 <= rendering.smallest < rendering.largest == 22
        assert 0.8 <= rendering.shift <= 1.2
        assert rendering.rotation in (35, 45)
        assert rendering.drawn in (SHARP, SMOOTH)

    @pytest.mark.parametrize(("i", "rendering"), RENDERINGS)
    def test_draw_every_digit_with_ink_on_black(self, monkeypatch, i, rendering):
        monkeypatch.setattr(script(), "PER_DIGIT", 3)
        x, y = script().make_digits_10k(rendering)
        assert x.shape == (30, 784)
        assert x.dtype == y.dtype == np.uint8
        assert y.tolist() == [digit for digit in range(10) for _ in range(3)]
        assert (x.max(axis=1) > 128).all()
        assert (np.median(x, axis=1) == 0).all()
        assert len(np.unique(x, axis=0)) == 30

    @pytest.mark.parametrize(("i", "rendering"), RENDERINGS)
    def test_draw_sizes_rotations_and_shifts_within_their_limits(self, monkeypatch, i, rendering):
        seen = []

        def note(digit, font, angle, shift, drawn):
            seen.append((font.size / drawn, angle, *shift))
            return np.zeros(784, np.uint8)

        monkeypatch.setattr(script(), "PER_DIGIT", 100)
        monkeypatch.setattr(script(), "draw", note)
        script().make_digits_10k(rendering)
        size, angle, *shift = np.array(seen).T
        assert np.unique(size).tolist() == list(range(rendering.smallest, rendering.largest + 1))
        for values, limit in ((angle, rendering.rotation), (np.array(shift), rendering.shift)):
            assert -limit <= values.min() < -0.95 * limit
            assert 0.95 * limit < values.max() <= limit
        assert (np.array(shift) % 1 == 0).all() == rendering.whole_pixels


class TestDraw:
    @settings(max_examples=50)
    @given(digits, faces, sizes, angles, shifts)
    def test_a_shift_moves_the_centre_of_mass_by_as_much(self, digit, face, size, angle, shift):
        """The smooth ones are drawn four times larger and moved by whole pixels of that drawing: a quarter each."""
        for drawn, rounding in ((SHARP, 0), (SMOOTH, 0.5 / SMOOTH)):
            before, after = (picture(digit, face, size, angle, s, drawn) for s in (np.zeros(2), shift))
            moved = centre(before) - centre(after)
            np.testing.assert_allclose(moved, shift, atol=rounding + 0.05)

    @pytest.mark.parametrize("drawn", [SHARP, SMOOTH])
    def test_a_shift_by_a_whole_pixel_moves_every_pixel(self, drawn):
        still, moved = (picture(4, "DejaVuSans.ttf", 18, 20, shift, drawn) for shift in ([0, 0], [1, -1]))
        np.testing.assert_array_equal(moved, np.roll(still, (1, -1), axis=(0, 1)))

    @pytest.mark.parametrize("drawn", [SHARP, SMOOTH])
    def test_the_ink_is_centred_before_it_is_moved(self, drawn):
        """The box around the ink, of which the edges may differ by a pixel."""
        for digit in range(10):
            ink = picture(digit, "STIXGeneral.ttf", 20, 0, [0, 0], drawn) > 0
            for axis in (0, 1):
                places = np.flatnonzero(ink.any(axis=axis))
                assert abs(places[0] + places[-1] - 27) <= 1

    @pytest.mark.parametrize("drawn", [SHARP, SMOOTH])
    def test_a_quarter_of_a_turn_is_counterclockwise(self, drawn):
        upright, turned = (picture(7, "DejaVuSerif.ttf", 20, angle, [0, 0], drawn) for angle in (0, 90))
        assert np.abs(turned - np.rot90(upright)).mean() < 0.1 * upright.mean()

    def test_a_smooth_digit_is_nearer_to_the_exact_one(self):
        """Each of its pixels is the share that is covered. The exact one: drawn 16 times larger."""
        rng, distances = np.random.default_rng(0), {SHARP: [], SMOOTH: []}
        for digit in range(10):
            given_ = digit, "DejaVuSans.ttf", 18, rng.uniform(-45, 45), rng.integers(-4, 5, 2) / 4
            exact = picture(*given_, 16)
            for drawn in distances:
                distances[drawn].append(np.abs(picture(*given_, drawn) - exact).mean() / exact.mean())
        assert np.mean(distances[SMOOTH]) < 0.15
        assert np.mean(distances[SHARP]) > 3 * np.mean(distances[SMOOTH])


class TestChoice:
    def test_is_made_by_the_reports_rate_runs_and_not_by_those_held_out(self):
        runs, logs = report.load_runs(), choice().LOGS
        held_out = {"hidden-200", "hidden-700", "hidden-1000", "learn-rate-too-high"}
        assert set(logs) == set(runs.index) - held_out
        ours = {run.name: run for run in choice().RATE_RUNS}
        assert set(logs.values()) == set(ours)
        for log, name in logs.items():
            assert runs["learn_rate"][log] == ours[name].learning_rate
            stated = runs["hidden_units"][log]
            assert np.isnan(stated) or stated == ours[name].hidden_units

    def test_goes_by_the_distance_of_the_mean_over_the_seeds(self, monkeypatch):
        """Seeds that are 1 and 2 points above a line and 6 below it are 1 point below it on average."""
        offsets = {0: 1.0, 1: 2.0, 2: -6.0}
        iterations = np.arange(50, 701, 50)

        def train(network, loss, data, options):
            of_seed = 40 + 1000 * options.learning_rate + iterations / 20 + offsets[options.seed]
            return SimpleNamespace(column={"validation_accuracy_pct": of_seed}.get)

        x, y = np.zeros((1010, 784), np.uint8), np.repeat(np.arange(10), 101)
        monkeypatch.setattr(choice(), "make_digits_10k", lambda rendering: (x, y))
        monkeypatch.setattr(choice(), "train", train)
        found = choice().distances(script().RENDERINGS[0])
        assert set(found) == set(choice().LOGS)
        rates = {run.name: run.learning_rate for run in choice().RATE_RUNS}
        for log, ours in choice().LOGS.items():
            rows = report.load_rows(log).drop_duplicates("iteration").dropna(subset="validation_accuracy_pct")
            line = 39 + 1000 * rates[ours] + rows["iteration"] / 20
            expected = (rows["validation_accuracy_pct"] - line)[rows["iteration"] % 50 == 0].abs().mean()
            assert found[log] == pytest.approx(expected)
