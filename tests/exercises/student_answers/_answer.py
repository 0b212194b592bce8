"""What each of the `student_answers` consists of."""

from typing import NamedTuple


class Answer(NamedTuple):
    """The source of one function, as a student might hand it in."""

    exercise: str  # "A3.1", ...
    kind: str  # "wrong" or "right"
    mistake: str  # of a wrong answer: what is wrong with it; of a right one: how it is done
    source: str  # one function definition; numpy is available to it as np
