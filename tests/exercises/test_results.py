"""What a student calls: checks change nothing, stand-ins say that they are there, and the page to hand in."""

import json

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from labutils import exercises
from labutils._internal import data_files
from labutils.exercises import answers, predictions, results
from labutils.exercises.answers import StandIn

P, DP = np.array([[0.2, 0.5]]), np.array([[1.0, -2.0]])


def right(p, dp):
    return dp * p * (1 - p)


def wrong(p, dp):
    return dp * p


def failing(p, dp):
    return 1 / 0


def transposed(p, dp):
    return right(p, dp).T


def interrupted(p, dp):
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch):
    monkeypatch.setattr(results, "_results", {})
    monkeypatch.setattr(results, "_replaced", set())
    monkeypatch.setattr(results, "_hints_seen", {})
    monkeypatch.setattr(predictions, "_guesses", {})
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


def words(text):
    """A text without its line breaks."""
    return " ".join(text.split())


class TestCheck:
    def test_a_right_answer_passes(self, capsys):
        result = exercises.check("A3.2", right)
        assert result.passed
        assert result.usable
        assert capsys.readouterr().out == f"✓ {result.message}\n"

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (None, "○ Exercise A3.2 is not done yet."),
            (lambda p, dp: None, "○ Exercise A3.2 is not done yet."),
            (wrong, "✗ A3.2: "),
            (failing, "✗ A3.2: the answer stops with ZeroDivisionError"),
            (interrupted, "✗ A3.2: interrupted."),
            ("dp * p * (1 - p)", "✗ A3.2: expected a function, got"),
        ],
    )
    def test_any_other_answer_is_told_what_is_wrong(self, capsys, answer, said):
        result = exercises.check("A3.2", answer)
        printed = capsys.readouterr()
        assert not result.passed
        assert words(printed.out).startswith(said)
        assert words(printed.out)[2:] == words(result.message)
        assert printed.err == ""

    def test_what_is_wrong_comes_first_and_where_in_the_next_line(self):
        first, second = exercises.check("A3.2", wrong).message.splitlines()
        assert "is missing" in first
        assert second.startswith("First difference: `dz[0, 0]` is ")

    def test_the_last_line_of_a_cell_displays_nothing_more(self, capsys):
        shell = InteractiveShell.instance()
        shell.user_ns.update(exercises=exercises, right=right)
        shell.run_cell('exercises.check("A3.2", right)')
        InteractiveShell.clear_instance()
        assert "AnswerCheck" not in capsys.readouterr().out

    def test_a_stand_in_is_judged_by_the_answer_that_it_stands_for(self, capsys):
        assert not exercises.check("A3.2", exercises.replace_if_wrong("A3.2", wrong))
        assert exercises.check("A3.2", StandIn(wrong, right))

    def test_an_endless_loop_ends(self, capsys, monkeypatch):
        monkeypatch.setattr(answers, "SECONDS", 0.2)

        def endless(p, dp):
            while True:
                pass

        exercises.check("A3.2", endless)
        assert "takes longer than 0.2 seconds" in words(capsys.readouterr().out)


@pytest.fixture
def notebook():
    """A function that runs cells in a notebook, and returns what they print."""
    shell = InteractiveShell.instance()
    shell.user_ns.update(exercises=exercises)
    yield lambda *cells: [shell.run_cell(cell, store_history=True) for cell in cells]
    InteractiveShell.clear_instance()


GOOD = "def sigmoid_backward(p, dp):\n    return dp * p * (1 - p)"
OPEN = "def sigmoid_backward(p, dp):\n    dz = None\n    ...\n    return dz"
CHECK = 'result = exercises.check("A3.2", sigmoid_backward)'


