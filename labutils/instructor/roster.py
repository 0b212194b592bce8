"""Who is in the course, from grading/roster.csv, and who of them handed in which submission."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from labutils.instructor import tables
from labutils.instructor.course import Course
from labutils.instructor.names import find_people
from labutils.instructor.originality import shorten_list
from labutils.instructor.submission import Person, Submission

FILE = "roster.csv"
_HEADS = {  # what the columns are called, without spaces and signs; also as Moodle and Canvas export them
    "number": "sisuserid id idnumber studentid studentnumber studentno number matriculationnumber תז "
    "תעודתזהות מספרזהות מספרסטודנט מספרתעודתזהות",
    "name": "name fullname student studentname שם שםמלא שםהסטודנט",
    "first": "firstname givenname שםפרטי",
    "last": "lastname surname familyname שםמשפחה",
    "email": "email emailaddress mail sisloginid דואל דוארלקטרוני אימייל כתובתדואל מייל",
    "group": "group groups section team קבוצה קבוצות",
}
_SHORTEST_NUMBER = 4  # digits of a student number that is searched for in the names of files


@dataclass(frozen=True)
class Roster:
    """The people of the course, and what is wrong with the file, in sentences."""

    people: list[Person]
    problems: list[str]


@dataclass
class Matching:
    """Who handed in which submission, by student; who handed in nothing; and what does not fit, in sentences."""

    people: dict[str, list[Person]] = field(default_factory=dict)
    absent: list[Person] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_roster(course: Course) -> Roster | None:
    """The people in grading/roster.csv; None if there is no such file. What cannot be read is listed as a problem."""
    path = course.grading / FILE
    if not path.exists():
        return None
    try:
        table = tables.read_table(path)
    except (OSError, ValueError) as error:
        return Roster([], [f"{FILE}: {error}"])
    columns = _find_columns(table.columns)
    if not columns.keys() & {"number", "email", "name", "last"}:
        found = ", ".join(table.columns)[:100] or "nothing"
        return Roster([], [f"{FILE}: expected the columns id, name, e-mail and group, got {found}"])
    return _check_rows(columns, zip(table.numbers, table.rows, strict=True))


def _find_columns(heads: Sequence[str]) -> dict[str, int]:
    """Where each kind of column is. If two columns have a kind, the name that comes first in `_HEADS` counts."""
    plain = ["".join(c for c in head.lower() if c.isalnum()) for head in heads]
    found = {}
    for kind, names in _HEADS.items():
        for name in names.split():
            if name in plain:
                found[kind] = plain.index(name)
                break
    return found


def _check_rows(columns: Mapping[str, int], lines: Iterable[tuple[int, Sequence[str]]]) -> Roster:
    """The roster that some rows make, with a sentence for each row that lacks something or is there twice."""
    people: list[Person] = []
    problems: list[str] = []
    rows: dict[str, int] = {}
    for row, line in lines:

        def cell(kind: str, line: Sequence[str] = line) -> str:
            place = columns.get(kind, len(line))
            return _clean(line[place]) if place < len(line) else ""

        name = cell("name") or " ".join(filter(None, (cell("first"), cell("last"))))
        person = Person(re.sub(r'^="?(.*?)"?$', r"\1", cell("number")), name, cell("email"), cell("group"))
        if not any((person.number, person.name, person.email)) or name.startswith("Points Possible"):
            continue
        key = normalise_number(person.number)
        if not key:
            problems.append(f"{FILE}, row {row}: {name or person.email} has no id")
        elif key in rows:
            problems.append(f"{FILE}, row {row}: the id {person.number} is in row {rows[key]} as well")
        if person not in people:
            people.append(person)
        rows.setdefault(key, row)
    return Roster(people, problems)


def _clean(text: str) -> str:
    """A cell of the table in one line, without what is not printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def normalise_number(number: str) -> str:
    """A student number as it is compared: without spaces, signs and the zeros that spreadsheets take away."""
    number = re.sub(r"\.0$", "", unicodedata.normalize("NFKC", number).strip())
    return "".join(c for c in number.casefold() if c.isalnum()).lstrip("0")


