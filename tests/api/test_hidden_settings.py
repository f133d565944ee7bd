"""A hidden value, looked for in every answer of the API by keys of roles that may not see it."""

from typing import Any

import httpx
import pytest

from assistants_app.api.urls import OPERATIONS
from assistants_app.models import Assistant, Role
from assistants_app.services.authors import SYSTEM
from assistants_app.services.keys import create_key
from assistants_app.services.locks import set_lock
from assistants_app.services.secrets import given
from tests.api.asking import Api

CANARY = "canary-of-the-prompt"
SETTINGS = {"prompt": CANARY, "license": "lic-1"}
HINT = "/prompt: This is hidden from you: changing it needs the role Publisher."


@pytest.fixture
def hidden(api: Api) -> dict[str, Any]:
    """An assistant with a history, runs and a cron from before its prompt was hidden, and some from since."""
    made: dict[str, Any] = api.ok("POST", "/assistants", {"graph_id": "keeper", "name": "K", "context": SETTINGS})
    at = f"/assistants/{made['assistant_id']}"
    api.ok("PATCH", at, {"context": {**SETTINGS, "prompt": f"{CANARY} 2"}})
    thread = api.ok("POST", "/threads", {})["thread_id"]
    run = {"assistant_id": made["assistant_id"], "input": {}, "context": {"prompt": CANARY}}
    api.ok("POST", f"/threads/{thread}/runs/wait", run)
    cron = api.ok("POST", "/runs/crons", {**run, "schedule": "0 0 1 1 *"})
    set_lock(graph_id="keeper", pointer="/prompt", role=Role.PUBLISHER, author=SYSTEM, hidden=True)
    api.ok(
        "POST", f"/threads/{thread}/runs/wait", {**run, "config": {"configurable": {"prompt": CANARY}}, "context": {}}
    )
    runs = api.ok("GET", f"/threads/{thread}/runs")
    return {
        "assistant_id": made["assistant_id"],
        "thread_id": thread,
        "run_id": runs[0]["run_id"],
        "cron_id": cron["cron_id"],
        "checkpoint_id": api.ok("GET", f"/threads/{thread}/state")["checkpoint"]["checkpoint_id"],
        "namespace": "x",
    }


def key_of(role: Role) -> str:
    return create_key(name=f"key of {role}", role=role, created_by=None)[1]


def bodies(path: str, ids: dict[str, Any]) -> list[Any]:
    run = {"assistant_id": ids["assistant_id"], "input": {}}
    modes = {"stream_mode": ["values", "updates", "debug", "tasks", "checkpoints", "messages"]}
    if path in ("/runs/batch",):
        return [[run]]
    if path.endswith("crons"):
        return [{**run, "schedule": "0 0 1 1 *"}]
    if path.endswith(("/runs", "/runs/stream", "/runs/wait")):
        return [{**run, **modes}]
    if path.endswith("/search") or path.endswith("/count"):
        return [{}, {"metadata": {"prompt": CANARY}}]
    if path.endswith("/state"):
        return [{"values": {}}]
    if path.endswith("/prune"):
        return [{"thread_ids": []}]
    if path.startswith("/mcp"):
        return [{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}]
    return [{}, {"limit": 10, "name": "Renamed", "make_live": False}]


def told(key: str, url: str, method: str, path: str, body: Any) -> str:
    """The answer, or as much of one that goes on as comes within three seconds."""
    found = ""
    sent = {} if method == "GET" else {"json": body}
    headers = {"X-Api-Key": key, "Accept": "application/json, text/event-stream"}
    try:
        with httpx.stream(method, url + path, headers=headers, timeout=3, **sent) as response:
            found = str(response.headers)
            for piece in response.iter_text():
                found += piece
    except httpx.TimeoutException:
        pass
    return found


@pytest.mark.parametrize("who", [Role.VIEWER, Role.TESTER, Role.EDITOR, Role.OPERATOR])
def test_it_works(who: Role, hidden: dict[str, Any], api_url: str) -> None:
    """Operators are told a mask too: who may see it does so on the pages."""
    key, found, answered = key_of(who), [], 0
    # What takes things away comes last.
    for method, path in sorted(OPERATIONS, key=lambda one: (one[0] == "DELETE", "prune" in one[1], "cancel" in one[1])):
        if "/stream" in path and method == "GET" and "runs" not in path:
            continue  # goes on for ever with what the runs tell
        for body in bodies(path, hidden):
            answer = told(key, api_url, method, path.format(**hidden), body)
            answered += bool(answer)
            if CANARY in answer:
                found.append(f"{method} {path}")
    assert not found
    assert answered > 40


def test_an_editors_program_leaves_it(hidden: dict[str, Any], api_url: str, api: Api) -> None:
    at = f"/assistants/{hidden['assistant_id']}"
    row = Assistant.objects.get(assistant_id=hidden["assistant_id"])
    with Api(api_url, key_of(Role.EDITOR)) as editor:
        read = editor.ok("GET", at)
        assert read["context"]["prompt"] == read["config"]["configurable"]["prompt"] == "•••••••• /prompt"
        for sent in ({**read["context"], "license": "lic-2"}, {"license": "lic-3"}):
            saved = editor.ok("PATCH", at, {"context": sent, "make_live": False})
            newest = Assistant.history.numbered(row, saved["version"])
            assert given(newest.context, None)["prompt"] == f"{CANARY} 2"
        run = {"assistant_id": str(row.assistant_id), "input": {}}
        for value in (f"{CANARY} 2", "mine"):
            context = {"context": {"prompt": value}}
            for method, path, body in (
                ("PATCH", at, {**context, "make_live": False}),
                ("PATCH", at, {"config": {"configurable": {"prompt": value}}, "make_live": False}),
                ("POST", "/assistants", {"graph_id": "keeper", **context}),
                ("POST", "/runs/wait", {**run, **context}),
                ("POST", "/runs/wait", {**run, "config": {"configurable": {"prompt": value}}}),
                ("POST", "/runs/crons", {**run, "schedule": "0 0 1 1 *", **context}),
            ):
                answer = editor.ask(method, path, body)
                assert answer.status_code == 422, (path, answer.text)
                assert HINT in answer.json()["detail"]
        lengths = editor.ok("POST", "/runs/wait", {"assistant_id": str(row.assistant_id), "input": {}})["lengths"]
        assert lengths[0] == len(f"{CANARY} 2")
    assert api.ok("PATCH", at, {"context": {"prompt": "seen"}})["context"]["prompt"] == "•••••••• /prompt"
    row.refresh_from_db()
    assert given(row.context, None)["prompt"] == "seen"


def test_nobody_finds_it_by_guessing(hidden: dict[str, Any], api: Api) -> None:
    """The metadata of checkpoints is from before it was hidden."""
    at = f"/threads/{hidden['thread_id']}/history"
    assert api.ok("POST", at, {"metadata": {"license": "x"}}) == []
    assert api.ok("POST", at, {"metadata": {"graph_id": "keeper"}})
    for guess in (CANARY, "other"):
        assert api.ok("POST", at, {"metadata": {"prompt": guess}}) == []
        assert api.ok("POST", "/assistants/search", {"metadata": {"prompt": guess}}) == []
        assert api.ok("POST", "/threads/search", {"metadata": {"prompt": guess}}) == []