class TestCells:
    """A check judges what the student wrote last, or says that it cannot."""

    def result(self, notebook, *cells):
        notebook(*cells, CHECK)
        return InteractiveShell.instance().user_ns["result"]

    def test_a_cell_that_python_cannot_read(self, notebook, capsys):
        for before in (OPEN, GOOD):
            result = self.result(notebook, before, GOOD.replace("(1 - p)", "(1 - p"))
            assert result.state == "not right yet"
            assert "line 2" in result.message
            assert "not done" not in result.message
        assert self.result(notebook, GOOD)

    def test_a_function_of_another_name(self, notebook, capsys):
        result = self.result(notebook, OPEN, GOOD.replace("sigmoid_backward", "sigmoid_bakward"))
        assert result.state == "not right yet"
        assert "`sigmoid_bakward`" in result.message
        assert "not done" not in result.message

    def test_a_second_function_beside_a_right_one(self, notebook, capsys):
        assert self.result(notebook, GOOD, GOOD.replace("sigmoid_backward", "sigmoid_backward2"))

    def test_the_functions_of_other_exercises(self, notebook, capsys):
        result = self.result(notebook, OPEN, GOOD.replace("sigmoid_backward", "softmax_backward"))
        assert result.state == "not done yet"


NONE = [None, ..., lambda p, dp: None, failing, transposed, "dp * p * (1 - p)", interrupted]


class TestStandIns:
    @pytest.mark.parametrize("replace", [exercises.replace_if_wrong, exercises.replace_if_missing])
    def test_a_right_answer_comes_back_without_a_word(self, capsys, replace):
        assert replace("A3.2", right) is right
        assert replace("A3.2", StandIn(wrong, right)) is right
        assert capsys.readouterr().out == ""

    def test_a_wrong_answer_stays_where_its_own_results_are_asked_for(self, capsys):
        assert exercises.replace_if_missing("A3.2", wrong) is wrong
        assert exercises.replace_if_missing("A3.2", StandIn(right, wrong)) is wrong
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize(
        ("replace", "answer"),
        [(exercises.replace_if_wrong, answer) for answer in [*NONE, wrong]]
        + [(exercises.replace_if_missing, answer) for answer in NONE],
    )
    def test_for_any_other_the_librarys_solution_stands_in_and_says_so(self, capsys, replace, answer):
        stand_in = replace("A3.2", answer)
        printed = capsys.readouterr()
        assert printed.out.startswith("○ Exercise A3.2 is not ")
        assert printed.out.endswith("This cell uses the library's solution instead.\n")
        assert printed.err == ""
        np.testing.assert_allclose(stand_in(P, DP), right(P, DP))
        assert stand_in.answered is answer
        assert replace("A3.2", stand_in).answered is answer  # the cell is run a second time
        assert capsys.readouterr().out == printed.out

    def test_a_gradient_check_sees_a_wrong_answer(self):
        """Before, the name was bound to the library's solution, and every entry agreed."""
        flipped = exercises.replace_if_missing("A3.2", lambda p, dp: -right(p, dp))
        z = np.array([[0.3, -1.2]])
        p = 1 / (1 + np.exp(-z))
        result = exercises.check_gradient(
            "dz", lambda z: (1 / (1 + np.exp(-z))).sum(), z, flipped(p, np.ones((1, 2)))
        )
        assert not result


class TestHint:
    def test_one_after_the_other(self, capsys):
        shown = []
        for _ in range(5):
            exercises.hint("A6")
            shown.append(words(capsys.readouterr().out))
        assert [text[:15] for text in shown[:3]] == ["A6, hint 1 of 3", "A6, hint 2 of 3", "A6, hint 3 of 3"]
        assert "no more" in shown[3]
        assert shown[4] == shown[0]

    def test_of_one_and_of_all_of_a_question(self, capsys):
        exercises.hint("A6", 1)
        assert capsys.readouterr().out.startswith("A6, hint 1 of 3: ")
        exercises.hint("A3", 2)
        printed = capsys.readouterr().out
        assert all(f"A3.{i}, hint 2 of 3" in printed for i in (1, 2, 3))

    def test_small_letters(self, capsys):
        exercises.hint("a6", 1)
        assert capsys.readouterr().out.startswith("A6, hint 1 of 3: ")

    def test_the_next_one_follows_the_one_that_was_asked_for(self, capsys):
        exercises.hint("A6", 2)
        exercises.hint("A6")
        assert "A6, hint 3 of 3" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("name", "number", "said"),
        [
            ("A4", 1, "'A3.1'"),
            (None, 1, "'A3.1'"),
            ("A6", 0, "1, 2, 3"),
            ("A6", 4, "1, 2, 3"),
            ("A6", "1", "1, 2, 3"),
        ],
    )
    def test_what_is_not_there_is_a_sentence(self, capsys, name, number, said):
        exercises.hint(name, number)
        assert said in capsys.readouterr().out


