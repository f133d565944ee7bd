"""The MCP server, from the official package: one per request, for there are no sessions. Import it late."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any, NoReturn
from uuid import UUID

import mcp_types as types
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from assistants_app.api.access.filters import seen
from assistants_app.api.calls import Call
from assistants_app.api.errors import ApiError
from assistants_app.api.mcp.as_tools import input_schema, output_schema, structured, tool_names
from assistants_app.api.mcp.sessions import mark_of, new_session, stop
from assistants_app.api.mcp.transport import answer_as_stream, answer_in_one
from assistants_app.api.reading import read_json
from assistants_app.api.runs.accepting import accept_run
from assistants_app.api.runs.bodies import StatelessRunCreate
from assistants_app.api.runs.outcomes import Outcome, outcome_of
from assistants_app.domain.errors import ProductError
from assistants_app.domain.product import NAME, version
from assistants_app.domain.stream import StreamEvent
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant

PAGE = 100
"""Tools in one answer to tools/list."""

ASKS = (
    "The assistant stopped to ask a person, which a tool call cannot answer. Run it on a thread, through the API or "
    "in a chat. It asks: "
)


async def answer(call: Call[Any, Any]) -> HttpResponseBase:
    """What the official package's transport answers to this request."""
    message = read_json(call.request)
    asked = message if isinstance(message, dict) else {}
    params = asked["params"] if isinstance(asked.get("params"), dict) else {}
    if asked.get("method") == "notifications/cancelled":
        await stop(call, params.get("requestId"))
    tools = _Tools(call)
    server: Server[Any] = Server(NAME, version=version(), on_list_tools=tools.list, on_call_tool=tools.call)
    meta = params.get("_meta")
    listens = "text/event-stream" in call.request.headers.get("Accept", "")
    if listens and isinstance(meta, dict) and "progressToken" in meta:
        return await answer_as_stream(server, call.request)
    told = await answer_in_one(server, call.request)
    if asked.get("method") == "initialize" and told.status_code == 200:
        for name, value in new_session().items():
            told[name] = value
    return told


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
        body = StatelessRunCreate(
            assistant_id=str(assistant_id),
            input=params.arguments or {},
            stream_mode=["values", "updates"],
            metadata=mark_of(self._call, context.request_id),
        )
        try:
            run = await accept_run(self._call, body, None)
        except ApiError as error:
            return _failed(str(error.detail))
        except ProductError as error:
            return _failed(error.message)
        return _result(catalog().get(run.graph_id), await outcome_of(run, hear=partial(_progress, context, count(1))))

    async def _named(self) -> dict[str, UUID]:
        allowed = await self._call.allow("assistants", "search", {"metadata": {}})
        available = [entry.graph_id for entry in catalog().entries() if entry.available]
        rows: QuerySet[Assistant] = seen(Assistant.objects.filter(graph_id__in=available), allowed)
        pairs = rows.order_by("created_at", "pk").values_list("assistant_id", "name")
        return tool_names(await self._call.sync(list, pairs))


async def _progress(context: ServerRequestContext[Any], steps: Iterator[int], event: StreamEvent) -> None:
    """Each step of the graph, to a client that asked for it. How many there will be nobody knows."""
    if event.event == "updates" and isinstance(event.json, dict):
        await context.session.report_progress(next(steps), message=", ".join(event.json))


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
    return types.Tool(
        name=name,
        title=assistant.name,
        description=about,
        input_schema=input_schema(entry),
        output_schema=output_schema(entry),
    )


def _result(entry: GraphEntry, outcome: Outcome) -> types.CallToolResult:
    if outcome.error:
        return _failed(outcome.error)
    if outcome.interrupts:
        return _failed(ASKS + json.dumps(outcome.interrupts, ensure_ascii=False))
    text = outcome.last_text or json.dumps(outcome.values, ensure_ascii=False)
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=text)]
    return types.CallToolResult(content=content, structured_content=structured(entry, outcome.values))


def _failed(why: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=why)], is_error=True)
