"""The exercises of Part A: inputs, right answers as students write them, hints, and mistakes that no operator makes."""

import numpy as np

from labutils.instructor.bank import random_inputs
from labutils.instructor.bank.entry import BankEntry, WrongAnswer
from labutils.instructor.bank.part_a_bound import BOUND

_LINEAR = BankEntry(
    about="the backward pass of the linear layer z = W^T x + b, one column a sample",
    names=("dW", "db", "dx"),
    function="linear_backward",
    partial={"in place": 0.75, "single sample": 0.5, "factor": 0.5, "outputs": 0.67},
    inputs=random_inputs.linear_inputs,
    sizes={
        "the number of samples": ("x", 1),
        "the number of inputs": ("W", 0),
        "the number of outputs": ("W", 1),
    },
    samples={"x": 1, "dz": 1},
    writings=(
        """
def linear_backward(W, x, dz):
    dW = x @ dz.T
    db = dz.sum(axis=1, keepdims=True)
    dx = W @ dz
    return dW, db, dx
""",
        """
def linear_backward(W, x, dz):
    dW = np.dot(dz, x.T).T
    db = np.sum(dz, axis=1).reshape(-1, 1)
    dx = np.dot(dz.T, W.T).T
    return dW, db, dx
""",
        """
def linear_backward(W, x, dz):
    dW = np.zeros(W.shape)
    db = np.zeros((W.shape[1], 1))
    dx = np.zeros(x.shape)
    for i in range(x.shape[1]):
        dW += np.outer(x[:, i], dz[:, i])
        db[:, 0] += dz[:, i]
        dx[:, i] = W @ dz[:, i]
    return dW, db, dx
""",
        """
def linear_backward(W, x, dz):
    dW = np.zeros(W.shape)
    db = np.zeros((W.shape[1], 1))
    dx = np.zeros(x.shape)
    for i in range(x.shape[1]):
        for r in range(W.shape[0]):
            for j in range(W.shape[1]):
                dW[r, j] += x[r, i] * dz[j, i]
                dx[r, i] += W[r, j] * dz[j, i]
        for j in range(W.shape[1]):
            db[j, 0] += dz[j, i]
    return dW, db, dx
""",
    ),
    hints=(
        "Take one sample and one weight, W[0, 0]. Which outputs does this weight change, and by how much?",
        "Write the shapes of the two factors under the shape of the result. "
        "They fit only in one order, and with one transpose or none.",
        "All samples share the weights and the bias, so each sample contributes to their gradients. "
        "Each sample has its own column of dx.",
    ),
    mistakes=(
        WrongAnswer(
            "`db` is one number for all outputs; each output has its own bias.",
            lambda W, x, dz: (x @ dz.T, np.full((len(dz), 1), dz.sum()), W @ dz),
        ),
        WrongAnswer(
            "In `db`, `dz` is not used: it counts the samples.",
            lambda W, x, dz: (x @ dz.T, np.full((len(dz), 1), float(dz.shape[1])), W @ dz),
        ),
        WrongAnswer(
            "`dW` is the same in all columns: the gradients of the outputs are added up before the product.",
            lambda W, x, dz: (
                np.outer(x @ dz.sum(axis=0), np.ones(len(dz))),
                dz.sum(axis=1, keepdims=True),
                W @ dz,
            ),
        ),
        WrongAnswer(
            "In `dW`, the sums over the samples of `x` and of `dz` are multiplied; "
            "each sample has its own product, and the products are added.",
            lambda W, x, dz: (np.outer(x.sum(axis=1), dz.sum(axis=1)), dz.sum(axis=1, keepdims=True), W @ dz),
        ),
        WrongAnswer(
            "In `dx`, the sum over the samples is taken; each sample has its own column.",
            lambda W, x, dz: (
                x @ dz.T,
                dz.sum(axis=1, keepdims=True),
                W @ dz.sum(axis=1, keepdims=True) + 0 * x,
            ),
        ),
        WrongAnswer(
            "In `dx`, the sum over the samples is taken; each sample has its own column.",
            lambda W, x, dz: (x @ dz.T, dz.sum(axis=1, keepdims=True), W @ dz.sum(axis=1, keepdims=True)),
        ),
        WrongAnswer(
            "`dx` is the output of the forward pass or a part of it, not the gradient with respect to `x`.",
            lambda W, x, dz: (x @ dz.T, dz.sum(axis=1, keepdims=True), W.T @ x),
        ),
        WrongAnswer(
            "In `dx`, the weights alone are returned; `dz` is not used.",
            lambda W, x, dz: (
                x @ dz.T,
                dz.sum(axis=1, keepdims=True),
                np.repeat(W.sum(axis=1, keepdims=True), x.shape[1], axis=1),
            ),
        ),
    ),
)

