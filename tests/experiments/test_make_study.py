"""data/make_study.py: which runs it asks for, and the two tables that it writes."""

import dataclasses
import functools
import itertools

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
    assert [len(part) for part in parts] == [9, 4, 9, 4, 11]
    assert [c.learning_rate for c in script().SCALED] == pytest.approx(4 * [0.05])


def test_each_cause_is_tried_alone_and_together():
    """Pixels x slope x number of units, once each, and nothing else differs."""
    script_ = script()
    for name in ("hidden-200", "hidden-1000", "learn-rate-3e-3", "mnist-relu-200"):
        base = script_.BY_NAME[name]
        runs = pd.DataFrame({"configuration": [name], "seed": [3], "dead_in_training_pct": [62.5]})
        few = script_.with_few_units(base, runs, 3)
        assert {c.switched_off for c in few} == {round(0.625 * base.hidden_units)}
        cells = {(c.centred, c.negative_slope, bool(c.switched_off)) for c in [*script_.variants(base), *few]}
        assert cells == set(itertools.product((False, True), (0.0, 0.1, 0.01), (False, True)))
        same = dict(name=name, centred=False, negative_slope=0.0, switched_off=0)
        assert {dataclasses.replace(c, **same) for c in [*script_.variants(base), *few]} == {base}
        assert len({c.name for c in [*script_.variants(base), *few]}) == 12
    assert script_.variants(script_.BY_NAME["hidden-200"])[3] in script_.CENTRED


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
    shuffled = histories.iloc[::-1].sort_values(["configuration", "seed", "iteration"], ignore_index=True)
    kept = study["configuration"].isin(histories["configuration"])
    script().write_tables(study[own & kept], study[own & ~kept], shuffled, tmp_path)
    monkeypatch.setattr(study_module, "read", lambda name: (tmp_path / name).read_bytes())
    assert_same(load_study(), study, seconds=True)
    assert_same(load_histories(), histories)
