"""What the tests of the experiments share: configurations that run in milliseconds, and their table."""

import dataclasses
import functools

import pandas as pd
import pytest

from labutils.experiments import Configuration
from labutils.experiments.runs import run_with_history
from labutils.instructor import studies
from labutils.instructor.studies import make_study, read_runs

TINY = Configuration("tiny", 1e-3, 5, data="mnist", centred=True, batch_size=500, epochs=1)  # 8 iterations


def tiny(name, **changes):
    return dataclasses.replace(TINY, name=name, **changes)


def run_one(configuration, seed):
    """The row of a run, without its history."""
    return run_with_history(configuration, seed)[0]


# One of each kind: it works, sigmoid and scaled, it diverges and goes on to NaN, it diverges and ends, it fails.
KINDS = [
    TINY,
    tiny("sigmoid, scaled", activation="sigmoid", scale=1 / 255, validation_every=3),
    tiny("diverges", learning_rate=1e30, stop_on_divergence=False, validation_every=2),
    tiny("ends", learning_rate=1e30),
    tiny("fails", batch_size=5000),
]


def assert_same(table, expected, seconds=False):
    """Bit for bit, in all columns but the seconds (or in all)."""
    drop = [] if seconds or "seconds" not in expected else ["seconds"]
    pd.testing.assert_frame_equal(table.drop(columns=drop), expected.drop(columns=drop), check_exact=True)


@pytest.fixture(scope="session")
def here():
    """The table of KINDS and two seeds, run in this process."""
    return make_study(KINDS, [0, 1])


@pytest.fixture
def quick(monkeypatch):
    """Runs are remembered, for tests of what is around them. The list of the runs that were asked for."""
    asked, real = [], studies.run_with_history

    def remembered(configuration, seed):
        asked.append((configuration.name, seed))
        return remember(real, configuration, seed)

    monkeypatch.setattr(studies, "run_with_history", remembered)
    return asked


@functools.cache
def remember(real, configuration, seed):
    return real(configuration, seed)


@pytest.fixture
def stored(tmp_path, quick):
    """A folder with the runs of KINDS and two seeds: its path, its table and its histories."""
    folder = tmp_path / "my_study"
    make_study(KINDS, [0, 1], folder=folder)
    quick.clear()
    return folder, *read_runs(folder)


def run_files(folder):
    return sorted(folder.glob("*.run.json"))
