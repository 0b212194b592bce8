import dataclasses
import functools
import re
import subprocess
import sys
import textwrap
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from threadpoolctl import threadpool_limits

import labutils
from labutils import study
from labutils.data import load_mnist
from labutils.layers import Linear, ReLU, Sigmoid
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.study import Configuration, PairedDifference, paired_difference, run_one, run_study
from labutils.threads import BLAS
from labutils.training import TrainingOptions, TrainingRecord, train

from .conftest import data_script

ROOT = Path(__file__).resolve().parents[1]
TINY = Configuration("tiny", 1e-3, 5, data="mnist", centred=True, batch_size=500, epochs=1)


def tiny(name, **changes):
    return dataclasses.replace(TINY, name=name, **changes)


# One of each kind: it works, sigmoid and scaled, it diverges and goes on to NaN, it fails.
KINDS = [
    TINY,
    tiny("sigmoid, scaled", activation="sigmoid", scale=1 / 255, validation_every=3),
    tiny("diverges", learning_rate=1e30, stop_on_divergence=False, validation_every=2),
    tiny("fails", batch_size=5000),
]


def assert_same(table, expected, seconds=False):
    """Bit for bit, in all columns but the seconds (or in all)."""
    drop = [] if seconds or "seconds" not in expected else ["seconds"]
    pd.testing.assert_frame_equal(table.drop(columns=drop), expected.drop(columns=drop), check_exact=True)


@pytest.fixture(scope="module")
def here():
    """The table and the histories of KINDS and two seeds, run in this process."""
    return run_study(KINDS, [0, 1], histories=True)


@pytest.fixture
def quick(monkeypatch):
    """Runs are remembered: for tests of what is around them. The list of the runs that were asked for."""
    asked, real = [], study.run_with_history

    def remembered(configuration, seed):
        asked.append((configuration.name, seed))
        return remember(real, configuration, seed)

    monkeypatch.setattr(study, "run_with_history", remembered)
    return asked


@functools.cache
def remember(real, configuration, seed):
    return real(configuration, seed)


class TestOneRun:
    def test_its_row_is_what_training_by_hand_gives(self):
        data, rng = load_mnist(3).centred(), np.random.default_rng(3)
        network, loss = Network(Linear(784, 20, rng), ReLU(), Linear(20, 10, rng)), SoftmaxNLL()
        options = TrainingOptions(1e-3, batch_size=100, epochs=2, validation_every=7, seed=3)
        record = train(network, loss, data, options)
        row = run_one(
            tiny("by hand", hidden_units=20, batch_size=100, epochs=2, validation_every=7), np.int64(3)
        )

        scores = network.forward(data.x_train)
        hidden = network.layers[1].forward(network.layers[0].forward(data.x_validation))
        assert row["training_error_pct"] == pytest.approx(
            100 * (scores.argmax(axis=1) != data.y_train).mean()
        )
        assert row["training_loss"] == pytest.approx(loss.forward(scores, data.y_train), rel=1e-5)
        assert row["dead_units_pct"] == 100 * np.mean(hidden.max(axis=0) == 0)
        assert row["validation_error_pct"] == record.validation_error_pct
        assert row["best_validation_error_pct"] == 100 - record.column("validation_accuracy_pct").max()
        assert row["validation_loss"] == record.history[-1].validation_loss
        assert (row["status"], row["iterations"], row["diverged_at"], row["error"]) == (
            "finished",
            80,
            None,
            "",
        )
        assert (row["configuration"], row["seed"], row["hidden_units"]) == ("by hand", 3, 20)
        assert (row["labutils"], row["numpy"]) == (labutils.__version__, np.__version__)
        assert list(row) == list(study.COLUMNS)
        assert 0 < row["seconds"] < 60

    def test_every_option_counts(self):
        """Each option changed alone changes the run: none is left on the way to it."""
        changes = {
            "learning_rate": 2e-3,
            "hidden_units": 6,
            "data": "digits",
            "centred": False,
            "scale": 0.5,
            "left_out": 0.5,
            "activation": "sigmoid",
            "init": "normal",
            "momentum": 0.5,
            "l2": 0.1,
            "batch_size": 300,
            "epochs": 2,
            "shuffle": "never",
            "validation_every": 3,
            "drop_incomplete": False,
            "stop_on_divergence": False,
        }
        assert set(changes) == set(study.OPTIONS)

        def results(configuration):
            row, history = study.run_with_history(configuration, 0)
            return repr({name: row[name] for name in study.RESULTS if name != "seconds"}), repr(history)

        for option, value in changes.items():
            base = TINY
            if option == "drop_incomplete":
                base = tiny("tiny", batch_size=300)
            if option == "stop_on_divergence":
                base = tiny("tiny", learning_rate=1e30)
            assert results(base) != results(dataclasses.replace(base, **{option: value})), option

    def test_centred_before_scaled(self):
        data = tiny("both", scale=0.5).dataset(0)
        expected = load_mnist(0).centred().scaled(0.5)
        np.testing.assert_array_equal(data.x_train, expected.x_train)

    def test_dead_units_are_counted(self, rng):
        network = Network(Linear(3, 4, rng), ReLU(), Linear(4, 2, rng))
        network.layers[0].params["b"][:3] = [-1e3, 1e3, -1e3]
        network.layers[0].params["W"][:, 3] = [1, 0, 0]
        x = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
        assert study.dead_units_pct(network, x) == 75
        x[1, 0] = 1e-3  # enough to wake the fourth
        assert study.dead_units_pct(network, x) == 50

    def test_where_dead_units_make_no_sense(self, rng):
        first, second = Linear(3, 4, rng), Linear(4, 2, rng)
        assert np.isnan(study.dead_units_pct(Network(first, Sigmoid(), second), np.ones((2, 3))))
        first.params["W"][0, 0] = np.nan
        assert np.isnan(study.dead_units_pct(Network(first, ReLU(), second), np.ones((2, 3))))

    @pytest.mark.skipif(not BLAS.lib_controllers, reason="threadpoolctl does not know this BLAS")
    def test_everything_is_computed_on_one_blas_thread(self, monkeypatch):
        counts = []

        def spy(*arguments):
            counts.extend(pool["num_threads"] for pool in BLAS.info())
            return 50.0, 1.0

        monkeypatch.setattr(study, "evaluate", spy)
        with threadpool_limits(2, user_api="blas"):
            run_one(TINY, 0)
        assert set(counts) == {1}


