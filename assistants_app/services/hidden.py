"""Hidden settings: who is below a role neither sees nor changes them. They are kept as secrets are.

The design, and why. What is stored at a hidden pointer is sealed, as a secret is (`services.secrets`), whatever kind of
value it is: in the live row, versions, drafts, runs, crons and trials. So it is masked wherever settings are told, by
what masks secrets there already: a page that nobody thought of tells a mask, and no value. Then there are three places:

* `revealed` opens it again for who may see it, on pages that edit, show and compare versions. Everything else tells a
  mask to everybody: the API, runs, exports, the audit log.
* `services.locks.under_locks`, which every save passes, puts the live version's value back for who may not see it.
  A value that they send is refused whatever it is: one that happened to be right would tell that it is. `for_run` does
  the same for the values of a test.
* `services.hiding` goes through what was stored before, when a setting is hidden or shown again.

A graph gets the true value, as it gets its secrets. What is not told: that a value changed, and whether there is one.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from assistants_app.domain.config_values.hidden import changed_at, is_mask
from assistants_app.domain.errors import FieldError, InvalidSettings, SecretNotOpened
from assistants_app.domain.json_pointer import look_up, unescape
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings, same
from assistants_app.domain.sealed import Sealed, replaced, sealed_in
from assistants_app.models import Assistant, Role, SettingLock
from assistants_app.models.prepared import ask
from assistants_app.services.authors import Author
from assistants_app.services.rights import rights_of
from assistants_app.services.secrets import Content, keys, opened

Pointers = frozenset[str]


def locks_of(graph_id: str) -> list[SettingLock]:
    """All that are locked or hidden in a graph."""
    return ask("setting-locks", SettingLock.objects.filter, graph_id=graph_id)


def closed_to(role: Role | None, locks: Iterable[SettingLock]) -> list[SettingLock]:
    """Those that somebody with this role may not change."""
    return [lock for lock in locks if role is None or not role.includes(Role(lock.role))]


def pointers_of(locks: Iterable[SettingLock]) -> Pointers:
    return frozenset(lock.pointer for lock in locks if lock.hidden)


def hidden_in(graph_id: str) -> Pointers:
    return pointers_of(locks_of(graph_id))


def names_of(pointers: Pointers) -> frozenset[str]:
    """The settings that they are in."""
    return frozenset(unescape(pointer.split("/")[1]) for pointer in pointers)


def sealed_away(settings: Settings, pointers: Pointers) -> Settings:
    """Settings with what stands at these pointers sealed, whole: secrets within it are sealed with it."""
    if not settings or not pointers:
        return settings
    newest = keys()[0]

    def seal(value: Json, _pointer: str) -> Json:
        return value if isinstance(value, Sealed) else newest.seal(replaced(value, _plain))

    return dict(changed_at(settings, pointers, seal))


def config_sealed_away(config: dict[str, Any], pointers: Pointers) -> dict[str, Any]:
    """The same for LangGraph's config, whose `configurable` are settings too."""
    inner = config.get("configurable")
    if not pointers or not isinstance(inner, dict):
        return config
    return {**config, "configurable": sealed_away(inner, pointers)}


def asked_sealed_away(asked: Mapping[str, Any], pointers: Pointers) -> dict[str, Any]:
    """The same for what a run is asked for, in the API's names."""
    found = dict(asked)
    if isinstance(context := found.get("context"), dict):
        found["context"] = sealed_away(context, pointers)
    if isinstance(config := found.get("config"), dict):
        found["config"] = config_sealed_away(config, pointers)
    return found


def disclosed(settings: Settings, pointers: Pointers) -> Settings:
    """The other way round. What cannot be opened stays as it is."""
    if not settings or not pointers:
        return settings
    return dict(changed_at(settings, pointers, lambda value, _pointer: _plain(value)))


def _plain(value: Json) -> Json:
    if not isinstance(value, Sealed):
        return value
    try:
        return opened(value)
    except SecretNotOpened:
        return value


def seen_by(author: Author, assistant: Assistant, graph_id: str) -> tuple[Pointers, Pointers]:
    """What is hidden in a graph and somebody sees all the same, and what they do not."""
    locks = locks_of(graph_id)
    closed = pointers_of(closed_to(rights_of(author).on(assistant), locks))
    return pointers_of(locks) - closed, closed


def revealed(author: Author, assistant: Assistant, content: Content) -> Content:
    """A copy of an assistant, or of a version, with the hidden settings open that its reader may see."""
    if next(sealed_in(content.context), None) is None:
        return content
    new = copy.copy(content)
    new.context = disclosed(content.context, seen_by(author, assistant, content.graph_id)[0])
    return new


def for_run(
    author: Author, assistant: Assistant, graph_id: str, kept: Settings, settings: Settings, config: dict[str, Any]
) -> tuple[Settings, dict[str, Any]]:
    """The values and the config of a test as they are stored; who is below a role tests with the values that are kept.

    Raises InvalidSettings for a value that they send.
    """
    locks = [lock for lock in locks_of(graph_id) if lock.hidden]
    closed = closed_to(rights_of(author).on(assistant), locks)
    refuse_sent(closed, kept, config.get("configurable") or {})
    values = with_kept(closed, kept, settings)
    return sealed_away(values, pointers_of(locks)), config_sealed_away(config, pointers_of(locks))


def for_asked(author: Author, assistant: Assistant, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What runs will be asked for, as it is stored. Raises InvalidSettings for what is hidden from the author."""
    locks = [lock for lock in locks_of(assistant.graph_id) if lock.hidden]
    config = asked.get("config")
    for settings in (asked.get("context"), config.get("configurable") if isinstance(config, dict) else None):
        if isinstance(settings, dict):
            refuse_sent(closed_to(rights_of(author).on(assistant), locks), {}, settings)
    return asked_sealed_away(asked, pointers_of(locks))


def with_kept(closed: Iterable[SettingLock], kept: Settings, new: Settings) -> Settings:
    """Settings with the kept values of hidden ones in place of what somebody left out, or got masked.

    Raises InvalidSettings for a value that they send.
    """
    closed = [lock for lock in closed if lock.hidden]
    refuse_sent(closed, kept, new)
    for lock in closed:
        steps = [unescape(step) for step in lock.pointer.split("/")[1:]]
        new = _put(new, steps, look_up(kept, lock.pointer))
    return new


def refuse_sent(closed: Iterable[SettingLock], kept: Settings, new: Settings) -> None:
    """Raises InvalidSettings, which names what is hidden and was sent all the same."""
    said = _("This is hidden from you: changing it needs the role %(role)s. Leave it out.")
    errors = [
        FieldError(lock.pointer, said % {"role": Role(lock.role).label})
        for lock in closed
        if _is_sent(look_up(new, lock.pointer), look_up(kept, lock.pointer))
    ]
    if errors:
        raise InvalidSettings(errors)


def _is_sent(value: Json | Absent, kept: Json | Absent) -> bool:
    """Sealed it comes from what is stored; and who sends what is stored unsealed knows it."""
    if value is ABSENT or isinstance(value, Sealed) or is_mask(value):
        return False
    return isinstance(kept, Sealed) or not same(value, kept)


def _put(value: Any, steps: list[str], part: Json | Absent) -> Any:
    """JSON with a part at a place; as it is where there is no such place: then the lock refuses it by name."""
    if not isinstance(value, Mapping):
        return value
    key, *below = steps
    if below:
        if part is ABSENT and key not in value:
            return value
        return {**value, key: _put(value.get(key, {}), below, part)}
    others = {name: one for name, one in value.items() if name != key}
    return others if part is ABSENT else {**value, key: part}
