"""Checks, and what came of them, in words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.cases.checking import told
from assistants_app.domain.cases.checks import Check, CheckKind, read_check
from assistants_app.domain.json_values import Json
from assistants_app.domain.messages import read_messages

KINDS = {
    CheckKind.CONTAINS: gettext_lazy("Contains a text"),
    CheckKind.MATCHES: gettext_lazy("Matches a pattern"),
    CheckKind.EQUALS: gettext_lazy("Is this very text, or this JSON"),
    CheckKind.SHAPE: gettext_lazy("Is JSON of a shape"),
    CheckKind.TOOL: gettext_lazy("Calls a tool"),
    CheckKind.JUDGED: gettext_lazy("Is judged by a model"),
}
"""As they are offered."""

_DOES = {
    CheckKind.CONTAINS: gettext_lazy("contains “%(text)s”"),
    CheckKind.MATCHES: gettext_lazy("matches “%(text)s”"),
    CheckKind.EQUALS: gettext_lazy("is “%(text)s”"),
    CheckKind.SHAPE: gettext_lazy("is JSON that keeps its schema"),
    CheckKind.TOOL: gettext_lazy("calls the tool %(text)s"),
    CheckKind.JUDGED: gettext_lazy("is judged: %(text)s"),
}

_DOES_NOT = {
    CheckKind.CONTAINS: gettext_lazy("does not contain “%(text)s”"),
    CheckKind.MATCHES: gettext_lazy("does not match “%(text)s”"),
    CheckKind.EQUALS: gettext_lazy("is not “%(text)s”"),
    CheckKind.SHAPE: gettext_lazy("is no JSON that keeps its schema"),
    CheckKind.TOOL: gettext_lazy("does not call the tool %(text)s"),
    CheckKind.JUDGED: gettext_lazy("is judged not to be: %(text)s"),
}

SHOWN = 120


def words_of(check: Check) -> str:
    """What the answer must do, as the end of a sentence about it."""
    said = (_DOES_NOT if check.negated else _DOES)[check.kind]
    words = str(said) % {"text": _short(check.text)} if "%(" in str(said) else str(said)
    if check.kind is CheckKind.TOOL and check.value:
        words = _("%(does)s with %(arguments)s") % {
            "does": words,
            "arguments": _short(json.dumps(check.value, ensure_ascii=False)),
        }
    return words


def all_words(checks: Sequence[Json]) -> list[str]:
    read = (read_check(one)[0] for one in checks)
    return [words_of(check) for check in read if check is not None]


def asked_in(given: Json) -> str:
    """What a case says, in short: its last message, or its input as JSON."""
    if isinstance(given, Mapping) and "messages" in given:
        messages = read_messages(given["messages"])
        return _short(messages[-1].text) if messages else ""
    return _short(json.dumps(given, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Found:
    """One check with what came of it."""

    words: str
    verdict: str
    why: str


def found_of(checks: Sequence[Json], outcomes: Sequence[Mapping[str, Json]]) -> list[Found]:
    words = all_words(checks)
    return [
        Found(said, str(outcome.get("verdict")), told(outcome)) for said, outcome in zip(words, outcomes, strict=False)
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
