"""Crons through the API: created, found, read, changed, deleted; and that they come."""

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from langgraph_sdk import get_client, get_sync_client

from assistants_app.models import Cron, Role, Run, Thread
from assistants_app.models.assistants import system_assistant_id
from assistants_app.services.keys import create_key
from tests.api.asking import Api

WRITER = str(system_assistant_id("writer"))
SAID = {"messages": [{"role": "user", "content": "tick"}]}


def until(true: Callable[[], Any], seconds: float = 15) -> Any:
    """What a condition gives once it holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about")


def make_due(cron_id: str) -> None:
    """As if its minute had come; saving it tells the schedule."""
    cron = Cron.objects.get(cron_id=cron_id)
    cron.next_run_date = timezone.now() - timedelta(seconds=1)
    cron.save()


def test_it_works(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        made: Any = client.crons.create("writer", schedule="* * * * *", input=SAID, metadata={"team": "x"})
        cron_id = made["cron_id"]
        assert made == {
            "cron_id": cron_id,
            "assistant_id": WRITER,
            "thread_id": None,
            "user_id": made["user_id"],
            "end_time": None,
            "schedule": "* * * * *",
            "timezone": None,
            "payload": {
                "assistant_id": WRITER,
                "schedule": "* * * * *",
                "input": SAID,
                "metadata": {"team": "x"},
                "config": {"configurable": {"cron_id": cron_id}},
            },
            "next_run_date": made["next_run_date"],
            "metadata": {"team": "x"},
            "on_run_completed": "delete",
            "enabled": True,
            "problem": None,
            "created_at": made["created_at"],
            "updated_at": made["updated_at"],
        }
        ahead = datetime.fromisoformat(made["next_run_date"]) - datetime.fromisoformat(made["created_at"])
        assert timedelta() < ahead <= timedelta(minutes=1)
        assert client.crons.search(assistant_id="writer") == [made]
        assert client.crons.count(metadata={"team": "x"}) == 1

        changed = client.crons.update(cron_id, enabled=False)
        assert (changed["enabled"], changed["next_run_date"]) == (False, None)
        client.crons.delete(cron_id)
        assert client.crons.search() == []
        assert client.crons.count() == 0


def test_one_that_will_not_run_says_why_until_it_is_mended(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        made: Any = client.crons.create("writer", schedule="0 9 * * *", timezone="Europe/Berlin", input=SAID)
        Cron.objects.update(timezone="Mars/Olympus")
        found: Any = client.crons.search()[0]
        assert (found["enabled"], found["problem"]) == (True, '"Mars/Olympus" is no IANA time zone.')
        mended: Any = client.crons.update(made["cron_id"], timezone="Europe/Berlin")
        assert (mended["next_run_date"], mended["problem"]) == (made["next_run_date"], None)


def test_the_async_client_sends_every_field(api_url: str, api_key: str) -> None:
    end = datetime(2099, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    fields: dict[str, Any] = {
        "schedule": "0 9 * * mon-fri",
        "input": SAID,
        "metadata": {"name": "mine"},
        "context": {"temperature": 0.1},
        "config": {"tags": ["night"], "recursion_limit": 5},
        "interrupt_before": ["write"],
        "interrupt_after": "*",
        "webhook": "https://example.com/hook",
        "end_time": end,
        "enabled": True,
        "timezone": ZoneInfo("Europe/Berlin"),
        "stream_mode": ["values", "updates"],
        "stream_subgraphs": True,
        "stream_resumable": True,
        "durability": "sync",
    }

    async def use() -> None:
        async with get_client(url=api_url, api_key=api_key) as client:
            thread = await client.threads.create()
            on_thread: Any = await client.crons.create_for_thread(
                thread["thread_id"], "writer", multitask_strategy="interrupt", **fields
            )
            alone: Any = await client.crons.create(
                WRITER, on_run_completed="keep", multitask_strategy="enqueue", **fields
            )
            assert (on_thread["thread_id"], on_thread["on_run_completed"]) == (thread["thread_id"], None)
            assert (alone["thread_id"], alone["on_run_completed"]) == (None, "keep")
            for cron, strategy in ((on_thread, "interrupt"), (alone, "enqueue")):
                assert cron["timezone"] == "Europe/Berlin"
                assert datetime.fromisoformat(cron["end_time"]) == end
                assert datetime.fromisoformat(cron["next_run_date"]).astimezone(ZoneInfo("Europe/Berlin")).hour == 9
                config = {**fields["config"], "configurable": {"cron_id": cron["cron_id"]}}
                kept = {key: value for key, value in fields.items() if key not in ("end_time", "enabled", "timezone")}
                expected = {"assistant_id": WRITER, "multitask_strategy": strategy, **kept, "config": config}
                assert cron["payload"] == expected

            assert await client.crons.search(thread_id=thread["thread_id"]) == [on_thread]
            assert await client.crons.count(thread_id=thread["thread_id"], assistant_id=WRITER) == 1
            oldest = await client.crons.search(sort_by="created_at", sort_order="asc", select=["cron_id"], limit=1)
            assert oldest == [{"cron_id": on_thread["cron_id"]}]
            rest = await client.crons.search(sort_by="assistant_id", limit=1, offset=1, enabled=True)
            assert len(rest) == 1

            updated = await client.crons.update(
                alone["cron_id"],
                schedule="30 10 * * *",
                timezone="America/New_York",
                end_time=None,
                metadata={"more": 1},
                input={"messages": []},
                on_run_completed="delete",
                webhook="https://example.com/other",
            )
            assert updated["end_time"] is None
            assert updated["metadata"] == {"name": "mine", "more": 1}
            assert updated["payload"]["schedule"] == "30 10 * * *"
            assert updated["payload"]["input"] == {"messages": []}
            assert updated["payload"]["context"] == {"temperature": 0.1}
            come = datetime.fromisoformat(str(updated["next_run_date"])).astimezone(ZoneInfo("America/New_York"))
            assert (come.hour, come.minute) == (10, 30)

    asyncio.run(use())


def test_it_comes_and_its_thread_goes(api: Api) -> None:
    made = api.ok("POST", "/runs/crons", {"assistant_id": "writer", "schedule": "0 0 1 1 *", "input": SAID})
    before = Thread.objects.count()
    make_due(made["cron_id"])
    moved = until(lambda: Cron.objects.filter(cron_id=made["cron_id"], next_run_date__gt=timezone.now()).first())
    assert moved.next_run_date == datetime(timezone.now().year + 1, 1, 1, tzinfo=UTC)
    until(lambda: Thread.objects.count() == before and not Run.objects.exists())


def test_a_kept_thread_holds_what_was_said_and_whose_it_is(api: Api) -> None:
    body = {
        "assistant_id": "writer",
        "schedule": "0 0 1 1 *",
        "input": SAID,
        "on_run_completed": "keep",
        "metadata": {"owner": "ann"},
        "context": {"system_prompt": "Morning."},
    }
    made = api.ok("POST", "/runs/crons", body)
    make_due(made["cron_id"])
    run = until(lambda: Run.objects.filter(status=Run.Status.SUCCESS).first())
    assert run.author == "API key tests"
    assert run.metadata["owner"] == "ann"
    [thread] = api.ok("POST", "/threads/search", {"metadata": {"owner": "ann"}})
    assert thread["values"]["messages"][-1]["content"] == "Morning. You said: tick"


def test_a_cron_on_a_thread_goes_on_with_it(api: Api) -> None:
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    body = {"assistant_id": "writer", "schedule": "0 0 1 1 *", "input": SAID}
    made = api.ok("POST", f"/threads/{thread_id}/runs/crons", body)
    for times in (1, 2):
        make_due(made["cron_id"])
        until(lambda times=times: Run.objects.filter(thread_id=thread_id, status="success").count() == times)
    assert len(api.ok("GET", f"/threads/{thread_id}")["values"]["messages"]) == 4


def test_the_graph_is_told_which_cron_it_runs_for(api: Api) -> None:
    body = {"assistant_id": "telling", "schedule": "0 0 1 1 *", "input": {"tags": []}, "on_run_completed": "keep"}
    made = api.ok("POST", "/runs/crons", body)
    make_due(made["cron_id"])
    run = until(lambda: Run.objects.filter(status=Run.Status.SUCCESS).first())
    assert run.config["configurable"] == {"cron_id": made["cron_id"]}
    assert "cron_id" not in run.context


BAD: dict[str, dict[str, Any]] = {
    "no schedule": {"schedule": "bad"},
    "six fields": {"schedule": "* * * * * *"},
    "an alias": {"schedule": "@daily"},
    "a day that never comes": {"schedule": "0 0 30 2 *"},
    "out of range": {"schedule": "61 * * * *"},
    "by lot": {"schedule": "R * * * *"},
    "too long": {"schedule": ",".join(["1"] * 200) + " * * * *"},
    "a number": {"schedule": 5},
    "no place": {"timezone": "Mars/Olympus"},
    "a path": {"timezone": "../../etc/passwd"},
    "no time": {"end_time": "soon"},
    "a time out of the calendar": {"end_time": "9999-12-31T23:59:59-12:00"},
    "an unknown graph": {"assistant_id": "nobody"},
    "a wrong strategy": {"multitask_strategy": "hope"},
    "a wrong end": {"on_run_completed": "burn"},
    "a list as metadata": {"metadata": []},
    "a webhook that calls this machine": {"webhook": "http://127.0.0.1:1/"},
    "a webhook that is no address": {"webhook": "file:///etc/passwd"},
    "NUL": {"input": "\u0000"},
}


@pytest.mark.parametrize("wrong", BAD.values(), ids=BAD.keys())
def test_what_cannot_come_is_refused(wrong: dict[str, Any], api: Api) -> None:
    body: dict[str, Any] = {"assistant_id": "writer", "schedule": "0 9 * * *", "input": {}}
    answer = api.post("/runs/crons", body | wrong)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    made = api.ok("POST", "/runs/crons", body)
    if "assistant_id" not in wrong:
        assert api.patch(f"/runs/crons/{made['cron_id']}", wrong).status_code == 422
        assert api.ok("GET", f"/runs/crons/{made['cron_id']}") == made


def test_settings_come_as_context_or_configurable_not_as_both(api: Api) -> None:
    body = {"assistant_id": "writer", "schedule": "0 9 * * *"}
    both = {"config": {"configurable": {"temperature": 1}}, "context": {"temperature": 1}}
    assert api.post("/runs/crons", body | both).status_code == 400
    made = api.ok("POST", "/runs/crons", body | {"context": {"temperature": 1}})
    assert api.patch(f"/runs/crons/{made['cron_id']}", {"config": both["config"]}).status_code == 400
    assert api.patch(f"/runs/crons/{made['cron_id']}", {"config": {"tags": ["a"]}}).status_code == 200


def test_what_is_not_there_is_not_found(api: Api) -> None:
    gone = uuid.uuid4()
    body = {"assistant_id": "writer", "schedule": "0 9 * * *"}
    assert api.get(f"/runs/crons/{gone}").status_code == 404
    assert api.patch(f"/runs/crons/{gone}", {}).status_code == 404
    assert api.delete(f"/runs/crons/{gone}").status_code == 404
    assert api.post(f"/threads/{gone}/runs/crons", body).status_code == 404
    assert api.post("/runs/crons", body | {"assistant_id": str(gone)}).status_code == 404
    assert api.get("/runs/crons/nope").status_code == 422
    assert api.post("/threads/nope/runs/crons", body).status_code == 422
    assert api.post("/runs/crons/search", {"assistant_id": "nope"}).status_code == 422


def test_a_viewer_reads_and_changes_nothing(api: Api) -> None:
    _key, secret = create_key(name="looks", role=Role.VIEWER, created_by=None)
    made = api.ok("POST", "/runs/crons", {"assistant_id": "writer", "schedule": "0 9 * * *"})
    with Api(api.url, secret) as viewer:
        assert viewer.ok("GET", f"/runs/crons/{made['cron_id']}") == made
        assert viewer.post("/runs/crons", {"assistant_id": "writer", "schedule": "0 9 * * *"}).status_code == 403
        assert viewer.patch(f"/runs/crons/{made['cron_id']}", {}).status_code == 403
        assert viewer.delete(f"/runs/crons/{made['cron_id']}").status_code == 403


def test_an_end_that_has_passed_makes_no_next_time(api: Api) -> None:
    body = {"assistant_id": "writer", "schedule": "0 9 * * *", "end_time": "2020-01-01T00:00:00"}
    made = api.ok("POST", "/runs/crons", body)
    assert (made["next_run_date"], made["end_time"]) == (None, "2020-01-01T00:00:00+00:00")
    assert api.ok("PATCH", f"/runs/crons/{made['cron_id']}", {"end_time": None})["next_run_date"] is not None
