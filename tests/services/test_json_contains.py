"""Finding rows by what their JSON holds means the same on both databases."""

from typing import Any

import pytest
from django.db import connection

from assistants_app.models import Assistant, Thread
from assistants_app.models.json_contains import add_function
from tests import make

WHOLE: dict[str, Any] = {
    "team": "x",
    "n": 1,
    "yes": True,
    "nothing": None,
    "tags": ["a", "b", {"deep": [1, 2]}],
    "nested": {"a": {"b": "c"}, "more": 2},
}

HELD: list[Any] = [
    {},
    {"team": "x"},
    {"n": 1.0},
    {"yes": True, "nothing": None},
    {"tags": ["b"]},
    {"tags": []},
    {"tags": [{"deep": [2]}]},
    {"nested": {"a": {"b": "c"}}},
]

NOT_HELD: list[Any] = [
    {"team": "y"},
    {"Team": "x"},
    {"n": "1"},
    {"n": True},
    {"yes": 1},
    {"nothing": {}},
    {"tags": "a"},
    {"tags": ["c"]},
    {"nested": {"b": "c"}},
    {"team": "x", "other": None},
    ["x"],
]


@pytest.mark.django_db
@pytest.mark.parametrize("part", HELD, ids=str)
def test_it_works(part: Any) -> None:
    made = make.assistant(metadata=WHOLE)
    assert list(Assistant.objects.filter(metadata__json_contains=part)) == [made]


@pytest.mark.django_db
@pytest.mark.parametrize("part", NOT_HELD, ids=str)
def test_what_is_not_there_is_not_found(part: Any) -> None:
    make.assistant(metadata=WHOLE)
    assert not Assistant.objects.filter(metadata__json_contains=part).exists()


@pytest.mark.django_db
def test_a_list_holds_a_scalar_at_its_top_level() -> None:
    thread = make.thread()
    Thread.objects.update(values=["a", ["b"]])
    assert Thread.objects.filter(values__json_contains="a").get() == thread
    assert not Thread.objects.filter(values__json_contains="b").exists()


@pytest.mark.django_db
def test_a_column_without_a_value_holds_nothing() -> None:
    make.thread()
    assert not Thread.objects.filter(values__json_contains={}).exists()


@pytest.mark.django_db
def test_quotes_and_percent_signs_are_values_like_any_other() -> None:
    odd = {"it's": '100 % "sure" \\ ü', "a/b": ["ü", "<b>", ""], "c": "x/y"}
    made = make.assistant(metadata=odd)
    assert Assistant.objects.filter(metadata__json_contains=odd).get() == made


@pytest.mark.django_db
def test_many_words_are_found() -> None:
    many = {f"key-{number}": [f"word {number}"] for number in range(1500)}
    made = make.assistant(metadata=many)
    make.assistant(metadata={**many, "key-77": ["other"]})
    assert Assistant.objects.filter(metadata__json_contains=many).get() == made


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has an operator")
def test_rows_without_the_words_are_not_read() -> None:
    """To read JSON takes a hundred times as long as to find a word."""
    made = make.assistant(metadata={"tags": ["blog", "news"], "n": 1})
    for number in range(9):
        make.assistant(metadata={"tags": [f"blog-{number}"], "n": 1})
    looked_at: list[str] = []
    connection.connection.create_function("json_holds", 2, lambda whole, _part: looked_at.append(whole) or True)
    try:
        found = list(Assistant.objects.filter(metadata__json_contains={"tags": ["blog"], "n": 1}))
    finally:
        add_function(connection)
    assert found == [made]
    assert len(looked_at) == 1
