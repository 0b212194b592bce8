"""The verdicts on Part C follow the stored study and the report's tables, and their opposites."""

import functools

import numpy as np
import pytest

from labutils import report
from labutils.experiments import paired_difference
from labutils.report import audit, audit_runs, study_verdicts
from labutils.report.claims import CONTRADICTED, FAILS, HOLDS, OPEN

from .helpers import level, shifted


def part_c(stored, histories, tables, runs):
    return by_claim(study_verdicts.part_c(stored, histories, tables, runs))


def by_claim(verdicts):
    return {verdict.claim: verdict for verdict in verdicts}


@functools.cache
def stored_findings():
    """What the report's tables reveal together."""
    return audit_runs({run: report.load_rows(run) for run in report.load_runs().index}, report.load_runs())


def rates(study, runs, findings):
    return by_claim(study_verdicts._judge_rates(study, runs["validation_error_pct"], findings))


def sizes(study, runs):
    return by_claim(study_verdicts._judge_sizes(study, runs["validation_error_pct"]))


def slowest(study, findings):
    return by_claim(study_verdicts._judge_slowest(study, findings))


def divergent(study, findings, table):
    return by_claim(study_verdicts._judge_divergent(study, [*findings, *audit(table)]))


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

    def test_one_number_of_the_study_changes_the_evidence(self, stored, histories, tables, runs):
        before = part_c(stored, histories, tables, runs)
        changed = stored.copy()
        run = (changed["configuration"] == "hidden-1000") & (changed["seed"] == 3)
        changed.loc[run, "validation_error_pct"] += 2
        after = part_c(changed, histories, tables, runs)
        assert before["C4.2"].evidence != after["C4.2"].evidence
        assert before["C3.3"].evidence == after["C3.3"].evidence


