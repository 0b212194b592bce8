"""A class of sixty is graded in one command: the right points, the right flags, nothing lost, nothing let through."""

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
        collecting,
        course,
        flags,
        grade,
        probe,
        roster,
        running,
        sandbox,
        tables,
    )
    from labutils.instructor.execute import Limits

    from . import class_sixty, made_up

    limits = Limits(cell=24, notebook=120, output=1_000_000, memory=2_500_000_000)
    return SimpleNamespace(
        bank=bank,
        collecting=collecting,
        course=course,
        flags=flags,
        grade=grade,
        probe=probe,
        roster=roster,
        running=running,
        sandbox=sandbox,
        tables=tables,
        made_up=made_up,
        sixty=class_sixty,
        limits=limits,
    )


@pytest.fixture(scope="module")
def graded(grading, tmp_path_factory):
    """The class, handed in and graded once. by_student: what was expected of each, by the name in the tables."""
    course = grading.made_up.course(tmp_path_factory.mktemp("course"))
    grading.made_up.make_releases(course)
    with socket.create_server(("127.0.0.1", 0)) as listens:
        grading.sixty.hand_in(course, listens.getsockname()[1])
        submissions = grading.grade.grade(course, grading.limits, workers=4).submissions
    expected = {grading.made_up.shown(name): row for name, row in grading.made_up.EXPECTED.items()}
    return SimpleNamespace(
        course=course, submissions=submissions, points=table(course, "points.csv"), expected=expected
    )


@pytest.fixture
def again(graded, grading, tmp_path):
    """A copy of the graded course with a few of its students and without a roster, in which nothing may be run."""

    def leave_out(folder, names):
        kept = FEW if folder == str(graded.course.submitted) else names
        return [name for name in names if name not in kept or name == "roster.csv"]

    shutil.copytree(graded.course.root, tmp_path / "course", symlinks=True, ignore=leave_out)

    def fail(*_):
        raise AssertionError("it was run again")

    course = grading.course.Course(tmp_path / "course")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading.running, "_run_notebook", fail)
        yield course


def table(course, name):
    """A CSV as the graders see it, without the signs that keep spreadsheets from computing."""
    from labutils.instructor.tables import undo_escape

    with (course.grading / name).open(encoding="utf-8-sig", newline="") as file:
        return [{key: undo_escape(cell) for key, cell in row.items()} for row in csv.DictReader(file)]


def write_marks(course, change):
    """marks.csv with a change to its rows, as a grader makes it."""
    path = course.grading / "marks.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def rows_of(graded):
    """The rows of points.csv of those who handed in something."""
    return [row for row in graded.points if row["student"]]


# ---- The class


def test_sixty_are_graded_and_the_table_names_each_of_them(graded, grading):
    assert len(grading.made_up.STUDENTS) == 60
    assert set(grading.made_up.STUDENTS) == set(grading.made_up.EXPECTED)
    assert {row["student"] for row in rows_of(graded)} == set(graded.expected)
    assert len(graded.submissions) == 180


def test_points(graded, grading):
    of = {row["exercise"]: float(row["of"]) for row in released_points(graded.course, grading)}
    found = {}
    for row in rows_of(graded):
        given = {name: float(row[name]) for name in grading.made_up.EVERY.split()}
        found[row["student"]] = (
            tuple(sum(points for name, points in given.items() if name.startswith(part)) for part in "ABC"),
            " ".join(name for name, points in given.items() if points == 0),
            " ".join(name for name, points in given.items() if 0 < points < of[name]),
            float(row["to_mark"]),
        )
        assert float(row["total"]) == sum(given.values()), row["student"]
        assert float(row["of"]) == 100
        assert all(points % 0.5 == 0 for points in given.values())
    expected = {
        name: (row.points, row.lost, row.partly, row.waiting) for name, row in graded.expected.items()
    }
    assert {name: found[name] for name in found if found[name] != expected[name]} == {}


def released_points(course, grading):
    """The points for each exercise in the present release."""
    for stem in grading.course.PARTS.values():
        for cell in nbformat.read(course.release / f"{stem}.ipynb", 4).cells:
            meta = cell.metadata.get("nbgrader", {})
            if meta.get("grade"):
                yield {"exercise": meta["grade_id"], "of": meta["points"]}


def test_flags(graded, grading):
    missing, more = {}, {}
    for student, expected in graded.expected.items():
        if student == "spies" and not grading.sandbox.isolates():
            continue
        own = [s for s in graded.submissions if s.student == student]
        found = [f"{s.part}: {flag}" for s in own for flag in ([s.broken] if s.broken else []) + s.flags]
        left = [flag for flag in found if not any(flag.startswith(phrase) for phrase in expected.flags)]
        gone = [phrase for phrase in expected.flags if not any(flag.startswith(phrase) for flag in found)]
        missing |= {student: gone} if gone else {}
        many = len(found) != len(expected.flags) - len(gone) + len(left)
        more |= {student: left or found} if left or many else {}
        for row in rows_of(graded):
            assert row["student"] != student or all(flag in row["flags"] for flag in found)
    assert (missing, more) == ({}, {})


