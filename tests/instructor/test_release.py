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

from labutils.instructor import cells

from ..parts import hurry
from ..parts.conftest import ROOT
from ..parts.quick_run import HIDDEN, blank

pytestmark = [pytest.mark.instructor, pytest.mark.usefixtures("nbgrader")]


def checkout_of_its_own(root: Path) -> Path:
    """What a release is made from, copied into this folder."""
    for name in ("notebooks", "labutils", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for path in (ROOT / "pyproject.toml", ROOT / "environment.yml", *ROOT.glob("LICENSE*")):
        shutil.copy(path, root)
    return root


@pytest.fixture(scope="module")
def handed_out(nbgrader, tmp_path_factory):
    """A checkout of its own, its release, and the zip unpacked where no checkout is near."""
    from labutils.instructor.course import Course
    from labutils.instructor.release import make_release

    root = checkout_of_its_own(tmp_path_factory.mktemp("checkout"))
    (root / "labutils" / "report" / "__pycache__").mkdir()
    (root / "labutils" / "report" / "__pycache__" / "tables.pyc").write_bytes(b"compiled")
    course = Course(root)
    path = make_release(course)
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
            *("README.md", "Makefile", "pyproject.toml", "environment.yml"),
            *(path.name for path in ROOT.glob("LICENSE*")),
            *("labutils", "data", "notebooks"),
        }
        assert len(released(folder)) == 3
        assert (folder / "data" / "exercises.json").exists()

    def test_the_package_is_whole_but_for_the_instructors_side(self, handed_out):
        *_, folder = handed_out
        released = {p.relative_to(folder).as_posix() for p in (folder / "labutils").rglob("*") if p.is_file()}
        ours = {p.relative_to(ROOT).as_posix() for p in (ROOT / "labutils").rglob("*.py")}
        assert {name for name in released if name.endswith(".py")} == {
            name for name in ours if not name.startswith("labutils/instructor/")
        }
        for name in ("experiments", "report", "exercises", "notebook", "_internal"):
            assert f"labutils/{name}/__init__.py" in released
        assert ("labutils/py.typed" in released) == (ROOT / "labutils" / "py.typed").exists()
        assert not [name for name in released if "instructor" in name or "__pycache__" in name]

    def test_every_module_of_it_is_imported_from_the_zip_alone(self, handed_out):
        *_, folder = handed_out
        paths = (path.relative_to(folder) for path in sorted((folder / "labutils").rglob("*.py")))
        modules = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]
        modules = [name for name in modules if not name.endswith("__main__")]
        code = (
            "import importlib, importlib.util, sys\n"
            f"for name in {modules}: importlib.import_module(name)\n"
            "print(sys.modules['labutils'].__file__, importlib.util.find_spec('labutils.instructor'))"
        )
        environment = os.environ | {"PYTHONPATH": str(folder)}
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.strip() == f"{folder / 'labutils' / '__init__.py'} None"

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
                assert cell.metadata.get("labutils") == ours.metadata.get("labutils")
                if cells.is_written(ours):
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

    @pytest.mark.slow
    @pytest.mark.notebook
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
        from labutils.instructor.release import make_release

        course, path, _ = handed_out
        content = path.read_bytes()
        assert make_release(course) == path
        assert path.read_bytes() == content

    def test_another_content_is_another_release(self, handed_out):
        from labutils.instructor.release import make_release

        course, path, _ = handed_out
        (course.root / "LICENSE").write_text("another")
        assert make_release(course) != path
        shutil.copy(ROOT / "LICENSE", course.root)

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            (
                "labutils/exercises/reference.py",
                "def f():\n    dz = dp * p * (1 - p)\n",
                "labutils/exercises/reference.py has the answer A3-2",
            ),
            ("tests/test_exercises.py", "", "tests/test_exercises.py"),
            ("labutils/instructor/bank/__init__.py", "", "labutils/instructor/bank/__init__.py"),
        ],
    )
    def test_a_leak_is_noticed(self, handed_out, name, content, said):
        from labutils.instructor.release import _find_leaks

        course, *_ = handed_out
        assert _find_leaks(course, {}) == []
        assert any(said in found for found in _find_leaks(course, {name: content.encode()}))

    def test_a_solved_notebook_is_a_leak(self, handed_out):
        from labutils.instructor.release import _find_leaks

        course, *_ = handed_out
        name = "notebooks/part_c_learning_rate_study.ipynb"
        found = "; ".join(_find_leaks(course, {name: (ROOT / name).read_bytes()}))
        for words in ("has the answer C2-answer", "conclusions-written", "a hidden test", "has outputs"):
            assert words in found

    def test_a_cell_without_its_exercise_is_named(self, handed_out, tmp_path):
        from labutils.instructor.course import Course
        from labutils.instructor.release import make_release

        shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
        path = tmp_path / "notebooks" / "part_b_two_layer_network.ipynb"
        notebook = nbformat.read(path, 4)
        (cell,) = (cell for cell in notebook.cells if cells.grade_id(cell) == "B2-1")
        del cell.metadata["labutils"]
        nbformat.write(notebook, path)
        with pytest.raises(RuntimeError, match="cell B2-1: expected metadata such as"):
            make_release(Course(tmp_path))
        assert not (tmp_path / "grading").exists()

    def test_what_fails_keeps_the_sources(self, handed_out):
        course, *_ = handed_out
        for path in (ROOT / "notebooks").glob("*.ipynb"):
            assert (course.source / path.name).read_bytes() == path.read_bytes()
