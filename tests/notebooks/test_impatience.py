"""Impatient people: Run All twice, cells in any order, restarts, the stop button, two notebooks at once, kills.

The fast version, which `make test` runs, shortens trainings and figures (hurry.py) and presses the stop button once in
a few cells. LAB_PATIENCE=full runs all of it, with the notebooks as they are, on every part, and presses the button
20 times in every cell that takes a second or more.
"""

import ast
import builtins
import dis
import functools
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from labutils import study
from labutils.study import run_study

from . import hurry
from .conftest import PARTS, code_cells, read, tags
from .person import Person, compared

FULL = os.environ.get("LAB_PATIENCE") == "full"
TIMES = 20 if FULL else 1  # the stop button, for each long cell
A, B, C = PARTS
HURRY = {A: hurry.FIGURES, B: hurry.FIGURES + hurry.TRAINING, C: hurry.FIGURES + hurry.GLIMPSE}
LONG = {  # the cells that the fast version interrupts, by some of their words
    A: ["in rates:\n    _, network", "widgets.descent("],
    B: ["TrainingProgress(table=True)", "for units in sizes:\n    sized", "part_error = {}"],
    C: ["hidden_units=500", "run_centred(["],
}
# Cells that begin a collection anew, which cells after them fill: run again alone, they leave it empty.
BEGIN = ["records, networks = {}, {}", "centred_records, centred_networks = {}, {}"]

# What IPython says when the interrupt comes while it writes an exception down; the exception is then on stderr.
UNFORMATTED = re.compile(r"Unexpected exception formatting exception.*Traceback", re.DOTALL)
PLAIN = re.compile(r"\x1b\[[\d;]*m")  # the colours of a traceback

# What an interrupt must not change. (An errstate of NumPy or Matplotlib may stay set: that mutes warnings only.)
WATCH = """
def watch():
    import os, signal
    import threadpoolctl
    from labutils import live, plots, training
    real = training.train
    def train(network, loss, data, options, callbacks=()):
        watched.extend(c for c in callbacks if isinstance(c, live.TrainingProgress))
        record = real(network, loss, data, options, callbacks)
        stopped.extend([record] * (record.status == "stopped"))
        return record
    training.train = train
    return lambda: (
        [pool["num_threads"] for pool in threadpoolctl.threadpool_info()],
        plots.DRAWING.locked(),
        signal.getitimer(signal.ITIMER_REAL) if hasattr(signal, "getitimer") else None,
        sorted(os.listdir()),
    )
watched, stopped, state = [], [], watch()
"""


def skip_unless_full(*fast: str) -> list:
    """The parts; those that only the full version looks at are marked."""
    only_full = pytest.mark.skipif(not FULL, reason="with LAB_PATIENCE=full")
    return [pytest.param(part, marks=() if part in fast else only_full, id=part[:6]) for part in PARTS]


class Session:
    """A part of the workbook, and someone who runs its cells."""

    def __init__(self, part: str, folder) -> None:
        self.cells = code_cells(read(part))
        self.hurry = "" if FULL else HURRY[part]
        self.as_committed = FULL or part == A  # its numbers are, too
        self.person = Person(folder)
        self.seconds: list[float] = []
        self.first = None

    def begin(self) -> None:
        """What comes before the first cell of a fresh kernel."""
        self.person.ask(self.hurry)

    def run_all(self, cells=None) -> list[dict[str, str]]:
        """Run All, without an error: what nbval would compare, cell by cell."""
        outputs, self.seconds = [], []
        for cell in cells or self.cells:
            outcome = self.person.run(cell.source)
            assert not outcome.error, f"{outcome.said}\nin\n{cell.source}"
            ignored = "nbval-ignore-output" in tags(cell)
            outputs.append({} if ignored else compared(outcome.outputs))
            self.seconds.append(outcome.seconds)
        return outputs

    def run_all_again(self) -> None:
        """The same as the first time; `check` of an exercise and all else that has a memory is the same, too."""
        for cell, first, again in zip(self.cells, self.first, self.run_all(), strict=True):
            assert again == first, cell.source

    def find(self, words: str) -> int:
        (index,) = (i for i, cell in enumerate(self.cells) if words in cell.source)
        return index


