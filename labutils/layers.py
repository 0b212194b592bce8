"""Layers: each turns its input into its output, and the gradient of its output into the gradient of its input.

A batch is rows: x is (N, D). A layer keeps what `backward` needs from its last `forward`.
`params` and `grads` hold arrays under equal keys; `backward` fills `grads`.
"""

import numpy as np

from labutils import arguments


class Linear:
    """Fully connected layer: y = x W + b, with W (D, M) and b (M,). x: (N, D) -> y: (N, M)."""

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator, init: str = "glorot") -> None:
        """Biases start at 0, weights as `init` says.

        "glorot": uniform in +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio, 2010); "normal": N(0, 0.01^2);
        "zeros". Every unit draws from a generator of its own, spawned from `rng`: the first H units are the
        same draws whatever the size of the layer.
        """
        arguments.whole_number("inputs", inputs)
        arguments.whole_number("outputs", outputs)
        arguments.one_of("init", init, ("glorot", "normal", "zeros"))
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng: expected np.random.default_rng(seed), got {arguments.describe(rng)}")
        self.inputs, self.outputs = inputs, outputs = int(inputs), int(outputs)
        units = rng.spawn(1)[0].spawn(outputs)
        if init == "glorot":
            limit = np.sqrt(6 / (inputs + outputs))
            W = np.stack([unit.uniform(-1, 1, inputs) for unit in units], axis=1) * limit
        elif init == "normal":
            W = np.stack([unit.normal(0, 0.01, inputs) for unit in units], axis=1)
        else:
            W = np.zeros((inputs, outputs))
        self.params = {"W": W, "b": np.zeros(outputs)}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.x = np.empty((0, inputs))

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y = x W + b, in the dtype of x. x: (N, D) -> (N, M)."""
        arguments.floats("x", x, self.inputs, of=self)
        self.x = x
        W, b = (self.params[name].astype(x.dtype, copy=False) for name in "Wb")
        with np.errstate(invalid="ignore"):  # a BLAS may set this flag for nothing; overflow still warns
            y = x @ W
        y += b
        return y

    def backward(self, dy: np.ndarray, input_gradient: bool = True) -> np.ndarray | None:
        """dW = x^T dy, db = the sum of dy over the batch, dx = dy W^T. dy: (N, M) -> (N, D).

        The first layer of a network has nobody who waits for dx: `input_gradient=False` spares that product.
        """
        arguments.gradient(self, dy, (len(self.x), self.outputs))
        arguments.flag("input_gradient", input_gradient)
        dy.sum(axis=0, out=self.grads["b"])
        with np.errstate(invalid="ignore"):  # as in forward
            np.matmul(self.x.T, dy, out=self.grads["W"])
            return dy @ self.params["W"].T.astype(dy.dtype, copy=False) if input_gradient else None

    def __repr__(self) -> str:
        return f"Linear({self.inputs}, {self.outputs})"


class Sigmoid:
    """y = 1 / (1 + exp(-x)), element by element. x: (N, M) -> y: (N, M)."""

    def __init__(self) -> None:
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.y = np.empty((0, 0))

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x: (N, M) -> (N, M), between 0 and 1; in float64 exactly 1 from x = 37 on."""
        arguments.floats("x", x, of=self)
        with np.errstate(over="ignore"):  # exp(-x) may be infinite: 1 / (1 + inf) is then 0, as it should be
            self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy y (1 - y). dy: (N, M) -> (N, M)."""
        arguments.gradient(self, dy, self.y.shape)
        return dy * self.y * (1 - self.y)

    def __repr__(self) -> str:
        return "Sigmoid()"


class ReLU:
    """y = max(x, 0), element by element. x: (N, M) -> y: (N, M)."""

    def __init__(self) -> None:
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.y = np.empty((0, 0))

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x: (N, M) -> (N, M)."""
        arguments.floats("x", x, of=self)
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx = dy where x > 0, else 0 (also at x = 0, where ReLU has no derivative). dy: (N, M) -> (N, M)."""
        arguments.gradient(self, dy, self.y.shape)
        return dy * (self.y > 0)

    def __repr__(self) -> str:
        return "ReLU()"


class Softmax:
    """y_k = exp(x_k) / sum_j exp(x_j), row by row. x: (N, K) -> y: (N, K), and each row sums to 1."""

    def __init__(self) -> None:
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.y = np.empty((0, 0))

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x: (N, K) -> (N, K). Taking off the largest score changes nothing, and exp cannot overflow."""
        arguments.floats("x", x, "K", of=self)
        with np.errstate(over="ignore"):  # two scores may differ by -infinity: its exp is 0
            e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """dx_k = y_k (dy_k - sum_j dy_j y_j). dy: (N, K) -> (N, K)."""
        arguments.gradient(self, dy, self.y.shape)
        return self.y * (dy - (dy * self.y).sum(axis=1, keepdims=True))

    def __repr__(self) -> str:
        return "Softmax()"


Layer = Linear | Sigmoid | ReLU | Softmax
