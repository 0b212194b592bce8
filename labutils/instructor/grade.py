"""Grade what lies in grading/submitted/<student>/notebooks/: run it, give points, raise flags, and write it all down.

nbgrader does the bookkeeping (its gradebook, its checks of cells); the running is done in a sandbox, several notebooks
at a time; every page is cleaned as `make html` cleans. A submission that is broken gets a row that says so.
"""

import argparse
import contextlib
import copy
import csv
import functools
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
from nbformat import NotebookNode
from nbformat.warnings import DuplicateCellId
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy.exc import SAWarning

from labutils import checks, data, files
from labutils.instructor import bank, flags, sandbox, sheet
from labutils.instructor.course import ASSIGNMENT, PARTS, Course
from labutils.instructor.execute import Limits

LARGEST = 50_000_000  # bytes of a notebook that is read
REQUIRE = re.compile(r"^bank\.require\((.*)\)$", re.MULTILINE)  # in a hidden test
MARKS = ["student", "exercise", "points", "of", "comment"]


@dataclass
class Paper:
    """One notebook of one student. broken: why it could not be read or run; "" if it could."""

    student: str
    part: str
    submitted: NotebookNode | None = None
    broken: str = ""
    flags: list[str] = field(default_factory=list)
    prepared: NotebookNode | None = None
    executed: NotebookNode | None = None

    @property
    def stem(self) -> str:
        return PARTS[self.part]


@dataclass(frozen=True)
class Given:
    """The points of a student in an exercise; waits: for a grader."""

    student: str
    exercise: str
    points: float
    of: float
    waits: bool
    comment: str


def grade(course: Course, limits: Limits | None = None, workers: int | None = None) -> list[Paper]:
    """Grade every submission, write points.csv, marks.csv, feedback and the grader's sheet; what was found.

    Raises `RuntimeError` with the way out if there is no release, no submission, or a mark that cannot be read.
    """
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own way with its database
    warnings.filterwarnings("ignore", category=DuplicateCellId)  # of a stranger's file
    limits, workers = limits or Limits(), workers or min(os.cpu_count() or 1, 8)
    if not (course.grading / "release.json").exists() or not (course.grading / "gradebook.db").exists():
        raise RuntimeError(f"{course.folder}/release.json is missing: run `make release` first")
    release = json.loads((course.grading / "release.json").read_text(encoding="utf-8"))["release"]
    students = (
        sorted(path.name for path in course.submitted.glob("*") if path.is_dir())
        if course.submitted.exists()
        else []
    )
    if not students:
        raise RuntimeError(
            f"nothing to grade: expected {course.folder}/submitted/<student>/{ASSIGNMENT}/*.ipynb"
        )
    released = {part: nbformat.read(course.release / f"{stem}.ipynb", 4) for part, stem in PARTS.items()}
    marks = read_marks(course, released, students)
    papers = [read(course, student, part) for student in students for part in PARTS]
    url = course.config().CourseDirectory.db_url
    with Gradebook(url) as book:
        sources = {
            cell.name: cell.source
            for n in book.find_assignment(ASSIGNMENT).notebooks
            for cell in n.source_cells
        }
    for paper in papers:
        if paper.submitted is not None:
            examine(paper, course, released[paper.part], release)
            with stopping_no_other(paper):
                paper.prepared = prepared(paper.submitted, released[paper.part], sources)
    run_all(papers, course, limits, workers)
    with Gradebook(url) as book:
        for student in students:
            book.update_or_create_student(student)
            book.update_or_create_submission(ASSIGNMENT, student)
    for paper in papers:
        if paper.executed is not None and paper.submitted is not None:
            with stopping_no_other(paper):
                unconfirmed = confirm(paper.executed)
                paper.flags += flags.of_run(paper.submitted, paper.executed, released[paper.part])
                paper.flags += unconfirmed
        record(paper, course, url)
    for part in PARTS:
        alike(part, papers, course, released)
    with Gradebook(url) as book:
        apply(marks, book)
        rows = points(book, papers, marks)
    write(course, papers, released, rows, marks, release)
    return papers


@contextlib.contextmanager
def stopping_no_other(paper: Paper) -> Iterator[None]:
    """Whatever a stranger's notebook makes of our code ends the grading of this notebook alone."""
    try:
        yield
    except Exception as error:
        paper.broken = f"our own code stops at it ({type(error).__name__}: {str(error)[:100]})"
        paper.prepared = paper.executed = None


