"""Two in one chat: one message to two versions at once, what each took, votes and their count, one's own draft."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from assistants_app.domain.drafts import Written
from assistants_app.engine import Engine, engine
from assistants_app.models import Assistant, Person, Role, Run, Thread, Vote
from assistants_app.services.authors import Author
from assistants_app.services.drafts import keep_draft
from tests import make
from tests.people import SignIn, granted
from tests.running import listen
from tests.web.chatting import schema_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def echo(serving: Engine, erin: Person) -> Assistant:
    """Version 1 says "One:", version 2, which is live, "Two:"."""
    schema = schema_of("echo")
    made = make.assistant(graph_id="echo", settings={"prefix": "One:"}, settings_schema=schema, person=erin)
    make.version(made, settings={"prefix": "Two:"}, person=erin, settings_schema=schema)
    made.refresh_from_db()
    return made


def url(assistant: Assistant, action: str = "") -> str:
    return f"/assistants/{assistant.assistant_id}/test/compare/{action}"


def send(client: Client, assistant: Assistant, message: str = "Hi", **data: Any) -> Any:
    given = {"a": "live", "b": "1", "message": message, **data}
    answer = client.post(url(assistant, "send/"), given)
    for run in Run.objects.filter(finished_at=None):
        listen(run)
    return answer


def texts(html: str) -> list[str]:
    html = html.partition("<template data-live-message")[0]
    found = re.findall(r'<div class="(?:said|prose)">(.*?)</div>', html, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", text).strip() for text in found]


def names(html: str) -> dict[str, str]:
    """What the vote's form names."""
    form = html.partition("data-vote")[2]
    return dict(re.findall(r'name="(a|b|left|right|turn|left_run|right_run)" value="([^"]*)"', form))


def test_it_works(echo: Assistant, editor_client: Client) -> None:
    """Without the script: the page has both after a reload, side by side, each with what it took."""
    answer = send(editor_client, echo)
    assert answer.status_code == 302
    page = editor_client.get(answer.headers["Location"]).text
    assert texts(page) == ["Hi", "Two: Hi", "One: Hi"]
    assert "A · Live v2" in page
    assert "B · v1" in page
    facts = re.findall(r'pair__facts">(.*?)</p>', page)
    assert ["v2" in facts[0], "v1" in facts[1]] == [True, True]
    assert all("first word after" in one for one in facts)
    assert Thread.objects.count() == 2
    assert sorted(Run.objects.values_list("version", flat=True)) == [1, 2]


def test_the_next_message_goes_on_in_both(echo: Assistant, editor_client: Client) -> None:
    page = editor_client.get(send(editor_client, echo).headers["Location"]).text
    threads = {name: value for name, value in names(page).items() if name in ("left", "right")}
    again = send(editor_client, echo, "More", **threads)
    assert texts(editor_client.get(again.headers["Location"]).text) == [
        *("Hi", "Two: Hi", "One: Hi"),
        *("More", "Two: More", "One: More"),
    ]
    assert Thread.objects.count() == 2


def test_the_script_gets_both_places_at_once(echo: Assistant, editor_client: Client) -> None:
    given = {"a": "live", "b": "1", "message": "Hi"}
    answer = editor_client.post(url(echo, "send/"), given, headers=HTMX)
    assert answer.status_code == 200
    sides = re.findall(r'data-side="(\w+)"([^>]*)>(.*?)</section>', answer.text, re.DOTALL)
    assert [side for side, _more, _html in sides] == ["left", "right"]
    for side, more, html in sides:
        assert "data-stream=" in more or {"left": "Two: Hi", "right": "One: Hi"}[side] in html, "it runs, or has ended"
    address = answer.headers["X-Pair-Address"]
    for run in Run.objects.all():
        listen(run)
    key = re.findall(r'data-pair-turn="([^"]*)"', answer.text)[0]
    part = editor_client.get(address.replace("?", "answers/?") + f"&turn={key}", headers=HTMX).text
    assert texts(part) == ["Hi", "Two: Hi", "One: Hi"]
    assert "data-stream" not in part


def test_either_question_is_kept_as_a_test_case(echo: Assistant, editor_client: Client, sign_in: SignIn) -> None:
    """By its editors: with the conversation that led to the one, or to the other."""
    address = send(editor_client, echo).headers["Location"]
    links = re.findall(r'<a href="([^"]*)">Keep as a test case', editor_client.get(address).text)
    assert len(set(links)) == 2
    for link in links:
        form = editor_client.get(link.replace("&amp;", "&"))
        assert form.status_code == 200
        assert "Hi" in form.text
    tester = sign_in(granted(Role.TESTER, username="tess"))
    page = tester.get(send(tester, echo).headers["Location"]).text
    assert "first word after" in page
    assert "Keep as a test case" not in page


def test_a_form_that_is_sent_twice_begins_once(echo: Assistant, editor_client: Client) -> None:
    once = str(uuid.uuid4())
    first, second = send(editor_client, echo, once=once), send(editor_client, echo, once=once)
    assert first.headers["Location"] == second.headers["Location"]
    assert Run.objects.count() == 2


