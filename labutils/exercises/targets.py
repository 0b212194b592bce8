"""The open tasks at the end of Parts B and C: how close three runs come to a given validation error."""

import csv
from collections.abc import Sequence

import numpy as np

from labutils._internal import arguments
from labutils._internal.data_files import read
from labutils.exercises.display import show

# For each part, the mean validation error (%) to reach, and the limits of the options.
_TARGETS = {"B": (5.1, {"hidden_units": 100, "epochs": 20}), "C": (1.4, {"hidden_units": 50, "epochs": 10})}


def target(part: str, errors: Sequence[float], **used: float) -> None:
    """Print the validation errors (%) of three seeds, their mean, and how far it is from the target of a part.

    used: each option that has a limit, such as `hidden_units=100`; beyond a limit the runs do not count. The best of
    ten known settings in data/targets.csv is printed too. Raises `ValueError` or `TypeError` for other arguments.
    """
    arguments.one_of("part", part, tuple(_TARGETS))
    goal, limits = _TARGETS[part]
    found = arguments.numbers("errors", errors, 3)
    if used.keys() != limits.keys():
        raise ValueError(f"used: expected {' and '.join(limits)}, got {', '.join(used) or 'nothing'}")
    for name, value in used.items():
        arguments.whole_number(name, value)
    beyond = [f"{k} is {used[k]}, the limit is {limit}" for k, limit in limits.items() if used[k] > limit]
    mean = found.mean()
    verdict = "reached" if mean <= goal else f"missed by {mean - goal:.2f} points"
    verdict = f"The target of at most {goal:.1f} % is {verdict}."
    verdict = f"These runs do not count: {'; '.join(beyond)}." if beyond else verdict
    rows = csv.DictReader(read("targets.csv").decode().splitlines())
    known = [float(row["validation_error_pct"]) for row in rows if row["part"] == part]
    best = np.reshape(known, (-1, 3)).mean(axis=1).min()  # a setting has three rows for its three seeds
    text = f"Validation errors: {', '.join(f'{error:.1f} %' for error in found)}; mean {mean:.2f} %.\n{verdict}\n"
    text += f"The best of ten known settings has a mean of {best:.2f} %."
    show(text, "right" if mean <= goal and not beyond else "open")
