"""The form of a test case: as it is opened, as somebody typed it, and what that means.

Messages have the names "said-<n>-role" and "said-<n>-text", checks "check-<n>-kind", "-text", "-value" and "-not".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.cases.checks import MOST_CHECKS, TEXT_KEY, VALUE_KEY, CheckKind, read_check
from assistants_app.domain.cases.errors import InvalidCase
from assistants_app.domain.errors import FieldError, InvalidJson
from assistants_app.domain.json_values import Json, load_strict
from assistants_app.domain.messages import Role, read_message
from assistants_app.services.cases import CaseContent
from assistants_app.web.desk_view import Problem

MOST_MESSAGES = 50

T = TypeVar("T")

SAYS = {
    Role.HUMAN: gettext_lazy("Person"),
    Role.AI: gettext_lazy("Assistant"),
    Role.SYSTEM: gettext_lazy("System"),
}
"""Who says a message that the form can show; any other is shown as JSON."""


@dataclass(frozen=True, slots=True)
class TypedMessage:
    role: str = Role.HUMAN
    text: str = ""


@dataclass(frozen=True, slots=True)
class TypedCheck:
    """`value` is JSON as text. `error` stands at the check."""

    kind: str = CheckKind.CONTAINS
    text: str = ""
    value: str = ""
    negated: bool = False
    error: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Json]) -> Self:
        check, _faults = read_check(told)
        if check is None:
            return cls()
        value = "" if check.value is None else json.dumps(check.value, indent=2, ensure_ascii=False)
        return cls(check.kind, check.text, value, check.negated)

    def read(self) -> dict[str, Json]:
        """Its JSON. Raises InvalidJson."""
        kind = CheckKind(self.kind)
        told: dict[str, Json] = {"kind": self.kind}
        if kind in TEXT_KEY:
            told[TEXT_KEY[kind]] = self.text
        if kind in VALUE_KEY and self.value.strip():
            told[VALUE_KEY[kind]] = load_strict(self.value)
        return told | ({"not": True} if self.negated else {})


@dataclass(frozen=True, slots=True)
class TypedCase:
    """What the page shows; `problems` are for its summary on top, `focus` is where a person goes on."""

    name: str = ""
    as_json: bool = False
    messages: Sequence[TypedMessage] = ()
    input: str = ""
    checks: Sequence[TypedCheck] = ()
    problems: Sequence[Problem] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    focus: str = ""
    answered: str = ""
    """What was answered in the chat that it is made from, to be looked at."""

    @classmethod
    def opened(cls, *, name: str, given: Json, checks: Sequence[Json], answered: str = "") -> Self:
        said = said_in(given)
        return cls(
            name=name,
            as_json=said is None,
            messages=said or (),
            input="" if said is not None else _written(given),
            checks=tuple(TypedCheck.of(check) for check in checks),
            answered=answered,
        )

    @classmethod
    def posted(cls, post: QueryDict) -> Self:
        return cls(
            name=post.get("name", ""),
            as_json=post.get("input_as") == "json",
            messages=tuple(
                TypedMessage(post.get(f"said-{n}-role", ""), _lines(post.get(f"said-{n}-text", "")))
                for n in _numbers(post, "said", "text", MOST_MESSAGES)
            ),
            input=_lines(post.get("input", "")),
            answered=_lines(post.get("answered", "")),
            checks=tuple(
                TypedCheck(
                    kind=post.get(f"check-{n}-kind", ""),
                    text=_lines(post.get(f"check-{n}-text", "")),
                    value=_lines(post.get(f"check-{n}-value", "")),
                    negated=post.get(f"check-{n}-not") == "1",
                )
                for n in _numbers(post, "check", "kind", MOST_CHECKS + 1)
                if post.get(f"check-{n}-kind") in list(CheckKind)
            ),
        )

    def after(self, button: str, kind: str) -> Self:
        """After a button inside the form, which saves nothing."""
        verb, _colon, number = button.partition(":")
        place = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else -1
        if verb == "add-message":
            role = Role.AI if self.messages and self.messages[-1].role == Role.HUMAN else Role.HUMAN
            return replace(self, messages=(*self.messages, TypedMessage(role)), focus=f"said-{len(self.messages)}-text")
        if verb == "remove-message":
            return replace(self, messages=_without(self.messages, place), focus="add-message")
        if verb == "add-check" and kind in list(CheckKind):
            inner = "text" if CheckKind(kind) in TEXT_KEY else "value"
            return replace(self, checks=(*self.checks, TypedCheck(kind)), focus=f"check-{len(self.checks)}-{inner}")
        if verb == "remove-check":
            return replace(self, checks=_without(self.checks, place), focus="new_kind")
        if verb == "as-json" and not self.as_json:
            return replace(self, as_json=True, input=_written(self._said), focus="input")
        return self._as_messages() if verb == "as-messages" and self.as_json else self

    def with_check(self, check: TypedCheck) -> Self:
        return replace(self, checks=(*self.checks, check))

    def content(self) -> CaseContent:
        """What it means. Raises InvalidCase for all that is wrong."""
        errors: list[FieldError] = []
        given: Json = self._said
        if self.as_json:
            try:
                given = load_strict(self.input)
            except InvalidJson as error:
                given = {}
                errors.append(FieldError("/input", error.message))
        elif any(not message.text.strip() for message in self.messages):
            errors.append(FieldError("/input", _("Write what is said, or take the empty message away.")))
        checks: list[Json] = []
        for place, check in enumerate(self.checks):
            try:
                checks.append(check.read())
            except InvalidJson as error:
                checks.append({"kind": "contains", "text": "-"})  # only its own fault is told
                errors.append(FieldError(f"/checks/{place}", error.message))
        try:
            content = CaseContent.of(name=self.name, input=given, checks=checks)
        except InvalidCase as refused:
            known = {error.pointer for error in errors}
            errors += [error for error in refused.errors if error.pointer not in known]
        if errors:
            raise InvalidCase(sorted(errors, key=lambda error: _ORDER.index(error.pointer.split("/")[1][:5])))
        return content

    def refused(self, errors: Sequence[FieldError]) -> Self:
        """The same page with what is wrong, on top and at its place."""
        problems = [Problem(self._anchor(error.pointer), "", error.message) for error in errors]
        checks = [
            replace(check, error=next((one.message for one in errors if one.pointer == f"/checks/{place}"), ""))
            for place, check in enumerate(self.checks)
        ]
        told = {error.pointer.strip("/"): error.message for error in errors if error.pointer.count("/") == 1}
        return replace(self, problems=tuple(problems), checks=tuple(checks), errors=told)

    @property
    def _said(self) -> Json:
        said = [{"type": str(one.role), "content": one.text} for one in self.messages if one.role in SAYS]
        return {"messages": said}

    def _as_messages(self) -> Self:
        try:
            said = said_in(load_strict(self.input))
        except InvalidJson as error:
            return self.refused([FieldError("/input", error.message)])
        if said is None:
            fault = _("This is more than messages with a text, so it can only be shown as JSON.")
            return self.refused([FieldError("/input", fault)])
        return replace(self, as_json=False, messages=said, input="", focus="add-message")

    def _anchor(self, pointer: str) -> str:
        _root, _slash, rest = pointer.partition("/")
        where, _slash, place = rest.partition("/")
        if where == "checks":
            if not place:
                return "new_kind"
            kind = self.checks[int(place)].kind
            return f"check-{place}-{'text' if CheckKind(kind) in TEXT_KEY else 'value'}"
        if where == "input" and not self.as_json:
            empty = next((n for n, one in enumerate(self.messages) if not one.text.strip()), 0)
            return f"said-{empty}-text" if self.messages else "add-message"
        return where or "content"


_ORDER = ["name", "input", "check", ""]


def said_in(given: Json) -> tuple[TypedMessage, ...] | None:
    """The messages of an input that is no more than messages with a text; None for any other."""
    if not isinstance(given, dict) or set(given) != {"messages"} or not isinstance(given["messages"], list):
        return None
    made: list[TypedMessage] = []
    for one in given["messages"]:
        role = read_message(one).role
        plain = isinstance(one, dict) and set(one) <= {"type", "role", "content"}
        if not plain or not isinstance(one.get("content"), str) or role not in SAYS:
            return None
        made.append(TypedMessage(role, one["content"]))
    return tuple(made)


def _numbers(post: QueryDict, name: str, part: str, most: int) -> list[int]:
    """Which rows there are, in their order, whatever was taken away between them."""
    found = []
    for key in post:
        first, _dash, rest = key.partition("-")
        number, _dash, last = rest.partition("-")
        if first == name and last == part and number.isascii() and number.isdecimal() and len(number) < 4:
            found.append(int(number))
    return sorted(set(found))[:most]


def _without(rows: Sequence[T], place: int) -> tuple[T, ...]:
    return tuple(row for number, row in enumerate(rows) if number != place)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _written(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
