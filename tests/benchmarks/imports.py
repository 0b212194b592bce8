"""What `import labutils` costs beside `import numpy`."""

import statistics
import subprocess
import sys
from collections.abc import Iterator

CODE = """
import sys, time
before, start = len(sys.modules), time.perf_counter()
import {module}
heavy = [name for name in ("matplotlib", "pandas", "scipy") if name in sys.modules]
print(1000 * (time.perf_counter() - start), len(sys.modules) - before, len(heavy))
"""


def measure(rounds: int) -> Iterator[dict]:
    """Milliseconds and modules of each import, in a process of its own, in turn."""
    modules = ["numpy", "labutils", "labutils.training"]
    seen: dict[str, list] = {module: [] for module in modules}
    for _ in range(rounds):
        for module in modules:
            command = [sys.executable, "-c", CODE.format(module=module)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            seen[module].append([float(word) for word in run.stdout.split()])
    middle = {
        module: [statistics.median(column) for column in zip(*rows, strict=True)]
        for module, rows in seen.items()
    }
    yield {"what": "import numpy", "value": middle["numpy"][0], "unit": "ms"}
    for module in modules[1:]:
        milliseconds, count, heavy = middle[module]
        beyond = milliseconds - (
            middle["numpy"][0] if module == "labutils.training" else 0
        )  # labutils loads no NumPy
        yield {"what": f"import {module}, beyond NumPy", "value": beyond, "unit": "ms", "most": 60}
        yield {"what": f"import {module}: modules", "value": count}
        yield {"what": f"import {module}: of matplotlib, pandas, scipy", "value": heavy, "most": 0}
