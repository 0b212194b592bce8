"""The first half of a class that never was: what each student hands in, and what grading should find."""

import json
import re
import shutil

import nbformat

from labutils._internal.data_files import fingerprint
from labutils.exercises import answers
from labutils.exercises.cases import load_exercises
from labutils.instructor import history
from labutils.instructor.course import ASSIGNMENT, PARTS

from ..exercises import test_answers as written_before
from . import attacks
from .made_up import ALIKE, EVERY, EXPECTED, STALE, Row, student

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
    earlier = next(iter(history.read_history(hand.course)))
    hand.parts["A"] = history.read_released(hand.course, earlier)["A"]  # with other points and another text
    hand.solve()
    hand.run()
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

EXPECTED |= {
    "perfect": Row((26, 14, 15), "", 45),
    "perfect in loops": Row((26, 14, 15), "", 45),
    "perfect by einsum": Row((26, 14, 15), "", 45),
    "empty": Row((0, 0, 0), EVERY, 0, tuple(f"{part}: saved without having been run" for part in "ABC")),
    "empty but run": Row((0, 0, 0), EVERY, 0),
    "Part A alone": Row((26, 0, 0), "B2-1 B2-2 B2-3 C2 C8 C9", 9),
    "two exercises": Row((4, 0, 4), "A3-1 A3-3 A6 A7-2 B2-1 B2-2 B2-3 C2 C8", 4),
    "partly done": Row((16, 9, 15), "A3-2 A6 B2-2", 42),
    # Partial credit: two of three results are right; right up to a factor; right for one sample; in place.
    "known mistakes": Row((15, 7.5, 8.5), "A3-2 B2-3 C9", 45, partly="A3-1 A3-3 A7-2 B2-1 C2"),
    "wrong everywhere": Row((7, 3.5, 0), "A3-3 A6 A7-2 B2-2 B2-3 C2 C8 C9", 45, partly="A3-1 A3-2 B2-1"),
    "learned by heart": Row((26, 14, 9), "C8", 45),
    "calls the library": Row(  # its version of C8 says that it is no answer
        (26, 14, 9),
        "C8",
        45,
        (
            "A: A3-1-answer calls the library: Linear, .forward, .backward, from labutils.layers import Linear",
            "A: A3-1: called the library while it was tested",
            "A: A6: called the library while it was tested",  # through A3.1
            "C: C8-answer calls the library: reference",
            "C: C8: called the library while it was tested",
            "C: C9-answer calls the library: ",
            "C: C9: called the library while it was tested",
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
    "edited output": Row(
        (22, 14, 15), "A3-2", 45, (f"A: {STALE}A3-2", f"B: {STALE}the page of results (no output was saved)")
    ),
    "out of order": Row(
        (26, 14, 15),
        "",
        45,
        (
            "A: cells were run out of order",
            "B: 2 of 9 cells were not run",
            f"B: {STALE}B2-2 (no output was saved), B2-3 (no output was saved)",
            "C: saved without having been run",
        ),
    ),
    "edited checks": Row(  # the check of A6 replaces a wrong A3.1, so A6 was right when it was saved, too
        (23, 9, 9),
        "B2-1 C8",
        45,
        (
            "A: check cells edited: A3-1",
            f"A: {STALE}A3-1",
            "B: kind or points of cells changed: B2-1, B2-2, B2-3",
            "C: check cells edited: C2",
            "C: kind or points of cells changed: C2",
            f"C: {STALE}C2 (no output was saved)",
        ),
        partly="A3-1",  # all signs: right up to a factor
    ),
    "changed data": Row(
        (26, 14, 15),
        "",
        45,
        (
            "A: changed data: the page of results was made with other data files",
            "A: changed data: data/points.csv",
            "A: changed package: labutils/exercises/results.py",
            f"A: {STALE}the page of results",
        ),
    ),
    "another release": Row(
        (26, 14, 15),
        "",
        45,
        (
            "A: made from another release (",
            "B: made from a release that it does not name",
            "C: made from a release that it does not name",
        ),
    ),
    "renamed files": Row(
        (26, 14, 0),
        "C2 C8 C9",
        25,
        ("B: renamed: חלק ב.ipynb", "C: missing"),  # "part_a" tells which part it is
    ),
    "broken files": Row(
        (0, 0, 0),
        EVERY,
        0,
        ("A: no JSON: Expecting value", "B: no notebook: an empty file", "C: no notebook: "),
    ),
    "large and linked": Row(
        (0, 0, 0),
        EVERY,
        0,
        (
            "A: too large to be read: more than 50 MB",
            "B: a link",
            "C: missing",  # an empty folder with the name of the notebook
        ),
    ),
    "cells lost and doubled": Row(  # the check of A3.1 is put back; A6 gets another A3.3
        (22, 14, 15),
        "A3-3",
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
            f"A: {STALE}cell 10 (no output was saved)",
            "B: B2-2: the answer ran into the time limit of its check",
            f"B: {STALE}",
            "C: cell 6 gave more output than is kept",
            f"C: {STALE}cell 6 (no output was saved)",
        ),
    ),
    "Ends its kernel": Row(
        (10, 14, 5),
        "A3-3 A6 A7-2 C8 C9",
        45,
        (
            "A: cell 10 ended the kernel, and what comes after it was not run",
            "B: cell 8 ran out of memory",
            f"B: {STALE}cell 8 (no output was saved)",
            "C: cell 6 ran into the time limit",
            "C: cell 6 did not end when it was interrupted, and what comes after it was not run",
            f"C: {STALE}cell 6 (no output was saved)",
        ),
    ),
    "spies": Row((26, 14, 15), "", 45),
    "cheats": Row(  # in the sandbox there is no bank to reach
        (24, 12, 11),
        "C9",
        45,
        (
            "A: reaches into the checks: cell 10",
            f"A: {STALE}",
            "B: reaches into the checks: cell 8",
            f"B: {STALE}",
            "C: reaches into the checks: cell 6",
        ),
        partly="A3-3 B2-3",  # right up to a factor
    ),
    "<img src=x onerror=window.pwned=1> \"דנה לוי\" & 'co'": Row(
        (26, 14, 15), "", 45, (f"B: {STALE}cell 1",)
    ),
}
