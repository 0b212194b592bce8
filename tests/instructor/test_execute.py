"""The run of a notebook at grading: a cell without an end costs nothing but itself."""

import nbformat
import pytest

from labutils.instructor.execute import Limits, _execute
from labutils.instructor.flags import flag_events, flag_measured
from labutils.instructor.submission import Measured

ENDLESS = "while True:\n    time.sleep(0.01)"
CATCHES = f"try:\n    {ENDLESS.replace(chr(10), chr(10) + '    ')}\nexcept KeyboardInterrupt:\n    print('caught')\n"


def executed(*sources: str) -> tuple[nbformat.NotebookNode, list]:
    """A notebook of these cells after its run, and what happened in it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    return notebook, _execute(notebook, Limits(cell=3))


def errors(notebook) -> list[str]:
    """The last error of each cell, or ""."""
    names = [[output.ename for output in cell.outputs if "ename" in output] for cell in notebook.cells]
    return [found[-1] if found else "" for found in names]


@pytest.mark.slow
def test_cells_after_one_that_catches_an_interrupt_and_goes_on_are_run():
    notebook, events = executed("import time", CATCHES + ENDLESS, "print(1)", ENDLESS, ENDLESS, "print(2)")
    assert events == [{"cell": number, "what": "time"} for number in (1, 3, 4)]
    assert errors(notebook) == ["", "TimeLimit", "", "TimeLimit", "TimeLimit", ""]
    assert [cell.outputs[0].text for cell in notebook.cells[2::3]] == ["1\n", "2\n"]


@pytest.mark.slow
def test_after_a_cell_that_ignores_interrupts_nothing_is_run():
    ignores = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(1000)"
    notebook, events = executed(ignores, "print(1)")
    assert events == [{"cell": 0, "what": "time"}, {"cell": 0, "what": "stuck"}]
    assert errors(notebook) == ["TimeLimit", "NotRun"]


def test_an_answer_without_an_end_has_one_flag_whichever_limit_it_reaches_first():
    late = nbformat.v4.new_output("error", ename="TimeLimit", evalue="", traceback=[])
    flags = set()
    for role in ("check", "answer"):
        meta = {"nbgrader": {"grade_id": "X"}, "labutils": {"exercise": "X", "role": role}}
        cell = nbformat.v4.new_code_cell("f(1)", metadata=meta, outputs=[late])
        found = flag_events([{"cell": 0, "what": "time"}], nbformat.v4.new_notebook(cells=[cell]))
        assert len(found) == (role == "answer")  # what an answer did in its check is measured
        flags.update(found)
    flags.update(flag_measured({"X": Measured(0, "too slow", "It takes too long.")}))
    assert len(flags) == 2
    assert all(flag.startswith("X") for flag in flags)
