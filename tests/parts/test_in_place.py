"""Wrong `student_answers` in the notebooks. `python -m tests.parts.in_place` runs all of them."""

from collections import defaultdict

import pytest

from labutils.instructor.cells import exercise_of, role_of

from . import in_place
from .conftest import PARTS, code_cells
from .quick_run import run


@pytest.mark.notebook
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("number", [3, 17])
def test_wrong_answers_of_students_do_not_break_the_run(part, number):
    run(in_place.with_wrong_answers(part, number))


@pytest.mark.parametrize("part", PARTS)
def test_every_wrong_answer_gets_its_place(part):
    """Each of them is in one of the rounds, as the source of the cell of its exercise."""
    found = defaultdict(set)
    for number in range(in_place.rounds(part)):
        for cell in code_cells(in_place.with_wrong_answers(part, number)):
            if role_of(cell) == "answer":
                found[exercise_of(cell)].add(cell.source)
    assert found == {name: {s.strip() for s in in_place.WRONG[name]} for name in in_place.exercises(part)}
    assert all(found.values())
