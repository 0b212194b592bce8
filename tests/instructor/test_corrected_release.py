"""A corrected release during the course: other texts, other points, a cell more. Then one without an exercise."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import nbformat
import pytest

from labutils.instructor import cells

from ..parts.conftest import ROOT

pytestmark = [pytest.mark.instructor, pytest.mark.usefixtures("nbgrader")]


def released(folder: Path) -> dict[str, nbformat.NotebookNode]:
    return {path.stem: nbformat.read(path, 4) for path in sorted((folder / "notebooks").glob("*.ipynb"))}


def by_id(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """The cells of exercises by their grade ids, in the order of the notebook."""
    return {name: cell for cell in notebook.cells if (name := cells.grade_id(cell))}


@pytest.fixture(scope="module")
def course(nbgrader, tmp_path_factory):
    from . import made_up

    return made_up.course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def corrected(course):
    """The course, its notebooks in an earlier release and in the corrected one, and the names of these releases."""
    from labutils.instructor import history
    from labutils.instructor.release import make_release

    earlier, before = make_release(course), released(course.grading / "release")
    path = course.source / "part_a_logistic_regression.ipynb"
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cells.role_of(cell) == "question":
            cell.source += " Take care of the sign."
    by_id(notebook)["A3-1"].metadata["nbgrader"]["points"] = 5
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell("A correction."))
    nbformat.write(notebook, path)
    make_release(course)
    return (
        course,
        before,
        released(course.grading / "release"),
        list(history.read_history(course)),
        earlier,
    )


def test_keeps_the_ids_of_all_cells(corrected):
    _, before, now, *_ = corrected
    for stem, notebook in before.items():
        assert list(by_id(now[stem])) == list(by_id(notebook))
        old = {cell.id: (cells.grade_id(cell), cells.role_of(cell)) for cell in notebook.cells}
        new = {cell.id: (cells.grade_id(cell), cells.role_of(cell)) for cell in now[stem].cells}
        assert old.items() <= new.items()
    assert before != now


def test_earlier_ones_are_remembered_with_their_notebooks(corrected):
    from labutils.instructor import history
    from labutils.instructor.release import make_release

    course, before, now, names, earlier = corrected
    assert len(names) == 2
    assert history.zip_path(course, names[0]) == earlier
    assert list(history.read_released(course, names[0]).values()) == list(before.values())
    assert list(history.read_released(course, names[1]).values()) == list(now.values())
    assert history.read_released(course, "0.0.9-deadbeef") == {}
    times = history.read_history(course)
    assert all(datetime.fromisoformat(time).tzinfo for time in times.values())
    make_release(course)  # once more, the same
    assert history.read_history(course) == times


@pytest.mark.parametrize("content", ["", "[", "{}", '["x"]', '[{"release": "x"}]', "5", "\udcff"])
def test_a_damaged_list_of_them_stops_nothing(tmp_path, content):
    from labutils.instructor import history
    from labutils.instructor.course import Course

    course = Course(tmp_path)
    course.grading.mkdir()
    (course.grading / "releases.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    assert history.read_history(course) == {}
    history.remember_release(course, "1.0-abc")
    assert list(history.read_history(course)) == ["1.0-abc"]


def test_one_that_fails_leaves_the_present_one(corrected, monkeypatch):
    from labutils.instructor import release

    course, *_ = corrected
    files = [p for p in course.grading.rglob("*") if p.is_file()]
    before = {path: path.read_bytes() for path in files}
    monkeypatch.setattr(release, "_find_leaks", lambda *_: ["everything"])
    (course.root / "LICENSE").write_text("another", encoding="utf-8")
    with pytest.raises(RuntimeError, match="everything"):
        release.make_release(course)
    shutil.copy(ROOT / "LICENSE", course.root)
    assert {p: p.read_bytes() for p in course.grading.rglob("*") if p.is_file()} == before


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # of nbgrader's
def test_one_without_an_exercise_is_made_after_submissions_too(corrected, capsys):
    """nbgrader refuses to remove a cell from its gradebook once there are submissions. No mark in it is lost."""
    from nbgrader.api import Gradebook

    from labutils.instructor.release import make_release

    course, *_ = corrected
    url = course.config().CourseDirectory.db_url
    with Gradebook(url) as book:
        book.add_student("dana")
        book.add_submission("notebooks", "dana")
        grade = book.find_grade("A7-1-written", "part_a_logistic_regression", "notebooks", "dana")
        grade.manual_score = 2.5
        book.db.commit()
    (course.grading / "answers.json").write_text('[["dana", "A7-1-written", "digest"]]')
    path = course.source / "part_a_logistic_regression.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells = [cell for cell in notebook.cells if cells.exercise_of(cell) != "A3.2"]
    nbformat.write(notebook, path)
    make_release(course)
    said = capsys.readouterr().out
    assert "A3-2, A3-2-answer" in said
    (aside,) = course.grading.glob("gradebook-until-*.db")
    assert aside.name in said
    with Gradebook(url) as book, Gradebook(f"sqlite:///{aside}") as old:
        assert (len(book.students), len(old.students)) == (0, 1)
    (row,) = re.findall("^dana,A7-1-written,.*$", (course.grading / "marks.csv").read_text(), re.MULTILINE)
    assert "2.5" in row
