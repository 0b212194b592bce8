"""HTML that is safe to show, made from what somebody else wrote: Markdown, formulas, HTML and pictures.

nh3 cleans every fragment as the last step. Of pictures, only PNG and JPEG are accepted, and only as data. What would
take long or become very large is shown as text.
"""

import contextlib
import functools
import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import mistune
import nh3
from bs4 import BeautifulSoup
from latex2mathml.converter import convert

from labutils.instructor.pictures import SIGNATURES, data_address

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
    "div": {"class", "dir"},
    "a": {"href"},
    "img": {"src", "alt"},
    "th": {"align"},
    "td": {"align"},
    "ol": {"start", "dir"},
}
_ATTRIBUTES |= {tag: {"id", "dir"} for tag in ("h1", "h2", "h3", "h4")}
_ATTRIBUTES |= {tag: {"dir"} for tag in ("p", "span", "ul", "li", "blockquote", "table", "bdo", "section")}
_ATTRIBUTES |= {tag: _MATH_ATTRIBUTES for tag in MATH_TAGS}
_MOST_MARKDOWN = 20_000  # characters of Markdown; more of it is shown as text
_MOST_MARKUP = 50_000  # characters of Markdown or HTML that are shown at all
_MOST_HTML = 400_000  # characters of HTML, pictures apart, that a fragment may become
_MOST_PICTURES = 1_500_000  # characters of the pictures of a fragment
_MOST_ROWS = 300  # of the tables of a text
_MOST_TEX = 2_000  # characters of a formula
_MOST_FORMULAS = 400  # of a text
_KEPT = 5_000  # characters; shorter Markdown is rendered once
LEFT_OUT = "(A picture is left out. Pages show PNG and JPEG pictures that are part of the notebook.)"
OUR_ANCHOR = "lab-"  # how the anchors begin that only our own pages may set
_PART = re.compile(r"(part_[abc]_[a-z_]+)\.ipynb(#[\w-]+)?")  # a link to another part, which has a page, too
_TOKEN = "qzjformula"  # letters only, so that Markdown leaves it unchanged  # noqa: S105
_DATA = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/]{200,}=*)")
_TO_HTML = mistune.create_markdown(  # nh3 decides about HTML and addresses
    renderer=mistune.HTMLRenderer(escape=False, allow_harmful_protocols=True),
    plugins=["table", "strikethrough"],
)

_Heading = tuple[int, str, str]  # level, words, anchor


def render_markdown(
    source: str, attachments: Any = None, deeper: int = 0, most: int = _MOST_MARKUP
) -> tuple[str, list[_Heading]]:
    """Markdown as safe HTML with MathML, and its headings. Where that is too much work, it is shown as text.

    attachments: the pictures of its cell; deeper: how many levels lower its headings are placed on the page; most:
    the characters that are shown, without those of pictures.
    """
    source, pictures = take_out_pictures(source)
    if isinstance(attachments, Mapping):
        pictures = {**attachments, **pictures}
    source = shorten_text(source, most)
    if len(source) <= _KEPT and not pictures:
        fragment, headings = _render_kept(source, deeper)
    else:
        fragment, headings = _render(source, pictures, deeper)
    return fragment, list(headings)


def take_out_pictures(source: str) -> tuple[str, dict[str, Any]]:
    """Markdown or HTML whose pictures are attachments instead of data, and these attachments."""
    pictures: dict[str, Any] = {}

    def take_out(match: re.Match[str]) -> str:
        name = f"picture{len(pictures)}-{len(source)}"
        pictures[name] = {match[1]: match[2]}
        return f"attachment:{name}"

    return _DATA.sub(take_out, source), pictures


@functools.lru_cache(maxsize=500)
def _render_kept(source: str, deeper: int) -> tuple[str, tuple[_Heading, ...]]:
    """`_render` of a text without pictures. Most texts of a class are the same."""
    return _render(source, {}, deeper)


def _render(source: str, pictures: Mapping[str, Any], deeper: int) -> tuple[str, tuple[_Heading, ...]]:
    """Markdown as safe HTML and its headings, or as text if it is too long or nested too deeply."""
    if len(source) <= _MOST_MARKDOWN:
        # RecursionError, and what Beautiful Soup raises for some markup, of which others could follow
        with contextlib.suppress(Exception):
            return _parse_markdown(source, pictures, deeper)
    return show_as_text(source), ()


class _TooLarge(Exception):
    """A text would take long, or become a long page."""


def show_as_text(source: str) -> str:
    """A text as it is, escaped, with its lines."""
    return f'<pre class="words" tabindex="0" role="region" aria-label="text">{html.escape(source)}</pre>'