class TestResultsPage:
    def test_who_and_how_and_what(self, capsys):
        exercises.check("A3.2", right)
        exercises.check("A3.3", wrong)
        exercises.replace_if_missing("A6", None)
        page = exercises.results_page(
            "A",
            ["Ada", "Grace"],
            ["1"],
            {"A6, weights": 1.5, "A3.2, slope": 2, "A3.3, own": 4, "error": "3 %"},
        )
        assert page.startswith("**Part A, handed in by:** Ada (1), Grace\n")
        for line in (
            "| A3.1 | check not run |",
            "| A3.2 | public checks passed |",
            "| A3.3 | not right yet |",
            "| A6 | not done yet |",
            "| A6, weights | 1.5 (by the library) |",
            "| A3.2, slope | 2 |",
            "| A3.3, own | 4 |",
            "| error | 3 % |",
            f"Data: {data_files.fingerprint()}.",
        ):
            assert line in page.splitlines()

    def test_an_answer_that_is_done_later_is_no_longer_by_the_library(self, capsys):
        exercises.replace_if_missing("A3.2", None)
        exercises.replace_if_missing("A3.2", right)
        assert "(by the library)" not in exercises.results_page("A", [], [], {"A3.2, slope": 2})

    def test_nobody_is_said_loudly(self):
        assert "**nobody yet: fill in the names cell" in exercises.results_page("B", ["", ""], ["", ""], {})

    def test_a_missing_student_number_is_said(self):
        page = exercises.results_page("B", ["Ada", "Grace"], ["1", ""], {})
        assert "student number is missing:** Grace\n" in page
        assert "number is missing" not in exercises.results_page("B", ["Ada"], ["1"], {})

    def test_written_answers_that_are_missing_in_the_file(self, monkeypatch, tmp_path):
        def cell(name, text):
            metadata = {"nbgrader": {"grade_id": name}} if name else {}
            return {"cell_type": "markdown", "metadata": metadata, "source": [text]}

        cells = [cell("A7-1-written", "*Your answer:*"), cell("A7-2-prediction", "*Your answer:* the first")]
        cells += [cell("seeds-written", "*Your answer:*\n"), cell("", "text")]
        path = tmp_path / "part.ipynb"
        path.write_text(json.dumps({"cells": cells}))
        without = exercises.results_page("A", [], [], {})
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
        (line,) = set(exercises.results_page("A", [], [], {}).splitlines()) - set(without.splitlines())
        assert line.endswith("as last saved:** A7.1 (written), seeds (written)")

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"cells": [{"source": "*Your answer:*"}]}', '{"cells": 3}']
    )
    def test_another_file_is_left_out(self, monkeypatch, tmp_path, content):
        before = exercises.results_page("A", [], [], {})
        (tmp_path / "part.ipynb").write_text(content)
        monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "part.ipynb"))
        assert exercises.results_page("A", [], [], {}) == before

    def test_the_fingerprint_changes_with_any_data_file(self, monkeypatch, tmp_path):
        before = data_files.fingerprint()
        (tmp_path / "points.csv").write_text("x")
        real = data_files.path_of
        monkeypatch.setattr(data_files, "path_of", lambda n: tmp_path / n if n == "points.csv" else real(n))
        assert data_files.fingerprint() != before
        monkeypatch.setattr(data_files, "path_of", lambda n: tmp_path if n == "points.csv" else real(n))
        assert data_files.fingerprint() != before
