"""The bands in data/bands.csv: narrow enough, and a broken training falls outside every one of them."""

import csv

import pytest

from ..conftest import data_script
from . import hurry
from .conftest import ROOT

with (ROOT / "data" / "bands.csv").open(encoding="utf-8") as file:
    BANDS = {
        row["quantity"]: {k: float(v) for k, v in row.items() if k != "quantity"}
        for row in csv.DictReader(file)
    }

FLIPPED_GRADIENT = """
import labutils.training
real_step = labutils.training.SGDM.step
def step(self, network):
    for layer in network.layers:
        for gradient in layer.grads.values():
            gradient *= -1
    real_step(self, network)
labutils.training.SGDM.step = step
"""

TENFOLD_RATE = """
import labutils.training
real_init = labutils.training.SGDM.__init__
def init(self, learning_rate, *others):
    real_init(self, 10 * learning_rate, *others)
labutils.training.SGDM.__init__ = init
"""


@pytest.fixture(scope="module")
def make_bands():
    return data_script("make_bands")


@pytest.mark.parametrize("quantity", BANDS)
def test_a_band_is_at_most_three_times_the_spread_that_was_measured(quantity):
    band = BANDS[quantity]
    assert band["runs"] >= 7
    assert band["low"] <= band["lowest"] < band["highest"] <= band["high"]
    assert band["high"] - band["low"] <= 3 * (band["highest"] - band["lowest"])


@pytest.mark.parametrize(
    "sabotage", [FLIPPED_GRADIENT, TENFOLD_RATE], ids=["flipped gradient", "tenfold rate"]
)
@pytest.mark.parametrize("notebook", ["part_b_two_layer_network", "part_c_learning_rate_study"])
def test_a_broken_training_falls_outside_every_band(make_bands, notebook, sabotage):
    measured = make_bands.collect(notebook, sabotage=hurry.FIGURES + sabotage)
    assert len(measured) >= 7, measured
    inside = {name: v for name, v in measured.items() if BANDS[name]["low"] <= v <= BANDS[name]["high"]}
    assert not inside


def test_every_band_is_used(make_bands):
    """Without the sabotage the same collector finds every value inside: it is the sabotage that the test above sees."""
    measured = make_bands.collect("part_b_two_layer_network", sabotage=hurry.FIGURES)
    measured_names = {name for name in BANDS if name.startswith("B")}
    assert set(measured) == measured_names
    assert all(BANDS[name]["low"] <= v <= BANDS[name]["high"] for name, v in measured.items()), measured
