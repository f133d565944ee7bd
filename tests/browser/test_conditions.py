"""Fields that depend on another one, in a real browser, with its script and without."""

from typing import Any

import pytest
from playwright.sync_api import expect

from assistants_app.models import Person
from tests.browser.conftest import OpenPage
from tests.browser.test_form import box, opened, save, saved

pytestmark = pytest.mark.one_database

ROW = {
    "type": "object",
    "title": "Step",
    "properties": {
        "loud": {"type": "boolean", "title": "Loud", "default": False},
        "volume": {
            "type": "integer",
            "title": "Volume",
            "x_oap_ui_config": {"visible_if": {"field": "loud", "value": True}},
        },
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "mode": {"enum": ["plain", "rich"], "title": "Mode", "default": "plain"},
        "colour": {
            "type": "string",
            "title": "Colour",
            "x_oap_ui_config": {"visible_if": {"field": "mode", "value": "rich"}},
        },
        "endless": {"type": "boolean", "title": "Endless", "default": False},
        "limit": {
            "type": "integer",
            "title": "Limit",
            "x_oap_ui_config": {"disabled_when": {"field": "endless", "value": True}},
        },
        "words": {
            "type": "array",
            "title": "Words",
            "items": {"type": "string"},
            "x_oap_ui_config": {"disabled_when": {"field": "endless", "value": True}},
        },
        "steps": {"type": "array", "title": "Steps", "items": ROW},
    },
    "required": ["colour"],
}
SETTINGS = {"mode": "plain", "endless": False, "limit": 5, "words": ["one"]}


def test_with_the_script_fields_follow_what_is_typed(open_page: OpenPage, erin: Person) -> None:
    page = open_page(erin)
    assistant = opened(page, SETTINGS, SCHEMA)
    expect(box(page, "Colour")).to_be_hidden()
    page.get_by_role("radio", name="rich").check()
    expect(box(page, "Colour")).to_be_visible()
    expect(page.get_by_text("Applies only while Mode is: rich")).to_be_hidden()

    limit, add = box(page, "Limit"), page.get_by_role("button", name="Add", exact=False).first
    limit.fill("9")
    why = page.get_by_text("Off while Endless is: On")
    expect(why.first).to_be_hidden()
    page.get_by_role("switch", name="Endless").check()
    expect(limit).to_be_disabled()
    expect(add).to_be_disabled()
    expect(why.first).to_be_visible()

    page.get_by_role("radio", name="plain").check()
    save(page)
    expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()
    assert saved(assistant) == {**SETTINGS, "endless": True}

    page.get_by_role("switch", name="Endless").uncheck()
    expect(limit).to_be_enabled()
    limit.fill("7")
    save(page)
    expect(page.get_by_text("Saved as v3, live now.")).to_be_visible()
    assert saved(assistant) == {**SETTINGS, "limit": 7}


def test_a_shown_field_must_be_filled_in(open_page: OpenPage, erin: Person) -> None:
    page = open_page(erin)
    opened(page, SETTINGS, {**SCHEMA, "properties": {**SCHEMA["properties"], "other": {"default": 1}}})
    page.get_by_role("radio", name="rich").check()
    save(page)
    expect(page.get_by_role("link", name="Fill this in.")).to_be_visible()
    expect(box(page, "Colour")).to_be_visible()


def test_within_a_row_of_a_list(open_page: OpenPage, erin: Person) -> None:
    page = open_page(erin)
    opened(page, {**SETTINGS, "steps": [{"loud": False}, {"loud": True}]}, SCHEMA)
    page.locator("form-field details").evaluate_all("folds => folds.forEach((fold) => { fold.open = true })")
    volumes = page.get_by_label("Volume", exact=True)
    expect(volumes.first).to_be_hidden()
    expect(volumes.last).to_be_visible()
    page.get_by_role("switch", name="Loud").first.check()
    expect(volumes.first).to_be_visible()


@pytest.mark.parametrize("endless", [True, False])
def test_without_the_script_it_is_told_when_a_field_applies(
    open_page: OpenPage, erin: Person, *, endless: bool
) -> None:
    page = open_page(erin, javascript=False)
    assistant = opened(page, {**SETTINGS, "endless": endless}, SCHEMA)
    expect(box(page, "Colour")).to_be_visible()
    expect(page.get_by_text("Applies only while Mode is: rich")).to_be_visible()
    expect(page.get_by_text("Off while Endless is: On").first).to_be_visible()
    expect(box(page, "Limit")).to_be_enabled(enabled=not endless)
    save(page)
    expect(page.get_by_text("Nothing changed since v1.")).to_be_visible()
    if not endless:
        box(page, "Limit").fill("7")
        page.get_by_role("switch", name="Endless").check()
        save(page)
        expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()
        assert saved(assistant) == {**SETTINGS, "endless": True}
