"""How the demonstration model uses tools: by the words of the question, and the names of the tools."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_core.messages import BaseMessage, ToolMessage

from assistants_app.examples.demonstration_text import NOTICE, last_of, read_brief

_GREETINGS = {
    "friendly": "Gladly!",
    "formal": "Thank you for your enquiry.",
    "playful": "Abracadabra!",
    "persuasive": "You came to the right place.",
    "neutral": "Here is what I have.",
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str
    """A JSON object, as models write it."""
    call_id: str


def choose_tools(messages: list[BaseMessage], tools: list[dict[str, Any]]) -> list[ToolCall]:
    """The calls that the last question asks for; none once their results are there.

    A tool is meant when a word of its name that no other tool has occurs in the question ("refund"); when none is,
    the first tool that shares any word ("order"). It is called once for each order number ("A-1001") in its part of
    the question, which ends where another tool is named.
    """
    if not messages or messages[-1].type != "human":
        return []
    question = messages[-1].text
    functions = [tool["function"] for tool in tools]
    names = Counter(word for function in functions for word in function["name"].split("_"))
    places = {function["name"]: _place(function["name"], question, names) for function in functions}
    meant = [function for function in functions if places[function["name"]] >= 0]
    if not meant:
        meant = [function for function in functions if _place(function["name"], question) >= 0][:1]
    calls: list[ToolCall] = []
    for function in meant:
        begin = max(places[function["name"]], 0)
        part = question[begin : min([place for place in places.values() if place > begin], default=None)]
        arguments = _arguments(function, part) or _arguments(function, question)
        calls += [_call(function["name"], each) for each in arguments]
    return calls


def answer_from_results(messages: list[BaseMessage]) -> str:
    """What the tools said since the last question, in the tone of the system prompt; "" when none was called."""
    results: list[str] = []
    for message in reversed(messages):
        if message.type == "human":
            break
        if isinstance(message, ToolMessage):
            results.insert(0, _told(message))
    if not results:
        return ""
    return "\n\n".join([NOTICE, _greeting(messages), *[f"- {result}" for result in results]])


def _told(message: ToolMessage) -> str:
    """A tool's result as a person wants to read it: what the approval's middleware adds is addressed to models."""
    text = message.text
    if text.startswith("User rejected the tool call"):
        return f"Not approved, so not done: {message.name}. {text.partition('with reason: ')[2]}".strip()
    return text.rpartition("Tool response:\n")[2]


def introduce(messages: list[BaseMessage], tools: list[dict[str, Any]]) -> str:
    """Who the model is told to be, and what it could do, when no tool fits the question."""
    lines = [f"- {tool['function']['name']}: {tool['function'].get('description', '')}" for tool in tools]
    purpose = read_brief(last_of(messages, "system")).purpose
    begin = f"My instructions begin: “{purpose}”" if purpose else ""
    return "\n\n".join([NOTICE, f"{_greeting(messages)} {begin}".strip(), "I can use these tools:", "\n".join(lines)])


def _greeting(messages: list[BaseMessage]) -> str:
    return _GREETINGS[read_brief(last_of(messages, "system")).tone]


def _place(name: str, question: str, names: Counter[str] | None = None) -> int:
    """Where a word of a tool's name is said in any of its forms, or -1; with `names`, a word that is only its own."""
    words = [word[:5] for word in name.split("_") if len(word) > 2 and (names is None or names[word] == 1)]
    found = [match.start() for word in words if (match := re.search(rf"\b{re.escape(word)}", question, re.IGNORECASE))]
    return min(found, default=-1)


def _call(name: str, arguments: dict[str, Any]) -> ToolCall:
    return ToolCall(name, json.dumps(arguments), f"call_{uuid4().hex[:24]}")


def _arguments(tool: dict[str, Any], question: str) -> list[dict[str, Any]]:
    """One set of arguments for each order number, or none when a needed one cannot be read in the question."""
    parameters = tool.get("parameters", {})
    properties, required = parameters.get("properties", {}), set(parameters.get("required", []))
    orders = list(dict.fromkeys(re.findall(r"\b[A-Z]-\d+\b", question))) if "order_number" in properties else [None]
    amounts = re.findall(r"\b\d+(?:\.\d+)?\b", re.sub(r"\b[A-Z]-\d+\b", "", question))
    found = []
    for order in orders:
        known = {"order_number": order, "amount": float(amounts[0]) if amounts else None}
        known |= {"question": question, "query": question, "reason": question}
        arguments = {name: known[name] for name in properties if known.get(name) is not None}
        if required <= arguments.keys():
            found.append(arguments)
    return found
