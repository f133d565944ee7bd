"""Two people edited the same version: what each of them made of it, and putting it together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from assistants_app.domain.config_values import Reading
from assistants_app.domain.errors import VersionNotFound
from assistants_app.domain.json_pointer import escape, unescape
from assistants_app.domain.json_values import ABSENT, Absent, Json, Settings, canonical, same
from assistants_app.domain.tags import retagged, tags_text
from assistants_app.models import Assistant, AssistantVersion
from assistants_app.services.hidden import revealed
from assistants_app.services.secrets import sealed
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.addresses import number_in
from assistants_app.web.desk import Desk, Typed
from assistants_app.web.edit_sheet import Sheet

Side = Literal["base", "theirs", "mine"]
SIDES: tuple[Side, ...] = ("base", "theirs", "mine")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that both could have changed: the name, the description, the tags, or one setting."""

    name: str
    label: str
    anchor: str
    secret: bool
    values: Mapping[Side, Json | Absent]

    @property
    def differs(self) -> bool:
        return not same(self.values["theirs"], self.values["mine"])

    @property
    def both_changed(self) -> bool:
        return not same(self.values["base"], self.values["theirs"]) and not same(
            self.values["base"], self.values["mine"]
        )

    @property
    def suggested(self) -> Side:
        """What only one of the two changed is theirs to decide; what both changed is mine until I say otherwise."""
        return "theirs" if same(self.values["base"], self.values["mine"]) else "mine"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the three values of a part, as the page shows it."""

    side: Side
    title: str
    text: str
    absent: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    part: Part
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody saved `theirs` while version `base` was edited here."""

    base: AssistantVersion
    theirs: AssistantVersion
    parts: tuple[Part, ...]
    picks: Mapping[str, str]

    @classmethod
    def between(
        cls,
        desk: Desk,
        *,
        base: AssistantVersion,
        theirs: AssistantVersion,
        mine: Settings,
        name: str,
        description: str,
        tags: str | None,
        picks: Mapping[str, str],
    ) -> "Conflict":
        was = tags_text(base.metadata)
        parts = (
            _part("pick:name", _("Name"), "name", base.name, theirs.name, name),
            _part(
                "pick:description", _("Description"), "description", base.description, theirs.description, description
            ),
            _part(
                "pick:tags",
                _("Tags"),
                "tags",
                was,
                tags_text(theirs.metadata),
                was if tags is None else tags,
            ),
            *_setting_parts(desk, sealed(base.context, desk.spec), sealed(theirs.context, desk.spec), mine),
        )
        return cls(base=base, theirs=theirs, parts=parts, picks=picks)

    def side_of(self, part: Part) -> Side:
        picked = self.picks.get(part.name)
        return next((side for side in SIDES if side == picked), part.suggested)

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(Row(part, tuple(self._options(part))) for part in self.parts if part.differs)

    @property
    def settings(self) -> Settings:
        """Every setting at the side that was chosen for it."""
        chosen = {
            part.name.removeprefix("pick:"): self._chosen(part) for part in self.parts if part.name.startswith("pick:/")
        }
        return {key: value for pointer, value in chosen.items() if value is not ABSENT for key in [_key(pointer)]}

    @property
    def name(self) -> str:
        return str(self._chosen(self.parts[0]))

    @property
    def description(self) -> str:
        return str(self._chosen(self.parts[1]))

    @property
    def metadata(self) -> dict[str, Json]:
        return retagged(self.theirs.metadata, str(self._chosen(self.parts[2])))

    def _chosen(self, part: Part) -> Json | Absent:
        return part.values[self.side_of(part) if part.differs else "mine"]

    def _options(self, part: Part) -> Iterator[Option]:
        titles: dict[Side, str] = {
            "base": _("Before, v%(n)s") % {"n": self.base.number},
            "theirs": _("Theirs, v%(n)s by %(who)s") % {"n": self.theirs.number, "who": self.theirs.author},
            "mine": _("Yours"),
        }
        for side in SIDES:
            value = part.values[side]
            text = _words(value, part.values["base"], secret=part.secret)
            yield Option(side, titles[side], text, value is ABSENT, self.side_of(part) == side)


def picks_in(request: SignedInRequest) -> dict[str, str]:
    """What a form says was chosen, by the names of the parts."""
    return {name: value for name, value in request.POST.items() if name.startswith("pick:") and value in SIDES}


def choices_in(request: SignedInRequest) -> Json:
    """The same for the draft; None where the form settles no conflict."""
    theirs = number_in(request.POST.get("theirs", ""))
    return {"theirs": theirs, "picks": picks_in(request)} if theirs else None


def conflict_in(request: SignedInRequest, sheet: Sheet, typed: Typed, reading: Reading) -> Conflict | None:
    """The conflict that this form was sent to settle, if it was."""
    return _between(request, sheet, typed, reading, choices_in(request))


def conflict_of(request: SignedInRequest, sheet: Sheet, typed: Typed, reading: Reading) -> Conflict | None:
    """The conflict that the draft was about to settle when its page was left."""
    return _between(request, sheet, typed, reading, sheet.draft.choices if sheet.draft else None)


def _between(request: SignedInRequest, sheet: Sheet, typed: Typed, reading: Reading, choices: Json) -> Conflict | None:
    if not isinstance(choices, dict):
        return None
    try:
        theirs = Assistant.history.numbered(sheet.assistant, choices["theirs"])
    except VersionNotFound:
        return None
    return against(request, sheet, typed, reading, theirs, choices["picks"])


def against(
    request: SignedInRequest,
    sheet: Sheet,
    typed: Typed,
    reading: Reading,
    theirs: AssistantVersion,
    picks: Mapping[str, str],
) -> Conflict:
    return Conflict.between(
        sheet.desk,
        base=sheet.base,
        theirs=revealed(author_of(request), sheet.assistant, theirs),
        mine=reading.settings,
        name=typed.name,
        description=typed.description,
        tags=typed.tags,
        picks=picks,
    )


def _part(name: str, label: str, anchor: str, base: Json, theirs: Json, mine: Json) -> Part:
    return Part(name, label, anchor, secret=False, values={"base": base, "theirs": theirs, "mine": mine})


def _setting_parts(desk: Desk, base: Settings, theirs: Settings, mine: Settings) -> Iterator[Part]:
    """In the order of the form; then those that the schema does not know."""
    specs = {spec.key: spec for spec in desk.spec.fields}
    for key in dict.fromkeys([*specs, *base, *theirs, *mine]):
        spec = specs.get(key)
        pointer = f"/{escape(key)}"
        secret = bool(spec and spec.secret) or any(desk.hides(key, side.get(key)) for side in (base, theirs, mine))
        yield Part(
            name=f"pick:{pointer}",
            label=spec.label if spec else key,
            anchor=pointer,
            secret=secret,
            values={"base": base.get(key, ABSENT), "theirs": theirs.get(key, ABSENT), "mine": mine.get(key, ABSENT)},
        )


def _key(pointer: str) -> str:
    return unescape(pointer[1:])


def _words(value: Json | Absent, base: Json | Absent, *, secret: bool) -> str:
    if value is ABSENT:
        return _("Graph default")
    if value is None:
        return _("Empty (null)")
    if secret:
        return _("Hidden, as before") if same(value, base) else _("Hidden, changed")
    return value if isinstance(value, str) else canonical(value)
