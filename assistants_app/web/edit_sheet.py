"""The version of an assistant that its edit page has open, and what its graph has changed since."""

from copy import copy
from dataclasses import dataclass
from typing import Self

from django.urls import reverse

from assistants_app.domain.drift import Drift
from assistants_app.domain.json_values import Json, same
from assistants_app.graphs.entries import GraphEntry
from assistants_app.models import Assistant, AssistantVersion, Draft
from assistants_app.services.authors import Author
from assistants_app.services.hidden import disclosed, seen_by
from assistants_app.web.assistants import graph_of
from assistants_app.web.desk import Desk
from assistants_app.web.drift import ListChange, drifts_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """One version of an assistant, opened to be edited."""

    assistant: Assistant
    base: AssistantVersion
    newest: int
    expected: int
    graph: GraphEntry | None
    desk: Desk
    draft: Draft | None = None
    """What this person typed into it before and did not save."""

    @classmethod
    def of(
        cls,
        assistant: Assistant,
        number: int,
        expected: int | None = None,
        *,
        reader: Author,
        draft: Draft | None = None,
    ) -> Self:
        """Raises VersionNotFound. `expected` is the newest version that the person knows of."""
        base: AssistantVersion = copy(Assistant.history.numbered(assistant, number))
        seen, closed = seen_by(reader, assistant, base.graph_id)
        base.context = disclosed(base.context, seen)
        if draft is not None:
            draft = copy(draft)
            draft.context = disclosed(draft.context, seen)
        newest = Assistant.history.newest_number(assistant)
        graph = graph_of(assistant)
        schema: Json = base.settings_schema
        if graph and graph.available:
            schema = graph.settings_schema
        elif draft and draft.settings_schema:
            schema = draft.settings_schema
        return cls(
            assistant=assistant,
            base=base,
            newest=newest,
            expected=newest if expected is None else expected,
            graph=graph,
            desk=Desk.of(schema, base.context, closed, seen),
            draft=draft,
        )

    @property
    def address(self) -> str:
        return edit_address(self.assistant, self.base.number or 0)

    @property
    def schema_changed(self) -> bool:
        if self.graph is None or not self.graph.available or self.base.settings_schema is None:
            return False
        return not same(self.base.settings_schema, self.graph.settings_schema)

    @property
    def drifts(self) -> tuple[Drift, ...]:
        """What that means for the values that are saved."""
        return drifts_of(self.graph, self.base.settings_schema, self.base.context)

    @property
    def drift(self) -> ListChange:
        now = self.graph.settings_schema if self.graph else None
        return ListChange.between(self.base.settings_schema, now, self.base.context)


def edit_address(assistant: Assistant, number: int) -> str:
    """Where a version is edited; the live one at the plain address."""
    address = reverse("assistant-edit", args=[assistant.assistant_id])
    return address if number == assistant.version else f"{address}?from={number}"
