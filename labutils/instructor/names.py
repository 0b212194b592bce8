"""Who hands in, as students write it into the names cell of their notebooks. The cell is read and never run."""

import ast
import re
from collections.abc import Iterable
from typing import Any

from labutils.instructor.submission import Submission

_LONGEST_CELL = 5_000  # letters of a names cell that is read
_LONGEST = 80  # letters of a name
_MOST = 6  # people of one submission
_LISTS = ("students", "student_numbers")


def find_people(submissions: Iterable[Submission]) -> list[tuple[str, str]]:
    """The names and student numbers in the names cells of a student's notebooks, each person once."""
    found: dict[tuple[str, str], None] = {}
    for submission in submissions:
        if submission.submitted is None:
            continue
        code = [cell for cell in submission.submitted.cells if cell.cell_type == "code"]
        named = [cell for cell in code if "students" in str(cell.metadata.get("tags", ""))]
        for cell in named or [
            cell for cell in code[:20] if re.search(r"^student_numbers\s*=", cell.source, re.M)
        ]:
            for person in _read_cell(cell.source[:_LONGEST_CELL]):
                found[person] = None
    numbered = {name for name, number in found if number}
    people = [person for person in found if person[1] or person[0] not in numbered]
    return people[:_MOST]


def describe_people(people: Iterable[tuple[str, str]]) -> str:
    """The people in a line: "Dana (012), Noa"."""
    return ", ".join(f"{name} ({number})".strip() if number else name for name, number in people)


def _read_cell(source: str) -> list[tuple[str, str]]:
    """The people that the source of a names cell gives."""
    values = _assigned_lists(source)
    names, numbers = (values.get(name, []) for name in _LISTS)
    length = max(len(names), len(numbers))
    people = zip(names + [""] * (length - len(names)), numbers + [""] * (length - len(numbers)), strict=True)
    return [person for person in people if any(person)]


def _assigned_lists(source: str) -> dict[str, list[str]]:
    """The lists that a cell assigns to names, with their items as text. Everything else is left out."""
    found: dict[str, list[str]] = {}
    try:
        tree = ast.parse(source)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        # Such as numbers that begin with 0 and have no quotation marks.
        for name in _LISTS:
            if match := re.search(rf"^{name}\s*=\s*\[([^\]]*)\]", source, re.MULTILINE):
                found[name] = [_clean(item.strip().strip("\"'")) for item in match[1].split(",")]
        return found
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=False))
        else:
            pairs = [(target, value)]
        for assigned, listed in pairs:
            if isinstance(assigned, ast.Name) and (items := _read_items(listed)) is not None:
                found[assigned.id] = items
    return found


def _read_items(node: ast.expr) -> list[str] | None:
    """The items of a list as text; None if it is no list of names or numbers."""
    try:
        value: Any = ast.literal_eval(node)
    except Exception:  # whatever stands there
        return None
    if isinstance(value, str | int):
        value = [value]
    if not isinstance(value, list | tuple):
        return None
    return [_clean(str(item)) if isinstance(item, str | int | float) else "" for item in value]


def _clean(text: str) -> str:
    """A name or a number in one short line that can be written to a file."""
    text = text.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST]
