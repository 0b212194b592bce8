"""Read notebooks from files that somebody else wrote: in any encoding, from any version of Jupyter, or broken."""

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

LARGEST = 50_000_000  # bytes of a notebook that is read
_AGAIN = "ask for the file again"
_ASK = "ask for the .ipynb file"
_MARKER = re.compile(r"(<{7}|\|{7}|={7}|>{7})( .*)?\r?")  # of git, alone in a line
_HIGH = re.compile(r"[^\x00-\x7f]")
_MIXED = re.compile(r"[A-Za-z][א-ת]|[א-ת][A-Za-z]")  # not to be expected in Hebrew text
_OF_OUTPUT = ("outputs", "execution_count")
_KEYS = {"cell_type", "id", "metadata", "source", "attachments", *_OF_OUTPUT}
_MAGIC = {  # how files of other kinds begin
    b"%PDF": f"a PDF file: {_ASK}",
    b"Rar!": "a RAR archive, which cannot be opened here: unpack it into a folder of the student's",
    b"7z\xbc\xaf": "a 7z archive, which cannot be opened here: unpack it into a folder of the student's",
    b"\x1f\x8b": "a compressed file, which cannot be opened here: unpack it into a folder of the student's",
    b"PK\x03\x04": f"a file of another program (such as Word): {_ASK}",
    b"\x89PNG": f"a picture: {_ASK}",
    b"\xff\xd8\xff": f"a picture: {_ASK}",
}


def read_notebook(path: Path) -> NotebookNode:
    """A notebook from a file that somebody else wrote. Raises `ValueError` that says why if it is not a notebook."""
    return parse_notebook(read_file(path))[0]


def read_file(path: Path, most: int = LARGEST) -> bytes:
    """The bytes of a file. Raises `ValueError` if it is a link, a pipe or a device, or has more than so many bytes."""
    return limit(read_beginning(path, most + 1), most)


def read_beginning(path: Path, most: int) -> bytes:
    """The first bytes of a file. Raises `ValueError` if it is a link, a pipe or a device."""
    if path.is_symlink():
        raise ValueError("not a file of its own, but a link")
    try:
        # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise ValueError(f"not a file that can be opened ({error.strerror})") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("not a file of its own, but a pipe or a device")
        return file.read(most)


def limit(content: bytes, most: int) -> bytes:
    """The content. Raises `ValueError` if it has more than so many bytes."""
    if len(content) > most:
        raise ValueError(f"too large to be read: more than {most / 1e6:g} MB")
    return content


def parse_notebook(content: bytes) -> tuple[NotebookNode, list[str]]:
    """A notebook from the bytes of a file, and what was unusual about them.

    Raises `ValueError` that tells a teacher what is wrong if the bytes are not a notebook.
    """
    text, notes = _decode(content)
    if not text.strip():
        raise ValueError(f"no notebook: an empty file; {_AGAIN}")
    try:
        notebook, removed = _build(text)
    except (ValueError, RecursionError) as error:
        if lines := _conflicts(text):
            return _resolve_conflict(text, lines), [*notes, "a merge conflict of git, the same on both sides"]
        if str(error).startswith("no notebook"):
            raise
        if reason := explain_content(content):
            raise ValueError(reason) from None
        raise ValueError(
            f"no JSON: {str(error)[:100]}; the file is damaged or incomplete: {_AGAIN}"
        ) from None
    if removed:
        notes.append(f"saved outputs that are not valid were left out: {removed}")
    return notebook, notes


def explain_content(content: bytes) -> str:
    """What a file is instead of a notebook, and what to ask the student for; "" if it cannot be told.

    content: the file, or its beginning.
    """
    for magic, words in _MAGIC.items():
        if content.startswith(magic):
            return words
    start = content[:3_000].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n").lower()
    if "colab.research.google.com" in start and len(content) < 3_000:
        return f"a link to Colab, not the notebook: {_ASK} (File, Download)"
    if start.startswith(("<!doctype html", "<html", "<head", "<p", "<div")):
        return f"an HTML page, not the notebook: {_ASK}"
    if re.search(r"^(# in\[|# %%|#!/usr/bin/env python|import |from \w+ import )", start, re.MULTILINE):
        return f"a Python script, not the notebook: {_ASK}"
    return ""


def _decode(content: bytes) -> tuple[str, list[str]]:
    """The text of a file, and a note if its encoding is not the usual one."""
    usual = json.detect_encoding(content)  # UTF-8 with and without BOM, UTF-16 and UTF-32
    try:
        return content.decode(usual), [] if usual.startswith("utf-8") else [f"read as {usual.upper()}"]
    except UnicodeDecodeError:
        pass
    repaired = content.decode("utf-8", "replace")
    broken = repaired.count("\ufffd")
    if 4 * broken <= len(_HIGH.findall(repaired)) - broken:  # most of it is right in UTF-8
        return repaired, [f"characters that are not valid in UTF-8 were replaced: {broken}"]
    for encoding, name in (("cp1255", "Windows-1255 (Hebrew)"), ("cp1252", "Windows-1252")):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp1255" or reads_as_hebrew(text):
            return text, [f"read as {name}"]
    return content.decode("latin-1"), ["read as Latin-1"]


