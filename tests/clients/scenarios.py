"""What programs do with the official client: one small story for each of its methods.

`@exercises("threads.copy", …)` names the methods that a story must really have called.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from tests.clients.faces import Faced

Scenario = Callable[[Faced], Awaitable[None]]

SCENARIOS: dict[str, tuple[Scenario, frozenset[str]]] = {}


def exercises(*methods: str) -> Callable[[Scenario], Scenario]:
    def register(scenario: Scenario) -> Scenario:
        SCENARIOS[scenario.__name__] = (scenario, frozenset(methods))
        return scenario

    return register


def human(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


async def parts(stream: Any) -> list[tuple[str, Any]]:
    return [(part.event, part.data) async for part in stream]


def last_text(values: Any) -> str:
    return str(values["messages"][-1]["content"])


# -- assistants


@exercises("assistants.create", "assistants.get", "assistants.search", "assistants.count", "assistants.delete")
async def assistants_are_made_found_and_deleted(client: Faced) -> None:
    made = await client.assistants.create(
        "writer", context={"system_prompt": "Shout."}, metadata={"team": "x"}, name="Shouter", description="It shouts."
    )
    assert made["config"]["configurable"] == made["context"] == {"system_prompt": "Shout."}
    assert made["version"] == 1
    assert await client.assistants.get(made["assistant_id"]) == made
    again = await client.assistants.create(
        "writer", assistant_id=made["assistant_id"], if_exists="do_nothing", name="Other"
    )
    assert again == made
    assert await client.assistants.search(metadata={"team": "x"}) == [made]
    found = await client.assistants.search(
        graph_id="writer", name="shout", sort_by="name", sort_order="asc", select=["name"], response_format="object"
    )
    assert found == {"assistants": [{"name": "Shouter"}], "next": None}
    assert await client.assistants.count(metadata={"team": "x"}, graph_id="writer", name="Shouter") == 1
    await client.assistants.delete(made["assistant_id"], delete_threads=True)
    assert await client.assistants.search(metadata={"team": "x"}) == []


@exercises("assistants.update", "assistants.get_versions", "assistants.set_latest")
async def assistants_have_versions(client: Faced) -> None:
    made = await client.assistants.create("writer", context={"system_prompt": "One."}, metadata={"a": 1}, name="V")
    updated = await client.assistants.update(
        made["assistant_id"], context={"system_prompt": "Two."}, metadata={"b": 2}, name="V2", description="d"
    )
    assert (updated["version"], updated["metadata"], updated["name"]) == (2, {"a": 1, "b": 2}, "V2")
    versions = await client.assistants.get_versions(made["assistant_id"], limit=5)
    assert [one["version"] for one in versions] == [2, 1]
    back = await client.assistants.set_latest(made["assistant_id"], 1)
    assert (back["version"], back["context"], back["name"]) == (1, {"system_prompt": "One."}, "V")
    third = await client.assistants.update(made["assistant_id"], name="V3")
    assert third["version"] == 3


@exercises("assistants.get_graph", "assistants.get_schemas", "assistants.get_subgraphs")
async def assistants_tell_of_their_graph(client: Faced) -> None:
    [made] = await client.assistants.search(graph_id="nested", limit=1)
    graph = await client.assistants.get_graph(made["assistant_id"], xray=True)
    assert graph["nodes"]
    assert graph["edges"]
    schemas = await client.assistants.get_schemas(made["assistant_id"])
    assert schemas["graph_id"] == "nested"
    assert {"input_schema", "output_schema", "state_schema", "config_schema", "context_schema"} <= set(schemas)
    assert await client.assistants.get_subgraphs(made["assistant_id"], recurse=True)


# -- threads


@exercises("threads.create", "threads.get", "threads.update", "threads.search", "threads.count", "threads.delete")
async def threads_are_made_found_and_deleted(client: Faced) -> None:
    mark = str(uuid4())
    made = await client.threads.create(metadata={"mark": mark}, ttl=60)
    assert made["status"] == "idle"
    assert (await client.threads.get(made["thread_id"]))["metadata"] == {"mark": mark}
    assert (await client.threads.get(made["thread_id"], include=["ttl"]))["thread_id"] == made["thread_id"]
    updated = await client.threads.update(made["thread_id"], metadata={"more": [1]})
    assert updated["metadata"] == {"mark": mark, "more": [1]}
    found = await client.threads.search(
        metadata={"mark": mark}, status="idle", sort_by="created_at", sort_order="asc", select=["thread_id"]
    )
    assert found == [{"thread_id": made["thread_id"]}]
    assert await client.threads.search(ids=[made["thread_id"]], limit=1, offset=1) == []
    assert await client.threads.count(metadata={"mark": mark}, status="idle") == 1
    await client.threads.delete(made["thread_id"])
    assert await client.threads.count(metadata={"mark": mark}) == 0


@exercises("threads.get_state", "threads.update_state", "threads.get_history", "threads.copy")
async def threads_have_state(client: Faced) -> None:
    thread = await client.threads.create()
    await client.runs.wait(thread["thread_id"], "writer", input=human("Hello"))
    state = await client.threads.get_state(thread["thread_id"])
    assert last_text(state["values"]) == "Be brief. You said: Hello"
    assert state["next"] == []
    updated = await client.threads.update_state(
        thread["thread_id"], {"messages": [{"role": "user", "content": "By hand"}]}, as_node="write"
    )
    at = await client.threads.get_state(thread["thread_id"], checkpoint=updated["checkpoint"], subgraphs=True)
    assert last_text(at["values"]) == "By hand"
    first = await client.threads.get_state(thread["thread_id"], checkpoint_id=state["checkpoint"]["checkpoint_id"])
    assert last_text(first["values"]) == "Be brief. You said: Hello"
    history = await client.threads.get_history(thread["thread_id"], limit=10)
    assert [one["metadata"]["source"] for one in history] == ["update", "loop", "loop", "input"]
    before = await client.threads.get_history(thread["thread_id"], before=history[1]["checkpoint"], limit=1)
    assert before[0]["checkpoint_id"] == history[2]["checkpoint_id"]
    assert len(await client.threads.get_history(thread["thread_id"], metadata={"source": "update"})) == 1
    copied = await client.threads.copy(thread["thread_id"])
    assert copied["thread_id"] != thread["thread_id"]
    assert last_text((await client.threads.get_state(copied["thread_id"]))["values"]) == "By hand"
    [found] = await client.threads.search(
        values={"messages": [{"content": "By hand"}]},
        ids=[copied["thread_id"]],
        extract={"last": "values.messages[-1]"},
    )
    assert found["extracted"]["last"]["content"] == "By hand"


@exercises("threads.create")
async def threads_begin_with_supersteps(client: Faced) -> None:
    seeded = await client.threads.create(
        graph_id="writer",
        supersteps=[{"updates": [{"values": human("Seed"), "as_node": "__input__"}]}],
    )
    state = await client.threads.get_state(seeded["thread_id"])
    assert state["next"] == ["__start__"]
    done = await client.runs.wait(seeded["thread_id"], "writer")
    assert last_text(done) == "Be brief. You said: Seed"


@exercises("threads.prune")
async def threads_are_pruned(client: Faced) -> None:
    keep, drop = await client.threads.create(), await client.threads.create()
    for _turn in range(2):
        await client.runs.wait(keep["thread_id"], "writer", input=human("Hello"))
    pruned = await client.threads.prune([keep["thread_id"]], strategy="keep_latest")
    assert pruned["pruned_count"] == 1
    assert len(await client.threads.get_history(keep["thread_id"])) == 1
    assert len((await client.threads.get_state(keep["thread_id"]))["values"]["messages"]) == 4
    await client.threads.prune([drop["thread_id"]])
    assert await client.threads.search(ids=[drop["thread_id"]]) == []


# -- runs


@exercises("runs.stream")
async def runs_stream_on_a_thread(client: Faced) -> None:
    thread = await client.threads.create()
    seen: list[Any] = []
    events = await parts(
        client.runs.stream(
            thread["thread_id"],
            "writer",
            input=human("Hello"),
            stream_mode=["values", "updates", "messages-tuple", "custom", "debug", "tasks", "checkpoints", "events"],
            context={"system_prompt": "Listen."},
            metadata={"m": 1},
            on_run_created=seen.append,
        )
    )
    names = [name for name, _data in events]
    assert names[0] == "metadata"
    assert {"values", "updates", "messages", "checkpoints", "tasks", "debug", "events"} <= set(names)
    assert seen[0]["run_id"] == events[0][1]["run_id"]
    assert seen[0]["thread_id"] == thread["thread_id"]
    assert last_text([data for name, data in events if name == "values"][-1]) == "Listen. You said: Hello"


@exercises("runs.stream", "runs.wait", "runs.create")
async def runs_need_no_thread(client: Faced) -> None:
    events = await parts(client.runs.stream(None, "writer", input=human("Hello"), stream_mode="values"))
    assert last_text(events[-1][1]) == "Be brief. You said: Hello"
    done = await client.runs.wait(None, "writer", input=human("Again"), config={"tags": ["t"], "recursion_limit": 9})
    assert last_text(done) == "Be brief. You said: Again"
    run = await client.runs.create(None, "writer", input=human("Later"), on_completion="keep")
    assert last_text(await client.runs.join(run["thread_id"], run["run_id"])) == "Be brief. You said: Later"


@exercises("runs.create", "runs.join", "runs.get", "runs.list", "runs.delete")
async def runs_go_on_in_the_background(client: Faced) -> None:
    thread = await client.threads.create()
    run = await client.runs.create(thread["thread_id"], "writer", input=human("Hello"), metadata={"m": 1})
    assert run["status"] == "pending"
    assert run["metadata"]["m"] == 1
    assert last_text(await client.runs.join(thread["thread_id"], run["run_id"])) == "Be brief. You said: Hello"
    assert (await client.runs.get(thread["thread_id"], run["run_id"]))["status"] == "success"
    listed = await client.runs.list(thread["thread_id"], limit=5, status="success", select=["run_id", "status"])
    assert listed == [{"run_id": run["run_id"], "status": "success"}]
    await client.runs.delete(thread["thread_id"], run["run_id"])
    assert await client.runs.list(thread["thread_id"]) == []


@exercises("runs.create_batch")
async def runs_come_in_batches(client: Faced) -> None:
    runs = await client.runs.create_batch(
        [{"assistant_id": "writer", "input": human(text), "on_completion": "keep"} for text in ("a", "b")]
    )
    texts = [last_text(await client.runs.join(run["thread_id"], run["run_id"])) for run in runs]
    assert texts == ["Be brief. You said: a", "Be brief. You said: b"]


@exercises("runs.join_stream")
async def runs_are_joined_and_resumed(client: Faced) -> None:
    thread = await client.threads.create()
    run = await client.runs.create(
        thread["thread_id"], "writer", input=human("Hello"), stream_mode=["updates", "values"], stream_resumable=True
    )
    whole = [part async for part in client.runs.join_stream(thread["thread_id"], run["run_id"], last_event_id="-1")]
    assert whole[0].event == "metadata"
    ids = [part.id for part in whole]
    assert len(set(ids)) == len(ids)
    rest = [part async for part in client.runs.join_stream(thread["thread_id"], run["run_id"], last_event_id=ids[1])]
    assert [part.id for part in rest] == ids[2:]
    updates = client.runs.join_stream(thread["thread_id"], run["run_id"], stream_mode="updates", last_event_id="-1")
    assert {part.event async for part in updates} == {"updates"}


@exercises("runs.cancel", "runs.cancel_many")
async def runs_are_cancelled(client: Faced) -> None:
    thread = await client.threads.create()
    run = await client.runs.create(thread["thread_id"], "slow", input=human("Wait"))
    await client.runs.cancel(thread["thread_id"], run["run_id"], wait=True)
    assert (await client.runs.get(thread["thread_id"], run["run_id"]))["status"] == "interrupted"
    more = [await client.runs.create(thread["thread_id"], "slow", input=human("Wait")) for _one in range(2)]
    await client.runs.cancel_many(thread_id=thread["thread_id"], run_ids=[one["run_id"] for one in more])
    for one in more:
        await client.runs.join(thread["thread_id"], one["run_id"])
    assert {one["status"] for one in await client.runs.list(thread["thread_id"])} == {"interrupted"}


@exercises("runs.wait", "runs.stream")
async def runs_wait_for_humans(client: Faced) -> None:
    thread = await client.threads.create()
    asked = await client.runs.wait(thread["thread_id"], "approval", input=human("Hello"))
    [question] = asked["__interrupt__"]
    assert question["value"] == {"question": "May I?"}
    now = await client.threads.get(thread["thread_id"])
    assert now["status"] == "interrupted"
    assert [one["id"] for each in now["interrupts"].values() for one in each] == [question["id"]]
    events = await parts(
        client.runs.stream(
            thread["thread_id"], "approval", command={"resume": {question["id"]: "yes"}}, stream_mode="updates"
        )
    )
    assert events[-1][1]["ask"]["messages"][-1]["content"] == "You answered: yes"
    assert (await client.threads.get(thread["thread_id"]))["status"] == "idle"


@exercises("runs.stream")
async def subgraphs_stream_too(client: Faced) -> None:
    events = await parts(
        client.runs.stream(None, "nested", input=human("Hello"), stream_mode="updates", stream_subgraphs=True)
    )
    assert any(name.startswith("updates|") for name, _data in events)


# -- crons


@exercises("crons.create", "crons.create_for_thread", "crons.search", "crons.count", "crons.update", "crons.delete")
async def crons_are_kept(client: Faced) -> None:
    thread = await client.threads.create()
    alone = await client.crons.create(
        "writer", schedule="0 9 * * 1-5", timezone="Europe/Berlin", input=human("Morning"), metadata={"c": 1}
    )
    on = await client.crons.create_for_thread(thread["thread_id"], "writer", schedule="*/5 * * * *", input=human("x"))
    assert on["thread_id"] == thread["thread_id"]
    assert alone["next_run_date"]
    assert [one["cron_id"] for one in await client.crons.search(thread_id=thread["thread_id"])] == [on["cron_id"]]
    assert await client.crons.count(metadata={"c": 1}) == 1
    changed = await client.crons.update(alone["cron_id"], schedule="0 10 * * *", enabled=False)
    assert (changed["schedule"], changed["enabled"]) == ("0 10 * * *", False)
    await client.crons.delete(alone["cron_id"])
    await client.crons.delete(on["cron_id"])
    assert await client.crons.count(thread_id=thread["thread_id"]) == 0


# -- store


@exercises("store.put_item", "store.get_item", "store.search_items", "store.list_namespaces", "store.delete_item")
async def the_store_remembers(client: Faced) -> None:
    space = ["people", str(uuid4())]
    await client.store.put_item(space, key="k", value={"likes": "tea"}, ttl=60)
    item = await client.store.get_item(space, key="k", refresh_ttl=True)
    assert (item["value"], item["namespace"]) == ({"likes": "tea"}, space)
    found = await client.store.search_items(space, filter={"likes": "tea"}, limit=3)
    assert [one["key"] for one in found["items"]] == ["k"]
    spaces = await client.store.list_namespaces(prefix=["people"], max_depth=2)
    assert space in spaces["namespaces"]
    await client.store.delete_item(space, key="k")
    assert (await client.store.search_items(space))["items"] == []
