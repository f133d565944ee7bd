"""What is asked of an answer, as JSON: one object for each check, with its `kind`.

    {"kind": "contains", "text": "two weeks"}                     capitals aside
    {"kind": "matches", "pattern": "[A-Z]{2}-\\d+"}               RE2, anywhere in the answer
    {"kind": "equals", "text": "42"}                              or the same JSON, written in another way
    {"kind": "json_shape", "schema": {"type": "object"}}          JSON Schema
    {"kind": "tool_called", "name": "search", "arguments": {}}    with these arguments among its own, if any are named
    {"kind": "judged", "criterion": "It is polite."}              by the model that the operator chose

With `"not": true` the answer must not do it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import re2
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from assistants_app.domain.cases.errors import InvalidCase
from assistants_app.domain.errors import FieldError
from assistants_app.domain.json_values import Json, find_unstorable
from assistants_app.domain.language import gettext as _

MOST_CHECKS: Final = 20
LONGEST_TEXT: Final = 20_000
LONGEST_PATTERN: Final = 1_000


class CheckKind(StrEnum):
    CONTAINS = "contains"
    MATCHES = "matches"
    EQUALS = "equals"
    SHAPE = "json_shape"
    TOOL = "tool_called"
    JUDGED = "judged"


TEXT_KEY: Final = {
    CheckKind.CONTAINS: "text",
    CheckKind.MATCHES: "pattern",
    CheckKind.EQUALS: "text",
    CheckKind.TOOL: "name",
    CheckKind.JUDGED: "criterion",
}
"""What the text of a check is called in its JSON."""

VALUE_KEY: Final = {CheckKind.SHAPE: "schema", CheckKind.TOOL: "arguments"}
"""What its other value is called."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an answer must satisfy; with `negated` it must not."""

    kind: CheckKind
    text: str = ""
    value: Json = None
    """Of a shape the schema; of a tool the arguments, or None for any."""
    negated: bool = False

    @property
    def as_json(self) -> dict[str, Json]:
        told: dict[str, Json] = {"kind": str(self.kind)}
        if self.kind in TEXT_KEY:
            told[TEXT_KEY[self.kind]] = self.text
        if self.kind in VALUE_KEY and self.value is not None:
            told[VALUE_KEY[self.kind]] = self.value
        return told | ({"not": True} if self.negated else {})


def read_checks(value: Json) -> list[Check]:
    """Checks as they are stored or exchanged. Raises InvalidCase, which points to each that is wrong."""
    if not isinstance(value, list) or not value:
        raise InvalidCase([FieldError("/checks", _("Say what the answer must satisfy: one check at least."))])
    if len(value) > MOST_CHECKS:
        said = _("A test case has %(count)s checks at most.") % {"count": MOST_CHECKS}
        raise InvalidCase([FieldError("/checks", said)])
    read = [read_check(one) for one in value]
    faults = [FieldError(f"/checks/{place}", fault) for place, (_check, found) in enumerate(read) for fault in found]
    if faults:
        raise InvalidCase(faults)
    return [check for check, _faults in read if check is not None]


def read_check(value: Json) -> tuple[Check | None, list[str]]:
    """One check, and all that is wrong with it; None where it is not even clear which kind it is of."""
    if not isinstance(value, Mapping):
        return None, [_("A check is an object.")]
    named = value.get("kind")
    if named not in list(CheckKind):
        return None, [_("The kind of a check is one of: %(kinds)s.") % {"kinds": ", ".join(CheckKind)}]
    kind = CheckKind(named)
    known = {"kind", "not", TEXT_KEY.get(kind), VALUE_KEY.get(kind)}
    if strangers := sorted(str(key) for key in value if key not in known):
        said = _("A check of the kind %(kind)s knows no %(keys)s.")
        return None, [said % {"kind": kind, "keys": ", ".join(strangers)}]
    text = value.get(TEXT_KEY[kind], "") if kind in TEXT_KEY else ""
    other = value.get(VALUE_KEY[kind]) if kind in VALUE_KEY else None
    negated = value.get("not", False)
    if not isinstance(text, str) or not isinstance(negated, bool):
        return None, [_("The text of a check is a text, and its “not” true or false.")]
    check = Check(kind, text, other, negated)
    return check, list(_faults(check))


def _faults(check: Check) -> Iterator[str]:
    if fault := find_unstorable([check.text, check.value]):
        yield fault
    elif check.kind in TEXT_KEY and not check.text.strip():
        yield _MISSING[check.kind]()
    elif len(check.text) > LONGEST_TEXT:
        yield _("The text is longer than %(count)s characters.") % {"count": LONGEST_TEXT}
    elif check.kind is CheckKind.MATCHES:
        yield from _pattern_faults(check.text)
    elif check.kind is CheckKind.SHAPE:
        yield from _schema_faults(check.value)
    elif check.kind is CheckKind.TOOL and not isinstance(check.value, Mapping | None):
        yield _("The arguments of a tool are an object.")


_MISSING: Final = {
    CheckKind.CONTAINS: lambda: _("Write the text that the answer must contain."),
    CheckKind.MATCHES: lambda: _("Write the pattern that the answer must match."),
    CheckKind.EQUALS: lambda: _("Write the text that the answer must be."),
    CheckKind.TOOL: lambda: _("Write the name of the tool."),
    CheckKind.JUDGED: lambda: _("Write what the answer is judged by."),
}


def compiled(pattern: str) -> "re2.Pattern":
    """RE2 takes a time that grows with the text alone, whatever the pattern. Raises re2.error, ValueError."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _pattern_faults(pattern: str) -> Iterator[str]:
    if len(pattern) > LONGEST_PATTERN:
        yield _("The pattern is longer than %(count)s characters.") % {"count": LONGEST_PATTERN}
        return
    try:
        compiled(pattern)
    except (re2.error, ValueError) as error:
        told = error.args[0] if error.args else ""
        reason = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        yield _("The pattern cannot be read (RE2: %(reason)s).") % {"reason": reason}


def _schema_faults(schema: Json) -> Iterator[str]:
    if not isinstance(schema, dict) or not schema:
        yield _("Write the JSON Schema that the answer must keep.")
    elif far := next(_far_references(schema), None):
        said = _("The schema refers to %(address)s: only references within it (#…) are followed.")
        yield said % {"address": far[:200]}
    else:
        try:
            validator_for(schema, default=Draft202012Validator).check_schema(schema)
        except SchemaError as error:
            yield _("This is no JSON Schema: %(reason)s") % {"reason": error.message[:200]}
        except (RecursionError, TypeError, ValueError, AttributeError):
            yield _("This is no JSON Schema.")


def _far_references(value: Json) -> Iterator[str]:
    """Where a schema refers to, beyond itself."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            for key in ("$ref", "$dynamicRef", "$recursiveRef"):
                if isinstance(told := part.get(key), str) and not told.startswith("#"):
                    yield told
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
