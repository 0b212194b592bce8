"""What a grader should look at in a submission. A flag says what was seen and where; it does not judge a person."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from labutils import exercises
from labutils._internal.data_files import fingerprint
from labutils.instructor.cells import answers_in, grade_id, is_check, nbgrader_of
from labutils.instructor.originality import describe_library_use, names_of_the_library, shorten_list
from labutils.instructor.safe_html import text_of
from labutils.instructor.submission import Measured

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
_FONTS = re.compile(r"Matplotlib is building the font cache.*\n?")  # on the first use of a computer


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
    library = names_of_the_library(submitted)
    answers = answers_in(submitted, released).items()
    used = ((name, describe_library_use(source, library)) for name, source in answers)
    return found + [f"{name} {words}" for name, words in used if words]


def release_of(submitted: NotebookNode) -> str:
    """The name of the release that a notebook says it was made from; "" if it names none."""
    made_from = submitted.metadata.get("labutils")
    made_from = made_from.get("release") if isinstance(made_from, Mapping) else None
    return made_from if isinstance(made_from, str) else ""


def _flag_release(submitted: NotebookNode, release: str) -> list[str]:
    """Whether a notebook was made from the release that is here."""
    if (made_from := release_of(submitted)) == release:
        return []
    if made_from:
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
    """What the numbers next to the cells say about the order in which they were run. Colab saves no numbers."""
    code = [cell for cell in submitted.cells if cell.cell_type == "code" and cell.source.strip()]
    run = [count for cell in code if isinstance(count := cell.get("execution_count"), int)]
    if not run:
        return [] if any(cell.get("outputs") for cell in code) else ["saved without having been run"]
    found = []
    if any(a >= b for a, b in itertools.pairwise(run)):
        found.append("cells were run out of order")
    left = sum(not isinstance(cell.get("execution_count"), int) and not cell.get("outputs") for cell in code)
    if left:
        found.append(f"{left} of {len(code)} cells were not run")
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
    stale, other_checks = [], _has_other_checks(submitted, executed)
    for cell in executed.cells:
        number = cell.metadata.get("submitted_as")
        if cell.cell_type != "code" or number is None or cell.source in varies:
            continue
        if other_checks and "results_page(" in cell.source:  # the page lists the checks
            continue
        saved, again = _texts_of(submitted.cells[number]), _texts_of(cell)
        # The check of an answer that raises an error is run with the released one.
        failed = is_check(cell) and any(text.startswith("error ") for text in saved + again)
        if "error NotRun" in again or failed:
            continue
        if saved != again:
            page = "the page of results" if "results_page(" in cell.source else f"cell {number + 1}"
            name = grade_id(cell) or page
            stale.append(f"{name} (no output was saved)" if not saved else str(name))
    return [f"saved outputs are not what a re-run gives: {shorten_list(stale)}"] if stale else []


def _has_other_checks(submitted: NotebookNode, executed: NotebookNode) -> bool:
    """Whether a check was put back, or had stopped with an error, which the released blanks of answers prevent."""
    places = [cell.metadata.get("submitted_as") for cell in executed.cells if is_check(cell)]
    return any(
        place is None or any(text.startswith("error ") for text in _texts_of(submitted.cells[place]))
        for place in places
    )


def flag_events(events: Iterable[Mapping[str, Any]], executed: NotebookNode) -> list[str]:
    """The limits that the run reached. `flag_measured` says which answers are too slow for their checks."""
    found = []
    for event in events:
        if event["what"] == "failed":
            found.append(f"could not be run: {event.get('why', '')}")
            continue
        cell = executed.cells[event["cell"]]
        if event["what"] != "time" or not is_check(cell):
            found.append(f"{grade_id(cell) or _place(cell, event['cell'])} {_EVENTS[event['what']]}")
    for number, cell in enumerate(executed.cells):
        if "error MemoryError" in _texts_of(cell):
            found.append(f"{grade_id(cell) or _place(cell, number)} ran out of memory")
    return list(dict.fromkeys(found))


def flag_measured(measured: Mapping[str, Measured]) -> list[str]:
    """What happened when the answers were tested. measured: by grade id."""
    found = []
    for name, result in measured.items():
        if result.state == "too slow":
            found.append(f"{name}: the answer ran into the time limit of its check")
        if result.used:
            found.append(f"{name}: called the library while it was tested: {shorten_list(list(result.used))}")
    return found


def flag_numbers(numbers: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The flags of students whose student number is in other submissions, too. numbers: by student."""
    where: dict[str, list[str]] = defaultdict(list)
    for student, own in numbers.items():
        for number in {re.sub(r"\W", "", number) for number in own} - {""}:
            where[number].append(student)
    found: dict[str, list[str]] = defaultdict(list)
    for number, students in where.items():
        for student in students if len(students) > 1 else ():
            others = shorten_list([other for other in students if other != student])
            found[student].append(f"the student number {number} is also in the submission of {others}")
    return found


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
            streams[name].append(_FONTS.sub("", text_of(output.get("text", ""))))
        elif kind == "error":
            texts.append(f"error {output.get('ename')}")
        elif isinstance(data, Mapping) and ("image/png" in data or not any("widget" in str(k) for k in data)):
            texts.append(text_of(data.get("text/markdown") or data.get("text/plain") or ""))
    full = [f"{t} {''.join(streams[t.split()[1]])}" if t.startswith("stream ") else t for t in texts]
    full = [text for text in full if not re.fullmatch(r"stream \w+\s*", text)]
    return [re.sub(r"0x[0-9a-f]{6,}", "0x", strip_ansi(text)).strip() for text in full]


def _place(cell: Mapping[str, Any], number: int) -> str:
    """What a cell without a grade id is called."""
    return f"cell {cell['metadata'].get('submitted_as', number) + 1}"
