"""`make matrix`: the notebooks and the tests as on other machines, as far as this one can imitate them.

Every cell runs `make pytest` in a clone of the last commit, under build/matrix/; its row of the table in
tests/README.md is written when it ends. `make matrix CELLS="oldest wheel"` runs those alone; --fast runs all the
conditions that can be had together in one cell, on a few tests, and writes no table.
"""

import argparse
import datetime
import functools
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from labutils.instructor import sandbox

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "build" / "matrix"
TABLE = ROOT / "tests" / "README.md"
THIS = "{}.{}".format(*sys.version_info)
HEAD = "| cell | what is different | passed | skipped | failed | minutes | date |"

# Bind a folder onto itself for reading alone; a loopback interface is all the network there is.
READ_ONLY = 'mount --bind "{0}" "{0}"; mount -o remount,bind,ro "{0}"'
LOOPBACK = "ip link set lo up"
ODD = "a path with spaces, שלום"
TOGETHER = "Nehalem-1, locale C, read-only, path, no-home, no-network and windows-line-ends at once"

EVERYTHING = "notebooks tests"
# Browsers and grading are tested with other packages, and with all surroundings at once.
SMALL = f'{EVERYTHING} -m "not browser and not instructor"'
QUICK = "notebooks/part_a_logistic_regression.ipynb tests/test_layers.py tests/test_data.py tests/report/test_tables.py"
# About files that a wheel does not carry.
OF_THE_CHECKOUT = (
    "tests/browser",
    "tests/instructor",
    "tests/parts",
    "tests/test_architecture.py",
    "tests/test_documents.py",
    "tests/test_packaging.py",
    "tests/test_security.py",
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class Cell:
    """One way to run the tests.

    stack: the virtual environment; "own" is that of this checkout, "" one that `make` makes anew, "python3.14" one of
    that Python, "numpy2.5" one with that NumPy. wrap: shell commands that come first, in name spaces of their own
    (Linux). folder: the name of the checkout.
    """

    name: str
    different: str
    stack: str = "newest"
    environment: dict[str, str] = field(default_factory=dict)
    wrap: tuple[str, ...] = ()
    folder: str = ""
    git: tuple[str, ...] = ()
    tests: str = EVERYTHING


def cells() -> Iterator[Cell]:
    """The whole matrix, in the order of its table."""
    for core in ("Nehalem", "Haswell", "SkylakeX", "Zen"):
        for threads in ("1", "2"):
            blas = {"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": threads}
            yield Cell(
                f"{core}-{threads}",
                f"BLAS kernels of {core}, threads: {threads}",
                environment=blas,
                tests=SMALL,
            )
    yield Cell("oldest", f"the oldest packages that pyproject.toml admits, Python {THIS}", "oldest")
    yield Cell("newest", f"the newest packages that pyproject.toml admits, Python {THIS}")
    for version in PYTHONS:
        if version != THIS:
            yield Cell(f"python{version}", f"Python {version}", f"python{version}")
    yield Cell("numpy2.5", "NumPy 2.5, the newest Python", "numpy2.5")
    for cell in (
        Cell("locale-c", "locale C, without Python's UTF-8 mode", environment=locale("C")),
        Cell("locale-de", "locale de_DE.UTF-8", environment=locale("de_DE.UTF-8")),
        Cell("locale-he", "locale he_IL.UTF-8", environment=locale("he_IL.UTF-8")),
        Cell("read-only", "a checkout that cannot be written to", wrap=(READ_ONLY.format("$CHECKOUT"),)),
        Cell("path", "a path with spaces and Hebrew letters", stack="", folder=ODD),
        Cell("no-home", "a home folder that cannot be written to", wrap=(READ_ONLY.format("$HOME"),)),
        Cell("no-network", "no network but loopback", wrap=(LOOPBACK,)),
        Cell("windows-line-ends", "a checkout with CRLF line ends", git=("-c", "core.autocrlf=true")),
    ):
        yield replace(cell, tests=SMALL)
    yield replace(fast(), name="together", different=TOGETHER, stack="newest", tests=EVERYTHING)
    yield Cell(
        "wheel",
        "an installed wheel, no labutils in the checkout",
        "wheel",
        tests=" --ignore ".join((EVERYTHING, *OF_THE_CHECKOUT)),
    )


def fast() -> Cell:
    """Everything that can be had together."""
    return Cell(
        "fast",
        "all at once",
        "own",
        environment={"LC_ALL": "C", "OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "1"},
        wrap=(READ_ONLY.format("$CHECKOUT"), READ_ONLY.format("$HOME"), LOOPBACK),
        folder=ODD,
        git=("-c", "core.autocrlf=true"),
        tests=QUICK,
    )


@functools.cache
def pythons() -> dict[str, str]:
    """{version: interpreter} of every Python found that is new enough, the newest of each minor version."""
    found = {}
    folders = [*os.environ["PATH"].split(os.pathsep), *Path.home().glob(".pyenv/versions/*/bin")]
    for path in (Path(folder) / f"python3.{minor}" for folder in folders for minor in range(11, 30)):
        run = (
            subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            if path.exists()
            else None
        )
        if run and run.returncode == 0:
            found.setdefault(path.name.removeprefix("python"), str(path))
    return dict(sorted(found.items(), key=lambda item: int(item[0].split(".")[1])))


def locale(name: str) -> dict[str, str]:
    """The environment of a locale, from build/matrix/locales; without Python's own UTF-8 mode."""
    return {"LC_ALL": name, "LOCPATH": str(HERE / "locales"), "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def make_locale(name: str) -> None:
    """Make a locale under build/matrix/locales, whatever the system has."""
    target = HERE / "locales" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if name != "C" and not target.exists():
        subprocess.run(["localedef", "-i", name.split(".")[0], "-f", "UTF-8", target], check=True)


def floors() -> list[str]:
    """pip's constraints: the lowest versions that pyproject.toml admits for the notebooks, JupyterLab and pytest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    pytest = [text for text in extras["dev"] if text.startswith("pytest>=")]
    lowest: dict[str, Version] = {}
    for requirement in map(Requirement, [*project["dependencies"], *extras["lab"], *pytest]):
        version = Version(next(iter(requirement.specifier)).version)
        lowest[requirement.name] = max(version, lowest.get(requirement.name, version))
    return [f"{name}=={version}" for name, version in lowest.items()]


def installed(name: str) -> Path:
    """The virtual environment of a stack, made when it is first asked for."""
    if name == "own":
        return ROOT / ".venv"
    folder = HERE / "stacks" / name
    if (folder / "ready").exists() and name != "wheel":  # which would hold the code of that time
        return folder
    python = interpreter(name)
    constraints = {"oldest": floors(), "numpy2.5": ["numpy==2.5.*"]}.get(name, [])
    extras = "dev" if name == "oldest" else "dev,instructor"  # nbgrader needs a newer JupyterLab
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    (folder / "constraints.txt").write_text("\n".join(constraints) + "\n", encoding="utf-8")
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    pip += ["--constraint", folder / "constraints.txt"]
    editable = [] if name == "wheel" else ["--editable"]
    subprocess.run([*pip, *editable, f"{ROOT}[{extras}]"], check=True)
    (folder / "ready").touch()
    return folder


def interpreter(stack: str) -> str:
    """The Python of a stack; "" if this machine does not have it."""
    if stack == "numpy2.5":  # which needs Python 3.12
        return list(pythons().values())[-1]
    if stack.startswith("python"):
        return pythons().get(stack.removeprefix("python"), "")
    return sys.executable


def clone(cell: Cell) -> Path:
    """A fresh clone of the last commit for a cell."""
    checkout = HERE / "checkouts" / (cell.folder or cell.name)
    shutil.rmtree(checkout, ignore_errors=True)
    subprocess.run(["git", *cell.git, "clone", "--quiet", ROOT, checkout], check=True)
    if cell.stack == "wheel":
        shutil.rmtree(checkout / "labutils")
    return checkout


def run(cell: Cell) -> dict[str, int] | str:
    """Run a cell's tests: how many passed, were skipped, failed. What was printed is in build/matrix/NAME.log.

    If this machine does not have the cell's Python, or its processor not the instructions of the cell's BLAS kernels,
    the result is a sentence that says so.
    """
    if cell.stack and not interpreter(cell.stack):
        return f"{cell.different} is not on this machine"
    make_locale(cell.environment.get("LC_ALL", "C"))
    checkout, home = clone(cell), HERE / "home"
    home.mkdir(exist_ok=True)
    if cell.stack:
        (checkout / ".venv").symlink_to(installed(cell.stack))
    else:
        subprocess.run(["make", "--silent", ".venv/instructor"], cwd=checkout, check=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LAB_", "PYTEST_", "MAKE"))}
    environment |= {"CHECKOUT": str(checkout), "HOME": str(home), "COLUMNS": "120"} | cell.environment
    if "OPENBLAS_CORETYPE" in cell.environment:
        product = "import numpy; numpy.ones((300, 300)) @ numpy.ones((300, 300))"
        kernels = subprocess.run([checkout / ".venv/bin/python", "-c", product], env=environment, check=False)
        if kernels.returncode:
            return f"this processor does not have the instructions of the {cell.different}"
    command = ["make", "pytest", f"TESTS={cell.tests}"]
    if cell.wrap:
        lines = ["set -e", *cell.wrap, 'cd "$CHECKOUT"', 'exec "$@"']
        network = ["--net"] if LOOPBACK in cell.wrap else []
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]  # root needs none to mount
        unshare = ["unshare", *user, "--mount", *network]
        command = [*unshare, "sh", "-c", "\n".join(lines), "sh", *command]
    log = HERE / f"{cell.name}.log"
    with log.open("wb") as output:
        ended = subprocess.run(
            command, cwd=checkout, env=environment, stdout=output, stderr=output, check=False
        )
    summaries = re.findall(r"^=+ (.* in [\d.]+s.*) =+$", log.read_text("utf-8", "replace"), re.MULTILINE)
    found = {"passed": 0, "skipped": 0, "failed": 0}
    for count, word in re.findall(r"(\d+) (passed|skipped|failed|error)", "".join(summaries[-1:])):
        found[word.replace("error", "failed")] += int(count)
    if ended.returncode and not found["failed"]:  # it did not come to the tests
        found["failed"] = 1
    return found


def written_down(cell: Cell, words: Sequence[object]) -> None:
    """A cell's row in the table of tests/README.md, in place of the one that is there."""
    text = TABLE.read_text(encoding="utf-8")
    before, after = text.split(HEAD)
    rows, rest = re.match(r"((?:\n\|.*)*)(.*)", after, re.DOTALL).groups()
    known = {row.split("|")[1].strip(): row for row in rows.strip().splitlines()[1:]}
    known[cell.name] = "| " + " | ".join(map(str, [cell.name, cell.different, *words])) + " |"
    order = [one.name for one in cells()]
    lines = [known[name] for name in order if name in known]
    table = "\n".join([HEAD, "|---|---|---|---|---|---|---|", *lines])
    TABLE.write_text(before + table + (rest or "\n"), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cells", nargs="*", help="names of cells (default: all)")
    parser.add_argument(
        "--fast", action="store_true", help="all conditions at once, on a few tests, no table"
    )
    parser.add_argument(
        "--floors", action="store_true", help="print the oldest versions, for pip's --constraint"
    )
    given = parser.parse_args()
    if given.floors:
        print(*floors(), sep="\n")
        return
    HERE.mkdir(parents=True, exist_ok=True)
    chosen = (
        [fast()] if given.fast else [cell for cell in cells() if cell.name in given.cells or not given.cells]
    )
    if unknown := set(given.cells) - {cell.name for cell in chosen}:
        sys.exit(
            f"no cell is called {', '.join(sorted(unknown))}: expected {', '.join(c.name for c in cells())}"
        )
    red, apart = [], sandbox.isolates()
    for cell in chosen:
        if cell.wrap and not apart:
            print(f"{cell.name}: not run: it needs Linux name spaces (unshare) that a user may make")
            continue
        began = time.monotonic()
        found = run(cell)
        if isinstance(found, str):
            print(f"{cell.name}: not run: {found}", flush=True)
            written_down(cell, [f"not run: {found}", "", "", "", datetime.date.today()])
            continue
        minutes = f"{(time.monotonic() - began) / 60:.1f}"
        words = [found["passed"], found["skipped"], found["failed"], minutes, datetime.date.today()]
        print(
            f"{cell.name}: {words[0]} passed, {words[1]} skipped, {words[2]} failed, {minutes} min",
            flush=True,
        )
        if not given.fast:
            written_down(cell, words)
        if found["failed"]:
            red.append(cell.name)
            print((HERE / f"{cell.name}.log").read_text("utf-8", "replace")[-6000:])
    if red:
        sys.exit(f"look into {HERE.relative_to(ROOT)}/NAME.log of: {', '.join(red)}")


if __name__ == "__main__":
    main()
