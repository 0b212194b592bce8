"""Every verdict that runs decide is given what was found and its opposite: its outcome must follow."""

import re
from dataclasses import replace

import numpy as np
import pytest

from labutils import report
from labutils.report import verdicts
from labutils.report.claims import DEFINITION, FAILS, HOLDS, OPEN, UNTESTED
from labutils.training import Row, TrainingOptions, TrainingRecord

from .helpers import level, shifted

OF_B7 = [f"mnist-100 {how}" for how in ("full batch", "half", "quarter", "10 epochs", "2 epochs")]


class TestPartB:
    def test_b7(self, study):
        verdict = verdicts.fewer_stages(study)
        assert verdict.outcome == OPEN
        assert [statement.outcome for statement in verdict.statements] == [FAILS, HOLDS, HOLDS, HOLDS, HOLDS]
        all_fit = shifted(study, "mnist-100 full batch", -50)
        assert verdicts.fewer_stages(all_fit).outcome == HOLDS
        none_fits = study
        for part in ("half", "quarter", "10 epochs", "2 epochs"):
            none_fits = shifted(none_fits, f"mnist-100 {part}", -50)
        assert verdicts.fewer_stages(none_fits).outcome == FAILS
        same = verdicts.fewer_stages(level(study, 6.0, "mnist-100", *OF_B7))
        assert {same.outcome, *(statement.outcome for statement in same.statements)} == {OPEN}

    def test_b7_says_which_differences_exclude_zero(self, study):
        excluded = re.compile("a quarter of the images")
        assert excluded.search(verdicts.fewer_stages(study).evidence)
        assert excluded.search(verdicts.fewer_stages(shifted(study, "mnist-100 quarter", -50)).evidence)
        same = level(study, 6.0, "mnist-100", "mnist-100 quarter")
        assert not excluded.search(verdicts.fewer_stages(same).evidence)

    def test_b7_depends_on_how_much_is_left_out(self, study):
        """A reading of which only one amount is worse is not decided."""
        half = level(shifted(study, "mnist-100 full batch", -50), 6.5, "mnist-100", "mnist-100 10 epochs")
        verdict = verdicts.fewer_stages(half)
        assert verdict.outcome == OPEN
        assert [statement.outcome for statement in verdict.statements] == [HOLDS, HOLDS, HOLDS, OPEN, HOLDS]


def record(losses, status="finished"):
    """A record with these training losses."""
    rows = [Row(1, i, 50.0, 50.0, loss, loss) for i, loss in enumerate(losses, start=1)]
    return TrainingRecord(TrainingOptions(2.0), rows, status)


class TestPartA:
    good, bad = np.geomspace(1, 1e-4, 101), np.geomspace(1, 0.3, 101)

    def test_a7_1(self):
        assert verdicts.converges(self.good).outcome == HOLDS
        assert verdicts.converges(self.bad).outcome == FAILS
        zigzag = self.good * np.where(np.arange(101) % 2, 2.5, 1.0)
        assert verdicts.converges(zigzag).outcome == FAILS

    def test_a7_2(self):
        excess = {0.0003: self.bad, 0.02: self.good, 0.03: self.good**1.5}
        assert verdicts.too_slow(excess).outcome == FAILS  # a larger rate may be slower, but this one is not
        assert verdicts.too_slow(excess | {0.03: self.bad}).outcome == HOLDS
        assert verdicts.too_slow(excess | {0.02: self.bad**2, 0.03: self.bad}).outcome == HOLDS
        assert verdicts.too_slow(excess | {0.02: self.bad}).outcome == FAILS

    def test_a7_3(self):
        nan, stays, falls = record([1.0, np.nan]), record([1.0, 30.0]), record([1.0, 0.1])
        assert verdicts.rate_two(nan, stays).outcome == HOLDS
        assert verdicts.rate_two(nan, nan).outcome == HOLDS
        assert (
            verdicts.rate_two(nan, nan).part != verdicts.rate_two(nan, stays).part
        )  # NaN only with two layers
        assert verdicts.rate_two(nan, falls).outcome == FAILS
        assert verdicts.rate_two(falls, falls).outcome == FAILS


