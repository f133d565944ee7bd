"""Graphs whose settings changed since assistants were saved: which ones that touches, and what it means for runs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

from django.db.models import CharField, Count, Max, Min, Q
from django.db.models.functions import MD5

from assistants_app.domain.drift import Drift, drifts
from assistants_app.domain.json_values import Json, same
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.models.assistants import AssistantQuerySet
from assistants_app.models.fields import NO_DIGEST, digest_of
from assistants_app.web.forms import spec_of

LOOKED_AT: Final = 200
"""Assistants of a graph whose values are looked at, the newest first; all are counted."""

SHOWN: Final = 25
MOST_VERSIONS: Final = 300
"""An assistant with more is not asked which of them are touched: each keeps a schema, which may be large."""


DIGEST: Final = MD5("settings_schema", output_field=CharField())


@dataclass(frozen=True, slots=True)
class Touched:
    """An assistant with what changed for its live version, and its other versions that were saved with older lists."""

    assistant: Assistant
    drifts: tuple[Drift, ...]
    versions: str = ""


@dataclass(frozen=True, slots=True)
class GraphDrift:
    """`assistants` were saved with another list of settings. Of those looked at: how many may `fail`, how many go on
    `otherwise`, and by setting what happened to how many."""

    graph_id: str
    assistants: int
    looked_at: int = 0
    failing: int = 0
    otherwise: int = 0
    settings: tuple[tuple[Drift, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ListChange:
    """How a graph's list of settings differs from the one that a version was saved with: by the settings' labels."""

    gone: tuple[str, ...]
    new: tuple[str, ...]
    changed: tuple[str, ...]

    @classmethod
    def between(cls, old: Any, new: Any, settings: dict[str, Any]) -> Self:
        before, after = _properties(old), _properties(new)
        gone = [key for key in before if key not in after and key in settings]
        added = [key for key in after if key not in before]
        changed = [key for key in after if key in before and before[key] != after[key]]
        return cls(_labels(gone, old), _labels(added, new), _labels(changed, new))


def _properties(schema: Any) -> dict[str, Any]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def _labels(keys: Iterable[str], schema: Json) -> tuple[str, ...]:
    spec = spec_of(schema)
    return tuple(field.label if (field := spec.field(key)) else key for key in keys)


def drifts_of(graph: GraphEntry | None, schema: Json, values: Mapping[str, Json]) -> tuple[Drift, ...]:
    """What changed for settings that were saved with `schema`."""
    if graph is None or not graph.available:
        return ()
    return drifts(schema, spec_of(graph.settings_schema or {}), dict(values))


def graph_drifts() -> list[GraphDrift]:
    """Of all graphs that load. Remembered until an assistant is saved or a graph loads anew."""
    entries = [entry for entry in catalog().entries() if entry.available]
    digests = tuple((entry.graph_id, digest_of(entry.settings_schema)) for entry in entries)
    return list(_graph_drifts(Assistant.objects.mark(), digests))


@lru_cache(maxsize=4)
def _graph_drifts(_mark: object, digests: tuple[tuple[str, str], ...]) -> tuple[GraphDrift, ...]:
    found = []
    entries = {entry.graph_id: entry for entry in catalog().entries()}
    other = _other_digests(dict(digests), entries)
    for graph_id, counted in other.items():
        touched = list(_touched(entries[graph_id], counted, LOOKED_AT))
        settings = Counter((one.change, one.key) for each in touched for one in each.drifts)
        examples = {(one.change, one.key): one for each in touched for one in each.drifts}
        failing = sum(any(one.fails for one in each.drifts) for each in touched)
        found.append(
            GraphDrift(
                graph_id,
                sum(counted.values()),
                len(touched),
                failing,
                sum(bool(each.drifts) for each in touched) - failing,
                tuple((examples[what], n) for what, n in settings.most_common(6)),
            )
        )
    return tuple(found)


def _other_digests(
    now: Mapping[str, str], entries: Mapping[str, GraphEntry], seen: AssistantQuerySet | None = None
) -> dict[str, dict[str, int]]:
    """By graph, the digests of schemas that mean something else than the graph's own, and how many have them."""
    seen = Assistant.objects.all() if seen is None else seen
    rows = seen.filter(graph_id__in=now).order_by()
    kept = rows.values_list("graph_id", "schema_digest").annotate(n=Count("pk"), one=Min("pk"))
    counted = list(kept)  # read from an index alone
    if any(not digest for _graph, digest, _number, _pk in counted):  # saved by a process of an older version
        unknown = rows.filter(schema_digest="", settings_schema__isnull=False)
        counted += unknown.values_list("graph_id", DIGEST).annotate(n=Count("pk"), one=Min("pk"))
    found: dict[str, dict[str, int]] = {}
    for graph_id, digest, number, pk in counted:
        if digest in (now[graph_id], NO_DIGEST, ""):
            continue
        sample = Assistant.objects.filter(pk=pk).values_list("settings_schema", flat=True).first()
        if not same(sample, entries[graph_id].settings_schema):  # else only written in another order
            of_graph = found.setdefault(graph_id, {})
            of_graph[digest] = of_graph.get(digest, 0) + number
    return found


