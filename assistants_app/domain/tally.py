"""What many ended runs come to: counts, times and tokens that add up over hours, days, graphs and assistants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Self

from assistants_app.domain.histogram import Histogram
from assistants_app.domain.json_values import Json


@dataclass(frozen=True, slots=True)
class EndedFacts:
    """What is counted of one run."""

    status: str
    attempt: int
    started_at: datetime | None
    first_token_at: datetime | None
    finished_at: datetime
    usage: Json


@dataclass(slots=True)
class ModelTokens:
    """Of one model. `unpriced` are those of runs in which some were of a kind that no price list tells of; they are
    not among the others."""

    input: int = 0
    output: int = 0
    cached: int = 0
    unpriced: int = 0

    @property
    def stored(self) -> list[int]:
        return [self.input, self.output, self.cached, self.unpriced]

    def take_in(self, other: "ModelTokens") -> None:
        self.input += other.input
        self.output += other.output
        self.cached += other.cached
        self.unpriced += other.unpriced


@dataclass(slots=True)
class Tally:
    """`failed` are runs that ended as an error, `timed_out` those that took too long; neither is in the other.
    `uncounted` are runs in which a model did not say what it used."""

    runs: int = 0
    failed: int = 0
    timed_out: int = 0
    cancelled: int = 0
    retried: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    uncounted: int = 0
    seconds: Histogram = field(default_factory=Histogram)
    """Of the runs that succeeded: one that fails at once makes nothing quicker."""
    first_token: Histogram = field(default_factory=Histogram)
    models: dict[str, ModelTokens] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        return self.failed + self.timed_out

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def error_share(self) -> float | None:
        return self.errors / self.runs if self.runs else None

    def count(self, run: EndedFacts) -> None:
        self.runs += 1
        self.failed += run.status == "error"
        self.timed_out += run.status == "timeout"
        self.cancelled += run.status == "interrupted"
        self.retried += run.attempt > 1
        if run.started_at is not None and run.status == "success":
            self.seconds.add((run.finished_at - run.started_at).total_seconds())
            if run.first_token_at is not None:
                self.first_token.add((run.first_token_at - run.started_at).total_seconds())
        if isinstance(run.usage, Mapping):
            self._count_tokens(run.usage)

    def _count_tokens(self, usage: Mapping[str, Json]) -> None:
        self.input_tokens += _number(usage.get("input_tokens"))
        self.output_tokens += _number(usage.get("output_tokens"))
        self.uncounted += bool(usage.get("uncounted_calls"))
        models = usage.get("models")
        for name, counts in models.items() if isinstance(models, Mapping) else ():
            if isinstance(counts, Mapping):
                self.models.setdefault(str(name)[:200], ModelTokens()).take_in(_tokens(counts))

    def take_in(self, other: "Tally") -> None:
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seconds.take_in(other.seconds)
        self.first_token.take_in(other.first_token)
        for name, tokens in other.models.items():
            self.models.setdefault(name, ModelTokens()).take_in(tokens)

    def take_in_stored(self, numbers: Iterable[Sequence[int]], details: Iterable[Json]) -> None:
        """What the rows of others hold: of each its NUMBERS, in their order, and its `details`."""
        for name, column in zip(NUMBERS, zip(*numbers, strict=True), strict=False):
            setattr(self, name, getattr(self, name) + sum(column))
        told = [one for one in details if isinstance(one, Mapping)]
        self.seconds.take_in_stored(one.get("seconds") for one in told)
        self.first_token.take_in_stored(one.get("first_token") for one in told)
        models: dict[str, list[list[int]]] = {}
        for one in told:
            for name, counts in (one.get("models") or {}).items():
                models.setdefault(name, []).append(counts)
        for name, tokens in models.items():
            self.models.setdefault(name, ModelTokens()).take_in(
                ModelTokens(*map(sum, zip_longest(*tokens, fillvalue=0)))
            )

    @property
    def details(self) -> dict[str, Json]:
        """What is no plain number, as JSON; `with_details` reads it."""
        told: dict[str, Json] = {
            "seconds": self.seconds.stored,
            "first_token": self.first_token.stored,
            "models": {name: tokens.stored for name, tokens in self.models.items()},
        }
        return {name: value for name, value in told.items() if value}

    @classmethod
    def with_details(cls, details: Json, **numbers: int) -> Self:
        result = cls()
        result.take_in_stored([[numbers.get(name, 0) for name in NUMBERS]], [details])
        return result


NUMBERS = ("runs", "failed", "timed_out", "cancelled", "retried", "input_tokens", "output_tokens", "uncounted")
"""The plain numbers of a tally."""


def total(tallies: Iterable[Tally]) -> Tally:
    result = Tally()
    for one in tallies:
        result.take_in(one)
    return result


def _tokens(counts: Mapping[str, Json]) -> ModelTokens:
    given, made, cached, special = (
        _number(counts.get(f"{kind}_tokens")) for kind in ("input", "output", "cached", "special")
    )
    if special or cached > given:
        return ModelTokens(unpriced=given + made)
    return ModelTokens(input=given, output=made, cached=cached)


def _number(value: Json) -> int:
    """Bounded: a model may say anything, and a column holds so much."""
    return min(value, 10**12) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
