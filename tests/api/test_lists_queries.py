"""The API's lists need as many queries for twenty rows as for one."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import Role, Thread
from assistants_app.services.authors import SYSTEM
from assistants_app.services.crons import create_cron
from assistants_app.services.keys import create_key
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

LISTS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "assistants": ("/assistants/search", {"limit": 50}),
    "assistants by metadata": ("/assistants/search", {"metadata": {"tags": ["a"]}, "limit": 50}),
    "assistants by name": ("/assistants/search", {"name": "writer", "sort_by": "name", "limit": 50}),
    "versions": ("/assistants/{assistant}/versions", {"limit": 50}),
    "threads": ("/threads/search", {"limit": 50}),
    "threads by metadata": ("/threads/search", {"metadata": {"team": "a"}, "limit": 50}),
    "runs of a thread": ("/threads/{thread}/runs?limit=50", None),
    "crons": ("/runs/crons/search", {"limit": 50}),
    "assistants counted": ("/assistants/count", {}),
    "threads counted": ("/threads/count", {}),
    "crons counted": ("/runs/crons/count", {}),
}


class Asking:
    """Asks for the lists, with a key of some role, around one thread."""

    def __init__(self, client: Client, role: Role, thread: Thread) -> None:
        secret = create_key(name=f"{role} of lists", role=role, created_by=None)[1]
        self.given: dict[str, Any] = {"content_type": "application/json", "headers": {"X-Api-Key": secret}}
        self.client, self.thread = client, thread

    def rows_and_queries(self) -> dict[str, tuple[int, int]]:
        """By list: how many rows it tells, and by how many queries."""
        return {name: self._asked(*where) for name, where in LISTS.items()}

    def _asked(self, place: str, body: dict[str, Any] | None) -> tuple[int, int]:
        assert self.thread.assistant is not None
        path = "/api" + place.format(assistant=self.thread.assistant.assistant_id, thread=self.thread.pk)
        self._answer(path, body)  # what is remembered of the key is remembered then
        with CaptureQueriesContext(connection) as queries:
            answer = self._answer(path, body)
        assert answer.status_code == 200, answer.content
        told = answer.json()
        return told if isinstance(told, int) else len(told), len(queries)

    def _answer(self, path: str, body: dict[str, Any] | None) -> Any:
        if body is None:
            return self.client.get(path, **self.given)
        return self.client.post(path, json.dumps(body), **self.given)


def one_more_of_each(thread: Thread, number: int) -> None:
    assert thread.assistant is not None
    make.thread(make.assistant(name=f"Writer {number}", metadata={"tags": ["a"]}))
    make.version(thread.assistant)
    make.run(on=thread, options={"multitask_strategy": "enqueue"})
    Thread.objects.update(metadata={"team": "a"})
    create_cron(
        assistant_id=thread.assistant.assistant_id, schedule="0 8 * * *", asked={}, author=SYSTEM, now=timezone.now()
    )


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_it_takes_the_same_queries_for_one_row_and_for_many(client: Client, role: Role) -> None:
    thread = make.thread(make.assistant(name="Writer", metadata={"tags": ["a"]}))
    one_more_of_each(thread, 0)
    asking = Asking(client, role, thread)
    few = asking.rows_and_queries()

    for number in range(1, 20):
        one_more_of_each(thread, number)

    many = asking.rows_and_queries()
    assert {name: queries for name, (_rows, queries) in many.items()} == {name: n for name, (_rows, n) in few.items()}
    assert all(queries for _rows, queries in many.values())
    assert all(many[name][0] >= few[name][0] + 19 for name in LISTS)
