import math

import numpy as np
import pytest

from labutils.experiments import in_bands

NAME = "B4 validation error (%)"


def test_a_line_for_each_value():
    assert in_bands({}) == ""
    lines = in_bands({NAME: 6.5, "B4 training error (%)": np.float32(99)}).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{NAME}: inside its band, ")
    assert lines[1].startswith("B4 training error (%): out of its band, ")
    assert lines[1].endswith(": 99")


def test_the_ends_of_a_band_are_inside():
    low, high = (float(end) for end in in_bands({NAME: 6.5}).split("band, ")[1].split(" to "))
    for value in (low, high):
        assert "inside its band" in in_bands({NAME: value})
    for value in (math.nextafter(low, 0), math.nextafter(high, 100), math.nan, math.inf):
        assert "out of its band" in in_bands({NAME: value})


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([6.5], TypeError, r"values: expected a .*Mapping, got \[6.5\]"),
        ({"another": 1.0}, ValueError, "values: expected one of .* got 'another'"),
        ({NAME: "6.5"}, TypeError, r"values\['B4 validation error \(%\)'\]: expected a .* got '6.5'"),
    ],
)
def test_wrong_calls(values, error, words):
    with pytest.raises(error, match=words):
        in_bands(values)
