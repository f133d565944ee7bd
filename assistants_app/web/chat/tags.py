"""Template tags of the chat: how texts, arguments and results of tools look."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.utils.safestring import SafeString

from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.json_values import Json, load_strict
from assistants_app.domain.messages_content import Part, readable
from assistants_app.web.markdown import to_html

register = template.Library()

FOLD_LINES = 4
FOLD_LENGTH = 500
LONG_VALUE = 80

CACHED_LENGTH = 20_000
"""Longer texts are rendered anew each time: hundreds of them would stay in memory for as long as the process lives."""

_cached = lru_cache(maxsize=512)(to_html)
"""A thread's earlier answers are rendered once, not once per message that follows them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool gave back; `start` is what shows while the text is folded."""

    text: str
    start: str
    folded: bool
    others: tuple[Part, ...] = ()

    @property
    def size(self) -> int:
        return len(self.text)


@register.filter
def markdown(text: str) -> SafeString:
    return _cached(text) if len(text) <= CACHED_LENGTH else to_html(text)


@register.filter
def as_text(value: Json) -> str:
    """A text as it is, anything else as JSON laid out for a reader: on one line where it fits."""
    if isinstance(value, str):
        return value
    one_line = json.dumps(value, ensure_ascii=False, default=repr)
    return one_line if len(one_line) <= LONG_VALUE else readable(value)


@register.simple_tag
def arguments(value: Json) -> list[tuple[str, str, bool]]:
    """Name, text and "needs its own line" of each argument; [] when the arguments are no object."""
    if not isinstance(value, Mapping):
        return []
    texts = [(str(name), as_text(item)) for name, item in value.items()]
    return [(name, text, len(text) > LONG_VALUE or "\n" in text) for name, text in texts]


@register.simple_tag
def result(parts: Sequence[Part]) -> Outcome:
    text = "\n".join(_laid_out(part.text) for part in parts if part.kind in ("text", "json", "reasoning"))
    others = tuple(part for part in parts if part.kind in ("image", "file"))
    lines = text.splitlines()
    folded = len(lines) > FOLD_LINES or len(text) > FOLD_LENGTH
    start = "\n".join(lines[:FOLD_LINES])[:FOLD_LENGTH] if folded else text
    return Outcome(text, start, folded, others)


def _laid_out(text: str) -> str:
    """A tool's JSON, indented; other text as it is."""
    if text[:1] not in ("{", "[") or len(text) > 50_000:
        return text
    try:
        return readable(load_strict(text))
    except InvalidJson:
        return text
