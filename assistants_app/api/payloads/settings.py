"""The settings of what is told, without their secrets: known by seals, by their graph's schema, or by names."""

import json
import re
from functools import lru_cache
from typing import Any

from assistants_app.domain.config_values import without_secrets
from assistants_app.domain.form_spec.fields import FormSpec
from assistants_app.domain.sealed import MARK, revived
from assistants_app.engine.events.encoding import Verbatim
from assistants_app.models.fields import EncodedJson
from assistants_app.services.secrets import spec_by, spec_of_graph

_WORDS = ("key", "token", "secret", "passw", "passphrase", "credential")
"""One of these is in every name of a secret: see `names_secret`."""

_ENDS = re.compile(r"(?:keys?|tokens?|secrets?|passwords?|passwd|passphrase|credentials?)(?:\\u[0-9a-f]{4}|[\W_])*$")
_LONGEST_END = 60


def told_settings(graph_id: str, settings: Any, schema: Any = None) -> Any:
    """Settings with masks in place of their secrets; as they are stored where there can be none among them.

    `schema` is for a graph that is not installed any more.
    """
    if not settings:
        return settings
    return told_by(spec_of_graph(graph_id) or spec_by(schema), settings)


def told_by(spec: FormSpec | None, settings: Any) -> Any:
    if isinstance(settings, EncodedJson):
        if not may_hold_secrets(settings, spec):
            return Verbatim(settings)
        settings = revived(json.loads(settings))
    return without_secrets(spec, settings)


def may_hold_secrets(text: str, spec: FormSpec | None) -> bool:
    """Whether some stored JSON has to be read to know. What was stored before secrets were sealed may be plain."""
    if text == "{}":
        return False
    return MARK in text or (spec is not None and _tells_secrets(spec)) or _names_secrets(text)


def _names_secrets(text: str) -> bool:
    """Whether a key in it may be the name of a secret; asked for every row that is told, and cheaper than reading."""
    small = text.lower()
    for word in _WORDS:  # as a generator for `any` this takes four times as long
        if word in small:
            return any(_ENDS.search(part[-_LONGEST_END:]) for part in small.split('":')[:-1])
    return False


@lru_cache(maxsize=256)
def _tells_secrets(spec: FormSpec) -> bool:
    """Whether a schema says of anything that it is secret. What it names like one is found in the settings by name."""
    text = json.dumps(spec.schema)
    return '"writeOnly"' in text or '"password"' in text
