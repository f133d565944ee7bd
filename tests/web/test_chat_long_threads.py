"""A thread with many runs, whose messages came with files, opens without reading again what each was given."""

import uuid
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.engine import Engine
from assistants_app.models import Person, Run
from assistants_app.web.chat.reading import read_thread
from tests.web.chatting import Chat
from tests.web.queries import queries_of

FILE = {"type": "image", "base64": "iVBORw0KGgo" * 2000, "mime_type": "image/png"}


def with_file(number: int) -> dict[str, Any]:
    return {"messages": [{"type": "human", "id": str(uuid.uuid4()), "content": [FILE], "number": number}]}


def add_runs(chat: Chat, count: int, **of_each: Any) -> None:
    """Runs as they are kept when they have ended; the checkpointer knows nothing of them."""
    first, thread = chat.run.number + 1, chat.thread
    Run.objects.bulk_create(
        Run(
            **{
                "thread": thread,
                "number": number,
                "assistant": chat.assistant,
                "graph_id": chat.assistant.graph_id,
                "status": Run.Status.SUCCESS,
                "finished_at": timezone.now(),
                "input": with_file(number),
                **of_each,
            }
        )
        for number in range(first, first + count)
    )


def selects(chat: Chat, column: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert chat.client.get(chat.url).status_code == 200
    return [query["sql"] for query in queries if f'"{column}"' in query["sql"].partition(" FROM ")[0]]


def test_it_works(serving: Engine, erin: Person) -> None:
    """As many queries for 200 runs as for one, and none reads an input."""
    chat = Chat.with_graph(erin, "echo").send("Hi")
    one = queries_of(chat.client, chat.url)
    add_runs(chat, 199)
    assert queries_of(chat.client, chat.url) == one
    assert selects(chat, "input") == []
    assert chat.texts == ["Hi", "You said: Hi"]


def test_only_the_newest_input_is_read_when_it_failed(serving: Engine, erin: Person) -> None:
    """What was said is shown although no checkpoint holds it."""
    chat = Chat.with_graph(erin, "echo").send("Hi")
    add_runs(chat, 50)
    said = {"messages": [{"type": "human", "id": "lost", "content": "Hello?"}]}
    add_runs(chat, 1, status=Run.Status.ERROR, error={"error": "ValueError", "message": "gone"}, input=said)
    (query,) = selects(chat, "input")
    assert "LIMIT" in query
    assert "Hello?" in chat.page
    reading = read_thread(chat.assistant, chat.thread)
    assert all("input" in run.get_deferred_fields() for run in reading.runs)


def test_a_graph_without_messages_reads_its_inputs_at_once(serving: Engine, erin: Person) -> None:
    chat = Chat.with_graph(erin, "adder")
    chat.post("send", {"input:/left": "2", "input:/right": "3", "input:/right#state": "value"})
    one = queries_of(chat.client, chat.url)
    add_runs(chat, 20, input={"left": 40, "right": 2})
    add_runs(chat, 1, input=None, command={"resume": 1})
    assert queries_of(chat.client, chat.url) == one
    assert len(chat.keys) == 21, "an answer is no turn"
    assert chat.page.count("<dd>40</dd>") == 20
