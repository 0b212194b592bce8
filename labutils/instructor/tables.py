"""Tables of grading: read from any CSV that a spreadsheet saves, and written so that no cell becomes a formula."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labutils._internal import files

_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEBREW_WORD = re.compile(
    rb"[\xe0-\xfa]{3}"
)  # letters of Windows-1255; other languages rarely have three in a row
# A spreadsheet may split at commas, semicolons or tabs: a formula can begin after each of them.
# Quotation marks before it do not protect: they are taken for the end of a text if it splits in the wrong place.
_FORMULA = re.compile(r"""(^|[,;\t\r\n])(?=["']*[=+\-@\t\r])""")
_ESCAPED = re.compile(r"""(^|[,;\t\r\n])'(?=["']*[=+\-@\t\r])""")


@dataclass(frozen=True)
class Table:
    """The cells of a CSV. rows: below the line of column names; numbers: of these rows in a spreadsheet."""

    columns: list[str]
    rows: list[list[str]]
    numbers: list[int]
    delimiter: str = ","


def decode_text(raw: bytes) -> str:
    """The text of a file in UTF-8, UTF-16, Windows-1255 or Windows-1252, the encodings in which spreadsheets save."""
    if raw.startswith(_BYTE_ORDER_MARKS):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1255" if _HEBREW_WORD.search(raw) else "cp1252", errors="replace")


def read_table(path: Path) -> Table:
    """The cells of a CSV with commas, semicolons or tabs, without empty rows.

    Raises `OSError` that says what to do if it cannot be read, and `ValueError` if it is no table.
    """
    raw = files.content(path, "If it is open in another program, close it there and repeat the command.")
    text = decode_text(raw)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(f"{path.name}: expected a CSV, got another kind of file ({error})") from None
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if any(cell.strip() for cell in line)]
    if not numbered:
        return Table([], [], [])
    columns = [name.strip() for name in numbered[0][1]]
    rows = [[undo_escape(cell) for cell in line] for _, line in numbered[1:]]
    return Table(columns, rows, [n for n, _ in numbered[1:]], delimiter)


def write_table(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], delimiter: str = ","
) -> None:
    """Write a CSV that spreadsheets read as UTF-8, in which no cell is a formula. A missing cell is empty.

    Raises `OSError` that says what to do if the file cannot be written.
    """
    write_lines(path, [columns, *([row.get(name, "") for name in columns] for row in rows)], delimiter)


def write_lines(path: Path, lines: Iterable[Sequence[Any]], delimiter: str = ",") -> None:
    """Write a CSV as `write_table` does, from the cells of each line; the first line has the names of the columns."""
    replace_file(path, "\ufeff" + format_lines(lines, delimiter))


def format_lines(lines: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    """Cells as the lines of a CSV, in which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows([escape_formula(cell) for cell in line] for line in lines)
    return text.getvalue()


def escape_formula(value: Any) -> Any:
    """The value, with an apostrophe before each place where a spreadsheet would begin a formula."""
    if not isinstance(value, str):
        return value
    return _FORMULA.sub(r"\1'", value.replace("\0", ""))


def undo_escape(text: str) -> str:
    """The text that `escape_formula` was given."""
    return _ESCAPED.sub(r"\1", text)


def replace_file(path: Path, text: str) -> None:
    """Write a file completely or not at all, unless it has this text already. Raises `OSError` that says what to do."""
    content = text.encode(errors="backslashreplace")
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return
    except OSError:
        pass
    way_out = "If it is open in another program, close it there, and repeat the command."
    files.replace(path, content, way_out)
