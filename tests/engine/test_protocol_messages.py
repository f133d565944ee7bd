"""Messages in the protocol's words, read back by LangChain's own reader: nothing is lost on the way."""

from collections.abc import Iterable
from typing import Any

from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk

from assistants_app.engine.events.encoding import to_json
from assistants_app.engine.protocol.messages import Messages


def _told(messages: Iterable[BaseMessage], **metadata: Any) -> list[dict[str, Any]]:
    protocol = Messages()
    told = [event for message in messages for event in protocol.take(to_json(message), metadata)]
    return [*told, *protocol.end()]


def _read(told: list[dict[str, Any]]) -> AIMessage:
    stream = ChatModelStream(namespace=[], node=None, message_id=None)
    for event in told:
        stream.dispatch(event)  # type: ignore[arg-type]
    return stream.output


def _kinds(told: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in told]


def test_it_works() -> None:
    pieces = [
        AIMessageChunk("Hel", id="1"),
        AIMessageChunk("lo", id="1", usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}),
        AIMessageChunk("", id="1", chunk_position="last", response_metadata={"finish_reason": "stop"}),
    ]
    told = _told(pieces, langgraph_node="write")
    assert _kinds(told) == [
        *["message-start", "content-block-start", "content-block-delta", "content-block-delta"],
        *["content-block-finish", "message-finish"],
    ]
    assert told[0]["metadata"] == {"langgraph_node": "write"}
    message = _read(told)
    assert (message.text, message.id) == ("Hello", "1")
    assert message.usage_metadata == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    assert message.response_metadata["finish_reason"] == "stop"


def test_calls_of_tools_in_pieces() -> None:
    pieces = [
        AIMessageChunk("I look. ", id="1"),
        AIMessageChunk("", id="1", tool_call_chunks=[tool_call_chunk(name="weather", args='{"ci', id="a", index=0)]),
        AIMessageChunk("", id="1", tool_call_chunks=[tool_call_chunk(name="time", args="{}", id="b", index=1)]),
        AIMessageChunk("", id="1", tool_call_chunks=[tool_call_chunk(args='ty":"Paris"}', index=0)]),
        AIMessageChunk("", id="1", chunk_position="last"),
    ]
    message = _read(_told(pieces))
    assert message.text == "I look. "
    assert [(call["name"], call["args"], call["id"]) for call in message.tool_calls] == [
        ("weather", {"city": "Paris"}, "a"),
        ("time", {}, "b"),
    ]


def test_a_call_that_cannot_be_read() -> None:
    pieces = [
        AIMessageChunk("", id="1", tool_call_chunks=[tool_call_chunk(name="weather", args='{"ci', id="a", index=0)]),
        AIMessageChunk("", id="1", chunk_position="last"),
    ]
    (call,) = _read(_told(pieces)).invalid_tool_calls
    assert (call["name"], call["args"]) == ("weather", '{"ci')


def test_reasoning_before_the_answer() -> None:
    pieces = [
        AIMessageChunk([{"type": "reasoning", "reasoning": "Let me ", "index": 0}], id="1"),
        AIMessageChunk([{"type": "reasoning", "reasoning": "think.", "index": 0}], id="1"),
        AIMessageChunk([{"type": "text", "text": "Yes.", "index": 1}], id="1", chunk_position="last"),
    ]
    told = _told(pieces)
    assert [event["delta"] for event in told if event["event"] == "content-block-delta"] == [
        {"type": "reasoning-delta", "reasoning": "Let me "},
        {"type": "reasoning-delta", "reasoning": "think."},
        {"type": "text-delta", "text": "Yes."},
    ]
    blocks = [event["content"] for event in told if event["event"] == "content-block-finish"]
    assert blocks[0]["reasoning"] == "Let me think."
    assert _read(told).text == "Yes."


def test_whole_messages() -> None:
    call = tool_call(name="weather", args={"city": "Paris"}, id="a")
    told = _told([AIMessage("Look:", id="1", tool_calls=[call])])
    message = _read(told)
    assert (message.text, message.tool_calls[0]["args"]) == ("Look:", {"city": "Paris"})
    bad = invalid_tool_call(name="weather", args="{", id="a", error="no JSON")
    assert _read(_told([AIMessage("", id="1", invalid_tool_calls=[bad])])).invalid_tool_calls[0]["args"] == "{"
    assert _told([HumanMessage("hi", id="2")])[0]["role"] == "human"
    assert _kinds(_told([AIMessage("", id="3")])) == ["message-start", "message-finish"]


def test_pictures_come_with_the_end() -> None:
    picture = {"type": "image", "base64": "AAAA", "mime_type": "image/png"}
    told = _told([AIMessage([picture], id="1")])  # type: ignore[list-item]
    assert "base64" not in told[1]["content"]
    assert told[2]["content"]["base64"] == "AAAA"


def test_messages_that_are_written_at_once_stay_apart() -> None:
    told = _told(
        [
            AIMessageChunk("a", id="1"),
            AIMessageChunk("x", id="2"),
            AIMessageChunk("b", id="1", chunk_position="last"),
            AIMessageChunk("y", id="2", chunk_position="last"),
        ]
    )
    for message_id, text in (("1", "ab"), ("2", "xy")):
        assert _read([event for event in told if event["message_id"] == message_id]).text == text


def test_a_message_that_nothing_ends_ends_with_the_run() -> None:
    assert _kinds(_told([AIMessageChunk("a", id="1")]))[-2:] == ["content-block-finish", "message-finish"]


def test_results_of_tools_and_what_was_streamed_already_are_no_messages() -> None:
    assert _told([ToolMessage("sunny", tool_call_id="a", id="1")]) == []
    twice = [AIMessageChunk("a", id="1", chunk_position="last"), AIMessage("a", id="1")]
    assert _kinds(_told(twice)).count("message-start") == 1
