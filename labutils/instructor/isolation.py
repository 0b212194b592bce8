"""What isolates a command: the arguments of bubblewrap, or a script for `unshare`."""

import os
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from labutils._internal.data_files import path_of

_PACKAGE = Path(__file__).parents[1]
HOME = "/home/student"  # in bubblewrap
_SMALL = 50_000_000  # bytes of /tmp and of the shared memory in bubblewrap
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "alternatives", "localtime", "ssl/openssl.cnf")
_SHARED = ("/dev/shm", "/var/tmp", "/run")  # noqa: S108
_UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--ipc", "--uts", "--mount", "--pid", "--fork")
# Keep the own folder, cover others, make everything read-only but the own folder, and drop the right to undo it.
_COVER = """
cd "$HOME"
while [ "$1" != -- ]; do mount -t tmpfs -o size=1m none "$1" || exit 97; shift; done; shift
mkdir -p "$HOME" && mount --no-canonicalize --bind . "$HOME" && cd "$HOME" || exit 97
for made in $(cut -d' ' -f5 /proc/self/mountinfo | grep -vxF "$HOME"); do
    mount -o remount,bind,ro "$made" 2>/dev/null
done
mount -t proc -o ro proc /proc
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""


def isolated(
    how: str,
    command: Sequence[str],
    home: Path,
    disk: int,
    hidden: Sequence[Path],
    given: Mapping[str, int],
) -> list[str]:
    """A command with what isolates it. given: open files by their names in the home of bubblewrap."""
    if how == "bubblewrap":
        return ["bwrap", *_mounts(disk), *_copies(given), "--remount-ro", "/", "--", *command]
    if how == "unshare":
        covered = [str(path) for folder in hidden for path in _covered(folder)]
        covered += [place for place in _SHARED if os.path.isdir(place)]
        covered += [str(home.parent)] if home.parent != Path(tempfile.gettempdir()) else []
        return [*_UNSHARE, "--kill-child", "sh", "-c", _COVER, "sh", *covered, "--", *command]
    return list(command)


def _copies(given: Mapping[str, int]) -> list[str]:
    """The arguments of bubblewrap that copy open files into the home."""
    return [word for name, number in given.items() for word in ("--file", str(number), f"{HOME}/{name}")]


def _mounts(disk: int) -> list[str]:
    """The arguments of bubblewrap for the file system and for what else is not shared."""
    words = ["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"]
    words += ["--uid", "65534", "--gid", "65534", "--hostname", "grading", "--chdir", HOME]
    for folder in filter(os.path.lexists, _SYSTEM):
        words += ["--symlink" if os.path.islink(folder) else "--ro-bind", os.path.realpath(folder), folder]
    for name in _ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    words += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
    for place, size in {"/dev/shm": _SMALL, "/tmp": _SMALL, HOME: disk}.items():  # noqa: S108
        words += ["--size", str(size), "--tmpfs", place]
    for path in _needed():
        if not path.is_relative_to("/usr"):
            words += ["--ro-bind", str(path), str(path)]
    for path in _graders():
        words += ["--size", "4096", "--tmpfs", str(path), "--remount-ro", str(path)]
    return [*words, "--remount-ro", "/dev"]


def _needed() -> list[Path]:
    """What Python and labutils need of the file system: folders that hold nothing of the course."""
    folders = {sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    found = [Path(folder).resolve() for folder in folders] + [Path(folder) for folder in folders]
    found += [_PACKAGE, path_of("x").parent]
    return sorted({path for path in found if path.is_dir() and path != Path("/")})


def _graders() -> list[Path]:
    """The grader's own code, wherever Python finds labutils."""
    places = [Path(place) / "labutils" / "instructor" for place in sys.path if place]
    found = {_PACKAGE / "instructor", *(place.resolve() for place in places if place.is_dir())}
    return sorted(path for path in found if any(path.is_relative_to(needed) for needed in _needed()))


def _covered(folder: Path) -> list[Path]:
    """The folders that are covered to hide everything of a folder but what is needed."""
    if not folder.is_dir() or any(folder.is_relative_to(path) for path in _needed()):
        return []
    if not any(path.is_relative_to(folder) for path in _needed()):
        return [folder]
    return [
        path for one in folder.iterdir() if one.is_dir() and not one.is_symlink() for path in _covered(one)
    ]
