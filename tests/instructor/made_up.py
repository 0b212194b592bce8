"""A class of thirty that never was: a small course, what each student hands in, and what grading should find.

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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from nbformat import NotebookNode

from labutils._internal.data_files import fingerprint
from labutils.exercises import answers, display, results
from labutils.exercises.cases import load_exercises
from labutils.instructor import cells
from labutils.instructor.course import ASSIGNMENT, PARTS, Course

from ..exercises import test_answers as written_before
from . import attacks

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


class Hand:
    """What one student hands in, while it is being written."""

    def __init__(self, course: Course, name: str, port: int) -> None:
        self.course, self.name, self.port = course, name, port
        self.folder = course.submitted / name
        self.parts = {p: nbformat.read(course.release / f"{stem}.ipynb", 4) for p, stem in PARTS.items()}
        self.files: dict[str, bytes | None] = {}  # instead of a notebook: other bytes, or nothing
        self.harmful: set[str] = set()  # ids of cells that are not to be run here

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


STUDENTS: dict[str, Callable[[Hand], None]] = {}


def student(name: str) -> Callable[[Callable[[Hand], None]], Callable[[Hand], None]]:
    """What this student hands in. The name is that of the folder."""

    def keep(make: Callable[[Hand], None]) -> Callable[[Hand], None]:
        STUDENTS[name] = make
        return make

    return keep


def hand_in(course: Course, port: int) -> None:
    """All thirty. port: on which the tests listen, for the one who tries the network."""
    for name, make in STUDENTS.items():
        hand = Hand(course, name, port)
        make(hand)
        hand.save()


# ---- Those with nothing to find


@student("perfect")
def _(hand):
    hand.solve()
    hand.run()


@student("perfect in loops")
def _(hand):
    hand.solve()
    hand.answer("A3.1", written_before.linear_by_loops)
    hand.answer("A3.2", written_before.sigmoid_by_loops)
    hand.answer("A3.3", written_before.nll_by_loops)
    hand.answer("A6", written_before.descent_by_samples_added_up)
    hand.answer("A7.2", written_before.bound_by_power_iteration)
    hand.answer("B2.1", written_before.softmax_by_columns)
    hand.answer("B2.2", written_before.softmax_backward_by_loops)
    hand.answer("B2.3", written_before.scores_gradient_as_lists)
    hand.answer("C2", written_before.step_by_a_loop)
    hand.answer("C8", written_before.size_by_rounding)
    hand.answer("C9", written_before.centred_by_loops)
    hand.run()


@student("perfect by einsum")
def _(hand):
    hand.solve()
    hand.answer("A3.1", written_before.linear_by_einsum)
    hand.answer("A3.3", written_before.nll_by_masks)
    hand.answer("A7.2", written_before.bound_by_svd)
    hand.answer("B2.2", written_before.softmax_backward_by_einsum)
    hand.run()


@student("empty")
def _(hand):
    pass


@student("empty but run")
def _(hand):
    hand.run()


@student("Part A alone")
def _(hand):
    hand.solve("A")
    hand.run()


@student("two exercises")
def _(hand):
    hand.answer("A3.2", "def sigmoid_backward(p, dp):\n    return p * (1 - p) * dp")
    hand.answer("C9", written_before.centred_by_a_projection)
    hand.write("B5-written", "The five.")
    hand.run()


@student("partly done")
def _(hand):
    hand.solve()
    for name in ("A3-2-answer", "A6-answer", "B2-2-answer", "A7-1-written"):
        blank = nbformat.read(hand.course.release / f"{PARTS[name[0]]}.ipynb", 4)
        (source,) = (c.source for c in blank.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
        hand.cell(name).source = source
    hand.run()


# ---- Those who are wrong


@student("known mistakes")
def _(hand):
    hand.solve()
    hand.answer("A3.1", written_before.weights_averaged)
    hand.answer("A3.2", written_before.sigmoid_without_one_minus_p)
    hand.answer("A3.3", written_before.nll_of_the_likelihood)
    hand.answer("A7.2", written_before.bound_without_quarter)
    hand.answer("B2.1", written_before.softmax_without_shift)
    hand.answer("B2.3", written_before.scores_gradient_labels_from_one)
    hand.answer("C2", written_before.l2_on_biases)
    hand.answer("C9", written_before.centred_by_image)
    hand.run()


@student("wrong everywhere")
def _(hand):
    hand.solve()
    hand.answer("A3.1", written_before.bias_not_summed)
    hand.answer("A3.2", written_before.sigmoid_in_place)
    hand.answer("A3.3", written_before.nll_with_the_log_of_zero)
    hand.answer(
        "A6", "def train_by_hand(x, t, W, b, learning_rate, steps):\n    raise NotImplementedError('later')"
    )
    hand.answer("A7.2", written_before.bound_of_a_matrix_that_is_not_square)
    hand.answer("B2.1", written_before.softmax_in_place)
    hand.answer("B2.2", "def softmax_backward(y, dy)\n    return y * dy")  # no Python
    hand.answer("B2.3", "scores_gradient = 3")
    hand.answer("C2", written_before.velocities_not_returned)
    hand.answer("C8", written_before.size_in_a_list)
    hand.answer("C9", written_before.bytes_wrap_around)
    hand.run()


@student("learned by heart")
def _(hand):
    hand.solve()
    cases = load_exercises()["C8"].cases
    table = {round(float(case.given["accuracies"].sum()), 2): int(case.expected[0]) for case in cases}
    hand.answer(
        "C8", f"def batch_size(accuracies):\n    return {table}.get(round(float(accuracies.sum()), 2), 1)"
    )
    hand.run()


# ---- Those who take it from elsewhere


@student("calls the library")
def _(hand):
    hand.solve()
    hand.answer(
        "A3.1",
        "from labutils.layers import Linear\n\n\ndef linear_backward(W, x, dz):\n"
        "    layer = Linear(*W.shape, np.random.default_rng(0))\n"
        "    layer.params = {'W': W, 'b': np.zeros(W.shape[1])}\n    layer.forward(x.T)\n"
        "    dx = layer.backward(dz.T)\n    return layer.grads['W'], layer.grads['b'][:, None], dx.T",
    )
    hand.answer("C8", "def batch_size(accuracies):\n    return reference.REFERENCE['C8'](accuracies)")
    own = "from labutils.exercises import reference\nfrom labutils.data import Dataset as D"
    hand.add("C2", own, harmful=False)
    hand.answer(
        "C9",
        "def centre(train, validation):\n    y, v = (np.zeros(len(x.T), int) for x in (train, validation))\n"
        "    data = D('x', 2, train.T.astype(float), y, validation.T.astype(float), v).centred()\n"
        "    return data.x_train.T, data.x_validation.T",
    )
    hand.run()


@student("copies the library")
def _(hand):
    hand.solve()
    hand.answer(
        "C8",
        "def batch_size(accuracies):\n    sizes = np.arange(1, 10_001)[:, None]\n"
        "    nearest = 100 * np.round(accuracies / 100 * sizes) / sizes\n"
        "    fitting = sizes[(np.abs(nearest - accuracies) <= 0.0051).all(axis=1)]\n"
        "    return int(fitting[0, 0])",
    )
    hand.run()


UNUSUAL = """def train_by_hand(x, t, W, b, learning_rate, steps):
    k = 0
    while k < steps:
        p = 1 / (1 + np.exp(-(W.T @ x + b)))
        for i in range(3):
            dz = (p - t) * 1.5
        W = W - learning_rate * (x @ dz.T) / 2
        b = b - learning_rate * dz.sum() / 2
        k = k + 1
    return W, b
