"""Secrets among settings: sealed before they are stored, opened when a run begins and nowhere else.

Sealed is AES-SIV: authenticated, and the same value under the same key is the same text, so that versions can be
compared as they are stored. That text tells who reads the database which values are equal, and roughly how long.
"""

import base64
import copy
import json
import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings as site
from django.utils.translation import gettext as _

from assistants_app.domain.config_values.hidden import changed_at, secret_pointers
from assistants_app.domain.errors import (
    FieldError,
    GraphNotFound,
    InvalidSettings,
    SecretNotOpened,
    VariableMissing,
    VariableNotAllowed,
)
from assistants_app.domain.form_spec import FormSpec, read_schema
from assistants_app.domain.json_pointer import look_up
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings, same, text_of
from assistants_app.domain.sealed import MARK, Sealed, looks_sealed, replaced, variable_in
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant, AssistantVersion

NEVER = frozenset({"DATABASE_URL", "SECRET_KEY", "ASSISTANTS_SECRETS_KEYS", "DJANGO_SUPERUSER_PASSWORD"})
"""Variables that no setting may name, whatever the site allows."""

Content = TypeVar("Content", bound=Assistant | AssistantVersion)

_BLOCK = 32
"""Values are padded to a multiple of this, so that their length tells little."""


@dataclass(frozen=True, slots=True)
class Key:
    key_id: str
    cipher: AESSIV

    @classmethod
    def of(cls, text: str, purpose: str) -> Self:
        made = HKDF(SHA256(), 68, salt=None, info=f"assistants-{purpose}".encode()).derive(text.encode())
        return cls(made[64:].hex(), AESSIV(made[:64]))

    def seal(self, value: Json) -> Sealed:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
        sealed = self.cipher.encrypt(text + b" " * (-len(text) % _BLOCK), None)
        return Sealed(f"{MARK}{self.key_id}${base64.urlsafe_b64encode(sealed).decode().rstrip('=')}")

    def open(self, sealed: Sealed) -> Json:
        """Raises InvalidTag."""
        content = sealed.content
        return json.loads(self.cipher.decrypt(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)), None))


def keys() -> Sequence[Key]:
    """Newest first. The site's SECRET_KEY comes last, so that a site without keys of its own has one."""
    return _keys((*site.SECRETS_KEYS, site.SECRET_KEY, *site.SECRET_KEY_FALLBACKS), "secrets")


@lru_cache(maxsize=8)
def _keys(texts: tuple[str, ...], purpose: str) -> tuple[Key, ...]:
    return tuple(Key.of(text, purpose) for text in dict.fromkeys(texts))


def opened(sealed: Sealed) -> Json:
    """Raises SecretNotOpened."""
    for key in keys():
        if key.key_id == sealed.key_id:
            try:
                return key.open(sealed)
            except (InvalidTag, ValueError):
                break
    raise SecretNotOpened


def sealed(settings: Settings, spec: FormSpec | None) -> Settings:
    """The settings with every secret among them sealed by the newest key; what cannot be opened stays as it is."""
    if not settings or not (pointers := secret_pointers(spec, settings)):
        return settings
    newest = keys()[0]

    def seal(value: Json, _pointer: str) -> Json:
        if not isinstance(value, Sealed):
            return newest.seal(value) if site.SEAL_SECRETS else value
        return value if value.key_id == newest.key_id else renewed(value, newest)

    return dict(changed_at(settings, frozenset(pointers), seal))


def sealed_config(config: dict[str, Any], spec: FormSpec | None) -> dict[str, Any]:
    """The same for LangGraph's config, whose `configurable` are settings too."""
    found = sealed(config, None)
    inner = found.get("configurable")
    return {**found, "configurable": sealed(inner, spec)} if inner and isinstance(inner, dict) else found


def sealed_asked(asked: dict[str, Any], graph_id: str) -> dict[str, Any]:
    """What a run of a graph is asked for, in the API's names, as it is stored for later."""
    spec, found = spec_of_graph(graph_id), dict(asked)
    if isinstance(context := asked.get("context"), dict):
        found["context"] = sealed(context, spec)
    if isinstance(config := asked.get("config"), dict):
        found["config"] = sealed_config(config, spec)
    return found


def sealed_content(content: Content) -> Content:
    """A version, or an assistant, as it is stored. The given one stays as it is."""
    if not (content.context or content.config):
        return content
    context = sealed(content.context, spec_by(content.settings_schema))
    config = sealed_config(content.config, None)
    if context is content.context and config is content.config:
        return content
    new = copy.copy(content)
    new.context, new.config = context, config
    return new


def renewed(value: Sealed, newest: Key) -> Sealed:
    """Sealed by the newest key; what cannot be opened stays as it is."""
    try:
        return newest.seal(opened(value))
    except SecretNotOpened:
        return value


