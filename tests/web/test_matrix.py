"""Every role, and none, and strangers, at every page with every method, for assistants of their own team and others'.

The pages are those of the URLconf; which role each asks for is in `tests/rules.py`.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from assistants_app.models import Person, Role
from assistants_app.services.accepting import begin_run
from assistants_app.services.authors import SYSTEM
from assistants_app.services.grants import Scope, give_role
from assistants_app.services.runs import cancel_pending_run
from assistants_app.services.threads import create_thread
from assistants_app.services.trials import begin_trial
from tests import make
from tests.addresses import addresses, example_parts, routes, waiting_review
from tests.people import PASSWORD, SignIn, granted
from tests.rules import OPEN, PAGES, SIGNED_IN

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "delete")
"""Those of pages, and one that no page has. Which a page has is asked before who asks."""
SECRET = "The plan that nobody may see"
"""The name of the other team's assistant."""

WHO = ["stranger", "nobody", *Role]
ABOUT_ONE = {name for name, parts in routes() if {"assistant_id", "review_id"} & set(parts)}


def person_of(who: str) -> Person | None:
    """With a role for what is tagged "ours" only."""
    if who == "stranger":
        return None
    if who == Role.OPERATOR:
        return Person.objects.create_superuser(username="sam", password=PASSWORD)
    person = granted(None, username="sam", password=PASSWORD)
    if who != "nobody":
        give_role(person_id=person.pk, role=Role(who), scope=Scope(tag="ours"), author=SYSTEM)
    return person


def parts_of(ours: bool, person: Person | None, all_parts: dict[str, Any]) -> dict[str, Any]:
    """An assistant of the own team or of another, with a thread of this very person: they had a role for it once."""
    name, tags = ("Ours", ["ours"]) if ours else (SECRET, ["theirs"])
    assistant = make.assistant_with_versions(3, name=name, metadata={"tags": tags})
    thread = create_thread(assistant=assistant, owner=person, title=f"About {name}")
    run = begin_run(thread=thread.thread_id, assistant_id=assistant.assistant_id, input={}, author=SYSTEM)
    cancel_pending_run(run_id=run.run_id)
    case = make.case(assistant, f"Case of {name}")
    trial = begin_trial(assistant_id=assistant.assistant_id, author=SYSTEM)
    own = {"assistant_id": assistant.assistant_id, "thread_id": thread.thread_id, "run_id": run.run_id}
    own["review_id"] = waiting_review(assistant).pk
    return all_parts | own | {"case_id": case.pk, "trial_id": trial.pk, "result_id": trial.results.get().pk}


@pytest.fixture
def all_parts(olga: Person) -> dict[str, Any]:
    return example_parts(olga)


def test_every_page_has_a_rule() -> None:
    assert {name for name, _parts in routes()} == set(PAGES)


def test_pages_about_one_assistant_ask_for_a_role() -> None:
    assert not [name for name in ABOUT_ONE if not isinstance(PAGES[name], Role)]


def expected(name: str, who: str, ours: bool) -> str:
    """What a page does: "in" lets them in, "sign in" asks who they are, "forbidden" is 403, "gone" is 404."""
    rule = PAGES[name]
    if rule == OPEN:
        return "in"
    if who == "stranger":
        return "sign in"
    if rule == SIGNED_IN or who == Role.OPERATOR:
        return "in"
    if name in ABOUT_ONE and (who == "nobody" or not ours):
        return "gone"
    return "in" if who != "nobody" and Role(who).includes(Role(rule)) else "forbidden"


def outcome(answer: HttpResponse) -> str:
    if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/"):
        return "sign in"
    return {401: "sign in", 403: "forbidden", 404: "gone", 405: "method"}.get(answer.status_code, "in")


def ask(client: Client, method: str, path: str) -> HttpResponse:
    """What is changed by it is undone."""
    with transaction.atomic():
        answer: HttpResponse = getattr(client, method)(path)
        transaction.set_rollback(True)
    return answer


