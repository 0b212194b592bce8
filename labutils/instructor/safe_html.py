"""HTML that is safe to show, made from what somebody else wrote: Markdown, formulas, HTML and pictures.

nh3 cleans every fragment as the last step. Of pictures, only PNG and JPEG are accepted, and only as data.
"""

import base64
import binascii
import html
import re
from collections.abc import Mapping
from typing import Any

import mistune
import nh3
from bs4 import BeautifulSoup
from latex2mathml.converter import convert

_MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\d$])", re.DOTALL)
_MATRIX = re.compile(r"(<mo>[^<]*</mo><mtable.*?</mtable><mo>[^<]*</mo>)", re.DOTALL)
_CODE = re.compile(r"(```.*?```|~~~.*?~~~|`+[^`\n]*`+)", re.DOTALL)
MATH_TAGS = {
    *("math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mstyle", "mpadded", "msqrt", "mroot", "mfrac"),
    *("msub", "msup", "msubsup", "mover", "munder", "munderover", "mtable", "mtr", "mtd"),
}
_MATH_ATTRIBUTES = {
    *("display", "stretchy", "width", "mathvariant", "fence", "separator", "accent", "linethickness")
}
TEXT_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "nav", "header", "footer", "article", "aside"}
_MESSAGES = {"right", "wrong", "open", "note"}  # the classes of what a check displays
_ATTRIBUTES = {
    "div": {"class"},
    "a": {"href"},
    "img": {"src", "alt"},
    "th": {"align"},
    "td": {"align"},
    "ol": {"start"},
}
_ATTRIBUTES |= {tag: {"id"} for tag in ("h1", "h2", "h3", "h4")}
_ATTRIBUTES |= {tag: _MATH_ATTRIBUTES for tag in MATH_TAGS}
_MOST_MARKUP = 50_000  # characters of Markdown or HTML; deeply nested markup takes minutes beyond that
_MOST_BYTES = 3_000_000  # of one picture
SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_PART = re.compile(r"(part_[abc]_[a-z_]+)\.ipynb(#[\w-]+)?")  # a link to another part, which has a page, too
_TOKEN = "qzjformula"  # letters only, so that Markdown leaves it unchanged  # noqa: S105
_TO_HTML = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])

_Heading = tuple[int, str, str]  # level, words, anchor


def render_markdown(source: str, attachments: Any = None, deeper: int = 0) -> tuple[str, list[_Heading]]:
    """Markdown as safe HTML with MathML, and its headings. Markdown that is nested too deeply is shown as text.

    deeper: how many levels lower its headings are placed on the page.
    """
    source = shorten_text(source, _MOST_MARKUP)
    try:
        return _parse_markdown(source, attachments, deeper)
    except RecursionError:
        return f"<p>{html.escape(source)}</p>", []


def _parse_markdown(source: str, attachments: Any, deeper: int) -> tuple[str, list[_Heading]]:
    """`render_markdown` of a source that can be parsed."""
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        formulas.append(_mathml(match.group(1) or match.group(2), match.group(1) is not None))
        return f"formula{len(formulas) - 1}x{_TOKEN}"

    pieces = _CODE.split(source)  # code is at the odd places
    pieces[::2] = [_MATH.sub(keep, piece) for piece in pieces[::2]]
    soup = BeautifulSoup(str(_TO_HTML("".join(pieces))), "html.parser")
    words: Any
    for words in soup.find_all(string=re.compile(_TOKEN)):
        filled = re.sub(
            rf"formula(\d+)x{_TOKEN}", lambda m: formulas[int(m.group(1))], html.escape(str(words))
        )
        words.replace_with(BeautifulSoup(filled, "html.parser"))
    headings = []
    for heading in soup.find_all(["h1", "h2", "h3"]):
        title, level = heading.get_text(), int(heading.name[1]) + deeper
        heading["id"] = anchor = re.sub(r"\s+", "-", title.strip())
        heading.name = f"h{level}"
        headings.append((level, title, anchor))
    return _clean(str(soup), attachments), headings


def _mathml(tex: str, block: bool) -> str:
    """A formula as MathML; as code if it cannot be converted."""
    try:
        markup = convert(tex, display="block" if block else "inline")
        return _MATRIX.sub(r"<mrow>\1</mrow>", markup)  # brackets stretch at the ends of a row
    except Exception:  # the converter raises errors of many kinds
        return f"<code>{html.escape(tex)}</code>"


def clean_html(fragment: str) -> str:
    """HTML from a notebook, cut to a length that a reader reads, with the tags and attributes that a page needs."""
    return _clean(shorten_text(fragment, _MOST_MARKUP), None)


def _clean(fragment: str, attachments: Any) -> str:
    """HTML with the tags and attributes that a page needs. Tables get a frame in which they scroll."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("img", "src"):
            return _picture(value, attachments)
        if name == "class" and value not in _MESSAGES:
            return None
        if name == "href" and (part := _PART.fullmatch(value)):
            return f"{part[1]}.html{part[2] or ''}"
        if name == "href" and not re.match(r"(https?://|mailto:|#)", value, re.IGNORECASE):
            return None
        return re.sub(r"[<>]", "", value)

    safe = nh3.clean(
        fragment,
        tags=TEXT_TAGS | MATH_TAGS,
        clean_content_tags={"script", "style", "template", "noscript"},
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )
    safe = re.sub(r"<img(?![^>]* src=)[^>]*>", "", safe)
    safe = safe.replace("<table>", '<div class="wide" tabindex="0" role="region" aria-label="table"><table>')
    return safe.replace("</table>", "</table></div>")


def _picture(address: str, attachments: Any) -> str | None:
    """The address of a picture that is part of the page, or None."""
    if address.startswith("attachment:") and isinstance(attachments, Mapping):
        kinds = attachments.get(address.removeprefix("attachment:"), {})
        kind = next((k for k in SIGNATURES if isinstance(kinds, Mapping) and k in kinds), "")
        return data_address(kind, kinds.get(kind)) if kind else None
    match = re.fullmatch(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)", address)
    return data_address(match.group(1), match.group(2)) if match else None


def data_address(kind: str, content: Any) -> str | None:
    """A picture in base64 as an address; None if it is not a picture of this kind, or too large."""
    try:
        raw = base64.b64decode(re.sub(r"\s", "", text_of(content)), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not raw.startswith(SIGNATURES[kind]) or len(raw) > _MOST_BYTES:
        return None
    return f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}"


def shorten_text(text: str, most: int) -> str:
    """The text, cut after `most` characters; the end then says how long it was."""
    return text if len(text) <= most else f"{text[:most]}\n... ({len(text):,} characters)"


def text_of(value: Any) -> str:
    """Text of a notebook, which may be stored as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
