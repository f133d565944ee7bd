"""Secrets among settings: where they are, and JSON that can be shown and edited without them.

Known by their schema (a SECRET field) or, where no schema tells, by their name (`openai_api_key`).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from assistants_app.domain.config_values.fits import branch_for
from assistants_app.domain.form_spec.fields import FieldSpec, FormSpec, Kind
from assistants_app.domain.form_spec.hints import names_secret
from assistants_app.domain.json_pointer import escape, look_up
from assistants_app.domain.json_values import ABSENT, Absent, Json

_MASK: Final = "•••••••• "
"""Before a secret's pointer, this stands for the secret: left as it is, the secret stays; moved, it moves along."""


def secret_pointers(spec: FormSpec | None, settings: Json) -> tuple[str, ...]:
    """The JSON Pointers of all secrets among some settings, those under keys that no schema knows too."""
    return tuple(_secrets(spec.root if spec else None, settings, "", named=False))


def without_secrets(spec: FormSpec | FieldSpec | None, value: Json) -> Json:
    """Settings, or the value of a field, with their secrets masked for raw JSON; `with_secrets` puts them back."""
    root = spec.root if isinstance(spec, FormSpec) else spec
    return _masked(value, frozenset(_secrets(root, value, "", named=False)), "")


def with_secrets(edited: Json, stored: Json | Absent) -> Json:
    """Edited JSON in which every mask is the stored secret again. A mask of no secret is left out."""
    restored = _restored(edited, stored)
    return None if restored is ABSENT else restored


def masks(edited: Json) -> tuple[str, ...]:
    """The JSON Pointers of the masks in edited JSON."""
    return tuple(_masks(edited, ""))


def unmatched_masks(edited: Json, stored: Json | Absent) -> tuple[str, ...]:
    """Those of the masks that stand for no stored secret."""
    return tuple(pointer for pointer in masks(edited) if _restored(look_up(edited, pointer), stored) is ABSENT)


def strays(spec: FormSpec | FieldSpec | None, edited: Json, restored: Json) -> bool:
    """Whether a mask was moved to where its secret would be shown."""
    root = spec.root if isinstance(spec, FormSpec) else spec
    return not set(_masks(edited, "")) <= set(_secrets(root, restored, "", named=False))


def is_mask(value: Json) -> bool:
    """Whether this stands for a secret."""
    return isinstance(value, str) and value.startswith(f"{_MASK}/")


def _masks(value: Json, pointer: str) -> Iterator[str]:
    if is_mask(value):
        yield pointer
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _masks(part, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _masks(part, f"{pointer}/{index}")


def _secrets(spec: FieldSpec | None, value: Json, pointer: str, *, named: bool) -> Iterator[str]:
    if spec is not None and spec.kind is Kind.UNION and (index := branch_for(spec, value)) is not None:
        spec = spec.branches[index].spec
    if spec is not None and spec.kind is Kind.SECRET and value not in (None, ""):
        yield pointer
    elif isinstance(value, Mapping):
        for key, part in value.items():
            below = _below(spec, key)
            untold = below is None or below.kind is Kind.JSON
            secret = untold and (named or names_secret(key))
            yield from _secrets(below, part, f"{pointer}/{escape(key)}", named=secret)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            item = spec.item if spec is not None and spec.kind is Kind.LIST else None
            yield from _secrets(item, part, f"{pointer}/{index}", named=named and item is None)
    elif named and isinstance(value, str) and value:
        yield pointer


def _below(spec: FieldSpec | None, key: str) -> FieldSpec | None:
    if spec is None:
        return None
    if spec.kind is Kind.MAP:
        return spec.item
    return next((child for child in spec.children if child.key == key), None) if spec.kind is Kind.OBJECT else None


def _masked(value: Json, secrets: frozenset[str], pointer: str) -> Json:
    if not secrets:
        return value
    if pointer in secrets:
        return _MASK + pointer
    if isinstance(value, Mapping):
        return {key: _masked(part, secrets, f"{pointer}/{escape(key)}") for key, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, secrets, f"{pointer}/{index}") for index, part in enumerate(value)]
    return value


def _restored(edited: Json, stored: Json | Absent) -> Json | Absent:
    if isinstance(edited, str):
        return look_up(stored, edited.removeprefix(_MASK)) if edited.startswith(f"{_MASK}/") else edited
    if isinstance(edited, Mapping):
        parts = ((key, _restored(part, stored)) for key, part in edited.items())
        return {key: part for key, part in parts if part is not ABSENT}
    if isinstance(edited, list):
        return [part for part in (_restored(part, stored) for part in edited) if part is not ABSENT]
    return edited
