"""Tags: short words by which people find assistants again. They stand in an assistant's metadata, under "tags"."""

from collections.abc import Mapping
from typing import Any, Final

from assistants_app.domain.language import gettext as _
from assistants_app.domain.written_text import prose_fault

KEY: Final = "tags"
MOST: Final = 20
LONGEST: Final = 40


def tags_in(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags that can be shown; whatever else a program put there is none."""
    tags = metadata.get(KEY)
    return tuple(dict.fromkeys(tag for tag in tags if isinstance(tag, str) and tag)) if isinstance(tags, list) else ()


def tags_text(metadata: Mapping[str, Any]) -> str:
    """The tags as one line to edit."""
    return ", ".join(tags_in(metadata))


def retagged(metadata: Mapping[str, Any], text: str | None) -> dict[str, Any]:
    """The metadata with the tags of an edited line. A line that nobody touched, or sent, changes nothing."""
    if text is None or text == tags_text(metadata):
        return dict(metadata)
    tags = _read(text)
    kept = {key: value for key, value in metadata.items() if key != KEY}
    return {**kept, KEY: list(tags)} if tags else kept


def tags_fault(text: str) -> str:
    """What is wrong with an edited line of tags, in words; "" when nothing is."""
    if fault := prose_fault(text):  # a line end parts two tags
        return _("This cannot be saved: %(fault)s.") % {"fault": fault}
    tags = _read(text)
    if len(tags) > MOST:
        return _("There can be at most %(count)s tags.") % {"count": MOST}
    if any(len(tag) > LONGEST for tag in tags):
        return _("A tag can have at most %(count)s characters.") % {"count": LONGEST}
    return ""


def _read(text: str) -> tuple[str, ...]:
    words = (" ".join(word.split()) for word in text.replace("\n", ",").split(","))
    return tuple(dict.fromkeys(word for word in words if word))
