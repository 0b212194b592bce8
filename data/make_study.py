"""Make data/study.csv and data/study_histories.csv: the report's ten runs on many seeds, and three variations.

- The ten configurations of the report's Part C on the rendered digits, pixels as they are: 10 seeds. The report states
  neither the hidden size of its rate sweep nor the rate of its divergent run; 500 units and a rate of 10 are assumed.
- The same with the mean training image subtracted (" centred").
- The four hidden sizes centred and with pixels scaled by 1/255, at 50 times the rate (" scaled").
- Other rates around that of the divergent run: 3 seeds.
- Hidden sizes from 4 to 300 on MNIST, as Part B trains them, and 100 units with the full batch, a quarter of the images
  and a tenth of the epochs: 5 seeds.

Histories are kept of the runs on the rendered digits, rounded to four decimals. A run that stands under two names is
made once.
Needs the base alone and about eight minutes on two cores; interrupted, it goes on where it was.
Run `python data/make_study.py`; to make everything anew, remove both files first.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from labutils.study import Configuration, run_study, save

PATH = Path(__file__).with_name("study.csv")
HISTORIES = Path(__file__).with_name("study_histories.csv")

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
TWINS = {"hidden-500": "learn-rate-1e-3"}  # a second name of the same run
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
    """The table with the rows of runs that have a second name once more, under that name."""
    names = table["configuration"]
    copies = [
        table[names == one + suffix].assign(configuration=other + suffix)
        for other, one in TWINS.items()
        for suffix in ("", " centred")
    ]
    return pd.concat([table, *copies], ignore_index=True)


if __name__ == "__main__":
    say = partial(print, flush=True)
    with ProcessPoolExecutor(2, initializer=threadpool_limits, initargs=(1,)) as pool:
        digits, histories = run_study([*RAW, *CENTRED, *SCALED], range(10), pool, PATH, say, histories=True)
        rates, more = run_study(TOO_HIGH, range(3), pool, PATH, say, histories=True)
        mnist = run_study(MNIST, range(5), pool, PATH, say)
    save(with_twins(pd.concat([digits, rates, mnist], ignore_index=True)), PATH)
    save(with_twins(pd.concat([histories, more], ignore_index=True)).round(4), HISTORIES)
