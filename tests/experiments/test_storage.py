"""The folder of a study: what is stored, and resuming from it; and the tables of the workbook."""

import csv
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labutils.experiments import load_histories, load_study, runs
from labutils.instructor import studies
from labutils.instructor.studies import make_study, read_runs

from ..conftest import DATA
from .conftest import KINDS, TINY, assert_same, run_files, tiny


class TestResuming:
    def test_what_is_stored_is_not_run_again_but_what_failed_is(self, tmp_path, here, quick):
        first = make_study(KINDS, [0], folder=tmp_path)
        assert len(quick) == 5
        lines = []
        table = make_study(KINDS, [0, 1], folder=str(tmp_path), progress=lines.append)
        assert quick[5:] == [("fails", 0), *((c.name, 1) for c in KINDS)]
        assert lines[0] == f"4 of 10 runs are in {tmp_path} already"
        assert lines[1].startswith("5/10 fails, seed 0: failed")
        assert_same(table, here)
        assert_same(table[:1], first[:1], seconds=True)  # the row as it was stored

    def test_a_failed_run_may_be_mended(self, tmp_path, quick):
        make_study(KINDS, [0], folder=tmp_path)
        mended = [*KINDS[:4], tiny("fails")]
        table = make_study(mended, [0], folder=tmp_path)
        assert table["status"].tolist()[-1] == "finished"
        assert quick[5:] == [("fails", 0)]
        assert_same(make_study(mended, [0], folder=tmp_path), table, seconds=True)
        assert len(quick) == 6

    def test_a_folder_may_hold_other_runs(self, stored, quick):
        folder, table, _ = stored
        of_one = table[(table["configuration"] == KINDS[1].name) & (table["seed"] == 1)]
        again = make_study([KINDS[1]], [1], folder=folder)
        assert_same(again, of_one.reset_index(drop=True), seconds=True)
        assert quick == []
        assert make_study([tiny("other")], [2], folder=folder)["seed"].tolist() == [2]
        assert len(read_runs(folder)[0]) == len(table) + 1

    @pytest.mark.parametrize("changes", [{"epochs": 2}, {"scale": 2}, {"centred": False}], ids=str)
    def test_other_options_under_the_same_name_are_an_error(self, stored, quick, changes):
        folder, table, _ = stored
        option = next(iter(changes))
        with pytest.raises(ValueError, match=f"configurations: 'tiny' has {option} .* take another name"):
            make_study([tiny("tiny", **changes)], [7, 1], folder=folder)
        assert quick == []
        make_study([tiny("other", **changes)], [0], folder=folder)
        assert len(read_runs(folder)[0]) == len(table) + 1

    def test_runs_that_are_not_asked_for_are_not_read(self, stored, quick):
        folder, _, _ = stored
        for path in run_files(folder):
            if path.name.endswith("-0.run.json"):
                path.write_text("{}")
        assert make_study([TINY], [1], folder=folder)["seed"].tolist() == [1]
        assert quick == []

    def test_folders_are_made(self, tmp_path, quick):
        make_study([TINY], [0], folder=tmp_path / "build" / "study")
        assert len(read_runs(tmp_path / "build" / "study")[0]) == 1


