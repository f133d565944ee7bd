"""Out to a file and in again: everything but secrets, all of it or nothing, on both databases."""

import json
import uuid
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assistants_app.domain.errors import InvalidExport
from assistants_app.domain.exports import read_export
from assistants_app.models import Assistant, AuditEntry, Person, Role
from assistants_app.models.assistants import AssistantVersion
from assistants_app.services import versions
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.exporting import export_assistants, rules
from assistants_app.services.importing import Choice, Imported, Planned, import_assistants, plan_import
from assistants_app.services.secrets import given
from tests import make
from tests.services.test_secrets import CANARIES, SCHEMA, SETTINGS

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(erin: Person) -> Assistant:
    """With three versions by two authors, the second live, secrets, and what JSON makes hard."""
    made = make.assistant(
        name="Ünïcode 🙂", settings=SETTINGS, settings_schema=SCHEMA, person=erin, metadata={"tags": ["news"], "n": 1.5}
    )
    hard = {"b": 2**70, "a": [None, 1.0, 1, True, "x\r\ny"], "prompt": "  \n", "model": "${env:NOT_HERE}"}
    make.version(made, settings={**SETTINGS, **hard}, note="Hard ones")
    make.version(made, settings={"prompt": "Three"})
    versions.make_live(assistant_id=made.assistant_id, number=2, author=SYSTEM)
    return Assistant.objects.get_by_uuid(made.assistant_id)


def exported(*assistants: Assistant, author: Author = SYSTEM, **more: Any) -> str:
    return export_assistants(assistants=assistants, author=author, **more)


def planned(text: str, author: Author = SYSTEM) -> list[Planned]:
    return plan_import(found=read_export(text.encode(), rules()), author=author)


def brought_in(text: str, choice: Choice | None = None, author: Author = SYSTEM, **more: Any) -> Imported:
    plan = planned(text, author)
    choices = {one.key: choice for one in plan} if choice else {}
    return import_assistants(plan=plan, choices=choices, author=author, source="file.json", **more)


def forget(assistant: Assistant) -> None:
    delete_assistant(assistant_id=assistant.assistant_id, author=SYSTEM)


def test_it_works(assistant: Assistant) -> None:
    text = exported(assistant)
    assert not [canary for canary in CANARIES if canary in text]
    assert "$sealed" not in text
    forget(assistant)

    done = brought_in(text)

    assert done.count(Choice.CREATE) == 1
    again = Assistant.objects.get_by_uuid(assistant.assistant_id)
    assert without_secrets_told(exported(again)) == without_secrets_told(text)
    assert (again.version, again.name) == (2, "Ünïcode 🙂")
    assert "license" not in again.context


def without_secrets_told(text: str) -> Any:
    """The file without what only tells of secrets."""
    whole = json.loads(text)
    for one in whole["assistants"]:
        for version in one["versions"]:
            version.pop("missing_secrets", None)
            version["settings"] = json.loads(
                json.dumps(version["settings"]), object_hook=lambda found: {
                    key: value for key, value in found.items() if not str(value).startswith("••••")
                },
            )  # fmt: skip
    return whole


def test_the_same_is_the_same_file() -> None:
    """Whatever the order in which assistants are found."""
    one, two = make.assistant(name="One"), make.assistant(name="Two")
    assert exported(one, two) == exported(two, one)
    assert json.loads(exported(one, two))["assistants"][0]["name"] == "One"


def test_one_version_or_the_live_one_alone(assistant: Assistant) -> None:
    third = json.loads(exported(assistant, number=3))["assistants"][0]
    assert (third["live"], [one["number"] for one in third["versions"]]) == (3, [3])
    live = json.loads(exported(assistant, history=False))["assistants"][0]
    assert (live["live"], [one["number"] for one in live["versions"]]) == (2, [2])


def test_secrets_stay_with_the_assistant_that_is_here(assistant: Assistant) -> None:
    text = exported(assistant).replace('"prompt": "  \\n"', '"prompt": "Changed"')
    (plan,) = planned(text)
    assert plan.mine == assistant
    assert not plan.same_content
    assert plan.lost_secrets == ()
    assert "/license" in plan.missing_secrets

    brought_in(text, Choice.VERSION)

    assistant.refresh_from_db()
    assert (assistant.version, given(assistant.context, None)["license"]) == (4, "lic-canary")
    assert assistant.context["prompt"] == "Changed"
    assert Assistant.history.numbered(assistant, 4).history_change_reason == "Imported from file.json"


def test_what_is_here_already_is_kept(assistant: Assistant) -> None:
    (plan,) = planned(exported(assistant))
    assert (plan.same_content, plan.suggested) == (True, Choice.KEEP)
    before = AssistantVersion.objects.count()
    brought_in(exported(assistant))
    assert AssistantVersion.objects.count() == before


def test_a_copy_beside_it(assistant: Assistant) -> None:
    brought_in(exported(assistant), Choice.COPY)
    copied = Assistant.objects.get(name="Ünïcode 🙂 (imported)")
    assert copied.assistant_id != assistant.assistant_id
    assert Assistant.history.newest_number(copied) == 3


def test_the_same_name_is_a_clash_too(assistant: Assistant) -> None:
    text = exported(assistant).replace(str(assistant.assistant_id), str(uuid.uuid4()))
    (plan,) = planned(text)
    assert (plan.by_name, plan.mine) == (True, assistant)
    assert plan.suggested is Choice.KEEP


