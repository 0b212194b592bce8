"""Exercise A7.2: the bound on the learning rate."""

import numpy as np

from labutils.instructor.bank import random_inputs
from labutils.instructor.bank.entry import BankEntry, WrongAnswer


def _largest(X: np.ndarray) -> float:
    return float(np.linalg.norm(X, 2) ** 2)


def _eigenvalues(X: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh(X.T @ X)


def _eigenvectors(X: np.ndarray) -> np.ndarray:
    return np.linalg.eigh(X.T @ X)[1]


_FROBENIUS = (
    "The sum of the squares of all entries (the Frobenius norm, or the trace) is used; it is larger than "
)
_FROBENIUS += "the curvature in any direction."
_SLOPE = "The largest value of p (1 - p) is not used, or not the right one."
_POWER = "The length of `X` v enters the curvature in another power."
_ROW = "The row with the largest length is used; all samples together give the curvature."
_COLUMN = (
    "Each column is treated by itself; the curvature is largest in a direction that can mix the columns."
)
_ONES = "The column of ones is left out; the bias moves too."
_N = "There is a division by the number of samples; the loss here is the sum."

BOUND = BankEntry(
    about="the bound 2 / L on the learning rate of gradient descent, for X with its column of ones",
    names=("the bound",),
    function="stability_bound",
    # one result, of all samples together
    partial={"in place": 0.75, "factor": 0.5},
    inputs=random_inputs.bound_inputs,
    sizes={"the number of samples": ("X", 0), "the number of columns of `X`": ("X", 1)},
    samples={"X": 0},
    words={
        "L": "the curvature `L`",
        "H": "the matrix of second derivatives",
        "X.T @ X": "the product of `X` with itself",
        "np.linalg.norm(X, 2)": "the largest length of `X` v",
        "np.linalg.eigvalsh(X.T @ X)": "the eigenvalues",
        "values": "the eigenvalues",
        "length": "the largest length of `X` v",
        "2 / L": "the bound",
        "4": "the number in the curvature",
        "0.25": "the number in the curvature",
        "8": "the number in the numerator",
    },
    writings=(
        """
def stability_bound(X):
    L = np.linalg.norm(X, 2) ** 2 / 4
    bound = 2 / L
    return bound
""",
        """
def stability_bound(X):
    values = np.linalg.eigvalsh(X.T @ X)
    L = values[-1] / 4
    bound = 2 / L
    return bound
""",
        """
def stability_bound(X):
    H = 0.25 * (X.T @ X)
    values = np.linalg.eigvals(H)
    L = np.max(values)
    return 2 / L
""",
        """
def stability_bound(X):
    length = np.linalg.svd(X)[1][0]
    return 8 / length ** 2
""",
        """
def stability_bound(X):
    L = np.max(np.linalg.eigvalsh(X.T @ X)) * 0.25
    return 2.0 / L
""",
    ),
    hints=(
        "With one weight, the slope of the sigmoid is at most 1/4, and this gives the factor in the bound. "
        "Which number replaces the sum of the squares if there are several weights?",
        "The curvature depends on the direction v in which the weights move. "
        "Look for the direction of length 1 in which the numbers X v are largest, taken together.",
        "NumPy's norm gives a length, and the curvature grows with its square. "
        "Check your function with an X of one column: the result is the bound for one weight.",
    ),
    mistakes=(
        WrongAnswer(_SLOPE, lambda X: 2 / _largest(X)),
        WrongAnswer(
            "Either a step may be longer (what happens to the distance at this rate?), or the largest value "
            "of p (1 - p) is not the right one.",
            lambda X: 4 / _largest(X),
        ),
        WrongAnswer(
            _SLOPE + " Also, a step may be longer: what happens to the distance at this rate?",
            lambda X: 1 / _largest(X),
        ),
        WrongAnswer("This is the curvature itself; which rate does it allow?", lambda X: _largest(X) / 4),
        WrongAnswer(
            "This is the curvature without the largest value of p (1 - p); which rate does it allow?",
            _largest,
        ),
        WrongAnswer(
            "The fraction is upside down: a larger curvature allows only smaller rates.",
            lambda X: _largest(X) / 8,
        ),
        WrongAnswer(
            "The largest value of p (1 - p) is on the wrong side of the fraction.",
            lambda X: 0.5 / _largest(X),
        ),
        WrongAnswer("The largest value of p (1 - p) is there twice.", lambda X: 32 / _largest(X)),
        *(
            WrongAnswer(
                "The bound is too large: what happens to the distance at this rate?",
                lambda X, f=factor: f / _largest(X),
            )
            for factor in (16, 64)
        ),
        WrongAnswer("The sign is wrong.", lambda X: -8 / _largest(X)),
        WrongAnswer(_POWER, lambda X: 8 / np.linalg.norm(X, 2)),
        WrongAnswer(f"{_POWER} Also, {_SLOPE[0].lower()}{_SLOPE[1:]}", lambda X: 2 / np.linalg.norm(X, 2)),
        WrongAnswer(_POWER, lambda X: 4 / np.linalg.norm(X, 2)),
        WrongAnswer("The eigenvalue is squared once too often.", lambda X: 8 / _largest(X) ** 2),
        *(
            WrongAnswer(sentence.replace("{}", also), lambda X, f=factor, g=value: f / g(X))
            for factor, also in (
                (8, ""),
                (2, f" Also, {_SLOPE[0].lower()}{_SLOPE[1:]}"),
                (4, " Also, the factor is wrong."),
            )
            for sentence, value in (
                (
                    "The smallest eigenvalue is used; which direction becomes unstable first?{}",
                    lambda X: _eigenvalues(X)[0],
                ),
                (_FROBENIUS + "{}", lambda X: (X**2).sum()),
                (
                    "The Frobenius norm of `X` is used; what is the length of `X` v in one direction?{}",
                    lambda X: np.linalg.norm(X),
                ),
                (
                    "The Frobenius norm of the matrix of second derivatives is used; it is larger than the "
                    "curvature in any direction.{}",
                    lambda X: np.linalg.norm(X.T @ X),
                ),
                (
                    "The sum of the absolute values in a row of the matrix is used; it is not the "
                    "curvature in any direction.{}",
                    lambda X: np.linalg.norm(X.T @ X, 1),
                ),
                (_ROW + "{}", lambda X: (X**2).sum(axis=1).max()),
                (
                    _ROW + " Also, its length enters in another power.{}",
                    lambda X: np.sqrt((X**2).sum(axis=1).max()),
                ),
                (
                    "The row with the smallest length is used; all samples together give the curvature.{}",
                    lambda X: (X**2).sum(axis=1).min(),
                ),
                (
                    "The mean over the samples is used; their squares are added.{}",
                    lambda X: (X**2).sum(axis=1).mean(),
                ),
                (_COLUMN + "{}", lambda X: (X**2).sum(axis=0).max()),
                (
                    _COLUMN + " Also, its length enters in another power.{}",
                    lambda X: np.sqrt((X**2).sum(axis=0).max()),
                ),
                (_COLUMN + " The smallest sum of squares is used.{}", lambda X: (X**2).sum(axis=0).min()),
                (_COLUMN + " The mean over the columns is used.{}", lambda X: (X**2).sum(axis=0).mean()),
                ("Only the first column of `X` is used.{}", lambda X: (X[:, 0] ** 2).sum()),
                ("Only the last column of `X`, the ones, is used.{}", lambda X: (X[:, -1] ** 2).sum()),
                ("Only the first row of `X` is used.{}", lambda X: (X[0] ** 2).sum()),
                (
                    "The largest entry of the matrix is used; it is not an eigenvalue.{}",
                    lambda X: (X.T @ X).max(),
                ),
                (
                    "The largest entry of the matrix of products of samples is used; it is not an eigenvalue.{}",
                    lambda X: (X @ X.T).max(),
                ),
                ("The largest entry of `X` is used.{}", lambda X: X.max()),
                ("The largest absolute entry of `X` is used.{}", lambda X: np.abs(X).max()),
                ("The square of the largest entry of `X` is used.{}", lambda X: (X**2).max()),
                (
                    "The sum of all entries of the matrix is used; it is not an eigenvalue.{}",
                    lambda X: (X.T @ X).sum(),
                ),
                ("The square of the sum of all entries is used.{}", lambda X: X.sum() ** 2),
                ("The second largest eigenvalue is used.{}", lambda X: _eigenvalues(X)[-2]),
                (
                    "The mean of the eigenvalues is used; which direction becomes unstable first?{}",
                    lambda X: _eigenvalues(X).mean(),
                ),
                (
                    "The sum of the roots of the eigenvalues (the nuclear norm) is used.{}",
                    lambda X: np.linalg.norm(X, "nuc"),
                ),
                (
                    "The smallest length of `X` v is used; which direction becomes unstable first?{}",
                    lambda X: np.linalg.norm(X, -2),
                ),
                (
                    "The largest sum of absolute values in a column (norm 1) is used.{}",
                    lambda X: np.linalg.norm(X, 1),
                ),
                (
                    "The largest sum of absolute values in a row (norm inf) is used.{}",
                    lambda X: np.linalg.norm(X, np.inf),
                ),
                (
                    "The square of the largest sum of absolute values in a column (norm 1) is used.{}",
                    lambda X: np.linalg.norm(X, 1) ** 2,
                ),
                (
                    "The square of the largest sum of absolute values in a row (norm inf) is used.{}",
                    lambda X: np.linalg.norm(X, np.inf) ** 2,
                ),
                (
                    "The determinant is used; it is not the curvature in any direction.{}",
                    lambda X: np.linalg.det(X.T @ X),
                ),
                (
                    "The condition number is used; it is not a curvature.{}",
                    lambda X: np.linalg.cond(X.T @ X),
                ),
                (
                    "The sum of the largest and the smallest eigenvalue is used.{}",
                    lambda X: _eigenvalues(X)[-1] + _eigenvalues(X)[0],
                ),
                (
                    "The columns are centred first; the samples are used as they are.{}",
                    lambda X: _largest(X - X.mean(axis=0)),
                ),
                *(
                    (
                        "The eigenvectors are used as the eigenvalues; `eigh` gives the eigenvalues first.{}",
                        f,
                    )
                    for f in (
                        lambda X: _eigenvectors(X).max(),
                        lambda X: _eigenvectors(X)[-1, -1],
                        lambda X: np.abs(_eigenvectors(X)).max(),
                        lambda X: _eigenvectors(X)[-1],
                        lambda X: np.linalg.eig(X.T @ X)[1].max(),
                    )
                ),
                ("The covariance of the columns is used.{}", lambda X: np.linalg.eigvalsh(np.cov(X.T))[-1]),
                (
                    "The correlation of the columns is used.{}",
                    lambda X: np.linalg.norm(np.nan_to_num(np.corrcoef(X.T)), 2),
                ),
                (_ONES + "{}", lambda X: _largest(X[:, :-1])),
                (
                    _ONES + " Also, there is a division by the number of samples.{}",
                    lambda X: _largest(X[:, :-1]) / len(X),
                ),
                (
                    _ROW + " Also, the column of ones is left out.{}",
                    lambda X: (X[:, :-1] ** 2).sum(axis=1).max(),
                ),
                (
                    _COLUMN + " Also, there is a division by the number of samples.{}",
                    lambda X: (X**2).sum(axis=0).max() / len(X),
                ),
                ("The first column is left out.{}", lambda X: _largest(X[:, 1:])),
                (
                    _ONES + " Also, the length enters in another power.{}",
                    lambda X: np.linalg.norm(X[:, :-1], 2),
                ),
                (_ONES + " Also, the sum of all squares is used.{}", lambda X: (X[:, :-1] ** 2).sum()),
                (
                    "A column of ones is added; `X` has it already.{}",
                    lambda X: _largest(np.insert(X, 0, 1, axis=1)),
                ),
                (_N + "{}", lambda X: _largest(X) / len(X)),
                (
                    _N + " Also, the length enters in another power.{}",
                    lambda X: np.linalg.norm(X, 2) / len(X),
                ),
                (
                    _FROBENIUS + " There is a division by the number of samples, too.{}",
                    lambda X: (X**2).sum() / len(X),
                ),
                ("There is a division by the number of columns.{}", lambda X: _largest(X) / X.shape[1]),
                ("There is a multiplication by the number of samples.{}", lambda X: _largest(X) * len(X)),
                (
                    "The first eigenvalue is used, and `eigvals` gives them in no order.{}",
                    lambda X: np.linalg.eigvals(X.T @ X)[0],
                ),
                (
                    "The last eigenvalue is used, and `eigvals` gives them in no order.{}",
                    lambda X: np.linalg.eigvals(X.T @ X)[-1],
                ),
                (
                    "The power iteration stops too early: one pass does not find the direction.{}",
                    lambda X: _rayleigh(X, 1),
                ),
                (
                    "`X` v is computed for v of equal entries only; other directions have other lengths.{}",
                    lambda X: _rayleigh(X, 0),
                ),
            )
        ),
        WrongAnswer(
            "The bound is for the smallest curvature seen over the rows: the largest bound is taken.",
            lambda X: 8 / (X**2).sum(axis=1).min(),
        ),
        WrongAnswer("The bound is a fixed number; it depends on `X`.", lambda X: 0.02),
        WrongAnswer("The bound is a fixed number; it depends on `X`.", lambda X: 8.0),
        WrongAnswer("The number of samples is used in place of the sum of squares.", lambda X: 8 / len(X)),
    ),
)


def _rayleigh(X: np.ndarray, passes: int) -> float:
    """The curvature along a direction of equal entries after some passes of the power iteration."""
    v = np.ones(X.shape[1])
    for _ in range(passes):
        v = X.T @ X @ v
    return float((X @ v) @ (X @ v) / (v @ v))
