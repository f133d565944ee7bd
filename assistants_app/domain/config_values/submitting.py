"""Submitted strings -> settings, and the form as typed.

A field whose strings are what its stored value renders to is untouched: it keeps the stored value exactly,
whatever that is. A field that was not posted at all is untouched too. So saving an untouched form changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistants_app.domain.config_values.asked import Asked, Value
from assistants_app.domain.config_values.binding import (
    GROUPS,
    At,
    as_json,
    bind_absent,
    bind_open,
    bind_value,
    other_values,
)
from assistants_app.domain.config_values.bound_errors import attach, beyond, in_order, without_errors
from assistants_app.domain.config_values.bound_fields import BoundField, BoundForm, Reading, Token
from assistants_app.domain.config_values.conditions import judge_form
from assistants_app.domain.config_values.posts import Post
from assistants_app.domain.config_values.reading_groups import read_group
from assistants_app.domain.config_values.reading_leaves import read_json, read_leaf
from assistants_app.domain.errors import FieldError
from assistants_app.domain.form_spec.fields import FieldSpec, FormSpec, Kind
from assistants_app.domain.json_values import ABSENT, Settings
from assistants_app.domain.language import gettext as _

_TOKENS: dict[str, Token] = {"default": "default", "null": "null", "value": "value", "auto": "auto", "json": "json"}


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """A submitted form, both ways: to show again, and as settings."""

    form: BoundForm
    reading: Reading


def read(spec: FormSpec, stored: Settings, data: Mapping[str, Sequence[str]], prefix: str = "") -> Reading:
    """What a submitted form means. Never raises: what cannot be read is an error on its field."""
    return submit(spec, stored, data, prefix).reading


def bind_submitted(
    spec: FormSpec, stored: Settings, data: Mapping[str, Sequence[str]], prefix: str = "", *, check: bool = True
) -> BoundForm:
    """The form as it was typed. `check=False` leaves out what only saving asks for: after a structural button."""
    return submit(spec, stored, data, prefix, check=check).form


def submit(
    spec: FormSpec, stored: Settings, data: Mapping[str, Sequence[str]], prefix: str = "", *, check: bool = True
) -> Submission:
    """Read a submitted form once, for both answers."""
    root, value = read_field(spec.root, stored, Post(data), At(prefix, "", can_be_absent=False))
    if not isinstance(value, dict):
        root = root if root.errors else replace(root, errors=(_("The settings must be a group: {…}."),))
        value = stored
    if not check:
        form = BoundForm(spec, without_errors(root), other_values(spec, value), prefix)
        return Submission(form, Reading(value))
    errors = list(_errors(root))
    verdict = judge_form(spec, value, stored)
    found = beyond(errors, verdict.errors)
    root = attach(root, found, verdict.warnings)
    ordered = in_order(root, [*errors, *found])
    form = BoundForm(spec, root, other_values(spec, value), prefix, ordered, verdict.warnings)
    return Submission(form, Reading(value, ordered, verdict.warnings, verdict.not_checked))


def read_field(spec: FieldSpec, stored: Value, post: Post, at: At) -> tuple[BoundField, Value]:
    """The field as typed, and its value."""
    shown = bind_value(spec, stored, at, shell=True)
    if spec.hidden or spec.read_only:
        return bind_value(spec, stored, at), stored
    token = _token(post, shown, at)
    if token is None:
        by_itself = stored is ABSENT and spec.kind is Kind.CONST and shown.is_open
        return bind_value(spec, stored, at), spec.const if by_itself else stored
    if token == "default":
        return bind_absent(spec, at), ABSENT
    if token == "null":
        return replace(bind_value(spec, None, at), state="null", state_token="null"), None
    untouched = shown.state_token == token
    if shown.widget is Kind.SECRET and untouched:
        return read_leaf(Asked(shown, bind_open(spec, ABSENT, at, token), stored, untouched), post)
    if token == "json" or spec.kind is Kind.JSON:
        empty = as_json(spec, ABSENT, at) if token == "json" else bind_open(spec, ABSENT, at, token)
        return read_json(Asked(shown, empty, stored, untouched), post)
    if spec.kind in GROUPS:
        before = ABSENT if shown.state_token == "json" else stored
        bound = shown if untouched else bind_open(spec, ABSENT, at, token, shell=True)
        return read_group(bound, before, post, at, read_field)
    return read_leaf(Asked(shown, bind_open(spec, ABSENT, at, token), stored, untouched), post)


def _token(post: Post, shown: BoundField, at: At) -> Token | None:
    """What `#state` says; for a field posted without one, how it was shown. None: it was not posted."""
    said = _TOKENS.get(post.first(shown.state_name) or "")
    if said is None:
        marks = (shown.name, shown.present_name, shown.items_name, shown.branch_name, shown.secret_name)
        posted = any(mark in post.data for mark in marks)
        if shown.is_open and (posted or shown.spec.kind in (Kind.OBJECT, Kind.TUPLE)):
            said = shown.state_token
        elif posted:
            said = "value"
        else:
            return None
    return "value" if said in ("default", "auto") and not at.can_be_absent else said


def _errors(root: BoundField) -> Iterator[FieldError]:
    for field in root.walk():
        yield from (FieldError(field.pointer, message) for message in field.errors)
        for row in field.rows:
            for message in row.key_errors:
                told = _("Row %(number)s: %(problem)s") % {"number": row.number, "problem": message}
                yield FieldError(field.pointer, told)
