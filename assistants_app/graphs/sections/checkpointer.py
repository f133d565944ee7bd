"""`checkpointer`: how long threads stay, and what happens to them then."""

from typing import Literal

from pydantic import Field

from assistants_app.graphs.sections.reading import Section
from assistants_app.graphs.sections.store import LONGEST


class ThreadTtl(Section):
    """In minutes. A thread expires when nothing has happened in it for so long."""

    strategy: Literal["delete", "keep_latest"] = "delete"
    """Whether an expired thread goes as a whole, or only its older states do."""
    default_ttl: float | None = Field(default=None, gt=0, le=LONGEST)
    """For threads that are made without a time of their own; without it they stay."""
    sweep_interval_minutes: float = Field(default=5, gt=0, le=LONGEST)
    """How often expired threads are looked for."""


class CheckpointerSection(Section):
    ttl: ThreadTtl = ThreadTtl()
