import numpy as np
import pandas as pd
import pytest

from labutils import report

from .conftest import stored_histories

DIVERGENT = "learn-rate-too-high"


def test_the_ten_runs_and_their_rows():
    runs, rows = report.load_runs(), report.load_rows()
    assert len(runs) == 10
    assert len(rows) == 148
    assert runs.loc["hidden-700", "validation_error_pct"] == 2.0
    assert sorted(rows["run"].unique()) == sorted(runs.index)
    one = report.load_rows("hidden-200")
    assert one["iteration"].tolist() == [*range(50, 701, 50), 700]
    assert np.isnan(report.load_rows("learn-rate-too-high")["training_loss"].iloc[-1])
    with pytest.raises(ValueError, match="run: expected one of 'learn-rate-5e-4'"):
        report.load_rows("hidden-300")


@pytest.mark.parametrize(
    ("error", "other", "expected"),
    [
        (2.0, 2.1, None),
        (2.4, 23.2, True),
        (23.2, 2.4, False),
        (5.0, 5.0, None),
        (3.6, 4.8, None),
        (2.0, 8.1, True),
    ],
)
def test_lower_knows_what_chance_can_do(error, other, expected):
    assert report.lower(error, other) is expected


def test_lower_agrees_with_a_simulation():
    """Two networks of the same true error differ by more than `lower` allows in about 5 % of all pairs."""
    errors = np.random.default_rng(0).binomial(1000, 0.05, size=(4000, 2)) / 10
    told = np.mean([report.lower(*map(float, pair)) is not None for pair in errors])
    assert 0.03 < told < 0.06


def test_small_whole_numbers_of_numpy_do_not_overflow():
    assert report.lower(np.uint8(20), np.uint8(21)) is None
    assert report.lower(np.float16(2), np.float16(3), np.int32(10**6)) is True


def test_more_images_tell_more():
    assert report.lower(2.0, 2.1, images=1_000_000) is True


def test_every_claim_has_an_id_of_the_report():
    parts = [claim[0] for claim in report.CLAIMS]
    assert (parts.count("A"), parts.count("B"), parts.count("C")) == (9, 7, 12)


def history(configuration, seed, accuracy, loss):
    """Rows of a run at iterations 50, 100, ..., as `study.load_histories` gives them."""
    return pd.DataFrame(
        {
            "configuration": configuration,
            "seed": seed,
            "iteration": 50 * np.arange(1, len(accuracy) + 1),
            "validation_accuracy_pct": accuracy,
            "validation_loss": loss,
            "training_loss": loss,
        }
    )


class TestDistances:
    ours = pd.concat(
        [
            history("run", 0, [50.0, 60, 70, 80], [2.0, 1, 1, 1]),
            history("run", 1, [60.0, 70, 80, 90], [3.0, 2, 2, 2]),
            history("run", 2, [52.0, 62, 72, 82], [2.5, 1.5, 1.5, 1.5]),
        ]
    )

    def table(self, accuracy, loss):
        rows = history("run", 0, accuracy, loss)
        return {"run": pd.concat([rows, rows.tail(1)])}  # the report prints its last row twice

    def test_the_share_of_rows_inside_the_band(self):
        (row,) = report.distances(self.ours, self.table([50.0, 65, 81, np.nan], [3.1, 2, 0.9, 1.2])).to_dict(
            "records"
        )
        assert row["accuracy_inside_pct"] == pytest.approx(200 / 3)
        assert row["accuracy_distance"] == pytest.approx((4 + 1 + 7) / 3)  # the means are 54, 64 and 74

    def test_one_of_our_own_seeds_lies_inside(self):
        own = self.ours[self.ours["seed"] == 1]
        (row,) = report.distances(self.ours, {"run": own}).to_dict("records")
        assert row["accuracy_inside_pct"] == 100

    def test_the_distance_is_that_of_the_mean_and_not_the_mean_of_distances(self):
        """The report's curve is the mean of our seeds, so the distance is 0, though every seed is far from it."""
        mean = self.ours.groupby("iteration", as_index=False)["validation_accuracy_pct"].mean()
        rows = mean.assign(validation_loss=1.0)
        (row,) = report.distances(self.ours, {"run": rows}).to_dict("records")
        assert row["accuracy_distance"] == pytest.approx(0)

    def test_a_run_that_was_not_studied_is_named(self):
        with pytest.raises(ValueError, match="histories: expected runs of 'other', got none"):
            report.distances(self.ours, {"other": self.ours})


class TestTarget:
    """How near the stored study comes to the report, over the nine runs whose loss stays finite."""

    @pytest.fixture
    def nine(self):
        tables = {run: rows for run, rows in report.load_rows().groupby("run") if run != DIVERGENT}
        return report.distances(stored_histories(), tables).set_index("run")

    def test_the_nine_runs_are_those_without_nan(self, nine):
        finite = report.load_rows().groupby("run")["training_loss"].apply(lambda losses: losses.notna().all())
        assert set(nine.index) == set(finite.index[finite])
        assert len(nine) == 9

    def test_the_distance_is_what_its_definition_says(self, nine):
        """Calculated once more, row by row."""
        for run in nine.index:
            ours = stored_histories().query("configuration == @run")
            rows, distances = report.load_rows(run).drop_duplicates("iteration"), []
            for iteration, theirs in zip(rows["iteration"], rows["validation_accuracy_pct"], strict=True):
                of_seeds = ours.loc[ours["iteration"] == iteration, "validation_accuracy_pct"]
                if len(of_seeds) and not np.isnan(theirs):
                    distances.append(abs(sum(of_seeds) / len(of_seeds) - theirs))
            assert nine["accuracy_distance"][run] == pytest.approx(sum(distances) / len(distances))

    def test_the_mean_distance_in_accuracy_is_at_most_3_5_points(self, nine):
        assert nine["accuracy_distance"].mean() <= 3.5, nine["accuracy_distance"]

    def test_five_runs_have_half_of_their_rows_within_the_range_of_our_seeds(self, nine):
        assert (nine["accuracy_inside_pct"] >= 50).sum() >= 5, nine["accuracy_inside_pct"]
