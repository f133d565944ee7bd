"""The OpenAPI document of the API, made from its operations: whatever is registered is described."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from assistants_app.api.description.headers import described
from assistants_app.api.description.own_fields import MARK, mark_own_fields, marked
from assistants_app.api.operations import OPERATIONS, NoBody, NoQuery, Operation
from assistants_app.api.server_config import is_disabled
from assistants_app.domain.product import version

Schema = dict[str, Any]

REF = "#/components/schemas/{model}"

EVENT_STREAM = "text/event-stream"

SECURITY: list[Schema] = [{"ApiKey": []}, {"Bearer": []}]

REASONS = {
    200: "What was asked for.",
    202: "Accepted.",
    204: "Done; there is nothing to tell.",
    400: "The request contradicts itself, or is for another host.",
    401: "No valid API key.",
    403: "The key may not do this.",
    404: "There is no such thing, or the caller may not see it.",
    405: "The address does not know this method.",
    406: "The caller accepts no form in which this can be answered.",
    409: "This contradicts what is there.",
    413: "The body is too large.",
    415: "The body is no JSON by its own word.",
    422: "What was sent cannot be used; the detail says why.",
    429: "Too many requests with this key; Retry-After says when to go on.",
    500: "Something failed here; the server's log says what.",
    503: "This process does not execute runs.",
}

OF_ERRORS = {405: ("Allow",), 429: ("Retry-After",)}
"""The headers of errors, by status."""

ALWAYS = "/ok"
"""No part of the API that a site can leave out."""

LAST = ("A2A", "MCP", "System")
"""Tags that a reader looks for less often."""

EVENTS = (
    "Server-sent events. Each frame has an `event` (the stream mode, `metadata` or `error`), `data` (one JSON "
    "document) and, where the stream can be resumed, an `id` to send back as the header Last-Event-ID. A line that "
    "begins with a colon is a heartbeat. An `error` event carries `error` (a class) and `message`."
)

ABOUT = """Runs the assistants that people shape on this site. It speaks the LangGraph Server API, so that \
`langgraph_sdk.get_client(url="https://this.site/api", api_key="…")` works unchanged.

Every error is `{"detail": …}`. Fields that are this site's own, which the LangGraph Server API does not know, are \
marked with `x-assistants-own`; clients that do not know them lose nothing."""


class Error(BaseModel):
    """What went wrong, in words."""

    detail: str


@lru_cache(maxsize=1)
def document() -> Schema:
    """Everything but the server's address. It is shared: copy it before changing it."""
    operations = [one for one in OPERATIONS.values() if not one.hidden]
    schemas = _Schemas(operations)
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, schemas)
    tags = sorted({operation.tag for operation in operations}, key=lambda tag: (tag in LAST, tag))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Assistants", "version": version(), "description": ABOUT},
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": mark_own_fields(schemas.components),
            "securitySchemes": {
                "ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "Bearer": {"type": "http", "scheme": "bearer", "description": "The same key as a bearer token."},
            },
        },
    }


