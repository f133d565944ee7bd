"""Answers held against what they must satisfy."""

import time
from typing import Any

import pytest

from assistants_app.domain.cases.answers import Answer, answer_in
from assistants_app.domain.cases.checking import Outcome, Verdict, check_answer, overall, told
from assistants_app.domain.cases.checks import MOST_CHECKS, Check, CheckKind, read_checks
from assistants_app.domain.cases.errors import InvalidCase


def said(*messages: dict[str, Any]) -> Answer:
    return answer_in({"messages": [{"type": "human", "content": "When?"}, *messages]})


def verdict(check: dict[str, Any], answer: Answer | str) -> Outcome:
    (read,) = read_checks([check])
    return check_answer(read, said({"type": "ai", "content": answer}) if isinstance(answer, str) else answer)


SEARCHED = {"type": "ai", "content": "", "tool_calls": [{"id": "1", "name": "search", "args": {"q": "tea", "n": 3}}]}
OBJECT = {"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}}


def test_it_works() -> None:
    assert verdict({"kind": "contains", "text": "two weeks"}, "It takes Two Weeks.").verdict is Verdict.PASSED
    assert verdict({"kind": "contains", "text": "two weeks"}, "It takes long.").verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("check", "passes", "fails"),
    [
        ({"kind": "matches", "pattern": r"[A-Z]{2}-\d+"}, "Order AB-12 is here", "Order ab-12"),
        ({"kind": "matches", "pattern": "^über"}, "über alles", "Nicht über"),
        ({"kind": "equals", "text": "42"}, " 42\n", "about 42"),
        ({"kind": "equals", "text": '{"b": 1, "a": [2]}'}, '```json\n{"a": [2], "b": 1}\n```', '{"a": [2], "b": 1.5}'),
        ({"kind": "json_shape", "schema": OBJECT}, '{"total": 3}', '{"total": "3"}'),
        ({"kind": "json_shape", "schema": OBJECT}, '{"total": 3}', "three"),
        ({"kind": "contains", "text": "sorry", "not": True}, "With pleasure.", "I am sorry."),
    ],
)
def test_texts(check: dict[str, Any], passes: str, fails: str) -> None:
    assert verdict(check, passes).verdict is Verdict.PASSED
    outcome = verdict(check, fails)
    assert outcome.verdict is Verdict.FAILED
    assert told(outcome.as_json)


@pytest.mark.parametrize(
    ("check", "wanted", "why"),
    [
        ({"name": "search"}, Verdict.PASSED, ""),
        ({"name": "search", "arguments": {"q": "tea"}}, Verdict.PASSED, ""),
        (
            {"name": "search", "arguments": {"q": "milk"}},
            Verdict.FAILED,
            'Called with other arguments: {"q": "tea", "n": 3}',
        ),
        ({"name": "buy"}, Verdict.FAILED, "Called instead: search"),
        ({"name": "search", "not": True}, Verdict.FAILED, "It does, and must not."),
    ],
)
def test_tools(check: dict[str, Any], wanted: Verdict, why: str) -> None:
    answer = said(SEARCHED, {"type": "tool", "tool_call_id": "1", "content": "…"}, {"type": "ai", "content": "Tea."})

    outcome = verdict({"kind": "tool_called", **check}, answer)

    assert (outcome.verdict, told(outcome.as_json)) == (wanted, why)


def test_only_the_last_turn_counts() -> None:
    answer = answer_in({"messages": [{"type": "human", "content": "a"}, SEARCHED, {"type": "human", "content": "b"}]})

    assert answer == Answer("", answer.value, ())
    assert told(verdict({"kind": "tool_called", "name": "search"}, answer).as_json) == "No tool was called."


def test_a_graph_without_messages_answers_with_its_output() -> None:
    one = answer_in({"topic": "tea", "text": "Green tea"}, outputs=["text"])
    several = answer_in({"total": 3, "ok": True})

    assert one.text == "Green tea"
    assert verdict({"kind": "json_shape", "schema": OBJECT}, several).verdict is Verdict.PASSED
    assert verdict({"kind": "equals", "text": '{"ok": true, "total": 3}'}, several).verdict is Verdict.PASSED


