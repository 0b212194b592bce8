"""Every public function with a good call of it, and for each argument which other values it may take.

Public is what a module of labutils declares in `__all__`, with the methods of its classes. A name in `CASES` is that of
the function or method; words in parentheses after it tell several cases of one function apart.
"""

import functools
import tempfile
from collections.abc import Callable, Sized
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import labutils
from labutils import data, exercises, experiments, layers, losses, network, optimiser, report, training
from labutils._internal.arguments import declared_checks
from labutils.exercises import reference
from labutils.instructor import studies
from labutils.notebook import drawings, explorers, figures, live
from labutils.report import verdicts

from ..conftest import write_digits
from ..report.conftest import stored_histories, stored_study
from .kinds import (
    Case,
    Kind,
    count,
    exactly,
    flag,
    floats,
    free,
    function,
    is_row,
    label,
    labels,
    mapping,
    matrix,
    number,
    numbers,
    option_kinds,
    path,
    rng,
    sequence,
    text,
)

# ---- Good values, made or loaded when a case needs them


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
    return training.TrainingOptions(0.1, batch_size=4, epochs=1, validation_every=1)


def quick() -> experiments.Configuration:
    """A configuration whose run takes a few hundredths of a second."""
    return experiments.Configuration("quick", 1e-3, 5, left_out=0.99, epochs=1, batch_size=64)


@functools.cache
def record() -> training.TrainingRecord:
    return training.train(net(), losses.SoftmaxNLL(), blobs(), options())


@functools.cache
def step() -> training.Step:
    """What a callback receives."""
    seen: list[training.Step] = []
    training.train(net(), losses.SoftmaxNLL(), blobs(), options(), [seen.append])
    return seen[-1]


@functools.cache
def report_runs() -> pd.DataFrame:
    return report.load_runs()


@functools.cache
def report_tables() -> dict[str, pd.DataFrame]:
    return {run: report.load_rows(run) for run in report_runs().index}


def some_tables(*names: str) -> dict[str, pd.DataFrame]:
    """The report's rows of some runs."""
    return {name: report_tables()[name] for name in names}


def verdicts_on_part_a() -> list[verdicts.Verdict]:
    claims = [claim for claim in report.CLAIMS if claim.startswith("A")]
    return [verdicts.definition(claim, True, "so it is") for claim in claims]


def is_empty(value: Any) -> bool:
    """Whether it is a list, an array or another collection of no items."""
    return (
        isinstance(value, Sized)
        and not isinstance(value, str)
        and getattr(value, "ndim", 1) > 0
        and len(value) == 0
    )


def after(part: Any, *shape: int) -> Any:
    """A layer or network that has seen a batch."""
    part.forward(rng().uniform(0.1, 0.9, shape))
    return part


def here(name: str) -> Callable[[], Path]:
    """A function that returns a path in a new folder inside the working directory."""
    return lambda: Path(tempfile.mkdtemp(dir=Path.cwd())) / name


def saved_record() -> Path:
    place = here("record.json")()
    record().save(place)
    return place


def filled_folder() -> Path:
    place = here("study")()
    studies.make_study([quick()], [0], folder=place)
    return place


def folder_of_digits() -> Path:
    """A folder with ten images of each digit, made once in each working directory."""
    place = Path.cwd() / "digits"
    if not place.exists():
        write_digits(place)
    return place


# ---- Kinds that several cases share

STUDY, HISTORIES = exactly(stored_study), exactly(stored_histories)
RUNS, TABLES = exactly(report_runs), exactly(report_tables)
STATEMENTS = Kind(
    lambda: [verdicts.Statement("Reason: chance", "holds", "so it is")],
    is_empty,
)
LABELS = labels(0, 2, 1, 1)
LOSS = exactly(losses.SoftmaxNLL)
REDUCTION = exactly(lambda: "mean")
EXERCISE = {"name": exactly(lambda: "A3.1"), "answer": free(lambda: None)}
FORWARD = {  # what the backward pass of a two-layer network receives
    "x": matrix(5, 4),
    "a1": matrix(2, 4),
    "y": matrix(3, 4),
    "labels": numbers(lambda: np.array([0, 1, 1, 2])),
    "W2": matrix(2, 3),
}
RATES = Kind(lambda: [0.02, 0.5], is_row, lambda value: not is_row(value) or not len(value))
ACROSS = Kind(lambda: {"level": 1.0}, lambda value: value is None or isinstance(value, dict))
NAMES = sequence(lambda: ["one", "two"])
OPTIONS = option_kinds(options(), declared_checks(training.TrainingOptions))
CONFIGURATION = option_kinds(
    quick(),
    declared_checks(experiments.Configuration) | declared_checks(training.TrainingOptions),
)


