"""BLAS threads: sums are equal, bit for bit, only with the same number of them (Accelerate of macOS keeps its own)."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy  # noqa: F401  (loads the BLAS that is found below)
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas")  # found once: this takes as long as a short run


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """NumPy's BLAS uses one thread, and afterwards as many as before, also if interrupted. Runs that overlap in several
    threads of one Python need another `with` around all of them."""
    before = BLAS.limit(limits=None)
    try:
        BLAS.limit(limits=1)
        yield
    finally:
        try:
            before.restore_original_limits()
        except KeyboardInterrupt:
            before.restore_original_limits()
            raise