class TestTable:
    def test_a_row_for_each_run_in_the_order_asked_for(self, here):
        table, _ = here
        assert list(table.columns) == list(study.COLUMNS)
        assert table["configuration"].tolist() == [c.name for c in KINDS for _ in range(2)]
        assert table["seed"].tolist() == 4 * [0, 1]
        assert table["status"].tolist() == 4 * ["finished"] + 2 * ["diverged"] + 2 * ["failed"]
        assert table["diverged_at"].dropna().tolist() == [2, 2]
        assert table["hidden_units"].dtype == np.int64

    def test_a_run_that_fails_says_why_and_the_others_go_on(self, here):
        failed = here[0].iloc[-1]
        assert failed["error"] == (
            "ValueError: batch_size: expected at most 4000, the training data, got 5000"
        )
        assert np.isnan(failed["validation_error_pct"])
        assert failed["iterations"] is pd.NA
        assert (failed["batch_size"], failed["numpy"]) == (5000, np.__version__)

    def test_a_divergent_run_has_a_row_with_its_numbers(self, here):
        diverged = here[0].iloc[4]
        assert diverged["iterations"] == 8
        assert diverged["validation_error_pct"] == 90
        assert np.isnan(diverged["validation_loss"])
        assert np.isnan(diverged["dead_units_pct"])

    def test_histories_hold_a_row_for_each_recorded_iteration(self, here):
        table, histories = here
        assert list(histories.columns) == list(study.HISTORY_COLUMNS)
        of = histories.groupby(["configuration", "seed"])["iteration"].agg(list)
        assert of["sigmoid, scaled", 1] == [3, 6, 8]
        assert of["diverges", 0] == [2, 4, 6, 8]
        assert ("fails", 0) not in of
        last = histories[histories["configuration"] == "sigmoid, scaled"].groupby("seed").last()
        assert (100 - last["validation_accuracy_pct"]).tolist() == table["validation_error_pct"][2:4].tolist()

    def test_the_seed_is_shared_by_all_configurations(self):
        """The split, the first weights of equal layers and the order: so differences are paired."""
        a, b = tiny("a", learning_rate=0.5), tiny("b", hidden_units=7)
        np.testing.assert_array_equal(a.dataset(4).x_validation, b.dataset(4).x_validation)
        assert not (a.dataset(4).x_validation == a.dataset(5).x_validation).all()
        scaled = [c.network(784, 10, 4).layers[0].params["W"][:, :5] for c in (a, b)]
        ratio = np.sqrt((784 + 5) / (784 + 7))
        np.testing.assert_allclose(scaled[1], ratio * scaled[0], rtol=1e-12)
        assert a.training_options(4).seed == b.training_options(4).seed == 4

    def test_without_histories_it_is_one_table(self, here, quick):
        assert_same(run_study(KINDS, [0, 1]), here[0])

    def test_progress_is_a_line_for_each_run(self, quick):
        lines = []
        run_study(KINDS, [0], progress=lines.append)
        assert [line.split(",")[0] for line in lines] == [
            "1/4 tiny",
            "2/4 sigmoid",
            "3/4 diverges",
            "4/4 fails",
        ]
        assert "finished, " in lines[0]
        assert "% validation error, " in lines[0]
        assert "diverged at iteration 2" in lines[2]
        assert "seed 0: failed, ValueError: batch_size: expected at most 4000" in lines[3]


