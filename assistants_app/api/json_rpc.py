"""What MCP and A2A share: JSON-RPC 2.0."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from assistants_app.api.answers import json_answer
from assistants_app.api.errors import ApiError
from assistants_app.api.reading import read_json

PARSE_ERROR = -32700


class JsonRpcError(BaseModel):
    """An error as JSON-RPC tells it."""

    jsonrpc: Literal["2.0"]
    id: str | int | None
    error: dict[str, Any]


def unreadable(request: HttpRequest) -> HttpResponse | None:
    """The answer to a body that is not strict JSON; None for one that is. Raises ApiError (413, 415)."""
    try:
        read_json(request)
    except ApiError as error:
        if error.status != 422:
            raise
        told = {"code": PARSE_ERROR, "message": str(error.detail)}
        return json_answer({"jsonrpc": "2.0", "id": None, "error": told}, status=400)
    return None
