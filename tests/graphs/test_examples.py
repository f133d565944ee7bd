"""The bundled examples: they run offline, and settings show in their answers."""

import asyncio
import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, Interrupt

from assistants_app.examples.chat_models import ModelNotReady, chat_model
from assistants_app.examples.demonstration import DELAY, DemonstrationModel
from assistants_app.examples.demonstration_text import NOTICE
from assistants_app.graphs.catalog import Catalog
from assistants_app.graphs.config_file import BUNDLED

catalog = Catalog(BUNDLED)


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DELAY, "0")


class Talk:
    """One thread with one graph."""

    def __init__(self, graph_id: str, **settings: Any) -> None:
        self.graph_id, self.settings = graph_id, settings
        self.saver = InMemorySaver()

    def _run(self, given: Any) -> dict[str, Any]:
        async def run() -> dict[str, Any]:
            async with catalog.open_graph(self.graph_id) as graph:
                own = graph.copy(update={"checkpointer": self.saver})
                config = {"configurable": {"thread_id": "1"}}
                state: dict[str, Any] = await own.ainvoke(given, config, context=self.settings)
                return state

        return asyncio.run(run())

    def say(self, text: str) -> dict[str, Any]:
        return self._run({"messages": [("user", text)]})

    def decide(self, *decisions: dict[str, Any]) -> dict[str, Any]:
        return self._run(Command(resume={"decisions": list(decisions)}))


def text_of(state: dict[str, Any]) -> str:
    return str(state["messages"][-1].text)


def written(**settings: Any) -> str:
    """What the writer writes about bees, without the notice."""
    text = text_of(Talk("writer", **settings).say("Write about bees, please"))
    assert text.startswith(NOTICE)
    return text.removeprefix(NOTICE).strip()


def test_it_works() -> None:
    assert catalog.problem is None
    assert [(entry.graph_id, entry.available, entry.error) for entry in catalog.entries()] == [
        ("writer", True, None),
        ("support", True, None),
    ]
    for entry in catalog.entries():
        assert entry.demonstration
        assert entry.takes_messages
        assert entry.description
        assert entry.settings_schema
        assert entry.notes == ()


def test_the_writer_without_settings() -> None:
    text = written()
    assert text.startswith("## Bees")
    assert "“You are a writer who explains things so that everybody understands them.”" in text


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"tone": "playful"}, "Hold on to your hat: this one is about bees!"),
        ({"tone": "formal"}, "The following remarks concern bees."),
        ({"audience": "beekeepers"}, "This is for beekeepers."),
        ({"keywords": ["honey", "wax"]}, "A word on wax"),
        ({"emoji": True}, "✨"),
        ({"shape": {"closing": "Come and see!"}}, "Come and see!"),
        ({"system_prompt": "You are a poet. Be short."}, "“You are a poet.”"),
    ],
)
def test_a_setting_shows(settings: dict[str, Any], shown: str) -> None:
    assert shown in written(**settings)
    assert shown not in written()


def test_the_length_is_kept() -> None:
    lengths = [len(written(max_words=words, shape={"headings": False}).split()) for words in (10, 40, 300)]
    assert lengths[0] <= 11  # an ellipsis may end it
    assert 20 < lengths[1] <= 40
    assert 250 < lengths[2] <= 300


def test_no_heading() -> None:
    assert "##" not in written(shape={"headings": False})


def test_the_temperature_varies_the_answer_and_repeats_it() -> None:
    assert written(temperature=0) == written(temperature=0)
    assert written(temperature=1) == written(temperature=1)
    assert written(temperature=0) != written(temperature=1) or written(temperature=0) != written(temperature=0.5)


def test_the_seeds_fit_their_schemas() -> None:
    from jsonschema import Draft202012Validator

    seeds = json.loads((BUNDLED.parent / "assistants.json").read_text())
    assert [seed["name"] for seed in seeds] == ["Blog writer", "Tweet writer"]
    for seed in seeds:
        schema = catalog.get(seed["graph_id"]).settings_schema
        assert schema is not None
        assert seed["settings"].keys() <= schema["properties"].keys()
        Draft202012Validator(schema).validate(seed["settings"])
    blog, tweet = (written(**seed["settings"]) for seed in seeds)
    assert len(blog.split()) > 3 * len(tweet.split())


def test_the_agent_looks_an_order_up() -> None:
    state = Talk("support").say("Where is my order A-1001?")
    assert "Espresso machine" in text_of(state)
    kinds = [message.type for message in state["messages"]]
    assert kinds == ["human", "ai", "tool", "ai"]


def test_several_tool_calls_at_once() -> None:
    state = Talk("support").say("Look up A-1001 and A-1002")
    calls = state["messages"][1].tool_calls
    assert [call["args"] for call in calls] == [{"order_number": "A-1001"}, {"order_number": "A-1002"}]
    assert len({call["id"] for call in calls}) == 2
    assert "Milk jug" in text_of(state)


def test_each_tool_gets_its_own_part_of_the_question() -> None:
    state = Talk("support").say("Please look up A-1001, refund A-1002 by 5 euros, and find the policy on returns")
    calls = {call["name"]: call["args"] for call in state["messages"][1].tool_calls}
    assert calls["look_up_order"] == {"order_number": "A-1001"}
    assert calls["refund_order"] == {"order_number": "A-1002", "amount": 5.0}
    assert "returns" in calls["find_policy"]["question"]
    assert len(waiting(state)["action_requests"]) == 1


