"""formgrader: it shows what students wrote, none of it can act, and it can do nothing but take marks."""

import base64
import contextlib
import csv
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup

from labutils.instructor.submission import Measured, Written

from ..browser.conftest import browser as browser
from ..server import PATIENCE
from . import attacks, small_course

pytestmark = [pytest.mark.instructor, pytest.mark.usefixtures("nbgrader")]

ROOT = Path(__file__).resolve().parents[2]
# What could become something else when it is rendered a second time, as formgrader does.
RENDERED_TWICE = [
    f"`x`\n\n```\na\n\n[x](javascript:{attacks.SET})\n\n<script>{attacks.SET}</script>\n```",
    f"<pre>\n\n&lt;script&gt;{attacks.SET}&lt;/script&gt;\n\n[x](javascript:{attacks.SET})</pre>",
    f"\\begin{{x}}<img src=x onerror={attacks.SET}>\\end{{x}}",
    f"\\\\[ <img src=x onerror={attacks.SET}> \\\\] `$$` <img src=x onerror={attacks.SET}> `$$`",
    f"    [x](javascript:{attacks.SET})\n\n    ![x](https://evil.example/x.png)",
    "# A1-written\n\n<h2 id='A1'>A1</h2><div id='notebook'>x</div>",
    "`[x]: javascript:window.pwned=1`\n\n[x]: javascript:window.pwned=1\n\n[x]",
]
HOSTILE = "<img src=x onerror=window.pwned=1>"


def hostile_submissions():
    """Submissions with every attack: in cells, in outputs, in written answers, in a name, and in messages."""
    first, second = small_course.submit(HOSTILE), small_course.submit("dana")
    released = small_course.released_notebook("A")
    cells = nbformat.from_dict(attacks.notebook()).cells
    for cell in cells:
        cell.setdefault("metadata", {"tags": [f'"><script>{attacks.SET}</script>']})
        cell.metadata["nbgrader"] = {
            "grade_id": f'"><script>{attacks.SET}</script>',
            "grade": True,
            "points": 1,
        }
    first.executed.cells = [*cells, *released.cells]
    first.executed.metadata["title"] = f"</title><script>{attacks.SET}</script>"
    everything = "\n\n".join([*RENDERED_TWICE, *attacks.MARKDOWN, *attacks.HTML])
    first.written["A1-written"] = Written(
        everything, {"evil.svg": {"image/svg+xml": f"<svg onload={attacks.SET}/>"}}
    )
    second.executed.cells[:0] = [nbformat.v4.new_markdown_cell(text) for text in RENDERED_TWICE]
    second.measured["A1"] = Measured(0, "wrong", attacks.HTML[2])
    second.written["A1-written"] = Written("**bold** $x^2$", note=f"<script>{attacks.SET}</script>")
    return [first, second]


@pytest.fixture(scope="module")
def graded(nbgrader, tmp_path_factory):
    """A course in which the hostile submissions have been graded."""
    from labutils.instructor import copies, marking

    course = small_course.make_course(tmp_path_factory.mktemp("graded"))
    submissions, released = hostile_submissions(), small_course.released_notebooks()
    marking.mark(course, released, submissions)
    assert copies.write_copies(course, submissions, released) == 2
    assert [s.flags for s in submissions] == [[], []]
    return course


