"""Every public function with a good call of it, and for each argument which other values it may take.

A new function, class or method belongs here, or, if all it gets has been checked by its caller, into `INTERNAL`.
"""

import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets
import numpy as np
import pandas as pd

from labutils import (
    audit,
    checks,
    data,
    exercises,
    full_mnist,
    layers,
    live,
    losses,
    network,
    plots,
    report,
    study,
    training,
    verdicts,
    versions,
    widgets,
)

ALT = "A sentence that says what the figure shows."


class Kind(NamedTuple):
    """A good value, made anew; which others may be taken (they may also be refused by name); which are tried."""

    make: Callable[[], Any]
    takes: Callable[[Any], bool] = lambda value: False
    tried: Callable[[Any], bool] = lambda value: True
    errors: tuple[type[Exception], ...] = ()  # besides TypeError and ValueError


class Case:
    """A function with the kind of each of its arguments."""

    def __init__(self, call: Callable[..., Any], **given: Kind) -> None:
        self.call, self.given = call, given

    def make(self) -> dict[str, Any]:
        """The arguments of a good call."""
        return {name: kind.make() for name, kind in self.given.items()}


# ---- Kinds of arguments


def plain(value: Any) -> bool:
    """A NumPy array, and none of the kinds that calculate in another way."""
    return type(value) is np.ndarray


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def is_pair(value: Any) -> bool:
    return is_row(value) and len(value) == 2


def is_row(value: Any) -> bool:
    return isinstance(value, list | tuple | range | pd.Series) or (
        isinstance(value, np.ndarray) and value.ndim == 1
    )


def is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def floats(rows: int, columns: int, **how: Any) -> Kind:
    """A float array (N, D)."""
    return Kind(
        lambda: np.random.default_rng(0).uniform(0.1, 0.9, (rows, columns)),
        lambda value: plain(value) and value.dtype.kind == "f" and value.ndim == 2 and value.size > 0,
    )


def labels(*values: int) -> Kind:
    """Labels (N,)."""
    return Kind(
        lambda: np.array(values),
        lambda value: plain(value) and value.dtype.kind in "iu" and value.shape == (len(values),),
    )


def count(value: int, low: int = 1) -> Kind:
    """A whole number."""
    return Kind(lambda: value, lambda other: is_whole(other) and other >= low)


def number(value: float) -> Kind:
    """A finite number."""
    return Kind(lambda: value, lambda other: is_number(other) and abs(other) < np.inf)


def exactly(make: Callable[[], Any], *also: Any) -> Kind:
    """Nothing else (or None)."""
    return Kind(make, lambda value: any(value is other for other in also))


def text(value: str = ALT) -> Kind:
    return Kind(lambda: value, lambda other: isinstance(other, str))


def label(value: str) -> Kind:
    """Any words; others than these would be drawn and prove nothing."""
    return Kind(lambda: value, tried=lambda other: not isinstance(other, str))


def flag(value: bool) -> Kind:
    return Kind(lambda: value, lambda other: isinstance(other, bool))


def function(make: Callable[..., Any]) -> Kind:
    """A function; what it gives is its own business."""
    return Kind(lambda: make, callable, lambda other: not callable(other))


def free(make: Callable[[], Any]) -> Kind:
    """Anything is taken."""
    return Kind(make, lambda value: True)


def mapping(make: Callable[[], Any], empty: bool = False) -> Kind:
    """A mapping whose values are of one kind, none of which is tried; perhaps an empty one."""
    return Kind(make, lambda value: empty and isinstance(value, Mapping) and not value)


def is_path(value: Any) -> bool:
    return isinstance(value, str | Path) and str(value) not in ("", ".")


def path(make: Callable[[], Any], *errors: type[Exception], none: bool = False) -> Kind:
    """A path; what is there may not be readable."""
    return Kind(make, lambda value: is_path(value) or (none and value is None), errors=(OSError, *errors))


# ---- Good values


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def blobs() -> data.Dataset:
    x, y = rng().normal(size=(12, 4)), np.arange(12) % 3
    return data.Dataset("blobs", 3, x[:8], y[:8], x[8:], y[8:])


