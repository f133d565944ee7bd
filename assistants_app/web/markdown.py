"""Markdown of a model, made into HTML that is safe to show.

A model's text is never trusted: raw HTML stays text, remote images become links (loading one would tell its
server who reads), links open apart and carry http, https or mailto only. What the parser makes is cleaned once
more by nh3, so a fault in one of the two is not yet a hole.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import nh3
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

LONGEST = 400_000
"""Characters beyond which a text is shown as plain text: parsing it would hold a worker for seconds."""

LONGEST_BLOCK = 40_000
"""The same for a block that is still growing, which is rendered again and again."""

MOST_CELLS: Final = 20_000
"""Of all tables in a text. A row has as many cells as its table has columns, however short it is written: two thousand
characters may be sixty thousand cells. A text beyond that has no tables, its rows stay lines."""

_BELOW_HEAD: Final = re.compile(r"[ \t>*+\d.):|-]+")
"""The line below a table's head, in a list or a quotation too, if it has a stroke in it."""

_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol"),
    *("p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "div", "span"),
}
_ATTRIBUTES = {
    "a": {"href", "title", "target"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "div": {"class", "tabindex", "role"},
    "ol": {"start"},
    "td": {"class"},
    "th": {"class", "scope"},
}
_IMAGE_DATA = ("data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;")


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """What nh3's list of schemes cannot say: `data:` is for images alone, and images are nothing else."""
    if (tag, attribute) == ("img", "src"):
        return value if value.lower().startswith(_IMAGE_DATA) else None
    if (tag, attribute) == ("a", "href"):
        return value if value.lower().startswith(("http:", "https:", "mailto:")) else None
    return value


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        source = str(token.attrGet("src") or "")
        if source.lower().startswith(_IMAGE_DATA):
            return super().image(tokens, idx, options, env)
        label = token.content or source
        return f'<a href="{conditional_escape(source)}" target="_blank">{conditional_escape(label)}</a>'

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        tokens[idx].attrSet("target", "_blank")
        return self.renderToken(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<div class="table-scroll" role="group" tabindex="0">' + self.renderToken(tokens, idx, options, env)

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self.renderToken(tokens, idx, options, env) + "</div>"

    def th_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._cell(tokens, idx, options, env)

    def td_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._cell(tokens, idx, options, env)

    def _cell(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """The column's alignment as a class: the page's policy refuses style attributes."""
        token = tokens[idx]
        style = str(token.attrs.pop("style", ""))
        if style.startswith("text-align:"):
            token.attrSet("class", "align-" + style.removeprefix("text-align:"))
        return self.renderToken(tokens, idx, options, env)


def _parser_with(*rules: str) -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer).enable(list(rules))


_parser = _parser_with("table", "strikethrough")
_without_tables = _parser_with("strikethrough")


def _parser_for(text: str) -> MarkdownIt:
    return _parser if _cells_of(text) <= MOST_CELLS else _without_tables


def _cells_of(text: str) -> int:
    """How many cells its tables have, at most."""
    cells = columns = 0
    for line in text.split("\n"):
        if not line.strip():
            columns = 0
        elif "|" in line and _BELOW_HEAD.fullmatch(line):
            columns = max(columns, line.count("|") + 1)
        cells += columns
    return cells


def to_html(text: str) -> SafeString:
    """The HTML of a Markdown text; never raises, whatever the text."""
    if len(text) > LONGEST:
        return _plain(text)
    try:
        html = _parser_for(text).render(text)
    except (ValueError, IndexError, RecursionError):
        return _plain(text)
    return _clean(html)


def _plain(text: str) -> SafeString:
    return SafeString(f'<div class="plain">{conditional_escape(text)}</div>')


def _clean(html: str) -> SafeString:
    # The one place where a text becomes trusted HTML: right behind the cleaner.
    return SafeString(
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_filter,
            url_schemes={"http", "https", "mailto", "data"},
            link_rel="noopener noreferrer nofollow",
        )
    )


class GrowingText:
    """The Markdown of a text that is still being written, rendered anew only where it can still change.

    All blocks but the last are settled: what comes later cannot change them (a link defined further down aside,
    and the finished text is rendered whole). So a render costs what its last block costs, however long the text.
    """

    def __init__(self) -> None:
        self.text = ""
        self.settled = 0
        """How many pieces of HTML are settled."""
        self._tail = 0

    def add(self, text: str) -> None:
        self.text += text

    def replace(self, text: str) -> None:
        """Start again with another text."""
        self.text, self.settled, self._tail = text, 0, 0

    def render(self) -> tuple[SafeString, SafeString]:
        """The HTML settled since the last call, and that of the last block."""
        tail = self.text[self._tail :]
        cut = _last_block(tail)
        settled = to_html(tail[:cut]) if cut else SafeString("")
        if cut:
            self.settled += 1
            self._tail += cut
        last = tail[cut:]
        return settled, to_html(last) if len(last) <= LONGEST_BLOCK else _plain(last)


def _last_block(text: str) -> int:
    """Where the last top-level block of `text` begins; 0 when there is one only, or none."""
    if len(text) > LONGEST or "\n" not in text:
        return 0
    try:
        starts = [token.map[0] for token in _parser_for(text).parse(text) if token.level == 0 and token.map]
    except (ValueError, IndexError, RecursionError):
        return 0
    if len(starts) < 2 or starts[-1] == 0:
        return 0
    position = 0
    for _ in range(starts[-1]):
        position = text.find("\n", position) + 1
        if position == 0:
            return 0
    return position