_SIGMOID = BankEntry(
    about="the backward pass of the sigmoid, from its output p and the gradient dp",
    names=("dz",),
    function="sigmoid_backward",
    # each entry has its own sample, so one sample is no special case
    partial={"in place": 0.75, "factor": 0.5},
    inputs=random_inputs.sigmoid_inputs,
    sizes={"the number of samples": ("p", 1), "the number of outputs": ("p", 0)},
    samples={"p": 1, "dp": 1},
    positive=("p",),
    words={
        "1 - p": "the factor that is 0 where `p` is 1",
        "p * (1 - p)": "the derivative of the sigmoid",
        "p - p ** 2": "the derivative of the sigmoid",
        "slope": "the derivative of the sigmoid",
    },
    writings=(
        """
def sigmoid_backward(p, dp):
    dz = dp * p * (1 - p)
    return dz
""",
        """
def sigmoid_backward(p, dp):
    slope = p * (1 - p)
    dz = slope * dp
    return dz
""",
        """
def sigmoid_backward(p, dp):
    dz = dp * (p - p ** 2)
    return dz
""",
        """
def sigmoid_backward(p, dp):
    dz = dp * p - dp * p * p
    return dz
""",
        """
def sigmoid_backward(p, dp):
    dz = np.zeros(p.shape)
    for i in range(p.shape[1]):
        for j in range(p.shape[0]):
            dz[j, i] = dp[j, i] * p[j, i] * (1 - p[j, i])
    return dz
""",
        """
def sigmoid_backward(p, dp):
    dz = np.zeros(p.shape)
    for i in range(p.shape[1]):
        dz[:, i] = np.diag(p[:, i] * (1 - p[:, i])) @ dp[:, i]
    return dz
""",
    ),
    hints=(
        "Each output depends on one input only. What does this say about the Jacobian?",
        "Differentiate 1 / (1 + exp(-z)) and look for the output p in the result. "
        "Then no exponential is needed.",
        "The derivative is 1/4 where p is 1/2 and approaches 0 where p approaches 0 or 1. "
        "The chain rule multiplies it by dp, element by element.",
    ),
    mistakes=(
        WrongAnswer(
            "The sigmoid is applied again: `p` is already the output.",
            lambda p, dp: dp * _sigmoid(p) * (1 - _sigmoid(p)),
        ),
        WrongAnswer(
            "The sigmoid is applied again: `p` is already the output.",
            lambda p, dp: dp * _sigmoid(p) * (1 - p),
        ),
        WrongAnswer(
            "The sigmoid is applied to `p` instead of the derivative.", lambda p, dp: dp * _sigmoid(p)
        ),
        WrongAnswer("This is the derivative of tanh, not of the sigmoid.", lambda p, dp: dp * (1 - p**2)),
        WrongAnswer(
            "`dp` passes through unchanged: the derivative of the sigmoid is missing.", lambda p, dp: dp
        ),
        WrongAnswer(
            "The factors `p` and 1 minus `dp` are exchanged or mixed up.", lambda p, dp: p * (1 - dp)
        ),
        WrongAnswer(
            "1 minus `dp` is used; the derivative depends on `p` only.", lambda p, dp: dp * (1 - dp) * p
        ),
        WrongAnswer("The derivative is taken at `dp`, and `p` is not used.", lambda p, dp: dp * (1 - dp)),
        WrongAnswer("`p` and `dp` are exchanged.", lambda p, dp: p * dp * (1 - dp)),
        WrongAnswer(
            "Parentheses are missing: a product comes before a difference.", lambda p, dp: dp * p * 1 - p
        ),
        WrongAnswer(
            "Parentheses are missing: a product comes before a difference.",
            lambda p, dp: dp * p - dp * p**2 * 0 - p**2,
        ),
        WrongAnswer("The logarithm's derivative is used, not the sigmoid's.", lambda p, dp: dp / p),
        WrongAnswer(
            "The score is recovered from `p`, and the factor of the exponential is missing.",
            lambda p, dp: dp * p**2,
        ),
        WrongAnswer(
            "The derivative is taken with the exponential of `p`; `p` is the output, not the score.",
            lambda p, dp: dp * np.exp(-p) / (1 + np.exp(-p)) ** 2,
        ),
        WrongAnswer(
            "The derivative is taken with the exponential of `p`, and it is not squared below the line.",
            lambda p, dp: dp * np.exp(-p) / (1 + np.exp(-p)),
        ),
        WrongAnswer("The largest slope, 1/4, is used everywhere.", lambda p, dp: dp / 4),
        WrongAnswer(
            "The result is summed over the samples; each sample has its own column.",
            lambda p, dp: (dp * p * (1 - p)).sum(axis=1, keepdims=True) + 0 * p,
        ),
    ),
)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


