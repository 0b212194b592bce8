"""Run the prepared notebooks in the sandbox, several at a time. What was run is kept in grading/executed."""

import copy
import functools
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
from nbformat import NotebookNode

import labutils
from labutils._internal.data_files import read
from labutils.instructor import flags, sandbox
from labutils.instructor.collecting import read_notebook
from labutils.instructor.course import Course
from labutils.instructor.execute import Limits
from labutils.instructor.marks import replace_file
from labutils.instructor.submission import Submission

_PACKAGE = Path(labutils.__file__).parent


def run_all(submissions: Iterable[Submission], course: Course, limits: Limits, workers: int) -> None:
    """Run what was prepared and fill in `executed`, or `broken` if a run left nothing.

    The same code is run once and kept, so grading can be interrupted and continued.
    """
    kept = course.grading / "executed"
    kept.mkdir(exist_ok=True)
    waiting = [(s, s.prepared, _key_of(s.prepared, limits)) for s in submissions if s.prepared is not None]
    with ThreadPoolExecutor(workers) as pool, tempfile.TemporaryDirectory(prefix="grading") as homes:
        running: dict[str, Future[None]] = {}
        for _, notebook, key in waiting:
            if not (kept / f"{key}.json").exists() and key not in running:
                running[key] = pool.submit(_run_notebook, notebook, kept / key, course, limits, Path(homes))
        try:
            for number, future in enumerate(running.values(), start=1):
                future.result()
                if sys.stdout.isatty():
                    print(f"\rrun {number} of {len(running)} notebooks", end="", flush=True)
        except BaseException:  # after Ctrl+C, what runs may end, and the others do not start
            pool.shutdown(cancel_futures=True)
            raise
    if running:
        print()
    for submission, notebook, key in waiting:
        outcome = json.loads((kept / f"{key}.json").read_text())
        if outcome["failed"]:
            submission.broken = outcome["failed"]
            continue
        executed = nbformat.read(kept / f"{key}.ipynb", 4)
        with submission.fail_alone():
            for cell, ours in zip(executed.cells, notebook.cells, strict=True):
                outputs = {name: cell[name] for name in ("outputs", "execution_count") if name in cell}
                cell.update(copy.deepcopy(ours) | outputs)
            submission.flags += flags.flag_events(outcome["events"], executed)
            submission.executed = executed


def _run_notebook(notebook: NotebookNode, target: Path, course: Course, limits: Limits, homes: Path) -> None:
    """Run one notebook in the sandbox; its outputs and what happened go to target.ipynb and target.json."""
    with tempfile.TemporaryDirectory(dir=homes) as folder:
        home = Path(folder)
        nbformat.write(notebook, home / "in.ipynb")
        for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
            shutil.copy(fonts, home)  # otherwise every notebook would search for fonts again
        limited = json.dumps(asdict(limits))
        command = [sys.executable, "-m", "labutils.instructor.execute", "in.ipynb", "out.ipynb", limited]
        hidden = [course.grading, course.source, course.root / "tests", homes]
        fixed = [course.root, _PACKAGE.parent]
        # Some time to start and to end, and to interrupt what does not end.
        seconds = limits.notebook + 2 * limits.cell + 60
        ended = sandbox.run_confined(command, home, seconds, limits.memory, limits.file, hidden, fixed)
        outcome: dict[str, Any] = {"failed": "", "events": []}
        try:
            executed = read_notebook(home / "out.ipynb")
            if len(executed.cells) != len(notebook.cells):
                raise ValueError("cells are missing")
            outcome["events"] = json.loads((home / "out.json").read_text())
            nbformat.write(executed, target.with_suffix(".ipynb"))
        except (ValueError, OSError, KeyError) as error:
            outcome["failed"] = f"its run {ended or f'left nothing that can be read ({error})'}"
    replace_file(target.with_suffix(".json"), json.dumps(outcome))


def _key_of(notebook: NotebookNode, limits: Limits) -> str:
    """A name that is the same for the same code under the same limits, with the same labutils."""
    code = [[cell.cell_type, cell.source if cell.cell_type == "code" else ""] for cell in notebook.cells]
    return hashlib.sha256(json.dumps([code, asdict(limits), _package_digest()]).encode()).hexdigest()[:24]


@functools.cache
def _package_digest() -> str:
    """A digest of labutils and its exercises. If it changes, notebooks are run again."""
    files = sorted(_PACKAGE.rglob("*.py"))
    return hashlib.sha256(b"".join(map(Path.read_bytes, files)) + read("exercises.json")).hexdigest()
