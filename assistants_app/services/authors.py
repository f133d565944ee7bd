"""Who makes a change: a person, a program with an API key, somebody at the command line, or the product itself."""

import uuid
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _

from assistants_app.models import ApiKey, Person, Role
from assistants_app.models.audit import Who

LABEL_LENGTH = 200
"""Of the columns that keep a label. First and last name may be 150 characters each."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change. `label` is what pages show, kept with the version when the person is long gone."""

    person: Person | None
    label: str
    key_id: uuid.UUID | None = None
    kind: Who = Who.PROGRAM
    """Of who is neither a person nor a key."""
    role: Role | None = None
    """What a program may do, everywhere; a person's grants say that instead. See `services.rights`."""

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(person=person, label=str(person)[:LABEL_LENGTH])

    @classmethod
    def with_key(cls, key: ApiKey) -> Self:
        return cls(person=None, label=_("API key %(name)s") % {"name": key.name}, key_id=key.pk, role=Role(key.role))

    @property
    def identity(self) -> tuple[Who, str]:
        """How the audit log knows them, whatever they are called later."""
        if self.person is not None:
            return Who.PERSON, str(self.person.pk)
        if self.key_id is not None:
            return Who.KEY, str(self.key_id)
        return self.kind, "" if self.kind is Who.SYSTEM else self.label


SYSTEM = Author(person=None, label="System", kind=Who.SYSTEM, role=Role.OPERATOR)
