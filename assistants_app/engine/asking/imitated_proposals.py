"""What stands in for a model that proposes: a few sentences, understood word by word and always alike.

It looks for settings by their names and options, so that it does something for most graphs and shows the way with the
bundled writer. It knows nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from assistants_app.domain.form_spec.fields import FieldSpec, Kind
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import ABSENT, Json
from assistants_app.domain.proposals.asking import Question
from assistants_app.domain.proposals.wanted import Reply, Wanted

_TONES: Final = {
    "formal": r"\bformal(ly)?\b|\bförmlich",
    "friendly": r"\bfriendl(y|ier)\b|\bwarm(er|ly)?\b|\bfreundlich",
    "playful": r"\bplayful|\bfunn(y|ier)\b|\bverspielt",
    "persuasive": r"\bpersuasive|\bconvincing|\büberzeugend",
    "neutral": r"\bneutral|\bmatter[- ]of[- ]fact|\bsachlich",
}
_LENGTHS: Final = {0.5: r"\bshort(er)?\b|\bbrief(er|ly)?\b|\bkürzer|\bkurz\b", 2: r"\blong(er)?\b|\blänger|\blang\b"}
_TEXTS: Final = frozenset({Kind.PROMPT, Kind.TEXTAREA, Kind.TEXT})
_NUMBERS: Final = frozenset({Kind.NUMBER, Kind.SLIDER})
_CHOICES: Final = frozenset({Kind.SELECT, Kind.RADIO})


def imitated(question: Question) -> Reply:
    """Several things in one sentence are understood together."""
    reader = _Reader(question)
    changes = {one.pointer: one for rule in _RULES for one in rule(reader)}
    if changes:
        return Reply(tuple(changes.values()), _("An imitation of a proposal: no model thought about it."))
    said = _(
        "An imitation of a model understands a few sentences only: “Make it shorter and more formal”, "
        "“Use the model …”, “Set temperature to 0.2”, “Always name your sources”."
    )
    return Reply(said=said)


@dataclass(frozen=True, slots=True)
class _Reader:
    question: Question

    @property
    def sentence(self) -> str:
        return " ".join(self.question.sentence.split()).rstrip(" .!?")

    def says(self, pattern: str) -> "re.Match[str] | None":
        return re.search(pattern, self.sentence, re.IGNORECASE)

    @property
    def fields(self) -> list[FieldSpec]:
        shut = self.question.shut
        return [field for field in self.question.spec.fields if _pointer(field) not in shut]

    def find(self, kinds: frozenset[Kind], name: str) -> FieldSpec | None:
        """The first field of these kinds that is called so."""
        return next((one for one in self.fields if one.kind in kinds and re.search(name, one.key.lower())), None)

    def now(self, field: FieldSpec) -> Json:
        """Its value, or what the graph would take."""
        default = None if field.default is ABSENT else field.default
        return self.question.settings.get(field.key, default)

    def appended(self, line: str) -> Iterator[Wanted]:
        """A line at the end of the prompt."""
        field = self.find(_TEXTS, r"prompt|instruction") or self.find(_TEXTS, "")
        if field is not None:
            before = str(self.now(field) or "").rstrip()
            yield Wanted(_pointer(field), f"{before}\n{line}" if before else line)


def _pointer(field: FieldSpec) -> str:
    return f"/{escape(field.key)}"


def _length(reader: _Reader) -> Iterator[Wanted]:
    factor = next((factor for factor, words in _LENGTHS.items() if reader.says(words)), None)
    if factor is None:
        return
    field = reader.find(_NUMBERS, r"word|length|token|sentence|char")
    now = reader.now(field) if field is not None else None
    if field is None or isinstance(now, bool) or not isinstance(now, int | float):
        yield from reader.appended("Keep it short." if factor < 1 else "Go into detail.")
        return
    yield Wanted(_pointer(field), _bounded(field, round(now * factor) or 1))


def _bounded(field: FieldSpec, number: int) -> Json:
    least, most = field.bounds.minimum, field.bounds.maximum
    if least is not None and number < least:
        return least
    return most if most is not None and number > most else number


def _tone(reader: _Reader) -> Iterator[Wanted]:
    for tone, words in _TONES.items():
        if reader.says(words):
            for field in reader.fields:
                if field.kind in _CHOICES and tone in [choice.value for choice in field.choices]:
                    yield Wanted(_pointer(field), tone)
                    return
            yield from reader.appended(f"Write in a {tone} tone.")
            return


def _model(reader: _Reader) -> Iterator[Wanted]:
    found = reader.says(r"\b(?:use|take|switch to|nimm) (?:the )?(?:model |modell )(\S+)")
    field = next((one for one in reader.fields if one.suggests_models or one.key == "model"), None)
    if found and field is not None:
        yield Wanted(_pointer(field), _read(field, found[1].strip("\"'“”,")))


def _set(reader: _Reader) -> Iterator[Wanted]:
    """“Set X to Y”, “reset X”."""
    for name, text in re.findall(
        r"\b(?:set|change|turn|setze) (?:the )?(.+?) (?:to|auf|=) (.+?)(?=,? and (?:set|change|turn|make|use)\b|$)",
        reader.sentence,
        re.IGNORECASE,
    ):
        if field := _called(reader, name):
            yield Wanted(_pointer(field), _read(field, text.strip().strip("\"'“”")))
    if (found := reader.says(r"\breset (?:the )?(.+)$")) and (field := _called(reader, found[1])):
        yield Wanted(_pointer(field), ABSENT)


def _called(reader: _Reader, name: str) -> FieldSpec | None:
    plain = _plain(name)
    return next((one for one in reader.fields if plain in (_plain(one.label), _plain(one.key))), None)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _read(field: FieldSpec, text: str) -> Json:
    """As the field's kind has it, as far as that can be told; what is wrong with it is for others to say."""
    for choice in field.choices:
        if text.casefold() in (choice.label.casefold(), str(choice.value).casefold()):
            return choice.value
    if field.kind is Kind.BOOLEAN and text.casefold() in _YES | _NO:
        return text.casefold() in _YES
    if field.kind in _NUMBERS:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    if field.kind is Kind.LIST:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


