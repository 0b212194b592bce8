"""Messages to a student: HTML with a colour and a symbol in a notebook, and wrapped text everywhere else."""

import html
import re
import textwrap
from dataclasses import dataclass

from IPython.display import display

_WIDTH = 88  # characters of a line of plain text
# Symbol and colour of each kind of message. The colours are readable on white and on black.
_LOOKS = {
    "right": ("✓", "#2a8a4a"),
    "wrong": ("✗", "#d6453d"),
    "open": ("○", "#a8711c"),
    "note": ("", "#808080"),
}


@dataclass(frozen=True)
class _Message:
    """A text of one or more lines. kind: "right", "wrong", "open", or "note", which has no symbol."""

    text: str
    kind: str = "note"

    def __repr__(self) -> str:
        lines = f"{_LOOKS[self.kind][0]} {self.text}".strip().splitlines()
        return "\n".join(textwrap.fill(line, _WIDTH, break_long_words=False) for line in lines)

    def _repr_html_(self) -> str:
        symbol, colour = _LOOKS[self.kind]
        escaped = html.escape(self.text.strip()).replace("\n", "<br>")
        words = re.sub(r"`([^`<]+)`", r"<code>\1</code>", escaped)
        mark = f'<strong style="color: {colour}">{symbol}</strong> ' if symbol else ""
        frame = f"border-left: 4px solid {colour}; padding: 0.2em 0.8em; max-width: 50em"
        return f'<div class="{self.kind}" style="{frame}">{mark}{words}</div>'


def show(text: str, kind: str = "note") -> None:
    """Display a message. Outside of IPython it is printed."""
    message = _Message(text, kind)
    try:
        display(message)
    except UnicodeEncodeError:  # a terminal without these symbols
        print(repr(message).encode("ascii", "replace").decode())
