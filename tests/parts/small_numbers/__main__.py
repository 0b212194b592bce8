"""`python -m tests.parts.small_numbers` writes down the small numbers of the texts, once they were read."""

from pathlib import Path

from ..conftest import PARTS
from ..test_guards import small_numbers

for part in PARTS:
    Path(__file__).with_name(f"{part}.txt").write_text(small_numbers(part), encoding="utf-8")
