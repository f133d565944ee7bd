"""What somebody does with a draft beside typing: a value of another version goes in, all of it becomes a version."""

from dataclasses import replace
from enum import StrEnum

from assistants_app.domain.config_values.actions import is_under
from assistants_app.domain.drafts import DraftNotFound, DraftNotReady, Known, Written
from assistants_app.domain.json_pointer import escape
from assistants_app.domain.json_values import Settings
from assistants_app.domain.sealed import revived
from assistants_app.domain.tags import tags_text
from assistants_app.models import Assistant, AssistantVersion, Draft
from assistants_app.services.authors import Author
from assistants_app.services.contents import same_content
from assistants_app.services.drafts import draft_as_version, draft_of, drop_draft, keep_draft, typed_opened
from assistants_app.services.versions import Saved, save_version


class Takes(StrEnum):
    """What can be taken of a version: a setting's value, or what stands about all of them."""

    SETTING = "setting"
    NAME = "name"
    DESCRIPTION = "description"
    TAGS = "tags"


def take_into_draft(
    *, author: Author, assistant: Assistant, number: int, key: str = "", what: Takes = Takes.SETTING
) -> Draft | None:
    """Give a setting the value that it has in another version, or leave it to the graph where it is not set there.
    Or take its name, its description or its tags.

    Without a draft one is begun from the live version; None where it holds just what is saved afterwards. Raises
    NotAllowed, AssistantNotFound, VersionNotFound, DraftNotReady (for half a JSON text), DraftMovedOn.
    """
    draft = draft_of(author=author, assistant=assistant)
    source = Assistant.history.numbered(assistant, number)
    written = _as_it_is(draft) if draft else _of_live(assistant)
    taken = _taken(written, key, source.context) if what is Takes.SETTING else _about(written, what, source)
    known = draft.times_kept if draft else 0
    kept = keep_draft(author=author, assistant=assistant, written=taken, known=known)
    if kept.complete and not kept.note and _is_saved(kept):
        drop_draft(author=author, assistant=assistant, known=kept.times_kept)
        return None
    return kept


def save_draft(*, author: Author, assistant: Assistant, note: str) -> Saved:
    """Make a version of the author's draft that does not go live, whatever was saved since it was begun: to keep it.

    Raises what `save_version` does, DraftNotFound, DraftNotReady.
    """
    draft = draft_of(author=author, assistant=assistant)
    if draft is None:
        raise DraftNotFound
    if not draft.complete:
        raise DraftNotReady
    version = draft_as_version(draft)
    return save_version(
        assistant_id=assistant.assistant_id,
        name=version.name,
        description=version.description,
        settings=version.context,
        metadata=version.metadata,
        settings_schema=version.settings_schema,
        author=author,
        note=draft.note or note,
        base=draft.base,
        expected_version=Assistant.history.newest_number(assistant),
        make_live=False,
        draft=Known(draft.times_kept),
    )


def _is_saved(draft: Draft) -> bool:
    base: AssistantVersion = Assistant.history.numbered(draft.assistant, draft.base)
    return same_content(draft_as_version(draft), base)


def _as_it_is(draft: Draft) -> Written:
    return Written(
        base=draft.base,
        newest=draft.newest,
        name=draft.name,
        description=draft.description,
        tags=draft.tags,
        note=draft.note,
        live=draft.live,
        settings=draft.context,
        settings_schema=draft.settings_schema,
        typed=typed_opened(draft),
        choices=draft.choices,
        page=draft.page,
    )


def _of_live(assistant: Assistant) -> Written:
    return Written(
        base=assistant.version,
        newest=Assistant.history.newest_number(assistant),
        name=assistant.name,
        description=assistant.description,
        tags=tags_text(assistant.metadata),
        settings=assistant.context,
        settings_schema=assistant.settings_schema,
    )


def _taken(written: Written, key: str, source: Settings) -> Written:
    """What was typed for that setting, to the letter, gives way too."""
    typed = written.typed
    if isinstance(typed, dict):
        if typed["as_json"]:
            raise DraftNotReady
        data = {name: values for name, values in typed["data"].items() if not is_under(name, f"/{escape(key)}")}
        typed = {**typed, "working": _put(revived(typed["working"]), key, source), "data": data}
    return replace(written, settings=_put(written.settings, key, source), typed=typed)


def _about(written: Written, what: Takes, source: AssistantVersion) -> Written:
    if what is Takes.NAME:
        return replace(written, name=source.name)
    if what is Takes.DESCRIPTION:
        return replace(written, description=source.description)
    return replace(written, tags=tags_text(source.metadata))


def _put(settings: Settings, key: str, source: Settings) -> Settings:
    others = {name: value for name, value in settings.items() if name != key}
    return {**others, key: source[key]} if key in source else others