class TestExecutors:
    def test_a_process_pool_gives_the_same_rows(self, here, tmp_path):
        start = get_context("spawn")  # such workers know what they can import, and nothing else
        with ProcessPoolExecutor(2, start, threadpool_limits, (1,)) as pool:
            got = run_study(KINDS, [0, 1], pool, tmp_path / "study.csv", histories=True)
        for table, expected in zip(got, here, strict=True):
            assert_same(table, expected)
        assert_same(run_study(KINDS[:3], [0, 1], path=tmp_path / "study.csv"), here[0][:6])

    def test_a_dask_cluster_gives_the_same_rows(self, here):
        with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
            ) as cluster,
            Client(cluster) as client,
        ):
            got = run_study(KINDS, [0, 1], client.get_executor(pure=False), histories=True)
        for table, expected in zip(got, here, strict=True):
            assert_same(table, expected)

    def test_the_readmes_lines_run(self, tmp_path):
        """Both of its listings, with two seeds and an epoch, on a pool and on a scheduler of Dask's own."""
        text = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
        pool, dask = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
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

    def test_threads_give_the_same_rows(self, here):
        with ThreadPoolExecutor(2) as threads:
            assert_same(run_study(KINDS, [0, 1], threads), here[0])

    def test_a_worker_that_dies_is_a_row(self):
        class Dying(ThreadPoolExecutor):
            def submit(self, function, configuration, seed):
                if configuration.name == "b":
                    return super().submit(exec, "raise OSError('out of\\nmemory')")
                return super().submit(function, configuration, seed)

        with Dying(1) as executor:
            table = run_study([tiny("a"), tiny("b"), tiny("c")], [0], executor)
        assert table["status"].tolist() == ["finished", "failed", "finished"]
        assert table["error"][1] == "OSError: out of memory"


class TestInterrupt:
    def test_it_is_raised_and_the_file_keeps_what_is_done(self, tmp_path, here, quick):
        def interrupt(line):
            if line.startswith("2/"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt, match=r"2 of 8 runs are done and kept in .*study\.csv"):
            run_study(KINDS, [0, 1], path=tmp_path / "study.csv", progress=interrupt)
        assert len(study.read_table(tmp_path / "study.csv")) == len(quick) == 2
        assert_same(run_study(KINDS, [0, 1], path=tmp_path / "study.csv"), here[0])
        assert len(quick) == len(set(quick)) == 8

    def test_runs_that_wait_are_cancelled(self, monkeypatch):
        begun, release = [], threading.Event()
        row = run_one(TINY, 0)

        def run(configuration, seed):
            begun.append(seed)
            if seed > 0:
                release.wait(60)
            return row | {"seed": seed}, []

        def interrupt(line):
            raise KeyboardInterrupt

        monkeypatch.setattr(study, "run_with_history", run)
        with ThreadPoolExecutor(1) as threads:
            with pytest.raises(KeyboardInterrupt, match=r"1 of 9 runs are done$"):
                run_study([TINY], range(9), threads, progress=interrupt)
            release.set()
        assert len(begun) <= 2

    def test_half_a_run_is_no_row(self, monkeypatch):
        """`train` keeps the rows of an interrupted run; a study does not."""
        stopped = TrainingRecord(TrainingOptions(0.1), status="stopped")
        monkeypatch.setattr(study, "train", lambda *arguments: stopped)
        with pytest.raises(KeyboardInterrupt):
            run_one(TINY, 0)
        with pytest.raises(KeyboardInterrupt, match="0 of 1 runs are done"):
            run_study([TINY], [0])


