"""What programs confide with a run besides its settings, sealed where it is kept: what custom authentication and the
call's headers tell of who asked, what is sent along when a task of other agents ends, and a webhook's address that has
more than a path. Graphs and receivers get it as it was."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from django.conf import settings as site

from assistants_app.domain.errors import SecretNotOpened
from assistants_app.domain.json_values import Json
from assistants_app.domain.sealed import Sealed
from assistants_app.services.secrets import keys, opened, renewed

Change: TypeAlias = Callable[[Json], Json]

OF_CALLER = ("user", "headers")

HIDDEN = "••••••••"
"""Stands for what is told to nobody."""

_BEHIND_PATH = re.compile(r"([?#]).+", re.DOTALL)


def sealed_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run, or what a cron asks for, as they are kept; what was sealed before by the newest key."""
    return _options(options, _sealed, _sealed_address)


def told_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The same as pages and the audit log may show it; secrets among the settings of a cron are masked elsewhere."""
    return _options(options, lambda _value: HIDDEN, told_address)


def told_address(kept: Json) -> Json:
    """A webhook's address, sealed or not, as everybody is told it: what follows its path may be a password."""
    try:
        address = _opened(kept)
    except SecretNotOpened:
        return HIDDEN
    return _BEHIND_PATH.sub(rf"\1{HIDDEN}", address) if isinstance(address, str) else address


def opened_webhook(options: Mapping[str, Any]) -> str | None:
    """The address that a run names, to be called. Raises SecretNotOpened."""
    kept = options.get("webhook")
    return str(_opened(kept)) if kept else None


def opened_caller(caller: Mapping[str, Any]) -> dict[str, Any]:
    """Raises SecretNotOpened."""
    return _caller(caller, _opened)


def sealed_push(push: Mapping[str, Any]) -> dict[str, Any]:
    return _push(push, _sealed, _sealed_address)


def opened_push(push: Mapping[str, Any]) -> dict[str, Any]:
    """Raises SecretNotOpened."""
    return _push(push, _opened, _opened)


def _options(options: Mapping[str, Any], change: Change, change_address: Change) -> dict[str, Any]:
    found = dict(options)
    if isinstance(caller := found.get("caller"), Mapping):
        found["caller"] = _caller(caller, change)
    if pushes := found.get("push"):
        found["push"] = [_push(one, change, change_address) for one in pushes]
    if webhook := found.get("webhook"):
        found["webhook"] = change_address(webhook)
    return found


def _caller(caller: Mapping[str, Any], change: Change) -> dict[str, Any]:
    return {name: change(value) if name in OF_CALLER and value else value for name, value in caller.items()}


def _push(push: Mapping[str, Any], change: Change, change_address: Change) -> dict[str, Any]:
    found = dict(push)
    if found.get("url"):
        found["url"] = change_address(found["url"])
    if found.get("token"):
        found["token"] = change(found["token"])
    said = found.get("authentication")
    if isinstance(said, Mapping) and said.get("credentials"):
        found["authentication"] = {**said, "credentials": change(said["credentials"])}
    return found


def _sealed(value: Json) -> Json:
    if isinstance(value, Sealed):
        return renewed(value, keys()[0])
    return keys()[0].seal(value) if site.SEAL_SECRETS else value


def _sealed_address(value: Json) -> Json:
    """One that is no more than a path stays readable."""
    return _sealed(value) if isinstance(value, Sealed) or told_address(value) != value else value


def _opened(value: Json) -> Json:
    return opened(value) if isinstance(value, Sealed) else value
