"""From the name of a chat model to the model, or to a sentence that says what is missing."""

import os
from importlib.util import find_spec
from typing import Any

from langchain_core.language_models import BaseChatModel

from assistants_app.examples.demonstration import NAME, DemonstrationModel

_PROVIDERS = {
    "anthropic": ("langchain-anthropic", "ANTHROPIC_API_KEY"),
    "cohere": ("langchain-cohere", "COHERE_API_KEY"),
    "deepseek": ("langchain-deepseek", "DEEPSEEK_API_KEY"),
    "google_genai": ("langchain-google-genai", "GOOGLE_API_KEY"),
    "groq": ("langchain-groq", "GROQ_API_KEY"),
    "mistralai": ("langchain-mistralai", "MISTRAL_API_KEY"),
    "ollama": ("langchain-ollama", ""),
    "openai": ("langchain-openai", "OPENAI_API_KEY"),
    "openrouter": ("langchain-openrouter", "OPENROUTER_API_KEY"),
    "xai": ("langchain-xai", "XAI_API_KEY"),
}
"""The package and the key that a provider needs; LangChain knows more providers, and says itself what they lack."""


class ModelNotReady(Exception):
    """The chat model cannot be used yet; the message says what is missing."""


def chat_model(name: str, **options: Any) -> BaseChatModel:
    """`demo`, or any name that LangChain's `init_chat_model` knows, such as `openai:gpt-5-mini`.

    Options that are None are left to the model. Raises ModelNotReady.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if name.strip().lower() in ("", NAME):
        return DemonstrationModel(temperature=given.get("temperature", 0.0))
    provider = name.partition(":")[0].replace("-", "_") if ":" in name else ""
    if missing := _missing(name, provider):
        raise ModelNotReady(missing)
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, **given)
    except (ImportError, ValueError) as error:
        raise ModelNotReady(f'The model "{name}" cannot be used: {error}') from error
    return model


def _missing(name: str, provider: str) -> str | None:
    package, key = _PROVIDERS.get(provider, ("", ""))
    if package and find_spec(package.replace("-", "_")) is None:
        return f'The model "{name}" needs a Python package that is not installed: pip install {package}'
    if key and not os.environ.get(key):
        return f'The model "{name}" needs a key: set the environment variable {key} and start again.'
    return None
