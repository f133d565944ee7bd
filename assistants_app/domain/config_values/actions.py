"""Structural buttons: what a form would have posted, had its rows and states been as the button asks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistants_app.domain.config_values.binding import At, as_json, bind_absent, bind_open, bind_value
from assistants_app.domain.config_values.bound_fields import BoundField, BoundRow
from assistants_app.domain.config_values.posts import FormData, entries
from assistants_app.domain.config_values.reading_leaves import index_of
from assistants_app.domain.config_values.submitting import submit
from assistants_app.domain.form_spec.fields import FormSpec, Kind
from assistants_app.domain.json_pointer import look_up
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings
from assistants_app.domain.language import gettext as _


def apply_action(
    spec: FormSpec, stored: Settings, data: Mapping[str, Sequence[str]], action: str, prefix: str = ""
) -> FormData:
    """The data after a structural button, `action` being the button's value ("add:/tags").

    An action that means nothing here (forged, or of a form that has changed meanwhile) leaves the data as it is.
    Names that are not the form's stay in it. Never raises.
    """
    posted = {name: list(values) for name, values in data.items()}
    verb, _, path = action.partition(":")
    submission = submit(spec, stored, data, prefix, check=False)
    fields = list(submission.form.root.walk())
    if verb in ("remove", "up", "down", "duplicate"):
        owner = next((field for field in fields for row in field.rows if row.field.path == path), None)
        return posted if owner is None else _on_row(owner, posted, verb, path)
    field = next((field for field in fields if field.path == path), None)
    if field is None or field.spec.read_only:
        return posted
    changed = _changed(field, verb, look_up(submission.reading.settings, field.pointer))
    return posted if changed is None else _replaced(posted, field.path, entries(changed))


def _changed(field: BoundField, verb: str, value: Json | Absent) -> BoundField | None:
    """The field after a button of its own; None when that button does nothing."""
    spec = field.spec
    at = At(field.path, field.pointer, field.can_be_absent, fresh=True)
    if verb == "add":
        start = field if field.is_open else _overridden(field, at)
        return _added(start, at) if field.is_open or not start.rows else start
    if verb == "override":
        return _overridden(field, at)
    if verb == "reset" and field.can_be_absent:
        return bind_absent(spec, at)
    if verb == "null" and spec.nullable:
        return replace(field, state="null", state_token="null")
    if verb == "json" and field.widget is not Kind.JSON and spec.kind is not Kind.SECRET:
        return as_json(spec, value, at)
    if verb == "fields" and field.state_token == "json":
        again = bind_value(spec, value, at)
        return again if again.state_token != "json" else bind_open(spec, ABSENT, at, "value")
    return None


def _overridden(field: BoundField, at: At) -> BoundField:
    """Open, starting from what the graph would use."""
    spec = field.spec
    start = spec.prefill
    if start is ABSENT and spec.kind is Kind.SLIDER and spec.bounds.minimum is not None:
        start = spec.bounds.minimum
    if start is ABSENT or start is None:
        return bind_open(spec, ABSENT, at, "value")
    return bind_value(spec, start, at)


def _added(field: BoundField, at: At) -> BoundField | None:
    item, count = field.spec.item, len(field.rows)
    if item is None or field.add_refused or field.spec.kind not in (Kind.LIST, Kind.MAP):
        return None
    blank = bind_value(item, ABSENT, replace(at.row(count), fresh=True))
    return replace(field, rows=(*field.rows, BoundRow(blank, count)))


def _on_row(owner: BoundField, posted: FormData, verb: str, path: str) -> FormData:
    """Rows moved, with all the names inside them; each keeps the stored index that it came from."""
    index = index_of(path.rpartition("/")[2], len(owner.rows))
    order = list(range(len(owner.rows)))
    if index is None:
        return posted
    if verb == "remove" and not owner.remove_refused:
        del order[index]
    elif verb == "duplicate" and not owner.add_refused:
        order.insert(index + 1, index)
    elif verb == "up" and index > 0:
        order[index - 1 : index + 1] = [index, index - 1]
    elif verb == "down" and index + 1 < len(order):
        order[index : index + 2] = [index + 1, index]
    rows = [entries_under(posted, row.field.path) for row in owner.rows]
    moved = {name: values for name, values in posted.items() if not _is_in_a_row(name, owner)}
    moved[owner.items_name] = [owner.rows[row].token for row in order]
    for place, row in enumerate(order):
        for rest, values in rows[row].items():
            moved[f"{owner.path}/{place}{rest}"] = list(values)
    if verb == "duplicate" and owner.spec.kind is Kind.MAP and len(order) > len(owner.rows):
        moved[f"{owner.path}/{index + 1}#key"] = [_("%(key)s copy") % {"key": owner.rows[index].key}]
    return moved


def entries_under(posted: FormData, path: str) -> FormData:
    """What was posted of one field and all inside it, by the rest of the name."""
    return {name[len(path) :]: values for name, values in posted.items() if is_under(name, path)}


def is_under(name: str, path: str) -> bool:
    return name.startswith(path) and name[len(path) : len(path) + 1] in ("/", "#", "")


def _is_in_a_row(name: str, owner: BoundField) -> bool:
    return name.startswith(f"{owner.path}/")


def _replaced(posted: FormData, path: str, new: FormData) -> FormData:
    kept = {name: values for name, values in posted.items() if not is_under(name, path)}
    return kept | new