@pytest.fixture(scope="module")
def sessions(tmp_path_factory) -> Iterator:
    """A function that gives the session of a part: half of it run, restarted in the middle, and Run All."""
    known: dict[str, Session] = {}

    def make(part: str) -> Session:
        if part not in known:
            session = known[part] = Session(part, tmp_path_factory.mktemp(part))
            session.begin()
            if FULL or part == A:
                session.run_all(session.cells[: len(session.cells) // 2])
                session.person.restart()
                session.begin()
            session.first = session.run_all()
            session.person.ask(WATCH)
            # The cells hold the train of before: the setup cell hands out the watched one.
            session.person.ask(session.cells[2].source)
        return known[part]

    yield make
    for session in known.values():
        session.person.leave()


@pytest.mark.parametrize("part", skip_unless_full(A))
def test_restarted_in_the_middle_and_run_all_it_is_what_is_committed(sessions, part):
    session = sessions(part)
    for cell, outputs in zip(session.cells, session.first, strict=True):
        if outputs and session.as_committed:
            assert outputs == compared(cell.outputs), cell.source


@functools.cache
def reads_and_binds(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell takes from other cells, and those that it binds."""
    code = compile(source, "cell", "exec")
    bound = {i.argval for i in dis.get_instructions(code) if i.opname == "STORE_NAME"}
    before: set[str] = set()  # bound so far, line by line
    taken: set[str] = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_NAME":
            before.add(instruction.argval)
        elif instruction.opname == "LOAD_NAME" and instruction.argval not in before:
            taken.add(instruction.argval)
    inner = [constant for constant in code.co_consts if hasattr(constant, "co_code")]
    for function in inner:  # grows while it is gone through
        inner += [constant for constant in function.co_consts if hasattr(constant, "co_code")]
        globals_ = (i.argval for i in dis.get_instructions(function) if i.opname == "LOAD_GLOBAL")
        taken |= set(globals_) - bound
    return taken - set(dir(builtins)), bound


@pytest.mark.parametrize("part", PARTS)
def test_what_a_cell_takes_from_others_is_bound_in_one_place(part):
    """Else a cell that is run again, out of order, would silently work with something else."""
    sources = [cell.source for cell in code_cells(read(part))]
    binds = [reads_and_binds(source)[1] for source in sources]

    def statements(name: str) -> set[str]:
        """Each cell's statements that bind the name; not the check of an exercise, which gives its answer back."""
        found = set()
        for source, bound in zip(sources, binds, strict=True):
            if name in bound and f"{name} = checks.exercise(" not in source:
                nodes = map(ast.unparse, ast.parse(source).body)
                found.add("\n".join(node for node in nodes if name in reads_and_binds(node)[1]))
        return found

    for source in sources:
        for name in reads_and_binds(source)[0]:
            assert len(statements(name)) == 1, f"{name} is bound by {statements(name)} and used in\n{source}"


ALONE = """
def alone(beginning, sources):
    import contextlib, copy, io
    begun, printed = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        for source in beginning:
            exec(source, begun)
    for source in sources:
        fresh = {name: copy.deepcopy(begun[name]) for name in ("rng",) if name in begun}
        space, printed = begun | fresh, io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(source, space)
            yield "ran", printed.getvalue()
        except NameError as error:
            yield "NameError", error.name
        except BaseException as error:
            yield "worse", repr(error)
"""


@pytest.mark.parametrize("part", skip_unless_full(*PARTS))
def test_a_cell_alone_works_or_says_which_name_is_missing(sessions, part):
    """After the setup cell, each in a namespace of its own. What it prints then is what it always prints."""
    session = sessions(part)
    sources = [cell.source for cell in session.cells]
    beginning, others = sources[:3], sources[3:]
    answers = session.person.ask(f"{ALONE}\nprint(list(alone({beginning!r}, {others!r})))")
    of_others = set().union(*(reads_and_binds(source)[1] for source in sources))
    outcomes = ast.literal_eval(answers)
    for source, always, (how, words) in zip(others, session.first[3:], outcomes, strict=True):
        assert how != "worse", f"{words} in\n{source}"
        if how == "NameError":
            assert words in of_others, f"{words} is missing in\n{source}"
        elif always and "rng" not in source:
            assert words == always.get("stdout", ""), source
    assert {how for how, _ in outcomes} == {"ran", "NameError"}


@pytest.mark.parametrize("part", skip_unless_full(A))
def test_cells_in_any_order_and_twice(sessions, part):
    """After Run All, every cell in random order, each twice: what it gives is always the same, but for random draws."""
    session, drawn, random_cells = sessions(part), set(), set()
    for i, cell in enumerate(session.cells):
        taken, bound = reads_and_binds(cell.source)
        if "rng.normal(" in cell.source or taken & drawn:
            functions = {
                node.name for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)
            }
            drawn |= bound - functions
            random_cells.add(i)
    assert len(random_cells) < len(session.cells) / 2
    order = [i for i, cell in enumerate(session.cells) if not any(words in cell.source for words in BEGIN)]
    random.Random(part).shuffle(order)
    for i in order:
        source = session.cells[i].source
        for _ in range(2):
            outcome = session.person.run(source)
            assert not outcome.error, f"{outcome.said}\nin\n{source}"
            if session.first[i] and i not in random_cells:
                assert compared(outcome.outputs) == session.first[i], source
    if FULL:  # else the test of two notebooks does it
        session.run_all_again()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[:6])
def test_the_stop_button(sessions, part):
    """At a random moment of a long cell: the kernel lives, nothing is left half-way, and the cell can be run again."""
    session, moments = sessions(part), random.Random(part)
    person, before = session.person, session.person.ask("print(state())")
    long = [i for i, seconds in enumerate(session.seconds) if seconds > 1 and i > 2]
    for i in long if FULL else map(session.find, LONG[part]):
        source, seconds = session.cells[i].source, session.seconds[i]
        for _ in range(TIMES):
            person.ask("stopped.clear(), watched.clear()")
            outcome = person.run(source, interrupt_after=moments.uniform(0, 0.9 * seconds))
            # matplotlib's C++ makes a ValueError of an interrupt.
            said = PLAIN.sub("", outcome.said)
            in_agg = "self._renderer." in said or "_image.resample(" in said
            assert outcome.error in ("", "KeyboardInterrupt") or in_agg, f"{outcome.said}\nin\n{source}"
            if not outcome.error and person.ask("print(len(stopped))") != "0":  # never in silence
                assert "stopped (" in outcome.printed, source
                lives = person.ask("print(*(w.text.get_text().split()[0] for w in watched if w.figure))")
                assert "running" not in lives, "the live figure is stuck"
            elif not outcome.error and not UNFORMATTED.search(outcome.printed):
                # It had ended; of an interrupt that Python loses, stderr says so.
                printed = compared(o for o in outcome.outputs if o.get("name") != "stderr")
                assert printed == session.first[i] or "nbval-ignore-output" in tags(session.cells[i]), source
            assert person.ask("print(state())") == before, source
        for j in (i, i + 1):
            again = person.run(session.cells[j].source)
            assert not again.error, f"{again.said}\nin\n{session.cells[j].source}"
            printed = compared(again.outputs)
            assert printed == session.first[j] or "nbval-ignore-output" in tags(session.cells[j]), source
    if FULL:
        session.run_all_again()


SHARED = """
from labutils import study
study.train = globals().get("whole", study.train)  # in no hurry
options = dict(data="mnist", centred=True, batch_size=500, epochs=2, validation_every=5)
runs = [study.Configuration(name, 1e-3, 20, **options) for name in ("one", "two")]
table, histories = study.run_study(runs, range(4), path={path!r}, histories=True)
print(table.drop(columns="seconds").to_csv(), histories.to_csv())
"""


def test_two_notebooks_at_once(sessions, tmp_path):
    """On the same data and caches, and a study of both on the same file."""
    both, path = [sessions(B), sessions(C if FULL else A)], tmp_path / "study.csv"
    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(session.run_all_again) for session in both]:
            running.result()
        if sys.platform == "win32":  # rows that are added at the same moment can overwrite each other
            return
        code = SHARED.format(path=str(path))
        tables = list(pool.map(lambda session: session.person.ask(code), both))
    namespace: dict = {}
    exec(SHARED.format(path=str(tmp_path / "other.csv")), namespace)  # noqa: S102
    expected = (
        f"{namespace['table'].drop(columns='seconds').to_csv()} {namespace['histories'].to_csv()}".strip()
    )
    assert tables == [expected, expected]
    table, histories = run_study(namespace["runs"], range(4), path=path, histories=True)
    assert f"{table.drop(columns='seconds').to_csv()} {histories.to_csv()}".strip() == expected
    assert len(study.read_table(path)) == 8


