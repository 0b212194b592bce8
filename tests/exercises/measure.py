"""`python -m tests.exercises.measure [exercise ...]`: what the checks say about every answer of `student_answers`.

For each wrong answer it prints what is wrong with it and what the check says. A person judges from this list whether
the mistake is identified. The summary counts right answers that are refused, wrong ones that are accepted, and wrong
ones about which only differences are said. All answers are tried on the public and on the hidden inputs.
"""

import argparse
import contextlib
import io
import linecache
import re
import time
import zlib
from collections import Counter
from typing import Any

import numpy as np

from labutils.exercises.answers import check_answer
from labutils.instructor import bank
from labutils.instructor.bank.solutions import NOTEBOOK
from tests.exercises.student_answers import ANSWERS

ONLY_DIFFERS = re.compile(r"differs? (from|on)|values differ")


def function_of(answer: Any) -> Any:
    """The function of an answer, in a notebook that has the functions of the earlier exercises; None without one."""
    names: dict[str, Any] = {"np": np, **NOTEBOOK}
    own = dict(names)
    cell = f"<{answer.exercise} {zlib.crc32(answer.source.encode())}>"
    linecache.cache[cell] = (len(answer.source), None, answer.source.splitlines(keepends=True), cell)
    try:
        exec(compile(answer.source, cell, "exec"), names)  # noqa: S102
    except Exception as error:  # a cell that does not run
        return error
    wanted = bank.EXERCISES[answer.exercise].function
    if names.get(wanted) is not own.get(wanted):
        return names[wanted]
    new = [value for name, value in names.items() if callable(value) and own.get(name) is not value]
    return new[-1] if new else None


def tried(answer: Any) -> tuple[bool, bool, str]:
    """Whether an answer passes the public and the hidden inputs, and the message."""
    function = function_of(answer)
    if isinstance(function, Exception) or function is None:
        return False, False, f"(the cell does not run: {function})"
    with contextlib.redirect_stdout(io.StringIO()):
        public = check_answer(answer.exercise, function)
        hidden = check_answer(answer.exercise, function, bank.hidden(answer.exercise))
    return bool(public), bool(hidden), (hidden if public else public).message


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exercises", nargs="*")
    parser.add_argument(
        "--differs", action="store_true", help="print only wrong answers that are not described"
    )
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    start = time.perf_counter()
    for answer in ANSWERS:
        if options.exercises and answer.exercise not in options.exercises:
            continue
        public, hidden, message = tried(answer)
        counts[f"{answer.kind} answers"] += 1
        differs = False
        if answer.kind == "right":
            verdict = "" if public and hidden else "RIGHT REFUSED"
        elif public or hidden:
            verdict = f"WRONG ACCEPTED ({'public' if public else 'hidden'} inputs)" + (
                "!" if public and hidden else ""
            )
        else:
            differs = bool(ONLY_DIFFERS.search(message))
            verdict = "only differs" if differs else "named"
        if verdict:
            counts[verdict] += 1
        if verdict and (verdict != "named" or not options.differs):
            print(
                f"{answer.exercise} {verdict}: {answer.mistake}\n    {message.replace(chr(10), chr(10) + '    ')}\n"
            )
    seconds = time.perf_counter() - start
    print(f"{sum(n for k, n in counts.items() if k.endswith('answers'))} answers in {seconds:.0f} s")
    for name, count in sorted(counts.items()):
        print(f"{count:5} {name}")


if __name__ == "__main__":
    main()
