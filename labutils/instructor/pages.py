"""The workbook's own pages: one for each part and an index, in build/html (`make html`)."""

import html
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat

from labutils.instructor import links
from labutils.instructor.course import PARTS, Course
from labutils.instructor.rendering import build_page, render_notebook, render_output
from labutils.instructor.safe_html import render_markdown, text_of

_TITLE = "Deep Learning Lab, Experiment 1"
_SOLVED = "<strong>For instructors: these pages show all solutions and results.</strong>"
_STUDENTS = "The students' version: these pages show neither solutions nor results."


def write_pages(notebooks: Path, folder: Path, solved: Path | None = None, address: str = "") -> list[Path]:
    """Write a page for each part and an index; the paths of the index and of the pages.

    solved: for the students' version, which has no results, the solved notebooks, for a picture of each part.
    address: of the repository with the students' version, if there is one, for links that open a part elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(notebooks.glob("part_*.ipynb"))
    kind = _STUDENTS if solved else _SOLVED
    pages, entries = [], []
    for i, path in enumerate(paths):
        notebook = nbformat.read(path, as_version=4)
        title = _heading_of(notebook)
        link = _link_parts(paths, i)
        opened = _link_elsewhere(address, path.stem)
        page = folder / f"{path.stem}.html"
        page.write_text(
            render_notebook(
                notebook, title, f"<header>{link}<p>{kind}</p>{opened}</header>", f"<footer>{link}</footer>"
            ),
            encoding="utf-8",
        )
        pages.append(page)
        illustrated = nbformat.read(solved / path.name, as_version=4) if solved else notebook
        entries.append(_describe_part(notebook, title, page.name, _first_figure(illustrated) + opened))
    index = folder / "index.html"
    head = f"<h1>{_TITLE}</h1><p>Three notebooks as pages that you can read without Jupyter. {kind}</p>"
    index.write_text(build_page(_TITLE, f"<main>{head}{''.join(entries)}</main>"), encoding="utf-8")
    return [index, *pages]


def _first_figure(notebook: Mapping[str, Any]) -> str:
    """The first figure of a notebook as HTML, or an empty text."""
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", []))
    figures = (render_output(output, 0) for output in outputs if "image/png" in output.get("data", {}))
    return next(figures, "")


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


def _link_elsewhere(address: str, stem: str) -> str:
    """Links that open the students' version of this part elsewhere; "" without an address."""
    places = links.links_to(address, {stem: part for part, stem in PARTS.items()}[stem]) if address else {}
    found = " · ".join(f'<a href="{html.escape(link)}">{name}</a>' for name, link in places.items())
    return f"<p>The students' version opens in {found}</p>" if found else ""


def _describe_part(notebook: Mapping[str, Any], title: str, address: str, figure: str) -> str:
    """The entry of a part in the index: a figure and what one learns there."""
    beginning = text_of(notebook["cells"][0]["source"])
    learnt = re.search(r"\*\*What you will be able to do\.?\*\*.*?(?=\n\n(?![-*] )|\Z)", beginning, re.DOTALL)
    words = render_markdown(learnt[0] if learnt else "")[0]
    return f'<section class="text"><h2><a href="{address}">{html.escape(title)}</a></h2>{figure}{words}</section>'


if __name__ == "__main__":
    course = Course(Path(__file__).resolve().parents[2])
    students = "--release" in sys.argv[1:]
    if students and not course.release.is_dir():
        sys.exit("There is no release yet. Run `make release` first.")
    source = course.release if students else course.source
    for path in write_pages(
        source, course.root / "build" / "html", course.source if students else None, course.address
    ):
        print(f"{path.relative_to(course.root)}: {path.stat().st_size / 1e6:.2f} MB")
