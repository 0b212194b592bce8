"""A study on one worker process, on two, and on two that Dask manages: how much faster it gets."""

import contextlib
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

from distributed import Client, LocalCluster
from threadpoolctl import threadpool_limits

from labutils.experiments import Configuration
from labutils.instructor.studies import make_study

RUNS = [Configuration(f"rate {rate}", rate, 500, epochs=2) for rate in (5e-5, 5e-4, 8e-4, 1e-3)]
SEEDS = range(2)


@contextlib.contextmanager
def pool(workers: int) -> Iterator[Executor]:
    with ProcessPoolExecutor(workers, initializer=threadpool_limits, initargs=(1,)) as executor:
        yield executor


@contextlib.contextmanager
def dask(workers: int) -> Iterator[Executor]:
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor(pure=False)


def seconds(executor: Executor) -> float:
    start = time.perf_counter()
    make_study(RUNS, SEEDS, executor)
    return time.perf_counter() - start


def measure(rounds: int) -> Iterator[dict]:
    """One worker's time over that of two, measured in turn; the workers are warm (one study before the first)."""
    with pool(1) as one, pool(2) as two, dask(2) as two_of_dask:
        sides = {"one": one, "two": two, "dask": two_of_dask}
        for executor in sides.values():
            seconds(executor)
        times = [{name: seconds(executor) for name, executor in sides.items()} for _ in range(rounds)]
    for name, what in {"two": "two worker processes", "dask": "two workers of Dask"}.items():
        ratios = [row["one"] / row[name] for row in times]
        quartiles = statistics.quantiles(ratios, n=4)
        figure = {"what": f"a study of {len(RUNS) * len(SEEDS)} runs: one worker / {what}"}
        figure |= {"value": statistics.median(ratios), "quartiles": [quartiles[0], quartiles[2]]}
        yield figure | ({"least": 1.8} if name == "two" else {})
