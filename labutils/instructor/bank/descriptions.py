"""One sentence for each set of numbers: what the changes that give the same numbers have in common."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from labutils.exercises.cases import Parts

Numbers = tuple[
    tuple[int, ...] | None, ...
]  # of each result for each case, in units of 1e-4; None where it is right
KINDS = (  # in the order in which they are preferred as a description, and in which there is room for them
    "hand",
    "few_samples",
    "drop",
    "reduction",
    "axis",
    "product_kind",
    "sign",
    "bounds",
    "function",
    "parentheses",
    "several_left_out",
    "accumulation",
    "loops",
    "restarts",
    "results",
    "old_values",
    "fixed_numbers",
    "argument",
    "index",
    "size_factor",
    "clipped",
    "swap",
    "twice",
    "scale",
    "left_out_or_repeated",
    "parallel",
    "regroup",
    "other_operation",
    "combined",
    "dtype",
    "container",
    "pair",
    "power",
    "exchanged",
    "transpose",
    "constants",
    "number",
)
LOOPS = [KINDS.index(kind) for kind in ("accumulation", "loops", "restarts")]  # they need a loop
PER_CHANGE = 100  # the rank of a kind, more by this for each further change


@dataclass
class Known:
    """A mistake by its numbers, with what is said of the changes that give them.

    said: the rank of each description, the description, and the same one with the place of the change in it;
    made: the results.
    """

    numbers: Numbers
    made: Sequence[Parts | str]
    said: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def rank(self) -> int:
        """The kind of the best description, whatever the number of changes."""
        return min(rank % PER_CHANGE for rank, _, _ in self.said)

    @property
    def best(self) -> tuple[int, str, str]:
        """The preferred description. One that only fits code with a loop comes after the others."""
        return min(self.said, key=lambda one: (one[0] >= PER_CHANGE, one[0] in LOOPS, one[0]))

    def sentence(self, placed: bool = False) -> str:
        """What was done, and what it is if the answer has a loop. placed: with the place of the change."""
        rank, text, precise = self.best
        first = precise if placed else text
        if 0 < rank < PER_CHANGE and rank not in LOOPS and "only" in first:
            loops = [other for kind, other, _ in sorted(self.said) if kind in LOOPS]
            if loops and "If" not in loops[0]:
                return f"{first} If there is a loop: {loops[0][0].lower()}{loops[0][1:]}"
        return first


def sentences(mistakes: Sequence[Known]) -> list[str]:
    """A sentence for each mistake. Where two would get the same one, the places of the changes are added."""
    plain = [mistake.sentence() for mistake in mistakes]
    counts = Counter(plain)
    return [
        mistake.sentence(placed=True) if counts[text] > 1 else text
        for mistake, text in zip(mistakes, plain, strict=True)
    ]


def joined(first: str, second: str) -> str:
    """Two sentences about one answer. The place of the second is left out if the first has the same one."""
    place, _, rest = second.partition(", ")
    if rest and first.startswith(f"{place}, "):
        second = rest
    if second.lower() in first.lower():
        return first
    return f"{first} Also, {second[0].lower()}{second[1:]}"


def units(number: float) -> int:
    """A number in units of 1e-4, as data/exercises.json holds it."""
    return round(number * 1e4)


def length(mistake: Known) -> int:
    """About how many characters the mistake takes in data/exercises.json."""
    numbers: list[Any] = [n for column in mistake.numbers for n in column or ()]
    return len(mistake.sentence(placed=True)) + sum(len(str(n)) + 1 for n in numbers) + 30
