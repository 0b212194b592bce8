"""Losses: how far a prediction is from its labels, as one number, and the gradient of that number.

All three are the negative log-likelihood (in nats) of the labels, averaged over the batch or summed.
A prediction of one column, (N, 1), is about label 1 against label 0; of K columns, (N, K), about labels 0 to K - 1.
"""

import numpy as np

from labutils import arguments


def total(terms: np.ndarray) -> float:
    """The sum of the losses; those in half precision are added up in single, for float16 ends at 65,504."""
    return float(terms.sum(dtype=np.float32 if terms.dtype == np.float16 else None))


class NLL:
    """Negative log-likelihood of probabilities p, to follow a sigmoid (N, 1) or a softmax (N, K).

    Exactly the formula: nothing is clipped and nothing is added, so log 0 is -inf and 0 times inf is NaN.
    """

    def __init__(self, reduction: str = "mean") -> None:
        arguments.one_of("reduction", reduction, ("mean", "sum"))
        self.reduction, self.divisor = reduction, 0

    def forward(self, p: np.ndarray, labels: np.ndarray) -> float:
        """-[t log p + (1 - t) log(1 - p)] for one column, -log p[label] for K. (N, 1) or (N, K), (N,) -> a float."""
        arguments.floats("p", p, "K", of=self)
        arguments.labels("labels", labels, len(p), classes=max(p.shape[1], 2), of=self)
        self.p, self.labels = p, labels
        self.divisor = len(p) if self.reduction == "mean" else 1
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if p.shape[1] == 1:
                t = labels[:, None].astype(p.dtype)
                terms = -(t * np.log(p) + (1 - t) * np.log(1 - p))
            else:
                terms = -np.log(p[np.arange(len(p)), labels])
            return total(terms) / self.divisor

    def backward(self) -> np.ndarray:
        """dp = (1 - t)/(1 - p) - t/p for one column; -1/p at the label, else 0, for K. -> the shape of p."""
        arguments.after_forward(self, self.divisor)
        p, labels = self.p, self.labels
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if p.shape[1] == 1:
                t = labels[:, None].astype(p.dtype)
                dp = (1 - t) / (1 - p) - t / p
            else:
                label = np.eye(p.shape[1], dtype=p.dtype)[labels]
                dp = np.where(label == 1, -1 / p, 0)
        return dp / self.divisor

    def predict(self, p: np.ndarray) -> np.ndarray:
        """The likeliest label: p > 1/2 for one column, the largest of K (NaN counts as the first). -> (N,)."""
        arguments.floats("p", p, "K", of=self)
        return p.argmax(axis=1) if p.shape[1] > 1 else (p[:, 0] > 0.5).astype(int)

    def __repr__(self) -> str:
        return f"NLL({self.reduction!r})"


class SigmoidNLL:
    """Sigmoid and negative log-likelihood in one, finite for every score z (N, 1). Labels are 0 or 1.

    (Where the losses add up to more than the dtype has numbers for, their sum is infinite; the gradient is right.)
    """

    def __init__(self, reduction: str = "mean") -> None:
        arguments.one_of("reduction", reduction, ("mean", "sum"))
        self.reduction, self.divisor = reduction, 0

    def forward(self, z: np.ndarray, labels: np.ndarray) -> float:
        """log(1 + exp(-z)) for label 1, log(1 + exp(z)) for label 0; logaddexp cannot overflow. -> a float."""
        arguments.floats("z", z, 1, of=self)
        arguments.labels("labels", labels, len(z), classes=2, of=self)
        self.z, self.t = z, labels[:, None].astype(z.dtype)
        self.divisor = len(z) if self.reduction == "mean" else 1
        with np.errstate(over="ignore"):  # of the sum, not of its terms
            return total(np.logaddexp(0, (1 - 2 * self.t) * z)) / self.divisor

    def backward(self) -> np.ndarray:
        """dz = sigmoid(z) - t. -> (N, 1)."""
        arguments.after_forward(self, self.divisor)
        sigmoid = np.exp(-np.logaddexp(0, -self.z))
        return (sigmoid - self.t) / self.divisor

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Label 1 where the score is positive. (N, 1) -> (N,)."""
        arguments.floats("z", z, 1, of=self)
        return (z[:, 0] > 0).astype(int)

    def __repr__(self) -> str:
        return f"SigmoidNLL({self.reduction!r})"


class SoftmaxNLL:
    """Softmax and negative log-likelihood in one, finite for every score z (N, K). Labels are 0 to K - 1.

    (Where the losses add up to more than the dtype has numbers for, their sum is infinite; the gradient is right.)
    """

    def __init__(self, reduction: str = "mean") -> None:
        arguments.one_of("reduction", reduction, ("mean", "sum"))
        self.reduction, self.divisor = reduction, 0

    def forward(self, z: np.ndarray, labels: np.ndarray) -> float:
        """log(sum_k exp(z_k)) - z[label], the largest score taken off first: exp cannot overflow. -> a float."""
        arguments.floats("z", z, "K", of=self)
        arguments.labels("labels", labels, len(z), classes=z.shape[1], of=self)
        self.labels = labels
        self.divisor = len(z) if self.reduction == "mean" else 1
        with np.errstate(over="ignore"):  # two scores may differ by more than the dtype holds
            shifted = z - z.max(axis=1, keepdims=True)
            e = np.exp(shifted)
            sums = e.sum(axis=1, keepdims=True)
            self.softmax = e / sums
            terms = np.log(sums[:, 0]) - shifted[np.arange(len(z)), labels]
            return total(terms) / self.divisor

    def backward(self) -> np.ndarray:
        """dz = softmax(z) - 1 at the label, softmax(z) elsewhere. -> (N, K)."""
        arguments.after_forward(self, self.divisor)
        dz = self.softmax.copy()
        dz[np.arange(len(dz)), self.labels] -= 1
        return dz / self.divisor

    def predict(self, z: np.ndarray) -> np.ndarray:
        """The label with the largest score (NaN counts as the first). (N, K) -> (N,)."""
        arguments.floats("z", z, "K", of=self)
        return z.argmax(axis=1)

    def __repr__(self) -> str:
        return f"SoftmaxNLL({self.reduction!r})"


Loss = NLL | SigmoidNLL | SoftmaxNLL
