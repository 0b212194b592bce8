"""Hostile submissions: the points are those that a fair person gives, and what must stay hidden stays hidden."""

import os
import re
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

import labutils
from labutils.instructor import bank, confined, isolation, measuring, preparing, sandbox
from labutils.instructor.execute import Limits
from tests.instructor import hostile

pytestmark = [pytest.mark.instructor, pytest.mark.slow, pytest.mark.usefixtures("nbgrader")]
SLOTS = ("A3.1", "A3.2", "A3.3", "A6", "B2.1", "B2.2", "B2.3", "B3", "B4", "C2", "C8", "C9")
CONTROL = "A7.2"  # answered rightly at the end of each notebook
SETUP = """
import os
import numpy as np
from IPython.display import display
from labutils import exercises
KERNEL = os.getpid()
"""
MEASURING = threading.Lock()  # one answer is tried at a time, as in `make grade`
LIMITS = Limits(cell=60, notebook=200, output=200_000, memory=2_000_000_000, file=10_000_000, disk=50_000_000)


@pytest.fixture(autouse=True)
def isolated():
    if sandbox.kind() != "bubblewrap":
        pytest.skip("this machine has no bubblewrap")


def function_of(name):
    return bank.EXERCISES[name].function if name != "B3" else "network_backward"


def cell(source, role, name, **more):
    meaning = {"exercise": name, "role": role} | more
    grader = {"grade_id": name + role[0], "grade": role == "check", "solution": role == "answer"}
    return nbformat.v4.new_code_cell(source, metadata={"labutils": meaning, "nbgrader": grader})


def released(names):
    """A release with these exercises."""
    cells = [nbformat.v4.new_code_cell(SETUP)]
    for name in names:
        function = function_of(name)
        cells.append(cell(f"def {function}(*given):\n    return None", "answer", name))
        cells.append(cell(f'exercises.check("{name}", {function})', "check", name, function=function))
    return nbformat.v4.new_notebook(cells=cells)


def submitted(release, answers, before):
    """A submission to it. answers, before: the source of the answer, and of a cell before it, by exercise."""
    notebook = nbformat.from_dict(release.copy())
    notebook.cells = []
    for one in release.cells:
        name = one.metadata.get("labutils", {}).get("exercise")
        if name and one.metadata.labutils.role == "answer":
            if name in before:
                notebook.cells.append(nbformat.v4.new_code_cell(before[name]))
            one = nbformat.from_dict(one.copy() | {"source": answers[name]})
        notebook.cells.append(one)
    return notebook


def right(name):
    source = bank.standalone(name)
    own = bank.EXERCISES[name].function
    return source if own == function_of(name) else f"{source}\n{function_of(name)} = {own}"


def run(names, answers, before, limits=LIMITS):
    """What each answer is worth, and the outputs as a text."""
    release = released(names)
    prepared = preparing.prepare_notebook(submitted(release, answers, before), release)
    with sandbox.homes() as homes:
        executed, _ = confined.run_notebook(prepared, limits, homes)
    with MEASURING:
        found = measuring.measure(executed, release)
    return {name: found[name + "c"] for name in names}, executed


def filled(attempt, name):
    texts = (attempt.code, attempt.answer)
    return [
        text.replace("_EXERCISE_", "_" + name.replace(".", "_"))
        .replace("EXERCISE", name)
        .replace("FUNCTION", function_of(name))
        for text in texts
    ]


def try_answers(attempts):
    names = [*SLOTS[: len(attempts)], CONTROL]
    pairs = {name: filled(one, name) for name, one in zip(names, attempts, strict=False)}
    answers = {name: answer for name, (_, answer) in pairs.items()} | {CONTROL: right(CONTROL)}
    found, _ = run(names, answers, {name: code for name, (code, _) in pairs.items() if code})
    return list(found.values())


def test_no_answer_of_the_hostile_bank_earns_more_than_is_fair():
    groups = [hostile.ANSWERS[i::4] for i in range(4)]
    with ThreadPoolExecutor(2) as pool:
        for attempts, found in zip(groups, pool.map(try_answers, groups), strict=True):
            given = {
                one.name: (measured.share, measured.message)
                for one, measured in zip(attempts, found, strict=False)
            }
            assert {name: share for name, (share, _) in given.items()} == {
                one.name: one.share for one in attempts
            }, given
            assert found[-1].share == 1, found[-1].message


def try_ending(attempt):
    names = ["A3.1", "A3.2", CONTROL]
    answers = {"A3.1": right("A3.1"), "A3.2": filled(attempt, "A3.2")[1], CONTROL: right(CONTROL)}
    try:
        found, _ = run(names, answers, {"A3.2": attempt.code}, Limits(cell=3, notebook=20, output=100_000))
    except ValueError as error:
        return str(error)
    return found


def test_what_ends_a_run_costs_that_run_alone(monkeypatch):
    monkeypatch.setattr(confined, "SLACK", 10)
    with ThreadPoolExecutor(2) as pool:
        for attempt, found in zip(hostile.ENDINGS, pool.map(try_ending, hostile.ENDINGS), strict=True):
            if isinstance(found, str):
                assert found.startswith("its run "), attempt.name
                continue
            assert found["A3.1"].share == 1, (attempt.name, found)
            assert found["A3.2"].share == 0, (attempt.name, found)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Files, sockets and processes of this machine that hold the text LABS_SECRET or answer."""
    root = tmp_path_factory.mktemp("course")
    (root / "homes" / "other").mkdir(parents=True)
    for name in ("README.md", "homes/other/answer.py"):
        (root / name).write_text("LABS_SECRET")
    shared = Path("/dev/shm/labutils_secret")  # noqa: S108
    shared.write_text("LABS_SECRET")
    os.environ["LABUTILS_TEST"] = "LABS_SECRET"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as other,
    ):
        unix.bind(str(root / "s"))
        unix.listen()
        other.bind(f"\0labutils{os.getpid()}")
        other.listen()
        words = {
            "ROOT": root,
            "HOMES": root / "homes",
            "PACKAGE": Path(labutils.__file__).parent,
            "SOCKET": root / "s",
        }
        yield words | {"ABSTRACT": f"labutils{os.getpid()}", "PORT": tcp.getsockname()[1]}
    shared.unlink()
    del os.environ["LABUTILS_TEST"]


@pytest.mark.parametrize("attempt", hostile.ESCAPES, ids=lambda one: one.name)
def test_the_sandbox_holds(attempt, course):
    code = re.sub("|".join(course), lambda found: str(course[found[0]]), attempt.code)
    given = "command, shell=True, capture_output=True, text=True"
    run = f"import subprocess\ndef run(command):\n    print(subprocess.run({given}).stdout)\n"
    with sandbox.homes() as homes:
        home = homes / "own"
        home.mkdir()
        ended = sandbox.run_confined(
            [sys.executable, "-I", "-c", run + code],
            home,
            {},
            seconds=20,
            memory=1_000_000_000,
            file=10_000_000,
            disk=50_000_000,
            processes=100,
            output=10_000_000,
        )
    said = ended.said.decode(errors="replace")
    assert not [text for text in attempt.hides if text in said], said[:500]
    assert said or ended.problem
    assert not Path("/dev/shm/labutils_left").exists()  # noqa: S108
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in lines if b"4711.5" in line]


def test_the_bank_has_at_least_forty_attempts_with_different_names():
    names = [one.name for group in (hostile.ANSWERS, hostile.ENDINGS, hostile.ESCAPES) for one in group]
    assert len(names) == len(set(names)) >= 40
    assert isolation.HOME.startswith("/home")