_NLL = BankEntry(
    room=53_000,
    about="the backward pass of the summed negative log-likelihood",
    names=("dp",),
    function="nll_backward",
    # each entry has its own sample, so one sample is no special case
    partial={"in place": 0.75, "factor": 0.5},
    inputs=random_inputs.nll_inputs,
    sizes={"the number of samples": ("p", 1), "the number of outputs": ("p", 0)},
    samples={"p": 1, "t": 1},
    positive=("p", "t"),
    integers=("t",),
    words={
        "1 - p": "the probability of target 0",
        "1 - t": "the indicator of target 0",
        "p * (1 - p)": "the denominator",
        "p - t": "the difference of `p` and `t`",
        "t / p": "the part for target 1",
        "if t[j, i] == 1": "for target 1|for target 0",
        "(1 - t) / (1 - p)": "the part for target 0",
        "-t / p": "the part for target 1",
        "-1 / p": "the part for target 1",
        "1 / (1 - p)": "the part for target 0",
    },
    writings=(
        """
def nll_backward(p, t):
    dp = (p - t) / (p * (1 - p))
    return dp
""",
        """
def nll_backward(p, t):
    dp = -t / p + (1 - t) / (1 - p)
    return dp
""",
        """
def nll_backward(p, t):
    dp = -(t / p - (1 - t) / (1 - p))
    return dp
""",
        """
def nll_backward(p, t):
    dp = np.where(t == 1, -1 / p, 1 / (1 - p))
    return dp
""",
        """
def nll_backward(p, t):
    dp = np.zeros(p.shape)
    for i in range(p.shape[1]):
        for j in range(p.shape[0]):
            if t[j, i] == 1:
                dp[j, i] = -1 / p[j, i]
            else:
                dp[j, i] = 1 / (1 - p[j, i])
    return dp
""",
        """
def nll_backward(p, t):
    dp = np.zeros(p.shape)
    dp[t == 1] = -1 / p[t == 1]
    dp[t == 0] = 1 / (1 - p[t == 0])
    return dp
""",
    ),
    hints=(
        "Only one of the two logarithms counts for a sample. Which one, if its target is 1? And if it is 0?",
        "Differentiate the logarithm that counts with respect to p, with its minus sign. "
        "The logarithm of 1 - p contributes a second minus sign.",
        "Check two values: for target 1 and p = 0.5 the gradient is -2, and for target 0 it is +2. "
        "Where p is close to the target, it is close to -1 or to +1.",
    ),
    mistakes=(
        WrongAnswer("`p` and `t` are exchanged.", lambda p, t: (t - p) / (t * (1 - t))),
        WrongAnswer(
            "`t` is used in the denominator where `p` belongs.", lambda p, t: (p - t) / (t * (1 - t))
        ),
        WrongAnswer(
            "This is the gradient with respect to the score, with the sigmoid's derivative in it; "
            "here it is the one with respect to `p`.",
            lambda p, t: p - t,
        ),
        WrongAnswer("This is the gradient of a squared error.", lambda p, t: 2 * (p - t)),
        WrongAnswer(
            "This is the loss itself; its derivative with respect to `p` is asked.",
            lambda p, t: -(t * np.log(p) + (1 - t) * np.log(1 - p)),
        ),
        WrongAnswer(
            "This is the log-likelihood; the derivative of the loss is asked.",
            lambda p, t: t * np.log(p) + (1 - t) * np.log(1 - p),
        ),
        WrongAnswer(
            "The values are integers: an array of the type of `t` cannot hold fractions.",
            lambda p, t: np.trunc((p - t) / (p * (1 - p))).astype(t.dtype),
        ),
        WrongAnswer(
            "For target 1 the sign is wrong: a larger `p` makes the loss smaller there.",
            lambda p, t: 1 / np.where(t == 1, p, 1 - p),
        ),
        WrongAnswer(
            "The sign is the same for both targets; for target 0 it is the other one.",
            lambda p, t: -1 / np.where(t == 1, p, 1 - p),
        ),
        WrongAnswer(
            "Either there is a multiplication where it should be a division, or the fraction is upside down.",
            lambda p, t: -t * p + (1 - t) * (1 - p),
        ),
        WrongAnswer(
            "Parentheses are missing: a division comes before a difference.",
            lambda p, t: -t / p + 1 - t / 1 - p,
        ),
        WrongAnswer(
            "The sigmoid is applied to `p`, which is already a probability.",
            lambda p, t: (_sigmoid(p) - t) / (_sigmoid(p) * (1 - _sigmoid(p))),
        ),
        WrongAnswer(
            "The sigmoid is applied to `p`, which is already a probability.", lambda p, t: _sigmoid(p) - t
        ),
        WrongAnswer("The targets 0 are treated like the targets 1.", lambda p, t: -1 / p),
        WrongAnswer("The targets 1 are treated like the targets 0.", lambda p, t: 1 / (1 - p)),
        WrongAnswer(
            "The signs of the targets are used as -1 and 1, with a sigmoid's slope.",
            lambda p, t: -(2 * t - 1) * p * (1 - p),
        ),
        WrongAnswer(
            "This is the gradient of a squared error through a sigmoid.",
            lambda p, t: 2 * (p - t) * p * (1 - p),
        ),
    ),
)


