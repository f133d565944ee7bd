"""Who makes a change: a person, or the product itself; later also an API key."""

from dataclasses import dataclass
from typing import Self

from assistants_app.models import Person

LABEL_LENGTH = 200
"""Of the columns that keep a label. First and last name may be 150 characters each."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change. `label` is what pages show, kept with the version when the person is long gone."""

    person: Person | None
    label: str

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(person=person, label=str(person)[:LABEL_LENGTH])


SYSTEM = Author(person=None, label="System")
