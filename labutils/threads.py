"""How many threads NumPy calculates on: its sums come out the same, bit for bit, only on the same number of them.

A BLAS that threadpoolctl does not know (Accelerate, of NumPy's wheels for macOS) stays on the threads that it chooses.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy  # noqa: F401  # its BLAS is found below once it is loaded
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas")  # found once: it takes as long as a short run


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """NumPy's BLAS works on one thread, and afterwards on as many as before, even if an interrupt comes in between."""
    before = BLAS.limit(limits=None)
    try:
        with BLAS.limit(limits=1):
            yield
    except KeyboardInterrupt:
        before.restore_original_limits()  # it may have come while the limit was set or taken back
        raise
