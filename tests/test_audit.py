import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labutils import report
from labutils.losses import SoftmaxNLL
from labutils.report import Finding, audit, audit_runs
from labutils.training import TrainingOptions, TrainingRecord, train

RUNS = report.load_runs()
HEAD = "run,epoch,iteration,training_accuracy_pct,validation_accuracy_pct,training_loss,validation_loss\n"
MATLAB = """Training on single CPU.
Initializing input data normalization.
|======================================================================================================================|
|  Epoch  |  Iteration  |  Time Elapsed  |  Mini-batch  |  Validation  |  Mini-batch  |  Validation  |  Base Learning  |
|         |             |   (hh:mm:ss)   |   Accuracy   |   Accuracy   |     Loss     |     Loss     |      Rate       |
|======================================================================================================================|
|       1 |           1 |       00:00:01 |       10.16% |        9.80% |       2.3026 |       2.3021 |          0.0010 |
|       1 |          50 |       00:00:02 |       78.13% |       81.83% |       1.4200 |       1.3700 |          0.0010 |
|       2 |         100 |       00:00:03 |       99.22% |              |       0.0100 |              |          0.0010 |
|       3 |         150 |       00:00:04 |       97.66% |       94.97% |       0.0100 |       0.2700 |          0.0010 |
|       3 |         200 |       00:00:05 |       98.44% |       95.73% |       0.0800 |       0.2500 |          0.0010 |
|       3 |         200 |       00:00:05 |       98.44% |       95.73% |       0.0800 |       0.2500 |          0.0010 |
|======================================================================================================================|
Training finished: Max epochs completed.
"""
MATLAB_NEW = """
    Iteration    Epoch    TimeElapsed    LearnRate    TrainingLoss    ValidationLoss    TrainingAccuracy    ValidationAccuracy
    _________    _____    ___________    _________    ____________    ______________    ________________    __________________
            0        0       00:00:00        0.001                            2.3126                                       9.8
            1        1       00:00:00        0.001          2.3026                                10.156
           50        1       00:00:02        0.001            1.42              1.37              78.125                  81.8
          100        2       00:00:03        0.001          0.0098              0.49              99.219                  91.7
          150        3       00:00:04        0.001            0.01              0.27              9.7656                  94.9
          200        3       00:00:05        0.001            0.08              0.25                 100                  95.7
Training stopped: Max epochs completed
"""  # noqa: E501


def table(run: str, row: int | None = None, **numbers: float) -> pd.DataFrame:
    """The log of a run, with numbers of one row changed."""
    rows = report.load_rows(run)
    for column, number in numbers.items():
        rows.loc[row, column] = number
    return rows