def activation_cases(kind: Any) -> dict[str, Case]:
    """The cases of a layer without parameters."""
    name = kind.__name__
    return {
        name: Case(kind),
        f"{name}.forward": Case(lambda x: kind().forward(x), x=floats(4, 3)),
        f"{name}.backward": Case(lambda dy: after(kind(), 4, 3).backward(dy), dy=floats(4, 3)),
    }


def loss_cases(kind: Any, prediction: str, columns: int, targets: Kind, predicted: Kind) -> dict[str, Case]:
    """The cases of a loss, whose `forward` calls its first argument by the name `prediction`."""

    def backward() -> np.ndarray:
        loss = kind()
        loss.forward(np.full((2, columns), 0.5), np.array([0, 0]))
        return loss.backward()

    name, first = kind.__name__, {prediction: floats(4, columns)}
    return {
        name: Case(kind, reduction=REDUCTION),
        f"{name}.forward": Case(lambda **given: kind().forward(**given), **first, labels=targets),
        f"{name}.backward": Case(backward),
        f"{name}.predict": Case(lambda prediction: kind().predict(prediction), prediction=predicted),
    }


LECTURE = {
    # layers
    "Linear": Case(
        layers.Linear, inputs=count(3), outputs=count(2), rng=exactly(rng), init=exactly(lambda: "glorot")
    ),
    "Linear.forward": Case(lambda x: layers.Linear(3, 2, rng()).forward(x), x=floats(4, 3)),
    "Linear.backward": Case(
        lambda dy: after(layers.Linear(3, 2, rng()), 4, 3).backward(dy),
        dy=floats(4, 2),
    ),
    "Linear.parameter_gradients": Case(
        lambda dy: after(layers.Linear(3, 2, rng()), 4, 3).parameter_gradients(dy), dy=floats(4, 2)
    ),
    **activation_cases(layers.Sigmoid),
    **activation_cases(layers.ReLU),
    "ReLU": Case(layers.ReLU, negative_slope=number(0.1, 0, 1)),
    **activation_cases(layers.Softmax),
    # losses
    **loss_cases(losses.NLL, "p", 3, LABELS, floats(4, 3)),
    **loss_cases(
        losses.SigmoidNLL,
        "z",
        1,
        labels(0, 1, 1, 0),
        floats(4, 1),
    ),
    **loss_cases(losses.SoftmaxNLL, "z", 3, LABELS, floats(4, 3)),
    # network
    "Network": Case(lambda layers: network.Network(layers), layers=exactly(layers.ReLU)),
    "Network.forward": Case(lambda x: net(3).forward(x), x=floats(4, 3)),
    "Network.backward": Case(
        lambda dy, input_gradient: after(net(), 4, 4).backward(dy, input_gradient),
        dy=floats(4, 3),
        input_gradient=flag(True),
    ),
    "Network.set_training": Case(lambda training: net().set_training(training), training=flag(True)),
    "Network.astype": Case(
        lambda dtype: net().astype(dtype), dtype=Kind(lambda: np.float32, lambda value: value is float)
    ),
    "Network.parameter_count": Case(lambda: net().parameter_count),
    # optimiser
    "SGDM": Case(optimiser.SGDM, options=exactly(options)),
    "SGDM.step": Case(lambda network: optimiser.SGDM(options()).step(network), network=exactly(net)),
    # record
    "TrainingOptions": Case(training.TrainingOptions, **OPTIONS),
    "TrainingOptions.batches_per_epoch": Case(
        lambda count: options().batches_per_epoch(count), count=count(8)
    ),
    "TrainingRecord.validation_error_pct": Case(lambda: record().validation_error_pct),
    "TrainingRecord.ending": Case(lambda: record().ending),
    "TrainingRecord.unless_stopped": Case(lambda: record().unless_stopped()),
    "TrainingRecord.column": Case(lambda name: record().column(name), name=exactly(lambda: "iteration")),
    "TrainingRecord.save": Case(lambda path: record().save(path), path=path(here("record.json"))),
    "TrainingRecord.load": Case(training.TrainingRecord.load, path=path(saved_record)),
    # training
    "train": Case(
        training.train,
        network=exactly(net),
        loss=LOSS,
        data=exactly(blobs),
        options=exactly(options),
        callbacks=sequence(lambda: [lambda step: None], empty_only=True),
    ),
    "evaluate": Case(
        training.evaluate, network=exactly(lambda: net(3)), loss=LOSS, x=floats(4, 3), labels=LABELS
    ),
    "mini_batches": Case(
        lambda count, options: list(training.mini_batches(count, options)),
        count=count(8),
        options=exactly(options),
    ),
    # data
    "Dataset": Case(
        data.Dataset,
        name=text("blobs"),
        classes=count(3, low=2),
        x_train=floats(4, 3),
        y_train=LABELS,
        x_validation=floats(4, 3),
        y_validation=LABELS,
    ),
    "Dataset.scaled": Case(lambda factor: vars(blobs().scaled(factor)), factor=number(0.5, positive=True)),
    "Dataset.centred": Case(lambda: vars(blobs().centred())),
    "load_points": Case(lambda: vars(data.load_points())),
    "load_mnist": Case(lambda split_seed: data.load_mnist(split_seed) and None, split_seed=count(0, low=0)),
    "load_digits": Case(
        lambda split_seed, folder: data.load_digits(split_seed, folder=folder) and None,
        split_seed=count(0, low=0),
        folder=path(lambda: None, none=True),
    ),
    "load_digits (folder)": Case(
        lambda split_seed, folder: vars(data.load_digits(split_seed, folder=folder)),
        split_seed=count(0, low=0),
        folder=path(folder_of_digits, none=True),
    ),
}