def test_a_dry_run_does_nothing(assistant: Assistant) -> None:
    text = exported(assistant)
    forget(assistant)
    before = AssistantVersion.objects.count(), AuditEntry.objects.count()
    assert brought_in(text, dry=True).count(Choice.CREATE) == 1
    assert (AssistantVersion.objects.count(), AuditEntry.objects.count()) == before
    assert not Assistant.objects.exists()


def test_all_of_it_or_nothing(assistant: Assistant) -> None:
    other = make.assistant(name="Other")
    whole = json.loads(exported(assistant, other))
    whole["assistants"][-1]["versions"][0]["created_at"] = "2025-13-45T00:00:00Z"
    forget(assistant)
    forget(other)
    with pytest.raises(InvalidExport, match="date"):
        brought_in(json.dumps(whole))
    assert not Assistant.objects.exists()


def test_a_graph_that_is_not_here_is_told(assistant: Assistant) -> None:
    text = exported(assistant).replace('"graph_id": "writer"', '"graph_id": "elsewhere"')
    assert planned(text)[0].graph_missing
    assert not planned(exported(assistant))[0].graph_missing


def test_it_is_told_in_the_audit_log(assistant: Assistant) -> None:
    text = exported(assistant)
    forget(assistant)
    brought_in(text)
    kinds = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"assistants.exported", "assistants.imported"} <= kinds


def test_what_one_may_not_see_is_not_here(assistant: Assistant, ben: Person) -> None:
    """An id of somebody else's assistant is neither told nor taken."""
    text = exported(assistant)
    author = Author.of(make_editor_of(ben, "support"))
    (plan,) = planned(text.replace('"graph_id": "writer"', '"graph_id": "support"'), author)
    assert plan.mine is None
    done = import_assistants(plan=[plan], choices={}, author=author, source="file.json")
    made = done.made[0][2]
    assert made is not None
    assert made.assistant_id != assistant.assistant_id
    assert "says a file" in Assistant.history.numbered(made, 1).author


def make_editor_of(person: Person, graph_id: str) -> Person:
    person.grants.all().delete()
    person.grants.create(graph_id=graph_id, role=Role.EDITOR)
    return Person.objects.get(pk=person.pk)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b"5", b'"x"', b"{}", b'{"format": "assistants-export"}',
        b'{"format": "assistants-export", "version": "1", "assistants": []}',
        b'{"format": "assistants-export", "version": 1, "assistants": {}}',
        b'{"format": "assistants-export", "version": 1, "assistants": [5]}',
        b'{"format": "assistants-export", "version": 1, "version": 1, "assistants": []}',
        b'{"format": "assistants-export", "version": 1, "assistants": [], "more": 1}',
        b'{"format": "assistants-export", "version": 1, "assistants": [], "schemas": {"a": ' + b"[" * 100_000,
        b'{"format": "assistants-export", "version": 1, "assistants": [], "schemas": {"a": {"b": ' + b"[" * 200
        + b"]" * 200 + b"}}}",
        b'{"format": "assistants-export", "version": 1, "assistants": [], "schemas": {"a": {"b": "\\ud800"}}}',
        b'{"format": "assistants-export", "version": 1, "assistants": [], "schemas": {"a": {"b": "\\u0000"}}}',
        b'{"format": "assistants-export", "version": 1, "assistants": [], "schemas": {"a": {"b": NaN}}}',
        b" " * (64 * 1024 * 1024 + 1),
    ],
)  # fmt: skip
def test_damaged_huge_and_hostile_files(data: bytes) -> None:
    with pytest.raises(InvalidExport):
        read_export(data, rules())


def test_a_newer_format_says_so() -> None:
    with pytest.raises(InvalidExport, match="Update the site"):
        read_export(b'{"format": "assistants-export", "version": 2, "anything": 1}', rules())


def test_a_secret_as_it_is_stored_is_refused(assistant: Assistant) -> None:
    whole = json.loads(exported(assistant))
    whole["assistants"][0]["versions"][0]["settings"]["prompt"] = "".join(assistant.context["license"])
    with pytest.raises(InvalidExport):
        read_export(json.dumps(whole).encode(), rules())


def test_a_plain_secret_in_a_file_is_sealed(assistant: Assistant) -> None:
    text = exported(assistant, number=2).replace('"•••••••• /license"', '"lic-by-hand"')
    forget(assistant)
    brought_in(text)
    again = Assistant.objects.get_by_uuid(assistant.assistant_id)
    assert given(again.context, None)["license"] == "lic-by-hand"
    assert again.context["license"] != "lic-by-hand"


def test_the_commands(assistant: Assistant, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.json"
    call_command("export_assistants", "--graph", "writer", "--output", str(file))
    call_command("export_assistants", str(assistant.assistant_id))
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")

    call_command("import_assistants", str(file))
    assert "as it is here" in capsys.readouterr().out
    file.write_text(file.read_text(encoding="utf-8").replace("Ünïcode", "Renamed"), encoding="utf-8")
    with pytest.raises(CommandError, match="--on-clash") as caught:
        call_command("import_assistants", str(file), "--dry-run")
    assert caught.value.returncode == 3
    assert "Renamed" in capsys.readouterr().out
    call_command("import_assistants", str(file), "--dry-run", "--on-clash", "version")
    assert Assistant.history.newest_number(assistant) == 3
    call_command("import_assistants", str(file), "--on-clash", "version")
    assert Assistant.history.newest_number(assistant) == 4
    for bad in (tmp_path / "none.json", tmp_path):
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("import_assistants", str(bad))
    with pytest.raises(CommandError, match="no such assistant"):
        call_command("export_assistants", str(uuid.uuid4()))
