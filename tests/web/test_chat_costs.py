"""What an answer cost, beside its tokens: where every price is known, and nowhere else."""

import pytest

from assistants_app.engine import Engine
from assistants_app.models import ModelPrice, Person
from tests.web.chatting import Chat
from tests.web.queries import queries_of


@pytest.fixture
def chat(serving: Engine, erin: Person) -> Chat:
    return Chat.with_graph(erin, "metered")


def price(model: str, given: str = "0.25", made: str = "2", cached: str | None = None, **more: str) -> None:
    ModelPrice.objects.create(model=model, input_price=given, output_price=made, cached_input_price=cached, **more)


def test_it_works(chat: Chat) -> None:
    price("small-*")
    chat.send("one")
    assert "<span>100 tokens in, 10 out</span><span>0.000045 USD</span>" in chat.html
    assert "<span>0.000045 USD</span>" in chat.page


def test_without_a_price_nothing_is_guessed(chat: Chat) -> None:
    price("large-*")
    chat.send("one")
    assert "<span>100 tokens in, 10 out</span></span>" in chat.html
    price("small", currency="EUR")
    assert "EUR" not in chat.page, "the model answered by another name"
    price("small-2025", currency="EUR")
    assert "<span>0.000045 EUR</span>" in chat.page, "a price that is told later"


@pytest.mark.parametrize("message", ["two", "uncounted"])
def test_a_cost_of_which_a_part_is_unknown_is_not_shown(chat: Chat, message: str) -> None:
    price("*", cached="0.1")
    chat.send(message)
    assert "tokens in" in chat.html
    assert "USD" not in chat.html


@pytest.mark.parametrize(
    ("given", "shown"),
    [("0", "0 USD"), ("25000", "2.50 USD"), ("999999", "100.00 USD"), ("0.000001", "0.00000000010 USD")],
)
def test_amounts(chat: Chat, given: str, shown: str) -> None:
    price("small-*", given, "0")
    assert f"<span>{shown}</span>" in chat.send("one").html


def test_as_many_queries_for_many_answers_as_for_one(chat: Chat) -> None:
    price("small-*")
    chat.send("one")
    one = queries_of(chat.client, chat.url)
    chat.send("one").send("one").send("one")
    assert chat.page.count("0.000045 USD") == 4
    assert queries_of(chat.client, chat.url) == one
