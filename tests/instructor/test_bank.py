"""The bank of the exercises: its right answers are right, and its inputs show every mistake that it generates."""

import ast
import json
import re

import numpy as np
import pytest

from labutils.exercises.cases import agree, load_exercises
from labutils.instructor import bank
from labutils.instructor.bank import EXERCISES, descriptions, generate, mutants
from labutils.instructor.bank.running import compiled, results

CODE = r"@|np\.|\.T\b|\.sum|axis=|keepdims|lambda|p \* \(1| / \(p|8 /|rate \*"  # of a solution
SEEDS = {"public": (bank.PUBLIC_SEED,), "hidden": bank.HIDDEN_SEEDS}
QUICK = ("A3.2", "A3.3", "A7.2", "B2.3")
ALL = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in EXERCISES]

# Changes that leave an answer right: a pattern for the changed source, and why it is equivalent.
EVERYWHERE = [
    (
        r"np\.clip\(.*, (0\.001|0\.01), (0\.99|0\.999)\)",
        "it changes only probabilities close to 0 and 1, hardly where they are not divided by",
    ),
    (r"^\w+ = np\.ones\([\w.]+\)$", "every entry of this array is written later"),
    (
        r"np\.dot\((\w+|gW \+ l2 \* W|100|0\.25|db\.T), (rate|momentum|l2|rate \* l2|k / n|np\.max\(.*\))\)",
        "one factor is a number, and np.dot multiplies by a number like *",
    ),
]
EQUIVALENT = {
    "A3.1": [
        (r"keepdims=True\)\.reshape", "reshape makes the column in either case"),
        (
            r"dz\[[:j], i - 1\]",
            "index -1 is the last sample, so all samples are still added up, in another order",
        ),
    ],
    "A3.2": [
        (r"slope = np\.\w+\(p \* \(1 - p\)", "p (1 - p) is between 0 and 1/4"),
        (r"np\.abs\(slope\)", "p (1 - p) is positive"),
        (r"dp\[:, i\] @ np\.diag", "the Jacobian is symmetric"),
    ],
    "A3.3": [
        (r"t\[j, i\] >= 1", "t is 0 or 1"),
        (
            r"np\.round\(.*, 4\)",
            "the values are at least 1, so rounding to four decimals is within the tolerance",
        ),
        (r"\(1 - t\) \* \(1 - t\)|t \* t|t [<>]= [01]", "t is 0 or 1"),
        (r"1 \* 1 /|-\(1 / p", "the number 1 is its own square, and the sign belongs to the fraction"),
        (r"np\.(abs|maximum)\(1 / \(1 - p", "1 / (1 - p) is positive"),
    ],
    "A6": [
        (r"\bb\.T|db\.T|dz\.T\.T|db \+= dz\.T", "b, db and dz have one entry here, or dz is the only row"),
        (r"\[\.\.\., ::-1\]", "the order of the samples does not matter"),
        (
            r"linear_backward\((b|np\.ones\(np\.shape\(W\)\)), x, dz\)",
            "the result dx is not used, and only dx depends on W",
        ),
        (r"b - rate \* db\)\.T|dz\.sum\(|np\.full\(", "there is one output, so db has one entry"),
        (
            r"np\.clip\(-z, -\d+, \d+\)",
            "the sigmoid of 10 or -10 is within the tolerance of that of larger scores",
        ),
        (r"\(1 - t\) \* \(1 - t\)", "t is 0 or 1"),
        (r"dp = -.*\n.*dz = -", "two changed signs cancel"),
        (r"1 \* 1 /", "the number 1 is its own square"),
        (r"dW \+= x\[:, \[i\]\] @ dz$", "a product with one number needs no transpose"),
        (r"p\.T - t", "one number is its own transpose"),
    ],
    "A7.2": [
        (
            r"\.T($|\[-1\]| \*\* 2)|/ L\.T|values\.T|length\.T|H\.T",
            "numbers, vectors and symmetric matrices are their own transposes",
        ),
        (r"axis=0", "the eigenvalues have one axis"),
        (
            r"np\.round\(.*, [34]\)",
            "L is at least 1/4 of the number of samples, so this is within the tolerance",
        ),
        (
            r"np\.(abs|maximum)\(|= -np",
            "the eigenvalues and the bound are positive, and the sign of a square cancels",
        ),
        (r"X @ X\.T|norm\(X\.T|svd\(X\.T", "X and its transpose have the same singular values"),
        (r"np\.(sum|mean)\((L|length)\)", "L and the length are single numbers"),
        (r"values\[-1:\]\[-1\]", "the last entry of the last entry"),
        (r"X = X\[::-1\]", "the order of the samples does not matter"),
        (r"H = 0\.25 \* X\.T @ X", "the number may be multiplied first"),
    ],
    "B2.1": [
        (
            r"axis=0, keepdims=True|(z|np\.exp\(s\)), axis=0\)",
            "one row is broadcast in the same way with and without the kept axis",
        ),
        (r"top\.T|total\.T|\be\.T|np\.sum\(e\)\)\.T", "numbers and vectors are their own transposes"),
        (r"np\.max\(z\[:, i\], axis=0|np\.sum\(e, axis=0|\.max\(axis=0\)$", "one column has one axis"),
        (
            r"np\.(abs|maximum|clip)\((np\.exp|e\b|e /|y\b)|np\.abs\((np\.sum|e\.sum)",
            "exponentials and probabilities are positive, and at most 1 after the shift",
        ),
        (
            r"np\.clip\(.*, -(20|50|100|500|700), ",
            "shifted scores are at most 0, and what is below -20 has no share",
        ),
        (
            r"e = (-|2 \* |0\.5 \* )?np\.exp\(.*\)( [*/] np\.(shape|size)\(z\)(\[\d\])?)?$",
            "a common factor cancels",
        ),
        (r"np\.(sum|mean)\((top|np\.sum\(e\))\)", "the largest score and the sum are single numbers"),
        (r"np\.round\(z\)", "any shift near the largest score prevents the overflow"),
        (
            r"s = np\.round\(.*, 4\)",
            "the scores have four binary digits, so rounding leaves them as they are",
        ),
        (r"total = (-0|0 [*/])", "0 is 0 with any factor"),
        (r"z\[k - 1, i\]", "index -1 is the last class, so all classes are still added up"),
        (r"for k in .*\n.*total.*\n\s+for k in", "the last pass writes all values with the complete sum"),
        (r"for k in .*\n\s+top =", "the largest score of the column is the same in every pass"),
    ],
    "B2.2": [
        (
            r"axis=0, keepdims=True|\* dy, axis=0\)",
            "one row is broadcast in the same way with and without the kept axis",
        ),
        (r"J\.T", "the Jacobian is symmetric"),
        (r"y \* s\[(:1|-1:)\]", "s has one row"),
        (r"dy\[:, i\] @ J", "the Jacobian is symmetric"),
        (r"np\.dot\(dy\[:, i\], y\[:, i\]\)", "the scalar product is symmetric"),
    ],
    "B2.3": [
        (r"labels\.T", "a vector is its own transpose"),
        (r"np\.clip\((y - t.*|dz), -1, 1\)", "all values are between -1 and 1"),
        (r"t \*\* 2|np\.(sqrt|abs|round)\(t\)|dtype=int", "the entries of the one-hot matrix are 0 and 1"),
    ],
    "B3": [
        (
            r"labels\.T|dz[12]\.T[) ]|dz[12]\.T$",
            "in this writing they are vectors, which are their own transposes",
        ),
        (r"::-1\]", "the order of the samples does not matter"),
        (r"keepdims=True\)\.reshape", "reshape makes the column in either case"),
        (r"dz2 = np\.clip\(.*, -1, 1\)", "all values are between -1 and 1"),
        (r"t \*\* 2|np\.(sqrt|abs|round)\(t\)", "the entries of the one-hot matrix are 0 and 1"),
        (r"linear_backward\(np\.\w+\(", "the result dx is not used, and only dx depends on the weights"),
    ],
    "B4": [
        (r"labels\.T|lb\.T", "a vector is its own transpose"),
        (r"start = (-0|0 \*)", "0 is 0 with any factor"),
        (r"while start != x", "the end of the last batch is the number of samples exactly"),
    ],
    "C2": [],
    "C8": [
        (r"accuracies\.T|fits\.T|1\)\.T", "numbers and vectors are their own transposes"),
        (
            r"np\.(round|trunc|abs|maximum|clip)\(",
            "the numbers of images, sizes and truth values are whole and not negative",
        ),
        (r"100 \+ 0\.0", "a number of images below 5,000 is the same after rounding"),
        (r"n\[:, (:1|-1:)\]|0 \* 0|0 - 1", "n has one column, and the first index is 0"),
        (
            r"< 0\.0051|np\.abs\(accuracies - ",
            "no difference is 0.0051 exactly, and the absolute value has no sign",
        ),
        (r"n = -np", "the position counts, not n, and the sign cancels in the fraction"),
        (r"fits = (2|0\.5) \*|fits \*\* 2", "the position of the first fit stays the same"),
    ],
    "C9": [
        (r"keepdims=True\)\.reshape", "reshape makes the column in either case"),
        (r"np\.(abs|maximum)\((train|total|np\.|mean)|np\.abs\(mean\)", "the pixels are not negative"),
        (r"mean\[:, (:1|-1:)\]|total\[:, (:1|-1:)\]", "the mean image has one column"),
        (r"train\[:, i - 1\]", "index -1 is the last image, so all images are still added up"),
        (r"np\.round\(.*, 4\)", "pixels of 0 to 1 have three decimals, so this is within the tolerance"),
        (r"dtype=float", "the mean of a small number of bytes is exact in either way"),
        (r"for i in .*\n.*\n\s+mean = ", "the last pass computes the mean with the complete sum"),
    ],
}
EQUIVALENT["C1"] = [
    *EQUIVALENT["B3"],
    (r"\(a1(\[:, i\])? > 0\) \* \(a1|np\.sign\(a1\) \* np\.sign", "0 and 1 are their own squares"),
    (r"!= 0|a1 \*\* 2|np\.sqrt\(a1\)", "the output of a ReLU is not negative"),
]


