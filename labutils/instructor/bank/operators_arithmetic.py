"""Mistakes in arithmetic: operands, signs, factors, powers, and kinds of products."""

import ast
import copy
from collections.abc import Iterator
from typing import Any

from labutils.instructor.bank.syntax import Slot, build
from labutils.instructor.bank.words import Words, called

_Changes = Iterator[tuple[ast.AST, str]]
SUMS, PRODUCTS = (ast.Add, ast.Sub), (ast.Mult, ast.Div)


def _drop(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """An operand is left out."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    if isinstance(node.op, ast.Sub) and isinstance(left, ast.Constant):
        yield right, f"{words.of(right)} is used alone where a difference belongs"
        yield left, f"{words.of(right)} is missing"
        yield build("-A", A=right), f"{words.of(right)} with a minus is used where a difference belongs"
    elif isinstance(node.op, SUMS):
        yield left, f"{words.term(right)} is missing"
        yield right, f"{words.term(left)} is missing"
        if isinstance(node.op, ast.Sub):
            yield build("-A", A=right), f"{words.term(left)} is missing"
    elif isinstance(node.op, ast.Mult):
        yield left, f"{words.factor(right)} is missing"
        yield right, f"{words.factor(left)} is missing"
    elif isinstance(node.op, ast.Div):
        yield left, f"the division by {words.of(right)} is missing"
        yield build("1 / A", A=right), f"{words.of(left)} is missing in the numerator"
        if (
            ast.unparse(left) == "1" and isinstance(right, ast.BinOp) and isinstance(right.op, SUMS)
        ):  # 1 / 1 - p
            kind = "sum" if isinstance(right.op, ast.Add) else "difference"
            yield right, f"a pair of parentheses is missing: a division comes before a {kind}"
        else:
            yield right, "the denominator is returned instead of the fraction"
    elif isinstance(node.op, ast.Pow):
        yield left, f"the power of {words.of(left)} is missing"
    else:
        yield left, f"the product with {words.of(right)} is missing"
        yield right, f"the product with {words.of(left)} is missing"


def _twice(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """An operand is there twice."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    if isinstance(node.op, SUMS):
        sign = "+" if isinstance(node.op, ast.Add) else "-"
        yield build(f"A {sign} 2 * B", A=left, B=right), f"{words.term(right)} is counted twice"
        yield build(f"2 * A {sign} B", A=left, B=right), f"{words.term(left)} is counted twice"
    elif isinstance(node.op, ast.Mult):
        yield build("A * B * B", A=left, B=right), f"{words.factor(right)} is there twice"
        yield build("A * A * B", A=left, B=right), f"{words.factor(left)} is there twice"
    elif isinstance(node.op, ast.Div):
        yield build("A / B / B", A=left, B=right), f"the division by {words.of(right)} is made twice"
        yield build("A * A / B", A=left, B=right), f"{words.of(left)} is there twice in the numerator"


def _swap(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """Two operands are exchanged."""
    if not isinstance(node, ast.BinOp):
        return
    left, right, both = node.left, node.right, f"{words.of(node.left)} and {words.of(node.right)}"
    if isinstance(node.op, ast.Sub):
        yield build("A - B", A=right, B=left), f"the difference of {both} is taken the other way round"
    elif isinstance(node.op, ast.Div):
        yield build("A / B", A=right, B=left), "the fraction is upside down"
    elif isinstance(node.op, ast.MatMult):
        yield build("A @ B", A=right, B=left), "the factors of the matrix product are in the wrong order"
        yield (
            build("(A @ B).T", A=right, B=left),
            "the factors of the matrix product are in the wrong order, and the result is transposed",
        )


def _sign(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """A sign is wrong."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, SUMS):
        other = "-" if isinstance(node.op, ast.Add) else "+"
        yield (
            build(f"A {other} B", A=node.left, B=node.right),
            f"the sign of {words.term(node.right)} is wrong",
        )
        yield (
            build(f"-A {'+' if other == '-' else '-'} B", A=node.left, B=node.right),
            f"the sign of {words.term(node.left)} is wrong",
        )
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand, f"the minus sign before {words.of(node.operand)} is missing"
    if slot.top and not isinstance(node, ast.Tuple):
        yield build("-(A)", A=node), "the sign is wrong"


def _other_operation(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """One operation stands for another one."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    both = f"{words.of(left)} and {words.of(right)}"
    if isinstance(node.op, ast.Mult):
        yield (
            build("A / B", A=left, B=right),
            f"there is a division by {words.of(right)} instead of a product",
        )
        yield build("B / A", A=left, B=right), f"there is a division by {words.of(left)} instead of a product"
        yield build("A + B", A=left, B=right), f"{both} are added instead of multiplied"
        yield build("A - B", A=left, B=right), f"{words.of(right)} is subtracted instead of multiplied"
    elif isinstance(node.op, ast.Div):
        yield (
            build("A * B", A=left, B=right),
            f"there is a multiplication by {words.of(right)} instead of a division",
        )
        yield build("A - B", A=left, B=right), f"{words.of(right)} is subtracted instead of divided by"
        yield build("A // B", A=left, B=right), "the division is an integer division, which rounds down"
    elif isinstance(node.op, SUMS) and not any(
        isinstance(operand, ast.Constant) for operand in (left, right)
    ):
        yield build("A * B", A=left, B=right), f"{both} are multiplied"
        if isinstance(node.op, ast.Sub):
            yield (
                build("A / B", A=left, B=right),
                f"there is a division by {words.of(right)} instead of a difference",
            )


def _product_kind(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """The element-wise product, the matrix product and the outer product are exchanged."""
    if called(node) == "outer" and isinstance(node, ast.Call):
        parts = dict(zip("AB", node.args, strict=True))
        yield build("A @ B", **parts), "the scalar product, one number, stands in place of the outer product"
        yield build("A * B", **parts), "the element-wise product stands in place of the outer product"
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    scalar = any(isinstance(part, ast.Name) and part.id in words.scalars for part in (left, right))
    if scalar or is_entry(left) or is_entry(right):
        return
    if isinstance(node.op, ast.MatMult):
        text = "an element-wise product is used where a matrix product is needed"
        for template in ("A * B", "A.T * B", "A * B.T", "(A * B).sum(axis=0, keepdims=True)"):
            yield build(template, A=left, B=right), text
    elif isinstance(node.op, ast.Mult) and not isinstance(left, ast.Constant):
        text = "use element-wise multiplication here, not a matrix product"
        for template in (
            "A @ B",
            "A.T @ B",
            "A @ B.T",
            "(A.T @ B).T",
            "np.dot(B, A)",
            "np.dot(B.T, A)",
            "B @ A.T",
        ):
            yield build(template, A=left, B=right), text


def _power(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """A power, a root or an inverse."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield build("A ** 3", A=node.left), f"the power of {words.of(node.left)} is wrong"
        yield build("2 * A", A=node.left), f"{words.of(node.left)} is doubled instead of squared"
        yield (
            build("A ** 0.5", A=node.left),
            f"the square root of {words.of(node.left)} is taken instead of the square",
        )
    elif isinstance(node, ast.Name | ast.BinOp) and is_value(node, words) and words.scalars == ():
        phrase = words.of(node)
        names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        is_size = isinstance(slot.parent, ast.Attribute) and slot.parent.attr in ("shape", "size")
        if is_size or all(name in words.whole for name in names):  # 0 and 1 are their own squares
            return
        yield build("(A) ** 2", A=node), f"{phrase} is squared"
        if slot.field in ("left", "right") or slot.top:
            yield build("np.sqrt(A)", A=node), f"the square root of {phrase} is taken"
            yield build("1 / (A)", A=node), f"the inverse of {phrase} is used"
            yield build("np.log(A)", A=node), f"the logarithm of {phrase} is used"
    if slot.top and sum(_is_division(inner) for inner in ast.walk(node)) > 1:
        for template, text in (("(A) ** 2", "squared"), ("np.sqrt(A)", "replaced by their square roots")):
            yield _with_divisors(node, template), f"the divisors are {text}"
        yield _with_divisors(node, "np.log(A)"), "the divisors are replaced by their logarithms"


def _is_division(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)


def _with_divisors(node: ast.AST, template: str) -> ast.AST:
    """A copy of an expression in which every divisor is changed."""
    changed = copy.deepcopy(node)
    for inner in ast.walk(changed):
        if isinstance(inner, ast.BinOp) and _is_division(inner):
            inner.right = build(template, A=inner.right)
    return changed


def _regroup(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """A factor or a divisor belongs to one term, and takes the whole sum."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, SUMS):
        return
    sign = "+" if isinstance(node.op, ast.Add) else "-"
    if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult):
        parts = {"A": node.left.left, "B": node.left.right, "C": node.right}
        yield (
            build(f"A * (B {sign} C)", **parts),
            f"{words.factor(parts['A'])} multiplies the other term, too",
        )
        yield (
            build(f"(A {sign} C) * B", **parts),
            f"{words.factor(parts['B'])} multiplies the other term, too",
        )
    if isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Mult):
        parts = {"A": node.left, "B": node.right.left, "C": node.right.right}
        yield (
            build(f"(A {sign} B) * C", **parts),
            f"{words.factor(parts['C'])} multiplies the other term, too",
        )
        yield (
            build(f"B * (A {sign} C)", **parts),
            f"{words.factor(parts['B'])} multiplies the other term, too",
        )


def _scale(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """A factor too many. `N` stands for the number of samples."""
    if isinstance(node, ast.BinOp | ast.Call | ast.Name) and (slot.top or slot.field in ("left", "right")):
        if isinstance(node, ast.Name) and not slot.top:
            return
        if slot.top or isinstance(node, ast.Call) or isinstance(node.op, ast.MatMult):  # type: ignore[union-attr]
            yield build("2 * (A)", A=node), "there is a factor 2 too many"
            yield build("0.5 * (A)", A=node), "there is a factor 1/2 too many"


def _number(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """Another number in a formula."""
    if isinstance(node, ast.Constant) and slot.field in ("left", "right"):
        value: Any = node.value
        if type(value) not in (int, float):
            return
        for other in (value + 1, value - 1, 2 * value, value / 2, value / 10, value * 10):
            if other != value:
                yield ast.Constant(other), f"the number {other:g} stands where another number belongs"


def _transpose(node: ast.AST, words: Words, slot: Slot) -> _Changes:
    """A transpose is missing, or there is one too many."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value, "a transpose is missing"
    elif (
        isinstance(node, ast.Name)
        and node.id not in words.scalars
        and slot.field in ("left", "right", "args", "value")
    ):
        yield build("A.T", A=node), f"there is a transpose of {words.of(node)} too many"
    elif slot.top and isinstance(node, ast.BinOp) and not any(map(is_entry, (node.left, node.right))):
        yield build("(A).T", A=node), "the result is transposed"


def is_entry(node: ast.AST) -> bool:
    """Whether an expression contains single entries of arrays, or one column, rather than whole arrays."""
    return any(isinstance(inner, ast.Subscript) for inner in ast.walk(node))


def is_value(node: ast.AST, words: Words) -> bool:
    """Whether an expression is about the exercise's quantities: not a size or an index."""
    text = ast.unparse(node)
    return not any(size in text for size in (".shape", "len(", "range(")) and called(node) not in (
        "zeros",
        "eye",
    )


ARITHMETIC = (
    _drop,
    _twice,
    _swap,
    _sign,
    _other_operation,
    _product_kind,
    _power,
    _regroup,
    _scale,
    _number,
    _transpose,
)
