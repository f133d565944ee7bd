"""What is wrong in a file of assistants is said in words: where it stands, what it is, what must be there instead."""

import json
from typing import Any

import pytest

from assistants_app.domain.errors import InvalidExport
from assistants_app.domain.exports import read_export
from assistants_app.models import Assistant, Person
from assistants_app.services.assistants import delete_assistant
from assistants_app.services.authors import SYSTEM
from assistants_app.services.exporting import export_assistants, rules
from assistants_app.services.importing import import_assistants, plan_import
from tests import make
from tests.services.test_secrets import SCHEMA, SETTINGS

pytestmark = pytest.mark.django_db

GONE = object()
ONE = "Assistant 1, “Letters”"


@pytest.fixture
def whole(erin: Person) -> dict[str, Any]:
    """A file with an assistant of two versions, the first live, that is not here any more."""
    made = make.assistant(name="Letters", settings=SETTINGS, settings_schema=SCHEMA, person=erin)
    make.version(made, settings={**SETTINGS, "prompt": "Two"}, make_live=False)
    found: dict[str, Any] = json.loads(export_assistants(assistants=[made], author=SYSTEM))
    delete_assistant(assistant_id=made.assistant_id, author=SYSTEM)
    return found


def bring_in(file: bytes) -> None:
    plan = plan_import(found=read_export(file, rules()), author=SYSTEM)
    import_assistants(plan=plan, choices={}, author=SYSTEM, source="file.json")


def faults_of(whole: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidExport) as refused:
        bring_in(json.dumps(whole).encode())
    assert not Assistant.objects.exists()
    return list(refused.value.faults)


def change(one: dict[str, Any], changes: dict[str, Any]) -> None:
    one.update(changes)
    for name in [name for name, value in changes.items() if value is GONE]:
        del one[name]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"assistant_id": "../../etc/passwd"}, "“assistant_id” must be an ID such as 123e4567-"),
        ({"live": 9}, "Version 9, which is live, is not in the file. Add it, or name another one as live."),
        ({"live": True}, "“live” must be a whole number."),
        ({"live": GONE}, "“live” is missing. Add it."),
        ({"versions": []}, "“versions” is empty."),
        ({"versions": {}}, "“versions” must be a list, in [ ]."),
        ({"color": "red"}, "The format knows nothing called “color”. Take it out."),
    ],
)
def test_an_assistant(whole: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    change(whole["assistants"][0], changes)
    (fault,) = faults_of(whole)
    assert fault.startswith(f"{ONE}: {said}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "“name” is empty."),
        ({"name": "   "}, "Give the assistant a name of 1 to 200 characters."),
        ({"name": "Plan\u202ener"}, "This cannot be a name: the text holds a control character"),
        ({"name": "x" * 201}, "“name” has 201 characters. Shorten it to at most 200."),
        ({"name": GONE, "graph_id": GONE}, "“name”, “graph_id” is missing. Add it."),
        ({"settings": []}, "“settings” must be an object, in { }."),
        ({"schema": "unknown"}, "The settings schema that it names is not in the file. Export it again."),
        ({"note": "a\x1bb"}, "Note: This cannot be saved: the text holds a control character"),
        ({"metadata": {"tags": ["a\x1bb"]}}, "Tags: This cannot be saved: "),
        ({"created_at": "yesterday"}, "“created_at” must be a date and a time such as 2026-01-31T09:30:00Z."),
        ({"created_at": "2025-13-45T00:00:00Z"}, "Date: There is no such date."),
        ({"settings": {"prompt": "•••••••• /license"}}, "“/prompt”: A hidden secret cannot stand here: "),
        ({"settings": {"license": "${env:SECRET_KEY}"}}, "“/license”: "),
    ],
)
@pytest.mark.parametrize("number", [1, 2])
def test_a_version(whole: dict[str, Any], changes: dict[str, Any], said: str, number: int) -> None:
    change(whole["assistants"][0]["versions"][number - 1], changes)
    (fault,) = faults_of(whole)
    name = changes.get("name") if number == 1 and changes.get("name") == "   " else "Letters"
    where = f"{ONE}, version {number}" if name == "Letters" else "Assistant 1, version 1"
    assert fault.startswith((f"{where}: {said}", f"{where.replace('Letters', 'Planner')}: {said}"))


def test_numbers(whole: dict[str, Any]) -> None:
    first, second = whole["assistants"][0]["versions"]
    second["number"] = 2**31
    assert faults_of(whole) == [f"{ONE}, version 2147483648: “number” must be a whole number from 1 to 2147483647."]
    second["number"] = "2"
    assert faults_of(whole) == [f"{ONE}, version no. 2 of its list: “number” must be a whole number."]
    second["number"] = 2
    whole["assistants"][0]["versions"] = [second, first]
    (fault,) = faults_of(whole)
    assert fault.startswith(f"{ONE}: Its versions are not in the order of their numbers")


def test_two_of_one_id(whole: dict[str, Any]) -> None:
    whole["assistants"].append({**whole["assistants"][0], "name": "Other"})
    whole["assistants"][1]["versions"] = [{**one, "name": "Other"} for one in whole["assistants"][0]["versions"]]
    assert faults_of(whole) == [
        f"Assistant 2, “Other”: It has the same ID as {ONE}. Take one of them out, or give it another ID."
    ]


def test_no_more_than_a_few(whole: dict[str, Any]) -> None:
    whole["assistants"] = [5] * 20
    faults = faults_of(whole)
    assert faults[0] == "Assistant 1: This must be an object, in { }."
    assert (len(faults), faults[-1]) == (6, "And more.")


def test_what_stands_there_is_not_told(whole: dict[str, Any]) -> None:
    """It may be a secret that is at the wrong place."""
    whole["assistants"][0]["versions"][0]["note"] = {"key": "sk-canary-1"}
    whole["assistants"][0]["versions"][1]["author"] = "sk-canary-2" * 100
    assert "canary" not in " ".join(faults_of(whole))
