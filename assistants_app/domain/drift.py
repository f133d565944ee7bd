"""What a graph that changed means for settings that were saved with its schema of then.

Nothing is converted: an assistant's values stay as they were saved. This tells what becomes of them in a run. Keys
that the graph does not know any more are left out; everything else is given to the graph as it is, which may refuse it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from assistants_app.domain.config_values.fits import fits
from assistants_app.domain.form_spec import FieldSpec, FormSpec, Kind, read_schema
from assistants_app.domain.form_spec.choices import position, value_words
from assistants_app.domain.json_values import ABSENT, Json, Settings, same
from assistants_app.domain.language import gettext as _
from assistants_app.domain.validation import check

SHOWN_WORDS = 60


class Change(StrEnum):
    """What happened to a setting."""

    REQUIRED = "required"
    OPTION_GONE = "option-gone"
    RETYPED = "retyped"
    LIMITED = "limited"
    VANISHED = "vanished"
    DEFAULT = "default"


FAILING = frozenset({Change.REQUIRED, Change.OPTION_GONE, Change.RETYPED, Change.LIMITED})
"""After these a run may fail; after the others it goes on in another way."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One setting. `value` is what is saved, in words; never a secret."""

    change: Change
    key: str
    label: str
    value: str = ""
    now: str = ""

    @property
    def fails(self) -> bool:
        return self.change in FAILING

    @property
    def happened(self) -> str:
        said = {"value": self.value, "now": self.now}
        match self.change:
            case Change.VANISHED:
                return _("The graph does not know it any more.")
            case Change.REQUIRED:
                return _("The graph requires it now, and it is not set.")
            case Change.OPTION_GONE:
                return _("The graph does not offer “%(value)s” any more.") % said
            case Change.RETYPED:
                return _("It is of another kind now, which “%(value)s” is none of.") % said
            case Change.LIMITED:
                return _("The graph does not accept “%(value)s” any more: %(now)s") % said
            case _:
                return _("It is not set, and the graph’s default is “%(now)s” now instead of “%(value)s”.") % said

    @property
    def at_run_time(self) -> str:
        match self.change:
            case Change.VANISHED:
                return _("The value stays saved; runs do without it.")
            case Change.REQUIRED:
                return _("A run has no value for it, and may fail.")
            case Change.DEFAULT:
                return _("Runs follow the new default.")
            case _:
                return _("A run is given the saved value all the same, and may fail.")


def drifts(old: Json, new: FormSpec, values: Settings) -> tuple[Drift, ...]:
    """What changed for some values that were saved with the schema `old`; what may fail first. Nothing where that is
    not known (None) or the same."""
    if old is None or same(old, new.schema):
        return ()
    before = read_schema(old)
    found = [*_vanished(before, new, values)]
    refused = _newly_refused(old, new, values)
    for field in new.fields:
        if (one := _of_field(before.field(field.key), field, values, refused, lenient=new.lenient)) is not None:
            found.append(one)
    return tuple(sorted(found, key=lambda one: not one.fails))


def _vanished(before: FormSpec, new: FormSpec, values: Settings) -> Iterator[Drift]:
    if new.root.kind is not Kind.OBJECT or new.root.open_ended:
        return
    for key in values:
        field = before.field(key)
        if field is not None and new.field(key) is None:
            yield Drift(Change.VANISHED, key, field.label, _words(field, values[key]))


def _of_field(
    before: FieldSpec | None, field: FieldSpec, values: Settings, refused: Mapping[str, str], *, lenient: bool
) -> Drift | None:
    if field.key not in values:
        return _of_unset(before, field, lenient=lenient)
    value = values[field.key]
    words = _words(field if before is None or field.secret else before, value)
    if value is None and field.nullable:
        return None
    if field.key in refused and (change := _what_of(before, field, value)):
        return Drift(change, field.key, field.label, words, refused[field.key])
    return None


def _of_unset(before: FieldSpec | None, field: FieldSpec, *, lenient: bool) -> Drift | None:
    was_required = before is not None and before.required
    if field.required and not was_required and not lenient and field.default is ABSENT:
        return Drift(Change.REQUIRED, field.key, field.label)
    known = before is not None and before.default is not ABSENT and field.default is not ABSENT
    if before is not None and known and not field.secret and not same(before.default, field.default):
        was, now = _words(before, before.default), _words(field, field.default)
        return Drift(Change.DEFAULT, field.key, field.label, was, now)
    return None


def _what_of(before: FieldSpec | None, field: FieldSpec, value: Json) -> Change:
    """Why a value is refused now that was not refused before."""
    if field.kind in (Kind.RADIO, Kind.SELECT) and position(field.choices, value) is None:
        same_type = before is not None and _is_choice(before)
        return Change.OPTION_GONE if same_type else Change.RETYPED
    if field.kind is Kind.MULTISELECT and isinstance(value, list):
        return Change.OPTION_GONE
    return Change.LIMITED if fits(field, value) else Change.RETYPED


def _is_choice(field: FieldSpec) -> bool:
    return field.kind in (Kind.RADIO, Kind.SELECT, Kind.TEXT)


def _newly_refused(old: Json, new: FormSpec, values: Settings) -> dict[str, str]:
    """By key, why the new schema refuses a value that the old one took."""
    before = {_key(error.pointer) for error in check(old, values)[0]}
    now = {_key(error.pointer): error.message for error in reversed(check(new.schema, values)[0])}
    return {key: message for key, message in now.items() if key and key not in before}


def _key(pointer: str) -> str:
    return pointer.split("/")[1].replace("~1", "/").replace("~0", "~") if pointer.startswith("/") else ""


def _words(field: FieldSpec, value: object) -> str:
    if field.secret:
        return "••••••••"
    words = " ".join(value_words(field, value).split())
    return words if len(words) <= SHOWN_WORDS else f"{words[: SHOWN_WORDS - 1]}…"
