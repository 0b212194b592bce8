"""What grading passes from step to step: a student's notebook, what was found in it, and the points for an exercise."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from labutils.instructor.course import PARTS


@dataclass(frozen=True)
class Person:
    """Somebody on the roster. number: the student number, as text; group: "" if the course has none."""

    number: str
    name: str
    email: str = ""
    group: str = ""


@dataclass(frozen=True)
class Measured:
    """What the grader's own test of an answer found.

    share: of the points, from 0 to 1; state: right, partly right, wrong, too slow, not done, or not run; message: why,
    in words for the student; used: what of the library the answer called while it was tested.
    """

    share: float
    state: str
    message: str
    used: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """A written answer, as Markdown. attachments: of its cells; note: where it was found, "" if in its place."""

    text: str
    attachments: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass
class Submission:
    """One notebook of one student, and what grading has found out about it so far.

    path: the file that it was read from, for people; submitted: as it was handed in; prepared: as it is to be run;
    executed: with the outputs of that run, or None if `load` reads it; seconds: of that run. broken: why it cannot be
    graded, for graders, or ""; instead: names of files that were found in place of a notebook. measured, written: by
    grade id. made_from: a digest of everything that the results depend on.
    """

    student: str
    part: str
    path: str = ""
    submitted: NotebookNode | None = None
    broken: str = ""
    instead: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    prepared: NotebookNode | None = None
    executed: NotebookNode | None = None
    seconds: float = 0.0
    measured: dict[str, Measured] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    made_from: str = ""
    load: Callable[[], NotebookNode] | None = None

    @property
    def stem(self) -> str:
        return PARTS[self.part]

    def read_executed(self) -> NotebookNode | None:
        """The notebook with the outputs of its run, from the disk if it was run earlier; None if it was not run."""
        if self.executed is None and self.load is not None:
            with self.fail_alone():
                self.executed = self.load()
        return self.executed

    @contextlib.contextmanager
    def fail_alone(self) -> Iterator[None]:
        """If an unforeseen notebook makes our code fail, end the grading of this notebook only."""
        try:
            yield
        except Exception as error:
            self.broken = f"our own code stops at it ({type(error).__name__}: {str(error)[:100]})"
            self.prepared = self.executed = self.load = None
            self.measured = {}


@dataclass(frozen=True)
class ExerciseScore:
    """The points of a student in an exercise, out of `of`. exercise: a grade id; waits: for a grader to mark it.

    message: what the grader's test found; comment: of the people who marked it.
    """

    student: str
    exercise: str
    points: float
    of: float
    waits: bool
    comment: str
    message: str = ""
