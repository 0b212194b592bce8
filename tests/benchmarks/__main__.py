"""Measure, print the table with each target beside its figure, and write build/bench.json.

A ratio compares two sides that were timed in turn, again and again, in this run: the median over the rounds. BLAS and
PyTorch work on one thread.
"""

import argparse
import json
import platform
from importlib import metadata
from pathlib import Path

from threadpoolctl import threadpool_limits

from tests.benchmarks import growth, imports, live, steps, waiting, workers

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"imports": imports, "growth": growth, "steps": steps, "live": live, "workers": workers}
PARTS["waiting"] = waiting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds",
        type=int,
        default=9,
        help="how often each side is timed, steps twice as often (at least 7)",
    )
    parser.add_argument("--only", choices=list(PARTS), help="one of the parts")
    arguments = parser.parse_args()
    if arguments.rounds < 7:
        parser.error(f"--rounds: expected at least 7, got {arguments.rounds}")

    figures = []
    with threadpool_limits(1, user_api="blas"):
        for name, part in PARTS.items():
            if arguments.only in (None, name):
                for figure in part.measure(arguments.rounds):
                    print(line(figure), flush=True)
                    figures.append(figure)
    versions = {
        name: metadata.version(name) for name in ("numpy", "scikit-learn", "torch") if installed(name)
    }
    content = {"python": platform.python_version(), "processor": platform.machine(), "versions": versions}
    path = ROOT / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps(content | {"rounds": arguments.rounds, "figures": figures}, indent=1), encoding="utf-8"
    )
    print(f"written to {path.relative_to(ROOT)}")


def line(figure: dict) -> str:
    """A figure as a line of the table: what, value, quartiles, target, and whether it is met."""
    spread = (
        f"({figure['quartiles'][0]:.2f} to {figure['quartiles'][1]:.2f})" if "quartiles" in figure else ""
    )
    verdict = ""
    if "most" in figure or "least" in figure:
        met = figure.get("least", float("-inf")) <= figure["value"] <= figure.get("most", float("inf"))
        bounds = [f"at least {figure['least']:g}"] if "least" in figure else []
        bounds += [f"at most {figure['most']:g}"] if "most" in figure else []
        verdict = f"{' and '.join(bounds):<26} {'met' if met else 'NOT MET'}"
    return f"{figure['what']:<66} {figure['value']:>8.2f} {figure.get('unit', ''):<8} {spread:<16} {verdict}".rstrip()


def installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
