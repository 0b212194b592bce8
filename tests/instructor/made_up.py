"""The tools of a class that never was: a small course, and what a student hands in while it is being written.

The notebooks are the committed ones with their exercises alone, so that one runs in two seconds. What a student saved
is made by running it here, in this process: code that would do harm is not run, and its outputs are made up.
"""

import ast
import contextlib
import inspect
import io
import json
import linecache
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from nbformat import NotebookNode

from labutils.exercises import display, results
from labutils.instructor import cells
from labutils.instructor.course import ASSIGNMENT, PARTS, Course

ROOT = Path(__file__).resolve().parents[2]
SETUP = "import numpy as np\nfrom IPython.display import Markdown\nfrom labutils import exercises"
RESULTS = 'Markdown(exercises.results_page("{}", students, student_numbers, {{}}))'
HELPERS = "def linear(W, b, x)"  # how the cell begins that A6 needs
DATA = ("README.md", "exercises.json", "points.csv")
# The class has points of its own, so that a change of points in the lesson does not change its table, and not the
# exercises that need other cells of their part.
LEFT_OUT = ("B3", "B4", "C1")
POINTS = {
    "B1-prediction": 3,
    "B2-1": 5,
    "B2-2": 5,
    "B2-3": 4,
    "B5-written": 4,
    "B6-written": 5,
    "C2": 5,
    "C8": 6,
}
POINTS |= {"C9": 4, "C4-prediction": 4, "C9-written": 5}


