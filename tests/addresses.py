"""Every address of the site, found by walking the URL resolver, with an example of each of its parts.

A new page is therefore in every test that walks them, without being listed anywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from assistants_app.models import Assistant, Person, Review, Role
from assistants_app.services.accepting import begin_run
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.grants import Scope, give_role
from assistants_app.services.keys import create_key
from assistants_app.services.runs import cancel_pending_run
from assistants_app.services.threads import create_thread
from assistants_app.services.trials import begin_trial
from tests import make


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    path: str


def routes() -> list[tuple[str, tuple[str, ...]]]:
    """The name of every page's route, and the names of its parts. Django's admin tests itself, the API is no page."""
    return sorted(
        (pattern.name or str(pattern.pattern), tuple(re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern))))
        for pattern in _walk(get_resolver().url_patterns)
    )


def _walk(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif pattern.app_name not in {"admin", "api"}:
            yield from _walk(pattern.url_patterns)


def example_parts(person: Person) -> dict[str, Any]:
    """Makes an assistant with three versions, a thread and a run, and names what an address may ask for."""
    assistant = make.assistant(person=person, description="Writes posts for the blog.")
    make.version(assistant, person=person, settings={"system_prompt": "Write a tweet.", "tags": ["short"]})
    make.version(assistant, person=person, settings={"system_prompt": "Write a tweet.", "temperature": 1.0})
    thread = create_thread(assistant=Assistant.objects.get(pk=assistant.pk), owner=person, title="First words")
    run = begin_run(
        thread=thread.thread_id,
        assistant_id=assistant.assistant_id,
        input={"messages": [{"role": "user", "content": "Hello"}]},
        author=Author.of(person),
    )
    cancel_pending_run(run_id=run.run_id)
    case = make.case(assistant)
    trial = begin_trial(assistant_id=assistant.assistant_id, author=Author.of(person))
    return {
        "assistant_id": assistant.assistant_id,
        "case_id": case.case_id,
        "trial_id": trial.trial_id,
        "result_id": trial.results.get().pk,
        "grant_id": give_role(person_id=person.pk, role=Role.VIEWER, scope=Scope(tag="blog"), author=SYSTEM).pk,
        "graph_id": assistant.graph_id,
        "key_id": create_key(name="Nightly job", role=Role.EDITOR, created_by=person)[0].id,
        "number": 2,
        "old": "v1",
        "new": "v3",
        "pk": person.pk,
        "review_id": waiting_review(assistant).pk,
        "run_id": run.run_id,
        "thread_id": thread.thread_id,
        "token": "no-such-token",
    }


def waiting_review(assistant: Assistant) -> Review:
    """Of its newest version."""
    number = Assistant.history.newest_number(assistant)
    return Review.objects.create(assistant=assistant, number=number, asked_by_label="Edda", asked_at=timezone.now())


def addresses(parts: dict[str, Any]) -> list[Address]:
    """Every address, filled in. A part that has no example yet is a KeyError: give it one above."""
    return [Address(name, reverse(name, kwargs={part: parts[part] for part in names})) for name, names in routes()]