EXPERIMENTS = {
    "Configuration": Case(experiments.Configuration, **CONFIGURATION),
    "Configuration.training_options": Case(lambda seed: quick().training_options(seed), seed=count(3, low=0)),
    "Configuration.dataset": Case(lambda seed: quick().dataset(seed) and None, seed=count(0, low=0)),
    "Configuration.network": Case(
        lambda inputs, classes, seed: quick().network(inputs, classes, seed),
        inputs=count(3),
        classes=count(3, low=2),
        seed=count(0, low=0),
    ),
    "run_study": Case(
        experiments.run_study,
        configurations=exactly(lambda: [quick()]),
        seeds=Kind(lambda: [0], lambda value: not isinstance(value, str)),
    ),
    "make_study": Case(
        studies.make_study,
        configurations=exactly(lambda: [quick()]),
        seeds=Kind(lambda: [0], lambda value: not isinstance(value, str)),
        executor=exactly(lambda: None, None),
        folder=path(here("study"), none=True),
        progress=Kind(lambda: None, lambda value: value is None, lambda value: not callable(value)),
    ),
    "make_study (executor)": Case(
        lambda: studies.make_study([quick()], [0], ThreadPoolExecutor(1)),
    ),
    "read_runs": Case(studies.read_runs, folder=path(filled_folder)),
    "load_study": Case(experiments.load_study),
    "load_histories": Case(experiments.load_histories),
    "load_sharpness": Case(experiments.load_sharpness),
    "half_width": Case(
        experiments.half_width,
        values=numbers(lambda: np.array([1.0, 2.0, 4.0])),
    ),
    "paired_difference": Case(
        experiments.paired_difference,
        table=STUDY,
        a=exactly(lambda: "hidden-700"),
        b=exactly(lambda: "hidden-200"),
        column=exactly(lambda: "validation_error_pct"),
    ),
    "interaction": Case(
        experiments.interaction,
        table=STUDY,
        both=exactly(lambda: "hidden-700"),
        first=exactly(lambda: "hidden-200"),
        second=exactly(lambda: "hidden-700 centred"),
        neither=exactly(lambda: "hidden-200 centred"),
    ),
    "in_bands": Case(experiments.in_bands, values=mapping(dict, empty=True)),
}

REPORT = {
    "load_runs": Case(lambda: report.load_runs() is None),
    "load_rows": Case(lambda run: report.load_rows(run) is None, run=exactly(lambda: "hidden-200", None)),
    "lower": Case(
        report.lower,
        error=number(2.0, 0, np.nextafter(100, 101)),
        other=number(2.5, 0, np.nextafter(100, 101)),
        images=count(1000),
    ),
    "audit": Case(report.audit, table=exactly(lambda: report_tables()["hidden-200"])),
    "audit_runs": Case(report.audit_runs, tables=exactly(lambda: some_tables("hidden-200")), runs=RUNS),
    # verdicts
    "Verdict": Case(
        verdicts.Verdict,
        claim=exactly(lambda: "A1"),
        outcome=exactly(lambda: "holds"),
        evidence=text(),
        part=text(),
        statements=STATEMENTS,
    ),
    "Statement": Case(verdicts.Statement, text=text(), outcome=exactly(lambda: "holds"), evidence=text()),
    "table": Case(verdicts.table, part=exactly(lambda: "A"), verdicts=exactly(verdicts_on_part_a)),
    "definition": Case(
        verdicts.definition,
        claim=exactly(lambda: "A1"),
        checked=Kind(lambda: True, lambda value: isinstance(value, bool | np.bool_)),
        evidence=text(),
        part=text(),
        statements=STATEMENTS,
    ),
    "implemented": Case(
        verdicts.implemented,
        claim=exactly(lambda: "A1"),
        checked=Kind(lambda: True, lambda value: isinstance(value, bool | np.bool_)),
        evidence=text(),
    ),
    "judge": Case(
        lambda differences, below: verdicts.judge(differences, below=below),
        differences=exactly(lambda: experiments.PairedDifference(1.0, 0.5, 1.5, 3, "a", "b", "loss")),
        below=flag(False),
    ),
    "part_c": Case(verdicts.part_c, study=STUDY, histories=HISTORIES, tables=TABLES, runs=RUNS),
}

