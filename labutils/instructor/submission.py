"""What grading passes from step to step: a student's notebook, and the points for an exercise."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from labutils.instructor.course import PARTS


@dataclass
class Submission:
    """One notebook of one student, and what grading has found out about it so far.

    submitted: as it was handed in; prepared: as it is to be run; executed: with the outputs of that run.
    broken: why it cannot be graded, or "".
    """

    student: str
    part: str
    submitted: NotebookNode | None = None
    broken: str = ""
    flags: list[str] = field(default_factory=list)
    prepared: NotebookNode | None = None
    executed: NotebookNode | None = None

    @property
    def stem(self) -> str:
        return PARTS[self.part]

    @contextlib.contextmanager
    def fail_alone(self) -> Iterator[None]:
        """If an unforeseen notebook makes our code fail, end the grading of this notebook only."""
        try:
            yield
        except Exception as error:
            self.broken = f"our own code stops at it ({type(error).__name__}: {str(error)[:100]})"
            self.prepared = self.executed = None


@dataclass(frozen=True)
class ExerciseScore:
    """The points of a student in an exercise, out of `of`. exercise: a grade id; waits: for a grader to mark it."""

    student: str
    exercise: str
    points: float
    of: float
    waits: bool
    comment: str
