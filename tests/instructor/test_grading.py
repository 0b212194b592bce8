"""A class of thirty is graded in one command: the right points, the right flags, nothing lost, nothing let through."""

import csv
import re
import shutil
import socket
import time
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup

from ..parts.conftest import ROOT

pytestmark = [pytest.mark.instructor, pytest.mark.slow, pytest.mark.usefixtures("nbgrader")]

FEW = ("perfect", "known mistakes", "first of two alike", "=second of two alike", "empty", "broken files")
WRITTEN = {"A7-1-written": 3, "A7-2-prediction": 3, "A7-2-written": 3}


@pytest.fixture(scope="module")
def grading(nbgrader):
    """The modules that need nbgrader."""
    from labutils.instructor import (
        bank,
        course,
        flags,
        grade,
        release,
        running,
        sandbox,
    )
    from labutils.instructor.execute import Limits

    from . import made_up

    limits = Limits(cell=24, notebook=120, output=1_000_000, memory=2_500_000_000)
    return SimpleNamespace(
        bank=bank,
        course=course,
        flags=flags,
        grade=grade,
        release=release,
        running=running,
        sandbox=sandbox,
        made_up=made_up,
        limits=limits,
    )


@pytest.fixture(scope="module")
def graded(grading, tmp_path_factory):
    """The class, handed in and graded once."""
    course = grading.made_up.course(tmp_path_factory.mktemp("course"))
    grading.release.make_release(course)
    with socket.create_server(("127.0.0.1", 0)) as listens:
        grading.made_up.hand_in(course, listens.getsockname()[1])
        submissions = grading.grade.grade(course, grading.limits, workers=4)
    return SimpleNamespace(course=course, submissions=submissions, points=table(course, "points.csv"))


@pytest.fixture
def again(graded, grading, tmp_path):
    """A copy of the graded course with a few of its students, in which nothing may be run."""
    shutil.copytree(graded.course.root, tmp_path / "course", symlinks=True)
    for folder in (tmp_path / "course" / "grading" / "submitted").iterdir():
        if folder.name not in FEW:
            shutil.rmtree(folder)

    def fail(*_):
        raise AssertionError("it was run again")

    course = grading.course.Course(tmp_path / "course")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading.running, "_run_notebook", fail)
        yield course


def table(course, name):
    """A CSV as the graders see it, without the mark that keeps spreadsheets from computing."""
    with (course.grading / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row | {"student": re.sub(r"^'(?==)", "", row["student"])} for row in rows]


def write_marks(course, change):
    """marks.csv with a change to its rows, as a grader makes it."""
    path = course.grading / "marks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


# ---- The class


def test_thirty_are_graded_and_the_table_names_each_of_them(graded, grading):
    made_up = grading.made_up
    assert len(made_up.STUDENTS) == 30
    assert set(made_up.STUDENTS) == set(made_up.EXPECTED) == {row["student"] for row in graded.points}
    assert len(graded.points) == 30
    assert len(graded.submissions) == 90


def test_points(graded, grading):
    for row in graded.points:
        expected = grading.made_up.EXPECTED[row["student"]]
        lost = [name for name in grading.made_up.EVERY.split() if float(row[name]) == 0]
        assert lost == expected.lost.split(), row["student"]
        for part, points in zip("ABC", expected.points, strict=True):
            found = [float(row[name]) for name in grading.made_up.EVERY.split() if name.startswith(part)]
            assert sum(found) == points, (row["student"], part)
        assert float(row["total"]) == sum(expected.points), row["student"]
        assert float(row["of"]) == 100
        assert float(row["to_mark"]) == expected.waiting, row["student"]


