import numpy as np
import pytest

from labutils import report
from labutils.report import audit, audit_runs

from .helpers import changed_table, of, one

RUNS = report.load_runs()


def tables(**changed):
    """The ten logs, some of them changed."""
    return {run: changed.get(run.replace("-", "_"), report.load_rows(run)) for run in RUNS.index}


class TestTheTenLogs:
    def test_together(self):
        found = audit_runs(tables(), RUNS)
        assert one(found, "batch-size").numbers == (128,)
        assert one(found, "validation-size").numbers == (1000,)
        assert one(found, "images").numbers == (8960, 9087)
        assert one(found, "error-sum").runs == ("learn-rate-too-high",)
        for number in ("10.00", "100.00", "110.00", "300", "700"):
            assert number in one(found, "error-sum").sentence
        assert one(found, "reshuffled").runs == ("learn-rate-too-high",)

    def test_the_five_that_matter_come_first(self):
        kinds = [finding.kind for finding in audit_runs(tables(), RUNS)]
        assert kinds[:5] == ["batch-size", "images", "reshuffled", "error-sum", "falling-together"]
        assert len(kinds) > 5

    def test_what_one_table_reveals_is_there_with_the_name_of_its_run(self):
        found = audit_runs(tables(), RUNS)
        for run in RUNS.index:
            alone = audit(report.load_rows(run))
            for kind in ("nan", "constant-class", "reshuffled", "falling-together"):
                assert [f.rows for f in of(found, kind, run)] == [f.rows for f in of(alone, kind)]


class TestOneNumberChanged:
    def test_of_the_runs(self):
        assert of(audit_runs(tables(), RUNS), "error-sum")
        runs = RUNS.copy()
        runs.loc["learn-rate-too-high", "validation_error_pct"] = 90.0
        assert not of(audit_runs(tables(), runs), "error-sum")

    def test_of_several_tables(self):
        changed = tables(
            hidden_500=changed_table("hidden-500", 14, validation_accuracy_pct=96.3),
            learn_rate_too_high=changed_table("learn-rate-too-high").iloc[:12],
        )
        found = audit_runs(changed, RUNS)
        assert one(found, "error-sum", "hidden-500").rows == (700,)
        assert (
            "600" not in one(found, "error-sum", "learn-rate-too-high").sentence
        )  # it does not reach the end

    def test_a_run_without_validation_accuracies(self):
        found = audit_runs(
            tables(hidden_200=changed_table("hidden-200").assign(validation_accuracy_pct=np.nan)), RUNS
        )
        assert [f.runs for f in of(found, "error-sum")] == [("learn-rate-too-high",)]


class TestErrors:
    def test_of_several(self):
        with pytest.raises(ValueError, match="tables: expected one of 'learn-rate-5e-4'"):
            audit_runs({"other": changed_table("hidden-200")}, RUNS)
        with pytest.raises(
            TypeError, match=r"tables\['hidden-200'\]: expected a .*TrainingRecord.*DataFrame"
        ):
            audit_runs({"hidden-200": "hello"}, RUNS)
        with pytest.raises(ValueError, match=r"tables\['hidden-200'\]: expected a column 'epoch'"):
            audit_runs({"hidden-200": changed_table("hidden-200").drop(columns="epoch")}, RUNS)
        with pytest.raises(ValueError, match="tables: expected at least one"):
            audit_runs({}, RUNS)
        with pytest.raises(TypeError, match="tables: expected a Mapping"):
            audit_runs([changed_table("hidden-200")], RUNS)
        with pytest.raises(TypeError, match="runs: expected a DataFrame"):
            audit_runs(tables(), {})
        with pytest.raises(ValueError, match="runs: expected a column 'validation_error_pct'"):
            audit_runs(tables(), RUNS.drop(columns="validation_error_pct"))
        with pytest.raises(TypeError, match=r"runs\['validation_error_pct'\]: expected an array of numbers"):
            audit_runs(tables(), RUNS.astype({"validation_error_pct": str}))
        with pytest.raises(ValueError, match="runs: expected each run once"):
            audit_runs(tables(), RUNS.set_index(RUNS.index[:1].repeat(len(RUNS))))
