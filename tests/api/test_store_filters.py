"""What filters mean, the same on both databases; and that nothing in them reaches the database as SQL."""

import uuid
from typing import Any

import pytest

from tests.api.asking import Api

ITEMS: dict[str, dict[str, Any]] = {
    "nine": {"n": 9, "s": "b", "flag": True, "in": {"deep": [1, {"x": None}]}},
    "ten": {"n": 10, "s": "a", "flag": False, "tags": ["x", "y"]},
    "half": {"n": 0.5, "s": "B", "one": 1, "a.b": 1, "a": {"b": 2}},
    "text": {"n": "10", "s": None, 'it\'s "q"': "here", "ключ": "да"},
}


@pytest.fixture
def place(api: Api) -> str:
    name = f"t{uuid.uuid4().hex}"
    for key, value in ITEMS.items():
        assert api.put("/store/items", {"namespace": [name], "key": key, "value": value}).status_code == 204
    return name


def found(api: Api, place: str, wanted: dict[str, Any]) -> set[str]:
    answer = api.ok("POST", "/store/items/search", {"namespace_prefix": [place], "filter": wanted})
    return {item["key"] for item in answer["items"]}


MEANINGS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"nine", "ten", "half", "text"}),
    ({"n": 10}, {"ten"}),
    ({"n": 10.0}, {"ten"}),
    ({"n": "10"}, {"text"}),
    ({"n": {"$eq": 0.5}}, {"half"}),
    ({"n": {"$gt": 9}}, {"ten"}),
    ({"n": {"$gte": 9, "$lt": 10}}, {"nine"}),
    ({"n": {"$lte": 0.5}}, {"half"}),
    ({"n": {"$ne": 10}}, {"nine", "half", "text"}),
    ({"s": {"$gt": "a"}}, {"nine"}),
    ({"s": {"$lt": "a"}}, {"half"}),
    ({"s": {"$gte": "B", "$lte": "a"}}, {"half", "ten"}),
    ({"flag": True}, {"nine"}),
    ({"one": True}, set()),
    ({"flag": 1}, set()),
    ({"s": None}, {"text"}),
    ({"tags": ["x", "y"]}, {"ten"}),
    ({"tags": ["y", "x"]}, set()),
    ({"tags": {"$ne": ["x", "y"]}}, {"nine", "half", "text"}),
    ({"in": {"deep": [1, {"x": None}]}}, {"nine"}),
    ({"in": {"$eq": {"deep": [1, {"x": None}]}}}, {"nine"}),
    ({"a.b": 1}, {"half"}),
    ({"a": {"b": {"$gt": 1}}}, {"half"}),
    ({'it\'s "q"': "here"}, {"text"}),
    ({"ключ": "да"}, {"text"}),
    ({"n": 10, "s": "a"}, {"ten"}),
    ({"n": 10, "s": "b"}, set()),
]


def test_it_works(api: Api, place: str) -> None:
    for wanted, keys in MEANINGS:
        assert found(api, place, wanted) == keys, wanted


HOSTILE = [
    "' OR 1=1 --",
    "n') = 1 OR 1=1 --",
    "n'); DROP TABLE store; --",
    "$.n",
    "n\n",
    "%s",
    "?",
    "{}",
    '"',
    "\\",
    "*",
    "[0]",
    "a'||(SELECT 1)||'",
    "",
]


def test_hostile_keys_and_values_find_nothing_and_break_nothing(api: Api, place: str) -> None:
    for text in HOSTILE:
        assert found(api, place, {text: 1}) == set(), text
        assert found(api, place, {"s": text}) == set(), text
        assert found(api, place, {text: {"$gt": text}}) == set(), text
        assert found(api, place, {"s": {f"x{text}": text}}) == set(), text
        if text:
            body = {"namespace_prefix": [text.replace(".", "")]}
            assert api.ok("POST", "/store/items/search", body) == {"items": []}
            assert api.ok("POST", "/store/namespaces", {"prefix": [text.replace(".", "") + "x"]}) == {"namespaces": []}
    assert found(api, place, {}) == set(ITEMS)


@pytest.mark.parametrize(
    "wanted",
    [
        {"n": {"$in": [1]}},
        {"n": {"$gt": None}},
        {"n": {"$gt": True}},
        {"n": {"$lt": [1]}},
        {"n": {"$gt": 1, "m": 2}},
        {"n": {"$' OR 1=1 --": 1}},
        {"n\u0000": 1},
        {"n": "\u0000"},
    ],
)
def test_a_bad_filter_is_refused(wanted: dict[str, Any], api: Api, place: str) -> None:
    answer = api.post("/store/items/search", {"namespace_prefix": [place], "filter": wanted})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": "5"}, {"offset": -1}, {"filter": []}, {"query": 5}])
def test_a_bad_search_is_refused(wrong: dict[str, Any], api: Api) -> None:
    assert api.post("/store/items/search", {"namespace_prefix": ["x"]} | wrong).status_code == 422
