"""What the address asks of the log: filters, a period, and where in it the page begins."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from assistants_app.models import AuditEntry
from assistants_app.models.audit import Action, AuditQuerySet, Face, ObjectKind, Who

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Place = tuple[datetime, int]
"""Of an entry in the order of time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """All of it stands in the address; what means nothing there is passed over, but a period that cannot be."""

    text: str = ""
    who: str = ""
    action: str = ""
    kind: str = ""
    object_id: str = ""
    face: str = ""
    since: str = ""
    until: str = ""
    before: Place | None = None
    after: Place | None = None

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        names = ("q", "who", "object", "since", "until")
        said = {name: query.get(name, "").replace("\0", "").strip()[:200] for name in names}
        return cls(
            text=said["q"],
            who=said["who"] if said["who"].partition(":")[0] in Who else "",
            action=_one_of(Action, query.get("action", "")),
            kind=_one_of(ObjectKind, query.get("kind", "")),
            object_id=said["object"],
            face=_one_of(Face, query.get("face", "")),
            since=said["since"],
            until=said["until"],
            before=_place(query.get("before", "")),
            after=_place(query.get("after", "")),
        )

    @property
    def is_filtered(self) -> bool:
        return any((self.text, self.who, self.action, self.kind, self.object_id, self.face, self.since, self.until))

    @property
    def fault(self) -> str:
        """Why the period cannot be; "" where it can."""
        for said in (self.since, self.until):
            if said and _day(said) is None:
                return _("“%(said)s” is no date. A date is written as in 2030-12-31.") % {"said": said}
        since, until = _day(self.since), _day(self.until)
        if since and until and until < since:
            return _("The period ends before it begins: choose a last day that is not before the first one.")
        return ""

    def found(self) -> tuple[AuditQuerySet, Q]:
        """The entries that one index leads to, in any order; and what is still to be asked of each."""
        wanted = list(self._conditions())
        lead = wanted[0] if wanted else Q()
        rest = Q(*wanted[1:])
        for word in self.text.split():
            rest &= Q(who__icontains=word) | Q(object_name__icontains=word) | _exactly(word)
        return AuditEntry.objects.filter(lead, self._period()), rest

    def _conditions(self) -> "list[Q]":
        """The one that leaves least comes first."""
        conditions = []
        if self.object_id and self.kind:
            conditions.append(Q(object_kind=self.kind, object_id=self.object_id))
        if self.who:
            kind, _colon, who_id = self.who.partition(":")
            conditions.append(Q(who_kind=kind, who_id=who_id) if _colon else Q(who_kind=kind))
        if self.action:
            conditions.append(Q(action=self.action))
        if self.face:
            conditions.append(Q(face=self.face))
        if self.kind and not self.object_id:
            conditions.append(Q(object_kind=self.kind))
        if self.object_id and not self.kind:
            conditions.append(Q(object_id=self.object_id))
        return conditions

    def _period(self) -> Q:
        since, until = _day(self.since), _day(self.until)
        period = Q(at__gte=_begin(since)) if since else Q()
        return period & Q(at__lte=datetime.combine(until, time.max, tzinfo=UTC)) if until else period


def place_of(entry: AuditEntry) -> str:
    """As the address says it."""
    return f"{(entry.at - EPOCH) // timedelta(microseconds=1)}-{entry.pk}"


def _place(text: str) -> Place | None:
    moment, _dash, number = text.partition("-")
    if not (text.isascii() and moment.isdecimal() and number.isdecimal() and len(moment) < 17 and len(number) < 19):
        return None
    return EPOCH + timedelta(microseconds=int(moment)), int(number)


def _exactly(word: str) -> Q:
    """Of what nobody remembers half."""
    return Q(object_id=word) | Q(request_id=word) | Q(address=word)


def _one_of(words: type[Action] | type[ObjectKind] | type[Face], said: str) -> str:
    return said if said in words else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
