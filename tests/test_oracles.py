"""PyTorch as an independent oracle, in float64: losses, gradients, optimiser steps, whole runs."""

import dataclasses
import itertools

import numpy as np
import pytest

from labutils.data import load_digits
from labutils.layers import Linear, ReLU, Sigmoid, Softmax
from labutils.losses import NLL, SigmoidNLL, SoftmaxNLL
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.training import TrainingOptions, mini_batches, train

CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def random_network(rng, inputs, outputs, tail=(), depth=3):
    """One to `depth` linear layers of random width with a random layer after each but the last."""
    widths = [inputs, *rng.integers(1, 9, size=rng.integers(0, depth)), outputs]
    layers = []
    for i, (d, m) in enumerate(itertools.pairwise(widths)):
        layers.append(Linear(int(d), int(m), rng))
        layers[-1].params["b"] = rng.normal(size=int(m))
        if i < len(widths) - 2:
            layers.append([ReLU, lambda: ReLU(rng.uniform(0, 1)), Sigmoid, Softmax][rng.integers(4)]())
    return Network(*layers, *tail)


def twin(torch, network):
    """The same network in PyTorch, with copies of its parameters."""
    modules = []
    for layer in network.layers:
        if isinstance(layer, Linear):
            module = torch.nn.Linear(layer.inputs, layer.outputs, dtype=torch.float64)
            with torch.no_grad():
                module.weight.copy_(torch.tensor(layer.params["W"].T.copy(), dtype=torch.float64))
                module.bias.copy_(torch.tensor(layer.params["b"], dtype=torch.float64))
        elif isinstance(layer, Softmax):
            module = torch.nn.Softmax(dim=1)
        elif isinstance(layer, ReLU) and layer.negative_slope:
            module = torch.nn.LeakyReLU(layer.negative_slope)
        else:
            module = {ReLU: torch.nn.ReLU, Sigmoid: torch.nn.Sigmoid}[type(layer)]()
        modules.append(module)
    return torch.nn.Sequential(*modules)


def loss_of(torch, loss, prediction, labels):
    functional, kind = torch.nn.functional, {"reduction": loss.reduction}
    if isinstance(loss, SoftmaxNLL):
        return functional.cross_entropy(prediction, labels, **kind)
    if isinstance(loss, SigmoidNLL):
        return functional.binary_cross_entropy_with_logits(
            prediction[:, 0], labels.to(prediction.dtype), **kind
        )
    if prediction.shape[1] == 1:
        return functional.binary_cross_entropy(prediction[:, 0], labels.to(prediction.dtype), **kind)
    return functional.nll_loss(torch.log(prediction), labels, **kind)


def assert_same_parameters(network, module, what="params", close=CLOSE):
    linears = [layer for layer in network.layers if isinstance(layer, Linear)]
    others = [m for m in module if hasattr(m, "weight")]
    for layer, other in zip(linears, others, strict=True):
        W, b = (other.weight, other.bias) if what == "params" else (other.weight.grad, other.bias.grad)
        np.testing.assert_allclose(getattr(layer, what)["W"], W.detach().numpy().T, **close)
        np.testing.assert_allclose(getattr(layer, what)["b"], b.detach().numpy(), **close)


LOSSES = [
    ("softmax apart", NLL, 4, (Softmax(),)),
    ("softmax together", SoftmaxNLL, 4, ()),
    ("sigmoid apart", NLL, 1, (Sigmoid(),)),
    ("sigmoid together", SigmoidNLL, 1, ()),
]


STEPS = 10


