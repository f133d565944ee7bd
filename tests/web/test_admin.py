"""The admin shows everything, and changes nothing that the services guard."""

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.models import Assistant, AssistantVersion, Person, Run
from assistants_app.services.threads import create_thread
from tests import make
from tests.people import PASSWORD, SignIn
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db

MODELS = ["assistant", "assistantversion", "person", "thread", "run"]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_is_searched(operator_client: Client, erin: Person, model: str) -> None:
    create_thread(assistant=make.assistant(person=erin), owner=erin)
    address = reverse(f"admin:assistants_app_{model}_changelist")

    assert operator_client.get(address).status_code == 200
    assert operator_client.get(address, {"q": "blog"}).status_code == 200


def test_one_row_opens(operator_client: Client, erin: Person) -> None:
    made = make.assistant(person=erin)
    thread = create_thread(assistant=made, owner=erin)
    rows = {"assistant": made.pk, "assistantversion": AssistantVersion.objects.get().pk, "thread": thread.pk}

    for model, pk in rows.items():
        page = operator_client.get(reverse(f"admin:assistants_app_{model}_change", args=[pk]))
        assert page.status_code == 200
        assert 'name="_save"' not in page.text


@pytest.mark.parametrize("model", ["assistant", "assistantversion", "thread", "run"])
@pytest.mark.parametrize("what", ["add", "change", "delete"])
def test_what_the_services_guard_is_read_only(operator_client: Client, erin: Person, model: str, what: str) -> None:
    made = make.assistant(person=erin)
    thread = create_thread(assistant=made, owner=erin)
    run = Run.objects.create(thread=thread, assistant=made, graph_id="writer", number=1)
    version = AssistantVersion.objects.get()
    pk = {"assistant": made.pk, "thread": thread.pk, "assistantversion": version.pk, "run": run.pk}[model]
    address = reverse(f"admin:assistants_app_{model}_{what}", args=[] if what == "add" else [pk])

    assert operator_client.post(address, {"name": "Forged", "post": "yes"}).status_code == 403
    assert Assistant.objects.get().name == "Blog writer"
    assert AssistantVersion.objects.count() == 1


def test_no_action_deletes_rows(operator_client: Client) -> None:
    made = make.assistant()

    operator_client.post(
        reverse("admin:assistants_app_assistant_changelist"),
        {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"},
    )

    assert Assistant.objects.exists()


def test_rights_are_not_given_here(operator_client: Client, erin: Person) -> None:
    address = reverse("admin:assistants_app_person_change", args=[erin.pk])

    answer = operator_client.post(
        address,
        {
            "username": "erin",
            "first_name": "Eryn",
            "last_name": "E",
            "email": "",
            "is_superuser": "on",
            "is_staff": "on",
        },
    )

    assert answer.status_code == 302
    erin.refresh_from_db()
    assert (erin.first_name, erin.is_superuser, erin.is_active) == ("Eryn", False, True)


def test_an_assistant_links_to_its_page(operator_client: Client) -> None:
    made = make.assistant()

    page = operator_client.get(reverse("admin:assistants_app_assistant_changelist")).text

    assert f'href="/assistants/{made.assistant_id}/"' in page


def test_editors_have_no_admin(sign_in: SignIn, erin: Person) -> None:
    assert sign_in(erin).get("/admin/").status_code == 302


def test_signing_in_there(client: Client, olga: Person) -> None:
    answer = client.post("/admin/login/", {"username": "olga", "password": PASSWORD, "next": "/admin/"})

    assert answer.headers["Location"] == "/admin/"


@pytest.mark.parametrize("model", ["assistant", "assistantversion", "thread"])
def test_it_takes_the_same_queries_for_one_and_for_many(sign_in: SignIn, olga: Person, model: str) -> None:
    client, address = sign_in(olga), reverse(f"admin:assistants_app_{model}_changelist")
    create_thread(assistant=make.assistant(person=olga), owner=olga)
    one = queries_of(client, address)
    for _number in range(19):
        create_thread(assistant=make.assistant(person=olga), owner=olga)

    assert queries_of(client, address) == one


def test_a_secret_is_nowhere(operator_client: Client, erin: Person) -> None:
    schema = {"type": "object", "properties": {"key": {"type": "string", "format": "password"}}}
    made = make.assistant(
        settings={"key": "hunter2", "tone": "dry"}, settings_schema=schema, config={"api_key": "hunter3"}
    )
    thread = create_thread(assistant=made, owner=erin)
    run = Run.objects.create(thread=thread, assistant=made, graph_id="writer", number=1, context={"key": "hunter2"})
    rows = {"assistant": made.pk, "assistantversion": AssistantVersion.objects.get().pk, "run": run.pk}

    for model, pk in rows.items():
        page = operator_client.get(reverse(f"admin:assistants_app_{model}_change", args=[pk])).text
        assert "hunter" not in page
        assert "••••" in page
