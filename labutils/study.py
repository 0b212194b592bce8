"""A study: configurations × seeds on any executor, a row per run; and paired comparisons with their intervals.

A seed sets the split, the first weights and the order of the images, and is shared by all configurations: the
difference of two configurations is taken seed by seed, and what the seeds have in common cancels.
"""

import csv
import functools
import io
import os
import platform
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special  # of scipy.stats the quantile alone is needed, and it takes a second to load

import labutils
from labutils import arguments, files
from labutils.data import Dataset, load_digits, load_mnist, read
from labutils.layers import Linear, ReLU, Sigmoid
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.threads import one_blas_thread
from labutils.training import Row, TrainingOptions, evaluate, train

LOADERS = {"digits": load_digits, "mnist": load_mnist}
ACTIVATIONS: dict[str, type[ReLU] | type[Sigmoid]] = {"relu": ReLU, "sigmoid": Sigmoid}


@dataclass(frozen=True)
class Configuration:
    """Everything about a run but its seed: the data, the network and the training options; all of it is checked here.

    Inputs are `data` as it is, with the mean training image subtracted if `centred`, and then multiplied by `scale`.
    Of the training images the share `left_out` is not used, the last ones of the split.
    """

    name: str
    learning_rate: float
    hidden_units: int
    data: str = "digits"
    centred: bool = False
    scale: float = 1.0
    left_out: float = 0.0
    activation: str = "relu"
    init: str = "glorot"
    momentum: float = 0.9
    l2: float = 1e-4
    batch_size: int = 128
    epochs: int = 10
    shuffle: str = "every-epoch"
    validation_every: int = 50
    drop_incomplete: bool = True
    stop_on_divergence: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"name: expected a string, got {arguments.describe(self.name)}")
        if not self.name or not self.name.isprintable():
            raise ValueError(f"name: expected printable characters in one line, got {self.name!r}")
        arguments.whole_number("hidden_units", self.hidden_units)
        arguments.one_of("data", self.data, tuple(LOADERS))
        arguments.flag("centred", self.centred)
        arguments.number("scale", self.scale, positive=True)
        arguments.number("left_out", self.left_out, high=1)
        arguments.one_of("activation", self.activation, tuple(ACTIVATIONS))
        arguments.one_of("init", self.init, ("glorot", "normal", "zeros"))
        self.training_options(seed=0)
        for option in fields(self):  # 10 becomes 10.0 and NumPy's numbers Python's: one way to write each
            object.__setattr__(self, option.name, CONFIGURATION[option.name](getattr(self, option.name)))

    def training_options(self, seed: int) -> TrainingOptions:
        """The part of it that `train` needs, with this seed."""
        shared = {option.name for option in fields(TrainingOptions)} - {"seed"}
        return TrainingOptions(seed=seed, **{name: getattr(self, name) for name in shared})

    def dataset(self, seed: int) -> Dataset:
        """The data that the seed splits, some training images left out, centred and scaled as it says."""
        arguments.whole_number("seed", seed, low=0)
        data = split(self.data, seed)
        if self.left_out:
            count = max(1, round((1 - self.left_out) * len(data.x_train)))
            data = replace(data, x_train=data.x_train[:count], y_train=data.y_train[:count])
        data = data.centred() if self.centred else data
        return data.scaled(self.scale) if self.scale != 1 else data

    def network(self, inputs: int, classes: int, seed: int) -> Network:
        """An untrained network, inputs-hidden_units-classes, with first weights from the seed."""
        for name, value, low in (("inputs", inputs, 1), ("classes", classes, 2), ("seed", seed, 0)):
            arguments.whole_number(name, value, low)
        rng = np.random.default_rng(seed)
        first = Linear(inputs, self.hidden_units, rng, self.init)
        return Network(
            first, ACTIVATIONS[self.activation](), Linear(self.hidden_units, classes, rng, self.init)
        )


