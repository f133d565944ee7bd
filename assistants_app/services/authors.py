"""Who makes a change: a person, a program with an API key, or the product itself."""

from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _

from assistants_app.models import ApiKey, Person

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

    @classmethod
    def with_key(cls, key: ApiKey) -> Self:
        return cls(person=None, label=_("API key %(name)s") % {"name": key.name})


SYSTEM = Author(person=None, label="System")
