"""What a person waits for, on an idle machine: the first cell, Run All, a slider, the stop button, a check, the pages.

The sliders need Chromium. With LAB_WAITING=all, the set-up of a fresh clone and `make test` are timed, too.
"""

import contextlib
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel

from labutils import exercises
from labutils.exercises.answers import SECONDS
from tests.browser.conftest import EVERY_EXPLORER, QUIET, Notebook
from tests.exercises.measure import function_of
from tests.exercises.student_answers import ANSWERS
from tests.parts.conftest import PARTS, ROOT, code_cells, read
from tests.server import serving

RUN_ALL = dict(zip(PARTS, (7, 12, 60), strict=True))  # seconds that the whole process may take
PRESSES = 20
PEAK = "import resource; print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
# A promise of the milliseconds from a key press until the image of a cell is another one and has been painted.
AFTER_KEY = """key => new Promise(done => {
  const image = document.activeElement.closest('.jp-OutputArea').querySelector('img'), start = performance.now();
  const area = image.closest('.jp-OutputArea'), before = image.src;
  const look = () => { const now = area.querySelector('img');
    if (now && now.src !== before && now.complete) requestAnimationFrame(() => done(performance.now() - start));
    else requestAnimationFrame(look); };
  look();
})"""
LONG_RUN = """
import numpy as np
from labutils.data import load_digits
from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.notebook.live import TrainingProgress
from labutils.training import TrainingOptions, train
data, rng = load_digits(0), np.random.default_rng(0)
network = Network(Linear(784, 700, rng), ReLU(), Linear(700, 10, rng))
print("training")
train(network, SoftmaxNLL(), data, TrainingOptions(1e-3, epochs=500), [TrainingProgress()]).status
"""


def measure(rounds: int) -> Iterator[dict]:
    """The figures of the table "what a person waits for", each with its target."""
    for part in PARTS:
        seconds = [first_cells(part) for _ in range(rounds)]
        yield figure(f"{part}: the cells up to the imports", seconds, "s", 1.5)
    for part, most in RUN_ALL.items():
        times, peaks = zip(*(run_all(part) for _ in range(3)), strict=True)
        yield figure(f"{part}: Run All, the whole process", times, "s", most)
        yield figure(f"{part}: memory of its kernel", peaks, "MB", 400)
    yield from sliders()
    yield figure("from the stop button to the end of the run", [stop() for _ in range(rounds)], "s", 0.3)
    once, slowest = check_times(rounds)
    yield figure(f"a check, the median of {len(ANSWERS)} answers", once, "s", 0.2)
    yield figure(f"the slowest check of {len(ANSWERS)} answers", slowest, "s", 0.2)
    pages = [sys.executable, "-m", "labutils.instructor.pages"]
    yield figure("make html", [seconds_of(lambda: run(pages)) for _ in range(3)], "s", 4)
    if os.environ.get("LAB_WAITING") == "all":
        yield from set_up()
        yield figure("make test, after set-up", [seconds_of(lambda: run(["make", "test"]))], "s", 180)


def figure(what: str, values: object, unit: str, most: float) -> dict:
    """A row of the table: the median, and the quartiles if there are enough values."""
    values = list(values)  # type: ignore[call-overload]
    row = {"what": what, "value": statistics.median(values), "unit": unit, "most": most}
    if len(values) > 3:
        quartiles = statistics.quantiles(values, n=4)
        row["quartiles"] = [quartiles[0], quartiles[2]]
    return row


def seconds_of(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def run(command: list[str], **options: object) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, **options)  # type: ignore[call-overload]


def first_cells(part: str) -> float:
    """Seconds from the first cell to the end of the one that imports NumPy, in a kernel that is up."""
    sources = [cell.source for cell in code_cells(read(part))]
    last = next(place for place, source in enumerate(sources) if "import numpy" in source)
    manager, client = start_new_kernel(cwd=str(ROOT / "notebooks"), stderr=subprocess.DEVNULL)
    try:
        client.execute_interactive("1", output_hook=lambda message: None)
        return seconds_of(
            lambda: [
                client.execute_interactive(source, output_hook=lambda message: None)
                for source in sources[: last + 1]
            ]
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_all(part: str) -> tuple[float, float]:
    """Seconds of `nbconvert --execute`, and the peak memory of the kernel in megabytes."""
    notebook = read(part)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    with tempfile.TemporaryDirectory(dir=ROOT / "notebooks") as folder:
        path = Path(folder) / f"{part}.ipynb"
        nbformat.write(notebook, path)
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(path)]
        seconds = seconds_of(lambda: run(command))
        (output,) = nbformat.read(path, as_version=4).cells[-1].outputs
    return seconds, float(output.text.split()[1])


