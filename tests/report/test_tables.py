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


def distances(histories, tables):
    """For each run of the report, the share of its rows within the range of our seeds, and its distance (points)."""
    column, rows = "validation_accuracy_pct", []
    for run, table in tables.items():
        ours = histories[histories["configuration"] == run]
        band = ours.groupby("iteration")[column].agg(["min", "mean", "max"])
        both = band.join(
            table.drop_duplicates("iteration").set_index("iteration")[column], how="inner"
        ).dropna()
        inside, apart = both[column].between(both["min"], both["max"]), (both[column] - both["mean"]).abs()
        rows.append((run, 100 * inside.mean(), apart.mean()))
    return pd.DataFrame(rows, columns=["run", "accuracy_inside_pct", "accuracy_distance"])


class TestTarget:
    """How near the stored study comes to the report, over the nine runs whose loss stays finite."""

    @pytest.fixture
    def nine(self):
        tables = {run: rows for run, rows in report.load_rows().groupby("run") if run != DIVERGENT}
        return distances(stored_histories(), tables).set_index("run")

    def test_the_nine_runs_are_those_without_nan(self, nine):
        finite = report.load_rows().groupby("run")["training_loss"].apply(lambda losses: losses.notna().all())
        assert set(nine.index) == set(finite.index[finite])
        assert len(nine) == 9

    def test_the_distance_is_what_its_definition_says(self, nine):
        """Calculated once more, row by row."""
        for run in nine.index:
            ours = stored_histories().query("configuration == @run")
            rows, apart = report.load_rows(run).drop_duplicates("iteration"), []
            for iteration, theirs in zip(rows["iteration"], rows["validation_accuracy_pct"], strict=True):
                of_seeds = ours.loc[ours["iteration"] == iteration, "validation_accuracy_pct"]
                if len(of_seeds) and not np.isnan(theirs):
                    apart.append(abs(sum(of_seeds) / len(of_seeds) - theirs))
            assert nine["accuracy_distance"][run] == pytest.approx(sum(apart) / len(apart))

    def test_the_mean_distance_in_accuracy_is_at_most_3_5_points(self, nine):
        assert nine["accuracy_distance"].mean() <= 3.5, nine["accuracy_distance"]

    def test_five_runs_have_half_of_their_rows_within_the_range_of_our_seeds(self, nine):
        assert (nine["accuracy_inside_pct"] >= 50).sum() >= 5, nine["accuracy_inside_pct"]
