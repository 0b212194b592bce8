"""Pages: nothing of a stranger's notebook can act, and nothing of ours is lost."""

import base64
import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from labutils.instructor.pages import write_pages
from labutils.instructor.rendering import build_page, render_notebook
from labutils.instructor.safe_html import MATH_TAGS, TEXT_TAGS, render_markdown

from ..parts.conftest import PARTS, ROOT, read
from . import attacks

KNOWN = set(TEXT_TAGS) | set(MATH_TAGS)
OURS = set(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "nav",
        "main",
        "section",
        "figure",
        "footer",
        "fieldset",
        "legend",
        "input",
        "label",
        "details",
        "summary",
    ]
)


def check_harmless(page: str) -> BeautifulSoup:
    """Assert that a page has no script, handler, form, frame, style escape or resource from elsewhere."""
    soup = BeautifulSoup(page, "html.parser")
    assert len(soup.find_all("style")) == 1
    assert len(soup.find_all("meta")) == 3
    for tag in soup.find_all(True):
        assert tag.name in KNOWN | OURS, tag.name
        for name, value in tag.attrs.items():
            value = " ".join(value) if isinstance(value, list) else value
            assert not name.startswith("on"), (tag.name, name)
            assert name not in (
                "style",
                "srcset",
                "srcdoc",
                "background",
                "formaction",
                "action",
                "xlink:href",
            ), name
            if name == "src":
                assert re.fullmatch(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+", value), value[:80]
            if name == "href":
                assert re.match(r"(https?://|mailto:|#)|[\w.]+\.html(#[\w-]+)?$", value), value
        if tag.name == "input":
            assert tag["type"] == "radio"
            assert tag.parent["class"] == ["frames"]
    for element in soup.body.find_all(class_=True):
        for name in element["class"]:
            owners = {
                "wide": "div",
                "rich": "div",
                "stage": "div",
                "frames": "fieldset",
                "text": "section",
                "cell": "section",
            }
            assert owners.get(name, element.name) == element.name
    return soup


@pytest.mark.parametrize("attack", attacks.HTML + attacks.MARKDOWN)
def test_no_attack_in_markdown_or_html_survives(attack):
    for cell in (
        {"cell_type": "markdown", "source": attack},
        {
            "cell_type": "code",
            "source": "",
            "outputs": [{"output_type": "display_data", "data": {"text/html": attack}}],
        },
        {
            "cell_type": "code",
            "source": "",
            "outputs": [{"output_type": "display_data", "data": {"text/markdown": attack}}],
        },
    ):
        check_harmless(render_notebook({"cells": [cell]}, "x"))


@pytest.mark.parametrize("tex", attacks.FORMULAS)
def test_no_attack_in_a_formula_survives(tex):
    check_harmless(
        render_notebook({"cells": [{"cell_type": "markdown", "source": f"a ${tex}$ b\n\n$${tex}$$"}]}, "x")
    )


@pytest.mark.parametrize("output", attacks.OUTPUTS, ids=range(len(attacks.OUTPUTS)))
def test_no_attack_in_an_output_survives(output):
    check_harmless(
        render_notebook({"cells": [{"cell_type": "code", "source": "x", "outputs": [output]}]}, "x")
    )


def test_all_of_them_together_and_there_are_enough():
    assert len(attacks.HTML + attacks.MARKDOWN + attacks.FORMULAS + attacks.OUTPUTS) >= 40
    check_harmless(render_notebook(attacks.notebook(), "</title><script>x</script>"))


def test_the_bank_is_an_attack():
    """The check fails on a page that was not cleaned: it can fail."""
    for attack in attacks.HTML[:6]:
        with pytest.raises(AssertionError):
            check_harmless(build_page("x", f"<main>{attack}</main>"))


@pytest.mark.parametrize("part", PARTS)
def test_nothing_of_ours_is_lost(part):
    notebook = read(part)
    page = render_notebook(notebook, "x")
    soup = check_harmless(page)
    texts = " ".join(section.get_text() for section in soup.find_all("section", class_="text"))
    assert not re.search(r"\$[^$\n]+\$", texts)
    figures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    strips = [output for output in figures if "labutils" in output.metadata]
    assert strips or "_c_" in part  # Part C has no explorer
    assert len(soup.find_all("fieldset")) == len(strips)
    assert len(soup.find_all("figure")) == len(figures) - len(strips)
    assert all(len(image["alt"]) > 20 for image in soup.find_all("img"))
    printed = [o.text for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "stream"]
    on_page = [pre.get_text() for pre in soup.find_all("pre", class_="output")]
    assert [text.strip() for text in on_page] == [text.strip() for text in printed]
    words = " ".join(soup.main.get_text().split())
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert " ".join(cell.source.split()) in words
        for sentence in re.findall(
            r"[A-Z][a-z ,]{30,}\.", cell.source if cell.cell_type == "markdown" else ""
        ):
            assert " ".join(sentence.split()) in words, sentence
    headings = re.findall(
        r"^## (.*)", "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown"), re.M
    )
    links = [link["href"] for link in soup.nav.find_all("a")]
    assert len(links) == len(headings)
    assert all(soup.find(id=link[1:]) is not None for link in links)