def sliders() -> Iterator[dict]:
    """Milliseconds from a key press on the last slider of each explorer to its new figure on the page."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        return
    from playwright.sync_api import sync_playwright

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        every = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
        every.cells = [nbformat.v4.new_code_cell(source.strip()) for source in EVERY_EXPLORER.split("---")]
        nbformat.write(every, folder / "every.ipynb")
        command = [sys.executable, "-m", "jupyter", "lab", "--expose-app-in-browser"]
        server = stack.enter_context(serving([*command, f"--ServerApp.root_dir={folder}"], folder))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        notebook = Notebook(page, server.address, server.token, "every")
        notebook.run_all(300)
        for name in ("line", "descent", "image_stages", "hidden_units"):
            slider = notebook.cell(f"explorers.{name}").locator("[role=slider]").last
            slider.wait_for()
            is_last = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
            keys = ("ArrowLeft", "ArrowRight") if is_last else ("ArrowRight", "ArrowLeft")
            times = []
            for press in range(PRESSES):
                slider.focus()
                waiting = page.evaluate_handle(f"() => ({{done: ({AFTER_KEY})()}})")
                page.keyboard.press(keys[press % 2])
                times.append(page.evaluate("async holder => await holder.done", waiting))
                page.wait_for_timeout(150)
            yield figure(f"explorer {name}: from a key press to the figure", times, "ms", 120)
            yield {"what": f"explorer {name}: the slowest", "value": max(times), "unit": "ms", "most": 500}
        browser.close()


def stop() -> float:
    """Seconds from the interrupt of a training with a live figure to the end of its cell."""
    manager, client = start_new_kernel(cwd=str(ROOT / "notebooks"), stderr=subprocess.DEVNULL)
    try:
        request = client.execute(LONG_RUN)
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["msg_type"] == "display_data":
                break
        time.sleep(2)
        start = time.perf_counter()
        manager.interrupt_kernel()
        while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != request:
            pass
        return time.perf_counter() - start
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def check_times(rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of a check of every answer, once, and of the slowest of them, again and again."""
    first = []
    with contextlib.redirect_stdout(io.StringIO()):
        for answer in ANSWERS:
            function = function_of(answer)
            seconds = seconds_of(partial(exercises.check, answer.exercise, function))
            if seconds < SECONDS / 2:  # an endless answer takes the whole limit
                first.append((seconds, answer.exercise, function))
        twenty = sorted(first, key=lambda one: -one[0])[:20]
        again = [
            [seconds_of(partial(exercises.check, name, function)) for _ in range(rounds)]
            for _, name, function in twenty
        ]
    return [seconds for seconds, _, _ in first], max(again, key=statistics.median)


def set_up() -> Iterator[dict]:
    """Seconds of `make lab` from a fresh clone to the answer of its server, with pip's and uv's warm caches."""
    for tool, most in (("pip", 120), ("uv", 45)):
        if tool == "uv" and shutil.which("uv") is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            run(["git", "clone", "-q", str(ROOT), str(clone)])
            path = os.environ["PATH"] if tool == "uv" else without_uv(Path(folder))
            start = time.perf_counter()
            with open(Path(folder) / "log", "w") as log:
                options = {"cwd": clone, "env": os.environ | {"PATH": path}, "stdout": log, "stderr": log}
                process = subprocess.Popen(["make", "lab"], **options)  # type: ignore[call-overload]
                while "/lab/tree" not in (Path(folder) / "log").read_text():
                    time.sleep(0.1)
                seconds = time.perf_counter() - start
                process.terminate()
                process.wait()
        yield figure(f"make lab from a fresh clone, with {tool}", [seconds], "s", most)


def without_uv(folder: Path) -> str:
    """A PATH on which uv is not found."""
    kept = [place for place in os.environ["PATH"].split(os.pathsep) if not (Path(place) / "uv").exists()]
    return os.pathsep.join(kept)
