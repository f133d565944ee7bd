"""The official React hook, `useStream`, in a page of somebody else's, on another origin."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from assistants_app.models import Role
from assistants_app.services.keys import create_key
from assistants_app.services.site import prepare_site
from tests.browser.conftest import OpenPage
from tests.browser.site import Site
from tests.clients.node import packages, react_page

__all__ = ["packages", "react_page"]

PAGE = """<!doctype html><meta charset="utf-8"><title>Somebody's own page</title>
<div id="root"></div><script>window.settings = {settings}</script><script src="page.js"></script>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_said: Any) -> None:
        pass


@pytest.fixture
def elsewhere(react_page: Path) -> Iterator[str]:
    """The address of another site, which serves the page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(react_page.parent)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def write_page(folder: Path, site: Site, graph_id: str) -> None:
    key = create_key(name="react", role=Role.VIEWER, created_by=None)[1]
    settings = {"apiUrl": f"{site.url}/api", "apiKey": key, "assistantId": graph_id}
    (folder / "index.html").write_text(PAGE.replace("{settings}", json.dumps(settings)))


def test_it_works(open_page: OpenPage, site: Site, elsewhere: str, react_page: Path) -> None:
    prepare_site()
    write_page(react_page.parent, site, "echo")
    page = open_page(None)
    page.goto(elsewhere)
    for text in ("Hello", "And again"):
        page.get_by_label("Message").fill(text)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("li.ai").last).to_contain_text(text)
        expect(page.locator("output")).to_have_text("idle")
    expect(page.locator("li")).to_have_count(4)


def test_an_interrupt_is_answered(open_page: OpenPage, site: Site, elsewhere: str, react_page: Path) -> None:
    prepare_site()
    write_page(react_page.parent, site, "approval")
    page = open_page(None)
    page.goto(elsewhere)
    page.get_by_label("Message").fill("Hello")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#question")).to_have_text("May I?")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("li.ai").last).to_have_text("You answered: yes")
