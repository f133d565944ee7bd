"""The protocol's events on the wire: order, going on after a cut, what is wanted; and commands that are refused."""

import json
import uuid
from typing import Any

import httpx
import pytest

from assistants_app.engine import service
from assistants_app.models import Role
from assistants_app.services.keys import create_key
from tests.api.asking import Api

ALL = ["values", "updates", "messages", "tools", "lifecycle", "input", "checkpoints", "tasks", "custom"]
ENDS = {"completed", "failed", "interrupted"}


def command(api: Api, thread_id: str, method: str, **params: Any) -> dict[str, Any]:
    told: dict[str, Any] = api.ok(
        "POST", f"/threads/{thread_id}/commands", {"id": 7, "method": method, "params": params}
    )
    assert told["id"] == 7, told
    return told


def started(api: Api, graph_id: str, given: Any, thread_id: str = "") -> tuple[str, str]:
    thread_id = thread_id or str(uuid.uuid4())
    told = command(api, thread_id, "run.start", assistant_id=graph_id, input=given)
    assert told["type"] == "success", told
    return thread_id, told["result"]["run_id"]


def events(api: Api, thread_id: str, *, headers: dict[str, str] | None = None, **wanted: Any) -> list[dict[str, Any]]:
    """Until the root's end is told; lifecycle must be among the channels."""
    got: list[dict[str, Any]] = []
    body = {"channels": ALL, **wanted}
    with api.http.stream("POST", f"{api.url}/threads/{thread_id}/stream/events", json=body, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            if line.startswith("data: "):
                event = json.loads(line.removeprefix("data: "))
                got.append(event)
                of_root = event["method"] == "lifecycle" and not event["params"]["namespace"]
                if of_root and event["params"]["data"]["event"] in ENDS:
                    return got
    return got


def test_it_works(api: Api) -> None:
    thread_id, run_id = started(api, "tokens", {"messages": [{"role": "user", "content": "2"}]})
    got = events(api, thread_id)
    seqs = [event["seq"] for event in got]
    assert seqs == sorted(set(seqs))
    assert len({event["event_id"] for event in got}) == len(got)
    assert got[0]["event_id"] == f"synth:{run_id}:lc||running"
    assert got[-1]["event_id"] == f"synth:{run_id}:lc||completed"
    assert got[-1]["params"]["data"] == {"event": "completed", "graph_name": "tokens"}
    told = [event["params"]["data"] for event in got if event["method"] == "messages"]
    assert [one["event"] for one in told] == [
        *["message-start", "content-block-start", "content-block-delta", "content-block-delta"],
        *["content-block-finish", "message-finish"],
    ]
    assert told[0]["role"] == "ai"
    assert told[4]["content"] == {"type": "text", "text": "w0 w1 "}
    assert all(event["params"]["timestamp"] > 1_700_000_000_000 for event in got)


def test_going_on_after_any_event_misses_nothing(api: Api) -> None:
    thread_id, _run = started(api, "asks_inside", {"text": "x"})
    everything = events(api, thread_id)
    for number, event in enumerate(everything[:-1]):
        assert events(api, thread_id, since=event["seq"]) == everything[number + 1 :]
    middle = everything[4]
    assert events(api, thread_id, headers={"Last-Event-ID": str(middle["seq"])}) == everything[5:]


def test_a_command_says_how_far_the_thread_was(api: Api) -> None:
    """A client that goes on from there gets the new run whole, and nothing of those before."""
    thread_id, first = started(api, "adder", {"left": 1})
    events(api, thread_id)
    told = command(api, thread_id, "run.start", assistant_id="adder", input={"left": 2})
    got = events(api, thread_id, since=told["meta"]["applied_through_seq"])
    assert got[0]["event_id"] == f"synth:{told['result']['run_id']}:lc||running"
    assert first not in json.dumps(got)


def test_who_watches_anew_hears_no_end_that_was_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "HEARTBEAT_SECONDS", 0.2)
    thread_id, _run = started(api, "adder", {"left": 1})
    assert events(api, thread_id, channels=["lifecycle"])[-1]["params"]["data"]["event"] == "completed"
    body = {"channels": ["lifecycle", "input"]}
    with api.http.stream("POST", f"{api.url}/threads/{thread_id}/stream/events", json=body) as answer:
        assert next(answer.iter_lines()) == ": heartbeat"
    assert [event["method"] for event in events(api, thread_id)][1:-1]  # who wants more gets everything


