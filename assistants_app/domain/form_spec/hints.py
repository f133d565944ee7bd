"""What graph authors write beside a schema for those who show it: LangGraph Studio's and Open Agent Platform's hints.

Both may stand on the property itself or, written through pydantic's `Field(metadata={…})`, under `metadata`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assistants_app.domain.form_spec.fields import Choice, Condition
from assistants_app.domain.json_values import ABSENT, Absent, Json
from assistants_app.domain.language import gettext as _

_SECRET_NAME: Final = re.compile(
    r"(^|_)(api_?keys?|passwords?|passwd|passphrase|secrets?|secret_key|access_key|private_key|credentials?|token)$"
    r"|(^|_)(auth|access|api|bearer|refresh|secret)_tokens$"
)
_NO_SECRET: Final = re.compile(
    r"(^|_)(max|min|num|n|total|stop|eos|bos|pad|start|end|special|next|page|continuation|strip|sep|mask|unk|first|last)"
    r"(_\w+)?_tokens?$"
)
_PROMPT_NAME: Final = re.compile(
    r"(^|_)(prompts?|instructions?|system_message|system|persona|guidelines|preamble|prompt_template)$|^prompt_|_prompt_"
)
_MODEL_NAME: Final = re.compile(r"(^|_)(model|llm|model_name|llm_model|chat_model|model_id)$")
_MODEL_VALUE: Final = re.compile(
    r"^(openai|anthropic|google|google_genai|google_vertexai|ollama|groq|mistralai|cohere|fireworks|together|bedrock"
    r"|azure_openai|deepseek|xai|huggingface|perplexity|nvidia|bedrock_converse|azure_ai|ibm)[:/][\w.:@-]+"
)


@dataclass(frozen=True, slots=True)
class Hints:
    """Both conventions, as one. `widget` is Open Agent Platform's type, lower case, "" when there is none."""

    widget: str = ""
    label: str = ""
    description: str = ""
    placeholder: str = ""
    default: Json | Absent = ABSENT
    minimum: int | float | None = None
    maximum: int | float | None = None
    step: int | float | None = None
    options: tuple[Choice, ...] = ()
    visible_if: Condition | None = None
    disabled_when: Condition | None = None
    prompt: bool = False
    nodes: tuple[str, ...] = ()


def read_hints(schema: Mapping[str, Json]) -> Hints:
    """The hints on a property. Never raises: a hint of the wrong shape is no hint."""
    nested = schema.get("metadata")
    nested = nested if isinstance(nested, Mapping) else {}
    config = schema.get("x_oap_ui_config", nested.get("x_oap_ui_config"))
    config = config if isinstance(config, Mapping) else {}
    nodes = schema.get("langgraph_nodes", nested.get("langgraph_nodes"))
    return Hints(
        widget=_text(config, "type").lower(),
        label=_text(config, "label") or _text(config, "title"),
        description=_text(config, "description"),
        placeholder=_text(config, "placeholder"),
        default=config.get("default", ABSENT),
        minimum=_number(config, "min"),
        maximum=_number(config, "max"),
        step=_positive(_number(config, "step")),
        options=_options(config.get("options")),
        visible_if=_condition(config.get("visible_if", schema.get("visible_if", nested.get("visible_if")))),
        disabled_when=_condition(config.get("disabled_when", schema.get("disabled_when", nested.get("disabled_when")))),
        prompt=schema.get("langgraph_type", nested.get("langgraph_type")) == "prompt",
        nodes=tuple(node for node in nodes if isinstance(node, str)) if isinstance(nodes, list) else (),
    )


def names_secret(key: str) -> bool:
    """Whether a key by its name holds a secret: `openai_api_key`, `password`, `token`; not `max_tokens`."""
    return _names_secret(key) if len(key) <= KNOWN_LETTERS else _names_secret.__wrapped__(key)


KNOWN_LETTERS = 100
"""Of a key whose meaning is remembered."""


@lru_cache(maxsize=4096)
def _names_secret(key: str) -> bool:
    name = snake(key)
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET.search(name)


def says_secret(schema: Json) -> bool:
    """Whether a schema says that its values are secrets."""
    return isinstance(schema, Mapping) and (schema.get("format") == "password" or schema.get("writeOnly") is True)


def names_prompt(key: str) -> bool:
    return bool(_PROMPT_NAME.search(snake(key)))


def names_model(key: str, default: Json | Absent) -> bool:
    """Whether a field holds a chat model's name, by its own name or by the look of its default."""
    name = snake(key)
    if "embed" in name or "rerank" in name:
        return False
    return bool(_MODEL_NAME.search(name)) or (isinstance(default, str) and bool(_MODEL_VALUE.match(default)))


_HUMP: Final = re.compile(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])")
_NO_WORD: Final = re.compile(r"[\W_]+")


def snake(key: str) -> str:
    """`openAIApiKey`, `OPENAI-API-KEY` and `openai_api_key` alike."""
    return _kept_snake(key) if len(key) <= 100 else _snake(key)


def _snake(key: str) -> str:
    parted = _HUMP.sub(lambda m: f"{m[1]}_{m[2]}" if m[1] else f"{m[3]}_", key)
    return _NO_WORD.sub("_", parted).strip("_").lower()


_kept_snake: Final = lru_cache(maxsize=2048)(_snake)


_CAPITALS: Final = frozenset(
    {"llm", "api", "url", "id", "mcp", "rag", "ai", "html", "json", "sql", "uri", "ip", "pdf", "ui"}
)


def humanise(key: str) -> str:
    """A key as words: `max_search_results` is "Max search results", `llmProvider` "LLM provider"."""
    words = [word.upper() if word in _CAPITALS else word for word in snake(key).split("_") if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:] if text else key


def _text(config: Mapping[str, Json], word: str) -> str:
    value = config.get(word)
    return value if isinstance(value, str) else ""


def _number(config: Mapping[str, Json], word: str) -> int | float | None:
    value = config.get(word)
    if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
        return None
    return value


def _positive(value: int | float | None) -> int | float | None:
    return value if value is not None and value > 0 else None


def _options(options: Json) -> tuple[Choice, ...]:
    if not isinstance(options, list):
        return ()
    found = []
    for option in options:
        if isinstance(option, Mapping) and "value" in option:
            label = option.get("label")
            text = label if isinstance(label, str) and label else choice_label(option["value"])
            found.append(Choice(option["value"], text, _text(option, "description")))
        elif isinstance(option, str | int | float):
            found.append(Choice(option, choice_label(option)))
    return tuple(found)


def choice_label(value: Json) -> str:
    """A value as the label of an option."""
    if isinstance(value, str):
        return value or _("(empty text)")
    if value is None:
        return _("Empty (null)")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _condition(condition: Json) -> Condition | None:
    if not isinstance(condition, Mapping) or not isinstance(key := condition.get("field"), str) or not key:
        return None
    value = condition.get("value", condition.get("equals", True))
    return Condition(key, tuple(value) if isinstance(value, list) else (value,))
