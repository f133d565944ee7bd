"""Secrets among settings: sealed where they are stored, equal where they are equal, opened by any of the keys."""

from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from assistants_app.domain.errors import InvalidSettings, SecretNotOpened, VariableMissing, VariableNotAllowed
from assistants_app.domain.json_values import canonical
from assistants_app.domain.sealed import Sealed, sealed_in
from assistants_app.domain.validation import judge
from assistants_app.models import Assistant
from assistants_app.services import versions
from assistants_app.services.assistants import clone_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.secrets import given, keys, opened, sealed, spec_by, texts_in
from assistants_app.services.versions import Saved
from tests import make

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "license": {"type": "string", "format": "password", "minLength": 4, "maxLength": 20},
        "prompt": {"type": "string"},
        "servers": {
            "type": "array",
            "items": {"type": "object", "properties": {"url": {"type": "string"}, "token": {"type": "string"}}},
        },
    },
}
SETTINGS: dict[str, Any] = {
    "license": "lic-canary",
    "prompt": "Hi",
    "servers": [{"url": "https://a.example", "token": "token-canary"}],
    "mcp": {"headers": {"x-api-key": "header-canary", "accept": "text"}},
    "openai_api_key": "sk-canary",
}
CANARIES = ("lic-canary", "token-canary", "header-canary", "sk-canary")
FIRST, SECOND = "first-key-of-a-site-in-these-tests", "second-key-of-a-site-in-these-tests"


def keyed(settings: dict[str, Any] = SETTINGS, **more: Any) -> Assistant:
    return make.assistant(settings=settings, settings_schema=SCHEMA, **more)


def save(assistant: Assistant, settings: dict[str, Any]) -> Saved:
    return versions.save_version(
        assistant_id=assistant.assistant_id, settings=settings, author=SYSTEM, base=1, expected_version=1
    )


def by_schema(settings: dict[str, Any]) -> dict[str, Any]:
    return sealed(settings, spec_by(SCHEMA))


def tables() -> str:
    """All that the database holds, as text."""
    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')
            found.append(repr(cursor.fetchall()))
    return "".join(found)


def test_it_works() -> None:
    assistant = keyed(config={"api_key": "sk-canary", "tags": ["a"]})
    save(assistant, {**SETTINGS, "prompt": "Ho"})

    assert not [canary for canary in CANARIES if canary in tables()]
    assistant.refresh_from_db()
    assert assistant.context["prompt"] == "Ho"
    assert len(list(sealed_in(assistant.context))) == len(CANARIES)
    assert given(assistant.context, spec_by(SCHEMA)) == {**SETTINGS, "prompt": "Ho"}
    assert given(assistant.config, None) == {"api_key": "sk-canary", "tags": ["a"]}


def test_two_secrets_are_the_same_text_where_they_are_the_same() -> None:
    first, second = (sealed({"key": value, "api_key": value}, None) for value in ("one", "two"))
    assert first["api_key"] == sealed({"token": "one"}, None)["token"] != second["api_key"]
    assert first["key"] == "one"  # no secret by its name or schema


@pytest.mark.parametrize("value", ["", None, "${env:LLM_KEY}"])
def test_what_tells_nothing_is_not_sealed(value: Any) -> None:
    assert by_schema({"license": value}) == {"license": value}


@pytest.mark.parametrize("value", ["a", "ä" * 5000, "$sealed$", "•••••••• /license"])
def test_any_text_comes_back(value: str) -> None:
    assert given(by_schema({"license": value}), None) == {"license": value}


def test_the_length_tells_little() -> None:
    assert len({len(by_schema({"license": "x" * count})["license"]) for count in range(1, 29)}) == 1


def test_untouched_means_unchanged() -> None:
    assert not save(keyed(), SETTINGS).created


def test_a_version_tells_only_that_it_changed() -> None:
    assistant = keyed()
    save(assistant, {**SETTINGS, "license": "lic-other"})
    version = Assistant.history.numbered(assistant, 2)
    assert version.summary
    assert "lic-" not in version.summary
    assert opened(version.context["license"]) == "lic-other"


def test_restored_and_cloned_it_goes_along() -> None:
    assistant = keyed()
    make.version(assistant, settings={"prompt": "none"})
    versions.restore_version(assistant_id=assistant.assistant_id, number=1, author=SYSTEM)
    copied = clone_assistant(assistant_id=assistant.assistant_id, number=1, name="Copy", author=SYSTEM)
    for one in (assistant, copied):
        assert given(Assistant.objects.get_by_uuid(one.assistant_id).context, None) == SETTINGS


def test_a_schema_says_nothing_about_what_is_sealed() -> None:
    """A seal is longer than this schema allows; the secret was checked before it was sealed."""
    assert not judge(SCHEMA, by_schema({"license": "lic-canary"}), {}).errors
    assert judge(SCHEMA, {"license": "x" * 21}, {}).errors