def _parse_markdown(
    source: str, pictures: Mapping[str, Any], deeper: int
) -> tuple[str, tuple[_Heading, ...]]:
    """`_render` of a source that can be parsed. Raises `_TooLarge` if that is too much work or HTML."""
    formulas: dict[str, tuple[str, str]] = {}  # by marker: as it was written, and as MathML
    token = _TOKEN
    while token in source:
        token += "j"

    def keep(match: re.Match[str]) -> str:
        marker = f"formula{len(formulas)}x{token}"
        tex, block = match[1] or match[2], match[1] is not None
        shown = _mathml(tex, block) if len(formulas) < _MOST_FORMULAS else f"<code>{html.escape(tex)}</code>"
        formulas[marker] = tex, shown
        return marker

    if sum("|" in line for line in source.splitlines()) > _MOST_ROWS:
        raise _TooLarge  # the parser looks for the end of a table again in every row
    pieces = _CODE.split(source)  # code is at the odd places
    pieces[::2] = [_MATH.sub(keep, piece) for piece in pieces[::2]]
    markup = str(_TO_HTML("".join(pieces)))
    if len(markup) + sum(len(shown) for _, shown in formulas.values()) > _MOST_HTML:
        raise _TooLarge
    soup, marker = BeautifulSoup(markup, "html.parser"), re.compile(rf"formula[0-9]+x{token}")
    words: Any
    for words in soup.find_all(string=marker) if formulas else ():
        filled = marker.sub(lambda m: formulas.get(m[0], ("", m[0]))[1], html.escape(str(words)))
        words.replace_with(BeautifulSoup(filled, "html.parser"))
    headings = []
    for heading in soup.find_all(["h1", "h2", "h3"]):
        title, level = heading.get_text(), int(heading.name[1]) + deeper
        heading["id"] = anchor = re.sub(r"\s+", "-", title.strip())
        heading.name = f"h{min(level, 6)}"
        headings.append((level, title, anchor))
    safe = _clean(marker.sub(lambda m: html.escape(formulas.get(m[0], (m[0],))[0]), str(soup)), pictures)
    return safe, tuple(headings)


@functools.lru_cache(maxsize=2000)
def _mathml(tex: str, block: bool) -> str:
    """A formula as MathML; as code if it cannot be converted."""
    try:
        if len(tex) > _MOST_TEX:
            raise ValueError
        markup = convert(tex, display="block" if block else "inline")
        return _MATRIX.sub(r"<mrow>\1</mrow>", markup)  # brackets stretch at the ends of a row
    except Exception:  # the converter raises errors of many kinds
        return f"<code>{html.escape(tex)}</code>"


def clean_html(fragment: str) -> str:
    """HTML from a notebook, cut to a length that a reader reads, with the tags and attributes that a page needs."""
    short, pictures = take_out_pictures(fragment)
    short = shorten_text(short, _MOST_MARKUP)
    try:
        return _clean(short, pictures)
    except _TooLarge:
        return show_as_text(short)


def _clean(fragment: str, attachments: Mapping[str, Any]) -> str:
    """HTML with the tags and attributes that a page needs. Tables get a frame in which they scroll.

    Raises `_TooLarge` if the result is much longer than the fragment.
    """
    room = _MOST_PICTURES

    def attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal room
        if (tag, name) == ("img", "src"):
            address = _picture(value, attachments)
            room -= len(address or "")
            return address if room >= 0 else None
        if name == "class" and value not in _MESSAGES:
            return None
        if (name == "dir" and value not in ("ltr", "rtl", "auto")) or value.startswith(OUR_ANCHOR):
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
        url_schemes={"http", "https", "mailto", "data", "attachment"},
        link_rel="noopener noreferrer",
    )
    safe = re.sub(r"<img(?![^>]* src=)[^>]*>", f"<em>{LEFT_OUT}</em>", safe)
    safe = safe.replace("<table>", '<div class="wide" tabindex="0" role="region" aria-label="table"><table>')
    safe = safe.replace("</table>", "</table></div>")
    if len(safe) > _MOST_HTML + _MOST_PICTURES - max(room, 0):
        raise _TooLarge
    return safe


def _picture(address: str, attachments: Mapping[str, Any]) -> str | None:
    """The address of a picture that is part of the page, or None."""
    name = address.removeprefix("attachment:")
    if name != address:
        kinds = attachments.get(name) or attachments.get(unquote(name))
        kind = next((k for k in SIGNATURES if isinstance(kinds, Mapping) and k in kinds), None)
        return data_address(kind, kinds[kind]) if kind and isinstance(kinds, Mapping) else None
    match = re.fullmatch(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)", address)
    return data_address(match[1], match[2]) if match else None


def shorten_text(text: str, most: int) -> str:
    """The text, cut after `most` characters; the end then says how long it was."""
    return text if len(text) <= most else f"{text[:most]}\n... ({len(text):,} characters)"


def text_of(value: Any) -> str:
    """Text of a notebook, which may be stored as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