"""


@student("first of two alike")
def _(hand):
    hand.solve()
    hand.answer("A6", UNUSUAL)
    hand.write(
        "B6-written", "I do not agree, as the curves of the small ones cross those of the large ones twice."
    )
    hand.run()


@student("=second of two alike")  # a name that a spreadsheet would take for a formula
def _(hand):
    hand.solve()
    renamed = re.sub(r"\bdz\b", "delta", re.sub(r"\bk\b", "step", UNUSUAL))
    hand.answer("A6", renamed.replace("    while", "    # my own loop\n    while"))
    hand.write(
        "B6-written",
        "I do **not** agree,\nas the curves of the small ones cross those of the large ones twice!",
    )
    hand.run()


# ---- Those whose notebooks are not what a run from the top gives


@student("edited output")
def _(hand):
    hand.solve()
    hand.answer("A3.2", written_before.sigmoid_without_p)
    hand.run()
    hand.cell("A3-2").outputs[0].data["text/plain"] = "✓ A3.2: all public checks passed (8 inputs)."
    hand.parts["B"].cells[-1].outputs = []  # only cleared


@student("out of order")
def _(hand):
    hand.solve()
    hand.run("AB")
    hand.cell("A3-1-answer").execution_count = 40  # run again, later
    for name in ("B2-2", "B2-3"):
        hand.cell(name).update(execution_count=None, outputs=[])
    # and Part C as it was typed


@student("edited checks")
def _(hand):
    hand.solve()
    hand.answer("A3.1", written_before.all_signs_flipped)
    hand.answer("B2.1", written_before.softmax_minus)
    hand.answer("C8", "def batch_size(accuracies):\n    return 128")
    hand.cell("A3-1").source = "print('A3.1: all public checks passed (6 inputs of different shapes).')"
    hand.run()
    hand.cell("B2-1").metadata["nbgrader"]["points"] = 500
    hand.cell("B2-2").metadata["nbgrader"] |= {"solution": True, "locked": False}
    hand.cell("B2-3").metadata["nbgrader"]["grade"] = False
    hand.cell("C8").metadata["tags"] = ["skip-execution"]
    check = hand.cell("C2")
    check.update(cell_type="markdown", source="passed")
    del check["outputs"], check["execution_count"]


@student("changed data")
def _(hand):
    hand.solve()
    hand.run()
    (hand.folder / "data").mkdir(parents=True)
    shutil.copy(hand.course.root / "data" / "exercises.json", hand.folder / "data")  # as handed out
    (hand.folder / "data" / "points.csv").write_text("x1,x2,label,held_out\n1,2,0,0\n")
    (hand.folder / "labutils" / "exercises").mkdir(parents=True)
    (hand.folder / "labutils" / "exercises" / "results.py").write_text(
        "def check(name, answer):\n    print('passed')\n"
    )
    (output,) = hand.parts["A"].cells[-1].outputs
    output.data["text/markdown"] = output.data["text/markdown"].replace(fingerprint(), "01234567")


@student("another release")
def _(hand):
    hand.solve()
    hand.run()
    hand.parts["A"].metadata["labutils"] = {"release": "0.0.9-deadbeef", "part": "A"}
    del hand.parts["B"].metadata["labutils"]
    hand.parts["B"].nbformat_minor = 0  # as other editors save
    for cell in hand.parts["B"].cells:
        del cell["id"]
    hand.parts["C"].metadata["labutils"] = ["no", "dictionary"]


# ---- Those whose files are broken


@student("renamed files")
def _(hand):
    hand.solve()
    hand.run()
    hand.files = {"A": None, "B": None, "C": None}
    (hand.folder / ASSIGNMENT).mkdir(parents=True)
    (hand.folder / "part_a (1).ipynb").write_text(json.dumps(hand.parts["A"]), encoding="utf-8")
    (hand.folder / ASSIGNMENT / "חלק ב.ipynb").write_text(json.dumps(hand.parts["B"]), encoding="utf-8")


@student("broken files")
def _(hand):
    hand.files = {"A": b'{"cells": [', "B": b"", "C": b'["a list"]'}


@student("large and linked")
def _(hand):
    hand.solve()
    hand.run()
    hand.files = {"A": b" " * 60_000_000, "B": None, "C": None}
    (hand.folder / ASSIGNMENT).mkdir(parents=True)
    (hand.folder / ASSIGNMENT / f"{PARTS['B']}.ipynb").symlink_to(hand.course.source / f"{PARTS['B']}.ipynb")
    (hand.folder / ASSIGNMENT / f"{PARTS['C']}.ipynb").mkdir()


@student("cells lost and doubled")
def _(hand):
    hand.solve()
    for name in ("A3-1", "A3-3-answer", "A7-1-written"):
        hand.cells(name).remove(hand.cell(name))
    cells = hand.cells("B2-1")
    for name, source in (("B2-1-answer", "softmax = None"), ("B2-2", "")):  # a draft, and a check
        copied = nbformat.from_dict(json.loads(json.dumps(hand.cell(name))))
        copied.id, copied.source = f"copy-{name}", source or copied.source
        cells.insert(cells.index(hand.cell(name)), copied)
    hand.run()


@student("strange metadata")
def _(hand):
    hand.solve()
    a, b, c = (hand.parts[part].cells for part in "ABC")
    hand.add("A3-2", "# half of an emoji: \ud83d")
    hand.write("A7-1-written", "half of an emoji: \ud83d, and \x00; " + "[" * 50_000)
    hand.run()
    hand.cell("A3-2-answer").metadata["nbgrader"] = {"grade_id": "A3-2-answer", "solution": "yes"}
    a[-1].metadata["nbgrader"] = {"grade_id": "unknown", "grade": True, "points": 1000, "solution": False}
    for cell in b:
        cell.id = "b"
    a[1].metadata["nbgrader"] = ["no", "dictionary"]
    a[0].metadata["tags"] = 5
    hand.parts["B"].metadata["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    b[0].metadata |= {"tags": ["nested", ["tags"]]}
    c[2].metadata["nbgrader"] = {"grade_id": "C2", "grade": True, "points": "many", "solution": {}}
    c[-1].outputs[0].metadata = {"labutils": 5}


# ---- Those whose code does harm


@student("Endless")  # first of all, as it takes long
def _(hand):
    hand.solve()
    hand.add("A3-2", "import time\n\nwhile True:\n    time.sleep(0.1)")
    hand.add("C2", "while True:\n    print('endless ' * 100)")
    hand.run()
    hand.answer("B2.2", "def softmax_backward(y, dy):\n    while True:\n        pass")


@student("Ends its kernel")
def _(hand):
    hand.solve()
    hand.add("A3-2", "import os\n\nos._exit(1)")
    hand.add("B2-1", "hog = [np.empty(10**8) for _ in range(1000)]")
    hand.add(
        "C2", "import signal\nimport time\n\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(1000)"
    )
    hand.run()


SPY = """
import pathlib
import socket
import subprocess
import labutils

