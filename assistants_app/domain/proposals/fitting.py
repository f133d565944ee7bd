"""What of a model's wishes may go into a form. Schema, secrets, locks and sizes decide; the model decides nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistants_app.domain.config_values.conditions import judge_form, out_of_reach
from assistants_app.domain.config_values.hidden import changed_at, mask, with_secrets
from assistants_app.domain.form_spec.fields import FormSpec
from assistants_app.domain.json_pointer import escape, look_up, unescape
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings, find_unstorable, same
from assistants_app.domain.language import gettext as _
from assistants_app.domain.proposals.closed import (
    closed_by_schema,
    field_at,
    is_within,
    overlap,
    secret_places,
    with_value,
)
from assistants_app.domain.proposals.wanted import Wanted
from assistants_app.domain.sealed import replaced, variable_in

MOST_CHANGES: Final = 40
"""Of one proposal."""

LONGEST_VALUE: Final = 100_000
"""Characters of one value, as JSON."""

_DOTS: Final = "••••"
"""What every mask begins with."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A change that may not be made: of which setting, and why."""

    label: str
    message: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is left of a reply: the changes that may be made, and the settings with them."""

    settings: Settings
    changes: tuple[Wanted, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The pointers of the settings that it changes."""
        return tuple(dict.fromkeys(change.key for change in self.changes))


def fit(spec: FormSpec, settings: Settings, wanted: Sequence[Wanted], closed: Mapping[str, str]) -> Proposal:
    """Whatever is wanted: a proposal that the form would take. Never raises.

    `closed` are the places that the person may not change, each with the reason.
    """
    later = {one.pointer: one for one in wanted}  # of two changes of one place the later one
    fitting = _Fitting(spec, settings, closed)
    kept: list[Wanted] = []
    left_out: list[LeftOut] = []
    for one in [*later.values()][:MOST_CHANGES]:
        fault = fitting.fault(one)
        if fault:
            left_out.append(LeftOut(fitting.label(one), fault))
        elif not same(fitting.applied([one]), settings):
            kept.append(one)
    if len(later) > MOST_CHANGES:
        left_out.append(LeftOut("", _("More than %(most)s changes at once.") % {"most": MOST_CHANGES}))
    while kept and (faulty := fitting.faulty(kept)):
        left_out += [LeftOut(fitting.label(one), why) for one, why in faulty]
        gone = {one.pointer for one, _why in faulty}
        kept = [one for one in kept if one.pointer not in gone]
    return Proposal(fitting.applied(kept), tuple(kept), tuple(dict.fromkeys(left_out)))


@dataclass(frozen=True, slots=True)
class _Fitting:
    spec: FormSpec
    settings: Settings
    closed: Mapping[str, str]

    def label(self, wanted: Wanted) -> str:
        field = field_at(self.spec, self.settings, wanted.pointer)
        shown = field is not None and not any(is_within(wanted.key, one) for one in self.closed)
        return field.label if field and shown else wanted.pointer[:100]

    def fault(self, wanted: Wanted) -> str:
        """Why this one may not be made, whatever the others; "" where it may."""
        if field_at(self.spec, self.settings, wanted.pointer) is None:
            return _("There is no such setting.")
        for place, reason in self.closed.items():
            if is_within(wanted.pointer, place):
                return reason
        if any(is_within(wanted.pointer, one) for one in closed_by_schema(self.spec, self.settings)):
            return _("This cannot be changed by conversation.")
        if fault := _value_fault(wanted):
            return fault
        try:
            after = self.applied([wanted])
        except LookupError:
            return _("There is no such setting.")
        return self._trespass(after)

    def applied(self, changes: Sequence[Wanted]) -> Settings:
        """Raises LookupError."""
        secrets = secret_places(self.spec, self.settings)
        masked: Json | Absent = changed_at(self.settings, secrets, mask)
        for change in changes:
            steps = [unescape(step) for step in change.pointer.split("/")[1:]]
            masked = with_value(self.spec.root, masked, steps, change.value)
        return dict(with_secrets(masked, self.settings))

    def _trespass(self, after: Settings) -> str:
        """Whether it would touch what it must not, from further out."""
        if _secrets(self.spec, after) != _secrets(self.spec, self.settings):
            return _("Secrets cannot be changed by conversation.")
        for place, reason in self.closed.items():
            if not same(look_up(after, place), look_up(self.settings, place)):
                return reason
        for place in closed_by_schema(self.spec, self.settings):
            if not same(look_up(after, place), look_up(self.settings, place)):
                return _("It would change what cannot be changed by conversation.")
        return ""

    def faulty(self, kept: Sequence[Wanted]) -> list[tuple[Wanted, str]]:
        """The changes that do not go with the schema, or with the others, and why."""
        try:
            after = self.applied(kept)
        except LookupError:
            return [(one, _("It does not go together with the other changes.")) for one in kept]
        if why := self._trespass(after):
            return [(one, why) for one in kept]
        far = out_of_reach(self.spec, after)
        unused = _("It is not in use while the other settings are as they are.")
        if found := [(one, unused) for one in kept if any(is_within(one.pointer, place) for place in far)]:
            return found
        before = set(judge_form(self.spec, self.settings, self.settings).errors)
        errors = [one for one in judge_form(self.spec, after, self.settings).errors if one not in before]
        if not errors:
            return []
        blamed = [
            (one, next((error.message for error in errors if overlap(one.pointer, error.pointer)), "")) for one in kept
        ]
        named = [(one, why) for one, why in blamed if why and one.pointer]
        return named or [(one, errors[0].message) for one in kept]


def _secrets(spec: FormSpec, settings: Settings) -> dict[str, str]:
    """Every secret, and every environment variable that stands for one, by its place."""
    plain = replaced(settings, lambda text: "variable" if variable_in(text) else text)
    return {place: str(look_up(settings, place)) for place in secret_places(spec, plain)}


def _value_fault(wanted: Wanted) -> str:
    value = wanted.value
    if value is ABSENT:
        return ""
    if why := find_unstorable(value):
        return _("It cannot be stored: %(why)s.") % {"why": why}
    length = len(json.dumps(value, ensure_ascii=False))
    if length > LONGEST_VALUE:
        return _("Its value is too long: %(count)s characters.") % {"count": length}
    if any(_stands_for_a_secret(text, place) for text, place in _texts(value, wanted.pointer)):
        return _("Secrets cannot be changed by conversation.")
    return ""


def _stands_for_a_secret(text: str, place: str) -> bool:
    """A mask at its own place is the secret that is there, which stays. Anywhere else it would tell it."""
    return variable_in(text) is not None or (text.startswith(_DOTS) and text != mask(None, place))


def _texts(value: Json, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield value, place
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, f"{place}/{escape(key)}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, f"{place}/{index}")
