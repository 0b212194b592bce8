"""Make the students' version: blanks for solutions, no hidden tests, no outputs, and a zip with all that they need.

The name of a release is made from its version and its content, and every notebook carries it. A corrected release
keeps the ids of cells, so that answers to an earlier one are found by them. Earlier zips stay in grading/.
"""

import contextlib
import hashlib
import io
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

import labutils
from labutils.instructor import cells, history, marking, repository
from labutils.instructor.course import ASSIGNMENT, PARTS, Course

_INSTRUCTOR = Path("labutils", "instructor")
_FILES = Path(__file__).with_name("release_files")  # README.md and Makefile of the students
_REGION = re.compile(r"^ *### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)^ *### END \1", re.MULTILINE | re.DOTALL)
_EARLY = (1980, 1, 1, 0, 0, 0)  # the date of every file in the zip: the same content is the same zip


def make_release(course: Course) -> Path:
    """Make grading/release, grading/repository and the zip; the path of the zip.

    Raises `RuntimeError` if a cell of an exercise lacks its metadata, or if a solution is left in the zip, and
    `ValueError` if the address of the course is wrong.
    """
    sources = {stem: nbformat.read(course.source / f"{stem}.ipynb", 4) for stem in PARTS.values()}
    for notebook in sources.values():
        cells.check_metadata(notebook)
    address = course.address
    course.submitted.mkdir(parents=True, exist_ok=True)
    with _as_before_if_it_fails(course):
        _start_gradebook(course, sources)
        return _make_release(course, address)


def _make_release(course: Course, address: str) -> Path:
    """Make the release in an empty grading/release, the zip, and grading/repository; the path of the zip."""
    outcome = NbGraderAPI(config=course.config()).generate_assignment(ASSIGNMENT, force=True, create=True)
    if not outcome["success"]:
        raise RuntimeError(f"nbgrader made no release: {outcome.get('log') or outcome.get('error')}")
    contents = {
        path.relative_to(course.root).as_posix(): path.read_bytes() for path in _package_files(course.root)
    }
    contents |= {path.name: path.read_bytes() for path in sorted(_FILES.iterdir())}
    notebooks = {part: nbformat.read(course.release / f"{stem}.ipynb", 4) for part, stem in PARTS.items()}
    name = _name_of(contents, notebooks)
    for part, notebook in notebooks.items():
        notebook.metadata["labutils"] = {"release": name, "part": part}
        contents[f"{ASSIGNMENT}/{PARTS[part]}.ipynb"] = f"{nbformat.writes(notebook)}\n".encode()
    contents = repository.with_links(address, contents)
    for stem in PARTS.values():
        (course.release / f"{stem}.ipynb").write_bytes(contents[f"{ASSIGNMENT}/{stem}.ipynb"])
    if found := _find_leaks(course, contents):
        raise RuntimeError("the release would give away: " + "; ".join(found))
    path = history.zip_path(course, name)
    with repository.new_repository(course, contents):
        path.write_bytes(_zip_files(contents))
        (course.grading / "release.json").write_text(json.dumps({"release": name}) + "\n", encoding="utf-8")
        history.remember_release(course, name)
    return path


@contextlib.contextmanager
def _as_before_if_it_fails(course: Course) -> Iterator[None]:
    """Empty grading/release. If no new release can be made, put back the present one and its gradebook."""
    made = course.release.parent
    kept = course.grading / "before_release"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    if made.exists():
        made.rename(kept / made.name)
    for name in ("gradebook.db", "release.json", "releases.json"):
        if (course.grading / name).exists():
            shutil.copy2(course.grading / name, kept)
    try:
        yield
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        for path in kept.iterdir():
            path.replace(course.grading / path.name)
        raise
    finally:
        shutil.rmtree(kept, ignore_errors=True)