_YES: Final = frozenset({"on", "yes", "true"})
_NO: Final = frozenset({"off", "no", "false"})


def _switch(reader: _Reader) -> Iterator[Wanted]:
    """“With emoji”, “no emoji”."""
    for field in reader.fields:
        name = re.escape(_plain(field.label))
        if field.kind is Kind.BOOLEAN and name:
            if reader.says(rf"\b(?:no|without|ohne) {name}\b"):
                yield Wanted(_pointer(field), False)
            elif reader.says(rf"\b(?:with|add|use|mit) {name}\b"):
                yield Wanted(_pointer(field), True)


def _keyword(reader: _Reader) -> Iterator[Wanted]:
    found = reader.says(r"\bmention (.+?)(?: and (?:make|set|use)\b|$)")
    field = reader.find(frozenset({Kind.LIST}), r"keyword|tag")
    if found and field is not None:
        before = reader.now(field)
        yield Wanted(_pointer(field), [*(before if isinstance(before, list) else []), found[1].strip("\"'“” ")])


def _audience(reader: _Reader) -> Iterator[Wanted]:
    found = reader.says(r"\b(?:write|made|meant|aimed|make it) for (.+?)(?:,| and (?:make|set|use)\b|$)")
    field = reader.find(_TEXTS, r"audience|reader")
    if found and field is not None:
        yield Wanted(_pointer(field), found[1].strip())


def _rule(reader: _Reader) -> Iterator[Wanted]:
    """“Always …”, “Never …”: a line of the prompt."""
    if reader.says(r"^(?:always|never|immer|nie)\b"):
        yield from reader.appended(f"{reader.sentence}.")


_RULES: Final[Sequence[Callable[[_Reader], Iterator[Any]]]] = (
    *(_length, _tone, _model, _set, _switch, _keyword, _audience, _rule),
)