class TestTooLittle:
    """A verdict on nothing, or on less than the claim is about, is an error that names what is missing."""

    @pytest.mark.parametrize("excess", [[], [1.0]])
    def test_part_a_without_a_step(self, excess):
        with pytest.raises(ValueError, match="excess: expected "):
            verdicts.converges(np.array(excess))
        for rate in (0.02, 0.03, 0.0003):
            left = {0.02: np.array([1.0, 0.5]), 0.03: np.array([1.0, 0.5])} | {rate: np.array(excess)}
            with pytest.raises(ValueError, match=rf"excess\[{rate}\]: expected "):
                verdicts.too_slow(left)

    def test_one_step_is_enough(self):
        assert verdicts.converges(np.array([1.0, 0.001])).outcome == HOLDS

    @pytest.mark.parametrize("losses", [[], [1.0]])
    def test_records_without_a_step(self, losses):
        with pytest.raises(ValueError, match=rf"apart: expected .* two rows, got {len(losses)}"):
            verdicts.rate_two(record(losses), record([1.0, 30.0]))
        with pytest.raises(ValueError, match=rf"together: expected .* two rows, got {len(losses)}"):
            verdicts.rate_two(record([1.0, np.nan]), record(losses))

    @pytest.mark.parametrize("names", [[], ["mnist-30"], ["mnist-30", "mnist-100"]])
    def test_a_larger_layer_needs_three_sizes(self, study, names):
        with pytest.raises(
            ValueError, match=r"study: expected (runs of at least three sizes|at least one row)"
        ):
            verdicts.larger_layer(study[study["configuration"].isin(names)])

    def test_three_sizes_are_enough(self, study):
        three = study[study["configuration"].isin(["mnist-10", "mnist-100", "mnist-300"])]
        assert verdicts.larger_layer(three).outcome == verdicts.larger_layer(study).outcome

    @pytest.mark.parametrize("runs", [0, 1])
    @pytest.mark.parametrize("name", ["mnist-100", *OF_B7])
    def test_too_few_runs(self, study, name, runs):
        few = study[(study["configuration"] != name) | (study["seed"] < runs)]
        with pytest.raises(ValueError, match=r"expected (one of|at least two)"):
            verdicts.fewer_stages(few)
        with pytest.raises(ValueError, match=r"expected (one of|at least two)"):
            verdicts.error(few[few["configuration"] == name] if runs else few, name)

    def test_two_runs_are_enough(self, study):
        two = study[study["seed"] < 2]
        assert verdicts.fewer_stages(two).claim == "B7"
        assert verdicts.larger_layer(two).claim == "B6"
        assert verdicts.error(two, "mnist-100").endswith(" %")

    @pytest.mark.parametrize("judge", [verdicts.larger_layer, verdicts.fewer_stages])
    def test_an_empty_study(self, study, judge):
        with pytest.raises(ValueError, match="study: expected at least one row, got "):
            judge(study.iloc[:0])


def test_the_stored_study(stored):
    larger = verdicts.larger_layer(stored)
    assert larger.outcome == HOLDS
    assert [statement.outcome for statement in larger.statements] == [OPEN, OPEN]
    assert verdicts.fewer_stages(stored).outcome == OPEN