def test_flags(graded, grading):
    missing, more = {}, {}
    for row in graded.points:
        expected = grading.made_up.EXPECTED[row["student"]].flags
        if row["student"] == "spies" and not grading.sandbox.isolates():
            continue
        found = row["flags"].split("; ") if row["flags"] else []
        left = [flag for flag in found if not any(flag.startswith(phrase) for phrase in expected)]
        gone = [phrase for phrase in expected if not any(flag.startswith(phrase) for flag in found)]
        missing |= {row["student"]: gone} if gone else {}
        more |= {row["student"]: left} if left or len(found) != len(expected) - len(gone) + len(left) else {}
    assert (missing, more) == ({}, {})


def test_what_waits_for_a_grader_is_in_the_table_of_marks(graded):
    rows = table(graded.course, "marks.csv")
    waiting = {row["student"]: 0.0 for row in graded.points}
    for row in rows:
        assert (row["points"], row["comment"]) == ("", "")
        waiting[row["student"]] += float(row["of"])
    assert waiting == {row["student"]: float(row["to_mark"]) for row in graded.points}
    assert len({(row["student"], row["exercise"]) for row in rows}) == len(rows)


def test_names_stand_in_the_table_and_no_cell_is_a_formula(graded):
    (row,) = (row for row in graded.points if row["student"].startswith("<img"))
    assert row["names"] == "'=HYPERLINK(1) (012345678), <script>window.pwned=1</script> (@SUM(1))"
    for name in ("points.csv", "marks.csv"):
        with (graded.course.grading / name).open(encoding="utf-8", newline="") as file:
            assert not [c for row in csv.reader(file) for c in row if c[:1] in tuple("=+-@\t\r") and c]


# ---- The pages


def pages_of(course):
    return [course.grading / "sheet.html", *sorted((course.grading / "feedback").rglob("*.html"))]


def test_every_page_is_there_and_harmless(graded):
    from .test_pages import check_harmless

    paths = pages_of(graded.course)
    assert len(paths) == 91
    for path in paths:
        text = path.read_text(encoding="utf-8")
        check_harmless(re.sub(r'href="feedback/[^"/]+/part_', 'href="part_', text))
        assert "pwned" not in re.sub(r"&lt;.*?(&gt;|$)", "", BeautifulSoup(text, "html.parser").head.decode())


def test_the_sheet_names_everyone_and_links_to_pages_that_are_there(graded, grading):
    from urllib.parse import unquote

    soup = BeautifulSoup((graded.course.grading / "sheet.html").read_text(encoding="utf-8"), "html.parser")
    points, flagged = soup.find_all("table")[:2]
    names = [line.find("td").get_text() for line in points.find_all("tr")[1:]]
    assert sorted(names) == sorted(grading.made_up.STUDENTS)
    links = [unquote(link["href"]) for link in soup.find_all("a", href=re.compile("^feedback/"))]
    assert len(links) == 90
    assert all((graded.course.grading / link).is_file() for link in links)
    broken = [line.get_text(" ") for line in flagged.find_all("tr") if "not graded" in line.get_text()]
    assert len(broken) == 8
    cards = soup.find_all("div", class_="card")
    answered = sum(row.get_text() != "" for row in cards) - 11
    assert answered == len(table(graded.course, "marks.csv"))


def test_feedback_has_points_and_no_hidden_test(graded, grading):
    for path in pages_of(graded.course):
        text = path.read_text(encoding="utf-8")
        assert "HIDDEN TESTS" not in text
        assert grading.bank.KIND not in text
        code = BeautifulSoup(text, "html.parser").find_all("pre", class_="code")
        assert not [c for c in code if "bank.require(" in c.get_text() or "bank.show_results" in c.get_text()]
    folder = graded.course.grading / "feedback" / "known mistakes"
    page = (folder / "part_a_logistic_regression.html").read_text(encoding="utf-8")
    words = BeautifulSoup(page, "html.parser").get_text()
    assert "6 of 35 points so far; answers that wait for a grader: 3." in words
    assert "A3.1: 0 of 6 points" in words
    assert "Not passed at grading. A3.1: In `dW`" in words or "Not passed at grading. A3.1: `dW`" in words


