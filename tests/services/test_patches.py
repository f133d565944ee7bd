"""Patching as programs do: every patch a version, whoever was quicker, with as few questions as it takes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from assistants_app.domain.errors import AssistantNotFound, InvalidText, StaleBase, VersionNotFound
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.versions import make_live
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

SCHEMA = {"type": "object", "properties": {"model": {"type": "string", "title": "The model"}}}


def patched(assistant: Assistant, patch: Patch, **more: Any) -> AssistantVersion:
    return patch_assistant(assistant=assistant, patch=patch, author=SYSTEM, **more)


def read(assistant: Assistant) -> Assistant:
    return Assistant.objects.get(pk=assistant.pk)


def test_it_works() -> None:
    assistant = make.assistant(settings={"model": "a"}, metadata={"team": "press"})

    saved = patched(assistant, Patch(settings={"model": "b"}, settings_schema=SCHEMA, metadata={"n": 1}), note="Why")

    kept = Assistant.history.numbered(assistant, 2)
    assert saved == kept
    for version in (saved, kept):
        assert (version.number, version.base, version.version) == (2, 1, 2)
        assert (version.context, version.metadata) == ({"model": "b"}, {"team": "press", "n": 1})
        assert (version.author, version.history_change_reason) == ("System", "Why")
        assert version.summary == "Changed The model; changed metadata"
    assert saved.history_date == kept.history_date
    row = read(assistant)
    assert (row.version, row.context, row.metadata) == (2, {"model": "b"}, {"team": "press", "n": 1})
    assert (row.settings_schema, row.updated_at) == (SCHEMA, kept.history_date)


def test_a_patch_asks_for_one_update_and_two_inserts() -> None:
    """The version, and what the audit log tells of it: in one statement, where the database can."""
    assistant = make.assistant()
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql.split()[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        patched(assistant, Patch(metadata={"n": 1}))
    assert asked == (["WITH"] if connection.vendor == "postgresql" else ["BEGIN", "UPDATE", "INSERT", "INSERT"])


def test_the_row_that_was_read_stays_as_it_was() -> None:
    assistant = make.assistant(name="Writer")
    patched(assistant, Patch(metadata={"n": 1}))
    assert (assistant.version, assistant.metadata) == (1, {})


def test_a_patch_of_nothing_is_a_version() -> None:
    saved = patched(make.assistant(), Patch())
    assert (saved.number, saved.summary) == (2, "")


def test_what_others_saved_meanwhile_stays() -> None:
    before = make.assistant(metadata={"a": 1})
    patched(before, Patch(metadata={"b": 2}))
    saved = patched(before, Patch(metadata={"c": 3}))
    assert (saved.number, saved.base, saved.metadata) == (3, 2, {"a": 1, "b": 2, "c": 3})
    assert read(before).metadata == {"a": 1, "b": 2, "c": 3}


def test_the_live_version_is_patched_where_it_is_not_the_newest() -> None:
    assistant = make.assistant(metadata={"a": 1})
    beside = patched(assistant, Patch(metadata={"b": 2}), make_live=False)
    assert (beside.number, beside.version, read(assistant).version) == (2, 1, 1)

    saved = patched(assistant, Patch(metadata={"c": 3}))

    assert (saved.number, saved.base, saved.version, saved.metadata) == (3, 1, 3, {"a": 1, "c": 3})
    make_live(assistant_id=assistant.assistant_id, number=1, author=SYSTEM)
    assert patched(read(assistant), Patch(name="Again"), make_live=False).number == 4


def test_a_base_that_is_not_live_is_patched() -> None:
    assistant = make.assistant(metadata={"a": 1})
    patched(assistant, Patch(metadata={"b": 2}), make_live=False)
    saved = patched(assistant, Patch(metadata={"c": 3}), base=2)
    assert (saved.number, saved.base, saved.metadata) == (3, 2, {"a": 1, "b": 2, "c": 3})
    assert (read(assistant).version, read(assistant).metadata) == (3, {"a": 1, "b": 2, "c": 3})


@pytest.mark.parametrize("live", [True, False])
def test_a_base_with_a_newer_version_is_refused(live: bool) -> None:
    before = make.assistant()
    patched(before, Patch(name="Theirs"), make_live=live)
    for assistant in (before, read(before)):
        for live_too in (True, False):
            with pytest.raises(StaleBase) as refused:
                patched(assistant, Patch(name="Mine"), base=1, make_live=live_too)
            assert (refused.value.expected, refused.value.newest) == (1, 2)
    assert Assistant.history.newest_number(before) == 2


def test_what_is_refused() -> None:
    assistant = make.assistant()
    with pytest.raises(VersionNotFound):
        patched(assistant, Patch(), base=7)
    with pytest.raises(InvalidText):
        patched(assistant, Patch(), note="\x00")
    delete_assistant(assistant_id=assistant.assistant_id, author=SYSTEM)
    for live in (True, False):
        with pytest.raises(AssistantNotFound):
            patched(assistant, Patch(), make_live=live)


def test_patches_at_once_are_all_saved() -> None:
    assistant = make.assistant()

    def patch(n: int) -> None:
        try:
            for step in range(5):
                patched(assistant, Patch(metadata={f"{n}.{step}": 1}), make_live=n % 4 > 0)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(patch, range(8)))

    numbers = [version.number for version in Assistant.history.of(assistant)]
    assert numbers == list(range(41, 0, -1))
    assert set(read(assistant).metadata) == {f"{n}.{step}" for n in range(8) for step in range(5) if n % 4}
