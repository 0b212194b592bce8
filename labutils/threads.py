"""How many threads NumPy calculates on: its sums come out the same, bit for bit, only on the same number of them.

A BLAS that threadpoolctl does not know (Accelerate, of NumPy's wheels for macOS) stays on the threads that it chooses.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy  # noqa: F401  # its BLAS is found below once it is loaded
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas")  # found once: it takes as long as a short run
LOCK = threading.Lock()
INSIDE: list[object] = []  # one for each run that is under way, in this thread or in others
BEFORE = [BLAS.limit(limits=None)]  # what the first of them found


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """NumPy's BLAS works on one thread, and afterwards on as many as before, even if an interrupt comes in between.

    Where several runs are under way at once, in threads, the last one to end gives the threads back.
    """
    me = object()
    try:
        with LOCK:
            if not INSIDE:
                BEFORE[0] = BLAS.limit(limits=None)
            INSIDE.append(me)
            BLAS.limit(limits=1)
        yield
    finally:
        try:
            leave(me)
        except KeyboardInterrupt:
            leave(me)
            raise


def leave(me: object) -> None:
    """The run is over; if no other is under way, BLAS works on as many threads as before."""
    with LOCK:
        if me in INSIDE:
            INSIDE.remove(me)
        if not INSIDE:
            BEFORE[0].restore_original_limits()
