"""A run: the configuration that defines it, its row in the table of a study, and its history."""

import platform
import time
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache, partial
from typing import Annotated, Any

import numpy as np

import labutils
from labutils._internal import arguments
from labutils._internal.arguments import declared_checks, expect, number, one_of, whole_number
from labutils._internal.threads import one_blas_thread
from labutils.data import Dataset, load_digits, load_mnist
from labutils.layers import Linear, ReLU, Sigmoid
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.record import Row, TrainingOptions
from labutils.training import evaluate, train

# The last split of each is kept, because a study runs seed by seed.
_LOADERS = {"digits": lru_cache(maxsize=1)(load_digits), "mnist": lru_cache(maxsize=1)(load_mnist)}


@dataclass(frozen=True)
class Configuration:
    """Everything that defines a run except its seed: the data, the network and the training options.

    Raises `ValueError` or `TypeError` for an option that is not allowed.
    """

    name: str
    learning_rate: float
    hidden_units: Annotated[int, whole_number]
    data: Annotated[str, partial(one_of, choices=tuple(_LOADERS))] = "digits"
    centred: bool = False  # whether the mean training image is subtracted from the pixels
    scale: Annotated[float, partial(number, positive=True)] = 1.0  # they are multiplied by this, after that
    left_out: Annotated[float, partial(number, high=1)] = 0.0  # the share of the training images not used
    activation: Annotated[str, partial(one_of, choices=("relu", "sigmoid"))] = "relu"
    init: Annotated[str, partial(one_of, choices=("glorot", "normal", "zeros"))] = "glorot"
    negative_slope: Annotated[float, partial(number, high=1)] = 0.0  # of the ReLU below 0
    # The number of hidden units that output 0; it may differ from seed to seed.
    switched_off: Annotated[int, partial(whole_number, low=0)] = 0
    # The options below, and the learning rate, are those of TrainingOptions, which checks them.
    momentum: float = TrainingOptions.momentum
    l2: float = TrainingOptions.l2
    batch_size: int = TrainingOptions.batch_size
    epochs: int = TrainingOptions.epochs
    shuffle: str = TrainingOptions.shuffle
    validation_every: int = TrainingOptions.validation_every
    drop_incomplete: bool = TrainingOptions.drop_incomplete
    stop_on_divergence: bool = TrainingOptions.stop_on_divergence

    def __post_init__(self) -> None:
        arguments.instance(str, name=self.name)
        expect(self.name and self.name.isprintable(), "name", "printable characters in one line", self.name)
        self.training_options(seed=0)
        arguments.check_options(self)
        off, units, slope = self.switched_off, self.hidden_units, self.negative_slope
        expect(off <= units, "switched_off", f"at most {units}", off)
        expect(not slope or self.activation == "relu", "negative_slope", f"0 for {self.activation}", slope)

    def training_options(self, seed: int) -> TrainingOptions:
        """The options that `train` needs, with this seed."""
        shared = {option.name for option in fields(TrainingOptions)} - {"seed"}
        return TrainingOptions(seed=seed, **{name: getattr(self, name) for name in shared})

    def dataset(self, seed: int) -> Dataset:
        """The data as this seed splits it, reduced, centred and scaled as the options say. Its arrays are read-only."""
        arguments.whole_number("seed", seed, low=0)
        data = _LOADERS[self.data](seed)
        count = max(1, round((1 - self.left_out) * len(data.x_train)))
        data = replace(data, x_train=data.x_train[:count], y_train=data.y_train[:count])
        data = data.centred() if self.centred else data
        return data.scaled(self.scale) if self.scale != 1 else data

    def network(self, inputs: int, classes: int, seed: int) -> Network:
        """An untrained network, inputs-hidden_units-classes, with the initial weights of this seed."""
        arguments.whole_number("classes", classes, low=2)
        arguments.whole_number("seed", seed, low=0)
        rng = np.random.default_rng(seed)
        hidden = Linear(inputs, self.hidden_units, rng, self.init)
        output = Linear(self.hidden_units, classes, rng, self.init)
        activation = ReLU(self.negative_slope) if self.activation == "relu" else Sigmoid()
        off = [_SwitchOff(self.switched_off)] if self.switched_off else []
        return Network(hidden, activation, *off, output)


