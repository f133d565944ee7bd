"""Floor 1. The tables of the one Django app; reads are QuerySet methods, changes are `services`' alone.

May import `domain`. Does not know `graphs`: a table outlives a graph that was uninstalled.
Owns the words *assistant*, *version*, *live version*, *draft*, *thread*, *run*, *cron*, *key*, *role*,
*grant*, *lock*, *review*, *delivery*, *rating*, *vote*, *test case*, *trial*, *model price*, *worker*, *tally* and
*audit entry*.
"""

from assistants_app.models.assistants import Assistant, AssistantVersion, Protection
from assistants_app.models.audit import AuditEntry
from assistants_app.models.cached import CachedValue
from assistants_app.models.cases import Case, CaseResult, Trial
from assistants_app.models.crons import Cron
from assistants_app.models.deliveries import Delivery
from assistants_app.models.drafts import Draft
from assistants_app.models.grants import Grant
from assistants_app.models.keys import ApiKey, Role
from assistants_app.models.locks import Sealing, SettingLock
from assistants_app.models.people import Person
from assistants_app.models.prices import ModelPrice
from assistants_app.models.ratings import Rating
from assistants_app.models.relayed import RelayedPart, Signal
from assistants_app.models.reviews import Review, ReviewComment, ReviewState
from assistants_app.models.tallies import AssistantTally, AuthorTally, Counting, EndedRun, GraphTally
from assistants_app.models.threads import Run, Thread
from assistants_app.models.votes import Vote
from assistants_app.models.workers import Worker

__all__ = [
    "ApiKey",
    "Assistant",
    "AssistantTally",
    "AssistantVersion",
    "AuditEntry",
    "AuthorTally",
    "CachedValue",
    "Case",
    "CaseResult",
    "Counting",
    "Cron",
    "Delivery",
    "Draft",
    "EndedRun",
    "Grant",
    "GraphTally",
    "ModelPrice",
    "Person",
    "Protection",
    "Rating",
    "RelayedPart",
    "Review",
    "ReviewComment",
    "ReviewState",
    "Role",
    "Run",
    "Sealing",
    "SettingLock",
    "Signal",
    "Thread",
    "Trial",
    "Vote",
    "Worker",
]
