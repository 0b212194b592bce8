"""Reads the tables of training runs in a pasted text. It finds each header, joins the header's lines, reads rows until
the table ends, and keeps how many digits of each number were printed."""

import csv
import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import pandas as pd

METRICS = ["training_accuracy_pct", "validation_accuracy_pct"]
METRICS += ["training_loss", "validation_loss", "training_rmse"]
_EXPECTED = "the table of a training run with its header, from MATLAB (trainNetwork, trainnet), Keras (fit, "
_EXPECTED += "CSVLogger), the report or this workbook, or as CSV"
_ADVICE = "In MATLAB, training with Verbose=true prints such a table"
# The names of columns that consist of several words, and what stands in the second line of a header.
_NAME = r"(?:time elapsed|base learning(?: rate)?|learning rate"
_NAME += r"|(?:rpn )?(?:mini-?batch|training|validation)(?: (?:accuracy|acc\.|loss|rmse))?)(?!\S)|\S+"
_SECOND_LINE = r"\W*(?:accuracy|loss|rmse|rate|hh:mm:ss|seconds)\W*"
_WHOLE = r"\d{1,3}(?:[,.' ]\d{3})+|\d+"  # with or without separators of thousands
_ESCAPED = {"n": "\n", "t": "\t", "/": "/", "u001b": "\x1b"}  # in JSON
# How a run ended, and what the text next to its table says then.
_ENDINGS = {
    "finished its epochs": r"max(imum)? epochs? completed|reached (the )?final iteration|^finished \(",
    "was stopped by hand": r"stopped manually",
    "was stopped by its validation criterion": r"met validation criterion",
    "was stopped before its end": r"^stopped\b.* \(\d+ iterations\)",
}


@dataclass
class _Table:
    """A table as text. columns: what each is, "epoch", "iteration", "learning_rate", one of `METRICS`, or ""."""

    columns: list[str]
    separator: str  # "" for blanks
    rows: list[tuple[int, list[str]]] = field(default_factory=list)  # the line number and the cells of each
    text: list[str] = field(default_factory=list)  # the other lines
    ends: list[int] = field(default_factory=list)  # where each column ends, if only blanks separate them
    is_over: bool = False  # whether a line that is no row follows the rows

    @property
    def place(self) -> str:
        return "iteration" if "iteration" in self.columns else "epoch"

    def continues_with(self, cells: list[str]) -> bool:
        """Whether this row may belong to the run, because it is a later one."""
        before, column = self.rows[-1][1], self.columns.index(self.place)
        last, this = (int(re.sub(r"\D", "", row[column])) for row in (before, cells))
        return last < this or before == cells  # MATLAB may print the last row again


def read_tables(text: str) -> list[tuple[pd.DataFrame, str, str]]:
    """The tables in a text, at least one, as numbers (see `_numbers`), each with how its run ended, "" if that is not
    stated, and with what numbers its rows, "iteration" or "epoch".

    Raises `ValueError` that shows the line that is wrong.
    """
    lines = _clean_lines(text)
    result = []
    for table in _tables(_keras_lines(lines) or lines):
        near = "\n".join(table.text)
        ending = next((name for name, words in _ENDINGS.items() if re.search(f"(?im){words}", near)), "")
        result.append((_numbers(table), ending, table.place))
    if not result:
        shown = next((line.strip() for line in lines if line.strip()), "")[:60]
        raise ValueError(f"table: expected {_EXPECTED}, got {shown!r}. {_ADVICE}")
    return result


def _clean_lines(text: str) -> list[str]:
    """The lines without HTML, comment signs, colours and marks of direction, and with ordinary digits and blanks."""
    text = re.sub(r"\\(n|t|/|u001b)", lambda sign: _ESCAPED[sign[1]], text)
    text = re.sub(r"(?i)</t[hd]>", "\t", html.unescape(text))
    text = re.sub(r"(?i)<(?:tr|br|p|div)\b[^<>]*>", "\n", text)
    text = unicodedata.normalize("NFKC", re.sub(r"</?[a-zA-Z][^<>]*>|\x1b\[[0-9;]*m", "", text))
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    text = re.sub(r"\x08+|\r(?!\n)", "\n", text)  # a progress bar is printed again in its line
    if re.search(r"=\|[ \t]+\|", text):  # the line breaks of a table with bars are lost
        text = text.replace("| |", "|\n|")
    return [re.sub(r"^\s*(?:(?:%|#|>|//|\*)+(?:\s+|(?=\|)))+", "", line) for line in text.splitlines()]


