"""What a student calls: checks change nothing, stand-ins say that they are there, and the page to hand in."""

import signal

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from labutils import exercises
from labutils._internal import data_files
from labutils.exercises import answers, results
from labutils.exercises.answers import StandIn

P, DP = np.array([[0.2, 0.5]]), np.array([[1.0, -2.0]])
DONE = "A3.2: all public checks passed (6 inputs of different shapes).\n"


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


class TestCheck:
    def test_a_right_answer_passes(self, capsys):
        result = exercises.check("A3.2", right)
        assert result.passed
        assert capsys.readouterr().out == DONE == f"{result.message}\n"

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (None, "Exercise A3.2 is not done yet."),
            (lambda p, dp: None, "Exercise A3.2 is not done yet."),
            (wrong, "A3.2: The factor (1 - p) of the sigmoid's derivative is missing."),
            (failing, "A3.2: the answer stops with ZeroDivisionError"),
            (interrupted, "A3.2: interrupted."),
            ("dp * p * (1 - p)", "A3.2: expected a function, got"),
        ],
    )
    def test_any_other_answer_is_told_what_is_wrong(self, capsys, answer, said):
        result = exercises.check("A3.2", answer)
        printed = capsys.readouterr()
        assert not result.passed
        assert printed.out == f"{result.message}\n"
        assert printed.out.startswith(said)
        assert printed.err == ""

    def test_the_last_line_of_a_cell_displays_nothing_more(self, capsys):
        shell = InteractiveShell.instance()
        shell.user_ns.update(exercises=exercises, right=right)
        shell.run_cell('exercises.check("A3.2", right)')
        InteractiveShell.clear_instance()
        assert "AnswerCheck" not in capsys.readouterr().out

    def test_a_stand_in_is_judged_by_the_answer_that_it_stands_for(self, capsys):
        assert not exercises.check("A3.2", exercises.replace_if_wrong("A3.2", wrong))
        assert exercises.check("A3.2", StandIn(wrong, right))

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarm on this system")
    def test_an_endless_loop_ends(self, capsys, monkeypatch):
        monkeypatch.setattr(answers, "SECONDS", 0.2)

        def endless(p, dp):
            while True:
                pass

        exercises.check("A3.2", endless)
        assert "takes longer than 0.2 seconds" in capsys.readouterr().out


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
        assert printed.out.count("\n") == 1
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
        assert "the sign is flipped" in result.message


class TestHint:
    def test_of_one_and_of_all_of_a_question(self, capsys):
        exercises.hint("A6", 1)
        assert capsys.readouterr().out.startswith("A6, hint 1 of 3: ")
        exercises.hint("A3", 2)
        lines = capsys.readouterr().out.splitlines()
        assert [line[:17] for line in lines] == [f"A3.{i}, hint 2 of 3" for i in (1, 2, 3)]

    @pytest.mark.parametrize(
        ("name", "number", "said"), [("A4", 1, "name"), ("A6", 0, "number"), ("A6", 4, "number")]
    )
    def test_what_is_not_there_is_an_error(self, name, number, said):
        with pytest.raises(ValueError, match=f"{said}: expected one of"):
            exercises.hint(name, number)


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

    def test_the_fingerprint_changes_with_any_data_file(self, monkeypatch, tmp_path):
        before = data_files.fingerprint()
        (tmp_path / "points.csv").write_text("x")
        real = data_files.path_of
        monkeypatch.setattr(data_files, "path_of", lambda n: tmp_path / n if n == "points.csv" else real(n))
        assert data_files.fingerprint() != before
        monkeypatch.setattr(data_files, "path_of", lambda n: tmp_path if n == "points.csv" else real(n))
        assert data_files.fingerprint() != before
