"""A protected assistant that requires its test cases to have passed before a version is approved."""

import pytest

from assistants_app.domain.errors import NotAllowed
from assistants_app.domain.review_errors import CasesNotPassed
from assistants_app.models import Assistant, AuditEntry, CaseResult, Person, Protection, Review, Role
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.case_policy import cases_missing, set_cases_required
from assistants_app.services.cases import CaseContent, update_case
from assistants_app.services.reviews import approve, set_protection
from assistants_app.services.trials import begin_trial
from assistants_app.services.versions import make_live
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(db: None) -> Assistant:
    made = make.assistant(name="Blog writer")
    set_protection(assistant_id=made.assistant_id, protection=Protection.PUBLISHER, author=SYSTEM)
    set_cases_required(assistant_id=made.assistant_id, required=True, author=SYSTEM)
    made.refresh_from_db()
    return made


def tried(assistant: Assistant, number: int, status: str) -> None:
    trial = begin_trial(assistant_id=assistant.assistant_id, version=number, author=SYSTEM)
    CaseResult.objects.filter(trial=trial).update(status=status)
    type(trial).objects.filter(pk=trial.pk).update(status="ended")


def approved(assistant: Assistant, number: int, person: Person) -> int:
    """The version that is live then. Raises CasesNotPassed."""
    review = Review.objects.get(assistant=assistant, number=number)
    approve(review_id=review.pk, author=Author.of(person))
    return Assistant.objects.get(pk=assistant.pk).version


def test_it_works(assistant: Assistant, erin: Person) -> None:
    case = make.case(assistant)
    make.version(assistant)
    with pytest.raises(CasesNotPassed, match="1 has not passed with v2"):
        approved(assistant, 2, erin)
    tried(assistant, 1, "passed")
    tried(assistant, 2, "failed")
    with pytest.raises(CasesNotPassed):
        approved(assistant, 2, erin)
    assert Review.objects.get(assistant=assistant, number=2).state == "waiting"
    assert Assistant.objects.get(pk=assistant.pk).version == 1

    tried(assistant, 2, "passed")
    assert approved(assistant, 2, erin) == 2

    harder = CaseContent.of(name="hi", input=case.input, checks=[{"kind": "equals", "text": "hi"}])
    update_case(assistant_id=assistant.assistant_id, case_id=case.pk, content=harder, author=SYSTEM)
    make.version(assistant)
    tried(assistant, 3, "unjudged")
    with pytest.raises(CasesNotPassed):
        approved(assistant, 3, erin)
    make_live(assistant_id=assistant.assistant_id, number=1, author=Author.of(erin))  # approved before, the way back


def test_without_cases_nothing_is_approved(assistant: Assistant, erin: Person) -> None:
    make.version(assistant)

    with pytest.raises(CasesNotPassed, match="there are none yet"):
        approved(assistant, 2, erin)


def test_nobody_asks_for_them(assistant: Assistant, erin: Person) -> None:
    make.case(assistant)
    make.version(assistant)

    assert set_cases_required(assistant_id=assistant.assistant_id, required=False, author=Author.of(erin))
    assert not set_cases_required(assistant_id=assistant.assistant_id, required=False, author=Author.of(erin))
    entry = AuditEntry.objects.newest_first()[0]

    assert (entry.action, entry.after) == ("assistant.protection_changed", {"test_cases": False})
    assert approved(assistant, 2, erin) == 2


@pytest.mark.parametrize("role", [Role.TESTER, Role.EDITOR])
def test_only_publishers_say_so(assistant: Assistant, role: Role) -> None:
    author = Author.of(granted(role, username="sam"))

    with pytest.raises(NotAllowed):
        set_cases_required(assistant_id=assistant.assistant_id, required=False, author=author)
    assistant.refresh_from_db()
    assert assistant.cases_required
    assert cases_missing(assistant, 1)