def _keras_lines(lines: Iterable[str]) -> list[str]:
    """What `fit` of Keras printed, as lines of CSV; none if there is nothing of it."""
    runs: list[dict[int, dict[str, str]]] = []
    epoch = 0
    for line in lines:
        if started := re.match(r"[\s\"]*Epoch (\d+)(?:/\d+)?\b", line):
            if not runs or int(started[1]) < epoch:
                runs.append({})
            epoch = int(started[1])
        metrics = dict(re.findall(r"- (\w+): ([\d.]+(?:e[+-]?\d+)?|nan|inf)\b", line))
        if runs and metrics:
            runs[-1][epoch] = metrics  # in place of what was printed during the epoch
    result: list[str] = []
    for run in filter(None, runs):
        names = list(dict.fromkeys(name for metrics in run.values() for name in metrics))
        result.append(",".join(["epoch", *names]))
        result += [",".join([f"{e}", *(found.get(name, "") for name in names)]) for e, found in run.items()]
    return result


def _tables(lines: Sequence[str]) -> list[_Table]:
    """The tables, each with at least one row. One may go on below a second header, as on a new page."""
    found = [_Table([], "")]  # takes the text before the first header
    skip = 0
    for number, line in enumerate(lines, start=1):
        table = found[-1]
        if skip:
            skip -= 1
        elif header := _find_header(lines[number - 1 : number + 3]):
            new, skip = header
            found += [new] if new.columns != table.columns else []
        elif table.columns and (cells := _row(table, line, number)):
            if table.rows and not table.continues_with(cells):
                found.append(_Table(table.columns, table.separator, ends=table.ends))
            found[-1].rows.append((number, cells))
        else:
            table.text.append(line)
            table.is_over = bool(table.rows)
            ends = [match.end() for match in re.finditer("_+", line)]
            table.ends = ends if len(ends) == len(table.columns) else table.ends
    return [table for table in found if table.rows]


def _find_header(lines: Sequence[str]) -> tuple[_Table, int] | None:
    """A table whose header begins in the first of these lines, and the number of its other lines; None without one."""
    if not re.search(r"(?i)\b(?:epochs?|iter(?:ation)?s?)\b", lines[0]):
        return None
    separator = next((mark for mark in "|\t;," if mark in lines[0].strip()), "")
    names, more = _split(lines[0], separator, _NAME), 0
    for line in lines[1:]:
        cells = [cell for cell in _split(line, separator, _NAME) if cell]
        if not any(re.fullmatch(_SECOND_LINE, cell, re.IGNORECASE) for cell in cells):
            break
        missing = [""] * (len(names) - len(cells))  # the columns epoch and iteration, in front or at the end
        cells = [*missing, *cells] if re.match("(?i)epoch|iter", names[0]) else [*cells, *missing]
        names = [f"{name} {cell}" for name, cell in zip(names, cells, strict=False)]
        more += 1
    columns = [_meaning(name) for name in names]
    columns = ["" if name in columns[:i] else name for i, name in enumerate(columns)]
    is_header = {"epoch", "iteration"} & {*columns} and {*METRICS} & {*columns}
    return (_Table(columns, separator), more) if is_header else None


def _split(line: str, separator: str, word: str = r"\S+") -> list[str]:
    """The cells of a line. Without a separator they are words."""
    if not separator:
        return re.findall(word, line, re.IGNORECASE)
    line = line.strip(" ")
    if separator == "|":
        line = line.removeprefix("|").removesuffix("|")
    cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    return [cell.strip() for cell in cells]


def _meaning(name: str) -> str:
    """What a column is. The accuracy of pixels or boxes, and that of the best five, is not one of images."""
    word = re.sub(r"[^a-z]", "", name.lower())
    if word.startswith("epoch"):
        return "epoch"
    if word.startswith("iter") or word == "step":
        return "iteration"
    if "rate" in word or word == "lr":
        return "learning_rate"
    metric = re.search("loss|rmse|acc", word)
    if not metric or re.search("rpn|pixel|global|mean|iou|top", word):
        return ""
    split = "validation" if re.match("val|test", word) else "training"
    return f"{split}_{metric[0].replace('acc', 'accuracy_pct')}"


