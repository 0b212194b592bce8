"""Collect what students handed in: find the notebook of each part, and account for every other file."""

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from labutils.instructor import matching, senders
from labutils.instructor.archives import make_readable
from labutils.instructor.course import PARTS, Course
from labutils.instructor.examining import Examined, examine, list_handed_out
from labutils.instructor.originality import shorten_list
from labutils.instructor.roster import Matching, Roster, match_people
from labutils.instructor.submission import Submission
from labutils.instructor.walking import walk

_MOST_NAMED = 3  # files that stand in the place of a missing notebook
_MOST_CHANGED = 20  # changed files of the lab that are flagged


@dataclass(frozen=True)
class FileNote:
    """What became of a file: used as a part, or why not. path: from grading/submitted; a folder ends with a slash.

    student: whose it is, "" if it is nobody's.
    """

    student: str
    path: str
    use: str


@dataclass
class Collection:
    """What was handed in. submissions: one for each student and part; notes: on every file; matching: who is who."""

    submissions: list[Submission]
    students: list[str]
    notes: list[FileNote]
    matching: Matching


@dataclass
class _Candidate:
    """A notebook that may be used for a part. answered: exercises."""

    file: Examined
    notebook: NotebookNode
    flags: list[str]
    answered: int


def collect(course: Course, released: Mapping[str, NotebookNode], roster: Roster | None) -> Collection:
    """What lies in grading/submitted, as a submission for each student and part. released: the notebooks by part.

    A part without a notebook has a submission whose `broken` begins with "missing".
    """
    files, folders = list[Examined](), list[str]()
    if course.submitted.is_dir():
        ours = list_handed_out(course.root)
        files = [examine(handed, released, ours) for handed in walk(course.submitted)]
        folders = _list_folders(course.submitted)
    telling = {number: file.parts for number, file in enumerate(files) if file.stands}
    found = senders.sort_files([file.handed for file in files], telling, folders)
    for number in found.late:
        files[number].flags.append("handed in late, as Canvas says")
    by_student: dict[str, list[Submission]] = {}
    for student, numbers in found.files.items():
        own = [files[number] for number in numbers]
        by_student[student] = [_choose(student, part, own, released[part]) for part in PARTS]
        changed = [file.changed for file in own if file.changed]
        by_student[student][0].flags += list(dict.fromkeys(changed))[:_MOST_CHANGED]
    notes = [
        note
        for student, numbers in [*found.files.items(), ("", found.nobodys)]
        for note in _describe_files(student, [files[number] for number in numbers])
    ]
    submissions = [submission for own in by_student.values() for submission in own]
    return Collection(submissions, list(by_student), notes, match_people(roster, by_student))


def _list_folders(submitted: Path) -> list[str]:
    """The names of the folders in grading/submitted, without links and hidden ones."""
    found = [path for path in submitted.iterdir() if path.is_dir() and not path.is_symlink()]
    return [make_readable(path.name) for path in sorted(found) if not path.name.startswith((".", "__"))]


def _choose(student: str, part: str, own: Sequence[Examined], released: NotebookNode) -> Submission:
    """The submission of a part: the most complete of a student's notebooks, or why there is none."""
    submission = Submission(student, part)
    with submission.fail_alone():
        _fill(submission, own, released)
    return submission


def _fill(submission: Submission, own: Sequence[Examined], released: NotebookNode) -> None:
    """Fill in the most complete notebook, or why there is none."""
    part, candidates = submission.part, []
    for file in own:
        if file.notebook is not None and part in file.parts:
            notebook = file.notebook if len(file.parts) == 1 else copy.deepcopy(file.notebook)
            flags = [*file.flags, *matching.restore_ids(notebook, released)]
            candidates.append(_Candidate(file, notebook, flags, matching.count_answers(notebook, released)))
    if not candidates:
        _explain_missing(submission, own)
        return
    candidates.sort(key=lambda c: (-c.answered, -c.file.handed.time, c.file.handed.path))
    best = candidates[0]
    submission.path, submission.submitted = best.file.handed.path, best.notebook
    submission.flags = best.flags
    best.file.uses.append(f"used as Part {part}")
    name = senders.own_name(best.file.handed)
    if part not in matching.part_of_name(name) and len(best.file.handed.parts) > 1:
        submission.flags.append(f"renamed: {name}")
    for other in candidates[1:]:
        submission.flags += _compare(best, other, part, released)


def _compare(best: _Candidate, other: _Candidate, part: str, released: NotebookNode) -> list[str]:
    """Note why a notebook is not used; a flag if it is not a copy of the one that is."""
    one, two = best.file.handed.path, other.file.handed.path
    if [cell.source for cell in best.notebook.cells] == [cell.source for cell in other.notebook.cells]:
        other.file.uses.append(f"a copy of {one}")
        return []
    counts = f"answered exercises: {best.answered} and {other.answered}"
    other.file.uses.append(f"not used as Part {part}, but {one} ({counts})")
    differing = matching.differing_answers(best.notebook, other.notebook, released)
    differ = f"; they answer {shorten_list(differing)} differently" if differing else ""
    return [f"more than one file: {one} is used, not {two} ({counts}){differ}"]


def _explain_missing(submission: Submission, own: Iterable[Examined]) -> None:
    """Say why a part cannot be graded: its notebook cannot be read, or there is none."""
    standing = [file for file in own if file.stands and not any(use.startswith("used") for use in file.uses)]
    instead = [file for file in standing if submission.part in file.parts]
    broken = [file for file in instead if ".ipynb" in file.handed.parts[-1].lower()]
    if broken:
        newest = max(broken, key=lambda file: file.handed.time)
        submission.path, submission.broken = newest.handed.path, newest.uses[0]
        return
    instead += [file for file in standing if not file.parts]
    submission.instead = [senders.own_name(file.handed) for file in instead[:_MOST_NAMED]]
    named = [f"{file.handed.path} ({file.uses[0]})" for file in instead[:_MOST_NAMED]]
    submission.broken = f"missing; in its place: {', '.join(named)}" if named else "missing"


def _describe_files(student: str, files: Iterable[Examined]) -> list[FileNote]:
    """What became of each file. The files of a folder of the lab are described together."""
    notes, folders, changed = list[FileNote](), Counter[str](), Counter[str]()
    for file in files:
        if file.folder:
            folders[file.folder] += 1
            changed[file.folder] += bool(file.changed)
        else:
            notes.append(FileNote(student, file.handed.path, "; ".join(file.uses) or "not used"))
    for folder, count in folders.items():
        differ = f", changed: {changed[folder]}" if changed[folder] else ""
        notes.append(FileNote(student, folder, f"handed out with the lab, not used (files: {count}{differ})"))
    return sorted(notes, key=lambda note: note.path)