reached, root = [], pathlib.Path({root!r})
for folder in ("grading", "notebooks"):
    subprocess.run(["umount", str(root / folder)], capture_output=True)
    reached += [str(path) for path in (root / folder).rglob("*")]
for path in (pathlib.Path(labutils.__file__).with_name("spied.txt"), root / "spied.txt"):
    subprocess.run(["mount", "-o", "remount,bind,rw", str(path.parent)], capture_output=True)
    try:
        path.write_text("I was here")
        reached.append(str(path))
    except OSError:
        pass
others = pathlib.Path.cwd().parent
reached += [str(path) for path in others.glob("*/in.ipynb") if path.parent != pathlib.Path.cwd()]
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=2)
    reached.append("the network")
except OSError:
    pass
print("reached:", reached)
"""


@student("spies")
def _(hand):
    hand.solve()
    hand.add("A3-2", SPY.format(root=str(hand.course.root), port=hand.port), prints="reached: []\n")
    hand.run()


@student("cheats")
def _(hand):
    hand.solve()
    hand.add("A3-2", "from labutils.instructor import bank\n\nbank.require = lambda name, answer: None")
    fake = "import sys\nimport types\n\nfake = types.ModuleType('bank')\nfake.require = print\n"
    fake += "sys.modules['labutils.instructor.bank'] = fake\nimport labutils.instructor\n"
    hand.add("B2-1", fake + "labutils.instructor.bank = fake")
    hand.add(
        "C2",
        f"from labutils.exercises import answers\n\nanswers.{answers.diagnose.__name__} = lambda *given: ''",
    )
    hand.run()
    hand.answer("A3.3", written_before.nll_of_the_likelihood)
    hand.answer("B2.3", written_before.scores_gradient_flipped)
    hand.answer("C9", written_before.centred_by_one_number)


@student("<img src=x onerror=window.pwned=1> \"דנה לוי\" & 'co'")
def _(hand):
    hand.solve()
    (names,) = (c for c in hand.parts["A"].cells if "students" in c.metadata.get("tags", []))
    names.source = (
        'students = ["=HYPERLINK(1)", "<script>window.pwned=1</script>"]\n'
        'student_numbers = ["012345678", "@SUM(1)"]'
    )
    hand.run()
    texts = attacks.HTML + attacks.MARKDOWN + [f"${tex}$" for tex in attacks.FORMULAS]
    ids = [
        c.metadata["nbgrader"]["grade_id"]
        for n in hand.parts.values()
        for c in n.cells
        if c.cell_type == "markdown" and "nbgrader" in c.metadata
    ]
    for i, name in enumerate(ids):
        hand.write(name, f"# {name}\n\n" + "\n\n".join(texts[i :: len(ids)]))
    hand.parts["B"].cells[0].outputs = attacks.OUTPUTS[:2]


# ---- What grading should find, written by hand


@dataclass(frozen=True)
class Row:
    """The points for code by part (of 26, 14 and 15), the exercises without points, the points that wait, the flags.

    A flag is its part and a phrase of it. There is a flag for each phrase, and no other.
    """

    points: tuple[int, int, int]
    lost: str
    waiting: int
    flags: tuple[str, ...] = ()


EVERY = "A3-1 A3-2 A3-3 A6 A7-2 B2-1 B2-2 B2-3 C2 C8 C9"
STALE = "saved outputs are not what a re-run gives: "
ALIKE = "the same unusual answer as "

EXPECTED = {
    "perfect": Row((26, 14, 15), "", 45),
    "perfect in loops": Row((26, 14, 15), "", 45),
    "perfect by einsum": Row((26, 14, 15), "", 45),
    "empty": Row((0, 0, 0), EVERY, 0, tuple(f"{part}: saved without having been run" for part in "ABC")),
    "empty but run": Row((0, 0, 0), EVERY, 0),
    "Part A alone": Row((26, 0, 0), "B2-1 B2-2 B2-3 C2 C8 C9", 9),
    "two exercises": Row((4, 0, 4), "A3-1 A3-3 A6 A7-2 B2-1 B2-2 B2-3 C2 C8", 4),
    "partly done": Row((16, 9, 15), "A3-2 A6 B2-2", 42),
    "known mistakes": Row((6, 5, 6), "A3-1 A3-2 A3-3 A7-2 B2-1 B2-3 C2 C9", 45),
    "wrong everywhere": Row((0, 0, 0), EVERY, 45),
    "learned by heart": Row((26, 14, 9), "C8", 45),
    "calls the library": Row(  # its version of C8 says that it is no answer
        (26, 14, 9),
        "C8",
        45,
        (
            "A: A3-1-answer calls the library: Linear, .forward, .backward, from labutils.layers import Linear",
            "C: C8-answer calls the library: reference",
            "C: C9-answer calls the library: .centred",
        ),
    ),
    "copies the library": Row(
        (26, 14, 15), "", 45, ("C: C8-answer has 55 tokens in a row of the library's source",)
    ),
    "first of two alike": Row(
        (20, 14, 15),
        "A6",
        45,
        (f"A: A6-answer: {ALIKE}=second of two alike", f"B: B6-written: {ALIKE}=second of two alike"),
    ),
    "=second of two alike": Row(
        (20, 14, 15),
        "A6",
        45,
        (f"A: A6-answer: {ALIKE}first of two alike", f"B: B6-written: {ALIKE}first of two alike"),
    ),
    "edited output": Row((22, 14, 15), "A3-2", 45, (f"A: {STALE}A3-2", f"B: {STALE}cell 20 (not run)")),
    "out of order": Row(
        (26, 14, 15),
        "",
        45,
        (
            "A: cells were run out of order",
            "B: 2 of 9 cells were not run",
            f"B: {STALE}B2-2 (not run), B2-3 (not run)",
            "C: saved without having been run",
        ),
    ),
    "edited checks": Row(  # the check of A6 replaces a wrong A3.1, so A6 was right when it was saved, too
        (20, 9, 9),
        "A3-1 B2-1 C8",
        45,
        (
            "A: check cells edited: A3-1",
            f"A: {STALE}A3-1",
            "B: kind or points of cells changed: B2-1, B2-2, B2-3",
            "C: check cells edited: C2",
            "C: kind or points of cells changed: C2",
            f"C: {STALE}C2 (not run)",
        ),
    ),
    "changed data": Row(
        (26, 14, 15),
        "",
        45,
        (
            "A: changed data: the page of results was made with other data files",
            "A: changed data: data/points.csv",
            "A: changed package: labutils/exercises/results.py",
            f"A: {STALE}cell 25",
        ),
    ),
    "another release": Row(
        (26, 14, 15),
        "",
        45,
        (
            "A: made from another release (0.0.9-deadbeef, here ",
            "B: made from a release that it does not name",
            "C: made from a release that it does not name",
        ),
    ),
    "renamed files": Row(
        (26, 14, 0),
        "C2 C8 C9",
        25,
        ("A: renamed: part_a (1).ipynb", "B: renamed: notebooks/חלק ב.ipynb", "C: missing"),
    ),
    "broken files": Row(
        (0, 0, 0),
        EVERY,
        0,
        ("A: no JSON: Expecting value", "B: no JSON: Expecting value", "C: no notebook: "),
    ),
    "large and linked": Row(
        (0, 0, 0),
        EVERY,
        0,
        (
            "A: too large to be read: 60 MB, expected at most 50",
            "B: a link to elsewhere",
            "C: not a file of its own",
        ),
    ),
    "cells lost and doubled": Row(  # A6 builds on A3.3; the check of A3.1 is put back
        (16, 14, 15),
        "A3-3 A6",
        42,
        (
            "A: cells deleted: A3-1, A3-3-answer, A7-1-written",
            "B: cells there twice: B2-1-answer, B2-2",
        ),
    ),
    "strange metadata": Row(
        (26, 0, 15),
        "B2-1 B2-2 B2-3",
        29,
        (
            "A: kind or points of cells changed: A3-2-answer",
            "B: no notebook: ",
            "C: cells there twice: C2",
            "C: check cells edited: C2",
            "C: kind or points of cells changed: C2",
        ),
    ),
    "Endless": Row(
        (26, 9, 15),
        "B2-2",
        45,
        (
            "A: cell 10 ran into the time limit",
            f"A: {STALE}cell 10 (not run)",
            "B: B2-2: the answer ran into the time limit of its check",
            f"B: {STALE}B2-2, cell 20",
            "C: cell 6 gave more output than is kept",
            f"C: {STALE}cell 6 (not run)",
        ),
    ),
    "Ends its kernel": Row(
        (10, 14, 5),
        "A3-3 A6 A7-2 C8 C9",
        45,
        (
            "A: cell 10 ended the kernel, and what comes after it was not run",
            "B: cell 8 ran out of memory",
            f"B: {STALE}cell 8 (not run)",
            "C: cell 6 ran into the time limit",
            "C: cell 6 did not end when it was interrupted, and what comes after it was not run",
            f"C: {STALE}cell 6 (not run)",
        ),
    ),
    "spies": Row((26, 14, 15), "", 45),
    "cheats": Row(  # the false module stays for B2.2; the check of A6 now says that A3.3 is the library's
        (22, 5, 11),
        "A3-3 B2-2 B2-3 C9",
        45,
        (
            "A: reaches into the checks: cell 10",
            f"A: {STALE}A3-3, A6, cell 26",
            "A: A3-3: its check was passed, but not by what the answer gives",
            "B: reaches into the checks: cell 8",
            f"B: {STALE}B2-2, B2-3, cell 21",
            "C: reaches into the checks: cell 6",
            "C: C9: its check was passed, but not by what the answer gives",
        ),
    ),
    "<img src=x onerror=window.pwned=1> \"דנה לוי\" & 'co'": Row(
        (26, 14, 15), "", 45, (f"B: {STALE}cell 1",)
    ),
}
