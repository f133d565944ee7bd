"""The MCP server, from the official package: one per request, for there are no sessions. Import it late."""

import json
from typing import Any, NoReturn
from uuid import UUID

import mcp_types as types
from django.db.models import QuerySet
from django.http import HttpResponse
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from assistants_app.api.access.filters import seen
from assistants_app.api.answers import empty_answer
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.mcp.as_tools import input_schema, tool_names
from assistants_app.api.runs.accepting import accept_run
from assistants_app.api.runs.bodies import StatelessRunCreate
from assistants_app.api.runs.outcomes import Outcome, outcome_of
from assistants_app.domain.errors import ProductError
from assistants_app.domain.product import NAME, version
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant

PAGE = 100
"""Tools in one answer to tools/list."""

ASKS = (
    "The assistant stopped to ask a person, which a tool call cannot answer. Run it on a thread, through the API or "
    "in a chat. It asks: "
)


async def answer(call: Call[Any, Any]) -> HttpResponse:
    """What the official package's transport answers to this request."""
    tools = _Tools(call)
    server: Server[Any] = Server(NAME, version=version(), on_list_tools=tools.list, on_call_tool=tools.call)
    body = call.request.body
    manager = StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, max_request_body_size=len(body) + 1
    )
    sending = _Answer(body)
    async with manager.run():
        await manager.handle_request(getattr(call.request, "scope"), sending.receive, sending.send)  # noqa: B009
    return sending.answer()


class _Answer:
    """One request, for an ASGI application that answers with a body in one piece."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._sent = bytearray()
        self._status = 500
        self._media_type = ""

    async def receive(self) -> dict[str, Any]:
        """The body, then the end. A client that leaves ends the whole task, so nobody needs to be told of it."""
        body, self._body = self._body, None
        return {"type": "http.disconnect"} if body is None else {"type": "http.request", "body": body}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._media_type = dict(message.get("headers", ())).get(b"content-type", b"").decode()
        else:
            self._sent += message.get("body", b"")

    def answer(self) -> HttpResponse:
        if not self._sent:
            return empty_answer(self._status)
        if self._status >= 400 and "json" not in self._media_type:
            raise ApiError(self._status, self._sent.decode())
        return HttpResponse(bytes(self._sent), status=self._status, content_type=self._media_type)


class _Tools:
    """The assistants that one caller sees."""

    def __init__(self, call: Call[Any, Any]) -> None:
        self._call = call

    async def list(
        self, context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """A page of them; the cursor is the place in their order, the oldest first."""
        begin = _place(params.cursor if params else None)
        named = await self._named()
        page = dict(list(named.items())[begin : begin + PAGE])
        rows = Assistant.objects.filter(assistant_id__in=page.values()).for_list()
        found = {one.assistant_id: one for one in await self._call.sync(list, rows)}
        following = str(begin + PAGE) if begin + PAGE < len(named) else None
        tools = [_tool(name, found[one]) for name, one in page.items() if one in found]
        return types.ListToolsResult(tools=tools, next_cursor=following, ttl_ms=0, cache_scope="private")

    async def call(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Runs the assistant to its end. What goes wrong in it is a result that says so, for the model to read."""
        assistant_id = (await self._named()).get(params.name)
        if assistant_id is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name[:200]!r} here.")
        body = StatelessRunCreate(assistant_id=str(assistant_id), input=params.arguments or {}, stream_mode="values")
        try:
            run = await accept_run(self._call, body, None)
        except ApiError as error:
            return _failed(str(error.detail))
        except ProductError as error:
            return _failed(error.message)
        return _result(await outcome_of(run))

    async def _named(self) -> dict[str, UUID]:
        allowed = await self._call.allow("assistants", "search", {"metadata": {}})
        available = [entry.graph_id for entry in catalog().entries() if entry.available]
        rows: QuerySet[Assistant] = seen(Assistant.objects.filter(graph_id__in=available), allowed)
        pairs = rows.order_by("created_at", "pk").values_list("assistant_id", "name")
        return tool_names(await self._call.sync(list, pairs))


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        _refuse("There is no such cursor.")
    return int(cursor)


def _refuse(why: str) -> NoReturn:
    raise MCPError(types.INVALID_PARAMS, why)


def _tool(name: str, assistant: Assistant) -> types.Tool:
    entry = catalog().get(assistant.graph_id)
    about = assistant.description or entry.description or f"Runs the assistant {assistant.name}."
    return types.Tool(name=name, title=assistant.name, description=about, input_schema=input_schema(entry))


def _result(outcome: Outcome) -> types.CallToolResult:
    if outcome.error:
        return _failed(outcome.error)
    if outcome.interrupts:
        return _failed(ASKS + json.dumps(outcome.interrupts, ensure_ascii=False))
    text = outcome.last_text or json.dumps(outcome.values, ensure_ascii=False)
    structured = outcome.values if isinstance(outcome.values, dict) else {"output": outcome.values}
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=structured)


def _failed(why: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=why)], is_error=True)
