"""Who else works on an assistant while its edit page is open, and what was saved since, by people or programs."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Self

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assistants_app.models import Assistant, AssistantVersion, Person, Role
from assistants_app.services.drafts import others_editing
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.addresses import number_in


@dataclass(frozen=True, slots=True)
class Others:
    """`saved` is the newest version where the page does not know of it, whose newest known is `known`."""

    people: tuple[Person, ...]
    known: int
    saved: AssistantVersion | None

    @classmethod
    def of(cls, request: SignedInRequest, assistant: Assistant, known: int) -> Self:
        editing = others_editing(author=author_of(request), assistant=assistant)
        newer = Assistant.history.of(assistant).for_list().filter(number__gt=known).first()
        return cls(tuple(person for person, _at in editing), known, newer)

    @property
    def told(self) -> str:
        """The same while there is nothing new to say."""
        said = f"{sorted(person.pk for person in self.people)} {self.saved.number if self.saved else ''}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]


@require_safe
def others(request: SignedInRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """For the page that asks again and again: nothing, or what is new."""
    assistant = assistant_of(request, assistant_id, Role.EDITOR)
    found = Others.of(request, assistant, number_in(request.GET.get("known", "")) or assistant.version)
    if request.GET.get("told") == found.told:
        return HttpResponse(status=204)
    return render(request, "assistants/_edit_others.html", {"assistant": assistant, "others": found})
