"""Messages of a state, as a page shows them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.messages import CallState, Role, Usage, read_message, read_messages, turns

HUMAN = {"type": "human", "id": "h1", "content": "Where is my parcel?"}
CALL = {"id": "c1", "name": "track", "args": {"number": 7}, "type": "tool_call"}
AI = {
    "type": "ai",
    "id": "a1",
    "content": "Let me look.",
    "tool_calls": [CALL],
    "usage_metadata": {"input_tokens": 12, "output_tokens": 5, "total_tokens": 17},
}
RESULT = {"type": "tool", "id": "t1", "tool_call_id": "c1", "name": "track", "content": "In Bern.", "status": "success"}
LAST = {"type": "ai", "id": "a2", "content": "It is in Bern."}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "role", "content", "id", "tool_calls", "text", "args", "kwargs", "image_url"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def test_it_works() -> None:
    messages = read_messages([HUMAN, AI, RESULT, LAST])
    assert [message.id for message in messages] == ["h1", "a1", "a2"]
    (call,) = messages[1].tool_calls
    assert (call.name, call.arguments, call.state) == ("track", {"number": 7}, CallState.DONE)
    assert [part.text for part in call.result] == ["In Bern."]
    assert messages[1].usage == Usage(12, 5)
    (turn,) = turns(messages)
    assert turn.key == "h1"
    assert [reply.text for reply in turn.replies] == ["Let me look.", "It is in Bern."]


def test_a_call_without_result() -> None:
    def state(**options: bool) -> CallState:
        return read_messages([HUMAN, AI], **options)[1].tool_calls[0].state

    assert state(running=True) is CallState.RUNNING
    assert state(waiting=True) is CallState.WAITING
    assert state() is CallState.ERROR, "nothing will answer it any more"


@pytest.mark.parametrize(
    "result",
    [
        {"content": "User rejected the tool call for `track` with reason: no"},
        {"content": "No", "additional_kwargs": {"lc_source": "x", "lc_data": {"decision": "reject"}}},
    ],
)
def test_a_tool_that_a_human_rejected(result: dict[str, Any]) -> None:
    """Nothing failed: it never ran."""
    messages = read_messages([AI, {**RESULT, "status": "error", **result}])
    assert messages[0].tool_calls[0].state == CallState.REJECTED
    said = {"content": "User rejected the tool call, says the page", "additional_kwargs": {"lc_data": [1]}}
    assert read_messages([AI, {**RESULT, **said}])[0].tool_calls[0].state == CallState.DONE


def test_a_tool_that_failed() -> None:
    messages = read_messages([AI, {**RESULT, "status": "error", "content": "No such parcel"}])
    assert messages[0].tool_calls[0].state is CallState.ERROR


def test_a_result_without_its_call_is_shown_by_itself() -> None:
    (message,) = read_messages([RESULT])
    assert (message.role, message.text) == (Role.TOOL, "In Bern.")


def test_arguments_that_could_not_be_read() -> None:
    broken = {"name": "track", "args": '{"number":', "id": "c9", "error": "Unterminated", "type": "invalid_tool_call"}
    (message,) = read_messages([{"type": "ai", "id": "a", "content": "", "invalid_tool_calls": [broken]}])
    (call,) = message.tool_calls
    assert (call.state, call.arguments, call.fault) == (CallState.ERROR, '{"number":', "Unterminated")


def test_messages_not_to_be_rendered_stay_out() -> None:
    hidden = {"type": "ai", "id": "do-not-render-1", "content": "secret"}
    assert [message.id for message in read_messages([HUMAN, hidden, LAST])] == ["h1", "a2"]


def test_other_spellings_of_a_message() -> None:
    assert read_message({"role": "user", "content": "Hi"}).role is Role.HUMAN
    assert read_message(["ai", "Hi"]).role is Role.AI
    assert read_message("Hi").role is Role.HUMAN
    assert read_message({"type": "AIMessageChunk", "content": "Hi"}).role is Role.AI
    written = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain_core", "messages", "SystemMessage"],
        "kwargs": {"content": "Be kind."},
    }
    assert (read_message(written).role, read_message(written).text) == (Role.SYSTEM, "Be kind.")


def test_what_comes_before_the_first_human_message_is_a_turn() -> None:
    first, second = turns(read_messages([{"type": "ai", "id": "hello", "content": "Welcome"}, HUMAN]))
    assert (first.human, first.key) == (None, "hello")
    assert second.human is not None


@given(json_values)
def test_no_state_is_too_strange(values: object) -> None:
    assert isinstance(turns(read_messages(values)), tuple)
