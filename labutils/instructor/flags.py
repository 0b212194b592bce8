"""What a grader should look at in a submission. Observations, each with its place; never a verdict on a person."""

import ast
import difflib
import filecmp
import functools
import io
import itertools
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from labutils import checks
from labutils.exercises import SECONDS
from labutils.instructor.pages import text_of

LAYERS = {"Linear", "Sigmoid", "ReLU", "Softmax", "NLL", "SigmoidNLL", "SoftmaxNLL"}
ROOMS = {"labutils", "versions", "checks", "exercises", "Network", "SGDM", "TrainingOptions", "Dataset"}
LIBRARY = {*LAYERS, *ROOMS, "importlib", "__import__", "exec", "eval"}
LIBRARY_METHODS = {"centred", "forward", "backward"}
LONGEST = 3_000  # tokens of an answer that are looked at
COPIED = 25  # tokens in a row that are the library's
UNUSUAL = 30  # tokens of an answer from which on it is not written twice by chance
WORDS = 12  # of a written answer, likewise
FEW = 0.1  # the share of a class that may give the same answer and still be few
INSIDE = re.compile(
    r"labutils\.instructor|sys\.modules|^\s*(checks|exercises|bank)\.\w+ *=[^=]", re.MULTILINE
)
EVENTS = {
    "time": "ran into the time limit",
    "output": "gave more output than is kept",
    "kernel died": "ended the kernel, and what comes after it was not run",
    "stuck": "did not end when it was interrupted, and what comes after it was not run",
    "notebook time": "and what comes after it were not run: the notebook took too long",
}


