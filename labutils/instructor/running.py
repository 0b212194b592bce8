"""Run the prepared notebooks in the sandbox, several at a time. What was run is kept in grading/executed."""

import copy
import functools
import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

import labutils
from labutils._internal.data_files import read
from labutils.instructor import confined, flags, sandbox
from labutils.instructor.course import Course
from labutils.instructor.execute import Limits
from labutils.instructor.kept import Kept, digest
from labutils.instructor.submission import Submission

_PACKAGE = Path(labutils.__file__).parent


def run_all(
    submissions: Sequence[Submission], course: Course, limits: Limits, workers: int, kept: Kept
) -> None:
    """Run what was prepared and fill in `executed`, or `broken` if a run left nothing.

    The same code is run once and kept, so grading can be interrupted and continued. While notebooks run, a line says
    how many are left and about how long that takes.
    """
    waiting = {id(s): key_of(s.prepared, limits) for s in submissions if s.prepared is not None}
    missing: dict[str, NotebookNode] = {}
    longest_first = sorted(submissions, key=lambda submission: submission.part, reverse=True)
    for submission in longest_first:
        if submission.prepared is not None and kept.read(key := waiting[id(submission)]) is None:
            missing[key] = submission.prepared
    with ThreadPoolExecutor(workers) as pool, sandbox.homes() as homes:
        futures = [
            pool.submit(_run_notebook, notebook, functools.partial(kept.write, key), course, limits, homes)
            for key, notebook in missing.items()
        ]
        try:
            patience = {"mininterval": 0.5 if sys.stdout.isatty() else 10}
            shown: Any = {
                "total": len(futures),
                "desc": "notebooks run",
                "file": sys.stdout,
                "unit": "notebook",
            }
            for future in tqdm(as_completed(futures), disable=not futures, **shown, **patience):
                future.result()
        except BaseException:  # after Ctrl+C
            sandbox.stopping.set()
            pool.shutdown(cancel_futures=True)
            sandbox.stopping.clear()
            raise
    for submission in submissions:
        if submission.prepared is not None:
            with submission.fail_alone():
                _take_outcome(submission, waiting[id(submission)], kept)


def _take_outcome(submission: Submission, key: str, kept: Kept) -> None:
    """Fill in what a run gave."""
    outcome = kept.read(key)
    if outcome["failed"]:
        submission.broken = outcome["failed"]
        return
    submission.seconds = outcome["seconds"]
    submission.executed = executed = _add_outputs(submission.prepared, outcome)
    code = _code_cells(executed)
    events = [e | {"cell": None if e["cell"] is None else code[e["cell"]]} for e in outcome["events"]]
    submission.flags += flags.flag_events(events, executed)


def _add_outputs(notebook: NotebookNode | None, outcome: dict[str, Any]) -> NotebookNode:
    """A prepared notebook with the outputs of its run."""
    executed = copy.deepcopy(notebook)
    assert executed is not None
    for number, outputs in zip(_code_cells(executed), outcome["outputs"], strict=True):
        executed.cells[number].update(nbformat.from_dict(outputs))
    return executed


def _code_cells(notebook: NotebookNode) -> list[int]:
    """The numbers of the code cells. What is kept counts these alone, so that a new text costs no run."""
    return [number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"]


def loader(notebook: Callable[[], NotebookNode], limits: Limits, kept: Kept) -> Callable[[], NotebookNode]:
    """What reads the result of an earlier run. notebook: prepares it."""

    def load() -> NotebookNode:
        prepared = notebook()
        return _add_outputs(prepared, kept.read(key_of(prepared, limits)))

    return load


def _run_notebook(
    notebook: NotebookNode, keep: Callable[[Any], None], course: Course, limits: Limits, homes: Path
) -> None:
    """Run one notebook in the sandbox, and keep its outputs and what happened."""
    outcome: dict[str, Any] = {"failed": "", "events": [], "outputs": []}
    began = time.monotonic()
    try:
        executed, events = confined.run_notebook(notebook, limits, homes, [course.root])
        code, names = _code_cells(executed), ("outputs", "execution_count")
        outcome["events"] = [
            e | {"cell": code.index(e["cell"]) if e["cell"] in code else None} for e in events
        ]
        outcome["outputs"] = [{n: executed.cells[i].get(n) for n in names} for i in code]
    except (ValueError, OSError) as error:
        outcome["failed"] = str(error)
    if not sandbox.stopping.is_set():
        keep(outcome | {"seconds": round(time.monotonic() - began, 1)})


def key_of(notebook: NotebookNode, limits: Limits) -> str:
    """A name that is the same for the same code under the same limits, with the same labutils."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return digest(code, asdict(limits), package_digest())


@functools.cache
def package_digest() -> str:
    """A digest of labutils and its exercises. If it changes, notebooks are run again."""
    files = sorted(_PACKAGE.rglob("*.py"))
    return hashlib.sha256(b"".join(map(Path.read_bytes, files)) + read("exercises.json")).hexdigest()
