"""All files that were handed in, in folders and in archives at any depth.

Links are not followed. A file that cannot be opened is listed too, with the reason.
"""

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from labutils.instructor.archives import (
    WHOLE,
    Budget,
    Handed,
    kind_of_archive,
    make_readable,
    open_archive,
)
from labutils.instructor.reading import read_beginning

_NESTED = 300_000_000  # bytes of an archive inside of another one
_DEEPEST_ARCHIVE = 5  # archives in archives
_DEEPEST_FOLDER = 40
_ZIP = b"PK\x03\x04"


def walk(folder: Path, parts: tuple[str, ...] = ()) -> Iterator[Handed]:
    """Every file in a folder, its subfolders and the archives in them, in the order of their names.

    parts: the names of the folders that lead to this one.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Handed((*parts, ""), problem=f"a folder that cannot be opened ({error.strerror})")
        return
    for entry in entries:
        here, path = (*parts, make_readable(entry.name)), Path(entry.path)
        try:
            info = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield Handed(here, problem=f"a file that cannot be opened ({error.strerror})")
            continue
        if stat.S_ISLNK(info.st_mode):
            yield Handed(here, problem="a link, which is not followed")
        elif stat.S_ISREG(info.st_mode):
            yield from _open_file(path, here, info)
        elif not stat.S_ISDIR(info.st_mode):
            yield Handed(here, problem="a pipe or a device, not a file")
        elif entry.name in WHOLE or len(here) > _DEEPEST_FOLDER:
            yield Handed((*here, ""), problem=WHOLE.get(entry.name, "folders in folders, too deep"))
        else:
            yield from walk(path, here)


def walk_file(path: Path) -> Iterator[Handed]:
    """A file, or every file in it if it is an archive. Raises `OSError` if there is no such file."""
    yield from _open_file(path, (path.name,), path.stat())


def _open_file(path: Path, parts: tuple[str, ...], info: os.stat_result) -> Iterator[Handed]:
    """A file, or what is in it if it is an archive."""

    def begin(most: int) -> bytes:
        return read_beginning(path, most)

    handed = Handed(parts, frozenset(), info.st_mtime, info.st_size, None, "", begin)
    if not (kind := _kind_of(handed)):
        yield handed
        return
    try:
        with path.open("rb") as file:
            yield from _walk_archive(file, kind, handed, Budget(info.st_size))
    except OSError as error:
        yield replace(handed, problem=f"an archive that cannot be opened ({error.strerror})")


def _kind_of(handed: Handed) -> str:
    """Which kind of archive a file is, by its name; a zip may be called a notebook. "" if it is none."""
    if handed.problem:
        return ""
    if handed.parts[-1].lower().endswith(".ipynb"):
        try:
            return "zip" if handed.begin(4) == _ZIP else ""
        except ValueError:
            return ""
    return kind_of_archive(handed.parts[-1])


def _walk_archive(file: IO[bytes], kind: str, archive: Handed, budget: Budget) -> Iterator[Handed]:
    """The files in an archive. If it is broken, the archive itself comes last, with the reason."""
    inside, empty = archive.archives | {len(archive.parts) - 1}, True
    try:
        if len(inside) > _DEEPEST_ARCHIVE:
            raise ValueError("archives in archives, too deep")
        for member in open_archive(file, kind, budget):
            empty = False
            handed = replace(member, parts=(*archive.parts, *member.parts), archives=inside)
            if not (nested := _kind_of(handed)):
                yield handed
                continue
            try:
                content = io.BytesIO(handed.read(_NESTED))
            except ValueError as error:
                yield replace(handed, problem=str(error))
                continue
            yield from _walk_archive(content, nested, handed, budget)
        problem = "an archive without a file" if empty else ""
    except Exception as error:  # a broken archive raises errors of many kinds
        words = str(error) if type(error) is ValueError else f"a broken archive ({str(error)[:80]})"
        problem = f"{words}: ask for it again as a zip"
    if problem:
        yield replace(archive, problem=problem)
