"""Assistants as a file: the format, and reading what may be anything at all.

A file is one JSON object, `{"format": "assistants-export", "version": 1, …}`, described by the JSON Schema beside
`services.exporting`. It holds no secrets: a mask stands in place of each, as in the JSON of a page, and names it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jsonschema import Draft202012Validator

from assistants_app.domain.errors import InvalidExport, InvalidJson
from assistants_app.domain.json_values import Json, Settings, canonical, load_strict
from assistants_app.domain.language import gettext as _

FORMAT: Final = "assistants-export"
VERSION: Final = 1

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_ASSISTANTS: Final = 2_000
MOST_VERSIONS: Final = 50_000
"""Of all assistants together."""

_MOST_FAULTS: Final = 5


@dataclass(frozen=True, slots=True)
class VersionInFile:
    number: int
    name: str
    description: str
    graph_id: str
    settings: Settings
    config: dict[str, Any]
    metadata: dict[str, Any]
    settings_schema: dict[str, Any] | None
    note: str
    author: str
    summary: str
    created_at: str
    base: int | None
    restored_from: int | None


@dataclass(frozen=True, slots=True)
class AssistantInFile:
    assistant_id: str
    live: int
    versions: tuple[VersionInFile, ...]

    @property
    def live_version(self) -> VersionInFile:
        return next(version for version in self.versions if version.number == self.live)

    @property
    def name(self) -> str:
        return self.live_version.name


def written(assistants: list[dict[str, Json]], schemas: Mapping[str, Json]) -> str:
    """The text of a file: always the same for the same assistants, one line for each value, so that it lives in git."""
    whole = {"format": FORMAT, "version": VERSION, "assistants": assistants, "schemas": dict(schemas)}
    return json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def schema_key(schema: Json) -> str:
    """By which versions name the settings schema that they were saved with."""
    return hashlib.sha256(canonical(schema).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_export(data: bytes, rules: Mapping[str, Any]) -> tuple[AssistantInFile, ...]:
    """What a file holds; `rules` is the JSON Schema of the format. Raises InvalidExport, which says what is wrong."""
    whole = _whole(data)
    _require_known(whole)
    if faults := list(_faults(whole, rules)):
        raise InvalidExport(faults)
    if len(whole["assistants"]) > MOST_ASSISTANTS:
        raise InvalidExport([_("It holds more than %(count)s assistants.") % {"count": MOST_ASSISTANTS}])
    if sum(len(one["versions"]) for one in whole["assistants"]) > MOST_VERSIONS:
        raise InvalidExport([_("It holds more than %(count)s versions.") % {"count": MOST_VERSIONS}])
    found = tuple(_assistant(one, whole.get("schemas", {})) for one in whole["assistants"])
    ids = [one.assistant_id.lower() for one in found]
    if len(set(ids)) < len(ids):
        raise InvalidExport([_("It holds two assistants with one id.")])
    return found


def _whole(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise InvalidExport([_("The file is larger than %(count)s MB.") % {"count": MOST_BYTES // 1024**2}])
    try:
        return load_strict(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidExport([_("The file is no text in UTF-8.")]) from None
    except InvalidJson as error:
        raise InvalidExport([_("The file is no JSON: %(fault)s") % {"fault": error.message}]) from None


def _require_known(whole: Json) -> None:
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise InvalidExport([_("The file is no export of assistants.")])
    version = whole.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        said = _("The file is of version %(newer)s of the format; this site reads version %(known)s. Update the site.")
        raise InvalidExport([said % {"newer": str(version)[:20], "known": VERSION}])


def _faults(whole: Json, rules: Mapping[str, Any]) -> Iterator[str]:
    """The first few, each with its place; never what stands there."""
    validator: Any = Draft202012Validator(dict(rules))
    for count, error in enumerate(validator.iter_errors(whole)):
        if count == _MOST_FAULTS:
            yield _("And more.")
            return
        place = "/" + "/".join(str(part)[:60] for part in error.absolute_path)
        yield _("%(place)s breaks the rule “%(rule)s”.") % {"place": place[:200], "rule": error.validator}


def _assistant(told: dict[str, Any], schemas: Mapping[str, Any]) -> AssistantInFile:
    versions = tuple(_version(one, schemas) for one in told["versions"])
    numbers = [version.number for version in versions]
    at = {"name": str(told["name"])[:200]}
    if numbers != sorted(set(numbers)):
        raise InvalidExport([_("The versions of %(name)s are not in order, or occur twice.") % at])
    if told["live"] not in numbers:
        raise InvalidExport([_("The live version of %(name)s is not in the file.") % at])
    return AssistantInFile(told["assistant_id"], told["live"], versions)


def _version(told: dict[str, Any], schemas: Mapping[str, Any]) -> VersionInFile:
    key = told.get("schema")
    if key is not None and key not in schemas:
        raise InvalidExport([_("A schema that a version names is not in the file.")])
    return VersionInFile(
        number=told["number"],
        name=told["name"],
        description=told.get("description", ""),
        graph_id=told["graph_id"],
        settings=told["settings"],
        config=told.get("config", {}),
        metadata=told.get("metadata", {}),
        settings_schema=schemas[key] if key is not None else None,
        note=told.get("note", ""),
        author=told.get("author", ""),
        summary=told.get("summary", ""),
        created_at=told["created_at"],
        base=told.get("base"),
        restored_from=told.get("restored_from"),
    )
