"""What waits for somebody, and how the parts are that execute runs: each in a line, with the page that tells more."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Min, Q
from django.utils import timezone

from assistants_app.models import ApiKey, Assistant, AssistantVersion, Review, Thread
from assistants_app.models.load import GraphLoad, WorkerLoad

LATELY = timedelta(days=30)
SOON = timedelta(days=14)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Queue:
    waiting: int
    later: int
    running: int
    oldest: Any
    alive: int
    troubled: int


def what_waits() -> dict[str, Any]:
    return {"queue": _queue(), "keys": _keys(), **_threads(), **_versions(), **_reviews(), "at": timezone.now()}


def _queue() -> Queue:
    graphs, workers = GraphLoad.now(), WorkerLoad.now()
    return Queue(
        waiting=sum(one.waiting for one in graphs),
        later=sum(one.later for one in graphs),
        running=sum(one.running for one in graphs),
        oldest=min((one.oldest for one in graphs if one.oldest), default=None),
        alive=sum(one.state in ("alive", "blocked") for one in workers),
        troubled=sum(one.state in ("blocked", "silent") for one in workers),
    )


def _threads() -> dict[str, Any]:
    told = Thread.objects.asking().aggregate(n=Count("pk"), since=Min("state_updated_at"))
    return {"asking": told["n"], "asking_since": told["since"]}


def _versions() -> dict[str, Any]:
    """Assistants with a version that was saved lately, is newer than the live one, and waits to be made live."""
    since = timezone.now() - LATELY
    newer = AssistantVersion.objects.filter(number__isnull=False, history_date__gte=since, number__gt=F("version"))
    # By the id itself both databases would read all versions there are, assistant by assistant, to find none twice.
    ids = list(newer.order_by().values_list(F("id") + 0, flat=True).distinct()[:500])
    waiting = Assistant.objects.filter(pk__in=ids).order_by("-updated_at", "pk").only("assistant_id", "name", "version")
    found = []
    newest = dict(
        AssistantVersion.objects.filter(id__in=ids, number__isnull=False, history_date__gte=since)
        .order_by("number")
        .values_list("id", "number")
    )
    for assistant in waiting:
        if newest.get(assistant.pk, 0) > assistant.version:
            found.append((assistant, newest[assistant.pk]))
    return {"newer": found[:SHOWN], "newer_count": len(found)}


def _reviews() -> dict[str, Any]:
    """Versions that wait for a publisher."""
    told = Review.objects.waiting().aggregate(n=Count("pk"), since=Min("asked_at"))
    return {"reviews": told["n"], "reviews_since": told["since"]}


def _keys() -> dict[str, int]:
    now = timezone.now()
    usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    return ApiKey.objects.aggregate(
        usable=Count("pk", filter=usable),
        ending=Count("pk", filter=usable & Q(expires_at__lt=now + SOON)),
        unused=Count("pk", filter=usable & Q(last_used_at=None)),
    )
