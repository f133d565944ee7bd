"""What the role of a key allows with single things: other people's threads and runs, settings, secrets, the store."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from assistants_app.models import Role
from assistants_app.services.keys import create_key
from tests.api.asking import Api

SECRETS = {"license": "lic-4711-canary", "openai_api_key": "sk-canary-of-keys"}
WAITS = {"assistant_id": "two_steps", "input": {"text": "a"}, "context": {"seconds": 30}}

KeyOf = Callable[[Role], Api]


@pytest.fixture
def key_of(api_url: str) -> Iterator[KeyOf]:
    """The API with a key of this role, one program for each."""
    with ExitStack() as stack:

        def make(role: Role) -> Api:
            return stack.enter_context(Api(api_url, create_key(name=f"a {role}", role=role, created_by=None)[1]))

        yield make


def new_thread(api: Api) -> str:
    return str(api.ok("POST", "/threads", {})["thread_id"])


def keeps_secrets(api: Api) -> dict[str, Any]:
    made: dict[str, Any] = api.ok(
        "POST", "/assistants", {"graph_id": "keeper", "context": {"prompt": "Hi", **SECRETS}, "name": "Keeper"}
    )
    return made


def test_it_works(api: Api, key_of: KeyOf) -> None:
    """A viewer's key reads, and chats with what is live, on threads of its own and of others."""
    viewer = key_of(Role.VIEWER)
    run = {"assistant_id": "writer", "input": {"messages": [{"role": "user", "content": "Hello"}]}}
    for thread_id in (new_thread(viewer), new_thread(api)):
        assert viewer.post(f"/threads/{thread_id}/runs/wait", run).status_code == 200
        assert viewer.get(f"/threads/{thread_id}/state").status_code == 200
    own = new_thread(viewer)
    begun = viewer.ok("POST", f"/threads/{own}/runs", run)["run_id"]
    assert viewer.get(f"/threads/{own}/runs/{begun}/join").status_code == 200
    assert viewer.delete(f"/threads/{own}/runs/{begun}").status_code == 204
    assert viewer.patch(f"/threads/{own}", {"metadata": {"a": 1}}).status_code == 200
    assert viewer.post(f"/threads/{own}/state", {"values": {"messages": []}}).status_code == 200
    assert viewer.delete(f"/threads/{own}").status_code == 204


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TESTER, Role.EDITOR])
def test_what_others_made_is_changed_by_editors(role: Role, api: Api, key_of: KeyOf) -> None:
    asking, may = key_of(role), role == Role.EDITOR
    thread_id = new_thread(api)
    ended = api.ok("POST", f"/threads/{thread_id}/runs", {"assistant_id": "adder", "input": {"left": 1}})["run_id"]
    api.get(f"/threads/{thread_id}/runs/{ended}/join")

    answers = [
        asking.patch(f"/threads/{thread_id}", {"metadata": {"a": 1}}).status_code,
        asking.patch(f"/threads/{thread_id}/state", {"metadata": {"a": 1}}).status_code,
        asking.post(f"/threads/{thread_id}/state", {"values": {"left": 3}}).status_code,
        asking.delete(f"/threads/{thread_id}/runs/{ended}").status_code,
        asking.post("/threads/prune", {"thread_ids": [thread_id]}).status_code,
    ]
    assert answers == ([200, 204, 200, 204, 200] if may else [403] * 5)
    assert api.get(f"/threads/{thread_id}").status_code == (404 if may else 200)
    assert asking.delete(f"/threads/{new_thread(api)}").status_code == (204 if may else 403)


