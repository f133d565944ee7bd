"""What a graph asks a human, and the value that resumes it."""

import pytest
from hypothesis import given

from assistants_app.domain.interrupts import (
    Answer,
    Decision,
    QuestionKind,
    decided,
    read_interrupt,
    read_interrupts,
    resume_command,
    schema_of_values,
)
from assistants_app.domain.json_values import Json
from tests.domain.test_messages import json_values

ID = "2dbd611e4167d7dfa0f1dc0ae5f7828f"
BATCH = {
    "action_requests": [
        {"name": "send_email", "args": {"to": "ann@example.org", "copies": 2}, "description": "Send it?"},
        {"name": "delete_file", "args": {"path": "/a"}},
    ],
    "review_configs": [
        {"action_name": "delete_file", "allowed_decisions": ["reject", "approve"]},
        {"action_name": "send_email", "allowed_decisions": ["approve", "edit", "reject", "respond"]},
    ],
}
OLDER = {
    "action_request": {"action": "Send", "args": {"text": "Hi"}},
    "config": {"allow_ignore": True, "allow_respond": True, "allow_edit": True, "allow_accept": True},
    "description": "Look at it first",
}
CALL = {"type": "tool_approval", "tool_call_id": "c1", "name": "send", "args": {"to": "ann"}, "description": "Send?"}
CALL_SCHEMA = {
    "$defs": {
        "ApproveDecision": {"type": "object", "properties": {"type": {"const": "approve"}}},
        "EditDecision": {
            "type": "object",
            "properties": {"type": {"const": "edit"}, "edited_action": {"$ref": "#/$defs/EditedAction"}},
        },
        "EditedAction": {"type": "object", "properties": {"name": {"const": "send"}, "args": {"$ref": "#/$defs/send"}}},
        "send": {"type": "object", "properties": {"to": {"type": "string", "format": "email"}}, "required": ["to"]},
    },
    "oneOf": [{"$ref": "#/$defs/ApproveDecision"}, {"$ref": "#/$defs/EditDecision"}],
}


def ask(value: Json, schema: Json = None) -> Json:
    return {"value": value, "id": ID, "response_schema": schema}


def test_it_works() -> None:
    question = read_interrupt(ask(BATCH))
    assert question.kind is QuestionKind.BATCH
    send, delete = question.actions
    assert (send.name, send.description) == ("send_email", "Send it?")
    assert send.decisions == (Decision.APPROVE, Decision.EDIT, Decision.RESPOND, Decision.REJECT)
    assert delete.decisions == (Decision.APPROVE, Decision.REJECT)
    edited = Answer(Decision.EDIT, {"to": "ben@example.org", "copies": 3})
    assert decided(question, [edited, Answer(Decision.REJECT, message="Keep it")]) == {
        "decisions": [
            {"type": "edit", "edited_action": {"name": "send_email", "args": {"to": "ben@example.org", "copies": 3}}},
            {"type": "reject", "message": "Keep it"},
        ]
    }


def test_a_decision_that_is_not_allowed_is_refused() -> None:
    question = read_interrupt(ask(BATCH))
    with pytest.raises(ValueError, match="not allowed for delete_file"):
        decided(question, [Answer(Decision.APPROVE), Answer(Decision.EDIT)])


def test_every_action_needs_its_answer() -> None:
    with pytest.raises(ValueError, match="shorter"):
        decided(read_interrupt(ask(BATCH)), [Answer(Decision.APPROVE)])


@pytest.mark.parametrize("value", [OLDER, [OLDER]])
def test_the_older_kind(value: Json) -> None:
    question = read_interrupt(ask(value))
    assert question.kind is QuestionKind.OLDER
    assert decided(question, [Answer(Decision.APPROVE)]) == [{"type": "accept", "args": None}]
    assert decided(question, [Answer(Decision.IGNORE)]) == [{"type": "ignore", "args": None}]
    assert decided(question, [Answer(Decision.RESPOND, message="Why?")]) == [{"type": "response", "args": "Why?"}]
    assert decided(question, [Answer(Decision.EDIT, {"text": "Ho"})]) == [
        {"type": "edit", "args": {"action": "Send", "args": {"text": "Ho"}}}
    ]


def test_a_call_to_approve() -> None:
    question = read_interrupt(ask(CALL, CALL_SCHEMA))
    (action,) = question.actions
    assert question.kind is QuestionKind.CALL
    assert action.decisions == (Decision.APPROVE, Decision.EDIT)
    assert action.arguments_schema["properties"]["to"]["format"] == "email", "the tool's own schema"
    assert decided(question, [Answer(Decision.APPROVE)]) == {"type": "approve"}


def test_a_call_with_a_single_decision_has_no_union() -> None:
    only = {"type": "object", "properties": {"type": {"const": "approve", "type": "string"}}}
    assert read_interrupt(ask(CALL, only)).actions[0].decisions == (Decision.APPROVE,)


def test_any_other_schema_is_a_form() -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    question = read_interrupt(ask({"question": "Go on?"}, schema))
    assert (question.kind, question.schema) == (QuestionKind.FORM, schema)


@pytest.mark.parametrize("value", ["What is your age?", None, 7, {"draft": "…"}, [], [OLDER, 1]])
def test_anything_else_is_answered_by_json(value: Json) -> None:
    assert read_interrupt(ask(value)).kind is QuestionKind.ANY


def test_the_same_interrupt_of_several_namespaces_is_asked_once() -> None:
    assert len(read_interrupts([ask("a"), ask("a"), {**ask("b"), "id": "0" * 32}])) == 2


def test_answers_are_keyed_by_id() -> None:
    assert resume_command({ID: True, "0" * 32: "x"}) == {"resume": {ID: True, "0" * 32: "x"}}
    assert resume_command({"": "plain"}) == {"resume": "plain"}


def test_arguments_get_a_schema_of_their_types() -> None:
    schema = schema_of_values({"n": 1, "x": 1.0, "on": True, "s": "", "tags": ["a"], "deep": {"a": [1]}, "none": None})
    types = {key: value.get("type") for key, value in schema["properties"].items()}
    assert types == {
        "n": "integer",
        "x": "number",
        "on": "boolean",
        "s": "string",
        "tags": "array",
        "deep": None,
        "none": None,
    }


@given(json_values, json_values)
def test_no_interrupt_is_too_strange(value: Json, schema: Json) -> None:
    assert read_interrupt(ask(value, schema)).value == value
    assert isinstance(read_interrupts([value, schema]), tuple)
