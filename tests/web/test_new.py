"""Making an assistant, of a graph or as another one is."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from assistants_app.models import Assistant
from tests import make
from tests.web.posting import fields_data, typed

pytestmark = pytest.mark.django_db

NEW = {"name": "Tweet writer", "description": "Short", "tab": "form", "do": "save"}


@pytest.fixture
def client(editor_client: Client) -> Client:
    return editor_client


def address(**query: str) -> str:
    return reverse("assistant-new") + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def test_it_works(client: Client) -> None:
    page = client.get(reverse("assistant-new")).content.decode()
    assert "?graph=writer" in page
    data = typed(fields_data(make.SCHEMA, {}), system_prompt="Tweet.") | NEW
    response = client.post(address(graph="writer"), data)
    made = Assistant.objects.get(name="Tweet writer")
    assert response["Location"] == reverse("assistant-edit", args=[made.assistant_id])
    assert (made.graph_id, made.version, made.context) == ("writer", 1, {"system_prompt": "Tweet."})
    assert made.settings_schema is not None
    assert Assistant.history.numbered(made, 1).author == "Erin Editor"


def test_from_another_assistant(client: Client) -> None:
    source = make.assistant(settings={"model": "theirs", "unknown": 1}, description="Old")
    make.version(source, settings={"model": "newer"}, make_live=False)
    where = address(**{"from": str(source.assistant_id)})
    page = client.get(where).content.decode()
    assert 'value="Blog writer (copy)"' in page
    assert 'value="theirs"' in page
    client.post(where, typed(fields_data(make.SCHEMA, source.context), system_prompt="Mine") | NEW)
    made = Assistant.objects.get(name="Tweet writer")
    assert made.context == {"model": "theirs", "unknown": 1, "system_prompt": "Mine"}


def test_a_name_is_asked_for(client: Client) -> None:
    data = typed(fields_data(make.SCHEMA, {}), model="kept") | NEW | {"name": " "}
    response = client.post(address(graph="writer"), data)
    assert response.status_code == 422
    assert 'href="#name"' in response.content.decode()
    assert 'value="kept"' in response.content.decode()
    assert not Assistant.objects.exists()


def test_errors_stand_at_their_fields(client: Client) -> None:
    response = client.post(address(graph="writer"), typed(fields_data(make.SCHEMA, {}), temperature="warm") | NEW)
    assert response.status_code == 422
    assert 'href="#/temperature"' in response.content.decode()


def test_the_same_form_twice(client: Client) -> None:
    page = client.get(address(graph="writer"))
    data = fields_data(make.SCHEMA, {}) | NEW | {"once": str(page.context["once"])}
    first, second = (client.post(address(graph="writer"), data) for _time in range(2))
    assert first["Location"] == second["Location"]
    assert Assistant.objects.count() == 1


def test_the_same_form_filled_in_anew(client: Client) -> None:
    """A browser's Back brings the form with its old mark: nothing that was typed since is lost."""
    data = fields_data(make.SCHEMA, {}) | NEW | {"once": str(uuid.uuid4())}
    client.post(address(graph="writer"), data)
    client.post(address(graph="writer"), data | {"name": "Blog writer"})
    client.post(address(graph="writer"), typed(data, model="other"))
    made = list(Assistant.objects.order_by("pk").values_list("name", "context"))
    assert made == [("Tweet writer", {}), ("Blog writer", {}), ("Tweet writer", {"model": "other"})]


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twice_at_one_moment(client: Client) -> None:
    data = fields_data(make.SCHEMA, {}) | NEW | {"once": str(uuid.uuid4())}

    def send(_time: int) -> int:
        try:
            return client.post(address(graph="writer"), data).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(send, range(3))) == [302] * 3
    assert Assistant.objects.count() == 1


def test_rows_and_the_json_tab(client: Client) -> None:
    data = fields_data(make.SCHEMA, {}) | NEW
    rows = client.post(
        address(graph="writer"), data | {"/tags#state": "value", "#action": "add:/tags"}
    ).content.decode()
    assert 'name="/tags/0"' in rows
    text = client.post(address(graph="writer"), data | {"do": "tab:json"}).content.decode()
    assert 'value="Tweet writer"' in text
    assert 'id="json"' in text
    client.post(address(graph="writer"), data | {"tab": "json", "json": '{"tags": ["a"]}'})
    assert Assistant.objects.get().context == {"tags": ["a"]}


@pytest.mark.parametrize(
    "query",
    [{"graph": "nowhere"}, {"from": "x"}, {"from": str(uuid.uuid4())}, {"graph": "nowhere", "from": ""}],
)
def test_what_is_not_there(client: Client, query: dict[str, str]) -> None:
    assert client.get(address(**query)).status_code == 404
    assert client.post(address(**query), NEW).status_code == 404


def test_graphs_that_cannot_be_used_are_listed_with_their_reason(client: Client) -> None:
    page = client.get(reverse("assistant-new"))
    broken = next(graph for graph in page.context["graphs"] if not graph.available)
    assert broken.error
    assert escape(broken.error) in page.content.decode()
    assert client.get(address(graph=broken.graph_id)).status_code == 409


@pytest.mark.parametrize(
    "data", [{}, {"do": "save"}, {"do": "x"}, {"#action": "add:/tags"}, {"once": "x", "do": "save"}]
)
def test_half_a_form(client: Client, data: dict[str, str]) -> None:
    assert client.post(address(graph="writer"), data).status_code in (200, 422)
    assert not Assistant.objects.exists()
