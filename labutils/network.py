"""A network: layers in sequence. `forward` runs them in order, `backward` in reverse order."""

import numpy as np

from labutils._internal import arguments
from labutils._internal.fit import check_layers
from labutils.layers import Layer, Linear

__all__ = ["Network"]


class Network:
    """A sequence of objects that provide what `Layer` describes; `print(network)` shows their shapes and sizes."""

    def __init__(self, *layers: Layer) -> None:
        check_layers(layers)
        self.layers = layers

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The output of the last layer: scores or probabilities. x: (N, D) -> (N, K)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: np.ndarray, input_gradient: bool = True) -> np.ndarray | None:
        """The chain rule, from the last layer to the first; fills the `grads` of every layer. dy: (N, K) -> (N, D).

        With `input_gradient=False` a first `Linear` layer omits the gradient with respect to x, and the result is None.
        """
        arguments.flag("input_gradient", input_gradient)
        first, *others = self.layers
        for layer in reversed(others):
            dy = layer.backward(dy)
        if not input_gradient and isinstance(first, Linear) and type(first).backward is Linear.backward:
            first.parameter_gradients(dy)
            return None
        return first.backward(dy)

    def set_training(self, training: bool) -> None:
        """Set the attribute `training` of the layers that have one, such as Dropout. `train` and `evaluate` do this."""
        arguments.flag("training", training)
        for layer in self.layers:
            if hasattr(layer, "training"):
                layer.training = training

    def astype(self, dtype: type | np.dtype) -> "Network":
        """This network, with every parameter and gradient converted to the dtype."""
        arguments.float_type("dtype", dtype)
        for layer in self.layers:
            for arrays in (layer.params, layer.grads):
                arrays.update({name: array.astype(dtype, copy=False) for name, array in arrays.items()})
        return self

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(array.size for layer in self.layers for array in layer.params.values())

    def __repr__(self) -> str:
        lines = [f"{'layer':<20}{'parameters':<28}{'count':>10}"]
        for layer in self.layers:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in layer.params.items()) or "-"
            count = sum(array.size for array in layer.params.values())
            lines.append(f"{layer!r:<20}{shapes:<28}{count:>10,}")
        return "\n".join([*lines, f"{'':<20}{'':<28}{self.parameter_count:>10,}"])
