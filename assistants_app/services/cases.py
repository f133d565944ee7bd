"""Test cases of an assistant: made, changed and deleted by its editors. Running them: `services.trials`."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.db import transaction
from django.utils.translation import gettext as _

from assistants_app.domain.cases.checks import read_checks
from assistants_app.domain.cases.errors import InvalidCase
from assistants_app.domain.errors import FieldError
from assistants_app.domain.json_values import Json, canonical, find_unstorable, same
from assistants_app.domain.written_text import name_fault
from assistants_app.models import Assistant, Case, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require

NAME_LENGTH = 200
LONGEST_INPUT = 500_000
"""Characters, as JSON."""

MOST_CASES = 500
"""Of one assistant."""


@dataclass(frozen=True, slots=True)
class CaseContent:
    """What a test case says: all of it in order."""

    name: str
    input: Json
    checks: list[Json]

    @classmethod
    def of(cls, *, name: str, input: Json, checks: Json) -> Self:
        """Raises InvalidCase for everything that is wrong at once."""
        name = " ".join(name.split())
        errors = [*_name_faults(name), *_input_faults(input)]
        read = []
        try:
            read = read_checks(checks)
        except InvalidCase as refused:
            errors += refused.errors
        if errors:
            raise InvalidCase(errors)
        return cls(name, input, [check.as_json for check in read])


def create_case(*, assistant_id: uuid.UUID, content: CaseContent, author: Author) -> Case:
    """Raises AssistantNotFound, NotAllowed, InvalidCase when there are too many."""
    with transaction.atomic():
        assistant = _locked(assistant_id, author)
        require_room(assistant, 1)
        case = Case.objects.create(
            assistant=assistant,
            name=content.name,
            input=content.input,
            checks=content.checks,
            author=author.label,
        )
        _record(Action.CASE_CREATED, author, case, after=_told(case))
    return case


def update_case(*, assistant_id: uuid.UUID, case_id: uuid.UUID, content: CaseContent, author: Author) -> bool:
    """Whether anything changed. Results of before do not count any more when more than the name did.

    Raises AssistantNotFound, CaseNotFound, NotAllowed.
    """
    with transaction.atomic():
        case = Case.objects.get_of(_locked(assistant_id, author), case_id)
        before = _told(case)
        if not same([case.input, case.checks], [content.input, content.checks]):
            case.edition += 1
        case.name, case.input, case.checks = content.name, content.input, content.checks
        after = _told(case)
        changed = [name for name in after if not same(before[name], after[name])]
        if changed:
            case.save()
            told = ({name: side[name] for name in changed} for side in (before, after))
            _record(Action.CASE_CHANGED, author, case, *told)
    return bool(changed)


def delete_case(*, assistant_id: uuid.UUID, case_id: uuid.UUID, author: Author) -> Case:
    """Trials keep what they found. Raises AssistantNotFound, CaseNotFound, NotAllowed."""
    with transaction.atomic():
        case = Case.objects.get_of(_locked(assistant_id, author), case_id)
        _record(Action.CASE_DELETED, author, case, before=_told(case))
        Case.objects.filter(case_id=case_id).delete()
    return case


def require_room(assistant: Assistant, more: int) -> None:
    """Raises InvalidCase."""
    if assistant.cases.count() + more > MOST_CASES:
        said = _("An assistant has %(count)s test cases at most.") % {"count": MOST_CASES}
        raise InvalidCase([FieldError("", said)])


def _locked(assistant_id: uuid.UUID, author: Author) -> Assistant:
    assistant = Assistant.objects.for_list().select_for_update().get_by_uuid(assistant_id)
    require(author, Role.EDITOR, assistant)
    return assistant


def _name_faults(name: str) -> Iterator[FieldError]:
    if not name or len(name) > NAME_LENGTH or find_unstorable(name):
        said = _("Give the test case a name of 1 to %(count)s characters.")
        yield FieldError("/name", said % {"count": NAME_LENGTH})
    elif fault := name_fault(name):
        yield FieldError("/name", _("This cannot be a name: %(fault)s.") % {"fault": fault})


def _input_faults(given: Json) -> Iterator[FieldError]:
    if fault := find_unstorable(given):
        yield FieldError("/input", fault)
    elif not isinstance(given, dict):
        yield FieldError("/input", _("What the graph is given is one JSON object."))
    elif "messages" in given and not (isinstance(given["messages"], list) and given["messages"]):
        yield FieldError("/input", _("Write what is said: one message at least."))
    elif len(canonical(given)) > LONGEST_INPUT:
        yield FieldError("/input", _("This is longer than %(count)s characters.") % {"count": LONGEST_INPUT})


def _told(case: Case) -> dict[str, Json]:
    return {"name": case.name, "input": case.input, "checks": case.checks}


def _record(
    action: Action,
    author: Author,
    case: Case,
    before: dict[str, Json] | None = None,
    after: dict[str, Json] | None = None,
) -> None:
    audit.record(action, author=author, kind=ObjectKind.CASE, id=case.pk, name=case.name, before=before, after=after)
