"""The form in a real browser: what nobody touched stays, what is typed arrives, nothing typed is lost."""

import pytest
from playwright.sync_api import Locator, Page, expect

from assistants_app.domain.json_values import Settings, canonical
from assistants_app.models import Assistant, Person
from tests import make
from tests.browser.conftest import NARROW, OpenPage
from tests.every_kind import SCHEMA, SETTINGS

TEXTS = {
    "an empty line first": "\nafter an empty line",
    "two empty lines first": "\n\nx",
    "blanks at the ends": "  both ends  \n ",
    "only a line break": "\n",
    "returns": "one\r\ntwo\rthree\n",
    "emoji and marks": "👩‍🚀 café é \u200b {name} {{ other }} </textarea><b>&amp;",
    "nothing": "",
}


def opened(page: Page, settings: Settings, schema: object = SCHEMA) -> Assistant:
    assistant = make.assistant(settings=settings, settings_schema=schema, graph_id="every")  # type: ignore[arg-type]
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")
    return assistant


def box(page: Page, name: str) -> Locator:
    """A text input by its whole label."""
    return page.get_by_role("textbox", name=name, exact=True)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save version").click()


def saved(assistant: Assistant) -> Settings:
    """The settings of the newest version."""
    version = Assistant.history.of(assistant).first()
    assert version is not None
    return dict(version.context)


def newest(assistant: Assistant) -> int:
    return Assistant.history.newest_number(assistant)


def test_it_works(page: Page) -> None:
    assistant = opened(page, {"model": "demo:echo"})
    box(page, "Longest answer").fill("99")
    save(page)
    expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()
    expect(page.get_by_text("Live v2")).to_be_visible()
    assert saved(assistant) == {"model": "demo:echo", "max_words": 99}


@pytest.mark.parametrize("settings", [SETTINGS, {}], ids=["every kind", "nothing set"])
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_untouched_saves_nothing(open_page: OpenPage, erin: Person, settings: Settings, *, javascript: bool) -> None:
    page = open_page(erin, javascript=javascript)
    assistant = opened(page, settings)
    save(page)
    expect(page.get_by_text("Nothing changed since v1.")).to_be_visible()
    assert newest(assistant) == 1


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_untouched_texts_stay(page: Page, text: str) -> None:
    settings = {"system_prompt": text, "greeting": text, "stop_words": [text], "labels": {"a": text}, "extras": text}
    assistant = opened(page, settings)
    box(page, "Longest answer").fill("7")
    save(page)
    expect(page.get_by_text("Saved as v2, live now.")).to_be_visible()
    assert canonical(saved(assistant)) == canonical({**settings, "max_words": 7})


def test_typing_over_a_default_is_overriding_it(page: Page) -> None:
    assistant = opened(page, {})
    prompt = box(page, "System prompt")
    expect(prompt).to_have_value(SCHEMA["properties"]["system_prompt"]["default"])
    prompt.fill("Mine.")
    page.get_by_role("switch", name="Remember earlier conversations").click()
    page.get_by_role("radio", name="formal").check()
    page.get_by_role("checkbox", name="mail").check()
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {
        "system_prompt": "Mine.",
        "use_memory": False,
        "tone": "formal",
        "channels": ["chat", "mail"],
    }


def test_back_to_the_default(page: Page) -> None:
    assistant = opened(page, {"max_words": 5, "model": "other"})
    page.get_by_role("button", name="Reset to graph default: Longest answer").click()
    expect(page.get_by_role("button", name="Override: Longest answer")).to_be_visible()
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"model": "other"}


def test_rows(page: Page) -> None:
    assistant = opened(page, {"stop_words": ["a", "b"]})
    group = page.get_by_role("group", name="Stop words")
    group.get_by_role("button", name="Add").click()
    expect(box(page, "Stop words 3")).to_be_focused()
    page.keyboard.type("c")
    expect(group.get_by_text("There can be at most 3 items.")).to_be_visible()
    group.get_by_role("button", name="Move up: Stop words 3").click()
    expect(box(page, "Stop words 2")).to_have_value("c")
    group.get_by_role("button", name="Remove: Stop words 1").click()
    expect(box(page, "Stop words 2")).to_have_value("b")
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"stop_words": ["c", "b"]}


def test_cards(page: Page) -> None:
    assistant = opened(page, {"team": [{"name": "Ada"}]})
    page.get_by_role("button", name="Add to Team").click()
    page.get_by_role("group", name="Team 2").get_by_label("Name").fill("Grace")
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"team": [{"name": "Ada"}, {"name": "Grace"}]}


def test_a_branch_is_switched_and_back_without_loss(page: Page) -> None:
    assistant = opened(page, {"tool": {"type": "mail", "address": "help@example.org"}})
    box(page, "Address").fill("sales@example.org")
    page.get_by_label("Kind of Tool").select_option(label="Web search")
    expect(box(page, "Results")).to_be_visible()
    page.get_by_label("Kind of Tool").select_option(label="Mailbox")
    expect(box(page, "Address")).to_have_value("sales@example.org")
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"tool": {"type": "mail", "address": "sales@example.org"}}


