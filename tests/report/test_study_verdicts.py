"""Each verdict follows the runs of a study and the report's tables: it is given what was found and its opposite."""

import functools

import numpy as np
import pytest

from labutils import report
from labutils.experiments import paired_difference
from labutils.report import audit_runs, verdicts
from labutils.report.tables import place
from labutils.report.verdicts import CONTRADICTED, FAILS, HOLDS, OPEN, UNTESTED

from .helpers import diverging, level, made_up_study, shifted


def part_c(study, histories, tables, runs):
    return by_claim(verdicts.part_c(study, histories, tables, runs))


def by_claim(verdicts):
    return {verdict.claim: verdict for verdict in verdicts}


def outcomes(verdict):
    """The outcome of a verdict, and those of its statements."""
    return [verdict.outcome, *(statement.outcome for statement in verdict.statements)]


@functools.cache
def stored_findings():
    """What the report's tables reveal together."""
    return audit_runs({run: report.load_rows(run) for run in report.load_runs().index}, report.load_runs())


@pytest.fixture
def known_findings(monkeypatch):
    """The report's tables are not searched again, which takes most of the time, where the tables do not matter."""
    monkeypatch.setattr(verdicts, "audit_runs", lambda tables, runs: stored_findings())


def slow(study):
    return verdicts._judge_slow(verdicts._finished(study))


def best(study, runs):
    return verdicts._judge_best(verdicts._finished(study), runs["validation_error_pct"])


def too_high(study):
    return verdicts._judge_too_high(verdicts._finished(study))


def sizes(study, runs):
    return by_claim(verdicts._judge_sizes(verdicts._finished(study)))


def slowest(study, tables):
    return by_claim(verdicts._judge_slowest(verdicts._finished(study), tables))


def divergent(study, tables):
    found = audit_runs(tables, report.load_runs())
    return by_claim(verdicts._judge_divergent(study, found, tables))


def loss(histories, tables):
    return verdicts._judge_loss(histories, audit_runs(tables, report.load_runs()), tables)


def with_rows(tables, run, **columns):
    """The report's tables with columns of one run replaced."""
    return {**tables, run: tables[run].assign(**columns)}


def spread(study, name, column="validation_error_pct"):
    """The study in which the results of a configuration differ so much from seed to seed that nothing can be told."""
    study = study.copy()
    rows = study["configuration"] == name
    study.loc[rows, column] += 60 * (-1.0) ** study.loc[rows, "seed"]
    return study


class TestWhatIsStored:
    """The verdicts on the stored study and the report's own tables, as the notebooks print them."""

    @pytest.fixture
    def found(self, stored, histories, tables, runs, known_findings):
        return part_c(stored, histories, tables, runs)

    def test_the_report_contradicts_itself(self, found):
        assert [found[claim].outcome for claim in ("C5.2", "C6.2", "C7.1")] == [CONTRADICTED] * 3

    def test_chance_contradicts_nothing(self, found, runs):
        """The report's errors of 3.6 and 4.8 % with 1,000 images differ by no more than chance."""
        slow, middle = runs["validation_error_pct"][["learn-rate-5e-4", "learn-rate-8e-4"]]
        assert report.lower(slow, middle) is None
        assert found["C3.2"].outcome != CONTRADICTED

    def test_an_interval_that_includes_zero_decides_nothing(self, found, stored):
        pairs = {"C3.3": ("learn-rate-3e-3", "learn-rate-1e-3"), "C4.2": ("hidden-1000", "hidden-700")}
        for claim, (a, b) in (pairs | {"C5.1": ("learn-rate-5e-5", "hidden-700")}).items():
            difference = paired_difference(stored[stored["diverged_at"].isna()], a, b)
            expected = HOLDS if difference.low > 0 else FAILS if difference.high < 0 else OPEN
            assert found[claim].outcome == expected


class TestTheRates:
    def test_c3_1_reasonable(self, study):
        assert slow(study).outcome == HOLDS
        assert slow(shifted(study, "learn-rate-8e-4", 10)).outcome == FAILS
        assert slow(spread(study, "learn-rate-8e-4")).outcome == OPEN

    def test_c3_2_is_best(self, study, runs):
        better, worse = shifted(study, "learn-rate-1e-3", -4), shifted(study, "learn-rate-1e-3", 4)
        assert best(study, runs).outcome == FAILS  # 8e-4 is lower in the made-up study
        assert best(level(study, 5.5, "learn-rate-8e-4", "learn-rate-1e-3"), runs).outcome == OPEN
        assert best(better, runs).outcome == HOLDS
        assert best(worse, runs).outcome == FAILS
        assert best(spread(better, "learn-rate-1e-3"), runs).outcome == OPEN

    def test_c3_2_is_contradicted_only_beyond_chance(self, study, runs):
        better = shifted(study, "learn-rate-1e-3", -4)
        runs.loc["learn-rate-8e-4", "validation_error_pct"] = 2.0  # 2.4 % is higher, but within chance
        assert best(better, runs).outcome == HOLDS
        runs.loc["learn-rate-8e-4", "validation_error_pct"] = 0.5
        assert best(better, runs).outcome == CONTRADICTED

    def test_c3_3_is_too_high(self, study):
        assert too_high(study).outcome == HOLDS
        assert too_high(shifted(study, "learn-rate-3e-3", -50)).outcome == FAILS
        assert too_high(spread(study, "learn-rate-3e-3")).outcome == OPEN

    def test_c5_1(self, study, tables):
        def outcome(study):
            return slowest(study, tables)["C5.1"].outcome

        assert outcome(study) == HOLDS
        assert outcome(shifted(study, "learn-rate-5e-5", -9)) == FAILS
        assert outcome(spread(study, "learn-rate-5e-5")) == OPEN


