"""The exercises of Part B: inputs, right answers as students write them, hints, and mistakes that no operator makes."""

from typing import Any

import numpy as np

from labutils.instructor.bank import random_inputs
from labutils.instructor.bank.entry import BankEntry, WrongAnswer
from labutils.instructor.bank.networks import BACKWARD, EPOCH
from labutils.instructor.bank.solutions import softmax

_OVERFLOW = "The probabilities are right for small scores, but the exponential overflows for large ones."


def _one_hot(y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.eye(len(y))[labels].T


def _exps(z: np.ndarray, shift: float | np.ndarray = 0) -> np.ndarray:
    return np.exp(z - shift)


def _shares(z: np.ndarray, shift: float | np.ndarray = 0) -> np.ndarray:
    return _exps(z, shift) / _exps(z, shift).sum(axis=0)


def _only(y: np.ndarray, first: int, end: int) -> np.ndarray:
    """Zeros in the columns before and after some."""
    places = np.arange(y.shape[1])
    return np.where((places >= first) & (places < end), y, 0)


_SHIFTS = (
    ("the first score of each column", lambda z: z[0]),
    ("the last score of each column", lambda z: z[-1]),
    ("the mean of each column", lambda z: z.mean(axis=0)),
    ("the median of each column", lambda z: np.median(z, axis=0)),
    ("the smallest score of each column", lambda z: z.min(axis=0)),
    ("the largest absolute value of each column", lambda z: np.abs(z).max(axis=0)),
    ("the sum of each column", lambda z: z.sum(axis=0)),
    ("the length of each column", lambda z: np.linalg.norm(z, axis=0)),
    ("the first score of all", lambda z: z[0, 0]),
    ("the last score of all", lambda z: z[-1, -1]),
    ("the largest score of all columns", lambda z: z.max()),
    ("the largest score of the first column", lambda z: z[:, 0].max()),
    ("the largest score of each column, which is added", lambda z: -z.max(axis=0)),
    ("the mean of all scores", lambda z: z.mean()),
    ("the smallest score of all columns", lambda z: z.min()),
    ("the largest absolute value of all scores", lambda z: np.abs(z).max()),
    ("the largest score of each row", lambda z: z.max(axis=1, keepdims=True)),
    ("the largest score of each row", lambda z: z.max(axis=1)),
    ("a fixed number", lambda z: 100),
    ("a fixed number", lambda z: 500),
    ("a fixed number", lambda z: 700),
    ("a fixed number", lambda z: 1000),
)
_SUMS = (
    ("", lambda e: e.sum(axis=0)),
    (" The sum runs over the wrong axis.", lambda e: e.sum(axis=1, keepdims=True)),
    (" The sum runs over the wrong axis.", lambda e: e.sum(axis=1)),
    (" The sum runs over everything.", lambda e: e.sum()),
    (" The exponentials are divided by the largest one, not by their sum.", lambda e: e.max(axis=0)),
    (" The exponentials are divided by the largest one, not by their sum.", lambda e: e.max()),
    (" The division by the sum is missing.", lambda e: 1),
)

_SOFTMAX = BankEntry(
    room=63_500,
    about="softmax of the scores z (K, N), one column a sample",
    names=("y",),
    function="softmax",
    # times a factor they would be no probabilities
    partial={"in place": 0.75, "single sample": 0.5},
    inputs=random_inputs.score_inputs,
    sizes={"the number of samples": ("z", 1), "the number of classes": ("z", 0)},
    samples={"z": 1},
    words={
        "e": "the exponentials",
        "s": "the shifted scores",
        "top": "the largest scores",
        "z - z.max(axis=0)": "the shifted scores",
        "z.max(axis=0)": "the largest score of each column",
        "np.max(z, axis=0)": "the largest score of each column",
        "e.sum(axis=0)": "the sum of the exponentials",
    },
    writings=(
        """
def softmax(z):
    e = np.exp(z - z.max(axis=0))
    y = e / e.sum(axis=0)
    return y
""",
        """
def softmax(z):
    s = z - np.max(z, axis=0, keepdims=True)
    y = np.exp(s) / np.sum(np.exp(s), axis=0, keepdims=True)
    return y
""",
        """
def softmax(z):
    y = np.zeros(z.shape)
    for i in range(z.shape[1]):
        e = np.exp(z[:, i] - np.max(z[:, i]))
        y[:, i] = e / np.sum(e)
    return y
""",
        """
def softmax(z):
    s = z - z.max(axis=0)
    y = np.exp(s - np.log(np.exp(s).sum(axis=0)))
    return y
""",
        """
def softmax(z):
    y = np.zeros(z.shape)
    for i in range(z.shape[1]):
        top = z[:, i].max()
        total = 0
        for k in range(z.shape[0]):
            total += np.exp(z[k, i] - top)
        for k in range(z.shape[0]):
            y[k, i] = np.exp(z[k, i] - top) / total
    return y
""",
    ),
    hints=(
        "Write the formula for one column first. Which scores share one sum?",
        "Compare the results for the scores (1, 2) and (2, 3), on paper. What did not change, and why?",
        "A shift is safe if the largest exponent in every column is 0. Each column needs its own shift.",
    ),
    mistakes=(
        WrongAnswer(_OVERFLOW, lambda z: _shares(z)),
        WrongAnswer(
            "The sum runs over the samples; the classes of one sample (a column) add up to 1.",
            lambda z: softmax(z.T).T,
        ),
        WrongAnswer(
            "The division by the sum of the exponentials is missing; the largest one does not replace the sum.",
            lambda z: _exps(z, z.max(axis=0)),
        ),
        WrongAnswer(
            "The sum runs over the samples; the classes of one sample (a column) add up to 1.",
            lambda z: _exps(z, z.max(axis=0)) / _exps(z, z.max(axis=0)).sum(axis=1),
        ),
        *(
            WrongAnswer(
                f"The sum runs over {over}; each column adds up to 1. Also, large scores overflow.",
                lambda z, t=total: np.exp(z) / t(np.exp(z)),
            )
            for over, total in (
                ("the samples", lambda e: e.sum(axis=1, keepdims=True)),
                ("the samples", lambda e: e.sum(axis=1)),
                ("everything", lambda e: e.sum()),
            )
        ),
        *(
            WrongAnswer(
                "The sum runs over the samples; each column adds up to 1. Also, all columns have the same shift; "
                "each one needs its own.",
                lambda z, k=keep: _exps(z, z.max()) / _exps(z, z.max()).sum(axis=1, keepdims=k),
            )
            for keep in (False, True)
        ),
        *(
            WrongAnswer(
                "The exponentials are divided by the largest one, not by their sum. Also, large scores overflow.",
                lambda z, t=largest: np.exp(z) / t(np.exp(z)),
            )
            for largest in (lambda e: e.max(axis=0), lambda e: e.max())
        ),
        *(
            WrongAnswer(
                "The shift is the largest score of each row, in the numerator only; each column needs a shift "
                "of its own, and the sum needs the same one.",
                lambda z, k=keep: _exps(z, z.max(axis=1, keepdims=k)) / np.exp(z).sum(axis=0),
            )
            for keep in (False, True)
        ),
        *(
            WrongAnswer(
                f"The shift is {what}; each column needs a shift of its own by which no exponent is above 0."
                + also,
                lambda z, s=shift, t=total: _exps(z, s(z)) / t(_exps(z, s(z))),
            )
            for what, shift in _SHIFTS
            for also, total in _SUMS
        ),
        WrongAnswer(
            "A mean is taken where the sum is needed. Also, large scores overflow.",
            lambda z: np.exp(z) / np.exp(z).mean(axis=0),
        ),
        WrongAnswer(
            "The shift is in the numerator only; the sum needs the same one.",
            lambda z: _exps(z, z.max(axis=0)) / np.exp(z).sum(axis=0),
        ),
        WrongAnswer(
            "The shift is in the sum only; the numerator needs the same one.",
            lambda z: np.exp(z) / _exps(z, z.max(axis=0)).sum(axis=0),
        ),
        WrongAnswer(
            "The scores are divided by the largest score; this changes the fractions. A difference does not.",
            lambda z: _shares(z / z.max(axis=0)),
        ),
        WrongAnswer(
            "The scores are divided by the largest score of all; this changes the fractions. A difference does not.",
            lambda z: _shares(z / z.max()),
        ),
        WrongAnswer(
            "The scores are divided by the largest absolute value; this changes the fractions.",
            lambda z: _shares(z / np.abs(z).max()),
        ),
        WrongAnswer(
            "The scores are divided by the largest absolute value; this changes the fractions.",
            lambda z: _shares(z / np.abs(z).max(axis=0)),
        ),
        WrongAnswer(
            "The scores are standardised; this changes the fractions. Only a difference does not.",
            lambda z: _shares((z - z.mean(axis=0)) / z.std(axis=0)),
        ),
        WrongAnswer(
            "The scores are scaled to the range from 0 to 1; this changes the fractions.",
            lambda z: _shares((z - z.min(axis=0)) / (z.max(axis=0) - z.min(axis=0))),
        ),
        WrongAnswer(
            "The values are 1 at the largest score and 0 elsewhere; softmax gives every class a share.",
            lambda z: _one_hot(z, z.argmax(axis=0)),
        ),
        WrongAnswer(
            "This is a sigmoid of each score; the classes do not share a sum.", lambda z: 1 / (1 + np.exp(-z))
        ),
        WrongAnswer(
            "This is a sigmoid of each score, divided by their sum; softmax uses exponentials.",
            lambda z: 1 / (1 + np.exp(-z)) / (1 / (1 + np.exp(-z))).sum(axis=0),
        ),
        WrongAnswer("This is the logarithm of softmax.", lambda z: np.log(_shares(z, z.max(axis=0)))),
        WrongAnswer(
            "This is the logarithm of softmax.",
            lambda z: z - z.max(axis=0) - np.log(_exps(z, z.max(axis=0)).sum(axis=0)),
        ),
        WrongAnswer(
            "This is the logarithm of softmax, and large scores overflow.",
            lambda z: z - np.log(np.exp(z).sum(axis=0)),
        ),
        WrongAnswer(
            "The exponential is missing: these are shares of the scores.", lambda z: z / z.sum(axis=0)
        ),
        WrongAnswer(
            "The exponential is missing: these are shares of absolute values.",
            lambda z: np.abs(z) / np.abs(z).sum(axis=0),
        ),
        *(
            WrongAnswer(
                _OVERFLOW
                + " Also, the first sample is left out." * (first > 0)
                + " Also, the last sample is left out." * last,
                lambda z, f=first, n=last: _only(_shares(z), f, z.shape[1] - n),
            )
            for first, last in ((1, 0), (0, 1))
        ),
        WrongAnswer(
            "The values are whole numbers: an array of integers, or an integer division, cuts off the fractions.",
            lambda z: np.trunc(softmax(z)),
        ),
        *(
            WrongAnswer(
                f"The probabilities are rounded to {digits} decimals.",
                lambda z, d=digits: softmax(z).round(d),
            )
            for digits in (1, 2, 3, 4)
        ),
        *(
            WrongAnswer(
                f"{_OVERFLOW} Also, they are rounded to {digits} decimals.",
                lambda z, d=digits: _shares(z).round(d),
            )
            for digits in (2, 3)
        ),
        WrongAnswer("The division by the sum is missing, and large scores overflow.", np.exp),
        WrongAnswer("Softmax is applied twice.", lambda z: _shares(_shares(z, z.max(axis=0)))),
        *(
            WrongAnswer(
                "Values that overflow are replaced instead of being avoided; several large scores "
                "get the same probability.",
                lambda z, v=value: np.nan_to_num(_shares(z), nan=v),
            )
            for value in (0.5, 1)
        ),
        WrongAnswer(
            "This is a sigmoid of each score, divided by the sum of the scores; softmax divides "
            "exponentials by their sum.",
            lambda z: 1 / (1 + np.exp(-z)) / z.sum(axis=0),
        ),
        WrongAnswer(
            "The exponentials are divided by the sum of the scores.",
            lambda z: _exps(z, z.max(axis=0)) / z.sum(axis=0),
        ),
        WrongAnswer(
            "The exponentials are divided by the sum of the scores, and large scores overflow.",
            lambda z: np.exp(z) / z.sum(axis=0),
        ),
        WrongAnswer(
            "Values that overflow are replaced instead of being avoided.", lambda z: np.nan_to_num(_shares(z))
        ),
        WrongAnswer(
            "The exponentials are cut off below by a small number, which changes the shares.",
            lambda z: np.nan_to_num(np.exp(z)) / np.nan_to_num(np.exp(z)).sum(axis=0),
        ),
        *(
            WrongAnswer(
                "The scores are clipped instead of shifted; this changes the probabilities of large scores.",
                lambda z, c=limit: _shares(np.clip(z, -c, c)),
            )
            for limit in (1, 5, 10, 20, 30, 50, 88, 100, 200, 300, 500, 600, 700, 709)
        ),
        *(
            WrongAnswer(
                "The scores are clipped from above instead of shifted; this changes the probabilities.",
                lambda z, c=limit: _shares(np.minimum(z, c)),
            )
            for limit in (1, 10, 20, 50, 88, 100, 300, 500, 600, 700, 709)
        ),
        WrongAnswer(
            "The exponential has base 2 instead of e.",
            lambda z: np.exp2(z - z.max(axis=0)) / np.exp2(z - z.max(axis=0)).sum(axis=0),
        ),
        WrongAnswer(
            "The exponential has base 2 instead of e, and large scores overflow.",
            lambda z: np.exp2(z) / np.exp2(z).sum(axis=0),
        ),
        WrongAnswer(
            "The sign in the exponent is wrong: the largest score gets the smallest probability.",
            lambda z: softmax(-z),
        ),
        WrongAnswer("The sign in the exponent is wrong, and large scores overflow.", lambda z: _shares(-z)),
        WrongAnswer(
            "The shift has the wrong sign: the largest score is added.", lambda z: _shares(z, -z.max(axis=0))
        ),
    ),
)

_SOFTMAX_BACKWARD = BankEntry(
    room=60_000,
    about="the backward pass of softmax, from its output y and the gradient dy",
    names=("dz",),
    function="softmax_backward",
    partial={"in place": 0.75, "single sample": 0.5, "factor": 0.5},
    inputs=random_inputs.softmax_inputs,
    sizes={"the number of samples": ("y", 1), "the number of classes": ("y", 0)},
    samples={"y": 1, "dy": 1},
    positive=("y",),
    words={
        "s": "the sum over the classes",
        "J": "the Jacobian",
        "if k == j": "on the diagonal of the Jacobian|off the diagonal of the Jacobian",
        "dy * y": "the product of `dy` and `y`",
        "y * dy": "the product of `dy` and `y`",
        "(dy * y).sum(axis=0)": "the sum over the classes",
        "np.diag(y[:, i])": "the diagonal part of the Jacobian",
        "np.outer(y[:, i], y[:, i])": "the product of the two outputs",
    },
    writings=(
        """
def softmax_backward(y, dy):
    dz = y * (dy - (dy * y).sum(axis=0))
    return dz
""",
        """
def softmax_backward(y, dy):
    s = np.sum(y * dy, axis=0, keepdims=True)
    dz = y * dy - y * s
    return dz
""",
        """
def softmax_backward(y, dy):
    dz = np.zeros(y.shape)
    for i in range(y.shape[1]):
        J = np.diag(y[:, i]) - np.outer(y[:, i], y[:, i])
        dz[:, i] = J @ dy[:, i]
    return dz
""",
        """
def softmax_backward(y, dy):
    dz = np.zeros(y.shape)
    for i in range(y.shape[1]):
        for j in range(y.shape[0]):
            for k in range(y.shape[0]):
                if k == j:
                    dz[j, i] += dy[k, i] * y[k, i] * (1 - y[k, i])
                else:
                    dz[j, i] += -dy[k, i] * y[k, i] * y[j, i]
    return dz
""",
        """
def softmax_backward(y, dy):
    dz = np.zeros(y.shape)
    for i in range(y.shape[1]):
        for j in range(y.shape[0]):
            for k in range(y.shape[0]):
                dz[j, i] += dy[k, i] * y[k, i] * ((k == j) - y[j, i])
    return dz
""",
        """
def softmax_backward(y, dy):
    dz = np.zeros(y.shape)
    for i in range(y.shape[1]):
        dz[:, i] = y[:, i] * (dy[:, i] - np.dot(y[:, i], dy[:, i]))
    return dz
""",
    ),
    hints=(
        "Use one sample with two classes. If its first score rises, what happens to the second probability?",
        "The gradient with respect to one score has a contribution from every output. "
        "Insert the Jacobian and separate the part with the delta.",
        "The part without the delta contains a sum over the classes. It is one number for each column. "
        "As a check, each column of dz adds up to 0.",
    ),
    mistakes=(
        WrongAnswer(
            "Only the diagonal of the Jacobian is used; every output depends on every score.",
            lambda y, dy: dy * y * (1 - y),
        ),
        WrongAnswer(
            "Only the diagonal of the Jacobian is used, and `dy` is not used.", lambda y, dy: y * (1 - y)
        ),
        WrongAnswer(
            "Only the part of the Jacobian outside of its diagonal is used.",
            lambda y, dy: y * (dy * y - (dy * y).sum(axis=0)),
        ),
        WrongAnswer("The second term, with the sum over the classes, is missing.", lambda y, dy: dy * y),
        WrongAnswer("`dy` is summed without the factor `y`.", lambda y, dy: y * (dy - dy.sum(axis=0))),
        WrongAnswer("`dy` is averaged without the factor `y`.", lambda y, dy: y * (dy - dy.mean(axis=0))),
        WrongAnswer("The second term has no sum over the classes.", lambda y, dy: y * (dy - dy * y)),
        WrongAnswer(
            "The second term has no sum over the classes, and `dy` is missing in it.",
            lambda y, dy: y * (dy - y),
        ),
        WrongAnswer(
            "In the Jacobian, the element-wise product stands in place of the outer product.",
            lambda y, dy: y * dy - y * y * dy.sum(axis=0),
        ),
        WrongAnswer("`y` is summed without `dy`.", lambda y, dy: y * (dy - y.sum(axis=0))),
        WrongAnswer(
            "`y` is squared in the sum, and `dy` is missing in it.",
            lambda y, dy: y * (dy - (y * y).sum(axis=0)),
        ),
        WrongAnswer(
            "`dy` is squared in the sum, and `y` is missing in it.",
            lambda y, dy: y * (dy - (dy * dy).sum(axis=0)),
        ),
        WrongAnswer(
            "Softmax is applied to `y`, which is already its output.",
            lambda y, dy: softmax(y) * (dy - (dy * softmax(y)).sum(axis=0)),
        ),
        WrongAnswer(
            "The gradients of the samples are mixed: one Jacobian is used for all samples.",
            lambda y, dy: (np.diag(y.mean(axis=1)) - np.outer(y.mean(axis=1), y.mean(axis=1))) @ dy,
        ),
        *(
            WrongAnswer(
                f"One Jacobian is used for the whole batch, so the samples are mixed; each sample has its own.{also}",
                f,
            )
            for also, f in (
                ("", lambda y, dy: (np.diag(y) - y @ y.T) @ dy),
                ("", lambda y, dy: (np.diag(y.sum(axis=1)) - y @ y.T) @ dy),
                ("", lambda y, dy: (np.diag(y[:, 0]) - y @ y.T) @ dy),
                ("", lambda y, dy: (np.eye(len(y)) - y @ y.T) @ dy),
                ("", lambda y, dy: (np.eye(len(y)) * y[:, :1] - y @ y.T) @ dy),
                ("", lambda y, dy: (np.diag(y.mean(axis=1)) - y @ y.T / y.shape[1]) @ dy),
                (" Also, the sign is wrong.", lambda y, dy: (y @ y.T - np.diag(y)) @ dy),
            )
        ),
        *(
            WrongAnswer(
                f"The Jacobian of the {which} sample is used for all samples. Also, {also}",
                lambda y, dy, i=place, f=jacobian: f(y[:, i]) @ dy,
            )
            for which, place in (("first", 0), ("last", -1))
            for also, jacobian in (
                ("its diagonal lacks the factor `y`.", lambda v: np.eye(len(v)) - np.outer(v, v)),
                ("the sign of the product of the outputs is wrong.", lambda v: np.diag(v) + np.outer(v, v)),
                ("the sign is wrong.", lambda v: np.outer(v, v) - np.diag(v)),
                ("only its diagonal is used.", lambda v: np.diag(v * (1 - v))),
                ("the product of the outputs is missing.", np.diag),
                ("its diagonal is missing.", lambda v: -np.outer(v, v)),
                ("it is only the product of the outputs.", lambda v: np.outer(v, v)),
            )
        ),
        WrongAnswer(
            "The Jacobian of the first sample is used for all samples.",
            lambda y, dy: (np.diag(y[:, 0]) - np.outer(y[:, 0], y[:, 0])) @ dy,
        ),
        WrongAnswer(
            "The Jacobian of the last sample is used for all samples.",
            lambda y, dy: (np.diag(y[:, -1]) - np.outer(y[:, -1], y[:, -1])) @ dy,
        ),
        WrongAnswer(
            "The samples are mixed: the products of the outputs are added up over the samples.",
            lambda y, dy: y * dy - (y @ y.T) @ dy,
        ),
        WrongAnswer(
            "The samples are mixed: the matrix product adds up over all samples, so it is right for one sample only.",
            lambda y, dy: y * dy - y @ (y.T @ dy),
        ),
        WrongAnswer(
            "The samples are mixed: the outputs are added up over the samples in the Jacobian.",
            lambda y, dy: (np.diag(y.sum(axis=1)) - y @ y.T) @ dy,
        ),
        *(
            WrongAnswer(
                f"{first} Also, {second}", lambda y, dy, a=inner, b=outer, c=total: b(y, dy, c(a(y, dy)))
            )
            for first, total in (
                ("The sum runs over everything.", lambda a: a.sum()),
                ("The sum runs over the samples.", lambda a: a.sum(axis=1, keepdims=True)),
                ("The mean is taken where the sum is needed.", lambda a: a.mean(axis=0)),
            )
            for second, inner, outer in (
                ("the factor `y` is missing in the sum.", lambda y, dy: dy, lambda y, dy, s: y * (dy - s)),
                ("`dy` is missing in the sum.", lambda y, dy: y, lambda y, dy, s: y * (dy - s)),
                ("the factor `y` in front is missing.", lambda y, dy: y * dy, lambda y, dy, s: dy - s),
                (
                    "the factor `y` of the second term is missing.",
                    lambda y, dy: y * dy,
                    lambda y, dy, s: y * dy - s,
                ),
                (
                    "the sign of the second term is wrong.",
                    lambda y, dy: y * dy,
                    lambda y, dy, s: y * (dy + s),
                ),
                ("the sign is wrong.", lambda y, dy: y * dy, lambda y, dy, s: y * (s - dy)),
                (
                    "there is a division by the number of samples.",
                    lambda y, dy: y * dy,
                    lambda y, dy, s: y * (dy - s) / y.shape[1],
                ),
            )
        ),
        WrongAnswer(
            "Either the sum of `dy` is used for the whole column, or the Jacobian has the outputs in whole rows "
            "or columns, not on its diagonal alone.",
            lambda y, dy: y * (dy.sum(axis=0) - (dy * y).sum(axis=0)),
        ),
        WrongAnswer(
            "This is `dy`, unchanged. Either another result is computed but not returned, or the product with the "
            "Jacobian is missing.",
            lambda y, dy: dy,
        ),
        WrongAnswer(
            "The mean over the samples is subtracted, too.",
            lambda y, dy: (
                y * (dy - (dy * y).sum(axis=0))
                - (y * (dy - (dy * y).sum(axis=0))).mean(axis=1, keepdims=True)
            ),
        ),
        WrongAnswer(
            "The diagonal of the Jacobian is wrong: a factor is missing.",
            lambda y, dy: dy * (1 - y) - y * ((dy * y).sum(axis=0) - dy * y),
        ),
        WrongAnswer(
            "The part -y² of the Jacobian's diagonal is subtracted twice.",
            lambda y, dy: dy * y * (1 - y) - y * (dy * y).sum(axis=0),
        ),
        WrongAnswer(
            "The gradient with the labels' indicator is used: `dy` is subtracted from `y`.",
            lambda y, dy: y - dy,
        ),
        WrongAnswer("This is the gradient of the inverse: `dy` is divided by `y`.", lambda y, dy: dy / y),
        WrongAnswer(
            "In the sum, the products are not added up over the classes but cut to the first one.",
            lambda y, dy: y * (dy - dy[0] * y[0]),
        ),
    ),
)

_SCORES = BankEntry(
    room=39_000,
    about="the gradient of softmax and the summed negative log-likelihood together, with respect to the scores",
    names=("dz",),
    function="scores_gradient",
    partial={"in place": 0.75, "single sample": 0.5, "factor": 0.5},
    inputs=random_inputs.label_inputs,
    sizes={"the number of samples": ("y", 1), "the number of classes": ("y", 0)},
    samples={"y": 1, "labels": 0},
    positive=("y", "labels", "t"),
    integers=("labels", "t"),
    words={
        "t": "the array with a 1 in the row of the label and 0 elsewhere",
        "np.eye(len(y))[labels].T": "the array with a 1 in the row of the label and 0 elsewhere",
        "np.eye(y.shape[0])[labels]": "the array with a 1 in the row of the label and 0 elsewhere",
        "y.copy()": "the copy of `y`",
    },
    writings=(
        """
def scores_gradient(y, labels):
    dz = y.copy()
    dz[labels, np.arange(len(labels))] -= 1
    return dz
""",
        """
def scores_gradient(y, labels):
    t = np.eye(y.shape[0])[labels]
    dz = y - t.T
    return dz
""",
        """
def scores_gradient(y, labels):
    t = np.zeros(y.shape)
    t[labels, np.arange(y.shape[1])] = 1
    dz = y - t
    return dz
""",
        """
def scores_gradient(y, labels):
    dz = np.zeros(y.shape)
    for i in range(y.shape[1]):
        for k in range(y.shape[0]):
            if k == labels[i]:
                dz[k, i] = y[k, i] - 1
            else:
                dz[k, i] = y[k, i]
    return dz
""",
        """
def scores_gradient(y, labels):
    t = np.arange(y.shape[0])[:, None] == labels
    return y - t
""",
        """
def scores_gradient(y, labels):
    dz = np.array(y)
    for i in range(len(labels)):
        dz[labels[i], i] -= 1
    return dz
""",
    ),
    hints=(
        "Compare with Part A, where sigmoid and loss together gave a very short result. "
        "What describes the right class here, in the place of t?",
        "Write down the result for one sample with three classes and label 0. "
        "In how many of its rows does it differ from y?",
        "NumPy changes one entry in each column if it gets one row index and one column index for each sample. "
        "Work on a copy, because the caller still needs y.",
    ),
    mistakes=(
        WrongAnswer(
            "This is the gradient with respect to the probabilities; the softmax is missing.",
            lambda y, labels: -_one_hot(y, labels) / y,
        ),
        WrongAnswer(
            "Only the row of the label is there; the scores of the other classes have a gradient, too.",
            lambda y, labels: (y - 1) * _one_hot(y, labels),
        ),
        WrongAnswer(
            "The row of the label is missing: it is 0 there.", lambda y, labels: y * (1 - _one_hot(y, labels))
        ),
        WrongAnswer(
            "The entry of the label is replaced instead of changed.",
            lambda y, labels: np.where(_one_hot(y, labels) == 1, -1, y),
        ),
        WrongAnswer(
            "The entry of the label is replaced by 1 instead of changed.",
            lambda y, labels: np.where(_one_hot(y, labels) == 1, 1, y),
        ),
        WrongAnswer(
            "The entry of the label has the wrong sign.",
            lambda y, labels: np.where(_one_hot(y, labels) == 1, 1 - y, y),
        ),
        WrongAnswer(
            "The rows of all labels are changed in every column; each column has a label of its own.",
            lambda y, labels: y - np.isin(np.arange(len(y)), labels)[:, None],
        ),
        WrongAnswer(
            "The rows of all labels are filled in every column, and the other rows stay 0; each column has one label.",
            lambda y, labels: np.isin(np.arange(len(y)), labels)[:, None] * (y - 1),
        ),
        WrongAnswer(
            "The rows of all labels are changed in every column, once for each sample.",
            lambda y, labels: y - np.bincount(labels, minlength=len(y))[:, None],
        ),
        WrongAnswer(
            "The label is subtracted as a number; it says which row changes, not by how much.",
            lambda y, labels: y - labels,
        ),
        WrongAnswer(
            "The label is subtracted as a number in its row; it says which row changes, not by how much.",
            lambda y, labels: y - labels * _one_hot(y, labels),
        ),
        WrongAnswer(
            "The array with a 1 in the row of the label and 0 elsewhere has the wrong sign.",
            lambda y, labels: y + _one_hot(y, labels),
        ),
        WrongAnswer("This is 1 in the row of the label and 0 elsewhere; `y` is not used.", _one_hot),
        WrongAnswer(
            "1 is subtracted everywhere; the classes of a sample are not all alike.", lambda y, labels: y - 1
        ),
        WrongAnswer(
            "The class with the largest probability is used instead of the label.",
            lambda y, labels: y - _one_hot(y, y.argmax(axis=0)),
        ),
        WrongAnswer(
            "The class with the smallest probability is used instead of the label.",
            lambda y, labels: y - _one_hot(y, y.argmin(axis=0)),
        ),
        WrongAnswer(
            "This is the loss, not its gradient.", lambda y, labels: -np.log(y) * _one_hot(y, labels)
        ),
        WrongAnswer("This is the loss of all classes, not the gradient.", lambda y, labels: -np.log(y)),
        WrongAnswer(
            "The derivative of the softmax is there twice.",
            lambda y, labels: (y - _one_hot(y, labels)) * y * (1 - y),
        ),
        WrongAnswer(
            "The factor `y` of the softmax's derivative is there twice.",
            lambda y, labels: (y - _one_hot(y, labels)) * y,
        ),
        WrongAnswer(
            "There is a division by the probabilities, although the softmax is included.",
            lambda y, labels: (y - _one_hot(y, labels)) / y,
        ),
        WrongAnswer(
            "There is a division by the sigmoid's derivative, although the softmax is included.",
            lambda y, labels: (y - _one_hot(y, labels)) / (y * (1 - y)),
        ),
        WrongAnswer(
            "The backward pass of the softmax is applied to a gradient that contains it already.",
            lambda y, labels: y * (y - _one_hot(y, labels) - (y * (y - _one_hot(y, labels))).sum(axis=0)),
        ),
        WrongAnswer(
            "The labels are counted from 1; the first class is row 0. Also, the first sample is left out.",
            lambda y, labels: y - _one_hot(y, labels - 1) * (np.arange(len(labels)) > 0),
        ),
        WrongAnswer(
            "The labels are counted from 1; the first class is row 0. Also, the last sample is left out.",
            lambda y, labels: y - _one_hot(y, labels - 1) * (np.arange(len(labels)) < len(labels) - 1),
        ),
        WrongAnswer(
            "Only the row of the label is there, and 1 is added in it.",
            lambda y, labels: (y + 1) * _one_hot(y, labels),
        ),
        WrongAnswer(
            "Only the row of the label is there, and its sign is wrong.",
            lambda y, labels: (1 - y) * _one_hot(y, labels),
        ),
        WrongAnswer(
            "Only the row of the label is there, and it is `y`.", lambda y, labels: y * _one_hot(y, labels)
        ),
        WrongAnswer(
            "The logarithm of `y` is used in place of `y`.", lambda y, labels: np.log(y) - _one_hot(y, labels)
        ),
        WrongAnswer("`y` comes back unchanged; `labels` is not used.", lambda y, labels: y),
        WrongAnswer(
            "The array of 0 and 1 has as many rows as the highest label needs; it needs one for each class.",
            lambda y, labels: y - np.eye(labels.max() + 1)[labels].T,
        ),
        WrongAnswer(
            "Softmax is applied to `y`, which is already its output.",
            lambda y, labels: softmax(y) - _one_hot(y, labels),
        ),
        WrongAnswer(
            "Labels are counted from 1; the first class is row 0.",
            lambda y, labels: y - _one_hot(y, labels - 1),
        ),
        WrongAnswer(
            "Labels are counted from -1; the first class is row 0.",
            lambda y, labels: y - _one_hot(y, (labels + 1) % len(y)),
        ),
        *(
            WrongAnswer(
                "The labels are used as numbers of columns; they are numbers of rows, one for each column.",
                lambda y, labels, r=rows: _subtracted(y, (r(labels), labels)),
            )
            for rows in (lambda labels: slice(None), lambda labels: np.arange(len(labels)))
        ),
        WrongAnswer(
            "The labels are used as numbers of rows, and 1 is subtracted in all columns of these rows.",
            lambda y, labels: _subtracted(y, labels),
        ),
        *(
            WrongAnswer(
                f"The loop runs over the classes, not over the samples.{also}",
                lambda y, labels, p=places: _subtracted(y, p(labels, np.arange(len(y)))),
            )
            for also, places in (
                ("", lambda labels, k: (labels[k], k)),
                (" Also, the labels are used as numbers of columns.", lambda labels, k: (k, labels[k])),
            )
        ),
        WrongAnswer(
            "The rows are used as columns: the labels belong to the rows.",
            lambda y, labels: y - np.resize(_one_hot(y, labels), y.T.shape).T,
        ),
        WrongAnswer("The labels come in reverse order.", lambda y, labels: y - _one_hot(y, labels[::-1])),
        WrongAnswer(
            "The classes come in reverse order.", lambda y, labels: y - _one_hot(y, len(y) - 1 - labels)
        ),
        WrongAnswer(
            "The label of the first sample is used for all samples.",
            lambda y, labels: y - _one_hot(y, 0 * labels + labels[0]),
        ),
        *(
            WrongAnswer(
                "The number of samples is fixed; it depends on the input.",
                lambda y, labels, n=fixed: y - np.arange(n).shape[0] * 0 - _partly(y, labels, n),
            )
            for fixed in (1, 2, 3, 4, 5, 10)
        ),
    ),
)


def _subtracted(y: np.ndarray, places: Any) -> np.ndarray:
    """`y` minus 1 at these places, once at each of them."""
    dz = y.copy()
    dz[places] -= 1
    return dz


def _partly(y: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """An array of 0 and 1 from an index of a fixed length, which fits only as many samples."""
    t = np.zeros(y.shape)
    t[labels, np.arange(count)] = 1
    return t


EXERCISES = {"B2.1": _SOFTMAX, "B2.2": _SOFTMAX_BACKWARD, "B2.3": _SCORES, "B3": BACKWARD, "B4": EPOCH}
