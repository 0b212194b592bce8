"""The limit on CPU time: it ends every loop, whatever the loop catches, in any thread, and leaves nothing behind."""

# ruff: noqa: E722, S110, S112, SIM105  the loops catch everything, which is the point

import contextlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from labutils.exercises import clock
from labutils.exercises.clock import OutOfTime, run_limited

LIMIT = 0.1


def plain():
    while True:
        pass


def swallowing():
    while True:
        try:
            str(5)
        except:
            pass


def swallowing_by_name():
    while True:
        try:
            sum(range(50))
        except BaseException:
            continue


def nested():
    while True:
        try:
            while True:
                try:
                    str(5)
                except:
                    pass
        except:
            pass


def suppressing():
    while True:
        with contextlib.suppress(BaseException):
            while True:
                str(5)


def recursive():
    try:
        plain()
    except:
        return recursive()


def returning():
    try:
        plain()
    except BaseException:
        return "an answer"


def cleaning_up():
    try:
        plain()
    finally:
        plain()


ENDLESS = [
    plain,
    swallowing,
    swallowing_by_name,
    nested,
    suppressing,
    recursive,
    returning,
    cleaning_up,
]


def outcome(function):
    """ "out of time", or what the function returned. Afterwards nothing is pending in this thread."""
    try:
        result = run_limited(LIMIT, function)
    except OutOfTime:
        result = "out of time"
    for _ in range(2000):
        str(5)
    return result


@pytest.mark.parametrize("function", ENDLESS)
class TestEndlessLoops:
    def test_end_in_the_main_thread(self, function):
        assert outcome(function) == "out of time"

    def test_end_in_another_thread(self, function):
        found = []
        thread = threading.Thread(target=lambda: found.append(outcome(function)), daemon=True)
        thread.start()
        thread.join(60)
        assert found == ["out of time"]


def test_nothing_is_left_behind():
    before = threading.active_count()
    assert outcome(swallowing) == "out of time"
    assert threading.active_count() == before
    assert not clock._clocks


def test_what_ends_in_time_is_returned():
    assert run_limited(LIMIT, lambda: 3) == 3


def test_an_exception_comes_through_and_nothing_is_left_behind():
    with pytest.raises(KeyError):
        run_limited(LIMIT, lambda: {}["no such key"])
    assert not clock._clocks


def test_waiting_does_not_count():
    assert run_limited(LIMIT, lambda: time.sleep(3 * LIMIT)) is None


def test_waiting_without_an_end_counts():
    def wait():
        while True:
            time.sleep(0.01)

    start = time.monotonic()
    assert outcome(wait) == "out of time"
    assert time.monotonic() - start > 5 * LIMIT


@pytest.mark.parametrize("repeat", range(20))
def test_a_function_that_ends_at_the_limit_leaves_nothing_pending(repeat):
    def busy():
        end = time.process_time() + LIMIT / 2 + 0.004 * repeat
        while time.process_time() < end:
            pass

    with contextlib.suppress(OutOfTime):
        run_limited(LIMIT / 2, busy)
    for _ in range(5000):
        str(5)


def test_a_limit_inside_a_limit():
    def inner():
        with pytest.raises(OutOfTime):
            run_limited(LIMIT, plain)
        return "inner ended"

    assert run_limited(100 * LIMIT, inner) == "inner ended"
    assert outcome(lambda: run_limited(1000, plain)) == "out of time"


def test_where_no_thread_can_start_there_is_no_limit(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert run_limited(LIMIT, lambda: 3) == 3


def test_no_signal_is_used():
    assert "signal" not in vars(clock)
    assert sys.modules[OutOfTime.__module__] is clock


@pytest.mark.parametrize("function", [plain, swallowing, cleaning_up])
def test_it_ends_where_no_alarm_can_be_set(monkeypatch, function):
    """As on Windows."""
    for name in ("SIGALRM", "setitimer", "alarm", "pthread_kill"):
        monkeypatch.delattr(signal, name, raising=False)
    with pytest.raises(OutOfTime):
        run_limited(LIMIT, function)


def test_a_profiler_ends_after_a_check():
    """A cancelled exception would keep Python 3.11 in an endless loop under a profiler."""
    code = """
import cProfile
from labutils.exercises.clock import run_limited
run_limited(10, lambda: None)
cProfile.run("sum(map(abs, range(100)))")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, stdout=subprocess.DEVNULL)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 cannot watch lines, and is in no browser")
@pytest.mark.parametrize("endless", [plain, swallowing, swallowing_by_name, nested, suppressing])
def test_it_ends_where_no_thread_can_be_started(endless):
    """As in a browser. In a process of its own, because pytest's plug-ins start threads."""
    code = f"""
import threading
from tests.exercises import test_clock
from labutils.exercises.clock import OutOfTime, run_limited

def refuse(self):
    raise RuntimeError("can't start new thread")

threading.Thread.start = refuse
try:
    run_limited({LIMIT}, test_clock.{endless.__name__})
except OutOfTime:
    print("out of time")
print(run_limited(1, lambda: 5))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.split("\n")[:2] == ["out of time", "5"]
