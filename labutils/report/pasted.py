"""Reads the tables of training runs in a pasted text. It finds each header, joins the header's lines, reads rows until
the table ends, and keeps how many digits of each number were printed."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from math import inf

import pandas as pd

METRICS = ["training_accuracy_pct", "validation_accuracy_pct"]
METRICS += ["training_loss", "validation_loss", "training_rmse"]
_EXPECTED = "a training table with its header: MATLAB (trainNetwork, trainnet), Keras (fit, CSVLogger) or CSV"
# The names of columns that consist of several words, and what stands in the second line of a header.
_NAME = r"(?:time elapsed|base learning(?: rate)?|learning rate"
_NAME += r"|(?:rpn )?(?:mini-?batch|training|validation)(?: (?:accuracy|acc\.|loss|rmse))?)(?!\S)|\S+"
_SECOND_LINE = r"\W*(?:accuracy|loss|rmse|rate|hh:mm:ss|seconds)\W*"
_WHOLE = r"\d{1,3}(?:[,.' ]\d{3})+|\d+"  # with or without separators of thousands
_METRIC = "(?:minibatch|train(?:ing)?|val(?:id(?:ation)?)?|test|dev|eval|binary|sparse|categorical)*"
_METRIC += "(acc|loss|rmse)(?:uracy|pct|train|val|test)*"
# How a run ended, and the line next to its table that says so.
_ENDINGS = {
    "finished its epochs": r"max(imum)? epochs? completed|reached (the )?final iteration|finished \(",
    "was stopped by hand": "stopped manually",
    "was stopped by its validation criterion": "met validation criterion",
    "was stopped before its end": r"stopped\b.* \(\d+ iterations\)",
}


@dataclass
class _Table:
    """A table as text. columns: what each is, "epoch", "iteration", "learning_rate", one of `METRICS`, or ""."""

    columns: list[str]
    separator: str  # "" for blanks
    place: str = ""  # what numbers the rows, "iteration" or "epoch"
    rows: list[list[str]] = field(default_factory=list)  # the cells of each
    lines: list[int] = field(default_factory=list)  # the numbers of their lines
    text: list[str] = field(default_factory=list)  # the other lines
    ends: list[int] = field(default_factory=list)  # where each column ends, if only blanks separate them
    is_over: bool = False  # whether words, or another header, follow the rows
    is_percent: bool = False  # whether accuracies are in percent, as the header shows

    def continues_with(self, cells: list[str]) -> bool:
        """Whether this row may belong to the run: it is a later one, and not too late if something is in between."""
        column = self.columns.index(self.place)
        places = [int(re.sub(r"\D", "", row[column])) for row in [*self.rows[-9:], cells]]
        gap = max((after - before for before, after in pairwise(places[:-1])), default=0)
        limit = inf if not self.is_over else 0 if self.ending else gap
        return (
            0 < places[-1] - places[-2] <= limit or self.rows[-1] == cells
        )  # MATLAB may repeat the last row

    @property
    def ending(self) -> str:
        """How the run ended, one of `_ENDINGS`; "" if no line says it."""
        line = r"(?im)^\W*(?:training \w+\W+)?(?:%s)"
        text = "\n".join(self.text)
        return next((name for name, words in _ENDINGS.items() if re.search(line % words, text)), "")


def read_tables(text: str) -> list[tuple[pd.DataFrame, str, str]]:
    """The tables in a text, at least one, as numbers (see `_numbers`), each with how its run ended, "" if that is not
    stated, and with what numbers its rows. Raises `ValueError` that shows the line that is wrong."""
    lines = _clean_lines(text)
    found = _tables([*lines, *_keras_lines(lines)])
    if not found:
        shown = next((line.strip() for line in lines if line.strip()), "")[:60]
        raise ValueError(f"table: expected {_EXPECTED}, got {shown!r}. In MATLAB, Verbose=true prints one")
    return [(_numbers(table), table.ending, table.place) for table in found]


def _clean_lines(text: str) -> list[str]:
    """The lines without HTML, comment signs, colours and marks of direction, and with ordinary digits and blanks."""
    text = re.sub(r"(?i)</t[hd]>", "\t", html.unescape(text))
    text = re.sub(r"(?i)<(?:tr|br|p|div)\b[^<>]*>", "\n", text)
    text = unicodedata.normalize("NFKC", re.sub(r"</?[a-zA-Z][^<>]*>|\x1b\[[0-9;]*m", "", text))
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    text = re.sub(r"\x08+|\r(?!\n)", "\n", text)  # a progress bar is printed again in its line
    if re.search(r"=\|[ \t]+\|", text):  # the line breaks of a table with bars are lost
        text = text.replace("| |", "|\n|")
    lines = [line[:10_000] for line in text.splitlines()]
    return [re.sub(r"^\s*(?:(?:%|#|>|//|\*)+(?:\s+|(?=\|)))+", "", line) for line in lines]


def _keras_lines(lines: Iterable[str]) -> Iterator[str]:
    """What `fit` of Keras printed, as lines of CSV."""
    runs: list[dict[int, dict[str, str]]] = []
    epoch = 0
    for line in lines:
        if started := re.match(r"[\s\"]*Epoch (\d+)/\d+", line):
            if not runs or int(started[1]) <= epoch:
                runs.append({})
            epoch = int(started[1])
        metrics = dict(re.findall(r"- (\w+): (-?[\d.]+(?:e[+-]?\d+)?|nan|inf)\b", line))
        if runs and metrics and len(metrics) >= len(runs[-1].get(epoch, ())):  # `evaluate` prints fewer
            runs[-1][epoch] = metrics  # in place of what was printed during the epoch
    for run in filter(None, runs):
        names = list(dict.fromkeys(name for metrics in run.values() for name in metrics))
        yield ",".join(["epoch", *names])
        yield from (",".join([f"{e}", *(found.get(name, "") for name in names)]) for e, found in run.items())


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
            table.is_over = True
        elif table.columns and (cells := _row(table, line, number)):
            if table.rows and not table.continues_with(cells):
                found.append(replace(table, rows=[], lines=[], text=[]))
            found[-1].rows.append(cells)
            found[-1].lines.append(number)
            found[-1].is_over = False
        else:
            table.text.append(line)
            table.is_over |= bool(table.rows and re.search(r"[^\W\d_]{2}", line))
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
    is_percent = bool(re.search("(?i)%|pct|mini-?batch|learnrate", "".join(names)))
    place = "iteration" if "iteration" in columns else "epoch"
    return (_Table(columns, separator, place, is_percent=is_percent), more) if is_header else None


def _split(line: str, separator: str, word: str = r"\S+") -> list[str]:
    """The cells of a line. Without a separator they are words."""
    if not separator:
        return re.findall(word, line, re.IGNORECASE)
    line = line.strip(" ")
    if separator == "|":
        line = line.removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in line.split(separator)]


def _meaning(name: str) -> str:
    """What a column is, "" for one that is not used, such as the accuracy of pixels or of the best five."""
    word = re.sub(r"[^a-z]", "", name.lower())
    if place := re.fullmatch("(epoch|iter|step)(?:s|ations?)?", word):
        return "epoch" if place[1] == "epoch" else "iteration"
    if "learn" in word or word == "lr":
        return "learning_rate"
    metric = re.fullmatch(_METRIC, word)
    split = "validation" if re.search("(?:^|[^a-z])(?:val|test|dev|eval)", name.lower()) else "training"
    return f"{split}_{metric[1].replace('acc', 'accuracy_pct')}" if metric else ""


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
    texts = pd.DataFrame(table.rows).set_axis(table.columns, axis=1)
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
        exact = [_exact(cell, line, column) for cell, line in zip(cells, table.lines, strict=True)]
        numbers[column] = [float(str(number)) for number in exact]
        digits = pd.Series(_known_digits(exact))
        is_percent = table.is_percent or texts[column].str.contains("%").any()
        if column.endswith("_pct") and not is_percent and numbers[column].max() <= 1:  # shares of 1
            numbers[column], digits = 100 * numbers[column], (digits - 2).clip(0)
        if column in METRICS:
            numbers[f"{column}_digits"] = digits
    losses = texts[[column for column in METRICS[2:4] if column in texts]]
    is_lost = losses.apply(lambda column: column.str.contains("(?i)nan|inf")) | (losses == "")
    numbers["is_lost"] = is_lost.all(axis=1) & (losses != "").any(axis=1)  # and not only left out
    return numbers


def _exact(cell: str, line: int, column: str) -> Decimal:
    """The number in a cell; NaN if it is empty."""
    if re.fullmatch(r"(?i)[-\u2013\u2014]*|n/?a|none|null|#n/?[av]", cell):
        return Decimal("nan")
    if not re.fullmatch(r"(?i)[-+]?(?:\d+\.?\d*(?:e[-+]?\d{1,3})?|\.\d+|inf(?:inity)?|nan)", cell):
        name = column.removesuffix("_pct").replace("_", " ")
        raise ValueError(f"table, line {line}: expected a number for {name}, got {cell!r}")
    return Decimal(cell)


def _known_digits(numbers: Sequence[Decimal]) -> list[int]:
    """How many digits after the point are known of each number, at most 6.

    MATLAB's trainnet prints five significant digits, without zeros at the end: 87.5 stands for 87.500. Other programs
    that leave out zeros print all numbers of a column with as many digits, or exactly (more than six, in some row).
    """
    finite = [number for number in numbers if number.is_finite()]
    printed = {-int(number.as_tuple().exponent) for number in finite}
    most = max((len(number.normalize().as_tuple().digits) for number in finite), default=0)
    known = [6 if len(printed) > 1 and most > 6 else max(printed, default=0)] * len(numbers)
    if len(printed) > 1 and most == 5:
        known = [max(-int(n.as_tuple().exponent), 4 - n.adjusted()) if n.is_finite() else 0 for n in numbers]
    return [min(max(digits, 0), 6) for digits in known]