def _start_gradebook(course: Course, sources: dict[str, NotebookNode]) -> None:
    """Say which cells of exercises the present release does not have, or has alone: answers are found by their ids.

    nbgrader refuses such a change after a submission, so its gradebook is set aside. `make grade` fills a new one:
    points are found again, and the graders' marks are in marks.csv, also those of formgrader.
    """
    path = course.grading / "gradebook.db"
    if not path.exists():
        return
    here = {
        name for notebook in sources.values() for cell in notebook.cells if (name := cells.grade_id(cell))
    }
    with Gradebook(str(course.config().CourseDirectory.db_url)) as book:
        notebooks = [notebook for assignment in book.assignments for notebook in assignment.notebooks]
        before = {cell.name for notebook in notebooks for cell in notebook.source_cells}
        submitted = any(notebook.submissions for notebook in notebooks)
    if not before or here == before:
        return
    for words, names in (("no longer has", before - here), ("has the new", here - before)):
        if names:
            print(f"This release {words} cells {', '.join(sorted(names))}.")
    if submitted:
        if (course.grading / "answers.json").exists():  # something was graded
            print(
                *marking.carry_marks(course, history.read_released(course, history.present(course))), sep="\n"
            )
        aside = path.with_name(f"gradebook-until-{datetime.now():%Y-%m-%d-%H%M%S}.db")
        path.rename(aside)
        print(f"A new gradebook is started. The one until now is {course.folder}/{aside.name}.")


def _package_files(root: Path) -> list[Path]:
    """The files that a student needs besides the notebooks: the package without its instructor's side, and the data."""
    own = [path for path in _files_in(root / "labutils") if _INSTRUCTOR not in path.relative_to(root).parents]
    top = [root / "pyproject.toml", root / "environment.yml", *sorted(root.glob("LICENSE*"))]
    return [*own, *_files_in(root / "data"), *top]


def _files_in(folder: Path) -> list[Path]:
    """The files in a folder and its subfolders, without hidden files and what Python compiled."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(name == "__pycache__" or name.startswith(".") for name in path.relative_to(folder).parts)
    )


def _name_of(contents: dict[str, bytes], notebooks: dict[str, Any]) -> str:
    """The name of a release: version and eight digits of its content."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + content)
    for part in sorted(notebooks):
        digest.update(json.dumps(notebooks[part], sort_keys=True).encode())
    return f"{labutils.__version__}-{digest.hexdigest()[:8]}"


def _find_leaks(course: Course, contents: dict[str, bytes]) -> list[str]:
    """What the files would give away: the lines of a solution together, hidden tests, outputs, instructor's code."""
    found = []
    code = {name: _squeeze(_source_of(name, content)) for name, content in contents.items()}
    for stem in PARTS.values():
        for cell in nbformat.read(course.source / f"{stem}.ipynb", 4).cells:
            secrets = [match.group(2) for match in _REGION.finditer(cell.source)]
            if cells.is_written(cell):
                secrets.append(cell.source)
            for secret in secrets:
                for name, text in code.items():
                    if _squeeze(secret) in text:
                        found.append(f"{name} has the answer {cells.grade_id(cell)}")
    for name, content in contents.items():
        if name.endswith(".ipynb"):
            for cell in nbformat.reads(content.decode(), 4).cells:
                if _REGION.search(cell.source) or "labutils.instructor" in cell.source:
                    found.append(f"{name} has a solution region or a hidden test")
                if cell.get("outputs") or cell.get("execution_count"):
                    found.append(f"{name} has outputs")
        if name.startswith(("tests/", "labutils/instructor")):
            found.append(name)
    return found


def _source_of(name: str, content: bytes) -> str:
    """The code and the text in a file; "" for a file of another kind."""
    if name.endswith(".ipynb"):
        return "\n".join(cell.source for cell in nbformat.reads(content.decode(), 4).cells)
    return content.decode() if name.endswith((".py", ".md")) else ""


def _squeeze(text: str) -> str:
    """Text without white space, so that line breaks make no difference to a search."""
    return re.sub(r"\s", "", text)


def _zip_files(contents: dict[str, bytes]) -> bytes:
    """A zip of these files in one folder; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            info = zipfile.ZipInfo(f"{history.TOP}/{name}", _EARLY)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


if __name__ == "__main__":
    try:
        path = make_release(Course(Path(__file__).resolve().parents[2]))
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    print(f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}: hand out this file")
    print("grading/repository: or push this folder, so that students can open a link")