def given(settings: Settings, spec: FormSpec | None, *, strict: bool = True) -> Settings:
    """Settings as their graph gets them: secrets opened, environment variables read.

    Raises SecretNotOpened, VariableMissing, VariableNotAllowed, which name the setting; unless `strict`, what would
    raise them stays as it is.
    """
    if not settings:
        return settings
    places = frozenset(at for at in secret_pointers(None, settings) if isinstance(look_up(settings, at), Sealed))

    def resolve(value: Json, pointer: str) -> Json:
        try:
            return opened(value) if isinstance(value, Sealed) else read_variable(variable_in(value) or "")
        except (SecretNotOpened, VariableMissing, VariableNotAllowed) as error:
            if not strict:
                return value
            raise type(error)(_("The setting %(at)s: %(why)s") % {"at": pointer[1:], "why": error.message}) from None

    known = changed_at(settings, places, resolve)
    # After that, as a hidden setting may hold one.
    return dict(changed_at(known, frozenset(variable_pointers(spec, known)), resolve))


def texts_in(settings: Settings, spec: FormSpec | None) -> set[str]:
    """The texts of all secrets that a graph gets by some settings, read from the environment or not."""
    if not settings:
        return set()
    known = given(settings, spec, strict=False)
    pointers = {*secret_pointers(spec, settings), *variable_pointers(spec, settings)}
    found: list[str] = []
    for pointer in pointers:
        replaced(look_up(known, pointer), lambda text: None if isinstance(text, Sealed) else found.append(text))
    return set(found)


def variable_pointers(spec: FormSpec | None, settings: Settings) -> list[str]:
    """Where environment variables are named: only in the places of secrets does that mean anything."""
    found: list[str] = []
    replaced(settings, lambda text: found.append(text) if variable_in(text) else None)
    if not found:
        return []
    plain = replaced(settings, lambda text: "variable" if variable_in(text) else text)
    return [at for at in secret_pointers(spec, plain) if variable_in(look_up(settings, at))]


def may_name(variable: str) -> bool:
    """Whether a setting may name this environment variable: by name, or by the start of its name ("LLM_*")."""
    if variable in NEVER:
        return False
    return any(
        variable.startswith(allowed[:-1]) if allowed.endswith("*") else variable == allowed
        for allowed in site.SECRET_VARIABLES
    )


def known_variables() -> list[str]:
    """Those that may be named, and are there in this process."""
    return sorted(name for name in os.environ if may_name(name))


def read_variable(name: str) -> str:
    """Raises VariableMissing, VariableNotAllowed."""
    if not may_name(name):
        said = _("the environment variable %(name)s may not be read by settings (ASSISTANTS_SECRET_VARIABLES).")
        raise VariableNotAllowed(said % {"name": name})
    value = os.environ.get(name, "")
    if not value:
        said = _("the environment variable %(name)s is not set where this run is executed.")
        raise VariableMissing(said % {"name": name})
    return value


def check_variables(settings: Settings, spec: FormSpec | None, before: Settings) -> None:
    """Refuse names of variables that may not be read, unless they were there before. Raises InvalidSettings."""
    errors = [
        FieldError(pointer, _("The site does not allow settings to read the variable %(name)s.") % {"name": name})
        for pointer in variable_pointers(spec, settings)
        if (name := variable_in(look_up(settings, pointer)))
        and not may_name(name)
        and not same(look_up(before, pointer), look_up(settings, pointer))
    ]
    if errors:
        raise InvalidSettings(errors)


_SPECS: dict[str, tuple[Mapping[str, Any], FormSpec]] = {}
"""Of the graphs that are installed, by their ids: each with the schema that it was read from."""


_ASKED: deque[tuple[Mapping[str, Any], FormSpec]] = deque(maxlen=16)
"""Of the rows that were asked for last: a save asks five times, each of one or two schemas."""


def spec_by(schema: Mapping[str, Any] | None) -> FormSpec | None:
    """The spec of a schema that a row remembers, or of a graph's own."""
    if not schema:
        return None
    for known, spec in (*_ASKED, *_SPECS.values()):
        if known is schema:
            return spec
    made = _spec_of_text(text_of(schema))
    _ASKED.appendleft((schema, made))
    return made


@lru_cache(maxsize=256)
def _spec_of_text(text: str) -> FormSpec:
    return read_schema(json.loads(text))


def spec_of_graph(graph_id: str) -> FormSpec | None:
    """None for a graph that is not installed, and for one without a schema."""
    try:
        schema = catalog().get(graph_id).settings_schema
    except GraphNotFound:
        return None
    if not schema:
        return None
    known = _SPECS.get(graph_id)
    if known is None or known[0] is not schema:
        known = _SPECS[graph_id] = (schema, _spec_of_text(text_of(schema)))
    return known[1]


def carried(value: Json) -> str:
    """A secret that is not saved yet, typed or sealed, for the page to carry on without showing it."""
    return str(_carrying()[0].seal({"value": value, "sealed": isinstance(value, Sealed)}))


def taken_back(token: str) -> Json | Absent:
    """What `carried` made, read again; ABSENT for anything else. What is stored is sealed by other keys."""
    known = Sealed(token) if looks_sealed(token) else Sealed()
    try:
        found = next((key.open(known) for key in _carrying() if key.key_id == known.key_id), ABSENT)
    except (InvalidTag, ValueError):
        return ABSENT
    if found is ABSENT:
        return ABSENT
    return Sealed(found["value"]) if found["sealed"] else found["value"]


def _carrying() -> tuple[Key, ...]:
    return _keys((site.SECRET_KEY, *site.SECRET_KEY_FALLBACKS), "typed-secrets")