EXERCISES = {
    "check": Case(exercises.check, **EXERCISE),
    "replace_if_wrong": Case(exercises.replace_if_wrong, **EXERCISE),
    "replace_if_missing": Case(exercises.replace_if_missing, **EXERCISE),
    "hint": Case(
        exercises.hint,
        name=free(lambda: "A3"),  # whatever else is passed, a sentence says what is expected
        number=free(lambda: 1),
    ),
    "predict": Case(exercises.predict, name=free(lambda: "A5"), choice=free(lambda: "b")),
    "compare": Case(exercises.compare, guess=free(lambda: None), result=free(lambda: "18.75 %")),
    "results_page": Case(
        exercises.results_page,
        part=exactly(lambda: "A"),
        names=sequence(lambda: ["Ada"]),
        numbers=sequence(lambda: ["1"]),
        found=Kind(lambda: {"A6, error": 1.0}, lambda value: isinstance(value, dict)),
    ),
    "target": Case(
        lambda part, errors, used: exercises.target(part, errors, **used),
        part=exactly(lambda: "B"),
        errors=numbers(lambda: np.array([6.4, 7.1, 5.8])),
        used=Kind(lambda: {"hidden_units": 100, "epochs": 20}, lambda value: True, lambda value: False),
    ),
    "check_gradient": Case(
        exercises.check_gradient,
        name=text("dx"),
        function=function(lambda x: float((x**2).sum())),
        x=Kind(lambda: np.ones(3), lambda value: True),
        gradient=Kind(lambda: np.full(3, 2.0), lambda value: True),
    ),
    "check_layer": Case(
        exercises.check_layer, layer=exactly(layers.Sigmoid), x=matrix(4, 3), seed=count(0, low=0)
    ),
    "check_loss": Case(exercises.check_loss, loss=LOSS, prediction=matrix(4, 3), labels=LABELS),
    "check_network": Case(
        exercises.check_network, network=exactly(lambda: net(3)), loss=LOSS, x=matrix(4, 3), labels=LABELS
    ),
    # reference
    "linear_backward": Case(reference.linear_backward, W=matrix(4, 3), x=matrix(4, 5), dz=matrix(3, 5)),
    "sigmoid_backward": Case(reference.sigmoid_backward, p=matrix(3, 5), dp=matrix(3, 5)),
    "nll_backward": Case(
        reference.nll_backward,
        p=numbers(
            lambda: rng().uniform(0.1, 0.9, (1, 4)),
            lambda value: not isinstance(value, np.ndarray) or value.size != 4,
        ),  # 0 and 1 may give NaN
        t=numbers(lambda: np.array([[0, 1, 1, 0]])),
    ),
    "descend": Case(
        reference.descend,
        x=matrix(2, 4),
        t=numbers(lambda: np.array([[0, 1, 1, 0]])),
        W=matrix(2, 1),
        b=matrix(1, 1),
        rate=number(0.1, positive=True),
        steps=count(2),
    ),
    "stability_bound": Case(reference.stability_bound, X=matrix(6, 2)),
    "softmax": Case(reference.softmax, z=matrix(3, 5)),
    "softmax_backward": Case(reference.softmax_backward, y=matrix(3, 5), dy=matrix(3, 5)),
    "scores_gradient": Case(
        reference.scores_gradient, y=matrix(3, 4), labels=numbers(lambda: np.array([0, 1, 1, 2]))
    ),
    "sigmoid_network_backward": Case(reference.sigmoid_network_backward, **FORWARD),
    "relu_network_backward": Case(reference.relu_network_backward, **FORWARD),
    "train_epoch": Case(
        reference.train_epoch,
        W1=matrix(5, 2),
        b1=matrix(2, 1),
        W2=matrix(2, 3),
        b2=matrix(3, 1),
        x=matrix(5, 4),
        labels=numbers(lambda: np.array([0, 1, 1, 2])),
        rate=number(0.1, positive=True),
        batch_size=count(3),
    ),
    "momentum_step": Case(
        reference.momentum_step,
        **{name: matrix(4, 3) for name in ("W", "vW", "gW")},
        **{name: matrix(3, 1) for name in ("b", "vb", "gb")},
        rate=number(0.1, positive=True),
        momentum=number(0.9, 0, 1),
        l2=number(0.0, 0),
    ),
    "batch_size": Case(reference.batch_size, accuracies=numbers(lambda: np.array([50.0, 25.0]))),
    "centre": Case(reference.centre, train=matrix(4, 5), validation=matrix(4, 3)),
}

