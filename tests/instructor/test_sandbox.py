"""The sandbox: limits on memory, files and time, no network, and folders that are hidden or cannot be changed."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import labutils
from labutils.instructor import sandbox

from ..parts.conftest import ROOT


@pytest.fixture
def isolated():
    if not sandbox.isolates():
        pytest.skip("this machine has no user namespaces to isolate with")


@pytest.fixture(params=["bubblewrap", "unshare", ""])
def kind(request, monkeypatch):
    """Each way to isolate a command that this machine has."""
    if request.param and request.param not in (sandbox.kind(), "unshare" if sandbox.kind() else ""):
        pytest.skip(f"this machine has no {request.param}")
    monkeypatch.setattr(sandbox, "kind", lambda: request.param)
    return request.param


def run_python(home, code, seconds=120, memory=2_000_000_000, file=1_000_000, **more):
    home.mkdir(exist_ok=True, parents=True)
    limits = {"disk": 20_000_000, "processes": 100, "output": 1_000_000} | more
    command = [sys.executable, "-c", code]
    ended = sandbox.run_confined(
        command, home, {"given": b"42"}, seconds=seconds, memory=memory, file=file, **limits
    )
    return ended.problem, ended.said.decode(errors="replace")


def test_the_sandbox_limits_memory_files_output_and_time(tmp_path, kind):
    assert run_python(tmp_path / "a", "print(open('given').read(), end='')") == ("", "42")
    ended, _ = run_python(tmp_path / "b", "x = bytearray(10**10)")
    assert ended == "ended with 1: MemoryError"
    ended, _ = run_python(tmp_path / "c", "open('large', 'wb').write(bytes(10**7))")
    assert "File too large" in ended
    ended, said = run_python(tmp_path / "o", "while True: print('x' * 1000)", seconds=60)
    assert "MB of output" in ended
    assert len(said) <= 1_000_000
    code = "import subprocess, time\nsubprocess.Popen(['sleep', '4711.25'], start_new_session={})\ntime.sleep(60)"
    for own in (False, True) if kind else (False,):
        began = time.monotonic()
        ended, _ = run_python(tmp_path / "d", code.format(own), seconds=1.5)
        assert ended == "killed after 1.5 s"
        assert time.monotonic() - began < 50  # it would sleep for 60
        time.sleep(0.3)
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert not [line for line in lines if b"4711.25" in line]


def test_the_sandbox_has_few_variables_and_this_labutils(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    code = "import os, labutils\nprint(labutils.__file__, 'SECRET_TOKEN' in os.environ, end='')"
    assert run_python(tmp_path / "a", code) == ("", f"{labutils.__file__} False")


def test_a_checkout_in_a_temporary_folder_is_seen(tmp_path):
    """Where other programs see an empty folder."""
    shutil.copytree(Path(labutils.__file__).parent, tmp_path / "labutils")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "home").mkdir()
    inner = "import labutils.data, os; labutils.data.load_points(); print(labutils.__file__)"
    outer = f"""
import sys
from pathlib import Path
from labutils.instructor import sandbox
limits = dict(seconds=60, memory=2 * 10**9, file=10**6, disk=10**7, processes=100, output=10**6)
ended = sandbox.run_confined([sys.executable, "-c", {inner!r}], Path("home"), {{}}, **limits)
print(ended.problem, ended.said.decode())
"""
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", outer],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.strip() == str(tmp_path / "labutils" / "__init__.py")


@pytest.mark.usefixtures("isolated")
def test_the_sandbox_hides_folders_for_good(tmp_path, kind):
    if not kind:
        return
    root = tmp_path / "course"
    (root / "hidden").mkdir(parents=True)
    (root / "hidden" / "solution").write_text("42")
    homes = tmp_path / "homes"
    (homes / "other").mkdir(parents=True)
    (homes / "other" / "answer").write_text("42")
    code = (
        "import os, subprocess\n"
        f"root, homes = {str(root)!r}, {str(homes)!r}\n"
        "def tries(command): subprocess.run(command, shell=True, capture_output=True)\n"
        "tries(f'umount {root}/hidden'); tries(f'umount -l {root}/hidden; umount -l {root}; umount -l {homes}')\n"
        "tries(f'mount -o remount,bind,rw {root}'); tries(f'unshare -Urm umount {root}/hidden')\n"
        "tries(f'echo y > {root}/hidden/new; echo 7 > /proc/sys/vm/swappiness')\n"
        "print([os.path.exists(p) for p in (f'{root}/hidden/solution', f'{homes}/other/answer')])"
    )
    before = Path("/proc/sys/vm/swappiness").read_text()
    ended, said = run_python(homes / "own", code, hidden=[root, homes])
    assert (ended, said) == ("", "[False, False]\n")
    assert [path.name for path in (root / "hidden").iterdir()] == ["solution"]
    assert Path("/proc/sys/vm/swappiness").read_text() == before


def test_what_holds_on_this_machine_is_said_in_words(kind):
    found = sandbox.protections()
    assert len(found) >= 2
    assert (kind or "neither") in found[0]
    assert all(text.endswith(".") for text in found)


def test_folders_that_a_killed_run_left_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, alive = tmp_path / "labutils-grading-99999999-x", tmp_path / f"labutils-grading-{os.getpid()}-y"
    for folder in (left, alive):
        (folder / "own").mkdir(parents=True)
    with sandbox.homes() as homes:
        assert homes.is_dir()
        assert (left.exists(), alive.exists()) == (False, True)
    assert not homes.exists()


@pytest.mark.usefixtures("isolated")
def test_the_sandbox_has_no_network(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listens:
        code = (
            f"import socket\nsocket.create_connection(('127.0.0.1', {listens.getsockname()[1]}), timeout=3)"
        )
        ended, _ = run_python(tmp_path / "a", code)
    assert "OSError" in ended or "Error" in ended
    assert ended.startswith("ended with 1")