def read(course: Course, student: str, part: str) -> Paper:
    """The notebook of a part, found by its name or, if it was renamed, by what it says of itself."""
    paper, stem = Paper(student, part), PARTS[part]
    folder = course.submitted / student
    files = [p for p in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
    path = folder / ASSIGNMENT / f"{stem}.ipynb"
    if path not in files:
        others = [p for p in files if p.stem not in PARTS.values() or p.parent.name != ASSIGNMENT]
        renamed = [p for p in others if p.stem == stem or part_of(p) == part]
        if not renamed:
            paper.broken = "missing"
            return paper
        path = renamed[0]
        paper.flags.append(f"renamed: {path.relative_to(folder).as_posix()}")
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError("a link to elsewhere")
        paper.submitted = load(path)
    except (ValueError, OSError) as error:
        paper.broken = str(error)
    return paper


def load(path: Path) -> NotebookNode:
    """A notebook from a stranger's file. Raises `ValueError` in words if it is none."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("not a file of its own")
    if path.stat().st_size > LARGEST:
        raise ValueError(
            f"too large to be read: {path.stat().st_size / 1e6:,.0f} MB, expected at most {LARGEST / 1e6:g}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        content = json.loads(
            json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        )  # halves of emoji
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {str(error)[:100]}") from None
    try:
        notebook = nbformat.convert(nbformat.from_dict(content), 4)
        for cell in notebook.cells:
            cell.source = "".join(cell.source) if isinstance(cell.source, list) else cell.source
        _, notebook = nbformat.validator.normalize(notebook, strip_invalid_metadata=True)
        nbformat.validate(notebook)
    except Exception as error:  # whatever a stranger's file makes of the library
        raise ValueError(f"no notebook: {str(error).splitlines()[0][:100]}") from None
    return notebook


def part_of(path: Path) -> str | None:
    """The part that a notebook says it is."""
    try:
        found = load(path).metadata.get("labutils", {}).get("part")
    except (ValueError, OSError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def examine(paper: Paper, course: Course, released: NotebookNode, release: str) -> None:
    """Flags that need no run."""
    assert paper.submitted is not None
    try:
        paper.flags += flags.of_notebook(paper.submitted, released, release)
        paper.flags += flags.of_data(paper.submitted)
        if paper.part == min(PARTS):
            paper.flags += flags.of_files(course.submitted / paper.student, course.root)
    except Exception as error:  # metadata of any shape
        paper.flags.append(f"could not be examined: {type(error).__name__}")


def prepared(submitted: NotebookNode, released: NotebookNode, sources: Mapping[str, str]) -> NotebookNode:
    """What is going to be run: the student's cells, and the checks as they were handed out, with their hidden tests.

    Of the student's metadata nothing stays. Of cells that are there twice the last counts; graded ones that are missing
    are put back. sources: of the cells by their grade ids, with the hidden tests.
    """
    ours = {name: cell for cell in released.cells if (name := flags.grade_id(cell))}
    notebook = copy.deepcopy(released)
    notebook.cells, there = [], dict[str, NotebookNode]()
    for number, theirs in reversed(list(enumerate(submitted.cells))):
        name = flags.grade_id(theirs)
        known = name in ours and name not in there
        cell = new_cell(
            ours[name].cell_type if known and name else theirs.cell_type, theirs.source, theirs.get("id")
        )
        cell.metadata["submitted_as"] = number
        if theirs.get("attachments") and cell.cell_type == "markdown":
            cell.attachments = copy.deepcopy(theirs.attachments)
        if known and name:
            there[name] = as_handed_out(cell, ours[name], sources[name])
        notebook.cells.insert(0, cell)
    before = None
    for name, cell in ours.items():
        if name not in there and flags.grader(cell).get("grade"):
            there[name] = as_handed_out(new_cell(cell.cell_type, cell.source), cell, sources[name])
            place = notebook.cells.index(before) + 1 if before is not None else len(notebook.cells)
            notebook.cells.insert(place, there[name])
        before = there.get(name, before)
    return notebook


def new_cell(kind: str, source: str, name: str | None = None) -> NotebookNode:
    """A cell without outputs. name: its id; older notebooks have none."""
    cell: NotebookNode = getattr(nbformat.v4, f"new_{kind}_cell")(source)
    cell.id = name or cell.id
    return cell


def as_handed_out(cell: NotebookNode, ours: NotebookNode, source: str) -> NotebookNode:
    """A cell with nbgrader's metadata as handed out; a check with its source too, and a display of the answer."""
    cell.metadata["nbgrader"] = copy.deepcopy(flags.grader(ours))
    if flags.locked(ours):
        cell.source = source
        if call := REQUIRE.search(source):
            cell.source += f"\nbank.show({call.group(1)})"
    return cell


def confirm(executed: NotebookNode) -> list[str]:
    """Look outside of the student's process at what the answers gave; those that passed there alone get an error.

    Takes away what `bank.show` displayed.
    """
    found = []
    for cell in filter(flags.locked, executed.cells):
        shown = [output for output in cell.outputs if bank.KIND in (output.get("data") or {})]
        cell.outputs = [output for output in cell.outputs if output not in shown]
        if any(output.output_type == "error" for output in cell.outputs):
            continue
        call = REQUIRE.search(cell.source)
        if call and not bank.confirms(
            call.group(1).split('"')[1], shown[-1].data[bank.KIND] if shown else None
        ):
            words = "The check was passed, but not by what the answer gives."
            cell.outputs.append(nbformat.v4.new_output("error", ename="NotConfirmed", evalue=words))
            found.append(f"{flags.grade_id(cell)}: its check was passed, but not by what the answer gives")
    return found


def run_all(papers: Iterable[Paper], course: Course, limits: Limits, workers: int) -> None:
    """Run what was prepared. The same code is run once, and kept: grading can be interrupted and gone on with."""
    kept = course.grading / "executed"
    kept.mkdir(exist_ok=True)
    with ThreadPoolExecutor(workers) as pool, tempfile.TemporaryDirectory(prefix="grading") as homes:
        running: dict[str, Future[None]] = {}
        waiting = [(p, p.prepared, key_of(p.prepared, limits)) for p in papers if p.prepared is not None]
        for _, notebook, key in waiting:
            if not (kept / f"{key}.json").exists() and key not in running:
                running[key] = pool.submit(run_one, notebook, kept / key, course, limits, Path(homes))
        try:
            for number, future in enumerate(running.values(), start=1):
                future.result()
                if sys.stdout.isatty():
                    print(f"\rrun {number} of {len(running)} notebooks", end="", flush=True)
        except BaseException:  # Ctrl+C: what runs may end, the others do not begin
            pool.shutdown(cancel_futures=True)
            raise
    if running:
        print()
    for paper, notebook, key in waiting:
        outcome = json.loads((kept / f"{key}.json").read_text())
        if outcome["failed"]:
            paper.broken = outcome["failed"]
            continue
        executed = nbformat.read(kept / f"{key}.ipynb", 4)
        with stopping_no_other(paper):
            for cell, ours in zip(executed.cells, notebook.cells, strict=True):
                outputs = {name: cell[name] for name in ("outputs", "execution_count") if name in cell}
                cell.update(copy.deepcopy(ours) | outputs)
            paper.flags += flags.of_events(outcome["events"], executed)
            paper.executed = executed


def key_of(notebook: NotebookNode, limits: Limits) -> str:
    """The same for the same code under the same limits, with the same labutils. It runs in an empty folder."""
    code = [[cell.cell_type, cell.source if cell.cell_type == "code" else ""] for cell in notebook.cells]
    return hashlib.sha256(json.dumps([code, asdict(limits), package()]).encode()).hexdigest()[:24]


@functools.cache
def package() -> str:
    """A digest of labutils and its exercises: with another one, notebooks have to run again."""
    files = sorted(Path(checks.__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join(map(Path.read_bytes, files)) + data.read("exercises.json")).hexdigest()


def run_one(notebook: NotebookNode, target: Path, course: Course, limits: Limits, homes: Path) -> None:
    """Run one notebook in the sandbox; its outputs and what happened go to target.ipynb and target.json."""
    with tempfile.TemporaryDirectory(dir=homes) as folder:
        home = Path(folder)
        nbformat.write(notebook, home / "in.ipynb")
        for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
            shutil.copy(fonts, home)  # or every notebook would look for fonts again
        limited = json.dumps(asdict(limits))
        command = [sys.executable, "-m", "labutils.instructor.execute", "in.ipynb", "out.ipynb", limited]
        hidden = [course.grading, course.source, course.root / "tests", homes]
        fixed = [course.root, Path(checks.__file__).parents[1]]
        # Some time to start and to end, and to interrupt what does not end.
        seconds = limits.notebook + 2 * limits.cell + 60
        ended = sandbox.run(command, home, seconds, limits.memory, limits.file, hidden, fixed)
        outcome: dict[str, Any] = {"failed": "", "events": []}
        try:
            executed = load(home / "out.ipynb")
            if len(executed.cells) != len(notebook.cells):
                raise ValueError("cells are missing")
            outcome["events"] = json.loads((home / "out.json").read_text())
            nbformat.write(executed, target.with_suffix(".ipynb"))
        except (ValueError, OSError, KeyError) as error:
            outcome["failed"] = f"its run {ended or f'left nothing that can be read ({error})'}"
    replace(target.with_suffix(".json"), json.dumps(outcome))


def record(paper: Paper, course: Course, url: str) -> None:
    """The points of a notebook into the gradebook, and the notebook as it was run into grading/autograded."""
    if paper.executed is not None:
        names = {"notebook": paper.stem, "assignment": ASSIGNMENT, "student": paper.student, "db_url": url}
        resources = {"nbgrader": names, "unique_key": paper.stem}
        for cell in paper.executed.cells:
            cell.metadata.pop("submitted_as", None)
            if flags.locked(
                cell
            ):  # nbgrader gives no points where there are words on stderr, a progress bar's for one
                cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        try:
            SaveAutoGrades().preprocess(paper.executed, resources)
        except Exception as error:  # metadata of any shape
            paper.broken, paper.executed = f"nbgrader cannot grade its cells: {str(error)[:100]}", None
    folder = course.grading / "autograded" / paper.student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    if paper.executed is not None:
        nbformat.write(paper.executed, folder / f"{paper.stem}.ipynb")
        return
    (folder / f"{paper.stem}.ipynb").unlink(missing_ok=True)
    with Gradebook(url) as book:
        for given in book.find_submission_notebook(paper.stem, ASSIGNMENT, paper.student).grades:
            given.auto_score, given.needs_manual_grade = 0, False
        book.db.commit()


def alike(part: str, papers: list[Paper], course: Course, released: dict[str, NotebookNode]) -> None:
    """Flags for the same unusual answer in a few submissions."""
    these = [(p, p.submitted) for p in papers if p.part == part and p.submitted is not None]
    solved = nbformat.read(course.source / f"{PARTS[part]}.ipynb", 4)
    found = flags.alike({p.student: notebook for p, notebook in these}, released[part], solved)
    for paper, _ in these:
        paper.flags += found.get(paper.student, [])


def read_marks(
    course: Course, released: Mapping[str, NotebookNode], students: Sequence[str]
) -> list[dict[str, str]]:
    """The marks that graders gave, in grading/marks.csv. Raises `RuntimeError` that names the row and what is wrong."""
    path = course.grading / "marks.csv"
    if not path.exists():
        return []
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    except UnicodeDecodeError:
        raise RuntimeError(f"{path.name}: expected a CSV in UTF-8, as it was written") from None
    marks = list(reader)
    if reader.fieldnames != MARKS:
        found = ", ".join(reader.fieldnames or [])
        raise RuntimeError(f"{path.name}: expected the columns {', '.join(MARKS)}, got {found}")
    most = {k: flags.grader(c)["points"] for n in released.values() for k, c in flags.graded(n).items()}
    for row, mark in enumerate(marks, start=2):
        if trouble := wrong_with(mark, most, students):
            raise RuntimeError(f"{path.name}, row {row}: {trouble}")
    return [{name: as_written(value) for name, value in mark.items()} for mark in marks]


def wrong_with(mark: Mapping[str, Any], most: Mapping[str, float], students: Sequence[str]) -> str:
    """In words, what is wrong with a row of marks.csv; "" if nothing."""
    if set(mark) != set(MARKS) or None in mark.values():
        return f"expected {len(MARKS)} cells"
    if mark["exercise"] not in most:
        return f"no exercise is called {mark['exercise']!r}"
    if not mark["points"].strip():
        return ""
    if as_written(mark["student"]) not in students:
        return f"there is no submission of {as_written(mark['student'])!r}"
    try:
        right = 0 <= float(mark["points"]) <= most[mark["exercise"]]
    except ValueError:
        right = False
    return (
        "" if right else f"points {mark['points']!r}, expected a number from 0 to {most[mark['exercise']]:g}"
    )


def apply(marks: list[dict[str, str]], book: Gradebook) -> None:
    """Put the graders' marks and comments into the gradebook; rows without points or comment change nothing."""
    notebooks = book.find_assignment(ASSIGNMENT).notebooks
    where = {cell.name: notebook.name for notebook in notebooks for cell in notebook.grade_cells}
    written = {cell.name for notebook in notebooks for cell in notebook.solution_cells}
    known = {submission.student.id for submission in book.assignment_submissions(ASSIGNMENT)}
    for mark in marks:
        if mark["student"] in known:
            place = (mark["exercise"], where[mark["exercise"]], ASSIGNMENT, mark["student"])
            if mark["points"].strip():
                given = book.find_grade(*place)
                given.manual_score, given.needs_manual_grade = float(mark["points"]), False
            if mark["comment"].strip() and mark["exercise"] in written:
                book.find_comment(*place).manual_comment = mark["comment"]
    book.db.commit()


def points(book: Gradebook, papers: list[Paper], marks: list[dict[str, str]]) -> list[Given]:
    """The points of every student and exercise, with the grader's comment (nbgrader keeps those on words alone)."""
    rows, said = [], {(mark["student"], mark["exercise"]): mark["comment"] for mark in marks}
    for paper in papers:
        notebook = book.find_submission_notebook(paper.stem, ASSIGNMENT, paper.student)
        comments = {comment.name: comment.comment or "" for comment in notebook.comments}
        for grade in notebook.grades:
            waits = grade.auto_score is None and grade.manual_score is None
            score, comment = (
                0.0 if waits else grade.score,
                said.get((paper.student, grade.name)) or comments.get(grade.name, ""),
            )
            rows.append(Given(paper.student, grade.name, score, grade.max_score, waits, comment))
    return rows


def write(
    course: Course,
    papers: list[Paper],
    released: dict[str, NotebookNode],
    rows: list[Given],
    marks: list[dict[str, str]],
    release: str,
) -> None:
    """points.csv, marks.csv (what is there stays), feedback and the grader's sheet."""
    order = [name for notebook in released.values() for name in flags.graded(notebook)]
    by_student: dict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        by_student[paper.student].append(paper)
    summary = []
    for student, own in by_student.items():
        given = {row.exercise: row for row in rows if row.student == student}
        notes = [f"{p.part}: {note}" for p in own for note in ([p.broken] if p.broken else []) + p.flags]
        line: dict[str, Any] = {"student": student, "names": sheet.names_of(own)}
        line |= {name: given[name].points for name in order}
        line["total"] = sum(row.points for row in given.values())
        line["of"] = sum(row.of for row in given.values())
        line["to_mark"] = sum(row.of for row in given.values() if row.waits)
        summary.append(line | {"flags": "; ".join(notes)})
    write_csv(course.grading / "points.csv", list(summary[0]), summary)
    there = {(mark["student"], mark["exercise"]) for mark in marks}
    for row in rows:
        if row.waits and (row.student, row.exercise) not in there:
            new = {"student": row.student, "exercise": row.exercise, "points": "", "comment": ""}
            marks.append(new | {"of": f"{row.of:g}"})
    write_csv(course.grading / "marks.csv", MARKS, marks)
    for paper in papers:
        page = course.grading / "feedback" / paper.student / f"{paper.stem}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        theirs = [row for row in rows if row.student == paper.student]
        replace(page, sheet.feedback(paper, released[paper.part], theirs))
    text = sheet.sheet(summary, order, by_student, released, course, release, isolated=sandbox.isolates())
    replace(course.grading / "sheet.html", text)


def write_csv(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> None:
    """Write a table, with no cell that a spreadsheet would take for a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    replace(path, text.getvalue())


def harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return (
        f"'{value}"
        if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
        else value
    )


def as_written(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    files.replace(
        path, text.encode(), "Close it where it is open, make room for it, and run `make grade` again."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Grade grading/submitted/<student>/notebooks/*.ipynb.")
    parser.add_argument("--workers", type=int, help="notebooks that run at a time (default: one a core)")
    for name, value in asdict(Limits()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"limit (default {value})")
    given = vars(parser.parse_args())
    workers = given.pop("workers")
    course = Course(Path(__file__).resolve().parents[2])
    try:
        papers = grade(course, Limits(**given), workers)
    except RuntimeError as error:
        sys.exit(str(error))
    students = {paper.student for paper in papers}
    for path in sorted(course.submitted.iterdir()):
        if not path.is_dir():
            print(
                f"not graded: {path.name} is no folder; unpack it into {course.folder}/submitted/<student>/"
            )
    print(
        f"{len(students)} submissions: open {course.folder}/sheet.html; points in {course.folder}/points.csv"
    )


if __name__ == "__main__":
    main()
