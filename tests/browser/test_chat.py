"""The chat as a person uses it: tokens appear as they come, stop, edit, branches, reload, keys."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from assistants_app.models import Person, Run, Thread
from tests.browser.chatting import ChatPage, assistant_with
from tests.browser.conftest import NARROW, OpenPage

WORDS = "one two three four five six seven eight nine ten eleven twelve"


@pytest.fixture
def chat(page: Page, erin: Person) -> ChatPage:
    return ChatPage.opened(page, assistant_with(erin, "echo"))


@pytest.fixture
def slow_chat(page: Page, erin: Person) -> ChatPage:
    return ChatPage.opened(page, assistant_with(erin, "echo", delay=0.2))


def test_it_works(slow_chat: ChatPage) -> None:
    """The answer is seen while it is being written; Markdown too."""
    slow_chat.send(f"**{WORDS}**")
    expect(slow_chat.box).to_have_value("")
    slow_chat.watch("one two")
    slow_chat.is_("running")
    assert "twelve" not in slow_chat.answer.inner_text()
    slow_chat.is_("idle")
    expect(slow_chat.said.last.locator("strong")).to_have_text(WORDS)
    expect(slow_chat.page).to_have_url(re.compile(r"/test/[0-9a-f-]{36}/$"))
    expect(slow_chat.page.get_by_role("complementary", name="Threads").get_by_role("link")).to_have_count(2)


def test_escape_stops_and_what_was_written_stays(slow_chat: ChatPage) -> None:
    slow_chat.send(WORDS)
    slow_chat.watch("two three")
    slow_chat.page.keyboard.press("Escape")
    slow_chat.is_("idle")
    expect(slow_chat.turns.last).to_contain_text("Stopped.")
    slow_chat.watch("two three")
    assert "twelve" not in slow_chat.answer.inner_text()
    assert Run.objects.get().status == Run.Status.INTERRUPTED


def test_the_stop_button_stops(slow_chat: ChatPage) -> None:
    slow_chat.send(WORDS)
    slow_chat.watch("one")
    slow_chat.page.get_by_role("button", name="Stop").click()
    slow_chat.is_("idle")
    expect(slow_chat.box).to_be_focused()


def test_reload_in_the_middle_goes_on_with_the_same_answer(slow_chat: ChatPage) -> None:
    slow_chat.send(WORDS)
    slow_chat.watch("one two")
    expect(slow_chat.page).to_have_url(re.compile(r"/test/[0-9a-f-]{36}/$"))
    slow_chat.page.reload()
    slow_chat.watch("one two")
    slow_chat.is_("running")
    slow_chat.watch("twelve")
    slow_chat.is_("idle")
    assert Run.objects.count() == 1, "nothing is sent twice"
    expect(slow_chat.said).to_have_count(2)


def test_a_dropped_line_is_taken_up_again(slow_chat: ChatPage) -> None:
    """The answer to the message brings the turn and the beginning of the reply and is cut; the next line is refused."""
    reply = '{"message": "cut", "part": "text", "from": 0, "settled": "", "last": "<p>You said: one</p>"}'
    asked: list[str] = []

    def begin(route: Route) -> None:
        begun = route.fetch(headers={**route.request.headers, "accept": "text/html"})
        turn = json.dumps({"html": begun.text()})
        body = f"event: begun\r\ndata: {turn}\r\nid: 0\r\n\r\nevent: reply\r\ndata: {reply}\r\nid: 3\r\n\r\n"
        route.fulfill(response=begun, content_type="text/event-stream", body=body)

    def go_on(route: Route) -> None:
        asked.append(route.request.headers.get("last-event-id", ""))
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    slow_chat.page.route("**/send/", begin)
    slow_chat.page.route("**/stream/", go_on)
    slow_chat.send(WORDS)
    expect(slow_chat.turns.last).to_contain_text("Trying again")
    slow_chat.watch("twelve")
    slow_chat.is_("idle")
    assert asked == ["3", "3"]
    expect(slow_chat.said).to_have_count(2)
    assert Run.objects.count() == 1


def test_edit_makes_a_branch_and_one_can_step_back(chat: ChatPage) -> None:
    chat.ask("One")
    chat.ask("Two")
    chat.turns.first.hover()
    chat.turns.first.get_by_role("button", name="Edit and send again").click()
    editor = chat.page.get_by_role("textbox", name="Edited message")
    expect(editor).to_be_focused()
    editor.fill("Uno")
    editor.press("Enter")
    expect(chat.said).to_have_text(["Uno", "You said: Uno"])
    chat.is_("idle")
    expect(chat.turns.first).to_contain_text("2/2")
    chat.page.get_by_role("link", name="Previous branch").click()
    expect(chat.said).to_have_text(["One", "You said: One", "Two", "You said: Two"])
    chat.ask("Three")
    expect(chat.said.last).to_have_text("You said: Three")
    expect(chat.said).to_have_count(6)


def test_escape_leaves_the_edit(chat: ChatPage) -> None:
    chat.ask("One")
    chat.turns.first.hover()
    chat.page.get_by_role("button", name="Edit and send again").click()
    chat.page.get_by_label("Edited message").fill("Changed")
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_label("Edited message")).to_be_hidden()
    expect(chat.said.first).to_have_text("One")


def test_another_answer(chat: ChatPage) -> None:
    chat.ask("One")
    chat.page.get_by_role("button", name="Answer again").click()
    expect(chat.turns.first).to_contain_text("2/2")
    chat.is_("idle")
    expect(chat.said).to_have_text(["One", "You said: One"])


def test_an_error_is_shown_and_tried_again(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "flaky"))
    chat.ask("Go")
    expect(page.get_by_role("alert")).to_contain_text("the line was <b>cut</b>")
    page.get_by_role("button", name="Try again").click()
    chat.watch("Now it works.")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_shift_enter_breaks_the_line(chat: ChatPage) -> None:
    chat.box.fill("One")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("Two")
    assert chat.box.input_value() == "One\nTwo"
    chat.box.press("Enter")
    expect(chat.said.first).to_have_text("One\nTwo", use_inner_text=True)


def test_enter_belongs_to_an_input_method_while_it_composes(chat: ChatPage) -> None:
    chat.box.focus()
    session = chat.page.context.new_cdp_session(chat.page)
    session.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229, "nativeVirtualKeyCode": 229}
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    session.send("Input.insertText", {"text": "日本"})
    expect(chat.box).to_have_value("日本")
    assert not Thread.objects.exists()
    chat.box.press("Enter")
    expect(chat.said.first).to_have_text("日本")


def test_a_new_thread_by_keyboard(chat: ChatPage) -> None:
    chat.ask("One")
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.said).to_have_count(0)
    expect(chat.box).to_be_focused()


def test_an_empty_message_goes_nowhere(chat: ChatPage) -> None:
    chat.send("   ")
    expect(chat.turns).to_have_count(0)
    assert not Thread.objects.exists()


def test_it_stays_where_the_reader_is(slow_chat: ChatPage) -> None:
    slow_chat.ask("\n\n".join(f"para {number}" for number in range(60)).replace(" ", ""))
    slow_chat.send(WORDS)
    slow_chat.watch("one")
    log = slow_chat.page.get_by_role("log")
    log.evaluate("log => { log.scrollTop = 0; }")
    slow_chat.watch("four")
    assert log.evaluate("log => log.scrollTop") == 0
    slow_chat.page.get_by_role("button", name="Go to the newest message").click()
    slow_chat.is_("idle")
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 60


def test_a_finished_answer_is_announced_once(slow_chat: ChatPage) -> None:
    expect(slow_chat.page.get_by_role("log")).to_have_attribute("aria-live", "off")
    slow_chat.send("one two three")
    status = slow_chat.panel.get_by_role("status")
    expect(status).to_have_text("The assistant is answering.")
    expect(status).to_have_text("You said: one two three")


def test_copying_gives_the_markdown(chat: ChatPage) -> None:
    chat.ask("**bold**")
    chat.page.get_by_role("button", name="Copy the answer").click()
    assert chat.page.evaluate("() => navigator.clipboard.readText()") == "You said: **bold**"


def test_the_json_of_a_message(chat: ChatPage) -> None:
    chat.ask("Hi")
    chat.turns.first.hover()
    chat.page.get_by_role("link", name="Message as JSON").first.click()
    dialog = chat.page.get_by_role("dialog", name="JSON")
    expect(dialog).to_contain_text('"content": "Hi"')
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_tool_calls_can_be_hidden(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "uses_tool"))
    chat.ask("Look")
    card = page.locator(".toolcall")
    expect(card).to_contain_text("look_up")
    page.get_by_text("Show all").click()
    expect(card).to_contain_text("line 7 of <script>alert(7)</script>")
    page.get_by_title("More").click()
    page.get_by_label("Show tool calls").uncheck()
    expect(card).to_be_hidden()


def test_pictures_by_picker_and_paste(chat: ChatPage) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    chooser = chat.page.locator("[data-file-input]")
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png})
    chooser.set_input_files({"name": "offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    files = chat.page.get_by_role("list", name="Files to send").get_by_role("listitem")
    expect(files).to_have_count(2)
    chat.page.get_by_role("button", name="Remove a.png").click()
    expect(files).to_have_count(1)
    chooser.set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"no"})
    expect(chat.page.get_by_role("alert")).to_contain_text("b.txt")
    chat.ask("What is this?")
    expect(chat.turns.first).to_contain_text("offer.pdf")
    expect(files).to_have_count(0)


def test_renaming_and_deleting_a_thread(chat: ChatPage) -> None:
    chat.ask("Hi")
    expect(chat.page.get_by_title("More")).to_be_visible()
    chat.page.get_by_title("More").click()
    chat.page.get_by_role("button", name="Rename thread").click()
    chat.page.get_by_label("Title").fill("About bees")
    chat.page.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.page.get_by_role("link", name="About bees")).to_be_visible()
    chat.page.get_by_title("More").click()
    chat.page.get_by_role("button", name="Delete thread").click()
    chat.page.get_by_role("dialog").get_by_role("button", name="Delete thread").click()
    expect(chat.page.get_by_role("link", name="About bees")).to_have_count(0)
    assert not Thread.objects.exists()


def test_narrow_and_dark(open_page: OpenPage, erin: Person) -> None:
    chat = ChatPage.opened(open_page(erin, NARROW, dark=True), assistant_with(erin, "echo"))
    chat.ask("A `word` and a very-long-" + "x" * 200)
    expect(chat.page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport()
    assert chat.page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_without_javascript_the_answer_comes_with_a_reload(open_page: OpenPage, erin: Person) -> None:
    chat = ChatPage.opened(open_page(erin, javascript=False), assistant_with(erin, "echo"))
    expect(chat.page.get_by_text("Without JavaScript")).to_be_visible()
    chat.box.fill("Hi")
    chat.page.get_by_role("button", name="Send", exact=True).click()
    expect(chat.said.first).to_have_text("Hi")
    chat.page.wait_for_timeout(300)
    chat.page.reload()
    expect(chat.said).to_have_text(["Hi", "You said: Hi"])


def test_only_the_conversation_scrolls(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "echo"))
    for number in range(3):
        chat.ask(f"{number} " + "word " * 300)
    assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
