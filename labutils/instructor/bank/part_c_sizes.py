"""Exercise C8: the size of the mini-batch from printed accuracies."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from labutils.instructor.bank import random_inputs
from labutils.instructor.bank.entry import BankEntry, WrongAnswer

LIMIT = 10_000
_ALL = np.arange(1, LIMIT + 1)


def _search(
    fits: Callable[..., Any], sizes: Any = _ALL, whole: Any = np.all, pick: int = 0
) -> Callable[[Any], Any]:
    """An answer that tries sizes; it returns None if none fits.

    fits: (accuracies, sizes as a column) -> whether each accuracy fits each size.
    """

    def answer(accuracies: Any) -> int | None:
        few = sizes[:300] if pick == 0 else sizes  # the first of them are tried first, to save time
        for some in (few, sizes):
            found = some[whole(fits(accuracies, some[:, None]), axis=1)]
            if len(found) > pick:
                return int(found[pick])
        return None

    return answer


def _printed(tolerance: float, rounding: Any = np.round) -> Callable[[Any, Any], Any]:
    """Whether the accuracy of the nearest whole number of images is as near as the tolerance (in per cent)."""
    return lambda a, n: np.abs(rounding(a * n / 100) * 100 / n - a) <= tolerance


def _images(tolerance: float) -> Callable[[Any, Any], Any]:
    """Whether the number of images is as near to a whole number as the tolerance."""
    return lambda a, n: np.abs(a * n / 100 - np.round(a * n / 100)) <= tolerance


def _close(rtol: float = 1e-5, atol: float = 1e-8, images: bool = False) -> Callable[[Any, Any], Any]:
    """np.isclose, whose tolerance is relative, on the accuracies or on the numbers of images."""
    if images:
        return lambda a, n: np.isclose(a * n / 100, np.round(a * n / 100), rtol, atol)
    return lambda a, n: np.isclose(np.round(a * n / 100) * 100 / n, a, rtol, atol)


_fits = _printed(0.0051)
_right = _search(_fits)


def _on(some: Callable[..., Any]) -> Callable[[Any], Any]:
    """The right search, with some of the accuracies only."""
    return lambda a: _right(some(a)) if len(some(a)) else 1


def _each(combine: Callable[[list[int]], int]) -> Callable[[Any], int]:
    """One size for each accuracy, and one number made of them."""
    return lambda a: combine([_right(np.array([one])) for one in a])


def _with_fit(fits: Any, sizes: Any = _ALL) -> Callable[[Any], Any]:
    """A search with a mistake: None for one accuracy that is enough, "last" for the largest size."""
    if fits is None:
        return _search(_fits, sizes, whole=np.any)
    return _search(_fits, sizes, pick=-1) if isinstance(fits, str) else _search(fits, sizes)


def _plus(size: int | None, more: int) -> int | None:
    return None if size is None else size + more


def _share(some: Any) -> int:
    """The number of images if this accuracy, in per cent, is a single image."""
    return round(100 / some) if some > 0 else 1


def _gap(a: Any, ends: Any = ()) -> float:
    different = np.unique(np.append(a, ends))
    return float(np.diff(different).min()) if len(different) > 1 else float(different[0])


_WIDE = "The tolerance is too wide: an accuracy counts as a fit although it would be printed differently."
_NARROW = (
    "The tolerance is too narrow: a printed value may be half a unit of its last decimal away "
    "from the exact one."
)
_COUNT = (
    "It is asked whether the number of images is nearly whole; the tolerance belongs to the "
    "printed per cent, not to the images."
)
_RELATIVE = (
    "The tolerance is relative (the default of allclose or isclose); a printed value is "
    "rounded by an absolute amount."
)
_ANY = "A size counts as a fit if one of the accuracies fits; all of them have to."
_SOME = "Some of the accuracies are left out; all of them have to fit."
_UP_TO = "The search ends too early."
_PERCENT = "The accuracies are used as fractions; they are in per cent."

SIZES = BankEntry(
    room=72_000,
    about="the smallest number of images that fits accuracies, in per cent with two decimals",
    names=("n",),
    function="batch_size",
    # a number of images is right or wrong
    partial={"in place": 0.75},
    inputs=random_inputs.accuracy_inputs,
    bases=random_inputs.ACCURACY_CASES,
    whole=True,
    positive=("accuracies", "n", "k"),
    integers=("n", "k"),
    words={"k": "the number of images", "accuracies * n / 100": "the number of images"},
    writings=(
        """
