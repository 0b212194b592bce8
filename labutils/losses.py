"""Losses: a number that measures how far predictions are from the labels, and the gradient of that number.

All three are the negative log-likelihood of the labels in nats: the mean over a batch (loss and gradient are divided
by N) or the sum. A prediction (N, 1) is about label 1 as opposed to label 0, and (N, K) about labels 0 to K - 1.
"""

import numpy as np

from labutils._internal import arguments

__all__ = ["NLL", "Loss", "SigmoidNLL", "SoftmaxNLL"]


class _NegativeLogLikelihood:
    """What the three losses share: the reduction, and the predicted labels."""

    threshold = 0.0  # one column above this predicts label 1

    def __init__(self, reduction: str = "mean") -> None:
        arguments.one_of("reduction", reduction, ("mean", "sum"))
        self.reduction, self.divisor = reduction, 0

    def predict(self, prediction: np.ndarray) -> np.ndarray:
        """The most probable label in each row; NaN counts as the largest of K. (N, 1) or (N, K) -> (N,)."""
        arguments.floats("prediction", prediction, "K", of=self)
        one = prediction.shape[1] == 1
        return (prediction[:, 0] > self.threshold).astype(int) if one else prediction.argmax(axis=1)

    def _reduced(self, terms: np.ndarray) -> float:
        """The mean or sum of the terms (N,) or (N, 1). Half precision ends at 65,504 and is summed in single."""
        self.divisor = len(terms) if self.reduction == "mean" else 1
        return float(terms.sum(dtype=np.float32 if terms.dtype == np.float16 else None)) / self.divisor

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.reduction!r})"


class NLL(_NegativeLogLikelihood):
    """Negative log-likelihood of probabilities p, which come from a sigmoid (N, 1) or a softmax (N, K).

    The formula as it stands: nothing is clipped or added, so log 0 is -inf and 0 times inf is NaN.
    """

    threshold = 0.5

    def forward(self, p: np.ndarray, labels: np.ndarray) -> float:
        """-[t log p + (1 - t) log(1 - p)] for one column, -log p[label] for K. (N, 1) or (N, K), (N,) -> a float."""
        arguments.floats("p", p, "K", of=self)
        arguments.labels("labels", labels, len(p), classes=max(p.shape[1], 2), of=self)
        self.p, self.labels = p, labels
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if p.shape[1] == 1:
                t = labels[:, None].astype(p.dtype)
                terms = -(t * np.log(p) + (1 - t) * np.log(1 - p))
            else:
                terms = -np.log(p[np.arange(len(p)), labels])
            return self._reduced(terms)

    def backward(self) -> np.ndarray:
        """dp = (1 - t)/(1 - p) - t/p for one column; -1/p at the label, else 0, for K. -> the shape of p."""
        arguments.after_forward(self, self.divisor)
        p, labels = self.p, self.labels[:, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if p.shape[1] == 1:
                dp = (1 - labels.astype(p.dtype)) / (1 - p) - labels.astype(p.dtype) / p
            else:
                dp = np.where(np.arange(p.shape[1]) == labels, -1 / p, 0)
        return dp / self.divisor


class SigmoidNLL(_NegativeLogLikelihood):
    """Sigmoid and negative log-likelihood in one; terms and gradient are finite for every score z (N, 1)."""

    def forward(self, z: np.ndarray, labels: np.ndarray) -> float:
        """log(1 + exp(-z)) for label 1, log(1 + exp(z)) for label 0; logaddexp cannot overflow. -> a float."""
        arguments.floats("z", z, 1, of=self)
        arguments.labels("labels", labels, len(z), classes=2, of=self)
        self.z, self.t = z, labels[:, None].astype(z.dtype)
        with np.errstate(over="ignore"):  # the sum of the terms may be infinite in this dtype
            return self._reduced(np.logaddexp(0, (1 - 2 * self.t) * z))

    def backward(self) -> np.ndarray:
        """dz = sigmoid(z) - t. -> (N, 1)."""
        arguments.after_forward(self, self.divisor)
        sigmoid = np.exp(-np.logaddexp(0, -self.z))
        return (sigmoid - self.t) / self.divisor


class SoftmaxNLL(_NegativeLogLikelihood):
    """Softmax and negative log-likelihood in one; terms and gradient are finite for every score z (N, K)."""

    threshold = np.inf  # one column is one class, whose label is 0

    def forward(self, z: np.ndarray, labels: np.ndarray) -> float:
        """log(sum_k exp(z_k)) - z[label]; the largest score is subtracted first, so exp cannot overflow. -> a float."""
        arguments.floats("z", z, "K", of=self)
        arguments.labels("labels", labels, len(z), classes=z.shape[1], of=self)
        self.at_label = np.arange(len(z)), labels  # rows and columns
        with np.errstate(over="ignore"):  # two scores may differ by more than the dtype holds
            shifted = z - np.asfortranarray(z).max(axis=1, keepdims=True)  # this order makes max faster
            e = np.exp(shifted)
            sums = e.sum(axis=1, keepdims=True)
            self.softmax = e / sums
            terms = np.log(sums[:, 0]) - shifted[self.at_label]
            return self._reduced(terms)

    def backward(self) -> np.ndarray:
        """dz = softmax(z) - 1 at the label, softmax(z) elsewhere. -> (N, K)."""
        arguments.after_forward(self, self.divisor)
        dz = self.softmax.copy()
        dz[self.at_label] -= 1
        return dz / self.divisor


Loss = NLL | SigmoidNLL | SoftmaxNLL
