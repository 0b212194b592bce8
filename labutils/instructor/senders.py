"""Whose file it is: students' names in the names of folders and files, as learning systems write them.

- Moodle, "Download all submissions" (`mod/assign/classes/downloader.php` of Moodle): folders such as
  `Dana Cohen_4711_assignsubmission_file`, in older versions with `_` at the end, and with `onlinetext` for text typed
  in. Without folders, files such as `Dana Cohen_4711_assignsubmission_file_part_a.ipynb`. The number is the
  submission's. Anonymous submissions are called `Participant_4711`; those of a team have the name of the team.
- Canvas, "Download Submissions" (`lib/content_zipper.rb` of Canvas): files such as
  `cohendana_12345_67890_part_a.ipynb`, with the last name first, the user's number and the file's number, or
  `cohendana_LATE_12345_67890_part_a.ipynb`. Anonymous ones are `anon_x7Yz1_67890_part_a.ipynb`. Canvas adds `-1` to
  the name of a file that was handed in again.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from labutils.instructor.archives import Handed
from labutils.instructor.course import ASSIGNMENT
from labutils.instructor.matching import plain_name

_MOODLE = re.compile(r"(?P<who>.+?)(_(?P<id>\d+))?_assignsubmission_[a-z]+(_(?P<file>.*))?")
_CANVAS = re.compile(r"(?P<who>[^\W_]\w*?)_(?P<late>LATE_)?(?P<id>\d{2,})_\d{2,}_(?P<file>.+)")
_CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<who>anon)_(?P<id>[A-Za-z0-9]{5})_\d+_(?P<file>.+)")
_NAMELESS = {"participant", "anon"}  # not a name: the number tells such students apart
_JUNK = {".DS_Store", "desktop.ini", "Thumbs.db", ""}
_OURS = {ASSIGNMENT, "data", "labutils"}  # folders of the lab, not of students
_LONGEST = 80  # letters of a student's name: it is the name of a folder, too


@dataclass(frozen=True)
class Sender:
    """A student as a learning system names one. number: what it counts with; file: the name without the student's."""

    who: str
    number: str = ""
    late: bool = False
    file: str = ""


@dataclass
class Sorted:
    """The files of each student, and those of nobody. late: the files that came late, as Canvas says."""

    files: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    nobodys: list[int] = field(default_factory=list)
    late: set[int] = field(default_factory=set)


def sort_files(
    files: Sequence[Handed], telling: Mapping[int, Sequence[str]], folders: Iterable[str]
) -> Sorted:
    """Which student each file belongs to, by its place in `files`.

    telling: the files that stand for a submission, such as notebooks, and the parts that each is. folders: the names
    of the folders that are there, each a student's unless it holds a whole download.
    """
    bulk = _canvas_folders(files)
    senders = [_find_sender(file.parts, bulk) for file in files]
    downloads = {file.parts[0] for file, sender in zip(files, senders, strict=True) if sender}
    grouped = _find_grouped(files, telling, senders)
    found: dict[int, Sender] = {}
    for number, (file, sender) in enumerate(zip(files, senders, strict=True)):
        top = file.parts[0]
        if sender is not None:
            found[number] = sender
        elif len(file.parts) > 1 and 0 not in file.archives:
            if top not in downloads or number in telling:
                found[number] = Sender(top)
        elif top in grouped:
            if (place := grouped[top]) < len(file.parts) - 1 or place in file.archives:
                name = file.parts[place]
                found[number] = Sender(plain_name(name) if place in file.archives else name)
        elif number in telling or (0 in file.archives and len(file.parts) > 1 and top not in downloads):
            found[number] = Sender(plain_name(top) or top)
    numbers: dict[str, set[str]] = defaultdict(set)
    for sender in found.values():
        numbers[_tidy(sender.who)] |= {sender.number} - {""}
    for folder in set(folders) - downloads:  # an empty one is a student's, too
        sender = _find_sender((folder,), {()}) or Sender(folder)
        numbers[_tidy(sender.who)] |= set()
    done = Sorted()
    for name in sorted(numbers):
        if not numbers[name]:
            done.files[name] = []
    for number in range(len(files)):
        if number not in found:
            done.nobodys.append(number)
            continue
        sender, name = found[number], _tidy(found[number].who)
        if sender.number and (len(numbers[name]) > 1 or name.lower() in _NAMELESS):
            name = f"{name} {sender.number}"
        done.files[name].append(number)
        if sender.late:
            done.late.add(number)
    return done


def own_name(file: Handed) -> str:
    """The name that the student gave a file: without what a learning system has added."""
    for pattern in (_MOODLE, _CANVAS_ANONYMOUS, _CANVAS):
        if (match := pattern.fullmatch(file.parts[-1])) and match["file"]:
            return match["file"]
    return file.parts[-1]


def _find_sender(parts: Sequence[str], bulk: set[tuple[str, ...]]) -> Sender | None:
    """The student that a learning system has written into the names that lead to a file; None if it has not."""
    for place, part in enumerate(parts):
        if match := _MOODLE.fullmatch(part):
            return Sender(match["who"].strip(), match["id"] or "", file=match["file"] or "")
        if tuple(parts[:place]) in bulk and (match := _match_canvas(part)):
            return Sender(match["who"], match["id"], match["late"] is not None, match["file"])
    return None


def _match_canvas(name: str) -> re.Match[str] | None:
    """The parts of a name as Canvas writes it; None if it is another one."""
    return _CANVAS_ANONYMOUS.fullmatch(name) or _CANVAS.fullmatch(name)


def _canvas_folders(files: Iterable[Handed]) -> set[tuple[str, ...]]:
    """The folders and archives in which every name is as Canvas writes it; further down, of more than one student."""
    inside: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for file in files:
        for place, part in enumerate(file.parts):
            if part not in _JUNK:
                inside[tuple(file.parts[:place])].add(part)
    found: set[tuple[str, ...]] = {()}
    for folder, names in inside.items():
        matches = [_match_canvas(name) for name in names]
        if len(folder) > 0 and all(matches):
            students = {match["who"] for match in matches if match}
            if len(folder) == 1 or len(students) > 1:
                found.add(folder)
    return found


def _find_grouped(
    files: Sequence[Handed], telling: Mapping[int, Sequence[str]], senders: Sequence[Sender | None]
) -> dict[str, int]:
    """The archives directly in the folder of submissions that hold a folder or an archive for each student.

    That is so if a part is there twice, in two such folders. The value is the place of the students' names.
    """
    of_archive: dict[str, list[int]] = defaultdict(list)
    for number in telling:
        if 0 in files[number].archives and senders[number] is None:
            of_archive[files[number].parts[0]].append(number)
    found = {}
    for top, numbers in of_archive.items():
        paths = [files[number].parts for number in numbers]
        place = 1  # behind the folders that all of them are in
        while all(len(path) > place + 1 for path in paths) and len({path[place] for path in paths}) == 1:
            place += 1
        owners: dict[str, set[str]] = defaultdict(set)
        for number, path in zip(numbers, paths, strict=True):
            if len(path) > place + 1 and path[place] not in _OURS:
                for part in telling[number]:
                    owners[part].add(path[place])
        if any(len(names) > 1 for names in owners.values()):
            found[top] = place
    return found


def _tidy(name: str) -> str:
    """A name that can be the name of a folder, whatever a file was called."""
    name = unicodedata.normalize("NFC", name)
    name = "".join("_" if letter in '/\\:*?"<>|' or not letter.isprintable() else letter for letter in name)
    return name.strip().lstrip(".")[:_LONGEST].rstrip(" .") or "nameless"
