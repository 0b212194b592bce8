"""What the bank holds about one exercise."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labutils.instructor.bank.random_inputs import BASES
from labutils.instructor.bank.words import Words

Answer = Callable[..., Any]


@dataclass(frozen=True)
class WrongAnswer:
    """A known mistake: what was done, in a sentence, and a function that does it."""

    sentence: str
    wrong: Answer


@dataclass(frozen=True)
class BankEntry:
    """One exercise.

    names: of what an answer returns; function: its name in the notebook; inputs: random generator, case number ->
    arguments by name; writings: source texts of right answers, from which mistakes are generated; sizes: words for a
    dimension, with the argument and the axis that have it; samples: the arguments with a column, or an entry, for each
    sample, and that axis; words: phrases for names and expressions of the writings; mistakes: those that no change
    of a writing produces; pairs: also generate two changes at once in different statements; partial: the largest share
    of the points by kind of partial credit (see `instructor.partial`); room: see there.
    """

    about: str
    names: tuple[str, ...]
    function: str
    inputs: Callable[[np.random.Generator, int], dict[str, Any]]
    writings: tuple[str, ...]
    hints: tuple[str, str, str]
    also_right: tuple[str, ...] = ()  # other writings, which are not changed: loops that take long
    sizes: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    samples: Mapping[str, int] = field(default_factory=dict)
    scalars: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()  # arguments without negative numbers
    integers: tuple[str, ...] = ()  # arguments of whole numbers
    words: Mapping[str, str] = field(default_factory=dict)
    mistakes: tuple[WrongAnswer, ...] = ()
    whole: bool = False  # the answer is a whole number
    bases: int = BASES  # how many inputs there are, without their twins
    pairs: bool = False
    partial: Mapping[str, float] = field(default_factory=dict)
    room: int = 50_000  # characters of the generated mistakes in data/exercises.json

    @functools.cached_property
    def right(self) -> Answer:
        """The first of the right answers, as a function."""
        from labutils.instructor.bank.running import compiled

        return compiled(self.writings[0])

    @functools.cached_property
    def vocabulary(self) -> Words:
        """What the sentences about this exercise call its parts."""
        from labutils.instructor.bank.syntax import parse

        arguments = [argument.arg for argument in parse(self.writings[0]).args.args]
        return Words(arguments, self.names, self.words, self.scalars, self.positive, self.integers)