def changed_lines(source, writings):
    """The lines of a changed source that its writing does not have; all lines if only their order differs."""
    lines = [line.strip() for line in source.splitlines()]
    right = [[line.strip() for line in ast.unparse(ast.parse(writing)).splitlines()] for writing in writings]
    fewest = min(([line for line in lines if line not in some] for some in right), key=len)
    return "\n".join(fewest) or source


def right_of(name, seeds):
    given = [one for seed in seeds for one in bank.inputs(name, seed)]
    return given, [one for seed in seeds for one in bank.right_results(name, seed)]


@pytest.mark.parametrize("name", EXERCISES)
def test_all_writings_are_right(name):
    entry = EXERCISES[name]
    for seed in (bank.PUBLIC_SEED, *bank.HIDDEN_SEEDS, 1, 2):
        for given, expected in zip(*right_of(name, (seed,)), strict=True):
            for writing in (*entry.writings, *entry.also_right):
                made = results(compiled(writing), given, expected)
                assert not isinstance(made, str), f"{made}:{writing}"
                assert agree(made, expected), writing


@pytest.mark.parametrize("kind", SEEDS)
@pytest.mark.parametrize("name", ALL)
def test_no_generated_mistake_is_accepted(name, kind):
    """Only those that are equivalent to a right answer."""
    reasons = [*EVERYWHERE, *EQUIVALENT[name]]
    accepted = generate.accepted(EXERCISES[name], *right_of(name, SEEDS[kind]))
    changes = [changed_lines(source, EXERCISES[name].writings) for source in accepted]
    assert not [text for text in changes if not any(re.search(p, text, re.MULTILINE) for p, _ in reasons)]