def pictures() -> data.Dataset:
    x, y = rng().uniform(size=(24, 16)), np.arange(24) % 10
    return data.Dataset("pictures", 10, x[:10], y[:10], x[10:], y[10:])


def net(inputs: int = 4, outputs: int = 3) -> network.Network:
    return network.Network(layers.Linear(inputs, 5, rng()), layers.ReLU(), layers.Linear(5, outputs, rng()))


def four_layers() -> network.Network:
    first, second = layers.Linear(16, 9, rng()), layers.Linear(9, 10, rng())
    return network.Network(first, layers.Sigmoid(), second, layers.Softmax())


def options() -> training.TrainingOptions:
    return training.TrainingOptions(0.1, batch_size=4, epochs=1)


@functools.cache
def record() -> training.TrainingRecord:
    return training.train(net(), losses.SoftmaxNLL(), blobs(), options())


@functools.cache
def stored() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, pd.DataFrame]]:
    """The study, its histories, the report's runs and its tables."""
    runs = report.load_runs()
    return (
        study.load_study(),
        study.load_histories(),
        runs,
        {run: report.load_rows(run) for run in runs.index},
    )


STUDY, HISTORIES = exactly(lambda: stored()[0]), exactly(lambda: stored()[1])
RUNS = exactly(lambda: stored()[2])
TABLES = exactly(lambda: stored()[3])
FINDINGS = Kind(list, lambda value: isinstance(value, list | tuple) and not value)


def some_tables(*names: str) -> Kind:
    """The report's rows of some runs."""
    return exactly(lambda: {name: stored()[3][name] for name in names})


def after(part: Any, *shape: int) -> Any:
    """A layer that has seen a batch."""
    part.forward(rng().uniform(0.1, 0.9, shape))
    return part


def here(name: str) -> Callable[[], Path]:
    """A path in a folder of its own."""
    return lambda: Path(tempfile.mkdtemp()) / name


def saved_record() -> Path:
    place = here("record.json")()
    record().save(place)
    return place


def saved_study() -> Path:
    place = here("study.csv")()
    study.save(stored()[0], place)
    return place


def quick(name: str = "quick", **changes: Any) -> study.Configuration:
    """A configuration whose run takes a few hundredths of a second."""
    settings = {"left_out": 0.99, "epochs": 1, "batch_size": 64} | changes
    return study.Configuration(name, 1e-3, 5, **settings)


def full_mnist_of(folder: Any) -> Any:
    """The whole of MNIST, but where nothing is said about a folder: nothing is fetched here."""
    return None if folder is None else full_mnist.load(folder)


def verdict_table(part: Any, verdicts_: Any) -> str:
    return verdicts.table(part, verdicts_)


LOSS = {"p": floats(4, 3), "labels": labels(0, 2, 1, 1)}
REDUCTION = exactly(lambda: "mean")
INPUT_GRADIENT = flag(True)
RATES = Kind(lambda: [0.02, 0.5], is_row, lambda value: not is_row(value) or not len(value))
SERIES = mapping(lambda: {"a": (np.arange(3.0), np.ones(3))}, empty=True)
ACROSS = Kind(lambda: {"level": 1.0}, lambda value: value is None or isinstance(value, dict))
NAMES = Kind(lambda: ["one", "two"], lambda value: isinstance(value, list | tuple))
CHOICES = {"init": exactly(lambda: "glorot"), "shuffle": exactly(lambda: "once")}
SHARED = {
    "learning_rate": number(0.1),
    "momentum": number(0.5),
    "l2": number(0.0),
    "batch_size": count(4),
    "epochs": count(1),
    "shuffle": exactly(lambda: "once"),
    "validation_every": count(1),
    "drop_incomplete": flag(True),
    "stop_on_divergence": flag(False),
}


def matrix(rows: int, columns: int) -> Kind:
    """An array that the lecture writes (D, N), of any numbers; lists of them, too."""
    return Kind(
        lambda: rng().uniform(0.1, 0.9, (rows, columns)),
        lambda value: (
            isinstance(value, list | tuple | range | pd.DataFrame | pd.Series | np.ndarray)
            and not isinstance(value, np.ma.MaskedArray)
        ),
    )


