"""A real server, a real Chromium and signed-in pages: desktop, narrow, dark, without JavaScript.

    def test_it_works(page, site): page.goto("/assistants/")          # Erin, an editor, on a desktop
    def test_narrow(open_page, erin): open_page(erin, NARROW, dark=True)

A test fails when its page had an error in the console, broke the Content-Security-Policy or met an answer of 500
and above. When it fails, a picture of each of its pages is kept in the temporary folder; the report says where.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, ViewportSize, expect, sync_playwright
from pytest_django import DjangoDbBlocker, Settings

from assistants_app.models import Person
from tests.browser.site import Site
from tests.databases import data_key, note_missing

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 768, "height": 1024}
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 30_000
PICTURES = Path(tempfile.gettempdir()) / "assistants-test-pictures"

OpenPage = Callable[..., Page]


def find_chromium() -> str | None:
    """CHROMIUM, else the system's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        missing = "Chromium: no executable was found, nor named by CHROMIUM; the browser tests did not run"
        note_missing(request.config, missing)
        pytest.skip(missing)
    # Playwright keeps an event loop running in this thread, which Django takes for async code of ours.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def _served_site(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    folder = request.config.stash[data_key] / "site"
    folder.mkdir()
    with django_db_blocker.unblock(), Site(folder) as site:
        yield site


@pytest.fixture
def site(_served_site: Site, transactional_db: None) -> Iterator[Site]:
    """The running site, on an empty database that the test fills through `tests.make`."""
    _served_site.put_back_its_worker()
    yield _served_site
    _served_site.remember_its_worker()


@pytest.fixture
def mailing_site(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Site]:
    """A site of its own that can send letters, though nobody takes them: the test reads them before they are sent."""
    own = Site(tmp_path)
    settings.EMAIL_HOST, settings.SITE_URL = "127.0.0.1", own.url
    monkeypatch.setenv("EMAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("EMAIL_PORT", "1")
    monkeypatch.setenv("ASSISTANTS_URL", own.url)
    with own:
        yield own


@pytest.fixture
def open_page(request: pytest.FixtureRequest, chromium: Browser, site: Site, failures: list[str]) -> Iterator[OpenPage]:
    """`open_page(person, viewport, dark=…, javascript=…, bypass_csp=…)`: a page signed in as that person, or nobody."""
    pages: list[Page] = []

    def opened(
        person: Person | None = None,
        viewport: ViewportSize = DESKTOP,
        *,
        dark: bool = False,
        javascript: bool = True,
        bypass_csp: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport=viewport,
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            bypass_csp=bypass_csp,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        if person is not None:
            client = Client()
            client.force_login(person)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site.url}])
        page = context.new_page()
        _watch(page, failures)
        pages.append(page)
        return page

    yield opened
    if request.node.stash.get(failed_key, False):
        _keep_pictures(request.node, pages, site)
    for page in pages:
        page.context.close()
    assert not failures, "\n".join(failures)


@pytest.fixture
def failures() -> list[str]:
    """What went wrong in the browser; a test that provokes it clears it."""
    return []


@pytest.fixture
def page(open_page: OpenPage, erin: Person) -> Page:
    """Erin, an editor, on a desktop."""
    return open_page(erin)


def _watch(page: Page, failures: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        # Chromium reports every answer of 400 and above here; what a test provokes on purpose is its own business.
        if message.type == "error" and "Failed to load resource" not in message.text:
            failures.append(f"console: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 500:
            failures.append(f"{response.status}: {response.request.method} {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: failures.append(f"script: {error}"))
    page.on("response", on_response)


failed_key = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[failed_key] = True
    return report


def _keep_pictures(item: pytest.Item, pages: list[Page], site: Site) -> None:
    PICTURES.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", item.nodeid).strip("-")
    for number, page in enumerate(pages, start=1):
        path = PICTURES / f"{name}-{number}.png"
        page.screenshot(path=path)
        item.add_report_section("teardown", "picture", f"{page.url}: {path}")
    item.add_report_section("teardown", "server log", site.log.read_text()[-4000:])
