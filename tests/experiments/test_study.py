import re
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from labutils.experiments import Configuration, load_study, runs
from labutils.instructor import studies
from labutils.instructor.studies import make_study, read_runs
from labutils.training import train

from .conftest import KINDS, TINY, assert_same, run_one, tiny

ROOT = Path(__file__).resolve().parents[2]


class TestTable:
    def test_a_row_for_each_run_in_the_order_asked_for(self, here):
        assert list(here.columns) == list(runs.COLUMNS)
        assert here["configuration"].tolist() == [c.name for c in KINDS for _ in range(2)]
        assert here["seed"].tolist() == 5 * [0, 1]
        assert here["status"].tolist() == 6 * ["finished"] + 2 * ["diverged"] + 2 * ["failed"]
        assert here["diverged_at"].isna().tolist() == 4 * [True] + 4 * [False] + 2 * [True]
        assert here["diverged_at"].dropna().tolist() == [2, 2, 2, 2]

    def test_its_columns_have_the_types_of_the_stored_study(self, here):
        pd.testing.assert_series_equal(here.dtypes, load_study().dtypes)

    def test_a_run_that_fails_says_why_and_the_others_go_on(self, here):
        failed = here.iloc[-1]
        assert failed["error"] == (
            "ValueError: batch_size: expected at most 4000, the training data, got 5000"
        )
        assert np.isnan(failed["validation_error_pct"])
        assert failed["iterations"] is pd.NA
        assert (failed["batch_size"], failed["numpy"]) == (5000, np.__version__)

    def test_a_divergent_run_has_a_row_with_its_numbers(self, here):
        to_its_end, ended = here.iloc[4], here.iloc[6]
        assert (to_its_end["iterations"], ended["iterations"]) == (8, 2)
        assert to_its_end["validation_error_pct"] == 90
        assert np.isnan(to_its_end["validation_loss"])
        assert np.isnan(to_its_end["dead_units_pct"])

    def test_progress_is_a_line_for_each_run(self, quick):
        lines = []
        make_study(KINDS, [0], progress=lines.append)
        starts = ["1/5 tiny", "2/5 sigmoid", "3/5 diverges", "4/5 ends", "5/5 fails"]
        assert [line.split(",")[0] for line in lines] == starts
        assert re.fullmatch(r"1/5 tiny, seed 0: finished, [\d.]+ % validation error, [\d.]+ s", lines[0])
        assert "diverged at iteration 2, " in lines[2]
        assert "diverged at iteration 2, " in lines[3]
        assert "seed 0: failed, ValueError: batch_size: expected at most 4000" in lines[4]


