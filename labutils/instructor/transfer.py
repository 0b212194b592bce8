"""Write a student's answers into the notebooks of a corrected release: `make transfer OLD=... NEW=...`.

`transfer_answers` reads notebooks, folders or zips, and writes a new folder. The student's files stay as they are.
"""

import argparse
import copy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labutils.instructor import cells, history, matching, reading
from labutils.instructor.carrying import Carried, carry_over
from labutils.instructor.course import ASSIGNMENT, PARTS, Course
from labutils.instructor.walking import walk, walk_file


def transfer_answers(course: Course, old: Path, new: Path, target: Path) -> dict[str, Carried]:
    """Write target/notebooks/part_*.ipynb, for each part of `old`; the notebooks with what was carried over, by part.

    old: a student's notebook, folder or zip; new: a zip of `make release`, or its folder of notebooks. If grading/ has
    the zip of the release that `old` was made from, the student's changes are found by comparison with it.
    Raises `ValueError` or `OSError` that says what is missing, and then writes nothing. Nothing is overwritten.
    """
    if target.exists():
        raise ValueError(f"{target} is there already: move it away, or name another folder with TO=")
    released = _find_released(new)
    theirs = _find_parts(old, released)
    if not theirs:
        raise ValueError(f"{old}: expected a student's notebook of Part {', '.join(released)}, got none")
    done = {}
    for part, notebook in theirs.items():
        base = history.read_released(course, _release_of(notebook)).get(part)
        matching.restore_ids(notebook, base or released[part])
        done[part] = carry_over(notebook, released[part], base)
        if base is None:
            done[part].left.insert(
                0, f"its release ({_release_of(notebook) or 'not named'}) is not in grading/"
            )
    folder = target / ASSIGNMENT
    folder.mkdir(parents=True)
    for part, carried in done.items():
        with (folder / f"{PARTS[part]}.ipynb").open("x", encoding="utf-8") as file:
            file.write(nbformat.writes(carried.notebook) + "\n")
    return done


def _find_released(path: Path) -> dict[str, NotebookNode]:
    """The notebooks of the new release by part. Raises `ValueError` if there is none, or if it is no release."""
    found = {}
    for name, notebook in _notebooks_in(path):
        part = cells.labutils_of(notebook).get("part")
        if part in PARTS and _release_of(notebook):
            found[str(part)] = notebook
            try:
                cells.check_metadata(notebook)
            except RuntimeError as error:
                raise ValueError(f"{name}: made by another version of labutils ({error})") from None
    if not found:
        raise ValueError(f"{path}: expected a release, such as grading/{history.TOP}-<release>.zip")
    return found


def _find_parts(path: Path, released: Mapping[str, NotebookNode]) -> dict[str, NotebookNode]:
    """A student's notebooks by part. Raises `ValueError` if one cannot be read, or if two of a part differ."""
    found: dict[str, NotebookNode] = {}
    names: dict[str, str] = {}
    for name, notebook in _notebooks_in(path):
        for part in matching.find_parts(notebook, released, name):
            other = found.setdefault(part, copy.deepcopy(notebook))
            if [cell.source for cell in other.cells] != [cell.source for cell in notebook.cells]:
                raise ValueError(
                    f"two notebooks of Part {part}, {names[part]} and {name}: name the one to use"
                )
            names.setdefault(part, name)
    return dict(sorted(found.items()))


def _release_of(notebook: NotebookNode) -> str:
    """The name of the release that a notebook was made from; "" if it names none."""
    found = cells.labutils_of(notebook).get("release")
    return found if isinstance(found, str) else ""


def _notebooks_in(path: Path) -> Iterator[tuple[str, NotebookNode]]:
    """The notebooks of a file, a folder or a zip, each with its name. Copies that Jupyter and macOS keep are left out.

    Raises `ValueError` if one of them cannot be read.
    """
    try:
        for file in walk(path) if path.is_dir() else walk_file(path):
            inside = ".ipynb" in file.parts[-1].lower() or file.problem
            if (
                inside
                and ".ipynb_checkpoints" not in file.parts
                and not file.parts[-1].startswith(("._", "~$"))
            ):
                try:
                    yield file.path, reading.parse_notebook(file.read())[0]
                except ValueError as error:
                    raise ValueError(f"{file.path}: {error}") from None
    except OSError as error:
        raise ValueError(f"{path}: expected a notebook, a folder or a zip ({error.strerror})") from None


def _main() -> None:
    """Transfer as the command line says."""
    course = Course(Path(__file__).resolve().parents[2])
    parser = argparse.ArgumentParser(description="Write a student's answers into the notebooks of a release.")
    parser.add_argument("old", type=Path, help="the student's notebook, folder or zip")
    parser.add_argument(
        "new", type=Path, nargs="?", help="the zip of a release (default: the present release)"
    )
    parser.add_argument("--to", type=Path, help="the new folder (default: grading/transferred/<name of old>)")
    given = parser.parse_args()
    target = given.to or course.grading / "transferred" / given.old.resolve().stem
    try:
        done = transfer_answers(course, given.old, given.new or course.release, target)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    for part, carried in done.items():
        print(f"Part {part}: {', '.join(carried.carried) or 'nothing was filled in'}.")
        for sentence in carried.left:
            print(f"  {sentence}.")
    if missing := [part for part in PARTS if part not in done]:
        print(f"There is no notebook of Part {' and '.join(missing)} in {given.old}.")
    print(f"{target / ASSIGNMENT}: run the notebooks from the top before they are handed in.")


if __name__ == "__main__":
    _main()
