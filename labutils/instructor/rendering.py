"""A notebook as a page: one file without scripts that is safe to open, whoever wrote the notebook.

Nothing is executed. Text and code are escaped, and everything else is cleaned (`safe_html`). A Content-Security-Policy
also keeps the page from loading or running anything.
"""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.filters import strip_ansi
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from labutils.instructor.safe_html import (
    SIGNATURES,
    clean_html,
    data_address,
    render_markdown,
    shorten_text,
    text_of,
)

_MOST_CHARACTERS = 20_000  # of one text output


def render_notebook(notebook: Mapping[str, Any], title: str, before: str = "", after: str = "") -> str:
    """A notebook as an HTML page. before, after: our own HTML for the top and the foot."""
    parts, headings, count = [], [], 0
    for cell in notebook.get("cells", []):
        source = text_of(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            fragment, found = render_markdown(source, cell.get("attachments"))
            headings += found
            parts.append(f'<section class="text">{fragment}</section>')
        elif cell.get("cell_type") == "code":
            shown = [
                f'<pre class="code" tabindex="0" role="region" aria-label="code">{_highlight(source)}</pre>'
            ]
            for output in cell.get("outputs", []):
                shown.append(render_output(output, count))
                count += 1
            parts.append(f'<section class="cell">{"".join(shown)}</section>')
    contents = "".join(
        f'<li><a href="#{html.escape(anchor)}">{html.escape(words)}</a></li>'
        for level, words, anchor in headings
        if level == 2
    )
    navigation = f'<nav aria-label="contents"><h2>Contents</h2><ol>{contents}</ol></nav>' if contents else ""
    return build_page(title, f"{before}{navigation}<main>{''.join(parts)}</main>{after}")


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


def _highlight(source: str) -> str:
    """Python code as HTML with coloured syntax."""
    return str(highlight(source[:_MOST_CHARACTERS], PythonLexer(), HtmlFormatter(nowrap=True)))
