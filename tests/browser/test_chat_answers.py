"""A graph asks, and a person answers in the browser; unsaved settings of the edit page are tested beside it."""

import json

import pytest
from playwright.sync_api import Page, expect

from assistants_app.domain.json_values import Json
from assistants_app.models import Person, Run, Thread
from tests.browser.chatting import ChatPage, assistant_with


@pytest.fixture
def chat(page: Page, erin: Person) -> ChatPage:
    return ChatPage.opened(page, assistant_with(erin, "asks"))


def answered(chat: ChatPage) -> list[Json]:
    chat.is_("idle")
    return [json.loads(text.removeprefix("second ")) for text in chat.panel.locator("code").all_inner_texts()]


def test_it_works(chat: ChatPage) -> None:
    """An approval is edited, keeping the types of its arguments; another is rejected; one answer for both."""
    chat.send("batch")
    chat.is_("waiting")
    first, second = (
        chat.page.get_by_role("group", name="send_email"),
        chat.page.get_by_role("group", name="delete_file"),
    )
    first.get_by_label("Edit, then approve").check()
    first.get_by_label("copies", exact=True).fill("5")
    second.get_by_label("Reject").check()
    second.get_by_label("What to tell the assistant").fill("Keep it")
    chat.page.get_by_role("button", name="Send answer").click()
    (answer,) = answered(chat)
    assert answer["decisions"][0]["edited_action"]["args"] == {
        "to": "ann@example.org",
        "copies": 5,
        "urgent": False,
        "tags": ["a"],
    }
    assert answer["decisions"][1] == {"type": "reject", "message": "Keep it"}


def test_several_questions_at_once(chat: ChatPage) -> None:
    chat.send("calls")
    chat.is_("waiting")
    expect(chat.turns.last).to_contain_text("2 questions wait for your answer")
    chat.page.get_by_role("group", name="second").get_by_label("Reject").check()
    chat.page.get_by_role("button", name="Send answer").click()
    assert answered(chat) == [{"type": "approve"}, {"type": "reject"}]


def test_a_form_is_corrected_and_sent(chat: ChatPage) -> None:
    chat.send("form")
    chat.is_("waiting")
    chat.page.get_by_label("Seats", exact=True).fill("0")
    chat.page.get_by_role("button", name="Send answer").click()
    expect(chat.turns.last).to_contain_text("Correct the fields that are marked.")
    chat.page.get_by_label("Seats", exact=True).fill("2")
    chat.page.get_by_role("button", name="Send answer").click()
    assert answered(chat)[0]["seats"] == 2


def test_the_question_survives_a_reload(chat: ChatPage) -> None:
    chat.send("any")
    chat.is_("waiting")
    chat.page.reload()
    chat.page.get_by_label("Your answer").fill("blue")
    chat.page.get_by_role("button", name="Send answer").click()
    assert answered(chat) == ["blue"]


def test_no_message_is_sent_while_the_graph_waits(chat: ChatPage) -> None:
    chat.send("any")
    chat.is_("waiting")
    chat.send("Hello?")
    expect(chat.turns).to_have_count(1)
    expect(chat.box).to_have_value("Hello?")


def test_the_keyboard_is_enough(chat: ChatPage) -> None:
    chat.send("any")
    expect(chat.page.get_by_label("Your answer")).to_be_focused()
    chat.page.keyboard.type("red")
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Enter")
    assert answered(chat) == ["red"]


def test_unsaved_settings_are_tested_beside_the_form(page: Page, erin: Person) -> None:
    assistant = assistant_with(erin, "echo", prefix="Saved:")
    chat = ChatPage.opened(page, assistant, "edit/")
    page.get_by_label("Prefix", exact=True).fill("Not saved yet:")
    chat.ask("Hi")
    expect(chat.said.last).to_have_text("Not saved yet: Hi")
    page.get_by_label("Test which version").select_option("live")
    chat.ask("Hi")
    expect(chat.said.last).to_have_text("Saved: Hi")
    expect(page).to_have_url(f"/assistants/{assistant.assistant_id}/edit/")
    expect(page.get_by_label("Prefix", exact=True)).to_have_value("Not saved yet:")
    assert [run.version for run in Run.objects.order_by("number")] == [None, 1]


def test_threads_beside_the_form_leave_it_alone(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "echo"), "edit/")
    page.get_by_label("Prefix", exact=True).fill("Typed:")
    chat.ask("First thread")
    page.get_by_role("link", name="New thread").click()
    expect(chat.said).to_have_count(0)
    page.get_by_title("More", exact=True).click()
    page.get_by_role("link", name="First thread").click()
    expect(chat.said.first).to_have_text("First thread")
    page.get_by_title("More", exact=True).click()
    page.get_by_role("button", name="Delete thread").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete thread").click()
    expect(chat.said).to_have_count(0)
    expect(page.get_by_label("Prefix", exact=True)).to_have_value("Typed:")
    assert not Thread.objects.exists()


def test_a_title_that_cannot_be_is_told_beside_the_form(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "echo"), "edit/")
    page.get_by_label("Prefix", exact=True).fill("Typed:")
    chat.ask("First thread")
    page.get_by_title("More", exact=True).click()
    page.get_by_role("button", name="Rename thread").click()
    page.get_by_role("dialog").get_by_label("Title").fill("gpj\u202eexe")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("alert").filter(has_text="U+202E")).to_be_visible()
    expect(page.get_by_label("Prefix", exact=True)).to_have_value("Typed:")
    assert Thread.objects.get().title == "First thread"


def test_settings_that_are_not_valid_yet_are_linked(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "echo"), "edit/")
    page.get_by_label("Delay", exact=True).fill("-1")
    chat.send("Hi")
    alert = chat.panel.get_by_role("alert")
    expect(alert).to_contain_text("Some of the unsaved settings are not valid yet.")
    expect(alert.get_by_role("link", name="Delay")).to_be_visible()
    expect(chat.box).to_have_value("Hi")
    assert not Run.objects.exists()


def test_a_graph_without_messages(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "adder"))
    page.get_by_label("Left").fill("40")
    page.get_by_role("button", name="Run").click()
    expect(chat.turns.last).to_contain_text("total")
    chat.is_("idle")
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
