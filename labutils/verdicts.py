"""A verdict on each claim of the report, computed from results; a comparison is judged by its paired interval.

Each function takes results and returns the verdict on one claim. Other results give another verdict: nothing here
knows how a run came out. Thresholds that a claim's words leave open are stated where they are used.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from labutils import arguments
from labutils.audit import Finding, audit, audit_runs
from labutils.report import CLAIMS
from labutils.study import PairedDifference, half_width, paired_difference
from labutils.training import Row, TrainingRecord

HOLDS = "holds"
FAILS = "does not hold"
OPEN = "cannot be told from these runs"
CONTRADICTED = "contradicted by the report's own numbers"
DEFINITION = "a matter of definition"
RATES = ("learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-3e-3")
OUTCOMES = (HOLDS, FAILS, OPEN, CONTRADICTED, DEFINITION)


NEEDED = {  # columns of the tables that the functions below take, by the names of their arguments
    "study": "configuration seed learning_rate hidden_units status validation_error_pct training_error_pct "
    "training_loss dead_units_pct",
    "histories": "configuration seed iteration training_loss validation_loss validation_accuracy_pct",
    "runs": "question learn_rate hidden_units validation_error_pct",
}


@dataclass(frozen=True)
class Verdict:
    """What comes of a claim. outcome: one of `OUTCOMES`; evidence: one sentence with numbers; part: what of the
    claim the outcome is about, where the rest of it comes out otherwise."""

    claim: str
    outcome: str
    evidence: str
    part: str = ""

    def __post_init__(self) -> None:
        arguments.one_of("claim", self.claim, tuple(CLAIMS))
        arguments.one_of("outcome", self.outcome, OUTCOMES)
        arguments.instance(str, evidence=self.evidence, part=self.part)

    def __str__(self) -> str:
        about = f" ({self.part})" if self.part else ""
        return f"{self.claim} {self.outcome}{about}: {self.evidence}."


def table(part: str, verdicts: Iterable[Verdict]) -> str:
    """A Markdown table of the claims of a part ("A", "B" or "C") with the verdict on each.

    Raises `ValueError` unless there is one verdict for each claim of the part.
    """
    arguments.one_of("part", part, ("A", "B", "C"))
    found = arguments.items("verdicts", verdicts)
    for verdict in found:
        arguments.instance(Verdict, verdicts=verdict)
    by_claim = {verdict.claim: verdict for verdict in found}
    ids = [claim for claim in CLAIMS if claim.startswith(part)]
    if sorted(verdict.claim for verdict in found) != sorted(ids):
        got = ", ".join(verdict.claim for verdict in found)
        raise ValueError(f"verdicts: expected one for each of {', '.join(ids)}, got {got or 'none'}")
    lines = ["| | the report says | verdict | evidence |", "|---|---|---|---|"]
    for claim in ids:
        verdict = by_claim[claim]
        about = f" ({verdict.part})" if verdict.part else ""
        lines.append(f"| {claim} | {CLAIMS[claim]} | **{verdict.outcome}**{about} | {verdict.evidence} |")
    return "\n".join(lines)


def definition(claim: str, checked: bool, evidence: str, part: str = "") -> Verdict:
    """A claim that follows from definitions, or describes code: no run decides it, but code can check it.

    checked: what the check found; if it failed, the claim does not hold. part: as in `Verdict`.
    """
    arguments.instance(bool | np.bool_, checked=checked)
    return Verdict(claim, DEFINITION if checked else FAILS, evidence, part)


# ---- Part A


def converges(excess: np.ndarray) -> Verdict:
    """A7.1, from the share of the excess loss that is left after each step: (steps + 1,), the first is 1.

    "Converges well": less than a hundredth is left, and it fell at every step.
    """
    excess = arguments.numbers("excess", excess, "S")
    falls = bool((np.diff(excess) < 0).all())
    evidence = (
        f"after {len(excess) - 1} steps {100 * excess[-1]:.2g} % of the excess loss is left, "
        f"and it {'fell at every step' if falls else 'did not fall at every step'}"
    )
    return Verdict("A7.1", HOLDS if excess[-1] < 0.01 and falls else FAILS, evidence)


def too_slow(excess: Mapping[float, np.ndarray]) -> Verdict:
    """A7.2, from the excess loss that is left, as in `converges`, by learning rate; 0.02 and 0.03 among them.

    If 0.02 converges and 0.03, the larger rate, is quicker still, A7.1 and A7.2 cannot both be right.
    """
    arguments.instance(Mapping, excess=excess)
    for rate in (0.02, 0.03, *excess):
        arguments.number("excess", rate)
        arguments.numbers(f"excess[{rate}]", excess.get(rate), "S")
    slower, faster = float(excess[0.02][-1]), float(excess[0.03][-1])
    words = (
        f"0.03 is the larger rate; here it leaves {100 * faster:.2g} % of the excess loss, "
        f"and 0.02, which converges by A7.1, {100 * slower:.2g} %"
    )
    if faster >= 0.01:
        return Verdict("A7.2", HOLDS if faster > slower else OPEN, words)
    slow = [rate for rate, left in excess.items() if rate < 0.02 and left[-1] >= 0.01]
    shown = " and ".join(f"{rate:g} ({100 * excess[rate][-1]:.2g} % left)" for rate in slow)
    words += f"; slow would be {shown}" if slow else ""
    return Verdict("A7.2", CONTRADICTED if slower < 0.01 else FAILS, words)


def rate_two(apart: TrainingRecord, together: TrainingRecord) -> Verdict:
    """A7.3, from two runs at rate 2: with sigmoid and NLL as separate layers, and with both in one stable loss."""
    arguments.instance(TrainingRecord, apart=apart, together=together)
    for name, record in (("apart", apart), ("together", together)):
        if not record.history:
            raise ValueError(f"{name}: expected a record with rows, got none")
    losses = together.column("training_loss")
    finite = bool(np.isfinite(losses).all())
    unsettled = not finite or losses[-1] >= losses[0]
    lost = not np.isfinite(apart.column("training_loss")[-1])
    evidence = (
        f"apart, the two layers give {'NaN' if lost else 'a finite loss'} by step {apart.iterations}; "
        f"in one stable loss it {'stays finite' if finite else 'is not finite either'} "
        f"and {'does not come down' if unsettled else 'comes down'}"
    )
    if lost and unsettled:
        return Verdict("A7.3", HOLDS, evidence, "the second half only with separate layers" if finite else "")
    return Verdict("A7.3", FAILS, evidence)


# ---- Part B, from the stored study


def larger_layer(study: pd.DataFrame) -> Verdict:
    """B6: from the runs "mnist-..." with default options: does the error fall with the size, and turn at its end?"""
    check(study=study)
    sizes = study[study["configuration"].str.fullmatch(r"mnist-\d+")].drop_duplicates("configuration")
    names = sizes.sort_values("hidden_units")["configuration"].tolist()
    falls = [paired_difference(study, b, a) for a, b in pairwise(names[:-1])]
    turn = paired_difference(study, names[-1], names[-2])
    first, before = (f"{error(study, name)} ({plain(name)})" for name in (names[0], names[-2]))
    evidence = f"the error falls from {first} to {before}; then {plain(turn)}"
    if not all(step.high < 0 for step in falls):
        return Verdict("B6", FAILS if any(step.low > 0 for step in falls) else OPEN, evidence)
    return Verdict("B6", above(turn), evidence, "" if turn.low > 0 else "that over-fitting raises it")


def fewer_stages(study: pd.DataFrame) -> Verdict:
    """B7, in three readings: mini-batches, a quarter of the images, a tenth of the epochs, each with what it replaces.

    A reading fits the claim if it makes the error higher. The question is not in the report: if only some fit, it
    cannot be told.
    """
    check(study=study)
    readings = {
        "mini-batches": paired_difference(study, "mnist-100", "mnist-100 full batch"),
        "a quarter of the images": paired_difference(study, "mnist-100 quarter", "mnist-100"),
        "a tenth of the epochs": paired_difference(study, "mnist-100 2 epochs", "mnist-100"),
    }
    outcomes = {above(difference) for difference in readings.values()}
    shown = "; ".join(
        f"{name}: error {difference.mean:+.1f} points ({difference.low:+.1f} to {difference.high:+.1f})"
        for name, difference in readings.items()
    )
    evidence = f"each compared with the full setting (mini-batches with the full batch): {shown}"
    if len(outcomes) == 1:
        return Verdict("B7", outcomes.pop(), evidence)
    return Verdict("B7", OPEN, evidence, "it depends on what the question was")


# ---- Part C, from the stored study, its histories and the report's own tables


def reasonable_but_slow(
    study: pd.DataFrame, histories: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> Verdict:
    """C3.1. "Reasonable": a mean error below 10 %, its interval included. "Slowish": behind 1e-3 at the first row."""
    check(study=study, histories=histories, tables=tables)
    names = ["learn-rate-5e-4", "learn-rate-8e-4"]
    highest = [mean_interval(study, name)[2] for name in names]
    mean_errors = " and ".join(error(study, name) for name in names)
    if max(highest) >= 10:
        return Verdict("C3.1", FAILS, f"the errors here are {mean_errors}", "reasonable")
    first = histories[histories["iteration"] == histories["iteration"].min()]
    early = {name: first_accuracy(first, name) for name in (*names, "learn-rate-1e-3")}
    printed = {name: float(tables[name]["validation_accuracy_pct"].iloc[0]) for name in early}
    ahead = [name for name in names if printed[name] > printed["learn-rate-1e-3"]]
    slow = all(early[name] < early["learn-rate-1e-3"] for name in names)
    evidence = (
        f"the errors here are {mean_errors}; at iteration {first['iteration'].iloc[0]} the accuracies "
        f"of 5e-4, 8e-4 and 1e-3 are {listed(printed.values())} in the report, {listed(early.values())} here"
    )
    outcome = CONTRADICTED if ahead else HOLDS if slow else FAILS
    slowish = f"slowish, for {' and '.join(map(plain, ahead))}" if ahead else "slowish"
    return Verdict("C3.1", outcome, evidence, "" if outcome == HOLDS else slowish)


def best_rate(study: pd.DataFrame, runs: pd.DataFrame, findings: Sequence[Finding]) -> Verdict:
    """C3.2. The report's own errors must fall up to 1e-3 (`audit_runs`), and 1e-3 be lower than both others here."""
    check(study=study, runs=runs, findings=findings)
    differences = [
        paired_difference(study, "learn-rate-1e-3", other) for other in ("learn-rate-5e-4", "learn-rate-8e-4")
    ]
    evidence = "; ".join(map(plain, differences))
    if any(f.kind == "order" and set(f.runs) <= set(RATES) for f in findings):
        printed = [f"{error:g} %" for error in runs["validation_error_pct"][list(RATES[:3])]]
        words = f"the report's errors are {', '.join(printed)}, not in order; here {evidence}"
        return Verdict("C3.2", CONTRADICTED, words, "that a higher rate comes closer")
    return Verdict("C3.2", all_below(differences), evidence)


