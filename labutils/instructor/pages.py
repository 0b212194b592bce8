"""The workbook's own pages: one for each part and an index, in build/html (`make html`)."""

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat

from labutils.instructor.rendering import build_page, render_notebook
from labutils.instructor.safe_html import render_markdown, text_of


def write_pages(notebooks: Path, folder: Path) -> list[Path]:
    """Write a page for each part and an index; the paths of the index and of the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(notebooks.glob("part_*.ipynb"))
    pages, entries = [], []
    for i, path in enumerate(paths):
        notebook = nbformat.read(path, as_version=4)
        title = _heading_of(notebook)
        link = _link_parts(paths, i)
        page = folder / f"{path.stem}.html"
        page.write_text(
            render_notebook(notebook, title, f"<header>{link}</header>", f"<footer>{link}</footer>"),
            encoding="utf-8",
        )
        pages.append(page)
        entries.append(_describe_part(notebook, title, page.name))
    index = folder / "index.html"
    head = (
        "<main><h1>Deep Learning Lab, Experiment 1</h1><p>Three notebooks as pages: nothing to install.</p>"
    )
    index.write_text(
        build_page("Deep Learning Lab, Experiment 1", f"{head}{''.join(entries)}</main>"), encoding="utf-8"
    )
    return [index, *pages]


def _heading_of(notebook: Mapping[str, Any]) -> str:
    """The first heading of a notebook."""
    texts = (text_of(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return next(
        (line.lstrip("# ") for text in texts for line in text.splitlines() if line.startswith("# ")),
        "Notebook",
    )


def _link_parts(paths: Iterable[Path], i: int) -> str:
    """Links to the index and to the other parts."""
    links = ['<a href="index.html">All parts</a>']
    for k, path in enumerate(paths):
        part = path.stem.split("_")[1].upper()
        links.append(
            f"<strong>Part {part}</strong>" if k == i else f'<a href="{path.stem}.html">Part {part}</a>'
        )
    return f"<p>{' · '.join(links)}</p>"


def _describe_part(notebook: Mapping[str, Any], title: str, address: str) -> str:
    """The entry of a part in the index: its length, and the table of its claims."""
    cells = notebook["cells"]
    texts = [text_of(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    length = next(
        (p for text in texts for p in text.split("\n\n") if p.startswith("**How long it takes.**")), ""
    )
    tables = [
        text_of(output["data"]["text/markdown"])
        for cell in cells
        for output in cell.get("outputs", [])
        if "the report says" in text_of(output.get("data", {}).get("text/markdown", ""))
    ]
    count = sum(cell["cell_type"] == "code" for cell in cells)
    words = render_markdown(f"{length} ({count} cells of code)")[0]
    table = render_markdown("\n\n".join(tables[-1:]))[0]
    claims = f"<details><summary>The report's claims, and what comes of them</summary>{table}</details>"
    return f'<section class="text"><h2><a href="{address}">{html.escape(title)}</a></h2>{words}{claims}</section>'


if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parents[2]
    for path in write_pages(ROOT / "notebooks", ROOT / "build" / "html"):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB")
