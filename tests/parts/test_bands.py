"""The bands in data/bands.csv: narrow enough, and a broken training falls outside every one of them."""

import csv
import functools
import os
import re

import pytest

from labutils.experiments import in_bands

from ..conftest import data_script
from . import hurry
from .conftest import ROOT, code_cells, read


@functools.cache
def bands() -> dict[str, dict[str, float]]:
    """The numbers in data/bands.csv, by quantity."""
    with (ROOT / "data" / "bands.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row.pop("quantity"): {name: float(value) for name, value in row.items()} for row in rows}


def is_inside(quantity: str, value: float) -> bool:
    return bands()[quantity]["low"] <= value <= bands()[quantity]["high"]


# Neither sabotage depends on whether the gradients that reach `step` are multiplied by the learning rate already.
FLIPPED_GRADIENT = """
from labutils import optimiser
real_step = optimiser.SGDM.step
def step(self, network):
    for layer in network.layers:
        for gradient in layer.grads.values():
            gradient *= -1
    real_step(self, network)
optimiser.SGDM.step = step
"""

TENFOLD_RATE = """
import dataclasses, sys
from labutils import training
whole = training.train
def train(network, loss, data, options, callbacks=()):
    options = dataclasses.replace(options, learning_rate=10 * options.learning_rate)
    return whole(network, loss, data, options, callbacks)
for name, module in list(sys.modules.items()):  # modules that have imported the function already
    if name.startswith("labutils.") and getattr(module, "train", None) is whole:
        module.train = train
"""


@pytest.fixture(scope="module")
def make_bands():
    return data_script("make_bands")


def test_a_band_is_at_most_three_times_the_spread_that_was_measured():
    for quantity, band in bands().items():
        assert band["runs"] >= 7, quantity
        assert band["low"] <= band["lowest"] < band["highest"] <= band["high"], quantity
        assert band["high"] - band["low"] <= 3 * (band["highest"] - band["lowest"]), quantity


FULL = os.environ.get("LAB_PATIENCE") == "full"
B, C = "part_b_two_layer_network", "part_c_learning_rate_study"
TENFOLD, FLIPPED = (B, TENFOLD_RATE), (C, FLIPPED_GRADIENT)
OTHERS = [(B, FLIPPED_GRADIENT), (C, TENFOLD_RATE)]


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.parametrize(("notebook", "sabotage"), [TENFOLD, FLIPPED, *OTHERS * FULL])
def test_a_broken_training_falls_outside_every_band(make_bands, notebook, sabotage):
    """Each part with one sabotage; with LAB_PATIENCE=full, with both."""
    measured = make_bands.collect(notebook, sabotage=hurry.FIGURES + sabotage)
    assert len(measured) >= 7, measured
    inside = {quantity: value for quantity, value in measured.items() if is_inside(quantity, value)}
    assert not inside


# Kept from earlier releases: no notebook trains these runs any more.
EARLIER = {f"learn-rate-{rate} centred, validation error (%)" for rate in ("5e-5", "5e-4", "8e-4", "1e-3")}
EARLIER |= {f"hidden-{units} centred, validation error (%)" for units in (500, 700)}


def test_every_band_is_used():
    """Each is compared with a value of a notebook, which is inside: it is the sabotage that the test above sees."""
    outputs = [output for part in (B, C) for cell in code_cells(read(part)) for output in cell.outputs]
    data = [output.get("data", {}) for output in outputs]
    texts = [output.get("text", "") for output in outputs]
    texts += [content for one in data for kind, content in one.items() if kind.startswith("text/")]
    shown = " ".join(" ".join(texts).split())
    names = {
        name for line in re.findall(r"Inside their bands: ([^.]*)\.", shown) for name in line.split(", ")
    }
    seen = {name for name, band in bands().items() if inside_words(name, band) in shown}
    seen |= {f"{name}, validation error (%)" for name in names}
    assert seen.isdisjoint(EARLIER)
    assert seen | EARLIER == set(bands())


def inside_words(quantity: str, band: dict[str, float]) -> str:
    """What `in_bands` says of a value inside of a band."""
    return in_bands({quantity: (band["low"] + band["high"]) / 2})
