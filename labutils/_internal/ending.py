"""How a training run ends: an interrupt is a result, callbacks receive the record, and an error carries it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def ends_with(record: Any, network: Any, callbacks: Sequence[Any]) -> Iterator[None]:
    """The end of a run in `with`, whatever the reason: the record says so, and the network is out of training."""
    try:
        try:
            yield
        except KeyboardInterrupt:
            record.status = "stopped"  # a result, not an error
        finally:
            network.set_training(False)
            _end(record, callbacks)
    except Exception as error:
        error.record = record  # type: ignore[attr-defined]
        raise


def _end(record: Any, callbacks: Sequence[Any]) -> None:
    """Call `end` of the callbacks that have it."""
    for end in (callback.end for callback in callbacks if hasattr(callback, "end")):
        try:
            end(record)
        except KeyboardInterrupt:  # keep the record, and finish what was interrupted
            record.status = "stopped"
            end(record)