def _losses(p: np.ndarray, t: np.ndarray) -> np.ndarray:
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


def _nll_slope(p: np.ndarray, t: np.ndarray) -> np.ndarray:
    return (p - t) / (p * (1 - p))


def _chain(z: np.ndarray, p: np.ndarray, dp: np.ndarray) -> np.ndarray:
    return dp * p * (1 - p)


_EXPLICIT = """
def train_by_hand(x, t, W, b, rate, steps):
    for step in range(steps):
        z = W.T @ x + b
        p = 1 / (1 + np.exp(-z))
        dz = p - t
        dW = x @ dz.T
        db = dz.sum(axis=1, keepdims=True)
        W = W - rate * dW
        b = b - rate * db
    return W, b
"""

_DESCENT = BankEntry(
    room=88_000,
    bases=5,
    about="full-batch gradient descent on the summed negative log-likelihood of a sigmoid",
    names=("W", "b"),
    function="train_by_hand",
    # a step changes all: no factor, and no result alone
    partial={"in place": 0.75, "single sample": 0.5},
    inputs=random_inputs.descent_inputs,
    sizes={"the number of samples": ("x", 1), "the number of inputs": ("x", 0)},
    samples={"x": 1, "t": 1},
    positive=("t",),
    integers=("t",),
    scalars=("rate", "steps"),
    words={
        "z": "the scores",
        "p": "the probabilities",
        "dz": "the gradient with respect to the scores",
        "dp": "the gradient with respect to the probabilities",
        "dW": "the gradient with respect to `W`",
        "db": "the gradient with respect to `b`",
        "W.T @ x": "the product of `W` and `x`",
        "p - t": "the difference of the probabilities and `t`",
        "rate * dW": "the step of `W`",
        "rate * db": "the step of `b`",
    },
    writings=(
        """
def train_by_hand(x, t, W, b, rate, steps):
    for step in range(steps):
        p = sigmoid(linear(W, b, x))
        dp = nll_backward(p, t)
        dz = sigmoid_backward(p, dp)
        dW, db, dx = linear_backward(W, x, dz)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
        _EXPLICIT,
        """
def train_by_hand(x, t, W, b, rate, steps):
    for step in range(steps):
        p = sigmoid(W.T @ x + b)
        dp = -t / p + (1 - t) / (1 - p)
        dz = dp * p * (1 - p)
        dW = x @ dz.T
        db = dz.sum(axis=1, keepdims=True)
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
        """
def train_by_hand(x, t, W, b, rate, steps):
    for step in range(steps):
        dW = np.zeros(W.shape)
        db = np.zeros(b.shape)
        for i in range(x.shape[1]):
            p = sigmoid(W.T @ x[:, [i]] + b)
            dz = p - t[:, [i]]
            dW += x[:, [i]] @ dz.T
            db += dz
        W = W - rate * dW
        b = b - rate * db
    return W, b
""",
    ),
    pairs=True,
    hints=(
        "Write the forward pass for all columns at once. Then compute the gradients from the last "
        "layer to the first.",
        "The functions of A3 give the gradients. What does each of them need from the forward pass?",
        "Compute both gradients with the same W and b, and only then change W and b. A step is the learning "
        "rate times the gradient, and it goes against the gradient. All of this belongs in the loop.",
    ),
    mistakes=(
        WrongAnswer(
            "The steps go along the gradient instead of against it; a sign is wrong.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, b, -rate, steps),
        ),
        WrongAnswer(
            "There is a division by the number of samples; the loss here is the sum.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate / x.shape[1], steps),
        ),
        WrongAnswer("The rate is missing.", lambda x, t, W, b, rate, steps: _train(x, t, W, b, 1.0, steps)),
        WrongAnswer(
            "There is one step too few.", lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate, steps - 1)
        ),
        WrongAnswer(
            "There is one step too many.", lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate, steps + 1)
        ),
        WrongAnswer(
            "There is only one step: the function returns inside the loop, or every pass starts from "
            "the given `W` and `b`.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate, 1),
        ),
        *(
            WrongAnswer(
                sentence,
                lambda x, t, W, b, rate, steps, g=gradient: _train(x, t, W, b, rate, steps, gradient=g),
            )
            for sentence, gradient in (
                (
                    "The derivative of the sigmoid is missing: the gradient with respect to the "
                    "probabilities is used as if it were "
                    "the one with respect to the scores.",
                    lambda p, t: (p - t) / (p * (1 - p)),
                ),
                (
                    "The derivative of the sigmoid is there once too often: the difference of the "
                    "probabilities and `t` contains it already.",
                    lambda p, t: (p - t) * p * (1 - p),
                ),
                ("The gradient is that of a squared error.", lambda p, t: 2 * (p - t) * p * (1 - p)),
                ("There is a factor 2, as for a squared error.", lambda p, t: 2 * (p - t)),
                ("The probabilities are used in place of the gradient; `t` is not used.", lambda p, t: p),
                ("`t` is used in place of the gradient with respect to the scores.", lambda p, t: -t + 0 * p),
                ("The derivative of the sigmoid alone is used as the gradient.", lambda p, t: p * (1 - p)),
                ("The targets 0 are left out.", lambda p, t: (p - t) * t),
                ("The targets 1 are left out.", lambda p, t: (p - t) * (1 - t)),
                ("The sign of the gradient is used, not its size.", lambda p, t: np.sign(p - t)),
                (
                    "The absolute value of the difference is used; its sign is lost.",
                    lambda p, t: np.abs(p - t),
                ),
                (
                    "The loss is used in place of its gradient.",
                    lambda p, t: -(t * np.log(p) + (1 - t) * np.log(1 - p)),
                ),
            )
        ),
        *(
            WrongAnswer(
                f"{first} Also, {second}" if first else f"{second[0].upper()}{second[1:]}",
                lambda x, t, W, b, rate, steps, f=factor, k=more, u=updated: _train(
                    x, t, W, b, f(rate, x.shape[1]), k(steps), updated=u
                ),
            )
            for first, factor in (
                ("There is a division by the number of samples.", lambda rate, n: rate / n),
                ("The steps go along the gradient instead of against it.", lambda rate, n: -rate),
                ("The rate is missing.", lambda rate, n: 1.0),
                ("There is a factor 2 too many.", lambda rate, n: 2 * rate),
                ("", lambda rate, n: rate),
            )
            for second, more, updated in (
                ("there is one step too few.", lambda steps: steps - 1, (1, 1)),
                ("there is one step too many.", lambda steps: steps + 1, (1, 1)),
                ("there is only one step.", lambda steps: 1, (1, 1)),
                ("`b` is never updated.", lambda steps: steps, (1, 0)),
                ("`W` is never updated.", lambda steps: steps, (0, 1)),
                ("there is one step too few, and `b` is never updated.", lambda steps: steps - 1, (1, 0)),
                ("there is only one step, and `b` is never updated.", lambda steps: 1, (1, 0)),
            )
            if first or "and" in second
        ),
        *(
            WrongAnswer(
                f"The rate is not used for `{which}`.{also}",
                lambda x, t, W, b, rate, steps, k=more, w=which: _train(
                    x, t, W, b, rate, k(steps), updated=(1 / rate, 1) if w == "W" else (1, 1 / rate)
                ),
            )
            for which in ("W", "b")
            for also, more in (
                ("", lambda steps: steps),
                (" Also, there is one step too few.", lambda steps: steps - 1),
                (" Also, there is one step too many.", lambda steps: steps + 1),
                (" Also, there is only one step.", lambda steps: 1),
            )
        ),
        *(
            WrongAnswer(
                sentence,
                lambda x, t, W, b, rate, steps, f=dp, g=dz: _by_calls(x, t, W, b, rate, steps, f, g),
            )
            for sentence, dp, dz in (
                ("The two arguments of `nll_backward` are exchanged.", lambda p, t: _nll_slope(t, p), _chain),
                (
                    "The two arguments of `nll_backward` are exchanged.",
                    lambda p, t: 1 / (1 - t),  # if the function asks whether `t` is 1
                    _chain,
                ),
                (
                    "The two arguments of `sigmoid_backward` are exchanged.",
                    lambda p, t: _nll_slope(p, t),
                    lambda z, p, dp: p * dp * (1 - dp),
                ),
                (
                    "`sigmoid_backward` gets the scores; it needs the output of the sigmoid.",
                    lambda p, t: _nll_slope(p, t),
                    lambda z, p, dp: dp * z * (1 - z),
                ),
                (
                    "`nll_backward` gets the loss; it needs the probabilities.",
                    lambda p, t: _nll_slope(_losses(p, t).sum(), t),
                    _chain,
                ),
                (
                    "`nll_backward` gets the losses; it needs the probabilities.",
                    lambda p, t: _nll_slope(_losses(p, t), t),
                    _chain,
                ),
            )
        ),
        WrongAnswer(
            "The gradient with respect to `W` is transposed; its shape has to be that of `W`.",
            lambda x, t, W, b, rate, steps: _moved(x, t, W, b, rate, steps, lambda a, step: a - step.T),
        ),
        *(
            WrongAnswer(
                sentence.format(which),
                lambda x, t, W, b, rate, steps, f=first, g=second: _moved(x, t, W, b, rate, steps, f, g),
            )
            for sentence, change in (
                ("The step replaces {} instead of being subtracted.", lambda a, step: step),
                ("The step, with a minus, replaces {} instead of being subtracted.", lambda a, step: -step),
                ("The difference of {} and the step is taken the other way round.", lambda a, step: step - a),
            )
            for which, first, second in (
                ("`W`", change, np.subtract),
                ("`b`", np.subtract, change),
                ("`W` and `b`", change, change),
            )
        ),
        WrongAnswer(
            "`x` is updated, too; the samples are given, and only `W` and `b` change.",
            lambda x, t, W, b, rate, steps: _moved(x, t, W, b, rate, steps, moves_x=True),
        ),
        WrongAnswer(
            "The last gradients are returned in place of `W` and `b`.",
            lambda x, t, W, b, rate, steps: _gradients(x, t, *_train(x, t, W, b, rate, steps - 1)),
        ),
        WrongAnswer(
            "The gradients at the end are returned in place of `W` and `b`.",
            lambda x, t, W, b, rate, steps: _gradients(x, t, *_train(x, t, W, b, rate, steps)),
        ),
        *(
            WrongAnswer(
                f"`W` and `b` are rounded to {digits} decimals after every step.",
                lambda x, t, W, b, rate, steps, d=digits: _train(
                    x, t, W, b, rate, steps, rounded=lambda a: np.round(a, d)
                ),
            )
            for digits in (1, 2, 3)
        ),
        WrongAnswer(
            "`b` moves by a gradient that is computed after `W` has moved; both belong to the same `W` and `b`.",
            lambda x, t, W, b, rate, steps: _alternate(x, t, W, b, rate, steps, first="W"),
        ),
        WrongAnswer(
            "`W` moves by a gradient that is computed after `b` has moved; both belong to the same `W` and `b`.",
            lambda x, t, W, b, rate, steps: _alternate(x, t, W, b, rate, steps, first="b"),
        ),
        WrongAnswer(
            "`W` and `b` move after every sample; add up the gradients of all samples first.",
            lambda x, t, W, b, rate, steps: _sample_by_sample(x, t, W, b, rate, steps),
        ),
        WrongAnswer(
            "One sample is used in each step, in turn; a step needs all of them.",
            lambda x, t, W, b, rate, steps: _one_each(x, t, W, b, rate, steps),
        ),
        WrongAnswer(
            "Training starts from zeros instead of the given `W` and `b`.",
            lambda x, t, W, b, rate, steps: _train(x, t, 0 * W, 0 * b, rate, steps),
        ),
        WrongAnswer(
            "Training starts from `W` = 0 instead of the given `W`.",
            lambda x, t, W, b, rate, steps: _train(x, t, 0 * W, b, rate, steps),
        ),
        WrongAnswer(
            "Training starts from `b` = 0 instead of the given `b`.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, 0 * b, rate, steps),
        ),
        WrongAnswer(
            "The changes of all steps are returned, not `W` and `b` themselves.",
            lambda x, t, W, b, rate, steps: tuple(
                new - old for new, old in zip(_train(x, t, W, b, rate, steps), (W, b), strict=True)
            ),
        ),
        WrongAnswer(
            "The gradients of all steps are added up; each step needs those of its own `W` and `b` only.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate, steps, momentum=1),
        ),
        WrongAnswer(
            "There is momentum; plain gradient descent is asked.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate, steps, momentum=0.9),
        ),
        WrongAnswer(
            "The rate decreases from step to step; it stays the same here.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate, steps, decay=lambda k: 1 / (k + 1)),
        ),
        WrongAnswer(
            "The gradient is divided by its length.",
            lambda x, t, W, b, rate, steps: _train(x, t, W, b, rate, steps, normed=True),
        ),
        WrongAnswer(
            "The labels are used as -1 and 1; here they are 0 and 1.",
            lambda x, t, W, b, rate, steps: _train(x, 2 * t - 1, W, b, rate, steps),
        ),
        WrongAnswer(
            "The targets 0 and 1 are exchanged.",
            lambda x, t, W, b, rate, steps: _train(x, 1 - t, W, b, rate, steps),
        ),
        WrongAnswer(
            "The bias is added to the inputs, before the product with `W`.",
            lambda x, t, W, b, rate, steps: _train(
                x, t, W, b, rate, steps, forward=lambda W, b: _sigmoid(W.T @ (x + b))
            ),
        ),
    ),
)


