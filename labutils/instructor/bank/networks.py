"""Exercises B3, B4 and C1: the backward pass of the two-layer network, and one epoch of mini-batches."""

from typing import Any

import numpy as np

from labutils.instructor.bank import random_inputs
from labutils.instructor.bank.entry import BankEntry, WrongAnswer
from labutils.instructor.bank.solutions import backward, forward, scores_gradient

_WORDS = {
    "dz2": "the gradient with respect to the scores",
    "da1": "the gradient with respect to `a1`",
    "dz1": "the gradient with respect to the input of the activation function",
    "a1 * (1 - a1)": "the derivative of the sigmoid",
    "1 - a1": "the factor that is 0 where `a1` is 1",
    "a1 > 0": "the derivative of the ReLU",
    "t": "the array with a 1 in the row of the label and 0 elsewhere",
    "y - t": "the difference of `y` and the array with a 1 in the row of the label and 0 elsewhere",
    "W2 @ dz2": "the product with `W2`",
    "x.shape[1]": "the number of samples",
}
_SIZES = {
    "the number of samples": ("x", 1),
    "the number of inputs": ("x", 0),
    "the number of hidden units": ("a1", 0),
    "the number of classes": ("y", 0),
}
_WITH_FUNCTIONS = """
def backward(x, a1, y, labels, W2):
    dz2 = scores_gradient(y, labels)
    dW2, db2, da1 = linear_backward(W2, a1, dz2)
    dz1 = SLOPE
    dW1, db1, dx = linear_backward(W1, x, dz1)
    return dW1, db1, dW2, db2
"""
_FORMULAS = """
def backward(x, a1, y, labels, W2):
    t = np.eye(len(y))[labels].T
    dz2 = y - t
    dW2 = a1 @ dz2.T
    db2 = dz2.sum(axis=1, keepdims=True)
    da1 = W2 @ dz2
    dz1 = SLOPE
    dW1 = x @ dz1.T
    db1 = dz1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
"""
_COPY = """
def backward(x, a1, y, labels, W2):
    dz2 = y.copy()
    dz2[labels, np.arange(len(labels))] -= 1
    dW2 = np.dot(dz2, a1.T).T
    db2 = np.sum(dz2, axis=1).reshape(-1, 1)
    dz1 = SLOPE
    dW1 = np.dot(dz1, x.T).T
    db1 = np.sum(dz1, axis=1).reshape(-1, 1)
    return dW1, db1, dW2, db2
"""
_LOOP = """
def backward(x, a1, y, labels, W2):
    dW1 = np.zeros((x.shape[0], a1.shape[0]))
    db1 = np.zeros((a1.shape[0], 1))
    dW2 = np.zeros(W2.shape)
    db2 = np.zeros((y.shape[0], 1))
    for i in range(x.shape[1]):
        dz2 = y[:, i].copy()
        dz2[labels[i]] -= 1
        dW2 += np.outer(a1[:, i], dz2)
        db2[:, 0] += dz2
        dz1 = SLOPE
        dW1 += np.outer(x[:, i], dz1)
        db1[:, 0] += dz1
    return dW1, db1, dW2, db2
"""


