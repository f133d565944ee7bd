"""The forms of an answer."""

from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

from assistants_app.engine.events.encoding import encode

EVENT_STREAM = "text/event-stream; charset=utf-8"


def json_answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """`value` as strict JSON: datetimes as ISO 8601, UUIDs as texts."""
    return encoded_answer(encode(value), status=status, headers=headers)


def encoded_answer(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """JSON that is encoded already."""
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def empty_answer(status: int = 204, headers: dict[str, str] | None = None) -> HttpResponse:
    answer = HttpResponse(status=status, headers=headers)
    del answer["Content-Type"]
    return answer


def page_answer(found: list[Any], *, total: int, offset: int) -> HttpResponse:
    """A page of search results; see `page_headers`."""
    return json_answer(found, headers=page_headers(len(found), total=total, offset=offset))


def page_headers(count: int, *, total: int, offset: int) -> dict[str, str]:
    """`X-Pagination-Total` counts everything found; `X-Pagination-Next` is the offset of what follows, where something
    does."""
    headers = {"X-Pagination-Total": str(total)}
    if offset + count < total:
        headers["X-Pagination-Next"] = str(offset + count)
    return headers


def stream_answer(events: AsyncIterator[bytes], headers: dict[str, str] | None = None) -> StreamingHttpResponse:
    """Server-sent events: the headers go out at once, and no proxy holds anything back."""
    return StreamingHttpResponse(
        events,
        content_type=EVENT_STREAM,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no", **(headers or {})},
    )
