"""A network: layers in a row. Forward runs them in order, backward in reverse."""

import numpy as np

from labutils import arguments
from labutils.layers import Layer, Linear


class Network:
    """Layers in a row; `print(network)` shows their shapes and how many parameters each has."""

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise ValueError("layers: expected at least one layer, got none")
        if len({id(layer) for layer in layers}) < len(layers):  # it would forget what it saw first
            raise ValueError(f"layers: expected each layer once, got one of {list(layers)} twice")
        width = None
        for layer in layers:
            arguments.like("layers such as Linear(784, 100, rng)", arguments.LAYER, layers=layer)
            if isinstance(layer, Linear):
                if width not in (None, layer.inputs):
                    raise ValueError(f"layers: expected a layer of {width} inputs, got {layer}")
                width = layer.outputs
        self.layers = layers

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Each layer takes what the one before it gave. x: (N, D) -> scores or probabilities (N, K)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: np.ndarray, input_gradient: bool = True) -> np.ndarray | None:
        """The chain rule, from the last layer to the first; fills every layer's `grads`. dy: (N, K) -> (N, D).

        Training needs no gradient of the images: with `input_gradient=False` the first layer does not compute it.
        """
        first, *others = self.layers
        for layer in reversed(others):
            dy = layer.backward(dy)  # type: ignore[assignment]  # an array, unless it is spared
        return first.backward(dy, input_gradient) if isinstance(first, Linear) else first.backward(dy)

    def astype(self, dtype: type | np.dtype) -> "Network":
        """Turn every parameter into this dtype, in this network, and return it."""
        arguments.float_type("dtype", dtype)
        for layer in self.layers:
            for arrays in (layer.params, layer.grads):
                arrays.update({name: array.astype(dtype) for name, array in arrays.items()})
        return self

    @property
    def parameter_count(self) -> int:
        """How many weights and biases there are."""
        return sum(array.size for layer in self.layers for array in layer.params.values())

    def __repr__(self) -> str:
        lines = [f"{'layer':<20}{'parameters':<28}{'count':>10}"]
        for layer in self.layers:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in layer.params.items()) or "-"
            count = sum(array.size for array in layer.params.values())
            lines.append(f"{layer!r:<20}{shapes:<28}{count:>10,}")
        return "\n".join([*lines, f"{'':<20}{'':<28}{self.parameter_count:>10,}"])