@contextlib.contextmanager
def serving(course, grader, folder):
    """`make mark` for a course: its process, and the address that it prints."""
    home, temporary = folder / "home", folder / "temporary"
    home.mkdir(parents=True)
    temporary.mkdir()
    code = (
        "import sys; from pathlib import Path; from labutils.instructor import course, formgrader\n"
        "formgrader.mark_in_formgrader(course.Course(Path(sys.argv[1])), sys.argv[2], browse=False)"
    )
    environment = os.environ | {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    with (folder / "out").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(course.root), grader], stdout=out, stderr=out, env=environment
        )
    try:
        for _ in range(10 * PATIENCE):
            text = (folder / "out").read_text()
            assert process.poll() is None, text
            found = [line.strip() for line in text.splitlines() if "http://" in line]
            if found:
                with contextlib.suppress(urllib.error.URLError):
                    urllib.request.urlopen(found[0], timeout=10)  # noqa: S310
                    break
            time.sleep(0.1)
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ask(address, path, method="GET", token=True):
    """The status and the headers of an answer of the server."""
    parts = urlsplit(address)
    headers = {"Authorization": f"token {parts.query.partition('=')[2]}"} if token else {}
    url = f"{parts.scheme}://{parts.netloc}{path}"
    data = None if method == "GET" else b"{}"
    request = urllib.request.Request(url, method=method, headers=headers, data=data)  # noqa: S310
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def marks_of(course):
    text = (course.grading / "marks.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


# ---- The server


def test_it_takes_marks_only_from_this_machine_and_leaves_nothing_behind(graded, tmp_path):
    with serving(graded, "Noa", tmp_path) as (process, address):
        port = urlsplit(address).port
        assert urlsplit(address).hostname == "127.0.0.1"
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port), timeout=5):
            pass
        status, headers = ask(address, "/formgrader/gradebook/notebooks")
        assert status == 200
        assert "script-src 'self' 'unsafe-inline';" in headers["Content-Security-Policy"]
        assert ask(address, "/formgrader/gradebook/notebooks", token=False)[0] in (302, 403)
        assert ask(address, "/files/gradebook.db", token=False)[0] in (302, 403)
        assert ask(address, "/formgrader")[1]["Location"].endswith("/formgrader/gradebook/notebooks")
        for path in ("kernels", "contents", "terminals", "sessions", "shutdown"):
            assert ask(address, f"/api/{path}", "POST")[0] == 404, path
        for path in ("api/submission/notebooks/dana/autograde", "api/assignment/notebooks/assign"):
            assert ask(address, f"/formgrader/{path}", "POST")[0] == 403, path
        assert ask(address, "/formgrader/api/assignment/notebooks/generate_feedback", "POST")[0] == 403
        assert ask(address, "/formgrader/manage_assignments")[0] == 403
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    said = (tmp_path / "out").read_text()
    assert "Traceback" not in said
    assert "points Noa" in said
    assert said.strip().splitlines()[-1].count("marks.csv") == 1
    assert list((tmp_path / "home").rglob("*")) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (graded.grading / "not_in_formgrader").exists()
    assert json.loads((graded.grading / "formgrader.json").read_text())["grader"] == "Noa"


@pytest.mark.parametrize("grader", ["a,b", "=1", "x" * 41, "a\nb", "<b>"])
def test_a_name_that_cannot_be_a_column_is_refused(graded, grader):
    from labutils.instructor import formgrader

    with pytest.raises(RuntimeError, match="GRADER"):
        formgrader.mark_in_formgrader(graded, grader, browse=False)


# ---- The copies


def test_formgrader_leaves_cleaned_markdown_as_it_is(graded):
    from nbconvert.filters import markdown2html

    from labutils.instructor import copies
    from labutils.instructor.safe_html import render_markdown

    for text in [
        *RENDERED_TWICE,
        *attacks.MARKDOWN,
        *attacks.HTML,
        *(f"${tex}$" for tex in attacks.FORMULAS),
    ]:
        clean = render_markdown(text)[0]
        again = markdown2html(copies._as_one_line(clean))
        assert BeautifulSoup(again, "html.parser") == BeautifulSoup(
            f"<div>{clean}</div>\n", "html.parser"
        ) or (
            BeautifulSoup(again.strip(), "html.parser").decode()
            == BeautifulSoup(f"<div>{clean}</div>", "html.parser").decode()
        )


def copies_of(course):
    return {
        path.parents[1].name: nbformat.read(path, 4) for path in course.grading.glob("autograded/*/*/*.ipynb")
    }


