"""Names of chat models to suggest, for the providers whose package is installed."""

from functools import cache
from importlib.util import find_spec

_MODELS = {
    "langchain_anthropic": ("anthropic:claude-sonnet-4-5", "anthropic:claude-opus-4-5", "anthropic:claude-haiku-4-5"),
    "langchain_openai": (
        "openai:gpt-5.1",
        "openai:gpt-5-mini",
        "openai:gpt-5-nano",
        "openai:gpt-4.1",
        "openai:gpt-4o-mini",
    ),
    "langchain_google_genai": ("google_genai:gemini-2.5-pro", "google_genai:gemini-2.5-flash"),
    "langchain_mistralai": ("mistralai:mistral-large-latest", "mistralai:mistral-small-latest"),
    "langchain_groq": ("groq:llama-3.3-70b-versatile", "groq:openai/gpt-oss-120b"),
    "langchain_deepseek": ("deepseek:deepseek-chat", "deepseek:deepseek-reasoner"),
    "langchain_xai": ("xai:grok-4", "xai:grok-3-mini"),
    "langchain_cohere": ("cohere:command-a-03-2025",),
    "langchain_ollama": ("ollama:llama3.2", "ollama:qwen3", "ollama:mistral"),
}


@cache
def known_models() -> list[str]:
    """Suggestions in `init_chat_model`'s spelling, `provider:model`; any other name may be typed."""
    return [name for package, names in _MODELS.items() if find_spec(package) for name in names]
