"""Someone at a notebook: a kernel of their own, cells run as they please, and the stop button."""

import queue
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager

SILENCE = 300  # seconds without a word from a kernel after which it counts as hung
UNCOMPARED = ("image/png", "application/vnd.jupyter.widget-view+json")  # as nbval has it


@dataclass
class Outcome:
    """What came of a cell that was run. error: the name of the exception, or ""."""

    error: str = ""
    said: str = ""  # by the exception
    outputs: list[nbformat.NotebookNode] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False  # the button was pressed before the cell had ended

    @property
    def printed(self) -> str:
        return "".join(output.get("text", "") for output in self.outputs)


def compared(outputs) -> dict[str, str]:
    """What nbval compares of a cell's outputs: what was printed, and every text that stands for something shown."""
    texts = defaultdict(str)
    for output in outputs:
        texts[output.get("name", "")] += output.get("text", "")
        for kind, content in output.get("data", {}).items():
            if kind not in UNCOMPARED:
                texts[kind] += content
    return {kind: text for kind, text in texts.items() if text}


class Person:
    """A kernel, and one who runs cells in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manager = KernelManager(kernel_name="python3")
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.manager.kernel_spec.argv = command  # this environment, whatever is registered as python3
        self.manager.start_kernel(cwd=str(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.connect()

    def connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SILENCE)

    def restart(self) -> None:
        """The restart button."""
        self.client.stop_channels()
        self.manager.restart_kernel()
        self.connect()

    def leave(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, source: str, interrupt_after: float | None = None) -> Outcome:
        """Run a cell to its end, or press the stop button so many seconds after it has begun."""
        outcome, shown = Outcome(), {}
        start, press = time.monotonic(), None
        mine = last = self.client.execute(source, allow_stdin=False)
        while True:
            if press is not None and time.monotonic() >= press:
                self.manager.interrupt_kernel()
                press, outcome.interrupted = None, True
                last = (
                    self.client.kernel_info()
                )  # answered next; the word that the cell has ended may be lost
            wait = SILENCE if press is None else max(0.001, press - time.monotonic())
            try:
                message = self.client.get_iopub_msg(timeout=wait)
            except queue.Empty:
                assert press is not None, f"the kernel hangs (alive: {self.manager.is_alive()}) in\n{source}"
                continue
            kind, content, parent = message["msg_type"], message["content"], message["parent_header"]
            if kind == "status" and content["execution_state"] == "idle" and parent.get("msg_id") == last:
                break
            if parent.get("msg_id") != mine:
                continue
            if kind == "execute_input" and interrupt_after is not None:
                press = time.monotonic() + interrupt_after
            if kind == "error":
                outcome.error, outcome.said = content["ename"], "\n".join(content["traceback"])
            if kind in ("stream", "display_data", "execute_result"):
                outcome.outputs.append(nbformat.v4.output_from_msg(message))
                shown[content.get("transient", {}).get("display_id")] = outcome.outputs[-1]
            if kind == "update_display_data":
                shown[content["transient"]["display_id"]].data = content["data"]
        outcome.seconds = time.monotonic() - start
        return outcome

    def ask(self, source: str) -> str:
        """What a line of code prints; it has to work."""
        outcome = self.run(source)
        assert not outcome.error, outcome.said
        return outcome.printed.strip()
