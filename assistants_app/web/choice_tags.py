"""Options of a select that may have hundreds. They are the same at most looks, so they are made once and kept."""

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

KEPT = 64
"""Selects, each with what was chosen in it."""


@register.simple_tag
def options(choices: Iterable[tuple[str, object]], chosen: str) -> SafeString:
    """Each a value and what is read for it, which may be translated only now; both are escaped."""
    return _made(tuple((value, str(label)) for value, label in choices), chosen)


@lru_cache(maxsize=KEPT)
def _made(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    rows = ((value, " selected" if value == chosen else "", label) for value, label in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)
