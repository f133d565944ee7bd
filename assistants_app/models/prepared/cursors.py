"""What asks a database without the wrappers of Django around each question."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self


class BareCursor(ABC):
    """On a connection of Django's: asks one question at a time, as Django's cursor would."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Any) -> None:
        connection.validate_no_broken_transaction()
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:  # noqa: B027 # there is nothing to end
        pass

    @abstractmethod
    def execute(self, sql: str, params: Sequence[Any]) -> None:
        """Raises Django's errors."""

    @property
    @abstractmethod
    def rowcount(self) -> int:
        """How many rows were changed."""

    @abstractmethod
    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    def fetchone(self) -> Any:
        """None where there is none."""
        return next(iter(self.fetchall()), None)
