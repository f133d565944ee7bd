"""A server is told to stop while a run goes on: who listens, or waits, is cut off, asks again, and misses nothing."""

import signal
import threading
from typing import Any

import pytest
from langgraph_sdk.client import SyncLangGraphClient

from tests.faults.conftest import Place
from tests.faults.front import front
from tests.faults.test_embedded import _until

STEPS = 40


def _listen(client: SyncLangGraphClient, thread_id: str, heard: list[Any], on_disconnect: Any) -> None:
    given = {"steps": STEPS, "seconds": 0.1}
    stream = client.runs.stream(
        thread_id,
        "walks",
        input=given,
        stream_mode=["custom", "values"],
        stream_resumable=True,
        on_disconnect=on_disconnect,
    )
    for part in stream:
        heard.append(part)


@pytest.mark.parametrize("on_disconnect", ["continue", "cancel"])
def test_who_listens_goes_on_at_the_next_start(place: Place, on_disconnect: str) -> None:
    """Even if its run was to end when it leaves: it did not leave."""
    with front() as door:
        client = place.client(door)
        heard: list[Any] = []
        with place.serve() as site:
            door.lead_to(site.url)
            thread_id = client.threads.create()["thread_id"]
            listening = threading.Thread(target=_listen, args=(client, thread_id, heard, on_disconnect), daemon=True)
            listening.start()
            _until(lambda: len(heard) > 8)
            door.lead_to()
            site.stop(signal.SIGTERM)
            assert "Traceback" not in site.said
            assert "without completing" not in site.said
            assert listening.is_alive()
        with place.serve() as site:
            door.lead_to(site.url)
            listening.join(90)
            assert not listening.is_alive()
            (run,) = client.runs.list(thread_id)
    assert run["status"] == "success"
    numbers = [int(part.id) for part in heard]
    assert numbers == sorted(set(numbers))
    assert heard[-1].data["walked"] == list(range(STEPS))


@pytest.mark.filterwarnings("ignore:Request failed, attempting reconnect")
def test_who_waits_is_answered_at_the_next_start(place: Place) -> None:
    with front() as door:
        client = place.client(door)
        answers: list[Any] = []
        with place.serve() as site:
            door.lead_to(site.url)
            thread_id = client.threads.create()["thread_id"]
            given = {"steps": STEPS, "seconds": 0.1}
            wait = lambda: answers.append(client.runs.wait(thread_id, "walks", input=given))  # noqa: E731
            waiting = threading.Thread(target=wait, daemon=True)
            waiting.start()
            _until(lambda: client.runs.list(thread_id, status="running"))
            door.lead_to()
            site.stop(signal.SIGTERM)
        with place.serve() as site:
            door.lead_to(site.url)
            waiting.join(90)
    assert answers[0]["walked"] == list(range(STEPS))
