"""A student's work is carried into a corrected release: everything that they wrote, to its place, and nothing else."""

import json
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest

from labutils.instructor import cells
from labutils.instructor.course import PARTS

from ..parts.conftest import ROOT

pytestmark = [pytest.mark.instructor, pytest.mark.usefixtures("nbgrader")]

GUESS = 'guess_a5 = exercises.predict("A5", None)'
A = PARTS["A"]


def cell_of(notebook, name):
    """A cell by its grade id or, for other cells, by how its text begins."""
    (cell,) = (c for c in notebook.cells if cells.grade_id(c) == name or c.source.startswith(name))
    return cell


def sources(notebook):
    return [cell.source for cell in notebook.cells]


@pytest.fixture(scope="module")
def course(nbgrader, tmp_path_factory):
    """A course with two releases. The second has other texts and points, a new cell, and no exercise A3.3."""
    from labutils.instructor import history
    from labutils.instructor.release import make_release

    from . import made_up

    course = made_up.course(tmp_path_factory.mktemp("course"))
    path = course.source / f"{A}.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell("Look at x.", id="look"))
    notebook.cells.insert(3, nbformat.v4.new_code_cell("print(np.e)", id="plain"))
    notebook.cells.insert(4, nbformat.v4.new_code_cell(GUESS, id="guess"))
    nbformat.write(notebook, path)
    make_release(course)
    cell_of(notebook, "A3-1").metadata["nbgrader"]["points"] = 5
    cell_of(notebook, "A7-1-written").source += " Corrected."
    cell_of(notebook, "A3-2-answer").source = cell_of(notebook, "A3-2-answer").source.replace(
        "(n, N)", "(N,)"
    )
    cell_of(notebook, "Look").source = "Look at x\nand at y."
    cell_of(notebook, "guess_a5").source = "# A corrected question.\n" + GUESS
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("A new cell.", id="new"))
    notebook.cells = [cell for cell in notebook.cells if cells.exercise_of(cell) != "A3.3"]
    nbformat.write(notebook, path)
    make_release(course)
    assert len(history.read_history(course)) == 2
    return course


@pytest.fixture
def earlier(course):
    """Part A as it was handed out first."""
    from labutils.instructor import history

    return history.read_released(course, next(iter(history.read_history(course))))["A"]


@pytest.fixture
def carried(course, tmp_path):
    """A function: the notebook that comes of a student's one, with what is said about it."""
    from labutils.instructor.transfer import transfer_answers

    def carry(notebook):
        path = tmp_path / "dana.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        done = transfer_answers(course, path, course.release, tmp_path / "new")["A"]
        written = nbformat.read(tmp_path / "new" / "notebooks" / f"{A}.ipynb", 4)
        nbformat.validate(written)
        assert sources(written) == sources(done.notebook)
        return done

    return carry


def test_answers_names_and_predictions_are_in_their_places(earlier, carried, course):
    new = nbformat.read(course.release / f"{A}.ipynb", 4)
    cell_of(earlier, "A3-1-answer").source = "linear_backward = 3"
    cell_of(earlier, "A7-1-written").source = "So it is."
    cell_of(earlier, "# Who").source = 'students = ["Dana", "נועה"]\nstudent_numbers = ["1", "2"]'
    cell_of(earlier, "guess_a5").source = "guess_a5 = exercises.predict('A5',  'b' )"
    cell_of(earlier, "print(np.e)").source = "print(np.pi)"
    for cell in earlier.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = 5, [nbformat.v4.new_output("stream", text="old")]
    done = carried(earlier)
    filled = done.notebook
    assert cell_of(filled, "A3-1-answer").source == "linear_backward = 3"
    assert cell_of(filled, "A7-1-written").source == "So it is."
    assert "נועה" in cell_of(filled, "students").source
    assert cell_of(filled, "# A corrected question").source.endswith("exercises.predict(\"A5\", 'b')")
    assert "print(np.pi)" in sources(filled)
    changed = {"A3-1-answer", "A7-1-written"}
    for cell, ours in zip(filled.cells, new.cells, strict=True):
        assert (cell.id, cell.metadata) == (ours.id, ours.metadata)
        if cells.grade_id(cell) and cells.grade_id(cell) not in changed:
            assert cell.source == ours.source
        assert not cell.get("outputs")
        assert not cell.get("execution_count")
    assert cell_of(filled, "A3-1").metadata["nbgrader"]["points"] == 5
    assert filled.metadata["labutils"] == new.metadata["labutils"]
    assert done.left == []
    assert {"A3.1", "A7.1 written", "the names"} <= set(done.carried)