@pytest.mark.parametrize("part", PARTS)
def test_links_inside_a_notebook_lead_somewhere(part):
    soup = BeautifulSoup(render_notebook(read(part), "x"), "html.parser")
    for link in soup.main.find_all("a", href=re.compile("^#")):
        assert soup.find(id=link["href"][1:]) is not None, link["href"]


def test_the_pages_of_the_workbook(tmp_path):
    index, *parts = write_pages(ROOT / "notebooks", tmp_path)
    assert [path.stem for path in parts] == PARTS
    for path in (index, *parts):
        assert path.stat().st_size < 2e6
        soup = check_harmless(path.read_text(encoding="utf-8"))
        assert "solutions" in soup.get_text()[:600]  # the page says which kind it is
        for link in soup.find_all("a", href=re.compile(r"\.html(#.*)?$")):
            page, _, place = link["href"].partition("#")
            assert (tmp_path / page).exists()
            target = BeautifulSoup((tmp_path / page).read_text(encoding="utf-8"), "html.parser")
            assert not place or target.find(id=place) is not None, link["href"]
    sections = BeautifulSoup(index.read_text(encoding="utf-8"), "html.parser").find_all("section")
    assert len(sections) == 3
    assert all(section.find("img") and len(section.find_all("li")) >= 3 for section in sections)


def test_pages_for_students_have_pictures_but_no_results(tmp_path):
    blank = tmp_path / "release"
    blank.mkdir()
    for part in PARTS:
        notebook = read(part)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        nbformat.write(notebook, blank / f"{part}.ipynb")
    solved, *_ = write_pages(ROOT / "notebooks", tmp_path / "solved")
    index, *parts = write_pages(blank, tmp_path / "pages", ROOT / "notebooks")
    assert BeautifulSoup(index.read_text(encoding="utf-8"), "html.parser").find_all("img")
    assert all("<img" not in path.read_text(encoding="utf-8") for path in parts)
    kinds = [path.read_text(encoding="utf-8").split("<section")[0] for path in (solved, index)]
    assert "show all solutions" in kinds[0]
    assert "neither solutions" in kinds[1]


def test_a_formula_is_mathml_and_code_is_left_alone():
    html, _ = render_markdown("A price of $5 and $x_i$ and `$HOME` and $$\\frac{1}{2}$$ and \\$y\\$.")
    soup = BeautifulSoup(html, "html.parser")
    assert len(soup.find_all("math")) == 2
    assert soup.find("msub").get_text() == "xi"
    assert soup.find("math", display="block").find("mfrac") is not None
    assert soup.find("code").get_text() == "$HOME"
    assert "A price of $5 and" in soup.get_text()


def test_what_is_too_long_is_cut():
    page = render_notebook(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "source": "x",
                    "outputs": [{"output_type": "stream", "text": "ab" * 10**6}],
                }
            ]
        },
        "x",
    )
    assert "... (2,000,000 characters)" in page
    assert len(page) < 60_000
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(4_000_000)).decode()
    output = {"output_type": "display_data", "data": {"image/png": large, "text/plain": "too large"}}
    page = render_notebook({"cells": [{"cell_type": "code", "source": "x", "outputs": [output]}]}, "x")
    assert "too large" in page
    assert "<img" not in page
