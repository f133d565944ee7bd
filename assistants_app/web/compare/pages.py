"""Two versions of an assistant side by side."""

import re
import uuid
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assistants_app.domain.diff import Snapshot, compare_json
from assistants_app.domain.diff.rows import Allowance
from assistants_app.domain.drafts import DraftNotFound
from assistants_app.domain.errors import VersionNotFound
from assistants_app.models import Assistant, AssistantVersion, Role
from assistants_app.services.contents import snapshot_of
from assistants_app.services.drafts import draft_as_version, draft_of, drafts_of
from assistants_app.services.hidden import revealed
from assistants_app.services.rights import may
from assistants_app.web.access import SignedInRequest, assistant_of, author_of
from assistants_app.web.compare.blocks import Builder
from assistants_app.web.compare.blocks import show as show_changes
from assistants_app.web.compare.shown import Options, ShownText, Space
from assistants_app.web.compare.text import comparison_text

PICKER_SIZE = 100
_REF = re.compile(r"v([1-9][0-9]{0,8})")


DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Pair:
    """Both ends of a comparison, and their numbers; a draft has none, its base's counts."""

    assistant: Assistant
    numbers: tuple[int, int]
    old: AssistantVersion
    new: AssistantVersion

    @classmethod
    def of(cls, request: SignedInRequest, assistant_id: uuid.UUID, old: str, new: str) -> "Pair":
        """Raises AssistantNotFound, VersionNotFound; DraftNotFound and NotAllowed where a draft is asked for."""
        assistant = assistant_of(request, assistant_id)
        author = author_of(request)
        draft = draft_of(author=author, assistant=assistant) if DRAFT in (old, new) else None
        if DRAFT in (old, new) and draft is None:
            raise DraftNotFound
        base = draft.base if draft else 0
        numbers = _number(assistant, old, base), _number(assistant, new, base)
        found = {version.number: version for version in Assistant.history.of(assistant).filter(number__in=numbers)}
        for number in numbers:
            if number not in found:
                raise VersionNotFound(
                    _("%(name)s has no version %(number)s.") % {"name": assistant.name, "number": number}
                )
        unsaved = draft_as_version(draft) if draft else None
        ends = [unsaved if ref == DRAFT and unsaved else found[n] for ref, n in zip((old, new), numbers, strict=True)]
        return cls(assistant, numbers, *(revealed(author, assistant, end) for end in ends))

    @property
    def names(self) -> tuple[str, str]:
        """As addresses have them: the numbers, also of an end that was named "live"; or "draft"."""
        return _name(self.old), _name(self.new)

    @property
    def titles(self) -> tuple[str, str]:
        """As pages have them."""
        return _title(self.old), _title(self.new)

    @property
    def snapshots(self) -> tuple[Snapshot, Snapshot]:
        return snapshot_of(self.old), snapshot_of(self.new)

    @property
    def takes(self) -> AssistantVersion | None:
        """The end whose values can be taken into a draft: the old one, unless that is the draft."""
        if self.old.number is not None:
            return self.old
        return self.new if self.new.number is not None else None

    @property
    def step_back(self) -> tuple[int, int] | None:
        """The pair of neighbours before this one, to walk through the history; None at its start."""
        first = min(self.numbers)
        return (first - 1, first) if first > 1 else None

    def step_on(self, newest: int) -> tuple[int, int] | None:
        """The pair of neighbours after this one; None at the end of the history."""
        last = max(self.numbers)
        return (last, last + 1) if last < newest else None


@require_safe
def show(request: SignedInRequest, assistant_id: uuid.UUID, old: str, new: str) -> HttpResponse:
    """The comparison's page: its changes, or with `?tab=raw` everything as JSON."""
    pair = Pair.of(request, assistant_id, old, new)
    options = Options.of(request.GET)
    picks = _picks(pair)
    raw = request.GET.get("tab") == "raw"
    context = {
        "assistant": pair.assistant,
        "tab": "versions",
        "pair": pair,
        "picks": picks,
        "step_back": pair.step_back,
        "step_on": pair.step_on(picks[0].number or 0),
        "takes": pair.takes if may(author_of(request), Role.EDITOR, pair.assistant) else None,
        "has_draft": drafts_of(author_of(request)).filter(assistant=pair.assistant).exists(),
        "swapped": reverse("assistant-compare", args=[assistant_id, *reversed(pair.names)]),
        "permalink": reverse("assistant-compare", args=[assistant_id, *pair.names]),
        "options": options,
        "spaces": _spaces(),
        "raw": raw,
        "raw_text": _raw(pair, options) if raw else None,
        "shown": show_changes(
            *pair.snapshots,
            old_name=pair.titles[0],
            new_name=pair.titles[1],
            options=options,
            full_url=reverse("assistant-compare-text", args=[assistant_id, *pair.names]),
            blocks=not raw,
        ),
    }
    return render(request, "compare/compare.html", context)


@require_safe
def as_text(request: SignedInRequest, assistant_id: uuid.UUID, old: str, new: str) -> HttpResponse:
    """The whole comparison as plain text, however long: for what does not fit on the page, and for e-mail."""
    pair = Pair.of(request, assistant_id, old, new)
    lines = comparison_text(*pair.snapshots, *pair.names)
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _name(end: AssistantVersion) -> str:
    return DRAFT if end.number is None else f"v{end.number}"


def _title(end: AssistantVersion) -> str:
    return _("Draft") if end.number is None else f"v{end.number}"


def _number(assistant: Assistant, ref: str, base: int) -> int:
    """The number of the version that one end of the address names. Raises VersionNotFound."""
    if ref == "live":
        return assistant.version
    if ref == DRAFT:
        return base
    if match := _REF.fullmatch(ref):
        return int(match[1])
    said = _("“%(ref)s” names no version. The address of a comparison ends in two, as v3...v7 or live...draft.")
    raise VersionNotFound(said % {"ref": ref[:40]})


def _picks(pair: Pair) -> list[AssistantVersion]:
    """The newest versions, newest first, and the two that are compared: to pick others from."""
    newest = list(Assistant.history.of(pair.assistant).for_list()[:PICKER_SIZE])
    listed = {version.number for version in newest}
    sides = [side for side in (pair.old, pair.new) if side.number is not None]
    older = {side.history_id: side for side in sides if side.number not in listed}
    return newest + [older[key] for key in sorted(older, reverse=True)]


def _spaces() -> list[tuple[str, str]]:
    """The choices about white space, for the page."""
    return [
        (Space.CHANGES, _("Show where it changed")),
        (Space.ALL, _("Show all")),
        (Space.IGNORE, _("Ignore changes")),
    ]


def _raw(pair: Pair, options: Options) -> ShownText:
    diff = compare_json(*pair.snapshots, ignore_space=options.space is Space.IGNORE)
    return Builder(options, Allowance()).text(diff)
