"""Home: first steps until they are done, what changed lately, one's own threads."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from assistants_app.models import Assistant, Person, Role
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.people import add_person
from assistants_app.services.threads import create_thread
from tests import make
from tests.people import PASSWORD, SignIn, granted
from tests.web.queries import queries_of

pytestmark = pytest.mark.django_db


def test_it_works(editor_client: Client, erin: Person, ben: Person) -> None:
    made = make.assistant(name="Blog writer", person=ben)
    create_thread(assistant=made, owner=erin, title="About ducks")
    create_thread(assistant=made, owner=ben, title="A secret of Ben's")

    page = editor_client.get("/").text

    for said in ("Hello, Erin", "Blog writer", "Ben Brown", "About ducks", "1 of 3 done"):
        assert said in page
    assert "secret" not in page


def test_the_first_steps_go_when_they_are_done(editor_client: Client, erin: Person) -> None:
    assert "0 of 3 done" in editor_client.get("/").text
    made = make.assistant(person=erin)
    make.version(made, person=erin)
    create_thread(assistant=made, owner=erin)

    assert "First steps" not in editor_client.get("/").text


def test_an_operator_by_link_has_two_more_steps(sign_in: SignIn) -> None:
    page = sign_in(add_person(author=SYSTEM, username="root", operator=True)).get("/").text

    for said in ("0 of 5 done", "Set a password", "Add the people you work with"):
        assert said in page


@pytest.mark.parametrize(
    ("role", "steps"), [(None, []), (Role.VIEWER, ["Test it in chat"]), (Role.TESTER, ["Test it in chat"])]
)
def test_no_step_leads_to_what_one_may_not_do(sign_in: SignIn, role: Role | None, steps: list[str]) -> None:
    make.assistant()
    answer = sign_in(granted(role, username="vera", password=PASSWORD)).get("/")

    assert [step.title for step in answer.context["steps"]] == steps
    assert ("no role for those" in answer.text) == (role is None)


def test_what_is_deleted_is_not_linked_to(editor_client: Client, erin: Person) -> None:
    made = make.assistant(name="Blog writer", person=erin)
    create_thread(assistant=made, owner=erin, title="About ducks")
    delete_assistant(assistant_id=made.assistant_id, typed_name="Blog writer", author=make.author_of(erin))

    page = editor_client.get("/").text

    assert "Blog writer" not in page
    assert "About ducks" not in page


def test_it_takes_the_same_queries_for_one_and_for_many(sign_in: SignIn, erin: Person) -> None:
    client = sign_in(erin)
    create_thread(assistant=make.assistant(person=erin), owner=erin)
    one = queries_of(client, "/")
    for _number in range(19):
        create_thread(assistant=make.assistant(person=erin), owner=erin)

    assert queries_of(client, "/") == one


def test_saved_last_comes_first(editor_client: Client, ben: Person) -> None:
    """Also where what was saved is not live."""
    first, second = make.assistant(name="Ducks"), make.assistant(name="Geese")
    Assistant.objects.filter(pk=second.pk).update(updated_at=first.updated_at + timedelta(hours=1))
    page = editor_client.get("/").text
    assert page.index("Geese") < page.index("Ducks")

    make.version(first, person=ben, make_live=False)
    page = editor_client.get("/").text
    assert page.index("Ducks") < page.index("Geese")
    assert re.search(r"Ben Brown,\s*<time", page)
    assert "newest v2" in page
