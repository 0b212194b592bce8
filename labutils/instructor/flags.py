"""What a grader should look at in a submission. A flag says what was seen and where; it does not judge a person."""

import filecmp
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from labutils import exercises
from labutils._internal.data_files import fingerprint
from labutils.exercises.answers import SECONDS
from labutils.instructor.cells import answers_in, grade_id, is_check, nbgrader_of
from labutils.instructor.originality import describe_library_use, shorten_list
from labutils.instructor.safe_html import text_of

_EVENTS = {
    "time": "ran into the time limit",
    "output": "gave more output than is kept",
    "kernel died": "ended the kernel, and what comes after it was not run",
    "stuck": "did not end when it was interrupted, and what comes after it was not run",
    "notebook time": "and what comes after it were not run: the notebook took too long",
}
_MODULES = [path.stem for path in Path(exercises.__file__).parent.glob("[a-z]*.py")]
_INSIDE = re.compile(
    rf"labutils\.instructor|sys\.modules|^\s*({'|'.join(['exercises', 'bank', *_MODULES])})(\.\w+)+ *=[^=]",
    re.MULTILINE,
)  # code that reaches into the checks


def flag_notebook(submitted: NotebookNode, released: NotebookNode, release: str) -> list[str]:
    """The flags that can be raised without running the notebook. release: the name of the release here."""
    found = _flag_release(submitted, release) + _flag_cells(submitted, released) + _flag_counts(submitted)
    ours = _released_cells(released)
    inside = [
        _place(cell, number)
        for number, cell in enumerate(submitted.cells)
        if cell.cell_type == "code"
        and not ((name := grade_id(cell)) in ours and is_check(ours[name]))
        and _INSIDE.search(cell.source)
    ]
    if inside:
        found.append(f"reaches into the checks: {shorten_list(inside)}")
    used = ((name, describe_library_use(source)) for name, source in answers_in(submitted, released).items())
    return found + [f"{name} {words}" for name, words in used if words]


def _flag_release(submitted: NotebookNode, release: str) -> list[str]:
    """Whether a notebook was made from the release that is here."""
    made_from = submitted.metadata.get("labutils")
    made_from = made_from.get("release") if isinstance(made_from, Mapping) else None
    if made_from == release:
        return []
    if isinstance(made_from, str):
        return [f"made from another release ({made_from[:40]}, here {release})"]
    return [f"made from a release that it does not name (here {release})"]


def _flag_cells(submitted: NotebookNode, released: NotebookNode) -> list[str]:
    """Cells of the release that are missing, there twice, or edited where they should not be."""
    found = []
    ours = _released_cells(released)
    theirs = Counter(filter(None, map(grade_id, submitted.cells)))
    if deleted := [str(name) for name in ours if name not in theirs]:
        found.append(f"cells deleted: {', '.join(deleted)}")
    if twice := [name for name, count in theirs.items() if count > 1]:
        found.append(f"cells there twice: {', '.join(map(str, twice))[:200]}")
    handed_out = [
        (cell, str(name), ours[name]) for cell in submitted.cells if (name := grade_id(cell)) in ours
    ]
    edited = [
        name for cell, name, our in handed_out if is_check(our) and cell.source.strip() != our.source.strip()
    ]
    if edited:
        found.append(f"check cells edited: {', '.join(dict.fromkeys(edited))}")
    changed = [
        name
        for cell, name, our in handed_out
        if cell.cell_type != our.cell_type
        or any(
            nbgrader_of(cell).get(key) != nbgrader_of(our).get(key) for key in ("grade", "points", "solution")
        )
    ]
    if changed:
        found.append(f"kind or points of cells changed: {', '.join(dict.fromkeys(changed))}")
    return found


def _flag_counts(submitted: NotebookNode) -> list[str]:
    """What the numbers next to the cells say about the order in which they were run."""
    counts = [
        cell.get("execution_count")
        for cell in submitted.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    run = [count for count in counts if isinstance(count, int)]
    if not run:
        return ["saved without having been run"]
    found = []
    if any(a >= b for a, b in itertools.pairwise(run)):
        found.append("cells were run out of order")
    if len(run) < len(counts):
        found.append(f"{len(counts) - len(run)} of {len(counts)} cells were not run")
    return found


def _released_cells(released: NotebookNode) -> Mapping[str | None, NotebookNode]:
    """nbgrader's cells of a release, by grade id."""
    return {name: cell for cell in released.cells if (name := grade_id(cell))}


def flag_run(submitted: NotebookNode, executed: NotebookNode, released: NotebookNode) -> list[str]:
    """Saved outputs that differ from those of a new run. Cells whose last digits vary are left out."""
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
        saved, again = _texts_of(submitted.cells[number]), _texts_of(cell)
        if "error NotRun" in again:
            continue
        if is_check(cell):  # its hidden test may add an error
            saved, again = ([t for t in texts if not t.startswith("error ")] for texts in (saved, again))
        if saved != again:
            name = grade_id(cell) or f"cell {number + 1}"
            stale.append(f"{name} (not run)" if not saved else str(name))
    return [f"saved outputs are not what a re-run gives: {shorten_list(stale)}"] if stale else []


def flag_events(events: Iterable[Mapping[str, Any]], executed: NotebookNode) -> list[str]:
    """The limits that the run reached."""
    found = []
    for event in events:
        if event["what"] == "failed":
            found.append(f"could not be run: {event.get('why', '')}")
            continue
        cell = executed.cells[event["cell"]]
        if event["what"] != "time" or not is_check(cell):
            found.append(f"{grade_id(cell) or _place(cell, event['cell'])} {_EVENTS[event['what']]}")
    for number, cell in enumerate(executed.cells):
        name, texts = grade_id(cell) or _place(cell, number), _texts_of(cell)
        if "error MemoryError" in texts:
            found.append(f"{name} ran out of memory")
        # The check stops the answer, or the cell's limit is reached first where the processor is busy.
        late = any(text == "error TimeLimit" or f"longer than {SECONDS} seconds" in text for text in texts)
        if late and is_check(cell):
            found.append(f"{name}: the answer ran into the time limit of its check")
    return list(dict.fromkeys(found))


def flag_files(folder: Path, root: Path) -> list[str]:
    """Files of the data and the package that came with a submission and differ from what was handed out."""
    changed = []
    for name in ("data", "labutils"):
        if (folder / name).is_symlink():  # it may point anywhere
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


def flag_data(submitted: NotebookNode) -> list[str]:
    """Whether the page of results was made with other data than ours."""
    texts = [text for cell in submitted.cells if cell.cell_type == "code" for text in _texts_of(cell)]
    seen = {
        match.group(1)
        for text in texts
        for match in re.finditer(r"^Data: ([0-9a-f]{8})\.$", text, re.MULTILINE)
    }
    if seen - {fingerprint()}:
        return ["changed data: the page of results was made with other data files"]
    return []


def _texts_of(cell: Mapping[str, Any]) -> list[str]:
    """The outputs of a cell as texts that can be compared; a picture or a widget is represented by its text."""
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
        elif isinstance(data, Mapping) and ("image/png" in data or not any("widget" in str(k) for k in data)):
            texts.append(text_of(data.get("text/markdown") or data.get("text/plain") or ""))
    full = [f"{t} {''.join(streams[t.split()[1]])}" if t.startswith("stream ") else t for t in texts]
    return [re.sub(r"0x[0-9a-f]{6,}", "0x", strip_ansi(text)).strip() for text in full]


def _place(cell: Mapping[str, Any], number: int) -> str:
    """What a cell without a grade id is called."""
    return f"cell {cell['metadata'].get('submitted_as', number) + 1}"
