"""What the first cell of a notebook does where labutils is missing, in every environment. A recorder stands in for pip.

tests/instructor/test_repository.py installs what a release hands out; `python -m tests.clouds` runs whole notebooks.
"""

import json
import os
import subprocess
import sys

import pytest

from ..parts.conftest import PARTS, code_cells, read

ADDRESS = "https://example.org/labutils.whl"
CLOUDS = {"Colab": "COLAB_RELEASE_TAG", "Kaggle": "KAGGLE_KERNEL_RUN_TYPE"}
WHEEL, ZIP, FOLDER = (
    "labutils-1.0-py3-none-any.whl",
    "deep-learning-lab-1.0-12345678.zip",
    "deep-learning-lab",
)

# Runs the cell on stdin without labutils. What pip is told goes to stderr, and labutils is there afterwards.
HARNESS = """
import json, os, subprocess, sys, types

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "labutils":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def record(command, **options):
    if sys.platform == "emscripten":
        raise OSError("emscripten does not support processes.")
    print(json.dumps(command), file=sys.stderr)
    sys.modules["labutils"] = types.SimpleNamespace(check_installation=lambda: "Ready")
    return subprocess.CompletedProcess(command, 0)

sys.platform = sys.argv[1]
sys.meta_path.insert(0, Missing())
subprocess.run = record
exec(compile(sys.stdin.read(), "first cell", "exec"), {"__name__": "__main__"})
"""


def first_cell(address: str = "", datasets: str = "/kaggle/input") -> str:
    """The source of the first cell, with an address of the course and the folder of Kaggle's datasets."""
    source = code_cells(read(PARTS[0]))[0].source
    assert 'WHEEL = ""' in source
    assert '"/kaggle/input"' in source
    return source.replace('WHEEL = ""', f'WHEEL = "{address}"').replace('"/kaggle/input"', repr(datasets))


def run(source, folder, platform=sys.platform, **environment) -> subprocess.CompletedProcess:
    others = {
        key: value for key, value in os.environ.items() if not key.startswith(("COLAB", "KAGGLE", "VSCODE"))
    }
    command = [sys.executable, "-I", "-c", HARNESS, platform]
    options = {
        "cwd": folder,
        "env": others | environment,
        "capture_output": True,
        "text": True,
        "check": False,
    }
    return subprocess.run(command, input=source, **options)


def installed(ended: subprocess.CompletedProcess) -> str:
    """What pip was told to install, once and without dependencies."""
    assert (ended.returncode, ended.stdout) == (0, "Ready\n"), ended.stderr
    *pip, what = json.loads(ended.stderr)
    assert pip[:4] == [sys.executable, "-m", "pip", "install"]
    assert "--no-deps" in pip
    return what


def refused(ended: subprocess.CompletedProcess) -> str:
    """The line in which the cell says what to do; nothing was installed."""
    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = ended.stderr.splitlines()
    return line


def put(folder, *names) -> None:
    """Upload files; a folder of the workbook has the package in it."""
    for name in names:
        path = folder / name / "labutils" / "layers.py" if name == FOLDER else folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize("variable", CLOUDS.values(), ids=CLOUDS)
class TestClouds:
    @pytest.mark.parametrize("file", [WHEEL, ZIP])
    def test_an_uploaded_file_is_installed(self, tmp_path, variable, file):
        put(tmp_path, file)
        assert installed(run(first_cell(), tmp_path, **{variable: "1"})) == file

    def test_a_wheel_is_preferred_because_it_needs_no_network(self, tmp_path, variable):
        put(tmp_path, ZIP, WHEEL)
        assert installed(run(first_cell(), tmp_path, **{variable: "1"})) == WHEEL

    def test_an_uploaded_folder_is_installed(self, tmp_path, variable):
        put(tmp_path, FOLDER)
        notebooks = tmp_path / FOLDER / "notebooks"
        notebooks.mkdir()
        assert installed(run(first_cell(), notebooks, **{variable: "1"})) == ".."

    @pytest.mark.parametrize("files", [[], [ZIP]], ids=["alone", "with a file"])
    def test_the_address_of_a_course_is_installed(self, tmp_path, variable, files):
        put(tmp_path, *files)
        assert installed(run(first_cell(ADDRESS), tmp_path, **{variable: "1"})) == ADDRESS

    def test_without_any_of_them_one_line_says_what_to_upload(self, tmp_path, variable):
        assert "zip" in refused(run(first_cell(), tmp_path, **{variable: "1"}))


@pytest.mark.parametrize("where", ["lab", "datasets/someone/lab"])
@pytest.mark.parametrize("name", [WHEEL, ZIP, FOLDER])
def test_kaggle_installs_a_dataset(tmp_path, where, name):
    """Kaggle unpacks a zip that is uploaded as a dataset."""
    working, datasets = tmp_path / "working", tmp_path / "input"
    working.mkdir()
    put(datasets / where, name)
    ended = run(first_cell(datasets=str(datasets)), working, KAGGLE_KERNEL_RUN_TYPE="Interactive")
    assert installed(ended) == str(datasets / where / name)


@pytest.mark.parametrize("editor", [{}, {"VSCODE_PID": "1", "VSCODE_CWD": "/"}], ids=["Jupyter", "VS Code"])
class TestOwnComputer:
    """Nothing is installed unasked."""

    @pytest.mark.parametrize("address", ["", ADDRESS])
    def test_in_a_folder_of_the_workbook_the_line_installs_that(self, tmp_path, editor, address):
        put(tmp_path, FOLDER)
        notebooks = tmp_path / FOLDER / "notebooks"
        notebooks.mkdir()
        assert "`%pip install -e ..`" in refused(run(first_cell(address), notebooks, **editor))

    def test_elsewhere_the_line_installs_the_address_of_the_course(self, tmp_path, editor):
        assert f"`%pip install {ADDRESS}`" in refused(run(first_cell(ADDRESS), tmp_path, **editor))


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_in_a_browser_the_line_installs_the_wheel_of_the_site(tmp_path, address):
    ended = run(first_cell(address), tmp_path, platform="emscripten")
    assert "`%pip install labutils`" in refused(ended)


@pytest.mark.parametrize("variable", [*CLOUDS.values(), "HOME_OF_NOTHING"])
def test_where_labutils_is_installed_nothing_is_installed(tmp_path, variable):
    there = 'import sys, types\nsys.modules["labutils"] = types.SimpleNamespace(check_installation=lambda: "Ready")\n'
    put(tmp_path, ZIP)
    ended = run(there + first_cell(ADDRESS), tmp_path, **{variable: "1"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Ready\n", "")


def test_every_part_has_the_same_first_cell():
    assert len({code_cells(read(part))[0].source for part in PARTS}) == 1