class TestPartC:
    def test_c3_1(self, stored, histories, tables, runs):
        slow_in_the_report = with_rows(tables, "learn-rate-5e-4", validation_accuracy_pct=10.0)
        slow_in_the_report = with_rows(slow_in_the_report, "learn-rate-8e-4", validation_accuracy_pct=10.0)
        verdict = part_c(stored, histories, slow_in_the_report, runs)["C3.1"]
        assert (verdict.outcome, verdict.part) == (FAILS, "slowish")
        assert part_c(stored, histories, tables, runs)["C3.1"].part == "slowish, for rate 5e-4"
        slow_here = histories.copy()
        slow_here.loc[
            slow_here["configuration"].isin(["learn-rate-5e-4", "learn-rate-8e-4"]), "validation_accuracy_pct"
        ] = 10.0
        assert part_c(stored, slow_here, slow_in_the_report, runs)["C3.1"].outcome == HOLDS
        worse = shifted(stored, "learn-rate-8e-4", 10)
        verdict = part_c(worse, slow_here, slow_in_the_report, runs)["C3.1"]
        assert (verdict.outcome, verdict.part) == (FAILS, "reasonable")

    def test_c3_2(self, stored, tables, runs):
        in_order = runs.copy()
        in_order.loc["learn-rate-8e-4", "validation_error_pct"] = 3.0
        found = audit_runs(tables, in_order)
        better, worse = shifted(stored, "learn-rate-1e-3", -4), shifted(stored, "learn-rate-1e-3", 4)
        assert rates(stored, in_order, found)["C3.2"].outcome == OPEN
        assert rates(better, in_order, found)["C3.2"].outcome == HOLDS
        assert rates(worse, in_order, found)["C3.2"].outcome == FAILS
        assert rates(better, runs, stored_findings())["C3.2"].outcome == CONTRADICTED

    @pytest.mark.parametrize(
        ("claim", "name", "other"),
        [
            ("C3.3", "learn-rate-3e-3", "learn-rate-1e-3"),
            ("C5.1", "learn-rate-5e-5", "hidden-700"),
        ],
    )
    def test_c3_3_and_c5_1(self, stored, runs, claim, name, other):
        def outcome(study):
            found = rates(study, runs, stored_findings()) | slowest(study, stored_findings())
            return found[claim].outcome

        assert outcome(stored) == HOLDS
        assert outcome(shifted(stored, name, -50)) == FAILS
        mean = stored.loc[stored["configuration"] == other, "validation_error_pct"].mean()
        own = stored.loc[stored["configuration"] == name, "validation_error_pct"].mean()
        assert outcome(shifted(stored, name, mean - own)) == OPEN

    def test_c4_1(self, stored, runs):
        assert sizes(shifted(stored, "hidden-700 centred", -8), runs)["C4.1"].outcome == OPEN
        resolution = shifted(shifted(stored, "hidden-200 centred", 20), "hidden-200 scaled", 20)
        assert sizes(resolution, runs)["C4.1"].outcome == HOLDS
        rises = level(level(level(stored, 2, "hidden-200"), 4, "hidden-500"), 6, "hidden-700")
        verdict = sizes(rises, runs)["C4.1"]
        assert (verdict.outcome, verdict.part) == (FAILS, "")
        flat = level(stored, 4, "hidden-200", "hidden-500", "hidden-700")
        assert sizes(flat, runs)["C4.1"].outcome == OPEN

    def test_c4_2(self, stored, runs):
        assert sizes(shifted(stored, "hidden-1000", 5), runs)["C4.2"].outcome == HOLDS
        assert sizes(shifted(stored, "hidden-1000", -5), runs)["C4.2"].outcome == FAILS
        no_gap = shifted(shifted(stored, "hidden-1000", 5), "hidden-1000", 6, "training_error_pct")
        verdict = sizes(no_gap, runs)["C4.2"]
        assert (verdict.outcome, verdict.part) == (FAILS, "the reason; the error is higher")
        runs.loc["hidden-1000", "validation_error_pct"] = 2.4
        assert "4 images of 1,000" in sizes(stored, runs)["C4.2"].evidence

    def test_c5_2(self, stored, tables, runs):
        quick = {
            run: rows.assign(training_accuracy_pct=np.where(rows["iteration"] >= 150, 100.0, 90.625))
            for run, rows in tables.items()
        }
        late = with_rows(
            quick,
            "learn-rate-5e-5",
            training_accuracy_pct=np.where(quick["learn-rate-5e-5"]["iteration"] >= 600, 100.0, 90.625),
        )
        assert slowest(stored, audit_runs(late, runs))["C5.2"].outcome == HOLDS
        assert slowest(stored, audit_runs(quick, runs))["C5.2"].outcome == CONTRADICTED

    def test_c6_1(self, stored, tables):
        found, log = stored_findings(), tables["learn-rate-too-high"]
        finished = stored.assign(status="finished")  # a run that diverged may run to its end
        assert divergent(finished, found, log)["C6.1"].outcome == HOLDS
        none = stored.assign(diverged_at=np.nan)  # whatever the status says
        assert divergent(none, found, log)["C6.1"].outcome == FAILS
        some = stored.copy()
        rows = (some["configuration"] == "learn-rate-too-high") & (some["seed"] > 4)
        some["diverged_at"] = some["diverged_at"].astype(float).mask(rows)
        verdict = divergent(some, found, log)["C6.1"]
        assert verdict.outcome == OPEN
        assert verdict.evidence.startswith("5 of 10 runs diverge")
        finite = log.assign(training_loss=2.3, validation_loss=2.3)
        assert divergent(stored, found, finite)["C6.1"].outcome == CONTRADICTED

    def test_c6_2(self, stored, tables, runs):
        short = tables["learn-rate-too-high"].iloc[:8]
        found = audit_runs(tables | {"learn-rate-too-high": short}, runs)
        verdict = divergent(stored, found, short)["C6.2"]
        assert verdict.outcome == HOLDS
        assert "iteration 400" in verdict.evidence
        finite = with_rows(tables, "learn-rate-too-high", training_loss=2.3, validation_loss=2.3)
        verdict = divergent(stored, audit_runs(finite, runs), finite["learn-rate-too-high"])["C6.2"]
        assert verdict.outcome == FAILS

    def test_c7_1(self, histories, tables):
        falling = {
            run: rows.assign(validation_loss=1 / (1 + rows["iteration"])) for run, rows in tables.items()
        }
        assert study_verdicts._judge_loss(histories, falling).outcome == FAILS
        ours = histories.assign(validation_loss=1 / (1 + histories["iteration"]))
        assert study_verdicts._judge_loss(ours, falling).outcome == HOLDS
        assert study_verdicts._judge_loss(ours, tables).outcome == CONTRADICTED


NEEDED = ["learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-5e-5", "learn-rate-too-high"]


