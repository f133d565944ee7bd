"""What a model is told that is asked for a proposal. Secrets, and what the person may not change, are not in it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assistants_app.domain.config_values.hidden import changed_at, mask, without_secrets
from assistants_app.domain.form_spec.fields import FieldSpec, FormSpec, Kind
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import ABSENT, Json, Settings
from assistants_app.domain.proposals.closed import closed_by_schema, secret_places

LONGEST_SENTENCE: Final = 1_000
"""Characters of one sentence."""

MOST_SENTENCES: Final = 10
"""Of those said before that are told again."""

LONGEST_MATERIAL: Final = 400_000
"""Characters of settings that a model is sent at most."""

_DEEPEST = 4

_KEYWORDS = (
    *("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems", "examples"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One proposal that is asked for. `closed` are the places that the person may not change."""

    spec: FormSpec
    settings: Settings
    closed: frozenset[str]
    sentence: str
    said: tuple[str, ...] = ()

    @property
    def shut(self) -> frozenset[str]:
        """Those, and what the schema lets nobody change."""
        return self.closed | closed_by_schema(self.spec, self.settings)

    @property
    def text(self) -> str:
        shut, masked = self.shut, self._masked
        told = [_told(field, f"/{escape(field.key)}", masked, shut) for field in self.spec.fields]
        settings = json.dumps([one for one in told if one], ensure_ascii=False, indent=1)
        said = "\n".join(self.said[-MOST_SENTENCES:])
        parts = (("settings", settings), ("said", said), ("sentence", self.sentence))
        return "\n\n".join(f"<{name}>\n{_closed_in(text, name)}\n</{name}>" for name, text in parts if text)

    @property
    def _masked(self) -> Settings:
        return dict(changed_at(self.settings, secret_places(self.spec, self.settings), mask))


def _closed_in(text: str, name: str) -> str:
    """Unable to end the part that it stands in."""
    return text.replace(f"</{name}", f"< /{name}")


def _told(field: FieldSpec, pointer: str, settings: Settings, shut: frozenset[str]) -> dict[str, Json] | None:
    """A setting with its value; None for one that is not to be told of."""
    told = described(field, pointer, shut)
    if told is not None and field.key in settings:
        told["value"] = _without(settings[field.key], pointer, shut)
    return told


def _without(value: Json, pointer: str, shut: Iterable[str]) -> Json:
    """What lies at closed places left out."""
    if isinstance(value, Mapping):
        below = {key: f"{pointer}/{escape(key)}" for key in value}
        return {key: _without(part, below[key], shut) for key, part in value.items() if below[key] not in shut}
    if isinstance(value, list):
        return [_without(part, f"{pointer}/{index}", shut) for index, part in enumerate(value)]
    return value


def described(field: FieldSpec, pointer: str, shut: frozenset[str], left: int = _DEEPEST) -> dict[str, Json] | None:
    """What a setting means, and what it may be."""
    if pointer in shut or field.hidden or field.read_only or field.secret:
        return None
    told: dict[str, Any] = {"pointer": pointer, "title": field.label}
    if field.help:
        told["description"] = field.help
    schema = field.schema if isinstance(field.schema, Mapping) else {}
    told |= {name: schema[name] for name in _KEYWORDS if name in schema}
    if field.choices and "enum" not in told:
        told["enum"] = [choice.value for choice in field.choices]
    if field.nullable:
        told["may_be_null"] = True
    if field.default is not ABSENT and field.kind is not Kind.OBJECT:
        told["default"] = _without(without_secrets(field, field.default), pointer, shut)
    return told | _parts(field, pointer, shut, left)


def _parts(field: FieldSpec, pointer: str, shut: frozenset[str], left: int) -> dict[str, Any]:
    if not left:
        return {}
    if field.kind is Kind.OBJECT:
        parts = (described(one, f"{pointer}/{escape(one.key)}", shut, left - 1) for one in field.children)
        return {"settings": [part for part in parts if part]}
    if field.kind is Kind.UNION:
        parts = (described(one.spec, pointer, frozenset(), left - 1) for one in field.branches)
        return {"one_of": [part for part in parts if part]}
    if field.kind in (Kind.LIST, Kind.MAP) and field.item is not None:
        return {"each": described(field.item, f"{pointer}/*", frozenset(), left - 1)}
    return {}
