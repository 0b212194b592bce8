"""Students' answers to the code exercises, wrong and right, written independently of the checks."""

from . import part_a, part_b, part_c
from ._answer import Answer

ANSWERS: list[Answer] = [*part_a.ANSWERS, *part_b.ANSWERS, *part_c.ANSWERS]