class TestTheSizes:
    def test_c4_1_the_error_falls(self, study, runs):
        assert sizes(study, runs)["C4.1"].outcome == HOLDS
        assert sizes(shifted(study, "hidden-700", 10), runs)["C4.1"].outcome == FAILS
        same = sizes(level(study, 4, "hidden-500", "hidden-700"), runs)["C4.1"]
        assert outcomes(same) == [OPEN, HOLDS, OPEN]  # as a whole, to 500 units, to 700 units

    def test_c4_2(self, study, runs):
        assert sizes(shifted(study, "hidden-1000", 5), runs)["C4.2"].outcome == HOLDS
        assert sizes(shifted(study, "hidden-1000", -3), runs)["C4.2"].outcome == FAILS
        assert sizes(level(study, 4, "hidden-700", "hidden-1000"), runs)["C4.2"].outcome == OPEN


class TestTheLogs:
    def test_c5_2(self, study, tables):
        quick = {
            run: rows.assign(training_accuracy_pct=np.where(rows["iteration"] >= 150, 100.0, 90.625))
            for run, rows in tables.items()
        }
        late = with_rows(
            quick,
            "learn-rate-5e-5",
            training_accuracy_pct=np.where(quick["learn-rate-5e-5"]["iteration"] >= 600, 100.0, 90.625),
        )
        assert slowest(study, late)["C5.2"].outcome == HOLDS
        assert slowest(study, quick)["C5.2"].outcome == CONTRADICTED

    def test_c6_1(self, study, tables):
        assert divergent(study, tables)["C6.1"].outcome == HOLDS
        assert divergent(study.assign(diverged_at=np.nan), tables)["C6.1"].outcome == FAILS
        some = study.copy()
        rows = (some["configuration"] == "learn-rate-too-high") & (some["seed"] > 4)
        some["diverged_at"] = some["diverged_at"].astype(float).mask(rows)
        verdict = divergent(some, tables)["C6.1"]
        assert verdict.outcome == OPEN
        finite = with_rows(tables, "learn-rate-too-high", training_loss=2.3, validation_loss=2.3)
        assert divergent(study, finite)["C6.1"].outcome == CONTRADICTED

    def test_c6_2(self, study, tables):
        assert divergent(study, tables)["C6.2"].outcome == CONTRADICTED
        finite = with_rows(tables, "learn-rate-too-high", training_loss=2.3, validation_loss=2.3)
        assert divergent(study, finite)["C6.2"].outcome == FAILS
        for rows in (tables, finite):
            short = rows | {"learn-rate-too-high": rows["learn-rate-too-high"].iloc[:8]}
            assert divergent(study, short)["C6.2"].outcome == HOLDS

    def test_c7_1(self, histories, tables):
        def with_losses(table, losses):
            return table.assign(validation_loss=losses(table["iteration"]))

        def outcome(losses, accuracy):
            ours = with_losses(histories, losses).assign(
                validation_accuracy_pct=accuracy(histories["iteration"])
            )
            return loss(ours, never_fall).outcome

        def falls(iteration):
            return 1 / (1 + iteration)

        def rises(iteration):
            return iteration / 10

        never_fall = {
            run: rows.assign(validation_accuracy_pct=rows["iteration"] / 10) for run, rows in tables.items()
        }
        assert outcome(falls, rises) == HOLDS
        assert outcome(falls, falls) == FAILS
        assert outcome(rises, rises) == UNTESTED  # rows where both rise say nothing of a loss that falls
        assert loss(histories, tables).outcome == CONTRADICTED

    def test_c7_1_rows_where_both_rise_do_not_contradict_it(self, histories, tables):
        only_3e_3 = {"learn-rate-3e-3": tables["learn-rate-3e-3"]}  # both rise once, and never fall
        assert loss(histories, only_3e_3).outcome != CONTRADICTED


NEEDED = ["learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3", "learn-rate-5e-5", "learn-rate-too-high"]
COMPARED = [
    name
    for name in made_up_study(1)["configuration"]
    if not name.startswith("mnist") and name != "learn-rate-too-high"
]


