"""Which part a notebook is, which of its cells are the exercises, and how many of them are answered.

Cells are known by nbgrader's ids in their metadata. Some editors drop metadata, and students copy text into new
notebooks. Then cells are recognised by their text: a check names its exercise, an answer defines the function that is
asked for, and a written answer follows its question.
"""

import copy
import re
from collections.abc import Mapping

from nbformat import NotebookNode

from labutils.instructor import cells
from labutils.instructor.course import PARTS
from labutils.instructor.originality import shorten_list

_ENOUGH = 0.5  # of the ids of a part: a notebook that joins several parts is used for each of them
_FEW_LINES = 2  # headings and checks of a part that a notebook needs to be recognised by its text
_CHECK = re.compile(r"exercises\s*\.\s*check\(\s*[\"']([^\"']+)[\"']")
_BETWEEN = r"[\W_]*"  # of the words of a file's name
_COPIED = re.compile(
    r"^(copy|kopie|copie|עותק)[\W_]+(of|von|de|של)?[\W_]*|[\W_]*(\(\d+\)|-\d+|[\W_]copy)$", re.I
)
_ENDING = re.compile(r"(\.(ipynb|txt|json|html?|pdf|py|zip|rar|7z|tar|gz|tgz|bz2|xz))+$", re.I)


def find_parts(notebook: NotebookNode, released: Mapping[str, NotebookNode], name: str) -> list[str]:
    """The parts that a notebook is: one, several if it joins them, or none. name: of its file."""
    theirs = set(map(cells.grade_id, notebook.cells)) | set(map(cells.exercise_of, notebook.cells))
    shares = {}
    for part, our in released.items():
        ours = {cells.grade_id(cell) for cell in our.cells} | {cells.exercise_of(cell) for cell in our.cells}
        ours -= {None, ""}
        shares[part] = len(theirs & ours) / max(len(ours), 1)
    if best := max(shares.values(), default=0):
        return [part for part, share in shares.items() if share == best or share >= _ENOUGH]
    said = notebook.metadata.get("labutils")
    said = said.get("part") if isinstance(said, Mapping) else None
    if isinstance(said, str) and said in released:
        return [said]
    lines = _telling_lines(notebook)
    counts = {part: len(lines & _telling_lines(our)) for part, our in released.items()}
    best = max(counts.values(), default=0)
    if best >= _FEW_LINES and list(counts.values()).count(best) == 1:
        return [part for part, count in counts.items() if count == best]
    return [part for part in part_of_name(name) if part in released]


def _telling_lines(notebook: NotebookNode) -> set[str]:
    """The headings of a notebook and the exercises that it checks."""
    found = set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found |= set(_CHECK.findall(cell.source))
        else:
            found |= {line.strip() for line in cell.source.splitlines() if re.match(r"#+ .*\d", line)}
    return found


def part_of_name(name: str) -> list[str]:
    """The part that the name of a file promises, in a list; empty if it promises none."""
    name = plain_name(name).lower()
    for part, stem in PARTS.items():
        if stem in name or re.search(rf"(^|[\W_])part{_BETWEEN}{part.lower()}($|[\W_])", name):
            return [part]
        if stem.split("_", 2)[2] in re.sub(r"[\W_]+", "_", name):
            return [part]
    return []


def plain_name(name: str) -> str:
    """The name of a file without its ending and without what a copy adds: "Copy of", "(1)"."""
    name, before = _ENDING.sub("", name), ""
    while name != before:
        name, before = _ENDING.sub("", _COPIED.sub("", name)).strip(), name
    return name


def restore_ids(notebook: NotebookNode, released: NotebookNode) -> list[str]:
    """Give the cells of exercises that have lost their metadata those of the release; a flag that names them.

    Cells that have an id keep it.
    """
    ours = {name: cell for cell in released.cells if (name := cells.grade_id(cell))}
    there = set(map(cells.grade_id, notebook.cells))
    if there >= ours.keys():
        return []
    handed_out = {_squeeze(cell.source) for cell in released.cells}
    found: dict[str, NotebookNode] = {}
    for name, our in ours.items():
        free = [cell for cell in notebook.cells if cells.grade_id(cell) is None]
        if name in there:
            continue
        if cells.is_check(our):
            candidates = _find_check(free, our)
        elif cells.is_written(our):
            candidates = _find_written(notebook, our, released, handed_out)
        else:
            candidates = _find_answer(notebook, our, released, handed_out)
        if candidates:
            cell = candidates[-1]  # of two copies, the last one counts
            cell.metadata["nbgrader"] = copy.deepcopy(cells.nbgrader_of(our))
            cell.metadata["labutils"] = copy.deepcopy(cells.labutils_of(our))
            found[name] = cell
    if not found:
        return []
    return [f"cells had lost their metadata and were recognised by their text: {shorten_list(list(found))}"]


