"""No text, code, hint or message of the students' notebooks gives away an answer that is still to be found.

The notebooks are searched as they are released (`test_release` shows that the release is this). For an exercise and for
a written answer the search begins with Part A and ends a few cells after its check. For a prediction it ends before the
next "What you should see".
"""

import json
import re
from typing import NamedTuple

import nbformat
import pytest

from labutils.instructor import cells

from ..parts.conftest import PARTS, ROOT, read
from ..parts.quick_run import HIDDEN, blank
from .giveaways import EXERCISES, GIVEAWAYS, PREDICTIONS, WRITTEN, matches, squeezed

AFTER = 4  # cells after a check; the one after the third is on the screen together with it


class Shown(NamedTuple):
    """A cell as a student sees it: its text with what it prints, and the hints that can be asked for in it."""

    id: str
    exercise: str
    text: str
    hints: str


def shown(notebooks, stored: dict) -> list[Shown]:
    """The cells of the release. stored: the entries of exercises.json and of predictions.json, by name."""
    found = []
    for cell in (cell for notebook in notebooks for cell in notebook.cells):
        text = "*Your answer:*" if cells.is_written(cell) else HIDDEN.sub("", blank(cell.source))
        for call, name in re.findall(r'exercises\.(hint|predict)\("([^"]+)"', text):
            entry = stored.get(name, {})
            printed = entry.get("hints", [])[:1] if call == "hint" else [entry.get("question", "")]
            text = "\n".join([text, *printed])
        exercise = cells.exercise_of(cell) if cells.role_of(cell) != "question" else ""
        hints = stored.get(exercise, {}).get("hints", []) if cells.is_check(cell) else []
        found.append(Shown(cell.id, exercise, text, "\n".join(hints)))
    return found


def end_of_search(name: str, release: list[Shown]) -> int:
    """The index of the first cell that may say the answer."""
    if name not in PREDICTIONS:
        own = [i for i, cell in enumerate(release) if cell.exercise == name]
        assert own, f"{name} is not in the notebooks"
        return own[-1] + AFTER + 1
    question, _, *told = PREDICTIONS[name]
    asked = [i for i, cell in enumerate(release) if re.search(question, squeezed(cell.text))]
    assert asked, f"the question of {name} is not in the notebooks: is it asked in other words now?"
    answer = told[0] if told else "What you should see"
    return next((i for i, cell in enumerate(release) if i > asked[0] and answer in cell.text), len(release))


def giveaways(name: str, release: list[Shown]) -> list[str]:
    """The cells that give an answer away too early, with what does."""
    found = []
    for cell in release[: end_of_search(name, release)]:
        text = cell.text if cell.exercise == name else f"{cell.text}\n{cell.hints}"
        found += [f"{cell.id}: {match}" for match in matches(name, text)]
    return found


@pytest.fixture(scope="module")
def release():
    data = {}
    for name in ("exercises.json", "predictions.json"):
        data |= json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))
    return shown([read(part) for part in PARTS], data)


@pytest.mark.parametrize("name", GIVEAWAYS)
def test_nothing_gives_it_away(release, name):
    assert giveaways(name, release) == []


def test_every_graded_answer_has_its_giveaways(release):
    graded = {cell.exercise for cell in release} - {""}
    assert graded == {*EXERCISES, *WRITTEN, *(name for name in PREDICTIONS if name.endswith(" prediction"))}


# As they stood in version 0.1.0: the answer in the code of a figure, before it was asked, or right after.
LEAKS = [
    (
        "A7.2 prediction",
        "0.0003 and 0.003 fall slowly, 0.02 and 0.03 fall fast, 0.07 zigzags and never settles.",
    ),
    ("A7.1 written", "then both rise a little and stay level."),
    ("A7.1 written", "the loss also sees *how far* on the wrong side they are"),
    ("A7.3 guess", "the one with separate layers ends before 40, where p becomes exactly 1."),
    ("A3.1", r"So the linear layer, whose Jacobian is $W^T$, hands down $dx = W\,dz$."),
    ("A3.1", 'print("and it is x times the gradient from above:", np.allclose(chained, x @ upstream.T))'),
    ("A3.2", r"In $\frac{p - t}{p(1-p)} \cdot p(1-p)$ everything cancels but $p - t$."),
    ("A3.3", r"In $\frac{p - t}{p(1-p)} \cdot p(1-p)$ everything cancels but $p - t$."),
    ("B2.3", r"what B2.3 gives in one go, $y - \text{one-hot}$"),
    ("B3", "dW2, db2, da1 = versions.linear_backward(W2, a1, dz2)"),
    ("B5 guess", "the mistakes are spread thinly over many pairs."),
    ("B6 guess", "nearly zero while the validation error levels off some points above it."),
    ("B6 written", "Over-fitting has a signature that can be looked for"),
    ("B6 written", "That over-fitting then raises the validation error, these runs do not show."),
    ("B7 half guess", "10 epochs are only slightly worse than 20."),
    ("C1", "dz1 = da1 * (a1 > 0)  # ReLU backward: pass the gradient on where a1 > 0"),
    ("C2", r"$v \leftarrow \mu v - \eta\,(g + \lambda W)$, $W \leftarrow W + v$"),
    ("C9 guess, dead units", "no unit is dead at 5e-5, more than half at 1e-3, nearly all at 3e-3"),
    ("C9 guess, mean subtracted", "rate lie below 5 %, and 200 units no longer stand out."),
    ("C9 guess, mean subtracted", "with the mean subtracted it stays at zero."),
    ("seeds written", "the three lower rates lie on both sides of zero; 700 units are below 500"),
    ("seeds written", "One interval leaves out zero: 700 units are better than 500."),
    ("seeds written", "The order of the three lower rates cannot be told, even with ten seeds."),
    ("conclusions written", "### Three explanations, three answers"),
    ("conclusions written", "**In a hurry?** If you know the report and have ten minutes"),
]


@pytest.mark.parametrize(("name", "leak"), LEAKS)
def test_the_leaks_of_the_first_version_are_found(release, name, leak):
    """Beside the question, in a cell of its own, where the search has to find it."""
    end = end_of_search(name, release)
    leaking = [*release[: end - 1], Shown("new", "", leak, ""), *release[end - 1 :]]
    assert matches(name, leak)
    assert set(giveaways(name, leaking)) - set(giveaways(name, release))


def made_up(*sources) -> list[Shown]:
    """The release of a notebook that asks for A3.3 in its second cell; stored: its hints."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.cells[1].metadata.labutils = {"exercise": "A3.3", "role": "check"}
    return shown([notebook], {"A3.3": {"hints": ["It has p - t in it."]}, "A6": {"hints": ["p - t"]}})


ANSWER = "dp = (p - t) / (p * (1 - p))"


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (("", "check"), False),
        ((ANSWER, "check"), True),
        (("", "check", "", ANSWER), True),
        (("", "check", *[""] * AFTER, ANSWER), False),
        (("", f"dp = None\n### BEGIN SOLUTION\n{ANSWER}\n### END SOLUTION"), False),
        (("", f"check\n### BEGIN HIDDEN TESTS\n{ANSWER}\n### END HIDDEN TESTS"), False),
        (('exercises.hint("A3.3", 1)', "check"), True),
        (('exercises.hint("A6")', "check"), True),
        (('curves(alt="everything "\n    "cancels")', "check"), True),
    ],
)
def test_where_is_searched(sources, found):
    assert bool(giveaways("A3.3", made_up(*sources))) == found
