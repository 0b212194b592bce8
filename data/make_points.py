"""Make data/points.csv: two overlapping groups of points in the plane, 80 to train on and 20 held out.

Needs NumPy alone. Run `python data/make_points.py` to write the file again.
"""

from pathlib import Path

import numpy as np

SEED = 0
MEANS = {0: (0.3, 0.3), 1: (1.7, 1.7)}
STANDARD_DEVIATION = 1.0
TRAIN, HELD_OUT = 40, 10  # points of each group


def make_points() -> np.ndarray:
    """Rows of x1, x2, label, held_out: (100, 4), rounded to 4 decimals."""
    rng = np.random.default_rng(SEED)
    rows = []
    for label, mean in MEANS.items():
        points = rng.normal(mean, STANDARD_DEVIATION, size=(TRAIN + HELD_OUT, 2)).round(4)
        rows += [(*point, label, int(i >= TRAIN)) for i, point in enumerate(points)]
    return np.array(rows)[rng.permutation(len(rows))]


if __name__ == "__main__":
    lines = ["x1,x2,label,held_out"]
    lines += [f"{x1:.4f},{x2:.4f},{int(label)},{int(held_out)}" for x1, x2, label, held_out in make_points()]
    Path(__file__).with_name("points.csv").write_bytes(("\n".join(lines) + "\n").encode())