def _find_check(free: list[NotebookNode], our: NotebookNode) -> list[NotebookNode]:
    """The cells that check the same exercise as ours, of those without an id."""
    exercise = cells.exercise_of(our)
    code = [cell for cell in free if cell.cell_type == "code"]
    same = [cell for cell in code if _squeeze(cell.source) == _squeeze(our.source)]
    return same or [cell for cell in code if exercise in _CHECK.findall(cell.source)]


def _find_answer(
    notebook: NotebookNode, our: NotebookNode, released: NotebookNode, handed_out: set[str]
) -> list[NotebookNode]:
    """The cells that define the function that an exercise asks for.

    Without one, the only code between the question and the check counts: the function may have another name.
    """
    exercise = cells.exercise_of(our)
    checks = [cell for cell in released.cells if cells.exercise_of(cell) == exercise and cells.is_check(cell)]
    function = next((cells.labutils_of(cell).get("function") for cell in checks), None)
    own = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and cells.grade_id(cell) is None
        and not _CHECK.search(cell.source)
        and (_squeeze(cell.source) not in handed_out or _squeeze(cell.source) == _squeeze(our.source))
    ]
    defines = re.compile(rf"^def\s+{re.escape(str(function))}\s*\(", re.MULTILINE)
    if function and (found := [cell for cell in own if defines.search(cell.source)]):
        return found
    question = _find_question(notebook, exercise, released)
    ends = [
        number
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and exercise in _CHECK.findall(cell.source)
    ]
    if question is None or not ends or ends[0] < question:
        return []
    between = [cell for cell in notebook.cells[question : ends[0]] if any(cell is one for one in own)]
    return between if len(between) == 1 else []


def _find_written(
    notebook: NotebookNode, our: NotebookNode, released: NotebookNode, handed_out: set[str]
) -> list[NotebookNode]:
    """The text that follows the question of a written answer, if it was not handed out as it is."""
    question = _find_question(notebook, cells.exercise_of(our), released)
    if question is None or question + 1 >= len(notebook.cells):
        return []
    cell = notebook.cells[question + 1]
    own = _squeeze(cell.source) not in handed_out or _squeeze(cell.source) == _squeeze(our.source)
    return [cell] if own and cell.cell_type != "code" and cells.grade_id(cell) is None else []


def _find_question(notebook: NotebookNode, exercise: str, released: NotebookNode) -> int | None:
    """Where the question of an exercise stands in a notebook: its text, or else the bold words that name it."""
    text = cells.question_of(exercise, released)
    named = re.findall(r"\*\*[^*\n]{4,}\*\*", text)
    last = _squeeze(named[-1]) if named else None
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" and text and _squeeze(text) in _squeeze(cell.source):
            return number
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" and last and last in _squeeze(cell.source):
            return number
    return None


def count_answers(notebook: NotebookNode, released: NotebookNode) -> int:
    """How many exercises of a notebook are answered, as far as can be seen without running it.

    A text of the student's own beside an open written answer counts as well.
    """
    blank, given = cells.answers_in(released, released), cells.answers_in(notebook, released)
    changed = {name for name, source in given.items() if differs(source, blank[name])}
    handed_out = {_squeeze(cell.source) for cell in released.cells}
    own = [
        cell
        for cell in notebook.cells
        if cell.cell_type != "code"
        and cells.grade_id(cell) is None
        and _squeeze(cell.source) not in handed_out | {""}
    ]
    written = {cells.grade_id(cell) for cell in released.cells if cells.is_written(cell)}
    return len(changed) + min(len(own), len(written - changed))


def differing_answers(one: NotebookNode, other: NotebookNode, released: NotebookNode) -> list[str]:
    """The ids of the answers that two notebooks both give, but differently."""
    blank, first, second = (cells.answers_in(n, released) for n in (released, one, other))
    return [
        name
        for name in blank
        if name in first
        and name in second
        and differs(first[name], second[name])
        and differs(first[name], blank[name])
        and differs(second[name], blank[name])
    ]


def differs(one: str, other: str) -> bool:
    """Whether two sources differ by more than white space."""
    return _squeeze(one) != _squeeze(other)


def _squeeze(text: str) -> str:
    """Text without white space."""
    return "".join(text.split())
