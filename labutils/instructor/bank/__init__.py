"""The bank of the code exercises: inputs, right answers, and the mistakes that are made, each with its name.

Students do not get this file: they get `data/exercises.json`, which `python -m labutils.instructor.bank` makes from it,
with the inputs and results as numbers. At grading, `require` tries an answer on other inputs than those.
"""

import copy
import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from labutils.exercises.answers import SECONDS, check_answer, results_as_arrays, time_limit
from labutils.exercises.cases import Case, Parts

Answer = Callable[..., Any]
KIND = "application/vnd.labutils.answer+json"  # of an output
CASES = 6  # shapes tried
PUBLIC_SEED = 0  # of the inputs in data/exercises.json
HIDDEN_SEEDS = (20, 21)  # of those that are tried at grading


@dataclass(frozen=True)
class Mistake:
    """A known mistake: what it is, in a sentence, and a function that makes it."""

    sentence: str
    wrong: Answer


@dataclass(frozen=True)
class BankEntry:
    """One exercise. names: of what an answer returns; inputs: random generator, case number -> arguments by name."""

    about: str
    names: tuple[str, ...]
    inputs: Callable[[np.random.Generator, int], dict[str, Any]]
    right: Answer
    hints: tuple[str, str, str]
    mistakes: tuple[Mistake, ...] = ()
    whole: bool = False  # the answer is a whole number


def cases(name: str, seed: int) -> list[Case]:
    """Inputs of an exercise from a seed, with the right results and those of every known mistake."""
    exercise, made = EXERCISES[name], []
    with np.errstate(all="ignore"):
        for given in inputs(name, seed):
            expected = results_as_arrays(exercise.right(*copy.deepcopy(given).values()), len(exercise.names))
            wrong = tuple(results(mistake.wrong, given, len(exercise.names)) for mistake in exercise.mistakes)
            made.append(Case(given, expected, wrong))
    return made


def inputs(name: str, seed: int) -> list[dict[str, Any]]:
    """Inputs of an exercise from a seed."""
    rng = np.random.default_rng(seed)
    return [EXERCISES[name].inputs(rng, case) for case in range(CASES)]


def results(answer: Answer, given: dict[str, Any], count: int) -> Parts | None:
    """What a mistake gives; None if it cannot be made on these inputs."""
    try:
        return results_as_arrays(answer(*copy.deepcopy(given).values()), count)
    except Exception:  # a mistake may fail in any way
        return None


def require(name: str, answer: Any) -> None:
    """Raise `AssertionError` unless the answer is right on inputs that the student has not seen. For hidden tests."""
    for seed in HIDDEN_SEEDS:
        result = check_answer(name, answer, cases(name, seed))
        if not result:
            raise AssertionError(result.message)


def show(name: str, answer: Any) -> None:
    """Display what a right answer gives on the inputs of `require`, so that it can be looked at in another process.

    What a student's code does to the checks in its own process does not reach there.
    """
    from IPython.display import display

    answer, count, given = getattr(answer, "answered", answer), len(EXERCISES[name].names), []
    with warnings.catch_warnings(), np.errstate(all="ignore"), time_limit(SECONDS):
        warnings.simplefilter("ignore")
        for seed in HIDDEN_SEEDS:
            for one in inputs(name, seed):
                parts = results_as_arrays(answer(*one.values()), count)
                given.append([part.astype(float).tolist() for part in parts])
    display({KIND: given}, raw=True)


def confirms(name: str, shown: Any) -> bool:
    """Whether what `show` displayed is right. shown: from a stranger's notebook, of any shape."""
    try:
        given = iter([tuple(np.array(part, dtype=float) for part in parts) for parts in shown])
        return bool(check_answer(name, lambda *_: next(given), hidden(name)))
    except (ValueError, TypeError, OverflowError):
        return False


@functools.cache
def hidden(name: str) -> list[Case]:
    """What is tried at grading, one after the other."""
    return [case for seed in HIDDEN_SEEDS for case in cases(name, seed)]


def stored() -> dict[str, Any]:
    """The content of data/exercises.json."""
    return {
        name: {
            "about": exercise.about,
            "names": exercise.names,
            "whole": exercise.whole,
            "hints": exercise.hints,
            "mistakes": [mistake.sentence for mistake in exercise.mistakes],
            "cases": [packed_case(case) for case in cases(name, PUBLIC_SEED)],
        }
        for name, exercise in EXERCISES.items()
    }


def packed_case(case: Case) -> dict[str, Any]:
    """A case as JSON holds it."""
    return {
        "given": {name: _packed(value) for name, value in case.given.items()},
        "expected": [_packed(part) for part in case.expected],
        "wrong": [None if parts is None else [_packed(part) for part in parts] for parts in case.wrong],
    }


def _packed(value: Any) -> Any:
    """An array as {dtype: rows}, or a number as it is."""
    return {str(value.dtype): value.tolist()} if isinstance(value, np.ndarray) else value


# ---- Inputs: random shapes, with one sample, one feature and two classes among them


def sizes(rng: np.random.Generator, case: int) -> tuple[int, int, int]:
    """How many features, outputs and samples: (4, 3, 1), (1, 1, 5) and (2, 2, 2) among them."""
    some = [(4, 3, 1), (1, 1, 5), (5, 2, 7), (2, 2, 2), (3, 6, 4)]
    m, n, samples = some[case] if case < len(some) else rng.integers(2, 8, size=3)
    return int(m), int(n), int(samples)


def linear_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    m, n, samples = sizes(rng, case)
    return {
        "W": rng.normal(size=(m, n)),
        "x": rng.normal(size=(m, samples)),
        "dz": rng.normal(size=(n, samples)),
    }


def sigmoid_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    _, n, samples = sizes(rng, case)
    return {"p": rng.uniform(0.05, 0.95, size=(n, samples)), "dp": rng.normal(size=(n, samples))}


