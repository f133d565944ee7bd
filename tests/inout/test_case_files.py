"""Test cases out and in, as JSON lines: whole files or nothing, damaged lines named."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assistants_app.domain.cases.errors import InvalidCase, InvalidCases
from assistants_app.domain.errors import NotAllowed
from assistants_app.models import AuditEntry, Case, Person, Role
from assistants_app.services import cases
from assistants_app.services.authors import Author
from assistants_app.services.case_files import Imported, export_cases, import_cases
from tests import make
from tests.people import granted

pytestmark = pytest.mark.django_db

LINE: dict[str, Any] = {
    "format": "assistants-test-case.v1",
    "name": "Greets",
    "input": {"messages": [{"type": "human", "content": "Grüß dich"}]},
    "checks": [{"kind": "contains", "text": "hi"}, {"kind": "tool_called", "name": "a", "arguments": {"n": 1}}],
}


def file(*lines: Any) -> bytes:
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()


def test_it_works(erin: Person) -> None:
    one, other = make.assistant(), make.assistant(name="Other")
    make.case(one, "hi\u2028there", checks=[{"kind": "matches", "pattern": "^ä", "not": True}])
    import_cases(assistant_id=one.assistant_id, data=file(LINE), author=Author.of(erin))

    exported = "".join(export_cases(assistant=one)).encode()
    done = import_cases(assistant_id=other.assistant_id, data=exported, author=Author.of(erin))

    assert done == Imported(2, 0)
    told = [list(Case.objects.of(of).values_list("name", "input", "checks")) for of in (one, other)]
    assert told[0] == told[1]
    assert AuditEntry.objects.newest_first()[0].action == "cases.imported"


def test_twice_is_once(erin: Person) -> None:
    assistant = make.assistant()
    data = file(LINE, {**LINE, "name": "Two"}, LINE)

    first = import_cases(assistant_id=assistant.assistant_id, data=data, author=Author.of(erin))
    again = import_cases(assistant_id=assistant.assistant_id, data=data, author=Author.of(erin))

    assert (first, again) == (Imported(2, 1), Imported(0, 3))
    assert Case.objects.count() == 2


def test_blank_lines_and_windows_are_fine(erin: Person) -> None:
    assistant = make.assistant()
    data = b"\xef\xbb\xbf\r\n" + file(LINE) + b"\r\n\r\n"

    assert import_cases(assistant_id=assistant.assistant_id, data=data, author=Author.of(erin)).made == 1


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        ("{", "Line 2: Expecting property name"),
        ("[]", "Line 2: it is no object with the format"),
        ({**LINE, "format": "assistants-test-case.v2"}, "Line 2: it is no object with the format"),
        ({**LINE, "more": 1}, "Line 2: nobody knows what more means"),
        ({**LINE, "name": 3}, "Line 2: Give the test case a name"),
        ({**LINE, "checks": []}, "Line 2: Say what the answer must satisfy"),
        ({**LINE, "checks": [{"kind": "matches", "pattern": "("}]}, "Line 2: The pattern cannot be read"),
        ({"format": LINE["format"]}, "Line 2: Give the test case a name"),
        ('{"format": "assistants-test-case.v1", "name": "a", "name": "b"}', "occurs twice"),
        ('{"format": "assistants-test-case.v1", "name": "a", "input": {"x": NaN}}', "is not a JSON number"),
        ("[" * 5_000, "nested too deeply"),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_done(erin: Person, damaged: Any, said: str) -> None:
    assistant = make.assistant()

    with pytest.raises(InvalidCases) as refused:
        import_cases(assistant_id=assistant.assistant_id, data=file(LINE, damaged, LINE), author=Author.of(erin))

    assert said in refused.value.message
    assert len(refused.value.faults) == 1
    assert not Case.objects.exists()


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xff\xfe\x00", b"PK\x03\x04\xff"])
def test_what_is_no_file_of_cases(erin: Person, data: bytes) -> None:
    assistant = make.assistant()

    with pytest.raises(InvalidCases):
        import_cases(assistant_id=assistant.assistant_id, data=data, author=Author.of(erin))


def test_many_damaged_lines_are_not_all_told(erin: Person) -> None:
    assistant = make.assistant()

    with pytest.raises(InvalidCases) as refused:
        import_cases(assistant_id=assistant.assistant_id, data=file(*["{"] * 50), author=Author.of(erin))

    assert len(refused.value.faults) == 21
    assert refused.value.faults[-1] == "And 30 more lines."


def test_too_many_make_none(erin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST_CASES", 1)
    assistant = make.assistant()

    with pytest.raises(InvalidCase, match="at most"):
        import_cases(
            assistant_id=assistant.assistant_id, data=file(LINE, {**LINE, "name": "Two"}), author=Author.of(erin)
        )
    assert not Case.objects.exists()


def test_only_editors_import() -> None:
    assistant = make.assistant()
    tester = Author.of(granted(Role.TESTER, username="tess"))

    with pytest.raises(NotAllowed):
        import_cases(assistant_id=assistant.assistant_id, data=file(LINE), author=tester)


def test_by_the_pages(editor_client: Client) -> None:
    assistant = make.assistant(name="Blog writer")
    address = reverse("cases-import", args=[assistant.assistant_id])
    assert "as Export makes them" in editor_client.get(address).text

    nothing = editor_client.post(address)
    bad = editor_client.post(address, {"file": SimpleUploadedFile("a.jsonl", b"{")})
    good = editor_client.post(address, {"file": SimpleUploadedFile("a.jsonl", file(LINE, LINE))}, follow=True)

    assert (nothing.status_code, bad.status_code) == (422, 422)
    assert "Choose a file." in nothing.text
    assert "Line 1: " in bad.text
    assert "1 test case is imported. 1 was here already." in good.text
    exported = editor_client.get(reverse("cases-export", args=[assistant.assistant_id]))
    assert exported.headers["Content-Disposition"] == 'attachment; filename="blog-writer-test-cases.jsonl"'
    assert json.loads(exported.text) == LINE
