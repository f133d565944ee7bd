"""The fields that are this site's own: the LangGraph Server API does not know them, and its clients pass them over."""

from typing import Any

MARK = "x-assistants-own"

OWN_FIELDS = {
    "author": 'Who saved this version, as pages show it: a person\'s name, or "API key …".',
    "note": "Why this version was saved, in the words of who saved it.",
    "make_live": "Whether the new version goes live at once, as the LangGraph Server API has it; false keeps what is "
    "live and only saves the version, which waits for a publisher.",
    "expected_version": "The newest version that the caller knows; a newer one is refused with 409 instead of being "
    "built upon unseen.",
    "assistant_version": "The number of the version that a run uses; runs without it use the live version.",
    "problem": "Why a cron that is enabled will not run any more, or not after its `next_run_date`, as when its time "
    "zone is gone; null where it will.",
    "time_limit": "Seconds that an attempt of this run may take before it ends as timed out; its graph and the site "
    "may have shorter limits.",
    "validate": "Whether the settings are checked against the graph's settings schema, and refused with 422.",
}
"""By name, wherever a body, a query or an answer has them."""


def mark_own_fields(schemas: dict[str, Any]) -> dict[str, Any]:
    """The same schemas, in which each of these fields carries MARK and says what it is for."""
    return {name: _marked(schema) for name, schema in schemas.items()}


def marked(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of one field or parameter."""
    if name not in OWN_FIELDS:
        return schema
    return {"description": OWN_FIELDS[name], **schema, MARK: True}


def _marked(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    if not properties:
        return schema
    return {**schema, "properties": {name: marked(name, one) for name, one in properties.items()}}
