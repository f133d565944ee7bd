"""The comparison in a browser: keys, folds, layout, links, and all of it without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Assistant, Person
from tests import make
from tests.browser.conftest import NARROW, OpenPage
from tests.browser.site import Site
from tests.browser.test_accessibility import check_page

pytestmark = pytest.mark.one_database

LINES = [f"Line {n} of the prompt." for n in range(40)]
OLD = "\n".join(LINES)
NEW = "\n".join([*LINES[:3], "A line put in.", *LINES[3:30], "Line 30 of the better prompt.", *LINES[31:]])


@pytest.fixture
def pair(site: Site, erin: Person) -> str:
    """The address of a comparison with four places to stop at: the model, two in the prompt, an item."""
    made = make.assistant(person=erin, settings={"system_prompt": OLD, "model": "small", "tags": ["a"]})
    make.version(made, person=erin, settings={"system_prompt": NEW, "model": "large", "tags": ["a", "b"]})
    return f"/assistants/{Assistant.objects.get(pk=made.pk).assistant_id}/compare/v1...v2/"


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText"))


def test_it_works(page: Page, pair: str) -> None:
    page.goto(pair)

    expect(page.get_by_role("heading", name="3 of 4 settings changed")).to_be_visible()
    prompt = page.get_by_role("region", name="System prompt")
    expect(prompt.get_by_text("A line put in.")).to_be_visible()
    expect(prompt.get_by_text("Line 15 of the prompt.").first).to_be_hidden()

    prompt.get_by_text("equal lines").first.click()

    expect(prompt.get_by_text("Line 15 of the prompt.").first).to_be_visible()


def test_keys_walk_through_the_changes(page: Page, pair: str) -> None:
    page.goto(pair)
    expect(page.locator("[data-at]")).to_have_text("4")
    seen = []
    for _stop in range(4):
        page.keyboard.press("n")
        seen.append(focused(page))

    assert "A line put in." in seen[0]
    assert "better" in seen[1]
    assert "large" in seen[2]
    assert "b" in seen[3]
    expect(page.locator("[data-at]")).to_have_text("4 / 4")
    expect(page.locator("[data-at-live]")).to_have_text("Change 4 of 4")

    page.keyboard.press("p")
    assert "large" in focused(page)
    page.get_by_role("button", name="Next change").click()
    page.get_by_role("button", name="Next change").click()
    assert "A line put in." in focused(page)


def test_the_layout_is_switched_in_place_and_in_the_address(page: Page, pair: str) -> None:
    page.goto(pair)
    cells = page.locator(".diff__row").filter(has_text="better").locator(".diff__cell")
    left, right = (cells.nth(n).bounding_box() for n in (0, 1))
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]

    page.keyboard.press("u")

    expect(page).to_have_url(re.compile(r"\?view=unified$"))
    above, below = (cells.nth(n).bounding_box() for n in (0, 1))
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]
    page.reload()
    expect(page.locator(".compare--unified")).to_be_visible()
    page.get_by_role("link", name="Side by side").click()
    expect(page).to_have_url(re.compile(r"/$"))


def test_under_900_pixels_it_is_unified(page: Page, pair: str) -> None:
    page.goto(pair)
    for width, beside in ((1440, True), (901, True), (899, False), (390, False)):
        page.set_viewport_size({"width": width, "height": 800})
        cells = page.locator(".diff__row").filter(has_text="better").locator(".diff__cell")
        old, new = (cells.nth(n).bounding_box() for n in (0, 1))
        assert old is not None
        assert new is not None
        assert (old["y"] == new["y"]) == beside, width


def test_single_keys_can_be_switched_off(page: Page, pair: str) -> None:
    page.goto(pair)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    dialog.get_by_label("Single keys").uncheck()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()

    page.keyboard.press("u")
    page.reload()
    page.keyboard.press("u")
    page.keyboard.press("?")

    expect(page).to_have_url(re.compile(r"/$"))
    expect(dialog).to_be_hidden()
    page.get_by_text("Options").click()
    page.get_by_role("button", name="Keyboard").click()
    dialog.get_by_label("Single keys").check()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"\?view=unified$"))


def test_keys_are_left_to_what_is_typed_into(page: Page, pair: str) -> None:
    page.goto(pair)
    page.get_by_label("Left side").focus()
    page.keyboard.press("u")

    expect(page).to_have_url(re.compile(r"/$"))


def test_a_permalink_opens_what_is_folded(page: Page, pair: str) -> None:
    page.goto(f"{pair}#/temperature")

    expect(page.locator("[id='/temperature']")).to_be_in_viewport()


def test_a_link_is_copied_with_numbers(page: Page, pair: str) -> None:
    page.goto(pair.replace("v2", "live"))
    page.get_by_text("Options").click()
    page.get_by_role("link", name="Copy link").click()

    assert str(page.evaluate("navigator.clipboard.readText()")).endswith(pair)


def test_marks_are_not_copied_and_text_is(page: Page, site: Site, erin: Person) -> None:
    made = make.assistant(person=erin, settings={"model": "a\u00a0b c"})
    make.version(made, person=erin, settings={"model": "a b  c"})
    page.goto(f"/assistants/{made.assistant_id}/compare/v1...v2/")

    assert page.locator(".diff-side--new .diff-value").inner_text() == "a b  c"
    assert page.locator(".diff-side--old .diff-value").inner_text() == "a\u00a0b c"


@pytest.mark.parametrize("javascript", [True, False])
def test_another_pair_is_picked(javascript: bool, open_page: OpenPage, erin: Person, pair: str) -> None:
    page = open_page(erin, javascript=javascript)
    page.goto(pair)
    page.get_by_label("Right side").select_option("1")
    page.get_by_role("button", name="Compare").click()

    expect(page).to_have_url(re.compile(r"v1\.\.\.v1/$"))
    expect(page.get_by_text("Both sides are the same version")).to_be_visible()


def test_without_javascript(open_page: OpenPage, erin: Person, pair: str) -> None:
    page = open_page(erin, NARROW, javascript=False)
    page.goto(pair)
    page.get_by_text("unchanged", exact=False).last.click()
    expect(page.get_by_text("Temperature")).to_be_visible()
    page.get_by_text("Options").click()
    page.get_by_role("link", name="Show all").click()
    expect(page).to_have_url(re.compile(r"space=all"))
    page.get_by_role("link", name="Raw JSON").click()
    expect(page.get_by_text('"model"').first).to_be_visible()
    page.get_by_role("link", name="Swap sides").click()
    expect(page).to_have_url(re.compile(r"v2\.\.\.v1/"))


@pytest.mark.parametrize("query", ["", "?tab=raw", "?view=unified&wrap=off&space=all"])
def test_every_view_is_accessible(query: str, page: Page, site: Site, erin: Person) -> None:
    made = make.assistant(person=erin, settings={"system_prompt": OLD, "tags": ["a", "b"], "x": {"y": "5"}, "z": 1})
    settings = {
        "system_prompt": NEW + "\u202e \t",
        "model": "m",
        "tags": ["b", "c"],
        "x": {"y": 5, "n": [{"name": "q"}]},
    }
    make.version(made, person=erin, settings=settings, name="Another name", note="What changed")

    page.goto(f"/assistants/{made.assistant_id}/compare/v1...v2/{query}")
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = !one.matches('.menu') })")

    check_page(page)