def too_high(study: pd.DataFrame) -> Verdict:
    """C3.3: the error at 3e-3 is higher than at 1e-3."""
    check(study=study)
    difference = paired_difference(study, "learn-rate-3e-3", "learn-rate-1e-3")
    training, dead = (
        mean_interval(study, "learn-rate-3e-3", column)[0]
        for column in ("training_error_pct", "dead_units_pct")
    )
    evidence = (
        f"{plain(difference)}, with a training error of {training:.0f} % and {dead:.0f} % of its units dead"
    )
    return Verdict("C3.3", above(difference), evidence)


def finer_resolution(study: pd.DataFrame) -> Verdict:
    """C4.1: the error falls from 200 to 500 to 700 units, and the reason given is the number of parameters.

    Where no unit dies (centred; centred and scaled) the parameters are as many. The reason does not hold if 700 units
    gain less than half as much on 200 there, at either end of the intervals that favours it.
    """
    check(study=study)
    steps = [paired_difference(study, f"hidden-{b}", f"hidden-{a}") for a, b in pairwise((200, 500, 700))]
    falls = all_below(steps)
    gain = -sum(step.mean for step in steps)
    alive = [
        paired_difference(study, f"hidden-700{how}", f"hidden-200{how}") for how in (" centred", " scaled")
    ]
    least, most = -max(d.high for d in alive), -min(d.low for d in alive)
    evidence = (
        f"{'; '.join(map(plain, steps))}; where no unit dies, 700 units gain at most {max(most, 0):.1f} of those "
        f"{gain:.1f} points on 200 (with the mean image subtracted, and with scaled pixels)"
    )
    if falls != HOLDS:
        return Verdict("C4.1", falls, evidence)
    if most < gain / 2:
        return Verdict("C4.1", FAILS, evidence, "the reason; the error does fall")
    if least >= gain / 2:
        return Verdict("C4.1", HOLDS, evidence)
    return Verdict("C4.1", OPEN, evidence, "the reason; the error does fall")


