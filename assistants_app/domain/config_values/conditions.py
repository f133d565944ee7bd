"""Fields that are hidden or off while another of their group holds certain values (`visible_if`, `disabled_when`).

A hidden field keeps its value and is sent all the same; one that is off keeps what is stored, whatever is sent.
Neither is wrong for being empty: nobody can fill it in. What no field of the group decides is always in reach.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistants_app.domain.config_values.bound_fields import BoundField
from assistants_app.domain.config_values.fits import branch_for
from assistants_app.domain.errors import FieldError
from assistants_app.domain.form_spec.choices import same_value
from assistants_app.domain.form_spec.fields import Condition, FieldSpec, FormSpec, Kind
from assistants_app.domain.json_pointer import escape, look_up
from assistants_app.domain.json_values import ABSENT, Json
from assistants_app.domain.validation import Verdict, judge, left_to_the_graph


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a field is seen, and can be changed."""

    visible: bool = True
    enabled: bool = True

    @property
    def whole(self) -> bool:
        return self.visible and self.enabled


def reaches(specs: Sequence[FieldSpec], values: Mapping[str, Json]) -> dict[str, Reach]:
    """By key, of each field of a group that has a condition: how far it is in reach with these values."""
    conditional = [spec for spec in specs if spec.visible_if or spec.disabled_when]
    if not conditional:
        return {}
    effective = {spec.key: None if spec.default is ABSENT else spec.default for spec in specs} | dict(values)
    return {
        spec.key: Reach(
            visible=spec.visible_if is None or _holds(spec.visible_if, effective, unknown=True),
            enabled=spec.disabled_when is None or not _holds(spec.disabled_when, effective, unknown=False),
        )
        for spec in conditional
    }


def _holds(condition: Condition, values: Mapping[str, Json], *, unknown: bool) -> bool:
    if condition.key not in values:
        return unknown
    return any(same_value(values[condition.key], wanted) for wanted in condition.values)


def without_gaps(field: BoundField) -> BoundField:
    """The field with no error about its being empty, or about an empty one inside it."""
    return replace(
        field,
        errors=() if field.gap else field.errors,
        children=tuple(without_gaps(child) for child in field.children),
        rows=tuple(replace(row, field=without_gaps(row.field)) for row in field.rows),
        inner=field.inner and without_gaps(field.inner),
    )


def judge_form(spec: FormSpec, settings: Json, stored: Json) -> Verdict:
    """The verdict on a form's settings: what is empty out of reach warns only."""
    verdict = judge(spec.schema, settings, stored, lenient=spec.lenient)
    if not verdict.errors:
        return verdict
    far = out_of_reach(spec, settings)
    gaps = [error for error in verdict.errors if _is_gap(error, settings, far)]
    if not gaps:
        return verdict
    return replace(
        verdict,
        errors=tuple(error for error in verdict.errors if error not in gaps),
        warnings=(*verdict.warnings, *(left_to_the_graph(error.pointer) for error in gaps)),
    )


def out_of_reach(spec: FormSpec, settings: Json) -> tuple[str, ...]:
    """The pointers of the outermost fields that nobody can fill in with these settings."""
    return tuple(_out_of_reach(spec.root, settings, ""))


def _is_gap(error: FieldError, settings: Json, far: Sequence[str]) -> bool:
    empty = look_up(settings, error.pointer) in (ABSENT, None, "", [], {})
    return empty and any(error.pointer == pointer or error.pointer.startswith(f"{pointer}/") for pointer in far)


def _out_of_reach(spec: FieldSpec | None, value: Json, pointer: str) -> Iterator[str]:
    """The pointers of the outermost fields that nobody can fill in."""
    if spec is not None and spec.kind is Kind.UNION and (index := branch_for(spec, value)) is not None:
        spec = spec.branches[index].spec
    if spec is None:
        return
    if isinstance(value, Mapping):
        far = {key for key, reach in reaches(spec.children, value).items() if not reach.whole}
        yield from (f"{pointer}/{escape(key)}" for key in far)
        known = {child.key: child for child in spec.children}
        for key, part in value.items():
            if key not in far:
                yield from _out_of_reach(known.get(key, spec.item), part, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            place = spec.children[index] if index < len(spec.children) else spec.item
            yield from _out_of_reach(place, part, f"{pointer}/{index}")
