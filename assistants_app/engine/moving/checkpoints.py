"""A checkpoint of the official SqliteSaver, as the official AsyncPostgresSaver keeps it.

SQLite's saver keeps a checkpoint in one piece; PostgreSQL's keeps most of its channels' values beside it, each once
for all checkpoints that hold that version of it. Values are never built on the way, only cut out of what is stored,
so that nothing depends on code of the site's own graphs.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from typing import Any

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import EXT_DELTA_SNAPSHOT

from assistants_app.domain.errors import CannotMove

MSGPACK = "msgpack"

_KEYS = ormsgpack.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True)
class Blob:
    channel: str
    version: str
    type: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Parted:
    """`checkpoint` is JSON; `blobs` are those that no checkpoint before it brought along."""

    checkpoint: str
    blobs: list[Blob]


class Parting:
    """For the checkpoints of one namespace of one thread, given newest first.

    Two of them may hold different values of the same version of a channel: a node changed a list in its place, or
    one of them leaves the channel out. On PostgreSQL one version has one value, so the newest keeps the version and
    any other gets a name of its own for it.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[bytes | None]] = defaultdict(list)

    def part(self, kind: str | None, stored: bytes) -> Parted:
        """Raises CannotMove."""
        if kind != MSGPACK:
            raise CannotMove(f"a checkpoint is stored as {kind or 'nothing'}, which is none of this site's")
        deltas: list[ormsgpack.Ext] = []
        checkpoint = _read(stored, deltas)
        values: dict[str, Any] = checkpoint.get("channel_values") or {}
        versions: dict[str, str] = checkpoint["channel_versions"]
        if unknown := values.keys() - versions.keys():
            raise CannotMove(f"the channel {min(unknown)} of a checkpoint has no version")
        inline, blobs, renamed = {}, [], {}
        for channel, version in versions.items():
            typed = _typed(values[channel]) if channel in values else None
            name, new = self._name(channel, version, typed)
            if name != version:
                renamed[channel] = (version, name)
            if channel in values and typed is None:
                inline[channel] = values[channel]
            elif typed is not None:
                if any(values[channel] is delta for delta in deltas):
                    inline[channel] = True  # the official saver's mark
                if new:
                    blobs.append(Blob(channel, name, *typed))
        return Parted(json.dumps({**_with_names(checkpoint, renamed), "channel_values": inline}), blobs)

    def _name(self, channel: str, version: str, typed: tuple[str, bytes] | None) -> tuple[str, bool]:
        """What a channel's version is called for this value, and whether the value is new under that name."""
        told = typed and blake2b(typed[0].encode() + b" " + typed[1], digest_size=16).digest()
        known = self._known[channel, version]
        new = told not in known
        if new:
            known.append(told)
        place = known.index(told)
        return (f"{version}-{place}" if place else str(version)), new


def metadata_of(stored: bytes | str | None) -> str:
    """A checkpoint's metadata as PostgreSQL takes it."""
    metadata = json.loads(stored) if stored else {}
    metadata.pop("writes", None)  # as the official saver does
    return json.dumps(_storable(metadata))


def _read(stored: bytes, deltas: list[ormsgpack.Ext]) -> Any:
    def keep(code: int, data: bytes) -> ormsgpack.Ext:
        kept = ormsgpack.Ext(code, data)
        if code == EXT_DELTA_SNAPSHOT:
            deltas.append(kept)
        return kept

    return ormsgpack.unpackb(stored, ext_hook=keep, option=_KEYS)


def _typed(value: Any) -> tuple[str, bytes] | None:
    """A channel's value as the savers' serializer has it; None for what may stand in the checkpoint's own JSON.

    Numbers with a fraction may not: jsonb would make a whole number of 1e22.
    """
    if value is None or isinstance(value, bool | int) or (isinstance(value, str) and "\0" not in value):
        return None
    if isinstance(value, bytes):
        return "bytes", value
    return MSGPACK, ormsgpack.packb(value, option=_KEYS)


def _with_names(checkpoint: dict[str, Any], renamed: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """With the new names wherever the checkpoint names these versions: what a node has seen it has seen."""

    def names(versions: Mapping[str, str]) -> dict[str, str]:
        return {
            channel: renamed[channel][1] if channel in renamed and renamed[channel][0] == version else version
            for channel, version in versions.items()
        }

    seen = checkpoint.get("versions_seen") or {}
    return {
        **checkpoint,
        "channel_versions": names(checkpoint["channel_versions"]),
        "versions_seen": {node: names(versions) for node, versions in seen.items()},
    }


def _storable(value: Any) -> Any:
    """Without what jsonb refuses, as the official saver leaves it out at the top."""
    match value:
        case str():
            return value.replace("\0", "")
        case float() if not isfinite(value):
            return None
        case dict():
            return dict(_pairs(value))
        case list():
            return [_storable(one) for one in value]
    return value


def _pairs(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        yield key.replace("\0", ""), _storable(one)
