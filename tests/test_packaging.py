"""The package itself: its metadata, what it declares, its wheel, and how make sets it up."""

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILES = [ROOT / "Makefile", ROOT / "labutils" / "instructor" / "release_files" / "Makefile"]
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def names(extra: str = "") -> set[str]:
    """The packages that the base declares, or an extra; an extra of labutils itself is followed."""
    texts = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    found = set()
    for requirement in map(Requirement, texts):
        if requirement.name == "labutils":
            found |= set().union(*map(names, requirement.extras))
        else:
            found.add(canonicalize_name(requirement.name))
    return found


@functools.cache
def distributions() -> dict[str, list[str]]:
    """{package: distributions that provide it}; what may be missing here has the same name as its package."""
    return {
        name: [name] for name in ("torch", "mlxtend", "nbgrader", "sqlalchemy")
    } | metadata.packages_distributions()


def floors(requirements) -> dict[str, str]:
    """{name: specifier} of requirements."""
    return {(r := Requirement(text)).name.lower(): str(r.specifier) for text in requirements}


WHERE = {  # a folder, what is allowed in it, and what is an exception
    "labutils": ({""}, {"mnist_download.py": {"full-mnist"}}),
    "labutils/instructor": ({"", "instructor"}, {}),
    "tests": (
        {"", "dev"},
        {"conftest.py": {"oracle"}, "steps.py": {"oracle"}}
        | {name: {"instructor"} for name in ("small_course.py", "test_corrected_release.py")}
        | {name: {"instructor"} for name in ("test_formgrader.py", "test_gradebook.py", "test_marks.py")},
    ),
    "data": ({""}, {"make_mnist_5k.py": {"make-data"}, "make_bands.py": {"dev"}}),
}


class TestDeclared:
    """Every imported package is declared. In version 0.1.0 packaging, IPython, mistune and two others were not."""

    @staticmethod
    def imported(path: Path) -> set[str]:
        """The packages that a file imports, wherever the import is, without the standard library."""
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
        return found - set(sys.stdlib_module_names) - {"labutils", "tests"}

    @pytest.mark.parametrize("folder", WHERE)
    def test_in_the_right_place(self, folder):
        extras, exceptions = WHERE[folder]
        wrong = []
        for path in sorted((ROOT / folder).rglob("*.py")):
            if folder == "labutils" and "instructor" in path.parts:
                continue
            declared = set().union(*map(names, extras | exceptions.get(path.name, set())))
            of_the_same_folder = {neighbour.stem for neighbour in path.parent.glob("*.py")}
            for package in self.imported(path) - (of_the_same_folder if folder == "data" else set()):
                if not {canonicalize_name(name) for name in distributions().get(package, [])} & declared:
                    wrong.append(f"{path.relative_to(ROOT)} imports {package}")
        assert not wrong

    def test_the_base_is_light(self):
        assert names() == {
            *("numpy", "matplotlib", "pandas", "scipy", "pillow", "threadpoolctl"),
            *("ipywidgets", "ipython", "packaging"),
        }
        assert names("lab") == {"jupyterlab", "notebook", "ipywidgets"}

    def test_nothing_declares_a_package_that_installs_all_of_jupyter(self):
        every = names().union(*map(names, PROJECT["optional-dependencies"]))
        assert "jupyter" not in every

    def test_pytest_knows_the_markers(self, pytestconfig):
        markers = {line.split(":")[0] for line in pytestconfig.getini("markers")}
        assert {"slow", "notebook", "browser", "instructor"} <= markers


class TestEnvironmentYml:
    def test_has_the_packages_and_versions_of_pyproject(self):
        content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
        assert content["channels"] == ["conda-forge"]
        conda = floors(spec for spec in content["dependencies"] if isinstance(spec, str))
        assert conda.pop("pip") == ""
        assert conda.pop("python") == PROJECT["requires-python"]
        conda["matplotlib"] = conda.pop("matplotlib-base")
        expected = floors(PROJECT["dependencies"]) | floors(PROJECT["optional-dependencies"]["lab"])
        assert conda == expected

    def test_this_environment_satisfies_it(self):
        for text in PROJECT["dependencies"]:
            requirement = Requirement(text)
            assert requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)


