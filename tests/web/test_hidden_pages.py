"""A hidden value, looked for on every page by who may not see it; and what who may see it finds on the form."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from assistants_app.domain.drafts import Written
from assistants_app.models import Assistant, AuditEntry, Person, Role
from assistants_app.services.accepting import begin_run
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.drafts import keep_draft
from assistants_app.services.locks import remove_lock, set_lock
from assistants_app.services.runs import cancel_pending_run
from assistants_app.services.secrets import given
from assistants_app.services.threads import create_thread
from assistants_app.services.trials import begin_trial
from tests import make
from tests.addresses import addresses, example_parts, waiting_review
from tests.people import SignIn, granted
from tests.web.test_matrix import ask

pytestmark = pytest.mark.django_db

CANARY = "canary-prompt"
OTHER = "Other text"
BELOW = [Role.VIEWER, Role.TESTER, Role.EDITOR]
ANY: dict[str, Any] = {"system_prompt": f"{CANARY} one\nand more", "temperature": 0.5, "tags": [CANARY]}


def hide(*pointers: str, role: Role = Role.PUBLISHER) -> None:
    for pointer in pointers or ("/system_prompt", "/tags"):
        set_lock(graph_id="writer", pointer=pointer, role=role, author=SYSTEM, hidden=True)


def of_versions() -> Assistant:
    """Saved when nothing was hidden; values differ from version to version."""
    made = make.assistant(settings=ANY)
    for number in (2, 3):
        make.version(made, settings={**ANY, "system_prompt": f"{CANARY} {number}", "temperature": number / 2})
    made.refresh_from_db()
    return made


@pytest.fixture
def assistant() -> Assistant:
    made = of_versions()
    hide()
    return Assistant.objects.get(pk=made.pk)


def parts_of(assistant: Assistant, person: Person, olga: Person) -> dict[str, Any]:
    thread = create_thread(assistant=assistant, owner=person, title="Mine")
    own = begin_run(thread=thread.thread_id, assistant_id=assistant.assistant_id, input={}, author=SYSTEM, settings=ANY)
    cancel_pending_run(run_id=own.run_id)
    case = make.case(assistant)
    trial = begin_trial(assistant_id=assistant.assistant_id, author=SYSTEM, settings=ANY)
    found = example_parts(olga) | {"assistant_id": assistant.assistant_id, "thread_id": thread.thread_id}
    found |= {"run_id": own.run_id, "case_id": case.pk, "trial_id": trial.pk, "result_id": trial.results.get().pk}
    return found | {"review_id": waiting_review(assistant).pk}


def told(answer: HttpResponse) -> str:
    return "" if answer.streaming else answer.text + str(answer.headers)


@pytest.mark.parametrize("who", BELOW)
def test_it_works(who: Role, olga: Person, sign_in: SignIn) -> None:
    """Every page with every method; what was stored before it was hidden included."""
    person = granted(who, username="sam")
    made = of_versions()
    parts = parts_of(made, person, olga)
    hide()
    client = sign_in(person)
    cookies = client.cookies.copy()
    found, seen = [], 0
    for address in addresses(parts):
        for method in ("get", "post"):
            client.cookies = cookies.copy()
            answer = ask(client, method, address.path)
            seen += answer.status_code == 200
            if CANARY in told(answer):
                found.append(f"{method} {address.name}")
    assert not found
    assert seen > 20
    assert CANARY in "".join(str(entry.after) for entry in AuditEntry.objects.all())  # there was something to hide


@pytest.mark.parametrize("who", BELOW)
def test_in_every_form_of_a_page(who: Role, assistant: Assistant, sign_in: SignIn) -> None:
    client, one = sign_in(granted(who, username="sam")), [assistant.assistant_id]
    compared = reverse("assistant-compare", args=[*one, "v1", "v3"])
    paths = [
        *(f"{compared}{query}" for query in ("", "?tab=raw", "?view=unified", "?space=ignore", "?space=all&wrap=off")),
        reverse("assistant-compare-text", args=[*one, "v1", "live"]),
        reverse("assistant-compare", args=[*one, "live", "draft"]),
        f"{reverse('assistant-versions', args=one)}?text={CANARY}",
        f"{reverse('assistants')}?q={CANARY}",
        f"{reverse('assistant-edit', args=one)}?from=1",
        f"{reverse('assistant-new')}?from={one[0]}",
        f"{reverse('assistant-new')}?graph=writer",
        f"{reverse('assistant-export', args=one)}?version=1",
        f"{reverse('assistant-chat', args=one)}?version=1",
    ]
    answers = [client.get(path) for path in paths]
    bodies = [b"".join(one.streaming_content).decode() if one.streaming else one.text for one in answers]
    assert not [path for path, body in zip(paths, bodies, strict=True) if CANARY in body.replace(f'{CANARY}"', "")]
    if who is not Role.EDITOR:
        return
    for data in (
        {"do": "tab:json"},
        {"do": "review", "/temperature": "0.9", "/temperature#state": "value"},
        {"do": "keep", "/temperature": "0.9", "/temperature#state": "value"},
        {"do": "save", "name": "", "/temperature": "0.9", "/temperature#state": "value"},
        {"#action": "override:/system_prompt"},
        {"do": "save", "tab": "json", "json": json.dumps({"system_prompt": OTHER})},
        {"do": "save", "expected_version": "1", "base": "1", "/temperature": "0.9", "/temperature#state": "value"},
    ):
        assert CANARY not in post(client, assistant, **data).text
    assert client.get(reverse("assistant-compare", args=[*one, "live", "draft"])).status_code == 200
    assert CANARY not in client.get(reverse("assistant-compare", args=[*one, "live", "draft"])).text
    assert CANARY not in client.get(reverse("assistant-edit", args=one)).text


def post(client: Client, assistant: Assistant, **data: str) -> HttpResponse:
    newest = str(Assistant.history.newest_number(assistant))
    about = {"name": assistant.name, "description": "", "base": newest, "expected_version": newest}
    answer: HttpResponse = client.post(reverse("assistant-edit", args=[assistant.assistant_id]), {**about, **data})
    return answer


def row_of(page: str, key: str) -> str:
    found = re.search(rf'<div class="form-row" data-key="{key}".*?(?=<div class="form-row"|</section>)', page, re.S)
    assert found
    return found[0]


def test_the_form_says_so_in_its_place(assistant: Assistant, sign_in: SignIn, olga: Person) -> None:
    address = reverse("assistant-edit", args=[assistant.assistant_id])
    page = sign_in(granted(Role.EDITOR, username="sam")).get(address).text
    row = row_of(page, "system_prompt")
    assert "Hidden from you: seeing and changing it needs the role Publisher." in row
    assert "<textarea" not in row
    assert "<input" not in row
    for person in (olga, granted(Role.PUBLISHER, username="pat")):
        page = sign_in(person).get(address).text
        assert f"{CANARY} 3" in row_of(page, "system_prompt")
        assert "Hidden from everybody below the role Publisher." in row_of(page, "system_prompt")


def test_a_button_within_a_setting_leaves_from_whom_it_is_hidden(assistant: Assistant, sign_in: SignIn) -> None:
    """Whose answer is that setting alone."""
    client = sign_in(granted(Role.PUBLISHER, username="pat"))
    pressed = {"#action": "add:/tags", "/tags#state": "value", "/tags#rows": "0", "/tags/0": "short"}
    for address in (
        reverse("assistant-edit", args=[assistant.assistant_id]),
        f"{reverse('assistant-new')}?graph=writer",
    ):
        row = client.post(address, pressed, headers={"HX-Request": "true"}).text.strip()
        assert row.startswith('<div class="form-row" data-key="tags"'), row[:300]
        assert row.count("Hidden from everybody below the role Publisher.") == 1
        remaining = client.post(
            address, {"#action": "override:/temperature"}, headers={"HX-Request": "true"}
        ).text.strip()
        assert "Hidden from" not in remaining


def test_what_an_editor_saves_leaves_it(assistant: Assistant, sign_in: SignIn) -> None:
    client = sign_in(granted(Role.EDITOR, username="sam"))
    changed = {"/temperature": "0.9", "/temperature#state": "value", "do": "save"}
    assert post(client, assistant, **changed).status_code == 302
    assert opened(assistant, 4) == {**ANY, "system_prompt": f"{CANARY} 3", "temperature": 0.9}
    assert post(client, assistant, do="save", tab="json", json='{"temperature": 1.5}').status_code == 302
    assert opened(assistant, 5) == {**ANY, "system_prompt": f"{CANARY} 3", "temperature": 1.5}

    for sent in (OTHER, f"{CANARY} 3"):
        refused = post(client, assistant, do="save", tab="json", json=json.dumps({"system_prompt": sent}))
        assert refused.status_code == 422
        assert "This is hidden from you" in refused.text
    in_form = {"/system_prompt": OTHER, "/system_prompt#state": "value", "/system_prompt#secret": "replace"}
    assert post(client, assistant, do="save", **in_form).status_code == 422
    assert Assistant.history.newest_number(assistant) == 5


def opened(assistant: Assistant, number: int) -> dict[str, Any]:
    return dict(given(Assistant.history.numbered(assistant, number).context, None))


def test_who_may_see_it_edits_and_compares_it(assistant: Assistant, sign_in: SignIn) -> None:
    client, one = sign_in(granted(Role.PUBLISHER, username="pat")), [assistant.assistant_id]
    assert "Nothing changed since v3" in client.get(post(client, assistant, do="save")["Location"]).text
    written = {"/system_prompt": OTHER, "/system_prompt#state": "value"}
    review = post(client, assistant, do="review", **written).text
    assert CANARY in review
    assert OTHER in review
    draft = client.get(reverse("assistant-compare", args=[*one, "live", "draft"])).text
    assert OTHER in draft
    assert OTHER in client.get(reverse("assistant-edit", args=one)).text
    assert post(client, assistant, do="save", live="1", **written).status_code == 302
    assert opened(assistant, 4)["system_prompt"] == OTHER
    assert OTHER not in str(Assistant.history.numbered(assistant, 4).context)
    assert Assistant.history.numbered(assistant, 4).summary == "Replaced System prompt"
    for name, args in (("assistant", one), ("assistant-version", [*one, 4]), ("assistant-compare", [*one, "v3", "v4"])):
        assert OTHER in client.get(reverse(name, args=args)).text, name


def test_taking_the_old_value_takes_nothing(assistant: Assistant, sign_in: SignIn) -> None:
    client = sign_in(granted(Role.EDITOR, username="sam"))
    address = reverse("assistant-take", args=[assistant.assistant_id, 1])
    answer = client.post(address, {"key": "system_prompt"}, follow=True)
    assert CANARY not in answer.text
    post(client, assistant, do="save")
    newest = Assistant.history.newest_number(assistant)
    assert opened(assistant, newest)["system_prompt"] == f"{CANARY} 3"


def test_a_draft_of_somebody_who_saw_it_once(assistant: Assistant, sign_in: SignIn) -> None:
    """Their role went; what they typed of other settings stays."""
    person = granted(Role.EDITOR, username="sam")
    letters = {
        "as_json": False,
        "json": "",
        "data": {"/system_prompt": [f"{CANARY} typed"], "/temperature": ["x"], "/temperature#state": ["value"]},
        "working": ANY,
    }
    for typed in (letters, {**letters, "as_json": True, "json": json.dumps(ANY)}):
        written = Written(
            base=3, newest=3, name="x", description="", note="", settings=ANY, settings_schema=make.SCHEMA, typed=typed
        )
        known = 0 if typed is letters else 1
        keep_draft(author=Author.of(person), assistant=assistant, written=written, known=known)
        page = sign_in(person).get(reverse("assistant-edit", args=[assistant.assistant_id])).text
        assert CANARY not in page
        assert typed["as_json"] or 'value="x"' in page


def test_an_operator_hides_and_shows_on_the_graphs_page(olga: Person, sign_in: SignIn) -> None:
    assistant, client = of_versions(), sign_in(olga)
    address = reverse("graph-lock", args=["writer"])
    page = client.post(address, {"pointer": "/system_prompt", "role": "operator", "hidden": "on"}, follow=True).text
    assert "Hidden: the role Operator sees and changes it." in page
    assert "Seen and changed by the role Operator alone" in page
    assert CANARY not in str(Assistant.objects.get(pk=assistant.pk).context["system_prompt"])
    client.post(address, {"pointer": "/system_prompt", "role": ""})
    assert Assistant.objects.get(pk=assistant.pk).context["system_prompt"] == f"{CANARY} 3"
    remove_lock(graph_id="writer", pointer="/system_prompt", author=SYSTEM)
