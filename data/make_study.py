"""Make data/study.csv, study_histories.csv and sharpness.csv: the report's ten runs on many seeds, and variations.

- The ten configurations of the report's Part C on the rendered digits, pixels as they are: 10 seeds. The report states
  neither the hidden size of its rate sweep nor the rate of its divergent run; 500 units and a rate of 10 are assumed.
- The same with the mean training image subtracted (" centred").
- The four hidden sizes centred and with pixels scaled by 1/255, at 50 times the rate (" scaled").
- Other rates around that of the divergent run: 3 seeds.
- What causes the curves: 200 and 1,000 units at 1e-3, and 500 at 3e-3, in twelve variants each. Pixels as they are or
  centred; ReLU, or a slope of 0.1 or 0.01 on its negative side (" slope 0.1"); all hidden units, or with as many
  switched off from the start as are dead, on the training images, after that seed's run with ReLU on the pixels as
  they are (" few"). 10 seeds. The same for 200 units on the 5,000 MNIST images: 5 seeds.
- Hidden sizes from 4 to 300 on MNIST, as Part B trains them, and 100 units with the full batch, half and a quarter
  of the images, half and a tenth of the epochs, and 2,000 epochs: 5 seeds.

sharpness.csv has the sharpness of the loss along the runs at 5e-4, 1e-3 and 3e-3 with 500 units, pixels as they are and
centred, 3 seeds (see `sharpness_of_runs.py`).

The histories of the first four groups are kept, rounded to four decimals. A configuration with two names is run once,
and its rows are repeated under the second name.
Needs the base installation and about 35 minutes on two cores. Each run is stored in build/study, and an interrupted
study continues from there. Run `python data/make_study.py`; to make all runs again, remove build/study first.
"""

import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import pandas as pd
from sharpness_of_runs import sharpness_along
from threadpoolctl import threadpool_limits

from labutils.experiments import Configuration
from labutils.instructor.studies import make_study, read_runs

DATA = Path(__file__).resolve().parent
FOLDER = DATA.parent / "build" / "study"

REPORT = [
    Configuration("learn-rate-5e-4", 5e-4, 500),
    Configuration("learn-rate-8e-4", 8e-4, 500),
    Configuration("learn-rate-1e-3", 1e-3, 500),
    Configuration("learn-rate-3e-3", 3e-3, 500),
    Configuration("hidden-200", 1e-3, 200),
    Configuration("hidden-500", 1e-3, 500),
    Configuration("hidden-700", 1e-3, 700),
    Configuration("hidden-1000", 1e-3, 1000),
    Configuration("learn-rate-5e-5", 5e-5, 700),
    Configuration("learn-rate-too-high", 10, 700, stop_on_divergence=False),
]
TWINS = {"hidden-500": "learn-rate-1e-3"}  # a second name of the same configuration
RAW = [c for c in REPORT if c.name not in TWINS]
CENTRED = [replace(c, name=f"{c.name} centred", centred=True) for c in RAW]
SCALED = [
    replace(c, name=f"{c.name} scaled", centred=True, scale=1 / 255, learning_rate=50 * c.learning_rate)
    for c in REPORT
    if c.name.startswith("hidden-")
]
TOO_HIGH = [replace(REPORT[-1], name=f"learn-rate-{rate}", learning_rate=rate) for rate in (3, 6, 15, 50)]
SIZES = [
    Configuration(
        f"mnist-{units}",
        0.3,
        units,
        data="mnist",
        scale=1 / 255,
        activation="sigmoid",
        l2=0.0,
        batch_size=100,
        epochs=20,
    )
    for units in (4, 10, 30, 100, 300)
]
HUNDRED = SIZES[3]
MNIST_RELU = Configuration(
    "mnist-relu-200", 1e-3, 200, data="mnist", epochs=22
)  # as many steps as on the digits
MNIST = [
    *SIZES,
    replace(HUNDRED, name="mnist-100 full batch", batch_size=4000, validation_every=1),
    replace(HUNDRED, name="mnist-100 half", left_out=0.5),
    replace(HUNDRED, name="mnist-100 quarter", left_out=0.75),
    replace(HUNDRED, name="mnist-100 10 epochs", epochs=10),
    replace(HUNDRED, name="mnist-100 2 epochs", epochs=2),
    replace(HUNDRED, name="mnist-100 2000 epochs", epochs=2000),
]
MEASURED = [0, 1, 2, 5, 10, 20, 50, *range(100, 701, 100)]  # iterations, for the sharpness
BY_NAME = {configuration.name: configuration for configuration in [*REPORT, MNIST_RELU]}


