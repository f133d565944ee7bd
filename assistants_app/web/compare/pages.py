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
from assistants_app.domain.errors import VersionNotFound
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.services.contents import snapshot_of
from assistants_app.web.access import SignedInRequest, assistant_of
from assistants_app.web.compare.blocks import Builder
from assistants_app.web.compare.blocks import show as show_changes
from assistants_app.web.compare.shown import Options, ShownText, Space
from assistants_app.web.compare.text import comparison_text

PICKER_SIZE = 100
_REF = re.compile(r"v([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Pair:
    """Both ends of a comparison, and their numbers."""

    assistant: Assistant
    numbers: tuple[int, int]
    old: AssistantVersion
    new: AssistantVersion

    @classmethod
    def of(cls, request: SignedInRequest, assistant_id: uuid.UUID, old: str, new: str) -> "Pair":
        """Raises AssistantNotFound, VersionNotFound."""
        assistant = assistant_of(request, assistant_id)
        numbers = _number(assistant, old), _number(assistant, new)
        found = {version.number: version for version in Assistant.history.of(assistant).filter(number__in=numbers)}
        for number in numbers:
            if number not in found:
                raise VersionNotFound(
                    _("%(name)s has no version %(number)s.") % {"name": assistant.name, "number": number}
                )
        return cls(assistant, numbers, found[numbers[0]], found[numbers[1]])

    @property
    def names(self) -> tuple[str, str]:
        """As addresses have them: the numbers, also of an end that was named "live"."""
        return f"v{self.numbers[0]}", f"v{self.numbers[1]}"

    @property
    def snapshots(self) -> tuple[Snapshot, Snapshot]:
        return snapshot_of(self.old), snapshot_of(self.new)

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
        "permalink": reverse("assistant-compare", args=[assistant_id, *pair.names]),
        "options": options,
        "spaces": _spaces(),
        "raw": raw,
        "raw_text": _raw(pair, options) if raw else None,
        "shown": show_changes(
            *pair.snapshots,
            old_name=pair.names[0],
            new_name=pair.names[1],
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


def _number(assistant: Assistant, ref: str) -> int:
    """The number of the version that one end of the address names. Raises VersionNotFound."""
    if ref == "live":
        return assistant.version
    if match := _REF.fullmatch(ref):
        return int(match[1])
    raise VersionNotFound(
        _("“%(ref)s” names no version. The address of a comparison ends in two versions, as v3...v7 or v3...live.")
        % {"ref": ref[:40]}
    )


def _picks(pair: Pair) -> list[AssistantVersion]:
    """The newest versions, newest first, and the two that are compared: to pick others from."""
    newest = list(Assistant.history.of(pair.assistant).for_list()[:PICKER_SIZE])
    listed = {version.number for version in newest}
    older = {side.history_id: side for side in (pair.old, pair.new) if side.number not in listed}
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