def of_notebook(submitted: NotebookNode, released: NotebookNode, release: str) -> list[str]:
    """What can be seen without running it."""
    found = []
    made_from = submitted.metadata.get("labutils")
    made_from = made_from.get("release") if isinstance(made_from, Mapping) else None
    if made_from != release:
        words = (
            f"another release ({made_from[:40]}, "
            if isinstance(made_from, str)
            else "a release that it does not name ("
        )
        found.append(f"made from {words}here {release})")
    theirs = Counter(filter(None, map(grade_id, submitted.cells)))
    ours = {name: cell for cell in released.cells if (name := grade_id(cell))}
    if deleted := [name for name in ours if name not in theirs]:
        found.append(f"cells deleted: {', '.join(deleted)}")
    if twice := [name for name, count in theirs.items() if count > 1]:
        found.append(f"cells there twice: {', '.join(map(str, twice))[:200]}")
    handed_out = [
        (cell, str(name), ours[name]) for cell in submitted.cells if (name := grade_id(cell)) in ours
    ]
    edited = [
        name for cell, name, our in handed_out if locked(our) and cell.source.strip() != our.source.strip()
    ]
    if edited:
        found.append(f"check cells edited: {', '.join(dict.fromkeys(edited))}")
    changed = [
        name
        for cell, name, our in handed_out
        if cell.cell_type != our.cell_type
        or any(grader(cell).get(key) != grader(our).get(key) for key in ("grade", "points", "solution"))
    ]
    if changed:
        found.append(f"kind or points of cells changed: {', '.join(dict.fromkeys(changed))}")
    counts = [
        cell.get("execution_count")
        for cell in submitted.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    run = [count for count in counts if isinstance(count, int)]
    if not run:
        found.append("saved without having been run")
    elif any(a >= b for a, b in itertools.pairwise(run)):
        found.append("cells were run out of order")
    if 0 < len(run) < len(counts):
        found.append(f"{len(counts) - len(run)} of {len(counts)} cells were not run")
    kept = {id(cell) for cell, _, our in handed_out if locked(our)}
    inside = [
        place(cell, number)
        for number, cell in enumerate(submitted.cells)
        if cell.cell_type == "code" and id(cell) not in kept and INSIDE.search(cell.source)
    ]
    if inside:
        found.append(f"reaches into the checks: {some(inside)}")
    borrowed = ((name, library_in(source)) for name, source in answers(submitted, released).items())
    return found + [f"{name} {words}" for name, words in borrowed if words]


def of_run(submitted: NotebookNode, executed: NotebookNode, released: NotebookNode) -> list[str]:
    """Outputs that are not what running the notebook again gives. Cells whose last digits vary are left out."""
    if not any(cell.get("outputs") for cell in submitted.cells):
        return []
    varies = {
        cell.source for cell in released.cells if "nbval-ignore-output" in cell.metadata.get("tags", [])
    }
    stale = []
    for cell in executed.cells:
        number = cell.metadata.get("submitted_as")
        if cell.cell_type != "code" or number is None or cell.source in varies:
            continue
        saved, again = printed(submitted.cells[number]), printed(cell)
        if "error NotRun" in again:
            continue
        if locked(cell):  # its hidden test may add an error
            saved, again = ([t for t in texts if not t.startswith("error ")] for texts in (saved, again))
        if saved != again:
            name = grade_id(cell) or f"cell {number + 1}"
            stale.append(f"{name} (not run)" if not saved else str(name))
    return [f"saved outputs are not what a re-run gives: {some(stale)}"] if stale else []


def of_events(events: Iterable[Mapping[str, Any]], executed: NotebookNode) -> list[str]:
    """Limits that the run hit."""
    found = []
    for event in events:
        if event["what"] == "failed":
            found.append(f"could not be run: {event.get('why', '')}")
            continue
        cell = executed.cells[event["cell"]]
        found.append(f"{grade_id(cell) or place(cell, event['cell'])} {EVENTS[event['what']]}")
    for number, cell in enumerate(executed.cells):
        if "error MemoryError" in printed(cell):
            found.append(f"{grade_id(cell) or place(cell, number)} ran out of memory")
        if any(f"longer than {SECONDS} seconds" in text for text in printed(cell)):
            found.append(f"{grade_id(cell)}: the answer ran into the time limit of its check")
    return list(dict.fromkeys(found))


def of_files(folder: Path, root: Path) -> list[str]:
    """Files of the data and the package that came along and are not what was handed out."""
    changed = []
    for name in ("data", "labutils"):
        if (folder / name).is_symlink():  # to who knows where
            changed.append(f"{name} is a link")
            continue
        for path in sorted((folder / name).rglob("*")):
            ours = root / path.relative_to(folder)
            wanted = (
                path.suffix in (".csv", ".npz", ".json", ".py") and path.is_file() and not path.is_symlink()
            )
            if wanted and not (ours.is_file() and filecmp.cmp(path, ours, shallow=False)):
                changed.append(path.relative_to(folder).as_posix())
    return [f"changed {'data' if c.startswith('data') else 'package'}: {c}" for c in changed[:20]]


def of_data(submitted: NotebookNode) -> list[str]:
    """Whether the page of results was made with other data than ours."""
    texts = [text for cell in submitted.cells if cell.cell_type == "code" for text in printed(cell)]
    seen = {
        match.group(1)
        for text in texts
        for match in re.finditer(r"^Data: ([0-9a-f]{8})\.$", text, re.MULTILINE)
    }
    return (
        ["changed data: the page of results was made with other data files"]
        if seen - {checks.fingerprint()}
        else []
    )


def alike(
    papers: Mapping[str, NotebookNode], released: NotebookNode, solved: NotebookNode
) -> dict[str, list[str]]:
    """By student: the same unusual answer in a few submissions. papers: by student."""
    blank, model = answers(released, released), answers(solved, released)
    found: dict[str, list[str]] = defaultdict(list)
    for name in blank:
        groups: dict[str, list[str]] = defaultdict(list)
        for student, notebook in papers.items():
            if (source := answers(notebook, released).get(name)) is not None:
                groups[shape(source, blank[name])].append(student)
        usual = {"", shape(model.get(name, ""), blank[name])}
        for form, students in groups.items():
            if form not in usual and 2 <= len(students) <= max(2, FEW * len(papers)):
                for student in students:
                    others = ", ".join(other for other in students if other != student)
                    found[student].append(
                        f"{name}: the same unusual answer as {others} (there may be a good reason)"
                    )
    return found


def shape(source: str, blank: str) -> str:
    """What of an answer is its own: code without names, layout and comments, or words; "" if it is too little."""
    tree = parsed(source)
    if tree is None or not any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)):
        words = re.findall(r"\w+", source.replace(blank, "").lower())
        return " ".join(words) if len(words) >= WORDS else ""
    given = set(map(str.strip, blank.splitlines()))
    own = [line for line in source.splitlines() if line.strip() not in given]
    if sum(1 for _ in tokens("\n".join(line.strip() for line in own))) < UNUSUAL:
        return ""
    order: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.Name) and node.id != "np":
            node.id = order.setdefault(node.id, f"v{len(order)}")
        if isinstance(node, ast.arg):
            node.arg = order.setdefault(node.arg, f"v{len(order)}")
    return ast.dump(tree)


