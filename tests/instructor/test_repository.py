"""The folder that can be pushed: links open the students' version, and nothing in it gives an answer away."""

import json
import os
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

from ..parts.conftest import ROOT
from .test_release import checkout_of_its_own

pytestmark = [pytest.mark.instructor, pytest.mark.usefixtures("nbgrader")]

ADDRESS = "https://github.com/someone/lab"
DEVCONTAINER = ROOT / "build" / "axe" / "node_modules" / ".bin" / "devcontainer"


@pytest.fixture(scope="module")
def pushed(nbgrader, tmp_path_factory):
    """A course with an address, its zip, and the folder to push, which had a `.git` before."""
    from labutils.instructor.course import Course
    from labutils.instructor.release import make_release

    root = checkout_of_its_own(tmp_path_factory.mktemp("checkout"))
    settings = (root / "pyproject.toml").read_text(encoding="utf-8")
    (root / "pyproject.toml").write_text(settings.replace('address = ""', f'address = "{ADDRESS}"'))
    course = Course(root)
    (course.grading / "repository" / ".git").mkdir(parents=True)
    (course.grading / "repository" / "a file of an earlier release").touch()
    return course, make_release(course), course.grading / "repository"


def first_cell(folder: Path, part: str = "part_a_logistic_regression") -> str:
    notebook = nbformat.read(folder / "notebooks" / f"{part}.ipynb", 4)
    return next(cell.source for cell in notebook.cells if cell.cell_type == "code")


class TestFolder:
    def test_it_has_the_files_of_the_zip_and_those_for_the_links(self, pushed):
        _, path, folder = pushed
        with zipfile.ZipFile(path) as archive:
            zipped = {name.split("/", 1)[1] for name in archive.namelist()}
        found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        [wheel] = [name for name in found if name.endswith(".whl")]
        more = {wheel, ".binder/requirements.txt", ".binder/runtime.txt", ".devcontainer/devcontainer.json"}
        assert found == zipped | more

    def test_the_history_of_git_is_kept(self, pushed):
        assert (pushed[2] / ".git").is_dir()

    def test_no_solution_is_in_it_nor_in_the_wheel(self, pushed):
        from labutils.instructor.release import _find_leaks

        course, _, folder = pushed
        contents = {
            p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*") if p.is_file()
        }
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            contents |= {f"wheel/{name}": wheel.read(name) for name in wheel.namelist()}
        assert _find_leaks(course, contents) == []
        assert not [name for name in contents if "instructor" in name]
        solved = (course.source / "part_a_logistic_regression.ipynb").read_bytes()
        assert _find_leaks(course, contents | {"notebooks/solved.ipynb": solved})  # it can fail

    def test_every_notebook_knows_the_address_of_the_wheel(self, pushed):
        *_, folder = pushed
        [wheel] = folder.glob("*.whl")
        for path in sorted((folder / "notebooks").glob("*.ipynb")):
            assert f'WHEEL = "{ADDRESS}/raw/main/{wheel.name}"' in first_cell(folder, path.stem)

    def test_the_readme_links_each_part(self, pushed):
        text = (pushed[2] / "README.md").read_text(encoding="utf-8")
        for part in ("part_a", "part_b", "part_c"):
            for host in ("colab.research.google.com/github/someone/lab", "mybinder.org/v2/gh/someone/lab"):
                assert any(host in line and part in line for line in text.splitlines())


class TestNoAddress:
    def test_there_are_no_links(self, nbgrader, tmp_path):
        from labutils.instructor.course import Course
        from labutils.instructor.release import make_release

        course = Course(checkout_of_its_own(tmp_path))
        make_release(course)
        folder = course.grading / "repository"
        assert 'WHEEL = ""' in first_cell(folder)
        assert "mybinder" not in (folder / "README.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        "address", ["github.com/a/b", "http://github.com/a/b", "https://github.com/a", "x"]
    )
    def test_a_wrong_address_is_refused(self, nbgrader, address):
        from labutils.instructor import links

        with pytest.raises(ValueError, match=r"address in pyproject.toml.*expected.*got") as caught:
            links.links_to(address, "A")
        assert address in str(caught.value)

    def test_gitlab_opens_in_binder_alone(self, nbgrader):
        from labutils.instructor import links

        assert set(links.links_to("https://gitlab.com/a/b", "B")) == {"Binder"}
        assert links.links_to("", "B") == {}


