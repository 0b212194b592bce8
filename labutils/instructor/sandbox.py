"""Run a command on what a stranger wrote: with limits, without a network, and without the files of this machine.

bubblewrap gives the command a file system of its own: the parts of this one that Python needs, which it cannot change,
and a home in memory. Where it is missing, `unshare` covers the folders of the course; where that is missing, too, only
the limits hold. `protections` says in words what holds here. What the command has to say, it writes to its output.
"""

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labutils.instructor import cgroups, isolation

_PACKAGE = Path(__file__).parents[1]
# Set limits, then become the command.
_LIMIT = """
import json, os, resource, sys
for name, most in json.loads(sys.argv[1]).items():
    hard = resource.getrlimit(getattr(resource, name))[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(getattr(resource, name), (most, most))
os.execv(sys.argv[2], sys.argv[2:])
"""
_KEPT = ("LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV", "JUPYTER_PREFER_ENV_PATH")  # of the environment


stopping = threading.Event()  # if it is set, commands that run are killed


@dataclass(frozen=True)
class Ended:
    """How a command ended. problem: in words, "" if it succeeded; said: its output."""

    problem: str
    said: bytes


@functools.cache
def kind() -> str:
    """What isolates commands on this machine: "bubblewrap", "unshare", or "" if nothing does."""
    if sys.platform != "linux":
        return ""
    for name in ("bubblewrap", "unshare"):
        with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as folder:
            command = isolation.isolated(name, [sys.executable, "-I", "-c", ""], Path(folder), 10**7, (), {})
            if subprocess.run(command, capture_output=True, check=False, cwd=folder).returncode == 0:
                return name
    return ""


def isolates() -> bool:
    """Whether this machine can cut off the network and hide files (Linux with user namespaces)."""
    return bool(kind())


def protections() -> list[str]:
    """What is protected on this machine while a student's code runs, and what is not, a sentence each."""
    if not kind():
        return [
            "Students' code is not isolated: neither bubblewrap nor unshare works on this machine.",
            "Students' code runs with a network and can read every file that you can read.",
            "It can leave processes and files behind. There is no limit on their number.",
        ]
    found = [
        f"Students' code is isolated by {kind()}.",
        "It has no network, and it ends with everything that it started.",
    ]
    if kind() == "bubblewrap":
        found.append(
            "It sees no files but Python, labutils without the grader, the data, and its own folder."
        )
        found.append(
            "Its folder, /tmp and the shared memory have a limited size, and nothing of them is left."
        )
    else:
        found.append(
            "The course's folder is covered, but students' code can read the rest of this machine's files."
        )
        found.append("There is no limit on the disk that it fills. Install bubblewrap for this.")
    if cgroups.usable():
        found.append("The number of its processes and their memory together are limited.")
    elif os.geteuid() == 0:
        found.append("The number of its processes is not limited, because you grade as root without cgroups.")
    else:
        found.append(
            "The number of its processes is limited, and the memory of each one, but not of all together."
        )
    return found


@contextlib.contextmanager
def homes() -> Iterator[Path]:
    """A folder for the homes of commands, for a `with` statement. What a killed run has left is removed first."""
    cgroups.remove_leftovers(_is_alive)
    prefix = "labutils-grading-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        number = left.name.removeprefix(prefix).split("-")[0]
        with contextlib.suppress(OSError):
            if number.isdigit() and left.stat().st_uid == os.getuid() and not _is_alive(int(number)):
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def run_confined(
    command: Sequence[str],
    home: Path,
    files: Mapping[str, bytes],
    *,
    seconds: float,
    memory: int,
    file: int,
    disk: int,
    processes: int,
    output: int,
    hidden: Sequence[Path] = (),
) -> Ended:
    """Run a command in a folder with these files, by their names; how it ended, and what it wrote to its output.

    home: an empty folder, used where nothing gives the command a home in memory. seconds: of wall time, after which
    the command and everything that it started are killed; bytes of memory of a process, of a file, of all files
    together (disk), and of the output. hidden: folders that appear empty where bubblewrap is missing, but for Python,
    labutils and the data. Python in it imports the `labutils` that this module belongs to.
    """
    limits = {"RLIMIT_AS": memory, "RLIMIT_FSIZE": file, "RLIMIT_CORE": 0, "RLIMIT_NOFILE": 1024}
    if isolates():  # outside of a namespace of its own, all processes of the user would count
        limits["RLIMIT_NPROC"] = processes
    limited = [sys.executable, "-I", "-S", "-c", _LIMIT, json.dumps(limits), *command]
    for name, content in files.items() if kind() != "bubblewrap" else ():
        (home / name).write_bytes(content)
    with contextlib.ExitStack() as stack:
        given = {}
        for name, content in files.items() if kind() == "bubblewrap" else ():
            opened = stack.enter_context(tempfile.TemporaryFile())
            opened.write(content)
            opened.seek(0)
            given[name] = opened.fileno()
        group = stack.enter_context(cgroups.limited(processes, 2 * memory))
        place = Path(isolation.HOME) if kind() == "bubblewrap" else home
        process = subprocess.Popen(
            [*group, *isolation.isolated(kind(), limited, home, disk, hidden, given)],
            cwd=home,
            env=_environment(place),
            pass_fds=tuple(given.values()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        return _wait(process, seconds, output)


def _wait(process: "subprocess.Popen[bytes]", seconds: float, output: int) -> Ended:
    """Read what a process writes until it ends, or until that takes too long or is too much."""
    said, complaints, full = bytearray(), bytearray(), threading.Event()

    def read_output() -> None:
        assert process.stdout is not None
        while more := os.read(process.stdout.fileno(), 1 << 16):
            if len(said) + len(more) > output:
                full.set()
                return
            said.extend(more)

    def read_complaints() -> None:
        assert process.stderr is not None
        while more := os.read(process.stderr.fileno(), 1 << 16):
            complaints.extend(more)
            del complaints[:-2000]

    readers = [threading.Thread(target=one, daemon=True) for one in (read_output, read_complaints)]
    problem, until = "", time.monotonic() + seconds
    try:
        for reader in readers:
            reader.start()
        while process.poll() is None and not problem:
            if full.is_set():
                problem = f"killed after {output / 1e6:g} MB of output"
            elif stopping.is_set():
                problem = "stopped"
            elif time.monotonic() > until:
                problem = f"killed after {seconds:g} s"
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for reader in readers:
            reader.join(5)  # without namespaces, a process that got away may hold the pipe
    if not problem and process.returncode:
        last = bytes(complaints).decode(errors="replace").strip().splitlines()[-1:]
        problem = f"ended with {process.returncode}: {' '.join(last)[:300]}"
    return Ended(problem, bytes(said))


def _environment(home: Path) -> dict[str, str]:
    """The variables of a command: few of the grader's, and none that is secret."""
    found = {name: os.environ[name] for name in _KEPT if name in os.environ}
    found["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    found |= {"HOME": str(home), "TMPDIR": str(home), "IPYTHONDIR": str(home / ".ipython"), "USER": "student"}
    found |= {"MPLCONFIGDIR": str(home), "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return found | {"PYTHONPATH": str(_PACKAGE.parent)}


def _is_alive(process: int) -> bool:
    """Whether a process with this number exists."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
