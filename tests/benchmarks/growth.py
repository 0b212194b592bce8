"""How time and memory grow with the images, the hidden units, the epochs and the batch size."""

import statistics
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np

from labutils.data import Dataset
from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.training import TrainingOptions, train

BASE = {"images": 4480, "hidden units": 700, "epochs": 1, "batch size": 128}
SIZES = {
    "images": [2240, 4480, 8960],
    "hidden units": [500, 1000, 2000],
    "epochs": [1, 2, 4],
    "batch size": [128, 512, 2048],
}


def job(sizes: dict[str, int]) -> tuple:
    """What `train` needs for a run of these sizes. With another batch size, as many iterations: more images."""
    images = sizes["images"] * sizes["batch size"] // BASE["batch size"]
    rng = np.random.default_rng(0)
    x, y = rng.random((images, 784), dtype=np.float32), rng.integers(10, size=images)
    network = Network(Linear(784, sizes["hidden units"], rng), ReLU(), Linear(sizes["hidden units"], 10, rng))
    data = Dataset("noise", 10, x, y, x[:128], y[:128])
    options = TrainingOptions(
        1e-3, batch_size=sizes["batch size"], epochs=sizes["epochs"], validation_every=10**9
    )
    return network, SoftmaxNLL(), data, options


def seconds(sizes: dict[str, int]) -> float:
    inputs = job(sizes)
    start = time.perf_counter()
    train(*inputs)
    return time.perf_counter() - start


def megabytes(sizes: dict[str, int]) -> float:
    """The most that `train` allocates at a time, beyond what it is given."""
    inputs = job(sizes)
    tracemalloc.start()
    train(*inputs)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def measure(rounds: int) -> Iterator[dict]:
    """For each of the four: the exponent of time, from a straight line through logarithms, and the peak memory."""
    for name, values in SIZES.items():
        runs = [[seconds(BASE | {name: value}) for value in values] for _ in range(rounds)]
        exponents = [float(np.polyfit(np.log(values), np.log(row), 1)[0]) for row in runs]
        what = f"time against {name} ({values[0]} to {values[-1]}): exponent"
        yield {"what": what, "value": statistics.median(exponents), "least": 0.9, "most": 1.1}
        memory = [megabytes(BASE | {name: value}) for value in values]
        for value, peak in zip(values, memory, strict=True):
            yield {"what": f"peak memory of train at {value} {name}", "value": peak, "unit": "MB"}
        if name == "epochs":
            yield {
                "what": "peak memory at 4 epochs over that at 1",
                "value": memory[-1] / memory[0],
                "most": 1.01,
            }
