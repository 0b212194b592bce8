"""What is said about wrong results is true: of known mistakes if all numbers agree, and of the results themselves."""

from dataclasses import replace

import numpy as np
import pytest

from labutils.exercises.cases import Case, Exercise, Try, _Mistake, condense
from labutils.exercises.diagnosis import diagnose


def right(x, w, rate):
    """The results of a made-up exercise: u (K, N) and v (K, 1)."""
    return rate * w * x, (w + x.sum(axis=1, keepdims=True)) / 2


def made_up_cases():
    rng = np.random.default_rng(3)
    given = [
        {"x": rng.normal(size=(k, n)), "w": rng.normal(size=(k, 1)), "rate": rate}
        for k, n, rate in ((3, 4, 0.5), (2, 1, 0.25), (3, 3, 2.0), (2, 5, 0.0))
    ]
    cases = [Case(one, right(**one)) for one in given]
    for name, other in (("x", given[0]["x"] + 1), ("w", given[0]["w"] - 1), ("rate", 0.75)):
        changed = given[0] | {name: other}
        cases.append(Case(changed, right(**changed), (0, name)))
    return cases


CASES = made_up_cases()
MISTAKES = {
    "The rate is missing.": lambda x, w, rate: (w * x, right(x, w, rate)[1]),
    "The half is missing.": lambda x, w, rate: (right(x, w, rate)[0], 2 * right(x, w, rate)[1]),
    "Both are cubed.": lambda x, w, rate: tuple(part**3 for part in right(x, w, rate)),
    "The product is a matrix product.": lambda x, w, rate: (rate * w.T @ x @ x, right(x, w, rate)[1]),
}


def tries(answer, cases=CASES):
    made = []
    for case in cases:
        try:
            made.append(Try(case, tuple(np.asarray(part) for part in answer(**case.given))))
        except Exception as error:
            made.append(Try(case, None, type(error).__name__, "the answer stops."))
    return made


def numbers(answer):
    made = [condense(one.parts or one.error, one.case.expected) for one in tries(answer)]
    exact = [condense(case.expected, case.expected) for case in CASES]
    columns = [[round(row[i], 4) for row in made] for i in range(2)]
    return [
        None if np.allclose(column, [row[i] for row in exact], atol=1e-4) else column
        for i, column in enumerate(columns)
    ]


EXERCISE = Exercise(
    "made up",
    ("u", "v"),
    ("1", "2", "3"),
    False,
    "answer",
    {"the number of samples": ("x", 1), "the number of classes": ("x", 0)},
    CASES,
    [_Mistake(sentence, numbers(answer)) for sentence, answer in MISTAKES.items()],
)


def said(answer, exercise=EXERCISE, public=True):
    return diagnose("A1", exercise, tries(answer), answer, public)


def test_what_is_right_is_not_described():
    assert said(right) == ""


class TestKnownMistakes:
    @pytest.mark.parametrize("sentence", MISTAKES)
    def test_one_is_named(self, sentence):
        assert sentence in said(MISTAKES[sentence]).splitlines()[0]

    def test_two_in_different_results_are_both_named(self):
        def answer(x, w, rate):
            return w * x, 2 * right(x, w, rate)[1]

        first = said(answer).splitlines()[0]
        assert "The rate is missing." in first
        assert "The half is missing." in first
        assert "cubed" not in first

    def test_one_with_a_wrong_sign_or_a_division_is_named_with_it(self):
        for factor, word in ((lambda x: -1, "sign"), (lambda x: 1 / x.shape[1], "number of samples")):
            first = said(lambda x, w, rate, f=factor: (f(x) * w * x, right(x, w, rate)[1])).splitlines()[0]
            assert "The rate is missing." in first
            assert word in first

    def test_a_wrong_sign_is_not_named_twice(self):
        """The result is almost right, so with the other sign it is what the mistake gives."""
        parts = [*vars(EXERCISE).values()][:-1]
        flipped = _Mistake("The sign is wrong.", numbers(put(lambda u, x, w, rate: -u)))
        answer = put(lambda u, x, w, rate: u.round(4))
        assert "sign" not in said(answer, Exercise(*parts, [flipped]))
        assert "rounded to 4 decimals" in said(answer, Exercise(*parts, [flipped]))

    def test_one_that_differs_on_a_single_input_is_not(self):
        def answer(x, w, rate):
            return w * x * (1.01 if rate == 0.75 else 1), right(x, w, rate)[1]

        assert "The rate is missing" not in said(answer)

    def test_the_last_digits_do_not_count(self):
        def answer(x, w, rate):
            return (w * x).astype(np.float32), right(x, w, rate)[1]

        assert "The rate is missing." in said(answer)

    def test_another_exception_at_the_same_inputs_does_not_matter(self):
        def answer(x, w, rate):
            if x.shape[0] != x.shape[1]:
                raise KeyError
            return rate * w.T @ x @ x, right(x, w, rate)[1]

        assert "matrix product" in said(answer)

    def test_exceptions_alone_prove_nothing(self):
        def answer(x, w, rate):
            if x.shape[0] != x.shape[1]:
                raise ValueError
            return right(x, w, rate)

        assert "matrix product" not in said(answer)
        assert said(answer).startswith("On 6 of 7 inputs the answer stops.")

    def test_zeros_alone_prove_nothing(self):
        nothing = [_Mistake("Nothing is done.", numbers(lambda x, w, rate: (0 * x, right(x, w, rate)[1])))]
        exercise = Exercise(*[*vars(EXERCISE).values()][:-1], nothing)
        assert "every value is 0" in said(lambda x, w, rate: (0 * x, right(x, w, rate)[1]), exercise)

    def test_two_that_give_the_same_are_both_named(self):
        twice = [*EXERCISE.mistakes, _Mistake("Or another one.", EXERCISE.mistakes[0].numbers)]
        exercise = Exercise(*[*vars(EXERCISE).values()][:-1], twice)
        first = said(MISTAKES["The rate is missing."], exercise)
        assert "The rate is missing. Or: Or another one." in first

    def test_none_is_named_for_other_inputs(self):
        assert "The rate is missing." not in said(MISTAKES["The rate is missing."], public=False)


