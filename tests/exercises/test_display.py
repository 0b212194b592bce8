"""Messages: HTML where it can be shown, wrapped text where not, and nothing of what is shown is taken for HTML."""

import io
import sys

import bs4
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from labutils.exercises import display
from labutils.exercises.display import _Message, show

LONG = "A3.1: " + "some words that make this line far too long for a narrow window, " * 4
SYMBOLS = {"right": "✓", "wrong": "✗", "open": "○", "note": ""}


@pytest.mark.parametrize(("kind", "symbol"), SYMBOLS.items())
class TestMessage:
    def test_its_text_has_a_symbol_and_is_wrapped_between_words(self, kind, symbol):
        lines = repr(_Message(LONG, kind)).splitlines()
        assert max(map(len, lines)) <= 88
        assert " ".join(lines).split() == [*symbol.split(), *LONG.split()]

    def test_its_html_says_the_same_in_a_colour(self, kind, symbol):
        html = _Message(f"{LONG}\nand `x`", kind)._repr_html_()
        soup = bs4.BeautifulSoup(html, "html.parser")
        assert soup.get_text(" ").split() == [*symbol.split(), *LONG.split(), "and", "x"]
        assert soup.code.get_text() == "x"
        assert "border-left" in soup.div["style"]


def test_the_colours_are_readable_on_white_and_on_black():
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for _, colour in display._LOOKS.values():
        assert 1.05 / (luminance(colour) + 0.05) >= 3.9
        assert (luminance(colour) + 0.05) / 0.05 >= 3.9
    colours = [colour for _, colour in display._LOOKS.values()]
    assert len(set(colours)) == len(colours)


def test_text_is_not_taken_for_html():
    html = _Message('<script>alert(1)</script> `<b>` & "quotes"', "wrong")._repr_html_()
    soup = bs4.BeautifulSoup(html, "html.parser")
    assert soup.script is None
    assert soup.b is None
    assert '<script>alert(1)</script> <b> & "quotes"' in soup.get_text()


def test_outside_of_ipython_it_is_printed(capsys):
    show("A3.1: right", "right")
    assert capsys.readouterr().out == "✓ A3.1: right\n"


def test_a_terminal_without_the_symbols_gets_the_words(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    show("A3.1: right", "right")
    terminal.flush()
    assert b"A3.1: right" in terminal.buffer.getvalue()


def test_in_a_notebook_both_forms_are_displayed():
    shell = InteractiveShell.instance()
    shell.display_pub, before = CapturingDisplayPublisher(shell=shell), shell.display_pub
    try:
        show("A3.1: right", "right")
        (output,) = shell.display_pub.outputs
        assert set(output["data"]) == {"text/plain", "text/html"}
        assert output["data"]["text/plain"] == "✓ A3.1: right"
    finally:
        shell.display_pub = before
        InteractiveShell.clear_instance()
