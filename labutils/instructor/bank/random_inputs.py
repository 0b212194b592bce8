"""Inputs of the exercises: random shapes, with one sample, one feature and equal sizes among them.

Every argument varies. The numbers are short, because students see them in messages.
"""

from typing import Any

import numpy as np

Rng = np.random.Generator
Given = dict[str, Any]
SHAPES = ((3, 2, 4), (4, 3, 1), (3, 3, 3), (1, 1, 5), (5, 4, 7))  # features, outputs, samples
BASES = len(SHAPES) + 1  # the last one is random


def sizes(rng: Rng, case: int) -> tuple[int, int, int]:
    """How many features, outputs and samples."""
    m, n, samples = SHAPES[case] if case < len(SHAPES) else rng.permutation([2, 4, 5, 6, 7])[:3]
    return int(m), int(n), int(samples)


def normal(rng: Rng, *shape: int, case: int = 0) -> np.ndarray:
    """Numbers of both signs, with three digits. They are large in case 1 and small in case 3."""
    scale = {1: 20, 3: 0.03}.get(case, 1.5)
    numbers = scale * rng.normal(size=shape)
    return np.array([float(f"{number:.3g}") for number in numbers.ravel()]).reshape(shape)


def probabilities(rng: Rng, *shape: int) -> np.ndarray:
    """Numbers between 0 and 1, also close to them."""
    return (1 / (1 + np.exp(-2 * rng.normal(size=shape)))).round(4).clip(0.0002, 0.9998)


def one(rng: Rng, low: float, high: float) -> float:
    """A number between two others, with three digits."""
    return float(f"{rng.uniform(low, high):.3g}")


def linear_inputs(rng: Rng, case: int) -> Given:
    m, n, samples = sizes(rng, case)
    return {
        "W": normal(rng, m, n, case=case),
        "x": normal(rng, m, samples, case=case),
        "dz": normal(rng, n, samples, case=case),
    }


def sigmoid_inputs(rng: Rng, case: int) -> Given:
    _, n, samples = sizes(rng, case)
    return {"p": probabilities(rng, n, samples), "dp": normal(rng, n, samples, case=case)}


def nll_inputs(rng: Rng, case: int) -> Given:
    _, n, samples = sizes(rng, case)
    return {"p": probabilities(rng, n, samples), "t": rng.integers(2, size=(n, samples))}


def descent_inputs(rng: Rng, case: int) -> Given:
    m, _, samples = sizes(rng, case)
    x, t = normal(rng, m, samples), rng.integers(2, size=(1, samples))
    start = {"W": normal(rng, m, 1), "b": normal(rng, 1, 1)}
    steps = (3, 2, 5, 4, 1)[case] + int(rng.integers(3))
    return {"x": x, "t": t} | start | {"rate": one(rng, 0.02, 0.3), "steps": steps}


def bound_inputs(rng: Rng, case: int) -> Given:
    """Also features that are large, so that the bound is small; with a mean; and of which one matters little."""
    m, _, samples = (1, 1, 1) if case == 1 else sizes(rng, case)
    scale = (1, 0.5, 0.1, 1, 30, 4)[case]
    X = np.insert(scale * normal(rng, samples + m + 1, m) + (case == 5), m, 1, axis=1).round(2)
    if case == 3:  # one feature: X^T X is diagonal, with the smaller number first
        X[:, 0] = 0
        X[:2, 0] = one(rng, 0.4, 0.8) * np.array([1, -1])
    return {"X": X}


def scores(rng: Rng, classes: int, samples: int) -> np.ndarray:
    """Scores that float32 holds as they are."""
    return np.round(16 * rng.normal(size=(classes, samples))) / 16


def classes_and_samples(rng: Rng, case: int) -> tuple[int, int]:
    """How many classes, at least two, and samples."""
    _, classes, samples = sizes(rng, case)
    return max(classes, 2) + (case == 0), samples


def score_inputs(rng: Rng, case: int) -> Given:
    """Scores of a few units, then columns far above and below 0, then one score far above the others of its column."""
    classes, samples = classes_and_samples(rng, case)
    z = scores(rng, max(classes, 3) if case == 5 else classes, samples)
    if case in (2, 3):
        z += np.resize(
            [1000, -1000, 0] if case == 2 else [-1000, 1000, 0], z.shape[1]
        )  # exp overflows, underflows
    if case == 3:
        z[rng.permutation(z.shape[1]) % 2, np.arange(z.shape[1])] += 3000
    if case == 4:
        z[-1] += 1500  # neither the first score nor the mean nor the least is a shift for it
    if case == 5:
        z[0] += 300  # the first score and the mean are near enough, and the least is not
        z[-1] += 800
        z[:, 0] = np.linspace(-500, 500, len(z)).round()  # the median is near enough, and the least is not
    return {"z": z}


def fractions(rng: Rng, classes: int, samples: int) -> np.ndarray:
    """Probabilities that add up to 1 in each column."""
    exps = np.exp(scores(rng, classes, samples))
    return (exps / exps.sum(axis=0)).round(6)


def softmax_inputs(rng: Rng, case: int) -> Given:
    y = fractions(rng, *classes_and_samples(rng, case))
    return {"y": y, "dy": normal(rng, *y.shape, case=case)}


def some_labels(rng: Rng, case: int, classes: int, samples: int) -> np.ndarray:
    """Labels, of which some occur several times. In two cases the highest class is missing."""
    return rng.integers(classes - (case in (0, 4) and classes > 2), size=samples)