CONFIGURATION: dict[str, Any] = {option.name: option.type for option in fields(Configuration)}
OPTIONS = {name: kind for name, kind in CONFIGURATION.items() if name != "name"}
RESULTS: dict[str, type] = {
    "status": str,  # one of STATUSES
    "validation_error_pct": float,  # after the last iteration
    "best_validation_error_pct": float,  # the lowest of the recorded iterations
    "validation_loss": float,
    "training_error_pct": float,  # of all training images, after the last iteration
    "training_loss": float,
    "dead_units_pct": float,
    "iterations": int,
    "diverged_at": int,
    "seconds": float,  # of training
    "error": str,  # why the run failed
}
VERSIONS = {"labutils": str, "numpy": str, "python": str}
COLUMNS: dict[str, Any] = {"configuration": str, "seed": int} | RESULTS | OPTIONS | VERSIONS
HISTORY_COLUMNS: dict[str, Any] = {"configuration": str, "seed": int} | Row.__annotations__


@functools.lru_cache(maxsize=1)
def split(data: str, seed: int) -> Dataset:
    """The data of this name as the seed splits it. The last one is kept: a study runs seed by seed."""
    return LOADERS[data](seed)


def run_one(configuration: Configuration, seed: int) -> dict[str, Any]:
    """Train one configuration with one seed: a row of the table, as a dictionary with the keys `COLUMNS`."""
    return run_with_history(configuration, seed)[0]


