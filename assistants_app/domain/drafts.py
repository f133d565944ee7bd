"""A draft: what one person typed into an assistant's form and has not saved."""

from dataclasses import dataclass, field

from assistants_app.domain.errors import NotFound, Refused
from assistants_app.domain.json_values import Json, Settings
from assistants_app.domain.language import gettext_noop


class DraftNotFound(NotFound):
    says = gettext_noop("You have no draft of this assistant.")


class DraftNotReady(Refused):
    says = gettext_noop("The draft holds something that cannot be saved yet. Open the form to see what.")


class DraftMovedOn(Refused):
    """The draft was kept, or discarded, by another page of the same person."""

    says = gettext_noop("Your draft was changed in another window or on another device.")


@dataclass(frozen=True, slots=True)
class Known:
    """What a page that saves knows of its person's draft: how often it had been kept, and by which page."""

    times: int
    page: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a draft holds. `settings` are what the form means, as far as it can be read.

    `typed` is the form word for word, where the settings do not say all of it; then the draft is not `complete`.
    """

    base: int
    """The version that it was made from."""

    newest: int
    """The newest version that its author knew of."""

    name: str
    description: str
    tags: str | None = None
    """As one line; None where nobody was asked for them."""

    note: str = ""
    live: bool = True
    settings: Settings = field(default_factory=dict)
    settings_schema: Json = None
    typed: Json = None
    choices: Json = None
    """Which side was chosen of what, where somebody else saved meanwhile."""

    page: str = ""
    """The page that it was typed into: what the same one sends later takes the place of what it sent before."""

    @property
    def complete(self) -> bool:
        return self.typed is None
