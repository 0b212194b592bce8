"""A study on one worker process, on two, and on two that Dask manages; and next to the bare products of its steps."""

import contextlib
import functools
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor

from distributed import Client, LocalCluster
from threadpoolctl import threadpool_limits

from labutils.data import load_digits
from labutils.experiments import Configuration
from labutils.instructor.studies import make_study

from .steps import bare_products

RUNS = [Configuration(f"rate {rate}", rate, 500, epochs=2) for rate in (5e-5, 5e-4, 8e-4, 1e-3)]
SIZES = [Configuration(f"{units} units", 1e-3, units, epochs=10) for units in (200, 500, 700, 1000)]
SEEDS = range(2)
digits = functools.cache(load_digits)


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


def seconds(executor: Executor, runs: Sequence[Configuration] = RUNS) -> float:
    start = time.perf_counter()
    make_study(runs, SEEDS, executor)
    return time.perf_counter() - start


def products(configuration: Configuration) -> None:
    """The bare matrix products of all steps of a run."""
    bare_products(digits(), configuration.hidden_units, configuration.epochs)()


def seconds_of_products(executor: Executor) -> float:
    start = time.perf_counter()
    list(executor.map(products, [configuration for configuration in SIZES for _ in SEEDS]))
    return time.perf_counter() - start


def measure(rounds: int) -> Iterator[dict]:
    """Ratios of times that are measured in turn; the workers are warm (one study before the first)."""
    with pool(2) as two:
        seconds_of_products(two)
        ratios = [seconds(two, SIZES) / seconds_of_products(two) for _ in range(rounds)]
    quartiles = statistics.quantiles(ratios, n=4)
    what = f"a study of {len(SIZES) * len(SEEDS)} runs on two workers / the bare products of its steps"
    figure = {"what": what, "value": statistics.median(ratios), "quartiles": [quartiles[0], quartiles[2]]}
    yield figure | {"most": 1.25}
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