class _SwitchOff:
    """A layer that replaces the last `units` of its inputs by 0, so they learn nothing. x: (N, M) -> y: (N, M)."""

    def __init__(self, units: int) -> None:
        self.units = units
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """A copy of x in which the last `units` columns are 0. (N, M) -> (N, M)."""
        y = x.copy()
        y[:, -self.units :] = 0
        return y

    backward = forward  # the same for the gradient


_KEY: dict[str, Any] = {"configuration": str, "seed": int}
_RESULTS: dict[str, Any] = {
    "status": str,  # "finished", "diverged" (the run ended because it diverged) or "failed"
    "validation_error_pct": float,  # after the last iteration
    "best_validation_error_pct": float,  # the lowest of the recorded iterations
    "validation_loss": float,
    "training_error_pct": float,  # of all training images, after the last iteration
    "training_loss": float,
    "dead_units_pct": float,  # on the validation images
    "dead_in_training_pct": float,  # on all training images: no gradient reaches these units
    "iterations": "Int64",  # pandas' type for whole numbers that may be missing
    "diverged_at": "Int64",
    "seconds": float,  # of training
    "error": str,  # why the run failed
}
_OPTIONS: dict[str, Any] = {name: kind for name, (kind, _) in declared_checks(Configuration).items()}
del _OPTIONS["name"]
_VERSIONS = {"labutils": labutils.__version__, "numpy": np.__version__, "python": platform.python_version()}
# The columns of the two tables, with their types.
COLUMNS = _KEY | _RESULTS | _OPTIONS | dict.fromkeys(_VERSIONS, str)
HISTORY_COLUMNS = _KEY | Row.__annotations__


def run_with_history(configuration: Configuration, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The results of a run, with the keys `COLUMNS`; and for each recorded iteration those of `HISTORY_COLUMNS`.

    Raises the error that occurs in the run, and `KeyboardInterrupt` if it was stopped: an incomplete run has no row.
    """
    data = configuration.dataset(seed)
    network, loss = configuration.network(data.x_train.shape[1], data.classes, seed), SoftmaxNLL()
    with one_blas_thread(), np.errstate(all="ignore"):
        start = time.perf_counter()
        record = train(network, loss, data, configuration.training_options(seed)).unless_stopped()
        seconds = time.perf_counter() - start
        accuracy, training_loss = evaluate(network, loss, data.x_train, data.y_train)
        dead, dead_in_training = (_dead_units_pct(network, x) for x in (data.x_validation, data.x_train))
    row = make_row(
        configuration,
        seed,
        status=record.status,
        validation_error_pct=record.validation_error_pct,
        best_validation_error_pct=100 - float(record.column("validation_accuracy_pct").max()),
        validation_loss=record.history[-1].validation_loss,
        training_error_pct=100 - accuracy,
        training_loss=training_loss,
        dead_units_pct=dead,
        dead_in_training_pct=dead_in_training,
        iterations=record.iterations,
        diverged_at=record.diverged_at,
        seconds=round(seconds, 3),
    )
    return row, [{name: row[name] for name in _KEY} | line._asdict() for line in record.history]


def make_row(configuration: Configuration, seed: int, error: str = "", **results: Any) -> dict[str, Any]:
    """The row of a run with these results, with its options and the versions. Other results are None."""
    known = asdict(configuration) | {"configuration": configuration.name, "seed": int(seed), "error": error}
    return {name: (known | _VERSIONS | results).get(name) for name in COLUMNS}


def _dead_units_pct(network: Network, x: np.ndarray) -> float:
    """The share of hidden ReLU units (%) whose output is 0 for every one of these inputs. x: (N, D).

    Units that are switched off are not counted as dead. NaN for sigmoid units and for outputs that are not finite.
    """
    hidden = network.layers[1].forward(network.layers[0].forward(x))
    if not isinstance(network.layers[1], ReLU) or not np.isfinite(hidden).all():
        return float("nan")
    dead = (hidden == 0).all(axis=0)
    off = sum(layer.units for layer in network.layers if isinstance(layer, _SwitchOff))
    return 100 * float(dead[: len(dead) - off].sum()) / len(dead)
