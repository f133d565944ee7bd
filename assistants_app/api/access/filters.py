"""What a caller may see, as conditions on rows."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from assistants_app.api.access.callers import Filter
from assistants_app.models.json_contains import holds

M = TypeVar("M", bound=Model)


def seen(rows: QuerySet[M], allowed: Filter | None) -> QuerySet[M]:
    """Those whose metadata hold what custom authorization asks for."""
    return rows.filter(condition(allowed)) if allowed else rows


def condition(allowed: Filter | None) -> Q:
    """The same for rows that somebody else reads."""
    found = Q()
    for key, wanted in (allowed or {}).items():
        found &= Q(metadata__json_contains={key: _wanted(wanted)})
    return found


def is_seen(metadata: Mapping[str, Any], allowed: Filter | None) -> bool:
    """The same for one thing that was read already."""
    return all(holds(dict(metadata), {key: _wanted(wanted)}) for key, wanted in (allowed or {}).items())


def _wanted(wanted: Any) -> Any:
    """`{"$eq": value}` is the value itself; `{"$contains": value}` is a list that holds it."""
    if isinstance(wanted, Mapping) and "$eq" in wanted:
        return wanted["$eq"]
    if isinstance(wanted, Mapping) and "$contains" in wanted:
        inner = wanted["$contains"]
        return inner if isinstance(inner, list) else [inner]
    return wanted
