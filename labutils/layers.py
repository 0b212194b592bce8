"""Layers: `forward` computes the output, `backward` applies the chain rule. A batch is stored as rows: x is (N, D)."""

from typing import Protocol

import numpy as np

from labutils._internal import arguments

__all__ = ["Layer", "Linear", "ReLU", "Sigmoid", "Softmax"]


class Layer(Protocol):
    """What an object must provide to be a layer of a `Network`.

    - `params` and `grads` are dictionaries of float arrays with equal keys and shapes; both are empty if there is
      nothing to learn. Training changes the arrays in `params`, so `forward` reads them there in every call. Arrays
      with two or more dimensions are weights, to which L2 regularisation applies; all others are biases.
    - `forward(x)` returns the output as a new array. `backward(dy)` takes the gradient of the loss with respect to this
      output, writes the gradients with respect to the parameters into `grads`, and returns the one with respect to x.
    - A layer that works differently in training, such as Dropout, has an attribute `training`, which the network sets.
    """

    params: dict[str, np.ndarray]
    grads: dict[str, np.ndarray]

    def forward(self, x: np.ndarray, /) -> np.ndarray: ...
    def backward(self, dy: np.ndarray, /) -> np.ndarray: ...


class Linear:
    """Fully connected layer: y = x W + b, with W (D, M) and b (M,). x: (N, D) -> y: (N, M)."""

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator, init: str = "glorot") -> None:
        """Biases start at 0, and `init` determines how weights start.

        "glorot": uniform in ±sqrt(6 / (inputs + outputs)) (Glorot and Bengio, 2010); "normal": N(0, 0.01²);
        "zeros". Each unit draws from its own generator, spawned from `rng`, so the first H units have the same draws
        whatever the size of the layer ("glorot" then scales them by it).
        """
        arguments.whole_number("inputs", inputs)
        arguments.whole_number("outputs", outputs)
        arguments.instance(np.random.Generator, rng=rng)
        self.inputs, self.outputs = inputs, outputs = int(inputs), int(outputs)
        limit = np.sqrt(6 / (inputs + outputs))
        draw = {
            "glorot": lambda unit: unit.uniform(-1, 1, inputs) * limit,
            "normal": lambda unit: unit.normal(0, 0.01, inputs),
            "zeros": lambda unit: np.zeros(inputs),
        }
        arguments.one_of("init", init, tuple(draw))
        W = np.stack([draw[init](unit) for unit in rng.spawn(1)[0].spawn(outputs)], axis=1)
        self.params = {"W": W, "b": np.zeros(outputs)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.x = np.empty((0, inputs))

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x W + b, in the dtype of x. x: (N, D) -> (N, M)."""
        arguments.floats("x", x, self.inputs, of=self)
        self.x = x
        W, b = self.params["W"].astype(x.dtype, copy=False), self.params["b"].astype(x.dtype, copy=False)
        with np.errstate(invalid="ignore"):  # some BLAS builds set this flag for correct products
            y = x @ W
        y += b
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy W^T, after the gradients of the parameters. dy: (N, M) -> (N, D)."""
        self.parameter_gradients(dy)
        with np.errstate(invalid="ignore"):  # as in forward
            return dy @ self.params["W"].T.astype(dy.dtype, copy=False)

    def parameter_gradients(self, dy: np.ndarray) -> None:
        """dW = x^T dy and db = the sum of dy over the batch, without dx, which the first layer does not need."""
        arguments.gradient(self, dy, (len(self.x), self.outputs))
        dy.sum(axis=0, out=self.grads["b"])
        with np.errstate(invalid="ignore"):  # as in forward
            np.matmul(self.x.T, dy, out=self.grads["W"])

    def __repr__(self) -> str:
        return f"Linear({self.inputs}, {self.outputs})"


class _WithoutParameters:
    """What Sigmoid, ReLU and Softmax share: nothing to learn, and the last output y, which `backward` needs."""

    def __init__(self) -> None:
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.y = np.empty((0, 0))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Sigmoid(_WithoutParameters):
    """y = 1 / (1 + exp(-x)), elementwise. x: (N, M) -> y: (N, M)."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x: (N, M) -> (N, M), between 0 and 1; in float64 exactly 1 from x = 37 on."""
        arguments.floats("x", x, of=self)
        with np.errstate(over="ignore"):  # exp(-x) may be infinite; 1 / (1 + inf) is then 0, which is correct
            self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy y (1 - y). dy: (N, M) -> (N, M)."""
        arguments.gradient(self, dy, self.y.shape)
        return dy * self.y * (1 - self.y)


class ReLU(_WithoutParameters):
    """y = x where x > 0, else negative_slope x, elementwise. x: (N, M) -> y: (N, M)."""

    def __init__(self, negative_slope: float = 0.0) -> None:
        """Without a slope y = max(x, 0); with one, below 1, the leaky ReLU (Maas, Hannun and Ng, 2013)."""
        super().__init__()
        arguments.number("negative_slope", negative_slope, high=1)
        self.negative_slope = float(negative_slope)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = max(x, negative_slope x), because the slope is below 1. x: (N, M) -> (N, M)."""
        arguments.floats("x", x, of=self)
        y = self.negative_slope * x if self.negative_slope else np.zeros_like(x)  # 0 times infinity is NaN
        self.y = np.maximum(x, y, out=y)  # faster than np.maximum(x, 0)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy where x > 0, else negative_slope dy (also at x = 0, without a derivative). dy: (N, M) -> (N, M)."""
        arguments.gradient(self, dy, self.y.shape)
        derivative = (self.y > 0).astype(dy.dtype)  # 1 exactly where x > 0
        if self.negative_slope:
            np.maximum(derivative, self.negative_slope, out=derivative)
        return np.multiply(dy, derivative, out=derivative)

    def __repr__(self) -> str:
        return f"ReLU(negative_slope={self.negative_slope})" if self.negative_slope else super().__repr__()


class Softmax(_WithoutParameters):
    """y_k = exp(x_k) / sum_j exp(x_j) in each row. x: (N, K) -> y: (N, K), and each row sums to 1."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x: (N, K) -> (N, K). Subtracting the largest score of a row changes nothing, and exp cannot overflow."""
        arguments.floats("x", x, "K", of=self)
        with np.errstate(over="ignore"):  # the difference of two scores may be -infinity; its exp is 0
            e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx_k = y_k (dy_k - sum_j dy_j y_j). dy: (N, K) -> (N, K)."""
        arguments.gradient(self, dy, self.y.shape)
        return self.y * (dy - (dy * self.y).sum(axis=1, keepdims=True))
