"""Write targets.csv: the validation errors of ten settings each, within the limits of the open tasks of Parts B and C.

The first setting of a part is the one that its notebook starts from. Students see only the best mean error. A few
minutes on two cores.
"""

import csv
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from threadpoolctl import threadpool_limits

from labutils.experiments import Configuration
from labutils.instructor.studies import make_study

SEEDS = range(3)
_OPTIONS = {
    "B": {"data": "mnist", "scale": 1 / 255, "hidden_units": 100, "epochs": 20, "l2": 0.0, "batch_size": 100},
    "C": {"hidden_units": 50},
}


def setting(part: str, name: str, learning_rate: float, **options: object) -> Configuration:
    """A configuration within the limits of a part, with its name and the options that differ from the default."""
    return Configuration(name, learning_rate, **(_OPTIONS[part] | options))


SETTINGS = {
    "B": [
        setting("B", "as in B4", 0.3, activation="sigmoid"),
        setting("B", "smaller batch", 0.3, activation="sigmoid", batch_size=25),
        setting("B", "L2", 0.3, activation="sigmoid", l2=3e-4),
        setting("B", "ReLU", 0.3),
        setting("B", "ReLU, L2", 0.3, l2=3e-4),
        setting("B", "ReLU, smaller batch", 0.2, batch_size=50),
        setting("B", "ReLU, smaller batch, L2", 0.2, batch_size=50, l2=3e-4),
        setting("B", "ReLU, small batch, L2", 0.1, batch_size=25, l2=2e-4),
        setting("B", "ReLU, L2, centred", 0.3, l2=3e-4, centred=True),
        setting("B", "ReLU, small batch, L2, centred", 0.1, batch_size=25, l2=3e-4, centred=True),
    ],
    "C": [
        setting("C", "as in C4", 1e-3),
        setting("C", "slope", 1e-3, negative_slope=0.1),
        setting("C", "slope, L2", 1e-3, negative_slope=0.1, l2=0.3),
        setting("C", "centred", 1e-3, centred=True),
        setting("C", "centred, slope", 1e-3, centred=True, negative_slope=0.1),
        setting("C", "centred, smaller batch", 5e-4, centred=True, batch_size=64),
        setting("C", "centred, some L2", 1e-3, centred=True, l2=0.1),
        setting("C", "centred, L2", 1e-3, centred=True, l2=0.3),
        setting("C", "centred, smaller batch, L2", 5e-4, centred=True, batch_size=64, l2=0.3),
        setting(
            "C",
            "centred, less momentum, smaller batch, L2",
            1e-3,
            centred=True,
            momentum=0.8,
            batch_size=64,
            l2=0.3,
        ),
    ],
}


def rows() -> list[dict[str, object]]:
    """A row for each run: part, setting, seed, validation error (%)."""
    found: list[dict[str, object]] = []
    with ProcessPoolExecutor(2, initializer=threadpool_limits, initargs=(1,)) as pool:
        for part, settings in SETTINGS.items():
            for run in make_study(settings, SEEDS, pool).to_dict("records"):
                kept = {"part": part, "setting": run["configuration"], "seed": run["seed"]}
                found.append(kept | {"validation_error_pct": round(run["validation_error_pct"], 2)})
    return found


if __name__ == "__main__":
    made = rows()
    with Path(__file__).with_name("targets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, made[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
