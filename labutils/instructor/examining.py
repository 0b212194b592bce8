"""What a file is that was handed in: a notebook of a part, something else in its place, or a file of no use here."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from labutils.instructor import matching, reading, senders
from labutils.instructor.archives import Handed, kind_of_archive

_START = 3_000  # bytes of a file that are looked at to tell what it is
_LAB = ("data", "labutils")  # folders that are handed out with the notebooks
_COMPARED = (".csv", ".npz", ".json", ".py")  # files of these folders that are compared with those handed out
_PACKED = (".rar", ".7z", ".gz")
_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")
_TEXT = (".txt", ".json", "")
_TYPED = "text that was typed into Moodle, not a notebook"
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")

HandedOut = Mapping[str, tuple[int, int]]  # size and checksum by path


@dataclass
class Examined:
    """A file, and what it was found to be.

    uses: what became of it, in words; stands: for a notebook, even if it cannot be read as one; parts: that it is, or
    that its name promises; folder: of the lab, that it belongs to; changed: the flag for a file that is not as it was
    handed out.
    """

    handed: Handed
    uses: list[str] = field(default_factory=list)
    stands: bool = False
    notebook: NotebookNode | None = None
    parts: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    folder: str = ""
    changed: str = ""


def list_handed_out(root: Path) -> HandedOut:
    """The size and the checksum of the files that are handed out with the notebooks, by their path in the zip."""
    found = {}
    top = [path for path in root.glob("*") if path.is_file()]
    for path in [*top, *(path for name in _LAB for path in (root / name).rglob("*"))]:
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            found[path.relative_to(root).as_posix()] = (len(content), zlib.crc32(content))
    return found


def examine(handed: Handed, released: Mapping[str, NotebookNode], ours: HandedOut) -> Examined:
    """What a file is. released: the notebooks by part; ours: the files that were handed out with them."""
    found = Examined(handed)
    try:
        _examine(found, released, ours)
    except (
        Exception
    ) as error:  # an unforeseen file makes our code fail: it is listed, and the others are read
        found.notebook, found.stands = None, True
        found.uses = [f"our own code stops at it ({type(error).__name__}: {str(error)[:100]})"]
    return found


def _examine(found: Examined, released: Mapping[str, NotebookNode], ours: HandedOut) -> None:
    """Find out what a file is."""
    handed, name = found.handed, senders.own_name(found.handed)
    notebook = ".ipynb" in name.lower()
    if handed.problem:
        packed = kind_of_archive(name) or name.lower().endswith(_PACKED)
        found.uses, found.stands = [handed.problem], bool(notebook or packed)
        found.parts = matching.part_of_name(name)
    elif ".ipynb_checkpoints" in handed.parts:
        found.uses = ["a checkpoint of Jupyter, not used"]
    elif name in _SYSTEM or name.startswith(("._", "~$")):
        found.uses = ["made by the system, not used"]
    elif not notebook and _examine_lab(found, ours):
        pass
    elif notebook or _looks_like_notebook(handed):
        _read(found, released, name)
    else:
        _explain(found, name)


def _examine_lab(found: Examined, ours: HandedOut) -> bool:
    """Whether a file was handed out with the lab, or lies in one of its folders."""
    parts = found.handed.parts
    place = next((n for n, part in enumerate(parts[:-1]) if n and part in _LAB), None)
    if place is None:
        if parts[-1] in ours and len(parts) > 1 and "/" not in parts[-1]:
            found.uses = ["handed out with the lab, not used"]
        return bool(found.uses)
    path = "/".join(parts[place:])
    found.folder = "/".join(parts[: place + 1]) + "/"
    found.uses = ["handed out with the lab, not used"]
    if path.endswith(_COMPARED) and not _is_as(found.handed, ours.get(path)):
        found.changed = f"changed {'data' if parts[place] == 'data' else 'package'}: {path}"
    return True


def _is_as(handed: Handed, our: tuple[int, int] | None) -> bool:
    """Whether a file has the content of ours, given by its size and checksum."""
    if our is None or handed.size != our[0]:
        return False
    try:
        return our[1] == (zlib.crc32(handed.read()) if handed.checksum is None else handed.checksum)
    except ValueError:
        return False


def _looks_like_notebook(handed: Handed) -> bool:
    """Whether a file of another name begins as a notebook does."""
    if Path(handed.parts[-1]).suffix.lower() not in _TEXT:
        return False
    try:
        start = handed.begin(_START).lstrip(b"\xef\xbb\xbf \r\n\t")
    except ValueError:
        return False
    return start.startswith(b"{") and any(
        word in start for word in (b'"cells"', b'"nbformat"', b'"worksheets"')
    )


def _read(found: Examined, released: Mapping[str, NotebookNode], name: str) -> None:
    """Read the notebook of a file."""
    found.stands, found.parts = True, matching.part_of_name(name)
    try:
        found.notebook, found.flags = reading.parse_notebook(found.handed.read())
    except ValueError as error:
        found.uses = [str(error)]
        return
    found.parts = matching.find_parts(found.notebook, released, name)
    if not found.parts:
        found.uses = ["a notebook that fits no part of the lab"]
    marked = [
        str(number)
        for number, cell in enumerate(found.notebook.cells, start=1)
        if any(line.startswith(_CONFLICT) for line in cell.source.splitlines())
    ]
    if marked:
        found.flags.append(f"marks of a merge conflict in the cells {', '.join(marked[:10])}")


def _explain(found: Examined, name: str) -> None:
    """Say what a file is that is not a notebook."""
    found.parts = matching.part_of_name(name)
    try:
        reason = reading.explain_content(found.handed.begin(_START))
    except ValueError as error:
        reason = str(error)
    if any("_assignsubmission_onlinetext" in part for part in found.handed.parts):
        reason = f"text that was typed into Moodle; {reason}" if "Colab" in reason else _TYPED
    if not reason and name.lower().endswith(_PACKED):
        reason = "an archive that cannot be opened here: unpack it into a folder of the student's"
    if not reason and name.lower().endswith((".crdownload", ".part", ".icloud", ".tmp")):
        reason = "an unfinished download: ask for the file again"
    found.uses = [reason or "not a notebook, not used"]
    found.stands = bool(reason) and "picture" not in reason
