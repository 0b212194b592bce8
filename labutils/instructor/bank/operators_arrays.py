"""Mistakes in the use of NumPy: axes, sums and means, functions, types, and arguments."""

import ast
import copy
from collections.abc import Iterator

from labutils.instructor.bank.syntax import Slot, build
from labutils.instructor.bank.words import STAGES, Words, called

_Changes = Iterator[tuple[ast.AST, str]]
REDUCTIONS = ("sum", "mean", "max", "min", "prod")
NUMBERS = (0, 1, 0.9, 0.99, 0.5, 0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4, 2, 3, 4, 5, 10, 16, 32, 64, 80, 100, 128)


def _with(call: ast.Call, **keywords: ast.expr | None) -> ast.Call:
    """A copy of a call with some keywords replaced, or removed (None)."""
    changed = copy.deepcopy(call)
    changed.keywords = [k for k in changed.keywords if k.arg not in keywords]
    changed.keywords += [ast.keyword(name, value) for name, value in keywords.items() if value is not None]
    return changed


def _is_reduction(node: ast.AST) -> bool:
    """Whether an expression is a sum, a mean or an extreme, by NumPy."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and called(node) in REDUCTIONS


def _reduced(call: ast.Call) -> ast.expr:
    """What a call of a reduction adds up: x in x.sum() and in np.sum(x)."""
    function = call.func
    assert isinstance(function, ast.Attribute)
    is_numpy = isinstance(function.value, ast.Name) and function.value.id == "np"
    return call.args[0] if is_numpy else function.value


def _axis(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """Another axis, no axis, with or without keepdims."""
    if not isinstance(node, ast.Call) or not _is_reduction(node):
        return
    given = {k.arg: k.value for k in node.keywords}
    what = STAGES.get(called(node), "the reduction")
    everything = f"{what} runs over everything, not over one axis"
    if isinstance(value := given.get("axis"), ast.Constant):
        other, true = ast.Constant(int(value.value == 0)), ast.Constant(True)
        for keep in (None, true):
            yield _with(node, axis=other, keepdims=keep), f"{what} runs over the wrong axis"
            yield _with(node, axis=None, keepdims=keep), everything
        if "keepdims" in given:
            yield (
                _with(node, keepdims=None),
                f"{what} loses its second axis",
            )
        else:
            yield _with(node, keepdims=true), f"{what} keeps an axis too many"
        for template in ("np.full((len(A), 1), B)", "np.full((1, A.shape[1]), B)"):
            total = _with(node, axis=None, keepdims=None)
            yield build(template, A=_reduced(node), B=total), everything
        yield (
            build("np.cumsum(A, axis=B)", A=_reduced(node), B=value),
            f"running totals are taken instead of {what}",
        )
    elif not node.keywords and len(node.args) <= 1:
        for number in (0, 1):
            yield _with(node, axis=ast.Constant(number)), f"{what} runs over one axis, not over everything"


def _reduction(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """The sum, the mean and the extremes are exchanged; one is left out, or one sample stands for all."""
    if not isinstance(node, ast.Call) or not _is_reduction(node):
        return
    name, inner = called(node), _reduced(node)
    for other in ("sum", "mean", "max", "min", "median", "std", "prod"):
        if other != name and isinstance(node.func, ast.Attribute):
            changed = build(f"np.{other}(A)", A=inner)
            changed.keywords = copy.deepcopy(node.keywords)
            words_for = {"median": "the median", "std": "the standard deviation", "prod": "the product"}
            phrase = STAGES.get(other) or words_for[other]
            needed = "another value" if name == "max" else STAGES.get(name, "another one")
            yield changed, f"{phrase} is taken where {needed} is needed"
    yield inner, f"{STAGES.get(name, 'the reduction')} is missing"
    yield build("np.abs(A)", A=node), "the sign is lost"
    absolute = copy.deepcopy(node)
    if not (isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "np"):
        absolute.func.value = build("np.abs(A)", A=inner)  # type: ignore[attr-defined]
        yield absolute, "absolute values are added up"
    if {k.arg for k in node.keywords} & {"axis"}:
        for template, which in (
            ("A[:, :1]", "first"),
            ("A[:, -1:]", "last"),
            ("A[:1]", "first"),
            ("A[-1:]", "last"),
            ("A[0]", "first"),
            ("A[-1]", "last"),
        ):
            yield build(template, A=inner), f"only the {which} entry is used instead of {STAGES.get(name)}"


def _function(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """A function is left out, applied twice, or another one."""
    if not isinstance(node, ast.Call) or not node.args or (name := called(node)) in REDUCTIONS:
        return
    first, rest = node.args[0], node.args[1:]
    alternatives = {
        "exp": [
            ("np.exp2(A)", "the base is 2 instead of e"),
            ("np.exp(-(A))", "the sign in the exponent is wrong"),
            ("np.expm1(A)", "1 is subtracted from the exponential"),
            ("10 ** (A)", "the base is 10 instead of e"),
            ("1 + A", "the exponential is replaced by its first terms"),
            ("(A) ** 2", "squares replace the exponentials"),
            ("np.abs(A)", "absolute values replace the exponentials"),
            ("np.maximum(A, 0)", "a maximum with 0 replaces the exponential"),
        ],
        "log": [
            ("np.log2(A)", "the logarithm has base 2"),
            ("np.log10(A)", "the logarithm has base 10"),
            ("np.log1p(A)", "1 is added before the logarithm is taken"),
        ],
        "round": [
            ("np.floor(A)", "the number is rounded down, not to the nearest"),
            ("np.ceil(A)", "the number is rounded up, not to the nearest"),
        ],
        "sigmoid": [
            ("np.tanh(A)", "tanh is used instead of the sigmoid"),
            ("sigmoid(-(A))", "the sign of the score is wrong"),
            ("np.exp(A)", "the exponential is used instead of the sigmoid"),
            ("np.maximum(A, 0)", "a ReLU is used instead of the sigmoid"),
            ("(sigmoid(A) > 0.5)", "the probability is rounded to 0 or 1"),
            ("np.clip(A, 0, 1)", "the score is cut off at 0 and 1; the sigmoid is missing"),
        ],
    }
    if name in alternatives and not rest:
        for template, text in alternatives[name]:
            yield build(template, A=first), text
    if name in STAGES and not rest:
        yield first, f"{STAGES[name]} is missing"
        if name not in ("abs",):
            again = copy.deepcopy(node)
            again.args[0] = node
            yield again, f"{STAGES[name]} is applied twice"
    elif len(node.args) > 1 and name not in ("range", "allclose", "isclose", "where", "reshape", "full"):
        for i, argument in enumerate(node.args[:-1]):
            changed = copy.deepcopy(node)
            changed.args[i], changed.args[i + 1] = node.args[i + 1], argument
            both = f"{words.of(argument)} and {words.of(node.args[i + 1])}"
            yield changed, f"{both} are exchanged"
    if name == "where" and len(node.args) == 3:
        test, yes, no = node.args
        yield build("np.where(T, B, A)", T=test, A=yes, B=no), "the two cases are exchanged"
        yield build("np.where(T, A, 0)", T=test, A=yes), f"the case with {words.of(no)} is missing"
        yield build("np.where(T, 0, B)", T=test, B=no), f"the case with {words.of(yes)} is missing"


def _argument(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """Another argument in its place, a number in its place, or no use of it."""
    if not isinstance(node, ast.Name) or node.id not in (*words.arguments, *words.known):
        return
    if (
        slot.field == "value"
        and isinstance(slot.parent, ast.Attribute)
        and slot.parent.attr in ("shape", "size")
    ):
        return
    phrase = words.of(node)
    is_scalar = node.id in words.scalars
    for other in words.arguments:
        if other != node.id and (other in words.scalars) == is_scalar:
            yield ast.Name(other), f"`{other}` is used where {phrase} belongs"
    if is_scalar:
        for value in (0, 1):  # other numbers stand in all places at once
            yield ast.Constant(value), f"the fixed number {value:g} stands in place of {phrase}"
    else:
        yield build("np.ones(np.shape(A))", A=node), f"{phrase} is not used"
        if slot.field in ("left", "right", "args", "value") and not words.scalars:
            yield build("np.zeros(np.shape(A))", A=node), f"zeros stand in place of {phrase}"
            for whole, what in (("sum", "the sum of all entries"), ("mean", "the mean of all entries")):
                yield build(f"np.{whole}(A)", A=node), f"{what} of {phrase} stands in place of {phrase}"
            if node.id not in words.positive:
                yield build("np.abs(A)", A=node), f"the sign of {phrase} is lost"
            if node.id not in words.whole:
                yield build("np.round(A)", A=node), f"{phrase} is rounded to whole numbers"
            for template, which in (("A[:, :1]", "first"), ("A[:, -1:]", "last")):
                yield build(template, A=node), f"only the {which} column of {phrase} is used"
            for template, which in (("A[:1]", "first"), ("A[-1:]", "last")):
                yield build(template, A=node), f"only the {which} row of {phrase} is used"


def _dtype(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """Whole numbers where fractions are needed, rounding, clipping, and constant results."""
    if slot.top and not slot.in_loop and isinstance(node, ast.BinOp | ast.Call | ast.Name):
        for digits in (0, 1, 2, 3, 4):
            text = f"to {digits} decimal{'s' * (digits != 1)}" if digits else "to whole numbers"
            yield build(f"np.round(A, {digits})", A=node), f"the values are rounded {text}"
        yield build("np.trunc(A)", A=node), "the values are cut to whole numbers"
        yield build("np.abs(A)", A=node), "the sign is lost: absolute values are taken"
        yield build("np.maximum(A, 0)", A=node), "negative values are replaced by 0"
        yield build("np.clip(A, -1, 1)", A=node), "the values are cut off at -1 and 1"
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        names = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
        for other in ("<", "<=", ">", ">=", "==", "!="):
            if names.get(type(node.ops[0])) != other:
                parts = {"A": node.left, "B": node.comparators[0]}
                yield build(f"A {other} B", **parts), "a comparison is wrong"


def container(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """An array to be filled holds whole numbers, or begins with another value; no copy is made."""
    if called(node) == "zeros":
        yield build("np.ones(A)", A=node.args[0]), "the sum begins at 1 instead of 0"  # type: ignore[attr-defined]
        yield (
            build("np.zeros(A, dtype=int)", A=node.args[0]),  # type: ignore[attr-defined]
            "the array holds whole numbers, so fractions are cut off",
        )
    if called(node) == "copy" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield (
            build("np.zeros(np.shape(A))", A=node.func.value),
            f"zeros stand in place of {words.of(node.func.value)}",
        )
        yield build("np.round(A)", A=node.func.value), f"{words.of(node.func.value)} is rounded"


def _constants(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """Epsilons and limits that change the values."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        for small in (1, 0.1, 0.01, 1e-3):
            yield (
                build(f"A / (B + {small})", A=node.left, B=node.right),
                "a number that is not small is added below the line",
            )
    if called(node) == "exp" and isinstance(node, ast.Call):
        for limit in (1, 5, 10, 20, 50, 100, 500, 700):
            text = "the scores are clipped, which changes the probabilities of large scores"
            yield build(f"np.exp(np.clip(A, -{limit}, {limit}))", A=node.args[0]), text


ARRAYS = (_axis, _reduction, _function, _argument, _dtype, _constants)