def course(folder: Path) -> Course:
    """A checkout with small notebooks and little data."""
    (folder / ASSIGNMENT).mkdir(parents=True)
    for part, stem in PARTS.items():
        notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", 4)
        notebook.cells = reduced(notebook.cells, part)
        nbformat.write(notebook, folder / ASSIGNMENT / f"{stem}.ipynb")
    instructors = shutil.ignore_patterns("instructor", "__pycache__")
    shutil.copytree(ROOT / "labutils", folder / "labutils", ignore=instructors)
    (folder / "data").mkdir()
    for name in DATA:
        shutil.copy(ROOT / "data" / name, folder / "data")
    for name in ("pyproject.toml", "environment.yml", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return Course(folder)


def reduced(notebook: list[NotebookNode], part: str) -> list[NotebookNode]:
    """The exercises of a notebook with their questions, and what they need to run."""
    kept = [nbformat.v4.new_code_cell(SETUP, id=f"{part.lower()}-setup")]
    for cell in notebook:
        if cells.exercise_of(cell) in LEFT_OUT:
            continue
        grader = cell.metadata.get("nbgrader", {})
        if grader.get("grade_id") in POINTS:
            grader["points"] = POINTS[grader["grade_id"]]
        names = "students" in cell.metadata.get("tags", [])
        if cells.role_of(cell) or names or cell.source.startswith(HELPERS):
            kept.append(cell)
    results = nbformat.v4.new_code_cell(RESULTS.format(part), id=f"{part.lower()}-results")
    return [*kept, results]


def make_releases(course: Course) -> None:
    """Hand out Part A with another text and other points for A3.1, and then the release that is graded."""
    from labutils.instructor.release import make_release

    path = course.source / f"{PARTS['A']}.ipynb"
    content = path.read_bytes()
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cells.exercise_of(cell) == "A3.1" and cells.role_of(cell) == "question":
            cell.source = cell.source.replace("x", "X") + "\n\nWrite the backward pass."
        if cells.grade_id(cell) == "A3-1":
            cell.metadata["nbgrader"]["points"] = 8
    nbformat.write(notebook, path)
    make_release(course)
    path.write_bytes(content)
    make_release(course)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class Hand:
    """What one student hands in, while it is being written."""

    def __init__(self, course: Course, name: str, port: int, bulk: dict[str, dict[str, bytes]]) -> None:
        self.course, self.name, self.port = course, name, port
        self.bulk = bulk  # files in the zips of a learning system, by the name of the zip
        self.saved = False  # whether the files are where they belong
        self.folder = course.submitted / name
        self.parts = {p: nbformat.read(course.release / f"{stem}.ipynb", 4) for p, stem in PARTS.items()}
        self.files: dict[str, bytes | None] = {}  # instead of a notebook: other bytes, or nothing
        self.harmful: set[str] = set()  # ids of cells that are not to be run here

    def notebooks(self, parts: str = "ABC") -> dict[str, bytes]:
        """The notebooks as files with their right names."""
        return {f"{PARTS[part]}.ipynb": json.dumps(self.parts[part]).encode() for part in parts}

    def put(self, files: Mapping[str, bytes], folder: Path | None = None) -> None:
        """Hand in these files in the student's folder, or another one, instead of what `save` writes."""
        self.saved = True
        for name, content in files.items():
            path = (folder or self.folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def upload(self, archive: str, files: Mapping[str, bytes]) -> None:
        """Hand in these files in the zip of a learning system, which lies in grading/submitted as it came."""
        self.saved = True
        self.bulk.setdefault(archive, {}).update(files)

    def name_students(self, part: str, source: str) -> None:
        """Fill in the names cell of a part."""
        (cell,) = (c for c in self.parts[part].cells if "students" in c.metadata.get("tags", []))
        cell.source = source

    def cell(self, name: str) -> NotebookNode:
        """A cell by its grade id."""
        cells = (cell for notebook in self.parts.values() for cell in notebook.cells)
        return next(cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)

    def cells(self, name: str) -> list[NotebookNode]:
        """The cells of the part that an exercise belongs to."""
        return next(n.cells for n in self.parts.values() if any(c is self.cell(name) for c in n.cells))

    def solve(self, parts: str = "ABC") -> None:
        """Fill in the model answers, and written ones in words of this student's own."""
        for part in parts:
            solved = nbformat.read(self.course.source / f"{PARTS[part]}.ipynb", 4)
            for cell in solved.cells:
                grader = cell.metadata.get("nbgrader", {})
                if grader.get("solution") and cell.cell_type == "code":
                    self.cell(grader["grade_id"]).source = re.sub(r"\n *### \w+ SOLUTION", "", cell.source)
                elif grader.get("solution"):
                    self.write(grader["grade_id"], f"I, {self.name}, say of {grader['grade_id']}: it is so.")

    def answer(self, exercise: str, answer: Callable[..., Any] | str) -> None:
        """Fill in code: a text, or a function of the tests under the name that is asked for."""
        cell = self.cell(f"{exercise.replace('.', '-')}-answer")
        if not isinstance(answer, str):
            asked = re.search(r"^def (\w+)", cell.source, re.MULTILINE)
            source = re.sub(r"^@.*\n", "", inspect.getsource(answer), flags=re.MULTILINE)
            answer = re.sub(rf"\b{answer.__name__}\b", asked.group(1), source).strip()
        cell.source = answer

    def write(self, name: str, text: str) -> None:
        self.cell(name).source = text

    def add(self, after: str, source: str, harmful: bool = True, prints: str = "") -> NotebookNode:
        """A cell of the student's own after another one. harmful: not run here; it is saved as if it printed this."""
        cell = nbformat.v4.new_code_cell(source, id=f"own-{len(self.harmful)}-{after}")
        if harmful:
            self.harmful.add(cell.id)
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=prints)] if prints else []
        cells = self.cells(after)
        cells.insert(cells.index(self.cell(after)) + 1, cell)
        return cell

    def run(self, parts: str = "ABC") -> None:
        """Run All, from a fresh start."""
        for part in parts:
            results._results.clear()
            results._replaced.clear()
            names: dict[str, Any] = {"__name__": "__main__"}
            code = [cell for cell in self.parts[part].cells if cell.cell_type == "code"]
            for count, cell in enumerate(code, start=1):
                cell.execution_count = count
                if cell.id not in self.harmful:
                    cell.outputs = outputs_of(cell.source, names, count)

    def save(self) -> None:
        """Write it down as it is handed in."""
        if self.saved:
            return
        (self.folder / ASSIGNMENT).mkdir(parents=True, exist_ok=True)
        for part, stem in PARTS.items():
            path = self.folder / ASSIGNMENT / f"{stem}.ipynb"
            if part not in self.files:
                path.write_text(json.dumps(self.parts[part]), encoding="utf-8")
            elif (content := self.files[part]) is not None:
                path.write_bytes(content)