def test_what_did_not_run_is_said_on_its_page(graded):
    page = graded.course.grading / "feedback" / "Ends its kernel" / "part_a_logistic_regression.html"
    assert "this cell was not run to its end" in page.read_text(encoding="utf-8")
    page = graded.course.grading / "feedback" / "broken files" / "part_b_two_layer_network.html"
    assert "This notebook could not be graded: no JSON" in page.read_text(encoding="utf-8")


def test_submissions_and_the_checkout_stay_as_they_were(graded, grading):
    assert not [path for path in grading.made_up.ROOT.rglob("spied.txt") if ".venv" not in path.parts]
    assert not list(graded.course.root.rglob("spied.txt"))
    stem = grading.course.PARTS["A"]
    saved = nbformat.read(graded.course.submitted / "edited checks" / "notebooks" / f"{stem}.ipynb", 4)
    assert "print('A3.1: all public checks passed" in "".join(cell.source for cell in saved.cells)


# ---- Grading again


def test_marks_count_and_stay_and_nothing_is_run_again(again, grading, graded):
    def mark(rows):
        for row in rows:
            if row["student"] in ("perfect", "'=second of two alike") and row["exercise"] in WRITTEN:
                row["points"], row["comment"] = str(WRITTEN[row["exercise"]] - 0.5), "- nearly"

    write_marks(again, mark)
    grading.grade.grade(again, grading.limits)
    before, after = ({row["student"]: row for row in t} for t in (graded.points, table(again, "points.csv")))
    assert set(after) == set(FEW)
    for student, row in after.items():
        marked = student in ("perfect", "=second of two alike")
        assert float(row["total"]) == float(before[student]["total"]) + 7.5 * marked
        assert float(row["to_mark"]) == float(before[student]["to_mark"]) - 9 * marked
        assert row["flags"] == before[student]["flags"]
    page = again.grading / "feedback" / "=second of two alike" / "part_a_logistic_regression.html"
    assert "2.5 of 3" in page.read_text(encoding="utf-8")
    assert "- nearly" in page.read_text(encoding="utf-8")

    shutil.rmtree(again.submitted / "empty")
    write_marks(
        again,
        lambda rows: rows.append(rows[0] | {"exercise": "A3-2", "student": "known mistakes", "points": "1"}),
    )
    grading.grade.grade(again, grading.limits)
    after = {row["student"]: row for row in table(again, "points.csv")}
    assert set(after) == {*FEW} - {"empty"}
    assert float(after["perfect"]["total"]) == 62.5
    assert float(after["=second of two alike"]["total"]) == 56.5
    assert float(after["known mistakes"]["total"]) == 18
    rows = table(again, "marks.csv")
    assert len(rows) == len(table(graded.course, "marks.csv")) + 1
    assert sum(row["comment"].endswith("- nearly") for row in rows) == 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": "two"}, "row 3: points 'two', expected a number from 0 to "),
        ({"points": "99"}, "row 3: points '99', expected a number from 0 to "),
        ({"points": "-1"}, "row 3: points '-1'"),
        ({"points": "nan"}, "row 3: points 'nan'"),
        ({"points": "50", "of": "100"}, "row 3: points '50'"),
        ({"exercise": "A9"}, "row 3: no exercise is called 'A9'"),
        ({"student": "nobody", "points": "1"}, "row 3: there is no submission of 'nobody'"),
        ({"point": "1"}, "expected the columns student, exercise, points, of, comment"),
        (None, "UTF-8"),
    ],
)
def test_a_mark_that_cannot_be_is_named_and_changes_nothing(again, grading, change, words):
    def mark(rows):
        rows.sort(key=lambda row: row["student"] != "perfect")
        rows[0]["points"] = "1"
        if change and "point" in change:
            for row in rows:
                row |= change
        elif change:
            rows[1] |= change

    write_marks(again, mark)
    path = again.grading / "marks.csv"
    if change is None:
        path.write_bytes(path.read_text(encoding="utf-8").encode("cp1255"))
    before = {p: p.read_bytes() for p in (path, again.grading / "points.csv", again.grading / "gradebook.db")}
    with pytest.raises(RuntimeError, match=re.escape(words)):
        grading.grade.grade(again, grading.limits)
    assert before == {p: p.read_bytes() for p in before}