class TestWorkflow:
    TEXT = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")

    def test_three_systems_and_two_stacks(self):
        matrix = yaml.safe_load(self.TEXT)["jobs"]["test"]["strategy"]["matrix"]
        assert {name.split("-")[0] for name in matrix["system"]} == {"ubuntu", "macos", "windows"}
        assert matrix["stack"] == ["oldest", "newest"]

    def test_runs_pytest_with_the_options_of_make(self):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for options in (
            "--nbval --nbval-current-env --nbval-cell-timeout=600",
            "--dist loadfile --no-loadscope-reorder",
        ):
            assert options in self.TEXT
            assert options in makefile


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run make in a folder, with further variables in the environment."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    command = ["make", f"PYTHON={sys.executable}", *arguments]
    return subprocess.run(command, cwd=folder, env=inherited | environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A virtual environment with a stub of JupyterLab, to be copied: it takes a while to make."""
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "jupyterlab.py").write_text("import sys; print('JupyterLab', *sys.argv[1:])")
    (folder / "ready").touch()
    return folder


@pytest.fixture(params=MAKEFILES, ids=["workbook", "release"])
def workbook(request, environment):
    """A function that makes a folder that is set up: its .venv imports its labutils."""

    def set_up(folder: Path) -> Path:
        (folder / "labutils").mkdir(parents=True)
        (folder / "labutils" / "__init__.py").touch()
        (folder / "pyproject.toml").touch()
        shutil.copy(request.param, folder)
        shutil.copytree(environment, folder / ".venv", symlinks=True)
        (site,) = (folder / ".venv" / "lib").glob("python*/site-packages")
        (site / "editable.pth").write_text(str(folder), encoding="utf-8")
        (folder / ".venv" / "ready").touch()
        return folder

    return set_up


@needs_make
@pytest.mark.skipif(sys.platform == "win32", reason="on Windows the guides use no make")
class TestMakeLab:
    """`make lab` starts JupyterLab of this folder's .venv, or sets it up again."""

    AGAIN = "is incomplete or belongs to another folder, so it is made again"

    def assert_made_again(self, folder):
        done = make(folder, "--dry-run", "lab")
        assert done.returncode == 0, done.stderr
        assert self.AGAIN in done.stdout
        assert "-m venv --clear .venv" in done.stdout

    def test_starts_jupyterlab_without_any_installation(self, workbook, tmp_path):
        done = make(workbook(tmp_path / "here"), "lab")
        assert "JupyterLab --LabApp" in done.stdout, done.stderr
        assert self.AGAIN not in done.stdout

    @pytest.mark.parametrize(
        "name", ["with spaces", "with $HOME and $(x)", "with 'quotes' and \"quotes\"", "שלום"]
    )
    def test_works_in_a_path_with_other_characters(self, workbook, tmp_path, name):
        done = make(workbook(tmp_path / name), "lab", PYTHONUTF8="1")
        assert "JupyterLab --LabApp" in done.stdout, done.stderr

    def test_sets_a_copied_folder_up_again(self, workbook, tmp_path):
        original = workbook(tmp_path / "original")
        copy = shutil.copytree(original, tmp_path / "copy", symlinks=True)
        self.assert_made_again(copy)
        assert "JupyterLab --LabApp" in make(original, "lab").stdout

    def test_sets_a_moved_folder_up_again(self, workbook, tmp_path):
        folder = workbook(tmp_path / "original").rename(tmp_path / "moved")
        self.assert_made_again(folder)

    def test_sets_up_again_when_python_is_gone(self, workbook, tmp_path):
        folder = workbook(tmp_path / "here")
        for python in (folder / ".venv" / "bin").glob("python*"):
            python.unlink()
            python.symlink_to(tmp_path / "no such python")
        self.assert_made_again(folder)

    def test_sets_up_again_what_was_installed_elsewhere(self, workbook, tmp_path):
        folder = workbook(tmp_path / "here")
        next(folder.glob(".venv/lib/python*/site-packages/editable.pth")).unlink()
        self.assert_made_again(folder)

    def test_ignores_settings_that_import_or_install_elsewhere(self, workbook, tmp_path):
        folder = workbook(tmp_path / "here")
        (tmp_path / "other" / "labutils").mkdir(parents=True)
        (tmp_path / "other" / "labutils" / "__init__.py").touch()
        (tmp_path / "show.mk").write_text("show:\n\t@env\n")
        settings = ("PYTHONPATH", "PYTHONHOME", "PIP_PREFIX", "PIP_TARGET", "PIP_ROOT", "PIP_USER")
        values = dict.fromkeys(settings, str(tmp_path / "other"))
        done = make(
            folder,
            "-f",
            folder / "Makefile",
            "-f",
            tmp_path / "show.mk",
            "show",
            **(values | {"PYTHONHOME": ""}),
        )
        assert done.returncode == 0, done.stderr
        assert not [line for line in done.stdout.splitlines() if line.split("=")[0] in settings]
        del values["PYTHONHOME"]  # no Python would start
        done = make(folder, "lab", **values)
        assert "JupyterLab --LabApp" in done.stdout, done.stderr

    def test_says_what_it_installs_and_how_large_it_is(self, workbook, tmp_path):
        folder = workbook(tmp_path / "here")
        shutil.rmtree(folder / ".venv")
        done = make(folder, "--dry-run", "lab")
        assert re.search(r"about \d+ MB are downloaded", done.stdout)
        assert "[lab]" in done.stdout
        assert "dev" not in done.stdout

    @pytest.mark.parametrize("installed", [True, False])
    def test_uses_uv_if_it_is_installed(self, workbook, tmp_path, installed):
        folder = workbook(tmp_path / "here")
        shutil.rmtree(folder / ".venv")
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in ("make", "sh", "test", "env", "mktemp"):
            if path := shutil.which(name):
                (tools / name).symlink_to(path)
        if installed:
            (tools / "uv").write_text("#!/bin/sh\n")
            (tools / "uv").chmod(0o755)
        done = make(folder, "--dry-run", "lab", PATH=str(tools))
        assert ("uv pip install" in done.stdout) == installed, done.stdout + done.stderr
        assert ("-m pip install" in done.stdout) != installed

    def test_names_a_python_that_is_too_old(self, workbook, tmp_path):
        folder = workbook(tmp_path / "here")
        shutil.rmtree(folder / ".venv")
        old = tmp_path / "python3.10"
        old.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 10); exec(sys.argv[1])" "$2"\n'
        )
        old.chmod(0o755)
        done = make(folder, "lab", f"PYTHON={old}")
        assert done.returncode != 0
        assert "Python 3.11 or newer is needed" in done.stderr
        assert not (folder / ".venv").exists()


