"""Make data/bands.csv: where the numbers of Parts B and C that depend on the machine lie, and how far they may stray.

Each notebook is run with other seeds, and with seed 0 under other BLAS kernels and two threads; whatever it hands to
`experiments.in_bands` is collected. A band is the range that was seen, widened by a quarter of its width on each side.

Needs what `make test` needs and about a quarter of an hour. Run `python data/make_bands.py` to measure again; then put
the new checksum into data/SHA256SUMS and data/README.md.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ["part_b_two_layer_network", "part_c_learning_rate_study"]
SETTINGS = [(seed, {}) for seed in range(10)] + [
    (0, {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2"}),
    (0, {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "1"}),
]

SPY = """
from labutils import experiments
collected = {{}}
def in_bands(values):
    collected.update({{name: float(value) for name, value in values.items()}})
    return "collected"
experiments.in_bands = in_bands
{sabotage}
"""
HAND_OVER = "import json; open({path!r}, 'w').write(json.dumps(collected))"


def collect(
    notebook: str, seed: int = 0, environment: dict[str, str] | None = None, sabotage: str = ""
) -> dict:
    """Run a notebook with this seed; what it hands to `experiments.in_bands`. `sabotage`: code to run before it."""
    content = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4)
    cells = [cell for cell in content.cells if cell.cell_type == "code"]
    last = max(i for i, cell in enumerate(cells) if "in_bands" in cell.source or "bands_of(" in cell.source)
    cells = cells[: last + 1]  # what comes after hands over nothing
    for cell in cells:
        cell.source = cell.source.replace("SEED = 0", f"SEED = {seed}")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "collected.json")
        first = nbformat.v4.new_code_cell(SPY.format(sabotage=sabotage))
        hand_over = nbformat.v4.new_code_cell(HAND_OVER.format(path=str(result)))
        content.cells = [first, *cells, hand_over]
        path = Path(folder, "run.ipynb")
        nbformat.write(content, path)
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors"]
        command += ["--log-level=ERROR", "--output", "done.ipynb", str(path)]
        subprocess.run(command, check=True, env=os.environ | (environment or {}))
        return json.loads(result.read_text())


def bands(runs: list[dict]) -> list[dict]:
    """A row for each quantity: low, high, and the lowest and highest value that was seen in how many runs."""
    rows = []
    for quantity in runs[0]:
        values = [run[quantity] for run in runs if quantity in run]
        lowest, highest = min(values), max(values)
        margin = (highest - lowest) / 4
        rows.append(
            {
                "quantity": quantity,
                "low": round(max(lowest - margin, 0.0), 3),  # errors and losses are never negative
                "high": round(highest + margin, 3),
                "lowest": round(lowest, 4),
                "highest": round(highest, 4),
                "runs": len(values),
            }
        )
    return rows


if __name__ == "__main__":
    rows = []
    with ThreadPoolExecutor(2) as pool:
        for notebook in NOTEBOOKS:
            rows += bands(
                list(pool.map(lambda setting, notebook=notebook: collect(notebook, *setting), SETTINGS))
            )
    with Path(__file__).with_name("bands.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
