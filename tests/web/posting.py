"""What a browser posts from the edit page: the form as it was opened, and what a person changed in it."""

from typing import Any

from assistants_app.domain.config_values import bind, form_data
from assistants_app.domain.json_values import Settings
from assistants_app.models import Assistant
from assistants_app.web.forms import spec_of

Data = dict[str, Any]


def page_data(assistant: Assistant, schema: Any, number: int | None = None) -> Data:
    """The edit page of a version (the live one) sent as it was opened, by "Save version"."""
    base = Assistant.history.numbered(assistant, number or assistant.version)
    return {
        **fields_data(schema, base.context),
        "base": str(base.number),
        "expected_version": str(Assistant.history.newest_number(assistant)),
        "name": base.name,
        "description": base.description,
        "working": "",
        "tab": "form",
        "note": "",
        "live": "1",
        "do": "save",
    }


def fields_data(schema: Any, settings: Settings) -> Data:
    return dict(form_data(bind(spec_of(schema), settings)))


def typed(data: Data, **values: str) -> Data:
    """The data with values typed into top-level settings, by key."""
    changed = dict(data)
    for key, value in values.items():
        changed[f"/{key}"] = [value]
        if changed.get(f"/{key}#state") == ["default"]:
            changed[f"/{key}#state"] = ["value"]
    return changed
