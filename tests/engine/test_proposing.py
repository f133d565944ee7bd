"""Asking a model for a proposal: bounded in time, and an imitation that shows the way with the bundled writer."""

import asyncio
from typing import Any

import pytest
from pytest_django.fixtures import Settings as SiteSettings

from assistants_app.domain.form_spec import read_schema
from assistants_app.domain.json_values import ABSENT, Json
from assistants_app.domain.proposals.asking import Question
from assistants_app.domain.proposals.wanted import NoProposal
from assistants_app.engine.asking import chosen_models, proposing
from assistants_app.engine.asking.imitated_proposals import imitated
from assistants_app.engine.asking.proposing import proposed
from assistants_app.examples.writer import WriterSettings

SPEC = read_schema(WriterSettings.model_json_schema())


def asked(sentence: str) -> Question:
    return Question(SPEC, {"tone": "playful", "keywords": ["wax"]}, frozenset({"/temperature"}), sentence)


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("Make it shorter and more formal", {"/max_words": 60, "/tone": "formal"}),
        ("länger und freundlicher", {"/max_words": 240, "/tone": "friendly"}),
        ("Use the model openai:gpt-5-mini.", {"/model": "openai:gpt-5-mini"}),
        ("Set maximum length to 80 and use emoji", {"/max_words": 80, "/emoji": True}),
        ("Reset tone", {"/tone": ABSENT}),
        ("Mention honey", {"/keywords": ["wax", "honey"]}),
        ("Write for busy founders", {"/audience": "busy founders"}),
        ("Set temperature to 0.2", {}),  # closed to who asks
        ("Make yourself live", {}),
    ],
)
def test_it_works(sentence: str, changes: dict[str, Json]) -> None:
    reply = imitated(asked(sentence))

    assert {one.pointer: one.value for one in reply.changes} == changes
    assert "imitation" in reply.said


def test_a_model_that_hangs_is_given_up(settings: SiteSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging:
        async def ainvoke(self, _told: Any) -> Any:
            await asyncio.sleep(60)

    settings.PROPOSAL_MODEL = "fake:hanging"
    monkeypatch.setattr(chosen_models, "_model", lambda _name: Hanging())
    monkeypatch.setattr(proposing, "PROPOSAL_SECONDS", 0.05)

    with pytest.raises(NoProposal, match=r"did not answer within 0\.05 seconds"):
        asyncio.run(proposed(asked("Shorter")))


def test_without_a_model_nothing_is_asked(settings: SiteSettings) -> None:
    settings.PROPOSAL_MODEL = " "
    with pytest.raises(NoProposal, match="an operator chooses one"):
        asyncio.run(proposed(asked("Shorter")))
