"""Mistakes in a whole answer: samples left out, numbers in place of arguments, parentheses left out."""

import ast
import copy
import tokenize
from collections.abc import Iterator
from io import StringIO

from labutils.instructor.bank.syntax import bodies, build
from labutils.instructor.bank.words import Words

_Made = Iterator[tuple[ast.FunctionDef, str, str]]  # the changed function, what was done, and where


def few_samples(function: ast.FunctionDef, words: Words, samples: dict[str, int]) -> _Made:
    """Only some of the samples are used."""
    for slices, text in (
        (":1", "only the first sample is used"),
        ("-1:", "only the last sample is used"),
        ("1:", "the first sample is left out"),
        (":-1", "the last sample is left out"),
        ("::-1", "the samples come in reverse order"),
    ):
        for some in (
            samples,
            *([{name: axis} for name, axis in samples.items()] if slices[-2:] == "-1" else []),
        ):
            changed = copy.deepcopy(function)
            for name, axis in some.items():
                taken = f"{name} = {name}[{'...' if axis == 1 else ''}{', ' if axis == 1 else ''}{slices}]"
                changed.body[0:0] = ast.parse(taken).body
            if some:
                yield changed, text, "" if some is samples else " and ".join(f"`{n}`" for n in some)


def fixed_numbers(function: ast.FunctionDef, words: Words, numbers: tuple[float, ...]) -> _Made:
    """A number in place of an argument, everywhere."""
    for name in words.scalars:
        counts = name in ("steps", "batch_size")
        for value in numbers:
            if isinstance(value, int) != counts and value not in (0, 1):
                continue
            changed = copy.deepcopy(function)
            changed.body.insert(0, ast.parse(f"{name} = {value}").body[0])
            text = f"`{name}` is not used; the fixed number {value:g} stands in its place"
            yield changed, "the term with `l2` is missing" if (name, value) == ("l2", 0) else text, ""


def clipped(function: ast.FunctionDef, words: Words) -> _Made:
    """An argument is cut off at limits before it is used; probabilities wherever they are computed, too."""
    for name in words.arguments:
        if name in (*words.scalars, *words.whole):
            continue
        share = name in ("p", "y", "a1") and name in words.positive
        limits: list[tuple[float, float]] = [(-1, 1), (0, 1)]
        if len(words.arguments) == 1:  # only scores are so large
            large = (1, 10, 100, 500) if name == "z" else (1, 10, 100)
            limits = [(0, 1), *((-c, c) for c in large)]
        if share:
            small = (0.2, 0.1, 0.05, 0.01) if words.arguments != ["p", "t"] else (0.2, 0.1, 0.05, 0.01, 1e-3)
            limits = [(eps, 1 - eps) for eps in small]
        for low, high in limits:
            changed = copy.deepcopy(function)
            changed.body[0:0] = ast.parse(f"{name} = np.clip({name}, {low}, {high})").body
            text = f"`{name}` is clipped, which changes values that are below {low:g} or above {high:g}"
            yield changed, text, ""
    for body in bodies(copy.deepcopy(function)):
        for statement in body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "p":
                for eps in (0.2, 0.1, 0.05, 0.01):
                    changed = copy.deepcopy(function)
                    for inner in ast.walk(changed):
                        if isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == "p":
                            inner.value = build(f"np.clip(A, {eps}, {1 - eps})", A=inner.value)
                    yield changed, f"the probabilities are clipped to {eps:g} and {1 - eps:g}", ""


def without_parentheses(source: str) -> Iterator[str]:
    """The source without one pair of parentheses that groups operands, for each pair."""
    tokens = list(tokenize.generate_tokens(StringIO(source).readline))
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:n])) for n in range(len(lines))]
    opened: list[tuple[int, bool]] = []
    for before, token in zip([tokens[0], *tokens], tokens, strict=False):
        at = starts[token.start[0] - 1] + token.start[1] if token.start[0] <= len(lines) else 0
        if token.string in ("(", "[", "{"):
            is_word = before.type == tokenize.NAME and before.string not in (
                "return",
                "in",
                "and",
                "or",
                "not",
            )
            is_call = is_word or before.string in (")", "]") or token.string != "("
            opened.append((at, not is_call))
        elif token.string in (")", "]", "}"):
            start, groups = opened.pop()
            if groups:
                yield source[:start] + source[start + 1 : at] + source[at + 1 :]