def run_with_history(configuration: Configuration, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of `run_one`, and a dictionary with the keys `HISTORY_COLUMNS` for each recorded iteration.

    Raises what goes wrong in the run, and `KeyboardInterrupt` if it was interrupted: half a run is no row.
    """
    arguments.instance(Configuration, configuration=configuration)
    data = configuration.dataset(seed)
    network, loss = configuration.network(data.x_train.shape[1], data.classes, seed), SoftmaxNLL()
    with one_blas_thread(), np.errstate(all="ignore"):
        start = time.perf_counter()
        record = train(network, loss, data, configuration.training_options(seed)).unless_stopped()
        seconds = time.perf_counter() - start
        accuracy, training_loss = evaluate(network, loss, data.x_train, data.y_train)
        dead = dead_units_pct(network, data.x_validation)
    row = blank_row(configuration, seed) | {
        "status": record.status,
        "validation_error_pct": record.validation_error_pct,
        "best_validation_error_pct": 100 - max(row.validation_accuracy_pct for row in record.history),
        "validation_loss": record.history[-1].validation_loss,
        "training_error_pct": 100 - accuracy,
        "training_loss": training_loss,
        "dead_units_pct": dead,
        "iterations": record.iterations,
        "diverged_at": record.diverged_at,
        "seconds": round(seconds, 3),
    }
    key = {"configuration": configuration.name, "seed": int(seed)}
    return row, [key | line._asdict() for line in record.history]


def blank_row(configuration: Configuration, seed: int) -> dict[str, Any]:
    """A row that holds the options and the versions, and no results yet."""
    blank = {name: {float: float("nan"), str: "", int: None}[kind] for name, kind in RESULTS.items()}
    options = {name: getattr(configuration, name) for name in OPTIONS}
    versions = {
        "labutils": labutils.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    return {"configuration": configuration.name, "seed": int(seed)} | blank | options | versions


def dead_units_pct(network: Network, x: np.ndarray) -> float:
    """The share of hidden ReLU units that are 0 for each of these inputs (%). x: (N, D).

    NaN where the question makes no sense: for sigmoid units, and where a run left numbers that are not finite.
    """
    arguments.instance(Network, network=network)
    if len(network.layers) < 2:
        raise ValueError(f"network: expected a hidden layer and its activation, got {network.layers}")
    hidden = network.layers[1].forward(network.layers[0].forward(x))
    if not isinstance(network.layers[1], ReLU) or not np.isfinite(hidden).all():
        return float("nan")
    return 100 * float((hidden == 0).all(axis=0).mean())


Key = tuple[str, int]


def run_study(
    configurations: Sequence[Configuration],
    seeds: Iterable[int],
    executor: Executor | None = None,
    path: str | Path | None = None,
    progress: Callable[[str], Any] | None = None,
    histories: bool = False,
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    """Run every configuration with every seed: a table with the columns `COLUMNS`, a row per run.

    executor: any `concurrent.futures.Executor`; without one the runs go one by one in this process. The same seed
    gives the same row on each: BLAS works on one thread. `progress` is told of each run in a line; try `print`.
    A run that raises is a row with the status "failed" and the reason in `error`, and the others go on.

    path: a CSV file to which each row is added as it arrives. What is in it already is not run again, unless it
    failed. Two processes may fill it together, but not on Windows, where rows added at the same moment can overwrite
    each other. Raises `ValueError` if the file is no such table, or holds a configuration of that name with other
    options, and `OSError` if it cannot be read or written.
    histories: return also a second table, a row per run and recorded iteration, with the columns `HISTORY_COLUMNS`;
    it is kept beside `path` ("study.csv": "study_histories.csv"), and runs that are not in it are run again.

    An interrupt (`KeyboardInterrupt`) cancels the runs that wait and is raised again; the file keeps what is done.
    """
    configurations, seeds = check_study(configurations, seeds, executor, progress)
    arguments.flag("histories", histories)
    if path is not None:
        arguments.path("path", path)
    say = progress or (lambda line: None)
    rows: dict[Key, dict[str, Any]] = {}
    curves: dict[Key, list[dict[str, Any]]] = {}
    if path is not None:
        path = Path(path)
        rows = resume(path, configurations)
        if histories:
            curves = resume_histories(histories_path(path), rows)
            rows = {key: row for key, row in rows.items() if key in curves}
    waiting = [(c, seed) for seed in seeds for c in configurations if (c.name, seed) not in rows]
    total = len(configurations) * len(seeds)
    done = total - len(waiting)
    if done:
        say(f"{done} of {total} runs are in {path} already")
    if path is not None and waiting:
        write(path, b"")  # if it cannot be written, say so now and not after the first run
    try:
        with one_blas_thread(), closing(outcomes(waiting, executor)) as arriving:
            for configuration, seed, outcome in arriving:
                if isinstance(outcome, Exception):
                    reason = "".join(c if c.isprintable() else " " for c in str(outcome))[:300]
                    failed = {"status": "failed", "error": f"{type(outcome).__name__}: {reason}"}
                    row, history = blank_row(configuration, seed) | failed, []
                else:
                    row, history = outcome
                if path is not None:
                    if histories and history:
                        append(histories_path(path), history, HISTORY_COLUMNS)
                    append(path, [row], COLUMNS)  # last: a run counts as done once its row is whole
                rows[configuration.name, seed], curves[configuration.name, seed] = row, history
                done += 1
                say(f"{done}/{total} {progress_line(row)}")
    except KeyboardInterrupt:
        kept = f" and kept in {path}" if path is not None else ""
        raise KeyboardInterrupt(f"{done} of {total} runs are done{kept}") from None
    keys = [(configuration.name, seed) for configuration in configurations for seed in seeds]
    table = frame([rows[key] for key in keys], COLUMNS)
    if not histories:
        return table
    return table, frame([row for key in keys for row in curves[key]], HISTORY_COLUMNS)


def check_study(
    configurations: Sequence[Configuration], seeds: Iterable[int], executor: Any, progress: Any
) -> tuple[list[Configuration], list[int]]:
    """The configurations and seeds as lists; else a `TypeError` or `ValueError`, before any work is done."""
    configurations = arguments.items("configurations", configurations)
    seeds = arguments.items("seeds", seeds)
    for configuration in configurations:
        if not isinstance(configuration, Configuration):
            raise TypeError(
                f"configurations: expected Configuration(...), got {arguments.describe(configuration)}"
            )
    for seed in seeds:
        arguments.whole_number("seeds", seed, low=0)
    names: list[Any] = [configuration.name for configuration in configurations]
    for name, values in (("configurations", names), ("seeds", seeds)):
        if not values:
            raise ValueError(f"{name}: expected at least one, got none")
        if len(set(values)) < len(values):
            twice = next(value for value in values if values.count(value) > 1)
            raise ValueError(f"{name}: expected each once, got {twice!r} twice")
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(
            f"executor: expected a concurrent.futures.Executor or None, got {arguments.describe(executor)}"
        )
    if progress is not None and not callable(progress):
        raise TypeError(
            f"progress: expected a function such as print or None, got {arguments.describe(progress)}"
        )
    return configurations, [int(seed) for seed in seeds]


def outcomes(
    runs: Sequence[tuple[Configuration, int]], executor: Executor | None
) -> Generator[tuple[Configuration, int, Any], None, None]:
    """Each run with what `run_with_history` gave or the exception that it raised, as they arrive."""
    if executor is None:
        for run in runs:
            yield *run, result_of(functools.partial(run_with_history, *run))
        return
    futures = {}
    try:
        for run in runs:
            futures[executor.submit(run_with_history, *run)] = run
        for future in as_completed(futures):
            yield *futures[future], result_of(future.result)
    finally:
        for future in futures:
            future.cancel()


def result_of(call: Callable[[], Any]) -> Any:
    """What the call returns, or the exception that it raises; an interrupt goes through."""
    try:
        return call()
    except Exception as error:
        return error


def progress_line(row: Mapping[str, Any]) -> str:
    """A run in a line: "hidden-500, seed 2: finished, 4.3 % validation error, 2.1 s"."""
    run = f"{row['configuration']}, seed {row['seed']}: {row['status']}"
    if row["status"] == "failed":
        return f"{run}, {row['error']}"
    at = f" at iteration {row['diverged_at']}" if row["diverged_at"] else ""
    return f"{run}{at}, {row['validation_error_pct']:.1f} % validation error, {row['seconds']:.1f} s"


# The file: a header and a line per row, only ever added to. A line is whole once its end is there.
# It has no checksum, so that it can be opened and corrected: a number that was changed in it is believed.

STATUSES = ("finished", "diverged", "failed")
ANOTHER = "Take another name or another file."


def read_table(path: str | Path) -> pd.DataFrame:
    """The table in a file that `run_study` writes or wrote: the latest row of each run, in the order of the file.

    Raises `OSError` if the file cannot be read, and `ValueError` if it is no such table, empty or damaged.
    """
    arguments.path("path", path)
    content = files.content(Path(path), ANOTHER)
    if b"\n" not in content:
        raise ValueError(
            f"path: expected a file that run_study wrote, got {path}, without a whole line. {ANOTHER}"
        )
    return latest(content, path)


def load_study() -> pd.DataFrame:
    """The study that the workbook carries, data/study.csv; `make study` made it."""
    return latest(read("study.csv"), "study.csv")


def load_histories() -> pd.DataFrame:
    """The histories that the workbook carries, data/study_histories.csv: a row per run and recorded iteration.

    They are there for the runs on the rendered digits.
    """
    return frame(
        parse(read("study_histories.csv"), HISTORY_COLUMNS, "study_histories.csv")[0], HISTORY_COLUMNS
    )


def latest(content: bytes, path: str | Path) -> pd.DataFrame:
    """The table in the bytes of a file: of each run the latest row."""
    rows = parse(content, COLUMNS, path)[0]
    return frame(list({(row["configuration"], row["seed"]): row for row in rows}.values()), COLUMNS)


def save(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table of `run_study` (or its histories) in its own order; the file is replaced in one piece.

    `run_study` can go on from it. Raises `ValueError` if the table has other columns or what is in them cannot be read
    back, and `OSError` if the file cannot be written.
    """
    arguments.instance(pd.DataFrame, table=table)
    arguments.path("path", path)
    columns = HISTORY_COLUMNS if list(table.columns) == list(HISTORY_COLUMNS) else COLUMNS
    if list(table.columns) != list(columns):
        raise ValueError(
            f"table: expected the columns {', '.join(columns)}, got {', '.join(map(str, table.columns))}"
        )
    rows = [[None if value is pd.NA else value for value in row] for row in table.itertuples(index=False)]
    content = b"".join(map(line, [columns, *rows]))
    try:
        parse(content, columns, path)
    except ValueError as error:
        raise ValueError(
            f"table: expected one that run_study or read_table gave, got one of which {error}"
        ) from None
    files.replace(Path(path), content, ANOTHER)


def frame(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> pd.DataFrame:
    """Rows as a DataFrame of these columns; whole numbers that may be missing are `Int64`."""
    types = {name: np.int64 if kind is int else kind for name, kind in columns.items() if kind is not str}
    types |= {name: "Int64" for name in ("iterations", "diverged_at") if name in columns}
    return pd.DataFrame(list(rows), columns=list(columns)).astype(types)


def resume(path: Path, configurations: Sequence[Configuration]) -> dict[Key, dict[str, Any]]:
    """The runs that the file holds and that did not fail. Raises `ValueError` if options of one of them differ."""
    by_name = {configuration.name: configuration for configuration in configurations}
    rows = {(row["configuration"], row["seed"]): row for row in whole_rows(path, COLUMNS)}
    for (name, _), row in rows.items():
        for option in OPTIONS if name in by_name and row["status"] != "failed" else ():
            asked = getattr(by_name[name], option)
            if row[option] != asked:
                raise ValueError(
                    f"configurations: {name!r} has {option} {asked!r}, but {row[option]!r} in {path}: "
                    "take another name or another file"
                )
    return {key: row for key, row in rows.items() if row["status"] != "failed"}


def resume_histories(path: Path, rows: Mapping[Key, Mapping[str, Any]]) -> dict[Key, list[dict[str, Any]]]:
    """The histories of these runs; what a killed run has left in the file is taken out."""
    lines = whole_rows(path, HISTORY_COLUMNS)
    curves: dict[Key, list[dict[str, Any]]] = {}
    for row in lines:
        curve = curves.setdefault((row["configuration"], row["seed"]), [])
        if curve and row["iteration"] <= curve[-1]["iteration"]:
            curve.clear()  # the same run again, by a second study on this file
        curve.append(row)
    curves = {
        key: curve
        for key, curve in curves.items()
        if key in rows and curve[-1]["iteration"] == rows[key]["iterations"]
    }
    kept = [row for curve in curves.values() for row in curve]
    if len(kept) < len(lines):
        save(frame(kept, HISTORY_COLUMNS), path)
    return curves


def histories_path(path: Path) -> Path:
    """Where the histories of a study are: "study_histories.csv" beside "study.csv"."""
    return path.with_name(f"{path.stem}_histories{path.suffix}")


def whole_rows(path: Path, columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the file, made ready for more: a torn last line is cut off, and a new file gets its header."""
    try:
        content = files.content(path, ANOTHER)
    except FileNotFoundError:
        content = b""
    rows, length = parse(content, columns, path)
    if length < len(content):
        write(path, b"")  # or say in words that this cannot be
        os.truncate(path, length)
    if length == 0:
        write(path, line(columns))
    return rows


def parse(content: bytes, columns: Mapping[str, Any], path: str | Path) -> tuple[list[dict[str, Any]], int]:
    """The rows of a file, and how many bytes its whole lines have. Raises `ValueError` if it is not of this kind."""
    header, whole = line(columns), content[: content.rfind(b"\n") + 1]
    if not whole and header.startswith(content):
        return [], 0
    if not whole.startswith(header):
        raise ValueError(
            f"path: expected a file that run_study wrote, with its columns in the first line, got {path}. {ANOTHER}"
        )
    rows = []
    for number, text in enumerate(whole[len(header) : -1].split(b"\n") if whole != header else [], start=2):
        if text == header[:-1]:  # two studies began the file at the same moment
            continue
        try:
            (values,) = csv.reader([text.decode("utf-8")], strict=True)
            pairs = zip(columns.items(), values, strict=True)
            rows.append({name: value_of(kind, value) for (name, kind), value in pairs})
            arguments.one_of("status", rows[-1].get("status", STATUSES[0]), STATUSES)
        except (csv.Error, ValueError) as error:
            raise ValueError(
                f"path: line {number} of {path} is damaged: {error}. "
                "Take out every line of its run, and run_study makes that run again."
            ) from error
    return rows, len(whole)


def value_of(kind: type, text: str) -> Any:
    """A value of this kind from its text in the file; no text is no number. Raises `ValueError`."""
    if kind is bool:
        if text not in ("True", "False"):
            raise ValueError(f"expected True or False, got {text!r}")
        return text == "True"
    return None if kind is int and text == "" else kind(text)


def line(values: Iterable[Any]) -> bytes:
    """A line of the file. Floats are written with as many digits as it takes to read them back exactly."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue().encode("utf-8")


def append(path: Path, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> None:
    """Add rows to the file, in one piece."""
    write(path, b"".join(line([row[name] for name in columns]) for row in rows))


def write(path: Path, content: bytes) -> None:
    """Add these bytes to the file, and come back when they are on the disk."""
    try:
        with path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise type(error)(f"{path}: this file cannot be written ({error.strerror}). {ANOTHER}") from None


class PairedDifference(NamedTuple):
    """How far `a` is above `b`, in the mean over shared seeds, with the interval around it. `print` it.

    In the unit of the column: percentage points for "..._pct", nats for losses.
    """

    mean: float
    low: float
    high: float
    pairs: int
    a: str
    b: str
    column: str
    confidence: float

    def __str__(self) -> str:
        unit, digits = (" points", 1) if self.column.endswith("_pct") else ("", 3)
        ends = sorted((self.low, self.high), key=abs)
        if self.low * self.high > 0:
            interval = " to ".join(f"{abs(end):.{digits}f}" for end in ends)
        else:
            interval = f"{abs(self.low):.{digits}f} below to {abs(self.high):.{digits}f} above"
        side = "below" if self.mean < 0 else "above"
        return (
            f"{self.a} is {abs(self.mean):.{digits}f}{unit} {side} {self.b} "
            f"({100 * self.confidence:g} % interval {interval}, {self.pairs} seeds)"
        )


def half_width(values: np.ndarray, confidence: float = 0.95) -> float:
    """Half the width of Student's t interval of a mean: t times the standard error (Student, Biometrika 6, 1908).

    values: (S,), at least two, independent and about normal. Raises `ValueError` and `TypeError` for others.
    """
    values = arguments.numbers("values", values, "S", finite=True)
    arguments.number("confidence", confidence, high=1, positive=True)
    if len(values) < 2:
        raise ValueError(f"values: expected at least two, got {len(values)}")
    error = values.std(ddof=1) / len(values) ** 0.5
    return float(special.stdtrit(len(values) - 1, (1 + confidence) / 2) * error)


def paired_difference(
    table: pd.DataFrame, a: str, b: str, column: str = "validation_error_pct", confidence: float = 0.95
) -> PairedDifference:
    """The mean of a minus b over the seeds that both have, with Student's t interval of the paired differences.

    It takes the differences for independent and about normal. Raises `ValueError` for an unknown configuration or
    column, fewer than two shared seeds, a run that stands twice in the table, and values that are not finite.
    """
    arguments.table(("configuration", "seed"), table=table)
    numeric = [
        name for name, kind in COLUMNS.items() if kind in (int, float) and name in table and name != "seed"
    ]
    arguments.one_of("column", column, numeric)
    if not pd.api.types.is_numeric_dtype(table[column]):
        raise TypeError(f"table: expected numbers in {column}, got dtype {table[column].dtype}")
    arguments.number("confidence", confidence, high=1, positive=True)
    values = []
    for name, configuration in (("a", a), ("b", b)):
        arguments.one_of(name, configuration, list(table["configuration"].unique()))
        runs = table[table["configuration"] == configuration].set_index("seed")
        if not runs.index.is_unique:
            raise ValueError(f"table: expected each seed once, got {configuration!r} with a seed twice")
        values.append(runs[column].astype(float))
    shared = values[0].index.intersection(values[1].index)
    if len(shared) < 2:
        raise ValueError(f"table: expected at least two seeds that {a!r} and {b!r} share, got {len(shared)}")
    for configuration, series in zip((a, b), values, strict=True):
        for seed in shared:
            if not np.isfinite(series[seed]):
                raise ValueError(
                    f"table: expected finite numbers in {column}, got {series[seed]} "
                    f"for {configuration!r}, seed {seed}"
                )
    differences = (values[0][shared] - values[1][shared]).to_numpy()
    mean, half = float(differences.mean()), half_width(differences, confidence)
    return PairedDifference(mean, mean - half, mean + half, len(shared), a, b, column, float(confidence))
