"""Mistakes in indices, in slices, and in the bounds of loops."""

import ast
import copy
from collections.abc import Iterator

from labutils.instructor.bank.syntax import Slot, build
from labutils.instructor.bank.words import Words, called

_Changes = Iterator[tuple[ast.AST, str]]


def _index(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """An index or a bound is off by one; rows and columns are exchanged."""
    if not isinstance(node, ast.Subscript):
        return
    what, key = words.of(node.value), node.slice
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape" and isinstance(key, ast.Constant):
        yield (
            build("A[I]", A=node.value, I=ast.Constant(int(key.value == 0))),
            f"another dimension of {words.of(node.value.value)} is used",
        )
    yield from _slices(node, what)
    if isinstance(key, ast.Name | ast.Constant) and not isinstance(node.value, ast.Attribute):
        yield build("A[I - 1]", A=node.value, I=key), f"the index into {what} is off by one (one too small)"
        yield build("A[I + 1]", A=node.value, I=key), f"the index into {what} is off by one (one too large)"
        yield build("A[0]", A=node.value), f"the first entry of {what} is used every time"
        yield build("A[-1]", A=node.value), f"the last entry of {what} is used every time"
    elif isinstance(key, ast.Tuple) and len(key.elts) == 2:
        swapped = copy.deepcopy(node)
        swapped.slice.elts.reverse()  # type: ignore[attr-defined]
        yield swapped, f"rows and columns of {what} are exchanged"
        for i, part in enumerate(key.elts):
            if isinstance(part, ast.Slice):
                continue
            for template, text in (
                ("I - 1", "is off by one (one too small)"),
                ("I + 1", "is off by one (one too large)"),
                ("I * 0", "is always 0"),
            ):
                changed = copy.deepcopy(node)
                changed.slice.elts[i] = build(template, I=part)  # type: ignore[attr-defined]
                yield changed, f"the index into {what} {text}"


def _slices(node: ast.Subscript, what: str) -> _Changes:
    """The bounds of a slice are off by one, or one of them is missing."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for i, part in enumerate(parts):
        if not isinstance(part, ast.Slice) or part.lower is None or part.upper is None:
            continue
        size = part.upper.right if isinstance(part.upper, ast.BinOp) else part.upper
        for lower, upper, text in (
            (part.lower, build("A - 1", A=part.upper), "ends one entry too early"),
            (part.lower, build("A + 1", A=part.upper), "ends one entry too late"),
            (build("A + 1", A=part.lower), part.upper, "begins one entry too late"),
            (None, part.upper, "begins at the first entry every time"),
            (part.lower, None, "goes to the end every time"),
            (None, size, "is the same every time"),
            (part.lower, size, "ends at the same entry every time"),
        ):
            changed = copy.deepcopy(node)
            new = ast.Slice(lower, upper)
            if isinstance(changed.slice, ast.Tuple):
                changed.slice.elts[i] = new
            else:
                changed.slice = new
            yield changed, f"the part of {what} {text}"


def _bounds(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """The first or the last pass of a loop is left out, or there is one too many."""
    if called(node) != "range" or not isinstance(node, ast.Call):
        return
    loop = slot.parent
    name = loop.target.id if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) else ""
    unit = {
        "_": "step",
        "step": "step",
        "k": "class",
        "j": "row",
        "r": "row",
        "start": "batch",
        "n": "size",
    }.get(name, "sample")
    if len(node.args) == 1:
        (stop,) = node.args
        yield build("range(1, A)", A=stop), f"the first {unit} is left out"
        yield build("range(A - 1)", A=stop), f"the last {unit} is left out"
        yield build("range(A + 1)", A=stop), f"there is one {unit} too many"
        yield build("range(1)", A=stop), f"only the first {unit} is used"
        yield build("range(0)", A=stop), f"there is no {unit} at all"
        yield (
            build("range(2 * (A))", A=stop),
            f"there are twice as many passes as there should be ({unit} by {unit})",
        )
    elif len(node.args) == 3:
        start, stop, stride = node.args
        part = {"S": start, "E": stop, "D": stride}
        yield build("range(D, E, D)", **part), f"the first {unit} is left out"
        yield build("range(S, E - D, D)", **part), f"the last {unit} is left out"
        yield build("range(S, E - D + 1, D)", **part), f"the last, smaller {unit} is left out"
        yield build("range(S, E - 1, D)", **part), f"the last {unit} is left out if it has a single sample"
        yield build("range(S, D, D)", **part), f"only the first {unit} is used"
        yield (
            build("range(S, E // D)", **part),
            "the number of the batch is used as if it were the first sample of it",
        )
        yield (
            build("range(S, E)", **part),
            "the start of a batch moves on by one sample, not by a whole batch",
        )


INDICES = (_index, _bounds)
