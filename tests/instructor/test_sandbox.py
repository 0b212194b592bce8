"""The sandbox: limits on memory, files and time, no network, and folders that are hidden or cannot be changed."""

import socket
import sys
import time
from pathlib import Path

import pytest

import labutils
from labutils.instructor import sandbox


@pytest.fixture
def isolated():
    if not sandbox.isolates():
        pytest.skip("this machine has no user namespaces to isolate with")


def run_python(home, code, seconds=120, memory=2_000_000_000, file=1_000_000, **folders):
    home.mkdir(exist_ok=True)
    ended = sandbox.run_confined([sys.executable, "-c", code], home, seconds, memory, file, **folders)
    said = home / "said.txt"
    return ended, said.read_text() if said.exists() else ""


def test_the_sandbox_limits_memory_files_and_time(tmp_path):
    assert run_python(tmp_path / "a", "open('said.txt', 'w').write('well')") == ("", "well")
    ended, _ = run_python(tmp_path / "b", "x = bytearray(10**10)")
    assert ended == "ended with 1: MemoryError"
    ended, _ = run_python(tmp_path / "c", "open('large', 'wb').write(bytes(10**7))")
    assert "File too large" in ended
    code = "import subprocess, time\nsubprocess.Popen(['sleep', '4711.25'], start_new_session={})\ntime.sleep(60)"
    for own in (False, True) if sandbox.isolates() else (False,):
        began = time.monotonic()
        ended, _ = run_python(tmp_path / "d", code.format(own), seconds=1.5)
        assert ended == "killed after 1.5 s"
        assert time.monotonic() - began < 50  # it would sleep for 60
        time.sleep(0.3)
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert not [line for line in lines if b"4711.25" in line]


def test_the_sandbox_has_few_variables_and_this_labutils(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    code = "import os, labutils\nopen('said.txt', 'w').write(labutils.__file__ + str('SECRET_TOKEN' in os.environ))"
    assert run_python(tmp_path / "a", code) == ("", f"{labutils.__file__}False")


@pytest.mark.usefixtures("isolated")
def test_the_sandbox_covers_and_fixes_folders_for_good(tmp_path):
    root = tmp_path / "course"
    (root / "hidden").mkdir(parents=True)
    (root / "hidden" / "solution").write_text("42")
    (root / "open").write_text("x")
    homes = tmp_path / "homes"
    (homes / "other").mkdir(parents=True)
    code = (
        "import os, pathlib, subprocess\n"
        f"root = pathlib.Path({str(root)!r})\n"
        "def tries(command): subprocess.run(command, shell=True, capture_output=True)\n"
        "tries(f'umount {root}/hidden'); tries(f'umount -l {root}/hidden')\n"
        "tries(f'mount -o remount,bind,rw {root}'); tries(f'unshare -Urm umount {root}/hidden')\n"
        "tries(f'echo y > {root}/open'); tries(f'echo y > {root}/hidden/new')\n"
        "seen = [os.listdir(root / 'hidden'), (root / 'open').read_text(), os.listdir(pathlib.Path.cwd().parent)]\n"
        "open('said.txt', 'w').write(repr(seen))"
    )
    ended, said = run_python(homes / "own", code, hidden=[root / "hidden", homes], fixed=[root])
    assert ended == ""
    assert said in ("[[], 'x', ['own']]", "[['new'], 'x', ['own']]")
    assert (root / "open").read_text() == "x"
    assert [path.name for path in (root / "hidden").iterdir()] == ["solution"]


@pytest.mark.usefixtures("isolated")
def test_the_sandbox_has_no_network(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listens:
        code = (
            f"import socket\nsocket.create_connection(('127.0.0.1', {listens.getsockname()[1]}), timeout=3)"
        )
        ended, _ = run_python(tmp_path / "a", code)
    assert "OSError" in ended or "Error" in ended
    assert ended.startswith("ended with 1")