def over_fitting(study: pd.DataFrame, runs: pd.DataFrame, images: int = 1000) -> Verdict:
    """C4.2: 1,000 units are worse than 700, and it is over-fitting: the gap to the training error grows too.

    runs: as `report.load_runs` gives them; images: the report's validation images.
    """
    check(study=study, runs=runs)
    arguments.whole_number("images", images)
    difference = paired_difference(study, "hidden-1000", "hidden-700")
    errors = runs["validation_error_pct"]
    printed = round(images * (errors["hidden-1000"] - errors["hidden-700"]) / 100)
    gaps = [generalisation_gap(study, name) for name in ("hidden-700", "hidden-1000")]
    evidence = (
        f"{plain(difference)}; in the report it is {printed} image{'s' if abs(printed) != 1 else ''} of {images:,}; "
        f"validation error lies {gaps[0]:.1f} points above training error with 700 units, {gaps[1]:.1f} with 1,000"
    )
    outcome = above(difference)
    if outcome == HOLDS and gaps[1] <= gaps[0]:
        return Verdict("C4.2", FAILS, evidence, "the reason; the error is higher")
    return Verdict("C4.2", outcome, evidence)


def too_small(study: pd.DataFrame) -> Verdict:
    """C5.1: the error at 5e-5 is higher than at 1e-3 with as many units."""
    check(study=study)
    difference = paired_difference(study, "learn-rate-5e-5", "hidden-700")
    training = mean_interval(study, "learn-rate-5e-5", "training_error_pct")[0]
    evidence = (
        f"{plain(difference)}, both with 700; its training error is {training:.1f} %, little is left to learn"
    )
    outcome = above(difference)
    return Verdict("C5.1", outcome, evidence, "that it ends worse" if outcome == HOLDS else "")


