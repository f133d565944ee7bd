"""Who may ask a model for changed settings, how often, and what is kept of it."""

import pytest
from pytest_django.fixtures import Settings

from assistants_app.domain.errors import AssistantNotFound, NotAllowed
from assistants_app.domain.proposals.wanted import NoProposal
from assistants_app.models import AuditEntry, Role
from assistants_app.services.authors import SYSTEM, Author
from assistants_app.services.locks import set_lock
from assistants_app.services.proposals import MOST_A_MINUTE, ask_for_proposal, closed_to
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db


def ask(author: Author, sentence: str = "Shorter") -> None:
    ask_for_proposal(author=author, assistant=make.assistant(), sentence=sentence)


def test_it_works(settings: Settings) -> None:
    settings.PROPOSAL_MODEL = "fake:one"
    ask(Author.of(granted(Role.EDITOR, username="sam")), "The password is hunter2")

    entry = AuditEntry.objects.get(action="assistant.proposal_asked")
    assert entry.after == {"model": "fake:one", "characters": 23}


@pytest.mark.parametrize(
    ("role", "error"), [(Role.TESTER, NotAllowed), (Role.VIEWER, NotAllowed), (None, AssistantNotFound)]
)
def test_only_who_may_edit_may_ask(role: Role | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(Author.of(granted(role, username="sam")))
    assert not AuditEntry.objects.filter(action="assistant.proposal_asked").exists()


def test_each_person_has_a_limit_of_their_own() -> None:
    sam, tim = (Author.of(granted(Role.EDITOR, username=name)) for name in ("sam", "tim"))
    for _time in range(MOST_A_MINUTE):
        ask(sam)
    with pytest.raises(NoProposal, match="Wait a minute"):
        ask(sam)
    ask(tim)
    assert AuditEntry.objects.filter(action="assistant.proposal_asked").count() == MOST_A_MINUTE + 1


def test_what_is_locked_is_closed() -> None:
    assistant = make.assistant()
    set_lock(graph_id=assistant.graph_id, pointer="/model", role=Role.PUBLISHER, author=SYSTEM)

    editor, publisher = (Author.of(granted(role, username=role)) for role in (Role.EDITOR, Role.PUBLISHER))
    assert list(closed_to(editor, assistant)) == ["/model"]
    assert closed_to(publisher, assistant) == {}
