"""Secrets: set, replaced, cleared; never shown, not even to the templates."""

from typing import Any

import pytest

from assistants_app.domain.config_values import bind, secret_pointers, with_secrets, without_secrets
from assistants_app.domain.form_spec import read_schema
from tests.domain.browser_form import Person, schema_of

KEYS = schema_of(openai_api_key={"type": "string", "default": "**********", "format": "password", "writeOnly": True})
STORED = {"openai_api_key": "sk-secret"}


def everything(thing: Any, seen: set[int] | None = None) -> str:
    """All that a template could reach from an object, as one text."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return ""
    seen.add(id(thing))
    if isinstance(thing, list | tuple | set):
        return " ".join(everything(part, seen) for part in thing)
    if isinstance(thing, dict):
        return " ".join(everything(part, seen) for pair in thing.items() for part in pair)
    names = (
        [name for name in dir(thing) if not name.startswith("_")] if type(thing).__module__.startswith("assist") else []
    )
    return " ".join([str(thing), *(everything(getattr(thing, name), seen) for name in names)])


def test_it_works() -> None:
    person = Person(KEYS, STORED)
    assert (person.field("/openai_api_key").widget, person.field("/openai_api_key").secret_set) == ("secret", True)
    assert person.save().settings == STORED
    assert person.type("/openai_api_key", "sk-new").save().settings == {"openai_api_key": "sk-new"}


def test_nothing_a_template_can_reach_holds_it() -> None:
    schema = schema_of(
        openai_api_key=KEYS["properties"]["openai_api_key"],
        extra={"type": "object"},
        servers={"type": "array", "items": {"type": "object", "properties": {"token": {"type": "string"}}}},
        junk={"type": "integer"},
    )
    stored = {
        "openai_api_key": "sk-secret",
        "extra": {"password": "sk-secret"},
        "servers": [{"token": "sk-secret"}],
        "junk": {"client_secret": ["sk-secret"]},
        "unknown_token": "sk-secret",
    }
    form = bind(read_schema(schema), stored)
    assert "sk-secret" not in everything(form)
    assert "sk-secret" not in everything(form.sections)
    assert Person(schema, stored).save().settings == stored


def test_the_mask_of_a_default_is_never_shown_or_saved() -> None:
    person = Person(KEYS)
    assert "***" not in everything(person.field("/openai_api_key"))
    assert person.press("override:/openai_api_key").save().settings == {}


def test_clear() -> None:
    assert Person(KEYS, STORED).type("/openai_api_key#secret", "clear").save().settings == {}


def test_reset_takes_it_away() -> None:
    person = Person(KEYS, STORED).press("reset:/openai_api_key")
    assert not person.field("/openai_api_key").secret_set
    assert person.save().settings == {}


def test_null_instead_of_a_secret() -> None:
    schema = schema_of(api_key={"type": ["string", "null"]})
    assert Person(schema, {"api_key": None}).save().settings == {"api_key": None}
    assert Person(schema, {"api_key": "sk"}).press("null:/api_key").save().settings == {"api_key": None}
    assert Person(schema, {"api_key": None}).press("override:/api_key").type("/api_key", "sk").save().settings == {
        "api_key": "sk"
    }


def test_blank_keeps() -> None:
    person = Person(KEYS, STORED).type("/openai_api_key#secret", "replace").type("/openai_api_key", "")
    assert person.save().settings == STORED


def test_what_is_typed_and_not_saved_yet_survives_a_button() -> None:
    schema = schema_of(**KEYS["properties"], tags={"type": "array", "items": {"type": "string"}})
    person = Person(schema, STORED).type("/openai_api_key", "sk-new").press("add:/tags").type("/tags/0", "a")
    assert person.save().settings == {"openai_api_key": "sk-new", "tags": ["a"]}


def test_a_secret_that_no_database_keeps() -> None:
    assert list(Person(KEYS, STORED).type("/openai_api_key", "a\x00").errors()) == ["/openai_api_key"]


@pytest.mark.parametrize(
    "key",
    ["api_key", "OPENAI_API_KEY", "openaiApiKey", "password", "client_secret", "token", "github_token", "private_key"],
)
def test_names_of_secrets(key: str) -> None:
    assert read_schema(schema_of(**{key: {"type": ["string", "null"]}})).fields[0].secret


@pytest.mark.parametrize(
    "key", ["max_tokens", "tokens", "max_token", "eos_token", "tokenizer", "secretary", "keyword", "api_keyring", "key"]
)
def test_names_of_no_secrets(key: str) -> None:
    assert not read_schema(schema_of(**{key: {"type": "string"}})).fields[0].secret


def test_numbers_are_no_secrets() -> None:
    assert read_schema(schema_of(token={"type": "integer"})).fields[0].kind == "number"


def test_pointers() -> None:
    schema = schema_of(
        hush={"type": "string", "format": "password"},
        api_keys={"type": "object", "additionalProperties": {"type": "string"}},
        pet={
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": "a"}, "word": {"type": "string", "writeOnly": True}},
                }
            ]
        },
    )
    settings = {
        "hush": "x",
        "api_keys": {"a/b": "x"},
        "pet": {"kind": "a", "word": "x"},
        "other": [{"password": "x", "max_tokens": "5"}],
        "blank_token": "",
    }
    spec = read_schema(schema)
    assert secret_pointers(spec, settings) == ("/hush", "/api_keys/a~1b", "/pet/word", "/other/0/password")
    assert secret_pointers(None, {"api_key": "x", "name": "y"}) == ("/api_key",)


def test_masked_json_gives_the_secrets_back() -> None:
    spec = read_schema(KEYS)
    stored = {**STORED, "servers": [{"token": "a"}, {"token": "b"}]}
    masked = without_secrets(spec, stored)
    assert "sk-secret" not in str(masked)
    assert with_secrets(masked, stored) == stored
    del masked["servers"][0]
    assert with_secrets(masked, stored)["servers"] == [{"token": "b"}]
    assert with_secrets({"copy": masked["openai_api_key"], "new": "•••••••• /nowhere"}, stored) == {"copy": "sk-secret"}
