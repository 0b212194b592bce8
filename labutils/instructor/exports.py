"""Points for records and for learning systems: points.csv, and the tables that Moodle and Canvas import.

- Moodle imports grades from a CSV whose columns are chosen in a form (docs.moodle.org, "Grade import"): a column that
  identifies the person, by "ID number" or "Email address"; points; and feedback. Points and feedback have to be
  imported together. A row without the column that identifies is skipped, and a person who is not known stops the import
  (`grade/import/csv/classes/load_data.php` of Moodle), so only people who can be known there are written.
- Canvas imports grades from a CSV in the form of its own export (community.canvaslms.com, "How do I import grades in
  the Gradebook"): Student, ID, SIS User ID, SIS Login ID, Section, then a column for each assignment, and a row "Points
  Possible" (`lib/gradebook_importer.rb` of Canvas). Canvas looks for a person by these columns in their order.
  A column name in quotation marks behind a byte order mark is an error there, so the names have none.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labutils.instructor import tables
from labutils.instructor.collecting import Collection
from labutils.instructor.roster import Roster
from labutils.instructor.submission import Person

TITLE = "Deep Learning Lab"  # the assignment in the learning system
PERSON = ("number", "name", "email", "group")
_SUMMED = ("total", "of", "to_mark")
_NOT_EXERCISES = {*PERSON, *_SUMMED, "student", "names", "flags"}
_NOTHING = "handed in nothing"


def points_rows(
    summary: Sequence[Mapping[str, Any]], collection: Collection, roster: Roster | None
) -> list[dict[str, Any]]:
    """The rows of points.csv. summary: a row for each submission, with "student", "total", "of" and "to_mark".

    With a roster, each person has a row, also those who share a submission and those who handed in nothing, and a
    submission that fits nobody has one. Of a person's several submissions, the one with the most points counts.
    """
    if roster is None:
        return [dict(row) for row in summary]
    rows = []
    people = collection.matching.people
    for person in roster.people:
        own = [row for row in summary if person in people.get(row["student"], [])]
        best = max(own, key=lambda row: row["total"], default=None)
        rows.append(_describe(person) | (dict(best) if best else _empty_row(summary)))
        if best and len(own) > 1:
            others = ", ".join(row["student"] for row in own if row is not best)
            rows[-1]["flags"] = _join(rows[-1].get("flags"), f"handed in as {others}, too")
    for row in summary:
        if not people.get(row["student"]):
            unknown = Person("", str(row.get("names", "")))
            rows.append(
                _describe(unknown) | dict(row) | {"flags": _join(row.get("flags"), "not on the roster")}
            )
    return rows


def _describe(person: Person) -> dict[str, Any]:
    """The cells that say who somebody is."""
    return {name: getattr(person, name) for name in PERSON}


def _empty_row(summary: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The row of somebody who handed in nothing."""
    like = summary[0] if summary else {"student": "", "total": 0.0, "of": 0.0, "to_mark": 0.0}
    row: dict[str, Any] = {
        name: 0.0 if isinstance(value, int | float) else "" for name, value in like.items()
    }
    return row | {"of": like["of"], "flags": _NOTHING}


def _join(*notes: Any) -> str:
    """The notes that are not empty, as one."""
    return "; ".join(str(note) for note in notes if note)


def write_points(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write points.csv. Raises `OSError` that says what to do if the file cannot be written."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    tables.write_table(path, columns, rows)


def write_moodle(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    collection: Collection,
    feedback: Mapping[str, str] | None = None,
) -> list[str]:
    """Write the table that Moodle imports; the people who are left out, because they have no number and no address.

    rows: as `points_rows` gives them; feedback: by student, otherwise the points for each exercise.
    """
    points = f"{TITLE} (Real)"
    lines: list[Sequence[Any]] = [["Name", "ID number", "Email address", points, f"{TITLE} (Feedback)"]]
    left_out = []
    for person, row in _people_of(rows, collection):
        if not (person.number or person.email):
            left_out.append(person.name or row["student"])
            continue
        words = (feedback or {}).get(row["student"], _describe_total(row))
        lines.append([person.name, person.number, person.email, _rounded(row["total"]), words])
    tables.write_lines(path, lines)
    return left_out


def write_canvas(path: Path, rows: Sequence[Mapping[str, Any]], collection: Collection) -> None:
    """Write the table that Canvas imports. rows: as `points_rows` gives them."""
    of = max((row["of"] for row in rows), default=0.0)
    lines: list[Sequence[Any]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", TITLE],
        ["Points Possible", "", "", "", "", _rounded(of)],
    ]
    for person, row in _people_of(rows, collection):
        name = person.name or row["student"]
        lines.append([name, "", person.number, person.email, person.group, _rounded(row["total"])])
    tables.write_lines(path, lines)


def _people_of(
    rows: Iterable[Mapping[str, Any]], collection: Collection
) -> Iterable[tuple[Person, Mapping[str, Any]]]:
    """The people of each row: the one whom it names, or those of the names cells if there is no roster."""
    for row in rows:
        if "number" in row:
            yield Person(*(str(row[name]) for name in PERSON)), row
            continue
        for person in collection.matching.people.get(row["student"]) or [Person("", row["student"])]:
            yield person, row


def _describe_total(row: Mapping[str, Any]) -> str:
    """The points for each exercise in a line, for the person who gets them."""
    if row.get("flags") == _NOTHING:
        return "Nothing was handed in."
    given = [f"{name}: {_rounded(value)}" for name, value in row.items() if name not in _NOT_EXERCISES]
    waits = f" Points that are still to be marked: {_rounded(row['to_mark'])}." if row.get("to_mark") else ""
    return f"Points: {_rounded(row['total'])} of {_rounded(row['of'])} ({', '.join(given)}).{waits}"


def _rounded(points: Any) -> str:
    """Points with two decimals at most, with a point, as both systems read them."""
    return f"{round(float(points), 2):g}"
