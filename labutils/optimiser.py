"""The optimiser: stochastic gradient descent with momentum."""

import numpy as np

from labutils._internal import arguments
from labutils.network import Network
from labutils.record import TrainingOptions

__all__ = ["SGDM"]


class SGDM:
    """Stochastic gradient descent with momentum: v <- momentum v - rate gradient - rate l2 W, then W <- W + v.

    This is MATLAB's `sgdm` (`trainingOptions`). The L2 term applies to weights (arrays with two or more dimensions),
    not to biases. Of the options it uses learning_rate, momentum and l2.
    """

    def __init__(self, options: TrainingOptions) -> None:
        arguments.instance(TrainingOptions, options=options)
        self.learning_rate, self.momentum, self.l2 = options.learning_rate, options.momentum, options.l2
        self.velocities: dict[tuple[int, str], np.ndarray] = {}  # by layer and parameter

    def step(self, network: Network) -> None:
        """Change every parameter of the network once, by the gradients in `grads`, which stay as they are."""
        arguments.instance(Network, network=network)
        for i, layer in enumerate(network.layers):
            for name, parameter in layer.params.items():
                if (i, name) not in self.velocities:
                    self.velocities[i, name] = np.zeros_like(parameter)
                velocity, change = self.velocities[i, name], layer.grads[name]
                velocity *= self.momentum
                velocity -= change
                if parameter.ndim > 1 and self.l2 > 0:
                    np.multiply(parameter, self.learning_rate * self.l2, out=change)
                    velocity -= change
                parameter += velocity
