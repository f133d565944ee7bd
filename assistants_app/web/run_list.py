"""All runs, for operators: filtered by the address alone, page by page, in bounded time however many there are.

Ended runs by their end, the newest first. What no index knows (an author, an error's words) is looked for among so many
of the newest at once; the page then says how far it looked, and how to look further.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import DurationField, ExpressionWrapper, F, Q
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assistants_app.graphs.catalog import catalog
from assistants_app.models import Run
from assistants_app.models.load import FAILED
from assistants_app.models.threads import RunQuerySet
from assistants_app.web.access import SignedInRequest, operators_only
from assistants_app.web.addresses import uuid_in
from assistants_app.web.dashboard import figures
from assistants_app.web.dashboard.asked import Asked
from assistants_app.web.dashboard.periods import NAMED, as_typed
from assistants_app.web.fragments import render_list

PAGE_SIZE: Final = 25
LOOKED_AT: Final = 3_000
SHOWN_ERROR: Final = 200
LONGEST_SECONDS: Final = 10_000_000

STATUSES = {
    "success": (gettext_lazy("Succeeded"), Q(status=Run.Status.SUCCESS)),
    "failed": (gettext_lazy("Failed or took too long"), Q(status__in=FAILED)),
    "error": (gettext_lazy("Failed"), Q(status=Run.Status.ERROR)),
    "timeout": (gettext_lazy("Took too long"), Q(status=Run.Status.TIMEOUT)),
    "interrupted": (gettext_lazy("Cancelled"), Q(status=Run.Status.INTERRUPTED)),
    "retried": (gettext_lazy("Tried again"), Q(attempt__gt=1)),
    "unfinished": (gettext_lazy("Not ended yet"), Q()),
}
ROW = (
    *("run_id", "status", "attempt", "graph_id", "version", "error", "usage", "author", "options"),
    *("created_at", "started_at", "first_token_at", "finished_at"),
    *("assistant__assistant_id", "assistant__name"),
)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as lists and its page tell it."""

    run: Run

    @property
    def assistant_url(self) -> str:
        return reverse("assistant", args=[self.run.assistant.assistant_id]) if self.run.assistant else ""

    @property
    def took(self) -> str:
        if not (self.run.started_at and self.run.finished_at):
            return "–"
        return figures.seconds(max(0.0, (self.run.finished_at - self.run.started_at).total_seconds()))

    @property
    def first_token(self) -> str:
        if not (self.run.started_at and self.run.first_token_at):
            return "–"
        return figures.seconds(max(0.0, (self.run.first_token_at - self.run.started_at).total_seconds()))

    @property
    def tokens(self) -> str:
        used: Any = self.run.usage
        counts = [used.get(name) for name in ("input_tokens", "output_tokens")] if isinstance(used, dict) else []
        known = [one for one in counts if isinstance(one, int)]
        return figures.short(sum(known)) if known else "–"

    @property
    def error(self) -> str:
        told: Any = self.run.error
        if not isinstance(told, dict):
            return ""
        return f"{told.get('error', '')}: {told.get('message', '')}"


