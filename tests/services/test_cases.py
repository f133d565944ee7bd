"""Test cases: made, changed and deleted by editors, and how a version stands in them."""

import uuid
from typing import Any

import pytest

from assistants_app.domain.cases.errors import CaseNotFound, InvalidCase
from assistants_app.domain.errors import AssistantNotFound, NotAllowed
from assistants_app.models import Assistant, AuditEntry, Case, CaseResult, Person, Role
from assistants_app.services import cases
from assistants_app.services.authors import Author
from assistants_app.services.cases import CaseContent, create_case, delete_case, update_case
from assistants_app.services.trials import begin_trial, standing
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db

SAID = {"messages": [{"type": "human", "content": "hi"}]}
CHECKS = [{"kind": "contains", "text": "hi"}]


def content(**more: Any) -> CaseContent:
    return CaseContent.of(**{"name": "Greets", "input": SAID, "checks": CHECKS, **more})


def test_it_works(erin: Person) -> None:
    assistant = make.assistant()

    case = create_case(assistant_id=assistant.assistant_id, content=content(name="  Greets\n "), author=Author.of(erin))

    kept = Case.objects.get_of(assistant, case.case_id)
    assert (kept.name, kept.input, kept.checks, kept.edition) == ("Greets", SAID, CHECKS, 1)
    entry = AuditEntry.objects.newest_first()[0]
    assert (entry.action, entry.who, entry.object_name) == ("case.created", "Erin Editor", "Greets")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\x00"}, "/name"),
        ({"input": []}, "/input"),
        ({"input": {"messages": []}}, "/input"),
        ({"input": {"messages": "hi"}}, "/input"),
        ({"input": {"text": "\ud800"}}, "/input"),
        ({"input": {"text": "x" * 500_001}}, "/input"),
        ({"checks": []}, "/checks"),
        ({"checks": [*CHECKS, {"kind": "matches", "pattern": "("}]}, "/checks/1"),
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidCase) as refused:
        content(**wrong)

    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidCase) as refused:
        CaseContent.of(name="", input=3, checks=[])

    assert [error.pointer for error in refused.value.errors] == ["/name", "/input", "/checks"]


def test_a_change_of_what_is_asked_makes_another_edition(erin: Person) -> None:
    assistant = make.assistant()
    case = make.case(assistant)
    ours = {"assistant_id": assistant.assistant_id, "case_id": case.case_id, "author": Author.of(erin)}

    assert update_case(content=content(name="Says hi"), **ours)
    assert Case.objects.get(pk=case.pk).edition == 1
    assert not update_case(content=content(name="Says hi"), **ours)
    assert update_case(content=content(name="Says hi", checks=[{"kind": "equals", "text": "hi"}]), **ours)
    assert Case.objects.get(pk=case.pk).edition == 2
    last = AuditEntry.objects.newest_first()[0]
    assert (last.action, set(last.after or {})) == ("case.changed", {"checks"})


def test_a_deleted_case_leaves_its_results(erin: Person) -> None:
    assistant = make.assistant()
    case = make.case(assistant)
    trial = begin_trial(assistant_id=assistant.assistant_id, author=Author.of(erin))

    delete_case(assistant_id=assistant.assistant_id, case_id=case.case_id, author=Author.of(erin))

    assert not Case.objects.exists()
    assert trial.results.get().name == "hi"
    with pytest.raises(CaseNotFound):
        delete_case(assistant_id=assistant.assistant_id, case_id=case.case_id, author=Author.of(erin))


def test_cases_belong_to_one_assistant(erin: Person) -> None:
    case = make.case(make.assistant())
    other = make.assistant(name="Other")

    with pytest.raises(CaseNotFound):
        update_case(assistant_id=other.assistant_id, case_id=case.case_id, content=content(), author=Author.of(erin))


@pytest.mark.parametrize(
    ("role", "error"), [(Role.VIEWER, NotAllowed), (Role.TESTER, NotAllowed), (None, AssistantNotFound)]
)
def test_only_editors_change_them(role: Role | None, error: type[Exception]) -> None:
    assistant = make.assistant()
    case = make.case(assistant)
    author = Author.of(granted(role, username="sam"))

    with pytest.raises(error):
        create_case(assistant_id=assistant.assistant_id, content=content(), author=author)
    with pytest.raises(error):
        update_case(assistant_id=assistant.assistant_id, case_id=case.pk, content=content(), author=author)
    with pytest.raises(error):
        delete_case(assistant_id=assistant.assistant_id, case_id=case.pk, author=author)
    assert Case.objects.get().edition == 1


def test_there_are_not_too_many(erin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST_CASES", 1)
    assistant = make.assistant()
    make.case(assistant)

    with pytest.raises(InvalidCase, match="1 test cases at most"):
        make.case(assistant)


def result(assistant: Assistant, erin: Person, number: int, **ended: str) -> None:
    """A trial of all cases with a version, with the results by the name of the case."""
    trial = begin_trial(assistant_id=assistant.assistant_id, author=Author.of(erin), version=number)
    for name, status in ended.items():
        CaseResult.objects.filter(trial=trial, name=name).update(status=status)
    trial.__class__.objects.filter(pk=trial.pk).update(status="ended")


def test_the_newest_result_of_each_case_as_it_is_counts(erin: Person) -> None:
    assistant = make.assistant_with_versions(2)
    first, second = make.case(assistant, "one"), make.case(assistant, "two")
    assert not standing(assistant, 2).all_passed

    result(assistant, erin, 1, one="passed", two="passed")
    result(assistant, erin, 2, one="failed", two="passed")
    assert (standing(assistant, 1).all_passed, standing(assistant, 2).all_passed) == (True, False)
    result(assistant, erin, 2, one="passed", two="cancelled")
    assert standing(assistant, 2).all_passed

    update_case(
        assistant_id=assistant.assistant_id, case_id=first.pk, content=content(name="one"), author=Author.of(erin)
    )
    now = standing(assistant, 2)
    assert (now.all_passed, now.passed, now.not_run, set(now.results)) == (False, 1, 1, {second.pk})


def test_without_cases_nothing_passed(erin: Person) -> None:
    assert not standing(make.assistant(), 1).all_passed


def test_who_knows_no_such_assistant(erin: Person) -> None:
    with pytest.raises(AssistantNotFound):
        create_case(assistant_id=uuid.uuid4(), content=content(), author=Author.of(erin))