@pytest.mark.parametrize("kind", SEEDS)
@pytest.mark.parametrize("name", EXERCISES)
def test_no_mistake_by_hand_is_accepted(name, kind):
    given, right = right_of(name, SEEDS[kind])
    with np.errstate(all="ignore"):
        for mistake in EXERCISES[name].mistakes:
            made = generate.outcome(mistake.wrong, given, right, only_right=True)
            assert made is None, mistake.sentence


@pytest.mark.parametrize("seed", [0, 20, 21])
@pytest.mark.parametrize("name", EXERCISES)
def test_every_argument_varies_alone(name, seed):
    made = bank.twins(name, seed)
    arguments = list(made[0][0])
    found = []
    for given, twin in made:
        if twin is not None:
            other, argument = twin
            found.append(argument)
            differing = [a for a in arguments if not np.array_equal(given[a], made[other][0][a])]
            assert differing == [argument]
            assert np.shape(given[argument]) == np.shape(made[other][0][argument])
    assert found == (arguments if len(arguments) > 1 else [])
    for argument in EXERCISES[name].scalars:
        assert len({given[argument] for given, _ in made}) > 3, argument


def test_sizes_are_all_different_once_all_equal_once_and_there_is_one_sample_once():
    for name, entry in EXERCISES.items():
        if len(entry.sizes) > 1:
            shapes = [
                [np.shape(given[argument])[axis] for argument, axis in entry.sizes.values()]
                for given in bank.inputs(name, 0)
            ]
            assert any(len(set(sizes)) == len(sizes) for sizes in shapes), name
            assert any(len(set(sizes)) == 1 for sizes in shapes) or name in ("A7.2", "C9"), name