def nll_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    _, n, samples = sizes(rng, case)
    p = rng.uniform(0.05, 0.95, size=(n, samples))
    return {"p": p, "t": rng.integers(2, size=(n, samples))}


def descent_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    m, _, samples = sizes(rng, case)
    x, t = rng.normal(size=(m, samples)), rng.integers(2, size=(1, samples))
    return {
        "x": x,
        "t": t,
        "W": rng.normal(size=(m, 1)),
        "b": rng.normal(size=(1, 1)),
        "rate": 0.05,
        "steps": 4,
    }


def bound_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    m, _, samples = sizes(rng, case)
    X = np.insert(rng.normal(size=(samples + m + 1, m)), m, 1, axis=1)
    if case == 1:  # one feature: X^T X is diagonal, with the smaller number first
        X[:, 0] = 0
        X[:2, 0] = 0.5, -0.5
    return {"X": X}


def scores(rng: np.random.Generator, case: int) -> np.ndarray:
    """Scores of at least two classes that float32 holds as they are."""
    _, classes, samples = sizes(rng, case)
    return np.round(64 * rng.normal(size=(max(classes, 2), samples))) / 64


def score_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    z = scores(rng, case)
    if case == 5:
        z[0] += 3000  # one score of each column far above the others: their mean or least is no shift for it
    elif case >= 3:
        z += np.resize([1000, -1000, 0], z.shape[1])  # exp overflows, underflows
    return {"z": z}


def softmax_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    y = softmax(scores(rng, case))
    return {"y": y, "dy": rng.normal(size=y.shape)}


def label_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    y = softmax(scores(rng, case))
    return {"y": y, "labels": rng.integers(len(y), size=y.shape[1])}


def momentum_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    m, n, _ = sizes(rng, case)
    arrays = {
        name: rng.normal(size=(m, n) if "W" in name else (n, 1))
        for name in ("W", "b", "vW", "vb", "gW", "gb")
    }
    return arrays | {"rate": 0.05, "momentum": 0.9, "l2": 0.01 * case}


