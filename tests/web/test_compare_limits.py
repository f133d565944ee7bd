"""However much differs, a comparison's page is bounded and says what it leaves out."""

import pytest
from django.test import Client

from tests.web.test_compare import address, pair_of, words

pytestmark = pytest.mark.django_db

LONG = 1_000_000
PATHOLOGICAL = {
    "lines": ("\n".join(f"old line {n}" for n in range(60_000)), "\n".join(f"new {n} line" for n in range(60_000))),
    "one line": ("a " * (LONG // 2), "b " * (LONG // 2)),
    "one word": ("a" * LONG, "b" * LONG),
    "short lines": ("a\n" * (LONG // 2), "b\n" * (LONG // 2)),
    "few lines in many orders": ("a\nb\nb\n" * (LONG // 6), "b\na\nb\nb\n" * (LONG // 8)),
}


@pytest.mark.one_database
@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_a_megabyte_that_differs_everywhere_has_a_page(name: str, editor_client: Client) -> None:
    """How long it takes is `tests/bench/compare.py`'s matter; here, that what is sent is bounded and says so."""
    old, new = PATHOLOGICAL[name]
    made = pair_of({"system_prompt": old}, {"system_prompt": new})

    for query in ("", "?tab=raw"):
        answer = editor_client.get(address(made, query=query))
        assert answer.status_code == 200
        assert len(answer.content) < 2_000_000
        assert "not shown here" in answer.text or "characters …" in answer.text
    full = editor_client.get(address(made, query="text/")).text
    assert len(full) > 1_500_000


def test_thousands_of_items_have_a_page(editor_client: Client) -> None:
    made = pair_of({"tags": [f"tag {n}" for n in range(4_000)]}, {"tags": [f"new tag {n}" for n in range(4_000)]})

    answer = editor_client.get(address(made))

    assert "more changes are not shown here" in answer.text
    assert len(answer.content) < 2_000_000


def test_a_long_text_leaves_room_for_what_comes_after_it(editor_client: Client) -> None:
    long = "\n".join(f"old {n}" for n in range(5_000)), "\n".join(f"new {n}" for n in range(5_000))
    made = pair_of(
        {"system_prompt": long[0], "model": "small", "tags": []},
        {"system_prompt": long[1], "model": "large", "tags": [f"tag {n}" for n in range(100)], "z": "one\ntwo"},
    )

    seen = words(editor_client.get(address(made)).text)

    for said in ("more lines are not shown here", "After: large", "tag 30", "added: two"):
        assert said in seen, said


def test_thousands_of_settings_have_a_page(editor_client: Client) -> None:
    made = pair_of(
        {f"a{n}": n for n in range(2_000)} | {f"b{n}": 1 for n in range(2_000)}, {f"b{n}": 1 for n in range(2_000)}
    )

    answer = editor_client.get(address(made))

    assert "1500 more changed settings are not shown here" in answer.text
    assert len(answer.content) < 2_000_000
