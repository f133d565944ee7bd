"""`auth`: who may call the API, decided by code of the site's own (a `langgraph_sdk.Auth` object)."""

from typing import Any

from assistants_app.graphs.sections.reading import Address, Section


class AuthSection(Section):
    path: Address
    disable_studio_auth: bool = False
    """Nobody gets by the code here, LangGraph Studio neither, so that it changes nothing."""
    openapi: dict[str, Any] | None = None
    """`securitySchemes`, `security` and `paths` for the OpenAPI document."""
