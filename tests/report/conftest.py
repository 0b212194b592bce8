"""The report's tables and the stored study, read once, and what the tests change in them."""

import functools

import pandas as pd
import pytest

from labutils import experiments, report

from .helpers import made_up_study


@functools.cache
def stored_study() -> pd.DataFrame:
    return experiments.load_study()


@functools.cache
def stored_histories() -> pd.DataFrame:
    return experiments.load_histories()


@pytest.fixture
def stored():
    return stored_study().copy()


@pytest.fixture
def study():
    """A made-up study, which the tests change."""
    return made_up_study()


@pytest.fixture
def histories():
    return stored_histories().copy()


@pytest.fixture
def runs():
    return report.load_runs()


@pytest.fixture
def tables():
    return {run: report.load_rows(run) for run in report.load_runs().index}