def label_inputs(rng: Rng, case: int) -> Given:
    y = fractions(rng, *classes_and_samples(rng, case))
    return {"y": y, "labels": some_labels(rng, case, *y.shape)}


def network_inputs(rng: Rng, case: int, relu: bool = False) -> Given:
    """A two-layer network. The numbers of inputs, hidden units, samples and classes all differ, or are all 3."""
    shapes = ((2, 4, 5, 3), (4, 3, 1, 2), (3, 3, 3, 3), (1, 2, 5, 4), (5, 4, 7, 3))
    m, hidden, samples, classes = shapes[case]
    a1 = normal(rng, hidden, samples) * 2 if relu else probabilities(rng, hidden, samples)
    return {
        "x": normal(rng, m, samples, case=case),
        "a1": np.where(a1 > 0, a1, 0).round(2) if relu else a1,
        "y": fractions(rng, classes, samples),
        "labels": some_labels(rng, case, classes, samples),
        "W2": normal(rng, hidden, classes, case=case),
    }


def relu_inputs(rng: Rng, case: int) -> Given:
    return network_inputs(rng, case, relu=True)


def epoch_inputs(rng: Rng, case: int) -> Given:
    """Samples that are a multiple of the batch or not, in one batch that is smaller than its size, and one by one."""
    features, hidden, samples, classes = (
        (3, 2, 7, 4),
        (4, 3, 6, 2),
        (3, 3, 3, 3),
        (2, 5, 4, 3),
        (2, 3, 5, 4),
    )[case]
    batch = int(rng.choice([2, 3, 5])) if case == 0 else (2, 2, 9, 1)[case - 1]
    arrays = {
        "W1": normal(rng, features, hidden),
        "b1": normal(rng, hidden, 1, case=case),
        "W2": normal(rng, hidden, classes),
        "b2": normal(rng, classes, 1, case=case),
        "x": normal(rng, features, samples),
        "labels": rng.integers(classes, size=samples),
    }
    return arrays | {"rate": one(rng, 0.05, 0.4), "batch_size": batch}


def momentum_inputs(rng: Rng, case: int) -> Given:
    m, n, _ = sizes(rng, case)
    arrays = {
        name: normal(rng, *((m, n) if "W" in name else (n, 1)), case=case)
        for name in ("W", "b", "vW", "vb", "gW", "gb")
    }
    l2 = 0.0 if case == 1 else one(rng, 0.02, 0.6)
    return arrays | {"rate": one(rng, 0.02, 0.5), "momentum": one(rng, 0.3, 0.95), "l2": l2}


def image_inputs(rng: Rng, case: int) -> Given:
    d, _, samples = sizes(rng, case)
    train, validation = rng.integers(256, size=(d, samples + 1)), rng.integers(256, size=(d, samples))
    if case == 2:
        train, validation = train[:, :3], validation[:, :3]
    if case == 5:
        train, validation = train // 2, validation // 2 + 60
    if case == 3:  # of 0 to 1, as some load them
        return {"train": (train / 255).round(3), "validation": (validation / 255).round(3)}
    kind = np.int64 if case in (1, 4) else np.float64
    return {"train": train.astype(kind), "validation": validation.astype(kind)}


# ---- Accuracies as they are printed: those of the report's tables, and of other numbers of images

REPORT = (3.91, 9.38, 11.72, 13.28, 10.16, 7.81, 7.03, 5.47)  # training_accuracy_pct of learn-rate-too-high
HIGH = (99.22, 98.44, 96.09, 100.0, 97.66)  # of the other runs; where rounding half up or half to even agree


def accuracy_inputs(rng: Rng, case: int) -> Given:
    """Printed accuracies, case by case.

    0 the report's table; 1 one accuracy alone; 2 few of some images, among them 0 and 100; 3 an odd number of images;
    4 many images, so that a wide tolerance fits smaller numbers; 5 only a small accuracy tells; 6 only a large one;
    7 other runs of the report; 8 a tolerance that is a little too wide fits a smaller number; 9 a single image.
    """
    if case in (0, 7):
        return {"accuracies": rng.permutation(REPORT if case == 0 else HIGH)}
    if case == 8:
        return {"accuracies": _between_tolerances(rng)}
    right, size = {
        1: (rng.choice([1, 127, 125, 3], size=1), 128),
        2: (np.append(rng.integers(1, 40, size=5), [0, 43]), 43),
        3: (rng.integers(9, 37, size=6), 37),
        4: (rng.integers(400, 1000, size=6), 1000),
        5: (np.array([1, 128, 192, 256]), 256),
        6: (np.array([0, 128, 64, 255]), 256),
        9: (np.array([0, 1]), 1),
    }[case]
    return {"accuracies": rng.permutation(np.unique(np.round(100 * right / size, 2)))}


def _between_tolerances(rng: Rng) -> np.ndarray:
    """Accuracies of more than 5,000 images that fit fewer with a tolerance of 0.0056, but not with half a hundredth."""
    sizes = np.arange(1, 5101)[:, None]
    while True:
        size = int(rng.integers(5001, 5100))
        printed = np.unique(np.round(100 * rng.integers(size // 2, size, size=16) / size, 2))
        off = np.abs(np.round(printed * sizes / 100) * 100 / sizes - printed).max(axis=1)
        if (off <= 0.0056).argmax() < (off <= 0.00505).argmax() == (off <= 0.0051).argmax() >= 5000:
            return rng.permutation(printed)


ACCURACY_CASES = 10
