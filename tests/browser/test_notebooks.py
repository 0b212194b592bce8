"""Each part in JupyterLab: Run All, with short trainings, then every knob of every explorer; and an interrupt.

Other tests are at work on the machine meanwhile: what is waited for may take its time, and what has to be quick may be
tried again.
"""

import re
import statistics
import time
from collections.abc import Callable

import pytest

from ..parts.conftest import PARTS
from ..server import PATIENCE
from .conftest import explorers_of

pytestmark = [pytest.mark.browser, pytest.mark.notebook]

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
        before = picture(cell)
        at_the_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        slider.focus()
        start = time.perf_counter()
        notebook.page.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
        changed(notebook, cell, before)
        times.append(time.perf_counter() - start)
        shows_its_values(notebook, cell, name)
    assert len(times) == int(notebook.kernel(f"print(len({name}.knobs))"))
    return times


def answers_quickly(notebook, source: str, name: str) -> None:
    """Half of the knobs move their figure within a second, or soon after it is drawn where the processor is busy."""
    draw = f"{name}.draw(**{name}.values()).png()"
    clock = "[time.process_time(), time.perf_counter()]"
    code = f"import time; start = {clock}; {draw}; print(*(b - a for a, b in zip(start, {clock})))"
    medians = []
    for _ in range(ROUNDS):
        medians.append(statistics.median_high(turn_every_knob(notebook, source, name)))
        of_processor, elapsed = map(float, notebook.kernel(code).split())
        assert of_processor < QUICK / 2, f"{name} is drawn in {of_processor} s"
        if medians[-1] < max(QUICK, 5 * elapsed):
            return
    raise AssertionError(f"{name}: a figure follows its knob after {medians} s")


@pytest.mark.parametrize("part", PARTS)
def test_run_all_and_every_knob(open_notebook, lab, part):
    notebook = open_notebook(lab, part)
    notebook.run_all(SECONDS)
    assert notebook.errors() == []
    for source, name in explorers_of(part).items():
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


LONG = """
import numpy as np
from labutils import data, layers, losses, network, training
from labutils.notebook import live
train = globals().get("whole", training.train)  # in no hurry
rng = np.random.default_rng(0)
first, second = layers.Linear(784, 100, rng), layers.Linear(100, 10, rng)
long_network = network.Network(first, layers.Sigmoid(), second, layers.Softmax())
options, progress = training.TrainingOptions(1e-3, epochs=5000), live.TrainingProgress()
long = train(long_network, losses.NLL(), data.load_mnist(), options, callbacks=[progress, live.print_table])
print(f"{long.ending} ({long.iterations} iterations)")
"""


def interrupt(notebook) -> None:
    """A long run that is interrupted ends as stopped, and figure, table and record are there."""
    model = notebook.CELLS.removesuffix(".cells")
    notebook.page.evaluate(f"source => {{ {model}.addCell({{cell_type: 'code', source}}); }}", LONG)
    notebook.page.evaluate(
        f"() => {{ const n = {notebook.PANEL}.content; n.activeCellIndex = n.widgets.length - 1;"
        " window.jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    cell = notebook.cell("long = train(long_network")
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
    source, name = next(iter(explorers_of(part).items()))
    cell = notebook.cell(source)
    slider = cell.locator("[role=slider]").last
    before = picture(cell)
    slider.click()
    notebook.page.keyboard.press("PageDown")  # the arrow keys go to Notebook 7's headings
    changed(notebook, cell, before)
    shows_its_values(notebook, cell, name)


EVERY = ["line", "descent", "image_stages", "hidden_units"]  # the cells and variables of every_explorer.ipynb


@pytest.fixture
def every_explorer(open_notebook, lab):
    """A notebook in which each explorer has been run, after F5."""
    notebook = open_notebook(lab, "every_explorer")
    notebook.restart()  # the kernel of the test before is still there
    notebook.run_all(SECONDS)
    notebook.reload()
    return notebook


def test_after_a_reload_the_figures_follow_their_sliders(every_explorer):
    for name in EVERY:
        turn_every_knob(every_explorer, f"explorers.{name}", name)
    assert every_explorer.errors() == []


def test_at_step_0_the_figure_on_the_page_says_that_there_is_no_line(every_explorer):
    slider = every_explorer.cell("explorers.descent").locator("[role=slider]").last
    slider.focus()
    every_explorer.page.keyboard.press("Home")
    shows_its_values(every_explorer, every_explorer.cell("explorers.descent"), "descent")
    texts = "print(len(descent.draw(**descent.values()).axes[0].texts))"
    assert every_explorer.kernel(texts) == "1"


def test_after_a_restart_the_page_asks_for_the_cell_to_be_run_again(every_explorer):
    areas = [every_explorer.cell(f"explorers.{name}").locator(".jp-OutputArea") for name in EVERY]
    areas[0].locator("[role=slider]").first.wait_for()
    for change in (every_explorer.restart, every_explorer.reload):
        change()
        for area in areas:  # a value without its figure would be a false statement
            area.locator("[role=slider]").first.wait_for(state="hidden")
            until(
                every_explorer,
                lambda area=area: area.inner_text().strip() not in ("", LOADING),
                "says nothing",
            )


LOADING = "Loading widget..."
