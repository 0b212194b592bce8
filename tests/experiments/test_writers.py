"""The folder of a study: kills, interrupts, two writers, and Windows."""

import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from labutils._internal import files
from labutils.instructor import studies
from labutils.instructor.studies import make_study, read_runs

from .conftest import KINDS, TINY, assert_same, run_files, tiny


class TestUnfinishedFiles:
    def test_they_are_ignored(self, stored):
        folder, table, _ = stored
        (folder / f"{run_files(folder)[0].name}.1-00ff.part").write_text('{"row": {"configur')
        assert_same(read_runs(folder)[0], table)

    def test_a_write_that_fails_leaves_the_stored_run(self, stored, monkeypatch):
        folder, table, _ = stored
        monkeypatch.setattr(studies, "_stored_rows", lambda *arguments: {})  # they are made and written again
        for error in (OSError(28, "No space left on device"), KeyboardInterrupt()):
            monkeypatch.setattr(files.os, "replace", raiser(error))
            with pytest.raises(type(error)):
                make_study(KINDS, [0, 1], folder=folder)
        monkeypatch.undo()
        assert_same(read_runs(folder)[0], table, seconds=True)


def raiser(error):
    def raise_it(*arguments):
        raise error

    return raise_it


class TestWindows:
    """os.replace is refused there while another process has the file open."""

    @pytest.fixture
    def refused(self, monkeypatch):
        monkeypatch.setattr(files.os, "replace", raiser(PermissionError(13, "Access is denied")))

    def test_another_writer_has_stored_the_same_run(self, stored, here, quick, monkeypatch, refused):
        folder, table, _ = stored
        monkeypatch.setattr(studies, "_stored_rows", lambda *arguments: {})  # it came a moment later
        assert_same(make_study(KINDS, [0, 1], folder=folder), here)
        assert len(quick) == 10
        assert_same(read_runs(folder)[0], table, seconds=True)
        assert {path.suffix for path in folder.iterdir()} == {".json"}

    def test_a_run_that_is_not_stored_is_an_error(self, tmp_path, quick, refused):
        with pytest.raises(PermissionError, match="cannot be written"):
            make_study([TINY], [0], folder=tmp_path)


@pytest.mark.parametrize("executors", [(None, None), ("threads", "threads"), (None, "threads")], ids=str)
def test_two_studies_fill_a_folder_at_once(tmp_path, here, quick, executors):
    def fill(kind):
        start.wait()
        if kind is None:
            return make_study(KINDS, [0, 1], folder=tmp_path)
        with ThreadPoolExecutor(2) as executor:
            return make_study(KINDS, [0, 1], executor, tmp_path)

    start = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        tables = list(pool.map(fill, executors))
    for table in tables:
        assert_same(table, here)
    assert len(run_files(tmp_path)) == len(list(tmp_path.iterdir())) == 8


KILLED = """
import os, random, signal, sys, time
from labutils.experiments import Configuration
from labutils.instructor import studies
from labutils.experiments.runs import run_with_history
folder, log = sys.argv[1], os.open(sys.argv[2], os.O_RDWR | os.O_CREAT | os.O_APPEND)
options = dict(data="mnist", batch_size=500, epochs=1, validation_every=1)
runs = [Configuration(name, 1e-3, 5, **options) for name in ("one", "two", "three", "four")]
seeds, moments = range(10), random.Random(0)
known = {(run.name, seed): run_with_history(run, seed) for seed in seeds for run in runs}
studies.run_with_history = lambda run, seed: known[run.name, seed]  # the children do nothing but write

def told(line):
    os.write(log, (line + "\\n").encode())

def lines():
    return os.pread(log, 1_000_000, 0).count(b"\\n")

for _ in range(20):
    begun = lines() + moments.randrange(4)
    child = os.fork()
    if not child:
        studies.make_study(runs, seeds, None, folder, told)
        os._exit(0)
    ended = 0
    while lines() < begun and not ended:
        ended, _ = os.waitpid(child, os.WNOHANG)
        time.sleep(0.0001)
    time.sleep(moments.uniform(0.0, 0.005))
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print("killed", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a new process for each kill would take a minute")
def test_killed_while_a_study_writes(tmp_path):
    """20 times at a random moment: every run that was reported is in the folder and stays as it is."""
    folder, log = tmp_path / "my_study", tmp_path / "log"
    saved = {}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, folder, log],
        cwd=Path(__file__).resolve().parents[2],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as person:
        for _ in range(20):
            assert person.stdout.readline() == "killed\n"
            content = {path.name: path.read_bytes() for path in run_files(folder)} if folder.exists() else {}
            assert saved.items() <= content.items()
            saved = content
            told = re.findall(r"\d+/40 (\w+), seed (\d+): finished", log.read_text())
            table = read_runs(folder)[0] if saved else pd.DataFrame(columns=["configuration", "seed"])
            there = set(zip(table["configuration"], map(str, table["seed"]), strict=True))
            assert set(told) <= there
            person.stdin.write("\n")
            person.stdin.flush()
    assert person.returncode == 0
    configurations = [
        tiny(name, centred=False, validation_every=1) for name in ("one", "two", "three", "four")
    ]
    other = tmp_path / "unbroken"
    unbroken = make_study(configurations, range(10), folder=other)
    for _ in range(2):  # to go on, and to find all of it there
        assert_same(make_study(configurations, range(10), folder=folder), unbroken)
    assert saved.items() <= {path.name: path.read_bytes() for path in run_files(folder)}.items()
    for table, expected in zip(read_runs(folder), read_runs(other), strict=True):
        assert_same(table, expected)