CODE = """
import sys
import textwrap
from labutils.study import Configuration, run_study
configurations = [Configuration(name, 1e-3, 40, data="mnist", epochs=4) for name in ("one", "two")]
run_study(configurations, range(4), None, sys.argv[1], lambda line: print(line, flush=True), histories=True)
"""


class TestFile:
    def test_what_is_in_it_is_not_run_again_but_what_failed_is(self, tmp_path, here, quick):
        path = tmp_path / "study.csv"
        first = run_study(KINDS, [0], path=path)
        assert len(quick) == 4
        lines = []
        table = run_study(KINDS, [0, 1], path=str(path), progress=lines.append)
        assert quick[4:] == [("fails", 0), ("tiny", 1), ("sigmoid, scaled", 1), ("diverges", 1), ("fails", 1)]
        assert lines[0] == f"3 of 8 runs are in {path} already"
        assert lines[1].startswith("4/8 fails, seed 0: failed")
        assert_same(table, here[0])
        assert_same(table[:1], first[:1], seconds=True)  # the row of then

    def test_a_failed_run_may_be_mended(self, tmp_path, quick):
        path = tmp_path / "study.csv"
        run_study(KINDS, [0], path=path)
        mended = [*KINDS[:3], tiny("fails")]
        table = run_study(mended, [0], path=path)
        assert table["status"].tolist()[-1] == "finished"
        assert quick[4:] == [("fails", 0)]
        assert study.read_table(path)["status"].tolist() == table["status"].tolist()
        assert_same(run_study(mended, [0], path=path), table, seconds=True)
        assert len(quick) == 5

    def test_it_reads_back_bit_for_bit(self, tmp_path, quick):
        path = tmp_path / "study.csv"
        table, histories = run_study(KINDS, [0, 1], path=path, histories=True)
        as_run = table.sort_values("seed", kind="stable", ignore_index=True)
        assert_same(study.read_table(path), as_run, seconds=True)
        again, histories_again = run_study(KINDS[:3], [0, 1], path=path, histories=True)
        assert_same(again, table[:6], seconds=True)
        assert_same(histories_again, histories)

    def test_other_tools_can_read_it(self, tmp_path, quick):
        path = tmp_path / "study.csv"
        table = run_study(KINDS, [0], path=path)
        assert b"\r" not in path.read_bytes()
        plain = pd.read_csv(path)
        for name in ("validation_error_pct", "validation_loss", "scale", "hidden_units", "centred"):
            np.testing.assert_allclose(plain[name].astype(float), table[name].astype(float), rtol=1e-13)

    def test_saved_in_order_it_is_the_same_table(self, tmp_path, quick):
        path = tmp_path / "study.csv"
        table, histories = run_study(KINDS, [0, 1], path=path, histories=True)
        study.save(table, path)
        study.save(histories, tmp_path / "study_histories.csv")
        assert_same(study.read_table(path), table, seconds=True)
        content = path.read_bytes()
        study.save(study.read_table(path), path)
        assert path.read_bytes() == content
        again = run_study(KINDS[:3], [0, 1], path=path, histories=True)
        assert_same(again[0], table[:6], seconds=True)
        assert_same(again[1], histories)
        assert len(quick) == 8
        assert sorted(p.name for p in tmp_path.iterdir()) == ["study.csv", "study_histories.csv"]

    def test_cut_at_every_byte_of_its_last_line_it_is_resumed(self, tmp_path, quick):
        path = tmp_path / "study.csv"
        table = run_study(KINDS[:3], [0, 1], path=path)
        content = path.read_bytes()
        last = content[:-1].rfind(b"\n") + 1
        for length in range(last, len(content)):
            path.write_bytes(content[:length])
            del quick[:]
            assert len(study.read_table(path)) == 5
            run_study(KINDS[:3], [0, 1], path=path)
            assert quick == [("diverges", 1)], length
            assert path.read_bytes() == content
        assert_same(run_study(KINDS[:3], [0, 1], path=path), table, seconds=True)

    @pytest.mark.parametrize("file", ["study.csv", "study_histories.csv"])
    def test_cut_anywhere_it_is_resumed(self, tmp_path, quick, file):
        path = tmp_path / "study.csv"
        table, histories = run_study(KINDS[:3], [0, 1], path=path, histories=True)
        files = {name: (tmp_path / name).read_bytes() for name in ("study.csv", "study_histories.csv")}
        for length in range(0, len(files[file]), 13):
            for name, content in files.items():
                (tmp_path / name).write_bytes(content[:length] if name == file else content)
            again = run_study(KINDS[:3], [0, 1], path=path, histories=True)
            assert_same(again[0], table)
            assert_same(again[1], histories)
            del quick[:]
            again = run_study(KINDS[:3], [0, 1], path=path, histories=True)
            assert quick == []
            assert_same(again[1], histories)  # nothing twice

    def test_two_studies_on_one_file_at_once_are_each_right(self, tmp_path, quick):
        """As both leave it: two headers, and every row and history twice."""
        path = tmp_path / "study.csv"
        table, histories = run_study(KINDS[:3], [0, 1], path=path, histories=True)
        for name in ("study.csv", "study_histories.csv"):
            lines = (tmp_path / name).read_bytes().splitlines(keepends=True)
            (tmp_path / name).write_bytes(b"".join([lines[0], *lines, *lines[1:]]))
        del quick[:]
        again = run_study(KINDS[:3], [0, 1], path=path, histories=True)
        assert quick == []
        assert_same(again[0], table)
        assert_same(again[1], histories)
        assert len(study.read_table(path)) == 6

    def test_histories_that_are_missing_are_made(self, tmp_path, quick):
        path = tmp_path / "study.csv"
        run_study(KINDS[:2], [0], path=path)
        _, histories = run_study(KINDS[:2], [0], path=path, histories=True)
        assert len(quick) == 4
        assert set(histories["configuration"]) == {c.name for c in KINDS[:2]}
        assert len(study.read_table(path)) == 2

    def test_it_survives_a_kill(self, tmp_path):
        path = tmp_path / "study.csv"
        told = 0
        for kill_after in (2, 3):  # lines of progress; the second process first says what is there
            process = subprocess.Popen(
                [sys.executable, "-c", CODE, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
            )
            for _ in range(kill_after):
                assert process.stdout.readline()
            process.kill()
            assert process.wait() != 0
            process.stdout.close()
            told += kill_after - (told > 0)
            assert told <= len(study.read_table(path)) < 8
        lines = []
        namespace = {"print": lambda line, flush: lines.append(line)}
        argv, sys.argv = sys.argv, ["", str(path)]
        try:
            exec(CODE, namespace)  # noqa: S102  our own lines, above
        finally:
            sys.argv = argv
        assert len(lines) == 1 + 8 - int(lines[0].split()[0])
        resumed = run_study(namespace["configurations"], range(4), path=path, histories=True)
        unbroken = run_study(namespace["configurations"], range(4), histories=True)
        for table, expected in zip(resumed, unbroken, strict=True):
            assert_same(table, expected)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"my notes", r"path: expected a file that run_study wrote.*study\.csv"),
            (b"a,b\n1,2\n", "path: expected a file that run_study wrote"),
            (study.line(study.COLUMNS) + b"1,2\n", r"path: line 2 of .*study\.csv is damaged"),
            (study.line(study.COLUMNS) + b"\n", "line 2 .* is damaged"),
            (study.line(study.COLUMNS) + b"\xff\n", "line 2 .* is damaged"),
        ],
    )
    def test_a_file_of_another_kind_is_left_alone(self, tmp_path, content, words):
        path = tmp_path / "study.csv"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words):
            run_study([TINY], [0], path=path)
        assert path.read_bytes() == content

    @pytest.mark.parametrize("changes", [{"epochs": 2}, {"scale": 2}, {"centred": False}])
    def test_other_options_under_the_same_name_are_an_error(self, tmp_path, quick, changes):
        path = tmp_path / "study.csv"
        run_study([TINY], [0], path=path)
        option = next(iter(changes))
        with pytest.raises(ValueError, match=f"configurations: 'tiny' has {option} .* take another name"):
            run_study([tiny("tiny", **changes)], [1], path=path)
        run_study([tiny("other", **changes)], [0], path=path)
        assert len(study.read_table(path)) == 2

    def test_only_tables_of_a_study_are_saved(self, tmp_path):
        with pytest.raises(ValueError, match="table: expected the columns configuration, seed, status"):
            study.save(pd.DataFrame({"seed": [1]}), tmp_path / "study.csv")

    def test_a_table_that_could_not_be_read_back_is_not_saved(self, tmp_path, quick):
        """As pandas reads it, for one: empty numbers are NaN there."""
        path = tmp_path / "study.csv"
        run_study(KINDS[:1], [0, 1], path=path)
        content = path.read_bytes()
        with pytest.raises(ValueError, match=r"^table: expected one that run_study or read_table gave, got "):
            study.save(pd.read_csv(path), path)
        assert path.read_bytes() == content
        assert [file.name for file in tmp_path.iterdir()] == ["study.csv"]

    def test_an_unknown_status_is_named(self, tmp_path, quick):
        path = tmp_path / "study.csv"
        run_study(KINDS[:1], [0, 1], path=path)
        path.write_bytes(path.read_bytes().replace(b"finished", b"finishee", 1))
        with pytest.raises(ValueError, match=r"line 2 .* damaged: status: expected one of 'finished', "):
            study.read_table(path)


