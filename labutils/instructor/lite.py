"""A site in which the notebooks run in the browser alone (`make lite`): JupyterLite, in build/lite.

Trainings are 50 to 75 times slower there. Part A is whole, Part B trains for fewer epochs, and Part C leaves its own
trainings out. A note above each such cell says so. The ids of cells stay, so that work can be downloaded and graded.
"""

import argparse
import ast
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labutils.instructor import cells, repository
from labutils.instructor.course import PARTS, Course
from labutils.instructor.release import FILES, package_files

_INSTALL = "%pip install -q labutils"  # from the site itself, together with what it needs
_WIDGETS = (
    "ipywidgets",
    "widgetsnbextension",
    "jupyterlab_widgets",
    "comm",
)  # Pyodide has no wheels of these
_NOTE = """*This copy runs in your browser alone. The first cell takes about a minute. {more} Your work is kept in this
browser. To hand it in, choose File > Download.*"""
_MORE = {
    "A": "Nothing is left out.",
    "B": "Networks are trained for fewer epochs than in the other versions, because a step takes much longer here.",
    "C": "Cells that train large networks are left out, because they would take an hour here.",
}
_SHORTER = "*In the browser, the next cell trains for fewer epochs, so its results are worse than elsewhere.*"
_LEFT_OUT = (
    "*This cell is left out in the browser: it trains large networks, or shows what they have learnt.*"
)
# What is replaced in cells of Part B: {id of the cell: {text: new text}}.
_REDUCED = {
    "b-145": {"epochs=20,": "epochs=4,", "After 20 epochs": "After 4 epochs"},
    "b-149": {"epochs=5)": "epochs=1)"},
    "b-170": {
        "epochs=100,": "epochs=10,",
        "after 20 epochs | after 100 epochs": "after 4 epochs | after 10 epochs",
    },
    "b-181": {"epochs=20,": "epochs=2,"},
}
_TRAINING = {"C": ("x-18", "x-45", "x-72")}  # cells that train for long
_NEEDED_ROLES = ("answer", "check", "prediction")  # cells of exercises, which are never left out


def build_site(course: Course, folder: Path, pyodide: Path | None = None) -> None:
    """Build the site in this folder, which is replaced.

    pyodide: a folder with Pyodide 0.27 (pyodide.js, its lock file and wheels), which is copied into the site. Without
    one, a browser loads Pyodide from its public address. Raises `RuntimeError` if a cell is not as expected.
    """
    if pyodide is not None and not (pyodide / "pyodide.js").is_file():
        raise ValueError(f"pyodide: expected a folder with pyodide.js, got {pyodide}")
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        (work / "content").mkdir()
        for part, stem in PARTS.items():
            notebook = nbformat.read(course.release / f"{stem}.ipynb", 4)
            nbformat.write(adapt(notebook, part), work / "content" / f"{stem}.ipynb")
        wheels = _collect_wheels(course, work / "wheels")
        settings: dict[str, object] = {"PipliteAddon": {"piplite_urls": [str(path) for path in wheels]}}
        (work / "jupyter_lite_config.json").write_text(json.dumps(settings), encoding="utf-8")
        kernel = {"pyodideUrl": "./static/pyodide/pyodide.js"} if pyodide else {}
        shown = {
            "appName": "Deep Learning Lab",
            "exposeAppInBrowser": True,
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        }
        site = {"jupyter-lite-schema-version": 0, "jupyter-config-data": shown}
        (work / "jupyter-lite.json").write_text(json.dumps(site), encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlite_core.app", "build", "--lite-dir", str(work)]
        command += ["--contents", str(work / "content"), "--output-dir", str(folder)]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"JupyterLite built no site: {done.stderr[-2000:] or done.stdout[-2000:]}")
    if pyodide is not None:
        shutil.copytree(pyodide, folder / "static" / "pyodide")


def adapt(notebook: NotebookNode, part: str) -> NotebookNode:
    """The notebook as it runs in the browser. Raises `RuntimeError` if a text to replace is not found."""
    found = {cell["id"]: cell for cell in notebook.cells}
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = f"{_INSTALL}\n{first.source}"
    reduced = _REDUCED if part == "B" else {}
    for name, texts in reduced.items():
        for old, new in texts.items():
            if name not in found or found[name].source.count(old) != 1:
                raise RuntimeError(f"{PARTS[part]}, cell {name}: expected the text {old!r} once")
            found[name].source = found[name].source.replace(old, new)
    left_out = _depending_on(notebook, _TRAINING.get(part, ()))
    made = []
    for cell in notebook.cells:
        if cell["id"] in left_out:
            cell = nbformat.v4.new_markdown_cell(_LEFT_OUT, id=cell["id"])
        elif cell["id"] in reduced:
            made.append(nbformat.v4.new_markdown_cell(_SHORTER, id=f"{cell['id']}-note"))
        made.append(cell)
    made.insert(
        1, nbformat.v4.new_markdown_cell(_NOTE.format(more=_MORE[part]), id=f"{part.lower()}-browser")
    )
    notebook.cells = made
    return notebook


def _depending_on(notebook: NotebookNode, names: Sequence[str]) -> set[str]:
    """The ids of these cells and of all that read a variable which only these assign, but for exercises."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if missing := set(names) - {cell["id"] for cell in code}:
        raise RuntimeError(f"expected the cells {', '.join(sorted(missing))}, which train")
    left_out, lost = set(names), set()
    for cell in code:
        assigned, read = _variables(cell.source)
        if cell["id"] in left_out or (read & lost and cells.role_of(cell) not in _NEEDED_ROLES):
            left_out.add(cell["id"])
            lost |= assigned
        else:
            lost -= assigned
    return left_out


def _variables(source: str) -> tuple[set[str], set[str]]:
    """The names that the code of a cell assigns, and the others that it reads."""
    lines = [line for line in source.splitlines() if not line.startswith("%")]
    nodes = list(ast.walk(ast.parse("\n".join(lines))))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    assigned |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own = assigned | {node.arg for node in nodes if isinstance(node, ast.arg)}
    return assigned, {node.id for node in names if isinstance(node.ctx, ast.Load)} - own


def _collect_wheels(course: Course, folder: Path) -> list[Path]:
    """The wheel of the students' package, and those of ipywidgets from PyPI."""
    folder.mkdir()
    repository.build_wheel(_students_files(course), folder)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), *_WIDGETS]
    subprocess.run(pip, check=True)
    return sorted(folder.glob("*.whl"))


def _students_files(course: Course) -> Mapping[str, bytes]:
    """The files of the students' package, by their paths."""
    files = {
        path.relative_to(course.root).as_posix(): path.read_bytes() for path in package_files(course.root)
    }
    return files | {path.name: path.read_bytes() for path in sorted(FILES.iterdir())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pyodide", type=Path, help="a folder with Pyodide 0.27, for a site without other addresses"
    )
    given = parser.parse_args()
    here = Course(Path(__file__).resolve().parents[2])
    build_site(here, here.root / "build" / "lite", given.pyodide)
    print("build/lite: serve this folder, for example with `python -m http.server --directory build/lite`")
