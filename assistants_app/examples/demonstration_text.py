"""The ready sentences of the demonstration model, and how instructions choose among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from random import Random

from langchain_core.messages import BaseMessage

NOTICE = "*Offline demonstration model: it follows your settings, but its sentences are ready-made.*"

_OPENINGS = {
    "friendly": "Let us take a friendly look at {topic}.",
    "formal": "The following remarks concern {topic}.",
    "playful": "Hold on to your hat: this one is about {topic}!",
    "persuasive": "If you do one thing this week, look at {topic}.",
    "neutral": "This is about {topic}.",
}
_SENTENCES = {
    "friendly": (
        "You need no expert to enjoy {topic}: a little curiosity is plenty.",
        "Start small, keep what works, and ask a friend to join you.",
        "Most people who tried {topic} wish that they had begun sooner.",
        "And when it goes wrong, it makes a good story.",
    ),
    "formal": (
        "A careful reading of {topic} begins with its purpose.",
        "Three aspects deserve attention: cost, benefit and responsibility.",
        "The evidence on {topic} should be weighed before a decision is made.",
        "It is advisable to review the outcome at regular intervals.",
    ),
    "playful": (
        "Think of {topic} as a puppy: adorable, noisy, and never quite finished.",
        "Rule one: have fun. Rule two: see rule one.",
        "Somewhere a spreadsheet about {topic} is weeping with joy.",
        "No rubber ducks were harmed while this was written.",
    ),
    "persuasive": (
        "The sooner you begin with {topic}, the sooner it pays you back.",
        "Others are already doing it; you can do it better.",
        "There is little to lose and a great deal to win.",
        "Picture next month, with {topic} already behind you.",
    ),
    "neutral": (
        "There are several ways to look at {topic}.",
        "One is to ask who needs it, and when.",
        "Another is to compare it with what came before.",
        "What matters most about {topic} depends on the reader.",
    ),
}
_MORE = (
    "Begin with what you already know about {topic}, and write it down.",
    "A single example says more than a page of theory.",
    "Ask who gains from it, and who does the work.",
    "The first attempt may be small; what counts is that it is finished.",
    "Two questions help along the way: what is it for, and how will we notice that it works?",
    "Numbers are useful here, as long as somebody can explain them.",
    "People remember a story about {topic} longer than a table.",
    "Compare it with last year, not with a dream.",
    "What looks complicated is often three simple things at once.",
    "Leave room for a second opinion, and for a change of mind.",
    "Good tools save time; good habits save more of it.",
    "Whoever explains {topic} to a child finds the gaps in a minute.",
    "There is no need to do everything today.",
    "Keep a list of what surprised you: it is next month's plan.",
    "A short pause before the next step costs little.",
    "In the end it is what people make of it.",
)
_EMOJI = ("✨", "🚀", "💡", "🎉", "📣")


@dataclass(frozen=True, slots=True)
class Brief:
    """What the model reads out of a system prompt. `purpose` is the prompt's first sentence."""

    purpose: str = ""
    tone: str = "neutral"
    max_words: int | None = None
    audience: str = ""
    keywords: tuple[str, ...] = ()
    emoji: bool = False
    headings: bool = False
    closing: str = ""


def compose(messages: list[BaseMessage], temperature: float) -> str:
    """The answer to the last question, under the notice that this is the demonstration model."""
    asked = last_of(messages, "human")
    brief = read_brief(last_of(messages, "system"))
    topic = _topic(asked)
    order = Random(f"{temperature}{topic}") if temperature else None
    return f"{NOTICE}\n\n{_body(brief, topic, order)}"


def read_brief(prompt: str) -> Brief:
    """Reads "Name: value" lines; what is not there keeps its default."""
    lines = {name.strip().lower(): value.strip() for name, value in re.findall(r"(?m)^([A-Z][a-z]+):[ ]*(.+)$", prompt)}
    length = re.search(r"(\d+)\s+words", lines.get("length", "") or prompt)
    tone = lines.get("tone", "").lower()
    return Brief(
        purpose=re.split(r"(?<=[.!?])\s", prompt.strip(), maxsplit=1)[0][:160] if prompt.strip() else "",
        tone=tone if tone in _OPENINGS else "neutral",
        max_words=int(length[1]) if length else None,
        audience=lines.get("audience", ""),
        keywords=tuple(word.strip() for word in lines.get("keywords", "").split(",") if word.strip()),
        emoji=lines.get("emoji", "").lower() == "yes",
        headings=lines.get("headings", "").lower() == "yes",
        closing=lines.get("closing", ""),
    )


def _body(brief: Brief, topic: str, order: Random | None) -> str:
    limit = brief.max_words or 90
    parts: list[str] = []
    used = len(brief.closing.split())
    for sentence in _sentences(brief, topic, order):
        words = len(sentence.split())
        if parts and used + words > limit:
            break
        parts.append(_cut(sentence, limit))
        used += words
    paragraphs = [" ".join(parts[start : start + 3]) for start in range(0, len(parts), 3)]
    if brief.closing and used <= limit:
        paragraphs.append(brief.closing)
    if brief.headings:
        paragraphs.insert(0, f"## {topic[:1].upper()}{topic[1:]}")
    return "\n\n".join(paragraphs)


def _sentences(brief: Brief, topic: str, order: Random | None) -> Iterator[str]:
    """Goes on for ever: the length ends it."""
    marks = cycle(_EMOJI)
    ready = [*_SENTENCES[brief.tone], *_MORE]
    if order:
        order.shuffle(ready)
    said = [_OPENINGS[brief.tone], *([f"This is for {brief.audience}."] if brief.audience else [])]
    said += [f"A word on {keyword}: it belongs to {{topic}}." for keyword in brief.keywords]
    said += [f"My instructions begin: “{brief.purpose}”"] if brief.purpose else []
    for number, sentence in enumerate(_then_for_ever(said, ready)):
        text = sentence.replace("{topic}", topic)
        yield f"{text} {next(marks)}" if brief.emoji and number % 2 == 0 else text


def _then_for_ever(first: list[str], then: list[str]) -> Iterator[str]:
    yield from first
    yield from cycle(then)


def _cut(sentence: str, limit: int) -> str:
    words = sentence.split()
    return sentence if len(words) <= limit else " ".join(words[:limit]) + "…"


def _topic(asked: str) -> str:
    """The subject of a request: "Write a post about bees, please!" is about "bees"."""
    line = re.sub(r",? please$", "", " ".join(asked.split()).strip(" .!?"), flags=re.IGNORECASE)
    found = re.search(r"\b(?:about|on|of|regarding)\s+(.+)$", line, re.IGNORECASE)
    return (found[1] if found else line)[:80] or "nothing in particular"


def last_of(messages: list[BaseMessage], kind: str) -> str:
    return next((message.text for message in reversed(messages) if message.type == kind), "")
