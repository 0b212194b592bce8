"""Who gave which mark, when, and for which answer: grading/marks_log.csv, to which lines are only added."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from labutils.instructor import tables
from labutils.instructor.course import Course
from labutils.instructor.marks import NOTE, Key, MarkRow, Marks

_COLUMNS = ["when", "who", "student", "exercise", "points", "comment", "answer"]
_AGREED, _US = (
    "agreed",
    "make grade",
)  # who, for the column `agreed`, and for the note that an answer has changed

_Digests = Mapping[Key, str]


@dataclass
class Log:
    """The last entry of each person for each answer, and the entries to be added. delimiter: of the file."""

    last: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    new: list[dict[str, str]] = field(default_factory=list)
    delimiter: str = ","

    def add(self, who: str, key: Key, given: tuple[str, str], answer: str) -> None:
        """Add an entry. given: points and comment; answer: the digest of the answer."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        entry = dict(zip(_COLUMNS, (when, who, *key, *given, answer), strict=True))
        self.last[(who, *key)] = entry
        self.new.append(entry)

    def given(self, who: str, key: Key) -> tuple[str, str]:
        """The points and the comment in somebody's last entry for an answer."""
        entry = self.last.get((who, *key), {})
        return entry.get("points", ""), entry.get("comment", "")

    def answer(self, who: str, key: Key) -> str:
        """The digest of the answer in somebody's last entry for it."""
        return self.last.get((who, *key), {}).get("answer", "")


def read_log(course: Course) -> Log:
    """The log as it is. Raises `RuntimeError` if the system does not let it be read."""
    log = Log()
    try:
        table = tables.read_table(_path_of(course))
    except FileNotFoundError:
        return log
    except (OSError, ValueError) as error:
        raise RuntimeError(str(error)) from None
    for line in table.rows:
        entry = dict(zip(table.columns, line, strict=False))
        log.last[(entry.get("who", ""), entry.get("student", ""), entry.get("exercise", ""))] = entry
    log.delimiter = table.delimiter
    return log


def compare_marks(log: Log, marks: Marks, shown: _Digests, now: _Digests) -> set[Key]:
    """Enter new marks into the log; the answers that have changed since they were marked.

    shown: the digests of the answers that the graders saw, which are those of the last run; now: those of this run.
    A grader who empties the cell `note` of such an answer has seen it, and the mark counts for the new answer.
    """
    changed = set()
    for row in marks.rows:
        if row.problem or row.key not in now:
            continue
        key = row.key
        given = _marks_in(row)
        for who in [*marks.graders, _AGREED]:
            if given.get(who, ("", "")) != log.given(who, key):
                log.add(who, key, given.get(who, ("", "")), shown.get(key) or now[key])
        decisive = [_AGREED] if _AGREED in given else [who for who, (points, _) in given.items() if points]
        if all(log.answer(who, key) == now[key] for who in decisive):
            continue
        noted = log.answer(_US, key) == now[key]
        if noted and not row.cells.get(NOTE, "").strip():
            for who in decisive:
                log.add(who, key, given[who], now[key])
            continue
        if not noted:
            log.add(_US, key, ("", "the answer has changed since it was marked"), now[key])
        changed.add(key)
    return changed


def _marks_in(row: MarkRow) -> dict[str, tuple[str, str]]:
    """Points and comment in a row, as text, by the person who gave them."""
    given = {
        who: (f"{row.points[who]:g}" if who in row.points else "", row.comments.get(who, ""))
        for who in [*row.points, *row.comments]
    }
    return given | ({} if row.agreed is None else {_AGREED: (f"{row.agreed:g}", "")})


def append(course: Course, log: Log) -> list[str]:
    """Write the new entries at the end of the file. What could not be written, in words."""
    path = _path_of(course)
    if not log.new:
        return []
    text = tables.format_lines(([entry[name] for name in _COLUMNS] for entry in log.new), log.delimiter)
    try:
        if not path.exists():
            text = "\ufeff" + tables.format_lines([_COLUMNS]) + text
        elif not path.read_bytes().endswith(b"\n"):
            text = "\n" + text
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
    except OSError as error:
        return [f"{path}: nothing could be added to this file ({error.strerror}). Close it where it is open."]
    log.new.clear()
    return []


def _path_of(course: Course) -> Path:
    return course.grading / "marks_log.csv"
