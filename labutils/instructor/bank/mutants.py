"""Wrong answers from right ones: every single change of a writing, and the pairs of changes that real slips produce."""

import ast
import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from labutils.instructor.bank import operators_arithmetic as arithmetic
from labutils.instructor.bank import operators_arrays as arrays
from labutils.instructor.bank import operators_indices as indices
from labutils.instructor.bank import operators_source as whole
from labutils.instructor.bank import operators_statements as flow
from labutils.instructor.bank.descriptions import joined
from labutils.instructor.bank.entry import BankEntry
from labutils.instructor.bank.syntax import build, parse, slots, statements
from labutils.instructor.bank.words import Words, called, sentence

# Two of these in one statement are generated together: a wrong sign, a mean, a missing factor, a wrong axis.
SLIPS = ("drop", "sign", "reduction", "axis", "size_factor")
UNUSUAL = (
    "median",
    "standard deviation",
    "the product is",
    "maximum",
    "minimum",
    "absolute",
    "first entry",
    "last entry",
    "totals",
)
PAIRS = 120  # at most, of each writing


@dataclass(frozen=True)
class Mutant:
    """A wrong answer. order: 1 for one change, 2 for two.

    precise: the sentence with the place in the expression; first: the source of the first of two changes; second: the
    sentence about the second one.
    """

    source: str
    sentence: str
    kind: str
    statement: int
    order: int = 1
    place: str = ""
    first: str = ""
    second: str = ""

    @property
    def precise(self) -> str:
        """The sentence with the place of the change in the expression."""
        if not self.place or self.sentence.startswith("In "):
            return self.sentence.removesuffix(".") + f" {self.place}." if self.place else self.sentence
        return f"{self.place[0].upper()}{self.place[1:]}, {self.sentence[0].lower()}{self.sentence[1:]}"