class TestReadingBack:
    def test_the_table_is_that_of_the_study(self, stored, here):
        """Sorted by name and seed, and without the run that failed."""
        _, table, _ = stored
        expected = here[here["status"] != "failed"].sort_values(["configuration", "seed"], ignore_index=True)
        assert_same(table, expected)

    def test_histories_hold_a_row_for_each_recorded_iteration(self, stored):
        _, table, histories = stored
        assert list(histories.columns) == list(runs.HISTORY_COLUMNS)
        of = histories.groupby(["configuration", "seed"])["iteration"].agg(list)
        assert of["sigmoid, scaled", 1] == [3, 6, 8]
        assert of["diverges", 0] == [2, 4, 6, 8]
        assert of["ends", 0] == [2]
        assert ("fails", 0) not in of
        last = histories.groupby(["configuration", "seed"], sort=False).last()
        assert (100 - last["validation_accuracy_pct"]).tolist() == table["validation_error_pct"].tolist()
        assert np.isnan(last["validation_loss"]["diverges", 0])

    def test_histories_are_what_the_run_gave(self, stored):
        _, _, histories = stored
        _, history = runs.run_with_history(KINDS[1], 1)
        chosen = histories[(histories["configuration"] == KINDS[1].name) & (histories["seed"] == 1)]
        assert chosen.to_dict("records") == history

    def test_other_tools_can_read_a_file(self, stored):
        """Standard JSON, in which NaN is not a number."""
        for path in run_files(stored[0]):
            content = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
            assert set(content) == {"row", "history", "sha256"}

    def test_a_folder_without_runs_is_an_error(self, tmp_path):
        (tmp_path / "notes.json").write_text("{}")
        for folder in (tmp_path, tmp_path / "missing", tmp_path / "notes.json"):
            with pytest.raises(ValueError, match=rf"folder: .* got {re.escape(str(folder))}, without a run"):
                read_runs(folder)
        with pytest.raises(TypeError, match="folder: expected the path of a folder, got None"):
            read_runs(None)

    def test_other_files_in_the_folder_are_left_alone(self, stored, here, quick):
        folder, table, _ = stored
        others = ["notes.txt", "notes.json", "half.part", "study.csv", ".run.json.swp"]
        for name in others:
            (folder / name).write_text("mine")
        assert_same(read_runs(folder)[0], table)
        assert_same(make_study(KINDS, [0, 1, 2], folder=folder)[:2], here[:2])
        assert all((folder / name).read_text() == "mine" for name in others)


@pytest.mark.parametrize(
    ("load", "name", "columns"),
    [
        (load_study, "study.csv", runs.COLUMNS),
        (load_histories, "study_histories.csv", runs.HISTORY_COLUMNS),
    ],
)
def test_the_tables_of_the_workbook_are_read_exactly(load, name, columns):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    table = load()
    assert list(table.columns) == list(columns)
    for column, kind in columns.items():
        cells = [line[column] for line in lines]
        if kind is float:
            np.testing.assert_array_equal(table[column], [float(cell or "nan") for cell in cells])
            assert table[column].dtype == float
        elif kind in (int, "Int64"):
            assert table[column].dtype == ("Int64" if kind == "Int64" else np.int64)
            assert ["" if value is pd.NA else str(value) for value in table[column]] == cells
        else:
            assert [str(value) for value in table[column]] == cells
            assert all(type(value) is kind for value in table[column].tolist())


texts = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(str.isprintable)
numbers = {
    str: texts,
    int: st.integers(0, 10**12),
    float: st.floats(allow_nan=True),
    bool: st.booleans(),
    "Int64": st.none() | st.integers(0, 10**12),
}


@st.composite
def rows(draw, columns):
    row = {name: draw(numbers[kind]) for name, kind in columns.items()}
    missing = {name: draw(st.none() | numbers[int]) for name in ("iterations", "diverged_at") if name in row}
    return row | missing


@settings(max_examples=40)
@given(rows(runs.COLUMNS), st.lists(rows(runs.HISTORY_COLUMNS), max_size=3))
def test_any_run_is_read_back_exactly(tmp_path_factory, row, history):
    folder = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(studies, "run_with_history", lambda configuration, seed: (row, history))
        expected = make_study([tiny(row["configuration"])], [row["seed"]], folder=folder)
    table, histories = read_runs(folder)
    assert_same(table, expected, seconds=True)
    columns = list(runs.HISTORY_COLUMNS)
    assert_same(histories, pd.DataFrame(history, columns=columns).astype(load_histories().dtypes))


NAMES = [
    'a<b>c:d"e/f\\g|h?i*',
    "..",
    "CON",
    "nul.txt",
    "x" * 300,
    "דנה",
    "דוד",
    "a",
    "A",
    "a ",
    "a.",
    "a-seed-1",
]


def test_every_name_gives_a_file_of_its_own_that_any_system_accepts(tmp_path, quick):
    configurations = [tiny(name) for name in NAMES]
    make_study(configurations, [0, 1], folder=tmp_path)
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) == len({name.casefold() for name in names}) == 2 * len(NAMES)
    for name in names:
        assert re.fullmatch(r"[a-z0-9-]{1,100}\.run\.json", name)
        assert name.split(".")[0] not in {"con", "nul"}
    make_study(configurations, [0, 1], folder=tmp_path)
    assert len(quick) == 2 * len(NAMES)
    assert set(read_runs(tmp_path)[0]["configuration"]) == set(NAMES)