def tables(**changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {run: changed.get(run.replace("-", "_"), report.load_rows(run)) for run in RUNS.index}


def of(findings: list[Finding], kind: str, *runs: str) -> list[Finding]:
    return [f for f in findings if f.kind == kind and f.runs[: len(runs)] == runs]


def one(findings: list[Finding], kind: str, *runs: str) -> Finding:
    (finding,) = of(findings, kind, *runs)
    return finding


def csv(run: str = "hidden-200") -> str:
    return report.load_rows(run).to_csv(index=False, float_format="%.2f")


class TestTheTenLogs:
    @pytest.mark.parametrize("run", RUNS.index)
    def test_sizes_epochs_and_the_end_are_in_every_log(self, run):
        found = audit(report.load_rows(run))
        assert "a batch of 128, or 256, 384" in one(found, "batch-size").sentence
        assert "a validation set of 1,000, or any multiple" in one(found, "validation-size").sentence
        assert "has 70 or 71 iterations" in one(found, "iterations-per-epoch").sentence
        assert "if that is the end of epoch 10, an epoch has 70" in one(found, "end-of-run").sentence
        assert "8,960 to 9,087 training images" in one(found, "images").sentence
        assert "9,960 to 10,087" in one(found, "images").sentence
        assert one(found, "repeated").rows == (700,)
        assert not of(found, "conflict") + of(found, "epoch-misfit") + of(found, "first-loss")

    def test_the_divergent_run(self):
        found = audit(report.load_rows("learn-rate-too-high"))
        assert one(found, "nan").rows == tuple(range(300, 701, 50))
        constant = one(found, "constant-class").sentence
        assert "10.00 %" in constant
        assert "100 of 1,000 images" in constant
        assert "10 classes of equal size" in constant
        assert one(found, "reshuffled").rows == (300, 350, 650, 700)
        assert "300 and 650 (9.38 and 3.91 %)" in one(found, "reshuffled").sentence
        assert "350 and 700 (11.72 and 10.16 %)" in one(found, "reshuffled").sentence

    def test_loss_and_accuracy_rise_together(self):
        found = one(audit(report.load_rows("learn-rate-3e-3")), "rising-together")
        assert found.rows == (600, 650)
        assert "(loss 0.80 to 0.82, accuracy 74.50 to 75.50 %)" in found.sentence
        assert not of(audit(report.load_rows("hidden-200")), "rising-together")

    def test_numbers_that_are_not_there(self):
        for run in ("learn-rate-8e-4", "hidden-500"):
            found = one(audit(report.load_rows(run)), "missing-number")
            assert found.rows == (50,)
            assert "Validation loss" in found.sentence

    def test_together(self):
        found = audit_runs(tables(), RUNS)
        assert "out of 128" in one(found, "batch-size").sentence
        assert "out of 1,000" in one(found, "validation-size").sentence
        assert "70 batches of 128" in one(found, "images").sentence
        assert one(found, "error-sum").runs == ("learn-rate-too-high",)
        assert "10.00 % and the printed error 100.00 %" in one(found, "error-sum").sentence
        assert one(found, "order").runs == ("learn-rate-5e-4", "learn-rate-8e-4")
        assert "from 3.60 to 4.80 %" in one(found, "order").sentence
        assert one(found, "one-image").runs == ("hidden-700", "hidden-1000")
        assert {f.runs[0]: f.rows[0] for f in of(found, "zero-training-error")} == {
            "learn-rate-5e-4": 250,
            "learn-rate-8e-4": 350,
            "learn-rate-1e-3": 300,
            "hidden-500": 300,
            "hidden-700": 200,
            "hidden-1000": 200,
            "learn-rate-5e-5": 500,
        }
        never = {f.runs[0]: f.sentence for f in of(found, "never-zero")}
        assert list(never) == ["learn-rate-3e-3", "hidden-200", "learn-rate-too-high"]
        assert "98.44 %" in never["hidden-200"]
        assert "79.69 %" in never["learn-rate-3e-3"]
        assert one(found, "reaches-its-end").runs == ("learn-rate-too-high",)
        assert "from iteration 300 on, yet the log runs to 700" in one(found, "reaches-its-end").sentence
        assert one(found, "missing-rows").runs == ("learn-rate-5e-5",)
        assert one(found, "missing-rows").rows == (50, 100)
        assert not of(found, "ends-early") + of(found, "seed-spread")

    def test_runs_unlike_their_neighbours(self):
        found = of(audit_runs(tables(), RUNS), "unlike")
        assert [f.runs for f in found] == [
            ("learn-rate-3e-3", "hidden-200", "hidden-200"),
            ("hidden-200", "learn-rate-5e-5", "learn-rate-3e-3"),
        ]
        assert "starts at 45.8 %, they at 75.4 to 86.4 %" in found[1].sentence

    def test_seed_spread(self):
        assert not of(audit_runs(tables(), RUNS, seed_spread=0.01), "seed-spread")
        assert one(audit_runs(tables(), RUNS, seed_spread=0.1), "seed-spread").runs == (
            "hidden-700",
            "hidden-1000",
        )
        by_run = dict.fromkeys(RUNS.index, 0.0) | {"learn-rate-8e-4": 1.5}
        assert [f.runs[1] for f in of(audit_runs(tables(), RUNS, by_run), "seed-spread")] == [
            "learn-rate-8e-4",
            "learn-rate-1e-3",
        ]


class TestOneNumberChanged:
    """Nothing is typed in: a finding goes or comes with one number of the CSV."""

    @pytest.mark.parametrize(
        ("run", "row", "change", "gone", "comes"),
        [
            ("hidden-200", 3, {"training_accuracy_pct": 71.13}, "batch-size", "batch-misfit"),
            ("hidden-200", 3, {"validation_accuracy_pct": 71.23}, "validation-size", "validation-misfit"),
            ("hidden-200", 3, {"epoch": 4}, "none", "epoch-misfit"),
            ("hidden-200", 14, {"iteration": 750, "epoch": 11}, "repeated", "none"),
            ("hidden-200", 14, {"training_loss": 0.1}, "repeated", "conflict"),
            ("hidden-200", 14, {"validation_loss": 0.1}, "end-of-run", "conflict"),
            ("hidden-200", 13, {"training_loss": float("nan")}, "none", "conflict"),
            ("hidden-200", 4, {"training_loss": float("nan")}, "none", "missing-number"),
            ("learn-rate-8e-4", 0, {"validation_loss": 1.0}, "missing-number", "none"),
            ("learn-rate-3e-3", 11, {"validation_loss": 0.82}, "rising-together", "none"),
            ("hidden-200", 5, {"validation_loss": 0.72}, "none", "rising-together"),
            ("hidden-200", 0, {"iteration": 1}, "none", "first-loss"),
            ("learn-rate-too-high", 7, {"validation_accuracy_pct": 9.9}, "constant-class", "none"),
            ("learn-rate-too-high", 7, {"validation_accuracy_pct": 9.9}, "reshuffled", "none"),
        ],
    )
    def test_of_one_table(self, run, row, change, gone, comes):
        before, after = audit(table(run)), audit(table(run, row, **change))
        assert of(before, gone) or gone == "none"
        assert not of(after, gone)
        assert not of(before, comes)
        assert of(after, comes) or comes == "none"

    def test_the_row_that_does_not_fit_is_named(self):
        found = one(audit(table("hidden-200", 3, training_accuracy_pct=71.13)), "batch-misfit")
        assert found.rows == (200,)
        assert "A batch of 128 fits every training accuracy but 71.13 % at iteration 200" in found.sentence
        found = one(audit(table("hidden-200", 3, epoch=4)), "epoch-misfit")
        assert "with 70 or 71 the odd ones are epoch 4 at iteration 200" in found.sentence

    def test_a_fixed_order_is_not_called_reshuffled(self):
        rows = table("learn-rate-too-high", 12, training_accuracy_pct=9.38)
        assert one(audit(rows), "reshuffled").rows == (350, 700)
        rows.loc[[13, 14], "training_accuracy_pct"] = 11.72
        assert one(audit(rows), "same-order").rows == (300, 350, 650, 700)
        assert not of(audit(rows), "reshuffled")

    @pytest.mark.parametrize(
        ("column", "run", "number", "kind", "first"),
        [
            ("validation_error_pct", "learn-rate-too-high", 90.0, "error-sum", "learn-rate-too-high"),
            ("validation_error_pct", "learn-rate-8e-4", 3.5, "order", "learn-rate-5e-4"),
            ("validation_error_pct", "hidden-1000", 2.2, "one-image", "hidden-700"),
        ],
    )
    def test_of_the_runs(self, column, run, number, kind, first):
        runs = RUNS.copy()
        assert of(audit_runs(tables(), runs), kind, first)
        runs.loc[run, column] = number
        assert not of(audit_runs(tables(), runs), kind, first)

    def test_of_several_tables(self):
        changed = tables(
            hidden_200=table("hidden-200", 11, training_accuracy_pct=100.0),
            hidden_500=table("hidden-500", 14, validation_accuracy_pct=96.3),
            learn_rate_1e_3=table("learn-rate-1e-3").drop(index=3),
            learn_rate_too_high=table("learn-rate-too-high").iloc[:12],
        )
        found = audit_runs(changed, RUNS)
        assert one(found, "zero-training-error", "hidden-200").rows == (600,)
        assert one(found, "error-sum", "hidden-500").rows == (700,)
        assert one(found, "missing-rows", "learn-rate-1e-3").rows == (200,)
        assert one(found, "ends-early").runs == ("learn-rate-too-high",)
        assert not of(found, "reaches-its-end")

    def test_a_run_like_the_others(self):
        changed = tables(hidden_200=table("hidden-500").assign(run="hidden-200"))
        assert [f.runs[0] for f in of(audit_runs(changed, RUNS), "unlike")] == ["learn-rate-3e-3"]


class TestOtherForms:
    def test_a_record_in_each_form(self, small_network, blobs):
        options = TrainingOptions(0.1, batch_size=16, epochs=3, validation_every=2)
        record = train(small_network(), SoftmaxNLL(), blobs, options)
        for form in (
            record,
            str(record),
            pd.DataFrame(record.history),
            pd.DataFrame(record.history).to_csv(),
        ):
            found = audit(form, classes=3)
            assert "a batch of 16, or 32" in one(found, "batch-size").sentence
            assert "a validation set of 50," in one(found, "validation-size").sentence
            assert "an epoch has 18 iterations" in one(found, "iterations-per-epoch").sentence
            assert "288 to 303 training images" in one(found, "images").sentence

    def test_the_first_loss(self):
        assert "ln 10 is 2.3026: +0.0000, as it should" in one(audit(MATLAB), "first-loss").sentence
        low = one(audit(MATLAB.replace("2.3026", "0.6931")), "first-loss").sentence
        assert "not even guesses among 10 classes (among 2.0 they would be)" in low
        assert (
            "as it should" in one(audit(MATLAB.replace("2.3026", "0.6931"), classes=2), "first-loss").sentence
        )

    def test_matlab_text(self):
        found = audit(MATLAB)
        assert "a batch of 128," in one(found, "batch-size").sentence
        assert "has 67 to 74 iterations" in one(found, "iterations-per-epoch").sentence
        assert one(found, "repeated").rows == (200,)
        assert not of(found, "missing-number")  # no validation in that row
        assert kinds(audit(MATLAB.replace(".", ","))) == kinds(found)
        assert kinds(audit("\r\n".join(MATLAB.splitlines()))) == kinds(found)

    def test_newer_matlab_text(self):
        found = audit(MATLAB_NEW)
        assert "a batch of 256," in one(found, "batch-size").sentence
        assert "a validation set of 1,000," in one(found, "validation-size").sentence
        assert "has 67 to 74 iterations" in one(found, "iterations-per-epoch").sentence
        assert one(found, "first-loss").rows == (1,)
        assert not of(found, "missing-number")

    def test_csv_text(self):
        assert kinds(audit(csv())) == kinds(audit(report.load_rows("hidden-200")))


def kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "table, line 1: expected column names with epoch and iteration, got no text"),
            ("\nhello", "table, line 2: expected column names with epoch and iteration, got 'hello'"),
            (csv()[::-1], "reads from right to left"),
            (HEAD, "table: expected 1 to 10,000 rows, got none"),
            (
                HEAD + "a,1,50,78.13,81.8,1.4,1.3\na,2,x,1,1,1,1",
                "line 3: expected a number for iteration, got 'x'",
            ),
            (
                HEAD + "a,1,50,178.13,81.8,1.4,1.3",
                "line 2: expected 0 to 100 % for training accuracy, got '178.13'",
            ),
            (HEAD + "a,1.5,50,78.13,81.8,1.4,1.3", "line 2: expected a whole number for epoch, got '1.5'"),
            (HEAD + "a,1,50,78.13", "line 2: expected 7 cells, got 4"),
            ("epoch,iteration\n1,50", "line 1: expected one column for training loss, got it nowhere"),
            ("epoch,iteration,loss,loss\n1,50,1,1", "expected one column for training loss, got it twice"),
            (MATLAB + "|1|", "line 15: expected the end of the table"),
            (
                MATLAB.replace("|       2 |", "|       two |"),
                "line 9: expected a number for epoch, got 'two'",
            ),
            (MATLAB_NEW + "1", "line 11: expected the end of the table"),
            pytest.param(
                "x" * 1_000_001, "at most 1,000,000 characters, got 1,000,001", id="too many characters"
            ),
            pytest.param(
                "epoch,iteration,loss\n" + "1,1,1\n" * 10_001,
                "line 10002: expected at most 10,000 rows",
                id="too many rows",
            ),
        ],
    )
    def test_text(self, text, message):
        with pytest.raises(ValueError, match=message):
            audit(text)

    @pytest.mark.parametrize("value", [None, 3, b"epoch", ["epoch"], object()])
    def test_no_table(self, value):
        with pytest.raises(TypeError, match="table: expected a DataFrame"):
            audit(value)

    def test_frames(self):
        with pytest.raises(ValueError, match="table: expected the rows of one run, got 10 runs"):
            audit(report.load_rows())
        with pytest.raises(ValueError, match="table, line 1: expected a column 'epoch', got "):
            audit(report.load_rows("hidden-200").drop(columns="epoch"))
        with pytest.raises(ValueError, match="table, line 5: expected a whole number for iteration, got -5"):
            audit(table("hidden-200", 3, iteration=-5))
        with pytest.raises(ValueError, match="table: expected 1 to 10,000 rows, got none"):
            audit(TrainingRecord(TrainingOptions(0.1)))

    def test_of_several(self):
        with pytest.raises(ValueError, match="tables: expected one of 'learn-rate-5e-4'"):
            audit_runs({"other": table("hidden-200")}, RUNS)
        with pytest.raises(ValueError, match=r"tables\['hidden-200'\], line 1: expected column names"):
            audit_runs({"hidden-200": "hello"}, RUNS)
        with pytest.raises(ValueError, match="tables: expected at least one table"):
            audit_runs({}, RUNS)
        with pytest.raises(TypeError, match="tables: expected a mapping"):
            audit_runs([table("hidden-200")], RUNS)
        with pytest.raises(TypeError, match="runs: expected the DataFrame of report"):
            audit_runs(tables(), {})
        with pytest.raises(ValueError, match="runs: expected a column 'question'"):
            audit_runs(tables(), RUNS.drop(columns="question"))
        with pytest.raises(ValueError, match="seed_spread: expected a number for each run"):
            audit_runs(tables(), RUNS, {"hidden-200": 0.1})
        with pytest.raises(TypeError, match="seed_spread: expected a number"):
            audit_runs(tables(), RUNS, "much")


