"""The optimiser: stochastic gradient descent with momentum."""

import numpy as np

from labutils._internal import arguments
from labutils.network import Network
from labutils.record import TrainingOptions

__all__ = ["SGDM"]


class SGDM:
    """Stochastic gradient descent with momentum: v <- momentum v - rate gradient - rate l2 W, then W <- W + v.

    This is MATLAB's `sgdm`. The L2 term applies to weights (arrays with two or more dimensions), not to biases.
    """

    def __init__(self, options: TrainingOptions) -> None:
        arguments.instance(TrainingOptions, options=options)
        self.learning_rate, self.momentum, self.l2 = options.learning_rate, options.momentum, options.l2
        self.velocities: dict[tuple[int, str], np.ndarray] = {}  # by layer and parameter
        self._products: dict[tuple[int, str], np.ndarray] = {}  # reused: rate gradient, rate l2 W

    def step(self, network: Network) -> None:
        """Update every parameter of the network once, with the gradients in `grads`, which stay as they are."""
        arguments.instance(Network, network=network)
        for i, layer in enumerate(network.layers):
            for name, parameter in layer.params.items():
                if (i, name) not in self._products:
                    self.velocities.setdefault((i, name), np.zeros_like(parameter))
                    self._products[i, name] = np.empty_like(parameter)
                velocity, product = self.velocities[i, name], self._products[i, name]
                velocity *= self.momentum
                velocity -= np.multiply(layer.grads[name], self.learning_rate, out=product)
                if parameter.ndim > 1:
                    velocity -= np.multiply(parameter, self.learning_rate * self.l2, out=product)
                parameter += velocity
