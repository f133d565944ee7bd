"""Judgements of answers by a model: what it is told of an answer, and what its reply means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from assistants_app.domain.cases.answers import Answer, value_of
from assistants_app.domain.cases.checking import Outcome, Verdict
from assistants_app.domain.json_values import Json
from assistants_app.domain.language import gettext_noop
from assistants_app.domain.messages import read_messages

IMITATION: Final = "demonstration"
"""In place of a model's name: nothing is judged then, it only looks as if."""

LONGEST_REASON: Final = 600
LONGEST_PART: Final = 20_000


@dataclass(frozen=True, slots=True)
class Question:
    """One judgement that is asked for."""

    criterion: str
    conversation: str
    answer: Answer

    @property
    def text(self) -> str:
        parts = (("conversation", self.conversation), ("answer", self.answer.text), ("criterion", self.criterion))
        return "\n\n".join(f"<{name}>\n{_bounded(text, name)}\n</{name}>" for name, text in parts)


def conversation_in(given: Json) -> str:
    """What an assistant was told, as text."""
    if not isinstance(given, Mapping) or "messages" not in given:
        return str(given)
    return "\n\n".join(f"{message.role}: {message.text}" for message in read_messages(given["messages"]))


def read_judgement(reply: str) -> Outcome:
    """What the model that judges said. A reply that is not as it was asked for judges nothing."""
    found = value_of(reply)
    value: Mapping[str, Json] = found if isinstance(found, Mapping) else {}
    passes = value.get("passes")
    if not isinstance(passes, bool):
        values = {"reply": reply.strip()[:LONGEST_REASON] or "–"}
        return Outcome(Verdict.UNJUDGED, gettext_noop("The model that judges made no sense: %(reply)s"), values)
    reason = value.get("reason")
    said = {"reason": reason.strip()[:LONGEST_REASON]} if isinstance(reason, str) and reason.strip() else {}
    words = gettext_noop("It says: %(reason)s") if said else ""
    return Outcome(Verdict.PASSED if passes else Verdict.FAILED, words, said)


def imitated(question: Question) -> Outcome:
    """What stands in for a model that judges: whether the answer has a word of the criterion, which judges nothing."""
    words = set(re.findall(r"\w{4,}", question.criterion.casefold()))
    found = sorted(word for word in words if word in question.answer.text.casefold())
    if found:
        values = {"words": ", ".join(found)[:LONGEST_REASON]}
        said = gettext_noop("An imitation of a judgement: the answer has these words of the criterion: %(words)s")
        return Outcome(Verdict.PASSED, said, values)
    said = gettext_noop("An imitation of a judgement: the answer has no word of the criterion.")
    return Outcome(Verdict.FAILED, said)


def not_judged(reason: str) -> Outcome:
    """Where the model could not be asked; `reason` is its own."""
    said = gettext_noop("The model that judges could not be asked: %(reason)s")
    return Outcome(Verdict.UNJUDGED, said, {"reason": reason[:LONGEST_REASON]})


def nobody_judges() -> Outcome:
    return Outcome(Verdict.UNJUDGED, gettext_noop("This site has no model that judges: an operator chooses one."))


def _bounded(text: str, name: str) -> str:
    """Cut where it is long, and unable to end the part that it stands in."""
    return text[:LONGEST_PART].replace(f"</{name}", f"< /{name}")
