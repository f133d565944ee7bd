"""Every page, wide and narrow, light and dark, in both languages and from right to left: axe finds no WCAG 2.2 A or AA
violation, nothing scrolls sideways."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page

from assistants_app.models import Person
from tests.addresses import addresses, example_parts, routes
from tests.browser.conftest import DESKTOP, NARROW, OpenPage

pytestmark = pytest.mark.one_database

AXE = Axe().axe_script
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "resultTypes": ["violations"],  # else all that holds is written down too, which takes as long as judging it
}

END_TRANSITIONS = """async () => {
    for (let still = 0, round = 0; still < 2 && round < 50; round++) {
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        const moving = document.getAnimations().filter(one => one instanceof CSSTransition);
        moving.forEach(one => one.finish());
        still = moving.length ? 0 : still + 1;
    }
}"""
"""Colours that are on their way from light to dark have no contrast. Where one ends, those that inherit it set out."""


def violations(page: Page) -> list[str]:
    """What axe objects to, with the elements it means. In a window as tall as the page: what a bar at its end covers is
    not out of reach, for it is scrolled to."""
    window = page.viewport_size or DESKTOP
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": window["width"], "height": max(window["height"], height)})
    if not page.evaluate("'axe' in window"):  # half a megabyte, which is read once per document
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("async rules => (await axe.run(document, rules)).violations", RULES)
    page.set_viewport_size(window)
    return [
        f"{violation['id']}: {violation['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]


def check_page(page: Page) -> None:
    """Asserts that the page as it stands is accessible at both widths in both colour schemes."""
    for viewport in (DESKTOP, NARROW):
        page.set_viewport_size(viewport)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(END_TRANSITIONS)
            assert not (found := violations(page)), f"{viewport['width']} px, {scheme}:\n" + "\n".join(found)
        check_width(page)


def check_width(page: Page) -> None:
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1], f"{widths[1]} px: the page scrolls sideways"


def check_other_ways(page: Page) -> None:
    """Asserts the same of the page in German, whose words are longer, and from right to left, on a phone."""
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "de", "url": page.url}])
    page.emulate_media(color_scheme="light")
    page.reload()
    assert page.locator("html").get_attribute("lang") == "de"
    assert not (found := violations(page)), "in German:\n" + "\n".join(found)
    check_width(page)
    page.evaluate("document.documentElement.dir = 'rtl'")
    check_width(page)


@pytest.mark.parametrize("name", [name for name, _parts in routes()])
def test_it_works(name: str, open_page: OpenPage, olga: Person) -> None:
    path = next(address.path for address in addresses(example_parts(olga)) if address.name == name)
    page = open_page(None if name.startswith("sign-in") else olga)
    answer = page.request.get(path)
    if answer.status == 405 or "<html" not in answer.text():
        return  # takes a POST only, or is data or a part of a page: there is nothing to look at
    page.goto(path)
    check_page(page)
    check_other_ways(page)
