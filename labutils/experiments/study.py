"""A study: configurations × seeds on any executor, a file for each run, and the workbook's own results."""

import hashlib
import io
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from labutils._internal import arguments, files
from labutils._internal.data_files import read
from labutils._internal.threads import one_blas_thread
from labutils.experiments.curvature import SHARPNESS_COLUMNS
from labutils.experiments.runs import COLUMNS, HISTORY_COLUMNS, Configuration, make_row, run_with_history

_Run = tuple[Configuration, int]
_Row = dict[str, Any]
_Result = tuple[_Run, Callable[[], Any]]
_ENDING = ".run.json"


def run_study(
    configurations: Sequence[Configuration],
    seeds: Iterable[int],
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: Callable[[str], Any] | None = None,
) -> pd.DataFrame:
    """The table of a study that runs every configuration with every seed: a row per run, with the columns `COLUMNS`.

    executor: any `concurrent.futures.Executor`, which does not change a row; without one, the runs are made one after
    the other. A run that raises an error has the status "failed" and the reason in `error`; the other runs continue.
    folder: where each run is stored with its history, unless it failed (see `read_runs`), and not made again. Several
    processes may fill it together, and after a `KeyboardInterrupt` it keeps the runs that are done.
    progress: is called with a line of text for each run, for example `print`.
    Raises `ValueError` for a damaged file or a configuration that is stored with other options, or `OSError`.
    """
    configurations = arguments.items("configurations", configurations, Configuration)
    seeds = arguments.items("seeds", seeds)
    for seed in seeds:
        arguments.whole_number("seeds", seed, low=0)
    for name, values in (("configurations", [c.name for c in configurations]), ("seeds", seeds)):
        arguments.expect(0 < len(values) == len(set(values)), name, "at least one, each once", values)
    arguments.instance(Executor | None, executor=executor)
    say = (lambda line: None) if progress is None else progress
    arguments.function("progress", say)
    rows: dict[_Run, _Row] = {}
    if folder is not None:
        arguments.path("folder", folder, to="folder")
        folder = Path(folder)
        rows = _stored_rows(folder, configurations, seeds)
    asked = [(configuration, seed) for seed in seeds for configuration in configurations]
    waiting = [run for run in asked if run not in rows]
    if rows:
        say(f"{len(rows)} of {len(asked)} runs are in {folder} already")
    if folder is not None and waiting:
        _prepare_folder(folder)
    futures: dict[Future[Any], _Run] = {}
    results: Iterable[_Result] = ((run, partial(run_with_history, *run)) for run in waiting)
    try:
        with one_blas_thread():
            if executor is not None:
                for run in waiting:
                    futures[executor.submit(run_with_history, *run)] = run
                results = ((futures[future], future.result) for future in as_completed(futures))
            for run, result in results:
                rows[run], ending = _finish_run(run, result, folder)
                say(f"{len(rows)}/{len(asked)} {run[0].name}, seed {run[1]}: {ending}")
    except (Exception, KeyboardInterrupt) as error:
        for future, run in futures.items():
            if run not in rows and not future.cancel() and future.done() and future.exception() is None:
                rows[run], _ = _finish_run(run, future.result, folder)
        if not isinstance(error, KeyboardInterrupt):
            raise
        kept = f" and kept in {folder}" if folder is not None else ""
        raise KeyboardInterrupt(f"{len(rows)} of {len(asked)} runs are done{kept}") from None
    finally:
        for future in futures:
            future.cancel()
    return _as_table([rows[c, seed] for c in configurations for seed in seeds], COLUMNS)


