"""Wrong answers of the bank in the notebooks. `python -m tests.parts.in_place` runs all of them."""

import pytest

from . import in_place
from .conftest import PARTS
from .test_exercises import run


@pytest.mark.notebook
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("number", [3, 17])
def test_wrong_answers_of_students_do_not_break_the_run(part, number):
    run(in_place.with_wrong_answers(part, number))


@pytest.mark.parametrize("part", PARTS)
def test_every_wrong_answer_gets_its_place(part):
    """Each of them is in one of the rounds, as the source of the cell of its exercise."""
    for name in in_place.exercises(part):
        assert in_place.WRONG[name]
        assert len(in_place.WRONG[name]) <= in_place.rounds(part)
