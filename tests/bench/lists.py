"""Lists: the same number of queries for 1 row and for 200, and as quick for 10,000 versions as for 100."""

from typing import Any

from tests.bench.measuring import compare, fresh_site, say


def main() -> None:
    fresh_site()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from assistants_app.models import Assistant, Person
    from assistants_app.services.threads import create_thread
    from tests import make

    person = Person.objects.create_superuser(username="olga")
    client = Client()
    client.force_login(person)

    def queries(path: str) -> int:
        client.get(path)  # the first look may fill caches
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    def address(name: str, of: Assistant) -> str:
        return reverse(name, args=[of.assistant_id])

    few, many = make.assistant_with_versions(100, name="Few"), make.assistant(name="Many")
    create_thread(assistant=many, owner=person, title="First")
    pages = {
        "assistants": reverse("assistants"),
        "home": reverse("home"),
        "people": reverse("people"),
        "versions": address("assistant-versions", many),
        "threads": address("assistant-chat", many),
    }
    with_one = {name: queries(path) for name, path in pages.items()}
    for number in range(200):
        make.assistant(name=f"Assistant {number}")
        create_thread(assistant=many, owner=person, title=f"Thread {number}")
        Person.objects.create_user(username=f"person-{number}")
    add_versions(many, 200)
    for name, path in pages.items():
        say(f"{name}: queries with 200 rows more, {with_one[name]} before", queries(path) / with_one[name], "times", 1)

    add_versions(many, 10_000)
    path_few, path_many = address("assistant-versions", few), address("assistant-versions", many)
    seconds = compare(lambda: client.get(path_few), lambda: client.get(path_many))
    say("version list: 100 versions", seconds[0] * 1000, "ms")
    say("version list: 10,000 versions, against 100", seconds[1] / seconds[0], "times", 1.2)
    path_few, path_many = address("assistant", few), address("assistant", many)
    seconds = compare(lambda: client.get(path_few), lambda: client.get(path_many))
    say("overview: 10,000 versions, against 100", seconds[1] / seconds[0], "times", 1.2)


def add_versions(assistant: Any, upto: int) -> None:
    """Numbered rows at once; through the services, ten thousand would take minutes."""
    from django.utils import timezone

    from assistants_app.models import Assistant
    from assistants_app.models.assistants import AssistantVersion

    newest = Assistant.history.numbered(assistant, Assistant.history.newest_number(assistant))
    columns = {field.attname: getattr(newest, field.attname) for field in AssistantVersion._meta.concrete_fields}
    rows = [
        AssistantVersion(
            **columns
            | {"history_id": None, "number": number, "base": number - 1, "history_date": timezone.now()}
            | {"context": {"system_prompt": f"Prompt {number}"}, "version": number}
        )
        for number in range(newest.number + 1, upto + 1)
    ]
    AssistantVersion.objects.bulk_create(rows, batch_size=500)
    Assistant.objects.filter(pk=assistant.pk).update(version=upto, context={"system_prompt": f"Prompt {upto}"})


if __name__ == "__main__":
    main()
