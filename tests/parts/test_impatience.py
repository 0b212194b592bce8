"""Impatient people: Run All twice, cells in any order, restarts, the stop button, two notebooks at once.

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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from labutils.instructor.studies import read_runs

from . import hurry
from .conftest import PARTS, code_cells, read, tags
from .person import Person, compared

FULL = os.environ.get("LAB_PATIENCE") == "full"
TIMES = 20 if FULL else 1  # the stop button, for each long cell
A, B, C = PARTS
HURRY = {A: hurry.FIGURES, B: hurry.FIGURES + hurry.TRAINING, C: hurry.FIGURES + hurry.GLIMPSE}
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
    from labutils import training
    from labutils.notebook import live
    real = training.train
    def train(network, loss, data, options, callbacks=()):
        watched.extend(c for c in callbacks if isinstance(c, live.TrainingProgress))
        record = real(network, loss, data, options, callbacks)
        stopped.extend([record] * (record.status == "stopped"))
        return record
    training.train = train
    return lambda: (
        [pool["num_threads"] for pool in threadpoolctl.threadpool_info()],
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

    def long_cells(self) -> list[int]:
        """The cells that take a second or more; in the fast version two, the longest that contain no check.

        A check catches an interrupt and says so.
        """
        if FULL:
            return [i for i, seconds in enumerate(self.seconds) if seconds > 1 and i > 2]
        without = [i for i, cell in enumerate(self.cells) if "exercises." not in cell.source and i > 2]
        return sorted(without, key=lambda i: self.seconds[i])[-2:]


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


@pytest.mark.notebook
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
        """Each cell's statements that bind the name, apart from those that put a stand-in in place of an answer."""
        found = set()
        for source, bound in zip(sources, binds, strict=True):
            if name in bound:
                nodes = map(ast.unparse, ast.parse(source).body)
                stand_in = re.compile(rf"{name} = exercises\.replace_if_\w+\('[^']+', {name}\)")
                own = [node for node in nodes if not stand_in.fullmatch(node)]
                found.add("\n".join(node for node in own if name in reads_and_binds(node)[1]))
        return found - {""}

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


@pytest.mark.notebook
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


@pytest.mark.notebook
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


@pytest.mark.notebook
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[:6])
def test_the_stop_button(sessions, part):
    """At a random moment of a long cell: the kernel lives, nothing is left half-way, and the cell can be run again."""
    session, moments = sessions(part), random.Random(part)
    person, before = session.person, session.person.ask("print(state())")
    for i in session.long_cells():
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
                lives = person.ask("print(*(w.figure.texts[0].get_text()[:7] for w in watched if w.figure))")
                assert "running" not in lives, "the live figure is stuck"
            elif not outcome.error and not UNFORMATTED.search(outcome.printed):
                # It had ended; of an interrupt that Python loses, stderr says so.
                printed = compared(o for o in outcome.outputs if o.get("name") != "stderr")
                assert printed == session.first[i] or "nbval-ignore-output" in tags(session.cells[i]), source
            assert person.ask("print(state())") == before, source
        for j in range(i, min(i + 2, len(session.cells))):
            again = person.run(session.cells[j].source)
            assert not again.error, f"{again.said}\nin\n{session.cells[j].source}"
            printed = compared(again.outputs)
            assert printed == session.first[j] or "nbval-ignore-output" in tags(session.cells[j]), source
    if FULL:
        session.run_all_again()


SHARED = """
from labutils import experiments
from labutils.experiments import runs
from labutils.instructor import studies
runs.train = globals().get("whole", runs.train)  # in no hurry
options = dict(data="mnist", centred=True, batch_size=500, epochs=2, validation_every=5)
configurations = [experiments.Configuration(name, 1e-3, 20, **options) for name in ("one", "two")]
table = studies.make_study(configurations, range(4), folder={folder!r})
_, histories = studies.read_runs({folder!r})
print(table.drop(columns="seconds").to_csv(), histories.to_csv())
"""


@pytest.mark.notebook
def test_two_notebooks_at_once(sessions, tmp_path):
    """On the same data and caches, and a study of both in the same folder."""
    both, folder = [sessions(B), sessions(C if FULL else A)], tmp_path / "my_study"
    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(session.run_all_again) for session in both]:
            running.result()
        code = SHARED.format(folder=str(folder))
        tables = list(pool.map(lambda session: session.person.ask(code), both))
    namespace: dict = {}
    exec(SHARED.format(folder=str(tmp_path / "other")), namespace)  # noqa: S102
    expected = (
        f"{namespace['table'].drop(columns='seconds').to_csv()} {namespace['histories'].to_csv()}".strip()
    )
    assert tables == [expected, expected]
    assert len(list(folder.iterdir())) == len(read_runs(folder)[0]) == 8


@pytest.mark.notebook
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
