"""Stream events, folded into what is put on the screen."""

import json

from assistants_app.domain.json_values import Json
from assistants_app.domain.stream import StreamEvent
from assistants_app.web.chat.frames import Frame, ReplyFrames


def folded(*events: tuple[str, Json]) -> list[Frame]:
    frames = ReplyFrames()
    for number, (name, data) in enumerate(events, start=1):
        frames.fold(StreamEvent(number, name, json.dumps(data).encode()))
    return list(frames.take())


def chunk(content: Json, message_id: str = "m1", **more: Json) -> tuple[str, Json]:
    return "messages", [{"type": "AIMessageChunk", "id": message_id, "content": content, **more}, {}]


def test_it_works() -> None:
    ((name, frame),) = folded(chunk("Hello "), chunk("**you**"))
    assert name == "reply"
    assert (frame["message"], frame["part"], frame["from"], frame["settled"]) == ("m1", "text", 0, "")
    assert frame["last"] == "<p>Hello <strong>you</strong></p>\n"


def test_only_what_changed_is_sent_and_settled_blocks_once() -> None:
    frames = ReplyFrames()
    frames.fold(StreamEvent(1, *_encoded(chunk("One.\n\nTw"))))
    ((_name, first),) = frames.take()
    assert (first["settled"], first["last"]) == ("<p>One.</p>\n", "<p>Tw</p>\n")
    assert list(frames.take()) == []
    frames.fold(StreamEvent(2, *_encoded(chunk("o."))))
    ((_name, second),) = frames.take()
    assert (second["from"], second["settled"], second["last"]) == (1, "", "<p>Two.</p>\n")


def _encoded(event: tuple[str, Json]) -> tuple[str, bytes]:
    return event[0], json.dumps(event[1]).encode()


def test_reasoning_is_a_part_of_its_own() -> None:
    frames = folded(chunk([{"type": "thinking", "thinking": "Hm."}]), chunk("Yes."))
    assert [(frame["part"], frame["last"]) for _name, frame in frames] == [
        ("reasoning", "<p>Hm.</p>\n"),
        ("text", "<p>Yes.</p>\n"),
    ]


def test_a_whole_message_takes_the_place_of_its_pieces() -> None:
    ((_name, frame),) = folded(chunk("Hel"), ("messages", [{"type": "ai", "id": "m1", "content": "Goodbye"}, {}]))
    assert (frame["from"], frame["last"]) == (0, "<p>Goodbye</p>\n")


def test_the_arguments_of_a_call_grow() -> None:
    call = {"name": "look", "args": '{"number": 7, "wh', "id": "c1", "index": 0}
    rest = {"name": None, "args": 'y": "<b>"}', "id": None, "index": 0}
    ((name, frame),) = folded(chunk("", tool_call_chunks=[call]), chunk("", tool_call_chunks=[rest]))
    assert (name, frame["message"], frame["call"]) == ("tool", "m1", "c1")
    assert "<dt>why</dt><dd>&lt;b&gt;</dd>" in frame["html"]
    assert "toolcall--running" in frame["html"]


def test_a_result_finishes_its_call() -> None:
    call = {"name": "look", "args": "{}", "id": "c1", "index": 0}
    result = {"type": "tool", "id": "t1", "tool_call_id": "c1", "content": "There.", "status": "error"}
    ((_name, frame),) = folded(chunk("", tool_call_chunks=[call]), ("messages", [result, {}]))
    assert "toolcall--error" in frame["html"]
    assert "There." in frame["html"]


def test_what_is_not_to_be_seen_stays_out() -> None:
    quiet = ("messages", [{"type": "AIMessageChunk", "id": "m2", "content": "x"}, {"tags": ["nostream"]}])
    assert folded(chunk("secret", "do-not-render-1"), quiet, ("values", {"messages": []}), ("metadata", {})) == []


def test_a_subgraphs_tokens_are_shown() -> None:
    ((_name, frame),) = folded(("messages|inner:1", [{"type": "AIMessageChunk", "id": "m", "content": "Hi"}, {}]))
    assert "Hi" in frame["last"]


def test_progress_is_said() -> None:
    assert folded(("custom", {"status": "Searching"}), ("custom", {"rows": 3})) == [("progress", {"text": "Searching"})]


def test_the_nodes_that_run_are_told_with_those_that_did() -> None:
    frames = folded(("nodes", ["plan"]), ("nodes", ["plan", "child", "child:say"]), ("nodes", ["child", "child:say"]))
    assert frames == [("nodes", {"nodes": ["child", "child:say"], "ran": ["plan"]})]


def test_what_comes_later_tells_no_node_again_that_ran() -> None:
    frames = ReplyFrames()
    for event in (("nodes", ["plan"]), ("nodes", ["write"])):
        frames.fold(StreamEvent(1, *_encoded(event)))
    assert list(frames.take()) == [("nodes", {"nodes": ["write"], "ran": ["plan"]})]
    frames.fold(StreamEvent(2, *_encoded(("nodes", ["write", "check"]))))
    assert list(frames.take()) == [("nodes", {"nodes": ["write", "check"], "ran": []})]
