"""The second half of a class that never was: files as learning systems and editors leave them, and rarer mishaps.

The kinds come from real courses. Where a kind was reported to the makers of a grader or a plug-in, the report is named.
What is expected is what a fair person would give.
"""

import json
import os
import re

import nbformat

from labutils.exercises import reference
from labutils.instructor.course import ASSIGNMENT, PARTS

from ..exercises import test_answers as written_before
from . import class_thirty, made_up  # noqa: F401  the first half
from .made_up import EVERY, STALE, Row, student, zipped

ALL = (26, 14, 15)
ALL_WAIT = 45
A_EVERY, BC_EVERY = "A3-1 A3-2 A3-3 A6 A7-2", "B2-1 B2-2 B2-3 C2 C8 C9"

# How a flag begins, by its kind.
MORE = "more than one file: "  # decided by collecting
LATE = "handed in late"  # decided by collecting
UNNAMED = "made from a release that it does not name"
NO_METADATA = "cells had lost their metadata"  # decided by matching
TWICE = "cells there twice: "
KIND = "kind or points of cells changed: "
NUMBER = "the student number 111111111 is also in the submission of "

MOODLE, CANVAS = "ML-Lab report-4711.zip", "submissions.zip"

# Some of the class are on the roster. Two handed in nothing, and two rows have the same number.
ROSTER = """\ufeffID number;Full name;Email address;Groups
200000001;Dana Cohen;dana.cohen@example.org;1
200000002;Noa Katz;noa.katz@example.org;1
200000003;Rina Levi;rina.levi@example.org;2
200000004;אבי לוי;avi.levi@example.org;2
200000005;Maya Levi;maya.levi@example.org;3
200000006;Tom Braun;tom.braun@example.org;3
200000007;Shai Gold;shai.gold@example.org;
200000008;Gone Already;gone.already@example.org;
200000009;Never There;never.there@example.org;
200000009;Same Number;same.number@example.org;
"""
ABSENT = ("Gone Already", "Never There", "Same Number")
DUPLICATE = "200000009"
ON_ROSTER = {  # by the name of the submission
    "Dana Cohen": ("Dana Cohen", "Noa Katz"),  # a pair
    "Rina Levi": ("Rina Levi",),
    "אבי לוי": ("אבי לוי",),
    "levimaya": ("Maya Levi",),
    "Tom Braun": ("Tom Braun",),
    "goldshai": ("Shai Gold",),
}


def solved(hand, parts="ABC"):
    hand.solve(parts)
    hand.run()


def in_notebooks(files):
    return {f"{ASSIGNMENT}/{name}": content for name, content in files.items()}


# ---- Files in other places, with other names


@student(
    "blank beside solved",
    Row(
        ALL,
        "",
        ALL_WAIT,
        tuple(f"{part}: {MORE}" for part in "ABC"),
        unused=tuple(f"notebooks/{stem}.ipynb" for stem in PARTS.values()),
    ),
)
def _(hand):
    """Browsers call the second download "(1)": ucbds-infra/otter-grader issue 433."""
    blank = hand.notebooks()
    solved(hand)
    copies = {name.replace(".ipynb", " (1).ipynb"): content for name, content in hand.notebooks().items()}
    hand.put(in_notebooks(blank | copies))


@student(
    "solved beside notebooks",
    Row(
        (26, 0, 0),
        BC_EVERY,
        9,
        (f"A: {MORE}", *(f"{part}: saved without having been run" for part in "BC")),
        unused=(f"notebooks/{PARTS['A']}.ipynb",),
    ),
)
def _(hand):
    hand.put(in_notebooks(hand.notebooks()))
    solved(hand, "A")
    hand.put(hand.notebooks("A"))


@student("our own zip, unpacked", Row(ALL, "", ALL_WAIT, unused=("data/", "labutils/", "README.md")))
def _(hand):
    solved(hand)
    root = hand.course.root
    files = {path: (root / path).read_bytes() for path in ("data/points.csv", "labutils/layers.py")}
    files |= {"README.md": b"# The lab", **in_notebooks(hand.notebooks())}
    hand.put({f"deep-learning-lab/{path}": content for path, content in files.items()})


