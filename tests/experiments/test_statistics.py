import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from labutils.experiments import PairedDifference, half_width, interaction, paired_difference


def two(a, b, column="validation_error_pct"):
    """A table of two configurations with these values by seed."""
    values = [("a", seed, value) for seed, value in a.items()] + [
        ("b", seed, value) for seed, value in b.items()
    ]
    return pd.DataFrame(values, columns=["configuration", "seed", column])


errors = st.integers(0, 1000).map(lambda wrong: wrong / 10)


class TestPairedDifference:
    @given(
        st.lists(st.tuples(errors, errors), min_size=2, max_size=12).filter(
            lambda pairs: np.ptp([a - b for a, b in pairs]) > 0.05
        )
    )
    def test_it_is_the_paired_t_interval(self, pairs):
        a, b = (dict(enumerate(values)) for values in zip(*pairs, strict=True))
        result = paired_difference(two(a, b), "a", "b")
        oracle = stats.ttest_rel(list(a.values()), list(b.values())).confidence_interval(0.95)
        np.testing.assert_allclose((result.low, result.high), oracle, rtol=1e-9, atol=1e-9)
        assert result.mean == pytest.approx(np.mean([x - y for x, y in pairs]), abs=1e-9)
        assert result.pairs == len(pairs)
        other = paired_difference(two(a, b), "b", "a")
        np.testing.assert_allclose((other.low, other.high), (-result.high, -result.low))

    @given(st.lists(errors, min_size=2, max_size=12))
    def test_half_width_is_students(self, values):
        error = stats.sem(values)
        oracle = stats.t.ppf(0.975, len(values) - 1) * error
        assert half_width(values) == pytest.approx(oracle, abs=1e-12)

    def test_one_value_has_no_interval(self):
        with pytest.raises(ValueError, match="values: expected at least two, got 1"):
            half_width([1.0])

    def test_only_shared_seeds_count_whatever_their_order(self):
        table = two({0: 5, 1: 7, 2: 9, 7: 100}, {8: 50, 2: 3, 0: 1, 1: 2})
        result = paired_difference(table, "a", "b")
        assert (result.mean, result.pairs) == (5, 3)

    @given(errors, errors, st.integers(2, 10))
    @example(2.1, 1.1, 10)
    def test_equal_differences_give_no_width_and_no_warning(self, a, b, seeds):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = two({seed: a for seed in range(seeds)}, {seed: b for seed in range(seeds)})
            result = paired_difference(table, "a", "b")
        assert result.mean == pytest.approx(a - b)
        assert result.low == pytest.approx(result.mean, abs=1e-9)
        assert result.high == pytest.approx(result.mean, abs=1e-9)

    def test_it_covers_the_truth_as_often_as_it_says(self, rng):
        """400 studies of five seeds: the seed's own effect is large and cancels."""
        inside = 0
        for _ in range(400):
            common = 10 * rng.normal(size=5)
            a, b = (dict(enumerate(common + shift + rng.normal(size=5))) for shift in (1.5, 0))
            result = paired_difference(two(a, b), "a", "b")
            inside += result.low <= 1.5 <= result.high
        assert 0.917 < inside / 400 < 0.983  # three standard deviations

    @pytest.mark.parametrize(
        ("numbers", "column", "sentence"),
        [
            (
                (-1.2, -1.64, -0.7, 10),
                "validation_error_pct",
                "a differs from b by -1.2 points (95 % interval -1.6 to -0.7, 10 seeds)",
            ),
            (
                (1.2, 0.7, 1.64, 10),
                "dead_units_pct",
                "a differs from b by +1.2 points (95 % interval +0.7 to +1.6, 10 seeds)",
            ),
            (
                (-0.2, -0.6, 0.3, 5),
                "validation_error_pct",
                "a differs from b by -0.2 points (95 % interval -0.6 to +0.3, 5 seeds)",
            ),
            (
                (0.02, 0.01, 0.03, 5),
                "validation_loss",
                "a differs from b by +0.020 (95 % interval +0.010 to +0.030, 5 seeds)",
            ),
        ],
    )
    def test_it_prints_a_sentence(self, numbers, column, sentence):
        difference = PairedDifference(*numbers, "a", "b", column)
        assert str(difference) == sentence

    @pytest.mark.parametrize(
        ("table", "arguments", "words"),
        [
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("a", "c"), "b: expected one of 'a', 'b', got 'c'"),
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("x", "b"), "a: expected one of 'a', 'b', got 'x'"),
            (two({0: 1, 1: 2}, {1: 1, 2: 2}), ("a", "b"), "at least two seeds that 'a' and 'b' share, got 1"),
            (two({0: 1, 1: 2}, {0: 1, 1: np.nan}), ("a", "b"), "finite .* nan for 'b', seed 1"),
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("a", "b", "seed"), "column: expected one of .* got 'seed'"),
            (two({0: 1, 1: 2}, {0: 1, 1: 2}), ("a", "b", "loss"), "column: expected one of .* got 'loss'"),
            (
                pd.concat(2 * [two({0: 1, 1: 2}, {0: 1, 1: 2})]),
                ("a", "b"),
                "expected each seed once, got 'a' with a seed twice",
            ),
        ],
    )
    def test_wrong_calls(self, table, arguments, words):
        with pytest.raises(ValueError, match=words):
            paired_difference(table, *arguments)

    def test_it_takes_the_table_of_a_study(self, here):
        result = paired_difference(here, "tiny", "sigmoid, scaled", "training_loss")
        assert result.pairs == 2
        with pytest.raises(ValueError, match="nan for 'fails', seed 0"):
            paired_difference(here, "tiny", "fails")


class TestInteraction:
    @given(
        st.lists(st.tuples(errors, errors, errors, errors), min_size=2, max_size=12).filter(
            lambda runs: np.ptp([a - b - c + d for a, b, c, d in runs]) > 0.05
        )
    )
    def test_it_is_the_t_interval_of_the_contrast(self, runs):
        rows = [
            (name, seed, value)
            for seed, run in enumerate(runs)
            for name, value in zip("abcd", run, strict=True)
        ]
        table = pd.DataFrame(rows, columns=["configuration", "seed", "validation_error_pct"])
        result = interaction(table.sample(frac=1, random_state=0), *"abcd")
        oracle = stats.ttest_1samp([a - b - (c - d) for a, b, c, d in runs], 0).confidence_interval(0.95)
        np.testing.assert_allclose((result.low, result.high), oracle, rtol=1e-9, atol=1e-9)
        assert result.pairs == len(runs)

    def test_causes_that_add_up_do_not_interact(self, rng):
        seeds = {name: rng.normal(size=5) for name in "sab"}
        values = {
            "both": seeds["s"] + seeds["a"] + seeds["b"],
            "first": seeds["s"] + seeds["a"],
            "second": seeds["s"] + seeds["b"],
            "neither": seeds["s"],
        }
        rows = [(name, seed, value) for name, of in values.items() for seed, value in enumerate(of)]
        table = pd.DataFrame(rows, columns=["configuration", "seed", "validation_error_pct"])
        assert interaction(table, *values).mean == pytest.approx(0, abs=1e-12)

    def test_a_seed_that_one_of_the_four_lacks_is_left_out(self):
        rows = [(name, seed, 10.0 * seed * (name == "a")) for name in "abcd" for seed in range(4)]
        table = pd.DataFrame(rows[:-1], columns=["configuration", "seed", "validation_error_pct"])
        assert interaction(table, *"abcd").mean == 10