def numbers(make: Callable[[], np.ndarray], tried: Callable[[Any], bool] = lambda value: True) -> Kind:
    """An array of numbers, or lists of them, of a shape that others ask for."""
    return Kind(make, lambda value: not isinstance(value, str | np.ma.MaskedArray), tried)


CASES: dict[str, Case] = {
    # layers
    "layers.Linear": Case(
        layers.Linear,
        inputs=count(3),
        outputs=count(2),
        rng=exactly(rng),
        init=CHOICES["init"],
    ),
    "layers.Linear.forward": Case(lambda x: layers.Linear(3, 2, rng()).forward(x), x=floats(4, 3)),
    "layers.Linear.backward": Case(
        lambda dy, input_gradient: after(layers.Linear(3, 2, rng()), 4, 3).backward(dy, input_gradient),
        dy=floats(4, 2),
        input_gradient=INPUT_GRADIENT,
    ),
    **{f"layers.{kind.__name__}": Case(kind) for kind in (layers.Sigmoid, layers.ReLU, layers.Softmax)},
    "layers.Sigmoid.forward": Case(lambda x: layers.Sigmoid().forward(x), x=floats(4, 3)),
    "layers.Sigmoid.backward": Case(lambda dy: after(layers.Sigmoid(), 4, 3).backward(dy), dy=floats(4, 3)),
    "layers.ReLU.forward": Case(lambda x: layers.ReLU().forward(x), x=floats(4, 3)),
    "layers.ReLU.backward": Case(lambda dy: after(layers.ReLU(), 4, 3).backward(dy), dy=floats(4, 3)),
    "layers.Softmax.forward": Case(lambda x: layers.Softmax().forward(x), x=floats(4, 3)),
    "layers.Softmax.backward": Case(lambda dy: after(layers.Softmax(), 4, 3).backward(dy), dy=floats(4, 3)),
    # losses
    "losses.NLL": Case(losses.NLL, reduction=REDUCTION),
    "losses.NLL.forward": Case(lambda p, labels: losses.NLL().forward(p, labels), **LOSS),
    "losses.NLL.backward": Case(lambda: losses.NLL().forward(np.full((2, 1), 0.5), np.array([0, 1]))),
    "losses.NLL.predict": Case(lambda p: losses.NLL().predict(p), p=floats(4, 3)),
    "losses.SigmoidNLL": Case(losses.SigmoidNLL, reduction=REDUCTION),
    "losses.SigmoidNLL.forward": Case(
        lambda z, labels: losses.SigmoidNLL().forward(z, labels), z=floats(4, 1), labels=labels(0, 1, 1, 0)
    ),
    "losses.SigmoidNLL.backward": Case(
        lambda: losses.SigmoidNLL().forward(np.zeros((2, 1)), np.array([0, 1]))
    ),
    "losses.SigmoidNLL.predict": Case(
        lambda z: losses.SigmoidNLL().predict(z),
        z=Kind(lambda: np.zeros((4, 1)), lambda value: plain(value) and value.shape[1:] == (1,)),
    ),
    "losses.SoftmaxNLL": Case(losses.SoftmaxNLL, reduction=REDUCTION),
    "losses.SoftmaxNLL.forward": Case(
        lambda z, labels: losses.SoftmaxNLL().forward(z, labels), z=floats(4, 3), labels=LOSS["labels"]
    ),
    "losses.SoftmaxNLL.backward": Case(
        lambda: losses.SoftmaxNLL().forward(np.ones((2, 2)), np.array([0, 1]))
    ),
    "losses.SoftmaxNLL.predict": Case(lambda z: losses.SoftmaxNLL().predict(z), z=floats(4, 3)),
    # network
    "network.Network": Case(lambda layers: network.Network(layers), layers=exactly(layers.ReLU)),
    "network.Network.forward": Case(lambda x: net(3).forward(x), x=floats(4, 3)),
    "network.Network.backward": Case(
        lambda dy, input_gradient: after(net(), 4, 4).backward(dy, input_gradient),
        dy=floats(4, 3),
        input_gradient=INPUT_GRADIENT,
    ),
    "network.Network.astype": Case(
        lambda dtype: net().astype(dtype),
        dtype=Kind(lambda: np.float32, lambda value: value is float),
    ),
    "network.Network.parameter_count": Case(lambda: net().parameter_count),
    # training
    "training.TrainingOptions": Case(training.TrainingOptions, **SHARED, seed=count(3, 0)),
    "training.SGDM": Case(training.SGDM, learning_rate=number(0.1), momentum=number(0.5), l2=number(0.1)),
    "training.SGDM.step": Case(lambda network: training.SGDM(0.1).step(network), network=exactly(net)),
    "training.TrainingRecord.validation_error_pct": Case(lambda: record().validation_error_pct),
    "training.TrainingRecord.column": Case(
        lambda name: record().column(name), name=exactly(lambda: "iteration")
    ),
    "training.TrainingRecord.save": Case(lambda path: record().save(path), path=path(here("record.json"))),
    "training.TrainingRecord.load": Case(training.TrainingRecord.load, path=path(saved_record)),
    "training.train": Case(
        training.train,
        network=exactly(net),
        loss=exactly(losses.SoftmaxNLL),
        data=exactly(blobs),
        options=exactly(options),
        callbacks=Kind(
            lambda: [lambda step: None], lambda value: isinstance(value, list | tuple) and not value
        ),
    ),
    "training.evaluate": Case(
        training.evaluate,
        network=exactly(lambda: net(3)),
        loss=exactly(losses.SoftmaxNLL),
        x=floats(4, 3),
        labels=LOSS["labels"],
    ),
    # data
    "data.Dataset": Case(
        data.Dataset,
        name=text("blobs"),
        classes=count(3, 2),
        x_train=floats(4, 3),
        y_train=LOSS["labels"],
        x_validation=floats(4, 3),
        y_validation=LOSS["labels"],
    ),
    "data.Dataset.scaled": Case(lambda factor: vars(blobs().scaled(factor)), factor=number(0.5)),
    "data.Dataset.centred": Case(lambda: vars(blobs().centred())),
    "data.load_points": Case(lambda: vars(data.load_points())),
    "data.load_mnist": Case(
        lambda split_seed, folder: data.load_mnist(split_seed, folder=folder) and None,
        split_seed=count(0, 0),
        folder=exactly(lambda: None, None),
    ),
    "data.load_digits": Case(
        lambda split_seed: data.load_digits(split_seed) and None, split_seed=count(0, 0)
    ),
    # study
    "study.Configuration": Case(
        study.Configuration,
        name=text("a run"),
        hidden_units=count(5),
        data=exactly(lambda: "digits"),
        centred=flag(False),
        scale=number(1.0),
        left_out=number(0.0),
        activation=exactly(lambda: "relu"),
        init=CHOICES["init"],
        **SHARED,
    ),
    "study.Configuration.training_options": Case(
        lambda seed: quick().training_options(seed), seed=count(3, 0)
    ),
    "study.Configuration.dataset": Case(lambda seed: quick().dataset(seed) and None, seed=count(0, 0)),
    "study.Configuration.network": Case(
        lambda inputs, classes, seed: quick().network(inputs, classes, seed),
        inputs=count(3),
        classes=count(3, 2),
        seed=count(0, 0),
    ),
    "study.run_one": Case(study.run_one, configuration=exactly(quick), seed=count(0, 0)),
    "study.run_with_history": Case(study.run_with_history, configuration=exactly(quick), seed=count(0, 0)),
    "study.dead_units_pct": Case(study.dead_units_pct, network=exactly(lambda: net(3)), x=floats(4, 3)),
    "study.run_study": Case(
        study.run_study,
        configurations=exactly(lambda: [quick()]),
        seeds=Kind(lambda: [0], lambda value: isinstance(value, range | tuple) or not isinstance(value, str)),
        executor=exactly(lambda: None, None),
        path=path(here("study.csv"), none=True),
        progress=Kind(lambda: None, lambda value: value is None, lambda value: not callable(value)),
        histories=flag(False),
    ),
    "study.read_table": Case(study.read_table, path=path(saved_study)),
    "study.load_study": Case(study.load_study),
    "study.load_histories": Case(study.load_histories),
    "study.save": Case(study.save, table=STUDY, path=path(here("table.csv"))),
    "study.half_width": Case(
        study.half_width,
        values=numbers(lambda: np.array([1.0, 2.0, 4.0])),
        confidence=number(0.95),
    ),
    "study.paired_difference": Case(
        study.paired_difference,
        table=STUDY,
        a=exactly(lambda: "hidden-700"),
        b=exactly(lambda: "hidden-200"),
        column=exactly(lambda: "validation_error_pct"),
        confidence=number(0.95),
    ),
    # audit
    "audit.audit": Case(audit.audit, table=exactly(lambda: stored()[3]["hidden-200"]), classes=count(10, 2)),
    "audit.audit_runs": Case(
        audit.audit_runs,
        tables=exactly(lambda: {"hidden-200": stored()[3]["hidden-200"]}),
        runs=RUNS,
        seed_spread=Kind(
            lambda: None, lambda value: value is None or (is_number(value) and 0 <= value < np.inf)
        ),
    ),
    # exercises and checks
    "exercises.load": Case(exercises.load),
    "exercises.check": Case(
        exercises.check,
        name=exactly(lambda: "A3.1"),
        answer=free(lambda: None),
        cases=exactly(lambda: None, None)._replace(tried=lambda value: value is None),
    ),
    "checks.check_gradient": Case(
        checks.check_gradient,
        name=text("dx"),
        function=function(lambda x: float((x**2).sum())),
        x=Kind(lambda: np.ones(3), lambda value: True),
        gradient=Kind(lambda: np.full(3, 2.0), lambda value: True),
    ),
    "checks.check_layer": Case(
        checks.check_layer, layer=exactly(layers.Sigmoid), x=matrix(4, 3), seed=count(0, 0)
    ),
    "checks.check_loss": Case(
        checks.check_loss, loss=exactly(losses.SoftmaxNLL), prediction=matrix(4, 3), labels=LOSS["labels"]
    ),
    "checks.check_network": Case(
        checks.check_network,
        network=exactly(lambda: net(3)),
        loss=exactly(losses.SoftmaxNLL),
        x=matrix(4, 3),
        labels=LOSS["labels"],
    ),
    "checks.in_bands": Case(checks.in_bands, values=mapping(dict, empty=True)),
    "checks.exercise": Case(checks.exercise, name=exactly(lambda: "A3.1"), answer=free(lambda: None)),
    "checks.hint": Case(
        checks.hint,
        name=exactly(lambda: "A3"),
        number=Kind(lambda: 1, lambda value: is_whole(value) or value is True),
    ),
    "checks.results": Case(
        checks.results,
        part=exactly(lambda: "A"),
        names=Kind(lambda: ["Ada"], lambda value: isinstance(value, list | tuple)),
        numbers=Kind(lambda: ["1"], lambda value: isinstance(value, list | tuple)),
        found=Kind(lambda: {"A6, error": 1.0}, lambda value: isinstance(value, dict)),
    ),
    "checks.fingerprint": Case(checks.fingerprint),
    # report
    "report.load_runs": Case(lambda: report.load_runs() is None),
    "report.load_rows": Case(
        lambda run: report.load_rows(run) is None, run=exactly(lambda: "hidden-200", None)
    ),
    "report.lower": Case(report.lower, error=number(2.0), other=number(2.5), images=count(1000)),
    "report.distances": Case(
        report.distances,
        histories=HISTORIES,
        tables=some_tables("hidden-200")._replace(takes=lambda value: isinstance(value, dict) and not value),
    ),
    "report.rate_bracket": Case(
        report.rate_bracket,
        histories=HISTORIES,
        rates=mapping(lambda: {"learn-rate-too-high": 10.0}, empty=True),
        table=exactly(lambda: stored()[3]["learn-rate-too-high"]),
    ),
    # live and widgets
    "live.TrainingProgress": Case(
        live.TrainingProgress, table=flag(True), alt=text(), handle=free(lambda: None)
    ),
    "widgets.Explorer": Case(
        widgets.Explorer,
        draw=function(lambda: None),
        knobs=Kind(
            lambda: {"a": ipywidgets.IntSlider()}, lambda value: isinstance(value, dict) and not value
        ),
        frames=Kind(list, lambda value: isinstance(value, list | tuple) and not value),
    ),
    "widgets.own_run": Case(widgets.OwnRun, study=STUDY),
    "widgets.OwnRun": Case(widgets.OwnRun, study=STUDY),
    # full_mnist
    "full_mnist.load": Case(
        lambda folder: full_mnist_of(folder),
        folder=Kind(lambda: None, is_path, lambda value: value is not None, (OSError,)),
    ),
    # plots
    "plots.points": Case(
        plots.points,
        data=exactly(data.load_points),
        lines=mapping(lambda: {"a": (np.ones(2), 0.0)}, empty=True),
        alt=text(),
    ),
    "plots.curves": Case(
        plots.curves,
        series=SERIES,
        xlabel=label("x"),
        ylabel=label("y"),
        alt=text(),
        log=Kind(lambda: "x", lambda value: isinstance(value, str)),
        across=ACROSS,
    ),
    "plots.learning_curves": Case(
        plots.learning_curves,
        records=mapping(lambda: {"hidden-200": record()}),
        alt=text(),
        report_rows=Kind(
            lambda: {"hidden-200": stored()[3]["hidden-200"]},
            lambda value: value is None or isinstance(value, dict),
        ),
        loss_limit=Kind(lambda: 15.0, lambda value: value is None or is_number(value)),
    ),
    "plots.seed_bands": Case(
        plots.seed_bands,
        histories=HISTORIES,
        report_rows=some_tables("hidden-200"),
        alt=text(),
        loss_limit=number(2.5),
    ),
    "plots.images": Case(
        plots.images,
        pixels=floats(4, 9),
        alt=text(),
        titles=Kind(lambda: ["1"], lambda value: isinstance(value, list | tuple)),
        columns=count(3),
        signed=flag(False),
    ),
    "plots.confusion": Case(
        plots.confusion,
        labels=labels(0, 1, 2, 1),
        predicted=labels(0, 2, 2, 1),
        alt=text(),
        classes=count(3, 2),
    ),
    "plots.bars": Case(
        plots.bars, names=NAMES, series=mapping(lambda: {"a": [1.0, 2.0]}), ylabel=label("y"), alt=text()
    ),
    "plots.seeds": Case(
        plots.seeds,
        names=NAMES,
        series=mapping(lambda: {"a": [np.array([]), np.array([1.0])], "b": [np.arange(3.0), np.ones(2)]}),
        ylabel=label("y"),
        alt=text(),
        across=ACROSS,
    ),
    "plots.descent": Case(
        plots.descent,
        data=exactly(data.load_points),
        path=floats(5, 3),
        step=count(2, 0),
        loss=function(lambda w: 1.0 + float(w @ w)),
        span=Kind(lambda: (-1.0, 4.0), is_pair),
        alt=text(),
    ),
    "plots.stages": Case(
        plots.stages,
        values=mapping(
            lambda: {str(size) + "abcde"[i]: np.ones(size) for i, size in enumerate((9, 4, 4, 3, 3))}
        ),
        label=count(2, 0),
        limits=Kind(lambda: (1.0, 2.0), is_pair),
        alt=text(),
    ),
    "plots.hidden_unit": Case(
        plots.hidden_unit,
        weights=matrix(1, 4)._replace(make=lambda: rng().normal(size=4)),
        pixels=matrix(12, 4),
        outputs=matrix(1, 12)._replace(make=lambda: np.arange(12.0)),
        title=label("unit 0"),
        alt=text(),
    ),
    "plots.stored_run": Case(
        plots.stored_run,
        study=STUDY,
        histories=HISTORIES,
        report_rows=TABLES,
        names=Kind(lambda: ["hidden-200"]),
        ending=text(""),
        alt=text(),
    ),
    "plots.comparison": Case(
        plots.comparison,
        study=STUDY,
        runs=Kind(
            lambda: [("mine", record(), 0.0)], lambda value: isinstance(value, list | tuple) and not value
        ),
        alt=text(),
    ),
    # verdicts
    "verdicts.Verdict": Case(
        verdicts.Verdict,
        claim=exactly(lambda: "A1"),
        outcome=exactly(lambda: "holds"),
        evidence=text(),
        part=text(),
    ),
    "verdicts.table": Case(
        lambda part, verdicts: verdict_table(part, verdicts),
        part=exactly(lambda: "A"),
        verdicts=exactly(
            lambda: [
                verdicts.definition(claim, True, "so it is")
                for claim in report.CLAIMS
                if claim.startswith("A")
            ]
        ),
    ),
    "verdicts.definition": Case(
        verdicts.definition,
        claim=exactly(lambda: "A1"),
        checked=Kind(lambda: True, lambda value: isinstance(value, bool | np.bool_)),
        evidence=text(),
        part=text(),
    ),
    "verdicts.converges": Case(verdicts.converges, excess=Kind(lambda: np.array([1.0, 0.5]), is_row)),
    "verdicts.too_slow": Case(
        verdicts.too_slow, excess=exactly(lambda: {0.02: np.array([1.0, 0.5]), 0.03: np.array([1.0, 0.1])})
    ),
    "verdicts.rate_two": Case(verdicts.rate_two, apart=exactly(record), together=exactly(record)),
    **{
        f"verdicts.{function.__name__}": Case(function, study=STUDY)
        for function in (
            verdicts.larger_layer,
            verdicts.fewer_stages,
            verdicts.too_high,
            verdicts.finer_resolution,
            verdicts.too_small,
        )
    },
    "verdicts.reasonable_but_slow": Case(
        verdicts.reasonable_but_slow, study=STUDY, histories=HISTORIES, tables=TABLES
    ),
    "verdicts.best_rate": Case(verdicts.best_rate, study=STUDY, runs=RUNS, findings=FINDINGS),
    "verdicts.over_fitting": Case(verdicts.over_fitting, study=STUDY, runs=RUNS, images=count(1000)),
    "verdicts.late_alone": Case(verdicts.late_alone, findings=FINDINGS),
    "verdicts.diverges": Case(verdicts.diverges, study=STUDY, findings=FINDINGS, divergent=FINDINGS),
    "verdicts.stops_early": Case(verdicts.stops_early, findings=FINDINGS),
    "verdicts.loss_and_accuracy": Case(verdicts.loss_and_accuracy, histories=HISTORIES, tables=TABLES),
    "verdicts.part_c": Case(verdicts.part_c, study=STUDY, histories=HISTORIES, tables=TABLES, runs=RUNS),
    "verdicts.error": Case(verdicts.error, study=STUDY, name=exactly(lambda: "hidden-200")),
    # versions
    "versions.linear": Case(versions.linear, W=matrix(4, 3), b=matrix(3, 1)),
    "versions.linear_backward": Case(
        versions.linear_backward, W=matrix(4, 3), x=matrix(4, 5), dz=matrix(3, 5)
    ),
    "versions.sigmoid_backward": Case(versions.sigmoid_backward, p=matrix(3, 5), dp=matrix(3, 5)),
    "versions.nll_backward": Case(
        versions.nll_backward,
        p=numbers(
            lambda: rng().uniform(0.1, 0.9, (1, 4)),
            lambda value: not isinstance(value, np.ndarray) or value.size != 4,
        ),  # 0 and 1 may give NaN
        t=numbers(lambda: np.array([[0, 1, 1, 0]])),
    ),
    "versions.descend": Case(
        versions.descend,
        x=matrix(2, 4),
        t=numbers(lambda: np.array([[0, 1, 1, 0]])),
        W=matrix(2, 1),
        b=matrix(1, 1),
        rate=number(0.1),
        steps=count(2),
    ),
    "versions.stability_bound": Case(versions.stability_bound, X=matrix(6, 2)),
    "versions.softmax": Case(versions.softmax, z=matrix(3, 5)),
    "versions.softmax_backward": Case(versions.softmax_backward, y=matrix(3, 5), dy=matrix(3, 5)),
    "versions.scores_gradient": Case(
        versions.scores_gradient, y=matrix(3, 4), labels=numbers(lambda: np.array([0, 1, 1, 2]))
    ),
    "versions.momentum_step": Case(
        versions.momentum_step,
        **{name: matrix(4, 3) for name in ("W", "vW", "gW")},
        **{name: matrix(3, 1) for name in ("b", "vb", "gb")},
        rate=number(0.1),
        momentum=number(0.9),
        l2=number(0.0),
    ),
    "versions.batch_size": Case(versions.batch_size, accuracies=numbers(lambda: np.array([50.0, 25.0]))),
    "versions.centre": Case(versions.centre, train=matrix(4, 5), validation=matrix(4, 3)),
    # widgets
    "widgets.descent": Case(
        widgets.descent,
        data=exactly(data.load_points),
        path_of=function(lambda rate: np.ones((3, 3))),
        loss=function(lambda w: 1.0 + float(w @ w)),
        rates=RATES,
    ),
    "widgets.two_losses": Case(
        widgets.two_losses, losses_of=function(lambda rate, together: np.ones(3)), rates=RATES
    ),
    "widgets.image_stages": Case(widgets.image_stages, network=exactly(four_layers), data=exactly(pictures)),
    "widgets.hidden_units": Case(widgets.hidden_units, network=exactly(four_layers), data=exactly(pictures)),
    "widgets.stored_runs": Case(widgets.stored_runs, study=STUDY, histories=HISTORIES),
}

