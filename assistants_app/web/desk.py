"""The settings on a page that edits them: as a form, or as one JSON text that means the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest
from django.utils.translation import gettext as _

from assistants_app.domain.config_values import BoundField, BoundForm, Reading
from assistants_app.domain.config_values.conditions import judge_form
from assistants_app.domain.config_values.hidden import secret_pointers, with_secrets, without_secrets
from assistants_app.domain.errors import FieldError, InvalidJson, InvalidSettings
from assistants_app.domain.form_spec import FormSpec
from assistants_app.domain.json_pointer import escape, look_up
from assistants_app.domain.json_values import Json, Settings, load_strict, same
from assistants_app.web.forms import Posted, posted, spec_of


@dataclass(frozen=True, slots=True)
class Desk:
    """What is edited: the values saved so far, and the schema that they are edited by."""

    schema: Json
    saved: Settings
    spec: FormSpec

    @classmethod
    def of(cls, schema: Json, saved: Settings) -> Self:
        return cls(schema=schema, saved=saved, spec=spec_of(schema))

    def hides(self, key: str, value: Json) -> bool:
        """Whether the value of a setting, or a part of it, must not be shown."""
        return bool(secret_pointers(self.spec, {key: value}))

    def as_text(self, settings: Settings) -> str:
        """Settings as the JSON tab shows them: indented, in their own order, secrets masked."""
        return json.dumps(without_secrets(self.spec, settings), indent=2, ensure_ascii=False)

    def from_text(self, text: str) -> Settings:
        """The other way round. Raises InvalidJson, and InvalidSettings for secrets that are where they must not be."""
        value = load_strict(text.replace("\r\n", "\n"))
        if not isinstance(value, dict):
            raise InvalidJson(_("The settings are one JSON object: a { at the start, a } at the end"))
        settings = with_secrets(value, self.saved)
        if errors := [*self._typed_secrets(value, settings), *self._strayed_secrets(value, settings)]:
            raise InvalidSettings(errors)
        return dict(settings)

    def _typed_secrets(self, text: Settings, settings: Settings) -> Iterator[FieldError]:
        message = _("Secrets are set in the form, where they stay hidden. Put the old text back, or take the key out.")
        for pointer in secret_pointers(self.spec, text):
            if same(look_up(text, pointer), look_up(settings, pointer)):
                yield FieldError(pointer, message)

    def _strayed_secrets(self, text: Settings, settings: Settings) -> Iterator[FieldError]:
        """A hidden secret that was copied to where it would be shown."""
        places = secret_pointers(self.spec, settings)
        for pointer, part in _texts(text, ""):
            if pointer not in places and not same(part, look_up(settings, pointer)):
                yield FieldError(pointer, _("A hidden secret cannot stand here: it would be shown."))


def _texts(value: Json, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, f"{pointer}/{index}")


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
            json_text=post.get("json", ""),
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


def typed_secret(form: BoundForm, typed: Typed) -> BoundField | None:
    """A field with a secret that is typed and not saved yet: it may appear nowhere else."""
    data = typed.data or {}
    return next((field for field in form.root.walk() if field.spec.secret and any(data.get(field.name, []))), None)
