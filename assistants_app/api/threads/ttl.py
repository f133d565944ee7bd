"""How long a thread is asked to stay."""

from typing import Literal

from pydantic import Field

from assistants_app.api.operations import Body
from assistants_app.services.expiry import Ttl

CENTURY = 100 * 366 * 24 * 60
"""Minutes; what lives longer needs no TTL, and no calendar holds every number."""


class TtlGiven(Body):
    """Minutes from now, and what happens then: the thread goes, or all but its newest state does."""

    ttl: float = Field(gt=0, le=CENTURY)
    strategy: Literal["delete", "keep_latest"] = "delete"

    def value(self) -> Ttl:
        return Ttl(ttl=self.ttl, strategy=self.strategy)
