"""Changed settings by conversation: who may ask a model for them, how often, and what they may not touch.

A proposal is nothing that is kept: it lives on the page of who asked, until they take it into their draft.
"""

from datetime import timedelta

from django.conf import settings as site
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assistants_app.domain.proposals.wanted import NoProposal
from assistants_app.models import Assistant, AuditEntry, Role
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.locks import locks_for
from assistants_app.services.rights import require, role_for

MOST_A_MINUTE = 10
MOST_A_DAY = 300
"""By one person, for all assistants together."""


def ask_for_proposal(*, author: Author, assistant: Assistant, sentence: str) -> None:
    """Note that somebody is about to ask. What they say is not noted: it may tell what is nobody else's business.

    Raises NotAllowed, AssistantNotFound, NoProposal (too often).
    """
    require(author, Role.EDITOR, assistant)
    kind, who = author.identity
    with transaction.atomic():
        asked = AuditEntry.objects.by(kind, who).filter(action=Action.PROPOSAL_ASKED)
        now = timezone.now()
        if asked.filter(at__gt=now - timedelta(minutes=1)).count() >= MOST_A_MINUTE:
            raise NoProposal(_("That was a lot at once. Wait a minute, then ask again."))
        if asked.filter(at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
            raise NoProposal(_("That is all for today: a person may ask %(most)s times a day.") % {"most": MOST_A_DAY})
        audit.record(
            Action.PROPOSAL_ASKED,
            author=author,
            kind=ObjectKind.ASSISTANT,
            id=assistant.assistant_id,
            name=assistant.name,
            after={"model": site.PROPOSAL_MODEL.strip(), "characters": len(sentence)},
        )


def closed_to(author: Author, assistant: Assistant) -> dict[str, str]:
    """The places among the settings that somebody may not change, each with the reason."""
    said = _("It is locked: changing it needs the role %(role)s.")
    locks = locks_for(role_for(author, assistant), assistant.graph_id)
    return {lock.pointer: said % {"role": Role(lock.role).label} for lock in locks}
