"""`train` against a flat NumPy loop of the same formulas, its bare matrix products, PyTorch and scikit-learn.

All sides have the same data, mini-batches and epochs.
"""

import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from labutils.data import Dataset, load_digits
from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.training import TrainingOptions, train

RATE, MOMENTUM, L2, BATCH, EVERY = 1e-3, 0.9, 1e-4, 128, 50
EPOCHS = {100: 8, 200: 5, 700: 2, 1000: 2}
AT_MOST = {100: 1.05, 200: 1.04, 700: 1.02, 1000: 1.02}  # times the flat loop
PYTORCH = {100: 1.65, 200: 1.5, 700: 1.2, 1000: 1.12}  # at least this many times our time
SCIKIT_LEARN = {100: 1.3, 200: 1.22, 700: 1.2, 1000: 1.2}
NEVER = 10**9


def measure(rounds: int) -> Iterator[dict]:
    digits = load_digits()
    whole = 70 * BATCH  # no incomplete batch on any side
    data = Dataset(
        "digits", 10, digits.x_train[:whole], digits.y_train[:whole], digits.x_validation, digits.y_validation
    )
    few = replace(
        data, x_validation=data.x_validation[:10], y_validation=data.y_validation[:10]
    )  # for the last row
    for units, epochs in EPOCHS.items():
        for validated in (False, True):
            made = sides(data if validated else few, units, epochs, validated)
            yield from compare(units, made, validated, rounds)


def sides(
    data: Dataset, units: int, epochs: int, validated: bool
) -> dict[str, Callable[[], Callable[[], object]]]:
    """By name, what makes a new network and returns what is timed: its training."""
    result = {
        "train": lambda: with_train(data, units, epochs, validated),
        "scikit-learn": lambda: with_scikit_learn(data, units, epochs, validated),
    }
    if not validated:
        result = {
            "products": lambda: bare_products(data, units, epochs),
            "loop": lambda: flat_loop(data, units, epochs),
        } | result
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed, so it is not compared: pip install -e .[oracle]")
    else:
        torch.set_num_threads(1)
        result["PyTorch"] = lambda: with_pytorch(data, units, epochs, validated, fused=False)
        result["PyTorch fused"] = lambda: with_pytorch(data, units, epochs, validated, fused=True)
    return result


def compare(
    units: int, timed: dict[str, Callable[[], Callable[[], object]]], validated: bool, rounds: int
) -> Iterator[dict]:
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for make in timed.values():
        make()()  # once to warm up
    for names in [list(timed), list(timed)[::-1]] * rounds:  # each side comes before and after each other one
        for name in names:
            run = timed[name]()
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    kind = f"{units} units, {'validated every 50 iterations' if validated else 'not validated'}"
    if "products" in timed:
        target = {"most": AT_MOST[units]}
        yield figure(f"{kind}: train / flat loop", seconds["train"], seconds["loop"]) | target
        for name in sorted(set(timed) - {"products"}):
            yield figure(f"{kind}: {name} / bare products", seconds[name], seconds["products"])
    pytorch = [seconds[name] for name in timed if name.startswith("PyTorch")]
    if pytorch:
        best = min(pytorch, key=statistics.median)
        yield figure(f"{kind}: PyTorch's best / train", best, seconds["train"]) | {"least": PYTORCH[units]}
    ratio = figure(f"{kind}: scikit-learn / train", seconds["scikit-learn"], seconds["train"])
    yield ratio | {"least": SCIKIT_LEARN[units]}