def read_runs(folder: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs in a folder of `run_study` as two tables: a row per run, and a row per run and recorded iteration.

    Both are sorted by configuration and seed. Raises `ValueError` for no run or a damaged one, or `OSError`.
    """
    arguments.path("folder", folder, to="folder")
    runs = [_read_run(path) for path in Path(folder).glob(f"*{_ENDING}")]
    if not runs:
        raise ValueError(f"folder: expected a folder that run_study filled, got {folder}, without a run")
    runs.sort(key=lambda run: (run[0]["configuration"], run[0]["seed"]))
    histories = [line for _, history in runs for line in history]
    return _as_table([row for row, _ in runs], COLUMNS), _as_table(histories, HISTORY_COLUMNS)


def load_study() -> pd.DataFrame:
    """The table of the study that the workbook contains, data/study.csv: a row per run. `make study` made it."""
    return _read_csv("study.csv", COLUMNS)


def load_histories() -> pd.DataFrame:
    """The histories of its runs on the rendered digits, data/study_histories.csv: a row per recorded iteration."""
    return _read_csv("study_histories.csv", HISTORY_COLUMNS)


def load_sharpness() -> pd.DataFrame:
    """The sharpness along some of its runs, data/sharpness.csv: a row per run and measured iteration."""
    return _read_csv("sharpness.csv", SHARPNESS_COLUMNS)


def in_bands(values: Mapping[str, float]) -> str:
    """A line for each value that says whether it lies in the range of our own runs.

    The ranges, over seeds and processors, are in data/bands.csv. Raises `ValueError` for a quantity that is not.
    """
    arguments.instance(float | int | np.number, **arguments.entries("values", values))
    bands = pd.read_csv(io.BytesIO(read("bands.csv")), index_col="quantity")
    lines = []
    for name, value in values.items():
        arguments.one_of("values", name, list(bands.index))
        low, high = float(bands["low"][name]), float(bands["high"][name])
        side, given = ("inside", "") if low <= value <= high else ("out of", f": {value:.4g}")
        lines.append(f"{name}: {side} its band, {low:g} to {high:g}{given}")
    return "\n".join(lines)


def _finish_run(run: _Run, result: Callable[[], Any], folder: Path | None) -> tuple[_Row, str]:
    """The row of a run and its end in words. A run is stored unless `result()`, its row and history, raises."""
    try:
        row, history = result()
    except Exception as error:
        reason = "".join(c if c.isprintable() else " " for c in str(error))[:300]
        row = make_row(*run, status="failed", error=f"{type(error).__name__}: {reason}")
        return row, f"failed, {row['error']}"
    if folder is not None:
        path = _run_file(folder, *run)
        try:
            files.write_json(path, {"row": row, "history": history}, "Take another folder.")
        except PermissionError:
            # Windows does not replace a file that another process has open. That file holds the same run.
            if not path.exists():
                raise
    ending = row["status"] if row["diverged_at"] is None else f"diverged at iteration {row['diverged_at']}"
    return row, f"{ending}, {row['validation_error_pct']:.1f} % validation error, {row['seconds']:.1f} s"


def _prepare_folder(folder: Path) -> None:
    """Make the folder, and check that files can be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        problem = f"this folder cannot be written to ({error.strerror}). Take another folder."
        raise type(error)(f"{folder}: {problem}") from None


def _run_file(folder: Path, configuration: Configuration, seed: int | str) -> Path:
    """The file of a run. The name itself may be too long, or contain characters that Windows does not allow."""
    return folder / f"{hashlib.sha256(configuration.name.encode()).hexdigest()[:16]}-{seed}{_ENDING}"


def _stored_rows(folder: Path, configurations: Sequence[Configuration], seeds: list[int]) -> dict[_Run, _Row]:
    """The rows that are stored. Raises `ValueError` if a configuration is stored under its name with other options."""
    rows = {}
    for configuration in configurations:
        for path in folder.glob(_run_file(folder, configuration, "*").name):
            row, _ = _read_run(path)
            options = asdict(configuration)
            if row["seed"] not in seeds:
                del options["switched_off"]  # this number may differ from seed to seed
            for option, asked in options.items():
                if row.get(option, asked) != asked:
                    words = f"{configuration.name!r} has {option} {asked!r}, but {row[option]!r} in {path}"
                    raise ValueError(f"configurations: {words}: take another name or another folder")
            if row["seed"] in seeds:
                rows[configuration, row["seed"]] = row
    return rows


def _read_run(path: Path) -> tuple[_Row, list[_Row]]:
    """The row and the history in the file of a run. Raises `OSError` or `ValueError` if it cannot be read."""
    expected, way_out = "a run that run_study stored", "Remove this file, and run_study makes its run again."
    return files.read_json(
        path, lambda row, history: ({name: row[name] for name in COLUMNS}, history), expected, way_out
    )


def _read_csv(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    """The table in a data file. pandas' own reader of floats is not exact to the last digit in every version."""
    numeric = [column for column, kind in columns.items() if kind in (float, "Int64")]
    exact = dict.fromkeys(numeric, lambda cell: float(cell or "nan"))
    return _as_table(pd.read_csv(io.BytesIO(read(name)), converters=exact, na_filter=False), columns)


def _as_table(rows: pd.DataFrame | Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> pd.DataFrame:
    """Rows as a DataFrame with these columns and types."""
    types = {name: np.int64 if kind is int else kind for name, kind in columns.items()}
    return pd.DataFrame(rows, columns=list(columns)).astype(types)
