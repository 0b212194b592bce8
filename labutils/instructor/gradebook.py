"""nbgrader's gradebook: the hidden tests that it keeps, the points of every run, and the marks of graders."""

from collections.abc import Iterable, Sequence

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades

from labutils.instructor import cells
from labutils.instructor.course import ASSIGNMENT, Course
from labutils.instructor.submission import ExerciseScore, Submission


def open_gradebook(course: Course) -> Gradebook:
    """The gradebook of the course, to be used in a `with` statement."""
    return Gradebook(course.config().CourseDirectory.db_url)


def read_sources(course: Course) -> dict[str, str]:
    """The sources of the released cells by grade id, with the hidden tests."""
    with open_gradebook(course) as book:
        notebooks = book.find_assignment(ASSIGNMENT).notebooks
        return {cell.name: cell.source for notebook in notebooks for cell in notebook.source_cells}


def register_students(course: Course, students: Iterable[str]) -> None:
    """Enter every student and their submission into the gradebook."""
    with open_gradebook(course) as book:
        for student in students:
            book.update_or_create_student(student)
            book.update_or_create_submission(ASSIGNMENT, student)


def record_points(submission: Submission, course: Course) -> None:
    """Enter the points of a notebook, and write the notebook as it was run into grading/autograded."""
    if submission.executed is not None:
        _save_points(submission, course)
    path = course.grading / "autograded" / submission.student / ASSIGNMENT / f"{submission.stem}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if submission.executed is not None:
        nbformat.write(submission.executed, path)
        return
    path.unlink(missing_ok=True)
    with open_gradebook(course) as book:
        for grade in book.find_submission_notebook(submission.stem, ASSIGNMENT, submission.student).grades:
            grade.auto_score, grade.needs_manual_grade = 0, False
        book.db.commit()


def _save_points(submission: Submission, course: Course) -> None:
    """Let nbgrader count the points of a notebook that was run; it is broken if nbgrader cannot."""
    assert submission.executed is not None
    url = course.config().CourseDirectory.db_url
    names = {"notebook": submission.stem, "assignment": ASSIGNMENT, "student": submission.student}
    resources = {"nbgrader": names | {"db_url": url}, "unique_key": submission.stem}
    for cell in submission.executed.cells:
        cell.metadata.pop("submitted_as", None)
        if cells.is_check(cell):
            # nbgrader gives no points where anything is on stderr, for example a progress bar.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    try:
        SaveAutoGrades().preprocess(submission.executed, resources)
    except Exception as error:  # nbgrader raises errors of many kinds
        submission.broken = f"nbgrader cannot grade its cells: {str(error)[:100]}"
        submission.executed = None


def apply_marks(marks: Iterable[dict[str, str]], book: Gradebook) -> None:
    """Enter the graders' marks and comments; rows without points or comment change nothing."""
    notebooks = book.find_assignment(ASSIGNMENT).notebooks
    where = {cell.name: notebook.name for notebook in notebooks for cell in notebook.grade_cells}
    written = {cell.name for notebook in notebooks for cell in notebook.solution_cells}
    known = {submission.student.id for submission in book.assignment_submissions(ASSIGNMENT)}
    for mark in marks:
        if mark["student"] in known:
            place = (mark["exercise"], where[mark["exercise"]], ASSIGNMENT, mark["student"])
            if mark["points"].strip():
                grade = book.find_grade(*place)
                grade.manual_score, grade.needs_manual_grade = float(mark["points"]), False
            if mark["comment"].strip() and mark["exercise"] in written:
                book.find_comment(*place).manual_comment = mark["comment"]
    book.db.commit()


def read_scores(
    book: Gradebook, submissions: Iterable[Submission], marks: Sequence[dict[str, str]]
) -> list[ExerciseScore]:
    """The points of every student and exercise, with the grader's comment.

    nbgrader keeps comments for written answers only; those for code come from the marks.
    """
    scores = []
    said = {(mark["student"], mark["exercise"]): mark["comment"] for mark in marks}
    for submission in submissions:
        notebook = book.find_submission_notebook(submission.stem, ASSIGNMENT, submission.student)
        comments = {comment.name: comment.comment or "" for comment in notebook.comments}
        for grade in notebook.grades:
            waits = grade.auto_score is None and grade.manual_score is None
            comment = said.get((submission.student, grade.name)) or comments.get(grade.name, "")
            points = 0.0 if waits else grade.score
            scores.append(
                ExerciseScore(submission.student, grade.name, points, grade.max_score, waits, comment)
            )
    return scores
