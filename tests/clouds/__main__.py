"""The notebooks as on Colab and Kaggle: their package versions, an uploaded zip, no labutils before the first cell.

`python -m tests.clouds [colab] [kaggle]` needs nbgrader and the package index, and takes a few minutes per cloud. What
is tried, and what came of it, is in README.md.
"""

import argparse
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from labutils.instructor.course import Course
from labutils.instructor.release import make_release

from ..instructor.test_release import checkout_of_its_own
from ..matrix.__main__ import pythons
from ..parts.conftest import PARTS, code_cells, read, tags
from ..parts.person import compared
from ..parts.quick_run import HIDDEN

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "build" / "clouds"
TABLE = Path(__file__).with_name("README.md")
HEAD = "| cloud | Python | labutils from | parts | compared | different | other changes | minutes | date |"
UNCOMPARED = {"nbval-skip", "nbval-ignore-output"}
DATASETS = Path("/kaggle/input")
OFFLINE = "--unshare-net"  # of bubblewrap


@dataclass(frozen=True)
class Cloud:
    """A cloud: what tells the first cell where it is, and the version of Python."""

    name: str
    title: str
    variable: str
    python: str

    def interpreter(self) -> str:
        """The Python of the cloud; the newest one if this machine does not have it, and a line that says so."""
        found = pythons()
        if self.python not in found:
            print(f"{self.title} has Python {self.python}. It is not here: {list(found)[-1]} is taken")
        return found.get(self.python, list(found.values())[-1])


CLOUDS = (
    Cloud("colab", "Google Colab", "COLAB_RELEASE_TAG", "3.13"),
    Cloud("kaggle", "Kaggle", "KAGGLE_KERNEL_RUN_TYPE", "3.12"),
)