@student("a zip in a zip", Row(ALL, "", ALL_WAIT, unused=("__MACOSX", "notes.docx")))
def _(hand):
    """What macOS adds to a zip is taken for work: autolab/Autolab pull request 1335."""
    solved(hand)
    inner = zipped(in_notebooks(hand.notebooks()))
    mac = {f"__MACOSX/{ASSIGNMENT}/._{PARTS['A']}.ipynb": b"\0\5\26\7"}
    hand.put({"to hand in.zip": zipped({"final/lab.zip": inner, "notes.docx": b"PK\3\4", **mac})})


@student("endings added", Row(ALL, "", ALL_WAIT))
def _(hand):
    """Browsers add ".txt", or ".json": ucbds-infra/otter-grader issue 617."""
    solved(hand)
    endings = {"A": ".txt", "B": ".json", "C": ""}
    hand.put({f"{PARTS[p]}.ipynb{end}": hand.notebooks(p)[f"{PARTS[p]}.ipynb"] for p, end in endings.items()})


@student("HTML export", Row((0, 14, 15), A_EVERY, 36, ("A: missing",), unused=(f"{PARTS['A']}.html",)))
def _(hand):
    solved(hand)
    page = b"<!DOCTYPE html>\n<html><head><title>part_a</title></head><body>A3.1</body></html>"
    hand.put(in_notebooks({**hand.notebooks("BC"), f"{PARTS['A']}.html": page}))


@student(
    "two attempts",
    Row(
        ALL,
        "",
        ALL_WAIT,
        (f"A: {MORE}",),
        unused=("2026-11-01", "timestamp.txt", "desktop.ini", "figure.png"),
    ),
)
def _(hand):
    """Two attempts with the time in their names, jupyter/nbgrader issue 724; other files, its issues 1234 and 1302."""
    hand.answer("A3.2", written_before.sigmoid_by_loops)
    hand.run("A")
    first = hand.notebooks("A")
    hand.solve()
    hand.run()
    name = "hw 3_dana_attempt_2026-11-{}-10-00-00_WMS {}"
    files = {name.format("01", key): content for key, content in first.items()}
    files |= {name.format("03", key.replace("_", " ")): content for key, content in hand.notebooks().items()}
    hand.put(files | {"timestamp.txt": b"2026-11-03", "desktop.ini": b"[x]", "figure.png": b"\x89PNG\r\n"})


@student(
    "no notebook in the zip",
    Row((0, 0, 0), EVERY, 0, tuple(f"{part}: missing" for part in "ABC"), unused=("info.json",)),
)
def _(hand):
    """The upload succeeded and has no notebook: okpy/ok-client issue 372."""
    hand.put({"lab.zip": zipped({"info.json": b'{"submitter": "x"}'})})


@student("José", Row((0, 0, 15), f"{A_EVERY} B2-1 B2-2 B2-3", 20, ("A: ", "B: ")))
def _(hand):
    """A folder's name in Latin-1, a pipe, and a link to the solved notebook."""
    solved(hand)
    folder = os.path.join(os.fsencode(hand.course.submitted), "José".encode("latin-1"))
    os.makedirs(folder)
    os.mkfifo(os.path.join(folder, f"{PARTS['A']}.ipynb".encode()))
    source = hand.course.source / f"{PARTS['B']}.ipynb"
    os.symlink(os.fsencode(source), os.path.join(folder, f"{PARTS['B']}.ipynb".encode()))
    with open(os.path.join(folder, f"{PARTS['C']}.ipynb".encode()), "wb") as file:
        file.write(hand.notebooks("C")[f"{PARTS['C']}.ipynb"])
    hand.saved = True


# ---- Learning systems


@student("Rina Levi", Row(ALL, "", ALL_WAIT))
def _(hand):
    """A download of Moodle, unpacked: the files have their right names."""
    solved(hand)
    folder = hand.course.submitted / "Rina Levi_4711_assignsubmission_file"
    hand.put(hand.notebooks(), folder)


