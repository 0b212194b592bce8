"""A notebook as a page: one file without scripts that is safe to open, whoever wrote the notebook.

Nothing is executed. Text and code are escaped, and everything else is cleaned (`safe_html`). A Content-Security-Policy
also keeps the page from loading or running anything.
"""

import functools
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbconvert.filters import strip_ansi
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from labutils._internal import files
from labutils.instructor.pictures import SIGNATURES, data_address
from labutils.instructor.safe_html import (
    clean_html,
    render_markdown,
    shorten_text,
    show_as_text,
    text_of,
)

_MOST_CHARACTERS = 20_000  # of one text output
_MOST_MARKDOWN = 300_000  # bytes of Markdown that are rendered; the rest is shown as text
_LARGEST_PAGE = 4_500_000  # bytes
_FRAME = 100  # bytes around a fragment
_MOST_HEADINGS = 200


def render_notebook(
    notebook: Mapping[str, Any],
    title: str,
    before: str = "",
    after: str = "",
    inserted: Mapping[int, str] | None = None,
) -> str:
    """A notebook as an HTML page of at most 5 MB; what is too much for it is left out, and the page says so.

    before, after: our own HTML for the top and the foot; inserted: more of it, by the number of the cell before it,
    which is -1 for the first cell.
    """
    inserted = inserted or {}
    parts, headings, count = [inserted.get(-1, "")], list[tuple[int, str, str]](), 0
    page, markdown = _Room(_LARGEST_PAGE), _Room(_MOST_MARKDOWN)
    for number, cell in enumerate(notebook.get("cells", [])):
        source, ours = text_of(cell.get("source", "")), inserted.get(number, "")
        if not page.is_full and cell.get("cell_type") == "markdown":
            if markdown.take(source):
                fragment, found = render_markdown(source, cell.get("attachments"))
            else:
                fragment, found = show_as_text(shorten_text(source, _MOST_CHARACTERS)), []
            headings += found
            parts.append(page.take(f'<section class="text" dir="auto">{fragment}</section>'))
        elif not page.is_full and cell.get("cell_type") == "code":
            shown = [
                f'<pre class="code" tabindex="0" role="region" aria-label="code">{_highlight(source)}</pre>'
            ]
            for output in cell.get("outputs", []):
                shown.append(page.take(render_output(output, count)))
                count += 1
            parts.append(f'<section class="cell">{page.take(shown[0])}{"".join(shown[1:])}</section>')
        elif not page.is_full and source.strip():  # a raw cell
            text = show_as_text(shorten_text(source, _MOST_CHARACTERS))
            parts.append(page.take(f'<section class="text" dir="auto">{text}</section>'))
        parts.append(ours)
    if page.is_full:
        parts.append("<p><em>The notebook is too long for a page. Parts of it are left out.</em></p>")
    contents = "".join(
        f'<li><a href="#{html.escape(anchor)}">{html.escape(words[:200])}</a></li>'
        for level, words, anchor in headings[:_MOST_HEADINGS]
        if level == 2
    )
    navigation = f'<nav aria-label="contents"><h2>Contents</h2><ol>{contents}</ol></nav>' if contents else ""
    return build_page(title, f"{before}{navigation}<main>{''.join(parts)}</main>{after}")


class _Room:
    """The bytes that a page still has room for."""

    def __init__(self, most: int) -> None:
        self._left, self.is_full = most, False

    def take(self, text: str) -> str:
        """The text, if there is room for it, and otherwise an empty text."""
        size = len(text.encode("utf-8", "replace"))
        if size > self._left:
            self.is_full = True
            return ""
        self._left -= size + _FRAME
        return text


class Markup(str):
    """HTML that is safe already, for a cell of `build_table`."""


def build_table(head: Sequence[str], rows: Iterable[Sequence[Any]], kind: str = "") -> str:
    """A table. Its cells are escaped, unless they are `Markup`. kind: its class."""
    first = "".join(f"<th>{_cell(cell)}</th>" for cell in head)
    rest = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows)
    table = f'<table class="{kind}">' if kind else "<table>"
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="table">{table}<thead><tr>'
        f"{first}</tr></thead><tbody>{rest}</tbody></table></div>"
    )


def _cell(content: Any) -> str:
    return content if isinstance(content, Markup) else html.escape(str(content))


