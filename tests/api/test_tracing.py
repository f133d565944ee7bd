"""A request's place in a trace goes with the run that it asks for."""

from collections.abc import Iterator

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from assistants_app.models import Run


@pytest.fixture
def client(api_url: str, api_key: str) -> Iterator[SyncLangGraphClient]:
    with get_sync_client(url=api_url, api_key=api_key) as asking:
        yield asking


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("00-" + "a" * 32 + "-" + "b" * 16 + "-01", True), ("00-1-2-01", False), ("x" * 55, False)],
)
def test_it_works(client: SyncLangGraphClient, sent: str, kept: bool) -> None:
    client.runs.wait(client.threads.create()["thread_id"], "sees", input={}, headers={"traceparent": sent})
    assert Run.objects.get().options.get("traceparent") == (sent if kept else None)
