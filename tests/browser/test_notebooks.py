"""Each part in JupyterLab, as a student has it: Run All, then every knob of every explorer; and an interrupt."""

import re
import time

import pytest

EXPLORERS = {
    "part_a_logistic_regression": {"widgets.descent": "descents", "widgets.two_losses": "two_losses"},
    "part_b_two_layer_network": {"widgets.hidden_units": "one_unit", "widgets.image_stages": "stages_of"},
    "part_c_learning_rate_study": {"widgets.stored_runs": "explorer"},
}
SECONDS = {
    "part_a_logistic_regression": 180,
    "part_b_two_layer_network": 240,
    "part_c_learning_rate_study": 560,
}


@pytest.fixture(scope="module")
def lab(serve):
    return serve("lab")


# In the kernel: wait for the first row of the run that is under way, in a thread, with 1,000 units.
FIRST_ROW = """
import gc, time
from labutils.live import TrainingProgress
def has_a_row(watch):
    return watch.rows and watch.step.network.layers[0].outputs == 1000 and watch.step.options.epochs == 10
while not any(has_a_row(watch) for watch in gc.get_objects() if type(watch) is TrainingProgress):
    time.sleep(0.05)
"""


def picture(cell) -> str:
    return cell.locator(".jp-OutputArea img").first.get_attribute("src")


def changed(notebook, cell, before: str) -> float:
    """Wait until the figure is another one: how long that took, in seconds."""
    start = time.perf_counter()
    while picture(cell) == before:
        assert time.perf_counter() - start < 15, "the figure does not follow"
        notebook.page.wait_for_timeout(20)
    return time.perf_counter() - start


def shows_its_values(notebook, cell, name: str) -> None:
    """What stands on the page is the figure for the values that the kernel has."""
    expected = notebook.kernel(
        f"import base64; print(base64.b64encode({name}.draw(**{name}.values()).png()).decode())"
    )
    for _ in range(100):
        if picture(cell).split(",", 1)[1].replace("\n", "") == expected.replace("\n", ""):
            return
        notebook.page.wait_for_timeout(50)
    raise AssertionError(f"{name} shows something else than {notebook.kernel(f'print({name}.values())')}")


def turn_every_knob(notebook, source: str, name: str) -> list[float]:
    """Move each knob of an explorer by keyboard or mouse; the seconds until the figure has followed."""
    cell = notebook.cell(source)
    cell.locator(".widget-vbox, .jupyter-widgets").first.wait_for(timeout=20_000)
    times = []
    for slider in cell.locator("[role=slider]").all():
        for key in ("ArrowRight", "ArrowLeft"):
            before, words = picture(cell), notebook.kernel(f"print({name}.values())")
            slider.focus()
            notebook.page.keyboard.press(key)
            notebook.page.wait_for_timeout(150)
            if notebook.kernel(f"print({name}.values())") == words:
                continue  # at the end of its scale
            times.append(changed(notebook, cell, before) + 0.15)
            shows_its_values(notebook, cell, name)
            break
        else:
            raise AssertionError(f"{name}: a slider does not answer the keyboard")
    for box in cell.locator("input[type=checkbox]").all():
        before = picture(cell)
        box.click()
        times.append(changed(notebook, cell, before))
        shows_its_values(notebook, cell, name)
    return times


@pytest.mark.parametrize("part", EXPLORERS)
def test_run_all_and_every_knob(open_notebook, lab, part):
    notebook = open_notebook(lab, part)
    notebook.run_all(SECONDS[part])
    assert notebook.errors() == []
    for source, name in EXPLORERS[part].items():
        times = turn_every_knob(notebook, source, name)
        assert len(times) == int(notebook.kernel(f"print(len({name}.knobs))"))
        assert sorted(times)[len(times) // 2] < 1.0, times
        many_moves(notebook, source, name)
    assert notebook.errors() == []
    if "_c_" in part:
        own_run(notebook)
    if "_b_" in part:
        interrupt(notebook)


def many_moves(notebook, source: str, name: str) -> None:
    """Thirty moves as fast as they come: the figure that is left is that of the last, soon after it."""
    cell = notebook.cell(source)
    cell.locator("[role=slider]").first.focus()
    for key in ("ArrowLeft", "ArrowRight") * 15:
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.press("ArrowRight")
    notebook.page.wait_for_timeout(300)
    shows_its_values(notebook, cell, name)


def own_run(notebook) -> None:
    """A run of one's own joins the comparison; one that is stopped half-way is kept too."""
    cell = notebook.cell("widgets.own_run")
    button = cell.locator("button.jupyter-button")

    def wait_for(name: str) -> None:
        cell.get_by_role("button", name=name, exact=True).wait_for(timeout=60_000)

    before = picture(cell)
    button.click()
    changed(notebook, cell, before)  # the training figure
    wait_for("Train")
    assert notebook.kernel("print([record.status for _, record, _ in mine.runs])") == "['finished']"
    notebook.kernel("mine.knobs['hidden_units'].value, mine.knobs['epochs'].value = 1000, 10")
    button.click()
    wait_for("Stop")
    notebook.kernel(FIRST_ROW)  # a stop before it would leave nothing to keep
    changed(notebook, cell, picture(cell))
    button.click()
    wait_for("Train")
    assert (
        notebook.kernel("print([record.status for _, record, _ in mine.runs])") == "['finished', 'stopped']"
    )
    assert notebook.errors() == []


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
    cell.locator(".jp-OutputArea img").first.wait_for(timeout=30_000)
    cell.get_by_text(re.compile(r"\d %")).first.wait_for(timeout=30_000)  # a row of the table, which is kept
    notebook.page.evaluate(f"() => {notebook.PANEL}.sessionContext.session.kernel.interrupt()")
    cell.get_by_text("stopped (").wait_for(timeout=30_000)
    assert notebook.errors() == []
    assert notebook.kernel("print(long.status, len(long.history) > 0)") == "stopped True"


def test_a_knob_in_notebook_7(open_notebook, serve):
    part = "part_a_logistic_regression"
    notebook = open_notebook(serve("notebook"), part, "notebook")
    notebook.run_all(SECONDS[part])
    assert notebook.errors() == []
    cell = notebook.cell("widgets.descent")
    slider = cell.locator("[role=slider]").last
    before = picture(cell)
    slider.click()
    notebook.page.keyboard.press("PageDown")  # the arrow keys go to Notebook 7's headings
    changed(notebook, cell, before)
    shows_its_values(notebook, cell, "descents")