@st.composite
def rows(draw):
    """A row of the table with any values that it may hold."""
    text = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(str.isprintable)
    kinds = {
        str: text,
        int: st.none() | st.integers(0, 10**12),
        float: st.floats(allow_nan=True),
        bool: st.booleans(),
    }
    row = {name: draw(kinds[kind]) for name, kind in study.COLUMNS.items()}
    return row | {"status": draw(st.sampled_from(study.STATUSES))}


@given(st.lists(rows(), max_size=3), st.integers(0, 10_000))
def test_lines_read_back_exactly_and_a_torn_one_is_dropped(content, length):
    lines = [study.line(study.COLUMNS), *(study.line(row.values()) for row in content)]
    whole = b"".join(lines)
    assert repr(study.parse(whole, study.COLUMNS, "x")) == repr((content, len(whole)))  # repr: NaN equals NaN
    cut = whole[:length]
    kept, at = study.parse(cut, study.COLUMNS, "x")
    assert repr(kept) == repr(content[: max(cut.count(b"\n") - 1, 0)])
    assert at == cut.rfind(b"\n") + 1


class TestWrongCalls:
    @pytest.mark.parametrize(
        ("changes", "error", "words"),
        [
            ({"name": ""}, ValueError, "name: expected printable characters in one line, got ''"),
            ({"name": "a\nb"}, ValueError, r"name: .* got 'a\\nb'"),
            ({"name": 3}, TypeError, "name: expected a string, got 3"),
            ({"data": "cifar"}, ValueError, "data: expected one of 'digits', 'mnist', got 'cifar'"),
            ({"learning_rate": 0}, ValueError, "learning_rate: .* above 0, got 0"),
            ({"hidden_units": 0}, ValueError, "hidden_units: .* at least 1, got 0"),
            ({"hidden_units": 5.0}, TypeError, "hidden_units: expected a whole number, got 5.0"),
            ({"activation": "tanh"}, ValueError, "activation: expected one of 'relu', 'sigmoid', got 'tanh'"),
            ({"init": "he"}, ValueError, "init: expected one of 'glorot', 'normal', 'zeros', got 'he'"),
            ({"centred": 1}, TypeError, "centred: expected True or False, got 1"),
            ({"scale": 0}, ValueError, "scale: .* above 0, got 0"),
            ({"momentum": 1}, ValueError, "momentum: .* got 1"),
            ({"epochs": True}, TypeError, "epochs: expected a whole number, got True"),
            ({"stop_on_divergence": "no"}, TypeError, "stop_on_divergence: expected True or False, got 'no'"),
        ],
    )
    def test_options_of_a_configuration(self, changes, error, words):
        with pytest.raises(error, match=words):
            tiny(**{"name": "tiny"} | changes)

    def test_numbers_are_kept_in_one_way(self):
        one = Configuration("one", 10, np.int64(5), scale=np.float64(0.5), l2=0)
        assert repr(one) == repr(Configuration("one", 10.0, 5, scale=0.5, l2=0.0))

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            ((TINY, [0]), TypeError, r"configurations: expected a list of them, got Configuration\("),
            ((["tiny"], [0]), TypeError, r"configurations: expected Configuration\(...\), got 'tiny'"),
            (([], [0]), ValueError, "configurations: expected at least one, got none"),
            (([TINY, TINY], [0]), ValueError, "configurations: expected each once, got 'tiny' twice"),
            (([TINY], 10), TypeError, "seeds: expected a list of them, got 10"),
            (([TINY], []), ValueError, "seeds: expected at least one, got none"),
            (([TINY], [0, 1, 0]), ValueError, "seeds: expected each once, got 0 twice"),
            (([TINY], [0.5]), TypeError, "seeds: expected a whole number, got 0.5"),
            (([TINY], [-1]), ValueError, "seeds: expected a whole number of at least 0, got -1"),
            (([TINY], [0], 2), TypeError, "executor: expected a concurrent.futures.Executor or None, got 2"),
            (([TINY], [0], None, None, True), TypeError, "progress: expected a function such as print"),
        ],
    )
    def test_arguments_of_a_study(self, arguments, error, words):
        with pytest.raises(error, match=words):
            run_study(*arguments)