def reads_as_hebrew(text: str) -> bool:
    """Whether the characters beyond ASCII are plausible as Hebrew: letters that do not stand beside Latin ones."""
    letters = len(re.findall("[א-ת]", text))
    return letters > 0 and 4 * len(_MIXED.findall(text)) <= letters


def _conflicts(text: str) -> list[tuple[int, int]]:
    """The first and the last line of each merge conflict; one without an end reaches to the end of the file."""
    found, start = [], 0
    for number, line in enumerate(lines := text.split("\n"), start=1):
        if marker := _MARKER.fullmatch(line):
            if marker.group(1) == "<<<<<<<" and not start:
                start = number
            elif marker.group(1) == ">>>>>>>" and start:
                found.append((start, number))
                start = 0
    return [*found, (start, len(lines))] if start else found


def _resolve_conflict(text: str, lines: list[tuple[int, int]]) -> NotebookNode:
    """The notebook, if both sides of its merge conflicts have the same cells. Raises `ValueError` if they differ."""
    sides = []
    for wanted in ("<<<<<<<", "======="):
        try:
            sides.append(_build("\n".join(_take_side(text, wanted)))[0])
        except (ValueError, RecursionError):
            break
    cells = [[(cell.cell_type, cell.source) for cell in side.cells] for side in sides]
    if len(cells) == 2 and cells[0] == cells[1]:
        return sides[0]
    places = ", ".join(f"{first} to {last}" for first, last in lines[:5])
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    raise ValueError(
        f"a merge conflict of git was left in the file, in lines {places}{more}: "
        "the student has to choose a side and hand it in again"
    )


def _take_side(text: str, wanted: str) -> Iterator[str]:
    """The lines of a text outside of its merge conflicts, and inside of them those after the wanted marker."""
    now = ""
    for line in text.split("\n"):
        if marker := _MARKER.fullmatch(line):
            now = "" if marker.group(1) == ">>>>>>>" else marker.group(1)
        elif now in ("", wanted):
            yield line


def _build(text: str) -> tuple[NotebookNode, int]:
    """The notebook that some JSON holds, and the number of its outputs that are not valid and were left out.

    Raises `ValueError` or `RecursionError` if it is no JSON, or `ValueError` that begins with "no notebook".
    """
    values = json.loads(text)
    try:
        if "\\ud" in text or "\\uD" in text:
            # Half of a pair (a broken emoji) cannot be written again, so it becomes a question mark.
            values = json.loads(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace"))
        notebook = nbformat.convert(nbformat.from_dict(values), 4)
        notebook.nbformat_minor = max(5, notebook.get("nbformat_minor", 5))
        ids: set[str] = set()
        for number, cell in enumerate(notebook.cells, start=1):
            _complete(cell)
            if not re.fullmatch(r"[\w-]{1,64}", str(cell.get("id", "")), re.ASCII) or cell.id in ids:
                cell.id = f"cell-{number}-of-{len(notebook.cells)}"
            ids.add(cell.id)
        removed = 0
        if list(nbformat.validator.get_validator(4, notebook.nbformat_minor).iter_errors(notebook)):
            _, notebook = nbformat.validator.normalize(notebook, strip_invalid_metadata=True)
            removed = sum(map(_remove_invalid_outputs, notebook.cells))
            nbformat.validate(notebook)
    except Exception as error:  # nbformat raises errors of many kinds
        raise ValueError(
            f"no notebook: {str(error).splitlines()[0][:100] if str(error) else error!r}"
        ) from None
    return notebook, removed


def _complete(cell: NotebookNode) -> None:
    """Give a cell what the format asks for and some editors leave out, and remove what does not belong to it."""
    for name in set(cell) - _KEYS:
        del cell[name]
    cell.setdefault("metadata", nbformat.NotebookNode())
    cell.source = "".join(cell.source) if isinstance(cell.get("source", ""), list) else cell.get("source", "")
    if cell.cell_type == "code":
        cell.pop("attachments", None)
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
    else:
        for name in _OF_OUTPUT:
            cell.pop(name, None)


def _remove_invalid_outputs(cell: NotebookNode) -> int:
    """Remove the outputs of a cell that are not valid; their number."""
    before = cell.get("outputs", [])
    valid = [output for output in before if nbformat.validator.isvalid(output, ref="output", version=4)]
    if len(valid) < len(before):
        cell.outputs = valid
    return len(before) - len(valid)
