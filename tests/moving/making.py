"""What no program makes through the API: people, groups, assistants with versions by people, prices, a key.

`python -m tests.moving.making`, in the environment of the site; prints the key.
"""

from decimal import Decimal

import django


def make() -> str:
    from django.contrib.auth.models import Group, Permission

    from assistants_app.models import ModelPrice, Role
    from assistants_app.services import versions
    from assistants_app.services.assistants import delete_assistant, rename_assistant
    from assistants_app.services.authors import SYSTEM
    from assistants_app.services.keys import create_key
    from assistants_app.services.people import add_person
    from tests import make as made
    from tests.people import PASSWORD

    olga = add_person(author=SYSTEM, username="olga", full_name="Olga Operator", operator=True, password=PASSWORD)
    erin = add_person(author=SYSTEM, username="erin", full_name="Erin Editor", password=PASSWORD, role=Role.PUBLISHER)
    group = Group.objects.create(name="Editors")
    group.permissions.add(Permission.objects.get(codename="view_run"))
    erin.groups.add(group)

    assistant = made.assistant(name="Weekly letter", person=erin, metadata={"tags": ["news"], "n": 1.5})
    for number in range(11):
        made.version(
            assistant, person=erin, settings={"system_prompt": f"Letter {number}\n\nÄrger 🙂", "temperature": 0.1}
        )
    versions.make_live(assistant_id=assistant.assistant_id, number=7, author=made.author_of(olga))
    versions.restore_version(assistant_id=assistant.assistant_id, number=3, author=made.author_of(olga))
    rename_assistant(assistant_id=assistant.assistant_id, name="Monthly letter", author=made.author_of(erin))
    gone = made.assistant_with_versions(3, name="Deleted since")
    delete_assistant(assistant_id=gone.assistant_id, author=made.author_of(olga))

    ModelPrice.objects.create(model="gpt-*", input_price=Decimal("0.000001"), output_price=Decimal("12.5"))
    create_key(name="Old", role=Role.VIEWER, created_by=erin)
    return create_key(name="Tests", role=Role.OPERATOR, created_by=olga)[1]


def rate(run_id: str) -> None:
    from uuid import UUID

    from assistants_app.models import Person
    from assistants_app.services.ratings import rate_run

    rate_run(run_id=UUID(run_id), person=Person.objects.get(username="erin"), value=-1, note="Too long.")


if __name__ == "__main__":
    import sys

    django.setup()
    if sys.argv[1:]:
        rate(sys.argv[1])
    else:
        print(make())