def survives(text: str) -> None:
    """Whatever came, it is audited or refused with a ValueError or TypeError."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            sentences = [finding.sentence for finding in audit(text)]
        except (ValueError, TypeError) as error:
            sentences = [f"{error}."]
    assert all(sentence.endswith(".") for sentence in sentences)


class TestFuzz:
    @given(st.text(max_size=300))
    @example("epoch iteration loss\n1 1 1\x85")
    @example("epoch,iteration,loss\n1e400,nan,inf")
    @settings(deadline=None, max_examples=60)
    def test_any_text(self, text):
        survives(text)
        survives("epoch,iteration,loss,accuracy\n" + text)
        survives("epoch  iteration  loss  accuracy\n" + text)
        survives("| epoch | iteration | loss |\n" + text)

    @pytest.mark.parametrize("text", [csv(), MATLAB, MATLAB_NEW])
    @given(data=st.data())
    @settings(deadline=None, max_examples=25)
    def test_cut_reversed_and_changed(self, text, data):
        place = data.draw(st.integers(0, len(text)))
        survives(text[:place])
        survives(text[place:])
        survives(text.encode()[:place].decode(errors="replace")[::-1])
        survives("\n".join(line[::-1] for line in text[:place].splitlines()))
        survives(text[:place] + data.draw(st.text(max_size=5)) + text[place + 1 :])

    @given(
        st.lists(
            st.tuples(
                st.integers(0, 12),
                st.integers(0, 800),
                *[st.one_of(st.floats(0, 100), st.just(float("nan")))] * 2,
                *[st.floats()] * 2,
            ),
            min_size=1,
            max_size=20,
        )
    )
    @settings(deadline=None, max_examples=30)
    def test_any_numbers(self, rows):
        frame = pd.DataFrame(rows, columns=report.load_rows().columns[1:])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            audit(frame)
            audit_runs({"hidden-200": frame, "hidden-500": frame, "hidden-700": csv("hidden-700")}, RUNS, 0.1)

    @pytest.mark.parametrize(
        "text",
        [
            "epoch  iteration  loss" + "  a" * 160_000 + "\n" + "1  " * 160_000,
            "epoch  iteration  loss\n" + "1 " * 490_000,
            "| epoch | iteration | loss |\n" + "|" * 999_000,
            "epoch,iteration,loss\n" + "9" * 999_000,
            "epoch,iteration,loss\n" + "a\n" * 490_000,
            "\n" * 1_000_000,
        ],
        ids=range(6),  # pytest puts the name of a test into a variable of the environment
    )
    def test_huge_text(self, text):
        survives(text)

    def test_a_large_table(self):
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({"iteration": np.arange(1, 10_001), "training_loss": rng.random(10_000)})
        frame["epoch"] = -(-frame["iteration"] // 70)
        frame["training_accuracy_pct"], frame["validation_accuracy_pct"] = 100 * rng.random((2, 10_000))
        assert "has 70 iterations" in one(audit(frame), "iterations-per-epoch").sentence