class TestTooLittle:
    """A verdict on nothing, or on less than the claim is about, is an error that names what is missing."""

    @pytest.mark.parametrize("names", [[], ["learn-rate-5e-5"], ["hidden-200"], ["hidden-200", "hidden-500"]])
    def test_part_c_needs_more_than_a_few_tables(self, study, histories, tables, runs, names):
        with pytest.raises(ValueError, match="tables: expected "):
            part_c(study, histories, {name: tables[name] for name in names}, runs)

    @pytest.mark.parametrize("missing", NEEDED)
    def test_part_c_needs_the_tables_that_its_claims_name(self, study, histories, tables, runs, missing):
        few = {name: rows for name, rows in tables.items() if name in NEEDED and name != missing}
        with pytest.raises(ValueError, match=f"tables: expected .* of '{missing}', got none"):
            part_c(study, histories, few, runs)

    def test_these_tables_are_enough(self, study, histories, tables, runs):
        assert len(part_c(study, histories, {name: tables[name] for name in NEEDED}, runs)) == 10

    @pytest.mark.parametrize("name", ["learn-rate-5e-5", "learn-rate-too-high"])
    def test_c5_2_needs_a_training_accuracy(self, study, histories, tables, runs, name):
        unread = with_rows(tables, name, training_accuracy_pct=np.nan)
        with pytest.raises(ValueError, match=f"tables: expected a training accuracy of '{name}', got none"):
            part_c(study, histories, unread, runs)

    @pytest.mark.parametrize("seeds", [0, 1])
    def test_part_c_needs_two_seeds(self, study, histories, tables, runs, seeds):
        with pytest.raises(ValueError, match=r"study: expected at least (one row|two runs)"):
            part_c(study[study["seed"] < seeds], histories, tables, runs)

    @pytest.mark.parametrize("count", [0, 1])
    @pytest.mark.parametrize("name", COMPARED)
    def test_part_c_needs_two_runs_of_each_configuration(self, study, histories, tables, runs, name, count):
        few = study[(study["configuration"] != name) | (study["seed"] < count)]
        with pytest.raises(
            ValueError, match=rf"study: expected at least two runs of '{name}' .*, got {count}"
        ):
            part_c(few, histories, tables, runs)

    def test_part_c_needs_the_runs_that_diverge(self, study, histories, tables, runs):
        few = study[study["configuration"] != "learn-rate-too-high"]
        with pytest.raises(
            ValueError, match=r"study: expected at least 2 runs of 'learn-rate-too-high', got 0"
        ):
            part_c(few, histories, tables, runs)

    def test_part_c_with_two_seeds(self, known_findings, study, histories, tables, runs):
        assert len(part_c(study[study["seed"] < 2], histories, tables, runs)) == 10

    @pytest.mark.parametrize("name", COMPARED)
    def test_runs_that_all_diverged_are_no_evidence(self, study, histories, tables, runs, name):
        with pytest.raises(ValueError, match=rf"two runs of '{name}' that did not diverge, got 1 of 10"):
            part_c(diverging(study, name, *range(9)), histories, tables, runs)

    @pytest.mark.parametrize("name", COMPARED)
    def test_a_run_that_diverged_is_left_out(self, known_findings, study, histories, tables, runs, name):
        """Its last numbers count for nothing, and the evidence has one seed less."""
        found = part_c(diverging(study, name, 4), histories, tables, runs)
        without = study[(study["configuration"] != name) | (study["seed"] != 4)]
        assert found == part_c(without, histories, tables, runs)
        assert "nan" not in str(found).lower().replace("nan from iteration", "").replace("end in nan", "")

    @pytest.mark.parametrize("column", ["validation_error_pct", "training_loss"])
    @pytest.mark.parametrize("name", COMPARED)
    def test_a_number_that_is_missing_is_named(self, study, histories, tables, runs, name, column):
        study.loc[(study["configuration"] == name) & (study["seed"] == 4), column] = np.nan
        with pytest.raises(ValueError, match=rf"study: expected finite errors and losses of '{name}'"):
            part_c(study, histories, tables, runs)

    @pytest.mark.parametrize("name", ["learn-rate-5e-4", "learn-rate-8e-4", "learn-rate-1e-3"])
    def test_printed_errors_that_are_missing(self, known_findings, study, histories, tables, runs, name):
        with pytest.raises(TypeError, match=f"runs: the error of '{name}': expected a number"):
            part_c(study, histories, tables, runs.drop(index=name))
        runs.loc[name, "validation_error_pct"] = np.nan
        with pytest.raises(ValueError, match=f"runs: the error of '{name}': expected a finite number"):
            part_c(study, histories, tables, runs)

    @pytest.mark.parametrize("rows", [0, 1])
    def test_c7_1_needs_steps(self, known_findings, study, histories, tables, runs, rows):
        few = histories.iloc[:0] if rows == 0 else histories[histories["iteration"] == 50]
        with pytest.raises(ValueError, match=r"histories: expected at least (one row|two rows)"):
            part_c(study, few, tables, runs)


def test_names_in_words():
    assert place("learn-rate-1e-3") == "at rate 1e-3"
    assert place("learn-rate-too-high") == "in the divergent run"
    assert place("mnist-300") == place("hidden-300") == "with 300 units"
    assert place("another run") == "in another run"
