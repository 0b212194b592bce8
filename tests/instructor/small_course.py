"""A course with one code exercise and one written answer in each part, and submissions that need no run."""

import json
from pathlib import Path

import nbformat

from labutils.instructor.course import ASSIGNMENT, PARTS, Course
from labutils.instructor.submission import Measured, Submission, Written

PLACEHOLDER = "*Your answer:*"


def _cell(kind, source, name, exercise, role, points=None):
    cell = getattr(nbformat.v4, f"new_{kind}_cell")(source)
    grade, solution = points is not None, role != "check"
    cell.metadata |= {
        "nbgrader": {
            "grade_id": name,
            "grade": grade,
            "solution": solution,
            "locked": role == "check",
            "task": False,
            "schema_version": 3,
        }
        | ({"points": points} if grade else {}),
        "labutils": {"exercise": exercise, "role": role},
    }
    return cell


def released_notebook(part: str):
    """The released notebook of a part: A1 (4 points, code) and A1-written (3 points)."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"# Part {part}"),
        _cell("code", "def answer(x):\n    ...", f"{part}1-answer", f"{part}1", "answer"),
        _cell("code", "check(answer)", f"{part}1", f"{part}1", "check", 4),
        _cell("markdown", PLACEHOLDER, f"{part}1-written", f"{part}1 written", "written", 3),
    ]
    return notebook


def released_notebooks():
    return {part: released_notebook(part) for part in PARTS}


def make_course(root: Path) -> Course:
    """The course with a release and a gradebook, as `make release` leaves it."""
    from nbgrader.api import Assignment, Gradebook, GradeCell, Notebook, SolutionCell

    course = Course(root)
    course.release.mkdir(parents=True)
    (course.grading / "release.json").write_text(json.dumps({"release": "x"}))
    with Gradebook(course.config().CourseDirectory.db_url) as book:
        assignment = Assignment(name=ASSIGNMENT)
        for part, stem in PARTS.items():
            released = released_notebook(part)
            nbformat.write(released, course.release / f"{stem}.ipynb")
            notebook = Notebook(name=stem, assignment=assignment)
            for cell in released.cells[1:]:
                kind = cell.metadata["nbgrader"]
                own = {"name": kind["grade_id"], "notebook": notebook}
                if kind["grade"]:
                    book.db.add(GradeCell(**own, max_score=kind["points"], cell_type=cell.cell_type))
                if kind["solution"]:
                    book.db.add(SolutionCell(**own))
        book.db.commit()
    return course


def submit(student: str, part: str = "A", share: float = 1.0, written: str = "because") -> Submission:
    """The submission of a part: its code is worth this share of the points, its written answer is this text."""
    notebook = released_notebook(part)
    notebook.cells[1].source = f"def answer(x):\n    return {share}"
    notebook.cells[3].source = written or PLACEHOLDER
    submission = Submission(student, part, submitted=notebook, executed=notebook)
    submission.measured[f"{part}1"] = Measured(share, "right" if share == 1 else "wrong", "found this")
    if written:
        submission.written[f"{part}1-written"] = Written(written)
    return submission


def submit_all(students, **options):
    """The submissions of all parts by these students."""
    return [submit(student, part, **options) for student in students for part in PARTS]
