"""A limit on the processes and the memory of everything that a command starts, where this user may set one.

Linux counts them in control groups. Root may make some, as a rule, and others may not.
"""

import contextlib
import functools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
# Each controller, its file in version 1 and in version 2.
_FILES = {"pids": ("pids.max", "pids.max"), "memory": ("memory.limit_in_bytes", "memory.max")}
_PREFIX = "labutils-"
_ENTER = 'for group; do shift; [ "$group" = -- ] && break; echo 0 > "$group/cgroup.procs" || exit 96; done; exec "$@"'


@functools.cache
def usable() -> bool:
    """Whether this user can limit processes and memory together."""
    try:
        with limited(10, 10**8, strict=True):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def limited(processes: int, memory: int, strict: bool = False) -> Iterator[Sequence[str]]:
    """What precedes a command to limit it, for a `with` statement; nothing where this cannot be done.

    memory: bytes of all processes together. At the end, no process of it is left. strict: raise `OSError` instead.
    """
    made: list[Path] = []
    try:
        try:
            for controller, most in {"pids": processes, "memory": memory}.items():
                made += _make(controller, most, made)
        except OSError:
            if strict:
                raise
        yield ["sh", "-c", _ENTER, "sh", *map(str, dict.fromkeys(made)), "--"] if made else []
    finally:
        for group in dict.fromkeys(made):
            _remove(group)


def remove_leftovers(is_alive: Callable[[int], bool]) -> None:
    """Remove the groups of processes that have ended. is_alive: whether a process with this number exists."""
    for group in [*_ROOT.glob(f"{_PREFIX}*-*"), *_ROOT.glob(f"*/{_PREFIX}*-*")]:
        number = group.name.removeprefix(_PREFIX).split("-")[0]
        if number.isdigit() and not is_alive(int(number)):
            with contextlib.suppress(OSError):
                group.rmdir()


def _make(controller: str, most: int, made: Sequence[Path]) -> list[Path]:
    """Groups with this limit: a new one, or one that was made for another limit."""
    if (_ROOT / "cgroup.controllers").exists():  # version 2: one group for all limits
        group = made[0] if made else Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_ROOT))
        place = group / _FILES[controller][1]
    else:
        group = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_ROOT / controller))
        place = group / _FILES[controller][0]
    try:
        place.write_text(str(most))
    except OSError:
        if group not in made:
            group.rmdir()
        raise
    return [group]


def _remove(group: Path) -> None:
    """Remove a group, once its processes have ended."""
    for _ in range(50):
        with contextlib.suppress(OSError):
            os.rmdir(group)
            return
        time.sleep(0.05)