def test_a_copy_has_our_metadata_and_harmless_kinds_of_output_alone(graded):
    found = copies_of(graded)
    assert len(found) == 2
    for notebook in found.values():
        nbformat.validate(notebook)
        assert set(notebook.metadata) == {"language_info", "made_from"}
        ids = []
        for cell in notebook.cells:
            assert cell.cell_type in ("code", "markdown")
            assert set(cell.metadata) <= {"nbgrader"}
            ids += [cell.metadata["nbgrader"]["grade_id"]] if cell.metadata else []
            assert "attachments" not in cell
            for output in cell.get("outputs", []):
                assert output.output_type == "stream" or list(output.data) == ["text/html"]
        assert ids == ["A1-answer", "A1", "A1-written"]


def test_a_large_figure_becomes_a_link_and_a_small_one_stays(nbgrader, monkeypatch):
    from labutils.instructor import copies

    monkeypatch.setattr(copies, "_MOST_PICTURE", 1_000)
    submission = small_course.submit("a b<")
    raw = base64.b64decode(attacks.PNG)
    submission.executed.cells[1].outputs = [
        nbformat.v4.new_output("display_data", {"image/png": base64.b64encode(content).decode()})
        for content in (raw, raw + bytes(3_000))
    ]
    copy = copies.make_copy(submission, small_course.released_notebook("A"))
    first, second = (output["data"]["text/html"] for output in copy.cells[1].outputs)
    assert first.startswith("<img")
    assert "<img" not in second
    assert "/files/feedback/a%20b%3C/part_a_logistic_regression.html" in second


def test_pictures_of_a_notebook_have_a_limit_together(nbgrader):
    from labutils.instructor import copies

    cleaner = copies._Cleaner("/files/feedback/a.html")
    picture = f'<img src="data:image/png;base64,{"A" * 200_000}" alt="x">'
    shown = cleaner._limit_pictures(picture * 20)
    assert 1 <= shown.count("<img") <= 3
    assert shown.count("/files/feedback/a.html") == 20 - shown.count("<img")


def test_a_copy_is_written_when_the_submission_changes_and_removed_with_it(tmp_path, nbgrader):
    from labutils.instructor import copies

    course, released = small_course.Course(tmp_path), small_course.released_notebooks()
    course.grading.mkdir()
    submissions = small_course.submit_all(["dana", "noa"])
    assert copies.write_copies(course, submissions, released) == 6
    assert copies.write_copies(course, submissions, released) == 0
    submissions[0] = small_course.submit("dana", written="another")
    assert copies.write_copies(course, submissions, released) == 1
    assert copies.write_copies(course, submissions[:3], released) == 0
    assert [path.name for path in (course.grading / "autograded").iterdir()] == ["dana"]


def test_a_notebook_of_any_shape_is_shown_or_flagged(tmp_path, nbgrader):
    from labutils.instructor import copies

    course = small_course.Course(tmp_path)
    course.grading.mkdir()
    strange = small_course.submit("strange \udce9")
    strange.executed.cells[1].outputs = [3, {"output_type": "stream"}, {"data": {"text/html": ["\udce9", 3]}}]
    worse = small_course.submit("worse")
    worse.executed.cells[1].outputs = None
    fine = small_course.submit("fine", written="\udce9 text")
    written = copies.write_copies(course, [strange, worse, fine], small_course.released_notebooks())
    assert written + sum(bool(s.flags) for s in (strange, worse, fine)) == 3
    assert fine.flags == []
    for notebook in copies_of(course).values():
        nbformat.writes(notebook).encode()


# ---- The page in a browser


