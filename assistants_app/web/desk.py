"""The settings on a page that edits them: as a form, or as one JSON text that means the same."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest
from django.utils.translation import gettext as _

from assistants_app.domain.config_values import Reading, masks
from assistants_app.domain.config_values.conditions import judge_form
from assistants_app.domain.config_values.hidden import (
    changed_at,
    mask,
    secret_pointers,
    strays,
    typed_in,
    with_secrets,
    with_typed,
)
from assistants_app.domain.errors import FieldError, InvalidJson, InvalidSettings
from assistants_app.domain.form_spec import FormSpec
from assistants_app.domain.form_spec.hints import names_secret
from assistants_app.domain.json_pointer import escape, look_up
from assistants_app.domain.json_values import ABSENT, Json, Settings, load_strict, same
from assistants_app.domain.sealed import looks_sealed
from assistants_app.services.hidden import disclosed, sealed_away
from assistants_app.services.secrets import carried, sealed, taken_back
from assistants_app.web.forms import Posted, posted, spec_of


@dataclass(frozen=True, slots=True)
class Desk:
    """What is edited: the values saved so far, and the schema that they are edited by."""

    schema: Json
    saved: Settings
    spec: FormSpec
    closed: frozenset[str] = frozenset()
    """Pointers of the settings that are hidden from who edits: sealed among `saved`."""
    seen: frozenset[str] = frozenset()
    """Pointers of those that are hidden from others: open among `saved`."""

    @classmethod
    def of(
        cls, schema: Json, saved: Settings, closed: frozenset[str] = frozenset(), seen: frozenset[str] = frozenset()
    ) -> Self:
        spec = spec_of(schema)
        return cls(schema=schema, saved=sealed(disclosed(saved, seen), spec), spec=spec, closed=closed, seen=seen)

    def hides(self, key: str, value: Json) -> bool:
        """Whether the value of a setting, or a part of it, must not be shown."""
        return bool(secret_pointers(self.spec, {key: value}))

    def as_text(self, settings: Settings) -> str:
        """Settings as the JSON tab shows them: indented, in their own order, secrets masked; those that are not saved
        there yet are carried along."""
        places = secret_pointers(self.spec, settings)
        new = [place for place in places if not same(look_up(settings, place), look_up(self.saved, place))]
        shown = changed_at(settings, frozenset(places) - frozenset(new), mask)
        return _written(with_typed(shown, new, carried))

    def closed_text(self, text: str) -> str:
        """What was typed into the JSON tab when less was hidden: what is hidden by now is carried along unreadably."""
        try:
            value = _object_in(text)
        except InvalidJson:
            return text
        shown = sealed_away(value, self.closed)
        return text if same(shown, value) else self.as_text(shown)

    def from_text(self, text: str) -> Settings:
        """The other way round. Raises InvalidJson, and InvalidSettings for secrets that are where they must not be."""
        value = _object_in(text)
        typed = {pointer: taken_back(token) for pointer, token in typed_in(value).items()}
        again = changed_at(value, frozenset(typed), lambda _value, pointer: typed[pointer])
        settings = with_secrets(again, self.saved)
        stray = _("A hidden secret cannot stand here: it would be shown.")
        errors = [FieldError(pointer, stray) for pointer in strays(self.spec, value, settings)]
        if errors := [*_lost(typed), *errors]:
            raise InvalidSettings(errors)
        return dict(settings)

    def without_typed(self, text: str) -> str:
        """What was typed into the JSON tab, to be shown again: the secrets in it carried along, the rest as it is."""
        try:
            value = _object_in(text)
        except InvalidJson:
            return _SECRET_PAIR.sub(self._carried_pair, text)
        known = {*masks(value), *typed_in(value)}
        new = [place for place in secret_pointers(self.spec, value) if place not in known]
        return _written(with_typed(value, new, carried)) if new else text

    def _carried_pair(self, found: "re.Match[str]") -> str:
        """Of a text that cannot be read: a key and its text, carried along if the key is a secret's."""
        field = self.spec.field(found["key"])
        told = found["text"].startswith("••••") or looks_sealed(found["text"])  # the latter is refused, and no secret
        if told or not (names_secret(found["key"]) or (field and field.secret)):
            return found[0]
        try:
            secret = json.loads(f'"{found["text"]}"')
        except ValueError:
            secret = found["text"]
        return _written(with_typed({found["key"]: secret}, [f"/{escape(found['key'])}"], carried)).strip("{} \n")


_SECRET_PAIR = re.compile(r'"(?P<key>(?:[^"\\\n]|\\.)*)"\s*:\s*"(?P<text>(?:[^"\\\n]|\\.)*)"?')


def _written(settings: Json) -> str:
    return json.dumps(settings, indent=2, ensure_ascii=False)


def _object_in(text: str) -> Settings:
    """Raises InvalidJson."""
    value = load_strict(text.replace("\r\n", "\n"))
    if not isinstance(value, dict):
        raise InvalidJson(_("The settings are one JSON object: a { at the start, a } at the end"))
    return value


def _lost(typed: Mapping[str, Json]) -> Iterator[FieldError]:
    for pointer, value in typed.items():
        if value is ABSENT:
            yield FieldError(pointer, _("This secret was not saved, and is lost. Write it again."))


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed into a page that edits settings.

    `working` are the values that the form was rendered from: those saved, unless the JSON tab changed them.
    """

    name: str
    description: str
    working: Settings
    tags: str | None = None  # as one line; None: this page does not ask for them
    note: str = ""
    live: bool = True
    as_json: bool = False
    json_text: str = ""
    data: Posted | None = None

    @classmethod
    def of(cls, request: HttpRequest, desk: Desk) -> Self:
        post = request.POST
        return cls(
            name=post.get("name", ""),
            description=post.get("description", "").replace("\r\n", "\n"),
            tags=post.get("tags"),
            note=(post.get("review_note") or post.get("note", "")).replace("\r\n", "\n"),
            live="live" in post,
            as_json=post.get("tab") == "json",
            json_text=desk.without_typed(post.get("json", "")),
            data=posted(request),
            working=_working(desk, post.get("working", "")),
        )


def _working(desk: Desk, text: str) -> Settings:
    """What the JSON tab handed to the form. Forged or cut short, it is as if the tab had not been used."""
    if not text:
        return desk.saved
    try:
        return desk.from_text(text)
    except (InvalidJson, InvalidSettings):
        return desk.saved


def read_json(desk: Desk, typed: Typed) -> Reading:
    """What the JSON tab means. What was saved before and left alone warns and does not block. Raises InvalidJson."""
    try:
        settings = desk.from_text(typed.json_text)
    except InvalidSettings as refused:
        return Reading(settings=desk.saved, errors=refused.errors)
    verdict = judge_form(desk.spec, settings, desk.saved)
    return Reading(settings, verdict.errors, verdict.warnings, verdict.not_checked)
