"""Tags in an assistant's metadata, as one line to edit."""

from typing import Any

import pytest

from assistants_app.domain.tags import LONGEST, MOST, retagged, tags_fault, tags_in, tags_text


def test_it_works() -> None:
    metadata = {"tags": ["blog", "draft"], "team": "x"}

    assert tags_text(metadata) == "blog, draft"
    assert retagged(metadata, " draft ,news\nlong  words,,draft") == {
        "tags": ["draft", "news", "long words"],
        "team": "x",
    }
    assert retagged(metadata, " , ") == {"team": "x"}


@pytest.mark.parametrize("tags", [None, "blog", {"a": 1}, [1, None], [], ["a,b"], ["a", "a"], [" x "], ["a", 1]])
def test_untouched_means_unchanged(tags: Any) -> None:
    metadata = {"tags": tags}

    assert retagged(metadata, tags_text(metadata)) == metadata
    assert retagged(metadata, None) == metadata
    assert all(isinstance(tag, str) for tag in tags_in(metadata))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ""),
        ("x" * LONGEST, ""),
        ("x" * (LONGEST + 1), "A tag can have at most 40 characters."),
        (",".join(map(str, range(MOST + 1))), "There can be at most 20 tags."),
        ("a\0", "This cannot be saved: the text holds a NUL character (U+0000)."),
    ],
)
def test_what_is_refused(text: str, fault: str) -> None:
    assert tags_fault(text) == fault
