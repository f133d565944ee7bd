"""Test cases as files: exported as JSON lines, imported all or not at all."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from assistants_app.domain.cases.exchange import read_lines, written
from assistants_app.domain.json_values import Json, canonical
from assistants_app.models import Assistant, Case, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.cases import MOST_CASES, CaseContent, require_room
from assistants_app.services.rights import require


@dataclass(frozen=True, slots=True)
class Imported:
    made: int
    """How many test cases were made."""
    same: int
    """How many were there already, word for word."""


def export_cases(*, assistant: Assistant) -> Iterator[str]:
    """A line for each test case, in their order."""
    for case in Case.objects.of(assistant):
        yield written(case.name, case.input, case.checks)


def import_cases(*, assistant_id: uuid.UUID, data: bytes, author: Author) -> Imported:
    """Add the test cases of a file to an assistant's own; those that are there already are left out.

    Raises AssistantNotFound, NotAllowed, InvalidCases (nothing is done then), InvalidCase when there are too many.
    """
    contents = read_lines(data, _content, most=MOST_CASES)
    with transaction.atomic():
        assistant = Assistant.objects.for_list().select_for_update().get_by_uuid(assistant_id)
        require(author, Role.EDITOR, assistant)
        known = {_told(case.name, case.input, case.checks) for case in Case.objects.of(assistant)}
        new: dict[str, CaseContent] = {}
        for content in contents:
            told = _told(content.name, content.input, content.checks)
            if told not in known:
                new.setdefault(told, content)
        require_room(assistant, len(new))
        for content in new.values():  # one by one, so that their times tell their order
            Case.objects.create(
                assistant=assistant,
                name=content.name,
                input=content.input,
                checks=content.checks,
                author=author.label,
            )
        if new:
            audit.record(
                Action.CASES_IMPORTED,
                author=author,
                kind=ObjectKind.ASSISTANT,
                id=assistant.assistant_id,
                name=assistant.name,
                after={"cases": [content.name for content in new.values()]},
            )
    return Imported(len(new), len(contents) - len(new))


def _content(name: str, given: Json, checks: Json) -> CaseContent:
    return CaseContent.of(name=name, input=given, checks=checks)


def _told(name: str, given: Json, checks: Json) -> str:
    return canonical([name, given, checks])
