"""Which releases a course has handed out, and their notebooks. The list is grading/releases.json."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labutils._internal import files
from labutils.instructor.course import ASSIGNMENT, PARTS, Course

TOP = "deep-learning-lab"  # the folder in the zip of a release


def zip_path(course: Course, release: str) -> Path:
    """The path of the zip that students were given."""
    return course.grading / f"{TOP}-{release}.zip"


def present(course: Course) -> str:
    """The name of the present release; "" if there is none, or if release.json is damaged."""
    try:
        return str(json.loads((course.grading / "release.json").read_text(encoding="utf-8"))["release"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def read_history(course: Course) -> dict[str, str]:
    """The names of all releases, each with the time when it was first made, in this order.

    A list that is missing or damaged is empty: it explains submissions and decides nothing.
    """
    try:
        listed = json.loads((course.grading / "releases.json").read_text(encoding="utf-8"))
        return {str(entry["release"]): str(entry["made"]) for entry in listed}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def remember_release(course: Course, release: str) -> None:
    """Add a release to the list, with the present time in UTC. One that was made before keeps its time."""
    known = read_history(course)
    known.setdefault(release, datetime.now(UTC).isoformat(timespec="seconds"))
    listed = [{"release": name, "made": made} for name, made in known.items()]
    content = json.dumps(listed, indent=1) + "\n"
    files.replace(course.grading / "releases.json", content.encode(), "Make room for it.")


def read_released(course: Course, release: str) -> dict[str, NotebookNode]:
    """The notebooks of a release by part, read from its zip. Empty if grading/ does not have the zip any more."""
    try:
        content = zip_path(course, release).read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {
                part: nbformat.reads(archive.read(f"{TOP}/{ASSIGNMENT}/{stem}.ipynb").decode(), 4)
                for part, stem in PARTS.items()
            }
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}