FACTS = {
    "every value is 2": lambda u, x, w, rate: 0 * u + 2,
    "the argument `x`, unchanged": lambda u, x, w, rate: x,
    "is transposed": lambda u, x, w, rate: u.T,
    "shape is wrong": lambda u, x, w, rate: u @ u.T,
    "not finite": lambda u, x, w, rate: np.where(u > 0, u, np.inf),
    "multiplied by -1": lambda u, x, w, rate: -u,
    "multiplied by 3": lambda u, x, w, rate: 3 * u,
    "`rate` alone has no effect": lambda u, x, w, rate: x * w if rate else u,
    "rounded to 1 decimals": lambda u, x, w, rate: u.round(1),
    "cut to whole numbers": lambda u, x, w, rate: np.trunc(u * 1),
    "right, but not the shape": lambda u, x, w, rate: u[None],
    "summed over axis 1": lambda u, x, w, rate: u.sum(axis=1),
    "summed over everything": lambda u, x, w, rate: u.sum(),
    "`w` alone has no effect": lambda u, x, w, rate: rate * x**2,
    "7 of 7 inputs some values are not finite": lambda u, x, w, rate: np.where(x > 0, x - 1 + u, np.nan),
}


@pytest.mark.parametrize("words", FACTS)
def test_a_fact_about_the_numbers(words):
    first = said(
        lambda x, w, rate: (FACTS[words](right(x, w, rate)[0], x, w, rate), right(x, w, rate)[1])
    ).splitlines()[0]
    assert words in first


def test_a_result_that_is_right_unless_the_answer_fails():
    def answer(x, w, rate):
        if rate == 0:
            raise ValueError
        return w * x, right(x, w, rate)[1]

    mistake = _Mistake("The rate is missing.", [numbers(answer)[0], None])
    first = said(answer, Exercise(*[*vars(EXERCISE).values()][:-1], [mistake])).splitlines()[0]
    assert "The rate is missing." in first
    assert first.index("The rate is missing.") < first.index("On 1 of 7 inputs the answer stops.")
    assert "`v`" not in first


def test_where_nothing_is_known_the_hint_is_named():
    first, second = said(lambda x, w, rate: (np.sin(9 * x) + w * rate, right(x, w, rate)[1])).splitlines()
    assert 'exercises.hint("A1")' in first
    assert second.startswith("First difference: `u[")


def test_another_order_is_said_only_if_the_values_say_so():
    assert "another order: expected u, v, got v, u" in said(lambda **given: right(**given)[::-1])
    assert "order" not in said(lambda x, w, rate: (x + 1, right(x, w, rate)[1] + 1))
    assert "order" not in said(lambda x, w, rate: (x.T, right(x, w, rate)[1]))


def test_the_smallest_wrong_input_is_shown():
    assert "`x` of shape (2, 1)" in said(lambda x, w, rate: (np.sin(9 * x) + w, right(x, w, rate)[1]))


def put(u):
    """An answer whose first result is made from the right one, and whose second one is right."""
    return lambda x, w, rate: (u(right(x, w, rate)[0], x, w, rate), right(x, w, rate)[1])


class TestChangesInPlace:
    def said(self, answer):
        made = [replace(one, changed=["x"]) for one in tries(answer)]
        return diagnose("A1", EXERCISE, made, answer)

    def test_they_are_said_alone_if_the_results_are_right(self):
        assert "changes its argument `x` in place" in self.said(right)
        assert "\n" not in self.said(right)

    def test_they_are_said_before_a_mistake(self):
        place, mistake = (
            self.said(MISTAKES["The rate is missing."]).find(s) for s in ("in place", "The rate")
        )
        assert 0 < place < mistake


