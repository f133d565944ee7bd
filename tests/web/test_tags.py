"""Tags are edited beside name and description, and belong to the version."""

import pytest
from django.test import Client

from assistants_app.models import Assistant, Person
from tests import make
from tests.web.posting import fields_data, page_data

pytestmark = pytest.mark.django_db


def edit(made: Assistant) -> str:
    return f"/assistants/{made.assistant_id}/edit/"


def test_it_works(editor_client: Client, erin: Person) -> None:
    made = make.assistant(person=erin, metadata={"tags": ["blog"], "team": "x"})
    assert 'name="tags" value="blog"' in editor_client.get(edit(made)).text

    data = {**page_data(made, make.SCHEMA), "tags": "blog, two words"}
    answer = editor_client.post(edit(made), data, follow=True)

    assert "Saved as v2, live now." in answer.text
    made.refresh_from_db()
    assert made.metadata == {"tags": ["blog", "two words"], "team": "x"}
    newest = Assistant.history.of(made)[0]
    assert (newest.metadata, newest.summary) == (made.metadata, "Changed the tags")
    assert Assistant.history.numbered(made, 1).metadata == {"tags": ["blog"], "team": "x"}


@pytest.mark.parametrize("tags", ["blog", ["a, b"], [1], None])
def test_untouched_saves_nothing(editor_client: Client, tags: object) -> None:
    made = make.assistant(metadata={"tags": tags})
    shown = "a, b" if tags == ["a, b"] else ""

    answer = editor_client.post(edit(made), {**page_data(made, make.SCHEMA), "tags": shown}, follow=True)

    assert "Nothing changed since v1." in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x" * 41, "A tag can have at most 40 characters."),
        (",".join(map(str, range(21))), "There can be at most 20 tags."),
        ("a\0", "NUL"),
    ],
)
def test_what_is_no_tag_is_said_at_its_field(editor_client: Client, typed: str, said: str) -> None:
    made = make.assistant()

    answers = [
        editor_client.post(edit(made), {**page_data(made, make.SCHEMA), "tags": typed}),
        editor_client.post(
            "/assistants/new/?graph=writer",
            {**fields_data({}, {}), "name": "N", "tab": "form", "do": "save", "tags": typed},
        ),
    ]

    for answer in answers:
        assert answer.status_code == 422
        assert f'href="#tags">Tags: {said}' in answer.text or said == "NUL"
        assert 'id="tags-error"' in answer.text
    assert Assistant.history.newest_number(made) == 1


def test_a_new_assistant_has_those_of_its_form_and_belongs_to_who_made_it(editor_client: Client, erin: Person) -> None:
    source = make.assistant(metadata={"tags": ["blog"], "created_by": "system"})
    address = f"/assistants/new/?from={source.assistant_id}"
    assert 'name="tags" value="blog"' in editor_client.get(address).text

    data = {"name": "Copy", "description": "", "tab": "form", "do": "save", "tags": "blog,new"}
    editor_client.post(address, {**fields_data(make.SCHEMA, source.context), **data})

    made = Assistant.objects.get(name="Copy")
    assert (made.metadata, made.owner) == ({"tags": ["blog", "new"]}, erin)


def test_a_clone_keeps_them_and_belongs_to_who_made_it(editor_client: Client, erin: Person, ben: Person) -> None:
    source = make.assistant(person=ben, metadata={"tags": ["blog"]})

    editor_client.post(f"/assistants/{source.assistant_id}/versions/1/clone/", {"name": "Clone"})

    made = Assistant.objects.get(name="Clone")
    assert (made.tags, made.owner) == (("blog",), erin)


def test_two_people_changed_them(editor_client: Client, ben: Person) -> None:
    made = make.assistant(metadata={"tags": ["a"]})
    mine = {**page_data(made, make.SCHEMA), "tags": "a, mine"}
    make.version(made, person=ben, settings=made.context, metadata={"tags": ["a", "theirs"], "team": "x"})

    asked = editor_client.post(edit(made), mine)
    assert asked.status_code == 409
    assert 'name="pick:tags"' in asked.text
    editor_client.post(edit(made), {**mine, "theirs": "2", "pick:tags": "mine"})

    made.refresh_from_db()
    assert made.metadata == {"tags": ["a", "mine"], "team": "x"}
