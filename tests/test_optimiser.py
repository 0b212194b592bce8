import numpy as np
import pytest

from labutils.layers import Linear, ReLU
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.record import TrainingOptions


def test_momentum_and_l2_are_the_toolbox_formula(rng):
    layer = Linear(3, 2, rng)
    network = Network(layer)
    W, b = layer.params["W"].copy(), layer.params["b"].copy()
    vW, vb = np.zeros_like(W), np.zeros_like(b)
    optimiser = SGDM(TrainingOptions(0.1, momentum=0.8, l2=0.01))
    for _ in range(3):
        gW, gb = rng.normal(size=W.shape), rng.normal(size=b.shape)
        layer.grads = {"W": 0.1 * gW, "b": 0.1 * gb}  # rate times gradient
        vW = 0.8 * vW - 0.1 * (gW + 0.01 * W)
        vb = 0.8 * vb - 0.1 * gb  # no L2 on biases
        W, b = W + vW, b + vb
        optimiser.step(network)
        np.testing.assert_allclose(layer.params["W"], W, rtol=1e-12)
        np.testing.assert_allclose(layer.params["b"], b, rtol=1e-12)


def test_the_optimiser_takes_options_and_a_network():
    with pytest.raises(TypeError, match=r"^options: expected a TrainingOptions, got 0\.1$"):
        SGDM(0.1)
    with pytest.raises(TypeError, match=r"^network: expected a Network, got ReLU\(\)$"):
        SGDM(TrainingOptions(0.1)).step(ReLU())