class TestTable:
    def test_a_definition_is_checked(self):
        assert verdicts.definition("A1", True, "as it says").outcome == DEFINITION
        assert verdicts.definition("A1", False, "not so").outcome == FAILS

    def test_code_that_does_not_pass_yet_says_nothing_about_the_claim(self):
        assert verdicts.implemented("A3", True, "all agree").evidence == "all agree"
        open_yet = verdicts.implemented("A3", False, "all agree")
        assert open_yet.outcome == verdicts.UNSEEN
        assert "all agree" not in open_yet.evidence

    def test_it_holds_every_claim_of_a_part_once(self):
        ids = [claim for claim in report.CLAIMS if claim.startswith("B")]
        found = [verdicts.definition(claim, True, f"seen {claim}") for claim in ids]
        lines = verdicts.table("B", reversed(found)).splitlines()
        assert len(lines) == 2 + len(ids)
        assert lines[2] == f"| B1 | {report.CLAIMS['B1']} | **{verdicts.DEFINITION}** | seen B1 |"
        part = replace(found[0], outcome=FAILS, part="the reason")
        assert "**does not hold** (the reason)" in verdicts.table("B", [part, *found[1:]])
        for wrong in (found[:-1], [*found, found[0]], []):
            with pytest.raises(ValueError, match="verdicts: expected one for each of B1, B2"):
                verdicts.table("B", wrong)
        with pytest.raises(ValueError, match="part: expected one of 'A', 'B', 'C', got 'D'"):
            verdicts.table("D", found)

    def test_each_statement_has_a_line_below_its_claim(self):
        ids = [claim for claim in report.CLAIMS if claim.startswith("B")]
        found = [verdicts.definition(claim, True, f"seen {claim}") for claim in ids]
        reason = verdicts.Statement("Reason: over-fitting", UNTESTED, "no run tests it")
        found[1] = verdicts.definition(
            "B2", False, "not so", "the layers", [reason, replace(reason, outcome=HOLDS)]
        )
        lines = verdicts.table("B", found).splitlines()
        assert len(lines) == 2 + len(ids) + 2
        assert lines[3].startswith("| B2 | ")
        assert lines[4] == "| | *Reason: over-fitting* | **not tested** | no run tests it |"
        assert "**holds**" in lines[5]
        assert {line.count("|") for line in lines} == {5}

    def test_part_c_of_a_study_is_a_table(self, study, histories, tables, runs):
        found = verdicts.part_c(study, histories, tables, runs)
        found += [verdicts.definition(claim, True, "as it says") for claim in ("C1", "C2")]
        lines = verdicts.table("C", found).splitlines()
        assert len(lines) == 2 + len(found) + sum(len(verdict.statements) for verdict in found)
        assert {line.count("|") for line in lines} == {5}

    def test_an_unknown_claim_or_outcome_is_named(self):
        with pytest.raises(ValueError, match=r"claim: expected one of .*'A1'.* got 'A9'"):
            verdicts.Verdict("A9", HOLDS, "")
        with pytest.raises(ValueError, match=r"outcome: expected one of 'holds'.* got 'true'"):
            verdicts.Verdict("A1", "true", "")
        with pytest.raises(ValueError, match=r"outcome: expected one of 'holds'.* got 'true'"):
            verdicts.Statement("Reason", "true", "")
        with pytest.raises(TypeError, match=r"statements: expected a Statement, got 'Reason'"):
            verdicts.Verdict("A1", HOLDS, "", statements=["Reason"])
        with pytest.raises(TypeError, match=r"statements: expected a list, got 'Reason'"):
            verdicts.definition("A1", True, "", statements="Reason")

    def test_a_verdict_can_be_a_key(self):
        reason = verdicts.Statement("Reason", HOLDS, "")
        assert verdicts.Verdict("A1", HOLDS, "", "", [reason]) in {
            verdicts.Verdict("A1", HOLDS, "", "", (reason,))
        }


def test_a_student_sees_what_the_notebooks_use():
    assert all(hasattr(verdicts, name) for name in verdicts.__all__)
    used = "Verdict Statement OPEN FAILS HOLDS DEFINITION definition implemented converges too_slow rate_two "
    used += "larger_layer fewer_stages error part_c"
    assert set(used.split()) <= set(verdicts.__all__)
