"""Votes between two answers to the same message: one for each person and pair of answers, which may be changed."""

import uuid

from django.db import transaction

from assistants_app.domain.errors import InvalidVote, RunNotEnded, RunNotFound
from assistants_app.models import Assistant, Person, Role, Run, Vote
from assistants_app.services import audit
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.authors import Author
from assistants_app.services.rights import require

UNSAVED_LAST = 10**10


def vote(*, left: uuid.UUID, right: uuid.UUID, chosen: str, person: Person) -> Vote:
    """Say which of the answers of two runs is better: "left", "right", "same" or "neither".

    They are the person's own tests, of the same message. Raises RunNotFound, NotAllowed, RunNotEnded, InvalidVote.
    """
    with transaction.atomic():
        assistant, first, second, turned = _pair(left, right, person)
        value = _value(chosen, turned=turned)
        given, _made = Vote.objects.update_or_create(
            first_run=first,
            second_run=second,
            person=person,
            defaults={
                "assistant": assistant,
                "first_version": first.version,
                "second_version": second.version,
                "value": value,
            },
        )
        _record(assistant, first, second, person, value)
    return given


def take_vote_back(*, left: uuid.UUID, right: uuid.UUID, person: Person) -> None:
    """Nothing happens where there is none. Raises RunNotFound, NotAllowed, RunNotEnded, InvalidVote."""
    with transaction.atomic():
        assistant, first, second, _turned = _pair(left, right, person)
        if Vote.objects.filter(first_run=first, second_run=second, person=person).delete()[0]:
            _record(assistant, first, second, person, "")


def in_order(left: Run, right: Run) -> tuple[Run, Run]:
    """First and second, however they stand on a page."""
    return (right, left) if _rank(right) < _rank(left) else (left, right)


def _pair(left: uuid.UUID, right: uuid.UUID, person: Person) -> tuple[Assistant, Run, Run, bool]:
    """Their assistant, the runs in order, and whether the right one comes first."""
    # Locked, in one order: votes that are given twice at one moment would else fail on their constraint.
    own = Run.objects.filter(run_id__in=[left, right], thread__owner=person).select_related("assistant")
    found = {run.run_id: run for run in own.order_by("run_id").select_for_update(of=("self",))}
    if left not in found or right not in found or found[left].assistant is None:
        raise RunNotFound
    one, other = found[left], found[right]
    assistant = one.assistant
    assert assistant is not None
    require(Author.of(person), Role.TESTER, assistant)
    if left == right or other.assistant_id != one.assistant_id or _turn(one) != _turn(other):
        raise InvalidVote
    if one.finished_at is None or other.finished_at is None:
        raise RunNotEnded
    first, second = in_order(one, other)
    return assistant, first, second, first is other


def _turn(run: Run) -> object:
    metadata = run.options.get("metadata")
    return metadata.get("turn") if isinstance(metadata, dict) else run.run_id


def _rank(run: Run) -> tuple[int, str]:
    return run.version or UNSAVED_LAST, str(run.run_id)


def _value(chosen: str, *, turned: bool) -> Vote.Value:
    sides = {"left": Vote.Value.FIRST, "right": Vote.Value.SECOND}
    if turned:
        sides = {"left": Vote.Value.SECOND, "right": Vote.Value.FIRST}
    found = {**sides, "same": Vote.Value.SAME, "neither": Vote.Value.NEITHER}.get(chosen)
    if found is None:
        raise InvalidVote
    return found


def _record(assistant: Assistant, first: Run, second: Run, person: Person, value: str) -> None:
    audit.record(
        Action.VOTED,
        author=Author.of(person),
        kind=ObjectKind.ASSISTANT,
        id=assistant.assistant_id,
        name=assistant.name,
        after={
            "first_version": first.version,
            "second_version": second.version,
            "vote": str(value),
            "runs": [str(first.run_id), str(second.run_id)],
        },
    )