def test_what_looks_sealed_cannot_be_saved() -> None:
    """Whoever has read the database, and may edit an assistant, cannot have a secret opened by the site."""
    token = str.__str__(keyed().context["license"]) + ""
    for settings in ({"prompt": token}, {"license": token}, {"other": [{"deep": token}]}):
        with pytest.raises(InvalidSettings):
            keyed(settings)


def test_older_keys_open_and_the_newest_seals(settings: Settings) -> None:
    settings.SECRETS_KEYS = [FIRST]
    old = by_schema({"license": "lic-canary"})
    settings.SECRETS_KEYS = [SECOND, FIRST]
    assert given(old, None) == {"license": "lic-canary"}
    new = by_schema(old)
    assert canonical(new) != canonical(old)
    assert new == by_schema({"license": "lic-canary"})


def test_the_key_of_the_site_is_the_last_of_them(settings: Settings) -> None:
    derived = by_schema({"license": "lic-canary"})
    settings.SECRETS_KEYS = [FIRST]
    assert given(derived, None) == {"license": "lic-canary"}
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert given(derived, None) == {"license": "lic-canary"}
    assert len(keys()) == 3


def test_without_its_key_a_secret_names_its_setting_and_nothing_else(settings: Settings) -> None:
    lost = sealed({"a": {"api_key": "sk-canary"}}, None)
    settings.SECRET_KEY = "another"
    with pytest.raises(SecretNotOpened, match="a/api_key") as caught:
        given(lost, None)
    assert "canary" not in str(caught.value)
    assert given(lost, None, strict=False) == lost
    assert sealed(lost, None) == lost  # kept: its key may come back


def test_a_seal_that_was_changed_is_not_opened() -> None:
    seal = sealed({"api_key": "sk-canary"}, None)["api_key"]
    with pytest.raises(SecretNotOpened):
        opened(Sealed(seal[:-3] + ("AAA" if seal[-3:] != "AAA" else "BBB")))


def test_while_older_processes_run_secrets_are_stored_as_they_are(settings: Settings) -> None:
    before = by_schema(SETTINGS)
    settings.SEAL_SECRETS = False
    assert by_schema(before) == before
    plain = keyed()
    assert plain.context == SETTINGS
    settings.SEAL_SECRETS = True
    assert not save(plain, SETTINGS).created  # the same, though it would be stored otherwise now


VARIABLES = {"license": "${env:LLM_LICENSE}", "prompt": "${env:LLM_LICENSE}", "api_key": "${env:TEAM_KEY}"}


@pytest.fixture
def variables(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SECRET_VARIABLES = ["LLM_*", "TEAM_KEY"]
    monkeypatch.setenv("LLM_LICENSE", "lic-of-environment")
    monkeypatch.setenv("TEAM_KEY", "key-of-environment")


@pytest.mark.usefixtures("variables")
def test_a_secret_is_read_from_the_environment_and_nothing_else_is() -> None:
    assistant = keyed(VARIABLES)
    assert assistant.context == VARIABLES
    assert given(assistant.context, spec_by(SCHEMA)) == {
        "license": "lic-of-environment",
        "prompt": "${env:LLM_LICENSE}",
        "api_key": "key-of-environment",
    }
    assert texts_in(assistant.context, spec_by(SCHEMA)) == {"lic-of-environment", "key-of-environment"}


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "ASSISTANTS_SECRETS_KEYS", "HOME", "LLM", "TEAM_KEYS"])
def test_other_variables_are_not_to_be_named(name: str) -> None:
    naming = {"license": "${env:" + name + "}"}
    with pytest.raises(InvalidSettings) as caught:
        keyed(naming)
    assert name in caught.value.errors[0].message
    with pytest.raises(VariableNotAllowed, match=name):
        given(naming, spec_by(SCHEMA))


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "ASSISTANTS_SECRETS_KEYS", "DJANGO_SUPERUSER_PASSWORD"])
def test_the_keys_of_the_site_are_never_to_be_named(name: str, settings: Settings) -> None:
    settings.SECRET_VARIABLES = ["*", name]
    with pytest.raises(VariableNotAllowed, match=name):
        given({"license": "${env:" + name + "}"}, spec_by(SCHEMA))


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize("empty", [True, False])
def test_a_variable_that_is_not_set_is_named(empty: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if empty:
        monkeypatch.setenv("TEAM_KEY", "")
    else:
        monkeypatch.delenv("TEAM_KEY")
    with pytest.raises(VariableMissing, match=r"api_key: .*TEAM_KEY"):
        given(VARIABLES, spec_by(SCHEMA))


@pytest.mark.usefixtures("variables")
def test_what_was_named_before_may_stay(settings: Settings) -> None:
    assistant = keyed(VARIABLES)
    settings.SECRET_VARIABLES = []
    assert save(assistant, {**VARIABLES, "prompt": "Ho"}).created
