"""What the address of a dashboard or of a list of runs is about: a graph, an assistant, a version."""

from dataclasses import dataclass, field
from typing import Final

from django.db.models import Max, Q
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from assistants_app.models import Assistant, AssistantVersion
from assistants_app.web.addresses import number_in, uuid_in
from assistants_app.web.dashboard.periods import AskedPeriod, Period

SUGGESTED: Final = 8
UNSAVED: Final = "unsaved"
"""In place of a version's number: settings that were not saved."""


@dataclass(frozen=True, slots=True)
class Named:
    """An assistant as a list names it; one that was deleted has no address."""

    pk: int
    name: str
    assistant_id: str = ""

    @property
    def deleted(self) -> bool:
        return not self.assistant_id


@dataclass(frozen=True, slots=True)
class Asked:
    """`version` None means all, 0 unsaved settings. `suggested` are those that a name may mean."""

    when: AskedPeriod
    graph: str = ""
    assistant: Named | None = None
    typed_assistant: str = ""
    version: int | None = None
    problems: tuple[str, ...] = ()
    suggested: tuple[Named, ...] = field(default=())

    @property
    def period(self) -> Period:
        return self.when.period

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        when = AskedPeriod.of(query)
        problems = [when.problem] if when.problem else []
        graph = query.get("graph", "").replace("\0", "")[:200]
        typed = query.get("assistant", "").replace("\0", "").strip()[:200]
        assistant, suggested, problem = _assistant(typed)
        problems += [problem] if problem else []
        said = query.get("version", "").strip()
        version = 0 if said == UNSAVED else number_in(said.removeprefix("v"))
        if said and (version is None or version > 2**31 - 1):
            version = None
            problems.append(_("A version is a number."))
        return cls(when, graph, assistant, typed, version, tuple(problems), suggested)

    @property
    def query(self) -> dict[str, str]:
        """What an address says to mean the same."""
        said = dict(self.period.query)
        if self.graph:
            said["graph"] = self.graph
        if self.assistant:
            said["assistant"] = self.assistant.assistant_id
        if self.version is not None:
            said["version"] = str(self.version or UNSAVED)
        return said

    @property
    def query_without_assistant(self) -> str:
        return self.address(assistant=None, version=None)

    def address(self, **changed: str | None) -> str:
        """The query string with some of it changed; None takes a part away."""
        merged: dict[str, str | None] = {**self.query, **changed}
        return urlencode({name: value for name, value in merged.items() if value})


def _assistant(typed: str) -> tuple[Named | None, tuple[Named, ...], str]:
    if not typed:
        return None, (), ""
    found = Assistant.objects.order_by("name", "pk").values_list("pk", "name", "assistant_id")
    if (assistant_id := uuid_in(typed)) is not None:
        rows = list(found.filter(assistant_id=assistant_id))
        if rows:
            return _named(rows[0]), (), ""
        return None, (), _("There is no assistant with this id: it may have been deleted.")
    rows = list(found.filter(name__iexact=typed)[:2]) or list(found.filter(name__icontains=typed)[: SUGGESTED + 1])
    if len(rows) == 1:
        return _named(rows[0]), (), ""
    if not rows:
        return None, (), _("No assistant is called “%(name)s”.") % {"name": typed}
    return None, tuple(map(_named, rows[:SUGGESTED])), _("Several assistants are called so. Choose one:")


def _named(row: tuple[int, str, object]) -> Named:
    return Named(row[0], row[1], str(row[2]))


def names_of(pks: "set[int]") -> dict[int, Named]:
    """Of assistants, those too that are deleted and that the history still knows."""
    rows = Assistant.objects.filter(pk__in=pks).values_list("pk", "name", "assistant_id")
    found = {row[0]: _named(row) for row in rows}
    if gone := pks - found.keys():
        newest = AssistantVersion.objects.filter(id__in=gone).order_by().values("id").annotate(row=Max("history_id"))
        rows_of_gone = AssistantVersion.objects.filter(Q(history_id__in=[one["row"] for one in newest]))
        found |= {pk: Named(pk, name) for pk, name in rows_of_gone.values_list("id", "name")}
    return found
