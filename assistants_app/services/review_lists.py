"""Which reviews are there for somebody, and which wait for them."""

from django.db.models import Q

from assistants_app.models import Assistant, Protection, Role
from assistants_app.models.reviews import Review, ReviewQuerySet
from assistants_app.services.authors import Author
from assistants_app.services.rights import rights_of, visible_assistants


def visible_reviews(author: Author) -> ReviewQuerySet:
    """Those of the assistants that are there for them."""
    return Review.objects.filter(assistant__in=visible_assistants(author).order_by().values("pk"))


def waiting_for(author: Author) -> ReviewQuerySet:
    """Those that they may decide, save what they saved themselves where somebody else has to approve it."""
    decides = Assistant.objects.filter(rights_of(author).where_at_least(Role.PUBLISHER)).order_by().values("pk")
    own = Q(assistant__protection=Protection.OTHER, asked_by=author.person) if author.person else Q(pk__in=[])
    return Review.objects.waiting().filter(~own, assistant__in=decides)


def asked_by(author: Author) -> ReviewQuerySet:
    """What they asked for, themselves or by a key of theirs."""
    return visible_reviews(author).filter(asked_by=author.person) if author.person else Review.objects.none()
