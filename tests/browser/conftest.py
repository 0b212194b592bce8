"""A real Chromium, and a real JupyterLab or Notebook 7 on copies of the notebooks."""

import ast
import contextlib
import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from ..parts import hurry
from ..parts.conftest import PARTS, code_cells, read
from ..server import PATIENCE, serving

ROOT = Path(__file__).resolve().parents[2]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str) -> None:
    """Skip, or fail where a browser is required (as in CI)."""
    if os.environ.get("LAB_BROWSER") == "required":
        pytest.fail(f"LAB_BROWSER=required, but {what}")
    pytest.skip(f"no test in a browser: {what}")


def explorers_of(part: str) -> dict[str, str]:
    """The explorers that the cells of a part make, {"explorers.descent": the variable that holds it}."""
    trees = [ast.parse(cell.source) for cell in code_cells(read(part))]
    made = [node for tree in trees for node in tree.body if isinstance(node, ast.Assign)]
    calls = {ast.unparse(node.value.func): node for node in made if isinstance(node.value, ast.Call)}
    return {call: node.targets[0].id for call, node in calls.items() if call.startswith("explorers.")}


@pytest.fixture(scope="module")  # not longer: while it is there, an event loop runs in this process
def browser():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        missing("no Chromium was found: install chromium to run these tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


def hurried(path: Path) -> None:
    """Put a cell before a notebook that shortens its trainings: here its figures and knobs are looked at."""
    notebook = nbformat.read(path, as_version=4)
    quick = hurry.TRAINING if explorers_of(path.stem) else hurry.GLIMPSE + hurry.FIGURES
    notebook.cells.insert(0, nbformat.v4.new_code_cell(quick))
    nbformat.write(notebook, path)


EVERY_EXPLORER = """
import numpy as np
from labutils.data import load_mnist, load_points
from labutils.layers import Linear, Sigmoid, Softmax
from labutils.network import Network
from labutils.notebook import explorers
points, mnist, rng = load_points(), load_mnist().scaled(1 / 255), np.random.default_rng(0)
network = Network(Linear(784, 16, rng), Sigmoid(), Linear(16, 10, rng), Softmax())
---
line = explorers.line(points)
---
path_of = lambda rate: np.cumsum(np.full((11, 3), rate), axis=0) - rate
descent = explorers.descent(points, path_of, lambda w: 1 + float(w @ w), [0.01, 0.02, 0.1])
---
image_stages = explorers.image_stages(network, mnist)
---
hidden_units = explorers.hidden_units(network, mnist)
"""


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """A function that starts "lab" or "notebook" over copies of the notebooks: (address, token)."""
    with contextlib.ExitStack() as stack:

        def start(application: str) -> tuple[str, str]:
            folder = tmp_path_factory.mktemp(application)
            shutil.copytree(ROOT / "notebooks", folder / "notebooks")
            for part in PARTS[1:]:  # Part A trains for a second
                hurried(folder / "notebooks" / f"{part}.ipynb")
            kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
            every = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
            every.cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in EVERY_EXPLORER.split("---")]
            nbformat.write(every, folder / "notebooks" / "every_explorer.ipynb")
            settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
            settings.mkdir(parents=True)
            tracker = settings / "tracker.jupyterlab-settings"
            tracker.write_text(json.dumps({"windowingMode": "none"}), encoding="utf-8")
            command = [
                *(sys.executable, "-m", "jupyter", application),
                *("--expose-app-in-browser", f"--ServerApp.root_dir={folder / 'notebooks'}"),
            ]
            server = stack.enter_context(serving(command, folder))
            return server.address, server.token

        yield start


class Notebook:
    """A notebook that is open in the browser."""

    def __init__(self, page, address: str, token: str, part: str, application: str = "lab") -> None:
        self.page, self.part = page, part
        kind = "lab/tree" if application == "lab" else "notebooks"
        page.goto(f"{address}/{kind}/{part}.ipynb?reset&token={token}")
        self.wait_until_idle()

    PANEL = "window.jupyterapp.shell.currentWidget"
    CELLS = "window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells"

    def wait_until_idle(self, timeout: float = PATIENCE) -> None:
        """Wait until the notebook is on the page and its kernel has nothing to do."""
        self.page.wait_for_function(
            f"() => window.jupyterapp && {self.PANEL}?.context?.path === '{self.part}.ipynb'"
            f" && {self.PANEL}.context.isReady"
            f" && {self.PANEL}.sessionContext.session?.kernel?.status === 'idle'",
            timeout=1000 * timeout,
        )

    def reload(self) -> None:
        """Save the notebook and press F5."""
        self.page.evaluate("async () => await window.jupyterapp.commands.execute('docmanager:save')")
        self.page.reload()
        self.wait_until_idle()

    def restart(self) -> None:
        """Restart the kernel, without a question; again if the page misses that it is idle, which is rare."""
        from playwright.sync_api import TimeoutError as TooLate

        restart = f"async () => await {self.PANEL}.sessionContext.session.kernel.restart()"
        for _ in range(3):
            self.page.evaluate(restart)
            with contextlib.suppress(TooLate):
                return self.wait_until_idle(PATIENCE / 3)
        self.page.evaluate(restart)
        self.wait_until_idle()

    def run_all(self, timeout: float) -> None:
        """Run All, and wait for the end. (What was saved is cleared first: it has the same numbers.)"""
        self.page.evaluate(
            "async () => await window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"
        )
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        self.page.wait_for_function(
            f"() => {{ const code = {self.CELLS}.filter(c => c.cell_type === 'code');"
            f" return {self.PANEL}.sessionContext.session.kernel.status === 'idle'"
            " && code.every((c, i) => c.execution_count === i + 1) }",
            timeout=1000 * timeout,
            polling=500,
        )

    def errors(self) -> list[str]:
        """Every error and every line on stderr, in any output."""
        return self.page.evaluate(
            f"() => {self.CELLS}.flatMap(c => (c.toJSON().outputs || []))"
            ".filter(o => o.output_type === 'error' || o.name === 'stderr').map(o => JSON.stringify(o).slice(0, 2000))"
        )

    def kernel(self, code: str) -> str:
        """Run code in the notebook's kernel: what it prints."""
        return self.page.evaluate(
            "async ([panel, code]) => { let text = ''; const kernel = eval(panel).sessionContext.session.kernel;"
            " const future = kernel.requestExecute({code, store_history: false});"
            " future.onIOPub = m => { if (m.content.text) text += m.content.text;"
            " if (m.header.msg_type === 'error') text += m.content.traceback.join('\\n'); };"
            " await future.done; return text; }",
            [self.PANEL, code],
        ).strip()

    def cell(self, source: str):
        """The cell on the page whose source contains this."""
        cell = self.page.locator(".jp-CodeCell").filter(
            has=self.page.locator(".jp-InputArea", has_text=source)
        )
        cell.first.scroll_into_view_if_needed()
        return cell.first


@pytest.fixture
def open_notebook(browser):
    """A function that opens a notebook on a page of the size of a small laptop."""
    pages = []

    def make(server: tuple[str, str], part: str, application: str = "lab") -> Notebook:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(1000 * PATIENCE)
        pages.append(page)
        return Notebook(page, *server, part, application)

    yield make
    for page in pages:
        page.close()
