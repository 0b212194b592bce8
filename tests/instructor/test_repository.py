"""The folder that can be pushed: links open the students' version, and nothing in it gives an answer away."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest

from ..parts.conftest import ROOT
from .test_release import checkout_of_its_own

pytestmark = [pytest.mark.instructor, pytest.mark.usefixtures("nbgrader")]

ADDRESS = "https://github.com/someone/lab"
DEVCONTAINER = ROOT / "build" / "devcontainer" / "node_modules" / ".bin" / "devcontainer"


def missing(what: str, command: str) -> None:
    """Skip where a tool is not installed, or fail where it is required (as in CI)."""
    if os.environ.get("LAB_INSTRUCTOR") == "required":
        pytest.fail(f"LAB_INSTRUCTOR=required, but {what} is missing: {command}")
    pytest.skip(f"{what} is missing: {command}")


@pytest.fixture(scope="module")
def repo2docker() -> ModuleType:
    """The program with which Binder reads a repository."""
    if importlib.util.find_spec("repo2docker") is None:
        missing("repo2docker", "pip install -e '.[binder]'")
    return importlib.import_module("repo2docker.app")


@pytest.fixture(scope="module")
def devcontainer() -> Path:
    """The command of the tool of development containers."""
    if not DEVCONTAINER.exists():
        missing("@devcontainers/cli", "npm install --no-save --prefix build/devcontainer @devcontainers/cli")
    return DEVCONTAINER


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
    (course.grading / "repository" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
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
        more = {".binder/requirements.txt", ".binder/runtime.txt", ".devcontainer/devcontainer.json"}
        assert found == zipped | more | {wheel, ".gitattributes", ".git/HEAD"}
        assert {path.name for path in folder.parent.glob("repository*")} == {"repository"}

    def test_the_notebooks_of_the_release_are_those_of_the_zip(self, pushed):
        """Grading and `make transfer` use the former, and students have the latter."""
        course, path, folder = pushed
        with zipfile.ZipFile(path) as archive:
            for notebook in sorted(course.release.glob("*.ipynb")):
                zipped = archive.read(f"deep-learning-lab/notebooks/{notebook.name}")
                assert notebook.read_bytes() == (folder / "notebooks" / notebook.name).read_bytes() == zipped

    @pytest.mark.parametrize("step", ["build_wheel", "rename", "zip"])
    def test_one_that_fails_leaves_the_present_one(self, pushed, monkeypatch, step):
        from labutils.instructor import history, release, repository

        def fail(*_):
            raise OSError("no space")

        course, *_ = pushed
        files = [p for p in course.grading.rglob("*") if p.is_file()]
        before = {path: path.read_bytes() for path in files}
        rename = Path.rename
        with monkeypatch.context() as patched:
            if step == "build_wheel":
                patched.setattr(repository, "build_wheel", fail)
            elif step == "zip":
                patched.setattr(history, "remember_release", fail)
            else:  # the last step, after the present folder was moved away
                patched.setattr(
                    Path, "rename", lambda p, to: fail() if p.name == "repository.new" else rename(p, to)
                )
            with pytest.raises(OSError, match="no space"):
                release.make_release(course)
        assert {p: p.read_bytes() for p in course.grading.rglob("*") if p.is_file()} == before

    @pytest.mark.parametrize("moved", [False, True])
    def test_after_an_interrupt_the_next_release_keeps_the_history_of_git(self, pushed, moved):
        from labutils.instructor import release

        course, _, folder = pushed
        made, before = folder.with_name("repository.new"), folder.with_name("repository.before")
        folder.rename(
            before
        )  # what is left behind if the computer is switched off while the folder is replaced
        made.mkdir()
        if moved:
            (before / ".git").rename(made / ".git")
        release.make_release(course)
        assert (folder / ".git" / "HEAD").exists()
        assert {path.name for path in folder.parent.glob("repository*")} == {"repository"}

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

    @pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
    def test_a_clone_on_windows_has_the_same_data(self, pushed, tmp_path):
        """Where git changes the ends of lines in texts."""
        *_, folder = pushed
        shutil.copytree(folder, tmp_path / "pushed", ignore=shutil.ignore_patterns(".git"))
        person = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
        for command in (
            ["-C", "pushed", "init", "--quiet"],
            ["-C", "pushed", "add", "--all"],
            ["-C", "pushed", *person, "commit", "--quiet", "--message", "Release"],
            ["-c", "core.autocrlf=true", "clone", "--quiet", "pushed", "clone"],
        ):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)
        assert b"\r\n" in (tmp_path / "clone" / "README.md").read_bytes()  # git does change them
        names = [p.relative_to(folder) for p in (folder / "data").rglob("*") if p.is_file()]
        for name in [*names, next(folder.glob("*.whl")).name]:
            assert (tmp_path / "clone" / name).read_bytes() == (folder / name).read_bytes()

    def test_every_notebook_knows_the_address_of_the_wheel(self, pushed):
        *_, folder = pushed
        [wheel] = folder.glob("*.whl")
        for path in sorted((folder / "notebooks").glob("*.ipynb")):
            assert f'WHEEL = "{ADDRESS}/raw/main/{wheel.name}"' in first_cell(folder, path.stem)

    def test_the_readme_links_each_part(self, pushed):
        text = (pushed[2] / "README.md").read_text(encoding="utf-8")
        for part in ("part_a", "part_b", "part_c"):
            for start in ("colab.research.google.com/github", "mybinder.org/v2/gh"):
                assert any(f"{start}/someone/lab" in line and part in line for line in text.splitlines())


class TestWheel:
    def test_it_names_the_repository(self, pushed):
        *_, folder = pushed
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            [metadata] = [name for name in wheel.namelist() if name.endswith("METADATA")]
            assert f"Project-URL: Repository, {ADDRESS}" in wheel.read(metadata).decode().splitlines()

    def test_it_has_the_data_and_nothing_of_the_instructors_side(self, pushed):
        *_, folder = pushed
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            names = set(wheel.namelist())
            for path in (p for p in (folder / "data").rglob("*") if p.is_file()):
                assert (
                    wheel.read(f"labutils/_data/{path.relative_to(folder / 'data').as_posix()}")
                    == path.read_bytes()
                )
        modules = {p.relative_to(folder).as_posix() for p in (folder / "labutils").rglob("*.py")}
        assert {name for name in names if name.endswith(".py") and "/_data/" not in name} == modules
        assert not [name for name in names if "instructor" in name or "notebooks" in name]

    def test_it_is_installed_and_finds_its_data(self, pushed, tmp_path):
        wheel = next(pushed[2].glob("*.whl"))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        subprocess.run([*command, "--target", tmp_path / "there", wheel], check=True)
        code = (
            "import labutils\nfrom labutils import data, exercises\n"
            "print(labutils.__file__, data.load_mnist().name)"
        )
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "there")},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.startswith(str(tmp_path / "there" / "labutils" / "__init__.py"))


class TestLinks:
    def test_each_names_a_file_of_the_folder(self, pushed):
        from labutils.instructor import links

        *_, folder = pushed
        for part in "ABC":
            found = links.links_to(ADDRESS, part)
            assert set(found) == {"Colab", "Kaggle", "Binder", "JupyterLite"}
            colab, kaggle = urlsplit(found["Colab"]), urlsplit(found["Kaggle"])
            opened = f"https://github.com/{colab.path.removeprefix('/github/')}"
            assert parse_qs(kaggle.query)["src"] == [opened]
            assert (folder / opened.removeprefix(f"{ADDRESS}/blob/main/")).is_file()
            binder = urlsplit(found["Binder"])
            assert binder.path == "/v2/gh/someone/lab/main"
            assert (folder / parse_qs(binder.query)["labpath"][0]).is_file()
            site = urlsplit(found["JupyterLite"])
            assert (site.netloc, site.path) == ("someone.github.io", "/lab/lab/index.html")
            assert (folder / "notebooks" / parse_qs(site.query)["path"][0]).is_file()

    def test_gitlab_opens_in_binder_alone(self, nbgrader):
        from labutils.instructor import links

        found = links.links_to("https://gitlab.com/a/b", "B")
        assert set(found) == {"Binder"}
        assert unquote(urlsplit(found["Binder"]).path) == "/v2/gl/a/b/main"
        assert (
            links.file_address("https://gitlab.com/a/b", "x.whl") == "https://gitlab.com/a/b/-/raw/main/x.whl"
        )


class TestNoAddress:
    def test_there_are_no_links(self, nbgrader, tmp_path):
        from labutils.instructor.course import Course
        from labutils.instructor.release import make_release

        course = Course(checkout_of_its_own(tmp_path))
        make_release(course)
        folder = course.grading / "repository"
        assert 'WHEEL = ""' in first_cell(folder)
        assert "mybinder" not in (folder / "README.md").read_text(encoding="utf-8")

        assert "github" not in (folder / "README.md").read_text(encoding="utf-8")

    def test_there_is_none_for_a_part(self, nbgrader):
        from labutils.instructor import links

        assert links.links_to("", "B") == {}
        assert links.in_markdown("") == links.file_address("", "x.whl") == ""

    @pytest.mark.parametrize(
        "address",
        [
            *("x", "github.com/a/b", "http://github.com/a/b", "https://example.org/a/b"),
            *("https://github.com/a", "https://github.com/a/b/", "https://github.com/a/b.git"),
            *("https://github.com/a/b/c", "https://github.com/a/b?c", "https://github.com/a/ש"),
        ],
    )
    def test_a_wrong_address_is_refused(self, nbgrader, tmp_path, address):
        from labutils.instructor import links
        from labutils.instructor.course import Course

        project = tmp_path / "pyproject.toml"
        project.write_text(f'[tool.labutils]\naddress = "{address}"\n', encoding="utf-8")
        for refuse in (lambda: Course(tmp_path).address, lambda: links.links_to(address, "A")):
            with pytest.raises(ValueError, match=r"address .*expected .*https://.*got") as caught:
                refuse()
            assert repr(address) in str(caught.value)

    @pytest.mark.parametrize("setting", ["address = 1", "address = []", "address = true"])
    def test_what_is_no_text_is_refused(self, nbgrader, tmp_path, setting):
        from labutils.instructor.course import Course

        (tmp_path / "pyproject.toml").write_text(f"[tool.labutils]\n{setting}\n", encoding="utf-8")
        with pytest.raises(ValueError, match="address"):
            _ = Course(tmp_path).address

    @pytest.mark.parametrize("address", ["", "https://github.com/a-b/c.d_e", "https://gitlab.com/a/b"])
    def test_a_right_one_is_read(self, nbgrader, tmp_path, address):
        from labutils.instructor.course import Course

        (tmp_path / "pyproject.toml").write_text(f'[tool.labutils]\naddress = "{address}"\n')
        assert Course(tmp_path).address == address


class TestOtherTools:
    def test_repo2docker_finds_python_3_12_and_our_package(self, pushed, repo2docker, monkeypatch):
        monkeypatch.chdir(pushed[2])
        builder = repo2docker.Repo2Docker()
        packs = (kind(builder.base_image) for kind in builder.buildpacks)
        pack = next(pack for pack in packs if pack.detect())  # the first one is used
        assert type(pack).__name__ == "PythonBuildPack"
        assert pack.python_version == "3.12"
        assert not any("pip" in script for _, script in pack.get_preassemble_scripts())  # before the copy
        assert any(".binder/requirements.txt" in script for _, script in pack.get_assemble_scripts())

    def test_the_development_container_is_read_by_its_own_tool(self, pushed, devcontainer):
        command = [devcontainer, "read-configuration", "--workspace-folder", pushed[2]]
        command += ["--docker-path", "true"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        configuration = json.loads(run.stdout)["configuration"]
        assert configuration["image"].split(":")[-1] == "3.12"
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
