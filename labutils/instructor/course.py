"""Where the course is on the disk, and how nbgrader is set up for it."""

import codecs
import locale
import os
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from traitlets.config import Config

ASSIGNMENT = "notebooks"  # nbgrader's name for the folder that is handed out and collected
PARTS = {
    "A": "part_a_logistic_regression",
    "B": "part_b_two_layer_network",
    "C": "part_c_learning_rate_study",
}
_ADDRESS = re.compile(r"https://(github|gitlab)\.com/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(?<!\.git)")


@dataclass(frozen=True)
class Course:
    """A checkout with its solved notebooks, and the folder beside them in which handing out and grading happen."""

    root: Path
    folder: str = "grading"

    @property
    def grading(self) -> Path:
        return self.root / self.folder

    @property
    def source(self) -> Path:
        return self.root / ASSIGNMENT

    @property
    def release(self) -> Path:
        return self.grading / "release" / ASSIGNMENT

    @property
    def submitted(self) -> Path:
        return self.grading / "submitted"

    @property
    def address(self) -> str:
        """Where the students' version is pushed to, [tool.labutils] of pyproject.toml; "" if nowhere.

        Raises `ValueError` if it is neither empty nor the address of a repository on GitHub or GitLab.
        """
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        return check_address(project.get("tool", {}).get("labutils", {}).get("address", ""))

    def config(self) -> Config:
        """nbgrader's configuration: the checkout is the course, and everything that is made is in grading/."""
        here = str(Path(sys.executable).parent)  # nbgrader calls `alembic` by its name
        if here not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
        if codecs.lookup(locale.getencoding()).name == "ascii":  # it could not read this folder's path
            os.environ["LC_ALL"] = "C.UTF-8"
        c = Config()
        c.CourseDirectory.root = str(self.root)
        c.CourseDirectory.assignment_id = ASSIGNMENT
        c.CourseDirectory.source_directory = "."
        for step in ("source_with_tests", "release", "submitted", "autograded", "feedback", "solution"):
            c.CourseDirectory[f"{step}_directory"] = f"{self.folder}/{step}"
        c.CourseDirectory.db_url = f"sqlite:///{self.grading / 'gradebook.db'}?timeout=60"
        c.CourseDirectory.ignore = ["*", ".*"]  # no file but the notebooks
        c.ClearSolutions.code_stub = {"python": "..."}
        c.ClearSolutions.text_stub = "*Your answer:*"
        c.NbGraderAPI.log_level = "WARN"
        return c


def check_address(address: object) -> str:
    """The address, if it is empty or that of a repository on GitHub or GitLab; else a `ValueError`."""
    if isinstance(address, str) and (not address or _ADDRESS.fullmatch(address)):
        return address
    expected = (
        "an empty text, or an address such as https://github.com/owner/repository without a slash at its end"
    )
    raise ValueError(f"address in pyproject.toml, [tool.labutils]: expected {expected}, got {address!r}")