def late_alone(findings: Sequence[Finding]) -> Verdict:
    """C5.2: by the report's tables, 0 % training error in the second half at 5e-5, and in the first half elsewhere."""
    check(findings=findings)
    zero = {f.runs[0]: f.rows[0] for f in findings if f.kind == "zero-training-error"}
    never = [f.runs[0] for f in findings if f.kind == "never-zero"]
    shown = ", ".join(f"{plain(run)} at iteration {row}" for run, row in zero.items())
    half = 350
    others = [row for run, row in zero.items() if run != "learn-rate-5e-5"]
    evidence = f"0 % is reached by {shown or 'no run'}; never by {', '.join(map(plain, never)) or 'none'}"
    if set(never) - {"learn-rate-5e-5"}:
        return Verdict("C5.2", CONTRADICTED, evidence, "there alone")
    late = zero.get("learn-rate-5e-5", half + 1) > half
    return Verdict("C5.2", HOLDS if late and max(others, default=0) <= half else CONTRADICTED, evidence)


def diverges(study: pd.DataFrame, findings: Sequence[Finding], divergent: Sequence[Finding]) -> Verdict:
    """C6.1: runs at an exaggerated rate diverge, here and in the report. divergent: the audit of the report's run."""
    check(study=study, findings=findings, divergent=divergent)
    runs = study[study["configuration"] == "learn-rate-too-high"]
    if runs.empty:
        raise ValueError("study: expected runs of 'learn-rate-too-high', got none")
    count = int((runs["status"] == "diverged").sum())
    nan = [f.rows for f in divergent if f.kind == "nan"]
    totals = [f for f in findings if f.kind == "error-sum" and f.runs == ("learn-rate-too-high",)]
    evidence = f"{count} of {len(runs)} runs diverge at a rate of {runs['learning_rate'].iloc[0]:g}; the report prints "
    evidence += f"NaN from iteration {nan[0][0]} on" if nan else "no NaN"
    lost = int(runs["training_loss"].isna().sum())
    evidence += f", {lost} of ours end in NaN"
    if totals:
        evidence += "; its error and its accuracy do not add up to 100 %"
    if not nan:
        return Verdict("C6.1", CONTRADICTED, evidence)
    outcome = HOLDS if count == len(runs) else FAILS if count == 0 else OPEN
    return Verdict("C6.1", outcome, evidence, "that it diverges" if totals or not lost else "")