def outputs_of(source: str, names: dict[str, Any], count: int) -> list[NotebookNode]:
    """The outputs of a cell, as a kernel gives them: what is printed or displayed, and the last value or the error."""
    printed, outputs = io.StringIO(), []

    def flush() -> None:
        if text := printed.getvalue():
            outputs.append(nbformat.v4.new_output("stream", name="stdout", text=text))
            printed.truncate(printed.seek(0))

    def show(message: Any) -> None:
        flush()
        data = {"text/plain": repr(message), "text/html": message._repr_html_()}
        outputs.append(nbformat.v4.new_output("display_data", data))

    file = f"<cell {count}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # as a kernel does
    try:
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with contextlib.redirect_stdout(printed), mock.patch.object(display, "display", show):
            exec(compile(tree, file, "exec"), names)  # noqa: S102  our own cells
            expression = compile(ast.Expression(last.value), file, "eval") if last else None
            value = eval(expression, names) if expression else None  # noqa: S307  our own cells
        flush()
        if value is not None and not hasattr(value, "_ipython_display_"):
            data = {"text/plain": repr(value)}
            data |= {"text/markdown": value.data} if hasattr(value, "_repr_markdown_") else {}
            outputs.append(nbformat.v4.new_output("execute_result", data, execution_count=count))
    except Exception as error:
        flush()
        name = type(error).__name__
        outputs.append(nbformat.v4.new_output("error", ename=name, evalue=str(error), traceback=[name]))
    return outputs


# ---- The class, and what grading should find


@dataclass(frozen=True)
class Row:
    """The points for code by part (of 26, 14 and 15), the exercises without points, the points that wait, the flags.

    A flag is its part and a phrase of it. There is a flag for each phrase, and no other. partly: exercises with a part
    of their points; unused: files that are not used, each named in a note.
    """

    points: tuple[float, float, float]
    lost: str
    waiting: int
    flags: tuple[str, ...] = ()
    partly: str = ""
    unused: tuple[str, ...] = ()


EVERY = "A3-1 A3-2 A3-3 A6 A7-2 B2-1 B2-2 B2-3 C2 C8 C9"
STALE = "saved outputs are not what a re-run gives: "
ALIKE = "the same unusual answer as "

STUDENTS: dict[str, Callable[[Hand], None]] = {}
EXPECTED: dict[str, Row] = {}


def student(name: str, row: Row | None = None) -> Callable[[Callable[[Hand], None]], Callable[[Hand], None]]:
    """What this student hands in. name: of the folder, or as a learning system writes it. row: what is expected."""

    def keep(make: Callable[[Hand], None]) -> Callable[[Hand], None]:
        STUDENTS[name] = make
        if row is not None:
            EXPECTED[name] = row
        return make

    return keep


def shown(name: str) -> str:
    """What a student is called in the tables: a name that can be the name of a folder anywhere."""
    return re.sub(r'[/\\:*?"<>|]', "_", name)


def hand_in(course: Course, port: int) -> None:
    """All of them. port: on which the tests listen, for the one who tries the network."""
    bulk: dict[str, dict[str, bytes]] = {}
    for name, make in STUDENTS.items():
        hand = Hand(course, name, port, bulk)
        make(hand)
        hand.save()
    for name, files in bulk.items():
        (course.submitted / name).write_bytes(zipped(files))