def _touched(
    entry: GraphEntry, digests: Iterable[str], limit: int, seen: AssistantQuerySet | None = None
) -> Iterable[Touched]:
    for assistant in _saved_with(entry.graph_id, digests, seen)[:limit]:
        yield Touched(assistant, drifts_of(entry, assistant.settings_schema, assistant.context))


def _saved_with(graph_id: str, digests: Iterable[str], seen: AssistantQuerySet | None) -> AssistantQuerySet:
    found = (Assistant.objects.all() if seen is None else seen).filter(graph_id=graph_id).alias(digest=DIGEST)
    saved = Q(schema_digest__in=list(digests)) | Q(schema_digest="", digest__in=list(digests))
    return found.filter(saved).defer("config", "metadata").order_by("-updated_at", "pk")


def touched_assistants(entry: GraphEntry, seen: AssistantQuerySet) -> tuple[int, list[Touched]]:
    """How many of the assistants that are `seen`, of one graph, were saved with another list of
    settings; the newest of them, with versions."""
    if not entry.available:
        return 0, []
    counted = _other_digests({entry.graph_id: digest_of(entry.settings_schema)}, {entry.graph_id: entry}, seen)
    digests = counted.get(entry.graph_id, {})
    found = list(_touched(entry, digests, SHOWN, seen)) if digests else []
    versions = _versions([one.assistant for one in found], digest_of(entry.settings_schema))
    told = [Touched(one.assistant, one.drifts, versions.get(one.assistant.pk, "")) for one in found]
    return sum(digests.values()), sorted(
        told, key=lambda one: (-any(each.fails for each in one.drifts), -len(one.drifts))
    )


def _versions(assistants: Iterable[Assistant], now: str) -> dict[int, str]:
    """By assistant, its versions that were saved with older lists, such as "v1–v7"."""
    rows = AssistantVersion.objects.filter(number__isnull=False).order_by()
    pks = [one.pk for one in assistants]
    counted = rows.filter(id__in=pks).values_list("id").annotate(n=Count("history_id"))
    few = [pk for pk, n in counted if n <= MOST_VERSIONS]
    spans = rows.filter(id__in=few).exclude(settings_schema=None).annotate(digest=DIGEST)
    grouped = spans.values_list("id", "digest").annotate(first=Min("number"), last=Max("number"))
    told: dict[int, list[str]] = {}
    for pk, digest, first, last in sorted(grouped, key=lambda row: row[2]):
        if digest != now:
            told.setdefault(pk, []).append(f"v{first}" if first == last else f"v{first}–v{last}")
    return {pk: ", ".join(parts) for pk, parts in told.items()}
