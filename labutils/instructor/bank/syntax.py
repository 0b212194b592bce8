"""Changes of an answer's syntax tree: where an expression can be replaced, and one replacement at a time as source."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labutils.instructor.bank.words import FUNCTIONS


@dataclass(frozen=True)
class Slot:
    """A place in a tree that holds an expression. statement: its number, in the order of the source."""

    statement: int
    parent: ast.AST
    field: str
    index: int | None
    top: bool  # the whole right side of an assignment, or one returned result
    in_loop: bool = False
    within: tuple[str, ...] = ()  # the parts of the expression around it, from the outermost to the innermost

    def place(self, text: str) -> str:
        """Where it is in its expression: "in the denominator". Empty for the whole expression."""
        return next((part for part in reversed(self.within) if part.removeprefix("in ") not in text), "")

    @property
    def node(self) -> Any:
        held = getattr(self.parent, self.field)
        return held if self.index is None else held[self.index]

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def build(template: str, **parts: ast.AST) -> Any:
    """The expression of a template, in which the names of `parts` stand for expressions."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return copy.deepcopy(parts[node.id]) if node.id in parts else node

    return Fill().visit(ast.parse(template, mode="eval").body)


def bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every list of statements in a tree."""
    for node in ast.walk(tree):
        for name in ("body", "orelse"):
            if isinstance(found := getattr(node, name, None), list) and not isinstance(node, ast.Module):
                yield found


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements, in the order of the source."""
    for statement in body:
        yield statement
        for name in ("body", "orelse"):
            yield from statements(getattr(statement, name, []))


def slots(function: ast.FunctionDef) -> Iterator[Slot]:
    """Every place of an expression that is evaluated: not the targets of assignments, nor names of functions."""
    looped = {
        id(s)
        for loop in ast.walk(function)
        if isinstance(loop, ast.For | ast.While)
        for s in statements(loop.body)
    }
    for number, statement in enumerate(statements(function.body)):
        for name, value in ast.iter_fields(statement):
            if name in ("body", "orelse"):
                continue
            is_target = name in ("targets", "target")
            for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(item, ast.expr):
                    yield from _within(
                        Slot(number, statement, name, index, name == "value", id(statement) in looped),
                        is_target,
                    )


def _within(slot: Slot, is_target: bool) -> Iterator[Slot]:
    node = slot.node
    if isinstance(node, ast.Name) and node.id in FUNCTIONS:
        return
    if not is_target and not (isinstance(node, ast.Attribute) and slot.field == "func"):
        yield slot
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "len":
        return
    for name, value in ast.iter_fields(node):
        around = (*slot.within, *_part(node, name))
        for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, ast.keyword):
                inner = Slot(slot.statement, item, "value", None, False, slot.in_loop, around)
                yield from _within(inner, False)
            elif isinstance(item, ast.expr) and not (name == "func" and isinstance(item, ast.Name)):
                in_target = is_target and name != "slice"
                top = slot.top and isinstance(node, ast.Tuple)
                inner = Slot(slot.statement, node, name, index, top, slot.in_loop, around)
                yield from _within(inner, in_target)


def _part(node: ast.AST, name: str) -> tuple[str, ...]:
    """What a part of an expression is called: the numerator, a term, the inside of a sum."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return ("in the numerator",) if name == "left" else ("in the denominator",)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return ("in the first term",) if name == "left" else ("in the second term",)
    if isinstance(node, ast.Call):
        function = node.func
        method = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        words = {
            "sum": "in the sum",
            "exp": "in the exponent",
            "outer": "in the outer product",
            "where": "in a case",
        }
        return (words[method],) if method in words else ()
    return ()


def parse(source: str) -> ast.FunctionDef:
    """The function of a source text."""
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    return function
