"""Every empirical verdict is fed what was found and its opposite: it must say the one, and then the other."""

from dataclasses import replace

import numpy as np
import pytest

from labutils import report, study, verdicts
from labutils.training import Row, TrainingOptions, TrainingRecord
from labutils.verdicts import CONTRADICTED, DEFINITION, FAILS, HOLDS, OPEN

from .conftest import DATA


@pytest.fixture
def stored():
    return study.load_study()


@pytest.fixture(scope="module")
def histories():
    return study.load_histories()


@pytest.fixture
def tables():
    return {run: report.load_rows(run) for run in report.load_runs().index}


@pytest.fixture
def runs():
    return report.load_runs()


def part_c(stored, histories, tables, runs):
    return {verdict.claim: verdict for verdict in verdicts.part_c(stored, histories, tables, runs)}


def shifted(table, name, points, column="validation_error_pct"):
    """The study with the results of a configuration moved by so many points."""
    table = table.copy()
    table.loc[table["configuration"] == name, column] += points
    return table


def level(table, value, *names):
    """The study with the errors of these configurations about a value, with a little spread over the seeds."""
    table = table.copy()
    for name in names:
        rows = table["configuration"] == name
        table.loc[rows, "validation_error_pct"] = value + 0.01 * table.loc[rows, "seed"]
    return table


def with_rows(tables, run, **columns):
    """The report's tables with columns of one run replaced."""
    return {**tables, run: tables[run].assign(**columns)}


class TestWhatIsStored:
    """The verdicts on the stored study and the report's own tables, as the notebooks print them."""

    def test_part_c(self, stored, histories, tables, runs):
        found = part_c(stored, histories, tables, runs)
        assert {claim: verdict.outcome for claim, verdict in found.items()} == {
            "C3.1": CONTRADICTED,
            "C3.2": CONTRADICTED,
            "C3.3": HOLDS,
            "C4.1": FAILS,
            "C4.2": OPEN,
            "C5.1": HOLDS,
            "C5.2": CONTRADICTED,
            "C6.1": HOLDS,
            "C6.2": CONTRADICTED,
            "C7.1": CONTRADICTED,
        }
        assert found["C4.1"].part == "the reason; the error does fall"

    def test_part_b(self, stored):
        assert verdicts.larger_layer(stored).outcome == OPEN
        assert verdicts.fewer_stages(stored).outcome == OPEN

    def test_one_number_of_the_file_changes_the_evidence(self, stored, histories, tables, runs, tmp_path):
        before = part_c(stored, histories, tables, runs)
        text = (DATA / "study.csv").read_text(encoding="utf-8")
        row = next(line for line in text.splitlines() if line.startswith("hidden-1000,3,"))
        cells = row.split(",")
        cells[3] = str(float(cells[3]) + 2)
        path = tmp_path / "study.csv"
        path.write_text(text.replace(row, ",".join(cells)), encoding="utf-8", newline="\n")
        changed = study.read_table(path)
        after = part_c(changed, histories, tables, runs)
        assert before["C4.2"].evidence != after["C4.2"].evidence
        assert before["C3.3"].evidence == after["C3.3"].evidence


