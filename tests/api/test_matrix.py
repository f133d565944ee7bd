"""Every role of a key, and no key, at every operation, with threads and runs of its own and of others.

Which role each asks for is in `tests/rules.py`; what single things ask for beyond that is in `test_roles.py`.
"""

from typing import Any

import httpx
import pytest

from assistants_app.api.urls import OPERATIONS
from assistants_app.models import Assistant, Role, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.accepting import begin_run
from assistants_app.services.assistants import create_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.keys import create_key
from assistants_app.services.runs import cancel_pending_run
from assistants_app.services.threads import create_thread
from tests.api.asking import Api
from tests.rules import API, OPEN

WHO = ["stranger", *Role]
RUN = {"assistant_id": "adder", "input": {"left": 1}}
BODIES: dict[str, Any] = {
    "/runs": RUN,
    "/runs/stream": RUN,
    "/runs/wait": RUN,
    "/runs/batch": [RUN],
    "/runs/crons": {**RUN, "schedule": "0 0 1 1 *"},
    "/threads/{thread_id}/runs": RUN,
    "/threads/{thread_id}/runs/stream": RUN,
    "/threads/{thread_id}/runs/wait": RUN,
    "/threads/{thread_id}/runs/crons": {**RUN, "schedule": "0 0 1 1 *"},
    "/threads/{thread_id}/state": {"values": {"left": 1}},
    "/threads/{thread_id}/commands": {"id": 1, "method": "state.get", "params": {}},
    "/store/items": {"namespace": ["a"], "key": "b", "value": {}},
}
"""What is understood, so that the role is what decides."""


def test_every_operation_has_a_rule() -> None:
    assert set(OPERATIONS) == set(API)


def test_no_operation_lets_in_whom_the_rules_do_not() -> None:
    """Before anything is read, an operation asks for its least role; an editor's PATCH and DELETE depend."""
    told = {
        key: OPEN if operation.open else operation.role
        for key, operation in OPERATIONS.items()
        if key not in (("PATCH", "/assistants/{assistant_id}"), ("DELETE", "/assistants/{assistant_id}"))
    }
    assert told == {key: own for key, (own, _foreign) in API.items() if key in told}


def things(by: Author) -> dict[str, str]:
    """A thread and a run that `by` made, and an assistant."""
    adder = Assistant.objects.get(assistant_id=system_assistant_id("adder"))
    mine = create_assistant(graph_id="adder", name="One", settings={}, author=SYSTEM)
    thread: Thread = create_thread(assistant=None, owner=None, author=by)
    run = begin_run(thread=thread.thread_id, assistant_id=adder.assistant_id, input={"left": 1}, author=by)
    cancel_pending_run(run_id=run.run_id)
    ids = {"thread_id": thread.thread_id, "run_id": run.run_id, "assistant_id": mine.assistant_id}
    ids |= {"cron_id": thread.thread_id, "checkpoint_id": run.run_id}
    return {**{name: str(id) for name, id in ids.items()}, "namespace": "x"}


def answer(api: Api, method: str, path: str, ids: dict[str, str]) -> int:
    """The status alone: streams may go on for ever."""
    body = {"thread_ids": [ids["thread_id"]]} if path == "/threads/prune" else BODIES.get(path, {})
    sent = {} if method == "GET" else {"json": body}
    headers = {"X-Api-Key": api.key} if api.key else {}
    with httpx.stream(method, api.url + path.format(**ids), headers=headers, timeout=30, **sent) as response:
        return response.status_code


@pytest.mark.parametrize("own", [True, False], ids=["own", "foreign"])
@pytest.mark.parametrize("who", WHO)
def test_every_operation(who: str, own: bool, api_url: str) -> None:
    key, secret = (None, "") if who == "stranger" else create_key(name="sam", role=Role(who), created_by=None)
    other = create_key(name="other", role=Role.VIEWER, created_by=None)[0]
    author = Author.with_key(key if key and own else other)
    wrong = []
    for (method, path), (least_own, least_foreign) in API.items():
        least = least_own if own else least_foreign
        status = answer(Api(api_url, secret), method, path, things(author))
        if least == OPEN:
            wanted = "in"
        elif key is None:
            wanted = "401"
        else:
            wanted = "in" if Role(who).includes(Role(least)) else "403"
        found = str(status) if status in (401, 403) or status >= 500 else "in"
        if found != wanted:
            wrong.append(f"{method} {path}: {status} in place of {wanted}")

    assert not wrong, "\n".join(wrong)
