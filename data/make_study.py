"""Make data/study.csv and data/study_histories.csv: the report's ten runs on many seeds, and three variations.

- The ten configurations of the report's Part C on the rendered digits, pixels as they are: 10 seeds. The report states
  neither the hidden size of its rate sweep nor the rate of its divergent run; 500 units and a rate of 10 are assumed.
- The same with the mean training image subtracted (" centred").
- The four hidden sizes centred and with pixels scaled by 1/255, at 50 times the rate (" scaled").
- Other rates around that of the divergent run: 3 seeds.
- Hidden sizes from 4 to 300 on MNIST, as Part B trains them, and 100 units with the full batch, a quarter of the images
  and a tenth of the epochs: 5 seeds.

The histories of the runs on the rendered digits are kept, rounded to four decimals. A configuration with two names is
run once, and its rows are repeated under the second name.
Needs the base installation and about eight minutes on two cores. Each run is stored in build/study, and an interrupted
study continues from there. Run `python data/make_study.py`; to make all runs again, remove build/study first.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from labutils.experiments import Configuration, read_runs, run_study

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
MNIST = [
    *SIZES,
    replace(HUNDRED, name="mnist-100 full batch", batch_size=4000, validation_every=1),
    replace(HUNDRED, name="mnist-100 quarter", left_out=0.75),
    replace(HUNDRED, name="mnist-100 2 epochs", epochs=2),
]


def with_twins(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the rows of each configuration that has a second name repeated under that name."""
    names = table["configuration"]
    copies = [
        table[names == one + suffix].assign(configuration=other + suffix)
        for other, one in TWINS.items()
        for suffix in ("", " centred")
    ]
    return pd.concat([table, *copies], ignore_index=True)


def write_tables(digits: pd.DataFrame, mnist: pd.DataFrame, histories: pd.DataFrame, folder: Path) -> None:
    """Write study.csv and study_histories.csv. The histories of `digits` are written in the order of that table."""
    study = with_twins(pd.concat([digits, mnist], ignore_index=True))
    kept = with_twins(digits[["configuration", "seed"]].merge(histories)).round(4)
    for table, name in ((study, "study.csv"), (kept, "study_histories.csv")):
        table.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")


if __name__ == "__main__":
    say = partial(print, flush=True)
    with ProcessPoolExecutor(2, initializer=threadpool_limits, initargs=(1,)) as pool:
        digits = run_study([*RAW, *CENTRED, *SCALED], range(10), pool, FOLDER, say)
        rates = run_study(TOO_HIGH, range(3), pool, FOLDER, say)
        mnist = run_study(MNIST, range(5), pool, FOLDER, say)
    digits = pd.concat([digits, rates], ignore_index=True)
    if "failed" in {*digits["status"], *mnist["status"]}:
        sys.exit(
            "Some runs failed, so the tables are not written. Run this script again to repeat these runs."
        )
    write_tables(digits, mnist, read_runs(FOLDER)[1], DATA)
