"""The grader's sheet and the feedback, from submissions that are made here: nothing is run."""

import base64
import copy
import dataclasses
import io
import re
from types import SimpleNamespace
from urllib.parse import unquote

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from labutils.instructor import cells, sheet
from labutils.instructor.course import PARTS, Course
from labutils.instructor.feedback import render_feedback
from labutils.instructor.safe_html import LEFT_OUT, OUR_ANCHOR
from labutils.instructor.submission import ExerciseScore, Measured, Person, Submission, Written

from ..parts.conftest import ROOT, read
from .test_pages import check_harmless

DANA, NOA, EVE = "dana", "noa & co", '<b>"Eve"</b>'


def picture(side=300):
    """A picture of noise, which cannot be made small, in base64."""
    pixels = np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture(scope="module")
def released():
    return {part: read(stem) for part, stem in PARTS.items()}


@pytest.fixture
def course(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Elsewhere(Course):
        """A course whose grading is elsewhere."""

        @property
        def grading(self):
            return tmp_path

    return Elsewhere(ROOT)


def report(released, submissions, scores=(), **more):
    names = cells.exercise_names(released.values())
    students = dict.fromkeys(submission.student for submission in submissions)
    summary = [
        {"student": student, "names": f"name of {student}", "total": 1, "of": 100, "to_mark": 3}
        | {
            name: next((s.points for s in scores if (s.student, s.exercise) == (student, name)), 0)
            for name in names
        }
        for student in students
    ]
    return sheet.Report("x", released, summary, submissions, scores, **more)


def answered(released, students, text="It is so.", **more):
    """Submissions of Part A with an answer to A7.1."""
    return [
        Submission(
            student, "A", submitted=released["A"], written={"A7-1-written": Written(text, **more)}, flags=[]
        )
        for student in students
    ]


def write(course, content):
    """The pages that are written, as soups, by their path in grading/."""
    paths = sheet.write_sheet(course, content)
    return {
        path.relative_to(course.grading).as_posix(): check_harmless(path.read_text(encoding="utf-8"))
        for path in paths
    }


def test_each_written_exercise_has_a_page_with_question_model_and_answers(released, course):
    pages = write(course, report(released, answered(released, [DANA, NOA])))
    written = [c for notebook in released.values() for c in notebook.cells if cells.is_written(c)]
    assert {name for name in pages if "/" in name} == {f"sheet/{cells.grade_id(c)}.html" for c in written}
    for cell in written:
        page = pages[f"sheet/{cells.grade_id(cell)}.html"]
        points = cells.nbgrader_of(cell)["points"]
        assert page.h1.get_text() == f"{cells.exercise_of(cell)} ({points} points)"
        assert f"({points} points)" in page.find("p", string=None).find_parent().get_text()
        assert page.find(class_="model") is not None
        assert page.find("a", href="../sheet.html") is not None
    cards = pages["sheet/A7-1-written.html"].find(class_="cards").find_all("h2")
    assert [card.get_text() for card in cards] == [DANA, NOA]


def test_every_link_leads_to_a_page_and_a_place(released, course):
    submissions = answered(released, [DANA, NOA, EVE])
    for submission in submissions:
        submission.executed = released["A"]
        submission.written["A7-2-written"] = Written("It is not so.")
    scores = [
        ExerciseScore(s.student, name, 1, 3, name == "A7-2-written", "")
        for s in submissions
        for name in cells.graded_cells(released["A"])
    ]
    pages = write(course, report(released, submissions, scores))
    for submission in submissions:
        own = [score for score in scores if score.student == submission.student]
        path = course.grading / "feedback" / submission.student / f"{submission.stem}.html"
        path.parent.mkdir(parents=True)
        path.write_text(render_feedback(submission, released["A"], own), encoding="utf-8")
    count, soups = 0, {}
    for name, page in pages.items():
        for link in page.find_all("a", href=re.compile(r"^(?!https?:)")):
            address, _, place = link["href"].partition("#")
            target = (course.grading / name).parent / unquote(address) if address else course.grading / name
            assert target.is_file(), (name, link)
            if place:
                target = target.resolve()
                if target not in soups:
                    soups[target] = BeautifulSoup(target.read_text(encoding="utf-8"), "html.parser")
                assert soups[target].find(id=place) is not None, (name, link)
            count += 1
    assert count > 60


def test_a_card_has_the_points_or_says_that_they_are_missing_and_what_a_grader_must_know(released, course):
    scores = [
        ExerciseScore(DANA, "A7-1-written", 2.5, 3, False, "well seen"),
        ExerciseScore(NOA, "A7-1-written", 0, 3, True, ""),
    ]
    one = SimpleNamespace(
        student=NOA,
        exercise="A7-1-written",
        given={"Amir": 1.0, "Lea": 2.0},
        comments={"Lea": "a reason <b>"},
        agreed=None,
    )
    content = report(
        released,
        answered(released, [DANA, NOA], note="in a new cell (7)"),
        scores,
        differences=[one],
        changed={(DANA, "A7-1-written")},
    )
    pages = write(course, content)
    dana, noa = pages["sheet/A7-1-written.html"].find(class_="cards").find_all(class_="card")
    assert "2.5 of 3" in dana.get_text()
    assert "well seen" in dana.get_text()
    assert "changed" in dana.get_text()
    assert "to be marked" in noa.get_text()
    assert "in a new cell (7)" in noa.get_text()
    for page in (noa, pages["sheet.html"]):
        assert "Amir: 1" in page.get_text()
        assert "Lea: 2" in page.get_text()
        assert "a reason <b>" in page.get_text()
    row = pages["sheet.html"].find(string=re.compile("Amir")).find_parent("tr")
    assert row.a["href"].startswith("sheet/A7-1-written.html#")


def test_the_sheet_lists_results_that_a_mark_replaces(released, course):
    one = SimpleNamespace(student=DANA, exercise="A3-1", measured=0.5, mark=3.0, graders="Noa <b>")
    page = write(course, report(released, answered(released, [DANA]), replaced=[one]))["sheet.html"]
    row = page.find("td", string="Noa <b>").find_parent("tr")
    assert [cell.get_text() for cell in row.find_all("td")] == [DANA, "A3.1", "0.5", "3", "Noa <b>"]
    assert "feedback/dana/" in row.a["href"]


def test_the_sheet_lists_files_problems_flags_and_what_is_protected(released, course):
    submission = Submission(EVE, "B", broken="no JSON", flags=["out of order", "out of order"])
    used = Submission(EVE, "A", path="of eve/right.ipynb", submitted=released["A"])
    notes = [
        SimpleNamespace(student=EVE, path="notes.rar", use="cannot be read"),
        SimpleNamespace(student=EVE, path="right.ipynb", use="used as Part A"),
    ]
    content = report(
        released,
        [used, submission],
        notes=notes,
        problems=["row 12 is <wrong>"],
        protections=["no network"],
        absent=[Person("0099", "Absent One")],
    )
    page = write(course, content)["sheet.html"]
    row = page.find("td", string="of eve/right.ipynb").find_parent("tr")
    assert [cell.get_text() for cell in row.find_all("td")] == [EVE, "Part A", "of eve/right.ipynb"]
    words = page.get_text()
    for said in (
        "no JSON",
        "notes.rar",
        "cannot be read",
        "row 12 is <wrong>",
        "no network",
        EVE,
        "0099",
        "Absent One",
    ):
        assert said in words
    assert words.count("out of order") == 1
    assert words.count("right.ipynb") == 1


def test_a_page_whose_exercise_is_gone_is_removed_and_one_that_is_the_same_is_not_written(released, course):
    content = report(released, answered(released, [DANA]))
    first = sheet.write_sheet(course, content)
    gone = course.grading / "sheet" / "old.html"
    gone.write_text("x")
    before = [path.stat().st_mtime_ns for path in first]
    assert [path.stat().st_mtime_ns for path in sheet.write_sheet(course, content)] == before
    assert not gone.exists()


def test_a_long_answer_is_cut_with_a_link_to_all_of_it(released, course):
    pages = write(course, report(released, answered(released, [DANA, NOA], "word " * 5_000)))
    card = pages["sheet/A7-1-written.html"].find(class_="cards").find(class_="card")
    assert len(card.get_text()) < 6_000
    links = [link for link in card.find_all("a", href=re.compile("feedback/"))]
    assert len(links) == 2


def test_pictures_are_shown_and_a_page_with_many_stays_small(released, course):
    content = {"image.png": {"image/png": picture()}}
    text = f"see ![one](attachment:image.png) and ![two](data:image/png;base64,{picture(100)})"
    few = answered(released, [DANA], text, attachments=content)
    page = write(course, report(released, few))["sheet/A7-1-written.html"]
    assert len(page.find(class_="cards").find_all("img")) == 2
    many = answered(released, [f"s{i}" for i in range(60)], text, attachments=content)
    write(course, report(released, many))
    path = course.grading / "sheet" / "A7-1-written.html"
    assert path.stat().st_size < 5_000_000
    words = path.read_text(encoding="utf-8")
    assert len(re.findall('class="card"', words)) == 60
    assert LEFT_OUT in words
    assert "base64" not in BeautifulSoup(words, "html.parser").get_text()


def test_text_from_right_to_left_runs_its_own_way(released, course):
    pages = write(course, report(released, answered(released, [DANA], 'שלום\n\n<div dir="rtl">1. x</div>')))
    card = pages["sheet/A7-1-written.html"].find(class_="cards").find(class_="answer")
    assert card["dir"] == "auto"
    assert card.find("div", dir="rtl") is not None


def test_feedback_shows_points_after_each_exercise_and_nothing_of_the_tests(released):
    executed = copy.deepcopy(released["A"])
    check = cells.graded_cells(executed)["A3-1"]
    probe = nbformat.v4.new_code_cell("source of the probe", metadata={"labutils": {"role": "probe"}})
    executed.cells.insert(executed.cells.index(check) + 1, probe)
    scores = [
        ExerciseScore("s", "A3-1", 1.5, 6, False, "", "A3.1: *dx* of `layer` is not right <b>"),
        ExerciseScore("s", "A3-2", 3, 4, False, "nearly"),
        ExerciseScore("s", "A7-1-written", 0, 3, True, ""),
        ExerciseScore("s", "C2", 5, 5, False, ""),
    ]
    measured = {"A3-2": Measured(0.75, "partly right", "the argument is changed")}
    written = {"A7-1-written": Written("x", note="in a new cell (5)")}
    submission = Submission(
        "s", "A", submitted=executed, executed=executed, measured=measured, written=written
    )
    page = check_harmless(render_feedback(submission, without_tests(released["A"]), scores))
    words = page.get_text()
    assert "4.5 of 13 points so far; answers that wait for a grader: 1." in words
    sections = [section.get_text() for section in page.find_all("section", class_="points")]
    assert len(sections) == 3
    for shown, section in zip(
        [
            ("A3.1: 1.5 of 6 points", "*dx* of layer is not right <b>"),
            ("A3.2: 3 of 4 points", "nearly", "the argument is changed"),
            ("A7.1 written: to be marked", "in a new cell (5)"),
        ],
        sections,
        strict=True,
    ):
        assert all(text in section for text in shown)
    assert all(page.find(id=f"{OUR_ANCHOR}{name}") for name in ("A3-1", "A3-2", "A7-1-written"))
    assert "of the probe" not in words
    assert sections[0].count("A3.1") == 1
    row = page.find("table").find("a", string="A3.1").find_parent("tr")
    assert row.get_text().count("A3.1") == 1


def without_tests(notebook):
    """A notebook as it is released."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.source = re.sub(r"### BEGIN HIDDEN.*?### END HIDDEN TESTS", "", cell.source, flags=re.DOTALL)
    return notebook


def test_feedback_on_a_broken_notebook_says_why(released):
    page = render_feedback(Submission("<b>", "B", broken="no JSON"), released["B"], [])
    assert "no JSON" in check_harmless(page).get_text()


def test_feedback_on_a_part_without_a_notebook_names_the_files_alone(released):
    broken = "missing; in its place: all.zip/s_file_/part_b.html (no notebook: ask for it)"
    submission = Submission("s", "B", broken=broken, instead=["part_b.html", "<b>.pdf"])
    words = check_harmless(render_feedback(submission, released["B"], [])).get_text()
    assert "part_b.html, <b>.pdf" in words
    assert "all.zip" not in words
    assert "ask for" not in words


def test_a_student_cannot_place_an_anchor_of_ours(released):
    executed = copy.deepcopy(released["A"])
    for text in (
        f"# {OUR_ANCHOR}A3-1",
        f'<h2 id="{OUR_ANCHOR}A3-1">x</h2>',
        f"<h4 id={OUR_ANCHOR}A3-1>x</h4>",
    ):
        executed.cells.insert(0, nbformat.v4.new_markdown_cell(text))
    submission = Submission("s", "A", submitted=executed, executed=executed)
    scores = [ExerciseScore("s", "A3-1", 1, 6, False, "")]
    page = BeautifulSoup(render_feedback(submission, released["A"], scores), "html.parser")
    (place,) = page.find_all(id=f"{OUR_ANCHOR}A3-1")
    assert place.name == "div"


def test_the_three_pages_of_a_full_notebook_are_small(released):
    size = 0
    for part, notebook in released.items():
        submission = Submission("s", part, submitted=notebook, executed=notebook)
        size += len(render_feedback(submission, notebook, []).encode())
    assert size < 1_500_000