def parsed(source: str) -> ast.Module | None:
    """Code as a tree; None if it is none, or none that Python can take in."""
    try:
        tree = ast.parse(source)
        ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


@functools.cache
def library_in(source: str) -> str:
    """In words: that an answer calls or copies the library; "" if not."""
    if (tree := parsed(source)) is None:
        return ""
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    called = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in LIBRARY - bound]
    called += [
        f".{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in LIBRARY_METHODS
    ]
    imported = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    called += [line for line in imported if "labutils" in line]
    if called:
        return f"calls the library: {some(list(dict.fromkeys(called)))}"
    mine = list(itertools.islice(tokens(source), LONGEST))
    run = max((longest(mine, theirs) for theirs in library()), default=0)
    return f"has {run} tokens in a row of the library's source" if run >= COPIED else ""


def longest(one: list[str], other: list[str]) -> int:
    """The length of the longest run of tokens that both have."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size


@functools.cache
def library() -> list[list[str]]:
    """The tokens of the files that could be copied from."""
    folder = Path(checks.__file__).parent
    rooms = ("layers", "losses", "network", "training", "versions", "data", "audit")
    return [list(tokens((folder / f"{room}.py").read_text(encoding="utf-8"))) for room in rooms]


def tokens(source: str) -> Iterator[str]:
    """The words and signs of Python code, without comments, texts and layout."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.string.strip() and token.type not in (tokenize.COMMENT, tokenize.STRING):
                yield token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return


def answers(notebook: NotebookNode, released: NotebookNode) -> dict[str, str]:
    """The sources of the cells that students fill in, by their grade id; which they are, the release says."""
    asked = {grade_id(cell) for cell in released.cells if grade_id(cell) and grader(cell).get("solution")}
    return {str(name): cell.source for cell in notebook.cells if (name := grade_id(cell)) in asked}


def grader(cell: NotebookNode) -> Mapping[str, Any]:
    """nbgrader's metadata of a cell."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, Mapping) else {}


def grade_id(cell: NotebookNode) -> str | None:
    """nbgrader's name of a cell."""
    found = grader(cell).get("grade_id")
    return found if isinstance(found, str) else None


def graded(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that have points, by their names, in their order."""
    return {name: cell for cell in notebook.cells if (name := grade_id(cell)) and grader(cell).get("grade")}


def locked(cell: NotebookNode) -> bool:
    """Whether a cell is a check, which students should leave as it is."""
    return bool(grader(cell).get("grade")) and not grader(cell).get("solution")


def printed(cell: Mapping[str, Any]) -> list[str]:
    """What a cell's outputs say, as texts that can be compared; pictures and widgets by their text alone."""
    texts: list[str] = []
    streams: dict[str, list[str]] = {}
    for output in cell.get("outputs", []):
        kind, data = output.get("output_type"), output.get("data") or {}
        if kind == "stream":
            name = str(output.get("name"))
            if name not in streams:
                streams[name] = []
                texts.append(f"stream {name}")
            streams[name].append(text_of(output.get("text", "")))
        elif kind == "error":
            texts.append(f"error {output.get('ename')}")
        elif isinstance(data, Mapping) and not any("widget" in str(k) for k in data):
            texts.append(text_of(data.get("text/markdown") or data.get("text/plain") or ""))
    full = [f"{t} {''.join(streams[t.split()[1]])}" if t.startswith("stream ") else t for t in texts]
    return [re.sub(r"0x[0-9a-f]{6,}", "0x", strip_ansi(text)).strip() for text in full]


def place(cell: Mapping[str, Any], number: int) -> str:
    """How a cell without a name is called."""
    return f"cell {cell['metadata'].get('submitted_as', number) + 1}"


def some(names: list[str]) -> str:
    """A list in words, not too long."""
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
