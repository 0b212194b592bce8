"""The pages of `make html` in a browser without a network: nothing leaves, nothing is blank, frames step."""

import json

import pytest

from labutils.instructor.pages import write_pages
from labutils.instructor.rendering import render_notebook

from ..instructor import attacks
from .conftest import ROOT, explorers_of, missing

pytestmark = pytest.mark.browser

AXE = ROOT / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ["index", "part_a_logistic_regression", "part_b_two_layer_network", "part_c_learning_rate_study"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("html")
    write_pages(ROOT / "notebooks", folder)
    (folder / "attacks.html").write_text(render_notebook(attacks.notebook(), "x"), encoding="utf-8")
    return folder


@pytest.fixture
def visit(browser, folder):
    """A function that opens a page, offline, in a window of some width: the page, and what it asked for."""
    contexts = []

    def open_page(name: str, width: int = 1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 720}, offline=True, **options)
        contexts.append(context)
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(dialog.message) or dialog.dismiss())
        page.goto(f"file://{folder / name}.html")
        return page, asked

    yield open_page
    for context in contexts:
        context.close()


def only_the_page(asked) -> bool:
    return [url for url in asked if not url.startswith("data:image/")] == asked[:1]


@pytest.mark.parametrize("name", NAMES)
def test_no_request_leaves_and_nothing_is_blank(visit, name):
    page, asked = visit(name)
    assert only_the_page(asked)
    assert page.evaluate("document.scripts.length") == 0
    for image in page.locator("img:visible").all():
        assert image.evaluate("image => image.naturalWidth") > 100
    for text in page.locator("pre.output").all():
        assert text.inner_text().strip()
    assert page.locator("math").count() > 20 or name not in NAMES[1:2]
    assert "\\frac" not in page.inner_text("body")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [390, 1280])
def test_no_horizontal_scrolling(visit, name, width):
    page, _ = visit(name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_frames_step_without_script(visit, name):
    page, _ = visit(name, java_script_enabled=False)
    strips = page.locator(".frames")
    assert strips.count() == len(explorers_of(name))
    for strip in strips.all():
        labels, pictures = strip.locator("label"), strip.locator("img")
        assert 5 <= labels.count() == pictures.count() <= 9
        for i in (*range(labels.count()), 0):
            labels.nth(i).click()
            assert [picture.is_visible() for picture in pictures.all()] == [
                k == i for k in range(labels.count())
            ]
        page.keyboard.press("ArrowRight")
        assert pictures.nth(1).is_visible()


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_serious_violation(visit, name):
    if not AXE.exists():
        missing("axe-core is not there: npm install --prefix build/axe axe-core")
    page, _ = visit(name, bypass_csp=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, json.dumps(
        [(v["id"], v["nodes"][0]["html"][:200], len(v["nodes"])) for v in serious], indent=1
    )


def test_attacks_do_nothing(visit):
    page, asked = visit("attacks")
    page.wait_for_timeout(500)
    assert only_the_page(asked)
    assert page.evaluate("window.pwned") is None
    assert "over everything" in page.inner_text("main")  # the words of the attacks are there


def test_on_paper(visit):
    page, _ = visit("part_a_logistic_regression")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator(".frames label:visible").count() == page.locator(".frames").count()
    assert len(page.pdf()) > 100_000
