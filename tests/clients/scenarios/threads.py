"""Assistants and threads."""

from uuid import uuid4

from tests.clients.faces import Faced
from tests.clients.scenarios.registry import exercises, human, last_text


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
