"""A verdict on each claim of the report. Those of Part C follow from the stored study and the report's own tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from labutils._internal import arguments
from labutils.experiments.runs import COLUMNS, HISTORY_COLUMNS
from labutils.experiments.statistics import PairedDifference, half_width, paired_difference
from labutils.record import Row
from labutils.report.findings import audit_runs
from labutils.report.sentences import Finding
from labutils.report.tables import CLAIMS, DIVERGENT, Tables, lower, place

__all__ = ["DEFINITION", "FAILS", "HOLDS", "OPEN", "UNSEEN", "Statement", "Verdict"]
__all__ += ["definition", "implemented", "judge", "part_c", "table"]

HOLDS = "holds"
FAILS = "does not hold"
OPEN = "cannot be told from these runs"
UNTESTED = "not tested"
CONTRADICTED = "contradicted by the report's own numbers"
DEFINITION = "true by definition"
UNSEEN = "cannot be checked"  # because the report's code or figures are not available
_OUTCOMES = (HOLDS, FAILS, OPEN, UNTESTED, CONTRADICTED, DEFINITION, UNSEEN)
_RATES = ("learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-3e-3")
_SLOWEST = "learn-rate-5e-5"
_SIZES = ("hidden-200", "hidden-500", "hidden-700", "hidden-1000")


@dataclass(frozen=True)
class Statement:
    """One statement of a claim, such as the reason that it gives, with its own outcome and evidence."""

    text: str
    outcome: str
    evidence: str = ""

    def __post_init__(self) -> None:
        arguments.one_of("outcome", self.outcome, _OUTCOMES)
        arguments.instance(str, text=self.text, evidence=self.evidence)


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim of the report, with a sentence of evidence, unless a text gives the numbers."""

    claim: str
    outcome: str
    evidence: str = ""
    part: str = ""  # the part of the claim that the outcome is about
    statements: Sequence[Statement] = ()  # the rest of the claim, each with an outcome

    def __post_init__(self) -> None:
        arguments.one_of("claim", self.claim, tuple(CLAIMS))
        arguments.one_of("outcome", self.outcome, _OUTCOMES)
        arguments.instance(str, evidence=self.evidence, part=self.part)
        statements = arguments.items("statements", self.statements, Statement)
        object.__setattr__(self, "statements", tuple(statements))


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