class TestWhereItWorks:
    def test_a_mistake_is_named_that_fits_there(self):
        def fails(x, w, rate):
            return [][0] if rate == 0.75 else MISTAKES["The rate is missing."](x, w, rate)

        assert said(fails).startswith("On 1 of 7 inputs the answer stops.")
        assert "The rate is missing." in said(fails)

    def test_a_mistake_is_named_that_fits_where_the_result_is_finite(self):
        first = said(put(lambda u, x, w, rate: w * x * (np.nan if rate == 0.75 else 1))).splitlines()[0]
        assert "On 1 of 7 inputs some values are not finite" in first
        assert "The rate is missing." in first

    def test_a_fact_is_said_that_holds_there(self):
        first = said(put(lambda u, x, w, rate: 3 * u if rate != 0.75 else np.nan * u)).splitlines()[0]
        assert "On 1 of 7 inputs" in first
        assert "multiplied by 3" in first
        assert "Elsewhere: the values are right" in said(
            put(lambda u, x, w, rate: u + (np.inf if rate == 0.75 else 0))
        )

    def test_none_is_named_that_differs_where_it_works(self):
        def fails(x, w, rate):
            return [][0] if rate == 0.75 else (w * x + (rate == 2), right(x, w, rate)[1])

        assert "The rate is missing." not in said(fails)

    def test_none_is_named_if_most_inputs_fail(self):
        def fails(x, w, rate):
            return [][0] if rate == 0.5 else MISTAKES["The rate is missing."](x, w, rate)

        assert said(fails).startswith("On 3 of 7 inputs")
        assert "The rate is missing." in said(fails)
        assert "The rate is missing." not in said(lambda x, w, rate: [][0] if rate < 1 else fails(x, w, rate))

    def test_different_exceptions_are_counted_separately(self):
        def fails(x, w, rate):
            return [][0] if rate == 0 else {}[0] if rate == 2 else right(x, w, rate)

        assert said(fails).count("On 1 of 7 inputs") == 2
        assert "On the other inputs the results are right." in said(fails)


class TestOtherOrder:
    def test_a_mistake_is_named_after_it(self):
        first = said(lambda x, w, rate: MISTAKES["The rate is missing."](x, w, rate)[::-1]).splitlines()[0]
        assert "another order: expected u, v, got v, u" in first
        assert "The rate is missing." in first
        assert "right, but" not in first

    def test_shapes_are_enough(self):
        first = said(lambda **given: MISTAKES["Both are cubed."](**given)[::-1]).splitlines()[0]
        assert "another order: expected u, v, got v, u" in first
        assert "Both are cubed." in first

    def test_a_few_inputs_are_not_enough(self):
        def fails(x, w, rate):
            return [][0] if x.shape != w.shape else right(x, w, rate)[::-1]

        assert said(fails).startswith("On 6 of 7 inputs")
        assert "order" not in said(fails)


class TestCode:
    def test_what_is_never_read_is_said_with_a_known_mistake(self):
        def answer(x, w, rate):
            return w * x, (w + x.sum(axis=1, keepdims=True)) / 2

        first = said(answer).splitlines()[0]
        assert "The function never reads `rate`." in first
        assert "The rate is missing." in first

    def test_random_numbers_are_said(self):
        def answer(x, w, rate):
            return right(x, w, rate)[0] + np.random.default_rng(3).permutation(3)[0], right(x, w, rate)[1]

        assert "random numbers" in said(answer)
        assert "random numbers" not in said(put(lambda u, x, w, rate: u + 1))


def test_a_small_effect_is_an_effect():
    first = said(put(lambda u, x, w, rate: x**2 + 1e-9 * rate)).splitlines()[0]
    assert "alone has no effect" in first
    assert "`w`" in first
    assert "`rate`" not in first
    infinite = put(lambda u, x, w, rate: np.full(u.shape, np.inf) if rate == 0.5 else u + x**2 + w * rate)
    assert "no effect" not in said(infinite)


class TestConstants:
    def test_one_is_named_if_one_mistake_gives_it(self):
        one = _Mistake("Everything is 1.", numbers(put(lambda u, x, w, rate: 0 * u + 1)))
        first = _Mistake("Nothing is done.", numbers(put(lambda u, x, w, rate: 0 * u + 1)))
        parts = [*vars(EXERCISE).values()][:-1]
        assert "can be the reason: Everything is 1." in said(
            put(lambda u, x, w, rate: 0 * u + 1), Exercise(*parts, [one])
        )
        both = said(put(lambda u, x, w, rate: 0 * u + 1), Exercise(*parts, [one, first]))
        assert "Everything is 1." not in both
        assert "every value is 1" in both


def test_those_that_make_another_result_wrong_come_behind():
    more = _Mistake("Two are wrong.", [EXERCISE.mistakes[0].numbers[0], EXERCISE.mistakes[2].numbers[1]])
    exercise = Exercise(*[*vars(EXERCISE).values()][:-1], [more, *EXERCISE.mistakes])
    assert "Two are wrong." not in said(MISTAKES["The rate is missing."], exercise)
    assert "Two are wrong." not in said(lambda x, w, rate: (w * x, 2 * right(x, w, rate)[1]), exercise)


def test_more_than_two_that_fit_are_not_named():
    three = [_Mistake(text, EXERCISE.mistakes[0].numbers) for text in ("One.", "Two.", "Three.")]
    first = said(MISTAKES["The rate is missing."], Exercise(*[*vars(EXERCISE).values()][:-1], three))
    assert "One." not in first
