"""Assistants as a file: the format, and reading what may be anything at all.

A file is one JSON object, `{"format": "assistants-export", "version": 1, …}`, described by the JSON Schema beside
`services.exporting`. It holds no secrets: a mask stands in place of each, as in the JSON of a page, and names it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jsonschema import Draft202012Validator

from assistants_app.domain.errors import InvalidExport, InvalidJson
from assistants_app.domain.export_faults import assistant_words, placed, rule_words, version_words
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
    place: int
    """In the file, from 1."""
    assistant_id: str
    live: int
    versions: tuple[VersionInFile, ...]

    @property
    def live_version(self) -> VersionInFile:
        return next(version for version in self.versions if version.number == self.live)

    @property
    def name(self) -> str:
        return self.live_version.name

    @property
    def words(self) -> str:
        """Which one of the file it is, for messages."""
        return assistant_words(self.place, self.name)

    def words_of(self, version: VersionInFile) -> str:
        return version_words(self.place, self.name, version.number)


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
    if faults := _faults(whole, rules):
        raise InvalidExport(faults)
    if len(whole["assistants"]) > MOST_ASSISTANTS:
        raise InvalidExport([_("It holds more than %(count)s assistants.") % {"count": MOST_ASSISTANTS}])
    if sum(len(one["versions"]) for one in whole["assistants"]) > MOST_VERSIONS:
        raise InvalidExport([_("It holds more than %(count)s versions.") % {"count": MOST_VERSIONS}])
    found = tuple(
        _assistant(place, one, whole.get("schemas", {})) for place, one in enumerate(whole["assistants"], start=1)
    )
    first: dict[str, AssistantInFile] = {}
    for one in found:
        other = first.setdefault(one.assistant_id.lower(), one)
        if other is not one:
            said = _("It has the same ID as %(other)s. Take one of them out, or give it another ID.")
            raise InvalidExport([placed(one.words, said % {"other": other.words})])
    return found


def _whole(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise InvalidExport([_("The file is larger than %(count)s MB.") % {"count": MOST_BYTES // 1024**2}])
    try:
        return load_strict(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidExport([_("The file is no text in UTF-8.")]) from None
    except InvalidJson as error:
        raise InvalidExport([_("The file is damaged, or no JSON: %(fault)s") % {"fault": error.message}]) from None


def _require_known(whole: Json) -> None:
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise InvalidExport([_("The file is no export of assistants. Choose one that a site like this one exported.")])
    version = whole.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        said = _("The file is of version %(newer)s of the format; this site reads version %(known)s. Update the site.")
        raise InvalidExport([said % {"newer": str(version)[:20], "known": VERSION}])


def _faults(whole: Json, rules: Mapping[str, Any]) -> list[str]:
    """The first few, each with its place; never what stands there."""
    validator: Any = Draft202012Validator(dict(rules))
    found: dict[str, None] = {}
    for error in validator.iter_errors(whole):
        if len(found) == _MOST_FAULTS:
            return [*found, _("And more.")]
        found[rule_words(error, whole)] = None
    return list(found)


def _assistant(place: int, given: dict[str, Any], schemas: Mapping[str, Any]) -> AssistantInFile:
    where = assistant_words(place, given["name"])
    for one in given["versions"]:
        if one.get("schema") is not None and one["schema"] not in schemas:
            said = _("The settings schema that it names is not in the file. Export it again.")
            raise InvalidExport([placed(version_words(place, given["name"], one["number"]), said)])
    numbers = [one["number"] for one in given["versions"]]
    if numbers != sorted(set(numbers)):
        said = _("Its versions are not in the order of their numbers, or one occurs twice. Put them in order.")
        raise InvalidExport([placed(where, said)])
    if given["live"] not in numbers:
        said = _("Version %(number)s, which is live, is not in the file. Add it, or name another one as live.")
        raise InvalidExport([placed(where, said % {"number": given["live"]})])
    versions = tuple(_version(one, schemas) for one in given["versions"])
    return AssistantInFile(place, given["assistant_id"], given["live"], versions)


def _version(given: dict[str, Any], schemas: Mapping[str, Any]) -> VersionInFile:
    return VersionInFile(
        number=given["number"],
        name=given["name"],
        description=given.get("description", ""),
        graph_id=given["graph_id"],
        settings=given["settings"],
        config=given.get("config", {}),
        metadata=given.get("metadata", {}),
        settings_schema=schemas[given["schema"]] if given.get("schema") is not None else None,
        note=given.get("note", ""),
        author=given.get("author", ""),
        summary=given.get("summary", ""),
        created_at=given["created_at"],
        base=given.get("base"),
        restored_from=given.get("restored_from"),
    )