def two(a, b, column="validation_error_pct"):
    """A table of two configurations with these values by seed."""
    values = [("a", seed, value) for seed, value in a.items()] + [
        ("b", seed, value) for seed, value in b.items()
    ]
    return pd.DataFrame(values, columns=["configuration", "seed", column])


errors = st.integers(0, 1000).map(lambda wrong: wrong / 10)


class TestPairedDifference:
    @given(
        st.lists(st.tuples(errors, errors), min_size=2, max_size=12).filter(
            lambda pairs: np.ptp([a - b for a, b in pairs]) > 0.05
        ),
        st.floats(0.5, 0.99),
    )
    def test_it_is_the_paired_t_interval(self, pairs, confidence):
        a, b = (dict(enumerate(values)) for values in zip(*pairs, strict=True))
        result = paired_difference(two(a, b), "a", "b", confidence=confidence)
        oracle = stats.ttest_rel(list(a.values()), list(b.values())).confidence_interval(confidence)
        np.testing.assert_allclose((result.low, result.high), oracle, rtol=1e-9, atol=1e-9)
        assert result.mean == pytest.approx(np.mean([x - y for x, y in pairs]), abs=1e-9)
        assert result.pairs == len(pairs)
        other = paired_difference(two(a, b), "b", "a", confidence=confidence)
        np.testing.assert_allclose((other.low, other.high), (-result.high, -result.low))

    @given(st.lists(errors, min_size=2, max_size=12), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
    def test_half_width_is_students(self, values, confidence):
        error = stats.sem(values)
        oracle = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * error
        assert study.half_width(values, confidence) == pytest.approx(oracle, abs=1e-12)

    def test_one_value_has_no_interval(self):
        with pytest.raises(ValueError, match="values: expected at least two, got 1"):
            study.half_width([1.0])

    def test_only_shared_seeds_count_whatever_their_order(self):
        table = two({0: 5, 1: 7, 2: 9, 7: 100}, {8: 50, 2: 3, 0: 1, 1: 2})
        result = paired_difference(table, "a", "b")
        assert (result.mean, result.pairs) == (5, 3)

    @given(errors, errors, st.integers(2, 10))
    @example(2.1, 1.1, 10)
    def test_equal_differences_give_no_width_and_no_warning(self, a, b, seeds):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = two({seed: a for seed in range(seeds)}, {seed: b for seed in range(seeds)})
            result = paired_difference(table, "a", "b")
        assert result.mean == pytest.approx(a - b)
        assert result.low == pytest.approx(result.mean, abs=1e-9)
        assert result.high == pytest.approx(result.mean, abs=1e-9)

    def test_it_covers_the_truth_as_often_as_it_says(self, rng):
        """1,000 studies of five seeds: the seed's own effect is large and cancels."""
        inside = 0
        for _ in range(1000):
            common = 10 * rng.normal(size=5)
            a, b = (dict(enumerate(common + shift + rng.normal(size=5))) for shift in (1.5, 0))
            result = paired_difference(two(a, b), "a", "b", confidence=0.9)
            inside += result.low <= 1.5 <= result.high
        assert 0.87 < inside / 1000 < 0.93  # three standard deviations

    @pytest.mark.parametrize(
        ("numbers", "column", "sentence"),
        [
            (
                (-1.2, -1.64, -0.7, 10),
                "validation_error_pct",
                "a is 1.2 points below b (95 % interval 0.7 to 1.6, 10 seeds)",
            ),
            (
                (1.2, 0.7, 1.64, 10),
                "dead_units_pct",
                "a is 1.2 points above b (95 % interval 0.7 to 1.6, 10 seeds)",
            ),
            (
                (-0.2, -0.6, 0.3, 5),
                "validation_error_pct",
                "a is 0.2 points below b (95 % interval 0.6 below to 0.3 above, 5 seeds)",
            ),
            (
                (0.02, 0.01, 0.03, 5),
                "validation_loss",
                "a is 0.020 above b (95 % interval 0.010 to 0.030, 5 seeds)",
            ),
        ],
    )
    def test_it_prints_a_sentence(self, numbers, column, sentence):
        assert str(PairedDifference(*numbers, "a", "b", column, 0.95)) == sentence

    @pytest.mark.parametrize(
        ("table", "arguments", "words"),
        [
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("a", "c"), "b: expected one of 'a', 'b', got 'c'"),
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("x", "b"), "a: expected one of 'a', 'b', got 'x'"),
            (two({0: 1, 1: 2}, {1: 1, 2: 2}), ("a", "b"), "at least two seeds that 'a' and 'b' share, got 1"),
            (two({0: 1, 1: 2}, {0: 1, 1: np.nan}), ("a", "b"), "finite .* got nan for 'b', seed 1"),
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("a", "b", "seed"), "column: expected one of .* got 'seed'"),
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("a", "b", "loss"), "column: expected one of .* got 'loss'"),
            (
                two({0: 1, 1: 2}, {0: 1, 1: 2}),
                ("a", "b", "validation_error_pct", 1),
                "confidence: .* below 1, got 1",
            ),
            (
                pd.concat(2 * [two({0: 1, 1: 2}, {0: 1, 1: 2})]),
                ("a", "b"),
                "expected each seed once, got 'a' with a seed twice",
            ),
        ],
    )
    def test_wrong_calls(self, table, arguments, words):
        with pytest.raises(ValueError, match=words):
            paired_difference(table, *arguments)

    def test_it_takes_the_table_of_a_study(self, here):
        result = paired_difference(here[0], "tiny", "sigmoid, scaled", "training_loss")
        assert result.pairs == 2
        with pytest.raises(ValueError, match="got nan for 'fails', seed 0"):
            paired_difference(here[0], "tiny", "fails")


