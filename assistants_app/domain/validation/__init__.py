"""Whether settings keep their schema: the full validator, in bounded time, with words for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend, validator_for
from jsonschema_specifications import REGISTRY

from assistants_app.domain.errors import FieldError
from assistants_app.domain.json_pointer import look_up
from assistants_app.domain.json_values import ABSENT, Json, same
from assistants_app.domain.language import gettext as _
from assistants_app.domain.validation.keywords import RUN, UNREADABLE, OutOfTime, Run, keywords
from assistants_app.domain.validation.words import told


@dataclass(frozen=True, slots=True)
class Verdict:
    """`errors` block saving, `warnings` do not; `not_checked` says, in words, what was not checked and why."""

    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldError, ...] = ()
    not_checked: tuple[str, ...] = ()


def check(schema: Json, settings: Json) -> tuple[list[FieldError], list[str]]:
    """(everything wrong with some settings, what could not be checked and why). Never raises, never hangs."""
    if not isinstance(schema, Mapping) or not schema:
        return [], []
    run = Run(wild=_is_wild(schema))
    found: list[FieldError] = []
    token = RUN.set(run)
    try:
        found.extend(told(_errors(schema, settings)))
    except OutOfTime:
        run.not_checked[_("Not everything was checked: that would take too long.")] = None
    except RecursionError:
        reason = _("Not everything was checked: the schema or the settings are nested too deeply.")
        run.not_checked[reason] = None
    except UNREADABLE:
        run.not_checked[_("The settings were not checked: the schema makes no sense.")] = None
    finally:
        RUN.reset(token)
    return list(dict.fromkeys(found)), list(run.not_checked)


def judge(schema: Json, settings: Json, stored: Json, *, lenient: bool = False) -> Verdict:
    """What of that blocks saving. A stored value that nobody changed does not: it is kept, and marked.

    `lenient`: a missing key of the settings themselves warns only (see `FormSpec.lenient`).
    """
    found, not_checked = check(schema, settings)
    errors: list[FieldError] = []
    warnings: list[FieldError] = []
    for error in found:
        value, outermost = look_up(settings, error.pointer), error.pointer.count("/") == 1
        if value is ABSENT and outermost and lenient:
            warnings.append(left_to_the_graph(error.pointer))
        elif value is ABSENT and not outermost and _was_missing(stored, error.pointer):
            warnings.append(error)
        elif value is not ABSENT and same(value, look_up(stored, error.pointer)):
            kept = _("%(problem)s It is kept as it was saved.") % {"problem": error.message}
            warnings.append(FieldError(error.pointer, kept))
        else:
            errors.append(error)
    return Verdict(tuple(errors), tuple(warnings), tuple(not_checked))


def left_to_the_graph(pointer: str) -> FieldError:
    """What warns of a setting that should be there, where that does not block."""
    return FieldError(pointer, _("Not set: the graph's own default applies, if it has one."))


def _was_missing(stored: Json, pointer: str) -> bool:
    """Whether a group was stored without this key."""
    around = look_up(stored, pointer.rpartition("/")[0])
    return isinstance(around, Mapping) and look_up(stored, pointer) is ABSENT


def _errors(schema: Mapping[str, Json], settings: Json) -> Iterator[ValidationError]:
    validator = _validator_class(validator_for(schema, default=Draft202012Validator))
    checker: Any = validator(
        dict(schema), registry=REGISTRY
    )  # the drafts' own schemas, and nothing that could be fetched
    return iter(checker.iter_errors(settings))


@lru_cache(maxsize=16)
def _validator_class(draft: Any) -> Any:
    extended: Any = extend(draft, keywords(draft.VALIDATORS))  # type: ignore[no-untyped-call]
    return extended


def _is_wild(schema: Json) -> bool:
    """Whether `unevaluatedProperties` would search patterns that may take long, or that Python cannot read."""
    parts: list[Json] = [schema]
    patterns: list[str] = []
    asks = False
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts.extend(part)
        elif isinstance(part, Mapping):
            asks = asks or "unevaluatedProperties" in part
            named = part.get("patternProperties")
            patterns.extend(named if isinstance(named, Mapping) else ())
            parts.extend(part.values())
    return asks and any(sum(map(pattern.count, "*+{(\\")) > 1 for pattern in patterns)
