"""The classic: one graph, many assistants. A blog writer and a tweet writer differ in their settings alone."""

from typing import Annotated, Any, Literal

from langchain_core.messages import AnyMessage, SystemMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.runtime import Runtime
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from assistants_app.examples.chat_models import chat_model

PROMPT = """You are a writer who explains things so that everybody understands them.

Stay with the subject. Prefer short sentences and concrete examples."""


class Shape(BaseModel):
    """How the text is laid out."""

    headings: bool = Field(default=True, description="Begin with a heading.")
    closing: str | None = Field(default=None, description="A last line, such as a call to action.")


class WriterSettings(BaseModel):
    """What a writer can be told."""

    system_prompt: str = Field(
        default=PROMPT,
        title="System prompt",
        description="Who the writer is, and how it works.",
        json_schema_extra={"langgraph_type": "prompt", "langgraph_nodes": ["brief"]},
    )
    tone: Literal["neutral", "friendly", "formal", "playful", "persuasive"] = Field(
        default="neutral",
        title="Tone",
        description="How the text should sound.",
        json_schema_extra={"langgraph_nodes": ["brief"]},
    )
    audience: str | None = Field(
        default=None,
        title="Audience",
        description="Who will read it. Empty: everybody.",
        json_schema_extra={"langgraph_nodes": ["brief"], "x_oap_ui_config": {"placeholder": "busy founders"}},
    )
    max_words: int = Field(
        default=120,
        ge=10,
        le=1000,
        title="Maximum length",
        description="In words.",
        json_schema_extra={"langgraph_nodes": ["brief"]},
    )
    keywords: list[str] = Field(
        default=[],
        max_length=8,
        title="Keywords",
        description="Words that the text must contain.",
        json_schema_extra={"langgraph_nodes": ["brief"]},
    )
    emoji: bool = Field(
        default=False, title="Emoji", description="Allow emoji.", json_schema_extra={"langgraph_nodes": ["brief"]}
    )
    shape: Shape = Field(
        default=Shape(),
        title="Shape",
        description="How the text is laid out.",
        json_schema_extra={"langgraph_nodes": ["brief"]},
    )
    model: str = Field(
        default="demo",
        title="Model",
        description="“demo” works offline and only shows what the settings do. Others: provider:model.",
        examples=["demo"],
        json_schema_extra={"langgraph_nodes": ["write"]},
    )
    temperature: float | None = Field(
        default=0.7,
        ge=0,
        le=1,
        title="Temperature",
        description="0 repeats itself, 1 varies most. Null: the model decides.",
        json_schema_extra={
            "langgraph_nodes": ["write"],
            "x_oap_ui_config": {"type": "slider", "min": 0, "max": 1, "step": 0.1},
        },
    )


class Conversation(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


class State(Conversation):
    brief: str


def brief(state: State, runtime: Runtime[WriterSettings]) -> dict[str, Any]:
    """Put the settings into words that a model understands."""
    settings = runtime.context or WriterSettings()
    lines = [
        f"Tone: {settings.tone}",
        f"Length: at most {settings.max_words} words",
        f"Emoji: {'yes' if settings.emoji else 'no'}",
        f"Headings: {'yes' if settings.shape.headings else 'no'}",
    ]
    if settings.audience:
        lines.append(f"Audience: {settings.audience}")
    if settings.keywords:
        lines.append(f"Keywords: {', '.join(settings.keywords)}")
    if settings.shape.closing:
        lines.append(f"Closing: {settings.shape.closing}")
    return {"brief": "\n".join([settings.system_prompt, "", *lines])}


async def write(state: State, runtime: Runtime[WriterSettings]) -> dict[str, Any]:
    settings = runtime.context or WriterSettings()
    model = chat_model(settings.model, temperature=settings.temperature)
    return {"messages": [await model.ainvoke([SystemMessage(state["brief"]), *state["messages"]])]}


graph = (
    StateGraph(State, context_schema=WriterSettings, input_schema=Conversation, output_schema=Conversation)
    .add_node("brief", brief)
    .add_node("write", write)
    .add_edge(START, "brief")
    .add_edge("brief", "write")
    .add_edge("write", END)
    .compile(name="writer")
)