def accuracy_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    size = (50, 128, 100, 64, 200, 37)[case]
    more = rng.integers(size // 2, size, size=12)
    right = np.unique(np.append(more, [size - 1, size]))
    if case == 1:
        right = right[-2:-1]  # one accuracy alone: 127 of 128
    if case in (3, 4):
        right = np.unique(np.append(more // 4 * 4, size - 3))[::2]  # no two of them next to each other
        right = np.append(right, [] if size - 3 in right else size - 3).astype(int)
    return {"accuracies": np.round(100 * rng.permutation(right) / size, 2)}


def image_inputs(rng: np.random.Generator, case: int) -> dict[str, Any]:
    d, _, samples = sizes(rng, case)
    train, validation = rng.integers(256, size=(d, samples + 1)), rng.integers(256, size=(d, samples))
    kind = np.uint8 if case % 2 else np.float64
    return {"train": train.astype(kind), "validation": validation.astype(kind)}


# ---- The right answers, as the solved notebooks have them


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def exps(z: np.ndarray) -> np.ndarray:
    return np.exp(z - z.max(axis=0))


def softmax(z: np.ndarray) -> np.ndarray:
    return exps(z) / exps(z).sum(axis=0)


def one_hot(y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.eye(len(y))[labels].T


def sums(x: Any, dz: Any) -> tuple[Any, Any]:
    return x @ dz.T, dz.sum(axis=1, keepdims=True)


def descend(
    x: Any, t: Any, W: Any, b: Any, rate: float, steps: int, gradient: Any = None, activation: Any = sigmoid
) -> tuple[Any, Any]:
    """Full-batch descent. gradient: (x, t, p) -> (dW, db), the right one unless another is given."""
    for _ in range(steps):
        p = activation(W.T @ x + b)
        dW, db = gradient(x, t, p) if gradient else sums(x, p - t)
        W, b = W - rate * dW, b - rate * db
    return W, b


def sample_by_sample(x: Any, t: Any, W: Any, b: Any, rate: float, steps: int) -> tuple[Any, Any]:
    for _ in range(steps):
        for i in range(x.shape[1]):
            W, b = descend(x[:, [i]], t[:, [i]], W, b, rate, 1)
    return W, b


def momentum_step(*given: Any) -> tuple[Any, ...]:
    W, b, vW, vb, gW, gb, rate, momentum, l2 = given
    vW, vb = momentum * vW - rate * (gW + l2 * W), momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb


def fitting(accuracies: Any, tolerance: float = 0.0051) -> Any:
    """The sizes of a batch, to 10 000, that accuracies in per cent can come from."""
    n = np.arange(1, 10_001)
    off = np.round(accuracies * n[:, None] / 100) * 100 / n[:, None] - accuracies
    return n[(np.abs(off) <= tolerance).all(axis=1)]


def batch_size(accuracies: Any, tolerance: float = 0.0051) -> int:
    return int(fitting(accuracies, tolerance)[0])


def nearly_whole(accuracies: Any, images: float) -> int:
    """The smallest size of which every accuracy is a whole number within a part of an image."""
    n = np.arange(1, 10_001)
    right = accuracies * n[:, None] / 100
    return int(n[(np.abs(right - np.round(right)) <= images).all(axis=1)][0])


def largest(X: Any) -> float:
    return float(np.linalg.eigvalsh(X.T @ X)[-1])


def centre(train: Any, validation: Any, rounded: Any = np.positive) -> tuple[Any, Any]:
    mean = rounded(train.mean(axis=1, keepdims=True))
    return train - mean, validation - mean


# ---- Two of them with one thing done otherwise


def one_after_the_other(x: Any, t: Any, W: Any, b: Any, rate: float, steps: int) -> tuple[Any, Any]:
    """A6 with b moved by what the new W gives."""
    for _ in range(steps):
        W = descend(x, t, W, b, rate, 1)[0]
        b = descend(x, t, W, b, rate, 1)[1]
    return W, b


def sgdm(*given: Any, change: str) -> tuple[Any, ...]:
    """C2 with one change."""
    W, b, vW, vb, gW, gb, rate, momentum, l2 = given
    if change == "L2 on the bias":
        gb = gb + l2 * b
    step = rate * (1 - momentum) if change == "damped" else rate
    newW, newb = momentum * vW - step * (gW + l2 * W), momentum * vb - step * gb
    if change == "old kept":
        newW, newb = vW + newW, vb + newb
    moveW, moveb = (vW, vb) if change == "old used" else (newW, newb)
    if change == "Nesterov":
        moveW, moveb = momentum * newW - step * (gW + l2 * W), momentum * newb - step * gb
    if change == "rate outside":
        newW, newb = momentum * vW + gW + l2 * W, momentum * vb + gb
        moveW, moveb = -rate * newW, -rate * newb
    if change == "subtracted":
        newW, newb = momentum * vW + rate * (gW + l2 * W), momentum * vb + rate * gb
        moveW, moveb = -newW, -newb
    if change == "L2 outside":
        newW = newW + rate * l2 * W
    return (W + moveW, b + moveb, *((vW, vb) if change == "old returned" else (newW, newb)))


# ---- The exercises


M = Mistake  # there are many below


SUMMED = "It looks as if the mean over the samples is taken; the loss here is the sum, so there is no division by N."

EXERCISES: dict[str, BankEntry] = {
    "A3.1": BankEntry(
        "the backward of the linear layer z = W^T x + b: linear_backward(W, x, dz) -> dW, db, dx, one column a sample",
        ("dW", "db", "dx"),
        linear_inputs,
        lambda W, x, dz: (x @ dz.T, dz.sum(axis=1, keepdims=True), W @ dz),
        (
            "The gradient of the loss by anything has the shape of that thing: write the three shapes down first.",
            "dW is a product of x and dz, dx one of W and dz. Which order, and which transposed, gives the shapes?",
            "All samples share b, so db adds up what each column of dz says, and stays a column.",
        ),
        (
            M(
                SUMMED,
                lambda W, x, dz: (x @ dz.T / x.shape[1], dz.mean(axis=1, keepdims=True), W @ dz),
            ),
            M(
                SUMMED,
                lambda W, x, dz: tuple(v / x.shape[1] for v in (x @ dz.T, dz.sum(1, keepdims=True), W @ dz)),
            ),
            M(
                "Only the last sample seems to count: its gradient replaces the sum instead of being added to it.",
                lambda W, x, dz: (x[:, -1:] @ dz[:, -1:].T, dz[:, -1:], W @ dz),
            ),
            M(
                "Only the last sample seems to count for dW: its share replaces the sum instead of being added to it.",
                lambda W, x, dz: (x[:, -1:] @ dz[:, -1:].T, dz.sum(axis=1, keepdims=True), W @ dz),
            ),
            M(
                "Only one sample seems to count for db: all samples share the bias.",
                lambda W, x, dz: (x @ dz.T, dz[:, -1:], W @ dz),
            ),
            M(
                "Only one sample seems to count for db: all samples share the bias.",
                lambda W, x, dz: (x @ dz.T, dz[:, :1], W @ dz),
            ),
            M(
                "db looks like one number for all outputs: each output has its own bias.",
                lambda W, x, dz: (x @ dz.T, np.full((len(dz), 1), dz.sum()), W @ dz),
            ),
            M(
                "db looks like a mean over the samples; b is shared, so what each sample says is added up.",
                lambda W, x, dz: (x @ dz.T, dz.mean(axis=1, keepdims=True), W @ dz),
            ),
            M(
                "dW looks like a mean over the samples; the loss here is the sum.",
                lambda W, x, dz: (x @ dz.T / x.shape[1], dz.sum(axis=1, keepdims=True), W @ dz),
            ),
            M(
                "dW does not use the gradient from above: the chain rule multiplies by dz.",
                lambda W, x, dz: (x @ np.ones_like(dz).T, dz.sum(axis=1, keepdims=True), W @ dz),
            ),
            M(
                "dx does not use the gradient from above: the chain rule multiplies by dz.",
                lambda W, x, dz: (x @ dz.T, dz.sum(axis=1, keepdims=True), W @ np.ones_like(dz)),
            ),
            M(
                "db does not use the gradient from above: it counts the samples.",
                lambda W, x, dz: (x @ dz.T, np.ones_like(dz).sum(axis=1, keepdims=True), W @ dz),
            ),
            M(
                "The sign is flipped: a gradient points uphill, and the step subtracts it later.",
                lambda W, x, dz: (-(x @ dz.T), -dz.sum(axis=1, keepdims=True), -(W @ dz)),
            ),
        ),
    ),
    "A3.2": BankEntry(
        "the backward of the sigmoid: sigmoid_backward(p, dp) -> dz, p being its output",
        ("dz",),
        sigmoid_inputs,
        lambda p, dp: dp * p * (1 - p),
        (
            "Each output depends on its own input alone, so the Jacobian is diagonal: multiply number by number.",
            "The derivative of the sigmoid can be written with its output alone. What is it where p is 1/2?",
            "It is p times something that is 0 where p is 1; and the chain rule multiplies by what comes from above.",
        ),
        (
            M("The factor (1 - p) of the sigmoid's derivative is missing.", lambda p, dp: dp * p),
            M("The factor p of the sigmoid's derivative is missing.", lambda p, dp: dp * (1 - p)),
            M(
                "The gradient from above, dp, is not used: the chain rule multiplies by it.",
                lambda p, dp: p * (1 - p),
            ),
            M(
                "The derivative is taken at the wrong point: p is the output already, and goes through it again.",
                lambda p, dp: dp * sigmoid(p) * (1 - sigmoid(p)),
            ),
            M(
                "The derivative should fall where p is near 1: check the sign in (1 + p).",
                lambda p, dp: dp * p * (1 + p),
            ),
            M("The sign is flipped: the sigmoid rises everywhere.", lambda p, dp: -dp * p * (1 - p)),
            M("It looks like the derivative of tanh, 1 - p².", lambda p, dp: dp * (1 - p**2)),
            M("Parentheses are missing: a product comes before a difference.", lambda p, dp: dp * p * 1 - p),
            M(
                "The derivative is divided by, where it should be multiplied by.",
                lambda p, dp: dp / (p * (1 - p)),
            ),
            M("The derivative is added, where it should be multiplied by.", lambda p, dp: dp + p * (1 - p)),
            M("One factor of the sigmoid's derivative is there twice.", lambda p, dp: dp * p * (1 - p) ** 2),
            M("One factor of the sigmoid's derivative is there twice.", lambda p, dp: dp * p**2 * (1 - p)),
            M(SUMMED, lambda p, dp: dp * p * (1 - p) / p.shape[1]),
        ),
    ),
    "A3.3": BankEntry(
        "the backward of the summed NLL: nll_backward(p, t) -> dp",
        ("dp",),
        nll_inputs,
        lambda p, t: (p - t) / (p * (1 - p)),
        (
            "Take one term, -(t log p + (1 - t) log(1 - p)), and differentiate it by its p.",
            "For t = 1 only the first half counts, for t = 0 only the second. What is each one's derivative?",
            "Bring the two fractions over one denominator; its zeros are where the loss can be infinite.",
        ),
        (
            M(SUMMED, lambda p, t: (p - t) / (p * (1 - p)) / p.shape[1]),
            M(
                "It looks as if the mean over all numbers is taken; here they are summed.",
                lambda p, t: (p - t) / (p * (1 - p)) / p.size,
            ),
            M(
                "The sign is flipped: the loss is *minus* the log-likelihood.",
                lambda p, t: (t - p) / (p * (1 - p)),
            ),
            M(
                "p - t is the gradient by the score, with the sigmoid's derivative in it; here it is asked by p.",
                lambda p, t: p - t,
            ),
            M(
                "The half of the targets 0 is missing: where t is 0 the gradient is not 0.",
                lambda p, t: -t / p,
            ),
            M(
                "The half of the targets 1 is missing: where t is 1 the gradient is not 0.",
                lambda p, t: (1 - t) / (1 - p),
            ),
            M(
                "The second half has the wrong sign: the derivative of log(1 - p) brings a minus of its own.",
                lambda p, t: -t / p - (1 - t) / (1 - p),
            ),
            M("It looks like the gradient of squared error.", lambda p, t: 2 * (p - t)),
            M(
                "Parentheses are missing: a / b * c divides by b alone.",
                lambda p, t: (p - t) / p * (1 - p),
            ),
            M(
                "It is multiplied by p (1 - p), where it should be divided by it.",
                lambda p, t: (p - t) * p * (1 - p),
            ),
            M(
                "This is the loss itself; its derivative by p is asked.",
                lambda p, t: -(t * np.log(p) + (1 - t) * np.log(1 - p)),
            ),
            M("The factor 1 - p is missing below the line.", lambda p, t: (p - t) / p),
            M("The factor p is missing below the line.", lambda p, t: (p - t) / (1 - p)),
        ),
    ),
    "A6": BankEntry(
        "full-batch descent on the summed NLL: descend(x, t, W, b, rate, steps) -> W, b",
        ("W", "b"),
        descent_inputs,
        descend,
        (
            "Forward for all columns at once, backward, update: the same three lines, steps times.",
            "Through sigmoid and NLL together the gradient by the scores is very short (end of A3).",
            "Both gradients are taken at the same W and b; only then do both move, against them.",
        ),
        (
            M(SUMMED, lambda x, t, W, b, r, s: descend(x, t, W, b, r / x.shape[1], s)),
            M(
                "The sign is flipped: the step goes against the gradient.",
                lambda x, t, W, b, r, s: descend(x, t, W, b, -r, s),
            ),
            M(
                "b never moves: it needs its step too.",
                partial(descend, gradient=lambda x, t, p: (x @ (p - t).T, 0.0)),
            ),
            M(
                "W never moves: it needs its step too.",
                partial(descend, gradient=lambda x, t, p: (0.0, sums(x, p - t)[1])),
            ),
            M("Nothing moves: W and b come back as they were given.", lambda x, t, W, b, r, s: (W, b)),
            M("It looks like one step too few.", lambda x, t, W, b, r, s: descend(x, t, W, b, r, s - 1)),
            M("It looks like one step too many.", lambda x, t, W, b, r, s: descend(x, t, W, b, r, s + 1)),
            M(
                "It looks like a single step: perhaps the return is inside the loop.",
                lambda x, t, W, b, r, s: descend(x, t, W, b, r, 1),
            ),
            M(
                "The gradient seems to be taken once, at the start, for all steps: it belongs at the present W and b.",
                lambda x, t, W, b, r, s: descend(x, t, W, b, r * s, 1),
            ),
            M(
                "b moves by a gradient taken after W has moved: both gradients belong at the same W and b.",
                one_after_the_other,
            ),
            M(
                "W and b seem to move after every sample: add up the gradients of all samples first.",
                sample_by_sample,
            ),
            M(
                "Only the last sample seems to count: its gradient replaces the sum instead of being added to it.",
                lambda x, t, W, b, r, s: descend(x[:, -1:], t[:, -1:], W, b, r, s),
            ),
            M(
                "Only the first sample seems to count: a step needs all of them.",
                lambda x, t, W, b, r, s: descend(x[:, :1], t[:, :1], W, b, r, s),
            ),
            M(
                "db looks like a mean over the samples.",
                partial(descend, gradient=lambda x, t, p: (x @ (p - t).T, (p - t).mean(1, keepdims=True))),
            ),
            M(
                "dW looks like a mean over the samples.",
                partial(descend, gradient=lambda x, t, p: (x @ (p - t).T / x.shape[1], sums(x, p - t)[1])),
            ),
            M(
                "The sigmoid's derivative is there too: in the gradient by the scores it has cancelled (end of A3).",
                partial(descend, gradient=lambda x, t, p: sums(x, (p - t) * p * (1 - p))),
            ),
            M(
                "The gradient by p is used as if it were the one by the scores: the sigmoid's derivative is missing.",
                partial(descend, gradient=lambda x, t, p: sums(x, (p - t) / (p * (1 - p)))),
            ),
            M(
                "The sigmoid is missing: the scores are no probabilities.",
                partial(descend, activation=lambda z: z),
            ),
            M(
                "The factor 2 of a squared error is there.",
                lambda x, t, W, b, r, s: descend(x, t, W, b, 2 * r, s),
            ),
            M("The learning rate is missing.", lambda x, t, W, b, r, s: descend(x, t, W, b, 1.0, s)),
        ),
    ),
    "A7.2": BankEntry(
        "the rate below which descent is safe from any start: stability_bound(X) -> 2 / L, X with its column of ones",
        ("the bound",),
        bound_inputs,
        lambda X: 8 / largest(X),
        (
            "The Hessian of the summed loss is X^T D X. How large can an entry of the diagonal matrix D be?",
            "Put in the largest possible D: what is left is a number times X^T X. Its largest eigenvalue is L.",
            "NumPy's eigvalsh gives the eigenvalues in rising order; a step shrinks the distance while rate < 2 / L.",
        ),
        (
            M(
                "The quarter is missing: p (1 - p) is at most 1/4, which makes L smaller and the bound larger.",
                lambda X: 2 / largest(X),
            ),
            M(
                "It looks like 1 / L (a step may be twice as long), or p (1 - p) is taken to be up to 1/2.",
                lambda X: 4 / largest(X),
            ),
            M("It looks like L itself; the bound is 2 divided by it.", lambda X: largest(X) / 4),
            M(
                "The smallest eigenvalue is used; the direction of the largest one is the first to become unstable.",
                lambda X: 8 / np.linalg.eigvalsh(X.T @ X)[0],
            ),
            M(
                "A singular value of X is used; the eigenvalues of X^T X are their squares.",
                lambda X: 8 / largest(X) ** 0.5,
            ),
            M(
                "The loss is the sum: there is no division by N in the Hessian.",
                lambda X: 8 * len(X) / largest(X),
            ),
            M(
                "The trace is the sum of all eigenvalues; only the largest counts.",
                lambda X: 8 / np.trace(X.T @ X),
            ),
            M("This is the norm of all entries; the eigenvalue is needed.", lambda X: 8 / np.linalg.norm(X)),
            M("The quarter is on the wrong side.", lambda X: 0.5 / largest(X)),
            M(
                "The first eigenvalue is used, and eigvals gives them in no order: the largest is needed.",
                lambda X: 8 / np.linalg.eigvals(X.T @ X)[0],
            ),
            M(
                "The last eigenvalue is used, and eigvals gives them in no order: the largest is needed.",
                lambda X: 8 / np.linalg.eigvals(X.T @ X)[-1],
            ),
            M(
                "The column of ones seems to be left out: the bias moves too.",
                lambda X: 8 / largest(X[:, :-1]),
            ),
            M(
                "The column of ones seems to be there twice: X has it already.",
                lambda X: 8 / largest(np.insert(X, 0, 1, axis=1)),
            ),
            M("The eigenvalues seem to be squared once too often.", lambda X: 8 / largest(X) ** 2),
            M(
                "The mean of the eigenvalues is used; only the largest counts.",
                lambda X: 8 * X.shape[1] / np.trace(X.T @ X),
            ),
            M(
                "The largest entry is no eigenvalue.",
                lambda X: 8 / (X.T @ X).max(),
            ),
            M("It looks like L without the quarter; the bound is 2 divided by L.", largest),
            M("It looks like 1 / L, and the quarter is missing in L.", lambda X: 1 / largest(X)),
        ),
    ),
    "B2.1": BankEntry(
        "softmax of scores z (K, N), a column a sample: softmax(z) -> y",
        ("y",),
        score_inputs,
        softmax,
        (
            "Each column adds up to 1. Along which axis is the sum?",
            "exp(1000) is infinite. What may be subtracted from all scores of a column without changing the fractions?",
            "After subtracting the column's largest score the largest exponent is 0, and nothing overflows.",
        ),
        (
            M(
                "The sum runs over the wrong axis: the classes of one sample (a column) add up to 1.",
                lambda z: softmax(z.T).T,
            ),
            M(
                "The sum runs over everything: each column should add up to 1 by itself.",
                lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
            ),
            M(
                "Right for small scores, but exp overflows for large ones; a shifted column has the same fractions.",
                lambda z: np.exp(z) / np.exp(z).sum(axis=0),
            ),
            M(
                "The shift is the maximum of all samples, and a column far below it becomes 0 / 0: each has its own.",
                lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=0),
            ),
            M(
                "The shift is too small: exp still overflows where one score is far above the others of its column.",
                lambda z: np.exp(z - z.mean(axis=0)) / np.exp(z - z.mean(axis=0)).sum(axis=0),
            ),
            M(
                "The shift is too small: exp still overflows where one score is far above the others of its column.",
                lambda z: np.exp(z - z.min(axis=0)) / np.exp(z - z.min(axis=0)).sum(axis=0),
            ),
            M(
                "The exponentials are divided by the largest instead of by their sum.",
                exps,
            ),
            M(
                "The exponential is missing: shares of the scores themselves can be negative.",
                lambda z: z / z.sum(axis=0),
            ),
            M(
                "The sign in the exponent is flipped: the largest score should get the largest probability.",
                lambda z: softmax(-z),
            ),
            M(
                "The sum runs over the wrong axis: the classes of one sample (a column) add up to 1.",
                lambda z: exps(z) / exps(z).sum(axis=1, keepdims=True),
            ),
            M(
                "The sum runs over everything: each column should add up to 1 by itself.",
                lambda z: exps(z) / exps(z).sum(),
            ),
            M("A mean is taken where the sum is needed.", lambda z: exps(z) / exps(z).mean(axis=0)),
            M("The division by the sum is missing, and large scores overflow.", np.exp),
            M(
                "The sum runs over the wrong axis, and large scores overflow.",
                lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
            ),
            M(
                "The sum runs over everything, and large scores overflow.",
                lambda z: np.exp(z) / np.exp(z).sum(),
            ),
            M(
                "The shift is in the numerator alone: numerator and sum need the same one.",
                lambda z: exps(z) / np.exp(z).sum(axis=0),
            ),
            M(
                "The shift is in the sum alone: numerator and sum need the same one.",
                lambda z: np.exp(z) / exps(z).sum(axis=0),
            ),
            M(
                "The maximum is divided by: that changes the fractions. What leaves them as they are is a difference.",
                lambda z: np.exp(z / z.max(axis=0)) / np.exp(z / z.max(axis=0)).sum(axis=0),
            ),
            M("These are the shifted scores: exponential and sum are missing.", lambda z: z - z.max(axis=0)),
            M(
                "This is 1 at the largest score and 0 elsewhere: softmax is softer.",
                lambda z: one_hot(z, z.argmax(axis=0)),
            ),
            M("This is a sigmoid of each score: the classes do not share a sum.", sigmoid),
            M(
                "This is the logarithm of softmax.",
                lambda z: z - z.max(axis=0) - np.log(exps(z).sum(axis=0)),
            ),
        ),
    ),
    "B2.2": BankEntry(
        "the backward of softmax: softmax_backward(y, dy) -> dz",
        ("dz",),
        softmax_inputs,
        lambda y, dy: y * (dy - (dy * y).sum(axis=0)),
        (
            "The Jacobian is y_k (delta_kj - y_j): not diagonal, since all outputs share one sum.",
            "Multiply it from above by dy: the delta gives one term, the product of the two y the other.",
            "The second term is the same number for all entries of a column: the sum of dy times y over that column.",
        ),
        (
            M(
                "Only the diagonal of the Jacobian is used, as for a sigmoid: every output depends on every score.",
                lambda y, dy: dy * y * (1 - y),
            ),
            M(
                "The second term is missing: every output depends on every score, through the sum.",
                lambda y, dy: dy * y,
            ),
            M(
                "The sum runs over the samples instead of over the classes.",
                lambda y, dy: y * (dy - (dy * y).sum(axis=1, keepdims=True)),
            ),
            M(
                "The sum runs over everything: each sample (column) has its own.",
                lambda y, dy: y * (dy - (dy * y).sum()),
            ),
            M("The factor y in front is missing.", lambda y, dy: dy - (dy * y).sum(axis=0)),
            M("In the sum dy should be weighted by y.", lambda y, dy: y * (dy - dy.sum(axis=0))),
            M("In the sum a mean is taken.", lambda y, dy: y * (dy - (dy * y).mean(axis=0))),
            M("The second term has the wrong sign.", lambda y, dy: y * (dy + (dy * y).sum(axis=0))),
            M("The sign is flipped.", lambda y, dy: y * ((dy * y).sum(axis=0) - dy)),
            M("The first term is missing.", lambda y, dy: -y * (dy * y).sum(axis=0)),
            M("In the second term the factor y is missing.", lambda y, dy: y * dy - (dy * y).sum(axis=0)),
            M("In the first term the factor y is missing.", lambda y, dy: dy - y * (dy * y).sum(axis=0)),
            M(
                "Only the diagonal of the Jacobian is used, and dy, the gradient from above, is not.",
                lambda y, dy: y * (1 - y),
            ),
            M(
                "The second term has no sum over the classes.",
                lambda y, dy: y * (dy - y),
            ),
            M(SUMMED, lambda y, dy: y * (dy - (dy * y).sum(axis=0)) / y.shape[1]),
        ),
    ),
    "B2.3": BankEntry(
        "softmax and summed NLL together: the gradient by the scores, gradient(y, labels) -> dz",
        ("dz",),
        label_inputs,
        lambda y, labels: y - one_hot(y, labels),
        (
            "It is Part A's p - t once more. What takes the place of t?",
            "One-hot: a column of zeros with a 1 at the label's row, for each sample.",
            "Row labels[i] of column i is the only one that differs from y.",
        ),
        (
            M(SUMMED, lambda y, labels: (y - one_hot(y, labels)) / y.shape[1]),
            M(
                "The sign is flipped: probability given minus probability that should be given.",
                lambda y, labels: one_hot(y, labels) - y,
            ),
            M(
                "The labels are off by one: class 0 is row 0.",
                lambda y, labels: y - one_hot(y, (labels - 1) % len(y)),
            ),
            M(
                "The labels are off by one: class 0 is row 0.",
                lambda y, labels: y - one_hot(y, (labels + 1) % len(y)),
            ),
            M(
                "This is the gradient by the probabilities, -1 / y at the label: through softmax it becomes simpler.",
                lambda y, labels: -one_hot(y, labels) / y,
            ),
            M(
                "Only the row of the label is there: the scores of the other classes have a gradient too.",
                lambda y, labels: (y - 1) * one_hot(y, labels),
            ),
            M(
                "The row of the label is all that changes, in every column: each column has a label of its own.",
                lambda y, labels: y - np.isin(np.arange(len(y)), labels)[:, None],
            ),
            M(
                "The label is subtracted as a number: it says which row, not how much.",
                lambda y, labels: y - labels,
            ),
            M("The one-hot column is added, not subtracted.", lambda y, labels: y + one_hot(y, labels)),
            M("This is the one-hot column alone.", one_hot),
            M("1 is subtracted everywhere: only the true class has a 1.", lambda y, labels: y - 1),
            M(
                "This is minus the logarithm of the probabilities: the loss, not its gradient.",
                lambda y, labels: -np.log(y) * one_hot(y, labels),
            ),
            M(
                "The derivative of softmax is there twice.",
                lambda y, labels: (y - one_hot(y, labels)) * y * (1 - y),
            ),
            M(
                "The labels' rows are left as they are: the 1 of the true class is not subtracted.",
                lambda y, labels: y,
            ),
        ),
    ),
    "C2": BankEntry(
        "one step of sgdm: step(W, b, vW, vb, gW, gb, rate, momentum, l2) -> W, b, vW, vb",
        ("W", "b", "vW", "vb"),
        momentum_inputs,
        momentum_step,
        (
            "First the new velocities, from the old ones and the gradients; then the parameters move by the new ones.",
            "L2 regularisation adds a multiple of the weights to their gradient. Of which parameters?",
            "v becomes momentum times v minus rate times the gradient; biases are not regularised.",
        ),
        (
            M(
                "The old velocity is kept in full and the new one added to it: it should be replaced.",
                partial(sgdm, change="old kept"),
            ),
            M("The biases are regularised too: L2 is for weights.", partial(sgdm, change="L2 on the bias")),
            M("L2 regularisation is missing.", lambda *a: momentum_step(*a[:8], 0.0)),
            M(
                "L2 has the wrong sign: it pulls the weights towards 0.",
                lambda *a: momentum_step(*a[:8], -a[8]),
            ),
            M(
                "The L2 term is not multiplied by the learning rate.",
                lambda *a: momentum_step(*a[:8], a[8] / a[6]),
            ),
            M(
                "L2 is counted twice (or as 2 times the weights): the toolbox's term is l2 times W.",
                lambda *a: momentum_step(*a[:8], 2 * a[8]),
            ),
            M(
                "L2 acts on the velocity: the term is a multiple of the weights.",
                lambda *a: momentum_step(*a[:4], a[4] + a[8] * (a[2] - a[0]), *a[5:]),
            ),
            M(
                "L2 shrinks the weights beside the velocity: here it belongs into the gradient and the velocity.",
                partial(sgdm, change="L2 outside"),
            ),
            M(
                "The gradient is multiplied by 1 - momentum; that is another convention.",
                partial(sgdm, change="damped"),
            ),
            M(
                "The rate multiplies the whole velocity; that is another convention: here it multiplies the gradient.",
                partial(sgdm, change="rate outside"),
            ),
            M("This is Nesterov's momentum, which looks ahead.", partial(sgdm, change="Nesterov")),
            M(
                "The parameters move by the old velocities: take the new ones.",
                partial(sgdm, change="old used"),
            ),
            M(
                "The old velocities are returned: the next step needs the new ones.",
                partial(sgdm, change="old returned"),
            ),
            M(
                "The parameters do not move by the velocities: W and b come back as they were given.",
                lambda *a: (*a[:2], *momentum_step(*a)[2:]),
            ),
            M(
                "The sign of the step is flipped: it goes against the gradient.",
                lambda *a: momentum_step(*a[:4], -a[4], -a[5], *a[6:8], -a[8]),
            ),
            M(
                "The velocities are subtracted from the parameters: here the minus is in the velocity already.",
                lambda *a: (
                    *(2 * p - q for p, q in zip(a, momentum_step(*a)[:2], strict=False)),
                    *momentum_step(*a)[2:],
                ),
            ),
            M(
                "The velocities have the sign of the gradient, and are subtracted; here v is what is added.",
                partial(sgdm, change="subtracted"),
            ),
            M(
                "Momentum is missing: this is plain gradient descent.",
                lambda *a: momentum_step(*a[:7], 0.0, a[8]),
            ),
            M(
                "The old velocities count in full: momentum is missing.",
                lambda *a: momentum_step(*a[:7], 1.0, a[8]),
            ),
            M("The learning rate is applied twice.", lambda *a: momentum_step(*a[:6], a[6] ** 2, *a[7:])),
            M("The learning rate is missing.", lambda *a: momentum_step(*a[:6], 1.0, *a[7:])),
        ),
    ),
    "C8": BankEntry(
        "the size of the mini-batch from printed accuracies (%, two decimals): batch_size(accuracies) -> smallest n",
        ("n",),
        accuracy_inputs,
        batch_size,
        (
            "Each accuracy is a whole number of images out of n. Try n = 1, 2, 3, ... and see whether all of them fit.",
            "For one n: which whole number of images is nearest to each accuracy, and what would be printed for it?",
            "What is printed is rounded to two decimals, so allow half a unit of the last one.",
        ),
        (
            M(
                "Rounding is not allowed for: 1 of 128 is printed as 0.78, which is not exactly 100 / 128.",
                lambda a: batch_size(a, 1e-9),
            ),
            M(
                "Only one of the accuracies seems to be used: n has to fit all of them.",
                lambda a: batch_size(a[:1]),
            ),
            M(
                "It is a multiple of the size, which fits too: the smallest is asked.",
                lambda a: 2 * batch_size(a),
            ),
            M("How many accuracies there are is not the size of a batch.", len),
            M(
                "It is always 1: perhaps a return is reached before the accuracies are looked at.",
                lambda a: 1,
            ),
            M("It is always 0: where the search begins is not where it ends.", lambda a: 0),
            *(
                M("The tolerance is too wide: a smaller n seems to fit.", lambda a, w=wide: batch_size(a, w))
                for wide in (0.01, 0.02, 0.05, 0.1, 0.5, 1)
            ),
            *(
                M(
                    "The tolerance is too wide: a smaller n seems to fit.",
                    lambda a, w=wide: nearly_whole(a, w),
                )
                for wide in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4)
            ),
            M(
                "It seems to come from the smallest gap: two accuracies may be several images apart.",
                lambda a: round(100 / np.diff(np.unique(np.append(a, 100))).min()),
            ),
            M("The largest accuracy is not the size: it is in per cent.", lambda a: round(max(a))),
            M(
                "The smallest accuracy seems to be taken for one image: it may be several.",
                lambda a: round(100 / min(a[a > 0])),
            ),
            M(
                "The largest n that fits is returned: the smallest is asked.",
                lambda a: next(n for n in range(1000, 0, -1) if n in fitting(a)),
            ),
            M(
                "It is off by one, too large: perhaps it is counted up after the match.",
                lambda a: batch_size(a) + 1,
            ),
            M("It is off by one, too small: range(n) begins at 0.", lambda a: batch_size(a) - 1),
        ),
        whole=True,
    ),
    "C9": BankEntry(
        "subtract the mean training image: centre(train, validation) -> both centred; images are columns",
        ("train", "validation"),
        image_inputs,
        centre,
        (
            "The mean image has one number a pixel: over which axis is the mean, if an image is a column?",
            "Both sets are shifted by the same image. Which set is it the mean of?",
            "Pixels may come as whole numbers of 0 to 255: a difference of them has to be able to be negative.",
        ),
        (
            M(
                "The validation images are shifted by a mean of their own: the training images' belongs to both.",
                lambda a, v: (a - a.mean(1, keepdims=True), v - v.mean(1, keepdims=True)),
            ),
            M(
                "The mean seems to be that of an image over its pixels: it should be that of a pixel over the images.",
                lambda a, v: (a - a.mean(0), v - v.mean(0)),
            ),
            M(
                "One number is subtracted everywhere: the mean image has one for each pixel.",
                lambda a, v: (a - a.mean(), v - a.mean()),
            ),
            M(
                "The validation images are not shifted.",
                lambda a, v: (a - a.mean(1, keepdims=True), v.astype(float)),
            ),
            M(
                "The mean of all images is used, the validation images among them: they should not be known.",
                lambda a, v: (
                    a - np.hstack([a, v]).mean(1, keepdims=True),
                    v - np.hstack([a, v]).mean(1, keepdims=True),
                ),
            ),
            M(
                "The mean is added.",
                lambda a, v: (a + a.mean(1, keepdims=True), v + a.mean(1, keepdims=True)),
            ),
            M(
                "The images are scaled as well: only the mean is asked.",
                lambda a, v: tuple(x / 255 for x in centre(a, v)),
            ),
            M(
                "The images are divided by their spread as well: only the mean is asked.",
                lambda a, v: tuple(x / a.std(1, keepdims=True) for x in centre(a, v)),
            ),
            M(
                "Whole numbers of 0 to 255 wrap around when something larger is subtracted: floats do not.",
                lambda a, v: (
                    a - a.mean(1, keepdims=True).astype(a.dtype),
                    v - a.mean(1, keepdims=True).astype(a.dtype),
                ),
            ),
            M(
                "The mean is rounded down to a whole number (integer division).",
                lambda a, v: centre(a, v, np.floor),
            ),
            M(
                "The result is turned back into whole numbers of 0 to 255, which cannot be negative.",
                lambda a, v: tuple(x.astype(a.dtype) for x in centre(a, v)),
            ),
            M(
                "The result is turned back into whole numbers of 0 to 255, which cannot be negative.",
                lambda a, v: tuple(x.astype(np.uint8) for x in centre(a, v)),
            ),
            M("The mean is rounded to a whole number.", lambda a, v: centre(a, v, np.round)),
            M(
                "The result is cut to whole numbers.",
                lambda a, v: tuple(x.astype(np.int64) for x in centre(a, v)),
            ),
            M(
                "The result is cut off at 0: pixels below the mean are negative.",
                lambda a, v: tuple(np.maximum(x, 0) for x in centre(a, v)),
            ),
            M("The distance from the mean has lost its sign.", lambda a, v: tuple(map(np.abs, centre(a, v)))),
            M("The sign is flipped: mean minus image.", lambda a, v: tuple(-x for x in centre(a, v))),
            M("The training images are not shifted.", lambda a, v: (a, centre(a, v)[1])),
            M("Nothing is shifted.", lambda a, v: (a, v)),
            M(
                "The mean of the validation images is subtracted: that of the training images belongs to both.",
                lambda a, v: centre(v, a)[::-1],
            ),
            M(
                "The validation images are shifted by one number: the mean image has one for each pixel.",
                lambda a, v: (centre(a, v)[0], v - a.mean()),
            ),
            M(
                "The sum of the images is subtracted: divide it by how many there are.",
                lambda a, v: tuple(
                    x - a.sum(1, keepdims=True, dtype=np.uint64 if a.dtype.kind == "u" else None)
                    for x in (a, v)
                ),
            ),
            M(
                "The first image is subtracted, not the mean.",
                lambda a, v: (a - a[:, :1].astype(float), v - a[:, :1].astype(float)),
            ),
            M(
                "The median image is subtracted, not the mean.",
                lambda a, v: (a - np.median(a, 1, keepdims=True), v - np.median(a, 1, keepdims=True)),
            ),
        ),
    ),
}
