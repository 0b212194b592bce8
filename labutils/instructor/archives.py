"""The files in an archive. They are read in memory and never unpacked to the disk, so no name leads anywhere.

A small archive can unpack to more than a computer can hold. So the bytes that are unpacked are counted.
"""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from labutils.instructor.reading import LARGEST, limit, reads_as_hebrew

_MOST_FILES = 50_000  # in one archive, with those inside of it
_MOST_BYTES = 4_000_000_000  # that are unpacked from one archive
_FREE_BYTES = 200_000_000  # that may be unpacked from an archive however small it is
_RATIO = 100  # bytes that may be unpacked for each byte of an archive; notebooks shrink to a tenth
_TAR: dict[str, Callable[[Any], Any]] = {
    "tar": lambda file: file,
    "gz": gzip.open,
    "tgz": gzip.open,
    "bz2": bz2.open,
    "xz": lzma.open,
}
WHOLE = {  # folders of which the files are not listed one by one
    ".git": "a git folder, not used",
    "__MACOSX": "made by macOS, not used",
    "__pycache__": "compiled by Python, not used",
    "node_modules": "programs, not used",
    ".venv": "a Python environment, not used",
    "venv": "a Python environment, not used",
    "site-packages": "a Python environment, not used",
}


@dataclass(frozen=True)
class Handed:
    """A file that was handed in. It can be read until the next one is asked for.

    parts: the names of the folders and archives it is in, and its own; archives: which of the parts are archives;
    time: when it was last changed, in seconds; size, checksum: of its content, checksum None if it is not known;
    problem: why it cannot be read, or "". begin(most): its first bytes.
    """

    parts: tuple[str, ...]
    archives: frozenset[int] = frozenset()
    time: float = 0.0
    size: int = 0
    checksum: int | None = None
    problem: str = ""
    begin: Callable[[int], bytes] = lambda most: b""

    @property
    def path(self) -> str:
        """Where the file is, for people. A folder ends with a slash."""
        return "/".join(self.parts)

    def read(self, most: int = LARGEST) -> bytes:
        """The bytes of the file. Raises `ValueError` if it cannot be read or has more than so many bytes."""
        if self.problem:
            raise ValueError(self.problem)
        return limit(self.begin(most + 1), most)


class Budget:
    """How much may still be unpacked from an archive and those inside of it."""

    def __init__(self, packed: int) -> None:
        self.files = _MOST_FILES
        self.bytes = min(_MOST_BYTES, max(_FREE_BYTES, _RATIO * packed))

    def spend(self, content: bytes, files: int = 0) -> bytes:
        """The content, which is counted. Raises `ValueError` if too much has been unpacked."""
        self.bytes -= len(content)
        self.files -= files
        if self.bytes < 0 or self.files < 0:
            raise ValueError("not read, because the archive unpacks to far more than its size")
        return content


def kind_of_archive(name: str) -> str:
    """Which kind of archive the name of a file promises, as `open_archive` takes it; "" if none."""
    name, _, ending = name.lower().rpartition(".")
    if ending in ("zip", "tar", "tgz") or (ending in _TAR and name.endswith(".tar")):
        return ending
    return ""


def open_archive(file: IO[bytes], kind: str, budget: Budget) -> Iterator[Handed]:
    """The files in an archive; their parts start in it. Raises errors of many kinds if it is broken."""
    whole = set()
    for member in _open_zip(file, budget) if kind == "zip" else _open_tar(_TAR[kind](file), budget):
        skipped = [number for number, name in enumerate(member.parts[:-1]) if name in WHOLE]
        if not skipped:
            yield member
        elif (folder := member.parts[: skipped[0] + 1]) not in whole:
            whole.add(folder)
            yield Handed((*folder, ""), problem=WHOLE[folder[-1]])


def make_readable(name: str) -> str:
    """The name of a file as text. Bytes that are not UTF-8 are taken for Hebrew or Latin letters."""
    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = name.encode("utf-8", "replace")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1255", "replace")
        text = text if reads_as_hebrew(text) else raw.decode("latin-1")
    return "".join(letter if letter.isprintable() else "_" for letter in text)


def _open_zip(file: IO[bytes], budget: Budget) -> Iterator[Handed]:
    """The files in a zip."""
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            budget.spend(b"", files=1)
            parts = _split_name(_name_of(info))
            if info.is_dir() or not parts:
                continue
            problem = ""
            if stat.S_ISLNK(info.external_attr >> 16):
                problem = "a link, which is not followed"
            elif info.flag_bits & 1:
                problem = "protected with a password: ask for it again without one"
            try:
                changed = time.mktime((*info.date_time, 0, 0, -1))
            except (ValueError, OverflowError):
                changed = 0.0

            def begin(most: int, info: zipfile.ZipInfo = info) -> bytes:
                budget.spend(b"")
                try:
                    with archive.open(info) as member:
                        content = member.read(most)
                except Exception as error:  # a broken archive raises errors of many kinds
                    raise ValueError(f"broken inside of its archive ({str(error)[:80]})") from None
                return budget.spend(content)

            yield Handed(parts, frozenset(), changed, info.file_size, info.CRC, problem, begin)


def _name_of(info: zipfile.ZipInfo) -> str:
    """The name of a file in a zip. Programs that do not mark UTF-8 write it all the same, or the letters of DOS."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    try:
        return raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp862")  # of Windows in Hebrew
        return text if reads_as_hebrew(text) else info.filename


def _split_name(name: str) -> tuple[str, ...]:
    """The folders and the file that a name in an archive consists of, without what would lead out of it."""
    parts = make_readable(name.replace("\\", "/")).split("/")
    return tuple(part for part in parts if part not in ("", ".", "..") and not part.endswith(":"))


class _Counted(io.RawIOBase):
    """A stream of which no more can be read than the budget allows."""

    def __init__(self, stream: Any, budget: Budget) -> None:
        self.stream, self.budget = stream, budget

    def read(self, size: int = -1) -> bytes:
        return self.budget.spend(self.stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20))


def _open_tar(stream: Any, budget: Budget) -> Iterator[Handed]:
    """The files in a tar. It is a stream, so each is read once, and its beginning is kept for the next call."""
    with tarfile.open(fileobj=_Counted(stream, budget), mode="r|") as archive:
        for info in archive:
            budget.spend(b"", files=1)
            parts = _split_name(info.name)
            if info.isdir() or not parts:
                continue
            problem = "" if info.isreg() else "a link or a device, not a file"
            member = archive.extractfile(info) if info.isreg() else None
            kept = io.BytesIO()

            def begin(most: int, member: IO[bytes] | None = member, kept: io.BytesIO = kept) -> bytes:
                try:
                    if member is not None and most > len(kept.getbuffer()):
                        kept.write(member.read(most - len(kept.getbuffer())))
                except ValueError:
                    raise
                except Exception as error:  # a broken archive raises errors of many kinds
                    raise ValueError(f"broken inside of its archive ({str(error)[:80]})") from None
                return kept.getvalue()[:most]

            yield Handed(parts, frozenset(), float(info.mtime), info.size, None, problem, begin)
