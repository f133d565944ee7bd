"""Who takes part in `test_review_machine`: two publishers, an editor, and a key of Edda and one of Erin."""

from assistants_app.models import Assistant, Person, Role
from assistants_app.services.authors import Author
from assistants_app.services.keys import create_key
from tests.people import granted

PUBLISHERS = {"erin", "ben", "deploy"}
BEHIND = {"sync": "edda", "deploy": "erin"}
"""Who made each key."""


def authors() -> dict[str, Author]:
    """On an empty site."""
    Assistant.objects.all().delete()
    Person.objects.all().delete()
    roles = {name: Role.PUBLISHER if name in PUBLISHERS else Role.EDITOR for name in ("erin", "ben", "edda", *BEHIND)}
    people = {name: granted(role, username=name) for name, role in roles.items() if name not in BEHIND}
    keys = {
        name: create_key(name=name, role=roles[name], created_by=people[maker])[0] for name, maker in BEHIND.items()
    }
    return {name: Author.of(person) for name, person in people.items()} | {
        name: Author.with_key(key) for name, key in keys.items()
    }


def contributors(number: int, *, saved_by: dict[int, str], bases: dict[int, int], passed: set[int]) -> set[str]:
    """Who saved a version, or what it was made from, back to what was approved."""
    found = set()
    while number and number not in passed:
        found.add(saved_by[number])
        number = bases.get(number, 0)
    return found
