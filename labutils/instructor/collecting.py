"""Find and read the notebooks that students handed in. Their files may be missing, renamed, broken or hostile."""

import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labutils.instructor.course import ASSIGNMENT, PARTS, Course
from labutils.instructor.submission import Submission

_LARGEST = 50_000_000  # bytes of a notebook that is read


def read_submission(course: Course, student: str, part: str) -> Submission:
    """The notebook of a part, found by its name or, if it was renamed, by the part that it says it is."""
    submission, stem = Submission(student, part), PARTS[part]
    folder = course.submitted / student
    files = [p for p in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
    path = folder / ASSIGNMENT / f"{stem}.ipynb"
    if path not in files:
        others = [p for p in files if p.stem not in PARTS.values() or p.parent.name != ASSIGNMENT]
        renamed = [p for p in others if p.stem == stem or _part_of(p) == part]
        if not renamed:
            submission.broken = "missing"
            return submission
        path = renamed[0]
        submission.flags.append(f"renamed: {path.relative_to(folder).as_posix()}")
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError("a link to elsewhere")
        submission.submitted = read_notebook(path)
    except (ValueError, OSError) as error:
        submission.broken = str(error)
    return submission


def read_notebook(path: Path) -> NotebookNode:
    """A notebook from a file that somebody else wrote. Raises `ValueError` that says why if it is not a notebook."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("not a file of its own")
    if path.stat().st_size > _LARGEST:
        raise ValueError(
            f"too large to be read: {path.stat().st_size / 1e6:,.0f} MB, expected at most {_LARGEST / 1e6:g}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        # Half of a surrogate pair (a broken emoji) cannot be written again, so it becomes a question mark.
        content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {str(error)[:100]}") from None
    try:
        notebook = nbformat.convert(nbformat.from_dict(content), 4)
        for cell in notebook.cells:
            cell.source = "".join(cell.source) if isinstance(cell.source, list) else cell.source
        _, notebook = nbformat.validator.normalize(notebook, strip_invalid_metadata=True)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises errors of many kinds
        raise ValueError(f"no notebook: {str(error).splitlines()[0][:100]}") from None
    return notebook


def _part_of(path: Path) -> str | None:
    """The part that a notebook says it is."""
    try:
        found = read_notebook(path).metadata.get("labutils", {}).get("part")
    except (ValueError, OSError, AttributeError):
        return None
    return found if isinstance(found, str) else None