def mutants(entry: BankEntry) -> list[Mutant]:
    """The wrong answers that are generated from all writings of an exercise, without repetitions."""
    found: dict[str, Mutant] = {}
    singles = [list(single(writing, entry)) for writing in entry.writings]
    for mutant in itertools.chain.from_iterable(singles):
        found.setdefault(mutant.source, mutant)
    for some, writing in zip(singles, entry.writings, strict=True):
        pairs = [*same_statement(some, entry), *parallel(some, entry, writing)]
        for mutant in pairs[:: max(1, len(pairs) // PAIRS)]:
            found.setdefault(mutant.source, mutant)
    right = {ast.unparse(parse(writing)) for writing in entry.writings}
    return [mutant for source, mutant in found.items() if source not in right]


def single(source: str, entry: BankEntry) -> Iterator[Mutant]:
    """Every single change of a right answer."""
    yield from expressions(source, entry)
    words, function = entry.vocabulary, parse(source)
    made = [(operator.__name__.strip("_"), operator(function, words)) for operator in flow.STATEMENTS]
    made.append(("few_samples", whole.few_samples(function, words, dict(entry.samples))))
    made.append(("clipped", whole.clipped(function, words)))
    made.append(("fixed_numbers", whole.fixed_numbers(function, words, arrays.NUMBERS)))
    for kind, changes in made:
        for changed, text, place in changes:
            number = number_of_change(function, changed) if kind == "accumulation" else -1
            yield Mutant(ast.unparse(changed), sentence(text, place), kind, number)
    text = "A pair of parentheses is missing, so the operations are done in another order."
    for changed_source in whole.without_parentheses(ast.unparse(parse(source))):
        try:
            yield Mutant(ast.unparse(parse(changed_source)), text, "parentheses", -1)
        except SyntaxError:
            continue


def number_of_change(function: ast.FunctionDef, changed: ast.FunctionDef) -> int:
    """The number of the first statement that differs."""
    pairs = zip(statements(function.body), statements(changed.body), strict=False)
    return next(
        (i for i, (a, b) in enumerate(pairs) if not hasattr(a, "body") and ast.unparse(a) != ast.unparse(b)),
        -1,
    )


def expressions(
    source: str, entry: BankEntry, only: tuple[str, ...] = (), within: int | None = None
) -> Iterator[Mutant]:
    """Every change of one expression. only: names of operators; within: the number of a statement."""
    words, function = entry.vocabulary, parse(source)
    kinds = [
        o
        for o in (*arithmetic.ARITHMETIC, *arrays.ARRAYS, *indices.INDICES)
        if not only or o.__name__.strip("_") in only
    ]
    places = [words.place(statement) for statement in statements(function.body)]
    cases = cases_of(function, words)
    for slot in list(slots(function)):
        if within not in (None, slot.statement):
            continue
        node, place = slot.node, places[slot.statement]
        is_container = slot.top and called(node) in ("zeros", "eye", "array", "copy")  # to be filled later
        if isinstance(slot.parent, ast.Tuple) and slot.top and len(words.results) == len(slot.parent.elts):
            place = place or f"`{words.results[slot.index or 0]}`"
        changes = [
            (operator.__name__.strip("_"), change)
            for operator in ([arrays.container] if is_container else kinds)
            for change in operator(node, words, slot)
        ]
        if slot.top and not is_container and (not only or "size_factor" in only):
            changes += [("size_factor", change) for change in size_factors(node, entry)]
        for kind, (new, text) in changes:
            slot.put(copy.deepcopy(new))
            yield Mutant(
                ast.unparse(function),
                sentence(text, place),
                kind,
                slot.statement,
                place=cases.get(slot.statement) or slot.place(text),
            )
            slot.put(node)


def cases_of(function: ast.FunctionDef, words: Words) -> dict[int, str]:
    """The statements, by number, that are made in one of two cases, with the words for the case."""
    numbers = {id(statement): number for number, statement in enumerate(statements(function.body))}
    found: dict[int, str] = {}
    for node in ast.walk(function):
        phrases = words.known.get(f"if {ast.unparse(node.test)}", "") if isinstance(node, ast.If) else ""
        if isinstance(node, ast.If) and phrases:
            for body, phrase in zip((node.body, node.orelse), phrases.split("|"), strict=True):
                found |= {numbers[id(statement)]: phrase for statement in body}
    return found


def size_factors(node: ast.AST, entry: BankEntry) -> Iterator[tuple[ast.AST, str]]:
    """A division or a multiplication by a size: the number of samples, of all entries."""
    if isinstance(node, ast.Tuple):
        return
    sizes = list(entry.sizes.items())[: 1 if len(entry.names) > 1 else 3]
    for phrase, (argument, axis) in sizes:
        size = f"np.shape({argument})[{axis}]"
        yield build(f"(A) / {size}", A=node), f"there is a division by {phrase}"
        yield build(f"(A) * {size}", A=node), f"there is a multiplication by {phrase}"
    for argument in dict.fromkeys(argument for _, (argument, _) in sizes if not entry.scalars):
        yield (
            build(f"(A) / np.size({argument})", A=node),
            f"there is a division by the number of all entries of `{argument}`",
        )


def same_statement(singles: list[Mutant], entry: BankEntry) -> Iterator[Mutant]:
    """Two slips in one statement."""
    for first in singles:
        if is_slip(first) and first.statement >= 0:
            for second in expressions(first.source, entry, SLIPS, first.statement):
                if second.kind > first.kind and is_slip(second):
                    yield Mutant(
                        second.source,
                        joined(first.sentence, second.sentence),
                        "pair",
                        first.statement,
                        2,
                        first=first.source,
                        second=second.sentence,
                    )


def is_slip(mutant: Mutant) -> bool:
    """Whether a mutant is one of the usual slips, which are made together with others."""
    if mutant.kind == "size_factor" and "a division by the number of samples" not in mutant.sentence:
        return False
    return mutant.kind in SLIPS and not any(words in mutant.sentence for words in UNUSUAL)


def parallel(singles: list[Mutant], entry: BankEntry, writing: str) -> Iterator[Mutant]:
    """The same change in several statements: the changes of a kind that read alike but for their place."""
    groups: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in singles:
        usual = (is_slip(mutant) and entry.pairs) or mutant.kind == "accumulation"
        if usual and mutant.statement >= 0 and "only " not in mutant.sentence:
            groups.setdefault((mutant.kind, mutant.sentence.partition(", ")[2]), []).append(mutant)
    lines = ast.unparse(parse(writing)).splitlines()
    for (_, text), group in groups.items():
        by_statement: dict[int, Mutant] = {}
        for mutant in group:
            by_statement.setdefault(mutant.statement, mutant)
        some = list(by_statement.values())
        sets = [some] if len(some) > 2 else []
        sets += [[a, b] for i, a in enumerate(some) for b in some[i + 1 :]]
        for several in sets:
            if source := merged(lines, [mutant.source.splitlines() for mutant in several]):
                places = [mutant.sentence.partition(", ")[0].removeprefix("In ") for mutant in several]
                yield Mutant(
                    source, f"In {' and in '.join(places)}, {text}", "parallel", several[0].statement, 2
                )


def merged(lines: list[str], changed: list[list[str]]) -> str:
    """The source with all changes; "" if two of them are in one line."""
    result = list(lines)
    for other in changed:
        if len(other) != len(lines):
            return ""
        for i, line in enumerate(other):
            if line != lines[i]:
                if result[i] != lines[i]:
                    return ""
                result[i] = line
    return "\n".join(result)