def match_people(roster: Roster | None, by_student: Mapping[str, Sequence[Submission]]) -> Matching:
    """Who handed in which submission. by_student: the submissions of each.

    The names cell counts first, by number and then by name; then numbers, addresses and names in the names of folders
    and files. Without a roster, the people are those of the names cells.
    """
    found = Matching()
    claims: dict[str, list[str]] = defaultdict(list)  # of a number: the students whose names cells have it
    shown: dict[str, str] = {}
    for student, own in by_student.items():
        written = find_people(own)
        for number in dict.fromkeys(number for _, number in written):
            if key := normalise_number(number):
                claims[key].append(student)
                shown.setdefault(key, number)
        if roster is None:
            found.people[student] = [Person(number, name) for name, number in written]
            continue
        people, problems = _match_written(roster, written)
        found.problems += [f"{student}: {problem}" for problem in problems]
        places = [student, *(s.path for s in own if s.path)]
        by_place = _match_place(roster, student, places)
        if people and by_place and not any(person in people for person in by_place):
            names = shorten_list([_name(person) for person in people])
            found.problems.append(
                f"{student}: the names cell names {names}, but the file seems to be handed in by "
                f"{shorten_list([_name(person) for person in by_place])}"
            )
        found.people[student] = people or by_place
        if not found.people[student]:
            found.problems.append(f"{student}: nobody on the roster fits this submission")
    for key, students in claims.items():
        if len(students) > 1:
            names = shorten_list(students)
            found.problems.append(
                f"the student number {shown[key]} is in {len(students)} submissions: {names}"
            )
    if roster is not None:
        _look_for_others(roster, found, claims)
    return found


def _look_for_others(roster: Roster, found: Matching, claims: Mapping[str, Sequence[str]]) -> None:
    """Add the people who handed in nothing, and those in more than one submission."""
    places: dict[Person, list[str]] = defaultdict(list)
    for student, people in found.people.items():
        for person in people:
            places[person].append(student)
    for person, students in places.items():
        if len(students) > 1 and sorted(claims.get(normalise_number(person.number), [])) != sorted(students):
            found.problems.append(
                f"{_name(person)} is in {len(students)} submissions: {shorten_list(students)}"
            )
    found.absent = [person for person in roster.people if person not in places]


def _name(person: Person) -> str:
    """What to call somebody in a sentence."""
    return person.name or person.number or person.email


def _match_written(roster: Roster, written: Iterable[tuple[str, str]]) -> tuple[list[Person], list[str]]:
    """The people of the roster whom a names cell names, and what does not fit."""
    people: list[Person] = []
    problems = []
    for name, number in written:
        fitting: list[Person] = []
        if key := normalise_number(number):
            fitting = [p for p in roster.people if normalise_number(p.number) == key]
            if not fitting:
                problems.append(f"the number {number} of {name or 'somebody'} is not on the roster")
        named = [p for p in roster.people if name and _words(p.name) == _words(name)]
        if len(fitting) != 1 and len(both := [p for p in fitting or named if p in named]) == 1:
            fitting = both
        if len(fitting) == 1:
            people += [person for person in fitting if person not in people]
        elif name and not key:
            problems.append(
                f"{name} is {'there more than once' if named else 'not'} on the roster, and has no number"
            )
    return people, problems


def _match_place(roster: Roster, student: str, places: Iterable[str]) -> list[Person]:
    """The people of the roster to whom the names of folders and files point: a person, or the members of a group."""
    text = " ".join(places).casefold()
    numbers = {normalise_number(word) for word in re.findall(r"\d+", text)}
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", text))
    names, joined = _words(student), "".join(_words(student))
    team = [p for p in roster.people if p.group and _words(p.group) == names]
    for fitting in (  # numbers come last, because learning systems write numbers of their own
        [p for p in roster.people if p.name and _words(p.name) == names],
        [p for p in roster.people if p.name and joined in _joined(p.name)],
        [p for p in roster.people if p.email and p.email.casefold() in addresses],
        [p for p in roster.people if p.email and p.email.casefold().partition("@")[0] == student.casefold()],
        [
            p
            for p in roster.people
            if len(p.number) >= _SHORTEST_NUMBER and normalise_number(p.number) in numbers
        ],
    ):
        if len(fitting) == 1:
            return fitting
    return team


def _words(name: str) -> list[str]:
    """The words of a name, in an order that does not depend on which comes first."""
    return sorted(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold()))


def _joined(name: str) -> set[str]:
    """A name without spaces, with the first or the last name first, as Canvas writes it, and sorted."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold())
    return {"".join(words[n:] + words[:n]) for n in range(len(words))} | {"".join(sorted(words))}