def test_votes(echo: Assistant, editor_client: Client) -> None:
    page = editor_client.get(send(editor_client, echo).headers["Location"]).text
    assert "No votes on this pair yet" in page
    given = names(page)
    part = editor_client.post(url(echo, "vote/"), {**given, "vote": "left"}, headers=HTMX).text
    assert re.search(r'name="vote" value="none" aria-pressed="true">A better', part)
    assert "A better: 1" in part
    assert Vote.objects.get().value == "second"  # version 2
    changed = editor_client.post(url(echo, "vote/"), {**given, "vote": "right"}, follow=True).text
    assert "B better: 1" in changed
    assert "A better: 0" in changed
    swapped = editor_client.get(f"{url(echo)}?a=1&b=2").text
    assert "A better: 1" in swapped
    editor_client.post(url(echo, "vote/"), {**given, "vote": "none"})
    assert not Vote.objects.exists()


def test_a_vote_that_says_nothing(echo: Assistant, editor_client: Client) -> None:
    given = names(editor_client.get(send(editor_client, echo).headers["Location"]).text)
    said = "A vote is between two of your own answers"
    for wrong in ({**given, "vote": "nonsense"}, {**given, "left_run": "", "vote": "left"}):
        refused = editor_client.post(url(echo, "vote/"), wrong, headers=HTMX)
        assert refused.status_code == 422
        assert said in refused.text
    assert said in editor_client.post(url(echo, "vote/"), {}, follow=True).text
    assert not Vote.objects.exists()


def test_stop_stops_both(echo: Assistant, editor_client: Client, erin: Person) -> None:
    for prefix in ("Slow one:", "Slow two:"):
        make.version(echo, settings={"prefix": prefix, "delay": 5.0}, person=erin)
    answer = editor_client.post(url(echo, "send/"), {"a": "3", "b": "4", "message": "a b c d"}, headers=HTMX)
    for thread in Thread.objects.all():  # which waits for its turn behind the one that goes on
        make.run("more", on=thread, options={"multitask_strategy": "enqueue"})
    stopped = editor_client.post(
        url(echo, "stop/"), dict(re.findall(r"(\w+)=([^&]+)", answer.headers["X-Pair-Address"]))
    )
    for run in Run.objects.all():
        listen(run)
    assert set(Run.objects.values_list("status", flat=True)) == {"interrupted"}
    page = editor_client.get(stopped.headers["Location"]).text
    assert page.count("Stopped.") == 2


def test_ones_own_draft(echo: Assistant, editor_client: Client, erin: Person, sign_in: SignIn) -> None:
    assert 'value="draft"' not in editor_client.get(url(echo)).text
    draft = Written(
        base=2,
        newest=2,
        name="Echo",
        description="",
        settings={"prefix": "Draft:"},
        settings_schema=schema_of("echo"),
    )
    keep_draft(author=Author.of(erin), assistant=echo, written=draft, known=0)
    assert re.search(r'value="draft" selected>My draft', editor_client.get(url(echo)).text)
    page = editor_client.get(send(editor_client, echo, b="draft").headers["Location"]).text
    assert texts(page) == ["Hi", "Two: Hi", "Draft: Hi"]
    editor_client.post(url(echo, "vote/"), {**names(page), "vote": "right"})
    assert (Vote.objects.get().first_version, Vote.objects.get().second_version) == (2, None)
    tester = sign_in(granted(Role.TESTER, username="tess"))
    assert 'value="draft"' not in tester.get(url(echo)).text


def test_what_cannot_be_sent(echo: Assistant, editor_client: Client) -> None:
    assert "Write a message first." in send(editor_client, echo, "  ").text
    adder = make.assistant(graph_id="adder", settings={})
    assert "takes no messages" in editor_client.get(url(adder)).text
    assert "takes no messages" in send(editor_client, adder).text
    gone = make.assistant(graph_id="long-gone")
    assert "not available" in send(editor_client, gone).text
    assert not Run.objects.exists()


def test_a_server_that_executes_nothing(echo: Assistant, editor_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(type(engine()), "serving", property(lambda self: False))
    answer = editor_client.post(url(echo, "send/"), {"a": "live", "b": "1", "message": "Keep this"})
    assert answer.status_code == 503
    assert "Keep this" in answer.text
    assert not Thread.objects.exists()


@pytest.mark.parametrize("ends", ["?a=99&b=nonsense", "?a=live&b=live", "?a=draft&b=draft", "?left=nonsense"])
def test_ends_that_are_not_there(echo: Assistant, editor_client: Client, ends: str) -> None:
    page = editor_client.get(url(echo) + ends)
    assert page.status_code == 200
    assert "A · Live v2" in page.text


def test_other_peoples_threads(echo: Assistant, editor_client: Client, ben: Person, sign_in: SignIn) -> None:
    address = send(editor_client, echo).headers["Location"]
    assert sign_in(ben).get(address).status_code == 404


def test_one_that_asks_and_one_that_fails(serving: Engine, editor_client: Client) -> None:
    asks = make.assistant_with_versions(2, graph_id="asks", settings={}, settings_schema=None)
    page = editor_client.get(send(editor_client, asks, "any").headers["Location"]).text
    assert page.count("Answer in its own thread") == 2
    flaky = make.assistant_with_versions(2, graph_id="flaky", settings={}, settings_schema=None)
    page = editor_client.get(send(editor_client, flaky, "Hi").headers["Location"]).text
    assert "the line was &lt;b&gt;cut&lt;/b&gt;" in page


def test_viewers_test_nothing(echo: Assistant, sign_in: SignIn) -> None:
    viewer = sign_in(granted(Role.VIEWER, username="sam"))
    assert viewer.get(url(echo)).status_code == 403
    assert "Two in one chat" not in viewer.get(f"/assistants/{echo.assistant_id}/test/").text
