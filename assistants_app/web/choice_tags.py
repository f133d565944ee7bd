"""Options of a select that may have hundreds: the loop of a template takes ten times as long for each."""

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def options(choices: Iterable[tuple[str, object]], chosen: str) -> SafeString:
    """Each a value and what is read for it, which may be translated later; both are escaped."""
    return mark_safe("".join(_option(value, label, chosen) for value, label in choices))


def _option(value: str, label: object, chosen: str) -> str:
    selected = " selected" if value == chosen else ""
    return f'<option value="{escape(value)}"{selected}>{escape(label)}</option>'