class TestScript:
    @pytest.fixture
    def script(self):
        return data_script("make_study")

    def test_it_asks_for_what_the_report_ran(self, script):
        runs = pd.read_csv(ROOT / "data" / "report" / "runs.csv").set_index("run")
        assert [c.name for c in script.REPORT] == runs.index.tolist()
        for c in script.REPORT:
            for option, stated in (("learning_rate", "learn_rate"), ("hidden_units", "hidden_units")):
                assert np.isnan(runs[stated][c.name]) or getattr(c, option) == runs[stated][c.name]
        parts = [script.RAW, script.TOO_HIGH, script.CENTRED, script.SCALED, script.MNIST]
        assert [len(part) for part in parts] == [9, 4, 9, 4, 8]
        assert [c.learning_rate for c in script.SCALED] == pytest.approx(4 * [0.05])

    def test_runs_with_two_names_are_one(self, script, here):
        by_name = {c.name: c for c in script.REPORT}
        for other, one in script.TWINS.items():
            assert dataclasses.replace(by_name[one], name=other) == by_name[other]
        table = here[0].replace({"configuration": {"tiny": "learn-rate-1e-3"}})
        assert_same(script.with_twins(table)[:8], table, seconds=True)
        assert script.with_twins(table)["configuration"].tolist()[8:] == ["hidden-500", "hidden-500"]


@pytest.mark.parametrize("name", ["hidden-200 centred", "mnist-100"])
def test_a_run_of_the_stored_study_comes_out_where_the_others_lie(name):
    """On this machine it may be the very row; on another one its last digits differ, and so may its error."""
    table = study.load_study()
    stored = table[table["configuration"] == name].set_index("seed")
    options = {option: kind(stored[option].iloc[0]) for option, kind in study.OPTIONS.items()}
    row = study.run_one(study.Configuration(name, **options), seed=0)
    low, high = stored["validation_error_pct"].min(), stored["validation_error_pct"].max()
    half = (high - low) / 2
    assert low - half <= row["validation_error_pct"] <= high + half
    assert row["status"] == "finished"
