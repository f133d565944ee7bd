"""MCP, the Model Context Protocol: every assistant is a tool, by streamable HTTP and without sessions."""

import asyncio
from importlib import import_module
from typing import Any, Literal

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from pydantic import BaseModel

from assistants_app.api.answers import empty_answer
from assistants_app.api.calls import Call
from assistants_app.api.description.openapi import Error
from assistants_app.api.errors import ApiError
from assistants_app.api.json_rpc import JsonRpcError, unreadable
from assistants_app.api.mcp.sessions import session_of
from assistants_app.api.operations import NoBody, NoQuery, operation

TAG = "MCP"


class McpMessage(BaseModel):
    """A JSON-RPC request or notification of the Model Context Protocol."""

    jsonrpc: Literal["2.0"]
    id: str | int | None = None
    method: str
    params: dict[str, Any] | None = None


class McpAnswer(BaseModel):
    """The JSON-RPC answer to a request."""

    jsonrpc: Literal["2.0"]
    id: str | int | None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


for _path, _hidden in (("/mcp", False), ("/mcp/", True)):

    @operation(
        "POST",
        _path,
        summary="Speak MCP: list the assistants as tools, call one",
        tag=TAG,
        reads=McpMessage,
        answer=McpAnswer,
        also=("text/event-stream",),
        empty=(202,),
        errors=(404, 406),
        refusal=JsonRpcError,
        headers=("Mcp-Session-Id",),
        hidden=_hidden,
    )
    async def speak(call: Call[NoBody, NoQuery]) -> HttpResponseBase:
        """Answers with JSON. A tool's call runs the assistant's live version on a thread of its own and waits for it;
        a client that leaves ends the run, or names it as cancelled. One that asks for progress is told each step, by
        server-sent events. A notification is answered with 202."""
        if (refusal := unreadable(call.request)) is not None:
            return refusal
        server = await asyncio.to_thread(import_module, "assistants_app.api.mcp.server")  # its package takes a while
        answer: HttpResponseBase = await server.answer(call)
        return answer

    @operation(
        "GET",
        _path,
        summary="No stream of notifications",
        tag=TAG,
        status=405,
        answer=Error,
        headers=("Allow",),
        hidden=_hidden,
    )
    async def listen(call: Call[NoBody, NoQuery]) -> HttpResponse:
        """There are no sessions, so a server has nothing to say unasked: 405, as MCP has it."""
        raise ApiError(405, "There is no stream of notifications here: POST a request.", {"Allow": "POST"})

    @operation(
        "DELETE",
        _path,
        summary="End a session, of which nothing is kept",
        tag=TAG,
        status=404,
        answer=Error,
        empty=(204,),
        hidden=_hidden,
    )
    async def end(call: Call[NoBody, NoQuery]) -> HttpResponse:
        if session_of(call) is not None:
            return empty_answer()
        raise ApiError(404, "There are no sessions here.")
