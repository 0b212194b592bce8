"""A study that is stored: every configuration trained with every seed, each run in a file, on any executor."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from labutils._internal import arguments, files
from labutils._internal.threads import one_blas_thread
from labutils.experiments.runs import COLUMNS, HISTORY_COLUMNS, Configuration, make_row, run_with_history
from labutils.experiments.study import as_table, check_study

__all__ = ["make_study", "read_runs"]

_Run = tuple[Configuration, int]
_Row = dict[str, Any]
_Result = tuple[_Run, Callable[[], Any]]
_ENDING = ".run.json"


def make_study(
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
    configurations, seeds = check_study(configurations, seeds)
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
    return as_table([rows[c, seed] for c in configurations for seed in seeds], COLUMNS)


def read_runs(folder: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs in a folder of `make_study` as two tables: one row per run, and one row per recorded iteration of a run.

    Both are sorted by configuration and seed. Raises `ValueError` if there is no run or a damaged one, or `OSError`.
    """
    arguments.path("folder", folder, to="folder")
    runs = [_read_run(path) for path in Path(folder).glob(f"*{_ENDING}")]
    if not runs:
        raise ValueError(f"folder: expected a folder that make_study filled, got {folder}, without a run")
    runs.sort(key=lambda run: (run[0]["configuration"], run[0]["seed"]))
    histories = [line for _, history in runs for line in history]
    return as_table([row for row, _ in runs], COLUMNS), as_table(histories, HISTORY_COLUMNS)


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
    expected, way_out = (
        "a run that make_study stored",
        "Remove this file, and make_study makes its run again.",
    )
    return files.read_json(
        path, lambda row, history: ({name: row[name] for name in COLUMNS}, history), expected, way_out
    )
