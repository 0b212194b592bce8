"""BLAS threads: sums are equal, bit for bit, only with the same number of them (Accelerate of macOS keeps its own)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy  # noqa: F401  (loads the BLAS that is found below)
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas")  # found once: this takes as long as a short run
_LOCK = threading.Lock()
_RUNS: list[object] = []  # that use one thread at the moment, in this or in other threads of Python
_BEFORE = [BLAS.limit(limits=None)]  # the number of threads when the first of them began


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """NumPy's BLAS uses one thread, and after the last of overlapping runs as many as before, also if interrupted."""
    me = object()
    try:
        with _LOCK:
            if not _RUNS:
                _BEFORE[0] = BLAS.limit(limits=None)
            _RUNS.append(me)
            BLAS.limit(limits=1)
        yield
    finally:
        try:
            _leave(me)
        except KeyboardInterrupt:
            _leave(me)
            raise


def _leave(me: object) -> None:
    with _LOCK:
        if me in _RUNS:
            _RUNS.remove(me)
        if not _RUNS:
            _BEFORE[0].restore_original_limits()
