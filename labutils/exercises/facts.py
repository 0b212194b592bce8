"""What wrong results show if no known mistake gives them: statements about the numbers that hold on every input."""

from collections.abc import Iterator, Sequence

import numpy as np

from labutils.exercises.cases import Case, Exercise, Parts, Try, agree, is_close


def describe_result(exercise: Exercise, tries: Sequence[Try], i: int) -> str:
    """What can be said about result number i, which is wrong; "" if nothing but that."""
    tried = [(one.case, one.parts[i].astype(float)) for one in tries if one.parts]
    finite = [(case, values) for case, values in tried if np.isfinite(values).all()]
    cases, got = zip(*finite or tried, strict=True)
    right = [case.expected[i].astype(float) for case in cases]
    found = "the values are right." if agree(got, right) else ""
    if not found and len(cases) >= len(tries) / 2:
        with np.errstate(all="ignore"):
            found = _describe_values(cases, got, right)
            if finite and not found:
                found = _describe_influence(tries, i) or _describe_relation(exercise, cases, got, right)
    before = where_not_finite(tries, i)
    return f"{before} {found or 'the values are wrong.'}" if before and finite else found or before


def where_not_finite(tries: Sequence[Try], i: int) -> str:
    """On how many inputs result number i is not finite, and the beginning of what is true elsewhere; "" if on none."""
    finite = [bool(np.isfinite(one.parts[i]).all()) for one in tries if one.parts]
    causes = "an overflow, a division by 0, or a logarithm of 0"
    words = f"On {finite.count(False)} of {len(tries)} inputs some values are not finite ({causes})."
    return "" if all(finite) else words + " Elsewhere:" * any(finite)


def _describe_values(cases: Sequence[Case], got: Parts, right: Parts) -> str:
    """Whether the result is a constant, an argument, rounded, or of a wrong shape."""
    values = np.unique(np.concatenate([g.ravel() for g in got]))
    if len(values) == 1 and not np.isnan(values[0]):
        return f"every value is {values[0] + 0.0:.6g}, on all inputs."
    for name in cases[0].given:
        if agree(got, [np.asarray(case.given[name], dtype=float) for case in cases]):
            return f"this is the argument `{name}`, unchanged."
    for places in range(5):
        if agree(got, [e.round(places) for e in right]):
            return f"the values are rounded to {places} decimals."
    if agree(got, [np.trunc(e) for e in right]):
        return "the values are cut to whole numbers."
    if agree(got, [e.T for e in right]):
        return "the result is transposed."
    if [g.shape for g in got] == [e.shape for e in right]:
        return ""
    if agree([g.ravel() for g in got], [e.ravel() for e in right]):
        return "the values are right, but not the shape."
    for over, axis in (("everything", None), ("axis 0", 0), ("axis 1", 1))[: 1 + right[0].ndim]:
        if agree([g.ravel() for g in got], [np.sum(e, axis).ravel() for e in right]):
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
        if not is_close(one.case.expected[i], twin.case.expected[i])
    ]
    words = f"a change of {' or '.join(names)} alone has no effect (tried once), although it should."
    return words if names else ""


def _describe_relation(exercise: Exercise, cases: Sequence[Case], got: Parts, right: Parts) -> str:
    """Whether the result is right except for a factor, or exactly where a size or an argument is 0 or 1."""
    ratio = sum((g * e).sum() for g, e in zip(got, right, strict=True)) / sum((e * e).sum() for e in right)
    if agree(got, [ratio * e for e in right]):
        return f"this is the right value multiplied by {ratio:.4g}, on every input."
    correct = np.array(list(map(is_close, got, right)))
    for words, values in _quantities(exercise, cases):
        if agree(got, [e * value for e, value in zip(right, values, strict=True)]):
            return f"this is the right value multiplied by {words}."
        if agree([g * value for g, value in zip(got, values, strict=True)], right):
            return f"this is the right value divided by {words}."
        for value in (0, 1):
            if correct.any() and (correct == (values == value)).all():
                return f"this is right only where {words} is {value}. Look at the other inputs."
    return ""


def _quantities(exercise: Exercise, cases: Sequence[Case]) -> Iterator[tuple[str, np.ndarray]]:
    """The sizes and the arguments that are single numbers, in words, with their value in each case."""
    for words, (name, axis) in exercise.sizes.items():
        yield words, np.array([case.given[name].shape[axis] for case in cases])
    for name, value in cases[0].given.items():
        if np.ndim(value) == 0:
            yield f"`{name}`", np.array([case.given[name] for case in cases])