def _by_calls(x, t, W, b, rate, steps, gradient, chain):  # type: ignore[no-untyped-def]
    """Gradient descent with another call of `nll_backward` or `sigmoid_backward`."""
    for _ in range(steps):
        z = W.T @ x + b
        p = _sigmoid(z)
        dz = chain(z, p, gradient(p, t))
        W, b = W - rate * (x @ dz.T), b - rate * dz.sum(axis=1, keepdims=True)
    return W, b


def _moved(  # type: ignore[no-untyped-def]
    x, t, W, b, rate, steps, W_change=np.subtract, b_change=np.subtract, moves_x=False
):
    """Gradient descent with another change of W or b by its step, or of x as well."""
    for _ in range(steps):
        dW, db = _gradients(x, t, W, b)
        dx = W @ (_sigmoid(W.T @ x + b) - t)
        W, b = W_change(W, rate * dW), b_change(b, rate * db)
        x = x - rate * dx if moves_x else x
    return W, b


def _gradients(x, t, W, b):  # type: ignore[no-untyped-def]
    dz = _sigmoid(W.T @ x + b) - t
    return x @ dz.T, dz.sum(axis=1, keepdims=True)


def _train(  # type: ignore[no-untyped-def]
    x, t, W, b, rate, steps, momentum=0.0, decay=lambda k: 1, normed=False, forward=None, gradient=None,
    updated=(1, 1), rounded=np.positive,
):  # fmt: skip
    """Gradient descent with one thing done otherwise. updated: factors of the steps of W and b."""
    vW, vb = 0, 0
    for k in range(steps):
        p = forward(W, b) if forward else _sigmoid(W.T @ x + b)
        dz = gradient(p, t) if gradient else p - t
        vW, vb = momentum * vW + x @ dz.T, momentum * vb + dz.sum(axis=1, keepdims=True)
        length = np.sqrt((vW**2).sum() + (vb**2).sum()) if normed else 1
        W = rounded(W - updated[0] * rate * decay(k) * vW / length)
        b = rounded(b - updated[1] * rate * decay(k) * vb / length)
    return W, b


def _alternate(x, t, W, b, rate, steps, first):  # type: ignore[no-untyped-def]
    """One parameter moves, and then the other one by what the first gives."""
    for _ in range(steps):
        for name in ("W", "b") if first == "W" else ("b", "W"):
            newW, newb = _train(x, t, W, b, rate, 1)
            W, b = (newW, b) if name == "W" else (W, newb)
    return W, b


def _sample_by_sample(x, t, W, b, rate, steps):  # type: ignore[no-untyped-def]
    for _ in range(steps):
        for i in range(x.shape[1]):
            W, b = _train(x[:, [i]], t[:, [i]], W, b, rate, 1)
    return W, b


def _one_each(x, t, W, b, rate, steps):  # type: ignore[no-untyped-def]
    for k in range(steps):
        i = k % x.shape[1]
        W, b = _train(x[:, [i]], t[:, [i]], W, b, rate, 1)
    return W, b


EXERCISES = {"A3.1": _LINEAR, "A3.2": _SIGMOID, "A3.3": _NLL, "A6": _DESCENT, "A7.2": BOUND}