def test_graphs_inside_and_how_deep(api: Api) -> None:
    thread_id, _run = started(api, "asks_inside", {"text": "x"})
    got = events(api, thread_id)
    inside = [event for event in got if event["params"]["namespace"]]
    assert {event["params"]["namespace"][0].split(":")[0] for event in inside} == {"child"}
    lifecycle = [event["params"]["data"]["event"] for event in inside if event["method"] == "lifecycle"]
    assert lifecycle == ["started", "interrupted"]
    (asked,) = [event for event in got if event["method"] == "input.requested"]
    assert asked["params"]["data"]["payload"] == {"ask": "ok?"}
    assert asked in inside

    root = events(api, thread_id, namespaces=[[]], depth=0)
    assert root == [event for event in got if not event["params"]["namespace"]]
    assert events(api, thread_id, namespaces=[[]], depth=1) == got
    child = api.http.stream(
        "POST",
        f"{api.url}/threads/{thread_id}/stream/events",
        json={"channels": ["updates"], "namespaces": [["child"]]},
    )
    with child as answer:
        first = next(line for line in answer.iter_lines() if line.startswith("data: "))
    assert json.loads(first.removeprefix("data: "))["params"]["node"] == "think"


def test_an_answer_goes_on_and_is_told(api: Api) -> None:
    thread_id, _run = started(api, "asks_inside", {"text": "x"})
    (asked,) = [event for event in events(api, thread_id) if event["method"] == "input.requested"]
    interrupt_id = asked["params"]["data"]["interrupt_id"]
    unknown = command(api, thread_id, "input.respond", namespace=[], interrupt_id="0" * 32, response="x")
    assert (unknown["type"], unknown["error"]) == ("error", "no_such_interrupt")
    told = command(api, thread_id, "input.respond", namespace=[], interrupt_id=interrupt_id, response="yes")
    got = events(api, thread_id, since=told["meta"]["applied_through_seq"])
    assert got[1]["method"] == "input.answered"
    assert got[1]["params"]["data"] == {"interrupt_ids": [interrupt_id]}
    values = [event["params"] for event in got if event["method"] == "values" and not event["params"]["namespace"]]
    assert values[-1]["data"]["log"] == ["route", "think", "answer: yes"]
    again = command(api, thread_id, "input.respond", namespace=[], interrupt_id=interrupt_id, response="no")
    assert again["error"] == "no_such_interrupt"


def test_several_answers_at_once(api: Api) -> None:
    thread_id, _run = started(api, "twice", {"answers": []})
    asked = [event["params"]["data"] for event in events(api, thread_id) if event["method"] == "input.requested"]
    assert [one["payload"]["question"] for one in asked] == ["Which colour?", "Which size?"]
    answers = [
        {"namespace": [], "interrupt_id": one["interrupt_id"], "response": response}
        for one, response in zip(asked, ["red", "big"], strict=True)
    ]
    told = command(api, thread_id, "input.respond", responses=answers)
    got = events(api, thread_id, since=told["meta"]["applied_through_seq"])
    values = [event["params"]["data"] for event in got if event["method"] == "values"]
    assert values[-1]["answers"] == ["colour red", "size big"]
    assert got[-1]["params"]["data"]["event"] == "completed"


def test_the_tree_of_agents(api: Api) -> None:
    thread_id, run_id = started(api, "family", {"messages": [{"role": "user", "content": "hi"}]})
    events(api, thread_id)
    tree = command(api, thread_id, "agent.getTree")["result"]["tree"]
    assert (tree["namespace"], tree["status"], tree["graph_name"]) == ([], "completed", "family")
    assert tree["metadata"] == {"run_id": run_id}
    (child,) = tree["children"]
    assert (child["graph_name"], child["status"], child["children"]) == ("child", "completed", [])


def test_the_state_its_checkpoints_and_another_branch(api: Api) -> None:
    thread_id, _run = started(api, "adder", {"left": 1, "right": 2})
    events(api, thread_id)
    state = command(api, thread_id, "state.get", namespace=[], keys=["total"])["result"]
    assert state["values"] == {"total": 3}
    checkpoints = command(api, thread_id, "state.listCheckpoints", limit=5)["result"]["checkpoints"]
    assert checkpoints[0]["id"] == state["checkpoint"]["id"]
    assert [one["step"] for one in checkpoints] == [1, 0, -1]
    forked = command(api, thread_id, "state.fork", checkpoint_id=checkpoints[1]["id"], input={"left": 5, "right": 5})
    got = events(api, thread_id, since=forked["meta"]["applied_through_seq"])
    assert [event["params"]["data"] for event in got if event["method"] == "values"][-1]["total"] == 10


