"""What a serving process told that is killed at once: its listeners go on at its successor, with each event once."""

import signal

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import StreamPart

from tests.commands.served import Served
from tests.faults.conftest import Place

pytestmark = pytest.mark.asyncio(loop_scope="function")

STEPS = 30
MODES = ["custom", "values"]


def _client(site: Served) -> LangGraphClient:
    return get_client(url=f"{site.url}api", api_key="none")


async def _joined(
    client: LangGraphClient, thread_id: str, run_id: str, after: str = "-1", steps: int = 1_000
) -> list[StreamPart]:
    """What comes after an event, to the run's end or so many steps."""
    parts: list[StreamPart] = []
    async for part in client.runs.join_stream(thread_id, run_id, last_event_id=after):
        parts.append(part)
        if sum(one.event == "custom" for one in parts) > steps:
            break
    return parts


def _in_order(parts: list[StreamPart]) -> list[int]:
    """The steps of which they tell; no event came twice or out of its order."""
    ids = [int(part.id or 0) for part in parts]
    assert ids == sorted(set(ids))
    return [part.data["step"] for part in parts if part.event == "custom"]


async def test_killed_in_the_middle_and_after_the_end(place: Place) -> None:
    with place.serve() as site:
        async with _client(site) as client:
            thread_id = (await client.threads.create())["thread_id"]
            given = {"steps": STEPS, "seconds": 0.1}
            run = await client.runs.create(
                thread_id,
                "walks",
                input=given,
                stream_mode=MODES,
                stream_resumable=True,  # type: ignore[arg-type]
            )
            run_id = run["run_id"]
            heard = await _joined(client, thread_id, run_id, steps=5)
            _kill(site)
    early = heard[: len(heard) // 2]
    with place.serve() as site:
        async with _client(site) as client:
            last = str(heard[-1].id)
            whole = heard + await _joined(client, thread_id, run_id, last)
            steps = _in_order(whole)
            assert sorted(set(steps)) == list(range(STEPS))
            assert steps[:6] == list(range(6))
            assert [part.data["attempt"] for part in whole if part.event == "metadata"] == [1, 2]
            for known in ([], early):
                after = str(known[-1].id) if known else "-1"
                again = known + await _joined(client, thread_id, run_id, after)
                missed = {part.id for part in whole} - {part.id for part in again}
                assert missed <= {part.id for part in heard[-6:]}, "what was told in the last moments"
                assert [part for part in whole if part.id not in missed] == again
            ended = await _joined(client, thread_id, run_id)
            _kill(site)
    with place.serve() as site:
        async with _client(site) as client:
            assert await _joined(client, thread_id, run_id) == ended
            assert (await client.runs.get(thread_id, run_id))["status"] == "success"
            assert await _joined(client, thread_id, run_id, str(ended[-3].id)) == ended[-2:]
            await client.threads.delete(thread_id)
    assert "Traceback" not in site.said


def _kill(site: Served) -> None:
    site.process.send_signal(signal.SIGKILL)
    site.process.wait(10)
