"""One settings schema with every kind of field, as graphs publish them, and settings that use it."""

from typing import Any

PROMPT = """You are a patient support agent for {company}.

Answer in {{ language }}, in at most three sentences. Never promise a refund; hand over to a person instead.

Tone: warm, plain, exact."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Settings",
    "$defs": {
        "Search": {
            "type": "object",
            "title": "Web search",
            "properties": {
                "type": {"const": "search", "title": "Type", "default": "search"},
                "engine": {"enum": ["tavily", "brave", "duckduckgo"], "title": "Engine", "default": "tavily"},
                "results": {"type": "integer", "title": "Results", "default": 5, "minimum": 1, "maximum": 20},
            },
            "required": ["type"],
        },
        "Mail": {
            "type": "object",
            "title": "Mailbox",
            "properties": {
                "type": {"const": "mail", "title": "Type", "default": "mail"},
                "address": {"type": "string", "format": "email", "title": "Address"},
            },
            "required": ["type", "address"],
        },
        "Colleague": {
            "type": "object",
            "title": "Colleague",
            "properties": {
                "name": {"type": "string", "title": "Name"},
                "role": {"type": "string", "title": "Role", "default": "Advisor"},
                "on_call": {"type": "boolean", "title": "On call", "default": False},
            },
            "required": ["name"],
        },
        "Node": {
            "type": "object",
            "title": "Topic",
            "properties": {
                "title": {"type": "string", "title": "Title"},
                "below": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}], "title": "Subtopic", "default": None},
            },
        },
    },
    "properties": {
        "system_prompt": {
            "type": "string",
            "title": "System prompt",
            "description": "What the assistant is told before every conversation.",
            "default": PROMPT,
            "langgraph_type": "prompt",
            "langgraph_nodes": ["answer"],
        },
        "model": {
            "type": "string",
            "title": "Model",
            "description": "provider:model, as init_chat_model takes it.",
            "default": "demo:echo",
            "langgraph_nodes": ["answer", "summarise"],
        },
        "temperature": {
            "type": "number",
            "title": "Temperature",
            "default": 0.7,
            "minimum": 0,
            "maximum": 2,
            "x_oap_ui_config": {"type": "slider", "min": 0, "max": 2, "step": 0.1},
            "langgraph_nodes": ["answer"],
        },
        "max_words": {"type": "integer", "title": "Longest answer", "default": 250, "minimum": 1},
        "greeting": {"type": "string", "title": "Greeting", "maxLength": 40, "x_oap_ui_config": {"placeholder": "Hi!"}},
        "farewell": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Farewell", "default": None},
        "use_memory": {"type": "boolean", "title": "Remember earlier conversations", "default": True},
        "tone": {"enum": ["warm", "neutral", "formal"], "title": "Tone", "default": "warm"},
        "region": {"enum": ["EU", "US", "UK", "CH", "AU", "JP"], "title": "Region"},
        "language": {
            "enum": [
                "English",
                "German",
                "French",
                "Spanish",
                "Italian",
                "Dutch",
                "Polish",
                "Czech",
                "Danish",
                "Swedish",
                "Finnish",
                "Greek",
                "Turkish",
            ],
            "title": "Language",
            "default": "English",
        },
        "channels": {
            "type": "array",
            "title": "Channels",
            "items": {"enum": ["chat", "mail", "phone", "letter"]},
            "uniqueItems": True,
            "default": ["chat"],
        },
        "stop_words": {"type": "array", "title": "Stop words", "items": {"type": "string"}, "maxItems": 3},
        "team": {"type": "array", "title": "Team", "items": {"$ref": "#/$defs/Colleague"}},
        "labels": {"type": "object", "title": "Labels", "additionalProperties": {"type": "string"}},
        "office": {
            "type": "object",
            "title": "Office",
            "properties": {
                "city": {"type": "string", "title": "City", "default": "Zürich"},
                "floor": {"type": "integer", "title": "Floor", "default": 3},
            },
        },
        "tool": {
            "title": "Tool",
            "oneOf": [{"$ref": "#/$defs/Search"}, {"$ref": "#/$defs/Mail"}],
            "discriminator": {"propertyName": "type", "mapping": {"search": "#/$defs/Search", "mail": "#/$defs/Mail"}},
        },
        "limit": {"anyOf": [{"type": "integer"}, {"type": "string"}], "title": "Limit"},
        "map_point": {
            "type": "array",
            "title": "Place on the map",
            "prefixItems": [{"type": "number", "title": "Latitude"}, {"type": "number", "title": "Longitude"}],
            "minItems": 2,
            "items": False,
        },
        "topic": {"$ref": "#/$defs/Node", "title": "Topic"},
        "launch": {"type": "string", "format": "date", "title": "Launch day"},
        "opens": {"type": "string", "format": "time", "title": "Opens at"},
        "deadline": {"type": "string", "format": "date-time", "title": "Deadline"},
        "homepage": {"type": "string", "format": "uri", "title": "Homepage"},
        "openai_api_key": {"type": "string", "format": "password", "title": "OpenAI key", "writeOnly": True},
        "price": {"anyOf": [{"type": "number"}, {"type": "string"}], "title": "Price"},
        "edition": {"const": "2024", "title": "Edition"},
        "extras": {"title": "Extras", "description": "Anything at all."},
        "old_name": {"type": "string", "title": "Old name", "deprecated": True},
        "build": {"type": "string", "title": "Build", "readOnly": True, "default": "r41"},
        "internal": {"type": "string", "x_oap_ui_config": {"type": "hidden"}, "default": "kept"},
        "escalate": {"type": "boolean", "title": "Hand over to a person", "default": False},
        "escalate_to": {
            "type": "string",
            "title": "Hand over to",
            "x_oap_ui_config": {"visible_if": {"field": "escalate", "value": True}},
        },
    },
}

SETTINGS: dict[str, Any] = {
    "system_prompt": "\nLine one after an empty one  \nTwo words 👩‍🚀 {company}\n\n",
    "temperature": 1.3,
    "max_words": 120,
    "greeting": "  Hello there ",
    "farewell": None,
    "use_memory": False,
    "region": "MARS",
    "channels": ["phone", "fax", "chat"],
    "stop_words": ["alpha", " beta ", ""],
    "team": [{"name": "Ada", "role": "Lead", "on_call": True}, {"name": "Grace"}],
    "labels": {"zeta": "last", "alpha": "first"},
    "office": {"floor": 4, "desk": 12},
    "tool": {"type": "mail", "address": "help@example.org"},
    "limit": "1",
    "map_point": [47.37, 8.54],
    "topic": {"title": "Money", "below": {"title": "Refunds"}},
    "launch": "2026-03-01",
    "opens": "08:30:00",
    "deadline": "2026-03-01T17:00:00+01:00",
    "homepage": "https://example.org/",
    "openai_api_key": "sk-very-secret",
    "price": "12.50",
    "extras": {"big": 9007199254740993, "list": [1, 1.0, "1", True, None]},
    "old_name": "Support 1",
    "internal": "kept as it is",
    "__defaultValues": {"temperature": 1},
    "unknown": ["stays", 1],
}