def batch_size(accuracies):
    n = np.arange(1, 10001)[:, None]
    k = np.round(accuracies * n / 100)
    fits = np.all(np.abs(100 * k / n - accuracies) <= 0.0051, axis=1)
    return n[fits][0, 0]
""",
        """
def batch_size(accuracies):
    n = np.arange(1, 10001)[:, None]
    k = np.round(accuracies / 100 * n)
    fits = np.all(np.isclose(k / n * 100, accuracies, rtol=0, atol=0.0051), axis=1)
    return np.argmax(fits) + 1
""",
        """
def batch_size(accuracies):
    n = np.arange(1, 10001)[:, None]
    k = np.round(accuracies * n / 100)
    fits = (np.round(100 * k / n, 2) == accuracies).all(axis=1)
    return np.flatnonzero(fits)[0] + 1
""",
    ),
    also_right=(
        """
def batch_size(accuracies):
    n = 1
    while not np.allclose(np.round(accuracies * n / 100) * 100 / n, accuracies, rtol=0, atol=0.0051):
        n = n + 1
    return n
""",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies * n / 100)
        if np.all(np.abs(100 * k / n - accuracies) <= 0.0051):
            return n
""",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        k = np.round(accuracies / 100 * n)
        if np.array_equal(np.round(100 * k / n, 2), accuracies):
            return n
""",
        """
def batch_size(accuracies):
    for n in range(1, 10001):
        low = np.ceil((accuracies - 0.0050001) * n / 100)
        high = np.floor((accuracies + 0.0050001) * n / 100)
        if np.all(low <= high):
            return n