class TestPartC:
    def test_c3_1(self, stored, histories, tables, runs):
        slow_in_the_report = with_rows(tables, "learn-rate-5e-4", validation_accuracy_pct=10.0)
        slow_in_the_report = with_rows(slow_in_the_report, "learn-rate-8e-4", validation_accuracy_pct=10.0)
        verdict = verdicts.reasonable_but_slow(stored, histories, slow_in_the_report)
        assert (verdict.outcome, verdict.part) == (FAILS, "slowish")
        assert verdicts.reasonable_but_slow(stored, histories, tables).part == "slowish, for rate 5e-4"
        slow_here = histories.copy()
        slow_here.loc[
            slow_here["configuration"].isin(["learn-rate-5e-4", "learn-rate-8e-4"]), "validation_accuracy_pct"
        ] = 10.0
        assert verdicts.reasonable_but_slow(stored, slow_here, slow_in_the_report).outcome == HOLDS
        worse = shifted(stored, "learn-rate-8e-4", 10)
        verdict = verdicts.reasonable_but_slow(worse, slow_here, slow_in_the_report)
        assert (verdict.outcome, verdict.part) == (FAILS, "reasonable")

    def test_c3_2(self, stored, histories, tables, runs):
        in_order = runs.copy()
        in_order.loc["learn-rate-8e-4", "validation_error_pct"] = 3.0
        tables = {run: rows for run, rows in tables.items()}
        assert part_c(stored, histories, tables, in_order)["C3.2"].outcome == OPEN
        better = shifted(stored, "learn-rate-1e-3", -4)
        assert part_c(better, histories, tables, in_order)["C3.2"].outcome == HOLDS
        worse = shifted(stored, "learn-rate-1e-3", 4)
        assert part_c(worse, histories, tables, in_order)["C3.2"].outcome == FAILS
        assert part_c(better, histories, tables, runs)["C3.2"].outcome == CONTRADICTED

    @pytest.mark.parametrize(
        ("judge", "name"), [(verdicts.too_high, "learn-rate-3e-3"), (verdicts.too_small, "learn-rate-5e-5")]
    )
    def test_c3_3_and_c5_1(self, stored, judge, name):
        assert judge(stored).outcome == HOLDS
        assert judge(shifted(stored, name, -50)).outcome == FAILS
        other = {"learn-rate-3e-3": "learn-rate-1e-3", "learn-rate-5e-5": "hidden-700"}[name]
        mean = stored.loc[stored["configuration"] == other, "validation_error_pct"].mean()
        own = stored.loc[stored["configuration"] == name, "validation_error_pct"].mean()
        assert judge(shifted(stored, name, mean - own)).outcome == OPEN

    def test_c4_1(self, stored):
        assert verdicts.finer_resolution(shifted(stored, "hidden-700 centred", -8)).outcome == OPEN
        resolution = shifted(shifted(stored, "hidden-200 centred", 20), "hidden-200 scaled", 20)
        assert verdicts.finer_resolution(resolution).outcome == HOLDS
        rises = level(level(level(stored, 2, "hidden-200"), 4, "hidden-500"), 6, "hidden-700")
        verdict = verdicts.finer_resolution(rises)
        assert (verdict.outcome, verdict.part) == (FAILS, "")
        flat = level(stored, 4, "hidden-200", "hidden-500", "hidden-700")
        assert verdicts.finer_resolution(flat).outcome == OPEN

    def test_c4_2(self, stored, runs):
        assert verdicts.over_fitting(shifted(stored, "hidden-1000", 5), runs).outcome == HOLDS
        assert verdicts.over_fitting(shifted(stored, "hidden-1000", -5), runs).outcome == FAILS
        no_gap = shifted(shifted(stored, "hidden-1000", 5), "hidden-1000", 6, "training_error_pct")
        verdict = verdicts.over_fitting(no_gap, runs)
        assert (verdict.outcome, verdict.part) == (FAILS, "the reason; the error is higher")
        runs.loc["hidden-1000", "validation_error_pct"] = 2.4
        assert "4 images of 1,000" in verdicts.over_fitting(stored, runs).evidence

    def test_c5_2(self, stored, histories, tables, runs):
        quick = {
            run: rows.assign(training_accuracy_pct=np.where(rows["iteration"] >= 150, 100.0, 90.625))
            for run, rows in tables.items()
        }
        late = with_rows(
            quick,
            "learn-rate-5e-5",
            training_accuracy_pct=np.where(quick["learn-rate-5e-5"]["iteration"] >= 600, 100.0, 90.625),
        )
        assert part_c(stored, histories, late, runs)["C5.2"].outcome == HOLDS
        assert part_c(stored, histories, quick, runs)["C5.2"].outcome == CONTRADICTED

    def test_c6_1(self, stored, histories, tables, runs):
        finished = stored.assign(status="finished")
        assert part_c(finished, histories, tables, runs)["C6.1"].outcome == FAILS
        some = stored.copy()
        some.loc[(some["configuration"] == "learn-rate-too-high") & (some["seed"] > 4), "status"] = "finished"
        assert part_c(some, histories, tables, runs)["C6.1"].outcome == OPEN
        finite = with_rows(tables, "learn-rate-too-high", training_loss=2.3, validation_loss=2.3)
        assert part_c(stored, histories, finite, runs)["C6.1"].outcome == CONTRADICTED

    def test_c6_2(self, stored, histories, tables, runs):
        short = tables | {"learn-rate-too-high": tables["learn-rate-too-high"].iloc[:8]}
        verdict = part_c(stored, histories, short, runs)["C6.2"]
        assert verdict.outcome == HOLDS
        assert "iteration 400" in verdict.evidence
        finite = with_rows(tables, "learn-rate-too-high", training_loss=2.3, validation_loss=2.3)
        assert part_c(stored, histories, finite, runs)["C6.2"].outcome == FAILS

    def test_c7_1(self, histories, tables):
        falling = {
            run: rows.assign(validation_loss=1 / (1 + rows["iteration"])) for run, rows in tables.items()
        }
        assert verdicts.loss_and_accuracy(histories, falling).outcome == FAILS
        ours = histories.assign(validation_loss=1 / (1 + histories["iteration"]))
        assert verdicts.loss_and_accuracy(ours, falling).outcome == HOLDS
        assert verdicts.loss_and_accuracy(ours, tables).outcome == CONTRADICTED