def _writings(whole: str, columns: str, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The backward pass in several writings. The derivative of the activation function is put in."""
    inner = whole.replace("da1", "(W2 @ dz2)")
    used = _WITH_FUNCTIONS.replace(
        "linear_backward(W1, x, dz1)", "linear_backward(np.zeros((len(x), len(a1))), x, dz1)"
    )
    texts = [used.replace("SLOPE", whole), _FORMULAS.replace("SLOPE", whole)]
    texts += [_COPY.replace("SLOPE", inner), _LOOP.replace("SLOPE", columns)]
    texts += [_FORMULAS.replace("SLOPE", other) for other in extra]
    return tuple(texts)


def _with(slope: Any) -> Any:
    """A backward pass with another derivative of the activation function: (a1, da1, x) -> dz1."""

    def wrong(x: Any, a1: Any, y: Any, labels: Any, W2: Any) -> Any:
        dz2 = scores_gradient(y, labels)
        dz1 = slope(a1, W2 @ dz2)
        return x @ dz1.T, dz1.sum(axis=1, keepdims=True), a1 @ dz2.T, dz2.sum(axis=1, keepdims=True)

    return wrong


def _from(gradient: Any, slope: Any) -> Any:
    """A backward pass that begins with another gradient of the scores: (y, one-hot) -> dz2."""

    def wrong(x: Any, a1: Any, y: Any, labels: Any, W2: Any) -> Any:
        dz2 = gradient(y, np.eye(len(y))[labels].T)
        dz1 = slope(a1) * (W2 @ dz2)
        return x @ dz1.T, dz1.sum(axis=1, keepdims=True), a1 @ dz2.T, dz2.sum(axis=1, keepdims=True)

    return wrong


def _summed(total: Any, slope: Any, places: tuple[int, ...]) -> Any:
    """A backward pass with another sum in the gradients of the biases: of all, or of the second layer alone."""

    def wrong(x: Any, a1: Any, y: Any, labels: Any, W2: Any) -> Any:
        dz2 = scores_gradient(y, labels)
        dz1 = slope(a1) * (W2 @ dz2)
        db1, db2 = (
            total(dz) if place in places else dz.sum(axis=1, keepdims=True)
            for place, dz in ((1, dz1), (3, dz2))
        )
        return x @ dz1.T, db1, a1 @ dz2.T, db2

    return wrong


def _sig(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


def _common(slope: Any) -> tuple[WrongAnswer, ...]:
    """Mistakes of both backward passes. slope: the derivative of the activation function, from its output."""
    starts = (
        ("The gradient begins with the one with respect to the probabilities; the softmax is missing.",
         lambda y, t: -t / y),
        ("The derivative of the softmax is there twice.", lambda y, t: (y - t) * y * (1 - y)),
        ("The backward pass of the softmax is applied to a gradient that contains it already.",
         lambda y, t: y * (y - t - ((y - t) * y).sum(axis=0))),
        ("The gradient of the scores is divided by `y` times 1 minus `y`.",
         lambda y, t: (y - t) / (y * (1 - y))),
        ("The gradient begins with a squared error.", lambda y, t: 2 * (y - t)),
        ("The gradient begins with a squared error through the softmax, treated like a sigmoid.",
         lambda y, t: 2 * (y - t) * y * (1 - y)),
        ("The gradient begins with a squared error through the softmax.",
         lambda y, t: y * (2 * (y - t) - (2 * (y - t) * y).sum(axis=0))),
        ("The labels are missing: the gradient begins with `y`.", lambda y, t: y),
        ("`y` is missing: the gradient begins with -1 in the row of the label and 0 elsewhere.", lambda y, t: -t),
        ("The gradient of the scores is there for the row of the label only.", lambda y, t: (y - 1) * t),
        ("The entry of the label is replaced instead of changed.", lambda y, t: np.where(t == 1, -1, y)),
        ("The sign of the gradient of the scores is wrong.", lambda y, t: t - y),
        ("The class with the largest probability is used instead of the label.",
         lambda y, t: y - np.eye(len(y))[y.argmax(axis=0)].T),
        ("The labels are off by one; the first class is row 0.", lambda y, t: y - np.roll(t, 1, axis=0)),
        ("The labels are off by one; the first class is row 0.", lambda y, t: y - np.roll(t, -1, axis=0)),
        ("1 is subtracted everywhere; only the right class has a 1.", lambda y, t: y - 1),
        ("There is a division by the number of samples; the loss is the sum.", lambda y, t: (y - t) / y.shape[1]),
        ("There is a division by the number of classes.", lambda y, t: (y - t) / len(y)),
        ("There is a division by the number of all entries; the loss is the sum.", lambda y, t: (y - t) / y.size),
    )  # fmt: skip
    sums = (
        ("In `db1` and in `db2`, the sum runs over everything, not over the samples alone.", lambda a: a.sum(), (1, 3)),
        ("In `db1` and in `db2`, the sum runs over the wrong axis.", lambda a: a.sum(axis=0), (1, 3)),
        ("In `db1` and in `db2`, the sum runs over the wrong axis.", lambda a: a.sum(axis=0, keepdims=True), (1, 3)),
        ("In `db1` and in `db2`, the sum loses its second axis.", lambda a: a.sum(axis=1), (1, 3)),
        ("In `db2`, the sum runs over the classes, or over everything; only the samples belong in it.",
         lambda a: a.sum(), (3,)),
    )  # fmt: skip
    made = [WrongAnswer(sentence, _from(gradient, slope)) for sentence, gradient in starts]
    made += [WrongAnswer(sentence, _summed(total, slope, places)) for sentence, total, places in sums]
    return tuple(made)


BACKWARD = BankEntry(
    room=75_000,
    bases=5,
    about="the backward pass of the network with a sigmoid and a softmax, for the summed loss",
    names=("dW1", "db1", "dW2", "db2"),
    function="backward",
    partial={"in place": 0.75, "single sample": 0.5, "factor": 0.5, "outputs": 0.67},
    inputs=random_inputs.network_inputs,
    sizes=_SIZES,
    samples={"x": 1, "a1": 1, "y": 1, "labels": 0},
    positive=("a1", "y", "labels", "t"),
    integers=("labels", "t"),
    words=_WORDS,
    writings=_writings(
        "da1 * a1 * (1 - a1)",
        "(W2 @ dz2) * a1[:, i] * (1 - a1[:, i])",
        ("sigmoid_backward(a1, da1)", "(a1 - a1 ** 2) * da1"),
    ),
    hints=(
        "Draw the network as a chain: linear layer, sigmoid, linear layer, softmax with the loss. "
        "Write the shape of each gradient under its arrow. "
        "In which order are the gradients computed?",
        "The second layer needs the same three gradients as in A3.1, the first one only those of its parameters. "
        "Which array was the input of the second layer, and which gradient does this layer receive?",
        "Before the gradient reaches the first layer it passes the second layer and the sigmoid. "
        "Which of the arguments is the sigmoid's output?",
    ),
    mistakes=(
        WrongAnswer(
            "The derivative of the sigmoid is missing: the gradient passes the activation function unchanged.",
            _with(lambda a, da: da),
        ),
        WrongAnswer(
            "The sigmoid is applied again: `a1` is already its output.",
            _with(lambda a, da: da * _sig(a) * (1 - _sig(a))),
        ),
        WrongAnswer(
            "A pair of parentheses is missing, so `a1` is subtracted after the product.",
            _with(lambda a, da: da * a * 1 - a),
        ),
        WrongAnswer(
            "The derivative of the sigmoid is there twice.", _with(lambda a, da: da * (a * (1 - a)) ** 2)
        ),
        WrongAnswer(
            "The derivative of tanh is used, not that of the sigmoid.", _with(lambda a, da: da * (1 - a**2))
        ),
        WrongAnswer(
            "The derivative of the ReLU is used, not that of the sigmoid.",
            _with(lambda a, da: da * (a > 0.5)),
        ),
        WrongAnswer(
            "The output `a1` is used in place of the derivative of the sigmoid.", _with(lambda a, da: da * a)
        ),
        WrongAnswer(
            "The derivative of the sigmoid has the factor `a1` missing.", _with(lambda a, da: da * (1 - a))
        ),
        WrongAnswer(
            "The derivative of the sigmoid is taken at the gradient, not at `a1`.",
            _with(lambda a, da: da * (1 - da)),
        ),
        WrongAnswer(
            "The derivative of the sigmoid is used without the gradient that it is multiplied by.",
            _with(lambda a, da: a * (1 - a)),
        ),
        WrongAnswer(
            "There is a division by the derivative of the sigmoid.", _with(lambda a, da: da / (a * (1 - a)))
        ),
        WrongAnswer(
            "The derivative of the sigmoid is added, not multiplied by.",
            _with(lambda a, da: da + a * (1 - a)),
        ),
        WrongAnswer(
            "The derivative of the softmax is used for the sigmoid.",
            _with(lambda a, da: a * (da - (da * a).sum(axis=0))),
        ),
        *_common(lambda a: a * (1 - a)),
    ),
)

RELU = BankEntry(
    room=66_000,
    bases=5,
    about="the backward pass of the network with a ReLU and a softmax, for the summed loss",
    names=("dW1", "db1", "dW2", "db2"),
    function="backward",
    partial={"in place": 0.75, "single sample": 0.5, "factor": 0.5, "outputs": 0.67},
    inputs=random_inputs.relu_inputs,
    sizes=_SIZES,
    samples={"x": 1, "a1": 1, "y": 1, "labels": 0},
    positive=("a1", "y", "labels", "t"),
    integers=("labels", "t"),
    words=_WORDS,
    writings=_writings(
        "da1 * (a1 > 0)",
        "(W2 @ dz2) * (a1[:, i] > 0)",
        ("np.where(a1 > 0, da1, 0)", "da1 * np.sign(a1)"),
    ),
    hints=(
        "Compare the graphs of the sigmoid and of the ReLU. What is the slope of the ReLU left and right of 0?",
        "Only one step of the backward pass contains the activation function. The other steps stay as they are.",
        "The output shows on which side of 0 the input was. "
        "What happens to the gradient of a unit whose output is 0, and what happens to the others?",
    ),
    mistakes=(
        WrongAnswer(
            "The derivative of the ReLU is missing: the gradient passes units whose output is 0.",
            _with(lambda a, da: da),
        ),
        WrongAnswer(
            "The derivative of the sigmoid is used, not that of the ReLU.",
            _with(lambda a, da: da * a * (1 - a)),
        ),
        WrongAnswer(
            "The derivative of tanh is used, not that of the ReLU.", _with(lambda a, da: da * (1 - a**2))
        ),
        WrongAnswer(
            "The derivative of the sigmoid, at `a1`, is used, not that of the ReLU.",
            _with(lambda a, da: da * _sig(a) * (1 - _sig(a))),
        ),
        WrongAnswer(
            "The output `a1` is used in place of the derivative of the ReLU.", _with(lambda a, da: da * a)
        ),
        WrongAnswer(
            "The ReLU is applied to the gradient; it depends on the sign of `a1` which entries pass.",
            _with(lambda a, da: np.maximum(da, 0)),
        ),
        WrongAnswer(
            "The gradient passes where it is positive itself and `a1` is positive, too; only `a1` decides.",
            _with(lambda a, da: np.maximum(da, 0) * (a > 0)),
        ),
        WrongAnswer(
            "The gradient passes where it is positive itself; only `a1` decides.",
            _with(lambda a, da: da * (da > 0) * 1.0),
        ),
        WrongAnswer(
            "The gradient passes where `a1` is 0, and is stopped elsewhere; it is the other way round.",
            _with(lambda a, da: da * (a == 0)),
        ),
        WrongAnswer(
            "The derivative of the ReLU is used without the gradient that it is multiplied by.",
            _with(lambda a, da: 1.0 * (a > 0)),
        ),
        WrongAnswer(
            "The derivative is that of a leaky ReLU (slope 0.01 below 0).",
            _with(lambda a, da: da * np.where(a > 0, 1, 0.01)),
        ),
        WrongAnswer(
            "The derivative is that of a leaky ReLU (slope 0.1 below 0).",
            _with(lambda a, da: da * np.where(a > 0, 1, 0.1)),
        ),
        WrongAnswer(
            "The derivative is -1 where `a1` is 0; it is 0 there.",
            _with(lambda a, da: da * np.where(a > 0, 1, -1)),
        ),
        WrongAnswer(
            "The derivative is 1/2 where `a1` is 0; it is 0 here.",
            _with(lambda a, da: da * np.where(a > 0, 1, 0.5)),
        ),
        WrongAnswer(
            "The gradient passes only where `a1` is greater than 0.5.", _with(lambda a, da: da * (a > 0.5))
        ),
        WrongAnswer(
            "The gradient passes only where `a1` is greater than 1.", _with(lambda a, da: da * (a > 1))
        ),
        WrongAnswer(
            "The gradient is stopped where all of `a1` is judged together.",
            _with(lambda a, da: da * (a.sum() > 0)),
        ),
        WrongAnswer(
            "A unit is judged by all samples together; each sample has its own.",
            _with(lambda a, da: da * (a.sum(axis=1, keepdims=True) > 0)),
        ),
        WrongAnswer(
            "A unit is judged by all samples together; each sample has its own.",
            _with(lambda a, da: da * (a.min(axis=1, keepdims=True) > 0)),
        ),
        WrongAnswer(
            "The output `a1` is stopped instead of the gradient: the result is `a1` where the gradient is positive.",
            _with(lambda a, da: a * (da > 0)),
        ),
        WrongAnswer(
            "The derivative of the softmax is used for the ReLU.",
            _with(lambda a, da: a * (da - (da * a).sum(axis=0))),
        ),
        *_common(lambda a: a > 0),
    ),
)


def _epoch(order=None, size=None, reduce=1.0, sequential=False):  # type: ignore[no-untyped-def]
    """One epoch with one thing done otherwise."""

    def wrong(W1, b1, W2, b2, x, labels, rate, batch_size):  # type: ignore[no-untyped-def]
        samples = x.shape[1]
        places = np.arange(samples) if order is None else order(samples)
        step = size(batch_size, samples) if size else batch_size
        for start in range(0, samples, step):
            some = places[start : start + step]
            a1, y = forward(W1, b1, W2, b2, x[:, some])
            dW1, db1, dW2, db2 = backward(x[:, some], a1, y, labels[some], W2)
            factor = rate * (reduce(len(some), batch_size, samples) if callable(reduce) else reduce)
            if sequential:
                W2, b2 = W2 - factor * dW2, b2 - factor * db2
                dW1, db1, _, _ = backward(x[:, some], a1, y, labels[some], W2)
                W1, b1 = W1 - factor * dW1, b1 - factor * db1
            else:
                W1, b1, W2, b2 = W1 - factor * dW1, b1 - factor * db1, W2 - factor * dW2, b2 - factor * db2
        return W1, b1, W2, b2

    return wrong


def _accumulated(*given: Any, keep: bool) -> Any:
    """The gradients of the batches are added up: one step at the end, or each step with all gradients so far."""
    W1, b1, W2, b2, x, labels, rate, batch_size = given
    totals = [0.0 * p for p in (W1, b1, W2, b2)]
    for start in range(0, x.shape[1], batch_size):
        some = slice(start, start + batch_size)
        gradients = backward(x[:, some], *forward(W1, b1, W2, b2, x[:, some]), labels[some], W2)
        totals = [total + gradient for total, gradient in zip(totals, gradients, strict=True)]
        if keep:
            W1, b1, W2, b2 = (p - rate * total for p, total in zip((W1, b1, W2, b2), totals, strict=True))
    return (
        (W1, b1, W2, b2)
        if keep
        else tuple(p - rate * t for p, t in zip((W1, b1, W2, b2), totals, strict=True))
    )


def _batches(count: Any) -> Any:
    """As many batches as asked, each of them of this size, as far as there are samples."""

    def wrong(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, labels: Any, rate: Any, batch_size: Any) -> Any:
        for k in range(count(x.shape[1], batch_size)):
            some = slice(k * batch_size, (k + 1) * batch_size)
            one = (x[:, some], labels[some])
            W1, b1, W2, b2 = _epoch(size=lambda b, n: max(n, 1))(W1, b1, W2, b2, *one, rate, batch_size)
        return W1, b1, W2, b2

    return wrong


_SLICES: tuple[tuple[str, Any], ...] = (  # (batch size, number of samples) -> the bounds of each slice
    (
        "The slices end one sample too early, so the last sample of every batch is left out.",
        lambda size, count: [(i, i + size - 1) for i in range(0, count, size)],
    ),
    (
        "The slices end one sample too late, so the first sample of the next batch is used, too.",
        lambda size, count: [(i, i + size + 1) for i in range(0, count, size)],
    ),
    (
        "The slices begin one sample too late, so the first sample of every batch is left out.",
        lambda size, count: [(i + 1, i + size) for i in range(0, count, size)],
    ),
    (
        "The slices begin and end one sample too late.",
        lambda size, count: [(i + 1, i + size + 1) for i in range(0, count, size)],
    ),
    (
        "Every slice goes to the last sample. Either its end is missing, or it is a large fixed number.",
        lambda size, count: [(i, count) for i in range(0, count, size)],
    ),
    (
        "Every slice begins at the first sample, so the batches grow.",
        lambda size, count: [(0, i + size) for i in range(0, count, size)],
    ),
    (
        "The first batch is used in every step.",
        lambda size, count: [(0, size) for _ in range(0, count, size)],
    ),
    (
        "All images are used in every step, not those of the batch alone.",
        lambda size, count: [(0, count) for _ in range(0, count, size)],
    ),
    (
        "The loop runs over the numbers below `batch_size`, not over the starts of the batches.",
        lambda size, count: [(i, i + size) for i in range(size)],
    ),
    (
        "The batches come in reverse order.",
        lambda size, count: [(i, i + size) for i in reversed(range(0, count, size))],
    ),
    (
        "The batches come in reverse order. Also, samples at the start that do not fill a batch are left out.",
        lambda size, count: [(i, i + size) for i in range(count - size, -1, -size)],
    ),
    *(
        (
            "The end of the slices is a fixed number after their start; it depends on `batch_size`.",
            lambda size, count, k=fixed: [(i, i + k) for i in range(0, count, size)],
        )
        for fixed in (1, 2, 3, 4, 5, 8, 10)
    ),
    *(
        (
            "The starts of the batches are a fixed number apart; the distance depends on `batch_size`.",
            lambda size, count, k=fixed: [(i, i + size) for i in range(0, count, k)],
        )
        for fixed in (2, 3, 4, 5, 8, 10)
    ),
)


def _sliced(slices: Any, *given: Any) -> Any:
    """A step for each slice of the samples."""
    places = np.arange(given[4].shape[1])
    groups = [places[start:end] for start, end in slices(given[7], len(places))]
    return _steps([(group, group) for group in groups], *given)


def _rows(*given: Any) -> Any:
    """Steps on rows of the images, which fail where the number of rows is not that of the inputs."""
    W1, b1, W2, b2, x, labels, rate, size = given
    for start in range(0, len(x), size):
        xb, some = x[start : start + size], slice(start, start + size)
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, labels[some], W2)
        W1, b1, W2, b2 = W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2


def _all_images(*given: Any) -> Any:
    """Steps on all images, of which each takes the labels of one batch."""
    W1, b1, W2, b2, x, labels, rate, size = given
    for some in _groups(x.shape[1], size):
        a1, y = forward(W1, b1, W2, b2, x)
        dW1, db1, dW2, db2 = backward(x, a1, y, labels[some], W2)
        W1, b1, W2, b2 = W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2
    return W1, b1, W2, b2


def _moved(places: tuple[int, ...], rule: Any, *given: Any) -> Any:
    """An epoch in which some parameters have another update. rule: (parameter, rate, gradient) -> new parameter."""
    *parameters, x, labels, rate, size = given
    for some in _groups(x.shape[1], size):
        a1, y = forward(parameters[0], parameters[1], parameters[2], parameters[3], x[:, some])
        gradients = backward(x[:, some], a1, y, labels[some], parameters[2])
        parameters = [
            rule(p, rate, d) if i in places else p - rate * d
            for i, (p, d) in enumerate(zip(parameters, gradients, strict=True))
        ]
    return tuple(parameters)


def _partial(
    *given: Any, updated: tuple[int, ...], other: str | None, way: str | None = None, means: str = ""
) -> Any:
    """An epoch with up to two changes. updated: factors of the steps; means: what moves by the mean gradient."""
    W1, b1, W2, b2, x, labels, rate, size = given
    count = x.shape[1]
    changes = {other, way}
    groups = _groups(count, count if "one" in changes else 1 if "single" in changes else size)
    if "inputs" in changes:
        groups = [group for group in _groups(count, size, len(x)) if len(group)]
    if "whole" in changes:
        groups = [group for group in groups if len(group) == size]
    if "reverse" in changes:
        groups = [count - 1 - group for group in groups]
    parameters = [W1, b1, W2, b2]
    for some in groups[: 1 if "first" in changes else None]:
        factor = 1.0 if "rate" in changes else rate
        factor = factor / size if "size" in changes else factor / len(some) if "mean" in changes else factor
        factor = -factor if "sign" in changes else factor
        a1, y = forward(parameters[0], parameters[1], parameters[2], parameters[3], x[:, some])
        gradients = list(backward(x[:, some], a1, y, labels[some], parameters[2]))
        if "sequential" in changes:
            gradients[:2] = backward(x[:, some], a1, y, labels[some], parameters[2] - factor * gradients[2])[
                :2
            ]
        for i in {"biases": (1, 3), "weights": (0, 2)}.get(means, ()):
            gradients[i] = gradients[i] / len(some)
        parameters = [p - u * factor * g for p, u, g in zip(parameters, updated, gradients, strict=True)]
    return tuple(parameters)


def _stale(*given: Any, mean: bool = False) -> Any:
    """The outputs of the given parameters for all batches."""
    W1, b1, W2, b2, x, labels, rate, size = given
    a1, y = forward(W1, b1, W2, b2, x)
    for some in _groups(x.shape[1], size):
        factor = rate / len(some) if mean else rate
        dW1, db1, dW2, db2 = backward(x[:, some], a1[:, some], y[:, some], labels[some], W2)
        W1, b1, W2, b2 = W1 - factor * dW1, b1 - factor * db1, W2 - factor * dW2, b2 - factor * db2
    return W1, b1, W2, b2


def _last(*given: Any) -> tuple[Any, Any]:
    """The samples of the last batch."""
    some = _groups(given[4].shape[1], given[7])[-1]
    return given[4][:, some], given[5][some]


def _final(*given: Any) -> Any:
    """The gradients of the last batch, at the parameters before its step."""
    x, labels, size = given[4], given[5], given[7]
    groups = _groups(x.shape[1], size)
    before = _steps([(group, group) for group in groups[:-1]], *given)
    a1, y = forward(before[0], before[1], before[2], before[3], x[:, groups[-1]])
    return backward(x[:, groups[-1]], a1, y, labels[groups[-1]], before[2])


def _rest_again(*given: Any) -> Any:
    groups = _groups(given[4].shape[1], given[7])
    groups += groups[-1:] if len(groups[-1]) < given[7] else []
    return _steps([(group, group) for group in groups], *given)


def _steps(groups: Any, *given: Any) -> Any:
    """Steps on groups of samples. groups: (x's places, labels' places) of each step."""
    W1, b1, W2, b2, x, labels, rate, _ = given
    for some, of in groups:
        W1, b1, W2, b2 = _epoch(size=lambda b, n: max(n, 1))(W1, b1, W2, b2, x[:, some], labels[of], rate, 1)
    return W1, b1, W2, b2


def _groups(count: int, size: int, until: int | None = None) -> list[np.ndarray]:
    """The samples of each batch. until: a number above all starts, if it is not that of the samples."""
    starts = range(0, count if until is None else until, size)
    return [np.arange(start, min(start + size, count)) for start in starts]


def _shifted(*given: Any) -> Any:
    count, size = given[4].shape[1], given[7]
    groups = _groups(count, size)
    groups[-1] = np.arange(max(count - size, 0), count)
    return _steps([(g, g) for g in groups], *given)


def _filled(*given: Any) -> Any:
    count, size = given[4].shape[1], given[7]
    groups = [(g[0] + np.arange(size)) % count for g in _groups(count, size)]
    return _steps([(g, g) for g in groups], *given)


def _joined(*given: Any) -> Any:
    count, size = given[4].shape[1], given[7]
    groups = _groups(count, size)
    if len(groups) > 1 and len(groups[-1]) < size:
        groups[-2:] = [np.concatenate(groups[-2:])]
    return _steps([(g, g) for g in groups], *given)


def _labels_of_the_first(*given: Any) -> Any:
    groups = _groups(given[4].shape[1], given[7])
    return _steps([(g, np.arange(len(g))) for g in groups], *given)


EPOCH = BankEntry(
    room=102_000,
    bases=5,
    about="one epoch of mini-batch gradient descent on the summed loss, in the given order",
    names=("W1", "b1", "W2", "b2"),
    function="train_epoch",
    # an epoch of one sample is one step, and after a step all results depend on each other
    partial={"in place": 0.75},
    inputs=random_inputs.epoch_inputs,
    sizes={
        "the number of samples": ("x", 1),
        "the number of inputs": ("x", 0),
        "the number of hidden units": ("W1", 1),
        "the number of classes": ("W2", 1),
    },
    samples={"x": 1, "labels": 0},
    positive=("labels",),
    integers=("labels",),
    scalars=("rate", "batch_size"),
    words=_WORDS
    | {
        "a1": "the hidden outputs",
        "y": "the probabilities",
        "xb": "the images of the batch",
        "lb": "the labels of the batch",
        "dW1": "the gradient with respect to `W1`",
        "db1": "the gradient with respect to `b1`",
        "dW2": "the gradient with respect to `W2`",
        "db2": "the gradient with respect to `b2`",
        "start": "the start of the batch",
        "stop": "the end of the batch",
        "z1": "the input of the sigmoid",
        "W1.T @ xb": "the product with `W1`",
        "W2.T @ a1": "the product with `W2`",
        "rate * dW1": "the step of `W1`",
        "rate * db1": "the step of `b1`",
        "rate * dW2": "the step of `W2`",
        "rate * db2": "the step of `b2`",
    },
    writings=(
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start:start + batch_size]
        lb = labels[start:start + batch_size]
        a1, y = forward(W1, b1, W2, b2, xb)
        dW1, db1, dW2, db2 = backward(xb, a1, y, lb, W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    start = 0
    while start < x.shape[1]:
        stop = min(start + batch_size, x.shape[1])
        a1, y = forward(W1, b1, W2, b2, x[:, start:stop])
        dW1, db1, dW2, db2 = backward(x[:, start:stop], a1, y, labels[start:stop], W2)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
        start = stop
    return W1, b1, W2, b2
""",
        """
def train_epoch(W1, b1, W2, b2, x, labels, rate, batch_size):
    for start in range(0, x.shape[1], batch_size):
        xb = x[:, start:start + batch_size]
        lb = labels[start:start + batch_size]
        a1 = sigmoid(W1.T @ xb + b1)
        y = softmax(W2.T @ a1 + b2)
        dz2 = scores_gradient(y, lb)
        dW2 = a1 @ dz2.T
        db2 = dz2.sum(axis=1, keepdims=True)
        dz1 = (W2 @ dz2) * a1 * (1 - a1)
        dW1 = xb @ dz1.T
        db1 = dz1.sum(axis=1, keepdims=True)
        W1 = W1 - rate * dW1
        b1 = b1 - rate * db1
        W2 = W2 - rate * dW2
        b2 = b2 - rate * db2
    return W1, b1, W2, b2
""",
    ),
    hints=(
        "Divide seven images into batches of three, on paper. Which image begins each batch, and how "
        "large is the last one?",
        "One batch needs a forward pass, a backward pass and an update, as in A6. "
        "Which of the values change from one batch to the next?",
        "Images and labels of a batch are taken with the same bounds. "
        "NumPy's slices end by themselves where the array ends, so the last batch needs no special case.",
    ),
    mistakes=(
        WrongAnswer(
            "The last, smaller batch is left out.",
            lambda *g: _partial(*g, updated=(1, 1, 1, 1), other="whole"),
        ),
        WrongAnswer(
            "The parameters move only once, with the gradient of all samples; they move after every batch.",
            _epoch(size=lambda b, n: n),
        ),
        WrongAnswer(
            "There is a step after every single sample; a batch has several.", _epoch(size=lambda b, n: 1)
        ),
        WrongAnswer(
            "The number of batches and their size are exchanged.", _epoch(size=lambda b, n: max(n // b, 1))
        ),
        WrongAnswer(
            "The number of batches and their size are exchanged.", _epoch(size=lambda b, n: -(-n // b))
        ),
        WrongAnswer("The batches are one sample too large.", _epoch(size=lambda b, n: b + 1)),
        WrongAnswer("The batches are one sample too small.", _epoch(size=lambda b, n: max(b - 1, 1))),
        WrongAnswer("The samples are used in reverse order.", _epoch(order=lambda n: np.arange(n)[::-1])),
        WrongAnswer(
            "The mean over the batch is taken; the loss is the sum.", _epoch(reduce=lambda n, b, N: 1 / n)
        ),
        WrongAnswer(
            "There is a division by `batch_size`; the loss is the sum.", _epoch(reduce=lambda n, b, N: 1 / b)
        ),
        WrongAnswer(
            "There is a division by the number of all samples; the loss is the sum.",
            _epoch(reduce=lambda n, b, N: 1 / N),
        ),
        WrongAnswer(
            "The gradient is scaled up to all samples: it is multiplied by their number and divided "
            "by that of the batch.",
            _epoch(reduce=lambda n, b, N: N / n),
        ),
        WrongAnswer(
            "The gradient is multiplied by the number of samples in the batch; the sum is taken already.",
            _epoch(reduce=lambda n, b, N: n),
        ),
        WrongAnswer("The rate is missing.", lambda *g: _epoch()(*g[:6], 1.0, g[7])),
        WrongAnswer(
            "The sign is wrong: the parameters move along the gradient, so the loss rises.",
            _epoch(reduce=-1.0),
        ),
        WrongAnswer("The rate is divided by 2 or multiplied by 1/2.", _epoch(reduce=0.5)),
        WrongAnswer("The rate is multiplied by 2.", _epoch(reduce=2.0)),
        WrongAnswer(
            "`W2` moves before the gradients of the first layer are computed; "
            "all gradients belong to the same parameters.",
            _epoch(sequential=True),
        ),
        WrongAnswer(
            "Each step uses the gradients of all batches so far; it uses those of its own batch only.",
            lambda *g: _accumulated(*g, keep=True),
        ),
        WrongAnswer("There are two epochs; one is asked.", lambda *g: _epoch()(*_epoch()(*g), *g[4:])),
        WrongAnswer("Only the first batch is used.", _batches(lambda n, b: 1)),
        WrongAnswer(
            "The first batch is left out.", lambda *g: _epoch()(*g[:4], g[4][:, g[7] :], g[5][g[7] :], *g[6:])
        ),
        WrongAnswer("The last batch is left out.", _batches(lambda n, b: -(-n // b) - 1)),
        WrongAnswer(
            "The number of batches is rounded to the nearest whole number, so the last one can be missing.",
            _batches(lambda n, b: round(n / b)),
        ),
        WrongAnswer(
            "The number of batches is `batch_size`, which is the number of samples in one batch; the other samples "
            "are left out.",
            _batches(lambda n, b: b),
        ),
        WrongAnswer(
            "The given parameters are returned. Either the new ones are computed but not returned, or there is no "
            "step at all.",
            lambda *g: g[:4],
        ),
        WrongAnswer("The batches are taken from the rows of `x`; each column is an image.", _rows),
        *(WrongAnswer(sentence, lambda *g, s=slices: _sliced(s, *g)) for sentence, slices in _SLICES),
        WrongAnswer("All images are used in every step, not those of the batch alone.", _all_images),
        *(
            WrongAnswer(
                sentence.format(names),
                lambda *g, p=places, r=rule: _moved(p, r, *g),
            )
            for sentence, rule in (
                (
                    "The step of {} uses the parameter itself in place of its gradient.",
                    lambda p, s, d: p - s * p,
                ),
                ("The old value of {} is missing: it is replaced by its step.", lambda p, s, d: s * d),
                ("The old value of {} is missing: it is replaced by its step.", lambda p, s, d: -s * d),
            )
            for names, places in (
                ("every parameter", (0, 1, 2, 3)),
                *((f"`{name}`", (i,)) for i, name in enumerate(("W1", "b1", "W2", "b2"))),
                ("each of `W1` and `W2`", (0, 2)),
            )
        ),
        WrongAnswer("The second layer does not move.", lambda *g: (*_epoch()(*g)[:2], *g[2:4])),
        WrongAnswer(
            "The batches take every k-th sample; a batch consists of neighbours.",
            _epoch(order=lambda n: np.argsort(np.arange(n) % 2, kind="stable")),
        ),
        WrongAnswer("The last batch begins earlier, so that it is as large as the others.", _shifted),
        WrongAnswer("The last batch is filled up with samples from the start.", _filled),
        WrongAnswer("The last, smaller batch is joined to the one before.", _joined),
        WrongAnswer(
            "The samples that are left after the whole batches are used twice: in the last batch, "
            "and once more after the loop.",
            _rest_again,
        ),
        WrongAnswer(
            "The samples are divided into `batch_size` batches; `batch_size` is the number of samples in one.",
            lambda *g: _steps([(k, k) for k in np.array_split(np.arange(g[4].shape[1]), g[7])], *g),
        ),
        WrongAnswer(
            "The forward pass is done once, before the loop, so later batches have the outputs of "
            "the first parameters.",
            _stale,
        ),
        WrongAnswer(
            "The forward pass is done once, before the loop. Also, there is a division by the number "
            "of samples in the batch.",
            lambda *g: _stale(*g, mean=True),
        ),
        WrongAnswer(
            "Only the last batch counts. Either the update comes after the loop, or every step starts again from "
            "the given parameters.",
            lambda *g: _epoch()(*g[:4], *_last(*g), *g[6:]),
        ),
        WrongAnswer("The gradients of the last batch are returned in place of the parameters.", _final),
        WrongAnswer(
            "Every batch lacks its last sample.",
            lambda *g: _steps([(k[:-1], k[:-1]) for k in _groups(g[4].shape[1], g[7])], *g),
        ),
        WrongAnswer(
            "The loop runs over another number than that of the samples: the number of inputs.",
            lambda *g: _steps([(k, k) for k in _groups(g[4].shape[1], g[7], len(g[4]))], *g),
        ),
        *(
            WrongAnswer(sentence, lambda *g, u=updated, o=other: _partial(*g, updated=u, other=o))
            for also, other in (
                ("", None),
                (" Also, the last, smaller batch is left out.", "whole"),
                (" Also, only the first batch is used.", "first"),
                (" Also, there is a division by the number of samples in the batch.", "mean"),
                (" Also, there is a division by `batch_size`.", "size"),
                (" Also, the steps go along the gradient.", "sign"),
                (" Also, all samples are used in one step.", "one"),
            )
            for sentence, updated in (
                ("`b1` and `b2` are not updated." + also, (1, 0, 1, 0)),
                ("`W1` and `b1` are not updated." + also, (0, 0, 1, 1)),
                ("`W2` and `b2` are not updated." + also, (1, 1, 0, 0)),
                ("`b1` is not updated." + also, (1, 0, 1, 1)),
                ("`b2` is not updated." + also, (1, 1, 1, 0)),
            )
        ),
        *(
            WrongAnswer(
                f"{sentence[0].upper()}{sentence[1:]} Also, {second}",
                lambda *g, u=(1, 1, 1, 1), o=other, w=way: _partial(*g, updated=u, other=o, way=w),
            )
            for second, way in (
                ("there is a division by `batch_size`.", "size"),
                ("there is a division by the number of samples in the batch.", "mean"),
                ("the steps go along the gradient.", "sign"),
                ("the rate is missing.", "rate"),
            )
            for sentence, other in (
                ("the last, smaller batch is left out.", "whole"),
                ("only the first batch is used.", "first"),
                ("all samples are used in one step.", "one"),
                ("there is a step after every single sample.", "single"),
                ("`W2` moves before the gradients of the first layer are computed.", "sequential"),
                ("the samples come in reverse order.", "reverse"),
            )
        ),
        *(
            WrongAnswer(
                f"{first}{second}".strip(),
                lambda *g, u=signs, m=means, o=other: _partial(*g, updated=u, means=m, other=o),
            )
            for first, signs in (
                ("", (1, 1, 1, 1)),
                ("The step of `W1` has the wrong sign. ", (-1, 1, 1, 1)),
                ("The step of `b1` has the wrong sign. ", (1, -1, 1, 1)),
                ("The step of `W2` has the wrong sign. ", (1, 1, -1, 1)),
                ("The step of `b2` has the wrong sign. ", (1, 1, 1, -1)),
                ("The steps of `W2` and `b2` have the wrong sign. ", (1, 1, -1, -1)),
                ("The steps of `W1` and `b1` have the wrong sign. ", (-1, -1, 1, 1)),
                ("The steps of `b1` and `b2` have the wrong sign. ", (1, -1, 1, -1)),
            )
            for second, means, other in (
                ("", "", None),
                ("The mean over the batch is taken for the biases; the loss is the sum.", "biases", None),
                ("The mean over the batch is taken for the weights; the loss is the sum.", "weights", None),
                ("There is a division by the number of samples in the batch.", "", "mean"),
                ("There is a division by `batch_size`.", "", "size"),
                ("The last, smaller batch is left out.", "", "whole"),
                ("Only the first batch is used.", "", "first"),
            )
            if first or means
        ),
        *(
            WrongAnswer(
                f"The loop runs over the number of inputs, not over that of the samples. Also, {also}",
                lambda *g, o=other: _partial(*g, updated=(1, 1, 1, 1), other=o, way="inputs"),
            )
            for also, other in (
                ("there is a division by `batch_size`.", "size"),
                ("there is a division by the number of samples in the batch.", "mean"),
                ("the steps go along the gradient.", "sign"),
            )
        ),
        WrongAnswer(
            "The images of a batch are meant for other labels: the labels of the first batch are used every time.",
            _labels_of_the_first,
        ),
    ),
    pairs=True,
)
