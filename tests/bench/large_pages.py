"""What `tests.bench.large` looks at: every list of the pages, of Django's admin and of the API."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

ADMIN = {"runs": "run", "audit log": "auditentry", "versions": "assistantversion", "threads": "thread",
         "assistants": "assistant", "tallies": "assistanttally"}  # fmt: skip

API_LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "API: assistants": ("/api/assistants/search", {}),
    "API: assistants by a tag": ("/api/assistants/search", {"metadata": {"tags": ["team-3"]}, "limit": 3}),
    "API: assistants by name": ("/api/assistants/search", {"name": "writer", "sort_by": "name"}),
    "API: assistants, a later page": ("/api/assistants/search", {"offset": 5000}),
    "API: assistants counted": ("/api/assistants/count", {}),
    "API: threads": ("/api/threads/search", {}),
    "API: threads that wait": ("/api/threads/search", {"status": "interrupted"}),
    "API: threads counted": ("/api/threads/count", {}),
    "API: crons": ("/api/runs/crons/search", {}),
}


def pages() -> dict[str, str]:
    """By what it is, an address of a page; only such as have rows on the smallest site too."""
    from assistants_app.models import Run

    run = Run.objects.order_by("-finished_at").first()
    assert run is not None
    return {**_assistants(run), **_runs(run), **_dashboard(run), **_audit(), **_others(run)}


def _big() -> Any:
    """The assistant with most versions."""
    from assistants_app.models.assistants import AssistantVersion

    most = AssistantVersion.objects.filter(number__isnull=False).order_by("-number").values_list("assistant_id").first()
    assert most is not None
    return most[0]


def _assistants(run: Any) -> dict[str, str]:
    big = _big()
    versions = f"/assistants/{big}/versions/"
    return {
        "home": "/",
        "assistants": "/assistants/",
        "assistants, second page": "/assistants/?page=2",
        "assistants, last page": "/assistants/?page=99999",
        "assistants, searched": "/assistants/?q=writer",
        "assistants, two words searched": "/assistants/?q=writer+made",
        "assistants, searched for nothing": "/assistants/?q=nowhere",
        "assistants of a graph": f"/assistants/?graph={run.graph_id}",
        "assistants with a tag": "/assistants/?tag=team-1",
        "assistants of nobody": "/assistants/?owner=~",
        "assistants, newer waiting": "/assistants/?status=waiting",
        "assistants, up to date": "/assistants/?status=current",
        "assistants by editor": "/assistants/?editor=System",
        "assistants, by name": "/assistants/?sort=name",
        "new assistant": "/assistants/new/",
        "versions": versions,
        "versions, older": f"{versions}?before=500",
        "versions, searched": f"{versions}?q=prompt",
        "versions, searched for nothing": f"{versions}?q=nowhere",
        "version": f"{versions}1/",
        "compare": f"/assistants/{big}/compare/v1...v2/",
        "activity": f"/assistants/{big}/activity/",
        "overview": f"/assistants/{big}/",
        "edit": f"/assistants/{big}/edit/",
        "test cases": f"/assistants/{big}/cases/",
        "chat": f"/assistants/{big}/test/",
    }


def _runs(run: Any) -> dict[str, str]:
    from assistants_app.models import Assistant

    rare = Assistant.objects.order_by("-pk").values_list("assistant_id", flat=True).first()
    deep = urlencode({"after": f"{(run.finished_at - timedelta(days=200)).isoformat()}_{run.pk}"})
    filters = {
        "of a year": "",
        "of a graph": f"&graph={run.graph_id}",
        "of an assistant": f"&assistant={rare}",
        "of the big assistant": f"&assistant={_big()}",
        "of a version": f"&assistant={_big()}&version=1",
        "that succeeded": "&status=success",
        "that failed": "&status=failed",
        "that took too long": "&status=timeout",
        "that were cancelled": "&status=interrupted",
        "tried again": "&status=retried",
        "not ended": "&status=unfinished",
        "of a person": "&author=Person+7",
        "of nobody": "&author=Nobody",
        "by an error's words": "&error=no+such+words",
        "that took long": "&longer=25",
        "deep": f"&{deep}",
    }
    found = {f"runs {name}": f"/runs/all/?period=365d{query}" for name, query in filters.items()}
    return {"runs now": "/runs/", "runs": "/runs/all/", **found, "one run": f"/runs/{run.pk}/"}


def _dashboard(run: Any) -> dict[str, str]:
    big = _big()
    filters = {
        "": "",
        ", a day": "period=24h",
        ", a month": "period=30d",
        ", a quarter": "period=90d",
        ", a year": "period=365d",
        ", a year of a graph": f"period=365d&graph={run.graph_id}",
        " of an assistant": f"assistant={big}",
        ", a year of an assistant": f"period=365d&assistant={big}",
        ", a year of a version": f"period=365d&assistant={big}&version=1",
    }
    return {f"dashboard{name}": f"/dashboard/?{query}" for name, query in filters.items()} | {
        "prices": "/dashboard/prices/"
    }


def _audit() -> dict[str, str]:
    from assistants_app.models import AuditEntry
    from assistants_app.web.audit.asked import place_of

    deep = AuditEntry.objects.order_by("pk")[AuditEntry.objects.count() // 2]
    day = deep.at.date().isoformat()
    filters = {
        "": "",
        ", deep": f"before={place_of(deep)}",
        " of a person": "who=person:7",
        " of keys": "who=key",
        " of an action": "action=refused",
        " of a rare action": "action=assistant.deleted",
        " of an object": "kind=assistant&object=77",
        " of a kind": "kind=assistant",
        " of a kind that nothing is of": "kind=price",
        " of programs, of which nothing is": "who=program",
        " of a face": "face=api",
        " of a face that nothing is of": "face=command",
        " of a day": f"since={day}&until={day}",
        " until a day": f"until={day}",
        " of a person until a day": f"until={day}&who=person:7",
        ", two filters": "face=api&action=assistant.saved",
        ", searched for nothing": "q=nowhere",
    }
    return {f"audit log{name}": f"/audit/?{query}" for name, query in filters.items()}


def _others(run: Any) -> dict[str, str]:
    from assistants_app.models import Person

    person = Person.objects.order_by("pk")[0]
    found = {
        "people": "/people/",
        "person": f"/people/{person.pk}/",
        "keys": "/keys/",
        "inbox": "/inbox/",
        "reviews": "/reviews/",
        "reviews, all open": "/reviews/?show=open",
        "reviews, decided": "/reviews/?show=decided",
        "deliveries": "/deliveries/",
        "graphs": "/graphs/",
        "graph": f"/graphs/{run.graph_id}/",
    }
    for name, model in ADMIN.items():
        found[f"admin: {name}"] = f"/admin/assistants_app/{model}/"
        found[f"admin: {name}, second page"] = f"/admin/assistants_app/{model}/?p=2"
    return found