@dataclass(frozen=True, slots=True)
class ListState:
    asked: Asked
    status: str = ""
    author: str = ""
    error: str = ""
    longer: float | None = None
    after: tuple[datetime, uuid.UUID] | None = None
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: QueryDict) -> "ListState":
        asked = Asked.of(query)
        problems = list(asked.problems)
        said = {name: query.get(name, "").replace("\0", "").strip()[:200] for name in ("author", "error", "longer")}
        longer = _seconds(said["longer"])
        if said["longer"] and longer is None:
            problems.append(_("How long a run took at least is a number of seconds."))
        status = query.get("status", "")
        if status and status not in STATUSES:
            problems.append(_("There is no such status."))
        after = _cursor(query.get("after", ""))
        if query.get("after") and after is None:
            problems.append(_("This page of the list is not known: the first one is shown."))
        known = status if status in STATUSES else ""
        return cls(asked, known, said["author"], said["error"], longer, after, tuple(problems))

    @property
    def typed_longer(self) -> str:
        return "" if self.longer is None else f"{self.longer:g}"

    @property
    def is_filtered(self) -> bool:
        asked = self.asked
        narrowed = asked.graph or asked.assistant or asked.version is not None
        return bool(narrowed or self.status or self.author or self.error or self.longer is not None)

    def address(self, after: tuple[datetime, uuid.UUID] | None = None) -> str:
        said = {"status": self.status, "author": self.author, "error": self.error, "longer": self.typed_longer}
        if after:
            said["after"] = f"{after[0].astimezone(UTC).isoformat()}_{after[1]}"
        return urlencode({**self.asked.query, **{name: value for name, value in said.items() if value}})

    def indexed(self, since: datetime | None = None) -> RunQuerySet:
        """By what an index knows: the period, or what is left of it `since`, and the assistant."""
        runs = Run.objects.select_related("assistant").only(*ROW)
        if self.asked.assistant:
            runs = runs.filter(assistant_id=self.asked.assistant.pk)
        if self.status == "unfinished":
            return runs.unfinished().order_by("-created_at", "-run_id")
        period = self.asked.period
        runs = runs.filter(finished_at__gte=since or period.since)
        if self.after and self.after[0] < period.until:  # instead of the period's end, at which SQLite would begin
            moment, run_id = self.after
            same = Q(finished_at=moment, run_id__lt=run_id)
            runs = runs.filter(Q(finished_at__lt=moment) | same, finished_at__lte=moment)
        else:
            runs = runs.filter(finished_at__lt=period.until)
        return runs.order_by("-finished_at", "-run_id")

    def narrowed(self, runs: RunQuerySet) -> RunQuerySet:
        asked = self.asked
        if asked.graph:
            runs = runs.filter(graph_id=asked.graph)
        if asked.version is not None:
            runs = runs.filter(version=asked.version or None)
        if self.status:
            runs = runs.filter(STATUSES[self.status][1])
        if self.author:
            runs = runs.filter(author=self.author)
        if self.error:
            runs = runs.exclude(status=Run.Status.SUCCESS).filter(error__icontains=self.error)
        if self.longer is not None:
            took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
            runs = runs.alias(took=took).filter(took__gte=timedelta(seconds=self.longer))
        return runs


@dataclass(frozen=True, slots=True)
class Found:
    """`further` is where to go on; `looked_until` is set where that is not because the page is full."""

    rows: list[RunFacts]
    further: tuple[datetime, uuid.UUID] | None = None
    looked_until: datetime | None = None


def find(state: ListState) -> Found:
    runs = state.indexed()
    if state.status == "unfinished":
        return Found([RunFacts(run) for run in state.narrowed(runs)[: 4 * PAGE_SIZE]])
    times = runs.order_by("-finished_at").values_list("finished_at", flat=True)  # read from the index alone
    bound = times[LOOKED_AT : LOOKED_AT + 1].first()
    # With both, SQLite would begin at the end of the period and look at all of it.
    found = state.narrowed(state.indexed(since=bound))
    rows = [RunFacts(run) for run in found[: PAGE_SIZE + 1]]
    if len(rows) > PAGE_SIZE:
        last = rows[PAGE_SIZE - 1].run
        return Found(rows[:PAGE_SIZE], (last.finished_at or last.created_at, last.run_id))
    return Found(rows, (bound, uuid.UUID(int=0)), bound) if bound else Found(rows)


@operators_only
@require_safe
@never_cache
def index(request: SignedInRequest) -> HttpResponse:
    state = ListState.of(request.GET)
    found = find(state)
    context = {
        "state": state,
        "asked": replace(state.asked, problems=state.problems),
        "found": found,
        "periods": [(name, label) for name, (label, _length) in NAMED.items()],
        "statuses": [(name, label) for name, (label, _condition) in STATUSES.items()],
        "graph_ids": _graph_ids(state.asked.graph),
        "older": state.address(found.further) if found.further else "",
        "first": state.address() if state.after else "",
        "looked_until": as_typed(found.looked_until) if found.looked_until else "",
        "looked_at": LOOKED_AT,
        "query": state.asked.address(),
    }
    response = render_list(request, "runs/all.html", "runs/_all.html", context)
    if "HX-Replace-Url" in response:
        response["HX-Replace-Url"] = f"{request.path}?{state.address()}"
    if state.problems:
        response.status_code = 422
    return response


def _graph_ids(chosen: str) -> list[str]:
    return sorted({entry.graph_id for entry in catalog().entries()} | ({chosen} if chosen else set()))


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= LONGEST_SECONDS else None


def _cursor(text: str) -> tuple[datetime, uuid.UUID] | None:
    moment, _line, run_id = text.rpartition("_")
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        return None
    found = uuid_in(run_id)
    if found is None or when.tzinfo is None or not 2000 <= when.year <= 2100:
        return None
    return when, found
