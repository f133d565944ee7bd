"""Who makes a change: a person, or the product itself; later also an API key."""

from dataclasses import dataclass
from typing import Self

from assistants_app.models import Person


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change. `label` is what pages show, kept with the version when the person is long gone."""

    person: Person | None
    label: str

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(person=person, label=str(person))


SYSTEM = Author(person=None, label="System")
