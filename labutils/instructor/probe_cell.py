"""Call an answer in a process of its own and display what it gave, as data: never what it is worth.

`probe.py` puts the text of this file into the notebook that is run at grading. There it runs among a student's code, so
it uses the standard library, NumPy and IPython alone, and the grader trusts nothing that it displays.
"""

import base64
import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
import threading
import time
import types
import warnings
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from IPython.display import display

Write = Callable[[Mapping[str, Any]], object]
_kept: list[object] = []


def show_results(packed: str, answer: Any) -> None:
    """Display what an answer gives on each input, one line of JSON each. packed: a request that `probe.py` made."""
    request = json.loads(zlib.decompress(base64.b64decode(packed)))
    importlib.import_module(request["module"])  # what is not loaded could not be locked
    if type(answer).__name__ == "StandIn":
        answer = getattr(answer, "answered", None)
    if callable(answer):
        text = _call_in_child(request, answer)
    else:
        text = json.dumps({"not a function": _pack_part(answer, request)})
    display({request["kind"]: text}, raw=True)


def _call_in_child(request: Mapping[str, Any], answer: Callable[..., Any]) -> str:
    """The lines that a forked child writes, and a last one that says how it ended."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        _be_child(request, answer, writable)
    said, status, late = b"", None, False
    began = time.monotonic()
    try:
        os.close(writable)
        while status is None and not late:
            ready = select.select([readable], [], [], 0.05)[0]
            more = os.read(readable, 1 << 16) if ready else b""
            said += more
            if not more:
                ended, code = os.waitpid(child, os.WNOHANG)
                status = code if ended else None
                time.sleep(0.002 * bool(ready))
            late = time.monotonic() - began > request["wall"] or len(said) > request["limit"]
    finally:
        if status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.close(readable)
    stopped = status is None or os.WIFSIGNALED(status)  # by one of the limits, as a rule
    text = said[: request["limit"]].decode("utf-8", "replace")
    return f"{text}{json.dumps({'ended': 'late' if late else 'stopped' if stopped else 'well'})}"


def _be_child(request: Mapping[str, Any], answer: Callable[..., Any], end: int) -> None:
    """Call the answer and write to this end of a pipe. It never returns, and leaves the notebook's outputs alone."""
    code = 1
    with contextlib.suppress(BaseException):
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nowhere, number)
        _kept.extend([sys.stdout, sys.stderr])  # deleted, they would wait for threads that are not here
        sys.stdout = sys.stderr = os.fdopen(0, "w", closefd=False)
        os.closerange(3, end)  # the notebook's sockets
        os.closerange(end + 1, 1 << 16)
        resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"], request["seconds"] + 1))
        _call_on_all(request, answer, lambda line: os.write(end, (json.dumps(line) + "\n").encode()))
        code = 0
    os._exit(code)


