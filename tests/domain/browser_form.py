"""A person at a form, without a browser: sees a form, presses buttons, types, saves."""

from typing import Any

from assistants_app.domain.config_values import (
    BoundField,
    BoundForm,
    FormData,
    Reading,
    apply_action,
    bind,
    bind_submitted,
    form_data,
    read,
)
from assistants_app.domain.form_spec import read_schema


def schema_of(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    """A settings schema with these properties."""
    return {"type": "object", "properties": properties, "required": required or []}


class Person:
    """Somebody who fills in the form of a schema and some stored settings."""

    def __init__(self, schema: Any, stored: dict[str, Any] | None = None, prefix: str = "", **how: Any) -> None:
        self.spec = read_schema(schema, **how)
        self.stored = stored or {}
        self.prefix = prefix
        self.form: BoundForm = bind(self.spec, self.stored, prefix)
        self.data: FormData = form_data(self.form)

    def press(self, action: str) -> "Person":
        """A structural button; the page comes back with the form rearranged."""
        self.data = apply_action(self.spec, self.stored, self.data, action, self.prefix)
        self.form = bind_submitted(self.spec, self.stored, self.data, self.prefix, check=False)
        self.data = form_data(self.form)
        return self

    def type(self, name: str, *values: str) -> "Person":
        """What an input holds now; nothing at all for an unchecked box."""
        self.data.pop(name, None)
        if values:
            self.data[name] = list(values)
        return self

    def save(self) -> Reading:
        reading = read(self.spec, self.stored, self.data, self.prefix)
        self.form = bind_submitted(self.spec, self.stored, self.data, self.prefix)
        return reading

    def field(self, pointer: str) -> BoundField:
        found = self.form.field(pointer)
        assert found is not None, pointer
        return found

    def at(self, path: str) -> BoundField:
        """A field by the start of its names: a union, where its chosen branch has the same pointer."""
        return next(field for field in self.form.root.walk() if field.path == path)

    def errors(self) -> dict[str, str]:
        return {error.pointer: error.message for error in self.save().errors}

    def warnings(self) -> dict[str, str]:
        return {error.pointer: error.message for error in self.save().warnings}
