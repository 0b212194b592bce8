"""Words for the parts of an answer: how the sentences about mistakes speak of arguments, results and expressions."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FUNCTIONS = {
    "np",
    "range",
    "len",
    "float",
    "int",
    "bool",
    "max",
    "min",
    "abs",
    "round",
    "sum",
    "zip",
    "enumerate",
}
STAGES = {
    "exp": "the exponential",
    "log": "the logarithm",
    "sum": "the sum",
    "mean": "the mean",
    "max": "the maximum",
    "min": "the minimum",
    "sqrt": "the square root",
    "abs": "the absolute value",
    "round": "the rounding",
    "outer": "the outer product",
    "diag": "the diagonal matrix",
    "maximum": "the maximum",
    "where": "the distinction of cases",
    "sigmoid": "the sigmoid",
    "softmax": "softmax",
    "norm": "the norm",
    "eigvalsh": "the eigenvalues",
    "eigvals": "the eigenvalues",
}


@dataclass(frozen=True)
class Words:
    """What an exercise calls its parts. known: phrases for names and expressions, as `ast.unparse` writes them.

    For "if" and a condition there are two phrases, with a bar between them: where it holds, and where it does not.
    """

    arguments: Sequence[str]
    results: Sequence[str]
    known: Mapping[str, str] = field(default_factory=dict)
    scalars: Sequence[str] = ()  # the arguments that are single numbers
    positive: Sequence[str] = ()  # the arguments without negative numbers
    whole: Sequence[str] = ()  # the arguments of whole numbers

    def of(self, node: ast.AST) -> str:
        """A phrase for an expression: `l2` and `W`."""
        if (text := ast.unparse(node)) in self.known:
            return self.known[text]
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return self.of(node.value)
        if isinstance(node, ast.Constant):
            return f"the number {node.value!r}"
        if (stage := called(node)) in STAGES:
            return STAGES[stage]
        return " and ".join(self.parts(node)) or "one part"

    def parts(self, node: ast.AST) -> list[str]:
        """Phrases for the names in an expression, each once and in their order."""
        found: list[str] = []
        for inner in ast.walk(node):
            if (text := ast.unparse(inner) if isinstance(inner, ast.expr) else "") in self.known:
                found.append(self.known[text])
            elif isinstance(inner, ast.Name) and inner.id in (*self.arguments, *self.results):
                found.append(f"`{inner.id}`")
        return list(dict.fromkeys(found))[:3]

    def term(self, node: ast.AST) -> str:
        """A phrase for a summand: the term with `l2` and `W`; the part for target 0."""
        phrase = self.of(node)
        return phrase if phrase.startswith("the part ") else f"the term with {phrase}"

    def factor(self, node: ast.AST) -> str:
        """A phrase for a factor: the factor `p`."""
        phrase = self.of(node)
        if isinstance(node, ast.Constant):
            return f"the factor {node.value!r}"
        simple = isinstance(node, ast.Name) and phrase.startswith("`")
        return (
            f"the factor {phrase}"
            if simple
            else phrase
            if phrase.startswith("the ")
            else f"a factor with {phrase}"
        )

    def place(self, statement: ast.AST) -> str:
        """Where a statement belongs: "the gradient with respect to `b`". Empty for the only result."""
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AugAssign):
            targets = [statement.target]
        names = [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        if len(targets) != 1 or not names:
            return ""
        name = names[0]
        if name in self.known:
            return self.known[name]
        return f"`{name}`" if name in self.results and len(self.results) > 1 else ""


def called(node: ast.AST) -> str:
    """The name of the function or the method that an expression calls; "" for any other expression."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def sentence(text: str, place: str = "") -> str:
    """A sentence from its words, with the place in front."""
    is_said = place.startswith("the ") and place in text
    whole = f"in {place}, {text}" if place and not is_said else text
    return f"{whole[0].upper()}{whole[1:]}."
