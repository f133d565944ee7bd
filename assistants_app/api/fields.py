"""Types that several bodies and queries share."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, WithJsonSchema

Uuid = Annotated[UUID, Field(strict=False)]
"""A UUID as text."""

JsonObject = dict[str, Any]


def _checked_config(value: JsonObject) -> JsonObject:
    if not isinstance(value.get("configurable", {}), dict):
        raise ValueError("configurable must be an object")
    limit = value.get("recursion_limit", 1)
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise ValueError("recursion_limit must be an integer")
    tags = value.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("tags must be a list of texts")
    return value


RunConfig = Annotated[
    JsonObject,
    AfterValidator(_checked_config),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "configurable": {"type": "object"},
                "recursion_limit": {"type": "integer"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        }
    ),
]
"""LangChain's config: options of runs, and the settings' values by their older name."""

Limit = Annotated[int, Field(ge=1, le=1000)]
Offset = Annotated[int, Field(ge=0, le=2**31 - 1)]
SortOrder = Literal["asc", "desc"]
IfExists = Literal["raise", "do_nothing"]