class TestPartB:
    def test_b6(self, stored):
        assert verdicts.larger_layer(shifted(stored, "mnist-300", 5)).outcome == HOLDS
        assert verdicts.larger_layer(shifted(stored, "mnist-300", -5)).outcome == FAILS
        assert verdicts.larger_layer(shifted(stored, "mnist-30", 20)).outcome == FAILS
        assert verdicts.larger_layer(level(stored, 6.0, "mnist-30", "mnist-100")).outcome == OPEN

    def test_b7(self, stored):
        all_fit = shifted(stored, "mnist-100 full batch", -50)
        assert verdicts.fewer_stages(all_fit).outcome == HOLDS
        none_fits = shifted(shifted(stored, "mnist-100 quarter", -50), "mnist-100 2 epochs", -50)
        assert verdicts.fewer_stages(none_fits).outcome == FAILS


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
        verdict = verdicts.too_slow(excess)
        assert verdict.outcome == CONTRADICTED
        assert "0.0003 (30 % left)" in verdict.evidence
        assert verdicts.too_slow(excess | {0.03: self.bad}).outcome == HOLDS
        assert verdicts.too_slow(excess | {0.02: self.bad**2, 0.03: self.bad}).outcome == HOLDS
        assert verdicts.too_slow(excess | {0.02: self.bad}).outcome == FAILS

    def test_a7_3(self):
        nan, stays, falls = record([1.0, np.nan]), record([1.0, 30.0]), record([1.0, 0.1])
        assert verdicts.rate_two(nan, stays).outcome == HOLDS
        assert verdicts.rate_two(nan, falls).outcome == FAILS
        assert verdicts.rate_two(falls, falls).outcome == FAILS


def test_names_in_words():
    words = verdicts.plain("hidden-700 centred is 0.1 points above learn-rate-1e-3 (95 %)")
    assert words == "700 units, centred is 0.1 points above rate 1e-3 (95 %)"
    assert verdicts.plain("learn-rate-too-high") == "the divergent run"
    assert verdicts.plain("mnist-300 is below") == "300 units are below"


class TestTable:
    def test_a_definition_is_checked(self):
        assert verdicts.definition("A1", True, "as it says").outcome == DEFINITION
        assert verdicts.definition("A1", False, "not so").outcome == FAILS

    def test_it_holds_every_claim_of_a_part_once(self):
        ids = [claim for claim in report.CLAIMS if claim.startswith("B")]
        found = [verdicts.definition(claim, True, f"seen {claim}") for claim in ids]
        lines = verdicts.table("B", reversed(found)).splitlines()
        assert len(lines) == 2 + len(ids)
        assert lines[2] == f"| B1 | {report.CLAIMS['B1']} | **a matter of definition** | seen B1 |"
        part = replace(found[0], outcome=FAILS, part="the reason")
        assert "**does not hold** (the reason)" in verdicts.table("B", [part, *found[1:]])
        for wrong in (found[:-1], [*found, found[0]], []):
            with pytest.raises(ValueError, match="verdicts: expected one for each of B1, B2"):
                verdicts.table("B", wrong)
        with pytest.raises(ValueError, match="part: expected one of 'A', 'B', 'C', got 'D'"):
            verdicts.table("D", found)

    def test_an_unknown_claim_or_outcome_is_named(self):
        with pytest.raises(ValueError, match=r"claim: expected one of .*'A1'.* got 'A9'"):
            verdicts.Verdict("A9", HOLDS, "")
        with pytest.raises(ValueError, match=r"outcome: expected one of 'holds'.* got 'true'"):
            verdicts.Verdict("A1", "true", "")
        assert str(verdicts.Verdict("A1", FAILS, "no", "the shape")) == "A1 does not hold (the shape): no."


def test_mean_interval_is_students(stored):
    mean, low, high = verdicts.mean_interval(stored, "hidden-700")
    values = stored.loc[stored["configuration"] == "hidden-700", "validation_error_pct"]
    assert mean == pytest.approx(values.mean())
    assert (high - low) / 2 == pytest.approx(
        2.2622 * values.std() / 10**0.5, rel=1e-4
    )  # t(0.975, 9), from a table
