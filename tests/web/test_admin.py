"""The admin shows everything, and changes nothing that the services guard."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assistants_app.models import Assistant, AssistantVersion, AuditEntry, Cron, ModelPrice, Person, Rating, Role, Run
from assistants_app.services.keys import create_key
from assistants_app.services.threads import create_thread
from tests import make
from tests.people import PASSWORD, SignIn
from tests.web.codes import second_factor
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db

MODELS = ["apikey", "assistant", "assistantversion", "person", "thread", "run", "rating", "modelprice"]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_is_searched(operator_client: Client, erin: Person, model: str) -> None:
    create_thread(assistant=make.assistant(person=erin), owner=erin)
    address = reverse(f"admin:assistants_app_{model}_changelist")

    assert operator_client.get(address).status_code == 200
    assert operator_client.get(address, {"q": "blog"}).status_code == 200


@pytest.mark.parametrize(("model", "asked"), [("run", "status"), ("person", "username"), ("modelprice", "model")])
def test_a_filter_by_what_no_row_can_hold_is_no_filter(operator_client: Client, model: str, asked: str) -> None:
    address = reverse(f"admin:assistants_app_{model}_changelist")

    answer = operator_client.get(address, {f"{asked}__exact": "a\0"})

    assert answer["Location"] == f"{address}?e=1"
    assert operator_client.get(answer["Location"]).status_code == 200


def test_runs_are_listed_as_they_ended_and_graphs_to_choose_from_are_those_of_assistants(
    operator_client: Client, erin: Person
) -> None:
    thread = create_thread(assistant=(made := make.assistant(person=erin)), owner=erin)
    given = {"thread": thread, "assistant": made, "graph_id": "writer"}
    runs = [Run.objects.create(number=n, finished_at=timezone.now() + timedelta(n), **given) for n in (7, 9, 8)]
    address = reverse("admin:assistants_app_run_changelist")

    with CaptureQueriesContext(connection) as asked:
        page = operator_client.get(address).text

    places = [page.index(str(run.run_id)) for run in runs]
    assert places[1] < places[2] < places[0]
    assert "?graph_id=writer" in page
    assert not [one for one in asked if "DISTINCT" in one["sql"] and "assistants_app_run" in one["sql"]]
    assert str(runs[0].run_id) in operator_client.get(address, {"graph_id": "writer"}).text
    assert str(runs[0].run_id) not in operator_client.get(address, {"graph_id": "other"}).text


def test_a_cron_that_will_not_run_says_why(operator_client: Client) -> None:
    given = {"assistant": make.assistant(), "schedule": "0 9 * * *"}
    good = Cron.objects.create(**given, timezone="Europe/Berlin", next_run_date=timezone.now())
    gone = Cron.objects.create(**given, timezone="Mars/Olympus")
    address = reverse("admin:assistants_app_cron_changelist")
    said = "&quot;Mars/Olympus&quot; is no IANA time zone."

    listed = operator_client.get(address).text
    assert listed.count(said) == 1
    assert listed.index("column-problem") < listed.index("column-timezone"), "a narrow screen shows it, too"
    assert said in operator_client.get(reverse("admin:assistants_app_cron_change", args=[gone.pk])).text
    assert (
        "IANA time zone." not in operator_client.get(reverse("admin:assistants_app_cron_change", args=[good.pk])).text
    )


def test_entries_of_the_audit_log_are_told_and_counted_in_words(operator_client: Client, erin: Person) -> None:
    for _number in range(2):
        make.assistant(person=erin)
    page = operator_client.get(reverse("admin:assistants_app_auditentry_changelist")).text
    assert f"{AuditEntry.objects.count()} audit entries" in page
    assert "Assistant made" in page
    assert "assistant.created" not in page, "in words"


def test_one_row_opens(operator_client: Client, erin: Person) -> None:
    made = make.assistant(person=erin)
    thread = create_thread(assistant=made, owner=erin)
    rows = {"assistant": made.pk, "assistantversion": AssistantVersion.objects.get().pk, "thread": thread.pk}

    for model, pk in rows.items():
        page = operator_client.get(reverse(f"admin:assistants_app_{model}_change", args=[pk]))
        assert page.status_code == 200
        assert 'name="_save"' not in page.text


@pytest.mark.parametrize("model", ["apikey", "assistant", "assistantversion", "thread", "run"])
@pytest.mark.parametrize("what", ["add", "change", "delete"])
def test_what_the_services_guard_is_read_only(operator_client: Client, erin: Person, model: str, what: str) -> None:
    made = make.assistant(person=erin)
    thread = create_thread(assistant=made, owner=erin)
    run = Run.objects.create(thread=thread, assistant=made, graph_id="writer", number=1)
    version = AssistantVersion.objects.get()
    key = create_key(name="Job", role=Role.VIEWER, created_by=None)[0]
    pk = {"apikey": key.pk, "assistant": made.pk, "thread": thread.pk, "assistantversion": version.pk, "run": run.pk}[
        model
    ]
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


def test_there_is_one_way_in(client: Client, olga: Person) -> None:
    """Django's own form would count no failures, and ask for no second factor."""
    answer = client.post("/admin/login/", {"username": "olga", "password": PASSWORD, "next": "/admin/"})

    assert answer.headers["Location"] == "/sign-in/?next=%2Fadmin%2F"
    assert client.get("/admin/").status_code == 302


