"""Answers held against what they must satisfy. Takes a bounded time, and never raises.

An outcome is kept, and read later by people of several languages: it holds words that are marked here, and the values
that belong in them, which the page puts together.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assistants_app.domain.cases.answers import Answer, value_of
from assistants_app.domain.cases.checks import Check, CheckKind, compiled
from assistants_app.domain.json_values import ABSENT, Json, same
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop
from assistants_app.domain.validation import check as check_shape

SHOWN = 300
"""Characters of a value in an outcome's words."""


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether an answer satisfies a check, and why: `said` are words to be translated, `values` go into them."""

    verdict: Verdict
    said: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def as_json(self) -> dict[str, Json]:
        return {"verdict": str(self.verdict), "said": self.said, "values": dict(self.values)}


def told(outcome: Mapping[str, Json]) -> str:
    """Why, in the language of who reads it now."""
    said = str(outcome.get("said") or "")
    try:
        return _(said) % outcome.get("values", {}) if said else ""
    except (KeyError, TypeError, ValueError):  # of another version of the product
        return said


def overall(outcomes: Iterable[Outcome]) -> Verdict:
    """One that failed decides; then one that nobody could judge."""
    found = {outcome.verdict for outcome in outcomes}
    return next((one for one in (Verdict.FAILED, Verdict.UNJUDGED) if one in found), Verdict.PASSED)


def check_answer(check: Check, answer: Answer) -> Outcome:
    """Of every kind but `judged`, which a model decides."""
    outcome = _CHECKS[check.kind](check, answer)
    return negated(outcome) if check.negated else outcome


def negated(outcome: Outcome) -> Outcome:
    """Of a check that the answer must not satisfy."""
    if outcome.verdict is Verdict.UNJUDGED:
        return outcome
    if outcome.verdict is Verdict.FAILED:
        return Outcome(Verdict.PASSED, outcome.said, outcome.values)
    return Outcome(Verdict.FAILED, outcome.said or gettext_noop("It does, and must not."), outcome.values)


def _contains(check: Check, answer: Answer) -> Outcome:
    if check.text.strip().casefold() in answer.text.casefold():
        return Outcome(Verdict.PASSED)
    return Outcome(Verdict.FAILED, gettext_noop("The answer does not contain it."))


def _matches(check: Check, answer: Answer) -> Outcome:
    found = compiled(check.text).search(answer.text)
    if found is None:
        return Outcome(Verdict.FAILED, gettext_noop("Nothing in the answer matches."))
    return Outcome(Verdict.PASSED, gettext_noop("Found: “%(found)s”"), {"found": _short(found.group())})


def _equals(check: Check, answer: Answer) -> Outcome:
    if check.text.strip() == answer.text.strip():
        return Outcome(Verdict.PASSED)
    wanted = value_of(check.text)
    if wanted is not ABSENT and same(wanted, answer.value):
        return Outcome(Verdict.PASSED)
    return Outcome(Verdict.FAILED, gettext_noop("The answer is another one."))


def _has_shape(check: Check, answer: Answer) -> Outcome:
    if answer.value is ABSENT:
        return Outcome(Verdict.FAILED, gettext_noop("The answer is no JSON."))
    errors, not_checked = check_shape(check.value, answer.value)
    if errors:
        values = {"place": errors[0].pointer or "/", "fault": _short(errors[0].message)}
        return Outcome(Verdict.FAILED, gettext_noop("At %(place)s: %(fault)s"), values)
    if not_checked:
        return Outcome(Verdict.UNJUDGED, gettext_noop("%(reason)s"), {"reason": _short(" ".join(not_checked))})
    return Outcome(Verdict.PASSED)


def _called(check: Check, answer: Answer) -> Outcome:
    named = [call for call in answer.calls if call.name == check.text.strip()]
    if not named:
        called = ", ".join(dict.fromkeys(call.name for call in answer.calls))
        if not called:
            return Outcome(Verdict.FAILED, gettext_noop("No tool was called."))
        return Outcome(Verdict.FAILED, gettext_noop("Called instead: %(tools)s"), {"tools": _short(called)})
    if not check.value or any(_holds(call.arguments, check.value) for call in named):
        return Outcome(Verdict.PASSED)
    shown = _short(json.dumps(named[-1].arguments, ensure_ascii=False))
    return Outcome(Verdict.FAILED, gettext_noop("Called with other arguments: %(arguments)s"), {"arguments": shown})


def _holds(given: Json, wanted: Mapping[str, Json]) -> bool:
    return isinstance(given, Mapping) and all(same(given.get(key, ABSENT), value) for key, value in wanted.items())


_CHECKS = {
    CheckKind.CONTAINS: _contains,
    CheckKind.MATCHES: _matches,
    CheckKind.EQUALS: _equals,
    CheckKind.SHAPE: _has_shape,
    CheckKind.TOOL: _called,
}


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