@pytest.mark.parametrize("role", [Role.TESTER, Role.EDITOR])
def test_runs_of_others_are_stopped_by_editors(role: Role, api: Api, key_of: KeyOf) -> None:
    asking, may = key_of(role), role == Role.EDITOR
    thread_id = new_thread(api)
    run_id = api.ok("POST", f"/threads/{thread_id}/runs", WAITS)["run_id"]
    run = f"/threads/{thread_id}/runs/{run_id}"
    tried = [
        lambda: asking.post("/runs/cancel", {"status": "all"}),
        lambda: asking.post("/runs/cancel", {"thread_id": thread_id, "run_ids": [run_id]}),
        lambda: asking.get(run + "/join", params={"cancel_on_disconnect": "true"}),
        lambda: asking.get(run + "/stream", params={"cancel_on_disconnect": "true"}),
        lambda: asking.post(f"/threads/{thread_id}/runs", {**WAITS, "multitask_strategy": "rollback"}),
        lambda: asking.post(f"/threads/{thread_id}/runs", {**WAITS, "command": {"update": {"text": "b"}}}),
        lambda: asking.post(run + "/cancel"),
    ]
    if may:
        assert tried[-1]().status_code == 202
        return
    assert [one().status_code for one in tried] == [404, *[403] * 6]
    assert api.ok("GET", run)["status"] in ("pending", "running")

    own = asking.ok("POST", f"/threads/{thread_id}/runs", WAITS)["run_id"]  # behind the other
    assert asking.post(f"/threads/{thread_id}/runs/{own}/cancel", params={"wait": "true"}).status_code == 200
    mine = asking.ok("POST", f"/threads/{new_thread(asking)}/runs", WAITS)["run_id"]
    assert asking.post("/runs/cancel", {"status": "all"}).status_code == 204
    assert api.ok("GET", run)["status"] in ("pending", "running"), mine
    api.post(run + "/cancel", params={"wait": "true"})


def test_a_key_of_the_same_name_is_the_same_program(api: Api, key_of: KeyOf) -> None:
    """So a key that expires can be followed by another."""
    thread_id = new_thread(key_of(Role.VIEWER))
    assert key_of(Role.VIEWER).delete(f"/threads/{thread_id}").status_code == 204


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TESTER])
@pytest.mark.parametrize("asked", [{"context": {"model": "b"}}, {"config": {"configurable": {"model": "b"}}}])
def test_other_settings_than_the_assistants_are_a_test(
    role: Role, asked: dict[str, Any], api: Api, key_of: KeyOf
) -> None:
    asking = key_of(role)
    run = {"assistant_id": "sees", "input": {}, **asked}
    thread_id = new_thread(asking)
    status = 200 if role == Role.TESTER else 403
    assert asking.post(f"/threads/{thread_id}/runs/wait", run).status_code == status
    assert asking.post("/runs/wait", run).status_code == status
    assert asking.post("/runs/batch", [run]).status_code == status
    told = asking.post(f"/threads/{thread_id}/commands", {"id": 1, "method": "run.start", "params": run}).json()
    assert told.get("error") == (None if role == Role.TESTER else "permission_denied")


def test_options_that_are_no_settings_are_free(api: Api, key_of: KeyOf) -> None:
    """Clients send where they are as `configurable`; the product says that itself."""
    config = {"tags": ["a"], "recursion_limit": 5, "configurable": {"thread_id": "x", "user_id": "y"}}
    run = {"assistant_id": "sees", "input": {}, "config": config, "context": {}}
    assert key_of(Role.VIEWER).post("/runs/wait", run).status_code == 200


def test_the_store_is_written_by_editors(api: Api, key_of: KeyOf) -> None:
    item = {"namespace": ["a"], "key": "b", "value": {"c": 1}}
    for role, status in ((Role.VIEWER, 403), (Role.TESTER, 403), (Role.EDITOR, 204)):
        asking = key_of(role)
        assert asking.put("/store/items", item).status_code == status
        assert asking.post("/store/items/search", {}).status_code == 200
        assert asking.delete("/store/items", {"namespace": ["a"], "key": "none"}).status_code == status


def everything_read(asking: Api, made: dict[str, Any]) -> str:
    assistant_id = made["assistant_id"]
    return json.dumps(
        [
            asking.ok("GET", f"/assistants/{assistant_id}"),
            asking.ok("POST", "/assistants/search", {}),
            asking.ok("POST", "/assistants/search", {"select": ["context", "config"]}),
            asking.ok("POST", f"/assistants/{assistant_id}/versions", {}),
            asking.ok("POST", f"/assistants/{assistant_id}/versions", {"offset": 0, "metadata": {}, "limit": 3}),
            asking.ok("POST", "/runs/crons/search", {}),
        ]
    )


