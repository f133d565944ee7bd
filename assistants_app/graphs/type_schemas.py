"""JSON Schemas of types that pydantic refuses as a whole, field by field.

Pydantic refuses `typing.TypedDict` before Python 3.12, and a state with one field of a type that it does not
know. The first is rebuilt as `typing_extensions.TypedDict`, which it accepts; such a field becomes "anything".
"""

import functools
import operator
import types
import typing
from typing import Annotated, Any, get_args, get_origin, is_typeddict

import typing_extensions

from assistants_app.graphs.failures import beginning


def schema_of(declared: Any) -> dict[str, Any] | None:
    """None where nothing readable is declared. Never raises."""
    from pydantic import TypeAdapter

    try:
        schema = TypeAdapter(_portable(declared, tolerant=True)).json_schema()
    except Exception:
        return None
    return schema if "properties" in schema else None


def fault_of(declared: Any) -> str:
    """Why a type has no schema, in one line that begins with the fields that have none; "" where one can be made,
    with or without fields. Never raises."""
    try:
        refusal = _refusal(_portable(declared, tolerant=True))
        if refusal is None:
            return ""
        hints = typing_extensions.get_type_hints(declared, include_extras=True)
        names = [name for name, hint in hints.items() if not _has_schema(_portable(hint))]
    except Exception as error:
        return beginning(error)
    return ": ".join(filter(None, (", ".join(names), beginning(refusal))))


def _portable(declared: Any, *, tolerant: bool = False) -> Any:
    """The same type with every TypedDict in it rebuilt; `tolerant` also replaces fields that have no schema."""
    if is_typeddict(declared):
        return _rebuilt(declared, tolerant=tolerant)
    origin: Any = get_origin(declared)
    args = get_args(declared)
    if origin is Annotated:
        return Annotated[(_portable(args[0]), *declared.__metadata__)]
    if origin is typing.Literal or not args:
        return declared
    portable = tuple(_portable(arg) for arg in args)
    if origin in (typing.Union, types.UnionType):
        return functools.reduce(operator.or_, portable)
    if isinstance(declared, types.GenericAlias):
        return types.GenericAlias(origin, portable)
    return declared.copy_with(portable) if hasattr(declared, "copy_with") else declared


def _rebuilt(declared: Any, *, tolerant: bool) -> Any:
    hints = typing_extensions.get_type_hints(declared, include_extras=True)
    fields: dict[str, Any] = {}
    for name, hint in hints.items():
        portable = _portable(hint)
        if tolerant and not _has_schema(portable):
            portable = Any
        required = name in declared.__required_keys__
        fields[name] = portable if required else typing_extensions.NotRequired[_bare(portable)]
    make: Any = typing_extensions.TypedDict
    rebuilt = make(declared.__name__, fields)
    rebuilt.__doc__ = declared.__doc__
    return rebuilt


def _bare(hint: Any) -> Any:
    wrappers = (typing.Required, typing.NotRequired, typing_extensions.Required, typing_extensions.NotRequired)
    return get_args(hint)[0] if get_origin(hint) in wrappers else hint


def _has_schema(hint: Any) -> bool:
    return _refusal(_bare(hint)) is None


def _refusal(declared: Any) -> Exception | None:
    """What pydantic raises for a type."""
    from pydantic import TypeAdapter

    try:
        TypeAdapter(declared).json_schema()
    except Exception as error:
        return error
    return None
