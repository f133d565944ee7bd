"""Which pages of other sites may call the API from a browser."""

import re
from typing import Any

from django.conf import settings
from starlette.middleware.cors import CORSMiddleware

from assistants_app.api.access.this_machine import is_loopback_origin
from assistants_app.graphs.sections.http import Cors

EXPOSED = ("Content-Location", "Location", "Retry-After", "X-Pagination-Next", "X-Pagination-Total")
"""Headers of answers that the API's clients read."""

LOOPBACK = r"https?://(localhost|[\w.-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?"


def with_cors(app: Any, said: Cors | None) -> Any:
    """`app`, answering browsers' questions whether a page may call it.

    Where the langgraph.json says nothing: pages of any site, since they need a key, but none with the browser's
    cookies; with ASSISTANTS_API_AUTH=none pages of this machine alone.
    """
    policy = said or (Cors(allow_origin_regex=LOOPBACK) if settings.API_AUTH == "none" else Cors(allow_origins=["*"]))
    return CORSMiddleware(
        app,
        allow_origins=policy.allow_origins,
        allow_methods=policy.allow_methods,
        allow_headers=policy.allow_headers,
        allow_credentials=policy.allow_credentials,
        allow_origin_regex=policy.allow_origin_regex,
        expose_headers=list(dict.fromkeys([*EXPOSED, *policy.expose_headers])),
        max_age=policy.max_age,
    )


def may_call(origin: str, said: Cors | None) -> bool:
    """Whether a page of `origin` may call an API that asks for no keys."""
    if said is None:
        return is_loopback_origin(origin)
    if "*" in said.allow_origins or origin in said.allow_origins:
        return True
    return said.allow_origin_regex is not None and re.fullmatch(said.allow_origin_regex, origin) is not None
