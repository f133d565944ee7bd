"""Forms made from schemas, as pages use them: what a browser posted, what it means, what to show again."""

import json
from collections.abc import Mapping
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from assistants_app.domain.config_values import BoundField, BoundForm, apply_action, bind_submitted
from assistants_app.domain.form_spec import FormSpec, Kind, read_schema
from assistants_app.domain.json_values import Json, Settings
from assistants_app.services.secrets import taken_back

Posted = Mapping[str, list[str]]
"""A submitted form: each name with its values, in the order of the page."""


TYPED = "#typed"

_OF_ROWS = {"up": -1, "down": 1, "duplicate": 1, "remove": 0}
"""Buttons of a row, and how far from its place a person goes on afterwards."""


def spec_of(schema: Json) -> FormSpec:
    """The form spec of a schema; read once per schema, as a schema of 300 settings takes a while."""
    return _spec_of_text(json.dumps(schema), get_language())


@lru_cache(maxsize=256)
def _spec_of_text(text: str, language: str | None) -> FormSpec:
    """`language` is that of its words: they are remembered for who reads the same one."""
    return read_schema(json.loads(text))


def posted(request: HttpRequest) -> dict[str, list[str]]:
    """Every value of a submitted form by its name. Secrets that were typed before, and carried on, are typed again."""
    found = {name: request.POST.getlist(name) for name in request.POST}
    for name in [name for name in found if name.endswith(TYPED)]:
        input_name = name.removesuffix(TYPED)
        typed = taken_back(found[name][0])
        if not any(found.get(input_name, [])) and isinstance(typed, str):
            found[input_name] = [typed]
    return found


def pressed(data: Posted, prefix: str = "") -> str | None:
    """The structural button that was pressed in a form, as "add:/tags"; None when it was another button."""
    return next(iter(data.get(f"{prefix}#action", [])), None)


def rearranged(
    spec: FormSpec, stored: Settings, data: Posted, action: str, prefix: str = ""
) -> tuple[BoundForm, str | None]:
    """The form after a structural button was pressed, and the id to focus; nothing typed is lost."""
    after = apply_action(spec, stored, data, action, prefix)
    form = bind_submitted(spec, stored, after, prefix, check=False)
    return form, _focus_after(form, action)


def render_field(
    request: HttpRequest, form: BoundForm, action: str, focus: str | None, **beside: object
) -> HttpResponse:
    """The one setting that a structural button belongs to, for htmx to put in its place, with what is `beside` it."""
    path = action.partition(":")[2]
    field = next(
        (field for field in form.fields if path == field.path or path.startswith((f"{field.path}/", f"{field.path}#"))),
        None,
    )
    if field is None:
        return HttpResponse(status=204)
    return render(request, "fields/_row.html", {"form": form, "field": field, "focus": focus, **beside})


def _focus_after(form: BoundForm, action: str) -> str | None:
    """Where a person goes on after pressing a button: in what was added or moved, else where it was."""
    verb, _colon, path = action.partition(":")
    parent, _slash, last = path.rpartition("/")
    if verb == "add":
        owner = _at(form, path)
        if owner is None or not owner.rows:
            return None
        row = owner.rows[-1]
        return row.key_id if owner.spec.kind is Kind.MAP else _first_control(row.field)
    if not last.isdecimal() or verb not in _OF_ROWS:
        return _focus_of(form, path)
    place = int(last) + _OF_ROWS[verb]
    return _focus_of(form, f"{parent}/{place}") or _focus_of(form, f"{parent}/{place - 1}") or _focus_of(form, parent)


def _focus_of(form: BoundForm, path: str) -> str | None:
    field = _at(form, path) if path else None
    return _first_control(field) if field else None


def _at(form: BoundForm, path: str) -> BoundField | None:
    return next((field for field in form.root.walk() if field.path == path), None)


def _first_control(field: BoundField) -> str:
    return next((part.id for part in field.walk() if not part.below), field.id)
