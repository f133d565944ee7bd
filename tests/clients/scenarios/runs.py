"""Runs, crons and the store."""

from typing import Any
from uuid import uuid4

from tests.clients.faces import Faced
from tests.clients.scenarios.registry import exercises, human, last_text, parts


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


@exercises("threads.join_stream")
async def threads_are_listened_to(client: Faced) -> None:
    thread = await client.threads.create()
    run = await client.runs.create(thread["thread_id"], "writer", input=human("Hello"), stream_mode="updates")
    heard = []
    async for part in client.threads.join_stream(thread["thread_id"], last_event_id="-1"):
        heard.append(part)
        if part.event == "metadata" and part.data.get("status") == "run_done":
            break
    assert heard[-1].data["run_id"] == run["run_id"]
    assert "updates" in {part.event for part in heard}


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
