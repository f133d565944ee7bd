"""The audit log's page: what it shows to whom, its filters, its stretches, and what is recorded by the edges."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from assistants_app.models import AuditEntry, Person, Role
from assistants_app.models.audit import Face
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.keys import create_key
from assistants_app.services.origin import Origin, coming_from
from assistants_app.web.audit.asked import Asked
from assistants_app.web.audit.shown import Change, Value
from assistants_app.web.audit.stretch import Stretch
from tests import make
from tests.people import SignIn

pytestmark = pytest.mark.django_db

PAGE = "/audit/"


def entries(count: int, **more: Any) -> None:
    for number in range(count):
        audit.record(Action.SITE_BACKED_UP, kind=ObjectKind.SITE, name=f"copy-{number:02}", **more)


def names(client: Client, **query: str) -> list[str]:
    return [row.entry.object_name for row in client.get(PAGE, query).context["rows"]]


def test_it_works(operator_client: Client, erin: Person) -> None:
    made = make.assistant(person=erin, settings={"system_prompt": "Be <b>old</b>."})
    make.version(made, person=erin, settings={"system_prompt": "Be new."})
    page = operator_client.get(PAGE).text

    assert "Version saved" in page
    assert "Erin Editor" in page
    assert f'href="/assistants/{made.assistant_id}/"' in page
    assert "Be &lt;b&gt;old&lt;/b&gt;." in page
    assert "Be new." in page
    assert page.index("Version saved</span>") < page.index("Assistant made</span>"), "newest first"


def test_what_an_entry_holds_is_named_in_the_language_of_its_reader() -> None:
    keys = ("expires_at", "requests_per_minute", "reason", "metadata.reason")
    with override("de"):
        named = [Change(key, Value.of(1), Value.of(2)).label for key in keys]
    assert named == ["Läuft ab am", "Anfragen pro Minute", "Grund", "Reason"], "a setting keeps the name it was given"


def test_it_is_for_operators(editor_client: Client) -> None:
    assert editor_client.get(PAGE).status_code == 403
    assert editor_client.post(f"{PAGE}export/", {"format": "csv"}).status_code == 403


def test_a_page_tells_who_where_from(operator_client: Client, olga: Person) -> None:
    operator_client.post("/keys/add/", {"name": "Nightly", "role": "viewer"}, headers={"X-Request-Id": "r-77"})

    entry = AuditEntry.objects.get(action=Action.KEY_CREATED)
    assert (entry.face, entry.address, entry.request_id) == (Face.PAGE, "127.0.0.1", "r-77")
    assert (entry.who_kind, entry.who_id) == ("person", str(olga.pk))


def test_a_refusal_is_recorded(editor_client: Client, erin: Person) -> None:
    editor_client.get("/keys/")

    entry = AuditEntry.objects.get(action=Action.REFUSED)
    assert (entry.who_id, entry.object_name) == (str(erin.pk), "GET /keys/")
    assert entry.after == {"reason": "Only operators can open this page."}


def test_refusals_are_bounded_and_the_next_entry_counts_the_others(
    editor_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _time in range(20):
        editor_client.get("/keys/")
    assert AuditEntry.objects.filter(action=Action.REFUSED).count() == 6

    for other in range(20):
        editor_client.get("/keys/", REMOTE_ADDR=f"192.0.2.{other}")
    refused = AuditEntry.objects.filter(action=Action.REFUSED).newest_first()
    assert refused.count() == 12
    told: list[Any] = [entry.after for entry in refused]
    assert sum(after.get("not_recorded_before", 0) for after in told) == 14


def test_filters(operator_client: Client, olga: Person, erin: Person) -> None:
    key = create_key(name="Nightly", role=Role.EDITOR, created_by=olga)[0]
    with coming_from(Origin(Face.API, "192.0.2.7", "r-1", Author.with_key(key))):
        made = make.assistant(name="By a program")
    made_by_erin = make.assistant(name="By a person", person=erin)

    assert names(operator_client, who=f"person:{erin.pk}") == ["By a person"]
    assert names(operator_client, action="key.created") == ["Nightly"]
    assert names(operator_client, kind="assistant") == ["By a person", "By a program"]
    assert names(operator_client, kind="assistant", object=str(made.assistant_id)) == ["By a program"]
    assert names(operator_client, object=str(made_by_erin.assistant_id)) == ["By a person"]
    assert names(operator_client, face="api") == ["By a program"]
    assert names(operator_client, q="PERSON by") == ["By a person"]
    assert names(operator_client, q="192.0.2.7") == ["By a program"]
    assert names(operator_client, q="r-1") == ["By a program"]
    assert names(operator_client, face="api", kind="key") == []
    assert names(operator_client, kind="nonsense", face="nonsense", who="nonsense", action="x") != []


def test_periods(operator_client: Client) -> None:
    now = timezone.now()
    for days in (0, 1, 5):
        AuditEntry.objects.create(
            at=now - timedelta(days=days), who="x", who_kind="system", face="system", object_name=f"{days}"
        )
    day = [(now - timedelta(days=days)).date().isoformat() for days in range(10)]

    assert names(operator_client, since=day[1], kind="", action="")[-2:] == ["0", "1"]
    assert names(operator_client, until=day[1]) == ["1", "5"]
    assert names(operator_client, since=day[5], until=day[5]) == ["5"]
    assert names(operator_client, since="0001-01-01", until="9999-12-31")[-3:] == ["0", "1", "5"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "2026-02-03", "until": "2026-02-02"}, "ends before it begins"),
        ({"since": "2026-02-30"}, "is no date"),
        ({"until": "<script>"}, "“&lt;script&gt;” is no date"),
    ],
)
def test_a_period_that_cannot_be(operator_client: Client, query: dict[str, str], said: str) -> None:
    answer = operator_client.get(PAGE, query)

    assert answer.status_code == 422
    assert said in answer.text
    exported = operator_client.post(f"{PAGE}export/?since=2026-02-03&until=2026-02-02", {"format": "csv"}, follow=True)
    assert "ends before it begins" in exported.text


@pytest.mark.parametrize(
    "query", ["before=x", "before=99999999999999999999-1", "after=1-x", "before=-", "q=%00", "who=:"]
)
def test_forged_addresses(operator_client: Client, query: str) -> None:
    entries(1)

    assert operator_client.get(f"{PAGE}?{query}").status_code == 200


def test_pages_meet_without_gap_or_overlap(operator_client: Client) -> None:
    moment = timezone.now()
    for number in range(120):  # in threes of the same moment
        AuditEntry.objects.create(
            at=moment + timedelta(microseconds=number // 3), who="x", who_kind="system", face="system", object_id=number
        )
    seen: list[int] = []
    query = "face=system"
    while True:
        page = operator_client.get(f"{PAGE}?{query}").context
        seen += [int(row.entry.object_id) for row in page["rows"] if row.entry.object_id]
        if not page["stretch"].older:
            break
        query = page["older"]
    assert seen == list(reversed(range(120)))
    back = operator_client.get(f"{PAGE}?{page['newer']}").context

    assert [int(row.entry.object_id) for row in back["rows"]] == list(reversed(range(20, 70)))


def test_a_search_looks_through_a_bounded_number_and_says_so(operator_client: Client) -> None:
    entries(30)
    asked = Asked(text="copy-03")
    first = Stretch.cut(asked, 50, looked_through=20)
    assert first.rows == []
    assert first.looked_to is not None
    assert first.looked_to.object_name == "copy-10"

    place = (first.looked_to.at, first.looked_to.pk)
    second = Stretch.cut(Asked(text="copy-03", before=place), 50, looked_through=20)
    assert [row.object_name for row in second.rows] == ["copy-03"]
    assert second.looked_to is None


def test_as_many_queries_for_many_entries(operator_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert operator_client.get(PAGE).status_code == 200
        return len(asked)

    make.assistant()
    few = queries()
    for _number in range(20):
        make.assistant()
        create_key(name="k", role=Role.VIEWER, created_by=None)

    assert queries() == few


def test_the_activity_of_an_assistant(editor_client: Client, erin: Person) -> None:
    made = make.assistant(person=erin, name="Mine")
    make.assistant(person=erin, name="Another")
    with coming_from(Origin(Face.PAGE, "192.0.2.77", "r-88")):
        make.version(made, person=erin, settings={"system_prompt": "Be new."})
    answer = editor_client.get(reverse("assistant-activity", args=[made.assistant_id]))

    assert [row.action for row in answer.context["rows"]] == ["Version saved", "Assistant made"]
    assert "Be new." in answer.text
    assert "192.0.2.77" not in answer.text
    assert "r-88" not in answer.text


def test_what_is_gone_has_no_link(operator_client: Client, erin: Person) -> None:
    from assistants_app.services.assistants import delete_assistant

    made = make.assistant(person=erin, name="Gone")
    delete_assistant(assistant_id=made.assistant_id, author=SYSTEM)
    page = operator_client.get(PAGE).text

    assert f"/assistants/{made.assistant_id}/" not in page
    assert "Assistant deleted" in page


def test_secrets_show_as_hidden(operator_client: Client) -> None:
    audit.record(Action.POLICY_CHANGED, before={"api_key": "canary"}, after={"api_key": "canary-2"})
    page = operator_client.get(PAGE).text

    assert "canary" not in page
    assert "hidden" in page


def test_an_entry_of_a_newer_version_is_shown_as_it_is(operator_client: Client, sign_in: SignIn) -> None:
    AuditEntry.objects.create(
        at=timezone.now(), who="x", who_kind="ghost", face="phone", action="ghost.seen", object_kind="ghost", after=[1]
    )

    assert "ghost.seen" in operator_client.get(PAGE).text


def test_nothing_that_was_recorded_is_markup(operator_client: Client) -> None:
    bad = "<script>&"
    AuditEntry.objects.create(
        at=timezone.now(), who=bad, who_kind=bad, who_id=bad, face=bad, action=bad, object_kind=bad, object_id=bad,
        object_name=bad, address=bad, request_id=bad, before={bad: bad}, after={bad: [bad], f"a.{bad}": None},
    )  # fmt: skip
    page = operator_client.get(PAGE).text

    assert bad not in page
    assert page.count("&lt;script&gt;&amp;") >= 12
