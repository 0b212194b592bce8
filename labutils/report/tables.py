"""What the report says: its claims, in our words, its ten runs and their progress tables."""

import io
from collections.abc import Mapping

import pandas as pd

from labutils._internal import arguments
from labutils._internal.data_files import read

DIVERGENT = "learn-rate-too-high"
Tables = Mapping[str, pd.DataFrame]  # {run: table of `load_rows`}
CLAIMS = {
    "A1": "The linear layer outputs n numbers, the sigmoid keeps the shape, and the NLL outputs one number.",
    "A2": "The gradient of the NLL is a vector, n×n, that of the sigmoid a scalar, and that of the linear layer m×n.",
    "A3": "The three layers, in code that is not available.",
    "A4": "The forward pass runs linear, sigmoid and NLL, and the backward pass NLL, sigmoid and linear.",
    "A5": "A straight line is expected to separate the two groups.",
    "A6": "The training loop, in code that is not available.",
    "A7.1": "At rate 0.02 training converges well, because the error falls and the line settles in the right place.",
    "A7.2": "At rate 0.03 it is too slow, and the error does not fall far enough (training 17.5 %, test 15 %).",
    "A7.3": "At rate 2 it diverges, and no error can be computed.",
    "B1": "The network has the five stages linear, sigmoid, linear, softmax and loss.",
    "B2": "The new layers, in code that is not available.",
    "B3": "The network, in code that is not available.",
    "B4": "The training, in code that is not available.",
    "B5": "Validation results on MNIST, in figures that are not available.",
    "B6": "A larger layer costs memory and time, and accuracy rises until over-fitting raises the validation error.",
    "B7": "Learning is faster but has fewer stages. Updates use fewer examples, and accuracy is slightly lower.",
    "C1": "The network and its training options, in code that is not available.",
    "C2": "sgdm is gradient descent with momentum, the rate is the step size, and an epoch is a pass over the images.",
    "C3.1": "5e-4 and 8e-4 are slowish but reach a reasonable validation error (3.6 % and 4.8 %).",
    "C3.2": "A higher rate lets the steps come closer to the minimum, and 1e-3 is best (2.4 %).",
    "C3.3": "3e-3 is too high and misses the global minimum (23.2 %).",
    "C4.1": "At 1e-3, 200, 500 and 700 units reach 8.1, 3.8 and 2.0 %, because more parameters resolve finer detail.",
    "C4.2": "1,000 units (2.1 %) are worse than 700 because of over-fitting, so 700 is the best size.",
    "C5.1": "5e-5 is far too small, with an error of 9.0 % after the same number of epochs.",
    "C5.2": "At 5e-5 the training error reaches 0 % only near the end, while the other runs need a few epochs.",
    "C6.1": "An exaggerated rate (not stated) diverges, with NaN from iteration 300 on and an error of 100 %.",
    "C6.2": "That run does not reach its end.",
    "C7.1": "The loss measures how far the output is from the right class, so lowering it directly raises accuracy.",
}


def load_runs() -> pd.DataFrame:
    """The ten runs of the report, one row each, with the validation error that it prints (%). NaN: not stated."""
    return pd.read_csv(io.BytesIO(read("report/runs.csv")), index_col="run")


def load_rows(run: str | None = None) -> pd.DataFrame:
    """The report's progress table of a run, or of all ten, one row per printed line. NaN: unreadable or printed NaN."""
    rows = pd.read_csv(io.BytesIO(read("report/training_progress.csv")))
    if run is None:
        return rows
    arguments.one_of("run", run, list(rows["run"].unique()))
    return rows[rows["run"] == run].reset_index(drop=True)


def lower(error: float, other: float, images: int = 1000) -> bool | None:
    """True if an error (%) is lower than another, False if it is higher, and None if the difference is within chance.

    Within chance: at most two standard errors of the difference of two shares, each of `images` independent images.
    """
    for name, value in (("error", error), ("other", other)):
        arguments.number(name, value)
        arguments.expect(value <= 100, name, "a percentage, 0 to 100", value)
    arguments.whole_number("images", images)
    error, other = float(error), float(other)
    share = (error + other) / 200
    chance = 200 * (2 * share * (1 - share) / int(images)) ** 0.5
    return None if abs(error - other) <= chance else error < other


def place(run: str) -> str:
    """Where a result was found, in words: "at rate 1e-3", "with 700 units", "in the divergent run"."""
    name = str(run).replace(DIVERGENT, "the divergent run").removeprefix("mnist-").removeprefix("hidden-")
    if name.isdecimal():
        return f"with {int(name):,} units"
    return f"at rate {name.removeprefix('learn-rate-')}" if name.startswith("learn-rate-") else f"in {name}"