@pytest.fixture
def visit(browser):
    """A function that opens the pages of a part in formgrader: the page, and every address that it asked for."""
    contexts = []

    def open_page(address, number=0, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page, asked = context.new_page(), []
        page.set_default_timeout(1000 * PATIENCE)
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}") or dialog.dismiss())
        base = address.partition("/formgrader")[0]
        page.goto(address)
        listing = "/formgrader/api/submitted_notebooks/notebooks/part_a_logistic_regression"
        listed = page.evaluate(f"async () => (await fetch('{listing}')).json()")
        listed.sort(key=lambda one: one["student"])
        page.goto(f"{base}/formgrader/gradebook/notebooks/part_a_logistic_regression")
        page.wait_for_timeout(500)
        page.goto(f"{base}/formgrader/submissions/{listed[number]['id']}/")
        page.wait_for_function(
            "() => typeof formgrade_ready === 'undefined' && document.readyState === 'complete'"
        )
        page.wait_for_timeout(1000)
        return page, asked

    yield open_page
    for context in contexts:
        context.close()


def elsewhere(asked, address):
    """What was asked for that is not on this server."""
    base = address.partition("/formgrader")[0]
    return [url for url in asked if not url.startswith((base, "data:image/"))]


# Click on whatever a student may have put there, apart from links to other pages, of which the protocols are returned.
CLICK = """() => {
    const theirs = [...document.querySelectorAll('.text_cell_render *, .input_area *, .output *')];
    const links = theirs.filter(e => e.tagName === 'A' && e.href);
    theirs.filter(e => e.click && !/^(http|mailto)/.test(e.protocol)).forEach(e => e.click());
    return links.map(e => e.protocol);
}"""


@pytest.mark.browser
def test_no_attack_acts_in_the_page_and_nothing_leaves(graded, tmp_path, visit):
    with serving(graded, "Noa", tmp_path) as (_, address):
        for number in (0, 1):
            page, asked = visit(address, number, bypass_csp=True)  # the cleaning alone must be enough
            assert set(page.evaluate(CLICK)) <= {"http:", "https:", "mailto:"}
            page.wait_for_timeout(500)
            assert page.evaluate("window.pwned") is None
            assert elsewhere(asked, address) == []
            assert ("over everything" in page.inner_text("body")) == (number == 0)
            assert page.locator("input.score").count() == 2
            assert page.locator("#A1-written").evaluate("e => e.tagName") == "INPUT"
            assert page.locator("#notebook-container script").count() == 0
        assert page.locator("math").count() >= 1
        assert page.locator("strong", has_text="bold").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "instead"),
    [("render_markdown", lambda text, *_: (text, [])), ("_as_one_line", lambda text: text)],
)
def test_without_the_cleaning_the_same_attacks_act(graded, tmp_path, visit, monkeypatch, name, instead):
    from labutils.instructor import copies

    course = small_course.Course(tmp_path / "course")
    shutil.copytree(graded.root, course.root)
    shutil.rmtree(course.grading / "autograded")
    monkeypatch.setattr(copies, name, instead)
    copies.write_copies(course, hostile_submissions(), small_course.released_notebooks())
    with serving(course, "Noa", tmp_path) as (_, address):
        page, _ = visit(address, 1, bypass_csp=True)
        page.evaluate(CLICK)
        page.wait_for_timeout(500)
        assert page.evaluate("window.pwned") == 1


@pytest.mark.browser
def test_marks_given_in_the_page_reach_the_table(graded, tmp_path, visit):
    course = small_course.Course(tmp_path / "course")
    shutil.copytree(graded.root, course.root)
    with serving(course, "Noa", tmp_path) as (process, address):
        page, _ = visit(address, 1)
        page.fill("#A1-written", "2.5")
        page.fill("#A1-written-comment", "nearly; see $x$")
        page.click("h4")
        page.fill("#A1", "1")
        page.click("h4")
        page.wait_for_timeout(1000)
        page.reload()
        page.wait_for_timeout(1000)
        assert page.input_value("#A1-written") == "2.5"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    rows = {(row["student"], row["exercise"]): row for row in marks_of(course)}
    row = rows["dana", "A1-written"]
    assert (row["points Noa"], row["comment Noa"], row["points"]) == ("2.5", "nearly; see $x$", "")
    assert rows["dana", "A1"]["points Noa"] == "1"
