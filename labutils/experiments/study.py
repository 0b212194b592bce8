"""A study trains every configuration with every seed and stores each run. Also the runs stored with the workbook."""

import hashlib
import io
import os
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
from labutils.experiments.runs import COLUMNS, HISTORY_COLUMNS, Configuration, make_row, run_with_history

_Run = tuple[Configuration, int]
_Row = dict[str, Any]
_Result = tuple[_Run, Callable[[], Any]]
_ENDING = ".run.json"
SHARPNESS_COLUMNS: dict[str, Any] = {"configuration": str, "seed": int, "iteration": int}
SHARPNESS_COLUMNS |= {"sharpness": float, "first_layer_sharpness": float, "loss": float}


def run_study(
    configurations: Sequence[Configuration],
    seeds: Iterable[int],
    executor: Executor | None = None,
    folder: str | Path | None = None,
    progress: Callable[[str], Any] | None = None,
) -> pd.DataFrame:
    """A table with one row for each run, after training every configuration with every seed. Columns: `COLUMNS`.

    executor: any `concurrent.futures.Executor`, which does not change a row. Without one, the runs follow one another.
    A run that raises an error has the status "failed" and the reason in `error`; the other runs continue.
    folder: where each run is stored with its history, unless it failed (see `read_runs`). A stored run is not repeated.
    Several processes may share a folder, and after a `KeyboardInterrupt` it keeps the finished runs.
    progress: a function such as `print` that is called with a line of text for each run.
    Raises `ValueError` for a damaged file or a run that is stored with other options, or `OSError`.
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
    asked = [(configuration, seed) for seed in seeds for configuration in configurations]
    rows: dict[_Run, _Row] = {}
    if folder is not None:
        arguments.path("folder", folder, to="folder")
        folder = Path(folder)
        rows = _stored_rows(folder, asked)
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
    """The runs in a folder of `run_study` as two tables: one row per run, and one row per recorded iteration of a run.

    Both are sorted by configuration and seed. Raises `ValueError` if there is no run or a damaged one, or `OSError`.
    """
    arguments.path("folder", folder, to="folder")
    runs = [_read_run(path) for path in Path(folder).glob(f"*{_ENDING}")]
    if not runs:
        raise ValueError(f"folder: expected a folder that run_study filled, got {folder}, without a run")
    runs.sort(key=lambda run: (run[0]["configuration"], run[0]["seed"]))
    histories = [line for _, history in runs for line in history]
    return _as_table([row for row, _ in runs], COLUMNS), _as_table(histories, HISTORY_COLUMNS)


def load_study() -> pd.DataFrame:
    """The results of all runs that are stored with the workbook, one row per run. Errors are in %, losses in nats."""
    return _read_csv("study.csv", COLUMNS)


def load_histories() -> pd.DataFrame:
    """The learning curves of the stored runs on the rendered digits, one row per recorded iteration of a run."""
    return _read_csv("study_histories.csv", HISTORY_COLUMNS)


def load_sharpness() -> pd.DataFrame:
    """The largest curvature of the loss, and the loss, along some stored runs: one row per iteration, from 0 on."""
    return _read_csv("sharpness.csv", SHARPNESS_COLUMNS)


def in_bands(values: Mapping[str, float]) -> str:
    """A line of text for each value that says whether it lies in the range that we measured, which is called its band.

    values: by quantity, named as in data/bands.csv. Raises `ValueError` for a quantity that is not there.
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
    """The row of a run and how it ended, in words. The run is stored unless `result()` raises an error."""
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


def _run_file(folder: Path, configuration: Configuration, seed: int) -> Path:
    """The file of a run. The name itself may be too long, or contain characters that Windows does not allow."""
    return folder / f"{hashlib.sha256(configuration.name.encode()).hexdigest()[:16]}-{seed}{_ENDING}"


def _stored_rows(folder: Path, asked: list[_Run]) -> dict[_Run, _Row]:
    """The rows of those runs that are stored. Raises `ValueError` if one of them is stored with other options."""
    rows = {}
    for configuration, seed in asked:
        path = _run_file(folder, configuration, seed)
        if os.path.exists(path):  # also if it cannot be read, which is then an error
            rows[configuration, seed], _ = _read_run(path)
            for option, value in asdict(configuration).items():
                stored = rows[configuration, seed].get(option, value)
                if stored != value:
                    words = f"{configuration.name!r} has {option} {value!r}, but {stored!r} in {path}"
                    raise ValueError(f"configurations: {words}: take another name or another folder")
    return rows


def _read_run(path: Path) -> tuple[_Row, list[_Row]]:
    """The row and the history in the file of a run. Raises `OSError` or `ValueError` if they cannot be read."""
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
