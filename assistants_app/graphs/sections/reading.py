"""Reads one section of a langgraph.json into its model. What its model does not know has no effect."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from assistants_app.domain.errors import InvalidGraphsConfig
from assistants_app.domain.json_values import Json
from assistants_app.graphs.addresses import InvalidAddress, ObjectAddress, read_address


class Section(BaseModel):
    """A section, or an object in one. Nothing is converted: a number is no text."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", protected_namespaces=())


S = TypeVar("S", bound=Section)


def read_section(model: type[S], name: str, value: Json, folder: Path) -> S:
    """The section `name`. Raises InvalidGraphsConfig."""
    try:
        return model.model_validate(value, context=folder)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join([name, *map(str, first["loc"])])
        raise InvalidGraphsConfig(f"{place}: {first['msg'].removeprefix('Value error, ')}") from None


def without_effect(section: Section | None, name: str) -> list[str]:
    """The dotted names of what stands in a section that its model does not know."""
    if section is None:
        return []
    names = [f"{name}.{key}" for key, value in (section.model_extra or {}).items() if value]
    for key in type(section).model_fields:
        inner = getattr(section, key)
        if isinstance(inner, Section):
            names += without_effect(inner, f"{name}.{key}")
    return names


def address_in(value: Any, folder: Path, *, example: str) -> ObjectAddress:
    """Raises ValueError: it is no address, or nothing can be there."""
    try:
        found = read_address(value, folder, example=example)
    except InvalidAddress as error:
        raise ValueError(str(error)) from None
    if found.problem:
        raise ValueError(found.problem)
    return found


def _address(value: Any, info: ValidationInfo) -> ObjectAddress:
    return address_in(value, info.context or Path(), example=f"./my_code.py:{info.field_name}")


Address = Annotated[ObjectAddress, BeforeValidator(_address)]
"""A field that holds the address of a Python object."""
