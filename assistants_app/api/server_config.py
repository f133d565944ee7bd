"""What the site's langgraph.json says of the API: who may call it, which of it there is, what stands beside it."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

from assistants_app.api.access.custom_auth import CustomAuth
from assistants_app.api.errors import ApiError
from assistants_app.domain.errors import OwnCodeUnavailable
from assistants_app.graphs.catalog import Catalog, catalog
from assistants_app.graphs.config_file import GraphsConfig
from assistants_app.graphs.own_code import OwnCode

META = {"openapi.json", "info", "metrics", "docs"}

logger = logging.getLogger(__name__)


def server_config() -> GraphsConfig:
    """Raises ApiError (503) while the file cannot be used: it may say who gets in, so that nobody does."""
    config = catalog().config
    if config is None:
        catalog().ensure_loaded()
        config = catalog().config
    if config is None:
        raise ApiError(503, "The langgraph.json of this site cannot be used. An operator can see why.")
    return config


def is_disabled(path: str) -> bool:
    """Whether the langgraph.json leaves out the part of the API that an operation belongs to."""
    http = server_config().http
    parts = path.strip("/").split("/")
    if parts[0] in META:
        return http.disable_meta
    if parts[0] == ".well-known":
        return http.disable_a2a
    if "runs" in parts and http.disable_runs:
        return True
    return bool(getattr(http, f"disable_{parts[0]}", False))


def custom_auth() -> CustomAuth | None:
    """None where the file names none. Raises ApiError (503) where it cannot be loaded: then nobody gets in."""
    if server_config().auth is None:
        return None
    try:
        return _custom_auth(catalog())
    except OwnCodeUnavailable:
        raise ApiError(503, "This site's own authentication cannot be loaded. Its log says why.") from None


def own_security() -> Mapping[str, Any] | None:
    """What the OpenAPI document tells of the site's own authentication; None where keys are asked for."""
    auth = server_config().auth
    return None if auth is None else auth.openapi or {}


def mount_prefix() -> str:
    """The path where the API is beside its own; "" where the file names none."""
    config = catalog().config
    return config.http.mount_prefix if config else ""


def own_app() -> Any:
    """The ASGI application beside the API; None where there is none. Raises OwnCodeUnavailable."""
    config = catalog().config
    return None if config is None or config.http.app is None else _own_code(catalog()).load(config.http.app)


def load_own_code() -> None:
    """Import it before the first call, which would have to wait for it. Says in the log what cannot be loaded."""
    for load in (_load_auth, own_app):
        try:
            load()
        except OwnCodeUnavailable as error:
            logger.error("langgraph.json: %s", error.message)


def _load_auth() -> None:
    config = catalog().config
    if config is not None and config.auth is not None:
        _custom_auth(catalog())


@lru_cache(maxsize=4)
def _own_code(of: Catalog) -> OwnCode:
    return OwnCode(of, seconds=settings.GRAPH_IMPORT_SECONDS)


@lru_cache(maxsize=4)
def _custom_auth(of: Catalog) -> CustomAuth:
    config = of.config
    if config is None or config.auth is None:
        raise OwnCodeUnavailable
    return CustomAuth(_own_code(of).load(config.auth.path))