def test_secrets_are_told_to_nobody(api: Api, key_of: KeyOf) -> None:
    made = keeps_secrets(api)
    cron = {"assistant_id": made["assistant_id"], "schedule": "0 0 1 1 *", "context": SECRETS}
    api.ok("POST", "/runs/crons", cron)
    for role in Role:
        told = everything_read(key_of(role), made)
        assert not [secret for secret in SECRETS.values() if secret in told], role
        assert '"prompt": "Hi"' in told

    run = key_of(Role.VIEWER).ok("POST", "/runs", {"assistant_id": made["assistant_id"], "input": {}})
    assert not [secret for secret in SECRETS.values() if secret in json.dumps(run)]


def test_a_mask_that_comes_back_is_the_secret_again(api: Api, key_of: KeyOf) -> None:
    made = keeps_secrets(api)
    at = f"/assistants/{made['assistant_id']}"
    masked = key_of(Role.VIEWER).ok("GET", at)["context"]
    assert masked["license"] != SECRETS["license"]

    changed = api.ok("PATCH", at, {"context": {**masked, "prompt": "Hello"}})
    assert changed["context"] == {**masked, "prompt": "Hello"}
    older = api.ok("PATCH", at, {"config": {"configurable": masked}, "base_version": 2})
    assert older["context"] == masked

    tester = key_of(Role.TESTER)
    run = {"assistant_id": made["assistant_id"], "input": {}}
    assert tester.ok("POST", "/runs/wait", {**run, "context": masked})["lengths"] == [2, 15, 17]
    given = {"configurable": {**masked, "prompt": "abc"}}
    assert tester.ok("POST", "/runs/wait", {**run, "config": given})["lengths"] == [3, 15, 17]


def test_a_mask_leads_to_no_secret_elsewhere(api: Api, key_of: KeyOf) -> None:
    """Neither into a setting that is told, nor into one of another assistant."""
    made = keeps_secrets(api)
    at = f"/assistants/{made['assistant_id']}"
    mask = key_of(Role.VIEWER).ok("GET", at)["context"]["license"]
    moved = {"prompt": mask}
    tester = key_of(Role.TESTER)
    run = {"assistant_id": made["assistant_id"], "input": {}}
    for answer in (
        tester.post("/runs/wait", {**run, "context": moved}),
        tester.post("/runs/wait", {**run, "config": {"configurable": moved}}),
        tester.post("/runs/wait", {"assistant_id": "keeper", "input": {}, "context": {"license": mask}}),
        api.patch(at, {"context": moved}),
        api.post("/assistants", {"graph_id": "keeper", "context": {"license": mask}}),
        api.post("/runs/crons", {**run, "schedule": "0 0 1 1 *", "context": {"license": mask}}),
    ):
        assert (answer.status_code, "mask" in answer.json()["detail"]) == (422, True), answer.text
    assert api.ok("GET", at)["version"] == 1


def test_without_secrets_all_are_told_the_same(key_of: KeyOf) -> None:
    """Columns are told as they are stored, or looked through: no key can tell which."""
    context = {"b": 2**60, "a": ["ä", None, 1.5, {}], "text": 'a "quoted" \\ and'}
    config = {"tags": ["x"], "recursion_limit": 7}
    editor, viewer = key_of(Role.EDITOR), key_of(Role.VIEWER)
    body = {"graph_id": "two_steps", "name": "Ä", "metadata": {"z": 1, "a": [{}]}}
    for given in ({}, {"context": context}, {"config": config}, {"context": context, "config": config}):
        made = editor.ok("POST", "/assistants", {**body, **given})
        address = f"/assistants/{made['assistant_id']}"
        assert editor.ok("GET", address) == viewer.ok("GET", address) == made
        assert editor.ok("POST", f"{address}/versions", {}) == viewer.ok("POST", f"{address}/versions", {})
    for asked in ({}, {"graph_id": "two_steps"}, {"sort_by": "name", "sort_order": "asc"}, {"limit": 2}):
        assert editor.ok("POST", "/assistants/search", asked) == viewer.ok("POST", "/assistants/search", asked)