class TestExecutors:
    def test_a_process_pool_gives_the_same_rows(self, here, tmp_path):
        start = get_context("spawn")  # such workers have what they import, and nothing else
        with ProcessPoolExecutor(2, start, threadpool_limits, (1,)) as pool:
            assert_same(make_study(KINDS, [0, 1], pool, tmp_path), here)
        assert_same(make_study(KINDS[:4], [0, 1], folder=tmp_path), here[:8])

    def test_threads_give_the_same_rows(self, here):
        with ThreadPoolExecutor(2) as threads:
            assert_same(make_study(KINDS, [0, 1], threads), here)

    @pytest.mark.slow
    def test_a_dask_cluster_gives_the_same_rows(self, here):
        from distributed import Client, LocalCluster

        workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
        with (
            LocalCluster(**workers, dashboard_address=None, host="127.0.0.1") as cluster,
            Client(cluster) as client,
        ):
            assert_same(make_study(KINDS, [0, 1], client.get_executor(pure=False)), here)

    @pytest.mark.slow
    def test_the_readmes_lines_run(self, tmp_path):
        """Its listing and that of CONTRIBUTING.md, with two seeds and an epoch, on a pool and with Dask."""
        texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")]
        pool, dask = (code for text in texts for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL))
        cluster = "LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host='127.0.0.1')"
        dask = dask.replace('Client("ADDRESS")', f"{cluster} as cluster, Client(cluster)")
        dask = dask.replace("import Client", "import Client, LocalCluster").replace("my_study", "other_study")
        code = f"{pool}\n    first = table\n{textwrap.indent(dask, '    ')}"
        code += (
            "\n    keep = [c for c in table if c != 'seconds']\n    assert table[keep].equals(first[keep])"
        )
        code = code.replace("range(10)", "range(2)").replace("centred=True", "centred=True, epochs=1")
        (tmp_path / "mine.py").write_text(code, encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "mine.py"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        assert "4/4 700 units, seed 1: finished" in run.stdout
        assert "2 seeds)" in run.stdout

    def test_a_worker_that_dies_is_a_row(self, tmp_path):
        class Dying(ThreadPoolExecutor):
            def submit(self, function, configuration, seed):
                if configuration.name == "b":
                    return super().submit(exec, "raise OSError('out of\\nmemory')")
                return super().submit(function, configuration, seed)

        with Dying(1) as executor:
            table = make_study([tiny("a"), tiny("b"), tiny("c")], [0], executor, tmp_path)
        assert table["status"].tolist() == ["finished", "failed", "finished"]
        assert table["error"][1] == "OSError: out of memory"
        assert read_runs(tmp_path)[0]["configuration"].tolist() == ["a", "c"]


class AtOnce(Executor):
    """Every run is done before the first result is asked for."""

    def submit(self, function, *arguments):
        future = Future()
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)
        return future


def interrupt_at(start):
    """A progress function that is interrupted at the line that begins like this."""

    def progress(line):
        if line.startswith(start):
            raise KeyboardInterrupt

    return progress


class TestInterrupt:
    def test_it_is_raised_and_the_folder_keeps_what_is_done(self, tmp_path, here, quick):
        with pytest.raises(KeyboardInterrupt, match=r"2 of 10 runs are done and kept in .*my_study"):
            make_study(KINDS, [0, 1], folder=tmp_path / "my_study", progress=interrupt_at("2/"))
        assert len(read_runs(tmp_path / "my_study")[0]) == len(quick) == 2
        assert_same(make_study(KINDS, [0, 1], folder=tmp_path / "my_study"), here)
        assert len(quick) == len(set(quick)) == 10

    def test_runs_that_wait_are_cancelled(self, monkeypatch):
        begun, release = [], threading.Event()
        row = run_one(TINY, 0)

        def run(configuration, seed):
            begun.append(seed)
            if seed > 0:
                release.wait(60)
            return row | {"seed": seed}, []

        monkeypatch.setattr(studies, "run_with_history", run)
        with ThreadPoolExecutor(1) as threads:
            with pytest.raises(KeyboardInterrupt, match=r"1 of 9 runs are done$"):
                make_study([TINY], range(9), threads, progress=interrupt_at("1/"))
            release.set()
        assert len(begun) <= 2

    def test_runs_that_are_done_but_not_received_are_stored(self, tmp_path, quick):
        with pytest.raises(KeyboardInterrupt, match=r"4 of 4 runs are done and kept in "):
            make_study(KINDS[:4], [0], AtOnce(), tmp_path, progress=interrupt_at("1/"))
        stored, _ = read_runs(tmp_path)
        assert sorted(stored["configuration"]) == sorted(c.name for c in KINDS[:4])

    def test_an_interrupt_of_a_worker_is_an_interrupt(self, tmp_path, monkeypatch):
        """Ctrl+C in a terminal reaches the workers, too. Their incomplete runs are not stored."""
        whole = runs.run_with_history(TINY, 0)

        def run(configuration, seed):
            if seed:
                raise KeyboardInterrupt
            return whole

        monkeypatch.setattr(studies, "run_with_history", run)
        with pytest.raises(KeyboardInterrupt, match="1 of 3 runs are done"):
            make_study([TINY], range(3), AtOnce(), tmp_path)
        assert read_runs(tmp_path)[0]["seed"].tolist() == [0]