def test_own_cells_stay_behind_the_cell_that_they_were_behind(earlier, carried):
    place = earlier.cells.index(cell_of(earlier, "A3-2"))
    own = [nbformat.v4.new_code_cell("mine = 1"), nbformat.v4.new_markdown_cell("![x](attachment:x.png)")]
    own[1].attachments = {"x.png": {"image/png": "aGVsbG8="}}
    earlier.cells[place + 1 : place + 1] = own
    earlier.cells.insert(0, nbformat.v4.new_code_cell("first = 1"))
    filled = carried(earlier).notebook
    place = filled.cells.index(cell_of(filled, "A3-2"))
    assert sources(filled)[place + 1 : place + 3] == [cell.source for cell in own]
    assert filled.cells[place + 2].attachments == own[1].attachments
    assert sources(filled)[0] == "first = 1"
    assert all(c.metadata == {} for c in filled.cells if c.source in ("mine = 1", "first = 1"))


def test_an_exercise_that_is_gone_keeps_its_answer_at_the_end(earlier, carried):
    cell_of(earlier, "A3-3-answer").source = "nll_backward = 7"
    done = carried(earlier)
    assert sources(done.notebook)[-1] == "nll_backward = 7"
    assert cells.grade_id(done.notebook.cells[-1]) is None
    assert any(sentence.startswith("A3.3") for sentence in done.left)


def test_what_the_release_has_changed_too_is_said_and_kept(earlier, carried):
    cell_of(earlier, "A3-2-answer").source = "sigmoid_backward = 2"
    cell_of(earlier, "Look").source = "Look at x.\nMy words."
    cell_of(earlier, "A3-1").source += "\nprint('passed')"
    done = carried(earlier)
    place = sources(done.notebook).index("Look at x\nand at y.")
    assert sources(done.notebook)[place + 1] == "My words."
    assert cell_of(done.notebook, "A3-2-answer").source == "sigmoid_backward = 2"
    assert "passed" not in cell_of(done.notebook, "A3-1").source
    for words in ("A3.2: the cell to fill in has changed", "Look at x", "the check of A3.1"):
        assert any(words in sentence for sentence in done.left), words


def test_an_answer_in_two_cells_is_whole(earlier, carried):
    """JupyterLab gives both halves of a split cell the same metadata."""
    for name, halves in (("A7-1-written", ["One.", "Two."]), ("A3-1-answer", ["half = 1", "rest = 2"])):
        cell = cell_of(earlier, name)
        second = nbformat.from_dict(json.loads(json.dumps(cell)))
        cell.source, second.source, second.id = *halves, f"second-{name}"
        cell.update(
            {"attachments": {"x.png": {"image/png": "aGVsbG8="}}} if cell.cell_type == "markdown" else {}
        )
        earlier.cells.insert(earlier.cells.index(cell) + 1, second)
    filled = carried(earlier).notebook
    assert cell_of(filled, "A7-1-written").source == "One.\n\nTwo."
    assert "x.png" in cell_of(filled, "A7-1-written").attachments
    place = sources(filled).index("rest = 2")
    assert cells.grade_id(filled.cells[place]) == "A3-1-answer"
    assert sources(filled)[place - 1] == "half = 1"


def test_a_release_that_is_not_here_is_said_and_answers_are_carried(earlier, carried):
    earlier.metadata["labutils"]["release"] = "0.0.9-deadbeef"
    cell_of(earlier, "A3-1-answer").source = "linear_backward = 3"
    cell_of(earlier, "guess_a5").source = 'guess_a5 = exercises.predict("A5", "c")'
    cell_of(earlier, "print(np.e)").source += "\nprint(np.pi)"
    cell_of(earlier, "A3-3-answer").source = "nll_backward = 7"
    done = carried(earlier)
    assert cell_of(done.notebook, "A3-1-answer").source == "linear_backward = 3"
    assert "'c'" in cell_of(done.notebook, "# A corrected").source
    assert sources(done.notebook)[-1] == "nll_backward = 7"
    assert "print(np.e)\nprint(np.pi)" in sources(done.notebook)
    assert sum("0.0.9-deadbeef" in sentence for sentence in done.left) == 1
    assert any("Look at x" in sentence for sentence in done.left)
    assert "Look at x." not in sources(done.notebook)  # the student's or the earlier release's: nobody knows


def test_a_blank_notebook_becomes_the_new_release(earlier, carried, course):
    done = carried(earlier)
    assert sources(done.notebook) == sources(nbformat.read(course.release / f"{A}.ipynb", 4))
    assert (done.carried, done.left) == ([], [])