def test_an_interrupted_run_goes_on_and_loses_nothing(again, grading, graded, monkeypatch):
    kept = again.grading / "executed"
    done = kept.rename(again.grading / "done")
    runs = []

    def pretend(notebook, target, *_):
        runs.append(target.name)
        if len(runs) == 5:
            raise KeyboardInterrupt
        time.sleep(0.05)
        for path in done.glob(f"{target.name}.*"):
            shutil.copy(path, kept)

    monkeypatch.setattr(grading.running, "_run_notebook", pretend)
    points = (again.grading / "points.csv").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        grading.grade.grade(again, grading.limits, workers=2)
    first, interrupted = len(runs), runs[4]
    assert first < 9
    assert (again.grading / "points.csv").read_bytes() == points
    grading.grade.grade(again, grading.limits, workers=2)
    assert runs[first:].count(interrupted) == 1
    assert len(runs) == len(set(runs)) + 1 > 9
    assert table(again, "points.csv") == [row for row in graded.points if row["student"] in FEW]


def test_without_a_release_or_submissions_it_says_what_to_do(grading, tmp_path):
    course = grading.course.Course(tmp_path)
    course.grading.mkdir()
    with pytest.raises(RuntimeError, match="run `make release` first"):
        grading.grade.grade(course)
    (course.grading / "release.json").write_text('{"release": "x"}')
    (course.grading / "gradebook.db").touch()
    with pytest.raises(
        RuntimeError, match=r"nothing to grade: expected grading/submitted/<student>/notebooks"
    ):
        grading.grade.grade(course)


def test_a_release_of_an_older_version_is_refused(grading, tmp_path):
    course = grading.course.Course(tmp_path)
    course.release.mkdir(parents=True)
    (course.grading / "release.json").write_text('{"release": "x"}')
    (course.grading / "gradebook.db").touch()
    (course.submitted / "student").mkdir(parents=True)
    for stem in grading.course.PARTS.values():
        notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", 4)
        for cell in notebook.cells:
            cell.metadata.pop("labutils", None)
        nbformat.write(notebook, course.release / f"{stem}.ipynb")
    with pytest.raises(RuntimeError, match=r"made by another version of labutils .*run `make release` again"):
        grading.grade.grade(course)


def test_what_our_code_stops_at_is_said_and_stops_no_other(again, grading, monkeypatch):
    def stop(events, executed):
        if "strange" in executed.cells[1].source:
            raise ZeroDivisionError("strange")
        return flag_events(events, executed)

    flag_events = grading.flags.flag_events
    monkeypatch.setattr(grading.flags, "flag_events", stop)
    stem = grading.course.PARTS["B"]
    path = again.submitted / "perfect" / "notebooks" / f"{stem}.ipynb"
    notebook = nbformat.read(path, 4)
    (names,) = (c for c in notebook.cells if "students" in c.metadata.get("tags", []))
    assert notebook.cells[1] == names
    names.source = names.source + "  # strange"
    nbformat.write(notebook, path)

    def copied(notebook, target, *_):
        nbformat.write(notebook, target.with_suffix(".ipynb"))
        target.with_suffix(".json").write_text('{"failed": "", "events": []}')

    monkeypatch.setattr(grading.running, "_run_notebook", copied)
    grading.grade.grade(again, grading.limits)
    rows = {row["student"]: row for row in table(again, "points.csv")}
    assert rows["perfect"]["flags"] == "B: our own code stops at it (ZeroDivisionError: strange)"
    assert (float(rows["perfect"]["total"]), float(rows["first of two alike"]["total"])) == (41, 49)
