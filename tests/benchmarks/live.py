"""What the live figure takes of a training run of some twenty seconds: the share of its time, in percent."""

import statistics
import time
from collections.abc import Iterator

import numpy as np

from labutils.data import load_digits
from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.notebook import live
from labutils.notebook.live import TrainingProgress
from labutils.training import TrainingOptions, train

RUNS = 3  # a run is long


class Handle:
    """A display handle that does what a notebook's does with a figure."""

    def __init__(self, figure: object, display_id: bool) -> None:
        self.update(figure)

    def update(self, figure: object) -> None:
        figure._repr_mimebundle_()


def share() -> float:
    """Percent of the time of one run that went into drawing."""
    rng = np.random.default_rng(0)
    network = Network(Linear(784, 700, rng), ReLU(), Linear(700, 10, rng))
    live.display = Handle  # as in a notebook
    progress = TrainingProgress()
    progress.in_notebook = True
    data = load_digits(0)
    start = time.perf_counter()
    train(network, SoftmaxNLL(), data, TrainingOptions(1e-3, epochs=45), [progress])
    return 100 * progress.drawing / (time.perf_counter() - start)


def measure(rounds: int) -> Iterator[dict]:
    """The median of a few runs."""
    shares = [share() for _ in range(RUNS)]
    what = f"the live figure's share of training, redrawn after {live.COSTS} times its cost"
    yield {"what": what, "value": statistics.median(shares), "unit": "%", "most": 3.0}
