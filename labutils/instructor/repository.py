"""The folder grading/repository: the students' version as a repository that can be pushed, with a wheel for Colab."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

import labutils
from labutils.instructor import links
from labutils.instructor.course import Course

WHEEL = f"labutils-{labutils.__version__}-py3-none-any.whl"
_FILES = Path(__file__).with_name("repository_files")  # for Binder and for containers
_MARK = 'WHEEL = \\"\\"'  # in the first cell of a notebook, as JSON


def with_links(address: str, contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """The students' files with the address of the wheel in the notebooks, and of the repository in README and package.

    Without an address of the repository, they are as they were. With one, raises `RuntimeError` if a notebook has no
    place for the address of the wheel.
    """
    found = dict(contents)
    if not address:
        return found
    wheel = links.file_address(address, WHEEL)
    for name, content in contents.items():
        if name.endswith(".ipynb"):
            if content.count(_MARK.encode()) != 1:
                raise RuntimeError(f'{name}: expected one line WHEEL = "" for the address of labutils')
            found[name] = content.replace(_MARK.encode(), f'WHEEL = \\"{wheel}\\"'.encode())
    own = f'[project.urls]\nRepository = "{address}"\n'
    found["pyproject.toml"] = found["pyproject.toml"].replace(b"[project.urls]\n", own.encode())
    title, text = found["README.md"].decode().split("\n", 1)
    found["README.md"] = f"{title}\n\n{links.in_markdown(address)}{text}".encode()
    return found


@contextlib.contextmanager
def new_repository(course: Course, contents: Mapping[str, bytes]) -> Iterator[None]:
    """Write the new folder first, and replace the present one after the block has succeeded.

    The folder is replaced as a whole. A `.git` in it is kept, so that the next commit shows what has changed.
    """
    folder = (course.grading / "repository").resolve()
    made, before = folder.with_name("repository.new"), folder.with_name("repository.before")
    _restore(folder, made, before)  # if an earlier call was interrupted
    try:
        _write(contents, made)
        yield
        if folder.exists():
            folder.rename(before)
            if (before / ".git").exists():
                (before / ".git").rename(made / ".git")
        made.rename(folder)
    finally:
        _restore(folder, made, before)


def _restore(folder: Path, made: Path, before: Path) -> None:
    """Put the folder back if it has not been replaced, and remove what is left of the other two."""
    if before.exists() and not folder.exists():
        if (made / ".git").exists():
            (made / ".git").rename(before / ".git")
        before.rename(folder)
    shutil.rmtree(made, ignore_errors=True)
    shutil.rmtree(before, ignore_errors=True)


def _write(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write the students' files, the wheel of their package, and the files for Binder, containers and git."""
    for path in _FILES.rglob("*"):
        if path.is_file():  # dot_ at the beginning stands for a dot: these files are not for this repository
            target = folder / path.relative_to(_FILES).as_posix().replace("dot_", ".", 1)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    _write_files(contents, folder)
    build_wheel(contents, folder)


def _write_files(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write these files, with their folders."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def build_wheel(contents: Mapping[str, bytes], folder: Path) -> Path:
    """Build the wheel of the students' package, which holds the data too, in this folder; its path."""
    with tempfile.TemporaryDirectory() as source:
        _write_files(contents, Path(source))
        [wheel] = WheelBuilder(source).build(directory=str(folder), versions=["standard"])
    return Path(wheel)
