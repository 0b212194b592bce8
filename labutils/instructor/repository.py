"""The folder grading/repository: the students' version as a repository that can be pushed, with a wheel for Colab."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

import labutils
from labutils.instructor import links
from labutils.instructor.course import Course

WHEEL = f"labutils-{labutils.__version__}-py3-none-any.whl"
_FILES = Path(__file__).with_name("repository_files")  # for Binder and for containers
_MARK = 'WHEEL = \\"\\"'  # in the first cell of a notebook, as JSON


def with_links(course: Course, contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """The students' files with the address of the wheel in the notebooks, and with links in the README."""
    address = links.file_address(course.address, WHEEL)
    found = dict(contents)
    for name, content in contents.items():
        if name.endswith(".ipynb"):
            if content.count(_MARK.encode()) != 1:
                raise RuntimeError(f'{name}: expected one line WHEEL = "" for the address of labutils')
            found[name] = content.replace(_MARK.encode(), f'WHEEL = \\"{address}\\"'.encode())
    title, text = found["README.md"].decode().split("\n", 1)
    found["README.md"] = f"{title}\n\n{links.in_markdown(course.address)}{text}".encode()
    return found if course.address else dict(contents)


def write_repository(course: Course, contents: Mapping[str, bytes]) -> Path:
    """Write the students' files, a wheel of their package and the files for Binder; the folder.

    The folder is replaced as a whole. A `.git` in it is kept, so that the next commit shows what has changed.
    """
    folder, made = course.grading / "repository", course.grading / "repository.new"
    shutil.rmtree(made, ignore_errors=True)
    extra = {path.relative_to(_FILES).as_posix(): path.read_bytes() for path in _FILES.rglob("*.*")}
    visible = {name.replace("dot_", ".", 1): content for name, content in extra.items()}
    try:
        for name, content in {**contents, **visible}.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        build_wheel(contents, made)
        if (folder / ".git").exists():
            (folder / ".git").rename(made / ".git")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def build_wheel(contents: Mapping[str, bytes], folder: Path) -> Path:
    """Build the wheel of the students' package, which holds the data too, in this folder; its path."""
    with tempfile.TemporaryDirectory() as source:
        for name, content in contents.items():
            path = Path(source, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        [wheel] = WheelBuilder(source).build(directory=str(folder), versions=["standard"])
    return Path(wheel)