@pytest.mark.parametrize("makefile", MAKEFILES, ids=["workbook", "release"])
def test_make_starts_no_script_whose_first_line_names_a_path(makefile):
    """Such a line cannot hold every path. ruff is a program."""
    found = re.findall(r"(?:\$\(BIN\)|\.venv/bin)/(\w+)", makefile.read_text(encoding="utf-8"))
    assert set(found) <= {"python", "ruff"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no ASCII-only locale")
class TestAnAsciiOnlyLocale:
    """In a path with other letters the error says what helps."""

    def fails(self, tmp_path, file, *command):
        folder = tmp_path / os.fsdecode("שלום".encode())  # this test may itself run in such a locale
        folder.mkdir()
        shutil.copy(file, folder)
        ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        done = subprocess.run([*command, folder], env=os.environ | ascii_only, capture_output=True)
        assert done.returncode != 0
        assert b"set PYTHONUTF8=1" in done.stdout + done.stderr

    @pytest.mark.skipif(not sys.prefix.isascii(), reason="Python itself does not start from its folder there")
    @pytest.mark.slow
    def test_of_pytest(self, tmp_path):
        self.fails(tmp_path, ROOT / "tests" / "conftest.py", sys.executable, "-m", "pytest")

    @needs_make
    @pytest.mark.parametrize("target", ["lab", "test"])
    def test_of_make(self, tmp_path, target):
        self.fails(tmp_path, ROOT / "Makefile", "make", "--dry-run", target, "-C")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of this checkout, unpacked where no checkout is near. It is built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-build-isolation", "--no-deps", "--wheel-dir", folder]
    subprocess.run([*pip, "wheel", *options, ROOT], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.slow
class TestWheel:
    def test_its_loaders_work_from_any_folder(self, wheel, tmp_path):
        code = (
            f"import sys; sys.path.insert(0, {str(wheel)!r})\n"
            "import labutils; from labutils import data, report\n"
            f"assert labutils.__file__.startswith({str(wheel)!r}), labutils.__file__\n"
            "print(data.load_points(), data.load_mnist(), data.load_digits(), len(report.load_rows()), sep='\\n')"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "4,000 to train on" in done.stdout
        assert "9,000 to train on" in done.stdout
        assert "148" in done.stdout

    def test_it_carries_every_data_file_the_licences_and_nothing_of_the_tests(self, wheel):
        for path in (ROOT / "data").rglob("*"):
            if path.is_file() and path.suffix in (".csv", ".npz", ".md", ".json"):
                packed = wheel / "labutils" / "_data" / path.relative_to(ROOT / "data")
                assert packed.read_bytes() == path.read_bytes()
        (info,) = wheel.glob("*.dist-info")
        assert {path.name for path in wheel.iterdir()} == {"labutils", info.name}
        assert {path.name for path in (info / "licenses").iterdir()} == {"LICENSE", "LICENSE-texts"}
        assert (wheel / "labutils" / "py.typed").exists()
