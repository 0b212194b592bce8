"""Compare the renderings in make_digits_10k.py with the report, and print what data/README.md says about them.

A rendering is judged by the report's rate runs: learning rates 5e-4, 8e-4, 1e-3 (of which there are two logs) and 3e-3
with 500 units, and 5e-5 with 700, three seeds each. Its distance to a log is the mean, over its rows, of the absolute
difference between the validation accuracy there and our mean over the seeds, in percentage points. The rendering with
the smallest mean distance over these six logs is chosen. The runs with 200, 700 and 1,000 units take no part in the
choice. They are compared afterwards, with the ten seeds of the stored study.

Needs the extra `make-data` and about half an hour on two cores. Run `python data/choose_digits.py`; then set `CHOSEN`
in make_digits_10k.py.
"""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
from make_digits_10k import RENDERINGS, Rendering, make_digits_10k
from make_study import RAW, TWINS
from threadpoolctl import threadpool_limits

from labutils.data import split_by_class
from labutils.losses import SoftmaxNLL
from labutils.report import load_rows
from labutils.training import train

SEEDS = range(3)
RATE_RUNS = [run for run in RAW if run.name.startswith("learn-rate-") and run.learning_rate < 1]
LOGS = {run.name: run.name for run in RATE_RUNS} | TWINS  # each log of the report, and our run for it


def distances(rendering: Rendering) -> dict[str, float]:
    """The distance of a rendering to each of the report's logs of rate runs (percentage points), by their names."""
    x, y = make_digits_10k(rendering)
    accuracies: dict[str, list[np.ndarray]] = {run.name: [] for run in RATE_RUNS}
    for seed in SEEDS:
        data = split_by_class("rendered digits", x, y, 100, seed)
        for run in RATE_RUNS:
            record = train(run.network(784, 10, seed), SoftmaxNLL(), data, run.training_options(seed))
            accuracies[run.name].append(record.column("validation_accuracy_pct"))
    iterations = list(range(50, 701, 50))
    found = {}
    for log, run in LOGS.items():
        printed = (
            load_rows(log).drop_duplicates("iteration").set_index("iteration")["validation_accuracy_pct"]
        )
        ours = pd.Series(np.mean(accuracies[run], axis=0), iterations)
        found[log] = float((ours - printed).abs().mean())
    return found


if __name__ == "__main__":
    with ProcessPoolExecutor(2, initializer=threadpool_limits, initargs=(1,)) as pool:
        print("| rendering | " + " | ".join(LOGS) + " | mean |")
        print("|---" * (len(LOGS) + 2) + "|")
        for rendering, found in zip(RENDERINGS, pool.map(distances, RENDERINGS), strict=True):
            cells = [f"{value:.2f}" for value in (*found.values(), np.mean(list(found.values())))]
            print(f"| {rendering} | {' | '.join(cells)} |", flush=True)
