"""`python -m tests.parts.in_place` runs the notebooks with every wrong one of the `student_answers` (half an hour).

In one run each exercise of a part has one of its wrong answers. A run must reach the end without output on stderr.
"""

import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import nbformat

from labutils.instructor.cells import exercise_of, role_of

from ..exercises.student_answers import ANSWERS
from .conftest import PARTS, code_cells, read
from .quick_run import run

WRONG = defaultdict(list)  # the sources of the wrong answers, by exercise
for answer in ANSWERS:
    if answer.kind == "wrong":
        WRONG[answer.exercise].append(answer.source)


def exercises(part: str) -> list[str]:
    return [exercise_of(cell) for cell in code_cells(read(part)) if role_of(cell) == "answer"]


def rounds(part: str) -> int:
    """How many runs it takes until every wrong answer of a part was in one."""
    return max(len(WRONG[name]) for name in exercises(part))


def with_wrong_answers(part: str, number: int) -> nbformat.NotebookNode:
    """The notebook of a round: each exercise has another wrong answer in each, from the beginning after the last."""
    notebook = read(part)
    for cell in code_cells(notebook):
        if role_of(cell) == "answer":
            sources = WRONG[exercise_of(cell)]
            cell.source = sources[number % len(sources)].strip()
    return notebook


def attempt(case: tuple[str, int]) -> str:
    """What went wrong in a round; "" if nothing did."""
    try:
        run(with_wrong_answers(*case))
    except Exception as error:  # whatever it is, the other rounds go on
        return f"{case}: {type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    cases = [(part, number) for part in PARTS for number in range(rounds(part))]
    with ThreadPoolExecutor(2) as pool:
        failures = [failure for failure in pool.map(attempt, cases) if failure]
    total = sum(len(sources) for sources in WRONG.values())
    print(*failures, f"{total} wrong answers in {len(cases)} runs, {len(failures)} of them failed", sep="\n")
    sys.exit(bool(failures))
