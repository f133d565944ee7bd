"""The named errors of the product. A class's docstring is its message; views translate them to answers."""

from collections.abc import Sequence
from dataclasses import dataclass


class ProductError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())

    @property
    def message(self) -> str:
        return str(self.args[0])


class NotFound(ProductError):
    """There is no such thing here."""


class AssistantNotFound(NotFound):
    """There is no such assistant. It may have been deleted."""


class VersionNotFound(NotFound):
    """This assistant has no such version."""


class ThreadNotFound(NotFound):
    """There is no such thread. It may have been deleted."""


class RunNotFound(NotFound):
    """There is no such run."""


class CronNotFound(NotFound):
    """There is no such cron."""


class KeyNotFound(NotFound):
    """There is no such key."""


class CheckpointNotFound(NotFound):
    """This thread has no such checkpoint."""


class MessageNotFound(NotFound):
    """This thread has no such message."""


class GraphNotFound(NotFound):
    """There is no such graph."""


class PersonNotFound(NotFound):
    """There is no such person here."""


class Refused(ProductError):
    """This cannot be done."""


class InvalidGraphsConfig(ProductError):
    """The langgraph.json cannot be used."""


class GraphUnavailable(Refused):
    """This graph could not be loaded, so it cannot run. An operator can see why."""


class InvalidJson(Refused):
    """This is not valid JSON."""

    def __init__(self, message: str | None = None, *, line: int | None = None, column: int | None = None) -> None:
        where = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"{message}{where}" if message else None)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one setting.

    `pointer` is the JSON Pointer (RFC 6901) of the setting within the settings, "" for the whole.
    """

    pointer: str
    message: str


class InvalidSettings(Refused):
    """Some settings are not valid."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


class InvalidName(Refused):
    """Give the assistant a name of 1 to 200 characters."""


class StaleBase(Refused):
    """Somebody saved a newer version meanwhile."""

    def __init__(self, *, expected: int, newest: int) -> None:
        super().__init__()
        self.expected = expected
        self.newest = newest


class SystemAssistantKept(Refused):
    """The assistant that stands for a graph's own defaults cannot be deleted."""


class ThreadBusy(Refused):
    """A run is still going on in this thread."""


class RunEnded(Refused):
    """This run has already ended."""


class InvalidInput(Refused):
    """This input cannot be stored, so it cannot be sent to the graph."""


class EngineNotRunning(ProductError):
    """Runs are not executed in this process: it does not serve."""


class NameMismatch(Refused):
    """The name does not match; nothing was deleted."""


class NameTaken(Refused):
    """Somebody has this sign-in name already."""


class InvalidPerson(Refused):
    """A sign-in name has letters, digits and @ . + - _ only."""


class LastOperatorKept(Refused):
    """This is the only operator. Make somebody else an operator first."""


class InvalidKey(Refused):
    """Give the key a name of 1 to 100 characters."""


class LinkSpent(Refused):
    """This link was used already, or it is too old."""
