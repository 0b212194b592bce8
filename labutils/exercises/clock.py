"""A limit on the CPU time of a student's function, in any thread, and also where no thread can be started."""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from types import CodeType
from typing import Any, TypeVar

_T = TypeVar("_T")
_PERIOD = 0.05  # seconds between two looks at the clock
_WAITING = 10  # the elapsed time may be this many times the limit, because an answer may have to wait for the processor
_NOTHING = ctypes.py_object()  # requested in place of an exception, it cancels a request
_monitoring: Any = getattr(sys, "monitoring", None)  # Python 3.12 and newer
_TOOL = 4  # our number there
_clocks: dict[int, "_Clock"] = {}  # by the thread whose function is timed
_REQUEST = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)  # thread, exception
_request = _REQUEST(("PyThreadState_SetAsyncExc", ctypes.pythonapi))


class OutOfTime(BaseException):
    """The function took too long. If the function catches it, it is raised again, as a rule outside of that `try`.

    A requested exception is raised at the end of a call or of a loop's body and at the start of a function. None of
    these may follow the request in `__init__`, so the request is made by `map` inside an assignment. Some versions of
    Python count the end of a loop's body as a part of the `try`: so from time to time the next request is left to the
    watcher, which makes it while another part of the loop runs.
    """

    def __init__(self) -> None:
        clock = _clocks.get(threading.get_ident())
        if clock is not None and not clock.ended:
            clock.raised += 1
            if clock.raised % 8:
                [_] = map(_request, [clock.thread], [OutOfTime])


class _Clock:
    """What a function has used since this clock was made, in the thread that made it."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.thread = seconds, threading.get_ident()
        self.cpu, self.elapsed = time.process_time(), time.monotonic()
        self.raised, self.asked, self.ended, self.stopped = 0, 0, False, threading.Event()
        self.watcher = threading.Thread(target=self._watch, daemon=True)

    def is_over(self) -> bool:
        waited = time.monotonic() - self.elapsed
        return time.process_time() - self.cpu > self.seconds or waited > _WAITING * self.seconds

    def watch_every_line(self) -> None:
        """Look at the clock at every line and jump, where no thread can be started, as in a browser."""
        if not _monitoring or _monitoring.get_tool(_TOOL):
            return
        events = _monitoring.events.LINE, _monitoring.events.JUMP
        _monitoring.use_tool_id(_TOOL, "labutils")
        for event in events:
            _monitoring.register_callback(_TOOL, event, self._look)
        _monitoring.set_events(_TOOL, sum(events))

    def _look(self, code: CodeType, place: int, target: int = 0) -> None:
        if code.co_filename != __file__ and self.is_over() and not self.ended:
            raise OutOfTime

    def stop(self) -> None:
        """End the watcher, and cancel what was requested. (A needless cancellation would stop profilers.)"""
        if _monitoring and _monitoring.get_tool(_TOOL) == "labutils":
            _monitoring.free_tool_id(_TOOL)
        self.stopped.set()
        if self.watcher.is_alive():
            self.watcher.join()
        if self.asked or self.raised:
            _request(self.thread, _NOTHING)

    def _watch(self) -> None:
        while not self.stopped.wait(_PERIOD):
            if self.is_over() and not self.ended:
                self.asked = _request(self.thread, OutOfTime)


def run_limited(seconds: float, function: Callable[[], _T]) -> _T:
    """What the function returns. Raises `OutOfTime` after this CPU time, whatever the function catches."""
    clock = _Clock(seconds)
    outer = _clocks.get(clock.thread)
    try:
        _clocks[clock.thread] = clock
        try:
            clock.watcher.start()
        except RuntimeError:
            del _clocks[clock.thread]  # no request is needed
            clock.watch_every_line()
        result = function()
    finally:
        clock.ended = True  # from here on, an exception that was requested already is the last one
        try:
            clock.stop()
        except OutOfTime:
            clock.stop()
        _clocks.pop(clock.thread, None)
        _clocks.update({} if outer is None else {clock.thread: outer})
    if clock.is_over():
        raise OutOfTime
    return result
