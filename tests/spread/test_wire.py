"""A part of what a run tells, as text and read again."""

from collections.abc import Callable, Iterable
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.stream import StreamEvent
from assistants_app.engine.events.encoding import encode
from assistants_app.engine.spread.wire import Part, event_lines, read, short_lines

Lines = Callable[[Iterable[StreamEvent]], list[bytes]]

METADATA = encode({"langgraph_node": "réply", "langgraph_step": 1, "model": "m" * 300})

ENDS = [b"]", b"," + METADATA + b"]", b',{"a":"b"}]', b',{"tags":[1,{"x":"' + b"y" * 60 + b'"}]}]']


@st.composite
def _events(draw: st.DrawFn) -> list[StreamEvent]:
    many = draw(
        st.lists(st.tuples(st.sampled_from(["messages", "messages|a\tb", "custom"]), st.text(), st.sampled_from(ENDS)))
    )
    return [
        StreamEvent(number, name, b"[%b%b" % (encode({"content": text}), end), number / 8)
        for number, (name, text, end) in enumerate(many, 5)
    ]


def _read(lines: list[bytes], last: int) -> list[StreamEvent]:
    return list(read(Part(uuid4(), uuid4(), 0, last, b"\n".join(lines).decode()))[1])


@pytest.mark.parametrize("lines", [event_lines, short_lines])
@given(events=_events())
def test_what_is_read_is_what_was_told(lines: Lines, events: list[StreamEvent]) -> None:
    assert _read(lines(events), 4 + len(events)) == events


def test_tokens_are_kept_in_a_fourth_of_the_bytes() -> None:
    tokens = [StreamEvent(n, "messages", b'[{"content":"w%d"},%b]' % (n, METADATA)) for n in range(1, 101)]
    assert 4 * sum(map(len, short_lines(tokens))) < sum(map(len, event_lines(tokens)))
    assert _read(short_lines(tokens), 100) == tokens
