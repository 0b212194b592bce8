import numpy as np
import pytest

from labutils.exercises.gradients import check_network
from labutils.layers import Linear, ReLU, Sigmoid, Softmax
from labutils.losses import NLL, SoftmaxNLL
from labutils.network import Network


def test_forward_and_backward_are_the_layers_in_a_row(rng):
    first, middle, last = Linear(4, 3, rng), Sigmoid(), Linear(3, 2, rng)
    network, x, dy = Network(first, middle, last), rng.normal(size=(5, 4)), rng.normal(size=(5, 2))
    np.testing.assert_array_equal(network.forward(x), last.forward(middle.forward(first.forward(x))))
    np.testing.assert_array_equal(network.backward(dy), first.backward(middle.backward(last.backward(dy))))
    assert network.backward(dy, input_gradient=False) is None
    with pytest.raises(TypeError, match=r"^input_gradient: expected True or False, got 0$"):
        network.backward(dy, 0)
    activation_first = Network(Sigmoid(), last)
    activation_first.forward(x[:, :3])
    expected = activation_first.layers[0].backward(last.backward(dy))
    np.testing.assert_array_equal(activation_first.backward(dy, input_gradient=False), expected)


@pytest.mark.parametrize(("tail", "loss"), [((), SoftmaxNLL), ((Softmax,), lambda: NLL("sum"))])
def test_gradients_of_a_whole_network_agree(rng, tail, loss):
    layers = Linear(4, 6, rng), ReLU(), Linear(6, 5, rng), Sigmoid(), Linear(5, 3, rng)
    network = Network(*layers, *(kind() for kind in tail))
    result = check_network(network, loss(), rng.normal(size=(7, 4)), rng.integers(3, size=7))
    assert result, result


def test_it_prints_its_layers_and_counts(rng):
    assert str(Network(Linear(784, 100, rng), ReLU(), Linear(100, 10, rng))).splitlines() == [
        "layer               parameters                       count",
        "Linear(784, 100)    W (784, 100), b (100,)          78,500",
        "ReLU()              -                                    0",
        "Linear(100, 10)     W (100, 10), b (10,)             1,010",
        "                                                    79,510",
    ]


def test_astype_turns_every_parameter(rng):
    network = Network(Linear(4, 3, rng), ReLU(), Linear(3, 2, rng)).astype(np.float32)
    for layer in network.layers:
        for arrays in (layer.params, layer.grads):
            assert {array.dtype for array in arrays.values()} <= {np.dtype(np.float32)}


def test_a_type_that_is_no_float_is_named(rng):
    with pytest.raises(TypeError, match=r"^dtype: expected a float type such as np\.float32, got 'int8'$"):
        Network(Linear(4, 3, rng)).astype("int8")


def test_a_layer_that_stands_twice_is_named(rng):
    """It would keep what it saw last, and give wrong gradients for what it saw first."""
    relu = ReLU()
    with pytest.raises(
        ValueError, match=r"^layers: expected each layer once, got one of \[Linear.*ReLU.* twice$"
    ):
        Network(Linear(5, 3, rng), relu, Linear(3, 3, rng), relu)


def test_layers_that_do_not_fit_are_named(rng):
    with pytest.raises(ValueError, match=r"^layers: expected a layer of 3 inputs, got Linear\(4, 2\)"):
        Network(Linear(5, 3, rng), ReLU(), Linear(4, 2, rng))
    with pytest.raises(
        TypeError, match=r"^layers: expected layers such as Linear.*, got \[Linear\(5, 3\), ReLU\(\)\]"
    ):
        Network([Linear(5, 3, rng), ReLU()])
    with pytest.raises(ValueError, match=r"^layers: expected at least one layer, got \(\)$"):
        Network()
