"""Take README's picture from Part C, where it is the figure whose alt text begins as README's does."""

import base64
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]


def picture() -> tuple[Path, bytes]:
    """Where README shows its picture, and the PNG of the figure in Part C."""
    alt, path = re.search(r"!\[(.*)\]\((.*)\)", (ROOT / "README.md").read_text(encoding="utf-8")).groups()
    notebook = nbformat.read(ROOT / "notebooks" / "part_c_learning_rate_study.ipynb", as_version=4)
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    (figure,) = [data for data in outputs if data.get("text/plain", "").startswith(alt)]
    return ROOT / path, base64.b64decode(figure["image/png"])


if __name__ == "__main__":
    path, png = picture()
    path.write_bytes(png)
