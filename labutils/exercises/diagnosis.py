"""What is wrong with the results of an answer: a known mistake with the same numbers, or else what they show."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from labutils.exercises import cases, inspection
from labutils.exercises.cases import Case, Exercise, Parts, Try


def diagnose(name: str, exercise: Exercise, tries: Sequence[Try], answer: Any, public: bool = True) -> str:
    """What is wrong in a few sentences, then where; "" if nothing is. public: the cases are those of the exercise."""
    names, order = exercise.names, _order(exercise, tries)
    tries = [replace(one, parts=one.parts and [one.parts[i] for i in order]) for one in tries]
    wrong = [i for i in range(len(names)) if not all(one.is_right(i) for one in tries if one.parts)]
    failed = [one for one in tries if not one.parts]
    moved = list(order) != sorted(order)
    sentences = []
    if changed := dict.fromkeys(f"`{argument}`" for one in tries for argument in one.changed):
        words = f"the answer changes its argument{'s' * (len(changed) > 1)} {', '.join(changed)} in place"
        sentences.append(f"{words} (by +=, -= or assigning to a part). Work on a new array instead.")
    if not (wrong or failed or moved):
        return "".join(sentences)
    for error in dict.fromkeys(one.error for one in failed):
        alike = [one.said for one in failed if one.error == error]
        sentences.append(f"On {len(alike)} of {len(tries)} inputs " * (len(alike) < len(tries)) + alike[0])
    if 0 < len(failed) < len(tries):
        sentences.append(f"On the other inputs the results are {'wrong, too' if wrong else 'right'}.")
    sentences += _about_code(exercise, answer)
    if moved:
        got = ", ".join(names[order.index(i)] for i in range(len(names)))
        right = "right, but " * (not wrong)
        sentences.append(f"The results are {right}in another order: expected {', '.join(names)}, got {got}.")
    known = _mistakes(exercise, tries, wrong) if public else {}
    unclear = f'the values differ from the right ones. `exercises.hint("{name}")` gives a hint.'
    said: dict[tuple[str, bool], list[int]] = defaultdict(list)  # each text, and the results that it is about
    for i in wrong:
        said[known.get(i) or (_describe_result(tries, i) or unclear, False)].append(i)
    for (text, on_all), results in said.items() if not failed or list(said) != [(unclear, False)] else ():
        listed = ", ".join(f"`{names[i]}`" for i in results)
        is_clear = results[0] in known and (len(results) == len(names) or f"`{names[results[0]]}`" in text)
        place = 0 if failed and on_all else len(sentences)  # before the exceptions that it explains
        sentences.insert(place, text if is_clear else f"{listed}: {text}")
    return "\n".join([" ".join(sentences), _where(exercise, tries, wrong)]).strip()


def _where(exercise: Exercise, tries: Sequence[Try], wrong: Sequence[int]) -> str:
    """The first wrong entry on the smallest input that has one. It says the shapes instead if these differ."""
    found = [(i, one) for i in wrong for one in tries if one.parts and not one.is_right(i)]
    if not found:
        return next((f"The input: {one.case.shapes}." for one in tries if not one.parts), "")
    i, one = min(found, key=lambda pair: (pair[0], sum(map(np.size, pair[1].case.given.values()))))
    name, got, expected = exercise.names[i], (one.parts or ())[i], one.case.expected[i]
    if got.shape != expected.shape:
        return f"Expected `{name}` of shape {expected.shape}, got {got.shape} (for {one.case.shapes})."
    index = cases.first_difference(got, expected) or ()
    entry = f"{name}[{', '.join(map(str, index))}]" if index else name
    numbers = f"`{entry}` is {float(got[index]):.6g}, expected {float(expected[index]):.6g}"
    return f"First difference: {numbers} (for {one.case.shapes})."


def _about_code(exercise: Exercise, answer: Any) -> Iterator[str]:
    """What the code of an answer shows, in sentences."""
    expected, names = list(exercise.cases[0].given), list(inspection.argument_names(answer))
    if names != expected and sorted(names) == sorted(expected):
        yield f"The arguments are in another order: expected {', '.join(expected)}, got {', '.join(names)}."
    if unread := [f"`{name}`" for name in inspection.unread_arguments(answer)]:
        yield f"The function never reads {', '.join(unread)}."
    if variables := [f"`{name}`" for name in inspection.notebook_variables(answer)]:
        yield f"The function reads {', '.join(variables)} of the notebook. Use the arguments instead."
    names_read = getattr(getattr(answer, "__code__", None), "co_names", ())
    if {"random", "default_rng", "permutation", "shuffle"}.intersection(names_read):
        yield "The function uses random numbers, which are not needed here."


def _order(exercise: Exercise, tries: Sequence[Try]) -> tuple[int, ...]:
    """The order in which all results have the right shapes, and most are right; that of the answer if it is as good."""

    def goodness(order: tuple[int, ...]) -> int:
        moved = [replace(one, parts=[one.parts[i] for i in order]) for one in tries if one.parts]
        right = [all(one.is_right(i) for one in moved) for i in order]
        few = len(moved) < len(tries) / 2  # they prove nothing
        return 0 if few else 10 * all(one.has_right_shapes() for one in moved) + sum(right)

    own = tuple(range(len(exercise.names)))
    return own if goodness(own) == 10 + len(own) else max(itertools.permutations(own), key=goodness)


def _mistakes(exercise: Exercise, tries: Sequence[Try], wrong: list[int]) -> dict[int, tuple[str, bool]]:
    """As `_match`, if need be with a wrong sign, too, or with a division by the number of samples."""
    known: dict[int, tuple[str, bool]] = {}
    name, axis = exercise.sizes.get("the number of samples", ("", 0))
    samples = [np.shape(one.case.given[name])[axis] if name else 1 for one in tries]
    for also, factors in {
        "": [1] * len(tries),
        " Also, the sign is wrong.": [-1] * len(tries),
        " Also, there is a division by the number of samples.": samples,
    }.items():
        if len(known) < len(wrong):
            pairs = zip(tries, factors, strict=True)
            scaled = [replace(one, parts=[part * by for part in one.parts or ()]) for one, by in pairs]
            more = _match(exercise, scaled, wrong, factors)
            known = {i: (text + also, on_all) for i, (text, on_all) in more.items()} | known
    return known


def _match(exercise: Exercise, tries: list[Try], wrong: list[int], factors: list[int]) -> dict[int, Any]:
    """For each wrong result the known mistakes that fit best, and whether they also fit the exceptions."""
    expected = [one.case.expected for one in tries]
    scaled = [[part * by for part in parts] for parts, by in zip(expected, factors, strict=True)]
    got = np.array([cases.condense(one.parts or one.error, one.case.expected) for one in tries]).T
    right = np.array(list(map(cases.condense, scaled, expected))).T
    results = zip(*(one.parts or [np.array(np.nan)] * len(got) for one in tries), strict=True)
    values = [[array.astype(float).ravel() for array in arrays] for arrays in results]
    finite = [np.array([np.isfinite(array).all() for array in arrays]) for arrays in values]
    different = [{*filter(np.isfinite, np.concatenate(arrays))} for arrays in values]
    most = [min(len(found) or 1, 2) if found != {0} else 0 for found in different]  # that can be meant
    fitting: dict[int, list[Any]] = {i: [] for i in wrong}  # how badly each sentence fits, and the sentence
    for mistake in exercise.mistakes:
        fits = [
            int(i not in wrong) if stored is None else _fit(stored, got[i], right[i], finite[i], most[i] > 0)
            for i, stored in enumerate(mistake.numbers)
        ]
        whole = min(fits) > 0 and max(fits) > 1
        count = sum(stored is not None for stored in mistake.numbers)
        for i in wrong:
            if whole or fits[i] > 1:
                fitting[i].append(((fits[i] == 2, fits.count(0), count), mistake.sentence))
    known = {}
    for i, found in fitting.items():
        best = dict.fromkeys(text for rank, text in found if rank == min(found)[0])
        if 0 < len(best) <= max(most[i], 1) and (most[i] != 1 or set(factors) == {1}):
            part, same = min(found)[0][0], most[i] == 1
            fact = _where_not_finite(tries, i) * (part or same) or "Every value is the same." * same
            text = [fact, "This can be the reason:" * same, " Or: ".join(best)]
            known[i] = " ".join(filter(None, text)), not part
    return known


def _fit(stored: Sequence[float], got: np.ndarray, right: np.ndarray, works: np.ndarray, tells: bool) -> int:
    """Whether the numbers of a mistake are those of the answer: 0 no, 3 yes, 2 yes where the answer works.

    1: they are the right ones, or not telling. If both raise an exception, its class does not count.
    """
    known = np.array(stored)
    both_raise = (known >= cases.EXCEPTION) & (got >= cases.EXCEPTION)
    tolerance = np.where(both_raise, np.inf, 1e-4 * np.maximum(1, np.abs(known)))
    equal, differs = np.abs(known - got) <= tolerance, np.abs(known - right) > 10 * tolerance
    if equal.all():
        return 3 if tells and differs.any() else 1
    enough = tells and works.mean() >= 0.5
    return 2 if enough and equal[works].all() and differs[works].any() else 0


def _describe_result(tries: Sequence[Try], i: int) -> str:
    """What can be said about result number i, which is wrong; "" if nothing but that."""
    tried = [(one.case, one.parts[i].astype(float)) for one in tries if one.parts]
    finite = [(case, values) for case, values in tried if np.isfinite(values).all()]
    used, got = zip(*finite or tried, strict=True)
    right = [case.expected[i].astype(float) for case in used]
    found = "the values are right." if cases.agree(got, right) else ""
    if not found and len(used) >= len(tries) / 2:
        with np.errstate(all="ignore"):
            found = _describe_values(used, got, right) or _describe_influence(tries, i) * bool(finite)
    before = _where_not_finite(tries, i)
    return f"{before} {found or 'the values are wrong.'}" if before and finite else found or before


def _where_not_finite(tries: Sequence[Try], i: int) -> str:
    """On how many inputs result number i is not finite, and the beginning of what is true elsewhere; "" if on none."""
    finite = [bool(np.isfinite(one.parts[i]).all()) for one in tries if one.parts]
    causes = "an overflow, a division by 0, or a logarithm of 0"
    words = f"On {finite.count(False)} of {len(tries)} inputs some values are not finite ({causes})."
    return "" if all(finite) else words + " Elsewhere:" * any(finite)


def _describe_values(used: Sequence[Case], got: Parts, right: Parts) -> str:
    """Whether the result is a constant, an argument, rounded, or of a wrong shape."""
    values = np.unique(np.concatenate([g.ravel() for g in got]))
    if len(values) == 1 and not np.isnan(values[0]):
        return f"every value is {values[0] + 0.0:.6g}, on all inputs."
    for name in used[0].given:
        if cases.agree(got, [np.asarray(case.given[name], dtype=float) for case in used]):
            return f"this is the argument `{name}`, unchanged."
    for places in range(5):
        if cases.agree(got, [e.round(places) for e in right]):
            return f"the values are rounded to {places} decimals."
    if cases.agree(got, [np.trunc(e) for e in right]):
        return "the values are cut to whole numbers."
    if cases.agree(got, [e.T for e in right]):
        return "the result is transposed."
    if [g.shape for g in got] == [e.shape for e in right]:
        mine, true = (np.concatenate([array.ravel() for array in arrays]) for arrays in (got, right))
        ratio = mine @ true / (true @ true)
        same = cases.agree(got, [ratio * e for e in right])
        return f"this is the right value multiplied by {ratio:.4g}, on every input." if same else ""
    if cases.agree([g.ravel() for g in got], [e.ravel() for e in right]):
        return "the values are right, but not the shape."
    for over, axis in (("everything", None), ("axis 0", 0), ("axis 1", 1))[: 1 + right[0].ndim]:
        if cases.agree([g.ravel() for g in got], [np.sum(e, axis).ravel() for e in right]):
            return f"this is the right result, summed over {over}."
    return "the shape is wrong. Look at the shape after each operation."


def _describe_influence(tries: Sequence[Try], i: int) -> str:
    """Which arguments have no effect at all although they should."""
    pairs = [(one, tries[one.case.twin[0]], one.case.twin[1]) for one in tries if one.case.twin]
    names = [
        f"`{name}`"
        for one, twin, name in pairs
        if one.parts and twin.parts and np.isfinite(one.parts[i]).all()
        if np.array_equal(one.parts[i], twin.parts[i])
        if not cases.is_close(one.case.expected[i], twin.case.expected[i])
    ]
    words = f"a change of {' or '.join(names)} alone has no effect (tried once), although it should."
    return words if names else ""
