"""Whatever a graph raises becomes a text that can be stored and shown."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from assistants_app.domain.errors import FieldError, ThreadBusy
from assistants_app.domain.json_values import find_unstorable
from assistants_app.engine.runs.failures import LENGTH, MASK, SettingsRefused, describe, refusals_named
from assistants_app.engine.runs.hiding import secrets_of
from assistants_app.models import Run


def test_it_works() -> None:
    assert describe(ValueError("no")) == {"error": "ValueError", "message": "no"}
    assert describe(ThreadBusy()) == {"error": "ThreadBusy", "message": "A run is still going on in this thread."}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError(), "ValueError"),
        (ValueError("a\x00b"), "a\ufffdb"),
        (ValueError("\ud800"), "?"),
        (KeyError("key"), "'key'"),
        (ValueError("x" * 5000), "x" * LENGTH + " …"),
    ],
)
def test_any_message_can_be_stored(error: Exception, message: str) -> None:
    described = describe(error)
    assert described["message"] == message
    assert find_unstorable(described) is None


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_error_without_words_is_described_by_its_class() -> None:
    assert describe(Wordless()) == {"error": "Wordless", "message": "Wordless"}


def test_secrets_are_known_by_their_schema_too() -> None:
    schema = {"type": "object", "properties": {"pin": {"type": "string", "format": "password"}, "note": {}}}
    settings = {"pin": "abcdef", "note": "not hidden", "token": "abcdefgh", "api_key": "abc"}
    found = secrets_of(Run(context=settings), schema)
    assert found == ["abcdefgh", "abcdef"]
    assert describe(ValueError("got abcdefgh, abcdef"), secrets=found)["message"] == f"got {MASK}, {MASK}"


class Settings(BaseModel):
    size: int = 1


class Other(BaseModel):
    size: int = 1


def _refuse(schema: dict[str, Any] | None, kind: type[BaseModel] = Settings) -> None:
    with refusals_named(schema):
        kind(size="big")  # type: ignore[arg-type]


def test_settings_are_known_by_the_title_of_their_schema() -> None:
    with pytest.raises(SettingsRefused) as refusal:
        _refuse(Settings.model_json_schema())
    assert [error.pointer for error in refusal.value.errors] == ["/size"]
    assert describe(refusal.value)["settings"][0]["pointer"] == "/size"


@pytest.mark.parametrize("schema", [None, {}, {"title": "Something else"}])
def test_what_is_no_setting_stays_what_it_is(schema: dict[str, Any] | None) -> None:
    with pytest.raises(ValidationError):
        _refuse(schema)
    with pytest.raises(ValidationError):
        _refuse(Settings.model_json_schema(), Other)
    with pytest.raises(TypeError, match="unhashable"), refusals_named(schema):
        hash([])


def test_several_refusals_are_all_named() -> None:
    errors = [FieldError("/a", "too big"), FieldError("", "not an object")]
    assert str(SettingsRefused(errors)) == "The graph refuses these settings: a: too big; the whole: not an object"
