"""The settings of what is told, without their secrets: known by their graph's schema, or by their names."""

from typing import Any

from assistants_app.domain.config_values import without_secrets
from assistants_app.domain.errors import GraphNotFound
from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.form_spec.fields import FormSpec
from assistants_app.graphs.catalog import catalog


def spec_of(graph_id: str) -> FormSpec | None:
    """None for a graph that was uninstalled, and for one without a schema."""
    try:
        schema = catalog().get(graph_id).settings_schema
    except GraphNotFound:
        return None
    return read_schema(schema) if schema else None


def told_settings(graph_id: str, settings: dict[str, Any]) -> Any:
    return without_secrets(spec_of(graph_id), settings) if settings else settings
