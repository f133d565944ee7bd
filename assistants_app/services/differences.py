"""What changed between the contents of two versions, by name, before and after: for the audit log, without what a
schema calls a secret."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

from assistants_app.domain.config_values.hidden import without_secrets
from assistants_app.domain.form_spec import FormSpec
from assistants_app.domain.json_values import ABSENT, Absent, Json, same
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.services.secrets import spec_by

_DETAILS = {"name": "name", "description": "description", "graph_id": "graph"}
_PARTS = {"context": "settings", "config": "config", "metadata": "metadata"}

Values = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Told:
    """For `audit.record`: what is absent on one side is absent there."""

    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)

    def live(self, before: int, after: int) -> Self:
        """And the live pointer moved so, if it did."""
        if before == after:
            return self
        return replace(self, before={"live": f"v{before}", **self.before}, after={"live": f"v{after}", **self.after})


def differences(old: Assistant | AssistantVersion, new: Assistant | AssistantVersion) -> Told:
    """Takes its time where values are long: ask before anything is locked. What is only called like a secret is masked
    where it is written down, by `audit.entry`."""
    before, after = _Side(), _Side()
    for column, name in _DETAILS.items():
        _tell(before, after, name, getattr(old, column), getattr(new, column))
    for column, prefix in _PARTS.items():
        left, right = getattr(old, column), getattr(new, column)
        if left is not right:
            specs = _specs(old, new) if column == "context" else ()
            _tell_part(before, after, prefix, left, right, specs)
    return Told(before, after)


class _Side(dict[str, Json]):
    def tell(self, name: str, value: Json | Absent) -> None:
        if value is not ABSENT:
            self[name] = value


def _tell(before: _Side, after: _Side, name: str, left: Json | Absent, right: Json | Absent) -> None:
    if not same(left, right):
        before.tell(name, left)
        after.tell(name, right)


def _tell_part(
    before: _Side, after: _Side, prefix: str, left: Values, right: Values, specs: tuple[FormSpec, ...]
) -> None:
    changed = [key for key in {**left, **right} if not same(left.get(key, ABSENT), right.get(key, ABSENT))]
    for side, values in ((before, left), (after, right)):
        shown: Any = {key: values[key] for key in changed if key in values}
        for spec in specs:
            shown = without_secrets(spec, shown)
        for key, value in shown.items():
            side.tell(f"{prefix}.{key}", value)


def _specs(old: Assistant | AssistantVersion, new: Assistant | AssistantVersion) -> tuple[FormSpec, ...]:
    """Whatever either of the schemas calls a secret is none of the log's business."""
    schemas = [old.settings_schema]
    if new.settings_schema is not old.settings_schema:
        schemas.append(new.settings_schema)
    return tuple(spec for schema in schemas if (spec := spec_by(schema)))
