"""`store`: what graphs remember across threads; how long, and by which embedding it is searched by meaning."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from assistants_app.graphs.addresses import ObjectAddress
from assistants_app.graphs.sections.reading import Section, address_in

SHORTEST, LONGEST = 0.001, 100 * 366 * 24 * 60.0
"""Minutes: less than a moment and more than a century are no times that a database can count with."""


def _embedding(value: Any, info: ValidationInfo) -> ObjectAddress | str:
    """Code in a file or a dotted module; anything else with a colon names a provider and its model."""
    if isinstance(value, str):
        place, colon, name = value.partition(":")
        if colon and place and name and "." not in place and "/" not in place and "\\" not in place:
            return value
    return address_in(value, info.context or Path(), example="./my_code.py:embed")


class StoreIndex(Section):
    """Searching by meaning."""

    dims: int = Field(ge=1, le=16_000)
    embed: Annotated[ObjectAddress | str, BeforeValidator(_embedding)]
    """A function of texts, or a LangChain `Embeddings`; or "provider:model" for LangChain's `init_embeddings`."""
    fields: list[str] = ["$"]
    """Which parts of an item's value; "$" is the whole."""


class StoreTtl(Section):
    default_ttl: float | None = Field(default=None, ge=SHORTEST, le=LONGEST)
    """Minutes, for items that are put without a time of their own."""
    refresh_on_read: bool = True
    sweep_interval_minutes: float = Field(default=5, ge=SHORTEST, le=LONGEST)


class StoreSection(Section):
    index: StoreIndex | None = None
    ttl: StoreTtl = StoreTtl()
