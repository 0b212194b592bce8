"""Every verdict that runs decide is given what was found and its opposite: its outcome must follow."""

from dataclasses import replace

import pytest

from labutils import report
from labutils.experiments import PairedDifference
from labutils.report import verdicts
from labutils.report.verdicts import DEFINITION, FAILS, HOLDS, OPEN, UNTESTED


def difference(low, high):
    return PairedDifference((low + high) / 2, low, high, 10, "a", "b", "validation_error_pct")


ABOVE, BELOW, AROUND = difference(0.5, 1.5), difference(-1.5, -0.5), difference(-0.5, 0.5)


@pytest.mark.parametrize(
    ("differences", "above", "below"),
    [
        ([ABOVE], HOLDS, FAILS),
        ([BELOW], FAILS, HOLDS),
        ([AROUND], OPEN, OPEN),
        ([ABOVE, ABOVE], HOLDS, FAILS),
        ([ABOVE, AROUND], OPEN, FAILS),
        ([BELOW, AROUND], FAILS, OPEN),
        ([ABOVE, BELOW], FAILS, FAILS),
        ([difference(0.0, 1.0)], OPEN, OPEN),
        ([difference(-1.0, 0.0)], OPEN, OPEN),
    ],
)
def test_an_outcome_follows_from_the_intervals(differences, above, below):
    assert verdicts.judge(*differences) == above
    assert verdicts.judge(*differences, below=True) == below


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
    used = "Verdict Statement OPEN FAILS HOLDS DEFINITION definition implemented judge part_c table"
    assert set(used.split()) <= set(verdicts.__all__)
