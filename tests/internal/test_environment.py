"""check_installation, which the first cell of every notebook calls."""

import shutil
import subprocess
import sys
from importlib import metadata

import nbformat
import pytest

from labutils import check_installation
from labutils._internal import environment

from ..conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("part_*.ipynb"))


def make_workbook(folder):
    """A folder with the part of labutils that the first cell imports."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "labutils" / "_internal").mkdir(parents=True)
    for name in ("__init__.py", "_internal/__init__.py", "_internal/environment.py"):
        shutil.copy(ROOT / "labutils" / name, folder / "labutils" / name)
    return folder


def first_cell() -> str:
    """The first code cell, which is the same in every notebook."""
    sources = {
        next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
        for path in NOTEBOOKS
    }
    assert len(sources) == 1
    return sources.pop()


def run_first_cell(folder, python_path) -> subprocess.CompletedProcess:
    code = f"import sys; sys.path[:0] = {list(map(str, python_path))!r}\n{first_cell()}"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


class TestPackages:
    def test_all_are_installed(self, monkeypatch):
        monkeypatch.chdir(ROOT / "notebooks")
        assert check_installation().startswith("Ready")

    @pytest.mark.parametrize(
        ("requirement", "words"),
        [
            ("numpy>=99", r"needs numpy>=99, not .*: run `make lab`"),
            ("no-such-package>=1", r"no-such-package is not installed: run `make lab`"),
        ],
    )
    def test_one_is_missing_or_too_old(self, monkeypatch, requirement, words):
        monkeypatch.setattr(metadata, "requires", lambda name: ["numpy>=1", requirement])
        with pytest.raises(SystemExit, match=words):
            check_installation()

    @pytest.mark.parametrize("extra", ["lab", "dev", "oracle"])
    def test_an_extra_is_not_needed(self, monkeypatch, extra):
        monkeypatch.setattr(metadata, "requires", lambda name: [f'no-such-package>=1; extra == "{extra}"'])
        assert check_installation().startswith("Ready")

    def test_packaging_itself_is_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "packaging.requirements", None)
        with pytest.raises(SystemExit, match=r"^packaging is not installed: run `make lab`"):
            check_installation()

    def test_labutils_is_not_installed(self, monkeypatch):
        def not_found(name):
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(metadata, "requires", not_found)
        with pytest.raises(SystemExit, match="labutils is not installed: run `make lab`"):
            check_installation()

    def test_python_is_too_old(self, monkeypatch):
        monkeypatch.setattr(sys, "version_info", (3, 10, 4))
        with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer: run `make lab`"):
            check_installation()

    def test_no_process_is_started(self, monkeypatch):
        monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
        monkeypatch.setattr(subprocess, "Popen", None)
        assert check_installation().startswith("Ready")


class TestTheFolder:
    """A copied workbook imports labutils of the original. In version 0.1.0 it said "Ready"."""

    @pytest.mark.parametrize("place", [".", "notebooks"])
    def test_of_another_copy_is_named(self, tmp_path, monkeypatch, place):
        copy = make_workbook(tmp_path / "copy")
        monkeypatch.chdir(copy / place)
        with pytest.raises(SystemExit) as caught:
            check_installation()
        said = str(caught.value)
        assert f"is in {copy}" in said
        assert f"imports labutils from {ROOT}" in said
        assert "run `make lab`" in said
        assert "\n" not in said

    def test_inside_another_workbook_uses_the_nearest_one(self, tmp_path):
        inner = make_workbook(make_workbook(tmp_path / "outer") / "build" / "inner")
        done = run_first_cell(inner / "notebooks", [inner])
        assert done.stdout.startswith("Ready"), done.stderr

    def test_without_a_workbook_is_fine(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert check_installation().startswith("Ready")

    def test_inside_this_workbook_is_fine(self, tmp_path, monkeypatch):
        monkeypatch.chdir(ROOT / "tests" / "internal")
        assert check_installation().startswith("Ready")

    def test_reached_by_a_link_is_fine(self, tmp_path, monkeypatch):
        link = tmp_path / "link"
        try:
            link.symlink_to(ROOT, target_is_directory=True)
        except OSError:
            pytest.skip("this system makes no symbolic links")
        monkeypatch.setattr(environment.Path, "cwd", lambda: link / "notebooks")
        assert check_installation().startswith("Ready")


class TestTheFirstCell:
    """Another labutils on the path gives one sentence. In version 0.1.0 it was an AttributeError."""

    def test_finds_the_labutils_of_its_folder(self, tmp_path):
        workbook = make_workbook(tmp_path / "workbook")
        done = run_first_cell(workbook / "notebooks", [workbook])
        assert done.stdout.startswith("Ready"), done.stderr

    @pytest.mark.parametrize("content", ["", "from . import part_that_is_missing"])
    def test_of_another_package_of_that_name(self, tmp_path, content):
        (tmp_path / "other" / "labutils").mkdir(parents=True)
        (tmp_path / "other" / "labutils" / "__init__.py").write_text(content)
        done = run_first_cell(tmp_path, [tmp_path / "other"])
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert "run `make lab`" in done.stderr
        assert "PYTHONPATH" in done.stderr

    def test_of_another_copy(self, tmp_path):
        workbook, other = make_workbook(tmp_path / "workbook"), make_workbook(tmp_path / "other")
        done = run_first_cell(workbook / "notebooks", [other])
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert f"imports labutils from {other}" in done.stderr