def build_link(address: str, words: str) -> Markup:
    """A link to an address that is ours; the words are escaped."""
    return Markup(f'<a href="{html.escape(address)}">{html.escape(words)}</a>')


def write_page(path: Path, page: str) -> None:
    """Write a page completely or not at all, unless it is there already."""
    content = page.encode("utf-8", "replace")
    if not (path.is_file() and path.read_bytes() == content):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, content, "Close it where it is open, make room for it, and repeat the command.")


def build_page(title: str, body: str) -> str:
    """A complete page with our style around HTML that is safe already."""
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
    )
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8") + HtmlFormatter(
        style="default"
    ).get_style_defs(".code")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def render_output(output: Mapping[str, Any], number: int) -> str:
    """An output as safe HTML, in the richest of the forms that a page can show."""
    kind = output.get("output_type")
    if kind == "stream":
        wrong = " error" if output.get("name") == "stderr" else ""
        return _preformat(text_of(output.get("text", "")), f"output{wrong}")
    if kind == "error":
        lines = text_of("\n".join(map(str, output.get("traceback") or [])))
        return _preformat(lines or f"{output.get('ename')}: {output.get('evalue')}", "output error")
    data, metadata = output.get("data") or {}, output.get("metadata") or {}
    if not isinstance(data, Mapping) or not isinstance(metadata, Mapping):
        return ""
    for kind in SIGNATURES:
        if kind in data and (address := data_address(kind, data[kind])):
            alt = _alt_of(data, metadata, kind)
            strip = _frame_strip(metadata.get("labutils"), alt, number)
            return strip or f'<figure tabindex="0"><img src="{address}" alt="{alt}"></figure>'
    if "text/markdown" in data:
        return f'<div class="rich">{render_markdown(text_of(data["text/markdown"]))[0]}</div>'
    if "text/html" in data:
        return f'<div class="rich">{clean_html(text_of(data["text/html"]))}</div>'
    return _preformat(text_of(data.get("text/plain", "")), "output") if "text/plain" in data else ""


def _alt_of(data: Mapping[str, Any], metadata: Mapping[str, Any], kind: str) -> str:
    """The alternative text of a picture, escaped."""
    own = metadata.get(kind)
    alt = own.get("alt") if isinstance(own, Mapping) else None
    return html.escape(text_of(alt or data.get("text/plain") or "a figure")[:2000])


def _frame_strip(content: Any, alt: str, number: int) -> str:
    """The frames of an explorer as radio buttons with a picture each, which need no script; "" if there are none."""
    frames = content.get("frames") if isinstance(content, Mapping) else None
    if not isinstance(frames, list) or not 2 <= len(frames) <= 9:
        return ""
    shown = next(
        (i for i, frame in enumerate(frames) if isinstance(frame, Mapping) and frame.get("shown") is True), 0
    )
    buttons, pictures = [], []
    for i, frame in enumerate(frames):
        address = data_address("image/png", frame.get("png")) if isinstance(frame, Mapping) else None
        if address is None:
            return ""
        label, checked = html.escape(text_of(frame.get("label", ""))[:80]), " checked" if i == shown else ""
        name = f"frames{number}"
        buttons.append(f'<input type="radio" name="{name}" id="{name}-{i}"{checked}>')
        buttons.append(f'<label for="{name}-{i}">{label}</label>')
        pictures.append(f'<img src="{address}" alt="{label}: {alt}">')
    return (
        '<fieldset class="frames"><legend>Choose a setting (the sliders need a running notebook)</legend>'
        f'{"".join(buttons)}<div class="stage" tabindex="0" role="region" aria-label="figure">{"".join(pictures)}</div>'
        "</fieldset>"
    )


def _preformat(text: str, kind: str) -> str:
    """Printed text, escaped, without the colours of a terminal, and shortened."""
    text = shorten_text(strip_ansi(text), _MOST_CHARACTERS)
    columns = sum(bool(re.search(r"\S  +\S", line)) for line in text.splitlines()) > 2
    kind += "" if columns else " words"
    return f'<pre class="{kind}" tabindex="0" role="region" aria-label="output">{html.escape(text)}</pre>'


@functools.lru_cache(maxsize=500)
def _highlight(source: str) -> str:
    """Python code as HTML with coloured syntax."""
    return str(highlight(source[:_MOST_CHARACTERS], PythonLexer(), HtmlFormatter(nowrap=True)))
