"""Ctrl-C while a run goes on and somebody listens to it."""

import http.client
import json
import sqlite3
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.commands.browser import Browser
from tests.commands.served import Served

ENDLESS = """
import asyncio
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph

async def say(state: MessagesState):
    while True:
        get_stream_writer()("still here")
        await asyncio.sleep(0.1)

graph = StateGraph(MessagesState).add_node("say", say).add_edge(START, "say")
"""


def rows(folder: Path, query: str) -> list[Any]:
    database = sqlite3.connect(folder / ".assistants" / "assistants.sqlite3")
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def test_it_works(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(ENDLESS)
    (tmp_path / "langgraph.json").write_text(json.dumps({"graphs": {"agent": "./agent.py:graph"}}))
    with Served(folder=tmp_path) as site:
        browser = Browser(site)
        link = urlsplit(site.wait_for(r"(http://\S+/sign-in/link/\S+)")).path
        browser.post(link, browser.get(link))
        ((assistant,),) = rows(tmp_path, "select assistant_id from assistants_app_assistant")
        chat = f"/assistants/{uuid.UUID(assistant)}/test/"
        thread = browser.post(f"{chat}send/", browser.get(chat), message="hello", once=str(uuid.uuid4()))
        ((run,),) = rows(tmp_path, "select run_id from assistants_app_run")
        connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
        connection.request("GET", f"{thread}runs/{uuid.UUID(run)}/stream/", headers={"Cookie": browser.cookie})
        stream = connection.getresponse()
        assert stream.status == 200
        assert stream.read1(10)
        begin = time.monotonic()
        assert site.stop() == 0
        assert time.monotonic() - begin < 15
        with pytest.raises(http.client.IncompleteRead):  # there is more to come: who listens asks again
            stream.read()
        connection.close()
    assert "Traceback" not in site.said
    assert "ERROR" not in site.said
    assert rows(tmp_path, "select status, attempt from assistants_app_run") == [("pending", 2)], "handed over"
