"""What a graph asks a human in the middle of a run, and the value that resumes it.

Recognised, in this order:

* a call to approve (langchain's `per_call` approvals: value `{"type": "tool_approval", …}` with a `response_schema`
  whose branches are decisions): CALL, answered by one decision;
* any other `response_schema`: FORM, answered by a value of that schema;
* langchain's batched approvals (`action_requests` and `review_configs`): BATCH, answered by
  `{"decisions": […]}`, one for each action, in order;
* the older `HumanInterrupt` (`action_request` and `config`, alone or in a list): OLDER, answered by a list of
  `{"type": "accept" | "edit" | "response" | "ignore", "args": …}`;
* anything else: ANY, answered by any JSON.

A pause before or after a node (`interrupt_before`) has no interrupt at all, only the thread's `next`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistants_app.domain.json_values import ABSENT, Absent, Json


class QuestionKind(StrEnum):
    CALL = "call"
    FORM = "form"
    BATCH = "batch"
    OLDER = "older"
    ANY = "any"


class Decision(StrEnum):
    """What a human may answer about an action; the older kind's `accept` and `response` have their newer names."""

    APPROVE = "approve"
    EDIT = "edit"
    RESPOND = "respond"
    REJECT = "reject"
    IGNORE = "ignore"


_ORDER = tuple(Decision)
_OLDER_NAMES = {
    Decision.APPROVE: "accept",
    Decision.EDIT: "edit",
    Decision.RESPOND: "response",
    Decision.IGNORE: "ignore",
}
_OLDER_FLAGS = {
    "allow_accept": Decision.APPROVE,
    "allow_edit": Decision.EDIT,
    "allow_respond": Decision.RESPOND,
    "allow_ignore": Decision.IGNORE,
}


@dataclass(frozen=True, slots=True)
class Action:
    """Something the graph wants to do, and what one may decide about it."""

    name: str
    arguments: Json
    description: str
    decisions: tuple[Decision, ...]
    arguments_schema: Json
    """JSON Schema of the arguments: the tool's own where known, else read off their present values."""


@dataclass(frozen=True, slots=True)
class Question:
    """One interrupt."""

    id: str
    kind: QuestionKind
    value: Json
    schema: Json = None
    """For FORM: the schema of the answer."""
    actions: tuple[Action, ...] = ()
    """For CALL, BATCH and OLDER."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A human's decision about one action: `arguments` for EDIT, `message` for REJECT and RESPOND."""

    decision: Decision
    arguments: Json | Absent = ABSENT
    message: str = ""


def read_interrupt(interrupt: Json) -> Question:
    """Recognise `{"value": …, "id": …, "response_schema": …}`; never raises."""
    if not isinstance(interrupt, Mapping):
        return Question("", QuestionKind.ANY, interrupt)
    value, schema = interrupt.get("value"), interrupt.get("response_schema")
    identity = interrupt.get("id")
    identity = identity if isinstance(identity, str) else ""
    if isinstance(schema, Mapping):
        if action := _call(value, schema):
            return Question(identity, QuestionKind.CALL, value, schema, (action,))
        return Question(identity, QuestionKind.FORM, value, schema)
    if actions := _batch(value):
        return Question(identity, QuestionKind.BATCH, value, None, actions)
    if actions := _older(value):
        return Question(identity, QuestionKind.OLDER, value, None, actions)
    return Question(identity, QuestionKind.ANY, value)


def read_interrupts(interrupts: Json) -> tuple[Question, ...]:
    """Every interrupt once: with subgraphs the same one arrives once per namespace."""
    found: dict[str, Question] = {}
    for place, interrupt in enumerate(interrupts if isinstance(interrupts, (list, tuple)) else ()):
        question = read_interrupt(interrupt)
        found.setdefault(question.id or str(place), question)
    return tuple(found.values())


def decided(question: Question, answers: Sequence[Answer]) -> Json:
    """The value that answers a question made of actions: one answer for each action, in order.

    Raises ValueError for a decision that is not allowed, or when the numbers differ.
    """
    pairs = list(zip(question.actions, answers, strict=True))
    for action, answer in pairs:
        if answer.decision not in action.decisions:
            raise ValueError(f"{answer.decision} is not allowed for {action.name}")
    if question.kind is QuestionKind.OLDER:
        return [_older_answer(action, answer) for action, answer in pairs]
    decisions = [_decision(action, answer) for action, answer in pairs]
    return decisions[0] if question.kind is QuestionKind.CALL else {"decisions": decisions}


def resume_command(answers: Mapping[str, Json]) -> dict[str, Json]:
    """LangGraph's Command that answers the questions with these ids, all at once.

    LangGraph takes a mapping as answers by id only when every key is one of its own ids (32 hex digits);
    a single answer without such an id goes as it is.
    """
    if len(answers) == 1:
        ((identity, value),) = answers.items()
        if not re.fullmatch("[0-9a-f]{32}", identity):
            return {"resume": value}
    return {"resume": dict(answers)}


