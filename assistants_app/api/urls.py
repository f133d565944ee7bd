"""Every operation's address, under `/api/`."""

import re
from importlib import import_module

from django.urls import URLPattern, path, re_path

from assistants_app.api.dispatch import not_found, view_of
from assistants_app.api.operations import OPERATIONS, Operation

RESOURCES = (
    "system",
    "assistants.assistants",
    "assistants.versions",
    "assistants.graphs",
    "threads.threads",
    "threads.state",
    "threads.upkeep",
    "threads.stream",
    "runs.on_threads",
    "runs.joining",
    "runs.cancelling",
    "runs.stateless",
    "crons.crons",
    "store",
    "protocol.operations",
    "mcp.operations",
    "a2a.operations",
)
"""The files that declare operations."""

for _name in RESOURCES:
    import_module(f"assistants_app.api.{_name}")


def _patterns() -> list[URLPattern]:
    addresses: dict[str, dict[str, Operation]] = {}
    for (method, address), operation in OPERATIONS.items():
        addresses.setdefault(address, {})[method] = operation
    # Fixed parts before parameters, so that /threads/search is no thread.
    ordered = sorted(addresses, key=lambda address: [part.startswith("{") for part in address.split("/")])
    return [
        path(_route(address), view_of(methods), name=next(iter(methods.values())).name)
        for address, methods in ((address, addresses[address]) for address in ordered)
    ]


def _route(address: str) -> str:
    """Django's spelling of "/threads/{thread_id}"."""
    return re.sub(r"{(\w+)}", r"<str:\1>", address).lstrip("/")


urlpatterns: list[URLPattern] = [*_patterns(), re_path(r"", not_found)]

agent_card = view_of({"GET": OPERATIONS["GET", "/.well-known/agent-card.json"]})
"""For the site's root, where A2A's clients look for it."""
