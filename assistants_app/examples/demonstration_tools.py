"""How the demonstration model uses tools: by the words of the question, and the names of the tools."""

import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_core.messages import BaseMessage, ToolMessage

from assistants_app.examples.demonstration_text import NOTICE


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str
    """A JSON object, as models write it."""
    call_id: str


def choose_tools(messages: list[BaseMessage], tools: list[dict[str, Any]]) -> list[ToolCall]:
    """The calls that the last question asks for; none once their results are there.

    A tool is meant when a word of its name occurs in the question. It is called once for each order number
    ("A-1001") in the question when it takes one.
    """
    if not messages or messages[-1].type != "human":
        return []
    question = messages[-1].text
    said = set(re.findall(r"[a-z]+", question.lower()))
    calls: list[ToolCall] = []
    for tool in (tool["function"] for tool in tools):
        if said & _triggers(tool["name"]):
            calls += [_call(tool["name"], arguments) for arguments in _arguments(tool, question)]
    return calls


def answer_from_results(messages: list[BaseMessage]) -> str:
    """What the tools said since the last question; "" when none was called."""
    results: list[str] = []
    for message in reversed(messages):
        if message.type == "human":
            break
        if isinstance(message, ToolMessage):
            results.insert(0, message.text)
    return "\n\n".join([NOTICE, *[f"- {result}" for result in results]]) if results else ""


def _triggers(name: str) -> set[str]:
    words = set(name.lower().split("_"))
    return words | {word + "s" for word in words} | {word + "ed" for word in words}


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
