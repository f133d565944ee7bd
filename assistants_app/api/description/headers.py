"""The headers of answers that clients read, as the OpenAPI document tells of them."""

from collections.abc import Iterable
from typing import Any

ADDRESS = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0}

HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "Location": (ADDRESS, "Below the API's own address: where a client that lost this answer goes on."),
    "Content-Location": (ADDRESS, "Below the API's own address: the run, or the thread, that this answer is about."),
    "X-Pagination-Total": (NUMBER, "How many were found in all."),
    "X-Pagination-Next": (NUMBER, "The offset of what follows; absent on the last page."),
    "Preference-Applied": ({"type": "string"}, "`return=minimal`, where the request preferred that."),
    "Retry-After": (NUMBER, "Seconds after which the key may call again."),
    "Allow": ({"type": "string"}, "The methods that the address knows."),
    "Mcp-Session-Id": ({"type": "string"}, "Of the answer to `initialize`: clients send it along from then on."),
}

PAGE = ("X-Pagination-Next", "X-Pagination-Total")
STREAM = ("Content-Location", "Location")


def described(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"description": HEADERS[name][1], "schema": HEADERS[name][0]} for name in sorted(names)}
