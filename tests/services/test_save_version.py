"""Saving: every save a numbered version, an untouched one none, a stale one refused."""

from typing import Any

import pytest

from assistants_app.domain.errors import (
    AssistantNotFound,
    InvalidName,
    InvalidSettings,
    InvalidText,
    StaleBase,
    VersionNotFound,
)
from assistants_app.models import Assistant, Person
from assistants_app.models.assistants import AssistantVersion
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.contents import DESCRIPTION_LIMIT, NOTE_LIMIT
from assistants_app.services.versions import Saved, save_version
from tests import make

pytestmark = pytest.mark.django_db


def save(assistant: Assistant, settings: dict[str, Any], **more: Any) -> Saved:
    arguments: dict[str, Any] = {"author": SYSTEM, "base": 1, "expected_version": 1, **more}
    return save_version(assistant_id=assistant.assistant_id, settings=settings, **arguments)


def test_it_works(erin: Person) -> None:
    assistant = make.assistant(settings={"model": "demo"})

    saved = save(assistant, {"model": "openai:gpt-5"}, author=Author.of(erin), note="Try another model")

    assert saved == Saved(number=2, created=True, live=True)
    assistant.refresh_from_db()
    assert (assistant.version, assistant.context) == (2, {"model": "openai:gpt-5"})
    version = Assistant.history.numbered(assistant, 2)
    assert version.context == {"model": "openai:gpt-5"}
    assert (version.author, version.history_user_id) == ("Erin Editor", erin.pk)
    assert (version.history_change_reason, version.base, version.version) == ("Try another model", 1, 2)
    assert version.settings_schema == make.SCHEMA
    assert Assistant.history.numbered(assistant, 1).context == {"model": "demo"}


def test_the_longest_name_that_a_person_can_have(erin: Person) -> None:
    erin.first_name, erin.last_name = "E" * 150, "L" * 150
    erin.save()

    save(assistant := make.assistant(), {"model": "other"}, author=Author.of(erin))

    assert Assistant.history.numbered(assistant, 2).author == f"{'E' * 150} {'L' * 49}"


def test_saving_without_going_live_leaves_the_live_version() -> None:
    assistant = make.assistant(settings={"model": "demo"})

    assert save(assistant, {"model": "other"}, make_live=False) == Saved(number=2, created=True)

    assistant.refresh_from_db()
    assert (assistant.version, assistant.context) == (1, {"model": "demo"})
    assert Assistant.history.numbered(assistant, 2).context == {"model": "other"}
    assert Assistant.history.numbered(assistant, 2).version == 1


def test_the_next_number_follows_the_newest_not_the_live_version() -> None:
    assistant = make.assistant()
    save(assistant, {"model": "a"}, make_live=False)

    assert save(assistant, {"model": "b"}, base=1, expected_version=2).number == 3


def test_a_version_may_be_made_of_any_older_one() -> None:
    assistant = make.assistant(description="First words")
    save(assistant, {"model": "a"}, description="Second words")

    save(assistant, {"model": "b"}, base=1, expected_version=2)

    version = Assistant.history.numbered(assistant, 3)
    assert (version.description, version.base) == ("First words", 1)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"a": 1.0, "b": [1, 1.5, "1", None, True, {}]},
        {"z": 1, "a": 2},
        {"text": "line\nline\r\n", "emoji": "🦊", "empty": "", "null": None},
        {"big": 2**70, "small": 1e-300},
    ],
)
def test_untouched_means_no_version(settings: dict[str, Any]) -> None:
    assistant = make.assistant(settings=settings)

    assert save(assistant, settings) == Saved(number=1, created=False)
    assert save(assistant, dict(reversed(settings.items()))) == Saved(number=1, created=False)
    assert Assistant.history.newest_number(assistant) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"n": 1}, {"n": 1.0}),
        ({"n": 1}, {"n": "1"}),
        ({"n": 1}, {"n": True}),
        ({"n": None}, {}),
        ({"n": ""}, {}),
        ({"n": [1, 2]}, {"n": [2, 1]}),
        ({"n": "a"}, {"n": "a "}),
    ],
)
def test_what_looks_alike_is_a_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assistant = make.assistant(settings=old)

    assert save(assistant, new) == Saved(number=2, created=True, live=True)
    stored = Assistant.history.numbered(assistant, 2).context
    assert repr(stored) == repr(new)


