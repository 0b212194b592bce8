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
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labutils.instructor import cells, repository
from labutils.instructor.course import PARTS, Course

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
_TRAIN = {"run", "train", "experiments.run_study", "dying"}  # what trains for long in Part C
_FILLED = {"records", "networks", "losses"}  # the variables there that hold what was trained
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
    left_out = _leave_out(notebook) if part == "C" else set()
    made = []
    for cell in notebook.cells:
        if cell["id"] in left_out:
            made.append(nbformat.v4.new_markdown_cell(_LEFT_OUT, id=f"{cell['id']}-note"))
        elif cell["id"] in reduced:
            made.append(nbformat.v4.new_markdown_cell(_SHORTER, id=f"{cell['id']}-note"))
        made.append(cell)
    made.insert(
        1, nbformat.v4.new_markdown_cell(_NOTE.format(more=_MORE[part]), id=f"{part.lower()}-browser")
    )
    notebook.cells = made
    return notebook


def _leave_out(notebook: NotebookNode) -> set[str]:
    """Remove the statements that train, and those that need their results; the ids of the cells that have changed.

    Definitions and what reads the stored study alone stay, and so do the cells of exercises.
    """
    lost: set[str] = set(_FILLED)
    changed: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type != "code" or cells.role_of(cell) in _NEEDED_ROLES:
            continue
        removed: set[int] = set()
        without_figure = False
        for statement in ast.parse(_without_magic(cell.source)).body:
            assigned, read, called = _variables(statement)
            if read & lost or called & _TRAIN or (without_figure and "Markdown" in called):
                without_figure |= "figures" in read
                removed |= set(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
                lost |= assigned
            else:
                lost -= assigned - _FILLED
        if removed:
            lines = enumerate(cell.source.splitlines(), start=1)
            kept = "\n".join(line for number, line in lines if number not in removed).strip()
            cell.source = kept if ast.parse(kept).body else "# Left out in the browser."
            changed.add(cell["id"])
    return changed


def _without_magic(source: str) -> str:
    """The code of a cell with a comment in place of each line for IPython."""
    return "\n".join(f"#{line}" if line.startswith("%") else line for line in source.splitlines())


def _variables(statement: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """The names that a statement assigns, the others that it reads, and those that it calls at once."""
    nodes = list(ast.walk(statement))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    own = assigned | {node.arg for node in nodes if isinstance(node, ast.arg)}
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}, read - own, set()
    functions = [node.func for node in nodes if isinstance(node, ast.Call)]
    called = {function.id for function in functions if isinstance(function, ast.Name)}
    called |= {ast.unparse(function) for function in functions if isinstance(function, ast.Attribute)}
    return assigned, read - assigned, called


def _collect_wheels(course: Course, folder: Path) -> list[Path]:
    """The wheel of the students' package, which the release has, and those of ipywidgets from PyPI."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), *_WIDGETS]
    subprocess.run(pip, check=True)
    return [course.grading / "repository" / repository.WHEEL, *sorted(folder.glob("*.whl"))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pyodide", type=Path, help="a folder with Pyodide 0.27, for a site without other addresses"
    )
    given = parser.parse_args()
    here = Course(Path(__file__).resolve().parents[2])
    build_site(here, here.root / "build" / "lite", given.pyodide)
    print("build/lite: serve this folder, for example with `python -m http.server --directory build/lite`")
