"""From where a change comes: told once by the edge where it arrives, and read by the audit log.

Each edge says it for as long as it works on one request or command: `with coming_from(Origin(Face.PAGE, …)):`. Without
that the site itself acts: the engine's rounds, a run, a start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from assistants_app.models.audit import Face
from assistants_app.services.authors import SYSTEM, Author


@dataclass(frozen=True, slots=True)
class Origin:
    face: Face = Face.SYSTEM
    address: str = ""
    request_id: str = ""
    author: Author = SYSTEM
    """Who acts where a service is not told."""


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 # frozen


def origin() -> Origin:
    """Of what is done now."""
    return _origin.get()


def acting_as(author: Author) -> None:
    """By now it is known who asks. Within `coming_from`, whose end is the end of this too."""
    _origin.set(replace(_origin.get(), author=author))


@contextmanager
def coming_from(where: Origin) -> Iterator[None]:
    """Threads and tasks that begin within know it too, but for runs, which have a context of their own."""
    token = _origin.set(where)
    try:
        yield
    finally:
        _origin.reset(token)
