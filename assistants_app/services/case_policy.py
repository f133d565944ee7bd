"""What a protected assistant may ask for before a version is approved: that all its test cases have passed with it."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistants_app.models import Assistant, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require
from assistants_app.services.trials import standing


def set_cases_required(*, assistant_id: uuid.UUID, required: bool, author: Author) -> bool:
    """Say whether approving a version of an assistant needs its test cases to have passed; whether that is new.

    Raises AssistantNotFound, NotAllowed.
    """
    with transaction.atomic():
        assistant = Assistant.objects.for_list().select_for_update().get_by_uuid(assistant_id)
        require(author, Role.PUBLISHER, assistant)
        if assistant.cases_required == required:
            return False
        Assistant.objects.filter(pk=assistant.pk).update(cases_required=required)
        audit.record(
            Action.PROTECTION_CHANGED,
            author=author,
            kind=ObjectKind.ASSISTANT,
            id=assistant.assistant_id,
            name=assistant.name,
            before={"test_cases": assistant.cases_required},
            after={"test_cases": required},
        )
    return True


def cases_missing(assistant: Assistant, number: int) -> str:
    """Why the test cases do not let a version be approved; "" where they do, or nobody asks for them."""
    if not assistant.cases_required:
        return ""
    found = standing(assistant, number)
    if found.all_passed:
        return ""
    if not found.cases:
        return _("Here all test cases have to pass first, and there are none yet.")
    left = found.cases - found.passed
    said = ngettext(
        "Here all test cases have to pass first: %(count)s has not passed with v%(number)s.",
        "Here all test cases have to pass first: %(count)s have not passed with v%(number)s.",
        left,
    )
    return said % {"count": left, "number": number}