def stops_early(findings: Sequence[Finding]) -> Verdict:
    """C6.2: the log of the divergent run ends before those of the others."""
    check(findings=findings)
    run = ("learn-rate-too-high",)
    early = [f for f in findings if f.runs == run and f.kind == "ends-early"]
    ended = [f for f in findings if f.runs == run and f.kind == "reaches-its-end"]
    if early:
        return Verdict("C6.2", HOLDS, f"its log ends at iteration {early[0].rows[0]}, before the others")
    if ended:
        return Verdict(
            "C6.2", CONTRADICTED, f"its log runs to iteration {ended[0].rows[0]}, as the others do"
        )
    return Verdict("C6.2", FAILS, "its log runs as far as the others, and has no NaN")


def loss_and_accuracy(histories: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Verdict:
    """C7.1: a lower loss always comes with a higher accuracy: from row to row both never rise together."""
    check(histories=histories, tables=tables)
    found = {name: f for name, rows in tables.items() for f in audit(rows) if f.kind == "rising-together"}
    ours = histories[histories["configuration"].isin(set(tables) - {"learn-rate-too-high"})]
    ours = ours.drop_duplicates(["seed", "iteration", "training_loss"])  # a run that stands under two names
    runs = ours.groupby(["configuration", "seed"])[["validation_loss", "validation_accuracy_pct"]]
    pairs, both = len(ours) - runs.ngroups, int((runs.diff() > 0).all(axis=1).sum())
    evidence = f"in our runs both rise in {both} of {pairs:,} steps from row to row"
    if found:
        where = "; ".join(f"{plain(name)} ({f.rows[0]} to {f.rows[-1]})" for name, f in found.items())
        return Verdict("C7.1", CONTRADICTED, f"in the report both rise in {where}; {evidence}", "directly")
    return Verdict("C7.1", FAILS if both else HOLDS, evidence, "directly" if both else "")


def part_c(
    study: pd.DataFrame,
    histories: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    runs: pd.DataFrame,
) -> list[Verdict]:
    """The verdicts on C3.1 to C7.1, which runs decide; C1 and C2 are matters of definition.

    study, histories: as `study.load_study` and `study.load_histories` give them; tables: the report's rows by run;
    runs: as `report.load_runs` gives them.
    """
    check(study=study, histories=histories, tables=tables, runs=runs)
    findings = audit_runs(tables, runs)
    return [
        reasonable_but_slow(study, histories, tables),
        best_rate(study, runs, findings),
        too_high(study),
        finer_resolution(study),
        over_fitting(study, runs),
        too_small(study),
        late_alone(findings),
        diverges(study, findings, audit(tables["learn-rate-too-high"])),
        stops_early(findings),
        loss_and_accuracy(histories, tables),
    ]


# ---- What comes in


def check(**given: Any) -> None:
    """Each argument is what its name says: a table with the columns `NEEDED`, tables by run, or else findings."""
    for name, value in given.items():
        if name in NEEDED:
            arguments.table(NEEDED[name].split(), **{name: value})
        elif name == "tables":
            arguments.instance(Mapping, tables=value)
            for run in (*RATES[:3], "learn-rate-too-high"):
                if run not in value:
                    raise ValueError(f"tables: expected the rows of {run!r}, got none")
            arguments.table(Row._fields, **{f"tables[{run!r}]": table for run, table in value.items()})
        else:
            arguments.instance(list | tuple, **{name: value})
            for finding in value:
                arguments.instance(Finding, **{name: finding})


# ---- Intervals


def above(difference: PairedDifference) -> str:
    """Does "a is above b" hold? By the whole interval, or it cannot be told."""
    return HOLDS if difference.low > 0 else FAILS if difference.high < 0 else OPEN


def all_below(differences: Iterable[PairedDifference]) -> str:
    """Does "a is below b" hold for all of them? It does not if it fails for one."""
    outcomes = [above(difference) for difference in differences]
    if HOLDS in outcomes:
        return FAILS
    return OPEN if OPEN in outcomes else HOLDS


def mean_interval(
    study: pd.DataFrame, name: str, column: str = "validation_error_pct"
) -> tuple[float, float, float]:
    """The mean of a configuration over its seeds, and the ends of Student's t 95 % interval."""
    values = study.loc[study["configuration"] == name, column].to_numpy(float)
    if len(values) < 2:
        raise ValueError(f"study: expected at least two runs of {name!r}, got {len(values)}")
    mean, half = float(values.mean()), half_width(values)
    return mean, mean - half, mean + half


def generalisation_gap(study: pd.DataFrame, name: str) -> float:
    """Validation error minus training error (points), the mean over the seeds."""
    runs = study[study["configuration"] == name]
    return float((runs["validation_error_pct"] - runs["training_error_pct"]).mean())


def first_accuracy(first: pd.DataFrame, name: str) -> float:
    """The mean validation accuracy (%) of a configuration in these rows."""
    return float(first.loc[first["configuration"] == name, "validation_accuracy_pct"].mean())


def error(study: pd.DataFrame, name: str) -> str:
    """A configuration's mean validation error, in words."""
    check(study=study)
    arguments.one_of("name", name, list(study["configuration"].unique()))
    return f"{mean_interval(study, name)[0]:.1f} %"


def plain(words: Any) -> str:
    """Names of configurations in words: "hidden-700 centred" is 700 units, centred."""
    text = re.sub(r"learn-rate-too-high", "the divergent run", str(words))
    text = re.sub(r"learn-rate-(\S+)", r"rate \1", text)
    text = re.sub(r"(?:hidden|mnist)-(\d+)", r"\1 units", text)
    text = re.sub(r" (centred|scaled)\b", r", \1", text)
    return text.replace(" units is ", " units are ")


def listed(values: Iterable[Any]) -> str:
    """Percentages in a row."""
    *most, last = [f"{value:.1f}" for value in values]
    return f"{', '.join(most)} and {last} %"
