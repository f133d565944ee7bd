"""What a version holds: what may be kept, whether two hold the same, and what changed from one to the other."""

from dataclasses import replace
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from assistants_app.domain.diff import MOST_PHRASES, Snapshot, compare, summarise
from assistants_app.domain.errors import FieldError, InvalidName, InvalidSettings, InvalidText
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import canonical, find_unstorable, same, text_fault
from assistants_app.domain.tags import tags_in
from assistants_app.domain.written_text import name_fault, prose_fault
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.models.prepared import copied
from assistants_app.services.secrets import sealed_content

_Content = TypeVar("_Content", bound=Assistant | AssistantVersion)

NAME_LIMIT = 200
DESCRIPTION_LIMIT = 10_000
NOTE_LIMIT = 2_000
COLUMNS = ("name", "description", "graph_id", "context", "config", "metadata")
"""The columns that make two versions differ. The schema is remembered, but is not the author's work."""


def changed(content: _Content, given: dict[str, Any]) -> _Content:
    """A copy with what is given in place of what it has; None is what stays."""
    return copied(content, **{column: value for column, value in given.items() if value is not None})


def check_content(assistant: Assistant | AssistantVersion) -> None:
    """Refuse what the databases cannot keep. Raises InvalidName, InvalidText, InvalidSettings.

    Whether the settings suit the graph's schema is the caller's to check: programs may save what does not.
    """
    assistant.name = assistant.name.strip()
    if not assistant.name or len(assistant.name) > NAME_LIMIT:
        raise InvalidName
    if fault := name_fault(assistant.name):
        raise InvalidName(_("This cannot be a name: %(fault)s.") % {"fault": fault})
    check_text("description", assistant.description, DESCRIPTION_LIMIT)
    for tag in tags_in(assistant.metadata):
        check_line("tags", tag)
    errors = [
        FieldError("/" + escape(key), fault)
        for key, value in assistant.context.items()
        if (fault := text_fault(key) or find_unstorable(value))
    ]
    errors += [
        FieldError("", fault) for part in (assistant.config, assistant.metadata) if (fault := find_unstorable(part))
    ]
    if errors:
        raise InvalidSettings(errors)


def check_text(field: str, text: str, limit: int) -> None:
    """Refuse a text that the databases cannot keep, or that no list could show. Raises InvalidText."""
    if fault := prose_fault(text):
        raise InvalidText(field, _("This cannot be saved: %(fault)s.") % {"fault": fault})
    if len(text) > limit:
        said = {"limit": limit, "count": len(text)}
        raise InvalidText(field, _("Must have at most %(limit)s characters; it has %(count)s.") % said)


def check_line(field: str, text: str) -> None:
    """Refuse what is no line that can be seen, at its ends apart. Raises InvalidText."""
    if fault := name_fault(text.strip()):
        raise InvalidText(field, _("This cannot be saved: %(fault)s.") % {"fault": fault})


def same_content(left: Assistant | AssistantVersion, right: Assistant | AssistantVersion) -> bool:
    left, right = sealed_content(left), sealed_content(right)  # one of them may be older than its keys
    return all(canonical(getattr(left, column)) == canonical(getattr(right, column)) for column in COLUMNS)


def snapshot_of(content: Assistant | AssistantVersion) -> Snapshot:
    """A version to compare with others: whatever its age, its secrets are sealed as theirs are."""
    return Snapshot.of(sealed_content(content))


def summary_of(old: Assistant | AssistantVersion, new: Assistant | AssistantVersion) -> str:
    """What changed, in one line. Both are as they are stored (`secrets.sealed_content`)."""
    before, after = Snapshot.of(old), Snapshot.of(new)
    # Then nothing is told of them, and no schema need be read. What is not even equal need not be put into text.
    if before.settings == after.settings and same(before.settings, after.settings):
        after = replace(after, settings=before.settings)
    return summarise(compare(before, after, only_changed=True, most=MOST_PHRASES))
