"""Notebooks as pages: one self-contained file each, without script, safe to open whoever wrote the notebook.

Nothing is executed. Markdown and HTML from a notebook are cleaned by nh3 as the last step; text and code are escaped;
of pictures only PNG and JPEG are taken, and only as data. The page forbids itself everything else
(Content-Security-Policy).
"""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import mistune
import nbformat
import nh3
from bs4 import BeautifulSoup
from latex2mathml.converter import convert
from nbconvert.filters import strip_ansi
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\d$])", re.DOTALL)
CODE = re.compile(r"(```.*?```|~~~.*?~~~|`+[^`\n]*`+)", re.DOTALL)
MATH_TAGS = {
    "math",
    "mrow",
    "mi",
    "mo",
    "mn",
    "mtext",
    "mspace",
    "mstyle",
    "mpadded",
    "msqrt",
    "mroot",
    "mfrac",
}
MATH_TAGS |= {"msub", "msup", "msubsup", "mover", "munder", "munderover", "mtable", "mtr", "mtd"}
MATH_ATTRIBUTES = {
    "display",
    "stretchy",
    "width",
    "mathvariant",
    "fence",
    "separator",
    "accent",
    "linethickness",
}
TEXT_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "nav", "header", "footer", "article", "aside"}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "th": {"align"}, "td": {"align"}, "ol": {"start"}}
ATTRIBUTES |= {tag: {"id"} for tag in ("h1", "h2", "h3", "h4")} | {tag: MATH_ATTRIBUTES for tag in MATH_TAGS}
MOST_CHARACTERS = 20_000  # of one text output
MOST_MARKUP = 50_000  # of one piece of Markdown or HTML: nested deeply, more takes minutes
MOST_BYTES = 3_000_000  # of one picture
SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def render(notebook: Mapping[str, Any], title: str, before: str = "", after: str = "") -> str:
    """A notebook as an HTML page. before, after: HTML of ours for the top and the foot."""
    parts, headings, count = [], [], 0
    for cell in notebook.get("cells", []):
        source = text_of(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            fragment, found = markdown(source, cell.get("attachments"))
            headings += found
            parts.append(f'<section class="text">{fragment}</section>')
        elif cell.get("cell_type") == "code":
            shown = [
                f'<pre class="code" tabindex="0" role="region" aria-label="code">{coloured(source)}</pre>'
            ]
            for output in cell.get("outputs", []):
                shown.append(rendered_output(output, count))
                count += 1
            parts.append(f'<section class="cell">{"".join(shown)}</section>')
    contents = "".join(
        f'<li><a href="#{html.escape(anchor)}">{html.escape(words)}</a></li>'
        for level, words, anchor in headings
        if level == 2
    )
    navigation = f'<nav aria-label="contents"><h2>Contents</h2><ol>{contents}</ol></nav>' if contents else ""
    return document(title, f"{before}{navigation}<main>{''.join(parts)}</main>{after}")


def document(title: str, body: str) -> str:
    """A page of ours around HTML that is safe."""
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


def markdown(source: str, attachments: Any = None) -> tuple[str, list[tuple[int, str, str]]]:
    """Markdown as safe HTML with MathML, and its headings (level, words, anchor). Nested too deep: as it is."""
    try:
        return parsed(short(source, MOST_MARKUP), attachments)
    except RecursionError:
        return f"<p>{html.escape(short(source, MOST_MARKUP))}</p>", []


def parsed(source: str, attachments: Any = None) -> tuple[str, list[tuple[int, str, str]]]:
    """`markdown` of what can be parsed."""
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        formulas.append(mathml(match.group(1) or match.group(2), match.group(1) is not None))
        return f"formula{len(formulas) - 1}x{TOKEN}"

    pieces = CODE.split(source)  # code at the odd places
    pieces[::2] = [MATH.sub(keep, piece) for piece in pieces[::2]]
    soup = BeautifulSoup(str(TO_HTML("".join(pieces))), "html.parser")
    words: Any
    for words in soup.find_all(string=re.compile(TOKEN)):
        filled = re.sub(
            rf"formula(\d+)x{TOKEN}", lambda m: formulas[int(m.group(1))], html.escape(str(words))
        )
        words.replace_with(BeautifulSoup(filled, "html.parser"))
    headings = []
    for heading in soup.find_all(["h1", "h2", "h3"]):
        title = heading.get_text()
        heading["id"] = anchor = re.sub(r"\s+", "-", title.strip())
        headings.append((int(heading.name[1]), title, anchor))
    return cleaned(str(soup), attachments), headings


TOKEN = "qzjformula"  # letters alone, so that Markdown leaves it as it is  # noqa: S105
TO_HTML = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def mathml(tex: str, block: bool) -> str:
    """A formula as MathML; as code if it is none that can be read."""
    try:
        return convert(tex, display="block" if block else "inline")
    except Exception:  # whatever a stranger's formula makes of the library
        return f"<code>{html.escape(tex)}</code>"


def cleaned(fragment: str, attachments: Any = None) -> str:
    """HTML from a notebook with what a page needs and nothing else; tables scroll by themselves."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("img", "src"):
            return picture(value, attachments)
        if name == "href" and not re.match(r"(https?://|mailto:|#)", value, re.IGNORECASE):
            return None
        return re.sub(r"[<>]", "", value)

    safe = nh3.clean(
        fragment,
        tags=TEXT_TAGS | MATH_TAGS,
        clean_content_tags={"script", "style", "template", "noscript"},
        attributes=ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )
    safe = re.sub(r"<img(?![^>]* src=)[^>]*>", "", safe)
    safe = safe.replace("<table>", '<div class="wide" tabindex="0" role="region" aria-label="table"><table>')
    return safe.replace("</table>", "</table></div>")


def picture(address: str, attachments: Any = None) -> str | None:
    """The address of a picture that travels with the page, or None."""
    if address.startswith("attachment:") and isinstance(attachments, Mapping):
        kinds = attachments.get(address.removeprefix("attachment:"), {})
        kind = next((k for k in SIGNATURES if isinstance(kinds, Mapping) and k in kinds), "")
        return data_address(kind, kinds.get(kind)) if kind else None
    match = re.fullmatch(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)", address)
    return data_address(match.group(1), match.group(2)) if match else None


def data_address(kind: str, content: Any) -> str | None:
    """A picture in base64 as an address; None if it is none, or too large."""
    try:
        raw = base64.b64decode(re.sub(r"\s", "", text_of(content)), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not raw.startswith(SIGNATURES[kind]) or len(raw) > MOST_BYTES:
        return None
    return f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}"


def rendered_output(output: Mapping[str, Any], number: int) -> str:
    """An output as safe HTML: the richest of its forms that we show."""
    kind = output.get("output_type")
    if kind == "stream":
        wrong = " error" if output.get("name") == "stderr" else ""
        return preformatted(text_of(output.get("text", "")), f"output{wrong}")
    if kind == "error":
        lines = text_of("\n".join(map(str, output.get("traceback") or [])))
        return preformatted(lines or f"{output.get('ename')}: {output.get('evalue')}", "output error")
    data, metadata = output.get("data") or {}, output.get("metadata") or {}
    if not isinstance(data, Mapping) or not isinstance(metadata, Mapping):
        return ""
    for kind in SIGNATURES:
        if kind in data and (address := data_address(kind, data[kind])):
            alt = alt_of(data, metadata, kind)
            strip = frame_strip(metadata.get("labutils"), alt, number)
            return strip or f'<figure tabindex="0"><img src="{address}" alt="{alt}"></figure>'
    if "text/markdown" in data:
        return f'<div class="rich">{markdown(text_of(data["text/markdown"]))[0]}</div>'
    if "text/html" in data:
        return f'<div class="rich">{cleaned(short(text_of(data["text/html"]), MOST_MARKUP))}</div>'
    return preformatted(text_of(data.get("text/plain", "")), "output") if "text/plain" in data else ""


def alt_of(data: Mapping[str, Any], metadata: Mapping[str, Any], kind: str) -> str:
    """The text that stands for a picture, escaped."""
    own = metadata.get(kind)
    alt = own.get("alt") if isinstance(own, Mapping) else None
    return html.escape(text_of(alt or data.get("text/plain") or "a figure")[:2000])


def frame_strip(content: Any, alt: str, number: int) -> str:
    """Frames of an explorer to step through without script: radio buttons, and a picture for each. Else ""."""
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
        '<fieldset class="frames"><legend>Pick a setting: the knobs themselves need a running notebook</legend>'
        f'{"".join(buttons)}<div class="stage" tabindex="0" role="region" aria-label="figure">{"".join(pictures)}</div>'
        "</fieldset>"
    )


def preformatted(text: str, kind: str) -> str:
    """Printed text, escaped, without a terminal's colours, and not longer than a reader reads."""
    text = short(strip_ansi(text), MOST_CHARACTERS)
    columns = sum(bool(re.search(r"\S  +\S", line)) for line in text.splitlines()) > 2
    kind += "" if columns else " words"
    return f'<pre class="{kind}" tabindex="0" role="region" aria-label="output">{html.escape(text)}</pre>'


def short(text: str, most: int) -> str:
    """A text, cut where it is longer than anyone reads; it then says so."""
    return text if len(text) <= most else f"{text[:most]}\n... ({len(text):,} characters)"


def coloured(source: str) -> str:
    """Python in colours, escaped."""
    return str(highlight(source[:MOST_CHARACTERS], PythonLexer(), HtmlFormatter(nowrap=True)))


def text_of(value: Any) -> str:
    """Text of a notebook, which may be a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


# ---- The workbook's own pages


def make(notebooks: Path, folder: Path) -> list[Path]:
    """Write a page for each part and an index of them; the pages written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(notebooks.glob("part_*.ipynb"))
    pages, entries = [], []
    for i, path in enumerate(paths):
        notebook = nbformat.read(path, as_version=4)
        title = heading_of(notebook)
        link = neighbours(paths, i)
        page = folder / f"{path.stem}.html"
        page.write_text(
            render(notebook, title, f"<header>{link}</header>", f"<footer>{link}</footer>"), encoding="utf-8"
        )
        pages.append(page)
        entries.append(entry(notebook, title, page.name))
    index = folder / "index.html"
    head = (
        "<main><h1>Deep Learning Lab, Experiment 1</h1><p>Three notebooks as pages: nothing to install.</p>"
    )
    index.write_text(
        document("Deep Learning Lab, Experiment 1", f"{head}{''.join(entries)}</main>"), encoding="utf-8"
    )
    return [index, *pages]


def heading_of(notebook: Mapping[str, Any]) -> str:
    """The first heading of a notebook."""
    texts = (text_of(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return next(
        (line.lstrip("# ") for text in texts for line in text.splitlines() if line.startswith("# ")),
        "Notebook",
    )


def neighbours(paths: Iterable[Path], i: int) -> str:
    """Links to the index and to the other parts."""
    links = ['<a href="index.html">All parts</a>']
    for k, path in enumerate(paths):
        part = path.stem.split("_")[1].upper()
        links.append(
            f"<strong>Part {part}</strong>" if k == i else f'<a href="{path.stem}.html">Part {part}</a>'
        )
    return f"<p>{' · '.join(links)}</p>"


def entry(notebook: Mapping[str, Any], title: str, address: str) -> str:
    """What the index says of a part: its length, and the table of its claims."""
    cells = notebook["cells"]
    texts = [text_of(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    length = next(
        (p for text in texts for p in text.split("\n\n") if p.startswith("**How long it takes.**")), ""
    )
    tables = [
        text_of(output["data"]["text/markdown"])
        for cell in cells
        for output in cell.get("outputs", [])
        if "the report says" in text_of(output.get("data", {}).get("text/markdown", ""))
    ]
    count = sum(cell["cell_type"] == "code" for cell in cells)
    words = markdown(f"{length} ({count} cells of code)")[0]
    table = markdown("\n\n".join(tables[-1:]))[0]
    claims = f"<details><summary>The report's claims, and what comes of them</summary>{table}</details>"
    return f'<section class="text"><h2><a href="{address}">{html.escape(title)}</a></h2>{words}{claims}</section>'


if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parents[2]
    for path in make(ROOT / "notebooks", ROOT / "build" / "html"):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB")
