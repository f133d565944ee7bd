"""Hidden settings: nobody below the role changes or loses one, by whatever door, and nothing stores it open."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants_app.domain.drafts import Written
from assistants_app.domain.errors import InvalidSettings
from assistants_app.domain.sealed import Sealed
from assistants_app.models import Assistant, AssistantVersion, Cron, Draft, Person, Role, Run, SettingLock, Trial
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.assistants import clone_assistant, create_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.crons import create_cron
from assistants_app.services.drafts import keep_draft
from assistants_app.services.hidden import revealed
from assistants_app.services.locks import remove_lock, set_lock
from assistants_app.services.patches import Patch, patch_assistant
from assistants_app.services.resealing import reseal
from assistants_app.services.secrets import given as given_to_graph
from assistants_app.services.trials import begin_trial
from assistants_app.services.versions import make_live, restore_version, save_version
from tests import make
from tests.people import granted
from tests.services.test_secrets import tables

pytestmark = pytest.mark.django_db

CANARY = "hidden-canary-0815"
MODEL: dict[str, Any] = {"model": CANARY, "temperature": 0.5}
VALUES = [CANARY, "", None, 7, False, ["a", {"b": CANARY}], {"key": CANARY, "openai_api_key": "sk-within"}]


def hide(pointer: str = "/model", role: Role = Role.PUBLISHER, graph_id: str = "writer") -> None:
    set_lock(graph_id=graph_id, pointer=pointer, role=role, author=SYSTEM, hidden=True)


def editor(role: Role = Role.EDITOR) -> Author:
    name = f"sam-{role}"
    return Author.of(Person.objects.filter(username=name).first() or granted(role, username=name))


def save(assistant: Assistant, author: Author, settings: dict[str, Any], base: int | None = None) -> AssistantVersion:
    newest = Assistant.history.newest_number(assistant)
    saved = save_version(
        assistant_id=assistant.assistant_id,
        settings=settings,
        author=author,
        base=base or newest,
        expected_version=newest,
        make_live=False,
    )
    found: AssistantVersion = Assistant.history.numbered(assistant, saved.number)
    return found


def opened(row: Any) -> dict[str, Any]:
    return dict(given_to_graph(row.context, None))


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_it_works(value: Any) -> None:
    hide()
    assistant = make.assistant(settings={"model": value, "temperature": 0.5})
    assert isinstance(assistant.context["model"], Sealed)
    assert opened(assistant) == {"model": value, "temperature": 0.5}
    assert CANARY not in tables()

    for sent in ({"temperature": 0.9}, {**assistant.context, "temperature": 0.8}):
        assert opened(save(assistant, editor(), sent)) == {**sent, "model": value}
    masked = {"model": "•••••••• /model", "temperature": 0.1}
    assert opened(save(assistant, editor(), masked))["model"] == value
    assert isinstance(revealed(editor(), assistant, assistant).context["model"], Sealed)
    assert revealed(editor(Role.PUBLISHER), assistant, assistant).context["model"] == value


@pytest.mark.parametrize("sent", [CANARY, "another", None, ["x"]])
def test_what_is_sent_is_refused_by_name_even_where_it_is_right(sent: Any) -> None:
    """Else one could guess until it is taken."""
    hide()
    assistant, author = make.assistant(settings=MODEL), editor()
    doors: list[Callable[[], object]] = [
        lambda: save(assistant, author, {"model": sent}),
        lambda: patched(assistant, author, {"model": sent}),
        lambda: create_assistant(graph_id="writer", name="b", settings={"model": sent}, author=author),
        lambda: run(assistant, author, context={"model": sent}),
        lambda: run(assistant, author, settings={"model": sent}),
        lambda: run(assistant, author, config={"configurable": {"model": sent}}),
        lambda: trial(assistant, author, {"model": sent}),
        lambda: cron(assistant, author, {"model": sent}),
    ]
    for door in doors:
        with pytest.raises(InvalidSettings) as refused:
            door()
        assert [error.pointer for error in refused.value.errors] == ["/model"]
        assert "Publisher" in refused.value.errors[0].message
        assert CANARY not in str(refused.value.errors)
    assert Assistant.history.newest_number(assistant) == 1
    for door in (lambda: save(assistant, editor(Role.PUBLISHER), {"model": sent, "temperature": 1}),):
        assert opened(door()) == {"model": sent, "temperature": 1}


def patched(assistant: Assistant, author: Author, values: dict[str, Any]) -> AssistantVersion:
    return patch_assistant(assistant=assistant, patch=Patch(settings=values), author=author, make_live=False)


def run(assistant: Assistant, author: Author, **asked: Any) -> Run:
    return begin_run(thread=NewThread(), assistant_id=assistant.assistant_id, author=author, **asked)


def trial(assistant: Assistant, author: Author, values: dict[str, Any]) -> Any:
    if not assistant.cases.exists():
        make.case(assistant)
    return begin_trial(assistant_id=assistant.assistant_id, settings=values, author=author)


def cron(assistant: Assistant, author: Author, values: dict[str, Any]) -> Any:
    later = timezone.now() + timedelta(days=1)
    asked = {"context": values}
    return create_cron(assistant_id=assistant.assistant_id, schedule="0 0 1 1 *", asked=asked, author=author, now=later)


def test_tests_run_with_the_true_value() -> None:
    hide()
    assistant, author = make.assistant(settings=MODEL), editor(Role.TESTER)
    for asked in (
        {},
        {"context": {"temperature": 1}},
        {"settings": {"temperature": 1}},
        {"settings": assistant.context},
    ):
        found = run(assistant, author, **asked)
        assert isinstance(found.context["model"], Sealed)
        assert opened(found)["model"] == CANARY
    assert given_to_graph(trial(assistant, author, {"temperature": 1}).settings, None)["model"] == CANARY
    assert opened(run(assistant, editor(Role.PUBLISHER), context={"model": "b"}))["model"] == "b"
    assert CANARY not in tables()


def test_a_new_assistant_has_the_graphs_default_and_a_clone_the_sources_value() -> None:
    hide()
    source, author = make.assistant(settings=MODEL), editor()
    made = create_assistant(graph_id="writer", name="a", settings={"temperature": 1}, author=author)
    assert made.context == {"temperature": 1}
    cloned = clone_assistant(assistant_id=source.assistant_id, number=1, name="c", author=author)
    taken = create_assistant(graph_id="writer", name="d", settings={}, taken_over=source.context, author=author)
    assert opened(cloned) == MODEL
    assert opened(taken)["model"] == CANARY


def test_it_is_the_live_versions_whatever_a_save_began_from() -> None:
    hide(role=Role.OPERATOR)
    assistant, author = make.assistant(settings={"model": "old"}), editor(Role.PUBLISHER)
    make.version(assistant, settings=MODEL)
    assistant.refresh_from_db()

    assert opened(save(assistant, author, {"temperature": 2}, base=1)) == {"temperature": 2, "model": CANARY}
    with pytest.raises(InvalidSettings) as refused:
        make_live(assistant_id=assistant.assistant_id, number=1, author=author)
    assert CANARY not in refused.value.errors[0].message
    restored = restore_version(assistant_id=assistant.assistant_id, number=1, author=author)
    assert opened(Assistant.history.numbered(assistant, restored.number)) == {"model": CANARY}


def test_one_within_a_group() -> None:
    hide("/search/engine")
    assistant, author = make.assistant(settings={"search": {"engine": CANARY, "results": 1}}), editor()
    for sent in ({"search": {"results": 2}}, {"temperature": 1}, {"search": {}}):
        assert opened(save(assistant, author, sent))["search"]["engine"] == CANARY
    for wrong in ({"search": None}, {"search": "x"}, {"search": [1]}, {"search": {"engine": "b"}}):
        with pytest.raises(InvalidSettings) as refused:
            save(assistant, author, wrong)
        assert refused.value.errors[0].pointer == "/search/engine"


def stored_everywhere() -> Assistant:
    """As it is stored before anybody hides it."""
    assistant = make.assistant(settings=MODEL)
    make.version(assistant, settings={**MODEL, "temperature": 0.7})
    assistant.refresh_from_db()
    run(assistant, SYSTEM, config={"configurable": {"model": CANARY}})
    trial(assistant, SYSTEM, MODEL)
    cron(assistant, SYSTEM, MODEL)
    person = granted(Role.EDITOR, username="drafter")
    written = Written(base=2, newest=2, name="x", description="", note="", settings=MODEL, settings_schema=None)
    keep_draft(author=Author.of(person), assistant=assistant, written=written, known=0)
    return assistant


SETTINGS_TABLES = (Assistant, AssistantVersion, Run)


def everything() -> list[Any]:
    """But the audit log, which cannot be changed."""
    return [row for model in (*SETTINGS_TABLES, Trial, Cron, Draft) for row in model.objects.all()]


def test_what_was_stored_before_is_sealed_and_opened_again() -> None:
    assistant = stored_everywhere()
    others = make.assistant(settings={"model": "other-graph"}, graph_id="support")
    before = [row.context for model in SETTINGS_TABLES for row in model.objects.order_by("pk")]
    assert sum(CANARY in str(row.__dict__) for row in everything()) == 7

    hide()
    held = [row.context for model in SETTINGS_TABLES for row in model.objects.order_by("pk")]
    assert not [one for one in held if CANARY in str(one)]
    assert [dict(given_to_graph(one, None)) for one in held] == before
    assert not [row for row in everything() if CANARY in str(row.__dict__)]
    others.refresh_from_db()
    assert others.context == {"model": "other-graph"}
    reseal(author=SYSTEM)
    assert isinstance(Assistant.objects.get(pk=assistant.pk).context["model"], Sealed)

    remove_lock(graph_id="writer", pointer="/model", author=SYSTEM)
    assert [row.context for model in SETTINGS_TABLES for row in model.objects.order_by("pk")] == before


def test_a_lock_that_hides_no_more_opens_it() -> None:
    assistant = make.assistant(settings=MODEL)
    hide()
    set_lock(graph_id="writer", pointer="/model", role=Role.PUBLISHER, author=SYSTEM)
    assert not SettingLock.objects.get().hidden
    assert Assistant.objects.get(pk=assistant.pk).context == MODEL
    with pytest.raises(InvalidSettings):
        save(assistant, editor(), {"model": "b"})


def test_it_is_sealed_on_a_site_that_seals_no_secrets(settings: Any) -> None:
    settings.SEAL_SECRETS = False
    hide()
    assert CANARY not in str(make.assistant(settings=MODEL).context)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab/~", max_size=3),
    lambda part: st.lists(part, max_size=2) | st.dictionaries(st.sampled_from(["model", "a", "b"]), part, max_size=2),
    max_leaves=5,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=JSON,
    pointer=st.sampled_from(["/model", "/a/b", "/a"]),
    sent=st.dictionaries(st.sampled_from(["model", "a", "b", "temperature"]), JSON, max_size=4),
)
def test_no_save_of_an_editor_changes_or_loses_it(value: Any, pointer: str, sent: dict[str, Any]) -> None:
    """Whatever they send: the value is what it was, or nothing is saved."""
    steps = pointer.split("/")[1:]
    whole: Any = value
    for step in reversed(steps):
        whole = {step: whole}
    SettingLock.objects.all().delete()
    hide(pointer)
    assistant = make.assistant(settings={"temperature": 1, **whole}, settings_schema=None)
    author = Author(person=None, label="API key x", role=Role.EDITOR)
    with suppress(InvalidSettings):
        save(assistant, author, sent)
    newest = Assistant.history.newest_number(assistant)
    found: Any = opened(Assistant.history.numbered(assistant, newest))
    for step in steps:
        found = found[step]
    assert found == value
    assert type(found) is type(value)
