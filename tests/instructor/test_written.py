"""Written answers reach the grader wherever a student wrote them."""

import copy

import nbformat
import pytest

from labutils.instructor import cells
from labutils.instructor.written import find_written

ANSWER = "The loss also counts **how far** a point lies from the line."
BLANK = "*Your answer:*"
GIF = {"image/png": "iVBORw0KGgo="}


def part():
    """A small release: two written exercises, and an exercise with code between them."""
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell

    def meta(exercise, role, **grader):
        found = {"labutils": {"exercise": exercise, "role": role}}
        return found | ({"nbgrader": grader} if grader else {})

    asked = "**What you should see.** A line.\n\n**Written, A1 (3 points).** Why does the loss fall? Give a reason."
    written = {"grade": True, "solution": True, "points": 3}
    content = [
        markdown("# Part A", id="a-0"),
        code("draw(1)", id="a-1"),
        markdown(asked, id="a-2", metadata=meta("A1 written", "question")),
        markdown(BLANK, id="a-3", metadata=meta("A1 written", "written", grade_id="A1-written", **written)),
        markdown("**The report** says that it does.", id="a-4"),
        code("guess = exercises.predict('A2', None)", id="a-5"),
        code("f = ...", id="a-6", metadata=meta("A2", "answer", grade_id="A2-answer", solution=True)),
        markdown("Write, A3. Which unit is it?", id="a-7", metadata=meta("A3 written", "question")),
        markdown(BLANK, id="a-8", metadata=meta("A3 written", "written", grade_id="A3-written", **written)),
        code("guess_a3 = exercises.predict('A3', None)", id="a-9"),
    ]
    notebook = nbformat.v4.new_notebook(cells=content)
    notebook.metadata["labutils"] = {"release": "1", "part": "A"}
    return notebook


RELEASED = part()


def own(text, kind="markdown", **more):
    return getattr(nbformat.v4, f"new_{kind}_cell")(text, **more)


def changed(change):
    """A copy of the release after a student's change; `change` gets the notebook."""
    notebook = copy.deepcopy(RELEASED)
    change(notebook)
    return notebook


def insert(at, cell):
    return lambda notebook: notebook.cells.insert(at, cell)


def setting(at, text):
    return lambda notebook: notebook.cells[at].update(source=text)


def split(notebook):
    first, second = notebook.cells[3], copy.deepcopy(notebook.cells[3])
    first.source, second.source, second.id = "The loss also counts", "**how far** a point lies.", "new"
    notebook.cells.insert(4, second)


def retyped(notebook):
    notebook.cells[3] = own(ANSWER)


def question_gone_too(notebook):
    notebook.cells[2:4] = [own(ANSWER)]


def split_question(notebook):
    more = copy.deepcopy(notebook.cells[2])
    more.source, more.id = ANSWER, "new"
    notebook.cells.insert(3, more)


def without_metadata(notebook):
    for cell in notebook.cells:
        if not cells.is_written(cell):
            cell.metadata = nbformat.NotebookNode()
            cell.pop("id")
    notebook.cells.insert(3, own(ANSWER))


