"""Run one notebook of a student and write its outputs, whatever the notebook does. This runs inside the sandbox.

There it is the only file of this folder, so it imports nothing of labutils. Every cell that did not run to its end
carries an error.
"""

import asyncio
import ctypes
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # jsonschema loads it, for two seconds a run

import nbformat
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

_TESTS = 60  # seconds of a cell of the grader's; it ends an answer that takes too long by itself, and earlier
_INTERRUPTS = 10  # of a cell that ran into its limit; together they may take as long again as the cell


@dataclass(frozen=True)
class Limits:
    """What a notebook may use. Times in seconds, sizes in bytes.

    output: of a cell, and eight times as much of all cells; memory: of one process; disk: of all files together.
    """

    cell: float = 120
    notebook: float = 1200
    output: int = 5_000_000
    memory: int = 4_000_000_000
    file: int = 100_000_000
    disk: int = 300_000_000
    processes: int = 200


class _Client(NotebookClient):
    """nbclient that cuts off too much output, continues after an error, and stops when the kernel does."""

    def __init__(self, notebook: NotebookNode, limits: Limits) -> None:
        manager = AsyncKernelManager(kernel_name="python3", transport="ipc")  # no network, not even loopback
        late = {"ename": "TimeLimit", "evalue": f"longer than {limits.cell:g} s", "traceback": []}
        super().__init__(
            notebook,
            km=manager,
            timeout=limits.cell,
            interrupt_on_timeout=True,
            error_on_timeout=late,
            allow_errors=True,
        )
        self._limits, self._printed, self._interrupts = limits, dict[int, int](), set[Any]()
        self._cut, self._kept = set[int](), 0
        self._stuck = False
        self.events: list[dict[str, Any]] = []

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Keep an output, unless the cell has given too much already."""
        content = msg["content"]
        try:
            size = len(content["text"]) if "text" in content else len(json.dumps(content, default=str))
        except RecursionError:
            return None
        before = self._printed.get(cell_index, 0)
        self._printed[cell_index] = before + size
        is_room = self._kept + size <= 8 * self._limits.output or self.nb.cells[cell_index].metadata.get(
            "uncounted"
        )
        if before + size <= self._limits.output and is_room:
            self._kept += size
            return super().output(outs, msg, display_id, cell_index)
        if cell_index not in self._cut:  # the first that is too much
            self._cut.add(cell_index)
            self._note(cell_index, "output")
            outs.append(_error_output("OutputLimit", f"more than {self._limits.output / 1e6:g} MB of output"))
            assert self.km is not None
            self._interrupts.add(asyncio.ensure_future(ensure_async(self.km.interrupt_kernel())))
        return None

    def _note(self, index: int, what: str) -> None:
        """Remember that something happened in a cell."""
        self.events.append({"cell": index, "what": what})

    async def run(self) -> None:
        """Execute the cells in their order."""
        began = time.monotonic()
        async with self.async_setup_kernel():
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type != "code":
                    continue
                if time.monotonic() - began > self._limits.notebook:
                    self._note(index, "notebook time")
                    return
                try:
                    counted = not cell.metadata.get("uncounted")
                    self.timeout = max(int(self._limits.cell), 1 if counted else _TESTS)
                    await self.async_execute_cell(cell, index, store_history=counted)
                except DeadKernelError:
                    self._note(index, "kernel died")
                    return
                except CellExecutionError:  # a cell whose error the protocol could not carry
                    cell.outputs.append(_error_output("Error", "the cell did not run"))
                if any(output.get("ename") == "TimeLimit" for output in cell.outputs):
                    self._note(index, "time")
                cell.metadata["ran"] = True
                if self._stuck:
                    self._note(index, "stuck")
                    return

    async def _async_handle_timeout(
        self, timeout: int, cell: NotebookNode | None = None
    ) -> dict[str, Any] | None:
        """Interrupt the kernel until the cell ends, which may catch the first interrupts and go on.

        Otherwise the rest of the cell would count as time of the next one.
        """
        assert self.kc is not None
        reply = None
        for _ in range(_INTERRUPTS):
            reply = await super()._async_handle_timeout(timeout, cell)
            try:
                await ensure_async(self.kc.shell_channel.get_msg(timeout=self._limits.cell / _INTERRUPTS))
                return reply
            except Empty:
                await self._async_check_alive()
        self._stuck = True
        return reply

    async def _check_raise_for_error(
        self, cell: NotebookNode, cell_index: int, exec_reply: dict[str, Any] | None
    ) -> None:
        """Add the error of a time limit, which nbclient puts into the reply alone."""
        if exec_reply and exec_reply["content"].get("ename") == "TimeLimit":
            cell.outputs.append(_error_output("TimeLimit", exec_reply["content"]["evalue"]))
        await super()._check_raise_for_error(cell, cell_index, exec_reply)


def _error_output(name: str, value: str) -> NotebookNode:
    """An error output."""
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[f"{name}: {value}"])


def _execute(notebook: NotebookNode, limits: Limits) -> list[dict[str, Any]]:
    """Execute a notebook in place; the events of the run."""
    for cell in notebook.cells:
        cell.metadata.pop("ran", None)
    client = _Client(notebook, limits)
    try:
        asyncio.run(client.run())
    except Exception as error:  # the kernel did not start, or died while it was shut down
        client.events.append(
            {"cell": None, "what": "failed", "why": f"{type(error).__name__}: {error}"[:500]}
        )
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.metadata.pop("ran", False):
            cell.outputs = [*cell.outputs, _error_output("NotRun", "this cell was not run to its end")]
    return client.events


def _main(source: Path, limits: Limits) -> None:
    """Run a notebook, and write its outputs and the events of the run to what was standard output."""
    result = os.dup(sys.stdout.fileno())  # no process that starts from here on gets it
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE: and none can take it from this process
    notebook = nbformat.read(source, as_version=4)
    events = _execute(notebook, limits)
    cells = [{name: cell.get(name) for name in ("outputs", "execution_count")} for cell in notebook.cells]
    with os.fdopen(result, "w", encoding="ascii") as file:
        json.dump({"cells": cells, "events": events}, file)


def read_outcome(said: bytes, notebook: NotebookNode) -> tuple[NotebookNode, list[dict[str, Any]]]:
    """A prepared notebook with the outputs that its run wrote, and the events of the run.

    said: what the run wrote, or a student's process in its place. Outputs that are none are left out. Raises
    `ValueError` if it cannot be read.
    """
    try:
        # Half of a surrogate pair (a broken emoji) cannot be written again, so it becomes a question mark.
        found = json.loads(json.dumps(json.loads(said), ensure_ascii=False).encode("utf-8", "replace"))
        cells, events = found["cells"], found["events"]
        if len(cells) != len(notebook.cells):
            raise ValueError("cells are missing")
        executed: NotebookNode = nbformat.from_dict(json.loads(json.dumps(notebook)))
        for cell, run in zip(executed.cells, cells, strict=True):
            if cell.cell_type == "code":
                cell.outputs = [nbformat.from_dict(one) for one in run["outputs"] or () if _is_output(one)]
                count = run["execution_count"]
                cell.execution_count = (
                    count if type(count) is int and not cell.metadata.get("uncounted") else None
                )
        places = [None, *range(len(cells))]
        kinds = ("time", "output", "kernel died", "stuck", "notebook time", "failed")
        known = [one for one in events if one["what"] in kinds and one["cell"] in places]
        return executed, [
            {name: one[name] for name in ("cell", "what", "why") if name in one} for one in known
        ]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}"[:200]) from None


def _is_output(output: Any) -> bool:
    """Whether something is an output of a cell."""
    return isinstance(output, dict) and bool(nbformat.validator.isvalid(output, ref="output", version=4))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Limits(**json.loads(sys.argv[2])))
