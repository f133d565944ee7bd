"""What a graph asks in the middle of a run, as forms on the page, and the answers as they are posted.

Names are made here: question `n` owns the prefix "q<n>:", action `m` of it "q<n>.<m>:". "decision", "message", "text"
and "as" follow the prefix; the fields of a form follow it with their pointer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assistants_app.domain.config_values import BoundForm, bind, bind_submitted, read
from assistants_app.domain.errors import InvalidJson
from assistants_app.domain.interrupts import (
    Action,
    Answer,
    Decision,
    Question,
    QuestionKind,
    decided,
    resume_command,
)
from assistants_app.domain.json_values import Json, Settings, load_strict
from assistants_app.web.forms import Posted, spec_of

INNER = "answer"
"""The key under which a value that is no object is put, so that a form can show it."""

LABELS = {
    Decision.APPROVE: gettext_lazy("Approve"),
    Decision.EDIT: gettext_lazy("Edit, then approve"),
    Decision.RESPOND: gettext_lazy("Answer in its place"),
    Decision.REJECT: gettext_lazy("Reject"),
    Decision.IGNORE: gettext_lazy("Ignore"),
}


class NotAnswered(Exception):
    """The posted answers cannot be used yet; `asked` shows them again with what is wrong."""

    def __init__(self, asked: "tuple[Asked, ...]") -> None:
        super().__init__()
        self.asked = asked


@dataclass(frozen=True, slots=True)
class ValueForm:
    """A form for any JSON value: for one that is no object, its only field is the value."""

    schema: Json
    wrapped: bool
    stored: Settings
    prefix: str

    @classmethod
    def of(cls, schema: Json, value: Json, prefix: str) -> "ValueForm":
        if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
            return cls(schema, False, value if isinstance(value, dict) else {}, prefix)
        known = schema if isinstance(schema, dict) else {}
        inner = {"title": _("Answer"), **{key: part for key, part in known.items() if key != "$defs"}}
        outer = {"type": "object", "properties": {INNER: inner}, "required": [INNER], "$defs": known.get("$defs", {})}
        return cls(outer, True, {} if value is None else {INNER: value}, prefix)

    def shown(self, data: Posted | None) -> BoundForm:
        spec = spec_of(self.schema)
        if data is None:
            return bind(spec, self.stored, self.prefix)
        return bind_submitted(spec, self.stored, data, self.prefix)

    def read(self, data: Posted) -> tuple[Json, bool]:
        """The value, and whether it may be sent."""
        reading = read(spec_of(self.schema), self.stored, data, self.prefix)
        value = reading.settings.get(INNER) if self.wrapped else reading.settings
        return value, not reading.errors


@dataclass(frozen=True, slots=True)
class AskedAction:
    """One action with the decisions to choose from."""

    action: Action
    prefix: str
    chosen: str
    form: BoundForm | None
    message: str = ""
    error: str = ""

    @property
    def decisions(self) -> list[tuple[str, str]]:
        return [(str(decision), str(LABELS[decision])) for decision in self.action.decisions]

    @property
    def says(self) -> bool:
        """Whether one of the decisions goes with a text."""
        return bool({Decision.REJECT, Decision.RESPOND} & set(self.action.decisions))


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the page shows it."""

    question: Question
    prefix: str
    actions: tuple[AskedAction, ...] = ()
    form: BoundForm | None = None
    text: str = ""
    as_json: bool = False
    error: str = ""

    @property
    def kind(self) -> str:
        return str(self.question.kind)

    @property
    def prompt(self) -> str:
        """The question in words, where the value is a text or an object with one under a usual name."""
        value = self.question.value
        if isinstance(value, dict):
            value = next((value[key] for key in ("question", "prompt", "message", "description") if key in value), "")
        return value if isinstance(value, str) else ""

    @property
    def rest(self) -> Json:
        """What else the value holds; None when the prompt says it all."""
        value = self.question.value
        if self.question.actions or isinstance(value, str):
            return None
        if isinstance(value, dict) and self.prompt:
            value = {key: part for key, part in value.items() if part != self.prompt}
        return value or None


@dataclass(slots=True)
class _Answers:
    asked: list[Asked] = field(default_factory=list)
    values: dict[str, Json] = field(default_factory=dict)
    complete: bool = True


def ask(questions: Sequence[Question], data: Posted | None = None) -> tuple[Asked, ...]:
    """The questions as forms; with `data`, as they were typed."""
    return tuple(_asked(question, f"q{number}", data) for number, question in enumerate(questions))


