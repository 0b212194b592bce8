"""What a run of the notebooks leaves behind is tidied, as it is committed.

- Views of widgets go: without their kernel they would be error messages. The image in the same output stays.
- Times of execution go.
- README's picture is taken from Part C, where it is the figure of ten seeds with two treatments of the pixels.
"""

import base64
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("part_*.ipynb"))
PICTURE = "Shown: pixels as they are; mean image subtracted; mean with"  # what it shows, in its alt text


def drop_views(path: Path) -> None:
    """Take the views of widgets out of a notebook's outputs."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            for output in cell.outputs:
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
            cell.outputs = [o for o in cell.outputs if o.get("data") != {}]
    nbformat.write(notebook, path)


def picture() -> tuple[Path, bytes]:
    """Where README shows its picture, and the PNG of the figure in Part C."""
    (path,) = re.search(r"!\[.+\]\((.+)\)", (ROOT / "README.md").read_text(encoding="utf-8")).groups()
    notebook = nbformat.read(ROOT / "notebooks" / "part_c_learning_rate_study.ipynb", as_version=4)
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    (figure,) = [data for data in outputs if PICTURE in data.get("text/plain", "")]
    return ROOT / path, base64.b64decode(figure["image/png"])


if __name__ == "__main__":
    for path in NOTEBOOKS:
        drop_views(path)
    path, png = picture()
    path.write_bytes(png)
