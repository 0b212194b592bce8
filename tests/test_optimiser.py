import numpy as np
import pytest

from labutils.layers import Linear, ReLU
from labutils.losses import SoftmaxNLL
from labutils.network import Network
from labutils.optimiser import SGDM
from labutils.training import TrainingOptions, train


def test_momentum_and_l2_are_the_toolbox_formula(rng):
    layer = Linear(3, 2, rng)
    network = Network(layer)
    W, b = layer.params["W"].copy(), layer.params["b"].copy()
    vW, vb = np.zeros_like(W), np.zeros_like(b)
    optimiser = SGDM(TrainingOptions(0.1, momentum=0.8, l2=0.01))
    for _ in range(3):
        gW, gb = rng.normal(size=W.shape), rng.normal(size=b.shape)
        layer.grads = {"W": gW, "b": gb}
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


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_a_step_leaves_the_gradients_intact(rng, l2):
    """A callback may read a gradient after the update."""
    layer = Linear(3, 2, rng)
    layer.grads = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    before = {name: gradient.copy() for name, gradient in layer.grads.items()}
    optimiser = SGDM(TrainingOptions(0.1, l2=l2))
    for _ in range(2):
        optimiser.step(Network(layer))
    for name, gradient in before.items():
        np.testing.assert_array_equal(layer.grads[name], gradient)


def test_a_callback_reads_the_gradient_of_the_step_that_was_made(small_network, blobs):
    norms = []

    def keep(step):
        network, loss = small_network(), SoftmaxNLL()
        loss.forward(network.forward(blobs.x_train), blobs.y_train)
        network.backward(loss.backward())
        for layer, expected in zip(step.network.layers, network.layers, strict=True):
            for name, gradient in layer.grads.items():
                np.testing.assert_allclose(gradient, expected.grads[name])
                norms.append(np.linalg.norm(gradient))
        return True

    full = TrainingOptions(0.1, batch_size=len(blobs.x_train), shuffle="never")
    train(small_network(), SoftmaxNLL(), blobs, full, [keep])
    assert min(norms) > 1e-3