class TestTooLittle:
    """A verdict on nothing, or on less than the claim is about, is an error that names what is missing."""

    @pytest.mark.parametrize("names", [[], ["learn-rate-5e-5"], ["hidden-200"], ["hidden-200", "hidden-500"]])
    def test_part_c_needs_more_than_a_few_tables(self, stored, histories, tables, runs, names):
        with pytest.raises(ValueError, match="tables: expected "):
            part_c(stored, histories, {name: tables[name] for name in names}, runs)

    @pytest.mark.parametrize("missing", NEEDED)
    def test_part_c_needs_the_tables_that_its_claims_name(self, stored, histories, tables, runs, missing):
        few = {name: rows for name, rows in tables.items() if name in NEEDED and name != missing}
        with pytest.raises(ValueError, match=f"tables: expected .* of '{missing}', got none"):
            part_c(stored, histories, few, runs)

    def test_these_tables_are_enough(self, stored, histories, tables, runs):
        assert len(part_c(stored, histories, {name: tables[name] for name in NEEDED}, runs)) == 10

    @pytest.mark.parametrize("name", ["learn-rate-5e-5", "learn-rate-too-high"])
    def test_c5_2_needs_a_training_accuracy(self, stored, histories, tables, runs, name):
        unread = with_rows(tables, name, training_accuracy_pct=np.nan)
        with pytest.raises(ValueError, match=f"tables: expected a training accuracy of '{name}', got none"):
            part_c(stored, histories, unread, runs)

    @pytest.mark.parametrize("seeds", [0, 1])
    def test_part_c_needs_two_seeds(self, stored, histories, tables, runs, seeds):
        with pytest.raises(ValueError, match=r"study: expected at least (one row|two runs)"):
            part_c(stored[stored["seed"] < seeds], histories, tables, runs)

    @pytest.mark.parametrize("count", [0, 1])
    @pytest.mark.parametrize(
        "name",
        [
            *("learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-3e-3", "learn-rate-5e-5"),
            *("learn-rate-too-high", "hidden-200", "hidden-500", "hidden-700", "hidden-1000"),
            *("hidden-200 centred", "hidden-200 scaled", "hidden-700 centred", "hidden-700 scaled"),
        ],
    )
    def test_part_c_needs_two_runs_of_each_configuration(self, stored, histories, tables, runs, name, count):
        few = stored[(stored["configuration"] != name) | (stored["seed"] < count)]
        with pytest.raises(ValueError, match=rf"study: expected at least two runs of '{name}', got {count}"):
            part_c(few, histories, tables, runs)

    def test_part_c_with_two_seeds(self, stored, histories, tables, runs):
        assert len(part_c(stored[stored["seed"] < 2], histories, tables, runs)) == 10

    @pytest.mark.parametrize("name", ["hidden-700", "hidden-1000", "learn-rate-1e-3"])
    def test_printed_errors_that_are_missing(self, stored, histories, tables, runs, name):
        expected = f"runs: expected a validation error of '{name}', got none"
        without = {run: rows for run, rows in tables.items() if run.startswith("learn") and run in NEEDED}
        runs.loc[name, "validation_error_pct"] = np.nan
        with pytest.raises(ValueError, match=expected):
            part_c(stored, histories, without, runs)
        if name.startswith("hidden"):
            with pytest.raises(ValueError, match=expected):
                part_c(stored, histories, without, runs.drop(index=name))

    @pytest.mark.parametrize("rows", [0, 1])
    def test_c7_1_needs_steps(self, stored, histories, tables, runs, rows):
        few = histories.iloc[:0] if rows == 0 else histories[histories["iteration"] == 50]
        with pytest.raises(ValueError, match=r"histories: expected at least (one row|two rows)"):
            part_c(stored, few, tables, runs)

    def test_c3_1_needs_the_first_rows(self, stored, histories, tables, runs):
        without = histories[histories["configuration"] != "learn-rate-8e-4"]
        with pytest.raises(ValueError, match=r"histories: expected .* first row of 'learn-rate-8e-4'"):
            part_c(stored, without, tables, runs)
        unread = with_rows(tables, "learn-rate-1e-3", validation_accuracy_pct=np.nan)
        with pytest.raises(ValueError, match=r"tables: expected .* first row of 'learn-rate-1e-3'"):
            part_c(stored, histories, unread, runs)


def test_names_in_words(stored):
    label, describe = study_verdicts._label, study_verdicts._describe
    assert label("learn-rate-1e-3") == "rate 1e-3"
    assert label("learn-rate-too-high") == "the divergent run"
    assert label("mnist-300") == label("hidden-300") == "300 units"
    assert label("another run") == "another run"
    difference = describe(paired_difference(stored, "hidden-700", "learn-rate-1e-3"))
    assert difference.startswith("700 units are ")
    assert " rate 1e-3 (95 % interval " in difference
    assert describe(paired_difference(stored, "learn-rate-1e-3", "hidden-700")).startswith("rate 1e-3 is ")
