"""Pages of which htmx asks for one part only."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx will put the answer into the page that is open; going back in history wants it whole."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_list(request: HttpRequest, page: str, part: str, context: Mapping[str, Any]) -> HttpResponse:
    """A list that is searched as one types: `part` for htmx, else `page`; the address follows, less what is empty."""
    if not wants_part(request):
        response = render(request, page, context)
    else:
        response = render(request, part, context)
        query = without_empty(request.GET)
        response["HX-Replace-Url"] = f"{request.path}?{query}" if query else request.path
    patch_vary_headers(response, ["HX-Request"])
    return response


def without_empty(query: QueryDict, **changed: str | int | None) -> str:
    """The query string with `changed` parameters, less those that say nothing."""
    merged = {**query.dict(), **changed}
    result = QueryDict(mutable=True)
    result.update({key: str(value) for key, value in merged.items() if value not in ("", None)})
    return result.urlencode()