def _finished(study: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The runs of the study that did not diverge. The last numbers of the others are not the result of a full run.
    Raises ValueError unless each of the configurations `names` has at least two such runs, with finite results."""
    arguments.data_frame(COLUMNS, study=study)
    runs = study[study["diverged_at"].isna()]
    for name in names:
        results = runs.loc[runs["configuration"] == name, ["validation_error_pct", "training_loss"]]
        if len(results) < 2:
            got = f"{len(results)} of {(study['configuration'] == name).sum()}"
            raise ValueError(f"study: expected at least two runs of {name!r} that did not diverge, got {got}")
        if not np.isfinite(results.to_numpy(float)).all():
            raise ValueError(f"study: expected finite errors and losses of {name!r}, got NaN or infinity")
    return runs


def judge(*differences: PairedDifference, below: bool = False) -> str:
    """The outcome of "each difference is above (or below) zero". It is open if an interval includes zero."""
    arguments.instance(bool, below=below)
    arguments.items("differences", differences, PairedDifference)
    if any(d.low > 0 if below else d.high < 0 for d in differences):
        return FAILS
    return HOLDS if all(d.high < 0 if below else d.low > 0 for d in differences) else OPEN


def part_c(study: pd.DataFrame, histories: pd.DataFrame, tables: Tables, runs: pd.DataFrame) -> list[Verdict]:
    """The verdicts on the claims C3.1 to C7.1, which our runs or the report's own tables decide, without evidence.

    study, histories, runs: as `load_study`, `load_histories` and `load_runs` return them; tables: the report's rows by
    run. Runs that diverged are not compared. Raises ValueError that names the run of which something is missing.
    """
    ours = _finished(study, *_RATES, _SLOWEST, *_SIZES)
    count = int((study["configuration"] == DIVERGENT).sum())
    arguments.expect(count > 1, "study", f"at least 2 runs of {DIVERGENT!r}", count)
    arguments.data_frame(HISTORY_COLUMNS, histories=histories)
    findings = audit_runs(tables, runs)
    arguments.data_frame(Row._fields, **arguments.entries("tables", tables))
    for name in _RATES[:3]:
        arguments.number(f"runs: the error of {name!r}", runs["validation_error_pct"].get(name))
    best = {run: rows["training_accuracy_pct"].max() for run, rows in tables.items()}
    for name in (*_RATES[:3], _SLOWEST, DIVERGENT):
        if not np.isfinite(best.get(name, np.nan)):
            raise ValueError(f"tables: expected a training accuracy of {name!r}, got none")
    return [
        _judge_slow(ours),
        _judge_best(ours, runs["validation_error_pct"]),
        _judge_too_high(ours),
        *_judge_sizes(ours),
        *_judge_slowest(ours, tables),
        *_judge_divergent(study, findings, tables),
        _judge_loss(histories, findings, tables),
    ]


def _judge_slow(runs: pd.DataFrame) -> Verdict:
    """C3.1. "Reasonable" means a mean error below 10 % with the whole of its interval, both at 5e-4 and at 8e-4."""
    by_name = runs.groupby("configuration")["validation_error_pct"]
    errors = [by_name.get_group(name).to_numpy() for name in _RATES[:2]]
    outcome = HOLDS if all(e.mean() + half_width(e) < 10 for e in errors) else OPEN
    outcome = FAILS if any(e.mean() - half_width(e) >= 10 for e in errors) else outcome
    return Verdict("C3.1", outcome, part="that the error is reasonable")


def _judge_best(runs: pd.DataFrame, printed: pd.Series) -> Verdict:
    """C3.2: 1e-3 has the lowest error. The report's own errors contradict it if that of another rate is lower by more
    than chance."""
    *others, best = _RATES[:3]
    outcome = judge(*(paired_difference(runs, best, other) for other in others), below=True)
    if any(lower(printed[best], printed[other]) is False for other in others):
        outcome = CONTRADICTED
    return Verdict("C3.2", outcome, part="that 1e-3 is best")


def _judge_too_high(runs: pd.DataFrame) -> Verdict:
    """C3.3: the error at 3e-3 is higher than at 1e-3. No run shows where the global minimum is."""
    worse = paired_difference(runs, _RATES[3], _RATES[2])
    return Verdict("C3.3", judge(worse), part="that the error is higher")


def _judge_sizes(runs: pd.DataFrame) -> Iterator[Verdict]:
    """C4.1: the error falls from 200 to 500 to 700 units. C4.2: it is higher with 1,000."""
    steps = [paired_difference(runs, b, a) for a, b in pairwise(_SIZES[:3])]
    text = "that the error is lower {} than {}"
    parts = [Statement(text.format(place(d.a), place(d.b)), judge(d, below=True)) for d in steps]
    yield Verdict("C4.1", judge(*steps, below=True), "", "that the error falls", parts)
    worse = paired_difference(runs, "hidden-1000", "hidden-700")
    yield Verdict("C4.2", judge(worse), part="that the error is higher")


def _judge_slowest(runs: pd.DataFrame, tables: Tables) -> Iterator[Verdict]:
    """C5.1: the error at 5e-5 is higher than at 1e-3 with as many units. C5.2: by the report's tables, its training
    error is first 0 % in the second half, and that of the other runs in the first half."""
    yield Verdict("C5.1", judge(paired_difference(runs, _SLOWEST, "hidden-700")), part="that it ends worse")
    right = {run: rows.loc[rows["training_accuracy_pct"] >= 100, "iteration"] for run, rows in tables.items()}
    never = [run for run, found in right.items() if found.empty]
    late = [run for run, found in right.items() if len(found) and found.min() > 350]  # of 700 iterations
    others = set(never) - {_SLOWEST}
    fits = not others and late == ([] if never else [_SLOWEST])
    yield Verdict("C5.2", HOLDS if fits else CONTRADICTED, part="that only 5e-5 is late" if others else "")


def _judge_divergent(study: pd.DataFrame, findings: list[Finding], tables: Tables) -> Iterator[Verdict]:
    """C6.1: runs at an exaggerated rate diverge, here and in the report. C6.2: the log of that run ends early."""
    runs = study[study["configuration"] == DIVERGENT]
    count, lost = int(runs["diverged_at"].notna().sum()), int(runs["training_loss"].isna().sum())
    theirs = {f.kind for f in findings if f.runs == (DIVERGENT,)}
    outcome = HOLDS if count == len(runs) else FAILS if count == 0 else OPEN
    part = "that it diverges" if "error-sum" in theirs or not lost else ""
    if "nan" not in theirs:
        outcome, part = CONTRADICTED, ""
    yield Verdict("C6.1", outcome, part=part)
    ends = {run: int(rows["iteration"].max()) for run, rows in tables.items()}
    is_short = ends.pop(DIVERGENT) < np.median(list(ends.values()))
    yield Verdict("C6.2", HOLDS if is_short else CONTRADICTED if "nan" in theirs else FAILS)


def _judge_loss(histories: pd.DataFrame, findings: list[Finding], tables: Tables) -> Verdict:
    """C7.1. Steps from row to row in which validation loss and accuracy both fall refute it, as both are of the same
    images. The divergent run, which learns nothing, is left out."""
    ours = histories[histories["configuration"].isin(set(tables) - {DIVERGENT})]
    ours = ours.drop_duplicates(ours.columns.drop("configuration"))  # a run that has two names
    runs = ours.groupby(["configuration", "seed"])[["validation_loss", "validation_accuracy_pct"]]
    if len(ours) == runs.ngroups:
        raise ValueError("histories: expected at least two rows of a run that is in tables, got none")
    changes = runs.diff()
    falling = changes[changes["validation_loss"] < 0]
    both = (falling["validation_accuracy_pct"] < 0).any()
    outcome = FAILS if both else HOLDS if len(falling) else UNTESTED
    if any(f.kind == "falling-together" and f.runs != (DIVERGENT,) for f in findings):
        outcome = CONTRADICTED
    part = "if directly means always" if outcome in (CONTRADICTED, FAILS) else ""
    return Verdict("C7.1", outcome, part=part)
