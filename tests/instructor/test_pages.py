"""Pages: nothing of a stranger's notebook can act, and nothing of ours is lost."""

import base64
import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from labutils.instructor.pages import write_pages
from labutils.instructor.rendering import build_page, render_notebook
from labutils.instructor.safe_html import LEFT_OUT, MATH_TAGS, TEXT_TAGS, clean_html, render_markdown

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
                assert re.match(
                    r"(https?://|mailto:|#)|(\.\./|[\w.%~-]+/)*[\w.%-]+\.html(#[\w-]+)?$", value
                ), value
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
    soups = {p.name: BeautifulSoup(p.read_text(encoding="utf-8"), "html.parser") for p in (index, *parts)}
    for path in (index, *parts):
        assert path.stat().st_size < 2e6
        soup = check_harmless(path.read_text(encoding="utf-8"))
        assert "solutions" in soup.get_text()[:600]  # the page says which kind it is
        for link in soup.find_all("a", href=re.compile(r"\.html(#.*)?$")):
            page, _, place = link["href"].partition("#")
            assert (tmp_path / page).exists()
            assert not place or soups[page].find(id=place) is not None, link["href"]
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


def test_pages_link_the_places_where_the_students_version_opens(tmp_path):
    index, *parts = write_pages(ROOT / "notebooks", tmp_path, address="https://github.com/someone/lab")
    hosts = {}
    for path in (index, *parts):
        soup = check_harmless(path.read_text(encoding="utf-8"))
        found = [link["href"] for link in soup.find_all("a") if "someone" in link["href"]]
        hosts[path.stem] = {re.split("[/?]", link)[2] for link in found}
        assert path is index or all(path.stem in link for link in found)
    assert len(hosts["index"]) == 4
    assert all(found == hosts["index"] for found in hosts.values())


@pytest.mark.parametrize("solved", [None, ROOT / "notebooks"], ids=["solved", "students"])
def test_without_an_address_pages_link_no_such_place(tmp_path, solved):
    for path in write_pages(ROOT / "notebooks", tmp_path, solved):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'href="[^"]*(colab\.|kaggle\.com/kernels|mybinder)', text)


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


def test_a_text_that_looks_like_a_marker_is_text():
    for marker in ("formula7xqzjformula", "formula0xqzjformula", f"formula{'9' * 5000}xqzjformula"):
        html, _ = render_markdown(
            f"$x$ {marker} `{marker}` qzj&#102;ormula formula0xqzj&#102;ormula **qzj**formula"
        )
        soup = BeautifulSoup(html, "html.parser")
        assert len(soup.find_all("math")) == 1
        assert soup.get_text().count(marker) >= 2


LONG = 50_000
HEAVY = {
    "quotations": ">" * LONG,
    "lists": "- " * (LONG // 2),
    "nested lists": "\n".join(" " * (2 * i) + "- a" for i in range(200)),
    "brackets": "[" * LONG,
    "pictures": "![a](" * (LONG // 5),
    "emphasis": "*a **b _c " * (LONG // 10),
    "blocks of HTML": "<div>" * (LONG // 5),
    "tables": "\t|-|\n  |-|\n(" * (LONG // 12),
    "formulas": "$x$ " * (LONG // 4),
    "one formula": "$" + "a+" * (LONG // 2) + "$",
    "nested fractions": "$" + "\\frac{1}{" * 3000 + "}" * 3000 + "$",
    "one address, often": "[a]: http://" + "b" * 10_000 + "\n\n" + "[a]" * 3_000,
    "a declaration": "<![" * 1_000,
    "fences": "```\n" * (LONG // 4),
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_heavy_markdown_is_a_small_page(text):
    html, _ = render_markdown(text)
    assert len(html) < 500_000
    check_harmless(render_notebook({"cells": [{"cell_type": "markdown", "source": text}]}, "x"))
    assert len(clean_html(text)) < 500_000


def test_markdown_that_would_take_long_is_shown_as_text():
    for text in (
        "\t|-|\n  |-|\n(" * 1_500,
        "word " * 5_000,
        "[a]: b" + "b" * 15_000 + "\n\n" + "[a]" * 1_000,
    ):
        soup = BeautifulSoup(render_markdown(text)[0], "html.parser")
        assert soup.find("pre", class_="words").get_text().strip() == text.strip()
        assert len(soup.find_all(True)) == 1


def test_a_page_is_never_large():
    words = [{"cell_type": "markdown", "source": "שלום " * 1_900} for _ in range(400)]
    code = [{"cell_type": "code", "source": "x", "outputs": []} for _ in range(100_000)]
    printed = [
        {
            "cell_type": "code",
            "source": "x",
            "outputs": [{"output_type": "stream", "text": "&" * 20_000} for _ in range(100)],
        }
    ]
    for cells in (words, code, printed):
        page = render_notebook({"cells": cells}, "x", inserted={len(cells) - 1: "<p>our last words</p>"})
        assert len(page.encode()) < 5_000_000
        assert "our last words" in page
        assert "left out" in page


def test_pictures_of_a_cell_are_shown_and_others_leave_a_note():
    png = {"image/png": attacks.PNG}
    names = {"a.png": png, "תמונה 1.png": png}
    html, _ = render_markdown(
        "![a](attachment:a.png) ![b](attachment:%D7%AA%D7%9E%D7%95%D7%A0%D7%94%201.png)", names
    )
    assert html.count("<img") == 2
    assert LEFT_OUT not in html
    for source in ("![a](attachment:b.png)", "![a](https://example.org/a.png)", "![a](attachment:a.svg)"):
        html, _ = render_markdown(source, names | {"a.svg": {"image/svg+xml": "<svg/>"}})
        assert "<img" not in html
        assert LEFT_OUT in html


def test_one_picture_many_times_does_not_fill_a_page():
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(5_000)).decode()
    html, _ = render_markdown("![a](attachment:a.png)" * 800, {"a.png": {"image/png": large}})
    assert len(html) < 2_000_000
    assert LEFT_OUT in html


def test_the_direction_of_a_text_stays():
    html, _ = render_markdown('<div dir="rtl">x</div>\n\n<p dir="RTL; evil">y</p>')
    soup = BeautifulSoup(html, "html.parser")
    assert soup.div["dir"] == "rtl"
    assert not soup.p.has_attr("dir")