def asked(who: str, ours: bool, all_parts: dict[str, Any], sign_in: SignIn) -> Iterator[tuple[str, str, HttpResponse]]:
    """Every page with every method, as they are answered."""
    person = person_of(who)
    client = sign_in(person) if person else Client()
    cookies = client.cookies.copy()
    for address in addresses(parts_of(ours, person, all_parts)):
        if not ours and address.name not in ABOUT_ONE and PAGES[address.name] != SIGNED_IN:
            continue  # the same address as with ours
        for method in METHODS:
            client.cookies = cookies.copy()  # signing out was undone
            yield address.name, method, ask(client, method, address.path)


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "theirs"])
@pytest.mark.parametrize("who", WHO)
def test_every_page(who: str, ours: bool, all_parts: dict[str, Any], sign_in: SignIn) -> None:
    wrong: list[str] = []
    told: list[str] = []
    reached: set[str] = set()
    for name, method, answer in asked(who, ours, all_parts, sign_in):
        found, wanted = outcome(answer), expected(name, who, ours)
        if found == "method":  # nothing is done, whoever asks
            continue
        reached.add(name)
        own_refusal = name in OWN_REFUSALS and found in OWN_REFUSALS[name]
        if (found != wanted and not own_refusal) or answer.status_code == 500:
            wrong.append(f"{method.upper()} {name}: {answer.status_code}, {found} in place of {wanted}")
        if not ours and who != Role.OPERATOR and not answer.streaming and SECRET in answer.text:
            told.append(f"{method.upper()} {name}")

    assert not wrong, "\n".join(wrong)
    assert not told
    assert reached >= (set(PAGES) if ours else ABOUT_ONE)


OWN_REFUSALS: dict[str, set[str]] = {
    "account_reauthenticate": {"forbidden"},  # nothing asks for it now
    "audit-export": {"gone"},  # no format is named
    "graph-retry": {"gone"},  # no graph is named
    "inbox-answer": {"gone"},  # a thread whose assistant is not there for them
    "inbox-thread": {"gone"},
    "mfa_authenticate": {"sign in"},  # nobody is half signed in
    "mfa_reauthenticate": {"forbidden"},
    "password-forgotten": {"gone"},  # no mail server is set here
    "password-forgotten-new": {"gone"},
    "session-end": {"gone"},  # somebody else's, or nobody's
    "sign-in-link": {"gone"},
    "sign-out": {"sign in"},
    "single-sign-on": {"gone"},  # there is none here
    "single-sign-on-back": {"gone"},
}
"""What a page says to whom it lets in, that looks like a refusal of another kind."""


@pytest.mark.usefixtures("serving")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", [Role.VIEWER, Role.TESTER])
@pytest.mark.parametrize("under_test", ["live", "1", "unsaved"])
def test_what_a_chat_may_be_with(who: Role, under_test: str, all_parts: dict[str, Any], sign_in: SignIn) -> None:
    person = person_of(who)
    assert person is not None
    ours = parts_of(True, person, all_parts)
    path = f"/assistants/{ours['assistant_id']}/test/send/"

    answer = sign_in(person).post(path, {"message": "Hi", "under_test": under_test})

    assert (answer.status_code == 403) == (who == Role.VIEWER and under_test != "live")


def test_counts_and_filters_tell_nothing(all_parts: dict[str, Any], sign_in: SignIn) -> None:
    person = person_of(Role.PUBLISHER)
    assert person is not None
    parts_of(True, person, all_parts)
    parts_of(False, person, all_parts)
    client = sign_in(person)

    for path in ("/assistants/", "/assistants/?q=plan", "/assistants/?graph=writer", "/graphs/writer/", "/"):
        page = client.get(path).text
        assert SECRET not in page
        assert "theirs" not in page
    assert client.get("/graphs/writer/").context["count"] == 1
    assert client.get("/assistants/").context["page"].paginator.count == 1
