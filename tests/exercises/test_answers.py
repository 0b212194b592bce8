"""Answers as students write them: a wrong one is told what is wrong with it, a right one is never refused.

They are written without a look at the bank of known mistakes: loops where it has products, in other words and orders.
"""

import contextlib
import functools
import re
import signal
import threading
import time
import warnings

import numpy as np
import pytest
from scipy import special

from labutils import exercises
from labutils.exercises import answers, reference
from labutils.exercises.answers import check_answer
from labutils.exercises.cases import load_exercises
from labutils.exercises.clock import run_limited
from labutils.exercises.reference import REFERENCE
from labutils.instructor import bank
from labutils.instructor.bank import EXERCISES

WRONG, RIGHT = [], []
FROM_THE_NOTEBOOK = np.ones((2, 4))


def wrong(name, *phrases):
    """A wrong answer to an exercise, and words that its message must have: "a|b" is one or the other."""

    def keep(answer):
        WRONG.append(pytest.param(name, answer, phrases, id=f"{name} {answer.__name__}"))
        return answer

    return keep


def right(name):
    """A right answer that looks unlike the one in the module."""

    def keep(answer):
        RIGHT.append(pytest.param(name, answer, id=f"{name} {answer.__name__}"))
        return answer

    return keep


def logistic(z):
    return special.expit(z)


# ---- A3.1, the linear layer


@wrong("A3.1", "number of samples|mean")
def all_divided_by_n(W, x, dz):
    n = x.shape[1]
    return np.dot(x, dz.T) / n, np.sum(dz, axis=1, keepdims=True) / n, np.dot(W, dz)


@wrong("A3.1", "number of samples|mean")
def all_three_divided_by_n(W, x, dz):
    n = x.shape[1]
    return np.dot(x, dz.T) / n, np.sum(dz, axis=1, keepdims=True) / n, np.dot(W, dz) / n


@wrong("A3.1", "`dW`", "number of samples|mean")
def weights_averaged(W, x, dz):
    dW = np.zeros(W.shape)
    for i in range(x.shape[1]):
        dW = dW + np.outer(x[:, i], dz[:, i]) / x.shape[1]
    return dW, dz.sum(axis=1).reshape(-1, 1), W.dot(dz)


@wrong("A3.1", "`db`", "mean")
def bias_averaged(W, x, dz):
    return x.dot(dz.T), np.mean(dz, axis=1)[:, None], W.dot(dz)


@wrong("A3.1", "`db`", "sum is missing")
def bias_not_summed(W, x, dz):
    return x @ dz.T, dz, W @ dz


@wrong("A3.1", "`db`", "wrong axis")
def bias_summed_over_outputs(W, x, dz):
    return x @ dz.T, dz.sum(axis=0, keepdims=True), W @ dz


@wrong("A3.1", "`db`", "axis")
def bias_without_keepdims(W, x, dz):
    return x @ dz.T, dz.sum(axis=1), W @ dz


@wrong("A3.1", "one number for all outputs")
def bias_summed_over_everything(W, x, dz):
    return x @ dz.T, np.sum(dz) * np.ones((dz.shape[0], 1)), W @ dz


@wrong("A3.1", "`dW`", "transpose")
def weights_transposed(W, x, dz):
    return dz @ x.T, dz.sum(axis=1, keepdims=True), W @ dz


@wrong("A3.1", "stops with ValueError", "The shapes in it are `x` (", "`dz` (")
def transpose_forgotten(W, x, dz):
    return x @ dz, dz.sum(axis=1, keepdims=True), W @ dz


@wrong("A3.1", "stops with ValueError", "shapes")
def transpose_too_many(W, x, dz):
    return x @ dz.T, dz.sum(axis=1, keepdims=True), W.T @ dz


@wrong("A3.1", "`dx`", "transpose")
def input_transposed(W, x, dz):
    return x @ dz.T, dz.sum(axis=1, keepdims=True), dz.T @ W.T


@wrong("A3.1", "`dx`", "`dz` is not used")
def input_is_the_weights(W, x, dz):
    dx = np.stack([W.sum(axis=1)] * x.shape[1], axis=1)
    return x @ dz.T, dz.sum(axis=1, keepdims=True), dx


@wrong("A3.1", "`dW`", "`dz`")
def weights_without_chain_rule(W, x, dz):
    dW = np.zeros(W.shape)
    for j in range(W.shape[1]):
        dW[:, j] = x.sum(axis=1)
    return dW, dz.sum(axis=1, keepdims=True), W @ dz


@wrong("A3.1", "it counts the samples")
def bias_gradient_is_one(W, x, dz):
    return x @ dz.T, np.full((W.shape[1], 1), float(x.shape[1])), W @ dz


@wrong("A3.1", "`dW`", "instead of being added")
def weights_replaced_in_the_loop(W, x, dz):
    for i in range(x.shape[1]):
        dW = np.outer(x[:, i], dz[:, i])
    return dW, dz.sum(axis=1, keepdims=True), W @ dz


@wrong("A3.1", "`dW`", "`db`")
def everything_replaced_in_the_loop(W, x, dz):
    for i in range(x.shape[1]):
        dW, db = np.outer(x[:, i], dz[:, i]), dz[:, i : i + 1]
    return dW, db, W @ dz


@wrong("A3.1", "`dx`", "sign|subtracted")
def input_sign_flipped(W, x, dz):
    return x @ dz.T, dz.sum(axis=1, keepdims=True), -W @ dz


@wrong("A3.1", "sign|subtracted")
def all_signs_flipped(W, x, dz):
    return x @ -dz.T, -dz.sum(axis=1, keepdims=True), W @ -dz


@wrong("A3.1", "expected 3 results (dW, db, dx), got 2")
def input_forgotten(W, x, dz):
    return x @ dz.T, dz.sum(axis=1, keepdims=True)


@wrong("A3.1", "expected 3 results (dW, db, dx), got 1")
def number_for_a_tuple(W, x, dz):
    return 0.0


@wrong("A3.1", "stops with TypeError", "positional argument")
def too_few_arguments(W, x):
    return x, W, x


@wrong("A3.1", "`dx`", "factor 2 too many")
def input_doubled(W, x, dz):
    return x @ dz.T, dz.sum(axis=1, keepdims=True), W @ dz + W @ dz


@right("A3.1")
def linear_by_einsum(W, x, dz):
    return np.einsum("mi,ni->mn", x, dz), np.einsum("ni->n", dz)[:, np.newaxis], np.einsum("mn,ni->mi", W, dz)


@right("A3.1")
def linear_by_loops(W, x, dz):
    dW, db, dx = np.zeros_like(W), np.zeros((W.shape[1], 1)), np.zeros_like(x)
    for i in range(x.shape[1]):
        dW += np.outer(x[:, i], dz[:, i])
        db += dz[:, i : i + 1]
        dx[:, i] = W @ dz[:, i]
    return dW, db, dx


@right("A3.1")
def linear_in_float32(W, x, dz):
    W, x, dz = (a.astype(np.float32) for a in (W, x, dz))
    return x @ dz.T, dz.sum(axis=1, keepdims=True), W @ dz


@right("A3.1")
def linear_as_lists(W, x, dz):
    return [(dz @ x.T).T.tolist(), [[sum(row)] for row in dz.tolist()], (dz.T @ W.T).T.tolist()]


@right("A3.1")
def linear_with_a_vector_of_ones(W, x, dz):
    both = np.vstack([x, np.ones(x.shape[1])]) @ dz.T
    return both[:-1], both[-1:].T, np.tensordot(W, dz, axes=1)


# ---- A3.2, the sigmoid


@wrong("A3.2", "sign of `dp` is lost")
def sigmoid_absolute(p, dp):
    return np.abs(dp) * p * (1 - p)


@wrong("A3.2", "where `p` is 1", "is missing")
def sigmoid_without_one_minus_p(p, dp):
    return np.multiply(dp, p)


@wrong("A3.2", "factor `p` is missing")
def sigmoid_without_p(p, dp):
    return dp - dp * p