""",
    ),
    hints=(
        "Take 33.33 alone. Which numbers of images can give it, and how many of the images are then right?",
        "For a given n, find the nearest whole number of images for each accuracy. "
        "Then compute what would be printed for it.",
        "Two decimals are printed. How far can a printed number be from the exact one? "
        "One accuracy that does not fit is enough to reject n.",
    ),
    mistakes=(
        *(
            WrongAnswer(_NARROW, _search(_printed(tolerance)))
            for tolerance in (
                0,
                1e-12,
                1e-10,
                1e-9,
                1e-8,
                1e-6,
                1e-5,
                1e-4,
                5e-4,
                1e-3,
                2e-3,
                2.5e-3,
                3e-3,
                4e-3,
                0.0045,
                0.0049,
                0.005,
            )
        ),
        WrongAnswer(_NARROW, _search(lambda a, n: np.abs(np.round(a * n / 100) * 100 / n - a) < 0.005)),
        WrongAnswer(_NARROW, _search(lambda a, n: np.round(a * n / 100) / n == a / 100)),
        WrongAnswer(_NARROW, _search(lambda a, n: np.abs(np.round(a * n / 100) / n - a / 100) < 0.00005)),
        WrongAnswer(
            "The number of images has to be exactly whole; the printed accuracies are rounded.",
            _search(lambda a, n: a * n / 100 == np.round(a * n / 100)),
        ),
        WrongAnswer(
            "The number of images has to be exactly whole; the printed accuracies are rounded.",
            _search(lambda a, n: (a * n) % 100 == 0),
        ),
        WrongAnswer(
            "The number of images has to be exactly whole; the printed accuracies are rounded.",
            _search(lambda a, n: np.round(100 * a).astype(int) * n % 10_000 == 0),
        ),
        WrongAnswer(
            "The number of images has to be exactly whole; the printed accuracies are rounded.",
            _search(lambda a, n: (a / 100 * n) % 1 == 0),
        ),
        *(
            WrongAnswer(_WIDE, _search(_printed(tolerance)))
            for tolerance in (
                0.006,
                0.0075,
                0.008,
                0.009,
                0.01,
                0.011,
                0.015,
                0.02,
                0.025,
                0.03,
                0.04,
                0.05,
                0.06,
                0.1,
                0.2,
                0.25,
                0.3,
                0.4,
                0.49,
                0.5,
                1,
                2,
                5,
            )
        ),
        *(
            WrongAnswer(_COUNT, _search(_images(tolerance)))
            for tolerance in (
                1e-9,
                1e-8,
                1e-6,
                1e-5,
                1e-4,
                5e-4,
                1e-3,
                2e-3,
                5e-3,
                0.0051,
                0.006,
                0.0075,
                0.01,
                0.015,
                0.02,
                0.025,
                0.03,
                0.04,
                0.05,
                0.06,
                0.07,
                0.08,
                0.1,
                0.12,
                0.15,
                0.2,
                0.25,
                0.3,
                0.4,
                0.45,
                0.49,
                0.5,
            )
        ),
        WrongAnswer(_RELATIVE, _search(_close())),
        WrongAnswer(_RELATIVE, _search(_close(images=True))),
        *(
            WrongAnswer(
                "The tolerance is relative; a printed value is rounded by an absolute amount.",
                _search(_close(rtol=r, atol=a, images=i)),
            )
            for r in (5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.05)
            for a in (0, 1e-8)
            for i in (False, True)
        ),
        *(
            WrongAnswer(
                "An absolute tolerance is given, and allclose or isclose adds its relative one to "
                "it, so that the tolerance is too wide.",
                _search(_close(atol=atol, images=i)),
            )
            for atol in (0.001, 0.005, 0.0051, 0.01, 0.02, 0.05, 0.1, 0.5)
            for i in (False, True)
        ),
        *(
            WrongAnswer(
                f"The numbers are compared after rounding to {digits} decimals; two are printed.",
                _search(
                    lambda a, n, d=digits: np.round(100 * np.round(a * n / 100) / n, d) == np.round(a, d)
                ),
            )
            for digits in (0, 1)
        ),
        *(
            WrongAnswer(
                f"The computed accuracy is rounded to {digits} decimals and compared with the printed "
                f"one; two are printed.",
                _search(lambda a, n, d=digits: np.round(100 * np.round(a * n / 100) / n, d) == a),
            )
            for digits in (0, 1, 3, 4)
        ),
        *(
            WrongAnswer(
                f"The number of images is rounded to {digits} decimals before it is asked whether it is whole.",
                _search(lambda a, n, d=digits: np.round(a * n / 100, d) == np.round(a * n / 100)),
            )
            for digits in (1, 2, 3, 4)
        ),
        *(
            WrongAnswer(
                f"The fraction of right images is rounded to {digits} decimals; the per cent have two.",
                _search(
                    lambda a, n, d=digits: np.round(np.round(a * n / 100) / n, d) == np.round(a / 100, d)
                ),
            )
            for digits in (2, 3)
        ),
        *(
            WrongAnswer(
                f"The number of images is rounded {way}; the nearest whole number is needed.",
                _search(_printed(tolerance, rounding)),
            )
            for tolerance in (0.005, 0.0051, 0.01, 0.05)
            for way, rounding in (("down", np.floor), ("up", np.ceil))
        ),
        *(
            WrongAnswer(
                f"The number of images is rounded {way}; the nearest whole number is needed.",
                _search(lambda a, n, f=rounding: np.round(100 * f(a * n / 100) / n, 2) == a),
            )
            for way, rounding in (("down", np.floor), ("up", np.ceil))
        ),
        *(
            WrongAnswer(
                "The computed accuracy is rounded "
                + way
                + " to two decimals; printing rounds to the nearest.",
                _search(lambda a, n, f=rounding: f(1e4 * np.round(a * n / 100) / n) / 100 == a),
            )
            for way, rounding in (("down", np.floor), ("up", np.ceil))
        ),
        *(
            WrongAnswer(
                "A whole number of images has to be within the tolerance above it only (or below it only).",
                _search(
                    lambda a, n, s=side: (
                        (s * (np.round(a * n / 100) * 100 / n - a) <= 0.0051)
                        & (s * (np.round(a * n / 100) * 100 / n - a) >= 0)
                    )
                ),
            )
            for side in (1, -1)
        ),
        *(
            WrongAnswer(
                "The absolute value of the difference is missing, so every value on one side counts as a fit.",
                _search(lambda a, n, s=side, t=tolerance: s * (np.round(a * n / 100) * 100 / n - a) <= t),
            )
            for side in (1, -1)
            for tolerance in (0.005, 0.0051, 0.01)
        ),
        *(
            WrongAnswer(_ANY, _search(fits, whole=np.any))
            for fits in (_fits, _printed(0.01), _printed(0.005), _printed(1e-9), _images(0.01), _close())
        ),
        WrongAnswer(
            "The mean difference is compared with the tolerance; every accuracy has to fit.",
            _search(
                lambda a, n: np.abs(np.round(a * n / 100) * 100 / n - a).mean(axis=1, keepdims=True) <= 0.0051
            ),
        ),
        WrongAnswer(
            "The mean difference is compared with the tolerance; every accuracy has to fit.",
            _search(
                lambda a, n: np.abs(np.round(a * n / 100) * 100 / n - a).mean(axis=1, keepdims=True) <= 0.005
            ),
        ),
        WrongAnswer(
            "The differences are added up before they are compared with the tolerance; each one has "
            "to fit by itself.",
            _search(
                lambda a, n: np.abs(np.round(a * n / 100) * 100 / n - a).sum(axis=1, keepdims=True) <= 0.0051
            ),
        ),
        WrongAnswer(
            "The differences are added up before they are compared with the tolerance; each one has "
            "to fit by itself.",
            _search(
                lambda a, n: np.abs(np.round(a * n / 100) * 100 / n - a).sum(axis=1, keepdims=True) <= 0.005
            ),
        ),
        WrongAnswer(
            "Positive and negative differences cancel in the sum; each one has to fit by itself.",
            _search(
                lambda a, n: (
                    np.abs((np.round(a * n / 100) * 100 / n - a).sum(axis=1, keepdims=True)) <= 0.0051
                )
            ),
        ),
        WrongAnswer(
            "Most of the accuracies have to fit; all of them have to.",
            lambda a: int(_ALL[_fits(a, _ALL[:, None]).mean(axis=1) > 0.5][0]),
        ),
        WrongAnswer(
            "The mean of the accuracies is used; each one has to fit.",
            lambda a: _right(np.array([a.mean().round(2)])),
        ),
        WrongAnswer(
            "The mean of the accuracies is used; each one has to fit.", lambda a: _right(np.array([a.mean()]))
        ),
        WrongAnswer(
            "The size with the smallest difference is taken; the smallest size that fits is asked.",
            lambda a: int(
                _ALL[np.abs(np.round(a * _ALL[:, None] / 100) * 100 / _ALL[:, None] - a).sum(axis=1).argmin()]
            ),
        ),
        WrongAnswer(
            "The size with the smallest largest difference is taken; the smallest size that fits is asked.",
            lambda a: int(
                _ALL[np.abs(np.round(a * _ALL[:, None] / 100) * 100 / _ALL[:, None] - a).max(axis=1).argmin()]
            ),
        ),
        *(
            WrongAnswer(
                "The last size that fits is returned; the smallest is asked.",
                _search(_fits, _ALL[:limit], pick=-1),
            )
            for limit in (128, 200, 256, 500, 512, 1000, 1024, 2000, 5000, 9999, 10_000)
        ),
        WrongAnswer(
            "The number of sizes that fit is returned, not the smallest one.",
            lambda a: int(_fits(a, _ALL[:, None]).all(axis=1).sum()),
        ),
        WrongAnswer("The second size that fits is returned; the smallest is asked.", _search(_fits, pick=1)),
        WrongAnswer("It is twice the size; the smallest size that fits is asked.", lambda a: 2 * _right(a)),
        WrongAnswer("It is half the size.", lambda a: _right(a) // 2),
        WrongAnswer(
            "It is one too large: perhaps n is increased once more after the match.", lambda a: _right(a) + 1
        ),
        WrongAnswer(
            "It is one too small: an index that begins at 0 is returned instead of the size.",
            lambda a: _right(a) - 1,
        ),
        WrongAnswer(
            "A number of right images is returned instead of the size.",
            lambda a: round(float(a[0]) * _right(a) / 100),
        ),
        WrongAnswer(
            "A number of right images is returned instead of the size.",
            lambda a: round(float(a[-1]) * _right(a) / 100),
        ),
        WrongAnswer(
            "A number of right images is returned instead of the size.",
            lambda a: round(float(a.max()) * _right(a) / 100),
        ),
        *(
            WrongAnswer(
                "Only powers of two are tried; the size can be any number.",
                _search(fits, 2 ** np.arange(first, 14)),
            )
            for first in (0, 1, 3, 4, 5)
            for fits in (_fits, _printed(0.01), _printed(0.05))
        ),
        *(
            WrongAnswer(
                "Only some sizes are tried: multiples of one number; the size can be any number.",
                _search(_fits, np.arange(step, LIMIT + 1, step)),
            )
            for step in (2, 4, 5, 8, 10, 16, 32, 50, 64, 100, 128)
        ),
        WrongAnswer(
            "Only odd sizes are tried; the size can be any number.",
            _search(_fits, np.arange(1, LIMIT + 1, 2)),
        ),
        *(
            WrongAnswer(
                "The search begins too late; smaller sizes fit, too.", _search(_fits, _ALL[first - 1 :])
            )
            for first in (2, 3, 5, 10, 16, 20, 32, 50, 64, 100, 128)
        ),
        *(
            WrongAnswer(
                "The search begins at the number of accuracies; a smaller size can fit.",
                lambda a, k=more: _search(_fits, _ALL[max(len(a) + k - 1, 0) :])(a),
            )
            for more in (0, 1)
        ),
        *(
            WrongAnswer(
                _UP_TO, lambda a, n=limit, w=without: min(_right(a), n) if _right(a) <= n else w(n, a)
            )
            for limit in (
                99,
                100,
                127,
                128,
                199,
                200,
                255,
                256,
                499,
                500,
                511,
                512,
                999,
                1000,
                1024,
                2000,
                5000,
            )
            for without in (
                lambda n, a: None,
                lambda n, a: n,
                lambda n, a: n + 1,
                lambda n, a: 0,
                lambda n, a: -1,
                lambda n, a: 1,
            )
        ),
        *(
            WrongAnswer(
                f"Only the size {first} is tried: the function returns in the first pass of its loop.",
                lambda a, n=first, v=value, f=fits: n if f(a, n).all() else v,
            )
            for first in (1, 2)
            for value in (None, 0, -1)
            for fits in (_fits, _printed(0.005), _printed(0.01), _close())
        ),
        *(
            WrongAnswer(
                f"The sizes end at {end:,}; larger ones are allowed. Also, {also}",
                lambda a, e=end, f=fits, p=pick: _search(f, _ALL[:e], pick=p)(a),
            )
            for end in (999, 1000, 200, 128)
            for also, fits, pick in (
                ("the last size that fits is returned.", _fits, -1),
                ("the tolerance is too wide.", _printed(0.01), 0),
                ("the tolerance is too narrow.", _printed(0.001), 0),
                ("the number of images has to be exactly whole.", _images(0), 0),
                ("the number of images is rounded down.", _printed(0.0051, np.floor), 0),
            )
        ),
        *(
            WrongAnswer(
                f"The number of images is rounded {way}, and the accuracies have to be equal exactly.{also}",
                _search(_printed(tolerance, rounding), _ALL[first - 1 :]),
            )
            for tolerance in (0, 1e-9)
            for way, rounding in (("down", np.floor), ("up", np.ceil), ("to the nearest number", np.round))
            for also, first in (("", 1), (" Also, the sizes begin at 2.", 2))
        ),
        *(
            WrongAnswer(
                f"Only the {which} accuracy is used. Also, the number of images has to be exactly whole.",
                lambda a, s=some, f=whole: _search(f)(a[s]),
            )
            for which, some in (("first", slice(1)), ("last", slice(-1, None)))
            for whole in (
                _images(0),
                _images(1e-9),
                lambda a, n: (a * n) % 100 == 0,
                lambda a, n: (a / 100 * n) % 1 == 0,
            )
        ),
        WrongAnswer("Only the first accuracy is used; all of them have to fit.", _on(lambda a: a[:1])),
        WrongAnswer("Only the last accuracy is used; all of them have to fit.", _on(lambda a: a[-1:])),
        WrongAnswer(
            "Only the smallest accuracy is used; all of them have to fit.", _on(lambda a: np.array([a.min()]))
        ),
        WrongAnswer(
            "Only the smallest accuracy above 0 is used; all of them have to fit.",
            _on(lambda a: np.array([a[a > 0].min()])),
        ),
        WrongAnswer(
            "Only the largest accuracy is used; all of them have to fit.", _on(lambda a: np.array([a.max()]))
        ),
        WrongAnswer(
            "Only the largest accuracy below 100 is used; all of them have to fit.",
            _on(lambda a: np.array([a[a < 100].max()]) if (a < 100).any() else a),
        ),
        WrongAnswer("The first accuracy is left out; all of them have to fit.", _on(lambda a: a[1:])),
        WrongAnswer("The last accuracy is left out; all of them have to fit.", _on(lambda a: a[:-1])),
        *(
            WrongAnswer(_SOME, _on(lambda a, low=least: a[a > low]))
            for least in (0.39, 0.5, 1, 5, 10, 20, 25, 50, 75, 80, 90)
        ),
        *(
            WrongAnswer(_SOME, _on(lambda a, high=most: a[a < high]))
            for most in (99, 99.5, 98, 95, 90, 80, 75, 50)
        ),
        WrongAnswer(_SOME, _on(lambda a: a[::2])),
        WrongAnswer(_SOME, _on(lambda a: a[1::2])),
        WrongAnswer(_SOME, _on(lambda a: np.array([a.min(), a.max()]))),
        WrongAnswer(_SOME, _on(lambda a: a[:2])),
        WrongAnswer(_SOME, _on(lambda a: a[:3])),
        WrongAnswer(_SOME, _on(lambda a: a[-2:])),
        *(
            WrongAnswer(
                "The decimals of the accuracies are lost: they are cut or rounded to whole per cent first.",
                _search(lambda a, n, f=cut, t=tolerance: _printed(t)(f(a), n)),
            )
            for cut in (np.floor, np.round)
            for tolerance in (0.005, 0.0051, 0.01, 1e-9)
        ),
        WrongAnswer(
            "The accuracies are rounded to one decimal first.", _search(lambda a, n: _fits(np.round(a, 1), n))
        ),
        WrongAnswer(
            "A size is found for each accuracy by itself, and the largest is returned; one size has "
            "to fit all of them.",
            _each(max),
        ),
        WrongAnswer(
            "A size is found for each accuracy by itself, and the smallest is returned; one size has "
            "to fit all of them.",
            _each(min),
        ),
        WrongAnswer(
            "A size is found for each accuracy by itself, and the last one is returned; one size has "
            "to fit all of them.",
            _each(lambda s: s[-1]),
        ),
        WrongAnswer("A size is found for each accuracy by itself, and their sum is returned.", _each(sum)),
        WrongAnswer(
            "A size is found for each accuracy by itself, and their mean is returned.",
            _each(lambda s: round(sum(s) / len(s))),
        ),
        WrongAnswer(
            "A size is found for each accuracy by itself, and the greatest common divisor is returned.",
            _each(lambda s: math.gcd(*s)),
        ),
        WrongAnswer(
            "A size is found for each accuracy by itself, and the least common multiple is returned; "
            "because of rounding, a smaller size can fit.",
            _each(lambda s: math.lcm(*s)),
        ),
        WrongAnswer(
            "A size is found for each accuracy by itself, and the product is returned.",
            _each(lambda s: int(np.prod(np.array(s, float)))),
        ),
        WrongAnswer(
            "The most frequent size of the single accuracies is returned; one size has to fit all of them.",
            _each(lambda s: max(sorted(set(s)), key=s.count)),
        ),
        *(
            WrongAnswer(_PERCENT, _search(lambda a, n, t=tolerance: np.abs(np.round(a * n) / n - a) <= t))
            for tolerance in (0.005, 0.0051, 0.01, 5e-5)
        ),
        *(
            WrongAnswer(
                "The tolerance is for per cent, but it is compared with a fraction.",
                _search(lambda a, n, t=tolerance: np.abs(np.round(a * n / 100) / n - a / 100) <= t),
            )
            for tolerance in (0.005, 0.0051, 0.01)
        ),
        WrongAnswer(
            "The factor 100 is missing: the accuracy is computed as a fraction and compared with per cent.",
            lambda a: 1,
        ),
        *(
            WrongAnswer(f"{first} Also, {second}", lambda a, f=fits, c=change: c(f, a))
            for first, fits in (
                ("The tolerance is too wide.", _printed(0.01)),
                ("The tolerance is too wide.", _printed(0.05)),
                ("The tolerance is too wide.", _printed(0.1)),
                ("The tolerance is too wide.", _printed(0.5)),
                ("The tolerance is too narrow.", _printed(0.001)),
                ("The tolerance is too narrow.", _printed(0.0005)),
                ("The tolerance is relative.", _close()),
                ("It is asked whether the number of images is nearly whole.", _images(0.01)),
                ("It is asked whether the number of images is nearly whole.", _images(0.05)),
                (
                    "The number of images has to be exactly whole.",
                    lambda a, n: a * n / 100 == np.round(a * n / 100),
                ),
                ("The number of images is rounded down.", _printed(0.0051, np.floor)),
                ("The number of images is rounded down.", _printed(0.01, np.floor)),
                ("The number of images is rounded up.", _printed(0.0051, np.ceil)),
                ("One accuracy that fits is enough.", None),
                ("The largest size that fits is returned.", "last"),
            )
            for second, change in (
                ("the result is one too large.", lambda f, a: _plus(_with_fit(f)(a), 1)),
                ("the result is one too small.", lambda f, a: _plus(_with_fit(f)(a), -1)),
                ("only the first accuracy is used.", lambda f, a: _with_fit(f)(a[:1])),
                ("only the last accuracy is used.", lambda f, a: _with_fit(f)(a[-1:])),
                ("the first accuracy is left out.", lambda f, a: _with_fit(f)(a[1:]) if len(a) > 1 else 1),
                ("the last accuracy is left out.", lambda f, a: _with_fit(f)(a[:-1]) if len(a) > 1 else 1),
                ("the sizes begin at 2.", lambda f, a: _with_fit(f, _ALL[1:])(a)),
                ("only powers of two are tried.", lambda f, a: _with_fit(f, 2 ** np.arange(14))(a)),
            )
        ),
        WrongAnswer("The number of accuracies is returned; it is not the size of a batch.", len),
        WrongAnswer(
            "The number of different accuracies is returned; it is not the size of a batch.",
            lambda a: len(np.unique(a)),
        ),
        WrongAnswer("The number of accuracies is used as the size.", lambda a: len(a) - 1),
        WrongAnswer(
            "The result is always 1: perhaps a return is reached before all accuracies are tried.",
            lambda a: 1,
        ),
        WrongAnswer(
            "The result is always 2: perhaps a return is reached before all accuracies are tried.",
            lambda a: 2,
        ),
        WrongAnswer("The result is always 0: perhaps the value at the start is returned.", lambda a: 0),
        WrongAnswer("The result is always 128; it depends on the accuracies.", lambda a: 128),
        WrongAnswer("The result is always 100; it depends on the accuracies.", lambda a: 100),
        WrongAnswer(
            "The result is always 10,000: every size is rejected until the last one.", lambda a: 10_000
        ),
        WrongAnswer("The result is always -1: no size is found.", lambda a: -1),
        WrongAnswer(
            "The result comes from the smallest gap between two accuracies; they can be several images apart.",
            lambda a: round(100 / _gap(a, 100)),
        ),
        WrongAnswer(
            "The result comes from the smallest gap between two accuracies; they can be several images apart.",
            lambda a: round(100 / _gap(a)),
        ),
        WrongAnswer(
            "The result comes from the smallest gap between two accuracies; they can be several images apart.",
            lambda a: round(100 / _gap(a, [0, 100])),
        ),
        WrongAnswer(
            "The result comes from the smallest gap between two accuracies; they can be several images apart.",
            lambda a: int(100 / _gap(a)),
        ),
        WrongAnswer(
            "The result comes from the smallest gap between two accuracies; they can be several images apart.",
            lambda a: math.ceil(100 / _gap(a)),
        ),
        WrongAnswer("The largest accuracy is returned; it is in per cent.", lambda a: round(float(a.max()))),
        WrongAnswer(
            "The smallest accuracy counts as one image; it can be several.", lambda a: _share(a.min())
        ),
        WrongAnswer(
            "The smallest accuracy above 0 counts as one image; it can be several.",
            lambda a: _share(a[a > 0].min()),
        ),
        WrongAnswer(
            "The smallest accuracy above 0 counts as one image; it can be several.",
            lambda a: int(100 / a[a > 0].min()),
        ),
        WrongAnswer(
            "The largest accuracy counts as one image less than all; more can be missing.",
            lambda a: _share(100 - a.max()),
        ),
        WrongAnswer(
            "The largest accuracy counts as one image less than all; more can be missing.",
            lambda a: _share(100 - a[a < 100].max() if (a < 100).any() else 0),
        ),
        *(
            WrongAnswer(
                "The greatest common divisor of the printed numbers is used; they are rounded, so it means little.",
                answer,
            )
            for answer in (
                lambda a: 10_000 // math.gcd(10_000, *(round(100 * x) for x in a)),
                lambda a: 10_000 // max(math.gcd(*(round(100 * x) for x in a)), 1),
                lambda a: max(10_000 // math.gcd(10_000, round(100 * x)) for x in a),
            )
        ),
    ),
)