class TestOtherTools:
    def test_repo2docker_finds_python_3_12_and_our_package(self, pushed, monkeypatch):
        required = os.environ.get("LAB_INSTRUCTOR") == "required"
        buildpacks = (
            __import__("repo2docker.buildpacks").buildpacks
            if required
            else pytest.importorskip("repo2docker.buildpacks")
        )
        monkeypatch.chdir(pushed[2])
        pack = buildpacks.PythonBuildPack("ubuntu:22.04")
        assert pack.detect()
        assert pack.python_version == "3.12"
        assert any(".binder/requirements.txt" in script for _, script in pack.get_assemble_scripts())

    def test_the_development_container_is_read_by_its_own_tool(self, pushed):
        if not DEVCONTAINER.exists() and os.environ.get("LAB_INSTRUCTOR") != "required":
            pytest.skip(
                "no @devcontainers/cli: `npm install --no-save --prefix build/axe @devcontainers/cli`"
            )
        command = [
            DEVCONTAINER,
            "read-configuration",
            "--workspace-folder",
            pushed[2],
            "--docker-path",
            "true",
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        configuration = json.loads(run.stdout)["configuration"]
        assert configuration["image"] == "python:3.12"
        assert "[lab]" in configuration["postCreateCommand"]


class Python:
    """A Python with the packages of this one, but without labutils."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.others = folder, folder.with_name("others")
        venv.create(folder, with_pip=True)
        self.others.mkdir()  # links, so that nothing can be installed or removed where the tests run
        for path in Path(sysconfig.get_paths()["purelib"]).iterdir():
            if "labutils" not in path.name and not path.name.startswith(("pip", "setuptools")):
                (self.others / path.name).symlink_to(path)

    def installed(self) -> set[str]:
        return {path.name for path in self.folder.glob("lib/python*/site-packages/*")}

    def run(self, source: str, where: Path, **environment: str) -> subprocess.CompletedProcess:
        others = {k: v for k, v in os.environ.items() if not k.startswith(("COLAB", "KAGGLE", "PYTHON"))}
        others["PYTHONPATH"] = str(self.others)
        command = [self.folder / "bin" / "python", "-c", source]
        return subprocess.run(
            command, cwd=where, env=others | environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def python(tmp_path):
    return Python(tmp_path / "python")


class TestFirstCell:
    """Where labutils is missing. The other packages are those of this environment."""

    @pytest.mark.parametrize("cloud", ["COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE"])
    @pytest.mark.parametrize("file", ["wheel", "zip"])
    def test_an_uploaded_file_is_installed_and_nothing_else(self, pushed, python, tmp_path, cloud, file):
        _, path, pushed_folder = pushed
        folder = tmp_path / "empty"
        folder.mkdir()
        shutil.copy(next(pushed_folder.glob("*.whl")) if file == "wheel" else path, folder)
        source = first_cell(ROOT)  # without an address
        before = python.installed()
        run = python.run(source, folder, **{cloud: "1"})
        assert run.stdout.splitlines()[-1].startswith("Ready"), run.stderr
        new = python.installed() - before
        assert new
        assert all(name.startswith("labutils") for name in new)

    def test_without_a_file_it_says_what_to_upload(self, pushed, python, tmp_path):
        source = first_cell(ROOT)
        run = python.run(source, tmp_path, COLAB_RELEASE_TAG="1")
        assert run.returncode == 1
        assert run.stderr.count("\n") == 1
        assert "zip" in run.stderr

    @pytest.mark.parametrize(
        ("address", "before", "line"),
        [
            ("", "", "%pip install -e .."),
            ("https://a/labutils.whl", "", "%pip install https://a/labutils.whl"),
            ("", "import sys; sys.platform = 'emscripten'\n", "%pip install labutils"),
        ],
        ids=["jupyter", "address", "browser"],
    )
    def test_elsewhere_it_says_the_line_that_installs(self, python, tmp_path, address, before, line):
        source = first_cell(ROOT).replace('WHEEL = ""', f'WHEEL = "{address}"')
        run = python.run(before + source, tmp_path)
        assert run.returncode == 1
        assert run.stderr.count("\n") == 1
        assert line in run.stderr
