"""data/make_study.py: which runs it asks for, and the two tables that it writes."""

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest

from labutils.experiments import load_histories, load_study
from labutils.experiments import study as study_module

from ..conftest import DATA, data_script
from .conftest import assert_same


@functools.cache
def script():
    return data_script("make_study")


def test_it_asks_for_what_the_report_ran():
    runs = pd.read_csv(DATA / "report" / "runs.csv").set_index("run")
    assert [c.name for c in script().REPORT] == runs.index.tolist()
    for c in script().REPORT:
        for option, stated in (("learning_rate", "learn_rate"), ("hidden_units", "hidden_units")):
            assert np.isnan(runs[stated][c.name]) or getattr(c, option) == runs[stated][c.name]
    parts = [script().RAW, script().TOO_HIGH, script().CENTRED, script().SCALED, script().MNIST]
    assert [len(part) for part in parts] == [9, 4, 9, 4, 8]
    assert [c.learning_rate for c in script().SCALED] == pytest.approx(4 * [0.05])


def test_configurations_with_two_names_are_one(here):
    by_name = {c.name: c for c in script().REPORT}
    for other, one in script().TWINS.items():
        assert dataclasses.replace(by_name[one], name=other) == by_name[other]
    table = here.replace({"configuration": {"tiny": "learn-rate-1e-3"}})
    assert_same(script().with_twins(table)[: len(table)], table, seconds=True)
    copies = script().with_twins(table)["configuration"].tolist()[len(table) :]
    assert copies == ["hidden-500", "hidden-500"]


def test_the_tables_that_it_writes_are_read_back_bit_for_bit(tmp_path, monkeypatch):
    """The workbook's own study, from runs in another order: names, order, columns and numbers are what they were."""
    study, histories = load_study(), load_histories()
    own = ~study["configuration"].str.startswith("hidden-500") | study["configuration"].str.endswith("scaled")
    mnist = study["data"] == "mnist"
    shuffled = histories.iloc[::-1].sort_values(["configuration", "seed", "iteration"], ignore_index=True)
    script().write_tables(study[own & ~mnist], study[own & mnist], shuffled, tmp_path)
    monkeypatch.setattr(study_module, "read", lambda name: (tmp_path / name).read_bytes())
    assert_same(load_study(), study, seconds=True)
    assert_same(load_histories(), histories)
