"""`make lite`: a site in which the notebooks run in the browser alone.

With LAB_PYODIDE, a folder with Pyodide 0.27, a kernel runs every part in Chromium.
"""

import functools
import http.server
import importlib.util
import json
import os
import threading
from pathlib import Path

import nbformat
import pytest

from ..instructor.test_release import checkout_of_its_own

PYODIDE = os.environ.get("LAB_PYODIDE")
PARTS = ["part_a_logistic_regression", "part_b_two_layer_network", "part_c_learning_rate_study"]
CELLS = "window.panel.content.model.sharedModel.cells.filter(cell => cell.cell_type === 'code')"
OPEN = "window.jupyterapp?.shell.currentWidget?.content?.widgets?.length > 5"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A course with a release, and its site."""
    for package in ("nbgrader", "jupyterlite_core", "jupyterlite_pyodide_kernel"):
        if importlib.util.find_spec(package) is None:
            if os.environ.get("LAB_INSTRUCTOR") == "required":
                pytest.fail(f"LAB_INSTRUCTOR=required, but {package} is missing")
            pytest.skip(f"no site: {package} is missing (make lite installs it)")
    from labutils.instructor import lite
    from labutils.instructor.course import Course
    from labutils.instructor.release import make_release

    course = Course(checkout_of_its_own(tmp_path_factory.mktemp("checkout")))
    make_release(course)
    folder = tmp_path_factory.mktemp("site") / "lite"
    lite.build_site(course, folder, Path(PYODIDE) if PYODIDE else None)
    return course, folder


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(_Quiet, directory=str(site[1]))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def notebooks(folder: Path) -> dict[str, nbformat.NotebookNode]:
    return {path.stem: nbformat.read(path, 4) for path in sorted((folder / "files").glob("*.ipynb"))}


def test_it_has_the_three_parts_and_the_students_package(site):
    folder = site[1]
    assert list(notebooks(folder)) == PARTS
    wheels = [path.name for path in folder.rglob("*.whl")]
    assert [name for name in wheels if name.startswith("labutils-")]
    assert [name for name in wheels if name.startswith("ipywidgets-")]


def test_it_has_no_solution(site):
    from labutils.instructor.release import _find_leaks

    course, folder = site
    contents = {
        f"{stem}.ipynb": nbformat.writes(notebook).encode() for stem, notebook in notebooks(folder).items()
    }
    assert _find_leaks(course, contents) == []


def test_every_graded_cell_is_in_it_unchanged(site):
    """What is handed in from there can be graded."""
    from labutils.instructor import cells

    course, folder = site
    for stem, notebook in notebooks(folder).items():
        released = nbformat.read(course.release / f"{stem}.ipynb", 4)
        theirs = {cell["id"]: cell.source for cell in notebook.cells}
        graded = cells.graded_cells(released).values()
        assert graded
        assert all(theirs[cell["id"]] == cell.source for cell in graded)


def test_a_text_that_is_no_longer_there_stops_it(site):
    from labutils.instructor import lite

    course, _ = site
    notebook = nbformat.read(course.release / f"{PARTS[1]}.ipynb", 4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("epochs", "rounds")
    with pytest.raises(RuntimeError, match="expected the text"):
        lite.adapt(notebook, "B")


def test_the_lab_opens(browser, site, address):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/lab/index.html?path={PARTS[0]}.ipynb")
    page.wait_for_function(OPEN, timeout=120_000)
    assert errors == []
    page.close()


@pytest.mark.skipif(not PYODIDE, reason="with LAB_PYODIDE=FOLDER, a folder with Pyodide 0.27")
@pytest.mark.parametrize("part", PARTS)
def test_run_all_reaches_the_end_without_an_error(browser, site, address, part):
    page = browser.new_page()
    page.goto(f"{address}/lab/index.html?path={part}.ipynb")
    page.wait_for_function(OPEN, timeout=120_000)
    page.evaluate("() => { window.panel = window.jupyterapp.shell.currentWidget; }")
    page.evaluate("() => window.panel.sessionContext.ready")
    page.set_default_timeout(900_000)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    found = json.loads(
        page.evaluate(f"() => JSON.stringify({CELLS}.map(cell => [cell.source, cell.outputs]))")
    )
    errors = [output for _, outputs in found for output in outputs if output["output_type"] == "error"]
    assert errors == []
    assert any("image/png" in output.get("data", {}) for _, outputs in found for output in outputs)
    page.close()
