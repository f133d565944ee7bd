"""`http`: which of the API's addresses there are, which pages of other sites may call them, and what is beside them."""

import re
from fnmatch import fnmatchcase
from typing import Any

from pydantic import AliasChoices, Field, field_validator

from assistants_app.graphs.sections.reading import Address, Section

_NEVER_CONFIGURABLE = ("x-api-key", "x-tenant-id", "x-service-key", "authorization", "cookie")
"""Headers that are secrets: they reach a graph only where a pattern without a wildcard names them."""


class Cors(Section):
    """Which pages of other origins may call the API; named as Starlette's CORSMiddleware names it."""

    allow_origins: list[str] = []
    allow_methods: list[str] = ["*"]
    allow_headers: list[str] = ["*"]
    allow_credentials: bool = False
    allow_origin_regex: str | None = None
    expose_headers: list[str] = []
    max_age: int = Field(default=600, ge=0)

    @field_validator("allow_origin_regex")
    @classmethod
    def _is_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from None
        return value


class ConfigurableHeaders(Section):
    """Which headers of a request graphs find in `config.configurable`. Exclusions go first; `*` stands for anything."""

    includes: list[str] = Field(default=[], validation_alias=AliasChoices("includes", "include"))
    excludes: list[str] = Field(default=[], validation_alias=AliasChoices("excludes", "exclude"))

    def lets_through(self, name: str) -> bool:
        name = name.lower()
        if any(fnmatchcase(name, pattern.lower()) for pattern in self.excludes):
            return False
        wanted = [pattern.lower() for pattern in self.includes]
        return name in wanted if name in _NEVER_CONFIGURABLE else any(fnmatchcase(name, one) for one in wanted)


class HttpSection(Section):
    app: Address | None = None
    """An ASGI application for the addresses that are not the API's own."""
    enable_custom_route_auth: bool = False
    """Whether that application is asked only after authentication."""
    cors: Cors | None = None
    configurable_headers: ConfigurableHeaders = ConfigurableHeaders()
    mount_prefix: str = ""
    """Where the API is too, beside its own address: "/my/api"."""
    disable_assistants: bool = False
    disable_threads: bool = False
    disable_runs: bool = False
    disable_store: bool = False
    disable_mcp: bool = False
    disable_a2a: bool = False
    disable_meta: bool = False
    disable_webhooks: bool = False
    disable_ui: bool = False
    """There is no such part here."""
    logging_headers: dict[str, Any] | None = None
    """No headers are logged here."""

    @field_validator("mount_prefix")
    @classmethod
    def _is_path(cls, value: str) -> str:
        if value and not re.fullmatch(r"(/[\w.~-]+)+/?", value, re.ASCII):
            raise ValueError("it must be a path such as /my/api")
        return value.rstrip("/")
