"""All votes of two in one chat: which version of an assistant won how often against which."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assistants_app.models import Assistant, Role, Vote
from assistants_app.web.access import SignedInRequest, assistant_of

SHOWN = 200
"""Pairs; those with the most votes come first."""


@dataclass(frozen=True, slots=True)
class Row:
    """A pair of versions; None is what was not saved, a draft mostly."""

    first: int | None
    second: int | None
    first_wins: int
    second_wins: int
    same: int
    neither: int
    votes: int
    latest: datetime
    compare: str
    """Where the two stand side by side; "" where there are not two versions."""
    again: str
    """Where both are asked the same again."""

    @property
    def names(self) -> tuple[str, str]:
        return _name(self.first), _name(self.second)


@require_safe
def show(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    assistant = assistant_of(request, assistant_id, Role.TESTER)
    counted: list[Any] = list(Vote.objects.filter(assistant=assistant).by_pair()[: SHOWN + 1])
    rows = [_row(assistant, one) for one in counted[:SHOWN]]
    context = {"assistant": assistant, "tab": "test", "rows": rows, "more": len(counted) > SHOWN, "shown": SHOWN}
    return render(request, "chat/votes.html", context)


def _row(assistant: Assistant, counted: dict[str, Any]) -> Row:
    first, second = counted.pop("first_version"), counted.pop("second_version")
    compare = again = ""
    if first and second:
        again = f"{reverse('chat-pair', args=[assistant.assistant_id])}?{urlencode({'a': first, 'b': second})}"
        if first != second:
            compare = reverse("assistant-compare", args=[assistant.assistant_id, f"v{first}", f"v{second}"])
    return Row(first=first, second=second, compare=compare, again=again, **counted)


def _name(number: int | None) -> str:
    return _("v%(number)s") % {"number": number} if number else _("Unsaved settings")
