"""The content blocks that models and people put into messages."""

import pytest

from assistants_app.domain.json_values import Json
from assistants_app.domain.messages_content import Part, read_parts, text_of

PIXEL = "data:image/png;base64,iVBORw0KGgo="


def test_it_works() -> None:
    assert read_parts("Hello") == (Part("text", "Hello"),)
    assert read_parts([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]) == (Part("text", "Hello"),)
    assert read_parts("") == read_parts(None) == read_parts([]) == ()


@pytest.mark.parametrize(
    "block",
    [
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "thinking", "thinking": "Hm.", "signature": "x"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "reasoning_content", "reasoning_content": {"text": "Hm."}},
    ],
)
def test_reasoning_is_kept_apart(block: Json) -> None:
    assert read_parts([block, {"type": "text", "text": "Yes."}]) == (Part("reasoning", "Hm."), Part("text", "Yes."))
    assert text_of([block, "Yes."]) == "Yes."


def test_reasoning_in_additional_kwargs() -> None:
    assert read_parts("Yes.", {"reasoning_content": "Hm."})[0] == Part("reasoning", "Hm.")


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": PIXEL}},
        {"type": "image_url", "image_url": PIXEL},
        {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"},
        {"type": "image", "source_type": "base64", "data": "iVBORw0KGgo=", "mime_type": "image/png"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
    ],
)
def test_an_image_as_data(block: Json) -> None:
    assert read_parts([block]) == (Part("image", "", PIXEL),)


@pytest.mark.parametrize("address", ["https://example.org/a.png", "javascript:alert(1)"])
def test_an_image_elsewhere_is_not_loaded(address: str) -> None:
    assert read_parts([{"type": "image_url", "image_url": {"url": address}}]) == (Part("image", address),)


def test_an_image_that_could_carry_script_is_only_named() -> None:
    block = {"type": "image", "base64": "PHN2Zz4=", "mime_type": "image/svg+xml"}
    assert read_parts([block]) == (Part("image", "image/svg+xml"),)
    written = {"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,PHN2Zz4="}}
    assert read_parts([written])[0].url == ""


def test_a_file_is_named() -> None:
    block = {"type": "file", "base64": "JVBERi0=", "mime_type": "application/pdf", "filename": "offer.pdf"}
    assert read_parts([block]) == (Part("file", "offer.pdf"),)
    assert read_parts([{"type": "file", "file": {"filename": "b.pdf"}}]) == (Part("file", "b.pdf"),)


def test_tool_use_blocks_repeat_the_tool_calls_and_stay_out() -> None:
    assert read_parts([{"type": "tool_use", "id": "1", "name": "x", "input": {}}]) == ()


def test_a_block_nobody_knows_is_shown_as_json() -> None:
    (part,) = read_parts([{"type": "hologram", "x": 1}])
    assert part.kind == "json"
    assert '"hologram"' in part.text