def test_a_quiet_thread_has_a_heartbeat(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "HEARTBEAT_SECONDS", 0.05)
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    body = {"channels": ["values"]}
    with api.http.stream("POST", f"{api.url}/threads/{thread_id}/stream/events", json=body) as answer:
        assert next(answer.iter_lines()) == ": heartbeat"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("bogus", {}, "unknown_command"),
        ("run.start", {}, "invalid_argument"),
        ("run.start", {"assistant_id": "no such graph"}, "invalid_argument"),
        ("run.start", {"assistant_id": str(uuid.uuid4())}, "unknown_error"),
        ("run.start", {"assistant_id": "adder", "config": 5}, "invalid_argument"),
        ("input.respond", {}, "invalid_argument"),
        ("input.respond", {"interrupt_id": "x", "responses": []}, "invalid_argument"),
        ("input.respond", {"interrupt_id": "x", "response": 1}, "no_such_run"),
        ("input.inject", {"namespace": [], "message": {}}, "not_supported"),
        ("subscription.subscribe", {"channels": ["values"]}, "not_supported"),
        ("agent.getTree", {}, "no_such_run"),
        ("state.get", {"namespace": ["child"]}, "no_such_namespace"),
        ("state.fork", {"checkpoint_id": "x"}, "no_such_run"),
    ],
)
def test_commands_that_are_refused(method: str, params: dict[str, Any], code: str, api: Api) -> None:
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    told = command(api, thread_id, method, **params)
    assert (told["type"], told["error"]) == ("error", code), told
    assert told["message"]


@pytest.mark.parametrize(
    "body", [{"method": "run.start"}, {"id": "1", "method": "run.start"}, {"id": 1}, {"id": 1, "method": 5}, [], "x"]
)
def test_what_is_no_command(body: Any, api: Api) -> None:
    answer = api.http.post(f"{api.url}/threads/{uuid.uuid4()}/commands", json=body)
    assert answer.status_code == 400
    assert (answer.json()["type"], answer.json()["id"], answer.json()["error"]) == ("error", None, "invalid_argument")


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"channels": []},
        {"channels": ["bogus"]},
        {"channels": ["custom:"]},
        {"channels": ["values"], "since": "x"},
        {"channels": ["values"], "since": -1},
        {"channels": ["values"], "depth": -1},
        {"channels": ["values"], "namespaces": ["child"]},
    ],
)
def test_streams_that_are_refused(wanted: Any, api: Api) -> None:
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    answer = api.post(f"/threads/{thread_id}/stream/events", wanted)
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


def test_threads_that_do_not_exist(api: Api) -> None:
    wanted = {"channels": ["values"]}
    assert api.post(f"/threads/{uuid.uuid4()}/stream/events", wanted).status_code == 404
    assert api.post("/threads/none/stream/events", wanted).status_code == 422
    assert api.post("/threads/none/commands", {"id": 1, "method": "run.start"}).status_code == 422
    told = command(api, str(uuid.uuid4()), "agent.getTree")
    assert told["error"] == "unknown_error"


def test_a_viewers_key_is_enough(api: Api) -> None:
    _key, secret = create_key(name="looks", role=Role.VIEWER, created_by=None)
    body = {"id": 1, "method": "run.start", "params": {"assistant_id": "adder", "input": {"left": 1}}}
    answer = httpx.post(
        f"{api.url}/threads/{uuid.uuid4()}/commands", json=body, headers={"X-Api-Key": secret}, timeout=20
    )
    assert answer.json()["type"] == "success"


def test_a_run_starts_with_the_version_that_it_names(api: Api) -> None:
    made = api.ok("POST", "/assistants", {"graph_id": "sees", "context": {"model": "one"}})
    api.ok("PATCH", f"/assistants/{made['assistant_id']}", {"context": {"model": "two"}})
    for version, model in ((None, "two"), (1, "one")):
        thread_id = str(uuid.uuid4())
        params = {"assistant_id": made["assistant_id"], "input": {}, "assistant_version": version}
        told = api.ok("POST", f"/threads/{thread_id}/commands", {"id": 1, "method": "run.start", "params": params})
        run = told["result"]["run_id"]
        assert api.ok("GET", f"/threads/{thread_id}/runs/{run}/join")["context"]["model"] == model
    params["assistant_version"] = 9
    told = api.ok("POST", f"/threads/{uuid.uuid4()}/commands", {"id": 1, "method": "run.start", "params": params})
    assert told["type"] == "error"