class Machine:
    """A virtual environment with the packages of a cloud and no others."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.python = HERE / cloud.name / "bin" / "python"
        subprocess.run([cloud.interpreter(), "-m", "venv", "--clear", HERE / cloud.name], check=True)
        self.pip("install", "--no-deps", "-r", str(Path(__file__).with_name(f"{cloud.name}.txt")))
        self.before = self.packages()
        self.version = self.run("--version").split()[1]

    def run(self, *arguments: str) -> str:
        return subprocess.run([self.python, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout

    def pip(self, *arguments: str) -> str:
        return self.run("-m", "pip", "-qq", *arguments)

    def packages(self) -> set[str]:
        return set(self.pip("freeze", "--all").splitlines())

    def changed(self) -> set[str]:
        """The packages that are not what they were, but for labutils."""
        new = self.packages() - self.before
        if not any("labutils" in line for line in new):
            raise RuntimeError(f"packages after the first cell: expected labutils, got {sorted(new)}")
        return {line for line in self.before ^ self.packages() if "labutils" not in line}

    def open(self, part: str, folder: Path, wrap: list[str]) -> tuple[int, list[str]]:
        """Run a part without labutils. How many cells were compared, and the sources of those that differ."""
        self.pip("uninstall", "--yes", "labutils")
        notebook, saved = read(part), read(part)
        for cell in code_cells(notebook):
            cell.outputs, cell.execution_count = [], None
            cell.source = HIDDEN.sub("", cell.source)  # they need the instructor's side
        nbformat.write(notebook, folder / f"{part}.ipynb")
        sockets = {"transport": "ipc", "ip": str(folder / "kernel")}  # need no network
        manager = KernelManager(kernel_name="python3", **sockets if OFFLINE in wrap else {})
        kernel = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        manager.kernel_spec.argv = [*wrap, *kernel]
        others = ("COLAB", "KAGGLE", "LAB_", "PYTEST", "PYTHON", "VIRTUAL_ENV")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(others)}
        environment |= {self.cloud.variable: "1"}
        client = NotebookClient(notebook, km=manager, timeout=900)
        try:
            client.execute(cwd=str(folder), env=environment, stderr=subprocess.DEVNULL)
        finally:
            manager.shutdown_kernel(now=True)
        pairs = list(zip(code_cells(notebook), code_cells(saved), strict=True))
        first = pairs[0][0]
        first.outputs = [output for output in first.outputs if output.get("name") != "stderr"]  # of pip
        pairs = [(new, old) for new, old in pairs if not tags(old) & UNCOMPARED]
        different = [(new, old) for new, old in pairs if compared(new.outputs) != compared(old.outputs)]
        return len(pairs), [new.source for new, _ in different]


def with_dataset(folder: Path) -> list[str]:
    """The command that starts another one which sees this folder as a dataset of Kaggle, to read alone."""
    command = ["bwrap", "--die-with-parent"]
    for path in sorted(Path("/").iterdir()):
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir() and path.name != "kaggle":
            command += ["--dev-bind", str(path), str(path)]
    return [*command, "--ro-bind", str(folder), str(DATASETS / "lab")]


def uploads(cloud: Cloud, course: Course, release: Path, folder: Path) -> Iterator[tuple[str, list, list]]:
    """Every way to upload labutils: its name, the parts to run, and what comes before the command of the kernel."""
    shutil.copy(release, folder)
    yield "the zip next to the notebook", PARTS, []
    (folder / release.name).unlink()
    if cloud.name != "kaggle":
        return
    if not shutil.which("bwrap"):
        print(f"not run: a dataset in {DATASETS}, which needs bubblewrap (bwrap)")
        return
    with tempfile.TemporaryDirectory() as dataset, zipfile.ZipFile(release) as archive:
        archive.extractall(dataset)
        yield "the unpacked zip as a dataset", PARTS[:1], with_dataset(Path(dataset))
    with tempfile.TemporaryDirectory() as dataset:
        [wheel] = (course.grading / "repository").glob("*.whl")
        shutil.copy(wheel, dataset)
        yield "the wheel as a dataset, no network", PARTS[:1], [*with_dataset(Path(dataset)), OFFLINE]


def written_down(key: tuple[str, str], words: list[object]) -> None:
    """A row of the table, in place of the one with the same cloud and way of upload."""
    before, after = TABLE.read_text(encoding="utf-8").split(HEAD)
    known = {}
    for line in after.strip().splitlines()[1:]:
        columns = [column.strip() for column in line.strip("|").split("|")]
        known[columns[0], columns[2]] = line
    known[key] = "| " + " | ".join(map(str, words)) + " |"
    lines = [before + HEAD, "|---" * HEAD.count(" |") + "|", *(known[name] for name in sorted(known))]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def try_cloud(cloud: Cloud, course: Course, release: Path) -> bool:
    """Run the parts on a cloud in every way, and write down what came of it: whether all is as on this machine."""
    machine, good = Machine(cloud), True
    with tempfile.TemporaryDirectory() as folder:
        for how, parts, wrap in uploads(cloud, course, release, Path(folder)):
            began, total, different, changed = time.monotonic(), 0, [], set()
            for part in parts:
                count, sources = machine.open(part, Path(folder), wrap)
                total, different = total + count, different + sources
                changed |= machine.changed()
            letters = ", ".join(part.split("_")[1].upper() for part in parts)
            minutes = f"{(time.monotonic() - began) / 60:.1f}"
            words = [cloud.title, machine.version, how, letters, total, len(different)]
            words += [", ".join(sorted(changed)) or "none", minutes, datetime.date.today()]
            written_down((cloud.title, how), words)
            print(*words, sep=" | ", flush=True)
            print(*(f"another output:\n{source}\n" for source in different), sep="\n", end="")
            good = good and not different and not changed
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [cloud.name for cloud in CLOUDS]
    parser.add_argument("clouds", nargs="*", help=f"{' or '.join(names)} (default: all)")
    given = parser.parse_args().clouds
    if unknown := set(given) - set(names):
        parser.error(f"clouds: got {', '.join(sorted(unknown))}, expected {' or '.join(names)}")
    with tempfile.TemporaryDirectory() as root:
        course = Course(checkout_of_its_own(Path(root)))
        release = make_release(course)
        results = [try_cloud(cloud, course, release) for cloud in CLOUDS if cloud.name in given or not given]
    if not all(results):
        sys.exit("an output or a package differs: see above")


if __name__ == "__main__":
    main()