@student("Dana Cohen", Row(ALL, "", ALL_WAIT))
def _(hand):
    """A pair."""
    hand.solve()
    hand.name_students(
        "A", 'students = ["Dana Cohen", "Noa Katz"]\nstudent_numbers = ["200000001", "200000002"]'
    )
    hand.run()
    hand.upload(
        MOODLE, {f"Dana Cohen_4712_assignsubmission_file/{k}": v for k, v in hand.notebooks().items()}
    )


@student("אבי לוי", Row(ALL, "", ALL_WAIT))
def _(hand):
    """The names in a download are not in UTF-8: hit-moodle/moodle issue 8. Here they are in the letters of DOS."""
    solved(hand)
    hand.upload(MOODLE, {f"{AVI}_4713_assignsubmission_file/{k}": v for k, v in hand.notebooks().items()})


AVI = "@AVI@@@"  # as long as the name in the letters of DOS, which takes its place in the finished zip


@student("Tom Braun", Row(ALL, "", ALL_WAIT, unused=("onlinetext.html",)))
def _(hand):
    solved(hand)
    hand.upload(
        MOODLE,
        {
            "Tom Braun_4714_assignsubmission_file/my work.zip": zipped(hand.notebooks()),
            "Tom Braun_4714_assignsubmission_onlinetext/onlinetext.html": b"<p>It is in the zip.</p>",
        },
    )


@student("levimaya", Row(ALL, "", ALL_WAIT, tuple(f"{part}: {LATE}" for part in "ABC")))
def _(hand):
    solved(hand)
    hand.upload(CANVAS, {f"levimaya_LATE_12345_6789{i}_{k}": v for i, (k, v) in numbered(hand.notebooks())})


@student("goldshai", Row(ALL, "", ALL_WAIT))
def _(hand):
    """Handed in twice, as Canvas names it."""
    solved(hand)
    files = {key.replace(".ipynb", "-1.ipynb"): content for key, content in hand.notebooks().items()}
    hand.upload(CANVAS, {f"goldshai_23456_7890{i}_{k}": v for i, (k, v) in numbered(files)})


def numbered(files):
    return enumerate(files.items())


def hand_in(course, port):
    """The whole class, and the roster. port: on which the tests listen, for the one who tries the network."""
    made_up.hand_in(course, port)
    moodle = course.submitted / MOODLE  # zipfile does not write names in the letters of DOS
    moodle.write_bytes(moodle.read_bytes().replace(AVI.encode(), "אבי לוי".encode("cp862")))
    (course.grading / "roster.csv").write_text(ROSTER, encoding="utf-8")


# ---- Editors


@student(
    "Colab",
    Row(ALL, "", ALL_WAIT, (*(f"{part}: {UNNAMED}" for part in "ABC"), f"A: {STALE}cell 1")),
)
def _(hand):
    """Colab drops the notebook's metadata and the counts. What is installed there first is not here.

    ucbds-infra/otter-grader issue 861.
    """
    solved(hand)
    mount = "%pip install -q numpy\nfrom google.colab import drive\ndrive.mount('/content/drive')"
    cell = nbformat.v4.new_code_cell(mount)
    cell.outputs = [nbformat.v4.new_output("stream", text="Mounted at /content/drive\n")]
    hand.parts["A"].cells.insert(0, cell)
    for part, notebook in hand.parts.items():
        notebook.metadata = {
            "colab": {"provenance": []},
            "kernelspec": {"name": "python3", "display_name": "x"},
        }
        notebook.nbformat_minor = 0
        for number, cell in enumerate(notebook.cells):
            del cell["id"]
            cell.metadata |= {"id": f"{part}{number}", "outputId": "x"}
            if cell.cell_type == "code":
                cell.execution_count = None
    hand.put({f"Copy_of_{name}": content for name, content in hand.notebooks().items()})


OWN_BACKWARD = """class Linear2:
    def __init__(self, W, x):
        self.W, self.x = W, x

    def backward(self, dz):
        return self.x @ dz.T, dz.sum(axis=1, keepdims=True), self.W @ dz


def linear_backward(W, x, dz):
    return Linear2(W, x).backward(dz)
"""
FONTS = "Matplotlib is building the font cache; this may take a moment.\n"