ASKED = RELEASED.cells[2].source
PLACES = {
    "in its place": (setting(3, ANSWER), True),
    "below the words of the placeholder": (setting(3, f"{BLANK} {ANSWER}"), True),
    "in a new cell below the place": (insert(4, own(ANSWER)), False),
    "in a new cell above the place": (insert(3, own(ANSWER)), False),
    "in a new cell above the question": (insert(2, own(ANSWER)), False),
    "in a raw cell": (insert(4, own(ANSWER, "raw")), False),
    "in a comment": (insert(4, own(f"# {ANSWER}", "code")), False),
    "in a text that a cell prints": (insert(4, own(f"print('''{ANSWER}''')", "code")), False),
    "as words in a code cell": (insert(4, own(ANSWER, "code")), False),
    "below the question": (setting(2, f"{ASKED}\n\n{ANSWER}"), False),
    "in the question's last line": (setting(2, f"{ASKED} {ANSWER}"), False),
    "above the question": (setting(2, f"{ANSWER}\n\n{ASKED}"), False),
    "inside the question": (setting(2, ASKED.replace("Why", f"{ANSWER} Why")), False),
    "in the question, some of which is gone": (
        setting(2, ASKED.replace("**What you should see.**", "") + " " + ANSWER),
        False,
    ),
    "in the cell below": (setting(4, f"{ANSWER}\n\n{RELEASED.cells[4].source}"), False),
    "where the place was deleted": (retyped, False),
    "where the question was deleted as well": (question_gone_too, False),
    "in a second half of the question": (split_question, False),
    "where other cells have no metadata": (without_metadata, False),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_is_found(place):
    change, right = PLACES[place]
    found = find_written(changed(change), RELEASED)
    assert list(found) == ["A1-written"]
    text = found["A1-written"].text
    assert "how far" in text
    assert "Give a reason" not in text
    assert "Your answer" not in text
    assert (found["A1-written"].note == "") == right


def test_nothing_is_found_in_what_was_handed_out():
    assert find_written(RELEASED, RELEASED) == {}
    assert find_written(changed(setting(3, "  \n")), RELEASED) == {}
    assert find_written(changed(insert(4, own("  \n"))), RELEASED) == {}


@pytest.mark.parametrize(
    "change",
    [
        insert(4, own("rates = [0.1]\n# Try the first rate again, as in the text.\nrun(rates)", "code")),
        insert(4, own("for rate in [0.1, 0.2]\n    run(rate * 2)  # [a]", "code")),
        insert(2, own("print(loss)", "code")),
        insert(1, own("A note of mine, far from any question.")),
        setting(2, ASKED.replace("fall", "sink")),
        setting(0, "# Part A of Dana and Noa, in which we say much"),
        setting(6, "f = 3  # because of a good reason that I know"),
    ],
)
def test_code_notes_elsewhere_and_a_corrected_word_are_no_answers(change):
    assert find_written(changed(change), RELEASED) == {}


def test_the_halves_of_a_cell_that_was_split_are_joined_in_their_order():
    (found,) = find_written(changed(split), RELEASED).values()
    assert found.text == "The loss also counts\n\n**how far** a point lies."
    assert found.note != ""


def test_pictures_come_along_and_those_of_one_name_are_kept_apart():
    def paste(notebook):
        picture = "see ![it](attachment:image.png)"
        notebook.cells[3].update(source=picture, attachments={"image.png": GIF})
        notebook.cells.insert(4, own(picture, attachments={"image.png": {"image/png": "other"}}))

    (found,) = find_written(changed(paste), RELEASED).values()
    assert sorted(kinds["image/png"] for kinds in found.attachments.values()) == ["iVBORw0KGgo=", "other"]
    assert all(f"attachment:{name})" in found.text for name in found.attachments)


def test_a_picture_alone_is_an_answer():
    def paste(notebook):
        notebook.cells[2].source += "\n\n![](attachment:a.png)"
        notebook.cells[2].attachments = {"a.png": GIF}

    (found,) = find_written(changed(paste), RELEASED).values()
    assert found.attachments == {"a.png": GIF}
    data = f"![x](data:image/png;base64,{'A' * 400})"
    (found,) = find_written(changed(setting(2, f"{ASKED}\n\n{data}")), RELEASED).values()
    assert list(found.attachments.values()) == [{"image/png": "A" * 400}]


def test_a_question_of_another_release_is_no_answer_where_there_is_one():
    def older(notebook):
        notebook.metadata["labutils"] = {"release": "0", "part": "A"}
        notebook.cells[2].source = ASKED.replace(
            "Why does the loss fall?", "Explain in two sentences of your own."
        )
        notebook.cells[3].source = ANSWER

    (found,) = find_written(changed(older), RELEASED).values()
    assert found.text == ANSWER


def test_both_answers_stand_under_their_own_questions():
    def both(notebook):
        notebook.cells.insert(9, own("Unit seven."))
        notebook.cells.insert(4, own(ANSWER))

    found = find_written(changed(both), RELEASED)
    assert {name: answer.text for name, answer in found.items()} == {
        "A1-written": ANSWER,
        "A3-written": "Unit seven.",
    }


def test_ten_thousand_cells_and_a_long_question_are_read():
    notebook = changed(lambda n: n.cells.extend(own(f"text {i}") for i in range(10_000)))
    notebook.cells[2].source = "\n".join(f"word{i} " * 40 for i in range(1_000))
    assert "A1-written" in find_written(notebook, RELEASED)


def test_a_copy_of_an_answer_is_read_once():
    def twice(notebook):
        notebook.cells[3].source = ANSWER
        notebook.cells.insert(4, copy.deepcopy(notebook.cells[3]))

    (found,) = find_written(changed(twice), RELEASED).values()
    assert found.text == ANSWER
