"""Each part in JupyterLab, as a student has it: Run All, then every knob of every explorer; and an interrupt.

Other tests are at work on the machine meanwhile: what is waited for may take its time, and what has to be quick may be
tried again.
"""

import re
import statistics
import time
from collections.abc import Callable

import pytest

from ..server import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.notebook]

EXPLORERS = {
    "part_a_logistic_regression": {"explorers.descent": "descents"},
    "part_b_two_layer_network": {"explorers.hidden_units": "one_unit", "explorers.image_stages": "stages_of"},
    "part_c_learning_rate_study": {},
}
SECONDS = 900  # after which Run All counts as hung
QUICK, ROUNDS = 1.0, 5  # seconds in which a figure follows its knob; how often that is tried


@pytest.fixture(scope="module")
def lab(serve):
    return serve("lab")


def picture(cell) -> str:
    return cell.locator(".jp-OutputArea img").first.get_attribute("src")


def until(notebook, true: Callable[[], bool], otherwise: str, pause: int = 20) -> None:
    """Wait until it is true, asking every few milliseconds."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, otherwise
        notebook.page.wait_for_timeout(pause)


def changed(notebook, cell, before: str) -> None:
    """Wait until the figure is another one."""
    until(notebook, lambda: picture(cell) != before, "the figure does not follow")


def shows_its_values(notebook, cell, name: str) -> None:
    """What stands on the page is the figure for the kernel's values, when no more of them are on their way."""
    figure = f"base64.b64encode({name}.draw(**{name}.values()).png()).decode()"
    last = ""

    def settled() -> bool:
        nonlocal last
        before = last
        last = notebook.kernel(f"import base64; print({name}.values(), {figure})")
        return before == last and last.endswith("".join(picture(cell).split(",")[1].split()))

    until(notebook, settled, f"{name} shows something else than its values", pause=250)


def turn_every_knob(notebook, source: str, name: str) -> list[float]:
    """Move each knob of an explorer by keyboard or mouse; the seconds until the figure has followed."""
    cell = notebook.cell(source)
    cell.locator(".widget-vbox, .jupyter-widgets").first.wait_for()
    times = []
    for slider in cell.locator("[role=slider]").all():
        for key in ("ArrowRight", "ArrowLeft"):
            before, place = picture(cell), slider.get_attribute("aria-valuenow")
            slider.focus()
            start = time.perf_counter()
            notebook.page.keyboard.press(key)
            if slider.get_attribute("aria-valuenow") == place:
                continue  # at the end of its scale
            changed(notebook, cell, before)
            times.append(time.perf_counter() - start)
            shows_its_values(notebook, cell, name)
            break
        else:
            raise AssertionError(f"{name}: a slider does not answer the keyboard")
    assert len(times) == int(notebook.kernel(f"print(len({name}.knobs))"))
    return times


def answers_quickly(notebook, source: str, name: str) -> None:
    """Half of the knobs move their figure within a second. A busy machine may have other rounds."""
    medians = []
    for _ in range(ROUNDS):
        medians.append(statistics.median_high(turn_every_knob(notebook, source, name)))
        if medians[-1] < QUICK:
            return
    raise AssertionError(f"{name}: a figure follows its knob after {medians} s")


@pytest.mark.parametrize("part", EXPLORERS)
def test_run_all_and_every_knob(open_notebook, lab, part):
    notebook = open_notebook(lab, part)
    notebook.run_all(SECONDS)
    assert notebook.errors() == []
    for source, name in EXPLORERS[part].items():
        answers_quickly(notebook, source, name)
        many_moves(notebook, source, name)
    assert notebook.errors() == []
    if "_b_" in part:
        interrupt(notebook)


def many_moves(notebook, source: str, name: str) -> None:
    """Thirty moves as fast as they come: the figure that is left is that of the last."""
    cell = notebook.cell(source)
    cell.locator("[role=slider]").first.focus()
    for key in ("ArrowLeft", "ArrowRight") * 15:
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.press("ArrowRight")
    shows_its_values(notebook, cell, name)


def interrupt(notebook) -> None:
    """A long run that is interrupted ends as stopped, and figure, table and record are there."""
    notebook.page.evaluate(
        f"() => {{ {notebook.CELLS.removesuffix('.cells')}.addCell({{cell_type: 'code', source: "
        "'long = train(two_layers(100), NLL(), data, replace(options, epochs=5000),"
        " callbacks=[TrainingProgress(table=True)])'}); }"
    )
    notebook.page.evaluate(
        f"() => {{ const n = {notebook.PANEL}.content; n.activeCellIndex = n.widgets.length - 1;"
        " window.jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    cell = notebook.cell("long = train")
    cell.locator(".jp-OutputArea img").first.wait_for()
    cell.get_by_text(re.compile(r"\d %")).first.wait_for()  # a row of the table, which is kept
    notebook.page.evaluate(f"() => {notebook.PANEL}.sessionContext.session.kernel.interrupt()")
    cell.get_by_text("stopped (").wait_for()
    assert notebook.errors() == []
    assert notebook.kernel("print(long.status, len(long.history) > 0)") == "stopped True"


def test_a_knob_in_notebook_7(open_notebook, serve):
    part = "part_a_logistic_regression"
    notebook = open_notebook(serve("notebook"), part, "notebook")
    notebook.run_all(SECONDS)
    assert notebook.errors() == []
    cell = notebook.cell("explorers.descent")
    slider = cell.locator("[role=slider]").last
    before = picture(cell)
    slider.click()
    notebook.page.keyboard.press("PageDown")  # the arrow keys go to Notebook 7's headings
    changed(notebook, cell, before)
    shows_its_values(notebook, cell, "descents")