@student("Kaggle", Row(ALL, "", ALL_WAIT))
def _(hand):
    """An environment of its own: jupyter/nbgrader issue 417 and ucbds-infra/otter-grader issue 706.

    Names of a grader's are used for other things: ucbds-infra/otter-grader issue 817. A `backward` that is not ours.
    """
    hand.solve()
    hand.answer("A3.1", OWN_BACKWARD)
    hand.add("A3-1", "t = 1\nsum = 3\nlist = [t]\ncheck = results = answer = bank = None", harmful=False)
    hand.run()
    for notebook in hand.parts.values():
        notebook.metadata["kernelspec"] = {"name": "conda-env-ml-py", "display_name": "Python [conda env:ml]"}
        notebook.metadata["kaggle"] = {"accelerator": "none", "isGpuEnabled": False}
    hand.parts["B"].cells[0].outputs = [nbformat.v4.new_output("stream", name="stderr", text=FONTS)]


@student(
    "encodings",
    Row(ALL, "", ALL_WAIT, ("A: read as Windows-1255", "B: read as UTF-16")),
)
def _(hand):
    solved(hand)
    for part in "ABC":
        name = {"A": "A7-1-written", "B": "B5-written", "C": "C9-written"}[part]
        hand.write(name, "השגיאה סופרת רק את הנקודות שבצד הלא נכון של הקו, והמרחק אינו משנה.")
    for cell in hand.parts["A"].cells:  # Windows-1255 has no check mark
        cell.update({"outputs": []} if cell.cell_type == "code" else {})
    encodings = {"A": "cp1255", "B": "utf-16", "C": "utf-8-sig"}
    hand.files = {
        part: json.dumps(hand.parts[part], ensure_ascii=False).encode(encoding, "replace")
        for part, encoding in encodings.items()
    }


@student(
    "merge conflicts",
    Row((0, 14, 15), A_EVERY, 36, ("A: a merge conflict", "B: a merge conflict")),
)
def _(hand):
    """Two people worked on one file. In Part B only a count differs."""
    solved(hand)
    answer = hand.cell("A3-2-answer")
    ours, theirs = (
        '"source": ' + json.dumps(text) for text in (answer.source, "def sigmoid_backward(p, dp): 3")
    )
    text = json.dumps(hand.parts["A"], indent=1)
    assert ours in text
    hand.files["A"] = conflict(text, ours, theirs)
    hand.files["B"] = conflict(
        json.dumps(hand.parts["B"], indent=1), '"execution_count": 3', '"execution_count": 7'
    )


def conflict(text, ours, theirs):
    """The text of a file in which two sides differ in the first line that has `ours`."""
    lines = text.split("\n")
    number = next(i for i, line in enumerate(lines) if ours in line)
    sides = ["<<<<<<< HEAD", lines[number], "=======", lines[number].replace(ours, theirs), ">>>>>>> main"]
    return "\n".join([*lines[:number], *sides, *lines[number + 1 :]]).encode()


# ---- Written answers in other places

WRITTEN = {}  # what must reach the grader: by student and grade id, passages of the answer


def ids_of_written(hand):
    return [
        cell.metadata["nbgrader"]["grade_id"]
        for notebook in hand.parts.values()
        for cell in notebook.cells
        if cell.cell_type == "markdown" and "nbgrader" in cell.metadata
    ]


@student("written in new cells", Row(ALL, "", ALL_WAIT))
def _(hand):
    blank = {name: hand.cell(name).source for name in ids_of_written(hand)}
    hand.solve()
    for name, placeholder in blank.items():
        text = f"In a new cell {hand.name} says of {name} that the loss depends on the distance."
        WRITTEN[hand.name, name] = (text,)
        hand.write(name, placeholder)
        cells = hand.cells(name)
        cells.insert(cells.index(hand.cell(name)) + 1, nbformat.v4.new_markdown_cell(text))
    hand.run()


@student("written in the questions", Row(ALL, "", ALL_WAIT))
def _(hand):
    blank = {name: hand.cell(name).source for name in ids_of_written(hand)}
    hand.solve()
    for name, placeholder in blank.items():
        text = f"In the question {hand.name} says of {name} that the loss depends on the distance."
        WRITTEN[hand.name, name] = (text,)
        hand.write(name, placeholder)
        exercise = hand.cell(name).metadata["labutils"]["exercise"]
        (question,) = (
            cell
            for cell in hand.cells(name)
            if cell.metadata.get("labutils") == {"exercise": exercise, "role": "question"}
        )
        question.source += f"\n\n{text}"
    hand.run()