NOTEBOOK = {
    "check_installation": Case(labutils.check_installation),
    "print_table": Case(live.print_table, step=exactly(step)),
    "TrainingProgress": Case(live.TrainingProgress),
    "TrainingProgress.end": Case(lambda record: live.TrainingProgress().end(record), record=exactly(record)),
    # figures
    "points": Case(
        figures.points,
        data=exactly(data.load_points),
        lines=mapping(lambda: {"a": (np.ones(2), 0.0)}, empty=True),
    ),
    "curves": Case(
        figures.curves,
        series=mapping(lambda: {"a": (np.arange(3.0), np.ones(3))}, empty=True),
        xlabel=label("x"),
        ylabel=label("y"),
        log=Kind(lambda: "x", lambda value: isinstance(value, str)),
        across=ACROSS,
    ),
    "panels": Case(
        figures.panels,
        panels=mapping(lambda: {"one": {"a": (np.arange(3.0), np.ones(3))}}),
        xlabel=label("x"),
        ylabel=label("y"),
        log=Kind(lambda: "x", lambda value: isinstance(value, str)),
        share=flag(True),
        across=ACROSS,
    ),
    "images": Case(
        figures.images,
        pixels=floats(4, 9),
        titles=sequence(lambda: ["1"]),
        signed=flag(False),
    ),
    "confusion": Case(
        figures.confusion,
        labels=labels(0, 1, 2, 1),
        predicted=labels(0, 2, 2, 1),
    ),
    "seeds": Case(
        figures.seeds,
        names=NAMES,
        series=mapping(lambda: {"a": [np.array([]), np.array([1.0])], "b": [np.arange(3.0), np.ones(2)]}),
        ylabel=label("y"),
        across=ACROSS,
        marks=Kind(
            lambda: {"c": [None, 1.0]}, lambda value: value is None or (isinstance(value, dict) and not value)
        ),
    ),
    # drawings
    "chain": Case(
        drawings.chain,
        names=sequence(lambda: ["x", "y"], empty_only=True),
        values=sequence(lambda: ["1", "2"], empty_only=True),
        operations=sequence(lambda: ["f"], empty_only=True),
        gradients=sequence(lambda: ["3", "1"]),
        factors=sequence(lambda: ["3"]),
        branches=sequence(lambda: ["d"]),
    ),
    "network": Case(
        drawings.network,
        sizes=sequence(lambda: [3, 2]),
        names=sequence(lambda: ["a", "b"], empty_only=True),
    ),
    "parabola_steps": Case(
        drawings.parabola_steps,
        curvature=number(2.0, 1e-4, 1e4),
        rates=RATES,
    ),
    # explorers
    "descent": Case(
        explorers.descent,
        data=exactly(data.load_points),
        path_of=function(lambda rate: np.ones((3, 3))),
        loss=function(lambda w: 1.0 + float(w @ w)),
        rates=RATES,
        rate=number(0.02, 0.0),
    ),
    "line": Case(explorers.line, data=exactly(data.load_points)),
    "image_stages": Case(explorers.image_stages, network=exactly(four_layers), data=exactly(pictures)),
    "hidden_units": Case(
        explorers.hidden_units,
        network=exactly(four_layers),
        data=exactly(pictures),
        unit=Kind(lambda: 1, lambda value: type(value) is int and 0 <= value < 9),
    ),
}

CASES: dict[str, Case] = LECTURE | EXPERIMENTS | REPORT | EXERCISES | NOTEBOOK

# labutils makes these for its users, so their contents need no check.
RESULTS = {"Finding", "PairedDifference", "Result", "Step", "TrainingRecord"}
