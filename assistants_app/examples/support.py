"""A support agent for a small shop: it looks things up by itself, and asks a human before money moves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentState,
    HumanInTheLoopMiddleware,
    InterruptOnConfig,
    ModelRequest,
    ModelResponse,
    ToolCallRequest,
    wrap_model_call,
)
from langchain_core.messages import SystemMessage, ToolCall
from langchain_core.tools import tool
from langgraph.prebuilt import ToolRuntime
from langgraph.runtime import Runtime

from assistants_app.examples.chat_models import chat_model

PROMPT = """You are the support agent of {shop}. Be brief, warm and exact.

Look an order up before you speak about it. Never promise what the shop's policies do not say.

Tone: friendly
Length: at most 60 words"""

ORDERS = {
    "A-1001": {"item": "Espresso machine", "paid": 189.00, "status": "delivered on 2 March"},
    "A-1002": {"item": "Milk jug", "paid": 24.50, "status": "on its way, expected tomorrow"},
    "A-1003": {"item": "Coffee beans, 1 kg", "paid": 31.90, "status": "waiting for payment"},
}

POLICIES = {
    "returns": "Unused goods can be returned within 30 days.",
    "shipping": "Orders leave within one working day; delivery is free above 50 euros.",
    "warranty": "Machines are under warranty for two years.",
}

ToolName = Literal["look_up_order", "find_policy", "refund_order"]


@dataclass(kw_only=True)
class SupportSettings:
    """What the support agent can be told."""

    system_prompt: str = field(
        default=PROMPT,
        metadata={
            "description": "Who the agent is. {shop} stands for the shop's name.",
            "json_schema_extra": {"langgraph_type": "prompt", "langgraph_nodes": ["model"]},
        },
    )
    shop: str = field(
        default="The Corner Roastery",
        metadata={"description": "The shop's name.", "json_schema_extra": {"langgraph_nodes": ["model"]}},
    )
    model: str = field(
        default="demo",
        metadata={
            "description": "“demo” works offline and only shows what the settings do. Others: provider:model.",
            "json_schema_extra": {"langgraph_nodes": ["model"], "examples": ["demo"]},
        },
    )
    tools: list[ToolName] = field(
        default_factory=lambda: ["look_up_order", "find_policy", "refund_order"],
        metadata={
            "description": "What the agent may use. By default everything.",
            "json_schema_extra": {"title": "Tools", "langgraph_nodes": ["model", "tools"]},
        },
    )
    refund_without_approval: float = field(
        default=0,
        metadata={
            "description": "Refunds up to this amount, in euros, need no approval.",
            "json_schema_extra": {
                "title": "Refunds without approval",
                "langgraph_nodes": ["tools"],
                "x_oap_ui_config": {"type": "slider", "min": 0, "max": 200, "step": 5},
            },
        },
    )
    policies: dict[str, str] = field(
        default_factory=lambda: dict(POLICIES),
        metadata={
            "description": "What the agent may promise, by subject.",
            "json_schema_extra": {"title": "Policies", "langgraph_nodes": ["tools"]},
        },
    )


@tool
def look_up_order(order_number: str) -> str:
    """Look up what was ordered, what was paid, and where the order is. Numbers look like A-1001."""
    order = ORDERS.get(order_number)
    if order is None:
        return f"There is no order {order_number}. Known are {', '.join(ORDERS)}."
    return f"Order {order_number}: {order['item']}, {order['paid']:.2f} euros, {order['status']}."


@tool
def find_policy(question: str, runtime: ToolRuntime[SupportSettings]) -> str:
    """Find the shop's policies on a subject."""
    policies = (runtime.context or SupportSettings()).policies
    found = [f"{subject}: {text}" for subject, text in policies.items() if subject.rstrip("s") in question.lower()]
    return " ".join(found) or f"There are policies on {', '.join(policies) or 'nothing'}."


@tool
def refund_order(order_number: str, amount: float | None = None) -> str:
    """Give money back for an order, in euros; the whole price when no amount is given."""
    order = ORDERS.get(order_number)
    if order is None:
        return f"There is no order {order_number}, so nothing was refunded."
    return (
        f"Refunded {_refunded(order_number, amount):.2f} euros for order {order_number}. (An example: no money moved.)"
    )


def _refunded(order_number: str, amount: float | None) -> float:
    paid = float(str(ORDERS.get(order_number, {}).get("paid", 0)))
    return paid if amount is None else min(amount, paid)


@wrap_model_call
async def follow_settings(
    request: ModelRequest[SupportSettings],
    handler: Callable[[ModelRequest[SupportSettings]], Awaitable[ModelResponse[Any]]],
) -> ModelResponse[Any]:
    """Let the settings choose the model, its instructions and its tools."""
    settings = request.runtime.context or SupportSettings()
    chosen = [tool for tool in request.tools if getattr(tool, "name", "") in settings.tools]
    prompt = SystemMessage(settings.system_prompt.replace("{shop}", settings.shop))
    return await handler(request.override(model=chat_model(settings.model), system_message=prompt, tools=chosen))


def needs_approval(request: ToolCallRequest) -> bool:
    settings = request.runtime.context or SupportSettings()
    arguments = request.tool_call["args"]
    amount = _refunded(str(arguments.get("order_number")), arguments.get("amount"))
    return bool(amount > settings.refund_without_approval)


def describe(tool_call: ToolCall, state: AgentState[Any], runtime: Runtime[Any]) -> str:
    number, amount = tool_call["args"].get("order_number", "?"), tool_call["args"].get("amount")
    return f"Refund {_refunded(number, amount):.2f} euros for order {number}?"


graph = create_agent(
    chat_model("demo"),
    [look_up_order, find_policy, refund_order],
    middleware=[
        follow_settings,
        HumanInTheLoopMiddleware(
            interrupt_on={
                "refund_order": InterruptOnConfig(
                    allowed_decisions=["approve", "edit", "reject"], description=describe, when=needs_approval
                )
            }
        ),
    ],
    context_schema=SupportSettings,
    name="support",
)