def _call_on_all(request: Mapping[str, Any], answer: Callable[..., Any], write: Write) -> None:
    """Call the answer on all inputs; write a line for each and one at the end."""
    known, solutions = _lock_solutions(request)
    used: set[str] = set()

    def watch(frame: types.FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call":
            return
        if code in solutions:  # of a copy that was made before
            write({"copied": solutions[code]})
            os._exit(0)
        if code in known or code.co_filename.startswith(request["package"]):
            caller = frame.f_back.f_code.co_filename if frame.f_back else ""
            if code.co_name != "__call__" and not caller.startswith(request["package"]):
                used.add(code.co_name)  # what a stand-in calls is in order

    _settle()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    np.random.seed(request["seed"])  # noqa: NPY002
    for number, given in enumerate(request["inputs"]):
        before, arguments = ([_unpack(value) for value in given.values()] for _ in range(2))
        threading.setprofile(watch)
        sys.setprofile(watch)
        error = value = None
        try:
            value = answer(*arguments)
        except BaseException as raised:
            error = raised
        if sys.getprofile() is not watch:
            used.add("sys.setprofile")
        sys.setprofile(None)
        given_back = _pack(value, request) if error is None else _describe(error)
        pairs = zip(given, before, arguments, strict=True)
        changed = [name for name, old, new in pairs if not np.array_equal(old, new)]
        write({"case": number, "changed": changed} | given_back)
    drawn = np.random.random() != np.random.RandomState(request["seed"]).random()  # noqa: NPY002
    write({"end": True, "drawn": bool(drawn), "used": sorted(used)[:20]})


class _Settled(BaseException):
    """Raised and caught in `_settle`."""


def _settle() -> None:
    """Let Python handle a request for an exception that was cancelled.

    The check of an answer leaves one, with which the first call in Python 3.11 never ends once calls are watched.
    """
    request = ctypes.pythonapi.PyThreadState_SetAsyncExc
    with contextlib.suppress(_Settled):
        request(ctypes.c_ulong(threading.get_ident()), ctypes.py_object(_Settled))
        for _ in range(1000):
            time.monotonic()


def _lock_solutions(request: Mapping[str, Any]) -> tuple[dict[types.CodeType, str], ...]:
    """Make all of the library's solutions refuse, but those of earlier exercises, which an answer may use.

    Returns the code of the library's functions, and the code of the solutions as it was, each with its name.
    """
    plain = {}
    for name, source in request["earlier"].items():
        names: dict[str, Any] = {"np": np}
        exec(source, names)  # noqa: S102  the text is the grader's
        plain[name] = names[source.rpartition("\ndef ")[2].partition("(")[0]]
    known, solutions = {}, {}
    for function in gc.get_objects():
        if not isinstance(function, types.FunctionType):
            continue
        code = function.__code__
        if code.co_filename.startswith(request["package"]):
            known[code] = code.co_name
        if code.co_filename == request["solutions"] and not code.co_freevars:
            solutions[code] = code.co_name
            if code.co_name in plain:
                function.__globals__["_plain"] = plain
                body = f"return _plain[{code.co_name!r}](*given, **named)"
            else:
                body = f"raise RuntimeError('the library has no {code.co_name} while answers are tested')"
            exec(f"def locked(*given, **named):\n    {body}", names := {})  # noqa: S102
            function.__code__ = names["locked"].__code__.replace(co_name=code.co_name)
            known[function.__code__] = code.co_name
    return known, solutions


def _unpack(value: Any) -> Any:
    """An array from its dtype, shape and bytes; a number as it is."""
    if not isinstance(value, dict):
        return value
    return np.frombuffer(base64.b64decode(value["data"]), value["dtype"]).reshape(value["shape"]).copy()


def _pack(value: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """The results of a call."""
    if isinstance(value, tuple) or (isinstance(value, list) and request["count"] > 1):
        return {"parts": [_pack_part(part, request) for part in list(value)[:10]]}
    return {"one": _pack_part(value, request)}


def _pack_part(part: Any, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """A result as dtype, shape and bytes, or what it is in words; None if it is still open."""
    if part is None or part is ...:
        return None
    try:
        array = np.array(np.real_if_close(part), subok=False)
        if array.dtype.kind not in "fiub" or isinstance(part, np.ma.MaskedArray):
            return {"odd": f"{str(part)[:60]} of type {type(part).__name__[:60]}"}
        if array.nbytes > request["bytes"]:
            return {"odd": f"an array of shape {array.shape}"}
        if array.dtype.itemsize > 8:  # of more digits than others have
            array = array.astype(float)
        array = array.astype(array.dtype.newbyteorder("<"))
        data = base64.b64encode(array.tobytes()).decode()
        return {"dtype": array.dtype.str, "shape": array.shape, "data": data}
    except Exception:
        return {"odd": f"a value of type {type(part).__name__[:60]}"}


def _describe(error: BaseException) -> dict[str, str]:
    """An exception by its name and its text."""
    try:
        said = str(error)[:300]
    except Exception:  # an exception whose text cannot be made
        said = ""
    return {"error": type(error).__name__[:100], "said": said}