@pytest.mark.parametrize("stop_on_divergence", [True, False])
@pytest.mark.parametrize("diverges", [False, True], ids=["", "diverges"])
@pytest.mark.parametrize(
    ("event", "moment"),
    [("none", 0), *((event, moment) for event in ("interrupt", "stop") for moment in (1, 2, 3, 8))],
)
def test_an_incomplete_run_is_never_stored(
    monkeypatch, tmp_path, event, moment, diverges, stop_on_divergence
):
    """Every combination: an interrupt or a callback that stops, before, at and after divergence and at the end."""
    configuration = tiny(
        "run", learning_rate=1e30 if diverges else 1e-3, stop_on_divergence=stop_on_divergence
    )
    end = 2 if diverges and stop_on_divergence else 8

    def callback(step):
        if step.iteration == moment and event == "interrupt":
            raise KeyboardInterrupt
        return step.iteration == moment and event == "stop"

    with monkeypatch.context() as context:
        context.setattr(runs, "train", lambda *arguments: train(*arguments, [callback]))
        if (event == "interrupt" and moment <= end) or (event == "stop" and moment < end):
            with pytest.raises(KeyboardInterrupt, match="0 of 1 runs are done"):
                make_study([configuration], [0], folder=tmp_path)
            assert list(tmp_path.iterdir()) == []
        else:
            make_study([configuration], [0], folder=tmp_path)
            assert len(list(tmp_path.iterdir())) == 1
    row = make_study([configuration], [0], folder=tmp_path).iloc[0]
    assert row["status"] == ("diverged" if end == 2 else "finished")
    assert row["iterations"] == end
    assert row["diverged_at"] == 2 if diverges else row["diverged_at"] is pd.NA


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((TINY, [0]), TypeError, r"configurations: expected a list.*, got Configuration\("),
        ((["tiny"], [0]), TypeError, "configurations: expected a Configuration, got 'tiny'"),
        (([], [0]), ValueError, r"configurations: expected at least one, .*, got \[\]"),
        (([TINY, TINY], [0]), ValueError, r"configurations: .* each once, got \['tiny', 'tiny'\]"),
        (([TINY, tiny("tiny", epochs=2)], [0]), ValueError, "configurations: .* each once"),
        (([TINY], 10), TypeError, "seeds: expected a list.*, got 10"),
        (([TINY], []), ValueError, r"seeds: expected at least one, .*, got \[\]"),
        (([TINY], [0, 1, 0]), ValueError, r"seeds: .* each once, got \[0, 1, 0\]"),
        (([TINY], [0.5]), TypeError, "seeds: expected a whole number, got 0.5"),
        (([TINY], [-1]), ValueError, "seeds: expected a whole number of at least 0, got -1"),
        (([TINY], [0], 2), TypeError, r"executor: expected a concurrent\.futures\..*Executor .*None, got 2"),
        (([TINY], [0], None, 3), TypeError, "folder: expected the path of a folder, got 3"),
        (([TINY], [0], None, ""), TypeError, "folder: expected the path of a folder, got ''"),
        (([TINY], [0], None, None, True), TypeError, "progress: expected a function, got True"),
    ],
)
def test_wrong_arguments_are_named_before_any_run(quick, arguments, error, words):
    with pytest.raises(error, match=words):
        make_study(*arguments)
    assert quick == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hidden-200 centred", "mnist-100"])
def test_a_run_of_the_stored_study_comes_out_where_the_others_lie(name):
    """On this machine it may be the very row; on another one its last digits differ, and so may its error."""
    table = load_study()
    stored = table[table["configuration"] == name].set_index("seed")
    options = {option: kind(stored[option].iloc[0]) for option, kind in runs._OPTIONS.items()}
    row = run_one(Configuration(name, **options), seed=0)
    low, high = stored["validation_error_pct"].min(), stored["validation_error_pct"].max()
    half = (high - low) / 2
    assert low - half <= row["validation_error_pct"] <= high + half
    assert row["status"] == "finished"
