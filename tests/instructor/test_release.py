"""What students are handed: everything they need, and nothing that gives the answers away."""

import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from ..notebooks import hurry
from ..notebooks.test_exercises import HIDDEN, ROOT, blank

pytestmark = pytest.mark.usefixtures("nbgrader")


@pytest.fixture(scope="module")
def handed_out(nbgrader, tmp_path_factory):
    """A checkout of its own, its release, and the zip unpacked where no checkout is near."""
    from labutils.instructor.course import Course
    from labutils.instructor.release import release

    root = tmp_path_factory.mktemp("checkout")
    for name in ("notebooks", "labutils", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", "environment.yml", "LICENSE"):
        shutil.copy(ROOT / name, root)
    course = Course(root)
    path = release(course)
    folder = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return course, path, folder / "deep-learning-lab"


def released(folder: Path) -> dict[str, nbformat.NotebookNode]:
    return {path.stem: nbformat.read(path, 4) for path in sorted((folder / "notebooks").glob("*.ipynb"))}


class TestZip:
    def test_what_is_in_it(self, handed_out):
        *_, folder = handed_out
        names = {path.name for path in folder.iterdir()}
        assert names == {
            *("README.md", "Makefile", "LICENSE", "pyproject.toml", "environment.yml"),
            *("labutils", "data", "notebooks"),
        }
        assert len(released(folder)) == 3
        assert not (folder / "labutils" / "instructor").exists()
        assert {p.name for p in (folder / "labutils").iterdir()} == {
            p.name for p in (ROOT / "labutils").glob("*.py")
        }
        assert (folder / "data" / "exercises.json").exists()

    def test_it_unpacks_into_one_folder(self, handed_out):
        _, path, _ = handed_out
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                top, *parts = member.filename.split("/")
                assert top == "deep-learning-lab"
                assert parts
                assert not {"", ".", ".."} & set(parts), member
                assert not set(member.filename) & set('\\:*?"<>|'), member  # nor on Windows
                assert stat.S_IFMT(member.external_attr >> 16) in (0, stat.S_IFREG), member  # no link

    def test_the_notebooks_are_blank_and_otherwise_ours(self, handed_out):
        *_, folder = handed_out
        for stem, notebook in released(folder).items():
            solved = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", 4)
            assert len(notebook.cells) == len(solved.cells)
            for cell, ours in zip(notebook.cells, solved.cells, strict=True):
                grader = ours.metadata.get("nbgrader", {})
                if grader.get("grade") and grader.get("solution"):
                    assert cell.source == "*Your answer:*"
                else:
                    assert cell.source == HIDDEN.sub("", blank(ours.source))
                if cell.cell_type == "code":
                    assert cell.outputs == []
                    assert cell.execution_count is None

    def test_no_answer_is_anywhere(self, handed_out):
        *_, folder = handed_out
        text = "\n".join(
            path.read_text(encoding="utf-8")
            for path in folder.rglob("*")
            if path.suffix in (".py", ".ipynb", ".md")
        )
        assert not re.search(r"BEGIN SOLUTION|HIDDEN TESTS|import bank|A model answer", text)
        for line in ("dz = dp * p * (1 - p)", "x @ dz.T, dz.sum(axis=1", "vW = momentum * vW - rate"):
            assert line not in text

    def test_every_notebook_says_which_release_it_is(self, handed_out):
        _, path, folder = handed_out
        for notebook in released(folder).values():
            assert f"deep-learning-lab-{notebook.metadata['labutils']['release']}.zip" == path.name

    def test_part_a_runs_from_it_alone(self, handed_out):
        """With the zip's package, not the checkout's: nothing of the instructor's side is missing."""
        *_, folder = handed_out
        path = folder / "notebooks" / "part_a_logistic_regression.ipynb"
        notebook = nbformat.read(path, 4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(hurry.TRAINING + hurry.FIGURES))
        nbformat.write(notebook, folder / "hurry.ipynb")
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "hurry.ipynb"]
        environment = os.environ | {"PYTHONPATH": str(folder)}
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        printed = (folder / "hurry.nbconvert.ipynb").read_text(encoding="utf-8")
        assert "Exercise A6 is not done yet" in printed


class TestRelease:
    def test_the_same_content_is_the_same_release(self, handed_out):
        from labutils.instructor.release import release

        course, path, _ = handed_out
        content = path.read_bytes()
        assert release(course) == path
        assert path.read_bytes() == content

    def test_another_content_is_another_release(self, handed_out):
        from labutils.instructor.release import release

        course, path, _ = handed_out
        (course.root / "LICENSE").write_text("another")
        assert release(course) != path
        shutil.copy(ROOT / "LICENSE", course.root)

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            (
                "labutils/versions.py",
                "def f():\n    dz = dp * p * (1 - p)\n",
                "labutils/versions.py has the answer A3-2",
            ),
            ("tests/test_exercises.py", "", "tests/test_exercises.py"),
            ("labutils/instructor/bank.py", "", "labutils/instructor/bank.py"),
        ],
    )
    def test_a_leak_is_noticed(self, handed_out, name, content, said):
        from labutils.instructor.release import leaks

        course, *_ = handed_out
        assert leaks(course, {}) == []
        assert any(said in found for found in leaks(course, {name: content.encode()}))

    def test_a_solved_notebook_is_a_leak(self, handed_out):
        from labutils.instructor.release import leaks

        course, *_ = handed_out
        name = "notebooks/part_c_learning_rate_study.ipynb"
        found = "; ".join(leaks(course, {name: (ROOT / name).read_bytes()}))
        for words in ("has the answer C2-answer", "conclusions-written", "a hidden test", "has outputs"):
            assert words in found

    def test_what_fails_keeps_the_sources(self, handed_out):
        course, *_ = handed_out
        for path in (ROOT / "notebooks").glob("*.ipynb"):
            assert (course.source / path.name).read_bytes() == path.read_bytes()
