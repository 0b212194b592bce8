import numpy as np
import pytest

from labutils import report


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


def test_more_images_tell_more():
    assert report.lower(2.0, 2.1, images=1_000_000) is True


def test_the_claims_table_holds_every_claim_of_a_part():
    ids = [claim for claim in report.CLAIMS if claim.startswith("A")]
    table = report.claims_table("A", dict.fromkeys(ids, (None, "we looked")))
    assert len(table.splitlines()) == 2 + len(ids)
    assert "**cannot tell**: we looked" in table
    assert "**agrees**" in report.claims_table("A", dict.fromkeys(ids, (True, "")))
    assert "**does not agree**" in report.claims_table("A", dict.fromkeys(ids, (False, "")))
    with pytest.raises(ValueError, match=r"findings: expected one for each of .*missing or unknown: A7\.3"):
        report.claims_table("A", dict.fromkeys(ids[:-1], (True, "")))
    with pytest.raises(ValueError, match="part: expected one of 'A', 'B', 'C', got 'D'"):
        report.claims_table("D", {})


def test_every_claim_has_an_id_of_the_report():
    parts = [claim[0] for claim in report.CLAIMS]
    assert (parts.count("A"), parts.count("B"), parts.count("C")) == (9, 7, 12)