def figure(what: str, these: list[float], those: list[float]) -> dict:
    """The ratio of each round, and of them the median and the quartiles."""
    ratios = [this / that for this, that in zip(these, those, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {"what": what, "value": middle, "quartiles": [low, high]}


def bare_products(data: Dataset, units: int, epochs: int) -> Callable[[], None]:
    """The five matrix products of a step, on arrays that are there already, as often as `train` takes a step."""
    rng = np.random.default_rng(0)
    x = data.x_train[:BATCH].copy()
    W1, W2 = (rng.normal(size=shape).astype(np.float32) for shape in ((784, units), (units, 10)))
    a, dz = (rng.normal(size=(BATCH, width)).astype(np.float32) for width in (units, 10))
    hidden, scores, dW1, dW2 = np.empty_like(a), np.empty_like(dz), np.empty_like(W1), np.empty_like(W2)
    steps = epochs * (len(data.x_train) // BATCH)

    def run() -> None:
        for _ in range(steps):
            np.matmul(x, W1, out=hidden)
            np.matmul(a, W2, out=scores)
            np.matmul(a.T, dz, out=dW2)
            np.matmul(dz, W2.T, out=hidden)
            np.matmul(x.T, a, out=dW1)

    return run


def flat_loop(data: Dataset, units: int, epochs: int) -> Callable[[], None]:
    """The formulas of `train` in one function: no classes, no checks, arrays reused, gradients left intact."""
    rng = np.random.default_rng(0)
    W1, b1, W2, b2 = (
        parameter.astype(np.float32)
        for layer in (Linear(784, units, rng), Linear(units, 10, rng))
        for parameter in layer.params.values()
    )
    parameters = [(W1, L2), (b1, 0.0), (W2, L2), (b2, 0.0)]
    gradients = dW1, db1, dW2, db2 = [np.zeros_like(parameter) for parameter, _ in parameters]
    velocities = [np.zeros_like(parameter) for parameter, _ in parameters]
    products = [np.empty_like(parameter) for parameter, _ in parameters]
    a, da = np.empty((BATCH, units), np.float32), np.empty((BATCH, units), np.float32)
    z, rows = np.empty((BATCH, 10), np.float32), np.arange(BATCH)

    def run() -> None:
        generator = np.random.default_rng(0)
        for _ in range(epochs):
            order = generator.permutation(len(data.x_train))
            for start in range(0, len(order) - BATCH + 1, BATCH):
                batch = order[start : start + BATCH]
                x, labels = data.x_train[batch], data.y_train[batch]
                np.matmul(x, W1, out=a)
                np.add(a, b1, out=a)
                np.maximum(a, 0, out=a)
                np.matmul(a, W2, out=z)
                np.add(z, b2, out=z)
                shifted = z - z.max(axis=1, keepdims=True)
                exponentials = np.exp(shifted)
                sums = exponentials.sum(axis=1, keepdims=True)
                (np.log(sums[:, 0]) - shifted[rows, labels]).sum()  # the loss
                dz = exponentials / sums
                dz[rows, labels] -= 1
                dz /= BATCH
                np.matmul(a.T, dz, out=dW2)
                dz.sum(axis=0, out=db2)
                np.matmul(dz, W2.T, out=da)
                np.multiply(da, a > 0, out=da)
                np.matmul(x.T, da, out=dW1)
                da.sum(axis=0, out=db1)
                for (parameter, l2), gradient, velocity, product in zip(
                    parameters, gradients, velocities, products, strict=True
                ):
                    velocity *= MOMENTUM
                    velocity -= np.multiply(gradient, RATE, out=product)
                    if l2:
                        velocity -= np.multiply(parameter, RATE * l2, out=product)
                    parameter += velocity

    return run


def with_train(data: Dataset, units: int, epochs: int, validated: bool) -> Callable[[], object]:
    rng = np.random.default_rng(0)
    network = Network(Linear(784, units, rng), ReLU(), Linear(units, 10, rng))
    every = EVERY if validated else NEVER
    options = TrainingOptions(RATE, MOMENTUM, L2, BATCH, epochs, validation_every=every)
    return lambda: train(network, SoftmaxNLL(), data, options)


def with_pytorch(
    data: Dataset, units: int, epochs: int, validated: bool, fused: bool
) -> Callable[[], object]:
    import torch

    arrays = data.x_train, data.y_train, data.x_validation, data.y_validation
    x, y, x_v, y_v = (torch.from_numpy(array.copy()) for array in arrays)  # the data themselves are read-only
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(784, units), torch.nn.ReLU(), torch.nn.Linear(units, 10))
    weights = [parameter for parameter in network.parameters() if parameter.ndim == 2]
    biases = [parameter for parameter in network.parameters() if parameter.ndim == 1]
    groups = [{"params": weights, "weight_decay": L2}, {"params": biases, "weight_decay": 0.0}]
    optimiser = torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM, fused=fused)
    loss_of = torch.nn.CrossEntropyLoss()

    def run() -> None:
        orders = torch.cat([torch.randperm(len(x)) for _ in range(epochs)])
        for iteration, rows in enumerate(orders.split(BATCH), start=1):
            loss = loss_of(network(x[rows]), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if validated and iteration % EVERY == 0:
                with torch.no_grad():
                    scores = network(x_v)
                    loss_of(scores, y_v).item()
                    (scores.argmax(1) == y_v).float().mean().item()

    return run


def with_scikit_learn(data: Dataset, units: int, epochs: int, validated: bool) -> Callable[[], object]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    options = {
        "hidden_layer_sizes": (units,),
        "solver": "sgd",
        "learning_rate_init": RATE,
        "momentum": MOMENTUM,
    }
    options |= {"alpha": L2, "batch_size": BATCH, "nesterovs_momentum": False, "random_state": 0}
    model = MLPClassifier(
        shuffle=not validated, max_iter=epochs, tol=0.0, n_iter_no_change=epochs + 1, **options
    )
    classes = np.arange(10)

    def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(data.x_train, data.y_train)

    def run_validated() -> None:
        rng = np.random.default_rng(0)
        orders = np.concatenate([rng.permutation(len(data.x_train)) for _ in range(epochs)])
        for start in range(0, len(orders), EVERY * BATCH):
            rows = orders[start : start + EVERY * BATCH]
            model.partial_fit(data.x_train[rows], data.y_train[rows], classes=classes)
            probabilities = model.predict_proba(data.x_validation)
            log_loss(data.y_validation, probabilities, labels=classes)
            (probabilities.argmax(axis=1) == data.y_validation).mean()

    return run_validated if validated else run
