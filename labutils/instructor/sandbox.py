"""Run a command with limits, and on Linux without a network and without access to the course's files.

It is not a security boundary: students' code still runs as the user who grades. The guide says what to add.
"""

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

# Make folders read-only, cover folders, keep the own one (it may lie in one of those), and drop the right to undo it.
_COVER = """
cd "$HOME"
while [ "$1" != -- ]; do mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 97; shift; done; shift
while [ "$1" != -- ]; do mount -t tmpfs -o size=1m none "$1" || exit 97; shift; done; shift
mkdir -p "$HOME" && mount --no-canonicalize --bind . "$HOME" && cd "$HOME" || exit 97
mount -o remount,bind,ro / 2>/dev/null
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""
_UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child")
_KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "SYSTEMROOT",
    "VIRTUAL_ENV",
    "JUPYTER_PREFER_ENV_PATH",
)  # of the environment


@functools.cache
def isolates() -> bool:
    """Whether this machine can cut off the network and cover folders (Linux with user namespaces)."""
    if not shutil.which("unshare") or not shutil.which("setpriv"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = [*_UNSHARE, "sh", "-c", _COVER, "sh", folder, "--", folder, "--", "true"]
        environment = os.environ | {"HOME": folder}
        ended = subprocess.run(command, capture_output=True, check=False, env=environment)
        return ended.returncode == 0


def run_confined(
    command: Sequence[str],
    home: Path,
    seconds: float,
    memory: int,
    file: int,
    hidden: Sequence[Path] = (),
    fixed: Sequence[Path] = (),
) -> str:
    """Run a command in the folder `home`; "" if it succeeded, otherwise how it ended, in words.

    seconds: of wall time, after which the command and everything that it started are killed; memory and file: bytes
    of a process and of a file that it writes. hidden: folders that appear empty, and fixed: folders that cannot be
    written to, where the machine can do that. Python in it imports the `labutils` that this module belongs to.
    """
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"HOME": str(home), "TMPDIR": str(home), "IPYTHONDIR": str(home / ".ipython")}
    environment |= {"MPLCONFIGDIR": str(home), "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2])}
    if isolates():
        covered, kept = ([str(path) for path in folders if path.exists()] for folders in (hidden, fixed))
        command = [*_UNSHARE, "sh", "-c", _COVER, "sh", *kept, "--", *covered, "--", *command]

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with (home / "complaints.txt").open("wb") as complaints:
        process = subprocess.Popen(
            command,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            preexec_fn=limit,
            start_new_session=True,
        )
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return f"killed after {seconds:g} s"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode == 0:
        return ""
    with (home / "complaints.txt").open("rb") as said:
        said.seek(max(0, said.seek(0, 2) - 2000))
        last = said.read().decode(errors="replace").strip().splitlines()[-1:]
    return f"ended with {process.returncode}: {' '.join(last)[:300]}"
