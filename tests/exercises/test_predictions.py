"""Predictions: a guess is a letter or a text, everything else leaves it open, and nothing is raised."""

import json

import pytest

from labutils import exercises
from labutils.exercises import predictions, results
from labutils.exercises.predictions import _Guess, compare, guesses, predict

QUESTIONS = {
    "A5": {"question": "How many?", "choices": ["none", "About 5 %", "all of them."]},
    "A7": {"question": "Which one?", "choices": ["the first", "the second"]},
    "B1": {"question": "How long?", "choices": ["1 s", "2 s"]},
}


@pytest.fixture(autouse=True)
def session(monkeypatch):
    monkeypatch.setattr(predictions, "_guesses", {})
    monkeypatch.setattr(predictions, "read", lambda name: json.dumps(QUESTIONS).encode())


@pytest.mark.parametrize("choice", ["b", "B", " b ", "b)", "(b)", "about 5 %", "About 5 %"])
def test_a_letter_or_a_text_is_a_choice(capsys, choice):
    guess = predict("A5", choice)
    assert guess == _Guess("A5", "How many?", "b) About 5 %")
    printed = capsys.readouterr().out
    for text in ("How many?", "a) none", "b) About 5 %", "c) all of them.", "Your guess: b)"):
        assert text in printed


@pytest.mark.parametrize("choice", [None, ..., "d", "", "ab", 1, 2.5, b"b", ["b"], object()])
def test_everything_else_leaves_the_guess_open(capsys, choice):
    guess = predict("A5", choice)
    assert guess.choice == ""
    printed = capsys.readouterr().out
    assert "c) all of them." in printed
    assert "Your guess" not in printed
    assert ("is not one of the choices" in printed) == (choice is not None and choice is not ...)


@pytest.mark.parametrize("name", ["A4", None, 5, ["A5"]])
def test_an_unknown_prediction_is_a_sentence(capsys, name):
    assert predict(name, "a").choice == ""
    assert "'A5'" in capsys.readouterr().out


def test_the_result_stands_next_to_the_guess(capsys):
    guess = predict("A5", "b")
    capsys.readouterr()
    compare(guess, "18.75 %")
    lines = capsys.readouterr().out.splitlines()
    assert "How many?" in lines[0]
    assert lines[1:] == ["Your guess: b) About 5 %", "The result: 18.75 %"]


def test_a_result_without_a_guess(capsys):
    compare(predict("A5", None), "18.75 %")
    assert "Your guess: none was made\nThe result: 18.75 %" in capsys.readouterr().out


@pytest.mark.parametrize("guess", [None, "b", 3])
def test_what_is_no_guess_is_a_sentence(capsys, guess):
    compare(guess, 18.75)
    printed = capsys.readouterr().out
    assert "predict" in printed
    assert "18.75" in printed


def test_a_guess_that_is_taken_back_is_open_again(capsys):
    predict("A5", "b")
    predict("A5", None)
    assert guesses("A") == {"A5": "no guess", "A7": "no guess"}


def test_the_page_lists_the_guesses_of_its_part(capsys, monkeypatch):
    monkeypatch.setattr(results, "_results", {})
    predict("A7", "a")
    page = exercises.results_page("A", [], [], {})
    assert "| A5 | no guess |" in page
    assert "| A7 | a) the first |" in page
    assert "B1" not in page


def test_a_damaged_file_stops_nothing(capsys, monkeypatch):
    def damaged(name):
        raise ValueError("this file is damaged")

    monkeypatch.setattr(predictions, "read", damaged)
    guess = predict("A5", "a")
    compare(guess, 1)
    assert guesses("A") == {}
    assert "damaged" in capsys.readouterr().out


def test_the_stored_predictions(monkeypatch):
    monkeypatch.undo()
    stored = predictions._load()
    assert {"A5", "B4"} <= set(stored)
    for name, prediction in stored.items():
        assert name[0] in "ABC"
        assert set(prediction) == {"question", "choices"}  # and no answer
        assert prediction["question"].endswith("?")
        assert 2 <= len(set(prediction["choices"])) == len(prediction["choices"]) <= 26