@pytest.mark.parametrize("junk", [None, [], "text", {"messages": None}, {"messages": [3, None, {}]}, {}])
def test_whatever_a_thread_holds_is_read(junk: Any) -> None:
    assert verdict({"kind": "contains", "text": "zebra"}, answer_in(junk)).verdict is Verdict.FAILED


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*x", "(a?){500}b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    """With Python's own engine the first of these goes on for longer than the universe is old."""
    began = time.monotonic()

    outcome = verdict({"kind": "matches", "pattern": pattern}, "a" * 20_000 + "!")

    assert outcome.verdict is Verdict.FAILED
    assert time.monotonic() - began < 5


def test_a_shape_whose_pattern_takes_long_is_not_judged() -> None:
    shape = {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}

    outcome = verdict({"kind": "json_shape", "schema": shape}, '{"a": "' + "a" * 50_000 + '!"}')

    assert outcome.verdict is Verdict.UNJUDGED
    assert "takes too long" in told(outcome.as_json)


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        ([], "one check at least"),
        ("contains", "one check at least"),
        ([{"kind": "contains", "text": "a"}] * (MOST_CHECKS + 1), "at most"),
        (["contains"], "is an object"),
        ([{"kind": "guess"}], "is one of: contains"),
        ([{"kind": "contains", "text": " "}], "must contain"),
        ([{"kind": "contains", "text": 3}], "is a text"),
        ([{"kind": "contains", "text": "a", "not": "no"}], "true or false"),
        ([{"kind": "contains", "text": "a", "pattern": "b"}], "knows no pattern"),
        ([{"kind": "contains", "text": "a\x00"}], "NUL"),
        ([{"kind": "matches", "pattern": "(a"}], "missing )"),
        ([{"kind": "matches", "pattern": r"(a)\1"}], "invalid escape"),
        ([{"kind": "matches", "pattern": "(?=a)"}], "cannot be read"),
        ([{"kind": "matches", "pattern": "((a{100}){100}){100}"}], "cannot be read"),
        ([{"kind": "matches", "pattern": "a" * 1_001}], "longer than"),
        ([{"kind": "json_shape"}], "JSON Schema"),
        ([{"kind": "json_shape", "schema": {"type": 3}}], "no JSON Schema"),
        ([{"kind": "json_shape", "schema": {"items": [{"$ref": "https://example.org/a.json"}]}}], "only references"),
        ([{"kind": "json_shape", "schema": {"$ref": "file:///etc/passwd"}}], "file:///etc/passwd"),
        ([{"kind": "tool_called", "name": "a", "arguments": [1]}], "are an object"),
    ],
)
def test_checks_that_make_no_sense_are_refused(checks: Any, why: str) -> None:
    with pytest.raises(InvalidCase) as refused:
        read_checks(checks)

    assert why in refused.value.message
    assert all(error.pointer.startswith("/checks") for error in refused.value.errors)


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"$ref": "#/$defs/gone"}, {"items": {"$ref": "#"}}])
def test_a_schema_that_leads_nowhere_judges_nothing_or_passes(schema: dict[str, Any]) -> None:
    assert verdict({"kind": "json_shape", "schema": schema}, "[[1]]").verdict in (Verdict.UNJUDGED, Verdict.PASSED)


def test_checks_are_told_as_they_were_read() -> None:
    told_again = [
        {"kind": "matches", "pattern": "a", "not": True},
        {"kind": "tool_called", "name": "search", "arguments": {"q": 1}},
        {"kind": "json_shape", "schema": {"type": "object"}},
    ]

    assert [check.as_json for check in read_checks(told_again)] == told_again
    assert read_checks([{"kind": "judged", "criterion": "Kind"}]) == [Check(CheckKind.JUDGED, "Kind")]


def test_the_worst_decides() -> None:
    passed, failed, unjudged = (Outcome(one) for one in Verdict)

    assert overall([passed, unjudged]) is Verdict.UNJUDGED
    assert overall([unjudged, failed, passed]) is Verdict.FAILED
    assert overall([passed]) is Verdict.PASSED


@pytest.mark.parametrize("kept", [{}, {"said": "%(gone)s"}, {"said": "100 %", "values": {}}, {"said": 3, "values": 4}])
def test_outcomes_of_other_versions_are_shown(kept: dict[str, Any]) -> None:
    assert isinstance(told(kept), str)
