"""Run a prepared notebook in the sandbox."""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
from nbformat import NotebookNode

from labutils.instructor import execute, sandbox
from labutils.instructor.execute import Limits

SLACK = 60  # seconds to start and to end, and to interrupt what does not end


def run_notebook(
    notebook: NotebookNode, limits: Limits, homes: Path, hidden: Sequence[Path] = ()
) -> tuple[NotebookNode, list[dict[str, Any]]]:
    """The notebook with the outputs of its run, and the events of the run.

    homes: of `sandbox.homes`; hidden: folders of the course, as for `sandbox.run_confined`. Raises `ValueError` that
    says what happened if the run left nothing that can be read.
    """
    files = {
        "in.ipynb": nbformat.writes(notebook).encode(),
        "execute.py": Path(execute.__file__).read_bytes(),
    }
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
        files[fonts.name] = fonts.read_bytes()  # otherwise every notebook would search for fonts again
    with tempfile.TemporaryDirectory(dir=homes, ignore_cleanup_errors=True) as folder:
        ended = sandbox.run_confined(
            [sys.executable, "-I", "execute.py", "in.ipynb", json.dumps(asdict(limits))],
            Path(folder),
            files,
            seconds=limits.notebook + 2 * limits.cell + SLACK,
            memory=limits.memory,
            file=limits.file,
            disk=limits.disk,
            processes=limits.processes,
            output=10 * limits.output,
            hidden=hidden,
        )
    try:
        return execute.read_outcome(ended.said, notebook)
    except ValueError as error:
        why = ended.problem or f"left nothing that can be read ({str(error)[:200]})"
        raise ValueError(f"its run {why}") from None
