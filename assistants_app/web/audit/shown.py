"""How an entry reads: in words, with links to what it tells of, and what changed as one reads a comparison."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from assistants_app.domain.config_values.hidden import is_mask, mask
from assistants_app.domain.form_spec.hints import humanise
from assistants_app.domain.json_values import ABSENT, Absent, Json
from assistants_app.models import Assistant, AuditEntry
from assistants_app.models.audit import Action, Face, ObjectKind, Who


@dataclass(frozen=True, slots=True)
class Value:
    text: str
    state: str
    """ "value", "absent", "empty" or "hidden"; the words of the last three are `text`."""

    @classmethod
    def of(cls, value: Json | Absent) -> "Value":
        if value is ABSENT:
            return cls(_("not there"), "absent")
        if value is None or value == "":
            return cls(_("nothing"), "empty")
        if is_mask(value):
            return cls(_("hidden"), "hidden")
        if isinstance(value, bool):
            return cls(_("Yes") if value else _("No"), "value")
        return cls(value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False), "value")


@dataclass(frozen=True, slots=True)
class Change:
    key: str
    old: Value
    new: Value
    sides: tuple[tuple[str, Value], ...] = ()
    """Those that the entry tells of, each "old" or "new"."""

    @property
    def label(self) -> str:
        prefix, _dot, name = self.key.partition(".")
        return humanise(name) if _dot and prefix in ("settings", "config", "metadata") else _(humanise(self.key))

    @property
    def is_hidden(self) -> bool:
        return self.old.state == self.new.state == "hidden"


REFUSALS = frozenset((Action.REFUSED, Action.KEY_REJECTED, Action.SIGN_IN_FAILED))
NAMED = 3
"""Changes that are named where they are folded up."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a page says of an entry, put into words before it is drawn: a page has fifty. What is "" is not said."""

    entry: AuditEntry
    action: str
    is_refusal: bool
    kind: str
    called: str
    url: str
    """Of what it tells of, where that is still there and has a page."""
    who: str
    of_who: str
    """The query that finds what the same somebody did."""
    at: str
    """As a machine reads it."""
    when: str
    face: str
    address: str
    of_object: str
    """The query that finds what was done to the same object."""
    request_id: str
    changes: list[Change]
    summary: str
    """What unfolds to the changes."""


def shown(
    entries: Sequence[AuditEntry],
    *,
    origin: bool = True,
    hidden: frozenset[str] = frozenset(),
    within: Assistant | None = None,
) -> list[Shown]:
    """Asks the database once, for the assistants that are still there. `origin`: whoever looks may know from where it
    came. `hidden` are names whose values are not told. `within` is the assistant that the whole page is about."""
    ids = [found for entry in entries if entry.object_kind == ObjectKind.ASSISTANT and (found := _uuid(entry))]
    there = set(Assistant.objects.filter(assistant_id__in=ids).values_list("assistant_id", flat=True)) if ids else set()
    moments = f"{get_format('DATE_FORMAT')}, H:i:s T"
    rows = []
    for entry in entries:
        at = timezone.localtime(entry.at)
        changes = changes_of(entry, hidden)
        of_who = {"who": f"{entry.who_kind}:{entry.who_id}" if entry.who_id else entry.who_kind}
        of_object = {"kind": entry.object_kind, "object": entry.object_id} if entry.object_id else {}
        request_id = entry.request_id if origin else ""
        one = Shown(
            entry=entry,
            action=_label(Action, entry.action),
            is_refusal=entry.action in REFUSALS,
            kind=_label(ObjectKind, entry.object_kind),
            called="" if within and entry.object_name == within.name else entry.object_name or entry.object_id,
            url="" if within else _url(entry, there),
            who=entry.who or _label(Who, entry.who_kind),
            of_who=urlencode(of_who) if origin else "",
            at=at.isoformat(),
            when=dateformat.format(at, moments),
            face=_label(Face, entry.face),
            address=entry.address if origin else "",
            of_object=urlencode(of_object) if origin and not within else "",
            request_id=request_id,
            changes=changes,
            summary=_summary(changes) if changes else _("Details") if request_id else "",
        )
        rows.append(one)
    return rows


def _summary(changes: list[Change]) -> str:
    named = ", ".join(change.label for change in changes[:NAMED])
    return f"{named}, …" if len(changes) > NAMED else named


def changes_of(entry: AuditEntry, hidden: frozenset[str] = frozenset()) -> list[Change]:
    before, after = (side if isinstance(side, dict) else {} for side in (entry.before, entry.after))
    found = []
    for key in {**before, **after}:
        old, new = (
            Value.of(mask(None, f"/{key}") if key in hidden else side.get(key, ABSENT)) for side in (before, after)
        )
        sides = ((("old", old),) if before else ()) + ((("new", new),) if after else ())
        found.append(Change(key, old, new, sides))
    return found


def _url(entry: AuditEntry, there: set[uuid.UUID]) -> str:
    if entry.object_kind == ObjectKind.ASSISTANT:
        return reverse("assistant", args=[entry.object_id]) if _uuid(entry) in there else ""
    places = {ObjectKind.PERSON: "people", ObjectKind.KEY: "keys"}
    name = places.get(ObjectKind(entry.object_kind)) if entry.object_kind in ObjectKind else None
    return reverse(name) if name and entry.object_id else ""


def _uuid(entry: AuditEntry) -> uuid.UUID | None:
    try:
        return uuid.UUID(entry.object_id)
    except ValueError:
        return None


def _label(words: type[Action] | type[ObjectKind] | type[Face] | type[Who], said: str) -> str:
    """An entry of a newer version may say what this one does not know."""
    return str(words(said).label) if said in words else said