def test_json_tab_both_ways(page: Page) -> None:
    assistant = opened(page, {"max_words": 5})
    box(page, "Greeting").fill("Typed in the form")
    page.get_by_role("button", name="JSON", exact=True).click()
    area = page.get_by_label("Settings as JSON")
    expect(area).to_have_value('{\n  "max_words": 5,\n  "greeting": "Typed in the form"\n}')
    area.fill('{"max_words": 6, "unknown": [1.0, 9007199254740993]}')
    page.get_by_role("button", name="Form", exact=True).click()
    expect(box(page, "Longest answer")).to_have_value("6")
    box(page, "Greeting").fill("Again")
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert canonical(saved(assistant)) == canonical(
        {"max_words": 6, "greeting": "Again", "unknown": [1.0, 9007199254740993]}
    )


def test_errors_take_focus_and_lead_to_their_fields(page: Page) -> None:
    assistant = opened(page, {})
    box(page, "Longest answer").fill("1,5")
    box(page, "Greeting").fill("kept")
    save(page)
    expect(page.get_by_role("alert").filter(has_text="There is a problem")).to_be_focused()
    page.get_by_role("link", name="Longest answer").click()
    field = box(page, "Longest answer")
    expect(field).to_be_focused()
    expect(field).to_have_value("1,5")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(box(page, "Greeting")).to_have_value("kept")
    assert newest(assistant) == 1


def test_the_keyboard_saves(page: Page) -> None:
    assistant = opened(page, {})
    box(page, "Greeting").fill("Hello")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    expect(box(page, "Greeting")).to_be_focused()
    assert saved(assistant) == {"greeting": "Hello"}


def test_changes_are_reviewed_before_saving(page: Page) -> None:
    assistant = opened(page, {"greeting": "Old words"})
    box(page, "Greeting").fill("New words")
    page.get_by_role("button", name="Review changes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Greeting")).to_be_visible()
    dialog.get_by_role("button", name="Save, live at once").click()
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    version = Assistant.history.numbered(assistant, 2)
    assert "Greeting" in version.history_change_reason


def test_a_setting_is_found(page: Page) -> None:
    opened(page, {})
    page.get_by_label("Find a setting").fill("home")
    expect(box(page, "Homepage")).to_be_visible()
    expect(box(page, "Greeting")).to_be_hidden()


def test_shown_only_while_another_holds_a_value(page: Page) -> None:
    opened(page, {})
    expect(box(page, "Hand over to")).to_be_hidden()
    page.get_by_role("switch", name="Hand over to a person").click()
    expect(box(page, "Hand over to")).to_be_visible()


def test_without_javascript(open_page: OpenPage, erin: Person) -> None:
    page = open_page(erin, NARROW, javascript=False)
    assistant = opened(page, {"stop_words": ["a"], "greeting": "Hi"})
    box(page, "Greeting").fill("Typed before")
    page.get_by_role("button", name="Add to Stop words").click()
    expect(box(page, "Greeting")).to_have_value("Typed before")
    box(page, "Stop words 2").fill("b")
    page.get_by_role("button", name="Override: Longest answer").click()
    box(page, "Longest answer").fill("42")
    page.get_by_label("Kind of Tool").select_option(label="Web search")
    page.get_by_role("button", name="Show").first.click()
    page.get_by_role("button", name="JSON", exact=True).click()
    expect(page.get_by_label("Settings as JSON")).to_have_value(
        '{\n  "stop_words": [\n    "a",\n    "b"\n  ],\n  "greeting": "Typed before",\n'
        '  "max_words": 42,\n  "tool": {\n    "type": "search"\n  }\n}'
    )
    page.get_by_role("button", name="Form", exact=True).click()
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {
        "stop_words": ["a", "b"],
        "greeting": "Typed before",
        "max_words": 42,
        "tool": {"type": "search"},
    }


def test_an_assistant_is_made(page: Page) -> None:
    page.goto("/assistants/new/")
    page.get_by_role("link", name="writer").click()
    page.get_by_label("Name").fill("Tweet writer")
    box(page, "System prompt").fill("Tweet.")
    page.get_by_role("button", name="Make assistant").click()
    expect(page.get_by_role("heading", name="Tweet writer", level=1)).to_be_visible()
    made = Assistant.objects.get(name="Tweet writer")
    assert made.context == {"system_prompt": "Tweet."}


def test_a_choice_among_many(page: Page) -> None:
    assistant = opened(page, {})
    language = page.get_by_role("group", name="Language")
    language.locator("summary").click()
    language.get_by_role("searchbox").fill("ger")
    expect(language.get_by_text("French")).to_be_hidden()
    language.get_by_text("German").click()
    expect(language.locator("summary")).to_have_text("German")
    expect(language.get_by_role("searchbox")).to_be_hidden()
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"language": "German"}


def test_numbers_count_by_their_step(page: Page) -> None:
    assistant = opened(page, {"temperature": 0.7})
    temperature = box(page, "Temperature")
    for _press in range(3):
        temperature.press("ArrowUp")
    expect(temperature).to_have_value("1.0")
    temperature.press("ArrowDown")
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    assert saved(assistant) == {"temperature": 0.9}


def test_the_chat_beside_tests_what_is_not_saved(page: Page) -> None:
    assistant = make.assistant()
    page.goto(f"/assistants/{assistant.assistant_id}/edit/")
    box(page, "System prompt").fill("Shout.")
    page.get_by_role("textbox", name="Message", exact=True).fill("Hi")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".turn__facts")).to_have_count(1)
    expect(box(page, "System prompt")).to_have_value("Shout.")
    assert newest(assistant) == 1
    save(page)
    expect(page.get_by_text("Saved as v2")).to_be_visible()
    expect(page.locator(".turn__facts")).to_have_count(1)