def schema_of_values(values: Json) -> dict[str, Json]:
    """A schema under which a form shows these arguments, and reads them back with the types they have."""
    if not isinstance(values, Mapping):
        return {}
    return {
        "type": "object",
        "properties": {str(key): {"title": str(key), **_schema_of(value)} for key, value in values.items()},
    }


def _schema_of(value: Json) -> dict[str, Json]:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, float):
        return {"type": "number"}
    if isinstance(value, str):
        return {"type": "string"}
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return {"type": "array", "items": {"type": "string"}}
    return {}


def _call(value: Json, schema: Mapping[str, Json]) -> Action | None:
    if not isinstance(value, Mapping) or value.get("type") != "tool_approval" or "name" not in value:
        return None
    decisions: dict[Decision, Mapping[str, Json]] = {}
    for branch in _branches(schema):
        name = _constant(_property(branch, "type"))
        if name not in _ORDER:
            return None
        decisions[Decision(name)] = branch
    if not decisions:
        return None
    arguments = value.get("args")
    edited = _resolved(schema, _property(decisions.get(Decision.EDIT, {}), "edited_action"))
    arguments_schema = _resolved(schema, _property(edited, "args"))
    if arguments_schema.get("properties"):
        arguments_schema = {**arguments_schema, "$defs": schema.get("$defs", {})}
    else:
        arguments_schema = schema_of_values(arguments)
    return Action(str(value["name"]), arguments, _text(value.get("description")), _sorted(decisions), arguments_schema)


def _branches(schema: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    options = schema.get("oneOf") or schema.get("anyOf")
    for option in options if isinstance(options, list) else [schema]:
        yield _resolved(schema, option)


def _resolved(root: Mapping[str, Json], schema: Json) -> Mapping[str, Json]:
    """`schema`, or what its `$ref` into the root's `$defs` names."""
    if not isinstance(schema, Mapping):
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        definitions = root.get("$defs")
        target = definitions.get(reference.removeprefix("#/$defs/")) if isinstance(definitions, Mapping) else None
        return target if isinstance(target, Mapping) else {}
    return schema


def _property(schema: Mapping[str, Json], key: str) -> Json:
    properties = schema.get("properties")
    return properties.get(key) if isinstance(properties, Mapping) else None


def _constant(schema: Json) -> Json:
    if not isinstance(schema, Mapping):
        return None
    options = schema.get("enum")
    return options[0] if isinstance(options, list) and len(options) == 1 else schema.get("const")


def _batch(value: Json) -> tuple[Action, ...]:
    if not isinstance(value, Mapping) or not isinstance(value.get("action_requests"), list):
        return ()
    listed = value.get("review_configs")
    configs = [config for config in listed if isinstance(config, Mapping)] if isinstance(listed, list) else []
    by_name = {_text(config.get("action_name")): config for config in configs}
    actions = []
    for place, request in enumerate(value["action_requests"]):
        if not isinstance(request, Mapping):
            return ()
        name = _text(request.get("name") or request.get("action"))
        config = by_name.get(name) or (configs[place] if place < len(configs) else {})
        allowed = config.get("allowed_decisions")
        decisions = [item for item in allowed if item in _ORDER] if isinstance(allowed, list) else ["approve", "reject"]
        arguments = request.get("args", request.get("arguments", {}))
        schema = config.get("args_schema")
        schema = schema if isinstance(schema, Mapping) and schema.get("properties") else schema_of_values(arguments)
        actions.append(Action(name, arguments, _text(request.get("description")), _sorted(decisions), schema))
    return tuple(actions)


def _older(value: Json) -> tuple[Action, ...]:
    items = value if isinstance(value, list) else [value]
    actions = []
    for item in items:
        if not isinstance(item, Mapping):
            return ()
        request, config = item.get("action_request"), item.get("config")
        if not isinstance(request, Mapping) or not isinstance(config, Mapping):
            return ()
        decisions = [decision for flag, decision in _OLDER_FLAGS.items() if config.get(flag)]
        arguments = request.get("args", {})
        actions.append(
            Action(
                _text(request.get("action")),
                arguments,
                _text(item.get("description")),
                _sorted(decisions or [Decision.APPROVE]),
                schema_of_values(arguments),
            )
        )
    return tuple(actions)


def _decision(action: Action, answer: Answer) -> Json:
    if answer.decision is Decision.EDIT:
        arguments = action.arguments if answer.arguments is ABSENT else answer.arguments
        return {"type": "edit", "edited_action": {"name": action.name, "args": arguments}}
    if answer.decision is Decision.RESPOND or (answer.decision is Decision.REJECT and answer.message):
        return {"type": str(answer.decision), "message": answer.message}
    return {"type": str(answer.decision)}


def _older_answer(action: Action, answer: Answer) -> Json:
    kind = _OLDER_NAMES[answer.decision]
    if answer.decision is Decision.EDIT:
        arguments = action.arguments if answer.arguments is ABSENT else answer.arguments
        return {"type": kind, "args": {"action": action.name, "args": arguments}}
    return {"type": kind, "args": answer.message if answer.decision is Decision.RESPOND else None}


def _sorted(decisions: Iterable[str]) -> tuple[Decision, ...]:
    chosen = list(decisions)
    return tuple(decision for decision in _ORDER if decision in chosen)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