def test_keys_keep_their_order() -> None:
    assistant = make.assistant(settings={"z": 1, "a": {"y": 1, "b": 2}})
    assistant.refresh_from_db()

    assert list(assistant.context) == ["z", "a"]
    assert list(Assistant.history.numbered(assistant, 1).context["a"]) == ["y", "b"]


def test_a_newer_schema_alone_is_no_version() -> None:
    assistant = make.assistant(settings={"model": "a"})

    assert save(assistant, {"model": "a"}, settings_schema={"type": "object"}) == Saved(number=1, created=False)


def test_a_name_or_description_alone_is_a_version() -> None:
    assistant = make.assistant(name="Old", settings={"model": "a"})

    assert save(assistant, {"model": "a"}, name="New").number == 2
    assert save(assistant, {"model": "a"}, description="D", base=2, expected_version=2).number == 3
    assistant.refresh_from_db()
    assert (assistant.name, assistant.description) == ("New", "D")


def test_a_stale_base_is_refused_and_changes_nothing() -> None:
    assistant = make.assistant(settings={"model": "a"})
    save(assistant, {"model": "theirs"})

    with pytest.raises(StaleBase) as refusal:
        save(assistant, {"model": "mine"})

    assert (refusal.value.expected, refusal.value.newest) == (1, 2)
    assistant.refresh_from_db()
    assert assistant.context == {"model": "theirs"}
    assert Assistant.history.newest_number(assistant) == 2


def test_a_form_sent_twice_saves_once() -> None:
    assistant = make.assistant(settings={"model": "a"})

    assert save(assistant, {"model": "b"}) == Saved(number=2, created=True, live=True)
    assert save(assistant, {"model": "b"}) == Saved(number=2, created=False)
    assert Assistant.history.newest_number(assistant) == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "nul\x00"])
def test_a_name_nobody_can_read_is_refused(name: str) -> None:
    assistant = make.assistant(name="Kept")

    with pytest.raises(InvalidName):
        save(assistant, {"model": "b"}, name=name)

    assistant.refresh_from_db()
    assert assistant.name == "Kept"
    assert AssistantVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"prompt": "a\x00b"}, "/prompt"),
        ({"prompt": "half \ud83e"}, "/prompt"),
        ({"a/b~c": float("nan")}, "/a~1b~0c"),
        ({"n": [1, {"deep": float("inf")}]}, "/n"),
        ({"nul\x00key": 1}, "/nul\x00key"),
    ],
)
def test_what_a_database_cannot_keep_is_refused_on_its_field(settings: dict[str, Any], pointer: str) -> None:
    assistant = make.assistant()

    with pytest.raises(InvalidSettings) as refusal:
        save(assistant, settings)

    assert [error.pointer for error in refusal.value.errors] == [pointer]
    assert Assistant.history.newest_number(assistant) == 1


def test_unknown_assistants_and_versions_are_refused() -> None:
    assistant = make.assistant()
    other = make.assistant_with_versions(3, name="Other")

    with pytest.raises(VersionNotFound):
        save(assistant, {"model": "b"}, base=2)
    assistant_id = other.assistant_id
    Assistant.objects.filter(pk=other.pk).delete()
    with pytest.raises(AssistantNotFound):
        save_version(assistant_id=assistant_id, settings={}, author=SYSTEM, base=1, expected_version=1)


def test_a_prompt_of_a_megabyte_is_kept() -> None:
    prompt = "Zürich — 東京 🦊\n" * 60_000
    assistant = make.assistant()

    save(assistant, {"system_prompt": prompt})

    assert Assistant.history.numbered(assistant, 2).context["system_prompt"] == prompt


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("note", "a\x00b"),
        ("description", "a\ud800b"),
        ("note", "x" * (NOTE_LIMIT + 1)),
        ("description", "🦊" * (DESCRIPTION_LIMIT + 1)),
    ],
)
def test_a_note_or_description_that_cannot_be_kept_is_refused(field: str, text: str) -> None:
    assistant = make.assistant(settings={"prompt": "a"})
    with pytest.raises(InvalidText) as refusal:
        save(assistant, {"prompt": "b"}, **{field: text})
    assert refusal.value.field == field
    assert Assistant.history.of(assistant).count() == 1


def test_a_note_and_a_description_may_be_long() -> None:
    assistant = make.assistant(settings={"prompt": "a"})
    assert save(assistant, {"prompt": "b"}, note="🦊" * NOTE_LIMIT, description="🦊" * DESCRIPTION_LIMIT).created