@wrong("A3.2", "`dp` is missing")
def sigmoid_without_dp(p, dp):
    return p - p**2


@wrong("A3.2", "already the output")
def sigmoid_of_the_output(p, dp):
    s = 1.0 / (1.0 + np.exp(-p))
    return s * (1.0 - s) * dp


@wrong("A3.2", "Parentheses are missing")
def sigmoid_without_parentheses(p, dp):
    return dp * p * 1 - p


@wrong("A3.2", "sign of the term with `p`")
def sigmoid_one_plus_p(p, dp):
    return dp * (p + p * p)


@wrong("A3.2", "sign|subtracted")
def sigmoid_p_minus_one(p, dp):
    return dp * p * (p - 1)


@wrong("A3.2", "tanh")
def sigmoid_as_tanh(p, dp):
    return (1 + p) * (1 - p) * dp


@wrong("A3.2", "number of samples|mean")
def sigmoid_averaged(p, dp):
    return dp * p * (1 - p) / dp.shape[1]


@wrong("A3.2", "changes its argument `p` in place", "never reads `dp`", "`dp` is missing|`dp` is not used")
def sigmoid_in_place_without_dp(p, dp):
    p *= 1 - p
    return p


@wrong("A3.2", "changes its argument `dp` in place")
def sigmoid_in_place(p, dp):
    dp *= p * (1 - p)
    return dp


@wrong("A3.2", "element-wise", "matrix product")
def sigmoid_as_matrix_product(p, dp):
    return (p * (1 - p)) @ dp.T


@wrong("A3.2", "stops with ValueError", "shapes")
def sigmoid_matrix_product_that_does_not_fit(p, dp):
    return p @ (1 - p) @ dp


@wrong("A3.2", "expected numbers for `dz`, got 'dp * p * (1 - p)'")
def sigmoid_as_text(p, dp):
    return "dp * p * (1 - p)"


@wrong("A3.2", "expected numbers for `dz`, got ['0.5', '0.25']")
def sigmoid_as_texts(p, dp):
    return ["0.5", "0.25"]


@wrong("A3.2", "expected numbers for `dz`", "complex")
def sigmoid_complex(p, dp):
    return dp * p * (1 - p) + 1j


@wrong("A3.2", "expected 1 result (dz), got 2")
def sigmoid_with_the_derivative_too(p, dp):
    return dp * p * (1 - p), p * (1 - p)


@wrong("A3.2", "Expected `dz` of shape (3, 1), got ()")
def sigmoid_summed(p, dp):
    return np.sum(dp * p * (1 - p))


@wrong("A3.2", "first sample")
def sigmoid_of_the_first_sample(p, dp):
    return (dp * p * (1 - p))[:, :1]


@wrong("A3.2", "global generator")
def sigmoid_with_a_seed(p, dp):
    np.random.seed(0)  # noqa: NPY002  that is the mistake
    return dp * p * (1 - p)


@wrong("A3.2", "stops with ZeroDivisionError: division by zero")
def sigmoid_divides_by_zero(p, dp):
    return dp * p * (1 - p) * (1 / (p.shape[1] - 1))


@wrong("A3.2", "stops with NameError", "not_defined")
def sigmoid_with_a_typing_error(p, dp):
    return dp * not_defined * (1 - p)  # noqa: F821  that is the mistake


@wrong("A3.2", "stops with SystemExit")
def sigmoid_that_exits(p, dp):
    raise SystemExit(1)


@wrong("A3.2", "stops with RecursionError")
def sigmoid_without_an_end(p, dp):
    return sigmoid_without_an_end(p, dp)


