"""PATCH, versions and latest, as the reference answers them, and what is ours beside it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.errors import PermissionDeniedError

from assistants_app.api.assistants.values import one_assistant
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, Protection, Review, Role
from assistants_app.models.fields import digest_of
from assistants_app.services.authors import SYSTEM
from assistants_app.services.keys import create_key
from assistants_app.services.reviews import approve, set_protection
from tests.api.asking import Api


@pytest.fixture
def made(api: Api) -> dict[str, Any]:
    body = {
        "graph_id": "writer",
        "name": "A",
        "description": "d1",
        "metadata": {"team": "x", "k": 1},
        "context": {"model": "a", "temperature": 0.1},
        "config": {"tags": ["t1"], "recursion_limit": 9},
    }
    answer: dict[str, Any] = api.ok("POST", "/assistants", body)
    return answer


def path_of(made: dict[str, Any], rest: str = "") -> str:
    return f"/assistants/{made['assistant_id']}{rest}"


def test_it_works(api_url: str, api_key: str) -> None:
    with get_sync_client(url=api_url, api_key=api_key) as client:
        made = client.assistants.create("writer", context={"model": "a"}, name="A")
        saved = client.assistants.update(made["assistant_id"], context={"model": "b"}, metadata={"team": "x"})

        assert (saved["version"], saved["context"], saved["metadata"]) == (2, {"model": "b"}, {"team": "x"})
        assert client.assistants.get(made["assistant_id"]) == saved
        versions = client.assistants.get_versions(made["assistant_id"])
        assert [(one["version"], one["context"]) for one in versions] == [(2, {"model": "b"}), (1, {"model": "a"})]

        back = client.assistants.set_latest(made["assistant_id"], 1)
        assert (back["version"], back["context"], back["metadata"]) == (1, {"model": "a"}, {})
        assert client.assistants.get(made["assistant_id"]) == back
        assert client.assistants.update(made["assistant_id"], name="after")["version"] == 3


STEPS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("context replaces config", {"context": {"model": "b"}}, {"config": {"configurable": {"model": "b"}}}),
    ("metadata is merged", {"metadata": {"k": 2, "new": True}}, {"metadata": {"team": "x", "k": 2, "new": True}}),
    ("null is a value", {"metadata": {"k": None}}, {"metadata": {"team": "x", "k": None, "new": True}}),
    ("metadata empty", {"metadata": {}}, {"metadata": {"team": "x", "k": None, "new": True}}),
    ("the name", {"name": "A2"}, {"name": "A2", "context": {"model": "b"}}),
    ("the description", {"description": "d2"}, {"description": "d2"}),
    ("nothing", {}, {"name": "A2", "context": {"model": "b"}}),
    (
        "configurable is the context",
        {"config": {"configurable": {"model": "a"}, "recursion_limit": 3}},
        {"context": {"model": "a"}, "config": {"configurable": {"model": "a"}, "recursion_limit": 3}},
    ),
    ("options alone", {"config": {"tags": ["t2"]}}, {"context": {"model": "a"}}),
    ("context emptied", {"context": {}}, {"context": {}, "config": {"tags": ["t2"]}}),
    ("config emptied", {"config": {}}, {"context": {}, "config": {"tags": ["t2"]}}),
    ("another graph", {"graph_id": "slow"}, {"graph_id": "slow", "config": {"tags": ["t2"]}}),
    ("an empty name", {"name": ""}, {"name": "Untitled"}),
    ("unknown fields", {"version": 99, "bogus": 1}, {"name": "Untitled"}),
]


def test_every_patch_is_a_version(made: dict[str, Any], api: Api) -> None:
    for number, (_what, body, expected) in enumerate(STEPS, start=2):
        answer = api.ok("PATCH", path_of(made), body)
        assert answer["version"] == number, _what
        assert {key: answer[key] for key in expected} == expected, _what
        assert api.ok("GET", path_of(made)) == answer, _what
    row = Assistant.objects.get(assistant_id=made["assistant_id"])
    assert row.settings_schema
    assert list(row.settings_schema["properties"]) == ["seconds"]


def test_a_schema_is_read_only_where_it_is_not_the_graphs_own(
    made: dict[str, Any], django_assert_num_queries: Any
) -> None:
    rows, key = Assistant.objects.filter(assistant_id=made["assistant_id"]), uuid.UUID(made["assistant_id"])
    own = catalog().get("writer").settings_schema
    with django_assert_num_queries(1):
        assert one_assistant(key, None, whole=True).settings_schema is own
    for other in ({"type": "object", "properties": {}}, None):
        rows.update(settings_schema=other, schema_digest=digest_of(other))
        with django_assert_num_queries(2):
            assert one_assistant(key, None, whole=True).settings_schema == other
    rows.update(settings_schema=own, schema_digest="")  # by an older process
    assert one_assistant(key, None, whole=True).settings_schema == own


def test_a_patch_brings_the_schema_of_today(made: dict[str, Any], api: Api) -> None:
    old = {"type": "object", "properties": {"model": {"type": "string", "title": "Old"}}}
    rows = Assistant.objects.filter(assistant_id=made["assistant_id"])
    rows.update(settings_schema=old, schema_digest=digest_of(old))
    assert api.ok("PATCH", path_of(made), {"name": "B"})["version"] == 2
    row, own = rows.get(), catalog().get("writer").settings_schema
    assert (row.settings_schema, row.schema_digest) == (own, digest_of(own))
    assert Assistant.history.numbered(row, 2).settings_schema == own


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"config": {"configurable": {"a": 1}}, "context": {"a": 2}}, 400),
        ({"config": {"recursion_limit": "x"}}, 422),
        ({"config": {"configurable": []}}, 422),
        ({"description": None}, 422),
        ({"name": 7}, 422),
        ({"name": "x" * 201}, 422),
        ({"metadata": []}, 422),
        ({"context": None}, 422),
        ({"graph_id": "nope"}, 404),
        ({"base_version": 0}, 422),
        ({"base_version": 7}, 404),
    ],
)
def test_what_is_refused_saves_nothing(body: dict[str, Any], status: int, made: dict[str, Any], api: Api) -> None:
    answer = api.patch(path_of(made), body)
    assert (answer.status_code, type(answer.json()["detail"])) == (status, str)
    assert api.ok("GET", path_of(made)) == made


@pytest.mark.parametrize("rest", ["", "/versions", "/latest"])
def test_an_assistant_that_is_not_there(rest: str, api: Api) -> None:
    method = "POST" if rest else "PATCH"
    assert api.ask(method, f"/assistants/{uuid.uuid4()}{rest}", {"version": 1}).status_code == 404
    assert api.ask(method, f"/assistants/writer{rest}", {"version": 1}).status_code == 422


def test_versions_are_found_by_page_and_metadata(made: dict[str, Any], api: Api) -> None:
    for number in range(2, 14):
        api.ok("PATCH", path_of(made), {"metadata": {"k": number}, "note": f"note {number}"})

    found = api.ok("POST", path_of(made, "/versions"), {})
    assert [one["version"] for one in found] == list(range(13, 3, -1))
    assert (found[0]["author"], found[0]["note"]) == ("API key tests", "note 13")
    assert "updated_at" not in found[0]
    page = api.ok("POST", path_of(made, "/versions"), {"limit": 2, "offset": 1})
    assert [one["version"] for one in page] == [12, 11]
    assert [one["version"] for one in api.ok("POST", path_of(made, "/versions"), {"metadata": {"k": 5}})] == [5]
    for body in ({"limit": 0}, {"limit": 1001}, {"offset": -1}, {"metadata": 1}):
        assert api.post(path_of(made, "/versions"), body).status_code == 422
    assert api.get(path_of(made, "/versions")).status_code == 405


@pytest.mark.parametrize(("body", "status"), [({"version": 999}, 404), ({}, 404), ({"version": 0}, 404)])
def test_a_version_that_is_not_there(body: dict[str, Any], status: int, made: dict[str, Any], api: Api) -> None:
    assert api.post(path_of(made, "/latest"), body).status_code == status


def test_a_number_is_no_text(made: dict[str, Any], api: Api) -> None:
    assert api.post(path_of(made, "/latest"), {"version": "1"}).status_code == 422


def test_latest_restores_everything(made: dict[str, Any], api: Api) -> None:
    changed = {"graph_id": "slow", "context": {"seconds": 1}, "metadata": {"k": 2}, "name": "B", "description": "d2"}
    api.ok("PATCH", path_of(made), changed)

    back = api.ok("POST", path_of(made, "/latest"), {"version": 1})
    assert {**back, "updated_at": made["updated_at"]} == made


def test_a_version_may_wait_beside_the_live_one(made: dict[str, Any], api: Api) -> None:
    saved = api.ok("PATCH", path_of(made), {"name": "B", "make_live": False})
    assert (saved["version"], saved["name"]) == (2, "B")
    assert api.ok("GET", path_of(made)) == made

    # The next change is made of the live version, unless it says otherwise.
    assert api.ok("PATCH", path_of(made), {"description": "d2"})["name"] == "A"
    newer = api.ok("PATCH", path_of(made), {"description": "d3", "base_version": 3, "make_live": False})
    assert (newer["version"], newer["name"], newer["description"]) == (4, "A", "d3")


def test_a_stale_base_is_refused(made: dict[str, Any], api: Api) -> None:
    api.ok("PATCH", path_of(made), {"name": "B", "base_version": 1})

    late = api.patch(path_of(made), {"name": "C", "base_version": 1})
    assert late.status_code == 409
    assert "newer version" in late.json()["detail"]
    assert api.patch(path_of(made), {"name": "B", "base_version": 1}).status_code == 409


@pytest.mark.parametrize(
    ("role", "live", "waiting", "latest"),
    [(Role.TESTER, 403, 403, 403), (Role.EDITOR, 403, 200, 403), (Role.PUBLISHER, 200, 200, 200)],
)
def test_going_live_needs_a_publisher(
    role: Role, live: int, waiting: int, latest: int, made: dict[str, Any], api: Api
) -> None:
    headers = {"X-Api-Key": create_key(name="bound", role=role, created_by=None)[1]}
    url = api.url + path_of(made)
    assert httpx.patch(url, json={"name": "B"}, headers=headers).status_code == live
    assert httpx.patch(url, json={"name": "B", "make_live": False}, headers=headers).status_code == waiting
    assert httpx.post(url + "/latest", json={"version": 1}, headers=headers).status_code == latest


def test_settings_are_checked_when_asked(made: dict[str, Any], api: Api) -> None:
    bad = {"temperature": 99, "tags": "x"}
    for answer in (
        api.patch(path_of(made, "?validate=true"), {"context": bad}),
        api.post("/assistants?validate=true", {"graph_id": "writer", "context": bad}),
    ):
        assert answer.status_code == 422
        assert "/temperature: " in answer.json()["detail"]
        assert "/tags: " in answer.json()["detail"]
    assert api.patch(path_of(made, "?validate=perhaps"), {}).status_code == 422
    assert api.ok("PATCH", path_of(made), {"context": bad})["context"] == bad
    assert api.patch(path_of(made, "?validate=true"), {"name": "B"}).status_code == 422
    assert api.ok("PATCH", path_of(made, "?validate=true"), {"context": {"temperature": 1}})["version"] == 3


def test_what_two_programs_merge_at_once_is_all_there(made: dict[str, Any], api: Api) -> None:
    def patch(number: int) -> int:
        url, headers = api.url + path_of(made), {"X-Api-Key": api.key}
        return httpx.patch(url, json={"metadata": {f"n{number}": number}}, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(patch, range(16))) == [200] * 16
    after = api.ok("GET", path_of(made))
    assert after["version"] == 17
    assert after["metadata"] == {"team": "x", "k": 1, **{f"n{number}": number for number in range(16)}}


def test_versions_of_a_protected_assistant_wait(made: dict[str, Any], api: Api) -> None:
    assistant_id = uuid.UUID(made["assistant_id"])
    set_protection(assistant_id=assistant_id, protection=Protection.PUBLISHER, author=SYSTEM)
    path = path_of(made)

    for refused in (api.patch(path, {"name": "B"}), api.patch(path, {"name": "B", "make_live": True})):
        assert refused.status_code == 403
        assert "is protected" in refused.json()["detail"]
        assert '"make_live": false' in refused.json()["detail"]
    saved = api.ok("PATCH", path, {"name": "B", "make_live": False})
    again = api.ok("PATCH", f"{path}?make_live=false", {"name": "C"})
    assert (saved["version"], again["version"], api.ok("GET", path)["name"]) == (2, 3, made["name"])
    assert [(one.number, one.shown_state) for one in Review.objects.with_newer().order_by("number")] == [
        (1, "approved"),
        (2, "stale"),
        (3, "waiting"),
    ]

    refused = api.post(path + "/latest", {"version": 3})
    assert refused.status_code == 403
    assert "v3 cannot go live before a publisher has approved it" in refused.json()["detail"]
    approve(review_id=Review.objects.get(number=3).pk, author=SYSTEM)
    assert api.ok("GET", path)["name"] == "C"
    assert api.ok("POST", path + "/latest", {"version": 1})["name"] == made["name"]
    assert api.patch(f"{path}?make_live=perhaps", {}).status_code == 422


def test_the_official_sdk_can_ask_for_a_version_that_waits(made: dict[str, Any], api: Api) -> None:
    set_protection(assistant_id=uuid.UUID(made["assistant_id"]), protection=Protection.PUBLISHER, author=SYSTEM)
    with get_sync_client(url=api.url, api_key=api.key) as client:
        with pytest.raises(PermissionDeniedError, match="is protected"):
            client.assistants.update(made["assistant_id"], name="B")
        saved = client.assistants.update(made["assistant_id"], name="B", params={"make_live": "false"})
        assert (saved["version"], saved["name"]) == (2, "B")
        assert client.assistants.get(made["assistant_id"])["version"] == 1


def test_who_may_delete_a_protected_one(made: dict[str, Any], api: Api) -> None:
    set_protection(assistant_id=uuid.UUID(made["assistant_id"]), protection=Protection.PUBLISHER, author=SYSTEM)
    headers = {"X-Api-Key": create_key(name="bound", role=Role.EDITOR, created_by=None)[1]}
    assert httpx.delete(api.url + path_of(made), headers=headers).status_code == 403
    assert api.ok("GET", path_of(made)) == made