def variants(base: Configuration) -> list[Configuration]:
    """The six variants of a run with all its hidden units: pixels as they are or centred, three negative slopes."""
    found = []
    for centred, slope in product((False, True), (0.0, 0.1, 0.01)):
        name = base.name + " centred" * centred + (f" slope {slope:g}" if slope else "")
        found.append(replace(base, name=name, centred=centred, negative_slope=slope))
    return found


def with_few_units(base: Configuration, runs: pd.DataFrame, seed: int) -> list[Configuration]:
    """The same six, with as many units switched off as are dead in the run of `base` with this seed, among `runs`."""
    run = runs[(runs["configuration"] == base.name) & (runs["seed"] == seed)]
    dead = round(run["dead_in_training_pct"].item() / 100 * base.hidden_units)
    return [replace(variant, name=f"{variant.name} few", switched_off=dead) for variant in variants(base)]


def run_causes(bases: list[str], seeds: range, pool: Executor, say: Callable[[str], None]) -> pd.DataFrame:
    """The twelve variants of each of these runs. Those that other groups contain are made once and repeated."""
    configurations = [BY_NAME[base] for base in bases]
    tables = [
        make_study([run for base in configurations for run in variants(base)], seeds, pool, FOLDER, say)
    ]
    for seed in seeds:
        few = [run for base in configurations for run in with_few_units(base, tables[0], seed)]
        tables.append(make_study(few, [seed], pool, FOLDER, say))
    return pd.concat(tables, ignore_index=True)


def with_twins(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the rows of each configuration that has a second name repeated under that name."""
    names = table["configuration"]
    copies = [
        table[names == one + suffix].assign(configuration=other + suffix)
        for other, one in TWINS.items()
        for suffix in ("", " centred")
    ]
    return pd.concat([table, *copies], ignore_index=True)


def write_tables(digits: pd.DataFrame, others: pd.DataFrame, histories: pd.DataFrame, folder: Path) -> None:
    """Write study.csv and study_histories.csv. The histories of `digits` are written in the order of that table."""
    study = with_twins(pd.concat([digits, others], ignore_index=True))
    kept = with_twins(digits[["configuration", "seed"]].merge(histories)).round(4)
    for table, name in ((study, "study.csv"), (kept, "study_histories.csv")):
        table.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")


def write_sharpness(pool: Executor, folder: Path) -> None:
    """Write sharpness.csv: the runs at three rates, with 500 units, pixels as they are and centred, three seeds."""
    rates = [BY_NAME[name] for name in ("learn-rate-5e-4", "learn-rate-1e-3", "learn-rate-3e-3")]
    runs = [
        replace(c, name=c.name + " centred" * centred, centred=centred)
        for centred in (False, True)
        for c in rates
    ]
    asked = [(configuration, seed, MEASURED) for seed in range(3) for configuration in runs]
    rows = [row for rows in pool.map(sharpness_along, *zip(*asked, strict=True)) for row in rows]
    table = pd.DataFrame(rows).round(4)
    table.to_csv(folder / "sharpness.csv", index=False, lineterminator="\n", encoding="utf-8")


if __name__ == "__main__":
    say = partial(print, flush=True)
    with ProcessPoolExecutor(2, initializer=threadpool_limits, initargs=(1,)) as pool:
        digits = make_study([*RAW, *CENTRED, *SCALED], range(10), pool, FOLDER, say)
        rates = make_study(TOO_HIGH, range(3), pool, FOLDER, say)
        causes = run_causes(["hidden-200", "hidden-1000", "learn-rate-3e-3"], range(10), pool, say)
        mnist_causes = run_causes(["mnist-relu-200"], range(5), pool, say)
        mnist = make_study(MNIST, range(5), pool, FOLDER, say)
        write_sharpness(pool, DATA)
    digits = pd.concat([digits, rates], ignore_index=True)
    causes = causes[~causes["configuration"].isin(digits["configuration"])]
    others = pd.concat([causes, mnist_causes, mnist], ignore_index=True)
    if "failed" in {*digits["status"], *others["status"]}:
        sys.exit(
            "Some runs failed, so the tables are not written. Run this script again to repeat these runs."
        )
    write_tables(digits, others, read_runs(FOLDER)[1], DATA)