def test_what_waits_for_a_grader_is_in_the_table_of_marks(graded):
    rows = table(graded.course, "marks.csv")
    waiting = {row["student"]: 0.0 for row in rows_of(graded)}
    for row in rows:
        assert (row["points"], row["comment"]) == ("", "")
        waiting[row["student"]] += float(row["of"])
    assert waiting == {row["student"]: float(row["to_mark"]) for row in rows_of(graded)}
    assert len({(row["student"], row["exercise"]) for row in rows}) == len(rows)


def test_written_answers_reach_the_grader_wherever_they_were_written(graded, grading):
    written = {(s.student, name): answer for s in graded.submissions for name, answer in s.written.items()}
    assert len(grading.sixty.WRITTEN) > 20
    for key, passages in grading.sixty.WRITTEN.items():
        answer = written[key]
        for passage in passages:
            assert passage in answer.text or passage in answer.attachments, (key, passage)


def test_every_file_is_used_or_named_with_a_reason(graded, grading):
    released = {
        part: nbformat.read(graded.course.release / f"{stem}.ipynb", 4)
        for part, stem in grading.course.PARTS.items()
    }
    collection = grading.collecting.collect(
        graded.course, released, grading.roster.read_roster(graded.course)
    )
    assert all(note.use for note in collection.notes)
    used = {s.path for s in collection.submissions if s.submitted is not None}
    assert used == {note.path for note in collection.notes if note.use.startswith("used")}
    for student, expected in graded.expected.items():
        paths = [n.path for n in collection.notes if n.student == student and not n.use.startswith("used")]
        for part in expected.unused:
            assert any(part in path for path in paths), (student, part, paths)
    named = [note.path for note in collection.notes]
    for path in graded.course.submitted.rglob("*.ipynb"):
        if path.is_file() and not path.is_symlink() and path.name.isascii() and str(path).isprintable():
            assert path.relative_to(graded.course.submitted).as_posix() in named


# ---- The roster


def test_everybody_on_the_roster_has_a_row_and_a_pair_has_two(graded, grading):
    rows = {row["name"]: row for row in graded.points if row["number"]}
    for student, people in grading.sixty.ON_ROSTER.items():
        for person in people:
            assert rows[person]["student"] == student
            assert float(rows[person]["total"]) == sum(graded.expected[student].points)
    for person in grading.sixty.ABSENT:
        assert (rows[person]["student"], float(rows[person]["total"])) == ("", 0)
        assert float(rows[person]["of"]) == 100
    assert len(rows) == sum(map(len, grading.sixty.ON_ROSTER.values())) + len(grading.sixty.ABSENT)
    sheet = (graded.course.grading / "sheet.html").read_text(encoding="utf-8")
    assert grading.sixty.DUPLICATE in sheet