def test_the_report_s_table_is_among_the_accuracies():
    for seed in (0, 20, 21):
        printed = [sorted(given["accuracies"].tolist()) for given in bank.inputs("C8", seed)]
        assert [3.91, 5.47, 7.03, 7.81, 9.38, 10.16, 11.72, 13.28] in printed
        assert any(0 in numbers for numbers in printed)
        assert any(100 in numbers for numbers in printed)


@pytest.mark.parametrize("name", EXERCISES)
def test_hints_are_three_and_show_no_code(name):
    assert len(EXERCISES[name].hints) == 3
    for hint in EXERCISES[name].hints:
        assert hint.endswith((".", "?"))
        assert not re.search(rf"{CODE}|`", hint)


@pytest.mark.parametrize("name", EXERCISES)
def test_stored_sentences_are_sentences_and_show_no_code(name):
    exercise = load_exercises()[name]
    assert len(exercise.mistakes) > 100
    for mistake in exercise.mistakes:
        assert re.match(r"[A-Z`0-9].*[.?]$", mistake.sentence), mistake.sentence
        assert not re.search(rf"{CODE}|  ", mistake.sentence), mistake.sentence
        assert len(mistake.numbers) == len(exercise.names)
        assert any(numbers is not None for numbers in mistake.numbers)
        assert all(numbers is None or len(numbers) == len(exercise.cases) for numbers in mistake.numbers)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_sentence_joins_no_two_equal_halves(name):
    for mistake in load_exercises()[name].mistakes:
        first, _, second = mistake.sentence.partition(" Also, ")
        assert not second or second.lower() not in first.lower(), mistake.sentence
        assert "Either" not in mistake.sentence or ", or " in mistake.sentence, mistake.sentence


def test_a_missing_factor_is_named_with_its_place():
    """Where the same sentence would stand for two mistakes of different numbers, the place is added."""
    places = ("In the ", "is missing")
    sentences = [mistake.sentence for mistake in load_exercises()["B2.2"].mistakes]
    assert any(s.startswith(places[0]) and places[1] in s and "factor" in s for s in sentences)


def test_the_file_is_small():
    from labutils._internal.data_files import read

    assert len(read("exercises.json")) < 1_000_000


@pytest.mark.parametrize("name", ["A3.2", "B2.3"])
def test_the_file_is_what_the_bank_makes(name):
    stored = json.loads(json.dumps(bank.known_mistakes(name, bank.PUBLIC_SEED)))
    assert [mistake.sentence for mistake in load_exercises()[name].mistakes] == [
        m["sentence"] for m in stored
    ]
    for mistake, made in zip(load_exercises()[name].mistakes, stored, strict=True):
        assert [n and [round(1e4 * one) for one in n] for n in mistake.numbers] == made["numbers"]


@pytest.mark.slow
def test_a_change_of_each_kind_is_generated():
    made = {mutant.kind for entry in EXERCISES.values() for mutant in mutants.mutants(entry)}
    assert made == set(descriptions.KINDS) - {"hand", "combined"}


def test_generated_sources_are_functions_that_differ_from_the_right_ones():
    entry = EXERCISES["A3.2"]
    sources = [mutant.source for mutant in mutants.mutants(entry)]
    right = {ast.unparse(ast.parse(writing)) for writing in entry.writings}
    assert len(sources) == len(set(sources))
    assert not right & set(sources)
