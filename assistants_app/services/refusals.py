"""What was refused: calls and pages by role, and keys that let nobody in. Recorded, and bounded.

Whoever is refused can be refused a thousand times a second. Of each action, ADDRESS_A_MINUTE by one address are
recorded in a minute, and ALL_A_MINUTE by all, in each process; those beyond are counted, and the next entry tells how
many there were. An attacker so adds at most some 17,000 small rows a day of each.
"""

import threading
from collections import Counter

from assistants_app.domain.limits import Buckets
from assistants_app.models import ApiKey
from assistants_app.services import audit, keys
from assistants_app.services.audit import Action, ObjectKind
from assistants_app.services.origin import origin

ADDRESS_A_MINUTE = 6
ALL_A_MINUTE = 12


class Bound:
    """Which refusals of this process are recorded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.start_anew()

    def start_anew(self) -> None:
        self._addresses, self._all = Buckets(), Buckets()
        self._passed_over: Counter[Action] = Counter()

    def admits(self, action: Action, address: str) -> int | None:
        """How many were passed over before; None where this one is, too."""
        with self._lock:
            one = self._addresses.wait((action, address), per_minute=ADDRESS_A_MINUTE)
            if one or self._all.wait(action, per_minute=ALL_A_MINUTE):
                self._passed_over[action] += 1
                return None
            return self._passed_over.pop(action, 0)


bound = Bound()


def record_refusal(*, what: str, why: str = "") -> None:
    """Somebody may not do `what`, such as "POST /people/add/"."""
    told = _admitted(Action.REFUSED)
    if told is not None:
        reason = {"reason": why} if why else {}
        audit.record(Action.REFUSED, kind=ObjectKind.PAGE, id=what, name=what, after={**reason, **told})


def record_failed_sign_in(*, name: str) -> None:
    """Nobody signs in with this name and what came with it. It is whatever was typed: a password, perhaps, once."""
    told = _admitted(Action.SIGN_IN_FAILED)
    if told is not None:
        who = audit.nobody(name)
        audit.record(Action.SIGN_IN_FAILED, author=who, kind=ObjectKind.PERSON, name=name, after=told)


def record_unanswered_link(*, name: str) -> None:
    """Somebody asked for a link for a new password who gets none: unknown, switched off, or without an address."""
    told = _admitted(Action.PASSWORD_LINK_ASKED)
    if told is not None:
        who, after = audit.nobody(name), {"answered": False, **told}
        audit.record(Action.PASSWORD_LINK_ASKED, author=who, kind=ObjectKind.PERSON, name=name, after=after)


def record_rejected_key(*, secret: str) -> None:
    """A key that is unknown, or of ours and expired or revoked."""
    told = _admitted(Action.KEY_REJECTED)
    if told is None:
        return
    found = ApiKey.objects.filter(digest=keys.digest(secret)).first()
    # Of what is no key of ours nothing is told: it may be somebody's key for something else.
    start = f"{secret[: keys.SHOWN]}…" if secret.startswith(keys.MARK) else ""
    audit.record(
        Action.KEY_REJECTED,
        kind=ObjectKind.KEY,
        id=found.pk if found else "",
        name=found.name if found else start,
        after={"state": found.state if found else "unknown", **told},
    )


def _admitted(action: Action) -> dict[str, int] | None:
    """What the entry of a refusal tells beside; None where there is to be none."""
    passed_over = bound.admits(action, origin().address)
    if passed_over is None:
        return None
    return {"not_recorded_before": passed_over} if passed_over else {}