@student(
    "written in two halves",
    Row(ALL, "", ALL_WAIT, (f"A: {TWICE}A7-1-written", f"B: {TWICE}B5-written")),
)
def _(hand):
    """A split cell keeps its metadata, and in some editors its id: googlecolab/colabtools issue 581."""
    hand.solve()
    for name in ("A7-1-written", "B5-written"):
        cell = hand.cell(name)
        second = nbformat.from_dict(json.loads(json.dumps(cell)))
        cell.source, second.source = f"The first half of {hand.name}.", f"The second half of {hand.name}."
        WRITTEN[hand.name, name] = (cell.source, second.source)
        cells = hand.cells(name)
        cells.insert(cells.index(cell) + 1, second)
    hand.run()


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@student("long, with images", Row(ALL, "", ALL_WAIT))
def _(hand):
    """Also from right to left, and with what broke an export: ucbds-infra/otter-grader issue 928."""
    hand.solve()
    hebrew = '<div dir="rtl">\n\nהשגיאה סופרת רק את הנקודות שבצד הלא נכון.\n\n</div>'
    texts = {
        "A7-1-written": f"{hebrew}\n\n![curve](attachment:curve.png)",
        "A7-2-written": " ".join(f"Sentence {i} of a long answer." for i in range(1000)),
        "B5-written": f"![drawn](data:image/png;base64,{PIXEL})\n\nThe five is confused with the three.",
        "C9-written": 'It ends with \\n", and goes on.',
    }
    for name, text in texts.items():
        hand.write(name, text)
    hand.cell("A7-1-written").attachments = {"curve.png": {"image/png": PIXEL}}
    WRITTEN[hand.name, "A7-1-written"] = ("הנקודות", "curve.png")
    WRITTEN[hand.name, "A7-2-written"] = ("Sentence 0 ", "Sentence 999 ")
    WRITTEN[hand.name, "B5-written"] = ("confused with the three",)
    WRITTEN[hand.name, "C9-written"] = ("and goes on",)
    hand.run()


# ---- Code


@student("one bracket missing", Row((20, 0, 0), f"A3-1 {BC_EVERY}", 9))
def _(hand):
    hand.solve("A")
    cell = hand.cell("A3-1-answer")
    hand.answer("A3.1", re.sub(r"\)(\n *return)", r"\1", cell.source.replace("W @ dz", "(W @ dz)"), count=1))
    hand.run()
    assert cell.outputs[0].ename == "SyntaxError"


@student(
    "renamed function",
    Row((20, 9, 15), "A3-1 B2-1", ALL_WAIT, (f"A: {NUMBER}displayhook", f"B: {STALE}")),
)
def _(hand):
    """In Part B, a package that is not here is imported in the answer's cell."""
    hand.solve()
    hand.name_students("A", 'students = ["Uri"]\nstudent_numbers = ["111111111"]')
    hand.answer("A3.1", hand.cell("A3-1-answer").source.replace("linear_backward", "backward_of_linear"))
    hand.run()
    hand.answer("B2.1", "import tensors_that_are_not_here as th\n\n" + hand.cell("B2-1-answer").source)


@student(
    "123 [abc] + (x)",
    Row(
        ALL,
        "",
        ALL_WAIT,
        (f"A: {KIND}A3-2-answer", f"A: {NO_METADATA}", f"B: {STALE}"),
    ),
)
def _(hand):
    """A name with signs of patterns: jupyter/nbgrader issues 928 and 1843.

    An answer whose cell is text now, its issues 92 and 1941; a written answer that was deleted and written again, its
    issues 424 and 1682; and `input()` behind a right answer, its issue 1844.
    """
    hand.solve()
    hand.run()
    answer = hand.cell("A3-2-answer")
    answer.cell_type = "markdown"
    del answer["outputs"], answer["execution_count"]
    hand.cell("A3-2").outputs = [nbformat.v4.new_output("error", ename="NameError", evalue="x", traceback=[])]
    cells = hand.cells("A7-1-written")
    text = "Written once more: the loss depends on the distance."
    cells[cells.index(hand.cell("A7-1-written"))] = nbformat.v4.new_markdown_cell(text)
    WRITTEN[hand.name, "A7-1-written"] = (text,)
    cell = hand.cell("B2-1-answer")
    cell.source += '\n\nname = input("Which? ")\nprint(name)'
    cell.outputs = [nbformat.v4.new_output("stream", text="Which? x\nx\n")]