def test_an_editor_is_told_there(editor_client: Client) -> None:
    assert editor_client.get("/admin/", follow=True).status_code == 403


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


def rated(assistant: Assistant, person: Person) -> Rating:
    run = Run.objects.create(
        thread=create_thread(assistant=assistant, owner=person), assistant=assistant, graph_id="writer", number=1
    )
    return Rating.objects.create(run=run, person=person, value=-1, note="Too dull")


def test_ratings_are_looked_up_and_not_changed(operator_client: Client, erin: Person) -> None:
    rating = rated(make.assistant(person=erin), erin)
    address = reverse("admin:assistants_app_rating_changelist")

    assert "Too dull" in operator_client.get(address, {"value__exact": "-1", "q": "dull"}).text
    assert "Too dull" not in operator_client.get(address, {"value__exact": "1"}).text
    change = reverse("admin:assistants_app_rating_change", args=[rating.pk])
    assert 'name="_save"' not in operator_client.get(change).text
    assert operator_client.post(change, {"value": "1"}).status_code == 403


def test_the_list_of_ratings_takes_the_same_queries_for_one_and_for_many(sign_in: SignIn, olga: Person) -> None:
    client, address = sign_in(olga), reverse("admin:assistants_app_rating_changelist")
    rated(make.assistant(person=olga), olga)
    one = queries_of(client, address)
    for _number in range(19):
        rated(make.assistant(person=olga), olga)

    assert queries_of(client, address) == one


PRICE = {"model": "gpt-5-*", "input_price": "0.25", "output_price": "2", "cached_input_price": "", "currency": "USD"}


def test_prices_are_kept_by_operators(operator_client: Client, sign_in: SignIn, erin: Person) -> None:
    address = reverse("admin:assistants_app_modelprice_add")

    assert operator_client.post(address, PRICE).status_code == 302
    price = ModelPrice.objects.get()
    assert (str(price), price.output_price, price.cached_input_price) == ("gpt-5-*", 2, None)
    assert sign_in(erin).post(address, {**PRICE, "model": "other"}).status_code == 302
    assert ModelPrice.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("input_price", "-1", "A price is 0 or more."),
        ("output_price", "NaN", "Enter a number."),
        ("output_price", "free", "Enter a number."),
        ("input_price", "", "This field is required."),
        ("input_price", "0.0000001", "no more than 6 decimal places"),
        ("cached_input_price", "9999999", "no more than"),
        ("currency", "usd", "three capital letters"),
        ("currency", "€", "three capital letters"),
        ("model", "two words", "has no spaces"),
        ("model", "", "This field is required."),
        ("model", "a\x00b", "Null characters are not allowed."),
        ("model", "known", "already exists"),
    ],
)
def test_bad_prices_are_refused_with_their_reason(operator_client: Client, name: str, value: str, said: str) -> None:
    ModelPrice.objects.create(model="known", input_price=1, output_price=1)

    answer = operator_client.post(reverse("admin:assistants_app_modelprice_add"), {**PRICE, name: value})

    assert answer.status_code == 200
    assert said in answer.text
    assert ModelPrice.objects.count() == 1


def test_second_factors_and_sessions_are_told_without_their_secrets(client: Client, olga: Person, erin: Person) -> None:
    factor = second_factor(erin)
    client.post("/sign-in/", {"login": "olga", "password": PASSWORD})
    key = client.session.session_key
    session = UserSession.objects.get()

    for address in ("mfa_authenticator", "usersessions_usersession", "socialaccount_socialaccount"):
        assert client.get(reverse(f"admin:{address}_changelist")).status_code == 200
    told = client.get(reverse("admin:mfa_authenticator_change", args=[factor.pk])).text
    assert factor.data["seed"] not in told
    told = client.get(reverse("admin:usersessions_usersession_change", args=[session.pk])).text
    assert str(key) not in told


def test_nobody_sets_the_password_of_another(operator_client: Client, erin: Person) -> None:
    address = reverse("admin:auth_user_password_change", args=[erin.pk])
    new = {"password1": "two ducks on the lake", "password2": "two ducks on the lake"}

    assert operator_client.post(address, new).status_code == 403
    erin.refresh_from_db()
    assert erin.check_password(PASSWORD)


def test_ones_own_password_is_changed_with_the_account(operator_client: Client, olga: Person) -> None:
    """Django's own form would neither end sessions nor tell the audit log."""
    new = {"old_password": PASSWORD, "new_password1": "a short walk home", "new_password2": "a short walk home"}
    answer = operator_client.post(reverse("admin:password_change"), new)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    olga.refresh_from_db()
    assert olga.check_password(PASSWORD)