def _row(table: _Table, line: str, number: int) -> list[str] | None:
    """The cells of a row; None if the line is none. Raises `ValueError` for a row with too few or too many cells."""
    if not table.separator:
        line = re.sub(r"(?<!\S)% +(?=\d)", "%", re.sub(r"(?<=\d) +%(?!\S)", "%", line))
    cells = _split(line, table.separator)
    ends = [word.end() for word in re.finditer(r"\S+", line)]
    counts = [i for i, column in enumerate(table.columns) if column in ("epoch", "iteration")]
    whole = [bool(re.fullmatch(_WHOLE, cell)) for cell in cells]
    if len(cells) == len(table.columns):
        table.ends = table.ends or ends * bool(re.search(r"\S  +\S", line))
        return cells if all(whole[i] for i in counts) else None
    if len(cells) < 2 or table.is_over or not all(whole[: len(counts)]):
        return None
    if table.ends and not table.separator:  # the validation is not printed in every row
        near = [min(range(len(table.ends)), key=lambda i: abs(table.ends[i] - end)) for end in ends]
        if len(set(near)) == len(near):
            return [cells[near.index(i)] if i in near else "" for i in range(len(table.columns))]
    expected = f"expected {len(table.columns)} cells, got {len(cells)}: {line.strip()[:60]!r}"
    raise ValueError(f"table, line {number}: {expected}. Complete this line or delete it")


def _numbers(table: _Table) -> pd.DataFrame:
    """The table as numbers, accuracies in percent, and for each of `METRICS` in the column "..._digits" how many digits
    after the point are known. NaN: not printed. Raises `ValueError` that shows the cell that is not a number."""
    texts = pd.DataFrame([cells for _, cells in table.rows]).set_axis(table.columns, axis=1)
    measured = [column for column in (*METRICS, "learning_rate") if column in texts]
    printed = texts[measured].stack()
    comma = printed.str.contains(r"\.\d+,").any() or not printed.str.contains(".", regex=False).any()
    numbers = pd.DataFrame(index=texts.index)
    for column in [*measured, *({"epoch", "iteration"} & {*texts})]:
        cells = texts[column].str.replace("[% ]", "", regex=True)
        if column not in measured:
            cells = cells.str.replace(r"\D", "", regex=True)
        else:
            cells = cells.str.replace("." if comma else ",", "").str.replace(",", ".")
        exact = [_exact(cell, line, column) for cell, (line, _) in zip(cells, table.rows, strict=True)]
        numbers[column] = [float(number) for number in exact]
        digits = pd.Series(_known_digits(exact))
        is_share = column.endswith("_pct") and not texts[column].str.contains("%").any()
        if is_share and table.separator == "," and numbers[column].max() <= 1:  # Keras prints shares of 1
            numbers[column], digits = 100 * numbers[column], (digits - 2).clip(0)
        if column in METRICS:
            numbers[f"{column}_digits"] = digits
    return numbers


def _exact(cell: str, line: int, column: str) -> Decimal:
    """The number in a cell; NaN if it is empty."""
    try:
        return Decimal(re.sub(r"^[-\u2013\u2014]*$", "nan", cell))
    except InvalidOperation:
        name = column.removesuffix("_pct").replace("_", " ")
        raise ValueError(f"table, line {line}: expected a number for {name}, got {cell!r}") from None


def _known_digits(numbers: Sequence[Decimal]) -> list[int]:
    """How many digits after the point are known of each number, at most 6.

    MATLAB's trainnet prints five significant digits, without zeros at the end: 87.5 stands for 87.500. Other programs
    that leave out zeros print all numbers of a column with as many digits, or exactly (more than six, in some row).
    """
    finite = [number for number in numbers if number.is_finite()]
    printed = {-int(number.as_tuple().exponent) for number in finite}
    most = max((len(number.normalize().as_tuple().digits) for number in finite), default=0)
    known = []
    for number in numbers:
        digits = max(printed, default=0) if most <= 6 else 6
        if len(printed) > 1 and most == 5 and number.is_finite():
            digits = max(-int(number.as_tuple().exponent), 4 - number.adjusted())
        known.append(min(max(digits, 0), 6))
    return known
