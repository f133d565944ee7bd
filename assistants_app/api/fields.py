"""Types that several bodies and queries share."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

Uuid = Annotated[UUID, Field(strict=False)]
"""A UUID as text."""

JsonObject = dict[str, Any]

Limit = Annotated[int, Field(ge=1, le=1000)]
Offset = Annotated[int, Field(ge=0, le=2**31 - 1)]
SortOrder = Literal["asc", "desc"]
IfExists = Literal["raise", "do_nothing"]
