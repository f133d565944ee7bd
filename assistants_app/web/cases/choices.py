"""With what test cases can be run: the live version, any other, or one's own draft."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from assistants_app.domain.drafts import DraftNotFound, DraftNotReady
from assistants_app.domain.errors import ProductError
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant, Role
from assistants_app.services.drafts import draft_of, draft_to_run
from assistants_app.services.rights import may
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.addresses import number_in

LIVE, DRAFT = "live", "draft"
VERSIONS = 50


class NoSuchChoice(ProductError):
    """What was chosen cannot be run."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a trial is begun with: see `services.trials.begin_trial`."""

    version: int | None = None
    settings: Settings | None = None


def choices_of(request: SignedInRequest, assistant: Assistant) -> list[Choice]:
    author = author_of(request)
    found = [Choice(LIVE, _("Live v%(number)s") % {"number": assistant.version})]
    if may(author, Role.EDITOR, assistant) and draft_of(author=author, assistant=assistant):
        found.append(Choice(DRAFT, _("My draft")))
    numbers = Assistant.history.of(assistant).exclude(number=assistant.version).values_list("number", flat=True)
    return found + [Choice(str(number), _("v%(number)s") % {"number": number}) for number in numbers[:VERSIONS]]


def chosen_in(request: SignedInRequest, assistant: Assistant, value: str) -> Chosen:
    """Raises NoSuchChoice, NotAllowed."""
    if value in ("", LIVE):
        return Chosen(version=assistant.version)
    if value == DRAFT:
        try:
            return Chosen(settings=draft_to_run(author=author_of(request), assistant=assistant).settings)
        except (DraftNotFound, DraftNotReady) as error:
            raise NoSuchChoice(error.message) from None
    if (number := number_in(value)) is None:
        raise NoSuchChoice(_("Choose the version to run the test cases with."))
    return Chosen(version=number)
