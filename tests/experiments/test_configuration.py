import dataclasses

import numpy as np
import pytest

from labutils._internal.arguments import declared_checks
from labutils.data import load_mnist
from labutils.experiments import Configuration
from labutils.record import TrainingOptions

from ..properties.kinds import declared_limits
from .conftest import TINY, run_one, tiny

OWN = declared_checks(Configuration)
SHARED = declared_checks(TrainingOptions)


def invalid_values(kind, check):
    """Values that this option does not allow: those next to its limits, and other types."""
    match declared_limits(check):
        case {"high": high, "low": low, "positive": positive}:
            values = [np.nan, np.inf, low - 0.1, None, "1", True, [1.0]]
            values += [high] if np.isfinite(high) else []
            return values + [0.0] * positive
        case {"low": low}:
            return [low - 1, 2**63, 5.0, None, "1", True]
        case {"choices": _}:
            return ["other", "", None, 1, ["other"]]
    return [1, None, "yes", np.nan] if kind is bool else ["", "a\nb", "a\0", 3, None, b"a"]  # a name


INVALID = [
    (name, value)
    for name in OWN
    for value in invalid_values(*(SHARED[name] if name in SHARED else OWN[name]))
]


@pytest.mark.parametrize(("option", "value"), INVALID)
def test_an_option_that_is_not_allowed_is_named(option, value):
    with pytest.raises((TypeError, ValueError), match=f"^{option}: expected .*, got "):
        dataclasses.replace(TINY, **{option: value})


def test_a_shared_option_is_declared_once():
    """Its default comes from TrainingOptions, and so does its check."""
    for name in set(SHARED) & set(OWN):
        assert OWN[name][1] is None
        if name != "learning_rate":
            assert getattr(Configuration, name) == getattr(TrainingOptions, name)
    assert set(SHARED) - set(OWN) == {"seed"}


def test_the_first_three_options_may_be_given_by_position():
    one = Configuration("one", 0.1, 7)
    assert (one.name, one.learning_rate, one.hidden_units) == ("one", 0.1, 7)


def test_numbers_are_kept_in_one_way():
    one = Configuration("one", 10, np.int64(5), scale=np.float64(0.5), l2=0)
    assert repr(one) == repr(Configuration("one", 10.0, 5, scale=0.5, l2=0.0))


def test_training_options_are_those_of_the_configuration():
    options = tiny("tiny", momentum=0.5, shuffle="once").training_options(4)
    assert (options.momentum, options.shuffle, options.batch_size, options.seed) == (0.5, "once", 500, 4)


def test_the_mean_is_subtracted_before_scaling():
    data = tiny("both", scale=0.5).dataset(0)
    expected = load_mnist(0).centred().scaled(0.5)
    np.testing.assert_array_equal(data.x_train, expected.x_train)


def test_a_share_of_the_training_images_is_left_out():
    data = tiny("quarter", left_out=0.75, centred=False).dataset(0)
    np.testing.assert_array_equal(data.x_train, load_mnist(0).x_train[:1000])
    assert len(data.y_train) == 1000
    assert len(data.x_validation) == 1000


def test_the_seed_is_shared_by_all_configurations():
    """The split, the initial weights of equal layers and the order: so differences are paired."""
    a, b = tiny("a", learning_rate=0.5), tiny("b", hidden_units=7)
    np.testing.assert_array_equal(a.dataset(4).x_validation, b.dataset(4).x_validation)
    assert not (a.dataset(4).x_validation == a.dataset(5).x_validation).all()
    scaled = [c.network(784, 10, 4).layers[0].params["W"][:, :5] for c in (a, b)]
    ratio = np.sqrt((784 + 5) / (784 + 7))
    np.testing.assert_allclose(scaled[1], ratio * scaled[0], rtol=1e-12)
    assert a.training_options(4).seed == b.training_options(4).seed == 4


@pytest.mark.parametrize(
    "changes",
    [{}, {"centred": False}, {"centred": False, "scale": 0.5}, {"centred": False, "left_out": 0.5}],
    ids=str,
)
def test_its_data_cannot_be_changed_in_place(changes):
    """The split is kept from one run to the next, so a change would reach the runs that follow."""
    configuration = tiny("tiny", **changes)
    before = run_one(configuration, 0)
    data = configuration.dataset(0)
    for array in (data.x_train, data.x_validation, data.y_train, data.y_validation):
        with pytest.raises(ValueError, match="read-only"):
            array += 1
    with pytest.raises(ValueError, match="read-only"):
        data.x_train /= 255
    after = run_one(configuration, 0)
    assert repr(after | {"seconds": 0}) == repr(before | {"seconds": 0})


@pytest.mark.parametrize("seed", [-1, 0.5, "0", None, True])
def test_a_wrong_seed_is_named(seed):
    for call in (TINY.dataset, TINY.training_options, lambda seed: TINY.network(784, 10, seed)):
        with pytest.raises((TypeError, ValueError), match=r"^seed: expected a whole number.*, got "):
            call(seed)