@pytest.mark.parametrize("block", range(5))
@pytest.mark.parametrize(("title", "kind", "outputs", "tail"), LOSSES)
def test_random_networks_losses_gradients_and_ten_steps(torch, title, kind, outputs, tail, block):
    """500 networks: depth, widths, layers, both reductions and dtypes, rates, momenta, L2, batches of any size."""
    for seed in range(25 * block, 25 * block + 25):
        rng = np.random.default_rng([seed, outputs, len(tail)])
        dtype = np.float32 if seed % 5 == 0 else np.float64
        close = {"rtol": 2e-3, "atol": 2e-4} if dtype == np.float32 else CLOSE
        inputs = int(rng.integers(1, 7))
        network = random_network(rng, inputs, outputs, tail, depth=5).astype(dtype)
        loss = kind(["mean", "sum"][rng.integers(2)])
        rate, momentum, l2 = 10 ** rng.uniform(-3, -1), rng.choice([0.0, 0.5, 0.9]), rng.choice([0.0, 0.01])
        module, optimiser = (
            twin(torch, network).to(getattr(torch, np.dtype(dtype).name)),
            SGDM(TrainingOptions(rate, momentum, l2)),
        )
        linears = [m for m in module if hasattr(m, "weight")]
        groups = [
            {"params": [m.weight for m in linears], "weight_decay": l2},
            {"params": [m.bias for m in linears], "weight_decay": 0.0},
        ]
        oracle = torch.optim.SGD(groups, lr=rate, momentum=momentum)
        for step in range(STEPS):
            x = rng.normal(size=(rng.integers(1, 9), inputs)).astype(dtype)
            labels = rng.integers(max(outputs, 2), size=len(x))
            x_torch = torch.tensor(x, requires_grad=True)
            oracle.zero_grad()
            expected = loss_of(torch, loss, module(x_torch), torch.tensor(labels))
            expected.backward()
            got = loss.forward(network.forward(x), labels)
            assert got == pytest.approx(expected.item(), rel=close["rtol"], abs=close["atol"]), (seed, step)
            dx = network.backward(loss.backward())
            assert dx.dtype == dtype
            np.testing.assert_allclose(dx, x_torch.grad.numpy(), err_msg=f"{seed} {step}", **close)
            assert_same_parameters(network, module, "grads", close)
            optimiser.step(network)
            oracle.step()
        assert_same_parameters(network, module, "params", close)


def test_l2_is_on_weights_only(torch, rng):
    network = random_network(rng, 5, 3)
    module = twin(torch, network)
    weights = [m.weight for m in module if hasattr(m, "weight")]
    biases = [m.bias for m in module if hasattr(m, "weight")]
    groups = [{"params": weights, "weight_decay": 0.01}, {"params": biases, "weight_decay": 0.0}]
    oracle, optimiser, loss = (
        torch.optim.SGD(groups, lr=0.1, momentum=0.9),
        SGDM(TrainingOptions(0.1, 0.9, 0.01)),
        SoftmaxNLL(),
    )
    for _ in range(5):
        x, labels = rng.normal(size=(6, 5)), rng.integers(3, size=6)
        oracle.zero_grad()
        loss_of(torch, loss, module(torch.tensor(x)), torch.tensor(labels)).backward()
        oracle.step()
        loss.forward(network.forward(x), labels)
        network.backward(loss.backward())
        optimiser.step(network)
        assert_same_parameters(network, module)


def test_a_hundred_iterations_at_the_reports_rate(torch):
    """Part C's network, data and options in float64: every batch loss to 1e-8."""
    digits = load_digits()
    data = dataclasses.replace(
        digits, x_train=digits.x_train.astype(float), x_validation=digits.x_validation.astype(float)
    )
    rng = np.random.default_rng(0)
    network = Network(Linear(784, 100, rng), ReLU(), Linear(100, 10, rng))
    options = TrainingOptions(5e-4, epochs=2)
    module, losses = twin(torch, network), []
    train(
        network, SoftmaxNLL(), data, options, [lambda s: losses.append(s.training_loss) or s.iteration == 100]
    )

    groups = [
        {"params": [m.weight for m in module if hasattr(m, "weight")], "weight_decay": options.l2},
        {"params": [m.bias for m in module if hasattr(m, "weight")], "weight_decay": 0.0},
    ]
    oracle = torch.optim.SGD(groups, lr=options.learning_rate, momentum=options.momentum)
    x, labels, oracle_losses = torch.tensor(data.x_train), torch.tensor(data.y_train), []
    for rows in list(mini_batches(len(x), options))[:100]:
        oracle.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(x[rows]), labels[rows])
        loss.backward()
        oracle.step()
        oracle_losses.append(loss.item())
    assert len(losses) == 100
    np.testing.assert_allclose(losses, oracle_losses, rtol=1e-8)
