"""The chat with something in it, as axe sees it: answers, tools, an error, questions, a thread's edit and menu."""

import pytest
from playwright.sync_api import Page, expect

from assistants_app.models import Person
from tests.browser.chatting import ChatPage, assistant_with
from tests.browser.test_accessibility import check_page

pytestmark = pytest.mark.one_database

MARKDOWN = """# Title

**bold** [link](https://e.org)

| a | b |
|---|---|
| 1 | 2 |

```py
x = 1
```

> quoted"""


def test_it_works(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "echo"))
    chat.ask(MARKDOWN)
    chat.ask("And again")
    page.get_by_role("button", name="Answer again").last.click()
    expect(chat.turns.last).to_contain_text("2/2")
    chat.is_("idle")
    page.get_by_role("button", name="Bad answer").last.click()
    expect(page.get_by_label("What was wrong with it?")).to_be_visible()
    chat.turns.first.get_by_role("button", name="Edit and send again").click()
    check_page(page)


def test_tools_and_the_menu(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "uses_tool"))
    chat.ask("Look")
    page.get_by_title("More", exact=True).click()
    check_page(page)


def test_an_error(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "flaky"))
    chat.ask("Go")
    check_page(page)


@pytest.mark.parametrize("kind", ["any", "form", "batch"])
def test_questions(kind: str, page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "asks"))
    chat.send(kind)
    chat.is_("waiting")
    for choice in page.get_by_label("Edit, then approve").all():
        choice.check()
    check_page(page)


def test_while_it_is_being_written(page: Page, erin: Person) -> None:
    chat = ChatPage.opened(page, assistant_with(erin, "echo", delay=1))
    chat.send("one two three four five six seven eight nine ten eleven twelve thirteen fourteen")
    chat.watch("one")
    check_page(page)


def test_a_form_of_the_graphs_input(page: Page, erin: Person) -> None:
    ChatPage.opened(page, assistant_with(erin, "adder"))
    check_page(page)