def test_names_stand_in_the_table_and_no_cell_is_a_formula(graded):
    (row,) = (row for row in graded.points if "=HYPERLINK" in row["names"])
    assert row["names"] == "=HYPERLINK(1) (012345678), <script>window.pwned=1</script> (@SUM(1))"
    for name in ("points.csv", "marks.csv"):
        content = (graded.course.grading / name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        for row in csv.reader(content.decode("utf-8-sig").splitlines()):
            for cell in row:
                assert not re.search(r"(^|;)\s*[=+\-@\t\r]", cell), cell


# ---- The pages


def pages_of(course):
    return sorted(p for p in course.grading.rglob("*.html") if course.submitted not in p.parents)


def test_every_page_is_there_and_harmless(graded):
    from .test_pages import check_harmless

    paths = pages_of(graded.course)
    assert sum("feedback" in path.parts for path in paths) == 180
    assert graded.course.grading / "sheet.html" in paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        check_harmless(re.sub(r'href="feedback/[^"/]+/part_', 'href="part_', text))
        head = BeautifulSoup(text, "html.parser").head
        head.title.decompose()  # plain text
        assert "pwned" not in head.decode()


def test_the_sheet_names_everyone_and_links_to_pages_that_are_there(graded):
    from urllib.parse import unquote

    soup = BeautifulSoup((graded.course.grading / "sheet.html").read_text(encoding="utf-8"), "html.parser")
    cells = {cell.get_text(" ", strip=True) for cell in soup.find_all("td")}
    assert set(graded.expected) <= cells
    links = {unquote(link["href"]).partition("#")[0] for link in soup.find_all("a", href=True)} - {""}
    assert len([link for link in links if link.startswith("feedback/")]) == 180
    assert all((graded.course.grading / link).is_file() for link in links)


def test_feedback_has_points_and_no_hidden_test(graded, grading):
    for path in pages_of(graded.course):
        text = path.read_text(encoding="utf-8")
        assert "HIDDEN TESTS" not in text
        assert grading.probe.KIND not in text
        code = BeautifulSoup(text, "html.parser").find_all("pre", class_="code")
        assert not [c for c in code if "bank.require(" in c.get_text() or "bank.show_results" in c.get_text()]
    folder = graded.course.grading / "feedback" / "known mistakes"
    page = (folder / "part_a_logistic_regression.html").read_text(encoding="utf-8")
    words = BeautifulSoup(page, "html.parser").get_text()
    assert "15 of 35 points" in words
    assert "A3.1: 4 of 6 points" in words
    assert "`db`, `dx` are right" in words or "db, dx are right" in words


def test_what_did_not_run_is_said_on_its_page(graded):
    page = graded.course.grading / "feedback" / "Ends its kernel" / "part_a_logistic_regression.html"
    assert "this cell was not run to its end" in page.read_text(encoding="utf-8")
    page = graded.course.grading / "feedback" / "broken files" / "part_b_two_layer_network.html"
    assert "This notebook could not be graded: no notebook" in page.read_text(encoding="utf-8")


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
            if (
                row["student"] in ("perfect", "'=second of two alike", "=second of two alike")
                and row["exercise"] in WRITTEN
            ):
                row["points"], row["comment"] = str(WRITTEN[row["exercise"]] - 0.5), "- nearly"

    write_marks(again, mark)
    grading.grade.grade(again, grading.limits)
    before, after = ({row["student"]: row for row in t} for t in (graded.points, table(again, "points.csv")))
    assert set(after) == set(FEW)
    for student, row in after.items():
        marked = student in ("perfect", "=second of two alike")
        assert float(row["total"]) == float(before[student]["total"]) + 7.5 * marked
        assert float(row["to_mark"]) == float(before[student]["to_mark"]) - 9 * marked
        assert row["flags"] == before[student]["flags"].removesuffix("; not on the roster").removesuffix(
            "not on the roster"
        )
    page = again.grading / "feedback" / "=second of two alike" / "part_a_logistic_regression.html"
    assert "2.5 of 3" in page.read_text(encoding="utf-8")
    assert "- nearly" in page.read_text(encoding="utf-8")

    shutil.rmtree(again.submitted / "empty")
    write_marks(
        again,
        lambda rows: rows.append(
            dict.fromkeys(rows[0], "") | {"student": "known mistakes", "exercise": "A3-2", "points": "1"}
        ),
    )
    grading.grade.grade(again, grading.limits)
    after = {row["student"]: row for row in table(again, "points.csv")}
    assert set(after) == {*FEW} - {"empty"}
    assert float(after["perfect"]["total"]) == 62.5
    assert float(after["=second of two alike"]["total"]) == 56.5
    assert float(after["known mistakes"]["total"]) == 32  # 1 of 4 points for A3.2 by hand
    rows = table(again, "marks.csv")
    assert len(rows) == len(table(graded.course, "marks.csv")) + 1
    assert sum(row["comment"].endswith("- nearly") for row in rows) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"points": "two"},
        {"points": "99"},
        {"points": "-1"},
        {"points": "nan"},
        {"exercise": "A9", "points": "1"},
        {"student": "nobody", "points": "1"},
    ],
)
def test_a_mark_that_cannot_be_is_named_and_stops_nothing(again, grading, graded, change):
    def mark(rows):
        rows.sort(key=lambda row: row["student"] != "perfect")
        rows[0]["points"] = "1"
        rows[1] |= change

    write_marks(again, mark)
    grading.grade.grade(again, grading.limits)
    before, after = ({row["student"]: row for row in t} for t in (graded.points, table(again, "points.csv")))
    assert float(after["perfect"]["total"]) == float(before["perfect"]["total"]) + 1
    sheet = BeautifulSoup((again.grading / "sheet.html").read_text(encoding="utf-8"), "html.parser")
    assert re.search(r"row 3\b", sheet.get_text()) or change.get("student") == "nobody"  # they may have left
    kept = [row for row in table(again, "marks.csv") if row.items() >= change.items()]
    assert len(kept) == 1


def test_an_interrupted_run_goes_on_and_loses_nothing(again, grading, graded, monkeypatch):
    kept = again.grading / "executed"
    done = kept.rename(again.grading / "done")
    runs = []

    def pretend(notebook, keep, *_):
        (name,) = keep.args
        runs.append(name)
        if len(runs) == 5:
            raise KeyboardInterrupt
        time.sleep(0.05)
        kept.mkdir(exist_ok=True)
        shutil.copy(done / f"{name}.json.gz", kept)

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
    kept = [name for name in graded.points[0] if name not in ("number", "name", "email", "group", "flags")]
    assert [{name: row[name] for name in kept} for row in table(again, "points.csv")] == [
        {name: row[name] for name in kept} for row in graded.points if row["student"] in FEW
    ]


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
        if any("strange" in cell.source for cell in executed.cells):
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

    def copied(notebook, keep, *_):
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        keep({"failed": "", "events": [], "outputs": [{"outputs": []} for _ in code], "seconds": 1})

    monkeypatch.setattr(grading.running, "_run_notebook", copied)
    grading.grade.grade(again, grading.limits)
    rows = {row["student"]: row for row in table(again, "points.csv")}
    assert rows["perfect"]["flags"] == "B: our own code stops at it (ZeroDivisionError: strange)"
    assert (float(rows["perfect"]["total"]), float(rows["first of two alike"]["total"])) == (41, 49)