@wrong("A3.2", "every value is 0")
def sigmoid_integer_division(p, dp):
    return dp * (p // 1) * (1 - p)


@wrong("A3.2", "expected numbers for `dz`, got [[1.0], [1.0, 2.0]]")
def sigmoid_ragged(p, dp):
    return [[1.0], [1.0, 2.0]]


@right("A3.2")
def sigmoid_by_loops(p, dp):
    dz = np.empty_like(p)
    for k in range(p.shape[0]):
        for i in range(p.shape[1]):
            dz[k, i] = dp[k, i] * (p[k, i] - p[k, i] ** 2)
    return dz


@right("A3.2")
def sigmoid_from_its_score(p, dp):
    z = special.logit(p)
    return dp * special.expit(z) * special.expit(-z)


@right("A3.2")
def sigmoid_by_exponentials(p, dp):
    z = np.log(p) - np.log1p(-p)
    return dp * np.exp(-z) / (1 + np.exp(-z)) ** 2


@right("A3.2")
def sigmoid_as_lists(p, dp):
    return [[a * b * (1 - b) for a, b in zip(*rows, strict=True)] for rows in zip(dp, p, strict=True)]


@right("A3.2")
def sigmoid_in_float32(p, dp):
    return (dp * (0.25 - (p - 0.5) ** 2)).astype("float32")


# ---- A3.3, the NLL


@wrong("A3.3", "number of samples|mean")
def nll_averaged(p, t):
    return np.mean([(p - t) / (p * (1 - p))], axis=0) / t.shape[1]


@wrong("A3.3", "division by the number of all entries")
def nll_averaged_over_all(p, t):
    return (-t / p + (1 - t) / (1 - p)) / t.size


@wrong("A3.3", "sign|subtracted")
def nll_of_the_likelihood(p, t):
    return t / p - (1 - t) / (1 - p)


@wrong("A3.3", "sign is the same for both targets")
def nll_inner_derivative_forgotten(p, t):
    return -(t / p + (1 - t) / (1 - p))


@wrong("A3.3", "target 0 is missing")
def nll_of_ones_alone(p, t):
    return np.where(t == 1, -1 / p, 0)


@wrong("A3.3", "target 1 is missing")
def nll_of_zeros_alone(p, t):
    return np.where(t == 0, 1 / (1 - p), 0)


@wrong("A3.3", "with respect to the score")
def nll_by_the_score(p, t):
    dp = p.copy()
    dp[t == 1] -= 1
    return dp


@wrong("A3.3", "parentheses is missing")
def nll_without_parentheses(p, t):
    return (p - t) / p * (1 - p)


@wrong("A3.3", "multiplication", "instead of a division")
def nll_multiplied(p, t):
    return (p - t) * (p - p**2)


@wrong("A3.3", "loss itself")
def nll_itself(p, t):
    return -np.log(np.where(t == 1, p, 1 - p))


@wrong("A3.3", "squared error")
def nll_as_squared_error(p, t):
    return 2 * p - 2 * t


@wrong("A3.3", "8 of 8 inputs some values are not finite")
def nll_with_the_log_of_zero(p, t):
    return np.log(t) / p


@wrong("A3.3", "not finite", "division by 0")
def nll_divides_by_the_target(p, t):
    return (p - t) / (t * (1 - t))


@wrong("A3.3", "Expected `dp` of shape (3, 1), got ()")
def nll_as_one_number(p, t):
    return float(-(t * np.log(p) + (1 - t) * np.log(1 - p)).sum())


@right("A3.3")
def nll_by_cases(p, t):
    return np.where(t == 1, -1 / p, 1 / (1 - p))


@right("A3.3")
def nll_in_two_halves(p, t):
    return -(t / p) + (1 - t) / (1 - p)


@right("A3.3")
def nll_by_masks(p, t):
    dp = 1 / (1 - p)
    dp[t == 1] = -1 / p[t == 1]
    return dp


@right("A3.3")
def nll_by_loops(p, t):
    return [[-1 / b if a else 1 / (1 - b) for a, b in zip(t[k], p[k], strict=True)] for k in range(len(p))]


@right("A3.3")
def nll_in_float32(p, t):
    p, t = np.float32(p), np.float32(t)
    return (p - t) / (p * (1 - p))


# ---- A6, descent


@wrong("A6", "number of samples|mean")
def descent_averaged(x, t, W, b, rate, steps):
    n = x.shape[1]
    for _ in range(steps):
        dz = (logistic(W.T @ x + b) - t) / n
        W = W - rate * x @ dz.T
        b = b - rate * dz.sum()
    return W, b


@wrong("A6", "sign|subtracted")
def ascent(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = logistic(W.T @ x + b) - t
        W, b = W + rate * x @ dz.T, b + rate * dz.sum()
    return W, b


@wrong("A6", "sign|subtracted")
def descent_t_minus_p(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = t - logistic(W.T @ x + b)
        W, b = W - rate * x @ dz.T, b - rate * dz.sum()
    return W, b


@wrong("A6", "`b`", "step of `b` is missing")
def descent_without_bias(x, t, W, b, rate, steps):
    for _ in range(steps):
        W = W - rate * x @ (logistic(W.T @ x + b) - t).T
    return W, b


@wrong("A6", "`W`", "step of `W` is missing")
def descent_of_the_bias(x, t, W, b, rate, steps):
    for _ in range(steps):
        b = b - rate * np.sum(logistic(W.T @ x + b) - t)
    return W, b


@wrong("A6", "only one step")
def descent_return_inside_the_loop(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = logistic(W.T @ x + b) - t
        W, b = W - rate * x @ dz.T, b - rate * dz.sum()
        return W, b


@wrong("A6", "step")
def descent_range_from_one(x, t, W, b, rate, steps):
    for _ in range(1, steps):
        dz = logistic(W.T @ x + b) - t
        W, b = W - rate * x @ dz.T, b - rate * dz.sum()
    return W, b


@wrong("A6", "one step too many")
def descent_with_a_step_too_many(x, t, W, b, rate, steps):
    i = 0
    while i <= steps:
        dz = logistic(W.T @ x + b) - t
        W, b = W - rate * x @ dz.T, b - rate * dz.sum()
        i += 1
    return W, b


@wrong("A6", "once, before the loop")
def descent_gradient_before_the_loop(x, t, W, b, rate, steps):
    dz = logistic(W.T @ x + b) - t
    dW, db = x @ dz.T, dz.sum()
    for _ in range(steps):
        W, b = W - rate * dW, b - rate * db
    return W, b


@wrong("A6", "after every sample")
def descent_by_samples(x, t, W, b, rate, steps):
    for _ in range(steps):
        for i in range(x.shape[1]):
            dz = logistic(W.T @ x[:, i : i + 1] + b) - t[0, i]
            W, b = W - rate * x[:, i : i + 1] * dz, b - rate * dz
    return W, b


@wrong("A6", "last sample")
def descent_gradient_replaced(x, t, W, b, rate, steps):
    for _ in range(steps):
        for i in range(x.shape[1]):
            xi = x[:, [i]]
            dz = logistic(W.T @ xi + b) - t[:, [i]]
            dW, db = xi * dz, dz
        W, b = W - rate * dW, b - rate * db
    return W, b


@wrong("A6", "after `W` has moved")
def descent_bias_by_the_new_weights(x, t, W, b, rate, steps):
    for _ in range(steps):
        W = W - rate * x @ (logistic(W.T @ x + b) - t).T
        b = b - rate * (logistic(W.T @ x + b) - t).sum(axis=1, keepdims=True)
    return W, b


@wrong("A6")
def descent_through_the_sigmoid_twice(x, t, W, b, rate, steps):
    for _ in range(steps):
        p = logistic(W.T @ x + b)
        dz = (p - t) * p * (1 - p)
        W, b = W - rate * x @ dz.T, b - rate * dz.sum()
    return W, b


@wrong("A6", "sigmoid is missing")
def descent_of_a_straight_line(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = W.T @ x + b - t
        W, b = W - rate * x @ dz.T, b - rate * dz.sum()
    return W, b


@wrong("A6", "`b`", "mean")
def descent_bias_averaged(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = logistic(W.T @ x + b) - t
        W, b = W - rate * x @ dz.T, b - rate * np.mean(dz)
    return W, b


@wrong("A6", "rate")
def descent_without_rate(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = logistic(W.T @ x + b) - t
        W, b = W - x @ dz.T, b - dz.sum()
    return W, b


@wrong("A6", "changes its arguments `W`, `b` in place")
def descent_in_place(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = logistic(W.T @ x + b) - t
        W -= rate * x @ dz.T
        b -= rate * dz.sum()
    return W, b


@wrong("A6", "`b`", "sum is missing")
def descent_bias_not_summed(x, t, W, b, rate, steps):
    for _ in range(steps):
        dz = logistic(W.T @ x + b) - t
        W, b = W - rate * x @ dz.T, b - rate * dz
    return W, b


@wrong("A6", "expected 2 results (W, b), got 1")
def descent_of_one_result(x, t, W, b, rate, steps):
    return np.vstack([W, b])


@wrong("A6", "never reads `x`, `t`, `rate`", "not finite")
def descent_overflows(x, t, W, b, rate, steps):
    for _ in range(steps):
        W, b = W * np.inf, b
    return W, b


@right("A6")
def descent_by_samples_added_up(x, t, W, b, rate, steps):
    for _ in range(steps):
        dW, db = np.zeros_like(W), 0.0
        for i in range(x.shape[1]):
            dz = 1 / (1 + np.exp(-(x[:, i] @ W[:, 0] + b[0, 0]))) - t[0, i]
            dW[:, 0] += dz * x[:, i]
            db += dz
        W, b = W - rate * dW, b - rate * db
    return W, b


@right("A6")
def descent_in_place_of_copies(x, t, W, b, rate, steps):
    W, b = W.copy(), b.copy()
    for _ in range(steps):
        dz = special.expit(W.T @ x + b) - t
        W -= rate * np.einsum("di,ni->dn", x, dz)
        b -= rate * dz.sum(axis=1, keepdims=True)
    return W, b


@right("A6")
def descent_with_a_row_of_ones(x, t, W, b, rate, steps):
    X, w = np.vstack([x, np.ones((1, x.shape[1]))]), np.vstack([W, b])
    for _ in range(steps):
        w = w + rate * X @ (t - (1 + np.tanh(w.T @ X / 2)) / 2).T
    return w[:-1], w[-1:]


@right("A6")
def descent_by_recursion(x, t, W, b, rate, steps):
    if steps == 0:
        return [W, b]
    dz = logistic(W.T @ x + b) - t
    return descent_by_recursion(x, t, W - rate * x @ dz.T, b - rate * dz.sum(), rate, steps - 1)


@right("A6")
def descent_in_float32(x, t, W, b, rate, steps):
    x, t, W, b = (a.astype(np.float32) for a in (x, t, W, b))
    for _ in range(steps):
        dz = logistic(W.T @ x + b) - t
        W, b = W - np.float32(rate) * x @ dz.T, b - np.float32(rate) * dz.sum(axis=1, keepdims=True)
    return W, b


# ---- A7.2, the bound


@wrong("A7.2", "is not used, or not the right one")
def bound_without_quarter(X):
    return 2 / np.max(np.linalg.eigvals(X.T @ X))


@wrong("A7.2", "a step may be longer")
def bound_is_one_over_l(X):
    return 1 / (0.25 * np.linalg.norm(X, 2) ** 2)


@wrong("A7.2", "the curvature itself")
def bound_is_l(X):
    return np.linalg.eigvalsh(X.T @ X / 4).max()


@wrong("A7.2", "smallest eigenvalue")
def bound_by_the_smallest(X):
    return 2 / np.linalg.eigvalsh(0.25 * X.T @ X)[0]


@wrong("A7.2", "another power")
def bound_by_a_singular_value(X):
    return 8 / np.linalg.svd(X, compute_uv=False)[0]


@wrong("A7.2", "number of samples|mean")
def bound_averaged(X):
    return 2 / np.linalg.eigvalsh(X.T @ X / (4 * X.shape[0]))[-1]


@wrong("A7.2", "trace")
def bound_by_frobenius(X):
    return 8 / np.sum(X**2)


@wrong("A7.2", "column of ones is left out")
def bound_without_bias(X):
    return 8 / np.linalg.norm(X[:, :-1], 2) ** 2


@wrong("A7.2", "in no order")
def bound_by_the_first_of_eigvals(X):
    return 2 / (np.linalg.eigvals(X.T @ X)[0] / 4)


@wrong("A7.2", "maximum is missing", "of shape ()")
def bound_by_all_eigenvalues(X):
    return 8 / np.linalg.eigvalsh(X.T @ X)


@wrong("A7.2", "stops with LinAlgError")
def bound_of_a_matrix_that_is_not_square(X):
    return 8 / np.linalg.eigvalsh(X)[-1]


@right("A7.2")
def bound_by_svd(X):
    return 8 / np.linalg.svd(X)[1][0] ** 2


@right("A7.2")
def bound_by_the_other_gram_matrix(X):
    return 2 / (0.25 * np.linalg.eigvalsh(X @ X.T).max())


@right("A7.2")
def bound_by_eigvals(X):
    return 8 / np.linalg.eigvals(X.T @ X).astype(complex).max()


@right("A7.2")
def bound_by_power_iteration(X):
    v = np.ones(X.shape[1])
    for _ in range(5000):
        v = X.T @ (X @ v)
        v /= np.linalg.norm(v)
    return 8 / (v @ X.T @ X @ v)


@right("A7.2")
def bound_in_float32(X):
    return np.float32(8) / np.linalg.norm(X.astype(np.float32), 2) ** 2


# ---- B2.1, softmax


@wrong("B2.1", "overflows")
def softmax_without_shift(z):
    y = np.zeros(z.shape)
    for i in range(z.shape[1]):
        y[:, i] = np.exp(z[:, i]) / sum(np.exp(z[:, i]))
    return y


@wrong("B2.1", "shift is the mean")
def softmax_shifted_by_the_mean(z):
    e = np.exp(z - np.mean(z, axis=0))
    return e / np.sum(e, axis=0)


@wrong("B2.1", "sum runs over the samples")
def softmax_over_the_samples(z):
    return special.softmax(z, axis=1)


@wrong("B2.1", "sum runs over the wrong axis")
def softmax_shift_right_sum_wrong(z):
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


@wrong("B2.1", "sum runs over everything")
def softmax_over_everything(z):
    return special.softmax(z)


@wrong("B2.1", "largest score of all columns")
def softmax_one_shift_for_all(z):
    e = np.exp(z - np.amax(z))
    return e / e.sum(axis=0, keepdims=True)


@wrong("B2.1", "division by the sum")
def softmax_divided_by_the_largest(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.max(axis=0)


@wrong("B2.1", "exponential is missing")
def softmax_without_exponential(z):
    return z / np.sum(z, axis=0, keepdims=True)


@wrong("B2.1", "sign in the exponent")
def softmax_minus(z):
    e = np.exp(-(z - z.min(axis=0)))
    return e / e.sum(axis=0)


@wrong("B2.1", "sigmoid of each score")
def softmax_as_sigmoids(z):
    return logistic(z)


@wrong("B2.1", "logarithm of softmax")
def softmax_log(z):
    return z - special.logsumexp(z, axis=0)


@wrong("B2.1", "division by the sum is missing")
def softmax_of_exponentials(z):
    return np.array([[np.exp(v) for v in row] for row in z])


@wrong("B2.1", "shift is in the numerator only")
def softmax_shift_in_the_numerator(z):
    return np.exp(z - z.max(axis=0)) / np.sum(np.exp(z), axis=0)


@wrong("B2.1", "1 at the largest score")
def softmax_as_hardmax(z):
    return np.where(z == z.max(axis=0), 1.0, 0.0)


@wrong("B2.1", "sum runs over the samples")
def softmax_sum_without_keepdims(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=1)


@wrong("B2.1", "changes its argument `z` in place")
def softmax_in_place(z):
    z -= z.max(axis=0)
    return np.exp(z) / np.exp(z).sum(axis=0)


@wrong("B2.1", "stops with OverflowError")
def softmax_by_the_math_module(z):
    import math

    e = [[math.exp(v) for v in row] for row in z]
    return np.array(e) / np.sum(e, axis=0)


@wrong("B2.1", "dimension of `z`")
def softmax_rows_and_columns_swapped(z):
    y = np.zeros(z.shape)
    for i in range(z.shape[0]):
        y[:, i] = special.softmax(z[:, i])
    return y


@right("B2.1")
def softmax_by_logsumexp(z):
    return np.exp(z - special.logsumexp(z, axis=0, keepdims=True))


@right("B2.1")
def softmax_by_scipy(z):
    return special.softmax(z, axis=0)


@right("B2.1")
def softmax_by_columns(z):
    columns = []
    for column in z.T:
        e = np.exp(column - max(column))
        columns.append(e / sum(e))
    return np.array(columns).T


@right("B2.1")
def softmax_by_differences(z):
    return 1 / np.exp(z[None, :, :] - z[:, None, :]).sum(axis=1)


@right("B2.1")
def softmax_in_float32(z):
    z = z.astype(np.float32)
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


@right("B2.1")
def softmax_of_float32_by_logsumexp(z):
    z = np.asarray(z, dtype="float32")
    return np.exp(z - special.logsumexp(z, axis=0)).tolist()


# ---- B2.2, the backward of softmax


@wrong("B2.2", "diagonal of the Jacobian")
def softmax_backward_as_sigmoid(y, dy):
    return y * (1 - y) * dy


@wrong("B2.2", "second term")
def softmax_backward_first_term(y, dy):
    return y * dy


@wrong("B2.2", "wrong axis")
def softmax_backward_wrong_axis(y, dy):
    return y * dy - y * np.sum(y * dy, axis=1, keepdims=True)


@wrong("B2.2", "over everything")
def softmax_backward_over_everything(y, dy):
    return y * (dy - np.vdot(y, dy))


@wrong("B2.2", "factor `y` is missing")
def softmax_backward_without_y(y, dy):
    return dy - np.einsum("ki,ki->i", y, dy)


@wrong("B2.2", "without the factor `y`")
def softmax_backward_unweighted(y, dy):
    return y * (dy - np.sum(dy, axis=0, keepdims=True))


@wrong("B2.2", "sign of the term")
def softmax_backward_plus(y, dy):
    dz = np.zeros_like(y)
    for i in range(y.shape[1]):
        dz[:, i] = (np.diag(y[:, i]) + np.outer(y[:, i], y[:, i])) @ dy[:, i]
    return dz


@wrong("B2.2", "sign|subtracted")
def softmax_backward_flipped(y, dy):
    return np.stack([np.outer(v, v) @ d - v * d for v, d in zip(y.T, dy.T, strict=True)], axis=1)


@wrong("B2.2", "number of samples|mean")
def softmax_backward_averaged(y, dy):
    return (y * dy - y * (y * dy).sum(axis=0)) / len(y.T)


@wrong("B2.2", "wrong axis")
def softmax_backward_without_keepdims(y, dy):
    return y * (dy - (y * dy).sum(axis=1))


@right("B2.2")
def softmax_backward_by_jacobians(y, dy):
    dz = np.empty_like(y)
    for i in range(y.shape[1]):
        J = np.diag(y[:, i]) - np.outer(y[:, i], y[:, i])
        dz[:, i] = J @ dy[:, i]
    return dz


@right("B2.2")
def softmax_backward_by_einsum(y, dy):
    J = np.einsum("ki,kj->kji", y, np.eye(len(y))) - np.einsum("ki,ji->kji", y, y)
    return np.einsum("kji,ji->ki", J, dy)


@right("B2.2")
def softmax_backward_by_loops(y, dy):
    K, N = y.shape
    dz = [[0.0] * N for _ in range(K)]
    for i in range(N):
        for k in range(K):
            for j in range(K):
                dz[k][i] += y[j, i] * ((j == k) - y[k, i]) * dy[j, i]
    return dz


@right("B2.2")
def softmax_backward_in_float32(y, dy):
    y, dy = y.astype(np.float32), dy.astype(np.float32)
    return y * dy - y * (y * dy).sum(0, keepdims=True)


# ---- B2.3, softmax and NLL


@wrong("B2.3", "number of samples|mean")
def scores_gradient_averaged(y, labels):
    dz = y.copy()
    dz[labels, np.arange(len(labels))] -= 1
    return dz / len(labels)


@wrong("B2.3", "sign|subtracted")
def scores_gradient_flipped(y, labels):
    t = np.zeros_like(y)
    t[labels, range(labels.size)] = 1
    return t - y


@wrong("B2.3", "counted from 1")
def scores_gradient_labels_from_one(y, labels):
    dz = y.copy()
    for i, label in enumerate(labels):
        dz[label - 1, i] -= 1
    return dz


@wrong("B2.3", "off by one")
def scores_gradient_labels_plus_one(y, labels):
    dz = y.copy()
    for i, label in enumerate(labels):
        dz[label + 1, i] -= 1
    return dz


@wrong("B2.3", "with respect to the probabilities")
def scores_gradient_by_the_probabilities(y, labels):
    dy = np.zeros_like(y)
    for i in range(y.shape[1]):
        dy[labels[i], i] = -1 / y[labels[i], i]
    return dy


@wrong("B2.3", "Only the row of the label is there")
def scores_gradient_of_the_label_alone(y, labels):
    dz = np.zeros_like(y)
    for i in range(y.shape[1]):
        dz[labels[i], i] = y[labels[i], i] - 1
    return dz


@wrong("B2.3", "each column has a label of its own")
def scores_gradient_whole_rows(y, labels):
    dz = y.copy()
    dz[labels] -= 1
    return dz


@wrong("B2.3", "subtracted as a number")
def scores_gradient_minus_the_label(y, labels):
    return y - labels[np.newaxis, :]


@wrong("B2.3", "unchanged", "never reads `labels`")
def scores_gradient_is_y(y, labels):
    return y.copy()


@wrong("B2.3", "changes its argument `y` in place")
def scores_gradient_in_place(y, labels):
    y[labels, np.arange(len(labels))] -= 1
    return y


@wrong("B2.3", "do not fit")
def scores_gradient_one_hot_rows(y, labels):
    return y - np.eye(y.shape[0])[labels]


@wrong("B2.3", "transpose")
def scores_gradient_transposed(y, labels):
    return y.T - np.eye(y.shape[0])[labels]


@right("B2.3")
def scores_gradient_by_a_copy(y, labels):
    dz = y.copy()
    dz[labels, np.arange(labels.size)] -= 1
    return dz


@right("B2.3")
def scores_gradient_by_add_at(y, labels):
    dz = np.array(y)
    np.add.at(dz, (labels, np.arange(len(labels))), -1.0)
    return dz


@right("B2.3")
def scores_gradient_by_comparison(y, labels):
    return y - (np.arange(y.shape[0])[:, None] == labels)


@right("B2.3")
def scores_gradient_as_lists(y, labels):
    return [[v - (k == label) for v, label in zip(row, labels, strict=True)] for k, row in enumerate(y)]


@right("B2.3")
def scores_gradient_in_float32(y, labels):
    t = np.zeros(y.shape, dtype=np.float32)
    t[labels, range(len(labels))] = 1
    return y.astype(np.float32) - t


# ---- C2, momentum


@wrong("C2", "old velocities are kept in full")
def velocity_added(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW = vW + momentum * vW - rate * (gW + l2 * W)
    vb = vb + momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "`b`", "L2 is for the weights")
def l2_on_biases(W, b, vW, vb, gW, gb, rate, momentum, l2):
    new = []
    for p, v, g in ((W, vW, gW), (b, vb, gb)):
        v = momentum * v - rate * (g + l2 * p)
        new.append((p + v, v))
    return new[0][0], new[1][0], new[0][1], new[1][1]


@wrong("C2", "L2 is missing")
def l2_forgotten(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - rate * gW, momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "L2 has the wrong sign")
def l2_subtracted(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - rate * (gW - l2 * W), momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "not multiplied by the rate")
def l2_without_rate(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - rate * gW - l2 * W, momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "counted twice")
def l2_doubled(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - rate * (gW + 2 * l2 * W), momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "1 minus `momentum`")
def momentum_as_average(W, b, vW, vb, gW, gb, rate, momentum, l2):
    gW = gW + l2 * W
    vW = momentum * vW - (1 - momentum) * rate * gW
    vb = momentum * vb - (1 - momentum) * rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "old velocities")
def parameters_first(W, b, vW, vb, gW, gb, rate, momentum, l2):
    W_new, b_new = W + vW, b + vb
    return W_new, b_new, momentum * vW - rate * (gW + l2 * W), momentum * vb - rate * gb


@wrong("C2", "uphill")
def uphill(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW + rate * (gW + l2 * W), momentum * vb + rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "subtracted")
def velocity_subtracted(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW + rate * (gW + l2 * W), momentum * vb + rate * gb
    return W - vW, b - vb, vW, vb


@wrong("C2", "already in the velocities")
def minus_twice(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - rate * (gW + l2 * W), momentum * vb - rate * gb
    return W - vW, b - vb, vW, vb


@wrong("C2", "plain gradient descent")
def no_momentum(W, b, vW, vb, gW, gb, rate, momentum, l2):
    dW, db = -rate * (gW + l2 * W), -rate * gb
    return W + dW, b + db, dW, db


@wrong("C2", "rate")
def no_rate(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - (gW + l2 * W), momentum * vb - gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "whole velocity")
def rate_last(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW + gW + l2 * W, momentum * vb + gb
    return W - rate * vW, b - rate * vb, vW, vb


@wrong("C2", "old velocities are returned")
def velocities_thrown_away(W, b, vW, vb, gW, gb, rate, momentum, l2):
    step_W, step_b = momentum * vW - rate * (gW + l2 * W), momentum * vb - rate * gb
    return W + step_W, b + step_b, vW, vb


@wrong("C2", "changes its arguments")
def step_in_place(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - rate * (gW + l2 * W), momentum * vb - rate * gb
    W += vW
    b += vb
    return W, b, vW, vb


@wrong("C2", "expected 4 results (W, b, vW, vb), got 2")
def velocities_not_returned(W, b, vW, vb, gW, gb, rate, momentum, l2):
    return W + momentum * vW - rate * (gW + l2 * W), b + momentum * vb - rate * gb


@right("C2")
def step_by_a_loop(W, b, vW, vb, gW, gb, rate, momentum, l2):
    parameters, velocities = [], []
    for p, v, g, decay in ((W, vW, gW, l2), (b, vb, gb, 0)):
        v = v * momentum
        v -= rate * g
        v -= rate * decay * p
        velocities.append(v)
        parameters.append(p + v)
    return [*parameters, *velocities]


@right("C2")
def step_subtracted(W, b, vW, vb, gW, gb, rate, momentum, l2):
    uW, ub = rate * gW + rate * l2 * W - momentum * vW, rate * gb - momentum * vb
    return W - uW, b - ub, -uW, -ub


@right("C2")
def step_in_place_of_copies(W, b, vW, vb, gW, gb, rate, momentum, l2):
    W, b, vW, vb = (a.copy() for a in (W, b, vW, vb))
    vW *= momentum
    vW -= rate * (gW + l2 * W)
    vb *= momentum
    vb -= rate * gb
    W += vW
    b += vb
    return W, b, vW, vb


@right("C2")
def step_in_float32(*given):
    W, b, vW, vb, gW, gb, rate, momentum, l2 = (np.float32(a) for a in given)
    vW, vb = momentum * vW - rate * (gW + l2 * W), momentum * vb - rate * gb
    return W + vW, b + vb, vW, vb


@wrong("C2", "another order", "vW, vb, W, b")
def velocities_first(W, b, vW, vb, gW, gb, rate, momentum, l2):
    vW, vb = momentum * vW - rate * (gW + l2 * W), momentum * vb - rate * gb
    return vW, vb, W + vW, b + vb


# ---- C8, the size of a batch


@wrong("C8", "never reads `accuracies`", "every value is")
def size_known_from_the_report(accuracies):
    return 128


@wrong("C8", "Only the first accuracy")
def size_by_the_first_accuracy(accuracies):
    for n in range(1, 1000):
        for a in accuracies:
            if abs(round(a * n / 100) / n * 100 - a) < 0.0051:
                return n
            break


@wrong("C8", "smallest gap|stops with")
def size_by_the_smallest_gap(accuracies):
    differences = np.diff(sorted([*set(accuracies), 100.0]))
    return int(round(100 / min(d for d in differences if d > 0), 0))


@wrong("C8", "nearly whole")
def size_within_a_tenth_of_an_image(accuracies):
    n = 1
    while any(abs(a * n / 100 - round(a * n / 100)) > 0.1 for a in accuracies):
        n += 1
    return n


@wrong("C8", "Only the first accuracy")
def size_by_any_accuracy(accuracies):
    n = 1
    while abs(round(accuracies[0] * n / 100) / n * 100 - accuracies[0]) > 0.0051:
        n += 1
    return n


@wrong("C8")
def size_doubled(accuracies):
    return 2 * size_by_rounding(accuracies)


@wrong("C8", "the smallest is asked")
def size_overwritten_in_the_loop(accuracies):
    for n in range(1, 1001):
        if np.allclose(np.round(np.round(accuracies * n / 100) / n * 100, 2), accuracies, atol=1e-6, rtol=0):
            found = n
    return found


@wrong("C8")
def size_is_a_count(accuracies):
    return accuracies.size


@wrong("C8", "one too large")
def size_counted_after_the_match(accuracies):
    n = 1
    found = False
    while not found:
        found = bool(np.all(np.abs(np.round(accuracies * n / 100) * 100 / n - accuracies) < 0.0051))
        n += 1
    return n


@wrong("C8", "every value is the same")
def size_return_inside_the_loop(accuracies):
    for n in range(1, 1000):
        if any(abs(round(a * n / 100) / n * 100 - a) < 0.0051 for a in accuracies):
            pass
        return n


@wrong("C8", "tolerance is too wide")
def size_with_a_wide_tolerance(accuracies):
    for n in range(1, 1000):
        if all(abs(round(a * n / 100) / n * 100 - a) <= 0.5 for a in accuracies):
            return n


@wrong("C8", "returns nothing")
def size_with_a_whole_unit_of_tolerance(accuracies):
    for n in range(1, 1000):
        if np.abs(np.round(accuracies * n / 100) * 100 / n - accuracies).max() < 0.01:
            return n


@wrong("C8", "too narrow")
def size_by_whole_numbers(accuracies):
    for n in range(1, 20_000):
        images = accuracies * n / 100
        if (abs(images - np.round(images)) < 1e-9).all():
            return n


@wrong("C8", "returns nothing")
def size_up_to_a_hundred(accuracies):
    for n in range(1, 101):
        if all(abs(round(a * n / 100) / n * 100 - a) < 0.0051 for a in accuracies):
            return n


@wrong("C8", "expected a whole number")
def size_with_a_half(accuracies):
    return size_by_rounding(accuracies) + 0.5


@wrong("C8", "Expected `n` of shape (), got (1,)")
def size_in_a_list(accuracies):
    return [size_by_rounding(accuracies)]


@wrong("C8", "returns nothing")
def size_by_integers(accuracies):
    for n in range(1, 1001):
        if all(abs(int(a * n / 100) * 100 / n - a) <= 0.0051 for a in accuracies):
            return n


@wrong("C8", "stops with StopIteration")
def size_among_even_numbers(accuracies):
    return next(
        n
        for n in range(2, 1000, 2)
        if all(abs(round(a * n / 100) / n * 100 - a) < 0.0051 for a in accuracies)
    )


@right("C8")
def size_by_rounding(accuracies):
    for n in range(1, 10_001):
        if all(abs(round(100 * round(a * n / 100) / n, 2) - a) < 1e-6 for a in accuracies):
            return n
    return 0


@right("C8")
def size_by_all_fractions(accuracies):
    n = 1
    while not set(np.round(accuracies, 2)) <= set(np.round(100 * np.arange(n + 1) / n, 2)):
        n += 1
    return n


@right("C8")
def size_vectorised(accuracies):
    n = np.arange(1, 10_001)[:, None]
    off = np.abs(np.rint(accuracies / 100 * n) / n * 100 - accuracies)
    return np.argmax((off < 0.00501).all(axis=1)) + 1


@right("C8")
def size_as_float(accuracies):
    n = 1.0
    while np.max(np.abs(np.floor(accuracies * n / 100 + 0.5) / n * 100 - accuracies)) > 0.00505:
        n += 1
    return n


# ---- C9, the mean image


@wrong("C9", "their own mean")
def centred_separately(train, validation):
    return train - np.mean(train, axis=1)[:, None], validation - np.mean(validation, axis=1)[:, None]


@wrong("C9", "its own pixels")
def centred_by_image(train, validation):
    return train - train.mean(axis=0), validation - validation.mean(axis=0)


@wrong("C9", "One number")
def centred_by_one_number(train, validation):
    return train - np.mean(train), validation - np.mean(train)


@wrong("C9", "validation images are not shifted")
def validation_forgotten(train, validation):
    return train - train.mean(axis=1, keepdims=True), validation


@wrong("C9", "mean of all images")
def centred_by_all_images(train, validation):
    mean = np.concatenate([train, validation], axis=1).mean(axis=1, keepdims=True)
    return train - mean, validation - mean


@wrong("C9", "mean is added")
def mean_added(train, validation):
    mean = train.mean(axis=1).reshape(-1, 1)
    return train + mean, validation + mean


@wrong("C9", "divided by 255")
def scaled_to_one(train, validation):
    train, validation = train / 255, validation / 255
    mean = train.mean(axis=1, keepdims=True)
    return train - mean, validation - mean


@wrong("C9", "standard deviation")
def standardised(train, validation):
    mean, std = train.mean(axis=1, keepdims=True), np.std(train, axis=1, keepdims=True)
    return (train - mean) / std, (validation - mean) / std


@wrong("C9", "whole numbers")
def bytes_wrap_around(train, validation):
    mean = train.mean(axis=1, keepdims=True).astype(train.dtype)
    return train - mean, validation - mean


@wrong("C9", "turned back into whole numbers")
def back_to_bytes(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    return (train - mean).astype(train.dtype), (validation - mean).astype(validation.dtype)


@wrong("C9", "Whole numbers are used")
def mean_by_integer_division(train, validation):
    mean = train.astype(int).sum(axis=1, keepdims=True) // train.shape[1]
    return train - mean, validation - mean


@wrong("C9", "rounded to a whole number")
def mean_rounded(train, validation):
    mean = np.rint(train.mean(axis=1, keepdims=True))
    return train - mean, validation - mean


@wrong("C9", "median")
def median_image(train, validation):
    middle = np.median(train, axis=1, keepdims=True)
    return train - middle, validation - middle


@wrong("C9", "Nothing is shifted")
def nothing_done_to_copies(train, validation):
    return train.copy(), validation.copy()


@wrong("C9", "changes its arguments")
def centred_in_place(train, validation):
    mean = train.mean(axis=1, keepdims=True)
    train -= mean
    validation -= mean
    return train, validation


@wrong("C9", "stops with", "Two shapes do not fit")
def mean_without_keepdims(train, validation):
    mean = train.mean(axis=1)
    return train - mean, validation - mean


@wrong("C9", "expected 2 results (train, validation), got 1")
def one_set(train, validation):
    return train - train.mean(axis=1, keepdims=True)


@right("C9")
def centred_by_transposes(train, validation):
    mean = train.T.mean(axis=0)
    return (train.T - mean).T, (validation.T - mean).T


@right("C9")
def centred_by_loops(train, validation):
    train, validation = train.astype(float), validation.astype(float)
    for row in range(len(train)):
        mean = sum(train[row]) / len(train[row])
        train[row] -= mean
        validation[row] -= mean
    return train, validation


@right("C9")
def centred_in_float32(train, validation):
    mean = train.astype(np.float32).mean(axis=1, keepdims=True)
    return train - mean, np.subtract(validation, mean, dtype=np.float32)


@right("C9")
def centred_by_a_projection(train, validation):
    n = train.shape[1]
    return train @ (np.eye(n) - 1 / n), validation - train @ np.ones((n, 1)) / n


@right("C9")
def centred_as_lists(train, validation):
    means = [float(np.mean(row)) for row in train]
    return tuple(
        [[float(v) - m for v in row] for row, m in zip(images, means, strict=True)]
        for images in (train, validation)
    )


# ---- The tests


@functools.cache
def quietly(name, answer, seed=0):
    """The result of a check, on the public inputs (seed 0) or on others.

    It fails where the check warns, or changes NumPy's global generator.
    """
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002  the generator that a check leaves alone
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = check_answer(name, answer, bank.cases(name, seed) if seed else None)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002
    return result


def test_there_are_many_answers_to_every_exercise():
    """The answers to the new exercises are in the folder student_answers."""
    assert len(WRONG) >= 65
    assert len(RIGHT) >= 35
    for kind, least in ((WRONG, 9), (RIGHT, 4)):
        for name in set(EXERCISES) - {"B3", "B4", "C1"}:
            assert sum(answer.values[0] == name for answer in kind) >= least, name


@pytest.mark.parametrize(("name", "answer", "phrases"), WRONG)
def test_a_wrong_answer_is_told_what_is_wrong(name, answer, phrases):
    result = quietly(name, answer)
    assert not result
    assert result.state == "not right yet"
    for phrase in phrases:
        assert any(words in result.message.lower() for words in phrase.lower().split("|")), phrase
    assert result.message.startswith(f"{name}: ")
    assert not (phrases and "differ from the right ones" in result.message)
    assert check_answer(name, answer) == result  # the same seed, the same message


@pytest.mark.parametrize(("name", "answer", "phrases"), WRONG)
def test_a_wrong_value_comes_with_its_place_and_what_was_expected(name, answer, phrases):
    first, *rest = quietly(name, answer).message.splitlines()
    if re.match(r"\S+: (the answer |expected |the values are right|The results are right)", first):
        return
    (where,) = rest
    if where.startswith("The input: "):
        assert "On the other inputs the results are right." in first
        return
    if where.startswith("Expected "):
        assert re.match(r"Expected `([\w ]+)` of shape \(.*\), got \(.*\) \(for ", where)
        return
    found = re.match(r"First difference: `([\w ]+)(\[[\d, ]+\])?` is (\S+), expected (\S+) \(for ", where)
    assert found, where
    part, place, got, expected = found.groups()
    assert part in EXERCISES[name].names
    assert (place is None) == (name in ("A7.2", "C8"))
    assert not np.isclose(float(got), float(expected), rtol=1e-5, atol=0)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_is_not_refused(name, answer, seed):
    result = quietly(name, answer, seed)
    assert result, result
    assert result.usable
    assert "all public checks passed" in result.message


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_not_done_is_neither_right_nor_wrong(name):
    def to_do(*given):
        raise NotImplementedError

    for answer in (None, ..., lambda *given: None, lambda *given: ..., to_do):
        result = quietly(name, answer)
        assert not result
        assert result.state == "not done yet"
        assert result.message == f"Exercise {name} is not done yet."


def test_a_part_that_is_still_open_is_named():
    result = quietly("A3.1", lambda W, x, dz: (x @ dz.T, None, W @ dz))
    assert result.state == "not done yet"
    assert result.message == "Exercise A3.1 is not done yet: `db` is still None."
    assert quietly("A3.1", lambda W, x, dz: (None, None, None)).state == "not done yet"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_public_inputs_are_those_of_the_bank(name):
    exercise, made = load_exercises()[name], EXERCISES[name]
    assert exercise.about == made.about
    assert (tuple(exercise.names), tuple(exercise.hints)) == (made.names, made.hints)
    assert exercise.function == made.function
    assert {words: tuple(place) for words, place in exercise.sizes.items()} == dict(made.sizes)
    for stored, case in zip(exercise.cases, bank.cases(name, bank.PUBLIC_SEED), strict=True):
        assert tuple(stored.twin or ()) == tuple(case.twin or ())
        assert_equal(as_lists(stored.given), as_lists(case.given))
        for one, other in zip(stored.expected, case.expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-12)


def as_lists(given):
    """Arguments with each array as {dtype: rows}."""
    return {k: {str(v.dtype): v.tolist()} if isinstance(v, np.ndarray) else v for k, v in given.items()}


def as_here(key):
    """A whole number of NumPy 1.26 has 32 bits on Windows."""
    return np.dtype(key).kind if re.fullmatch(r"u?int\d+", key) else key


def assert_equal(one, other):
    """The same structure and numbers, but for the last digits, which may depend on the machine."""
    if isinstance(one, dict):
        assert [as_here(key) for key in one] == [as_here(key) for key in other]
        one, other = list(one.values()), list(other.values())
    if isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b)
    elif one is None:
        assert other is None
    else:
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", EXERCISES)
def test_the_librarys_solution_is_right(name, seed, monkeypatch):
    monkeypatch.setattr(reference, "refuse_solution", lambda name: None)
    assert quietly(name, REFERENCE[name], seed)


class TestLibrary:
    """The library's solution is no answer."""

    @pytest.mark.parametrize("name", EXERCISES)
    def test_the_librarys_solution_is_no_answer_to_its_own_exercise(self, name):
        for answer in (
            REFERENCE[name],
            lambda *given: REFERENCE[name](*given),
            lambda *given: answers.StandIn(REFERENCE[name], None)(*given),
        ):
            result = check_answer(name, answer)
            assert not result
            assert "the library's own version" in result.message
        REFERENCE[name](*EXERCISES[name].inputs(np.random.default_rng(0), 0).values())

    def test_no_solution_of_the_same_part_can_be_called(self):
        assert not check_answer("A6", lambda *given: REFERENCE["A3.2"](given[0], given[0]))

    def test_stand_ins_for_other_exercises_can_be_called(self):
        backward = answers.StandIn(REFERENCE["A3.1"], None)

        def train_by_hand(x, t, W, b, rate, steps):
            for _ in range(steps):
                dW, db, _ = backward(W, x, logistic(W.T @ x + b) - t)
                W, b = W - rate * dW, b - rate * db
            return W, b

        assert check_answer("A6", train_by_hand)

    def test_solutions_of_earlier_parts_can_be_called(self):
        def backward(x, a1, y, labels, W2):
            dz2 = y - np.eye(len(y))[labels].T
            dW2, db2, da1 = reference.linear_backward(W2, a1, dz2)
            dW1, db1, _ = reference.linear_backward(
                np.zeros((len(x), len(a1))), x, reference.sigmoid_backward(a1, da1)
            )
            return dW1, db1, dW2, db2

        assert check_answer("B3", backward)


class TestLockAndClock:
    """An answer cannot switch off what its check relies on."""

    @staticmethod
    def solution(p, dp):
        return dp * p * (1 - p)

    @pytest.mark.parametrize("other", ["A3.2", "A3.3"])
    @pytest.mark.parametrize(
        "inside",
        [
            lambda name: exercises.check(name, None),
            lambda name: exercises.replace_if_wrong(name, None),
            lambda name: exercises.replace_if_missing(name, None),
            lambda name: check_answer(name, None),
        ],
    )
    def test_a_check_inside_an_answer_is_refused(self, other, inside):
        def cheat(p, dp):
            inside(other)
            return REFERENCE["A3.2"](p, dp)

        result = check_answer("A3.2", cheat)
        assert not result
        assert f"a check of {other} cannot run inside the answer to A3.2" in result.message
        assert check_answer("A3.2", self.solution)

    def test_a_refused_check_does_not_release_the_lock(self):
        check, solution = exercises.check, REFERENCE["A3.2"]

        def cheat(p, dp):
            with contextlib.suppress(RuntimeError):
                check("A3.2", None)
            return solution(p, dp)

        assert "the library's own version" in check_answer("A3.2", cheat).message

    def test_a_lock_that_was_touched_is_noticed(self):
        def cheat(p, dp):
            answers._exercise_in_progress = None
            return REFERENCE["A3.2"](p, dp)

        result = check_answer("A3.2", cheat)
        assert not result
        assert "interferes with its check" in result.message

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarm on this system")
    @pytest.mark.parametrize(
        "touch",
        [
            lambda: signal.setitimer(signal.ITIMER_REAL, 0),
            lambda: signal.alarm(0),
            lambda: signal.signal(signal.SIGALRM, signal.SIG_IGN),
            lambda: threading.current_thread(),
        ],
        ids=["stopped", "alarm", "ignored", "nothing"],
    )
    def test_no_signal_stops_the_clock(self, touch, monkeypatch):
        monkeypatch.setattr(answers, "SECONDS", 0.1)
        before = signal.getsignal(signal.SIGALRM)

        def cheat(p, dp):
            touch()
            while True:
                try:
                    str(5)
                except BaseException:
                    touch()

        assert "takes longer" in check_answer("A3.2", cheat).message
        signal.signal(signal.SIGALRM, before)

    def test_another_clock_does_not_stop_it(self, monkeypatch):
        monkeypatch.setattr(answers, "SECONDS", 0.1)

        def endless():
            while True:
                pass

        def cheat(p, dp, clock=run_limited):
            clock(1000, endless)

        assert "takes longer" in check_answer("A3.2", cheat).message

    def test_an_exception_that_was_caught_is_noticed(self, monkeypatch):
        monkeypatch.setattr(answers, "SECONDS", 0.05)

        def endless(p, dp):
            try:
                while True:
                    pass
            except BaseException:
                return self.solution(p, dp)

        assert "takes longer" in check_answer("A3.2", endless).message

    def test_in_another_thread(self, monkeypatch):
        monkeypatch.setattr(answers, "SECONDS", 0.1)

        def endless(p, dp):
            while True:
                pass

        found = []
        thread = threading.Thread(target=lambda: found.append(check_answer("A3.2", endless).message))
        thread.start()
        thread.join(60)
        assert "takes longer" in found[0]


class Odd(BaseException):
    """Not an `Exception`, and it cannot be printed."""

    def __str__(self):
        raise RuntimeError


def raises(error):
    """An answer that raises it."""

    def answer(p, dp):
        raise error

    return answer


class TestSurroundings:
    """Whatever an answer does becomes a result."""

    @pytest.mark.parametrize("error", [Odd, Odd(), GeneratorExit, SystemExit, StopIteration, Exception("")])
    def test_an_exception_of_any_kind(self, error):
        message = check_answer("A3.2", raises(error)).message
        name = error.__name__ if isinstance(error, type) else type(error).__name__
        assert f"the answer stops with {name}" in message

    @pytest.mark.parametrize(
        "value",
        [
            np.ma.masked_all((2, 4)),
            np.ma.masked_array([[1.0]], mask=[[False]]),
            object(),
            {1: 2},
            "text",
            [[1], [1, 2]],
            np.array([None]),
            (x for x in "generator"),
            np.ma,
        ],
    )
    def test_a_result_of_any_kind(self, value):
        assert "expected numbers" in check_answer("A3.2", lambda p, dp: value).message

    def test_an_object_that_fails_when_it_is_used(self):
        class Strange:
            def __array__(self, *given, **named):
                raise Odd

            def __repr__(self):
                raise Odd

        assert not check_answer("A3.2", lambda p, dp: Strange())

    def test_what_it_prints_is_shown_once(self, capsys):
        check_answer("A3.2", lambda p, dp: print("hello"))
        assert capsys.readouterr().out == "hello\n"

    def test_a_forgotten_return_is_said(self):
        def without(p, dp):
            dz = dp * p * (1 - p)  # noqa: F841  that is the mistake

        def still_none(p, dp):
            dz = None
            result = dp * p * (1 - p)  # noqa: F841
            return dz

        for answer, word in ((without, "missing"), (still_none, "after `return`")):
            result = check_answer("A3.2", answer)
            assert result.state == "not right yet"
            assert "return" in result.message
            assert word in result.message

    def test_a_misspelt_name_comes_with_the_one_that_was_meant(self):
        def misspelt(p, dp):
            return dP * p * (1 - p)  # noqa: F821

        message = check_answer("A3.2", misspelt).message
        assert "NameError" in message
        assert "`dp`" in message

    def test_variables_of_the_notebook_are_named(self):
        message = check_answer("A3.2", lambda p, dp: dp * FROM_THE_NOTEBOOK).message
        assert "`FROM_THE_NOTEBOOK`" in message
        assert "never reads `p`" in message

    def test_arguments_in_another_order_are_named(self):
        assert "expected p, dp, got dp, p" in check_answer("A3.2", lambda dp, p: 3.7 * dp + p**5).message

    @pytest.mark.parametrize("name", EXERCISES)
    def test_a_check_takes_less_than_a_third_of_a_second(self, name):
        load_exercises.cache_clear()
        start = time.process_time()
        check_answer(name, lambda *given: given[0])
        check_answer(name, EXERCISES[name].right)
        assert time.process_time() - start < 0.6


class TestRequire:
    def test_what_passes_the_public_inputs_alone_does_not_pass(self):
        cases = load_exercises()["A3.2"].cases
        known = {(case.given["p"] + case.given["dp"]).tobytes(): case.expected[0] for case in cases}

        def learned_by_heart(p, dp):
            return known.get((p + dp).tobytes(), dp)

        assert check_answer("A3.2", learned_by_heart)
        with pytest.raises(AssertionError, match=r"(?s)A3\.2: .*First difference"):
            bank.require("A3.2", learned_by_heart)

    @pytest.mark.parametrize("name", EXERCISES)
    def test_what_is_open_does_not_pass(self, name):
        for answer in (None, lambda *given: None, answers.StandIn(REFERENCE[name], None)):
            with pytest.raises(AssertionError, match="is not done yet"):
                bank.require(name, answer)

    @pytest.mark.parametrize("name", EXERCISES)
    def test_what_is_right_passes(self, name):
        bank.require(name, EXERCISES[name].right)

    def test_an_answer_without_an_end_is_called_once(self, monkeypatch):
        monkeypatch.setattr(answers, "SECONDS", 0.1)
        calls = []

        def endless(p, dp):
            calls.append(1)
            while True:
                pass

        with pytest.raises(AssertionError, match="takes longer"):
            bank.require("A3.2", endless)
        assert len(calls) == 1


@pytest.mark.parametrize("answer", [1.0, "p - t", np.ones((2, 2))])
def test_the_function_itself_is_asked_for(answer):
    result = check_answer("A3.2", answer)
    assert not result
    assert "expected a function, got" in str(result)


@pytest.mark.parametrize("name", ["A3", "", None])
def test_an_unknown_exercise_is_an_error(name):
    with pytest.raises(ValueError, match=r"name: expected one of 'A3\.1'"):
        check_answer(name, lambda: 0)


def test_a_seed_is_noticed_a_second_time_too():
    assert not check_answer("A3.2", sigmoid_with_a_seed)
    np.random.seed(0)  # noqa: NPY002  as the answer does
    assert "global generator" in check_answer("A3.2", sigmoid_with_a_seed).message


def test_one_sample_one_feature_and_two_classes_are_tried():
    def shapes(name, argument):
        return [given[argument].shape for given in bank.inputs(name, bank.PUBLIC_SEED)]

    for name, argument in (
        ("A3.1", "x"),
        ("A3.2", "p"),
        ("A3.3", "p"),
        ("A6", "x"),
        ("B2.1", "z"),
        ("B2.3", "y"),
    ):
        assert 1 in [samples for _, samples in shapes(name, argument)]
        assert max(samples for _, samples in shapes(name, argument)) > 2
    for name, argument in (("A3.1", "x"), ("A6", "x"), ("C2", "W"), ("C9", "train")):
        assert 1 in [features for features, _ in shapes(name, argument)]
    for name, argument in (("B2.1", "z"), ("B2.2", "y"), ("B2.3", "y")):
        assert {2, 3} <= {classes for classes, _ in shapes(name, argument)}
    assert 2 in [columns for _, columns in shapes("A7.2", "X")]  # one feature and the ones