@student("names in braces", Row(ALL, "", ALL_WAIT))
def _(hand):
    """A set of a list, half of an emoji, and a formula after a semicolon."""
    hand.solve()
    hand.name_students("A", 'students = {["Dana", "Noa"]}\nstudent_numbers = ["", ""]')
    hand.name_students("B", 'students = ["\\ud83d"]\nstudent_numbers = [""]')
    hand.name_students("C", 'students = ["x;=1+1", "=2+5"]\nstudent_numbers = ["+1", "-1;@2"]')
    del hand.parts["B"].cells[-1]  # it prints the names, which cannot be written to a file
    hand.run()


# ---- Those who do harm


@student(
    "displayhook",
    Row((20, 14, 15), "A3-1", ALL_WAIT, (f"A: {NUMBER}renamed function", f"A: {STALE}")),
)
def _(hand):
    """nbgrader takes the points of a check from the first result that it displays."""
    hand.solve()
    hand.name_students("A", 'students = ["Eva"]\nstudent_numbers = ["111111111"]')
    wrong = "def linear_backward(W, x, dz):\n{}    return W * 0, dz[:, :1], x"
    hand.answer("A3.1", wrong.format(""))
    hand.run()
    hand.answer("A3.1", wrong.format("    import sys\n\n    sys.displayhook(6.0)\n"))


OTHER_VERSION = f"from labutils.exercises import {reference.__name__.rpartition('.')[2]} as r\n\n"
OTHER_VERSION += 'version = r.REFERENCE["A3.1"]\nmy = getattr(version, "__wrapped__", version)'
OUT_OF_THE_BANK = """import importlib


def softmax_backward(y, dy):
    bank = importlib.import_module("labutils.inst" + "ructor.bank")
    return bank.EXERCISES["B2.2"].answers[0].function(y, dy)
"""


@student(
    "takes what is not given",
    Row(  # the flags are decided by the test of answers and by the search for the library
        (20, 9, 15),
        "A3-1 B2-2",
        ALL_WAIT,
        (
            "A: A3-1: called the library",
            f"A: {STALE}",
            "B: B2-2-answer calls the library: importlib",
            f"B: {STALE}",
        ),
    ),
)
def _(hand):
    hand.solve()
    own, cells = hand.add("A3-1", OTHER_VERSION), hand.cells("A3-1")
    cells.remove(own)
    cells.insert(cells.index(hand.cell("A3-1-answer")), own)  # beside the answer, before it
    hand.run()
    hand.answer("A3.1", "def linear_backward(W, x, dz):\n    return my(W, x, dz)")
    hand.answer("B2.2", OUT_OF_THE_BANK)


BACKGROUND = """import pathlib
import subprocess
import sys

code = '''
import os, pathlib, time

for _ in range(200):
    for path in [*pathlib.Path().rglob("*.json"), *pathlib.Path().rglob("*.ipynb"), pathlib.Path("out.json")]:
        try:
            path.unlink(missing_ok=True)
            path.write_text("[" * 100_000) if time.time_ns() % 2 else os.mkfifo(path)
        except OSError:
            pass
    time.sleep(0.05)
'''
process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""


@student("in the background", Row(ALL, "", ALL_WAIT))
def _(hand):
    """A process that replaces every file; a text with a mark of the pages' own; and one that is nested deeply."""
    hand.solve()
    hand.add("A3-1", BACKGROUND)
    hand.run()
    hand.write("A7-1-written", "formula7xqzjformula and $x^2$ formula0xqzjformula")
    hand.write("B5-written", "> " * 25_000 + "deep")
