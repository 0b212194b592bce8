"""A run: the configuration that defines it, its row in the table of a study, and its history."""

import platform
import time
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Annotated, Any

import numpy as np

import labutils
from labutils._internal import arguments
from labutils._internal.arguments import Number, OneOf, Whole, declared_constraints
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

    The inputs are the pixels of `data`. If `centred`, the mean training image is subtracted; then the inputs are
    multiplied by `scale`. `left_out` is the share of the training images that is not used. `negative_slope` is the
    slope of the ReLU below 0. The last `switched_off` hidden units output 0 from the start; their number may differ
    from seed to seed.
    Raises `ValueError` or `TypeError` for an option that is not allowed.
    """

    name: str
    learning_rate: float
    hidden_units: Annotated[int, Whole(1)]
    data: Annotated[str, OneOf(tuple(_LOADERS))] = "digits"
    centred: bool = False
    scale: Annotated[float, Number(positive=True)] = 1.0
    left_out: Annotated[float, Number(0, 1)] = 0.0
    activation: Annotated[str, OneOf(("relu", "sigmoid"))] = "relu"
    init: Annotated[str, OneOf(("glorot", "normal", "zeros"))] = "glorot"
    negative_slope: Annotated[float, Number(0, 1)] = 0.0
    switched_off: Annotated[int, Whole(0)] = 0
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
        if not self.name or not self.name.isprintable():
            raise ValueError(f"name: expected printable characters in one line, got {self.name!r}")
        self.training_options(seed=0)
        arguments.check_options(self)
        if self.switched_off > self.hidden_units:
            raise ValueError(f"switched_off: expected at most {self.hidden_units}, got {self.switched_off}")
        if self.negative_slope and self.activation != "relu":
            raise ValueError(f"negative_slope: expected 0 for {self.activation}, got {self.negative_slope}")

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
        if self.switched_off:
            return Network(hidden, activation, SwitchOff(self.switched_off), output)
        return Network(hidden, activation, output)


class SwitchOff:
    """A layer that replaces the last `units` of its inputs by 0, so they learn nothing. x: (N, M) -> y: (N, M)."""

    def __init__(self, units: int) -> None:
        arguments.whole_number("units", units)
        self.units = int(units)
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """A copy of x in which the last `units` columns are 0. (N, M) -> (N, M)."""
        arguments.floats("x", x, "M", of=self)
        return self._without_the_last(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """The same for the gradient. (N, M) -> (N, M)."""
        arguments.floats("dy", dy, "M", of=self)
        return self._without_the_last(dy)

    def _without_the_last(self, x: np.ndarray) -> np.ndarray:
        copy = x.copy()
        copy[:, -self.units :] = 0
        return copy


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
_OPTIONS: dict[str, Any] = {name: kind for name, (kind, _) in declared_constraints(Configuration).items()}
del _OPTIONS["name"]
_VERSIONS = {"labutils": labutils.__version__, "numpy": np.__version__, "python": platform.python_version()}
# The columns of the two tables, with their types.
COLUMNS = _KEY | _RESULTS | _OPTIONS | dict.fromkeys(_VERSIONS, str)
HISTORY_COLUMNS = _KEY | Row.__annotations__


def run_one(configuration: Configuration, seed: int) -> dict[str, Any]:
    """The row of the table after training one configuration with one seed: a dictionary with the keys `COLUMNS`."""
    return run_with_history(configuration, seed)[0]


def run_with_history(configuration: Configuration, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of `run_one`, and a dictionary with the keys `HISTORY_COLUMNS` for each recorded iteration.

    On one machine the same seed gives the same row, except for `seconds`. Raises the error that occurs in the run, and
    `KeyboardInterrupt` if the run was stopped, because an incomplete run has no row.
    """
    arguments.instance(Configuration, configuration=configuration)
    data = configuration.dataset(seed)
    network, loss = configuration.network(data.x_train.shape[1], data.classes, seed), SoftmaxNLL()
    with one_blas_thread(), np.errstate(all="ignore"):
        start = time.perf_counter()
        record = train(network, loss, data, configuration.training_options(seed)).unless_stopped()
        seconds = time.perf_counter() - start
        accuracy, training_loss = evaluate(network, loss, data.x_train, data.y_train)
        dead, dead_in_training = (dead_units_pct(network, x) for x in (data.x_validation, data.x_train))
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
    key = {name: row[name] for name in _KEY}
    return row, [key | line._asdict() for line in record.history]


def make_row(configuration: Configuration, seed: int, error: str = "", **results: Any) -> dict[str, Any]:
    """The row of a run with these results, with its options and the versions. Other results are None."""
    known = {"configuration": configuration.name, "seed": int(seed), "error": error} | results
    known |= asdict(configuration) | _VERSIONS
    return {name: known.get(name) for name in COLUMNS}


def dead_units_pct(network: Network, x: np.ndarray) -> float:
    """The share of hidden ReLU units (%) whose output is 0 for every one of these inputs. x: (N, D).

    If these are the training inputs, no gradient reaches such a unit. Units that a `SwitchOff` layer switches off are
    not counted as dead. NaN for sigmoid units, and if the run ended with numbers that are not finite.
    """
    arguments.instance(Network, network=network)
    if len(network.layers) < 2:
        raise ValueError(f"network: expected a hidden layer and its activation, got {network.layers}")
    hidden = network.layers[1].forward(network.layers[0].forward(x))
    if not isinstance(network.layers[1], ReLU) or not np.isfinite(hidden).all():
        return float("nan")
    dead = (hidden == 0).all(axis=0)
    off = sum(layer.units for layer in network.layers if isinstance(layer, SwitchOff))
    return 100 * float(dead[: len(dead) - off].sum()) / len(dead)
