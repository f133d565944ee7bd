"""The definition of a form: a settings schema as typed, ordered fields. The door to its parts."""

from assistants_app.domain.form_spec.fields import (
    Bounds,
    Branch,
    Choice,
    Condition,
    FieldSpec,
    FormSpec,
    Kind,
    Section,
)
from assistants_app.domain.form_spec.reading import read_schema

__all__ = ["Bounds", "Branch", "Choice", "Condition", "FieldSpec", "FormSpec", "Kind", "Section", "read_schema"]
