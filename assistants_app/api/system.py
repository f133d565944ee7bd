"""What a client asks of the server itself."""

from typing import Any

from django.http import HttpResponse

from assistants_app.api.answers import json_answer
from assistants_app.api.calls import Call
from assistants_app.api.operations import operation

TAG = "System"


@operation("GET", "/ok", summary="Whether the site serves", tag=TAG, answer=dict[str, Any], open=True)
async def ok(call: Call[Any, Any]) -> HttpResponse:
    """Answers once the site serves."""
    return json_answer({"ok": True})