def read_answers(questions: Sequence[Question], data: Posted) -> dict[str, Json]:
    """The command that resumes the graph with all the answers. Raises NotAnswered."""
    answers = _Answers()
    for number, question in enumerate(questions):
        _read_one(question, f"q{number}", data, answers)
    if not answers.complete:
        raise NotAnswered(tuple(answers.asked))
    return resume_command(answers.values)


def form_at(questions: Sequence[Question], prefix: str) -> ValueForm | None:
    """The form whose names begin with `prefix`: of a question's answer, or of an action's arguments."""
    for number, question in enumerate(questions):
        if question.kind is QuestionKind.FORM and prefix == f"q{number}:":
            return ValueForm.of(question.schema, None, prefix)
        for place, action in enumerate(question.actions):
            if prefix == f"q{number}.{place}:":
                return ValueForm.of(action.arguments_schema, action.arguments, prefix)
    return None


def _asked(question: Question, prefix: str, data: Posted | None, error: str = "") -> Asked:
    if question.actions:
        actions = tuple(
            _asked_action(action, f"{prefix}.{number}:", data) for number, action in enumerate(question.actions)
        )
        return Asked(question, f"{prefix}:", actions=actions, error=error)
    if question.kind is QuestionKind.FORM:
        form = ValueForm.of(question.schema, None, f"{prefix}:").shown(data)
        return Asked(question, f"{prefix}:", form=form, error=error)
    text, kind = _one(data, f"{prefix}:text"), _one(data, f"{prefix}:as")
    return Asked(question, f"{prefix}:", text=text, as_json=kind == "json", error=error)


def _asked_action(action: Action, prefix: str, data: Posted | None, error: str = "") -> AskedAction:
    chosen = _one(data, f"{prefix}decision") or (str(action.decisions[0]) if action.decisions else "")
    form = None
    if Decision.EDIT in action.decisions:
        edits = data if data is not None and chosen == Decision.EDIT else None
        form = ValueForm.of(action.arguments_schema, action.arguments, prefix).shown(edits)
    return AskedAction(action, prefix, chosen, form, _one(data, f"{prefix}message"), error)


def _read_one(question: Question, prefix: str, data: Posted, answers: _Answers) -> None:
    if question.actions:
        _read_actions(question, prefix, data, answers)
        return
    value: Json = None
    error = ""
    if question.kind is QuestionKind.FORM:
        value, complete = ValueForm.of(question.schema, None, f"{prefix}:").read(data)
        error = "" if complete else _("Correct the fields that are marked.")
    else:
        value = _one(data, f"{prefix}:text").replace("\r\n", "\n")
        if _one(data, f"{prefix}:as") == "json":
            try:
                value = load_strict(value)
            except InvalidJson as fault:
                error = fault.message
    answers.complete &= not error
    answers.asked.append(_asked(question, prefix, data, error))
    answers.values[question.id] = value


def _read_actions(question: Question, prefix: str, data: Posted, answers: _Answers) -> None:
    shown: list[AskedAction] = []
    decisions: list[Answer] = []
    for number, action in enumerate(question.actions):
        own = f"{prefix}.{number}:"
        answer, error = _read_action(action, own, data)
        shown.append(_asked_action(action, own, data, error))
        if answer and not error:
            decisions.append(answer)
        else:
            answers.complete = False
    answers.asked.append(Asked(question, f"{prefix}:", actions=tuple(shown)))
    if len(decisions) == len(question.actions):
        answers.values[question.id] = decided(question, decisions)


def _read_action(action: Action, prefix: str, data: Posted) -> tuple[Answer | None, str]:
    chosen = _one(data, f"{prefix}decision")
    if chosen not in action.decisions:
        return None, _("Choose what to do.")
    decision = Decision(chosen)
    message = _one(data, f"{prefix}message").replace("\r\n", "\n").strip()
    if decision is Decision.RESPOND and not message:
        return None, _("Write the answer.")
    if decision is not Decision.EDIT:
        return Answer(decision, message=message), ""
    arguments, complete = ValueForm.of(action.arguments_schema, action.arguments, prefix).read(data)
    return Answer(decision, arguments), "" if complete else _("Correct the fields that are marked.")


def _one(data: Posted | None, name: str) -> str:
    return next(iter((data or {}).get(name, [])), "")
