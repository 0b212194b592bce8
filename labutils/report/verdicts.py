"""A verdict on each claim of the report. If the claim leaves a threshold open, the docstring states the one used."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from labutils._internal import arguments
from labutils.record import TrainingRecord
from labutils.report.claims import CLAIMS, DEFINITION, FAILS, HOLDS, OPEN, UNSEEN, Statement, Verdict
from labutils.report.size_verdicts import error, larger_layer
from labutils.report.study_verdicts import fewer_stages, part_c

__all__ = ["DEFINITION", "FAILS", "HOLDS", "OPEN", "UNSEEN", "Statement", "Verdict"]
__all__ += ["converges", "definition", "implemented", "rate_two", "table", "too_slow"]
__all__ += ["error", "fewer_stages", "larger_layer", "part_c"]  # from the study


def table(part: str, verdicts: Iterable[Verdict]) -> str:
    """A Markdown table with the verdict on each claim of part "A", "B" or "C", and its statements below the claim."""
    arguments.one_of("part", part, ("A", "B", "C"))
    found = arguments.items("verdicts", verdicts, Verdict)
    claims = [claim for claim in CLAIMS if claim.startswith(part)]
    found.sort(key=lambda verdict: list(CLAIMS).index(verdict.claim))
    got = ", ".join(verdict.claim for verdict in found) or "none"
    if got != ", ".join(claims):
        raise ValueError(f"verdicts: expected one for each of {', '.join(claims)}, got {got}")
    lines = ["| | the report says | verdict | evidence |", "|---|---|---|---|"]
    for verdict in found:
        outcome = f"**{verdict.outcome}**" + (f" ({verdict.part})" if verdict.part else "")
        lines.append(f"| {verdict.claim} | {CLAIMS[verdict.claim]} | {outcome} | {verdict.evidence} |")
        for statement in verdict.statements:
            lines.append(f"| | *{statement.text}* | **{statement.outcome}** | {statement.evidence} |")
    return "\n".join(lines)


def definition(
    claim: str, checked: bool, evidence: str, part: str = "", statements: Sequence[Statement] = ()
) -> Verdict:
    """The verdict on a claim that is checked by code and not by a run. checked: whether the check passed."""
    arguments.instance(bool | np.bool_, checked=checked)
    return Verdict(claim, DEFINITION if checked else FAILS, evidence, part, statements)


def implemented(claim: str, checked: bool, evidence: str) -> Verdict:
    """The verdict on code of the report that is not available. evidence: on the students' code, if it passed."""
    arguments.instance(bool | np.bool_, checked=checked)
    found = evidence if checked else "The code in this notebook does not pass its check yet"
    return Verdict(claim, UNSEEN, found)


def converges(excess: np.ndarray) -> Verdict:
    """The verdict on A7.1, from the share of the excess loss that is left after each step, (steps + 1,), first 1.

    "Converges well" means that less than a hundredth is left and that the excess loss fell at every step.
    """
    excess = arguments.numbers("excess", excess, "S")
    arguments.expect(len(excess) > 1, "excess", "the start and at least one step", excess)
    falls = bool((np.diff(excess) < 0).all())
    evidence = f"After {len(excess) - 1} steps, {100 * excess[-1]:.2g} % of the excess loss is left. "
    evidence += f"It {'fell' if falls else 'did not fall'} at every step"
    return Verdict("A7.1", HOLDS if excess[-1] < 0.01 and falls else FAILS, evidence, "that it converges")


def too_slow(excess: Mapping[float, np.ndarray]) -> Verdict:
    """The verdict on A7.2, from the excess loss that is left, as in `converges`, for each learning rate.

    0.02 and 0.03 must be among the rates. A larger rate may be slower, if its steps go beyond the minimum.
    """
    arguments.instance(Mapping, excess=excess)
    for rate in (0.02, 0.03, *excess):
        arguments.number("excess", rate)
        left = arguments.numbers(f"excess[{rate}]", excess.get(rate), "S")
        arguments.expect(len(left) > 1, f"excess[{rate}]", "the start and at least one step", left)
    slower, faster = float(excess[0.02][-1]), float(excess[0.03][-1])
    evidence = f"Excess loss left: {100 * faster:.2g} % at rate 0.03, {100 * slower:.2g} % at rate 0.02"
    if not faster < 0.01:  # or NaN
        return Verdict("A7.2", HOLDS if faster > slower else OPEN, evidence, "that it is too slow")
    return Verdict("A7.2", FAILS, evidence, "in our runs: that it is too slow")


def rate_two(apart: TrainingRecord, together: TrainingRecord) -> Verdict:
    """The verdict on A7.3, from two runs at rate 2: with separate sigmoid and NLL, and with both in one stable loss."""
    arguments.instance(TrainingRecord, apart=apart, together=together)
    for name, record in (("apart", apart), ("together", together)):
        rows = len(record.history)
        arguments.expect(rows > 1, name, "a record with at least two rows", rows)
    losses = together.column("training_loss")
    finite = bool(np.isfinite(losses).all())
    unsettled = not finite or losses[1:].min() >= losses[0]
    lost = not np.isfinite(apart.column("training_loss")[-1])
    evidence = f"With two layers, the loss is {'not' if lost else 'still'} finite at step {apart.iterations}. With one "
    evidence += f"formula, it {'stays finite' if finite else 'is not finite either'} and "
    evidence += f"{'never falls' if unsettled else 'falls'} below its first value in {len(losses)} steps"
    if lost and unsettled:
        part = "that it diverges" + (", with two layers to NaN" if finite else "")
        return Verdict("A7.3", HOLDS, evidence, part)
    return Verdict("A7.3", FAILS, evidence)
