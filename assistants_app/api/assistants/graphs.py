"""The graph behind an assistant: its shape, its subgraphs, and what it accepts."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from pydantic import BeforeValidator, WithJsonSchema

from assistants_app.api.answers import json_answer
from assistants_app.api.assistants.assistants import TAG
from assistants_app.api.assistants.values import one_assistant
from assistants_app.api.calls import Call
from assistants_app.api.operations import NoBody, NoQuery, Query, operation
from assistants_app.api.payloads.assistants import SchemasAnswer, SubgraphAnswer, schemas_payload, subgraph_payload
from assistants_app.api.runs.accepting import known_assistant_id
from assistants_app.graphs.catalog import catalog
from assistants_app.graphs.drawing import draw, subgraph_schemas
from assistants_app.models import Assistant


def _xray(value: str) -> bool | int:
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not value.isascii() or not value.isdecimal() or not 0 < int(value) <= 100:
        raise ValueError("it must be true, false or a number from 1 to 100")
    return int(value)


Xray = Annotated[bool | int, BeforeValidator(_xray), WithJsonSchema({"type": ["boolean", "integer"], "minimum": 1})]
"""Whether subgraphs are drawn too, and how deep."""


class Drawing(Query):
    xray: Xray = False


class Subgraphs(Query):
    recurse: bool = False


async def _assistant(call: Call[Any, Any], assistant_id: UUID | None = None) -> Assistant:
    assistant_id = assistant_id or call.uuid("assistant_id")
    allowed = await call.allow("assistants", "read", {"assistant_id": assistant_id})
    return await call.sync(one_assistant, assistant_id, allowed)


@operation(
    "GET",
    "/assistants/{assistant_id}/graph",
    summary="Draw an assistant's graph",
    tag=TAG,
    query=Drawing,
    answer=dict[str, list[dict[str, Any]]],
    errors=(404, 409),
)
async def graph(call: Call[NoBody, Drawing]) -> HttpResponse:
    """`nodes` and `edges`; with `xray` those of subgraphs too, as deep as it says. A graph's own name will do."""
    found = await _assistant(call, known_assistant_id(call.path["assistant_id"]))
    return json_answer(
        await draw(catalog(), found.graph_id, found.context, xray=call.query.xray, user=call.caller.user)
    )


@operation(
    "GET",
    "/assistants/{assistant_id}/schemas",
    summary="Tell what an assistant's graph accepts",
    tag=TAG,
    answer=SchemasAnswer,
    errors=(404,),
)
async def schemas(call: Call[NoBody, NoQuery]) -> HttpResponse:
    """Those of a graph that cannot be loaded at present are the last that were known."""
    found = await _assistant(call)
    return json_answer(schemas_payload(catalog().get(found.graph_id)))


@operation(
    "GET",
    "/assistants/{assistant_id}/subgraphs",
    summary="Tell what the subgraphs of an assistant's graph accept",
    tag=TAG,
    query=Subgraphs,
    answer=dict[str, SubgraphAnswer],
    errors=(404, 409),
)
async def subgraphs(call: Call[NoBody, Subgraphs]) -> HttpResponse:
    return await _subgraphs(call, None)


@operation(
    "GET",
    "/assistants/{assistant_id}/subgraphs/{namespace}",
    summary="Tell what one subgraph of an assistant's graph accepts",
    tag=TAG,
    query=Subgraphs,
    answer=dict[str, SubgraphAnswer],
    errors=(404, 409),
)
async def subgraph(call: Call[NoBody, Subgraphs]) -> HttpResponse:
    return await _subgraphs(call, call.path["namespace"])


async def _subgraphs(call: Call[NoBody, Subgraphs], namespace: str | None) -> HttpResponse:
    found = await _assistant(call)
    read = await subgraph_schemas(
        catalog(),
        found.graph_id,
        found.context,
        namespace=namespace,
        recurse=call.query.recurse,
        user=call.caller.user,
    )
    return json_answer({name: subgraph_payload(one) for name, one in read.items()})