# Made by labutils and read by its users: what they hold was checked where it was made.
RESULTS = {
    *("audit.Finding", "audit.Table", "audit.Table.steps", "audit.Table.without_loss", "audit.Cell"),
    *("checks.GradientCheck", "plots.LabFigure", "plots.LabFigure.png", "plots.LabFigure.set"),
    *(
        "exercises.Case",
        "exercises.Stand",
        "exercises.Exercise",
        "exercises.Result",
        "exercises.TakesTooLong",
    ),
    *("study.PairedDifference", "training.Row", "training.Step", "training.TrainingRecord"),
}
# Called by labutils alone, with what its public functions have checked; `arguments` is tried through all of them.
INTERNAL = {
    f"{module}.{name}"
    for module, names in {
        "arguments": "describe whole_number number percentage one_of instance like items flag function float_type path "
        "table numbers shape_of floats squares pairs owner after_forward gradient labels",
        "audit": "audited sizes quantised fits iterations_per_epoch first_loss odd_rows constant_class rising_together "
        "error_sum zero_training_error ends_and_gaps order small_differences unlike read_tables seed_spreads "
        "read_table read_text split row_cells column_of checked words same iterations at listed",
        "checks": "slopes bent number_of likely index join",
        "data": "read path_of",
        "exercises": "time_limit checked global_state not_done run advice split numbers in_parts shapes_of "
        "shapes_differ what_shape first_difference differ values_differ makes in_general packed stored unpacked array",
        "files": "content replace",
        "full_mnist": "fetch download in_words read_idx",
        "losses": "total",
        "live": "TrainingProgress.reset TrainingProgress.end TrainingProgress.draw TrainingProgress.build "
        "TrainingProgress.fill TrainingProgress.words",
        "plots": "draw_line draw_across errors_on_a_log_axis accuracy_and_loss in_black some check_rows",
        "study": "split blank_row check_study outcomes result_of progress_line latest frame resume resume_histories "
        "histories_path whole_rows parse value_of line append write",
        "training": "table_line print_table run batches_per_epoch mini_batches accuracy_pct check_fit checksum "
        "TrainingRecord.unless_stopped",
        "threads": "one_blas_thread leave",
        "verdicts": "check above all_below mean_interval generalisation_gap first_accuracy plain listed",
        "versions": "version_of label_numbers",
        "widgets": "Explorer.values Explorer.show Explorer.frame Explorer.moved Explorer.redraw show_widgets label_of "
        "choice slider nearest check_images OwnRun.show OwnRun.clicked OwnRun.train OwnRun.figure",
    }.items()
    for name in names.split()
}
