"""What addresses and forms carry as text: version numbers and ids, or anything that somebody made of them."""

import uuid


def number_in(text: str) -> int | None:
    """A version's number, at most nine digits of it; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def uuid_in(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
