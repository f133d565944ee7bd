"""A person's page: roles given and taken, an operator's rights, leaving."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from assistants_app.models import AuditEntry, Grant, Person
from assistants_app.models.audit import Action
from tests import make
from tests.people import SignIn, granted
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


def test_it_works(operator_client: Client, erin: Person) -> None:
    page = operator_client.get(f"/people/{erin.pk}/").text

    assert "Erin Editor" in page
    assert "<strong>Publisher</strong> for all assistants" in page


@pytest.mark.parametrize("scope", ["all", "graph:writer", "tag:sales", "assistant", "typed"])
def test_a_role_is_given_and_taken(scope: str, operator_client: Client) -> None:
    assistant = make.assistant(metadata={"tags": ["sales"]})
    person = granted(None, username="sam")
    said = {"role": "tester", "scope": scope}
    if scope == "assistant":
        said["scope"] = f"assistant:{assistant.assistant_id}"
    if scope == "typed":
        said |= {"scope": "all", "assistant_id": str(assistant.assistant_id)}

    answer = operator_client.post(f"/people/{person.pk}/roles/give/", said, follow=True)

    grant = Grant.objects.get()
    assert (grant.person, grant.role) == (person, "tester")
    assert f"Given: {grant}." in answer.text
    assert AuditEntry.objects.newest_first()[0].action == Action.ROLE_GRANTED
    answer = operator_client.post(f"/people/{person.pk}/roles/{grant.pk}/take/", follow=True)
    assert f"Taken back: {grant}." in answer.text
    assert not Grant.objects.exists()
    assert AuditEntry.objects.newest_first()[0].action == Action.ROLE_TAKEN


@pytest.mark.parametrize("why", ["cannot be loaded", "taken out", "no langgraph.json", "never there"])
def test_a_role_for_a_graph_that_is_away(why: str, operator_client: Client, tmp_path: Path, settings: Settings) -> None:
    """Only one of which nobody here has ever heard is refused."""
    config = tmp_path / "langgraph.json"
    graph_id = "away" if why == "cannot be loaded" else "other"
    config.write_text("{" if why == "no langgraph.json" else f'{{"graphs": {{"{graph_id}": "./away.py:graph"}}}}')
    settings.GRAPHS_CONFIG = str(config)
    if why == "taken out":
        make.assistant(graph_id="away")
    person = granted(None, username="sam")

    said = {"role": "viewer", "scope": "graph:away"}
    answer = operator_client.post(f"/people/{person.pk}/roles/give/", said, follow=True)

    assert ("There is no graph &quot;away&quot; here." in answer.text) == (why == "never there")
    assert person.grants.count() == (why != "never there")


def test_another_role_for_the_same_takes_its_place(operator_client: Client, erin: Person) -> None:
    operator_client.post(f"/people/{erin.pk}/roles/give/", {"role": "viewer", "scope": "all"})

    assert [grant.role for grant in erin.grants.all()] == ["viewer"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"role": "king"},
        {"role": "operator"},
        {"role": "viewer", "scope": "graph:"},
        {"role": "viewer", "scope": "graph:gone"},
        {"role": "viewer", "scope": "planet:mars"},
        {"role": "viewer", "scope": "tag:" + "x" * 201},
        {"role": "viewer", "scope": "tag:a\0b"},
        {"role": "viewer", "scope": "assistant:no-uuid"},
        {"role": "viewer", "scope": "assistant:00000000-0000-0000-0000-000000000000"},
    ],
)
def test_what_makes_no_sense_is_said(said: dict[str, str], operator_client: Client) -> None:
    person = granted(None, username="sam")

    answer = operator_client.post(f"/people/{person.pk}/roles/give/", said)

    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert not Grant.objects.exists()


def test_a_role_of_somebody_else_is_not_taken_by_a_forged_address(
    operator_client: Client, erin: Person, ben: Person
) -> None:
    of_ben = ben.grants.get()

    assert operator_client.post(f"/people/{erin.pk}/roles/{of_ben.pk}/take/").status_code == 404
    assert ben.grants.exists()


def test_nobody_takes_their_own_operators_rights_by_mistake(
    operator_client: Client, olga: Person, erin: Person
) -> None:
    operator_client.post(f"/people/{erin.pk}/change/", {"do": "make-operator"})
    change = f"/people/{olga.pk}/change/"

    answer = operator_client.post(change, {"do": "make-editor"}, follow=True)
    assert "Confirm that you mean it." in answer.text
    assert Person.objects.get(pk=olga.pk).is_superuser

    assert operator_client.post(change, {"do": "make-editor", "sure": "1"}, follow=True).status_code == 200
    assert not Person.objects.get(pk=olga.pk).is_superuser
    assert [grant.role for grant in olga.grants.all()] == ["viewer"]
    assert operator_client.get("/people/").status_code == 403


def test_nobody_locks_themselves_out(operator_client: Client, olga: Person, erin: Person) -> None:
    operator_client.post(f"/people/{erin.pk}/change/", {"do": "make-operator"})

    answer = operator_client.post(f"/people/{olga.pk}/change/", {"do": "deactivate"}, follow=True)

    assert "You cannot stop yourself from signing in." in answer.text
    assert Person.objects.get(pk=olga.pk).is_active


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ({}, "viewer for all assistants"),
        ({"role": "editor", "scope": "graph:writer"}, "editor for the graph writer"),
        ({"role": "editor", "operator": "1"}, ""),
    ],
)
def test_an_invitation_names_the_first_role(said: dict[str, Any], given: str, operator_client: Client) -> None:
    answer = operator_client.post("/people/add/", {"username": "amy", **said})

    amy = Person.objects.get(username="amy")
    assert "/sign-in/link/" in answer.text
    assert ", ".join(str(grant).lower() for grant in amy.grants.all()) == given


def test_an_invitation_for_nothing_makes_nobody(operator_client: Client) -> None:
    answer = operator_client.post("/people/add/", {"username": "amy", "role": "editor", "scope": "assistant:none"})

    assert answer.status_code == 422
    assert not Person.objects.filter(username="amy").exists()


def test_no_more_queries_for_many_people_and_roles(operator_client: Client, erin: Person) -> None:
    few = queries_of(operator_client, "/people/"), queries_of(operator_client, f"/people/{erin.pk}/")
    for number in range(20):
        person = granted(None, username=f"p{number}")
        operator_client.post(f"/people/{person.pk}/roles/give/", {"role": "viewer", "scope": f"tag:t{number}"})
        operator_client.post(f"/people/{erin.pk}/roles/give/", {"role": "viewer", "scope": f"tag:t{number}"})

    assert (queries_of(operator_client, "/people/"), queries_of(operator_client, f"/people/{erin.pk}/")) == few


def test_who_has_no_role_sees_an_empty_site(sign_in: SignIn) -> None:
    made = make.assistant()
    client = sign_in(granted(None, username="sam"))

    assert made.name not in client.get("/").text
    assert "you have no role for those there are" in client.get("/assistants/").text
    assert client.get(f"/assistants/{made.assistant_id}/").status_code == 404
    assert client.get("/assistants/new/").status_code == 403