def waiting(state: dict[str, Any]) -> dict[str, Any]:
    (interrupt,) = state["__interrupt__"]
    assert isinstance(interrupt, Interrupt)
    value: dict[str, Any] = interrupt.value
    return value


def test_a_refund_waits_for_a_human() -> None:
    talk = Talk("support")
    value = waiting(talk.say(catalog.get("support").first_messages[0]))
    (request,) = value["action_requests"]
    assert request["name"] == "refund_order"
    assert request["description"] == "Refund 24.50 euros for order A-1002?"
    assert value["review_configs"][0]["allowed_decisions"] == ["approve", "edit", "reject"]
    assert "Refunded 24.50 euros for order A-1002." in text_of(talk.decide({"type": "approve"}))


def test_a_refund_that_is_rejected() -> None:
    talk = Talk("support")
    waiting(talk.say("Refund A-1001"))
    state = talk.decide({"type": "reject", "message": "Not without a receipt."})
    assert "Not approved, so not done: refund_order. Not without a receipt." in text_of(state)
    assert "Refunded" not in text_of(state)


def test_a_refund_that_is_edited() -> None:
    talk = Talk("support")
    waiting(talk.say("Refund A-1001"))
    edited = {"name": "refund_order", "args": {"order_number": "A-1001", "amount": 5}}
    said = text_of(talk.decide({"type": "edit", "edited_action": edited}))
    assert "- Refunded 5.00 euros" in said
    assert "reviewer" not in said, "what the middleware tells the model"


def test_two_refunds_at_once() -> None:
    talk = Talk("support")
    value = waiting(talk.say("Refund A-1001 and A-1002, 20 euros each"))
    assert [request["args"]["amount"] for request in value["action_requests"]] == [20.0, 20.0]
    state = talk.decide({"type": "approve"}, {"type": "reject"})
    assert "Refunded 20.00 euros for order A-1001" in text_of(state)
    assert "A-1002." not in text_of(state)
    assert "call_" not in text_of(state)


def test_small_refunds_need_no_approval_when_the_settings_say_so() -> None:
    state = Talk("support", refund_without_approval=25).say("Refund A-1002")
    assert "__interrupt__" not in state
    assert "Refunded 24.50" in text_of(state)
    assert "__interrupt__" in Talk("support", refund_without_approval=24).say("Refund A-1002")


def test_tools_that_are_switched_off() -> None:
    state = Talk("support", tools=["find_policy"]).say("Refund A-1002")
    assert "__interrupt__" not in state
    assert "find_policy" in text_of(state)
    assert "refund_order" not in text_of(state)


def test_policies_are_a_setting() -> None:
    state = Talk("support", policies={"parking": "Free for an hour."}).say("What is your policy on parking?")
    assert "Free for an hour." in text_of(state)


def test_the_prompt_names_the_shop() -> None:
    assert "You are the support agent of Bean There." in text_of(Talk("support", shop="Bean There").say("Good morning"))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistants_app.examples.chat_models.find_spec", lambda name: None)
    with pytest.raises(ModelNotReady, match="pip install langchain-anthropic"):
        chat_model("anthropic:claude-sonnet-4-5")


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistants_app.examples.chat_models.find_spec", lambda name: object())
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelNotReady, match="OPENAI_API_KEY"):
        chat_model("openai:gpt-5-mini")


@pytest.mark.parametrize("name", ["nobody:knows", "hal-9000", "a:b:c"])
def test_a_name_that_nobody_knows(name: str) -> None:
    with pytest.raises(ModelNotReady, match=name):
        chat_model(name, temperature=0.5)


def test_an_answer_streams_word_by_word() -> None:
    async def words() -> list[str]:
        return [chunk.text async for chunk in DemonstrationModel().astream([HumanMessage("about bees")])]

    found = asyncio.run(words())
    assert len(found) > 20
    assert "".join(found) == DemonstrationModel().invoke([HumanMessage("about bees")]).text


def test_the_usage_is_counted() -> None:
    answer = DemonstrationModel().invoke([SystemMessage("Be brief."), HumanMessage("about bees")])
    assert isinstance(answer, AIMessage)
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["input_tokens"] == 4
    assert answer.usage_metadata["output_tokens"] == len(answer.text.split())


def test_tools_are_not_called_again_for_their_results() -> None:
    @tool
    def look_up(query: str) -> str:
        """Looks something up."""
        return "found"

    model = DemonstrationModel().bind_tools([look_up])
    asked = [HumanMessage("Please look up the weather")]
    called = model.invoke(asked)
    (call,) = called.tool_calls
    assert call["args"] == {"query": "look up the weather"}
    done = model.invoke([*asked, called, ToolMessage("It is sunny.", tool_call_id=call["id"])])
    assert not done.tool_calls
    assert "It is sunny." in done.text


def test_an_empty_conversation_is_answered() -> None:
    assert "nothing in particular" in DemonstrationModel().invoke("").text


@pytest.mark.parametrize(("number", "tool"), [(1, "look_up_order"), (2, "find_policy")])
def test_the_first_messages_use_its_tools(number: int, tool: str) -> None:
    state = Talk("support").say(catalog.get("support").first_messages[number])
    assert [call["name"] for message in state["messages"] for call in getattr(message, "tool_calls", ())] == [tool]
