"""What the curves of a run show is said where it is so, and not where it is not."""

import numpy as np
import pandas as pd
import pytest

from labutils.report import audit

from .helpers import of, one

ROWS = 12


def run(**columns):
    """A run of twelve rows that learns without anything special."""
    iteration = 50 * np.arange(1, ROWS + 1)
    usual = {
        "epoch": -(-iteration // 70),
        "iteration": iteration,
        "training_accuracy_pct": np.linspace(60, 95, ROWS),
        "validation_accuracy_pct": np.linspace(58, 92, ROWS),
        "training_loss": np.linspace(1.2, 0.1, ROWS),
        "validation_loss": np.linspace(1.3, 0.3, ROWS),
    }
    return pd.DataFrame(usual | columns)


def kinds(table):
    return {finding.kind for finding in audit(table)}


SPECIAL = ["over-fitting", "even-guesses", "one-class", "spike", "rate-change", "better-on-validation"]
SPECIAL += ["falling-together", "rising-together", "half-square", "nan", "ending"]


def test_a_run_without_anything_special():
    assert not kinds(run()).intersection(SPECIAL)


class TestOverFitting:
    rising = np.r_[np.linspace(1.3, 0.5, 4), np.linspace(0.55, 0.9, ROWS - 4)]

    def test_is_a_validation_loss_that_rises_while_the_training_loss_falls(self):
        finding = one(audit(run(validation_loss=self.rising)), "over-fitting")
        assert finding.rows == (200, 600)

    def test_is_not_said_if_the_training_loss_rises_too(self):
        both = run(validation_loss=self.rising, training_loss=self.rising)
        assert "over-fitting" not in kinds(both)

    def test_is_not_said_of_a_little_noise(self):
        noise = np.r_[np.linspace(1.3, 0.5, 4), np.full(ROWS - 4, 0.52)]
        assert "over-fitting" not in kinds(run(validation_loss=noise))

    @pytest.mark.parametrize("level", [0.03, 0.1])
    def test_is_not_said_of_a_loss_that_fluctuates(self, level):
        """At 0.01, one run in a hundred may look so."""
        rng = np.random.default_rng(0)
        tables = [run(validation_loss=0.6 * (1 + level * rng.normal(size=ROWS))) for _ in range(100)]
        assert sum("over-fitting" in kinds(table) for table in tables) <= 3

    def test_is_not_said_of_the_last_rows_alone(self):
        late = np.r_[np.linspace(1.3, 0.5, ROWS - 2), 0.7, 0.9]
        assert "over-fitting" not in kinds(run(validation_loss=late))


class TestNothingLearnt:
    @pytest.mark.parametrize("classes", [2, 4, 10, 100])
    def test_is_a_loss_that_stays_at_that_of_even_guesses(self, classes):
        loss = np.log(classes) + 0.01 * np.cos(np.arange(ROWS))
        table = run(
            training_loss=loss, training_accuracy_pct=100 / classes + np.cos(np.arange(ROWS)) / classes
        )
        assert f"ln {classes} " in one(audit(table), "even-guesses").sentence

    def test_is_not_said_of_a_better_accuracy(self):
        assert "even-guesses" not in kinds(run(training_loss=np.full(ROWS, np.log(10))))

    def test_is_not_said_without_an_accuracy(self):
        table = run(training_loss=np.full(ROWS, np.log(10)), training_accuracy_pct=np.nan)
        assert "even-guesses" not in kinds(table.assign(validation_accuracy_pct=np.nan))

    def test_is_not_said_of_a_slow_start(self):
        loss, accuracy = np.linspace(2.33, 2.27, ROWS), np.linspace(9, 19, ROWS)
        assert "even-guesses" not in kinds(run(training_loss=loss, training_accuracy_pct=accuracy))

    def test_one_class_is_a_validation_accuracy_that_never_changes(self):
        assert "one-class" in kinds(run(validation_accuracy_pct=np.full(ROWS, 11.35)))
        assert "one-class" not in kinds(run(validation_accuracy_pct=np.full(ROWS, 97.0)))  # it has learnt
        changing = np.r_[np.full(ROWS - 1, 11.35), 11.4]
        assert "one-class" not in kinds(run(validation_accuracy_pct=changing))


class TestSpikes:
    def test_a_spike_is_above_both_neighbours_and_the_start(self):
        loss = np.linspace(1.2, 0.1, ROWS)
        loss[5] = 400.0
        assert one(audit(run(training_loss=loss)), "spike").rows == (250, 300, 350)
        loss[6] = 300.0
        assert "spike" not in kinds(run(training_loss=loss))

    def test_the_noise_of_small_losses_is_none(self):
        loss = np.r_[np.linspace(1.2, 0.2, 6), 0.001, 0.05, 0.002, 0.04, 0.001, 0.02]
        assert "spike" not in kinds(run(training_loss=loss))

    def test_a_loss_that_is_no_number_is_none(self):
        loss = np.linspace(1.2, 0.1, ROWS)
        loss[5] = np.inf
        assert "spike" not in kinds(run(training_loss=loss))


class TestTheRate:
    def test_a_drop_is_said_with_its_place(self):
        rate = np.r_[np.full(6, 0.01), np.full(6, 0.001)]
        assert one(audit(run(learning_rate=rate)), "rate-change").rows == (300, 350)

    def test_a_schedule_is_said_as_a_whole(self):
        finding = one(audit(run(learning_rate=0.1 * 0.9 ** np.arange(ROWS))), "rate-change")
        assert finding.rows == (50, 600)

    def test_a_constant_rate_is_not_said(self):
        assert "rate-change" not in kinds(run(learning_rate=np.full(ROWS, 0.01)))


class TestBetterOnValidation:
    def test_is_said_beyond_chance(self):
        better = run(validation_accuracy_pct=np.linspace(61, 96, ROWS))
        assert one(audit(better), "better-on-validation")

    @pytest.mark.parametrize("above", range(3, 10))
    def test_is_not_said_within_chance(self, above):
        """Of twelve rows, eleven must be above to be unlikely at 0.1 %."""
        sign = np.where(np.arange(ROWS) < above, 1, -1)
        mixed = run(validation_accuracy_pct=np.linspace(60, 95, ROWS) + sign)
        assert not of(audit(mixed), "better-on-validation")