@pytest.mark.skipif(not FULL, reason="with LAB_PATIENCE=full")
@pytest.mark.parametrize("part", PARTS)
def test_the_stop_button_during_the_imports(tmp_path, part):
    """NumPy and pandas cannot always be imported after half an import; where they cannot, a restart helps."""
    sources = [cell.source for cell in code_cells(read(part))[:3]]
    moments = random.Random(part)
    for _ in range(TIMES):
        person = Person(tmp_path)
        try:
            outcome = person.run(sources[2], interrupt_after=moments.uniform(0, 3))
            assert outcome.error in ("", "KeyboardInterrupt", "ImportError"), outcome.said
            if person.run(sources[2]).error:
                person.restart()
            for source in sources:
                person.ask(source)
        finally:
            person.leave()


KILLED = """
import os, random, signal, sys, time
from labutils import study
path, log = sys.argv[1], os.open(sys.argv[2], os.O_RDWR | os.O_CREAT | os.O_APPEND)
options = dict(data="mnist", batch_size=500, epochs=1, validation_every=1)
runs = [study.Configuration(name, 1e-3, 5, **options) for name in ("one", "two", "three", "four")]
seeds, moments = range(10), random.Random(0)
known = {(run.name, seed): study.run_with_history(run, seed) for seed in seeds for run in runs}
study.run_with_history = lambda run, seed: known[run.name, seed]  # the children do nothing but write

def told(line):
    os.write(log, (line + "\\n").encode())

def lines():
    return os.pread(log, 1_000_000, 0).count(b"\\n")

for _ in range(20):
    begun = lines() + moments.randrange(4)
    child = os.fork()
    if not child:
        study.run_study(runs, seeds, None, path, told, histories=True)
        os._exit(0)
    ended = 0
    while lines() < begun and not ended:
        ended, _ = os.waitpid(child, os.WNOHANG)
        time.sleep(0.0001)
    time.sleep(moments.uniform(0.0, 0.005))
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print("killed", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a new process for each kill would take a minute")
def test_killed_while_a_study_writes(tmp_path):
    """20 times at a random moment: every run that was told of is in the file, once, and stays as it is."""
    path, log = tmp_path / "study.csv", tmp_path / "log"
    command = [sys.executable, "-c", KILLED, path, log]
    saved = b""
    with subprocess.Popen(
        command, cwd=tmp_path, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as person:
        for _ in range(20):
            assert person.stdout.readline() == "killed\n"
            content = path.read_bytes() if path.exists() else b""
            assert content.startswith(saved)
            saved = content[: content.rfind(b"\n") + 1]
            told = re.findall(r"\d+/40 (\w+), seed (\d+): finished", log.read_text())
            rows = study.read_table(path) if saved else pd.DataFrame(columns=["configuration", "seed"])
            there = list(zip(rows["configuration"], map(str, rows["seed"]), strict=True))
            assert set(told) <= set(there)
            assert saved.count(b"\n") == len(there) + bool(saved)
            person.stdin.write("\n")
            person.stdin.flush()
    assert person.returncode == 0
    namespace: dict = {}
    beginning = KILLED[KILLED.index("options =") : KILLED.index("seeds,")]
    exec("from labutils import study\n" + beginning, namespace)  # noqa: S102
    unbroken = run_study(namespace["runs"], range(10), histories=True)
    for _ in range(2):  # to go on, and to find all of it there
        resumed = run_study(namespace["runs"], range(10), path=path, histories=True)
        for table, expected in zip(resumed, unbroken, strict=True):
            drop = [name for name in table if name == "seconds"]
            pd.testing.assert_frame_equal(
                table.drop(columns=drop), expected.drop(columns=drop), check_exact=True
            )
    assert path.read_bytes().startswith(saved)
    assert path.read_bytes().count(b"\n") == 1 + 40
    assert (tmp_path / "study_histories.csv").read_bytes().count(b"\n") == 1 + len(unbroken[1])
    assert {file.name for file in tmp_path.iterdir()} <= {"study.csv", "study_histories.csv", "log"}
