"""How an entry reads: in words, with links to what it tells of, and what changed as one reads a comparison."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
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

    @property
    def label(self) -> str:
        prefix, _dot, name = self.key.partition(".")
        return humanise(name) if _dot and prefix in ("settings", "config", "metadata") else _(humanise(self.key))

    @property
    def is_hidden(self) -> bool:
        return self.old.state == self.new.state == "hidden"


@dataclass(frozen=True, slots=True)
class Shown:
    entry: AuditEntry
    changes: list[Change]
    url: str
    """Of what it tells of, where that is still there and has a page."""

    @property
    def action(self) -> str:
        return _label(Action, self.entry.action)

    @property
    def kind(self) -> str:
        return _label(ObjectKind, self.entry.object_kind)

    @property
    def face(self) -> str:
        return _label(Face, self.entry.face)

    @property
    def who(self) -> str:
        return self.entry.who or _label(Who, self.entry.who_kind)

    @property
    def is_refusal(self) -> bool:
        return self.entry.action in (Action.REFUSED, Action.KEY_REJECTED, Action.SIGN_IN_FAILED)

    @property
    def of_who(self) -> str:
        """The query that finds what the same somebody did."""
        who_id = f":{self.entry.who_id}" if self.entry.who_id else ""
        return urlencode({"who": f"{self.entry.who_kind}{who_id}"})

    @property
    def of_object(self) -> str:
        """The query that finds what was done to the same object."""
        if not self.entry.object_id:
            return ""
        return urlencode({"kind": self.entry.object_kind, "object": self.entry.object_id})


def shown(entries: Iterable[AuditEntry], hidden: frozenset[str] = frozenset()) -> list[Shown]:
    """Asks the database once, for the assistants that are still there. `hidden` are names whose values are not told."""
    entries = list(entries)
    ids = [found for entry in entries if entry.object_kind == ObjectKind.ASSISTANT and (found := _uuid(entry))]
    there = set(Assistant.objects.filter(assistant_id__in=ids).values_list("assistant_id", flat=True)) if ids else set()
    return [Shown(entry, changes_of(entry, hidden), _url(entry, there)) for entry in entries]


def changes_of(entry: AuditEntry, hidden: frozenset[str] = frozenset()) -> list[Change]:
    before, after = (side if isinstance(side, dict) else {} for side in (entry.before, entry.after))
    return [
        Change(
            key,
            *(Value.of(mask(None, f"/{key}") if key in hidden else side.get(key, ABSENT)) for side in (before, after)),
        )
        for key in {**before, **after}
    ]


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
