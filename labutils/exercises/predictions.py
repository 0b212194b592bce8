"""Predictions: a question with its choices, the student's guess, and the result beside it."""

import json
import string
from dataclasses import dataclass
from typing import Any

from labutils._internal import arguments
from labutils._internal.data_files import read
from labutils.exercises.display import show

_guesses: dict[str, str] = {}  # the last guess at each prediction in this session


@dataclass(frozen=True)
class _Guess:
    """A guess at a prediction. choice: what was chosen, with its letter; "" if no guess was made."""

    name: str
    question: str
    choice: str = ""


def predict(name: str, choice: Any) -> _Guess:
    """Return the guess at a prediction, after printing the question and its choices.

    choice: the letter of a choice in quotes, or its text; None if no guess is made yet. For anything else, and for an
    unknown name, a sentence says what is expected, and the guess stays open. Nothing is raised.
    """
    try:
        predictions = _load()
        arguments.one_of("name", name, tuple(predictions))
    except (OSError, ValueError) as error:
        show(f"This prediction cannot be shown. {error}", "open")
        return _Guess(arguments.describe(name), "")
    question, texts = predictions[name]["question"], predictions[name]["choices"]
    choices = [f"{letter}) {text}" for letter, text in zip(string.ascii_lowercase, texts, strict=False)]
    wanted = _bare(choice) if isinstance(choice, str) else ""
    chosen = next((text for text in choices if wanted in (text[0], _bare(text[3:]))), "")
    lines = [f"Prediction {name}: {question}", *choices]
    if not chosen and choice is not None and choice is not ...:
        lines.append(f"The guess {arguments.describe(choice)} is not one of the choices.")
    missing = 'No guess yet. Replace None by a letter in quotes, such as "a", and run this cell again.'
    lines.append(f"Your guess: {chosen}" if chosen else missing)
    show("\n".join(lines), "note" if chosen else "open")
    _guesses[name] = chosen or "no guess"
    return _Guess(name, question, chosen)


def compare(guess: _Guess, result: Any) -> None:
    """Print a guess next to the result, which is a text or a number. Nothing is raised."""
    found = result if isinstance(result, str | float) else arguments.describe(result)
    first = f"Prediction: expected what `predict` returns, got {arguments.describe(guess)}"
    if isinstance(guess, _Guess):
        first = f"Prediction {guess.name}: {guess.question}\nYour guess: {guess.choice or 'none was made'}"
    show(f"{first}\nThe result: {found}")


def guesses(part: str) -> dict[str, str]:
    """The guess at each prediction of a part by name, "no guess" for those that were not made in this session."""
    try:
        return {name: _guesses.get(name, "no guess") for name in _load() if name.startswith(part)}
    except (OSError, ValueError):
        return {}


def _load() -> dict[str, dict[str, Any]]:
    """The question and the choices of each prediction. Raises `OSError` or `ValueError` if their file is damaged."""
    return json.loads(read("predictions.json"))


def _bare(text: str) -> str:
    """A text in small letters, without brackets or a full stop around it: "(B)" is "b"."""
    return text.strip(" ().\"'").casefold()