class _Schemas:
    """The JSON Schemas of every model, each named one once."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        wanted = [(("error", ""), "serialization", TypeAdapter[Any](Error)), *_models(operations)]
        made, shared = TypeAdapter.json_schemas(wanted, ref_template=REF)
        self._made = {key: schema for (key, _mode), schema in made.items()}
        self.components: dict[str, Schema] = dict(sorted(shared.get("$defs", {}).items()))

    def body(self, operation: Operation) -> Schema:
        return self._made["body", operation.name]

    def query(self, operation: Operation) -> Schema:
        schema = self._made["query", operation.name]
        name = schema.get("$ref", "").rpartition("/")[2]
        return self.components.pop(name) if name in self.components else schema

    def answer(self, operation: Operation) -> Schema:
        return self._made["answer", operation.name]

    def refusal(self, operation: Operation) -> Schema:
        return self._made["refusal", operation.name]


def _models(operations: Iterable[Operation]) -> Iterator[tuple[tuple[str, str], JsonSchemaMode, TypeAdapter[Any]]]:
    for operation in operations:
        if body := _body(operation):
            yield ("body", operation.name), "validation", TypeAdapter(body)
        if operation.query is not NoQuery:
            yield ("query", operation.name), "validation", TypeAdapter(operation.query)
        if operation.answer is not None:
            yield ("answer", operation.name), "serialization", TypeAdapter(operation.answer)
        if operation.refusal is not None:
            yield ("refusal", operation.name), "serialization", TypeAdapter(operation.refusal)


def _body(operation: Operation) -> Any:
    return operation.reads or (None if operation.body is NoBody else operation.body)


def _described(operation: Operation, schemas: _Schemas) -> Schema:
    parameters = [*_path_parameters(operation.path), *_query_parameters(operation, schemas)]
    told: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": [] if operation.open else SECURITY,
        "responses": _responses(operation, schemas, bool(parameters)),
    }
    if operation.handler.__doc__:
        told["description"] = " ".join(operation.handler.__doc__.split())
    if not operation.open:
        told["x-assistants-role"] = operation.role.value
    if parameters:
        told["parameters"] = parameters
    if _body(operation):
        content = {"application/json": {"schema": schemas.body(operation)}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _path_parameters(path: str) -> Iterator[Schema]:
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "string", **({"format": "uuid"} if name.endswith("_id") else {"minLength": 1})}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation, schemas: _Schemas) -> Iterator[Schema]:
    if operation.query is NoQuery:
        return
    model = schemas.query(operation)
    for name, schema in model.get("properties", {}).items():
        schema = marked(name, schema)
        parameter = {"name": name, "in": "query", "required": name in model.get("required", ()), "schema": schema}
        yield parameter | {key: schema[key] for key in ("description", MARK) if key in schema}


def _responses(operation: Operation, schemas: _Schemas, parameters: bool) -> Schema:
    responses = {str(operation.status): _answer(operation, schemas)}
    if operation.headers:
        responses[str(operation.status)]["headers"] = described(operation.headers)
    for status in operation.empty:
        responses[str(status)] = {"description": REASONS[status]}
    shape: Schema = {"$ref": REF.format(model=Error.__name__)}
    if operation.refusal is not None:
        shape = {"anyOf": [shape, schemas.refusal(operation)]}
    for status in sorted(_errors(operation, parameters)):
        error = {"application/json": {"schema": shape}}
        told = {"description": REASONS[status], "content": error}
        if status in OF_ERRORS:
            told["headers"] = described(OF_ERRORS[status])
        responses.setdefault(str(status), told)
    return dict(sorted(responses.items()))


def _answer(operation: Operation, schemas: _Schemas) -> Schema:
    answer: Schema = {"description": REASONS[operation.status]}
    if operation.answer is not None or operation.media_type != "application/json":
        kinds = (operation.media_type, *operation.also)
        answer["content"] = {kind: {"schema": _content(kind, operation, schemas)} for kind in kinds}
    return answer


def _content(kind: str, operation: Operation, schemas: _Schemas) -> Schema:
    if kind == EVENT_STREAM:
        return {"type": "string", "description": EVENTS}
    if kind != "application/json" or operation.answer is None:
        return {"type": "string"}
    return schemas.answer(operation)


def _errors(operation: Operation, parameters: bool) -> set[int]:
    """The statuses of the errors that this operation may answer with."""
    found = {*operation.errors, 400, 500}
    if not operation.open:
        found |= {401, 403, 429}
    if parameters:
        found.add(422)
    if _body(operation):
        found |= {413, 415, 422}
    return found


def with_server(address: str, security: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The document as a site tells it that has the API at `address`, without the parts that it leaves out.

    `security` is what its langgraph.json says of its own authentication: `securitySchemes`, `security`, `paths`.
    """
    whole = document()
    paths = {path: one for path, one in whole["paths"].items() if path == ALWAYS or not is_disabled(path)}
    used = {one["tags"][0] for methods in paths.values() for one in methods.values()}
    made: dict[str, Any] = {**whole, "servers": [{"url": address}], "paths": paths}
    made["tags"] = [tag for tag in whole["tags"] if tag["name"] in used]
    if security is None:
        return made
    schemes, everywhere = security.get("securitySchemes", {}), security.get("security", [])
    of_paths = security.get("paths", {})
    made["components"] = {**made["components"], "securitySchemes": schemes}
    made["paths"] = {
        path: {
            method: {**one, "security": of_paths.get(path, {}).get(method.upper(), everywhere)}
            if one["security"]
            else one
            for method, one in methods.items()
        }
        for path, methods in made["paths"].items()
    }
    return made
