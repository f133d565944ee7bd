"""What goes wrong is said on a page of the product's own, with a way on, and nothing typed is lost."""

import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import RequestFactory
from django.views.defaults import server_error

from assistants_app.domain.errors import EngineNotRunning, GraphUnavailable, InvalidSettings, StaleBase, ThreadBusy
from assistants_app.models import Person, Thread
from assistants_app.web.errors import ProductErrorPages
from tests import make

pytestmark = pytest.mark.django_db


def test_it_works(editor_client: Client) -> None:
    answer = editor_client.get("/no/such/page/")

    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text
    assert "/no/such/page/" not in answer.text
    assert "Erin Editor" in answer.text, "one stays signed in and finds the way on"


@pytest.mark.parametrize(
    "path", ["/assistants/1/", "/assistants/None/versions/", "/assistants/%00/", "/people/x/link/"]
)
def test_an_address_that_makes_no_sense(editor_client: Client, path: str) -> None:
    assert editor_client.get(path).status_code == 404


def test_a_stranger_is_told_no_more(client: Client) -> None:
    assert client.get("/no/such/page/").status_code == 404
    assert client.get(f"/assistants/{uuid.uuid4()}/").status_code == 302


def test_too_much_at_once_is_said(editor_client: Client) -> None:
    made = make.assistant()

    answer = editor_client.post(
        f"/assistants/{made.assistant_id}/rename/",
        {"name": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)},
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 413
    assert "What you typed is still in your browser" in answer.text


def test_too_many_fields_are_said(editor_client: Client) -> None:
    made = make.assistant()
    body = "&".join(["a=1"] * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))

    answer = editor_client.post(
        f"/assistants/{made.assistant_id}/rename/", body, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 413


def test_two_megabytes_are_answered_by_the_page_itself(editor_client: Client) -> None:
    made = make.assistant()

    answer = editor_client.post(f"/assistants/{made.assistant_id}/rename/", {"name": "x" * 2_000_000})

    assert answer.status_code == 422
    assert "Give the assistant a name of 1 to 200 characters." in answer.text


def test_another_host_is_refused_on_a_page(client: Client) -> None:
    answer = client.get("/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "not understood" in answer.text
    assert "evil.example" not in answer.text


def test_a_missing_token_says_how_to_go_back(erin: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(erin)

    answer = client.post(f"/assistants/{make.assistant().assistant_id}/rename/", {"name": "New"})

    assert answer.status_code == 403
    assert "Nothing was saved yet" in answer.text
    assert "Back button" in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (GraphUnavailable(), 400),
        (InvalidSettings([]), 400),
        (StaleBase(expected=1, newest=2), 409),
        (ThreadBusy(), 409),
        (EngineNotRunning(), 503),
    ],
)
def test_what_a_view_lets_through_has_its_page(error: Exception, status: int, rf: RequestFactory) -> None:
    answer = ProductErrorPages(lambda _request: None).process_exception(rf.get("/"), error)  # type: ignore[arg-type,return-value]

    assert answer is not None
    assert answer.status_code == status
    assert str(error) in answer.content.decode()


def test_a_process_that_does_not_run_graphs_accepts_nothing(editor_client: Client) -> None:
    made = make.assistant()

    for headers in ({}, {"HX-Request": "true"}):
        answer = editor_client.post(f"/assistants/{made.assistant_id}/test/send/", {"message": "Hi"}, headers=headers)

        assert answer.status_code == 503
        assert "Runs are not executed in this process" in answer.text
    assert not Thread.objects.exists()


def test_other_errors_are_left_to_django(rf: RequestFactory) -> None:
    assert ProductErrorPages(lambda _request: None).process_exception(rf.get("/"), KeyError("x")) is None  # type: ignore[arg-type,return-value]


def test_our_own_fault_needs_nothing_to_be_said(rf: RequestFactory) -> None:
    answer = server_error(rf.get("/"))

    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "css/base" in answer.content.decode()


def test_an_address_that_only_takes_forms_says_so(editor_client: Client) -> None:
    """One comes there by pressing Enter in the address bar after a form that was refused."""
    made = make.assistant()
    answer = editor_client.get(f"/assistants/{made.assistant_id}/protection/")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "This address only takes what a form sends" in answer.text