@pytest.mark.parametrize("metadata", ["kept", "dropped"])
def test_ids_of_cells_that_an_editor_dropped_are_not_needed(earlier, carried, course, metadata):
    cell_of(earlier, "A3-1-answer").source = "def linear_backward(W, x, dz):\n    return 3"
    old = json.loads(json.dumps(earlier | {"nbformat_minor": 0}))
    for cell in old["cells"]:
        del cell["id"]
        cell["metadata"] = cell["metadata"] if metadata == "kept" else {}
    done = carried(old)
    new = nbformat.read(course.release / f"{A}.ipynb", 4)
    assert len(done.notebook.cells) == len(new.cells)
    assert cell_of(done.notebook, "A3-1-answer").source.endswith("return 3")


# ---- Files


@pytest.fixture
def handed_in(course, tmp_path):
    """A student's folder with two parts of the first release, and other files."""
    from labutils.instructor import history

    folder = tmp_path / "noa" / "work"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    released = history.read_released(course, next(iter(history.read_history(course))))
    for part, name in (("A", "my first (1)"), ("B", PARTS["B"])):
        cell = next(cell for cell in released[part].cells if cells.role_of(cell) == "answer")
        cell.source = f"answer = '{part}'"
        nbformat.write(released[part], folder / f"{name}.ipynb")
    shutil.copy(folder / f"{PARTS['B']}.ipynb", folder / ".ipynb_checkpoints")
    shutil.copy(folder / f"{PARTS['B']}.ipynb", folder / "the same.ipynb")
    (folder / "notes.txt").write_text("mine")
    return tmp_path / "noa"


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_folder_and_a_zip_are_read_and_stay_as_they_are(course, handed_in, tmp_path, form):
    from labutils.instructor.transfer import transfer_answers

    old = handed_in
    if form == "zip":
        old = tmp_path / "noa.zip"
        with zipfile.ZipFile(old, "w") as archive:
            for path in handed_in.rglob("*.ipynb"):
                archive.write(path, path.relative_to(tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (new,) = (path for path in course.grading.glob("*.zip") if _present(course) in path.name)
    done = transfer_answers(course, old, new, tmp_path / "new")
    assert list(done) == ["A", "B"]
    made = {path.stem: path for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert set(made) == {PARTS["A"], PARTS["B"]}
    for part in "AB":
        assert f"answer = '{part}'" in sources(nbformat.read(made[PARTS[part]], 4))
    assert before == {path: path.read_bytes() for path in before}


def _present(course):
    return json.loads((course.grading / "release.json").read_text())["release"]


def test_nothing_is_overwritten(course, handed_in, tmp_path):
    from labutils.instructor.transfer import transfer_answers

    with pytest.raises(ValueError, match="is there already"):
        transfer_answers(course, handed_in, course.release, handed_in)
    assert (handed_in / "work" / "notes.txt").read_text() == "mine"


def spoil(folder, what):
    """Make the folder one that cannot be transferred; the words that must be said."""
    notebook = folder / "work" / f"{PARTS['B']}.ipynb"
    if what == "no notebook":
        shutil.rmtree(folder / "work")
    elif what == "no JSON":
        notebook.write_text("{")
        return notebook.name
    elif what == "two of a part":
        other = nbformat.read(notebook, 4)
        other.cells.append(nbformat.v4.new_code_cell("more = 1"))
        nbformat.write(other, folder / "work" / "b.ipynb")
        return "b.ipynb"
    elif what == "nothing":
        shutil.rmtree(folder)
    elif what == "another notebook":
        shutil.rmtree(folder / "work")
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), folder / "x.ipynb")
    elif what == "a broken zip":
        shutil.rmtree(folder)
        with zipfile.ZipFile(folder, "w") as archive:
            archive.writestr("part_a.ipynb", "{}" * 1000)
        folder.write_bytes(folder.read_bytes().replace(b"{}{}", b"{}{{"))
    return folder.name


@pytest.mark.parametrize(
    "what", ["no notebook", "no JSON", "two of a part", "nothing", "another notebook", "a broken zip"]
)
def test_what_cannot_be_transferred_is_named_and_nothing_is_written(course, handed_in, tmp_path, what):
    from labutils.instructor.transfer import transfer_answers

    words = spoil(handed_in, what)
    with pytest.raises(ValueError, match=words):
        transfer_answers(course, handed_in, course.release, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_solved_notebooks_are_no_release(course, handed_in, tmp_path):
    from labutils.instructor.transfer import transfer_answers

    with pytest.raises(ValueError, match="expected a release"):
        transfer_answers(course, handed_in, course.source, tmp_path / "new")


def test_the_command_says_what_it_does(handed_in, tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "labutils.instructor.transfer", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    failed = run(handed_in, tmp_path / "no.zip", "--to", tmp_path / "new")
    assert failed.returncode == 1
    assert "no.zip" in failed.stderr
    assert "Traceback" not in failed.stderr
