"""The codes that an authenticator app shows."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth

from assistants_app.models import Person

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    """What the app shows now, or `steps` times 30 seconds later."""
    now = next(iter(auth.yield_hotp_counters_from_time()))
    return auth.format_hotp_value(auth.hotp_value(secret, now + steps))


def second_factor(person: Person) -> Authenticator:
    """`person` has one from now on, with SECRET and recovery codes."""
    auth.TOTP.activate(person, SECRET)
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    return RecoveryCodes.activate(person).instance
