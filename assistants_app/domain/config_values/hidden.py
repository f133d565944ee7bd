"""Secrets among settings: where they are, and JSON that can be shown and edited without them.

Known by their seal, by their schema (a SECRET field) or, where no schema tells, by their name (`openai_api_key`). The
name of an environment variable is none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from assistants_app.domain.config_values.fits import branch_for
from assistants_app.domain.form_spec.fields import FieldSpec, FormSpec, Kind
from assistants_app.domain.form_spec.hints import names_secret, says_secret
from assistants_app.domain.json_pointer import escape, look_up
from assistants_app.domain.json_values import ABSENT, Absent, Json
from assistants_app.domain.sealed import Sealed, replaced, variable_in

Change: TypeAlias = Callable[[Json, str], Json]
"""Makes another value of one and its pointer."""

_UNTOLD: Final = frozenset({Kind.JSON, Kind.HIDDEN, Kind.OBJECT, Kind.LIST, Kind.MAP, Kind.TUPLE, Kind.UNION})
"""Kinds of fields that do not say what their texts are."""

_OPEN: Final = frozenset(Kind) - {Kind.SECRET, Kind.UNION}
"""Kinds of fields whose texts are no secrets, unless they are sealed."""

_NUMBERS: Final = frozenset({int, float, bool, type(None)})
_PLAIN: Final = _NUMBERS | {str}

_MASK: Final = "•••••••• "
"""Before a secret's pointer, this stands for the secret: left as it is, the secret stays; moved, it moves along."""

_TYPED: Final = "•••••••• +"
"""Before what carries a secret that was typed and is not saved yet."""


def secret_pointers(spec: FormSpec | None, settings: Json) -> tuple[str, ...]:
    """The JSON Pointers of all secrets among some settings, those under keys that no schema knows too."""
    return tuple(_secrets(spec.root if spec else None, settings, ""))


def without_secrets(spec: FormSpec | FieldSpec | None, value: Json) -> Json:
    """Settings, or the value of a field, with their secrets masked for raw JSON; `with_secrets` puts them back."""
    root = spec.root if isinstance(spec, FormSpec) else spec
    return changed_at(value, frozenset(_secrets(root, value, "")), mask)


def mask(_value: Json, pointer: str) -> str:
    """What stands for the secret at a pointer."""
    return _MASK + pointer


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


def strays(spec: FormSpec | FieldSpec | None, edited: Json, restored: Json) -> tuple[str, ...]:
    """The pointers of the hidden secrets that were moved to where they would be no secrets."""
    root = spec.root if isinstance(spec, FormSpec) else spec
    moved = [pointer for pointer in _masks(edited, "") if look_up(edited, pointer) != _MASK + pointer]
    moved += typed_in(edited)
    places = set(_secrets(root, _plain(restored), "")) if moved else ()
    return tuple(pointer for pointer in moved if pointer not in places)


def with_typed(shown: Json, pointers: Iterable[str], carry: Callable[[Json], str]) -> Json:
    """JSON in which secrets at some pointers, typed and not saved yet, are carried along unreadably."""
    return changed_at(shown, frozenset(pointers), lambda value, _pointer: _TYPED + carry(value))


def typed_in(edited: Json) -> dict[str, str]:
    """What `with_typed` put there, by its pointer."""
    found = _starting(edited, "", _TYPED)
    return {pointer: text.removeprefix(_TYPED) for pointer, text in found}


def is_mask(value: Json) -> bool:
    """Whether this stands for a secret."""
    return isinstance(value, str) and value.startswith(f"{_MASK}/")


def _masks(value: Json, pointer: str) -> Iterator[str]:
    return (at for at, _text in _starting(value, pointer, f"{_MASK}/"))


def _starting(value: Json, pointer: str, start: str) -> Iterator[tuple[str, str]]:
    """The texts that begin so, with their pointers."""
    if isinstance(value, str) and value.startswith(start):
        yield pointer, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if type(part) not in _PLAIN or (type(part) is str and part.startswith(start)):
                yield from _starting(part, f"{pointer}/{escape(key)}", start)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _starting(part, f"{pointer}/{index}", start)


def _secrets(spec: FieldSpec | None, value: Json, pointer: str, named: bool = False) -> Iterator[str]:
    """`named`: whether the value stands under a secret's name, where no field tells otherwise."""
    if isinstance(value, Sealed):  # whatever a schema says of it by now
        yield pointer
        return
    if spec is not None and spec.kind is Kind.UNION and (index := branch_for(spec, value)) is not None:
        spec = spec.branches[index].spec
    if spec is not None and spec.kind is Kind.SECRET:
        if value not in (None, "") and not variable_in(value):
            yield pointer
    elif isinstance(value, Mapping):
        for key, part in value.items():
            below = _below(spec, key)
            if below is None and type(part) in _NUMBERS:
                continue
            is_named = _is_named(below, key, named)
            if type(part) is str and not is_named and (below is None or below.kind in _OPEN):
                continue  # as most are
            yield from _secrets(below, part, f"{pointer}/{escape(key)}", is_named)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            item = _item(spec, index)
            yield from _secrets(item, part, f"{pointer}/{index}", named and item is None)
    elif _is_code(spec, value) or (named and isinstance(value, str) and value and not variable_in(value)):
        yield pointer


def _is_code(spec: FieldSpec | None, value: Json) -> bool:
    """Whether it is a number of which the schema itself says that it is secret, such as a PIN. By its name none is."""
    return (
        spec is not None and isinstance(value, int | float) and not isinstance(value, bool) and says_secret(spec.schema)
    )


def _plain(value: Json) -> Json:
    """With texts that tell nothing in place of what is sealed: then the places alone count."""
    return replaced(value, lambda text: "sealed" if isinstance(text, Sealed) else text)


def _is_named(spec: FieldSpec | None, key: str, named: bool) -> bool:
    if spec is not None and spec.kind not in _UNTOLD:
        return False
    return named or names_secret(key) or (spec is not None and says_secret(spec.schema))


def _item(spec: FieldSpec | None, index: int) -> FieldSpec | None:
    if spec is not None and spec.kind is Kind.TUPLE and index < len(spec.children):
        return spec.children[index]
    return spec.item if spec is not None and spec.kind in (Kind.LIST, Kind.TUPLE) else None


def _below(spec: FieldSpec | None, key: str) -> FieldSpec | None:
    if spec is None:
        return None
    if spec.kind is Kind.MAP:
        return spec.item
    return spec.child(key) if spec.kind is Kind.OBJECT else None


def changed_at(value: Json, pointers: frozenset[str], change: Change, pointer: str = "") -> Json:
    """JSON with what stands at some pointers changed."""
    if not pointers:
        return value
    if pointer in pointers:
        return change(value, pointer)
    if isinstance(value, Mapping):
        return {key: changed_at(part, pointers, change, f"{pointer}/{escape(key)}") for key, part in value.items()}
    if isinstance(value, list):
        return [changed_at(part, pointers, change, f"{pointer}/{index}") for index, part in enumerate(value)]
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
